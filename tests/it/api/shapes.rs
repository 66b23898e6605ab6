//! The shapes of answers, member by member: people script against them.

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{ADA, BOB, EVE, Stage, answer, image};

/// An id: UUIDv7 text.
pub(super) fn is_id(value: &Value) -> bool {
    let id = value.as_str().and_then(|text| uuid::Uuid::parse_str(text).ok());
    id.is_some_and(|id| id.get_version_num() == 7 && id.to_string() == value.as_str().unwrap_or_default())
}

/// A time: RFC 3339, UTC, milliseconds.
pub(super) fn is_time(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00.000Z" && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

#[track_caller]
fn members(value: &Value, expected: &[&str]) {
    let found: Vec<_> = value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    assert_eq!(found, expected, "{value}");
}

const DEPLOYMENT: [&str; 15] = [
    "id",
    "app",
    "environment",
    "kind",
    "phase",
    "outcome",
    "release",
    "gates",
    "watch",
    "revision",
    "requested_by",
    "reason",
    "cause",
    "created_at",
    "closed_at",
];

/// That it is a deployment with its events, whatever its phase.
#[track_caller]
fn is_deployment(story: &Value) {
    let with_events = [&DEPLOYMENT[..], &["events", "more_events"]].concat();
    members(story, &with_events);
    let mut without = story.clone();
    for member in ["events", "more_events"] {
        without.as_object_mut().expect("an object").shift_remove(member);
    }
    is_deployment_without_events(&without);
    let mut last = 0;
    for event in story["events"].as_array().expect("events") {
        members(event, &["seq", "at", "kind", "by", "data"]);
        let seq = event["seq"].as_u64().expect("a number");
        assert!(seq > last, "in order: {story}");
        last = seq;
        assert!(is_time(&event["at"]), "{event}");
        assert!(event["kind"].as_str().is_some_and(|kind| kind.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
        assert!(event["by"].is_null() || event["by"].as_str().is_some_and(|by| by.starts_with("api:")), "{event}");
    }
    assert_eq!(story["events"][0]["kind"], "requested");
    assert_eq!(story["events"][0]["by"], story["requested_by"]);
}

#[track_caller]
fn is_deployment_without_events(deployment: &Value) {
    members(deployment, &DEPLOYMENT);
    let one_of = |member: &str, words: &[&str]| {
        assert!(words.iter().any(|word| deployment[member] == *word), "{member}: {}", deployment[member]);
    };
    assert!(is_id(&deployment["id"]), "{deployment}");
    one_of("kind", &["deploy", "promote", "rollback", "hotfix"]);
    one_of("phase", &["queued", "entering", "rolling_out", "verifying", "watching", "rolling_back", "closed"]);
    members(&deployment["release"], &["version", "image", "digest", "commit"]);
    assert!(deployment["revision"].is_u64() && is_time(&deployment["created_at"]), "{deployment}");
    if deployment["phase"] == "closed" {
        one_of("outcome", &["succeeded", "rolled_back", "failed", "aborted", "superseded", "needs_people"]);
        assert!(is_time(&deployment["closed_at"]), "{deployment}");
    } else {
        assert_eq!((&deployment["outcome"], &deployment["closed_at"]), (&Value::Null, &Value::Null));
    }
    for gate in deployment["gates"].as_array().expect("gates") {
        members(gate, &["name", "when", "state", "detail", "opens_at", "earliest_at", "waits_for"]);
        assert!(gate["when"] == "before" || gate["when"] == "after", "{gate}");
        let states = ["waiting", "running", "passed", "failed", "skipped", "overridden"];
        assert!(states.iter().any(|state| gate["state"] == *state), "{gate}");
        assert!(gate["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{gate}");
        assert!(gate["opens_at"].is_null() || is_time(&gate["opens_at"]), "{gate}");
    }
}

#[tokio::test]
async fn a_release_is_registered_once_and_never_changes() {
    let stage = Stage::new().await;
    let path = "/api/v1/apps/hello/releases";
    let body =
        json!({ "version": "v2", "image": image("v2"), "commit": "abc1234", "notes": "one\ntwo", "one_way": true });
    let made = stage.post(path, body.clone()).await.with(201);
    assert_eq!(made.kind, "application/json");
    members(&made.body, &["app", "version", "image", "digest", "commit", "notes", "one_way", "registered_at"]);
    for (member, value) in body.as_object().expect("an object") {
        assert_eq!(&made.body[member], value);
    }
    assert_eq!(made.body["digest"].as_str(), image("v2").split('@').nth(1));
    assert!(is_time(&made.body["registered_at"]));
    assert_eq!(stage.post(path, body.clone()).await.with(200).body, made.body);
    assert_eq!(stage.post_as(EVE, path, body).await.with(200).body, made.body, "whoever asks");
    let another = json!({ "version": "v2", "image": image("v1") });
    stage.post(path, another).await.problem(409, "version_taken");
    stage.post(path, json!({ "version": "v5", "image": "hello:v5" })).await.problem(422, "image_not_pinned");
    let app = stage.get("/api/v1/apps/hello").await.with(200).body;
    members(&app, &["app", "environments", "releases"]);
    assert_eq!(app["releases"][0], made.body);
    stage.end().await;
}

#[tokio::test]
async fn a_deployment_is_told_from_its_request_to_its_end() {
    let stage = Stage::new().await;
    let path = "/api/v1/apps/hello/environments/staging/deployments";
    stage.post(path, json!({})).await.problem(409, "no_releases");
    stage.register("v2").await.with(201);
    stage.post(path, json!({ "version": "v9" })).await.problem(422, "unknown_version");
    let asked = stage.post(path, json!({ "reason": "it is time" })).await.with(202).body;
    is_deployment(&asked);
    assert_eq!((&asked["requested_by"], &asked["reason"]), (&"api:ada".into(), &"it is time".into()));
    assert_eq!(
        (&asked["app"], &asked["environment"], &asked["kind"]),
        (&"hello".into(), &"staging".into(), &"deploy".into())
    );
    let id = asked["id"].as_str().expect("an id");
    let again = stage.post_as(EVE, path, json!({ "version": "v2" })).await.with(200).body;
    assert_eq!(again["id"], asked["id"]);
    is_deployment(&again);
    let place = "/api/v1/apps/hello/environments/staging";
    let busy = stage.get(place).await.with(200).body;
    members(&busy, &["app", "environment", "running", "deployment", "queued", "lock"]);
    let closed = stage.until_closed(id).await;
    is_deployment(&closed);
    assert_eq!(closed["outcome"], "succeeded");
    let kinds: Vec<_> = closed["events"].as_array().expect("events").iter().map(|event| &event["kind"]).collect();
    for kind in ["requested", "looked", "planned", "rollout_started", "target_ended", "verifying_started", "closed"] {
        assert!(kinds.iter().any(|found| **found == kind), "{kind} is not in {kinds:?}");
    }
    let rests = stage.get(place).await.with(200).body;
    assert_eq!(rests["running"], json!({ "version": "v2", "digest": closed["release"]["digest"] }));
    assert_eq!((&rests["deployment"], &rests["queued"], &rests["lock"]), (&Value::Null, &Value::Null, &Value::Null));
    stage.post(path, json!({})).await.problem(409, "already_running");
    let once_more = stage.post(path, json!({ "again": true })).await.with(202).body;
    assert_ne!(once_more["id"], asked["id"]);
    stage.until(once_more["id"].as_str().expect("an id"), |d| d["phase"] == "rolling_out").await;
    stage.register("v4-late").await.with(201);
    let behind = stage.post(path, json!({})).await.with(202).body;
    let both = stage.get(place).await.with(200).body;
    assert_eq!((&both["deployment"]["id"], &both["queued"]["id"]), (&once_more["id"], &behind["id"]));
    assert_eq!(both["queued"]["phase"], "queued");
    is_deployment_without_events(&both["queued"]);
    stage.end().await;
}

#[tokio::test]
async fn a_promotion_waits_for_people_and_each_word_counts_once() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let path = "/api/v1/apps/hello/environments/production/deployments";
    stage.post_as(EVE, path, json!({ "kind": "promote" })).await.problem(403, "not_permitted");
    let asked = stage.post(path, json!({ "kind": "promote" })).await.with(202).body;
    assert_eq!(asked["kind"], "promote");
    let id = asked["id"].as_str().expect("an id").to_owned();
    let waits = stage.until(&id, |d| d["gates"][0]["waits_for"].is_string() && d["phase"] == "entering").await;
    is_deployment(&waits);
    let place = stage.get("/api/v1/apps/hello/environments/production").await.with(200).body;
    is_deployment_without_events(&place["deployment"]);
    assert_eq!(place["deployment"]["id"], waits["id"]);
    let states: Vec<_> = waits["gates"].as_array().expect("gates").iter().map(|gate| &gate["state"]).collect();
    assert_eq!(states, ["waiting", "waiting"]);
    let act = format!("/api/v1/deployments/{id}/actions");
    let revision = waits["revision"].as_u64().expect("a number");
    let approve = json!({ "action": "approve", "revision": revision });
    stage.post_as(ADA, &act, approve.clone()).await.problem(403, "own_request");
    stage.post_as(EVE, &act, approve.clone()).await.problem(403, "not_permitted");
    let stale = json!({ "action": "approve", "revision": revision - 1 });
    stage.post_as(BOB, &act, stale).await.problem(409, "stale_card");
    stage.post_as(BOB, &act, json!({ "action": "approve", "gate": "nothing" })).await.problem(409, "no_such_gate");
    stage.post_as(BOB, &act, json!({ "action": "keep" })).await.problem(409, "wrong_phase");
    let snoozed = stage.post_as(BOB, &act, json!({ "action": "snooze" })).await.with(200).body;
    is_deployment(&snoozed);
    assert_eq!(snoozed["revision"], waits["revision"], "a snooze makes no other button stale");
    let told = snoozed["events"].as_array().and_then(|events| events.last()).expect("an event");
    assert_eq!(told["kind"], "snoozed");
    assert!(is_time(&told["data"]["until_at"]), "{told}");
    let approved = stage.post_as(BOB, &act, approve.clone()).await.with(200).body;
    is_deployment(&approved);
    assert_eq!(approved["gates"][0]["state"], "passed");
    assert!(approved["revision"].as_u64() > Some(revision));
    stage.post_as(BOB, &act, approve).await.problem(409, "stale_card");
    let confirmed = json!({ "action": "confirm", "gate": "notes read" });
    stage.post_as(ADA, &act, confirmed).await.with(200);
    let watching = stage.until(&id, |d| d["watch"]["rules"][0]["samples"].as_u64() > Some(0)).await;
    is_deployment(&watching);
    members(&watching["watch"], &["ends_at", "undecided_until_at", "rules"]);
    assert!(is_time(&watching["watch"]["ends_at"]), "{watching}");
    members(&watching["watch"]["rules"][0], &["name", "samples", "bad_in_a_row", "last"]);
    members(&watching["watch"]["rules"][0]["last"], &["at", "verdict", "value", "detail"]);
    assert!(is_time(&watching["watch"]["rules"][0]["last"]["at"]));
    assert_eq!(stage.until_closed(&id).await["outcome"], "succeeded");
    stage.post_as(ADA, &act, json!({ "action": "abort" })).await.problem(409, "already_closed");
    stage.end().await;
}

#[tokio::test]
async fn events_are_read_on_from_the_last_one_that_was_seen() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    let id = stage.deploy("staging", "v2").await;
    let closed = stage.until_closed(&id).await;
    let events = closed["events"].as_array().expect("events").clone();
    let path = format!("/api/v1/deployments/{id}");
    let later = stage.get(&format!("{path}?after={}", events[1]["seq"])).await.with(200).body;
    assert_eq!((&later["events"], &later["more_events"]), (&events[2..].into(), &Value::Null));
    let last = events.last().expect("an event");
    let none = stage.get(&format!("{path}?after={}", last["seq"])).await.with(200).body;
    assert_eq!((&none["events"], &none["more_events"]), (&json!([]), &Value::Null));
    let number = events[1]["seq"].to_string();
    let escaped: String = number.bytes().map(|digit| format!("%{digit:02x}")).collect();
    for query in [format!("after={escaped}"), format!("%61fter={number}"), format!("x=1&after={number}&after=9")] {
        assert_eq!(stage.get(&format!("{path}?{query}")).await.with(200).body, later, "{query}");
    }
    for typed in ["", "-1", "soon"] {
        stage.get(&format!("{path}?after={typed}")).await.problem(422, "bad_after");
    }
    stage.end().await;
}

#[tokio::test]
async fn what_is_done_decides_who_may_and_each_word_is_an_action() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let production = "/api/v1/apps/hello/environments/production/deployments";
    for kind in ["deploy", "promote"] {
        stage.post_as(EVE, production, json!({ "kind": kind })).await.problem(403, "not_permitted");
    }
    let asked = stage.post(production, json!({ "kind": "deploy" })).await.with(202).body;
    assert_eq!(asked["kind"], "promote", "the environment decides");
    let id = asked["id"].as_str().expect("an id").to_owned();
    stage.until(&id, |d| d["gates"][0]["waits_for"].is_string()).await;
    let act = format!("/api/v1/deployments/{id}/actions");
    stage.post_as(EVE, &act, json!({ "action": "reject" })).await.problem(403, "not_permitted");
    let rejected = stage.post_as(BOB, &act, json!({ "action": "reject", "reason": "not yet" })).await.with(200).body;
    assert_eq!((&rejected["outcome"], &rejected["cause"]), (&"aborted".into(), &"rejected".into()));
    is_deployment(&rejected);
    let place = stage.get("/api/v1/apps/hello/environments/staging").await.with(200).body;
    assert_eq!(place["running"]["version"], "v2");
    let staging = "/api/v1/apps/hello/environments/staging/deployments";
    let again = stage.post(staging, json!({ "version": "v2", "again": true })).await.with(202).body;
    let again = again["id"].as_str().expect("an id").to_owned();
    assert_eq!(stage.until_closed(&again).await["outcome"], "succeeded");
    let act = format!("/api/v1/deployments/{again}/actions");
    stage.post_as(EVE, &act, json!({ "action": "rollback" })).await.problem(403, "not_permitted");
    let back = stage.post(&act, json!({ "action": "rollback", "reason": "a hunch" })).await.with(200).body;
    assert_eq!((&back["kind"], &back["reason"]), (&"rollback".into(), &"a hunch".into()));
    is_deployment(&back);
    stage.end().await;
}

#[tokio::test]
async fn a_rollback_and_an_abort_are_asked_for() {
    let stage = Stage::new().await;
    let path = "/api/v1/apps/hello/environments/staging/deployments";
    stage.post(path, json!({ "kind": "rollback" })).await.problem(409, "nothing_to_go_back_to");
    stage.prove_v2().await;
    stage.post_as(EVE, path, json!({ "kind": "rollback" })).await.problem(403, "not_permitted");
    let back = stage.post(path, json!({ "kind": "rollback", "reason": "a hunch" })).await.with(202).body;
    assert_eq!((&back["kind"], &back["reason"]), (&"rollback".into(), &"a hunch".into()));
    assert_eq!(stage.until_closed(back["id"].as_str().expect("an id")).await["outcome"], "succeeded");
    stage.say("/unquarantine v2 it was a hunch only").await.with(200);
    let production = "/api/v1/apps/hello/environments/production/deployments";
    let asked = stage.post(production, json!({ "kind": "promote", "version": "v2" })).await.with(202).body;
    let act = format!("/api/v1/deployments/{}/actions", asked["id"].as_str().unwrap_or_else(|| panic!("{asked}")));
    let aborted = stage.post(&act, json!({ "action": "abort", "reason": "not today" })).await.with(200).body;
    is_deployment(&aborted);
    assert_eq!((&aborted["phase"], &aborted["outcome"]), (&"closed".into(), &"aborted".into()));
    stage.end().await;
}

#[tokio::test]
async fn every_command_can_be_said_and_a_no_is_never_a_200() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    for line in ["/status", "status hello", "/help", "/help deploy", "/history", "/history staging", "/why production"]
    {
        let said = stage.say(line).await.with(200);
        members(&said.body, &["said", "deployment"]);
        assert!(said.body["said"].as_str().is_some_and(|said| !said.is_empty()), "{line}");
        assert_eq!(said.body["deployment"], Value::Null, "{line}");
    }
    let said = stage.say("/lock staging database work").await.with(200);
    members(&said.body, &["said", "deployment"]);
    let lock = &stage.get("/api/v1/apps/hello/environments/staging").await.body["lock"];
    members(lock, &["owner", "reason", "locked_at", "expires_at"]);
    assert_eq!((&lock["owner"], &lock["reason"]), (&"api:ada".into(), &"database work".into()));
    assert!(is_time(&lock["locked_at"]) && lock["expires_at"].is_null(), "{lock}");
    let commands = "/api/v1/commands";
    stage.post_as(BOB, commands, json!({ "line": "/deploy staging" })).await.problem(409, "locked");
    stage.post_as(EVE, commands, json!({ "line": "/unlock staging" })).await.problem(403, "locked_by_another");
    stage.say("/unlock staging").await.with(200);
    stage.say("/lock staging for 2h").await.problem(422, "reason_missing");
    stage.say("/lock staging work for 2h").await.with(200);
    assert!(is_time(&stage.get("/api/v1/apps/hello/environments/staging").await.body["lock"]["expires_at"]));
    stage.say("/unlock staging").await.with(200);
    let said = stage.say("/deploy staging").await.with(200);
    assert!(is_id(&said.body["deployment"]), "{}", said.text);
    let id = said.body["deployment"].as_str().expect("an id").to_owned();
    assert_eq!(stage.until_closed(&id).await["requested_by"], "api:ada");
    stage.end().await;
}

