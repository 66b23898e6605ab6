//! Bounds of what a client may take: time, connections, lengths.

use reqwest::Method;
use serde_json::json;

use super::raw::Raw;
use super::stage::{ADA, BOB, Stage, answer, image};

const RELEASES: &str = "/api/v1/apps/hello/releases";
const COMMANDS: &str = "/api/v1/commands";

#[tokio::test]
async fn who_does_not_say_what_they_want_is_shown_out_and_makes_room() {
    let stage = Stage::new().await;
    let mut slow = Vec::new();
    // More than are let in at once: who comes last waits until the others are shown out.
    for n in 0..520 {
        let mut raw = Raw::to(&stage).await;
        if n % 2 == 0 {
            raw.send(b"GET /health HTTP/1.1\r\nhost: x\r\n").await;
        }
        slow.push(raw);
    }
    assert_eq!(stage.get("/health").await.status, 200);
    let (status, text) = slow[0].answer().await;
    assert!(status == 0 || status == 408, "{text}");
    stage.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stage = Stage::new().await;
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "content-length: 99\r\n").await;
    raw.send(b"{\"line\":\"/lock staging x\"}").await;
    let (status, text) = raw.answer().await;
    assert_eq!(status, 408, "{text}");
    assert!(text.contains("body_too_slow"), "{text}");
    stage.end().await;
}

#[tokio::test]
async fn a_text_that_is_too_long_is_refused_and_nothing_is_done() {
    let stage = Stage::new().await;
    let release = |notes: usize, commit: usize| json!({ "version": "v2", "image": image("v2"), "notes": "n".repeat(notes), "commit": "c".repeat(commit) });
    stage.post(RELEASES, release(4_001, 1)).await.problem(422, "too_long");
    stage.post(RELEASES, release(10_000, 1)).await.problem(422, "too_long");
    let told = stage.post(RELEASES, release(1, 101)).await.problem(422, "too_long");
    assert!(told.text.contains("`commit`") && told.text.contains("100"), "{}", told.text);
    let app = stage.get("/api/v1/apps/hello").await.with(200);
    assert!(!app.text.contains("\"v2\""), "{}", app.text);
    stage.post(RELEASES, release(4_000, 100)).await.with(201);
    let staging = "/api/v1/apps/hello/environments/staging/deployments";
    stage.post(staging, json!({ "reason": "あ".repeat(1_001) })).await.problem(422, "too_long");
    stage.say(&format!("/lock staging {}", "x".repeat(1_001))).await.problem(422, "too_long");
    stage.say(&format!("/unquarantine v2 {}", "x".repeat(10_000))).await.problem(422, "too_long");
    stage.post(staging, json!({ "reason": "あ".repeat(1_000) })).await.with(202);
    stage.end().await;
}

#[tokio::test]
async fn a_body_that_says_it_is_no_json_is_not_read() {
    let stage = Stage::new().await;
    let send = |header: &'static str, value: &'static str| {
        let request = stage.request(Method::POST, COMMANDS).bearer_auth(ADA).header(header, value);
        answer(request.body("{\"line\":\"/status\"}"))
    };
    for kind in
        ["text/plain", "text/xml", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "json"]
    {
        send("content-type", kind).await.problem(415, "wrong_content_type");
    }
    send("content-encoding", "gzip").await.problem(415, "wrong_content_type");
    for kind in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/vnd.x+json",
        "application/x-www-form-urlencoded",
    ] {
        send("content-type", kind).await.with(200);
    }
    stage.end().await;
}

#[tokio::test]
async fn who_takes_nothing_of_the_answer_is_shown_out() {
    let stage = Stage::new().await;
    let mut raw = Raw::to(&stage).await;
    // More answers than the system keeps for anybody, and requests behind them that are not even read.
    for _ in 0..4_000 {
        raw.head("GET /api/v1/openapi.json", "").await;
    }
    assert!(raw.is_shut_out().await, "it is still let in");
    assert_eq!(stage.get("/health").await.status, 200);
    stage.end().await;
}

#[tokio::test]
async fn a_token_has_room_for_so_many_keys_a_day() {
    let stage = Stage::new().await;
    for n in 0..2_000 {
        let request = stage.request(Method::POST, COMMANDS).bearer_auth(ADA).header("Idempotency-Key", format!("k{n}"));
        let status = answer(request.json(&json!({ "line": "/help" }))).await.status;
        assert_eq!(status, 200, "{n}");
    }
    let ask = |token: &'static str, key: &'static str| {
        let request = stage.request(Method::POST, COMMANDS).bearer_auth(token).header("Idempotency-Key", key);
        answer(request.json(&json!({ "line": "/help" })))
    };
    let told = ask(ADA, "one more").await.problem(429, "too_many_keys");
    assert!(told.text.contains("There is room again"), "{}", told.text);
    ask(ADA, "k7").await.with(200);
    ask(BOB, "one more").await.with(200);
    stage.say("/help").await.with(200);
    stage.end().await;
}
