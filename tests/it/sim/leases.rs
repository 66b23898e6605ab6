//! Leases: who may change a machine.

use reqwest::Method;
use serde_json::{Value, json};
use shipgate::clock::Span;

use super::client::{Sim, with_image};

async fn acquire(sim: &Sim, seconds: i64, nonce: Option<&str>) -> Value {
    let body = json!({"ttl": seconds, "description": "a deployment"});
    sim.call_with(Method::POST, &format!("{}/lease", sim.path()), Some(body), nonce).await.expect(201)["data"].clone()
}

#[tokio::test]
async fn a_lease_is_taken_shown_prolonged_and_given_back() {
    let sim = Sim::start().await;
    let lease = format!("{}/lease", sim.path());
    assert_eq!(sim.get(&lease).await.error(404), "lease not found");
    let taken = acquire(&sim, 13, None).await;
    let nonce = taken["nonce"].as_str().expect("a nonce");
    assert_eq!(nonce.len(), 12);
    assert_eq!((&taken["owner"], &taken["version"]), (&json!("demo@tokens.fly.io"), &json!(sim.first().instance)));
    assert_eq!(taken["expires_at"], 1_790_000_013);
    sim.pass(Span::seconds(10));
    let longer = acquire(&sim, 13, Some(nonce)).await;
    assert_eq!((&longer["nonce"], &longer["expires_at"]), (&taken["nonce"], &json!(1_790_000_023)));
    assert_eq!(sim.get(&lease).await.expect(200)["data"], longer);
    let shown = sim.get(&format!("{}?include_leases=true", sim.path())).await.expect(200)["lease"].clone();
    assert_eq!((&shown["owner"], shown.get("nonce")), (&taken["owner"], None));
    let gone = sim.call_with(Method::DELETE, &lease, None, Some(nonce)).await.expect(200);
    assert_eq!(gone, json!({"status": "success", "data": {"ok": true}}));
    assert_eq!(sim.call_with(Method::DELETE, &lease, None, Some(nonce)).await.error(404), "lease not found");
}

#[tokio::test]
async fn a_lease_can_be_asked_for_in_the_query() {
    let sim = Sim::start().await;
    let got = sim.poke(&format!("{}/lease?ttl=30", sim.path())).await.expect(201);
    assert_eq!((&got["status"], &got["data"]["expires_at"]), (&json!("success"), &json!(1_790_000_030)));
}

#[tokio::test]
async fn a_lease_keeps_everybody_else_from_changing_the_machine() {
    let sim = Sim::start().await;
    let path = sim.path();
    acquire(&sim, 13, None).await;
    let id = sim.first().id;
    let held = format!("machine ID {id} lease currently held by demo@tokens.fly.io, expires at 2026-09-21T14:13:33Z");
    let update = json!({"config": with_image(&sim.first(), "v2")});
    for nonce in [None, Some("000000000000")] {
        for verb in ["start", "stop", "restart", "cordon", "uncordon"] {
            let got = sim.call_with(Method::POST, &format!("{path}/{verb}"), None, nonce).await;
            assert_eq!(got.error(409), held, "{verb}");
        }
        assert_eq!(sim.call_with(Method::POST, &path, Some(update.clone()), nonce).await.error(409), held);
        assert_eq!(sim.call_with(Method::DELETE, &path, None, nonce).await.error(409), held);
        let body = Some(json!({"ttl": 5}));
        for (method, body) in [(Method::POST, body), (Method::DELETE, None)] {
            let conflict = sim.call_with(method, &format!("{path}/lease"), body, nonce).await.expect(409);
            assert_eq!(conflict, json!({"status": "error", "message": held, "code": "invalid"}));
        }
    }
    sim.get(&path).await.expect(200);
    sim.post(&format!("{path}/metadata/k"), json!({"value": "v"})).await.expect(204);
    sim.get(&format!("{path}/wait")).await.expect(200);
    assert_eq!((sim.first().state.as_str(), sim.first().updates), ("started", 0));
}

#[tokio::test]
async fn a_lease_runs_out_by_itself() {
    let sim = Sim::start().await;
    let taken = acquire(&sim, 13, None).await;
    sim.pass(Span(12_999));
    assert_eq!(sim.poke(&format!("{}/cordon", sim.path())).await.status, 409);
    sim.pass(Span(1));
    sim.poke(&format!("{}/cordon", sim.path())).await.expect(200);
    let again = acquire(&sim, 13, taken["nonce"].as_str()).await;
    assert_ne!(again["nonce"], taken["nonce"], "what has run out cannot be prolonged");
}

#[tokio::test]
async fn an_update_goes_on_with_the_nonce_and_can_bring_its_own_lease() {
    let sim = Sim::start().await;
    let taken = acquire(&sim, 13, None).await;
    let body = json!({"config": with_image(&sim.first(), "v2"), "lease_ttl": 60});
    let updated = sim.call_with(Method::POST, &sim.path(), Some(body), taken["nonce"].as_str()).await.expect(200);
    assert_eq!(updated["nonce"], taken["nonce"]);
    sim.pass(Span::seconds(59));
    assert_eq!(sim.first().leased_by.as_deref(), Some("demo@tokens.fly.io"));
    sim.pass(Span::seconds(1));
    assert_eq!(sim.first().leased_by, None);
}

#[tokio::test]
async fn somebody_elses_lease_is_in_the_way_until_it_runs_out() {
    let sim = Sim::start().await;
    sim.fly.faults().foreign_lease(&sim.first().id, "eve@example.com", Span::seconds(30));
    let text = sim.update("hello-staging", &sim.first(), "v2").await.error(409);
    assert!(text.contains("lease currently held by eve@example.com, expires at "), "{text}");
    sim.pass(Span::seconds(30));
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
}
