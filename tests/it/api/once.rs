//! `Idempotency-Key`: what carries one is carried out once and answered the same, at once, later, and after a crash.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{ADA, Answer, BOB, EVE, Stage, answer, image};
use crate::world::setup::{APPROVAL, HEALTH, Setup};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

const STAGING: &str = "/api/v1/apps/hello/environments/staging/deployments";
const RELEASES: &str = "/api/v1/apps/hello/releases";
const COMMANDS: &str = "/api/v1/commands";

async fn once(stage: &Stage, token: &str, key: &str, path: &str, body: Value) -> Answer {
    let request = stage.request(Method::POST, path).bearer_auth(token).header("Idempotency-Key", key);
    answer(request.json(&body)).await
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_was_whatever_has_happened_since() {
    let stage = Stage::new().await;
    let release = json!({ "version": "v2", "image": image("v2") });
    let made = once(&stage, ADA, "r1", RELEASES, release.clone()).await.with(201);
    let again = once(&stage, ADA, "r1", RELEASES, release.clone()).await.with(201);
    assert_eq!((&again.text, &again.kind), (&made.text, &made.kind), "not a 200, which another key would get");
    once(&stage, ADA, "r2", RELEASES, release).await.with(200);
    let asked = once(&stage, ADA, "d1", STAGING, json!({})).await.with(202);
    stage.until_closed(asked.body["id"].as_str().expect("an id")).await;
    let again = once(&stage, ADA, "d1", STAGING, json!({})).await.with(202);
    assert_eq!(again.text, asked.text, "as it was then");
    once(&stage, ADA, "d2", STAGING, json!({})).await.problem(409, "already_running");
    stage.end().await;
}

#[tokio::test]
async fn a_no_is_repeated_too_though_it_would_be_a_yes_by_now() {
    let stage = Stage::new().await;
    let no = once(&stage, ADA, "k", STAGING, json!({})).await.problem(409, "no_releases");
    stage.register("v2").await.with(201);
    let again = once(&stage, ADA, "k", STAGING, json!({})).await.problem(409, "no_releases");
    assert_eq!(again.text, no.text);
    let place = stage.get("/api/v1/apps/hello/environments/staging").await.with(200).body;
    assert_eq!(place["deployment"], Value::Null, "nothing began behind anybody's back");
    // What could not be read leaves the key free.
    let broken = stage.request(Method::POST, STAGING).bearer_auth(ADA).header("Idempotency-Key", "free").body("{");
    answer(broken).await.problem(400, "not_json");
    once(&stage, ADA, "free", STAGING, json!({})).await.with(202);
    stage.end().await;
}

#[tokio::test]
async fn json_of_another_shape_keeps_its_key() {
    let stage = Stage::new().await;
    for (key, body) in [("a list", json!(["v2", "deploy", null, false])), ("a number", json!({ "kind": 5 }))] {
        let no = once(&stage, ADA, key, STAGING, body.clone()).await.with(422);
        let again = once(&stage, ADA, key, STAGING, body).await.with(422);
        assert_eq!(again.text, no.text);
        once(&stage, ADA, key, STAGING, json!({})).await.problem(422, "key_reused");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_token() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    let lock = json!({ "line": "/lock staging database work" });
    let said = once(&stage, ADA, "k", COMMANDS, lock.clone()).await.with(200);
    once(&stage, ADA, "k", COMMANDS, json!({ "line": "/unlock staging" })).await.problem(422, "key_reused");
    once(&stage, ADA, "k", STAGING, lock.clone()).await.problem(422, "key_reused");
    once(&stage, BOB, "k", COMMANDS, json!({ "line": "/unlock staging" })).await.with(200);
    assert_eq!(once(&stage, ADA, "k", COMMANDS, lock).await.with(200).text, said.text);
    let lock = &stage.get("/api/v1/apps/hello/environments/staging").await.body["lock"];
    assert!(lock.is_null(), "the repeat locked nothing: {lock}");
    once(&stage, EVE, "k", STAGING, json!({})).await.with(202);
    stage.end().await;
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    for key in ["", &"k".repeat(256), "k\tk"] {
        once(&stage, ADA, key, STAGING, json!({})).await.problem(400, "bad_key");
    }
    let request = || stage.request(Method::POST, STAGING).bearer_auth(ADA).json(&json!({}));
    answer(request().header("Idempotency-Key", &b"\xff\xfe"[..])).await.problem(400, "bad_key");
    answer(request().header("Idempotency-Key", "a").header("Idempotency-Key", "b")).await.problem(400, "bad_key");
    once(&stage, ADA, &"k".repeat(255), STAGING, json!({})).await.with(202);
    stage.end().await;
}

#[tokio::test]
async fn the_same_key_many_times_at_once_is_one_deed_and_one_answer() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let body = json!({ "again": true });
    let asked = join_all((0..12).map(|_| once(&stage, ADA, "k", STAGING, body.clone()))).await;
    assert!(asked.iter().all(|answer| answer.status == 202 && answer.text == asked[0].text), "{asked:#?}");
    let keys: Vec<_> = (0..12).map(|n| format!("k{n}")).collect();
    let others = join_all(keys.iter().map(|key| once(&stage, ADA, key, STAGING, body.clone()))).await;
    let fresh = others.iter().filter(|answer| answer.status == 202).count();
    assert!(others.iter().all(|answer| [200, 202].contains(&answer.status)), "{others:#?}");
    assert!(fresh <= 1, "what is under way already is the answer: {others:#?}");
    stage.end().await;
}

/// Asks, and the program dies where the plug is pulled; then asks again, twice.
async fn repeated(w: &mut World, boundary: &'static str, path: &str, body: &Value) -> (u16, Value) {
    // Each start looks at every machine, and fly.io finds that too often within one moment.
    w.expects(Expected::Refusals);
    w.program().watcher.arm(Plug::When(boundary));
    w.api("ada").once("k").posts_and_it_dies(path, body).await;
    w.starts_again().await;
    let answer = w.api("ada").once("k").post(path, body).await;
    assert_eq!(w.api("ada").once("k").post(path, body).await, answer, "{boundary}");
    answer
}

/// As much as one deed may be meant by one key, whoever comes first is it, and the others are told.
#[tokio::test]
async fn one_key_for_several_requests_at_once_is_one_deed_and_a_no_to_the_others() {
    let stage = Stage::new().await;
    let lines = ["/lock staging one", "/lock staging two", "/lock production three"];
    for round in 0..5 {
        let key = format!("round {round}");
        let asked = join_all((0..12).map(|n| {
            let line = lines[n % lines.len()];
            let said = once(&stage, ADA, &key, "/api/v1/commands", json!({ "line": line }));
            async move { (line, said.await) }
        }));
        let asked = asked.await;
        let done: BTreeSet<_> =
            asked.iter().filter(|(_, answer)| answer.status == 200).map(|(line, _)| *line).collect();
        assert_eq!(done.len(), 1, "{asked:?}");
        for (line, answer) in asked {
            match done.contains(line) {
                true => assert_eq!(answer.status, 200, "{}", answer.text),
                false => drop(answer.problem(422, "key_reused")),
            }
        }
        let places = ["staging", "production"].map(|place| format!("/api/v1/apps/hello/environments/{place}"));
        let mut locks = Vec::new();
        for place in places {
            locks.push(stage.get(&place).await.with(200).body["lock"].clone());
        }
        assert_eq!(locks.iter().filter(|lock| lock.is_object()).count(), 1, "{locks:?}");
        let held = if locks[0].is_object() { "staging" } else { "production" };
        stage.say(&format!("/unlock {held}")).await.with(200);
    }
    stage.end().await;
}

#[tokio::test]
async fn many_keys_for_the_same_at_once_are_one_deployment_and_each_is_answered_the_same_again() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    let path = "/api/v1/apps/hello/environments/staging/deployments";
    let ask = |n: usize| {
        let (token, key) = ([ADA, BOB][n % 2], format!("key {n}"));
        let stage = &stage;
        async move { once(stage, token, &key, path, json!({ "version": "v2" })).await }
    };
    let first = join_all((0..20).map(ask)).await;
    let ids: BTreeSet<_> = first.iter().filter_map(|answer| answer.body["id"].as_str()).collect();
    assert_eq!((ids.len(), first.iter().filter(|answer| answer.status == 202).count()), (1, 1), "{first:?}");
    let again = join_all((0..20).map(ask)).await;
    for (first, again) in first.iter().zip(&again) {
        assert_eq!((again.status, &again.text), (first.status, &first.text));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_crash_between_the_commit_and_the_answer_makes_no_repeat_do_it_twice() {
    for boundary in ["about_to_commit advance", "committed advance", "about_to_commit answered", "committed answered"] {
        let mut w = World::of(Setup::production(HEALTH).machines(1, 1)).await;
        let body = json!({ "version": "v2", "reason": "once" });
        let (status, asked) = repeated(&mut w, boundary, STAGING, &body).await;
        assert_eq!(status, 202, "{boundary}: {asked}");
        w.until("v2 → staging · Succeeded").await;
        let (_, said) = w.api("ci").post(COMMANDS, &json!({ "line": "/history staging" })).await;
        let said = said["said"].as_str().unwrap_or_default();
        assert_eq!(said.matches("v2").count(), 1, "{boundary}: {said}");
        // Its own end is known by the id that the first answer gave.
        let path = format!("/api/v1/deployments/{}", asked["id"].as_str().expect("an id"));
        let (_, closed) = w.api("ci").get(&path).await;
        assert_eq!((&closed["outcome"], &closed["reason"]), (&"succeeded".into(), &"once".into()));
    }
}

#[tokio::test]
async fn every_kind_of_request_is_answered_after_a_crash_as_it_would_have_been() {
    let image = format!("registry.fly.io/hello@sha256:{:064x}", 9);
    let release = json!({ "version": "v9", "image": image });
    for boundary in ["committed register", "about_to_commit answered"] {
        let mut w = World::of(Setup::production(APPROVAL).machines(1, 1)).await;
        let (status, made) = repeated(&mut w, boundary, RELEASES, &release).await;
        assert_eq!((status, &made["version"]), (201, &"v9".into()), "{boundary}");
    }
    for line in ["/smoke staging", "/lock staging work for 2h", "/deploy staging v2"] {
        let mut told = Vec::new();
        for boundary in ["about_to_commit advance", "committed advance"] {
            let mut w = World::of(Setup::production(APPROVAL).machines(1, 1)).await;
            let (status, said) = repeated(&mut w, boundary, COMMANDS, &json!({ "line": line })).await;
            assert_eq!(status, 200, "{line}: {said}");
            // What follows the first line tells how it stands by now.
            let said = w.screen.stable(said["said"].as_str().expect("words"));
            told.push(said.lines().next().unwrap_or_default().to_owned());
        }
        assert_eq!(told[0], told[1], "{line}");
    }
}

#[tokio::test]
async fn a_decision_that_was_committed_and_not_answered_counts_once() {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    let id = w.deployment("production");
    let path = format!("/api/v1/deployments/{id}/actions");
    let abort = json!({ "action": "abort", "reason": "not today" });
    w.program().watcher.arm(Plug::When("committed advance"));
    w.api("ada").once("k").posts_and_it_dies(&path, &abort).await;
    w.starts_again().await;
    let (status, aborted) = w.api("ada").once("k").post(&path, &abort).await;
    assert_eq!((status, &aborted["outcome"]), (200, &"aborted".into()), "{aborted}");
    let (status, _) = w.api("ada").post(&path, &abort).await;
    assert_eq!(status, 409, "without the key it is a new one");
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 1)).await;
    let lock = json!({ "line": "/lock staging work" });
    let (_, first) = w.api("ada").once("k").post(COMMANDS, &lock).await;
    w.pass(shipgate::clock::Span::hours(23)).await;
    w.api("ada").post(COMMANDS, &json!({ "line": "/unlock staging" })).await;
    assert_eq!(w.api("ada").once("k").post(COMMANDS, &lock).await, (200, first.clone()));
    let place = "/api/v1/apps/hello/environments/staging";
    assert!(w.api("ada").get(place).await.1["lock"].is_null());
    w.pass(shipgate::clock::Span::hours(1)).await;
    let (status, later) = w.api("ada").once("k").post(COMMANDS, &lock).await;
    assert!(status == 200 && later != first, "it says when");
    assert!(!w.api("ada").get(place).await.1["lock"].is_null(), "it is a new request by now");
}
