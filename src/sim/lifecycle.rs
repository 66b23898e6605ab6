//! What a call may do to a machine, and what is due from then on. Where fly.io's own behaviour is not documented, the
//! stricter reading is taken, so that a client that gets along here gets along there.
//!
//! Not here: leases, which are asked for before (`lease`), and the reading of requests (`api`).

use serde_json::{Map, Value, json};

use super::config::Timings;
use super::faults::Boot;
use super::ids::rfc3339;
use super::machine::{Machine, Resolved, State, Version, What, what};
use super::wire::Answer;
use crate::clock::{Moment, Span};

/// A new version of a machine.
pub(crate) struct Change {
    /// The whole config.
    pub(crate) config: Map<String, Value>,
    /// Its image, found in the registry.
    pub(crate) image: Resolved,
    /// Whether a machine that ran shall run again.
    pub(crate) launch: bool,
}

/// A new machine is created, and launched unless that is not wanted.
pub(crate) fn launch(machine: &mut Machine, wanted: bool, now: Moment, timings: &Timings) {
    machine.enter(State::Created, now);
    machine.note(what("launch", "pending", "flyd"), now);
    machine.note(what("launch", "created", "user"), now);
    machine.heading = State::Created;
    if wanted {
        machine.heading = State::Started;
        machine.then(now, Span(timings.preparing.0 + machine.image.image.pull.0), State::Starting, None);
        boot(machine, now, timings, what("start", "started", "flyd"));
    }
}

/// A machine gets a new version at once; it runs it later, if it ran before. A version that is on its way may be
/// replaced by another.
pub(crate) fn update(machine: &mut Machine, change: Change, now: Moment, timings: &Timings) -> Result<(), Answer> {
    if matches!(machine.state, State::Destroying | State::Destroyed) {
        let text = format!("unable to update machine from current state: '{}'", machine.state.word());
        return Err(Answer::rpc("failed_precondition", &text));
    }
    let ran = match machine.state {
        State::Started | State::Starting | State::Failed => true,
        // It may have crashed too often while it was meant to run.
        State::Stopped => false,
        _ => machine.heading == State::Started,
    };
    let fresh = machine.heading == State::Created;
    let replacing = Span(timings.replacing.0 + pull(machine, &change.image).0);
    machine.due.clear();
    machine.instance = machine.ids.ulid(now);
    machine.config = change.config;
    machine.image = change.image;
    remember(machine);
    machine.enter(State::Replacing, now);
    machine.note(what("update", "replacing", "user"), now);
    machine.heading = match (change.launch, ran) {
        (true, true) => State::Started,
        (false, _) if fresh => State::Created,
        _ => State::Stopped,
    };
    if machine.boots.front().or(machine.image.image.boot.as_ref()) == Some(&Boot::StaysReplacing) {
        machine.boots.pop_front();
    } else if machine.heading == State::Started {
        machine.then(now, replacing, State::Starting, None);
        boot(machine, now, timings, what("start", "started", "flyd"));
    } else {
        let (rest, word) = (machine.heading, machine.heading.word());
        machine.then(now, replacing, rest, Some(what("update", word, "flyd")));
    }
    Ok(())
}

/// How much longer an image's way to a machine takes than it should. One that it has run is there.
fn pull(machine: &Machine, image: &Resolved) -> Span {
    let there = machine.versions.iter().any(|version| version.digest == image.image.digest);
    if there { Span(0) } else { Span(machine.pull.0 + image.image.pull.0) }
}

/// Starts a machine that is down.
pub(crate) fn start(machine: &mut Machine, now: Moment, timings: &Timings) -> Result<Value, Answer> {
    let refused = |text: &str| Err(Answer::rpc("failed_precondition", text));
    match machine.state {
        State::Starting | State::Started => return Err(Answer::rpc("aborted", "machine still attempting to start")),
        State::Replacing => return refused("machine getting replaced, refusing to start"),
        State::Stopping => return refused("machine still active, refusing to start"),
        State::Created if machine.rests() => {}
        State::Stopped | State::Failed => {}
        State::Created | State::Destroying | State::Destroyed => {
            return refused(&format!("unable to start machine from current state: '{}'", machine.state.word()));
        }
    }
    let before = machine.state.word();
    machine.enter(State::Starting, now);
    machine.note(what("start", "starting", "user"), now);
    machine.heading = State::Started;
    boot(machine, now, timings, what("start", "started", "flyd"));
    Ok(json!({"previous_state": before, "migrated": false, "new_host": ""}))
}

/// Stops a machine. One that is down already stays so.
pub(crate) fn stop(machine: &mut Machine, now: Moment, timings: &Timings) -> Result<(), Answer> {
    match machine.state {
        State::Stopped | State::Stopping => Ok(()),
        State::Started | State::Created | State::Failed => {
            machine.due.clear();
            machine.enter(State::Stopping, now);
            machine.note(what("stop", "stopping", "user"), now);
            machine.heading = State::Stopped;
            machine.then(now, timings.stopping, State::Stopped, Some(exited(now.plus(timings.stopping), &REQUESTED)));
            Ok(())
        }
        State::Replacing | State::Starting | State::Destroying | State::Destroyed => {
            let text = format!("unable to stop machine from current state: '{}'", machine.state.word());
            Err(Answer::rpc("failed_precondition", &text))
        }
    }
}

