//! Metadata: written without a lease, without a restart, without a new version.

use serde_json::{Value, json};

use super::ask::Ask;
use crate::clock::Moment;
use crate::sim::cloud::Contents;
use crate::sim::images::kind;
use crate::sim::wire::{Answer, Reply};

/// `GET …/metadata`
pub(super) fn list(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    Ok(Answer::ok(Value::Object(machine.metadata())))
}

/// `GET …/metadata/{key}`
pub(super) fn get(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    match machine.metadata().get(ask.key()) {
        Some(value) => Ok(Answer::ok(json!({"value": value}))),
        None => Err(Answer::error(404, "metadata key not found")),
    }
}

/// `POST …/metadata/{key}`
pub(super) fn set(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let body = ask.object("main.upsertMetadataKeyRequest")?;
    let Some(value) = body["value"].as_str() else {
        return Err(not_a_text(&body["value"]));
    };
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    machine.set_metadata(ask.key(), Some(value));
    machine.updated_at = now;
    Ok(Answer::no_content())
}

/// `DELETE …/metadata/{key}`
pub(super) fn delete(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    machine.set_metadata(ask.key(), None);
    machine.updated_at = now;
    Ok(Answer::no_content())
}

/// `PATCH …/metadata` and `PUT …/metadata`: sets what is named, and removes what is named with null or nothing.
pub(super) fn update(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let body = ask.object("main.updateMetadataRequest")?;
    let Some(wanted) = body["metadata"].as_object() else {
        return Err(Answer::rpc("invalid_argument", "metadata is required"));
    };
    if let Some(wrong) = wanted.values().find(|value| !value.is_string() && !value.is_null()) {
        return Err(not_a_text(wrong));
    }
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    if body["machine_version"].as_str().is_some_and(|version| version != machine.instance) {
        return Err(Answer::rpc("failed_precondition", "machine version does not match"));
    }
    for (key, value) in wanted {
        machine.set_metadata(key, value.as_str().filter(|text| !text.is_empty()));
    }
    machine.updated_at = now;
    Ok(Answer::no_content())
}

fn not_a_text(value: &Value) -> Answer {
    Answer::error(400, &format!("json: cannot unmarshal {} into Go value of type string", kind(value)))
}
