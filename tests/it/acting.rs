//! Decisions over the API: each action that its description knows, by who may not, on an old state, and as it is meant.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::world::setup::{HEALTH, PRODUCTION, Setup};
use crate::world::wire::Trouble;
use crate::world::{Expected, World, contract};

const APPROVAL: &str =
    "[[apps.environments.before]]\nname = \"approval\"\napproval = { from = \"releasers\", expires = \"20m\" }\n";
const NOTES: &str = "[[apps.environments.before]]\nname = \"notes read\"\nconfirm = { from = \"releasers\" }\n";
const SOAK: &str = "[[apps.environments.before]]\nname = \"soaked\"\nsoak = \"30m\"\n";
/// A watch that nothing is measured in.
const WATCH: &str = r#"
[apps.environments.watch]
for          = "1m"
inconclusive = { ask = "releasers", within = "10m", otherwise = "roll_back" }

[[apps.environments.watch.rules]]
name  = "errors"
check = { kind = "prometheus", query = "errors" }
above = 0.05
for   = "30s"
"#;

/// An action, when it makes sense, and what comes of it.
struct Case {
    action: &'static str,
    production: &'static str,
    /// What the card says then.
    when: &'static str,
    /// What goes with it.
    with: Value,
    /// The members of the deployment that tell it.
    then: Value,
}

fn cases() -> Vec<Case> {
    let case = |action, production, when, with, then| Case { action, production, when, with, then };
    vec![
        case("approve", APPROVAL, "Waiting for people", json!({ "gate": "approval" }), json!({ "outcome": null })),
        case("reject", APPROVAL, "Waiting for people", json!({ "reason": "no" }), json!({ "cause": "rejected" })),
        case("confirm", NOTES, "Waiting for people", json!({ "gate": "notes read" }), json!({ "outcome": null })),
        case("abort", SOAK, "Waiting", json!({ "reason": "no" }), json!({ "outcome": "aborted" })),
        case("override", SOAK, "Waiting", json!({ "gate": "soaked", "reason": "down" }), json!({ "outcome": null })),
        case("snooze", APPROVAL, "Waiting for people", json!({}), json!({ "phase": "entering" })),
        case("rollback", WATCH, "Watching", json!({ "reason": "a hunch" }), json!({ "phase": "rolling_back" })),
        case("keep", WATCH, "People must decide", json!({}), json!({ "outcome": "succeeded", "cause": "kept" })),
    ]
}

/// v2 on its way to production; where its deployment is.
async fn promoted(production: &str, when: &str) -> (World, String) {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly().with_prometheus()).await;
    w.prometheus().gives("NaN");
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until(&format!("v2 → production · {when}")).await;
    let path = format!("/api/v1/deployments/{}", w.deployment("v2 → production"));
    (w, path)
}

#[tokio::test]
async fn each_action_is_refused_to_who_may_not_and_on_an_old_state_and_then_done() {
    let mut done = BTreeSet::new();
    for Case { action, production, when, with, then } in cases() {
        let (mut w, path) = promoted(production, when).await;
        let (_, before) = w.api("ci").get(&path).await;
        let revision = before["revision"].as_u64().expect("a number");
        let actions = format!("{path}/actions");
        let body = |revision: u64| {
            let mut body = json!({ "action": action, "revision": revision });
            body.as_object_mut().expect("an object").extend(with.as_object().expect("an object").clone());
            body
        };
        let (status, problem) = w.api("ci").post(&actions, &body(revision)).await;
        assert_eq!(status, 403, "{action} by who may not: {problem}");
        let (status, problem) = w.api("ada").post(&actions, &body(revision - 1)).await;
        assert_eq!((status, &problem["code"]), (409, &json!("stale_card")), "{action}: {problem}");
        let (_, after) = w.api("ci").get(&path).await;
        assert_eq!(after["events"], before["events"], "{action} was refused twice, and nothing has happened");
        let (status, answer) = w.api("ada").post(&actions, &body(revision)).await;
        assert_eq!(status, 200, "{action}: {answer}");
        for (member, value) in then.as_object().expect("an object") {
            assert_eq!(&answer[member], value, "{action}: {answer}");
        }
        let by_ada =
            answer["events"].as_array().expect("events").iter().skip(before["events"].as_array().map_or(0, Vec::len));
        assert!(by_ada.clone().any(|event| event["by"] == "api:ada"), "{action}: {answer}");
        done.insert(action);
    }
    let known = contract::description()["components"]["schemas"]["Action"].clone();
    assert_eq!(words(&known), done, "an action of the description that is posted nowhere, or the other way round");
}

/// The words that a schema allows, one by one or all together.
fn words(schema: &Value) -> BTreeSet<&str> {
    let ways = schema["oneOf"].as_array().into_iter().flatten().map(|way| &way["const"]);
    let all = schema["enum"].as_array().into_iter().flatten();
    ways.chain(all).filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn a_program_keeps_what_the_watch_cannot_judge() {
    let (mut w, path) = promoted(WATCH, "People must decide").await;
    let actions = format!("{path}/actions");
    let (status, kept) = w.api("ada").post(&actions, &json!({ "action": "keep", "reason": "quiet hours" })).await;
    assert_eq!((status, &kept["outcome"], &kept["cause"]), (200, &json!("succeeded"), &json!("kept")), "{kept}");
    assert!(w.card("v2 → production").contains("Kept without a verdict"));
    let (status, problem) = w.api("ada").post(&actions, &json!({ "action": "keep" })).await;
    assert_eq!((status, &problem["code"]), (409, &json!("already_closed")), "{problem}");
    let (_, place) = w.api("ci").get("/api/v1/apps/hello/environments/production").await;
    assert_eq!((&place["running"]["version"], &place["deployment"]), (&json!("v2"), &Value::Null), "{place}");
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn a_program_keeps_what_could_not_be_put_back() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 2).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.ada().says("/promote").await;
    w.until("v2 → production · Checking").await;
    w.expects(Expected::Refusals);
    w.fly().destroy(PRODUCTION, 0).await;
    w.until("v2 → production · Needs people").await;
    let path = format!("/api/v1/deployments/{}", w.deployment("v2 → production"));
    let actions = format!("{path}/actions");
    let (_, stuck) = w.api("ci").get(&path).await;
    assert_eq!((&stuck["phase"], &stuck["outcome"]), (&json!("closed"), &json!("needs_people")), "{stuck}");
    let keep = json!({ "action": "keep", "revision": stuck["revision"] });
    let (status, problem) = w.api("ci").post(&actions, &keep).await;
    assert_eq!((status, &problem["code"]), (403, &json!("not_permitted")), "{problem}");
    let (status, kept) = w.api("ada").post(&actions, &keep).await;
    assert_eq!((status, &kept["outcome"]), (200, &json!("needs_people")), "how it ended is not taken back: {kept}");
    let (status, problem) = w.api("ada").post(&actions, &keep).await;
    assert_eq!(status, 409, "{problem}");
    let (_, place) = w.api("ci").get("/api/v1/apps/hello/environments/production").await;
    assert_eq!(place["lock"], Value::Null, "it is free again: {place}");
    w.fly().works_again();
}