/// The proxy stops a machine that nobody needs, whoever holds its lease. Its new version does not boot then.
pub(crate) fn autostop(machine: &mut Machine, now: Moment, timings: &Timings) {
    let by_proxy = what("stop", "stopping", "proxy");
    match machine.state {
        State::Started => {
            machine.due.clear();
            machine.enter(State::Stopping, now);
            machine.note(by_proxy, now);
            machine.heading = State::Stopped;
            machine.then(now, timings.stopping, State::Stopped, Some(exited(now.plus(timings.stopping), &REQUESTED)));
        }
        State::Replacing => {
            machine.due.clear();
            machine.heading = State::Stopped;
            machine.then(now, timings.replacing, State::Stopped, Some(what("update", "stopped", "flyd")));
        }
        _ => {}
    }
}

/// Stops a machine that runs and starts it again, on the same version.
pub(crate) fn restart(machine: &mut Machine, now: Moment, timings: &Timings) -> Result<(), Answer> {
    if machine.state != State::Started {
        let text = format!("unable to restart machine from current state: '{}'", machine.state.word());
        return Err(Answer::rpc("failed_precondition", &text));
    }
    machine.due.clear();
    machine.enter(State::Stopping, now);
    machine.note(what("restart", "stopping", "user"), now);
    machine.heading = State::Started;
    machine.then(now, timings.stopping, State::Stopped, Some(exited(now.plus(timings.stopping), &REQUESTED)));
    machine.then(now, Span(0), State::Starting, Some(what("restart", "starting", "flyd")));
    boot(machine, now, timings, what("start", "started", "flyd"));
    Ok(())
}

/// Removes a machine; one that is not down only by force.
pub(crate) fn destroy(machine: &mut Machine, forced: bool, now: Moment, timings: &Timings) -> Result<(), Answer> {
    match machine.state {
        State::Destroying => return Ok(()),
        State::Destroyed => return Err(Answer::no_machine()),
        State::Created | State::Stopped | State::Failed => {}
        _ if forced => {}
        other => {
            let text = format!("unable to destroy machine from current state: '{}'", other.word());
            return Err(Answer::rpc("failed_precondition", &text));
        }
    }
    machine.due.clear();
    machine.enter(State::Destroying, now);
    machine.note(what("destroy", "destroying", "user"), now);
    machine.heading = State::Destroyed;
    let gone = what("destroy", "destroyed", "flyd");
    machine.then(now, timings.destroying, State::Destroyed, Some(gone));
    Ok(())
}

/// Keeps the present version in the machine's own history.
pub(crate) fn remember(machine: &mut Machine) {
    machine.versions.push(Version {
        instance: machine.instance.clone(),
        digest: machine.image.image.digest.clone(),
        config: Value::Object(machine.config.clone()),
    });
}

/// What follows once the machine is `starting`: it comes up, unless a fault is set for this boot.
fn boot(machine: &mut Machine, now: Moment, timings: &Timings, up: What) {
    match machine.boots.pop_front().or(machine.image.image.boot) {
        None => machine.then(now, timings.starting, State::Started, Some(up)),
        Some(Boot::StaysReplacing) => machine.due.clear(),
        Some(Boot::Fails) => machine.then(now, timings.starting, State::Failed, Some(what("start", "failed", "flyd"))),
        Some(Boot::Leaves { after }) => {
            machine.then(now, timings.starting, State::Started, Some(up));
            let at = machine.due.back().map_or(now, |due| due.at).plus(after);
            let exit = Exit { requested: false, again: false, code: 1, count: 0 };
            machine.then(now, after, State::Stopped, Some(exited(at, &exit)));
        }
        Some(Boot::Crashes { times }) => {
            machine.then(now, timings.starting, State::Started, Some(up));
            for count in 1..=times {
                crash(machine, now, timings, Crash { count, last: count == times });
            }
        }
    }
}

struct Crash {
    count: u32,
    last: bool,
}

/// A machine that was up goes down by itself; unless it was the last time, it is started again.
fn crash(machine: &mut Machine, now: Moment, timings: &Timings, crash: Crash) {
    let at = machine.due.back().map_or(now, |due| due.at).plus(timings.crashing);
    let (count, again) = (crash.count, !crash.last);
    let exit = exited(at, &Exit { requested: false, again, code: 1, count });
    if again {
        machine.then(now, timings.crashing, State::Starting, Some(exit));
        machine.then(now, timings.starting, State::Started, Some(what("start", "started", "flyd")));
    } else {
        machine.then(now, timings.crashing, State::Stopped, Some(exit));
    }
}

struct Exit {
    requested: bool,
    again: bool,
    code: i32,
    count: u32,
}

const REQUESTED: Exit = Exit { requested: true, again: false, code: 0, count: 0 };

/// The event of an exit.
fn exited(at: Moment, exit: &Exit) -> What {
    let request = json!({
        "exit_event": {
            "requested_stop": exit.requested,
            "restarting": exit.again,
            "guest_exit_code": exit.code,
            "guest_signal": -1,
            "guest_error": "",
            "exit_code": exit.code,
            "signal": -1,
            "error": "",
            "oom_killed": false,
            "exited_at": rfc3339(at),
        },
        "restart_count": exit.count,
    });
    What { request: Some(request), ..what("exit", if exit.again { "started" } else { "stopped" }, "flyd") }
}
