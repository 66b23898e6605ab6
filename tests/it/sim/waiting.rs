//! `wait`: the one call that takes time.

use reqwest::Method;
use serde_json::json;
use shipgate::clock::{Clock as _, Moment, Span};

use super::client::{Sim, with_image};

#[tokio::test]
async fn a_wait_answers_when_the_state_is_there() {
    let sim = Sim::start().await;
    let reply = sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
    let (path, version) = (sim.path(), reply["instance_id"].clone());
    let query = format!("state=started&timeout=60&version={}", version.as_str().expect("a version"));
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{path}/wait?{query}"), None));
    sim.clock.until_sleeping(1).await;
    assert_eq!(sim.clock.next(), Some(Moment(1_790_000_006_000)), "it wakes with the machine");
    sim.pass(Span::seconds(6));
    sim.clock.until(|clock| clock.next() == Some(Moment(1_790_000_008_000))).await;
    assert!(!waits.is_finished());
    sim.pass(Span::seconds(2));
    let got = waits.await.expect("no panic").expect(200);
    assert_eq!((&got["ok"], &got["state"], &got["version"]), (&json!(true), &json!("started"), &version));
    assert_eq!(sim.clock.sleeping(), 0);
}

#[tokio::test]
async fn a_wait_gives_up_and_says_where_the_machine_stands() {
    let sim = Sim::start().await;
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{}/wait?state=stopped&timeout=5", sim.path()), None));
    sim.clock.until_sleeping(1).await;
    sim.pass(Span::seconds(5));
    let text = waits.await.expect("no panic").error(408);
    assert_eq!(text, "deadline_exceeded: machine failed to reach desired state, stopped, currently started");
}

#[tokio::test]
async fn a_wait_hears_of_what_somebody_else_does() {
    let sim = Sim::start().await;
    let path = sim.path();
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{path}/wait?state=stopped"), None));
    sim.clock.until_sleeping(1).await;
    sim.poke(&format!("{path}/stop")).await.expect(200);
    sim.clock.until(|clock| clock.next() == Some(clock.now().plus(Span(700)))).await;
    sim.pass(Span(700));
    assert_eq!(waits.await.expect("no panic").expect(200)["state"], "stopped");
}

#[tokio::test]
async fn a_wait_ends_with_its_caller() {
    let sim = Sim::start().await;
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{}/wait?state=stopped", sim.path()), None));
    sim.clock.until_sleeping(1).await;
    waits.abort();
    sim.clock.until(|clock| clock.sleeping() == 0).await;
    assert_eq!(sim.fly.calls().last().expect("a call").status, None);
}

#[tokio::test]
async fn several_states_and_settled_can_be_waited_for() {
    let sim = Sim::start().await;
    let path = sim.path();
    let state = async |query: &str| sim.get(&format!("{path}/wait?{query}")).await.expect(200)["state"].clone();
    assert_eq!(state("").await, "started", "the default");
    assert_eq!(state("state=stopped,started").await, "started");
    assert_eq!(state("state=stopped&state=started").await, "started");
    assert_eq!(state("state=settled").await, "started");
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{path}/wait?state=settled"), None));
    sim.clock.until_sleeping(1).await;
    assert!(!waits.is_finished());
    sim.clock.pass(Moment(1_790_000_008_000), async || tokio::task::yield_now().await).await;
    assert_eq!(waits.await.expect("no panic").expect(200)["state"], "started");
}

#[tokio::test]
async fn a_wait_that_cannot_be_is_refused_at_once() {
    let sim = Sim::start().await;
    let path = sim.path();
    for timeout in ["0", "61", "-1"] {
        let text = sim.get(&format!("{path}/wait?timeout={timeout}")).await.error(400);
        assert_eq!(text, "invalid_argument: invalid WaitMachineRequest.Timeout: value must be inside range [1s, 1m0s]");
    }
    assert_eq!(sim.wrong(Method::GET, &format!("{path}/wait?timeout=soon"), "").await.status, 400);
    assert_eq!(sim.wrong(Method::GET, &format!("{path}/wait?state=happy"), "").await.status, 400);
    let old = sim.first().instance;
    sim.post(&path, json!({"config": with_image(&sim.first(), "v2"), "skip_launch": true})).await.expect(200);
    let text = sim.get(&format!("{path}/wait?version={old}")).await.error(400);
    assert!(text.ends_with("currently replaced"), "{text}");
    let text = sim.get(&format!("{path}/wait?instance_id=01ARZ3NDEKTSV4RRFFQ69G5FAV")).await.error(404);
    assert_eq!(text, "not_found: machine version not found");
    let text = sim.get(&format!("{path}/wait?state=started")).await.error(400);
    assert!(text.contains("will be stopped"), "{text}");
}

#[tokio::test]
async fn only_what_comes_after_an_event_counts_if_asked_so() {
    let sim = Sim::with(super::client::instantly).await;
    let path = sim.path();
    let last = sim.get(&format!("{path}/wait")).await.expect(200)["event_id"].as_str().expect("an event").to_owned();
    let waits = tokio::spawn(sim.call(Method::GET, &format!("{path}/wait?from_event_id={last}&timeout=9"), None));
    sim.clock.until_sleeping(1).await;
    sim.poke(&format!("{path}/restart")).await.expect(200);
    let got = waits.await.expect("no panic").expect(200);
    assert_ne!(got["event_id"], last.as_str());
}
