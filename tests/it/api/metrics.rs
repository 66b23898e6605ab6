//! `/metrics` after a story: deployments by outcome, phases, effects, what is open and what waits.

use std::collections::BTreeMap;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, Setup};

async fn metrics(w: &World) -> BTreeMap<String, f64> {
    let url = format!("http://{}/metrics", w.program().app.address());
    let answer = reqwest::get(url).await.expect("an answer");
    let kind = answer.headers()["content-type"].to_str().expect("a kind").to_owned();
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.expect("a text");
    keeps_to_the_conventions(&text);
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    samples.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
}

/// OpenMetrics: each family with its type and its help, before its samples; counters end in `_total`; what has a unit names
/// it; and an end.
fn keeps_to_the_conventions(text: &str) {
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            assert!(text.contains(&format!("# HELP {name} ")), "{name} has no help");
            let timed = name.ends_with("_seconds");
            assert_eq!(timed, kind == "histogram", "{name}: a {kind} that is measured in seconds says so");
            assert!(families.insert(name, kind).is_none(), "{name} is there twice");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().expect("a name");
            let endings = ["_total", "_info", "_bucket", "_count", "_sum", ""];
            let of = endings.iter().find_map(|end| Some((families.get(name.strip_suffix(end)?)?, *end)));
            let (kind, end) = of.unwrap_or_else(|| panic!("{name} has no type above it"));
            let fits = match *kind {
                "counter" => end == "_total",
                "info" => end == "_info",
                "histogram" => ["_bucket", "_count", "_sum"].contains(&end),
                _ => *kind == "gauge" && end.is_empty(),
            };
            assert!(fits && name.starts_with("shipgate_"), "{name} is a {kind}");
        }
    }
    assert!(text.ends_with("# EOF\n"), "it has no end");
}

#[tokio::test]
async fn every_counter_begins_at_zero() {
    let w = World::of(Setup::production(HEALTH).machines(1, 1)).await;
    let samples = metrics(&w).await;
    let of = |name: &str| samples.iter().filter(|(sample, _)| sample.starts_with(name)).collect::<Vec<_>>();
    let closed = of("shipgate_deployments_closed_total");
    assert!(closed.len() == 24 && closed.iter().all(|(_, value)| **value == 0.0), "{closed:#?}");
    for series in [
        "effects_total{kind=\"roll_out\",result=\"failed\"}",
        "effects_total{kind=\"restore\",result=\"unknown\"}",
        "effects_total{kind=\"ask\",result=\"fail\"}",
        "effects_total{kind=\"say\",result=\"retried\"}",
        "deployment_phase_seconds_count{phase=\"rolling_back\"}",
    ] {
        assert_eq!(samples.get(&format!("shipgate_{series}")), Some(&0.0), "{series} in {samples:#?}");
    }
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
