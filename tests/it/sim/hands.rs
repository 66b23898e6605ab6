//! The manual clock and the judge keep their own promises.

use std::sync::{Arc, Mutex};

use serde_json::json;
use shipgate::clock::{Clock as _, Moment, Span, timeout};

use crate::world::clock::ManualClock;
use crate::world::specs::{Exchange, Spec};

#[tokio::test]
async fn sleepers_and_alarms_wake_when_the_hands_reach_them() {
    let clock = ManualClock::at(Moment(0));
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(Moment(100)).await }
    });
    let alarm = tokio::spawn({
        let clock = clock.clone();
        async move { clock.alarm(Moment(50)).await }
    });
    clock.until_sleeping(1).await;
    clock.until(|clock| clock.alarms() == 1).await;
    assert_eq!((clock.sleeping(), clock.alarms(), clock.next()), (1, 1, Some(Moment(50))));
    clock.advance_to(Moment(99));
    alarm.await.expect("the alarm went off");
    assert_eq!((clock.sleeping(), clock.alarms(), clock.next()), (1, 0, Some(Moment(100))));
    clock.advance(Span(1));
    sleeper.await.expect("the sleeper woke");
    assert_eq!((clock.now(), clock.next(), clock.waking()), (Moment(100), None, 0));
}

#[tokio::test]
async fn a_waiter_that_is_dropped_is_forgotten() {
    let clock = ManualClock::at(Moment(0));
    {
        let mut waits = Box::pin(clock.sleep_until(Moment(10)));
        assert!(futures::poll!(&mut waits).is_pending());
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(clock.sleeping(), 1, "polled twice, waiting once");
    }
    assert_eq!((clock.sleeping(), clock.next()), (0, None));
    assert_eq!(timeout(&*clock, Span(5), async { 7 }).await, Some(7));
    assert_eq!((clock.alarms(), clock.next()), (0, None));
}

#[tokio::test]
async fn a_moment_that_is_over_is_not_waited_for_and_the_hands_never_go_back() {
    let clock = ManualClock::at(Moment(10));
    clock.sleep_until(Moment(10)).await;
    clock.advance_to(Moment(5));
    assert_eq!(clock.now(), Moment(10));
}

#[tokio::test]
async fn time_passes_over_each_moment_that_is_waited_for_also_if_the_wait_begins_on_the_way() {
    let clock = ManualClock::at(Moment(0));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ticks = tokio::spawn({
        let (clock, seen) = (clock.clone(), seen.clone());
        async move {
            for _ in 0..3 {
                clock.sleep_until(clock.now().plus(Span(10))).await;
                seen.lock().expect("unpoisoned").push(clock.now());
            }
        }
    });
    clock.until_sleeping(1).await;
    let settle = async || clock.until(|clock| clock.waking() == 0).await;
    clock.pass(Moment(35), settle).await;
    ticks.await.expect("it ticked");
    assert_eq!(*seen.lock().expect("unpoisoned"), [Moment(10), Moment(20), Moment(30)]);
    assert_eq!(clock.now(), Moment(35));
}

#[test]
fn the_judge_finds_what_is_wrong() {
    let Some(spec) = Spec::fly() else { return };
    let update = |body: &serde_json::Value| {
        let path = "/v1/apps/a/machines/m";
        spec.check(&Exchange { method: "POST", path, request: Some(body), answer: None })
    };
    assert_eq!(update(&json!({"config": {"image": "i", "unheard_of": 1}, "skip_launch": true})), Ok(()));
    let misspelt = update(&json!({"config": {}, "skip_lunch": true})).expect_err("a misspelt name");
    assert!(misspelt[0].contains("skip_lunch"), "{misspelt:?}");
    let mistyped = update(&json!({"config": {"env": {"A": 1}}})).expect_err("a number in env");
    assert!(mistyped[0].starts_with("request/config/env/A"), "{mistyped:?}");

    let ask = |method: &str, path: &str| spec.check(&Exchange { method, path, request: None, answer: None });
    assert_eq!(ask("GET", "/v1/apps/a/machines/m/wait?state=started,stopped&timeout=60"), Ok(()));
    assert!(ask("GET", "/v1/apps/a/machines/m/wait?state=happy").is_err());
    assert!(ask("GET", "/v1/apps/a/machines/m/wait?timeout=1m").is_err());
    assert!(ask("GET", "/v1/apps/a/machines/m/wait?patience=1").is_err());
    assert!(ask("GET", "/v1/apps/a/machine/m").is_err());
    assert!(ask("GET", "/v1/apps").is_err(), "org_slug is required");
    assert!(ask("POST", "/v1/apps/a/machines").is_err(), "the body is missing");

    let answered = |status: u16, body: serde_json::Value| {
        let path = "/v1/apps/a/machines/m/lease";
        spec.check(&Exchange { method: "GET", path, request: None, answer: Some((status, Some(&body))) })
    };
    assert_eq!(answered(200, json!({"status": "success", "data": {"nonce": "n", "expires_at": 1}})), Ok(()));
    assert!(answered(200, json!({"status": "success", "data": {"expires_at": "soon"}})).is_err());
    assert!(answered(418, json!({})).is_err());
}