#[tokio::test]
async fn problems_are_in_the_language_that_is_asked_for() {
    let stage = Stage::new().await;
    let ask = |languages: &'static str| {
        answer(stage.request(Method::GET, "/api/v1/apps/nobody").bearer_auth(ADA).header("accept-language", languages))
    };
    for languages in ["ja", "ja-JP", "fr, ja;q=0.9, en;q=0.8", "JA"] {
        let problem = ask(languages).await.problem(404, "unknown_app");
        assert!(!problem.body["detail"].as_str().expect("words").is_ascii(), "{languages}: {}", problem.text);
        assert!(problem.body["detail"].as_str().expect("words").contains("ありません"), "{}", problem.text);
    }
    for languages in ["en", "en-US,en;q=0.9,ja;q=0.8", "fr", "*", "", ";;;", "ja;q=0, en"] {
        let problem = ask(languages).await.problem(404, "unknown_app");
        assert!(problem.body["detail"].as_str().expect("words").contains("There is no app"), "{languages}");
    }
    let said = stage.request(Method::POST, "/api/v1/commands").bearer_auth(ADA).header("accept-language", "ja");
    let said = answer(said.json(&json!({ "line": "/help" }))).await.with(200);
    assert!(!said.text.contains("Who may"), "{}", said.text);
    stage.end().await;
}
