//! `GET …/wait`: answers once the machine has reached a state, or that it did not in time. The only call that waits.

use serde_json::json;

use super::ask::Ask;
use crate::clock::{Moment, Span};
use crate::sim::cloud::{Cloud, Contents};
use crate::sim::machine::{Machine, State};
use crate::sim::wire::{Answer, Reply};

const STATES: [&str; 6] = ["started", "stopped", "suspended", "destroyed", "failed", "settled"];

/// What is waited for.
struct Wanted<'a> {
    states: Vec<&'a str>,
    version: Option<&'a str>,
    after: Option<&'a str>,
}

/// Waits.
pub(super) async fn wait(cloud: &Cloud, ask: &Ask) -> Reply {
    let (wanted, timeout) = read(ask)?;
    let end = cloud.clock.now().plus(timeout);
    let mut changes = cloud.changes();
    loop {
        changes.mark_unchanged();
        let until = match cloud.look(|contents, now| look(contents, ask, &wanted, now))? {
            Seen::Reached(answer) => return Ok(answer),
            Seen::NotYet { state, .. } if cloud.clock.now() >= end => {
                let want = wanted.states.join(", ");
                let text = format!("machine failed to reach desired state, {want}, currently {}", state.word());
                return Err(Answer::rpc("deadline_exceeded", &text));
            }
            Seen::NotYet { next, .. } => next.map_or(end, |next| next.min(end)),
        };
        tokio::select! {
            () = cloud.clock.sleep_until(until) => {}
            // The cloud outlives its calls, so this cannot fail.
            _ = changes.changed() => {}
        }
    }
}

enum Seen {
    Reached(Answer),
    NotYet { state: State, next: Option<Moment> },
}

/// One look at the machine.
fn look(contents: &mut Contents, ask: &Ask, wanted: &Wanted<'_>, now: Moment) -> Result<Seen, Answer> {
    let machine = if wanted.states.contains(&"destroyed") {
        contents.known_machine(ask.app(), ask.machine())?
    } else {
        contents.machine(ask.app(), ask.machine(), now)?
    };
    if let Some(version) = wanted.version.filter(|version| *version != machine.instance) {
        return Err(not_this(machine, version, wanted));
    }
    if reached(machine, wanted) {
        let event = machine.events.back().map(|event| event.id.as_str()).unwrap_or_default();
        let (state, version) = (machine.state.word(), &machine.instance);
        return Ok(Seen::Reached(Answer::ok(
            json!({"ok": true, "state": state, "event_id": event, "version": version}),
        )));
    }
    let goes_down = machine.state == State::Replacing && machine.heading != State::Started;
    if goes_down && wanted.states == ["started"] {
        let text = format!("machine is being replaced and will be {}, not started", machine.heading.word());
        return Err(Answer::rpc("invalid_argument", &text));
    }
    Ok(Seen::NotYet { state: machine.state, next: machine.next() })
}

fn reached(machine: &Machine, wanted: &Wanted<'_>) -> bool {
    let fits = |word: &str| wanted.states.contains(&word);
    match wanted.after {
        Some(after) => {
            let later = machine.events.iter().rev().take_while(|event| event.id != after);
            let mut later = later.map(|event| event.what.status);
            later.any(fits)
                || (fits("settled") && machine.rests() && machine.events.back().is_none_or(|e| e.id != after))
        }
        None => fits(machine.state.word()) || (fits("settled") && machine.rests()),
    }
}

/// The version that is waited for is not the present one.
fn not_this(machine: &Machine, version: &str, wanted: &Wanted<'_>) -> Answer {
    if machine.versions.iter().any(|known| known.instance == version) {
        let want = wanted.states.join(", ");
        return Answer::error(400, &format!("machine failed to reach desired state, {want}, currently replaced"));
    }
    Answer::rpc("not_found", "machine version not found")
}

fn read(ask: &Ask) -> Result<(Wanted<'_>, Span), Answer> {
    let invalid = |field: &str, text: &str| {
        Answer::rpc("invalid_argument", &format!("invalid WaitMachineRequest.{field}: {text}"))
    };
    let mut states: Vec<&str> =
        ask.queries("state").flat_map(|text| text.split(',')).filter(|s| !s.is_empty()).collect();
    if states.iter().any(|state| !STATES.contains(state)) {
        return Err(invalid("State", "value must be in list"));
    }
    if states.is_empty() {
        states.push("started");
    }
    let timeout = match ask.query("timeout").map(str::parse::<i64>) {
        None => 60,
        Some(Ok(seconds @ 1..=60)) => seconds,
        Some(_) => return Err(invalid("Timeout", "value must be inside range [1s, 1m0s]")),
    };
    let version = ask.query("version").or_else(|| ask.query("instance_id")).filter(|text| !text.is_empty());
    let after = ask.query("from_event_id").filter(|text| !text.is_empty());
    Ok((Wanted { states, version, after }, Span::seconds(timeout)))
}
