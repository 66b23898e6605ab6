//! People at the stand-in: what they see is what they can use, and it reaches the bot by either way in.

use serde_json::json;

use super::bots::{Bot, deploy, registers};
use super::{card, ready};
use crate::world::discord::FakeDiscord;

#[tokio::test]
async fn menus_and_modals_are_filled_in_by_what_is_on_the_screen() {
    let fake = ready().await.0;
    let mut bot = Bot::connects(&fake).await;
    let card = card(&bot.http).await;
    let ada = fake.person("ada");
    let selected = ada.selects(card, "What is done?", &["Backup", "n"]);
    let event = bot.is_asked().await;
    assert_eq!(event["data"]["values"], json!(["b", "n"]));
    let form = json!({"type": 9, "data": {"custom_id": "why", "title": "Why?", "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "reason", "style": 2, "label": "Reason", "max_length": 20}]},
        {"type": 18, "label": "Ticket", "component": {"type": 4, "custom_id": "ticket", "style": 1, "required": false}}]}});
    bot.http.calls_back(&event, &form).await;
    assert_eq!(selected.answered().await.unwrap().modal.unwrap().title, "Why?");
    ada.submit(&selected, &[("Reason", "full moon")]);
    let event = bot.is_asked().await;
    assert_eq!(event["type"], 5);
    assert_eq!(event["data"]["components"][0]["components"][0]["value"], "full moon");
    assert_eq!(event["message"]["id"], json!(card.to_string()), "the modal came from a component");
    let path = format!(
        "/interactions/{}/{}/callback?with_response=true",
        event["id"].as_str().unwrap(),
        event["token"].as_str().unwrap()
    );
    let (status, said) = bot.http.posts(&path, &json!({"type": 4, "data": {"content": "Noted", "flags": 64}})).await;
    assert_eq!((status, &said["resource"]["message"]["content"]), (200, &json!("Noted")));
    let offered = ada.completes("/deploy environment:staging version:v", "version");
    let event = bot.is_asked().await;
    assert_eq!(event["data"]["options"][1], json!({"name": "version", "type": 3, "focused": true, "value": "v"}));
    bot.http
        .calls_back(&event, &json!({"type": 8, "data": {"choices": [{"name": "v2 (newest)", "value": "v2"}]}}))
        .await;
    assert_eq!(offered.answered().await.unwrap().offered(), ["v2 (newest)"]);
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn what_a_client_would_not_send_ends_the_test() {
    let (fake, _, rest) = ready().await;
    let card = card(&rest).await;
    let private = json!({"name": "audit", "description": "Reads", "default_member_permissions": "32"});
    registers(&rest, &json!([deploy(), private])).await;
    let eve = fake.person("eve");
    type Does<'a> = Box<dyn Fn() + 'a>;
    let types = |line: &'static str| -> Does<'_> { Box::new(|| drop(fake.person("eve").types(line))) };
    let attempts: Vec<(Does<'_>, &str)> = vec![
        (types("/depoly environment:staging"), "no command is called `depoly`"),
        (types("/audit"), "not for this person"),
        (types("/deploy version:v2"), "lacks \"environment\""),
        (types("/deploy environment:moon"), "does not offer `moon`"),
        (types("/deploy environment:staging colour:red"), "no option `colour:red`"),
        (types("/deploy environment:staging again:perhaps"), "true or false"),
        (Box::new(|| drop(eve.clicks(card, "Aprove"))), "no button says `Aprove`"),
        (Box::new(|| drop(eve.clicks(card, "Reject"))), "`Reject` is disabled"),
        (Box::new(|| drop(eve.clicks(card, "Commit"))), "`Commit` is a link"),
        (Box::new(|| drop(eve.selects(card, "items", &["Moon"]))), "does not offer `Moon`"),
    ];
    for (attempt, words) in attempts {
        let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(attempt)).expect_err(words);
        let said = stopped.downcast_ref::<String>().cloned().unwrap_or_default();
        assert!(said.contains(words), "{said}");
    }
    assert!(fake.open().is_quiet(), "nothing was sent");
}

/// An endpoint that checks the signature, and answers as a test says.
async fn endpoint(answer: (u16, &'static str)) -> String {
    use axum::http::{HeaderMap, StatusCode};
    let take = move |headers: HeaderMap, body: String| async move {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let verifier = serenity::interactions_endpoint::Verifier::new(&FakeDiscord::own_key_hex());
        let signed = (header("X-Signature-Ed25519"), header("X-Signature-Timestamp"));
        match verifier.verify(&signed.0, &signed.1, body.as_bytes()) {
            Ok(()) => (StatusCode::from_u16(answer.0).unwrap(), answer.1.to_owned()),
            Err(_) => (StatusCode::UNAUTHORIZED, String::new()),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/discord/interactions", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/discord/interactions", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn an_endpoint_gets_signed_requests_and_answers_inline_or_later() {
    let (fake, _, rest) = ready().await;
    fake.endpoint(&endpoint((200, r#"{"type":4,"data":{"content":"inline"}}"#)).await);
    assert_eq!(fake.pings_endpoint().await.0, 200);
    assert_eq!(fake.person("ada").types("/deploy environment:staging").said().await, "inline");
    fake.endpoint(&endpoint((202, "")).await);
    let later = fake.person("ada").types("/deploy environment:staging");
    let path = format!("/interactions/{}/{}/callback", later.id(), later.token());
    assert_eq!(rest.posts(&path, &json!({"type": 4, "data": {"content": "later"}})).await.0, 204);
    assert_eq!(later.said().await, "later");
    fake.endpoint(&endpoint((500, "")).await);
    let failed = fake.person("ada").types("/deploy environment:staging");
    assert!(failed.answered().await.is_none());
    assert_eq!(failed.failed().as_deref(), Some("500 None"));
    fake.endpoint_signed_by(&endpoint((202, "")).await, ed25519_dalek::SigningKey::from_bytes(&[8; 32]));
    let forged = fake.person("ada").types("/deploy environment:staging");
    assert!(forged.answered().await.is_none());
    assert_eq!(forged.failed().as_deref(), Some("401 None"));
    assert!(fake.open().is_quiet());
    assert_eq!(fake.violations(), [""; 0]);
}
