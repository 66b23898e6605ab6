//! What clients of an app get.

use reqwest::Method;
use serde_json::json;
use shipgate::clock::Span;
use shipgate::sim::{Reports, SimConfig};

use super::client::{Sim, instantly, path_of};

/// Nothing takes time, and no service has checks that keep requests from a machine.
fn unchecked(config: &mut SimConfig) {
    instantly(config);
    for machine in config.apps.iter_mut().flat_map(|app| &mut app.machines) {
        machine.config["services"][0]["checks"] = json!([]);
    }
}

#[tokio::test]
async fn the_edge_asks_the_machines_in_turn() {
    let sim = Sim::start().await;
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..6 {
        let body = sim.visit("hello-production", "/health").await.expect(200);
        assert_eq!((&body["status"], &body["version"], &body["errors"]), (&json!("ok"), &json!("v1"), &json!(0.0)));
        *seen.entry(body["machine"].as_str().expect("a machine").to_owned()).or_insert(0) += 1;
    }
    assert_eq!(seen.into_values().collect::<Vec<_>>(), [2, 2, 2]);
    sim.visit("hello-production", "/anything").await.expect(200);
    let traffic = sim.fly.traffic("hello-production");
    assert_eq!((traffic.requests, traffic.failures, traffic.by_version["v1"]), (7, 0, 7));
    assert_eq!(sim.fly.traffic("hello-staging").requests, 0);
}

#[tokio::test]
async fn a_machine_that_is_replaced_or_cordoned_is_left_out() {
    let sim = Sim::start().await;
    let machines = sim.fly.machines("hello-staging");
    sim.update("hello-staging", &machines[0], "v2").await.expect(200);
    for _ in 0..3 {
        let body = sim.visit("hello-staging", "/health").await.expect(200);
        assert_eq!(body["machine"], machines[1].id.as_str());
    }
    sim.poke(&format!("{}/cordon", path_of("hello-staging", &machines[1]))).await.expect(200);
    assert_eq!(sim.visit("hello-staging", "/health").await.error(503), "no machine is running");
    sim.pass(Span::seconds(8));
    sim.visit("hello-staging", "/health").await.expect(503);
    // Its check has run once.
    sim.pass(Span::seconds(2));
    let body = sim.visit("hello-staging", "/health").await.expect(200);
    assert_eq!((&body["machine"], &body["version"]), (&json!(machines[0].id), &json!("v2")));
    let traffic = sim.fly.traffic("hello-staging");
    assert_eq!((traffic.requests, traffic.failures), (6, 2));
}

#[tokio::test]
async fn a_broken_image_answers_500_and_a_late_one_turns_bad_in_production_only() {
    let sim = Sim::with(unchecked).await;
    for app in ["hello-staging", "hello-production"] {
        for machine in sim.fly.machines(app) {
            sim.update(app, &machine, "v4-late").await.expect(200);
        }
        sim.visit(app, "/health").await.expect(200);
    }
    sim.pass(Span(99_999));
    sim.visit("hello-production", "/health").await.expect(200);
    sim.pass(Span(1));
    let body = sim.visit("hello-production", "/health").await.expect(500);
    assert!(body["errors"].as_f64().expect("a number") > 0.05, "{body}");
    sim.visit("hello-staging", "/health").await.expect(200);
    for machine in sim.fly.machines("hello-staging") {
        sim.update("hello-staging", &machine, "v3-broken").await.expect(200);
    }
    sim.visit("hello-staging", "/health").await.expect(500);
}

#[tokio::test]
async fn a_request_that_has_reached_a_machine_is_finished_by_it() {
    let sim = Sim::with(unchecked).await;
    for machine in sim.fly.machines("hello-staging") {
        sim.update("hello-staging", &machine, "v3-slow").await.expect(200);
    }
    let edge = sim.fly.edge_url("hello-staging").expect("an edge");
    let slow = tokio::spawn(sim.http.get(format!("{edge}/health")).send());
    sim.clock.until_sleeping(1).await;
    for machine in sim.fly.machines("hello-staging") {
        sim.update("hello-staging", &machine, "v2").await.expect(200);
    }
    assert_eq!(sim.visit("hello-staging", "/health").await.expect(200)["version"], "v2");
    sim.pass(Span(2_999));
    assert!(!slow.is_finished());
    sim.pass(Span(1));
    let answer = slow.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.expect("a body").contains("v3-slow"));
}

#[tokio::test]
async fn an_app_without_machines_answers_503() {
    let sim = Sim::with(|config| config.apps[0].machines.clear()).await;
    sim.visit("hello-staging", "/").await.expect(503);
    assert_eq!(sim.call(Method::GET, "/v1/apps/hello-staging/machines", None).await.expect(200), json!([]));
    assert_eq!(sim.fly.edge_url("no-such-app"), None);
}

#[tokio::test]
async fn a_machine_whose_checks_fail_or_have_not_reported_is_left_out() {
    let sim = Sim::start().await;
    let machines = sim.fly.machines("hello-staging");
    for reports in [Reports::Failing, Reports::Nothing] {
        sim.fly.faults().checks(&machines[0].id, reports);
        for _ in 0..3 {
            let body = sim.visit("hello-staging", "/health").await.expect(200);
            assert_eq!(body["machine"], machines[1].id.as_str());
        }
    }
    sim.fly.faults().checks(&machines[1].id, Reports::Flapping(Span::seconds(10)));
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(sim.visit("hello-staging", "/health").await.status);
        sim.pass(Span::seconds(10));
    }
    answers.sort_unstable();
    assert_eq!(answers, [200, 200, 503, 503]);
}
