//! What the core has written down is read as it was meant, and what was never there is not written.

use serde_json::{Value, json};
use shipgate::domain::{Effect, GateRule, Id, Lock, Moment, Policy, Span, Window};

use super::setup;

fn written<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("JSON")
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("what was written once")
}

#[test]
fn a_plan_from_when_there_was_one_window_has_that_one() {
    let window = json!({"time_zone": "UTC", "days": [0], "from": 60, "to": 120, "except": []});
    let rule: GateRule = read(json!({ "window": window }));
    assert_eq!(rule, GateRule::Window(vec![read::<Window>(window)]));
}

#[test]
fn a_plan_from_before_overrides_by_several_takes_one() {
    let mut policy = written(&setup::policy());
    policy.as_object_mut().expect("an object").remove("override_by");
    assert_eq!(read::<Policy>(policy).override_by, 1);
}

#[test]
fn no_attempt_is_not_written_and_one_is() {
    let look = |attempt| {
        let (target, deployment, images) = (setup::policy().target, None, Vec::new());
        written(&Effect::Look { target, deployment, images, attempt })
    };
    assert_eq!((look(0).get("attempt"), look(3).get("attempt")), (None, Some(&json!(3))));
}

#[test]
fn no_name_of_a_lock_is_written_and_one_is() {
    let lock = |id: &str| written(&Lock { id: Id(id.to_owned()), ..Lock::default() });
    assert_eq!((lock("").get("id"), lock("l1").get("id")), (None, Some(&json!("l1"))));
}

#[test]
fn a_clock_that_jumps_back_makes_no_span_negative() {
    assert_eq!(Moment(1).since(Moment(2)), Span(0));
    assert_eq!(Moment(2).since(Moment(1)), Span(1));
}
