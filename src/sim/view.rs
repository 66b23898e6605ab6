//! How a machine reads: on the wire, and for a test that looks inside.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::checks;
use super::ids::rfc3339;
use super::machine::{Event, Machine};
use crate::clock::Moment;

/// How many events an answer carries by default.
pub(crate) const EVENTS: usize = 20;

/// What an answer about a machine shall hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown {
    /// The lease too, without its nonce.
    pub(crate) lease: bool,
    /// No config, checks, events, host status.
    pub(crate) summary: bool,
}

/// A machine on the wire.
pub(crate) fn wire(machine: &Machine, app: &str, now: Moment, shown: Shown) -> Value {
    let image = &machine.image.image;
    let mut image_ref = json!({"registry": image.registry, "repository": image.repository});
    if let Some(tag) = &machine.image.tag {
        image_ref["tag"] = json!(tag);
    }
    image_ref["digest"] = json!(image.digest);
    image_ref["labels"] = json!({});
    let mut value = json!({
        "id": machine.id,
        "name": machine.name,
        "state": machine.state.word(),
        "region": machine.region,
        "instance_id": machine.instance,
        "version": machine.instance,
        "private_ip": machine.private_ip,
        "image_ref": image_ref,
        "created_at": rfc3339(machine.created_at),
        "updated_at": rfc3339(machine.updated_at),
        "cordoned": machine.cordoned,
    });
    if !shown.summary {
        let (config, host) =
            if machine.host_is_silent { ("incomplete_config", "unreachable") } else { ("config", "ok") };
        value[config] = Value::Object(machine.config.clone());
        value["events"] = Value::Array(events(machine, EVENTS));
        value["checks"] = Value::Array(checks::report(machine, app, now));
        value["host_status"] = json!(host);
    }
    if let Some(lease) = machine.held(now).filter(|_| shown.lease) {
        value["lease"] = json!({
            "owner": lease.owner,
            "description": lease.description,
            "expires_at": lease.expires_at.0.div_euclid(1_000),
        });
    }
    value
}

/// The latest events, newest first.
pub(crate) fn events(machine: &Machine, limit: usize) -> Vec<Value> {
    machine.events.iter().rev().take(limit).map(event).collect()
}

fn event(event: &Event) -> Value {
    let mut value = json!({
        "id": event.id,
        "type": event.what.kind,
        "status": event.what.status,
        "source": event.what.source,
        "timestamp": event.at.0,
    });
    if let Some(request) = &event.what.request {
        value["request"] = request.clone();
    }
    value
}

/// A machine for a test that looks inside.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its state, in fly.io's word.
    pub state: String,
    /// The digest of its image.
    pub digest: String,
    /// The version of the sample app in its image.
    pub version: String,
    /// Its version as fly.io calls it.
    pub instance: String,
    /// Its config, whole.
    pub config: Map<String, Value>,
    /// Its metadata.
    pub metadata: BTreeMap<String, String>,
    /// Who holds its lease.
    pub leased_by: Option<String>,
    /// Whether the edge leaves it out.
    pub cordoned: bool,
    /// How often it was updated.
    pub updates: usize,
    /// The digests that it was given, oldest first, the present one last.
    pub digests: Vec<String>,
}

/// Looks inside.
pub(crate) fn inside(machine: &Machine, now: Moment) -> MachineView {
    let text = |(key, value): (String, Value)| (key, value.as_str().unwrap_or_default().to_owned());
    MachineView {
        id: machine.id.clone(),
        name: machine.name.clone(),
        state: machine.state.word().into(),
        digest: machine.image.image.digest.clone(),
        version: machine.image.image.version.clone(),
        instance: machine.instance.clone(),
        config: machine.config.clone(),
        metadata: machine.metadata().into_iter().map(text).collect(),
        leased_by: machine.held(now).map(|lease| lease.owner.clone()),
        cordoned: machine.cordoned,
        updates: machine.versions.len().saturating_sub(1),
        digests: machine.versions.iter().map(|version| version.digest.clone()).collect(),
    }
}
