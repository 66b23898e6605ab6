//! Scripted faults and the record of calls: what tests of others stand on.

use reqwest::Method;
use serde_json::json;
use shipgate::sim::{Action, Fault, On, When};

use super::client::{Sim, with_image};

#[tokio::test]
async fn a_call_is_answered_wrongly_before_or_after_its_effect() {
    let sim = Sim::start().await;
    let faults = sim.fly.faults();
    let update = || On::action(Action::MachineUpdate);
    faults.next(2, update(), When::Before, Fault::error(503, "unavailable: try again"));
    faults.next(1, update(), When::After, Fault::error(408, "deadline_exceeded"));
    for (status, updates) in [(503, 0), (503, 0), (408, 1), (200, 2)] {
        assert_eq!(sim.update("hello-staging", &sim.first(), "v2").await.status, status);
        assert_eq!(sim.first().updates, updates);
    }
    faults.next(1, On::default(), When::Before, Fault::Answer { status: 200, body: "<html>".into() });
    assert_eq!(sim.wrong(Method::GET, &sim.path(), "").await.body, "<html>");
}

#[tokio::test]
async fn a_connection_ends_without_an_answer() {
    let sim = Sim::start().await;
    let body = json!({"config": with_image(&sim.first(), "v2")});
    for (when, updates) in [(When::Before, 0), (When::After, 1)] {
        sim.fly.faults().next(1, On::action(Action::MachineUpdate), when, Fault::Silence);
        let error = sim.request(Method::POST, &sim.path(), Some(&body), None).send().await.expect_err("no answer");
        assert!(error.is_request(), "{error:?}");
        assert_eq!(sim.first().updates, updates);
        assert_eq!(sim.fly.calls().last().expect("a call").status, None);
    }
    sim.get(&sim.path()).await.expect(200);
}

#[tokio::test]
async fn a_fault_is_for_the_calls_that_are_meant() {
    let sim = Sim::start().await;
    let machines = sim.fly.machines("hello-staging");
    let on = On::action(Action::MachineGet).app("hello-staging").machine(&machines[1].id);
    sim.fly.faults().next(1, on, When::Before, Fault::error(500, "internal: oops"));
    let path = |place: usize| super::client::path_of("hello-staging", &machines[place]);
    sim.get(&path(0)).await.expect(200);
    sim.get(&format!("{}/events", path(1))).await.expect(200);
    assert_eq!(sim.get(&path(1)).await.error(500), "internal: oops");
    sim.get(&path(1)).await.expect(200);
    sim.fly.faults().next(3, On::default(), When::Before, Fault::Silence);
    assert_eq!(sim.fly.faults().clear(), 3);
    sim.get(&path(1)).await.expect(200);
}

#[tokio::test]
async fn a_held_call_has_its_effect_late_even_if_its_caller_gave_up() {
    let sim = Sim::start().await;
    let mut hold = sim.fly.faults().hold(On::action(Action::MachineCordon), When::Before);
    let call = tokio::spawn(sim.call(Method::POST, &format!("{}/cordon", sim.path()), None));
    hold.arrived().await;
    call.abort();
    assert!(call.await.is_err());
    assert!(!sim.first().cordoned);
    hold.release();
    while !sim.first().cordoned {
        tokio::task::yield_now().await;
    }

    let hold = sim.fly.faults().hold(On::action(Action::MachineUncordon), When::Before);
    let call = tokio::spawn(sim.call(Method::POST, &format!("{}/uncordon", sim.path()), None));
    drop(hold);
    call.await.expect("no panic").expect(200);
}

#[tokio::test]
async fn every_call_is_on_record_without_its_secrets() {
    let sim = Sim::start().await;
    let lease = sim.poke(&format!("{}/lease?ttl=30", sim.path())).await.expect(201);
    let nonce = lease["data"]["nonce"].as_str().expect("a nonce").to_owned();
    let mut config = with_image(&sim.first(), "v2");
    config["env"]["API_KEY"] = json!("s3cret");
    config["files"] = json!([{"guest_path": "/key", "raw_value": "czNjcmV0"}]);
    sim.call_with(Method::POST, &sim.path(), Some(json!({"config": config})), Some(&nonce)).await.expect(200);
    sim.wrong(Method::GET, "/v1/nothing", "").await;
    let calls = sim.fly.calls();
    let told: Vec<_> = calls.iter().map(|call| (call.action, call.with_nonce, call.status)).collect();
    assert_eq!(
        told,
        [
            (Some(Action::LeaseAcquire), false, Some(201)),
            (Some(Action::MachineUpdate), true, Some(200)),
            (None, false, Some(404)),
        ]
    );
    assert_eq!(calls[1].app.as_deref(), Some("hello-staging"));
    assert_eq!(calls[1].machine, Some(sim.first().id));
    assert_eq!(calls[1].body["config"]["env"]["API_KEY"], "[redacted]");
    let record = format!("{calls:?}");
    for secret in ["s3cret", "czNjcmV0", &nonce, shipgate::sim::DEMO_TOKEN] {
        assert!(!record.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_silent_host_lets_its_machine_be_read_in_part_and_nothing_be_done_to_it() {
    let sim = Sim::start().await;
    sim.fly.faults().silence_host(&sim.first().id, true);
    let machine = sim.get(&sim.path()).await.expect(200);
    assert_eq!((&machine["host_status"], &machine["config"]), (&json!("unreachable"), &json!(null)));
    assert_eq!(machine["incomplete_config"]["metadata"]["fly_platform_version"], "v2");
    assert_eq!(sim.update("hello-staging", &sim.first(), "v2").await.status, 408);
    sim.poke(&format!("{}/lease?ttl=30", sim.path())).await.expect(408);
    sim.visit("hello-staging", "/").await.expect(200);
    sim.fly.faults().silence_host(&sim.first().id, false);
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
}
