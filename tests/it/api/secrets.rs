//! Secrets stay where they are: in no answer, on no card, in no ledger.

use serde_json::json;
use shipgate::sim::DEMO_TOKEN;

use super::stage::{ADA, BOB, EVE, Stage};

#[tokio::test]
async fn no_token_is_in_an_answer_on_a_card_or_in_the_database() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let id = stage.deploy("production", "v2").await;
    stage.until(&id, |d| d["phase"] == "entering").await;
    let act = format!("/api/v1/deployments/{id}/actions");
    let mut answers = vec![
        stage.post_as(BOB, &act, json!({ "action": "approve" })).await,
        stage.post_as(EVE, &act, json!({ "action": "confirm" })).await,
        stage.post(&act, json!({ "action": "confirm" })).await,
        stage.say("/deploy staging v3").await,
        stage.post("/api/v1/commands", json!({ ADA: BOB })).await,
    ];
    stage.until_closed(&id).await;
    for path in ["/health", "/ready", "/api/v1/apps/hello", "/api/v1/apps/hello/environments/production", "/api/v1/x"] {
        answers.push(stage.get(path).await);
    }
    answers.push(stage.get(&format!("/api/v1/deployments/{id}")).await);
    for line in ["/status", "/why production", "/history"] {
        answers.push(stage.say(line).await);
    }
    let mut seen: Vec<(String, String)> = answers
        .iter()
        .filter(|answer| answer.body["code"] != "unknown_member")
        .map(|a| ("an answer".into(), format!("{} {:?}", a.text, a.headers)))
        .collect();
    seen.push(("a card".into(), stage.paper.all()));
    let folder = stage.folder.path().to_owned();
    let nonces = nonces(&folder).await;
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("a file").path();
        let bytes = std::fs::read(&path).expect("a file");
        seen.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    for (place, text) in &seen {
        for secret in [ADA, BOB, EVE, DEMO_TOKEN] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
    assert_eq!(nonces, 0, "what a lease was held by is remembered for longer than the lease");
    stage.end().await;
}

/// How many nonces of leases are remembered.
async fn nonces(folder: &std::path::Path) -> i64 {
    use sqlx::Connection as _;
    let url = format!("sqlite://{}", folder.join("shipgate.db").display());
    let mut connection = sqlx::AnyConnection::connect(&url).await.expect("a database");
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM journal_memory").fetch_one(&mut connection).await;
    connection.close().await.expect("closed");
    count.expect("a count")
}
