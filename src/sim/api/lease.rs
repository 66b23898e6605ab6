//! Leases: somebody's exclusive right to change a machine, for a while. Answers come in an envelope, unlike all others.

use serde_json::{Value, json};

use super::ask::Ask;
use super::platform;
use crate::clock::{Moment, Span};
use crate::sim::cloud::Contents;
use crate::sim::ids::rfc3339;
use crate::sim::machine::{Lease, Machine};
use crate::sim::wire::{Answer, Body, Reply};

/// Refuses a change to a machine that somebody else holds. Nobody holds it: anybody may, even with an old nonce.
pub(super) fn gate(contents: &mut Contents, ask: &Ask, now: Moment) -> Result<(), Answer> {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    match machine.held(now) {
        Some(lease) if ask.nonce.as_ref() != Some(&lease.nonce) => Err(Answer::error(409, &held(machine, lease))),
        _ => Ok(()),
    }
}

/// `POST …/lease`: takes the lease; with the nonce of the present one, prolongs it.
pub(super) fn acquire(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let body = if ask.body.is_empty() { Value::Null } else { ask.object("main.acquireLeaseRequest")? };
    let in_query = ask.query("ttl").and_then(|text| text.parse::<i64>().ok());
    let Some(ttl) = body["ttl"].as_i64().or(in_query).filter(|ttl| *ttl > 0) else {
        return Err(Answer::rpc("invalid_argument", "ttl must be greater than 0"));
    };
    let owner = owner(contents, ask)?;
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    match machine.held(now) {
        Some(lease) if ask.nonce.as_ref() != Some(&lease.nonce) => return Err(conflict(machine, lease)),
        _ => {}
    }
    let description = body["description"].as_str().map(str::to_owned);
    take(machine, Taking { owner: &owner, ttl, description }, now);
    Ok(Answer::created(envelope(machine, now)))
}

/// `GET …/lease`
pub(super) fn show(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    if machine.held(now).is_none() {
        return Err(Answer::error(404, "lease not found"));
    }
    Ok(Answer::ok(envelope(machine, now)))
}

/// `DELETE …/lease`
pub(super) fn release(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    let machine = contents.machine(ask.app(), ask.machine(), now)?;
    match machine.held(now) {
        None => Err(Answer::error(404, "lease not found")),
        Some(lease) if ask.nonce.as_ref() != Some(&lease.nonce) => Err(conflict(machine, lease)),
        Some(_) => {
            machine.lease = None;
            Ok(Answer::ok(json!({"status": "success", "data": {"ok": true}})))
        }
    }
}

/// The lease that a create or an update asks for with `lease_ttl`; returns its nonce.
pub(super) fn on_the_way(machine: &mut Machine, body: &Value, owner: &str, now: Moment) -> Option<String> {
    let ttl = body["lease_ttl"].as_i64().filter(|ttl| *ttl > 0)?;
    take(machine, Taking { owner, ttl, description: None }, now);
    machine.lease.as_ref().map(|lease| lease.nonce.clone())
}

/// Under which name a call takes a lease.
pub(super) fn owner(contents: &Contents, ask: &Ask) -> Result<String, Answer> {
    platform::token(contents, ask).map(|token| format!("{}@tokens.fly.io", token.name))
}

struct Taking<'a> {
    owner: &'a str,
    ttl: i64,
    description: Option<String>,
}

/// Gives a lease, or prolongs the present one under its nonce.
fn take(machine: &mut Machine, taking: Taking<'_>, now: Moment) {
    let kept = machine.held(now).cloned();
    let nonce = kept.as_ref().map(|lease| lease.nonce.clone()).unwrap_or_else(|| machine.ids.hex(12));
    let before = kept.map(|lease| lease.description).unwrap_or_default();
    machine.lease = Some(Lease {
        nonce,
        owner: taking.owner.into(),
        description: taking.description.unwrap_or(before),
        expires_at: now.plus(Span::seconds(taking.ttl)),
    });
}

fn envelope(machine: &Machine, now: Moment) -> Value {
    let data = machine.held(now).map(|lease| {
        json!({
            "nonce": lease.nonce,
            "expires_at": lease.expires_at.0.div_euclid(1_000),
            "owner": lease.owner,
            "description": lease.description,
            "version": machine.instance,
        })
    });
    json!({"status": "success", "data": data})
}

fn conflict(machine: &Machine, lease: &Lease) -> Answer {
    let body = json!({"status": "error", "message": held(machine, lease), "code": "invalid"});
    Answer { status: 409, body: Body::Json(body) }
}

fn held(machine: &Machine, lease: &Lease) -> String {
    let until = rfc3339(lease.expires_at);
    format!("machine ID {} lease currently held by {}, expires at {until}", machine.id, lease.owner)
}
