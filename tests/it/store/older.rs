//! What an older program wrote down: it lacks what came later, and is read all the same.

use serde_json::{Value, json};
use shipgate::domain::{Deployment, Effect, Found, Phase, Requested};

#[test]
fn a_rollback_of_before_images_were_asked_about_is_read() {
    let release = json!({
        "app": "hello", "version": "v1", "image": "registry.fly.io/hello@sha256:1", "digest": "sha256:1",
        "one_way": false, "registered_at": 0,
    });
    let ada = json!({"identity": "terminal:ada", "person": "ada", "name": "ada"});
    let deployment: Deployment = read(json!({
        "id": "d1", "app": "hello", "environment": "staging", "kind": "rollback", "release": release, "from": null,
        "reason": null, "requested_by": ada, "requested_at": 0, "gives_up_at": 1, "phase": "queued", "phase_since": 0,
        "revision": 1, "plan": null, "gates": [], "asked_at": null, "attempt": 0, "settling": false, "rules": [],
        "undecided_until": null, "cause": null, "outcome": null, "closed_at": null,
    }));
    assert_eq!((deployment.phase, deployment.named, deployment.passed_over.len()), (Phase::Queued, false, 0));
    let requested: Requested =
        read(json!({"deployment": "d1", "kind": "rollback", "release": release, "reason": null, "gives_up_at": 1}));
    assert!(!requested.named);
    let target = json!({"kind": "fly", "settings": {}, "fenced": true});
    let look: Effect = read(json!({"effect": "look", "target": target, "deployment": "d1"}));
    assert!(matches!(look, Effect::Look { images, .. } if images.is_empty()));
    let found: Found = read(json!({"machines": [], "stamp": 3}));
    assert!(found.gone.is_empty());
}

/// Reads it, and sees that writing it again says no more than was said before.
fn read<T: serde::de::DeserializeOwned + serde::Serialize>(stored: Value) -> T {
    let value: T = serde_json::from_value(stored.clone()).expect("it can be read");
    assert_eq!(without_nulls(serde_json::to_value(&value).expect("JSON")), without_nulls(stored));
    value
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        other => other,
    }
}
