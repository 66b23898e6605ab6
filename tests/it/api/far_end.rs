//! A fly.io that takes connections and never answers: the deployment waits, says for what, and gives up by itself.

use super::stage::Stage;

#[tokio::test]
async fn a_fly_that_never_answers_is_on_the_card_and_ends_the_wait() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let flaps = format!("http://{}", silent.local_addr().expect("an address"));
    let stage = Stage::with(Some("ada"), Some(flaps), 120.0).await;
    stage.register("v2").await.with(201);
    let id = stage.deploy("staging", "v2").await;
    let closed = stage.until_closed(&id).await;
    assert_eq!((&closed["outcome"], &closed["events"][0]["kind"]), (&"failed".into(), &"requested".into()), "{closed}");
    let paper = stage.paper.all();
    assert!(paper.contains("fly.io did not answer about"), "{paper}");
    let why = stage.say("/why staging").await.with(200);
    assert!(why.text.contains("fly.io"), "{}", why.text);
    stage.end().await;
}
