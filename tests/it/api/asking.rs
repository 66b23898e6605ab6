//! Many at once: two people asking for the same, two asking for different things, and clients that take their time.

use futures::future::join_all;
use serde_json::json;

use super::raw::Raw;
use super::stage::{ADA, BOB, EVE, Stage};

const STAGING: &str = "/api/v1/apps/hello/environments/staging/deployments";

#[tokio::test]
async fn the_same_asked_for_by_many_at_once_is_one_deployment() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    let tokens = [ADA, BOB, EVE];
    let asked = join_all((0..12).map(|n| stage.post_as(tokens[n % 3], STAGING, json!({})))).await;
    let fresh = asked.iter().filter(|answer| answer.status == 202).count();
    let known = asked.iter().filter(|answer| answer.status == 200).count();
    // One that came after the end would be told that it runs already.
    let late = asked.iter().filter(|answer| answer.body["code"] == "already_running").count();
    assert_eq!((fresh, fresh + known + late), (1, 12), "{asked:?}");
    let ids: std::collections::BTreeSet<_> = asked.iter().filter_map(|answer| answer.body["id"].as_str()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let id = ids.first().expect("an id");
    assert_eq!(stage.until_closed(id).await["outcome"], "succeeded");
    stage.end().await;
}

#[tokio::test]
async fn of_two_different_ones_the_newer_takes_the_place_of_the_older() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    stage.register("v1").await.with(201);
    let id = stage.deploy("staging", "v1").await;
    stage.until_closed(&id).await;
    let production = "/api/v1/apps/hello/environments/production/deployments";
    let ask =
        |token, version: &'static str| stage.post_as(token, production, json!({ "version": version, "again": true }));
    let (one, two) = futures::join!(ask(ADA, "v1"), ask(BOB, "v2"));
    assert_eq!((one.status, two.status), (202, 202), "{} {}", one.text, two.text);
    let mut outcomes = Vec::new();
    for answer in [&one, &two] {
        let path = format!("/api/v1/deployments/{}", answer.body["id"].as_str().expect("an id"));
        let deployment = stage.get(&path).await.with(200).body;
        outcomes.push((deployment["phase"] == "closed", deployment["outcome"] == "superseded"));
    }
    outcomes.sort_unstable();
    assert_eq!(outcomes, [(false, false), (true, true)], "one waits, the other one is superseded");
    stage.end().await;
}

#[tokio::test]
async fn the_same_version_registered_twice_at_once_is_made_once() {
    let stage = Stage::new().await;
    let asked = join_all((0..8).map(|_| stage.register("v2"))).await;
    assert_eq!(asked.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(asked.iter().filter(|answer| answer.status == 200).count(), 7);
    assert!(asked.iter().all(|answer| answer.body == asked[0].body));
    stage.end().await;
}

#[tokio::test]
async fn two_approvals_at_once_count_once() {
    let stage = Stage::new().await;
    stage.prove_v2().await;
    let id = stage.deploy("production", "v2").await;
    stage.until(&id, |d| d["phase"] == "entering").await;
    let act = format!("/api/v1/deployments/{id}/actions");
    let revision = stage.get(&format!("/api/v1/deployments/{id}")).await.body["revision"].clone();
    let body = json!({ "action": "approve", "revision": revision });
    let asked = join_all((0..6).map(|_| stage.post_as(BOB, &act, body.clone()))).await;
    assert_eq!(asked.iter().filter(|answer| answer.status == 200).count(), 1, "{asked:?}");
    assert_eq!(asked.iter().filter(|answer| answer.status == 409).count(), 5, "{asked:?}");
    let events = stage.get(&format!("/api/v1/deployments/{id}")).await.body["events"].clone();
    let approvals = events.as_array().expect("events").iter().filter(|event| event["kind"] == "approved").count();
    assert_eq!(approvals, 1, "{events}");
    stage.end().await;
}

#[tokio::test]
async fn clients_that_send_half_a_request_hold_up_nobody() {
    let stage = Stage::new().await;
    let mut slow = Vec::new();
    for n in 0..200 {
        let mut raw = Raw::to(&stage).await;
        match n % 4 {
            0 => {}
            1 => raw.send(b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\n").await,
            2 => raw.head("POST /api/v1/commands", "content-length: 20\r\n").await,
            _ => {
                raw.head("POST /api/v1/commands", "transfer-encoding: chunked\r\n").await;
                raw.send(b"5\r\n{\"li").await;
            }
        }
        slow.push(raw);
    }
    stage.say("/status").await.with(200);
    assert_eq!(stage.get("/health").await.status, 200);
    // They do not hold up the end either.
    stage.end().await;
}
