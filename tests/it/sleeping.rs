//! When Shipgate may sleep: nothing under way, nothing left to do, nobody who has asked for a while.

use shipgate::clock::Span;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, WATCH, minutes};

#[tokio::test]
async fn nothing_under_way_lets_it_sleep_and_a_question_keeps_it_awake() {
    let mut w = World::with(APPROVAL).await;
    w.sleeps_after(minutes(10)).await;
    w.pass(minutes(8)).await;
    assert!(!w.would_sleep());
    // Machines ask how it is; that is no reason to stay awake. People are.
    w.api("ci").get("/health").await;
    w.api("ci").get("/api/v1/apps/hello").await;
    w.pass(minutes(8)).await;
    assert!(!w.would_sleep());
    w.api("ci").get("/health").await;
    w.pass(minutes(4)).await;
    assert!(w.would_sleep());
}

#[tokio::test]
async fn a_deployment_that_waits_for_a_person_keeps_it_awake() {
    let mut w = World::with(APPROVAL).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.sleeps_after(minutes(10)).await;
    w.pass(Span::hours(1)).await;
    assert!(!w.would_sleep());
    w.ada().says("/abort production").await;
    w.pass(minutes(8)).await;
    assert!(!w.would_sleep());
    w.pass(minutes(4)).await;
    assert!(w.would_sleep());
}

#[tokio::test]
async fn a_watch_keeps_it_awake_though_nobody_asks_anything() {
    let long = WATCH.replace("\"1m\"", "\"1h\"");
    let mut w = World::with(&format!("{HEALTH}{long}")).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.sleeps_after(minutes(10)).await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Watching").await;
    w.pass(minutes(50)).await;
    assert!(!w.would_sleep());
    w.until("v2 → production · Succeeded").await;
    assert!(!w.would_sleep());
    w.pass(minutes(12)).await;
    assert!(w.would_sleep());
}
