//! The sample app: what each machine of the simulated fly.io serves, by the behaviour of its image.

use serde_json::{Value, json};

use super::config::Behaviour;
use super::machine::Machine;
use crate::clock::{Moment, Span};

/// What a machine answers to a request.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// How long it takes to answer.
    pub(crate) after: Span,
    /// Which version answered.
    pub(crate) version: String,
}

/// What a machine answers to a request for this path that arrives now.
pub(crate) fn serve(machine: &Machine, app: &str, path: &str, now: Moment) -> Served {
    let image = &machine.image.image;
    let well = turns_bad(machine, app).is_none_or(|moment| now < moment);
    let after = match image.behaviour {
        Behaviour::Slow(span) => span,
        Behaviour::Good | Behaviour::Broken | Behaviour::Late(_) => Span(0),
    };
    let (status, word, errors) = if well { (200, "ok", 0.0) } else { (500, "failing", 0.5) };
    let mut body = json!({"status": word, "version": image.version, "machine": machine.id, "errors": errors});
    if path != "/health" {
        body["path"] = json!(path);
    }
    Served { status, body, after, version: image.version.clone() }
}

/// From when on a machine that runs answers badly, if ever.
pub(crate) fn turns_bad(machine: &Machine, app: &str) -> Option<Moment> {
    let up = machine.started_at?;
    match machine.image.image.behaviour {
        Behaviour::Broken => Some(up),
        Behaviour::Late(span) if app.ends_with("-production") => Some(up.plus(span)),
        Behaviour::Good | Behaviour::Slow(_) | Behaviour::Late(_) => None,
    }
}
