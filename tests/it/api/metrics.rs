//! `/metrics` after a story: deployments by outcome, phases, effects, what is open and what waits.

use std::collections::BTreeMap;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, Setup};

async fn metrics(w: &World) -> BTreeMap<String, f64> {
    let url = format!("http://{}/metrics", w.program().app.address());
    let text = reqwest::get(url).await.expect("an answer").text().await.expect("a text");
    for line in text.lines().filter(|line| line.starts_with("# TYPE ")) {
        let name = line.split(' ').nth(2).expect("a name");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
    }
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    samples.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
}

#[tokio::test]
async fn what_happened_and_what_waits_is_counted() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH].concat()).machines(1, 1)).await;
    let value = |samples: &BTreeMap<String, f64>, name: &str| {
        *samples.get(&format!("shipgate_{name}")).unwrap_or_else(|| panic!("no {name} in {samples:#?}"))
    };
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    let waits = metrics(&w).await;
    for (name, expected) in [
        ("deployments_closed_total{kind=\"deploy\",outcome=\"succeeded\"}", 1.0),
        ("deployment_phase_seconds_count{phase=\"rolling_out\"}", 1.0),
        ("deployments_open{phase=\"entering\"}", 1.0),
        ("deployments_open{phase=\"rolling_out\"}", 0.0),
        ("deployments_waiting_for_people", 1.0),
        ("effects_total{kind=\"roll_out\",result=\"done\"}", 1.0),
        ("effects_pending{kind=\"roll_out\"}", 0.0),
    ] {
        assert!((value(&waits, name) - expected).abs() < f64::EPSILON, "{name}: {waits:#?}");
    }
    assert!(value(&waits, "deployment_phase_seconds_sum{phase=\"rolling_out\"}") > 0.0, "{waits:#?}");
    assert!(waits.keys().any(|name| name.starts_with("shipgate_build_info{version=")), "{waits:#?}");
    w.ada().says("/abort").await;
    w.ada().says("/deploy staging v3-broken").await;
    w.until("v3-broken → staging · Rolled back").await;
    let ended = metrics(&w).await;
    for (name, expected) in [
        ("deployments_closed_total{kind=\"promote\",outcome=\"aborted\"}", 1.0),
        ("deployments_closed_total{kind=\"deploy\",outcome=\"rolled_back\"}", 1.0),
        ("deployments_waiting_for_people", 0.0),
        ("deployments_open{phase=\"entering\"}", 0.0),
        ("effects_total{kind=\"restore\",result=\"done\"}", 1.0),
    ] {
        assert!((value(&ended, name) - expected).abs() < f64::EPSILON, "{name}: {ended:#?}");
    }
    assert!(value(&ended, "effects_total{kind=\"ask\",result=\"fail\"}") >= 1.0, "{ended:#?}");
}

#[tokio::test]
async fn nothing_that_comes_from_outside_makes_a_series() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 1)).await;
    w.api("ci").post("/api/v1/commands", &serde_json::json!({ "line": "/status" })).await;
    let before: Vec<_> = metrics(&w).await.into_keys().collect();
    for n in 0..50 {
        let line = format!("/deploy staging{n} v{n}");
        w.api("ci").once("k").post("/api/v1/commands", &serde_json::json!({ "line": line })).await;
        w.api("ci").get(&format!("/api/v1/apps/{n}")).await;
    }
    assert_eq!(metrics(&w).await.into_keys().collect::<Vec<_>>(), before);
}
