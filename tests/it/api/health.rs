//! `/health` and `/ready`, which need no token.

use reqwest::Method;

use super::shapes::is_time;
use super::stage::{Stage, answer};

#[tokio::test]
async fn health_says_that_it_can_do_its_work() {
    let stage = Stage::new().await;
    let health = answer(stage.request(Method::GET, "/health")).await.with(200);
    assert_eq!((&health.body["status"], &health.body["database"]), (&"healthy".into(), &"ok".into()));
    assert!(is_time(&health.body["timestamp"]), "{}", health.text);
    assert_eq!(health.body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer(stage.request(Method::GET, "/ready")).await.with(200).body["status"], "ready");
    answer(stage.request(Method::HEAD, "/health")).await.with(200);
    stage.end().await;
}

#[tokio::test]
async fn without_its_database_it_is_not_healthy_and_still_ready() {
    let stage = Stage::new().await;
    stage.app.store().close().await;
    let health = answer(stage.request(Method::GET, "/health")).await.with(503);
    assert_eq!(health.body["status"], "unhealthy");
    assert!(is_time(&health.body["timestamp"]) && health.body["database"] != "ok", "{}", health.text);
    assert!(!health.text.contains(".db"), "where the database is is nobody's business: {}", health.text);
    answer(stage.request(Method::GET, "/ready")).await.with(200);
    let asked = stage.get("/api/v1/apps/hello").await;
    asked.problem(503, "out_of_order");
}

#[tokio::test]
async fn a_database_that_was_replaced_is_not_the_one() {
    let stage = Stage::new().await;
    let file = stage.folder.path().join("shipgate.db");
    std::fs::rename(&file, stage.folder.path().join("old.db")).expect("moved");
    std::fs::write(&file, "").expect("another file");
    answer(stage.request(Method::GET, "/health")).await.with(503);
}
