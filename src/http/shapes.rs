//! The JSON of the API, made from views. Ids are text, revisions integers, times RFC 3339 UTC with milliseconds in
//! members that end in `_at` (and `at`).

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::card;
use crate::domain::{Deployment, Entry, Lock, Moment, Release, RuleProgress, Standing};
use crate::view::{AppView, DeploymentStory, DeploymentView, EnvironmentView};
use crate::words::Words;

pub(super) fn time(at: Moment) -> String {
    DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn release(release: &Release) -> Value {
    json!({
        "app": release.app,
        "version": release.version,
        "image": release.image,
        "digest": release.digest,
        "commit": release.commit,
        "notes": release.notes,
        "one_way": release.one_way,
        "registered_at": time(release.registered_at),
    })
}

/// A deployment with its part of the ledger.
pub(super) fn story(story: &DeploymentStory, words: &Words) -> Value {
    let mut shape = deployment(&story.view, words);
    shape["events"] = story.entries.iter().map(|(seq, entry)| event(*seq, entry)).collect();
    shape
}

/// A deployment without its events.
pub(super) fn deployment(view: &DeploymentView, words: &Words) -> Value {
    let d = &view.deployment;
    json!({
        "id": d.id,
        "app": d.app,
        "environment": d.environment,
        "kind": d.kind,
        "phase": d.phase,
        "outcome": d.outcome,
        "release": {
            "version": d.release.version,
            "image": d.release.image,
            "digest": d.release.digest,
            "commit": d.release.commit,
        },
        "gates": view.gates.iter().map(|standing| gate(standing, view, words)).collect::<Vec<_>>(),
        "watch": watch(d, words),
        "revision": d.revision,
        "requested_by": d.requested_by.identity,
        "reason": d.reason,
        "cause": d.cause.as_ref().and_then(|cause| serde_json::to_value(cause).ok()).map(|cause| cause["why"].clone()),
        "created_at": time(d.requested_at),
        "closed_at": d.closed_at.map(time),
    })
}

fn gate(standing: &Standing, view: &DeploymentView, words: &Words) -> Value {
    let d = &view.deployment;
    let progress = d.gates.iter().find(|gate| gate.gate.name == standing.name && gate.when == standing.when);
    json!({
        "name": standing.name,
        "when": standing.when,
        "state": standing.state,
        "detail": progress.map(|progress| words.note(&card::evidence(progress, d, view.now))),
        "opens_at": standing.opens_at.map(time),
        "waits_for": standing.waits_for,
    })
}

fn watch(d: &Deployment, words: &Words) -> Value {
    let Some(watch) = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()).filter(|_| !d.rules.is_empty())
    else {
        return Value::Null;
    };
    let watching = d.phase == crate::domain::Phase::Watching;
    json!({
        "ends_at": watching.then(|| time(d.phase_since.plus(watch.length))),
        "undecided_until_at": d.undecided_until.map(time),
        "rules": d.rules.iter().map(|progress| rule(progress, words)).collect::<Vec<_>>(),
    })
}

fn rule(progress: &RuleProgress, words: &Words) -> Value {
    let last = progress.last.as_ref().map(|reading| {
        json!({
            "at": time(reading.at),
            "verdict": reading.verdict,
            "value": reading.value,
            "detail": words.note(&reading.note),
        })
    });
    json!({
        "name": progress.rule.name,
        "samples": progress.samples,
        "bad_in_a_row": progress.bad_in_a_row,
        "last": last,
    })
}

fn event(seq: u64, entry: &Entry) -> Value {
    let mut what = serde_json::to_value(&entry.what).unwrap_or_default();
    say_times(&mut what);
    json!({
        "seq": seq,
        "at": time(entry.at),
        "kind": what["kind"],
        "by": entry.by.as_ref().map(|by| &by.identity),
        "data": what["data"],
    })
}

/// An entry is stored with times in milliseconds; the API says them as everywhere else.
fn say_times(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_i64().filter(|_| name == "at" || name.ends_with("_at")) {
                    Some(at) => *member = Value::String(time(Moment(at))),
                    None => say_times(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(say_times),
        _ => {}
    }
}

pub(super) fn environment(view: &EnvironmentView, words: &Words) -> Value {
    let running = view.running.as_ref().map(|r| json!({ "version": r.version, "digest": r.digest }));
    json!({
        "app": view.app,
        "environment": view.name,
        "running": running,
        "deployment": view.current.as_ref().map(|view| deployment(view, words)),
        "queued": view.queued.as_ref().map(|view| deployment(view, words)),
        "lock": view.lock.as_ref().map(lock),
    })
}

fn lock(lock: &Lock) -> Value {
    json!({
        "owner": lock.owner.as_ref().map(|owner| &owner.identity),
        "reason": lock.reason,
        "locked_at": time(lock.at),
        "expires_at": lock.expires_at.map(time),
    })
}

pub(super) fn app(view: &AppView, words: &Words) -> Value {
    json!({
        "app": view.name,
        "environments": view.environments.iter().map(|view| environment(view, words)).collect::<Vec<_>>(),
        "releases": view.releases.iter().map(release).collect::<Vec<_>>(),
    })
}
