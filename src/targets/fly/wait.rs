//! Waiting for a machine: until its new version has come to rest, then until it is healthy. It fails fast on a
//! machine that cannot boot, leaves by itself, or goes round in circles.
//!
//! The waits at the API are short slices, so that the lease is kept alive between them.

use super::end::{End, changed_by_others};
use super::error::Kind;
use super::lease::{Lease, REFRESH};
use super::machine::{Health, Machine};
use super::run::Run;
use crate::domain::{Condition, Moment, Note, Span};
use crate::targets::{Stage, Trouble};

/// How long a new version may take to boot, its image's way to the host included; the old one's stopping comes on top.
pub(super) const BOOT: Span = Span::minutes(5);
/// How long a machine may be in between two states before we touch it.
const REST: Span = Span::minutes(2);
/// How long a machine is watched for exits after it has booted.
const SMOKE: Span = Span::seconds(10);
/// How long its checks may take to pass, after their grace period.
const CHECKS: Span = Span::minutes(2);
/// The pause between two readings.
pub(super) const POLL: Span = Span::seconds(2);
/// How often something odd must be seen in a row to be believed: readings may lag behind.
const BELIEVED: u32 = 3;

/// What is waited for.
pub(super) struct Expected<'a> {
    pub(super) machine: &'a str,
    pub(super) digest: &'a str,
    /// Whether it shall run in the end.
    pub(super) runs: bool,
    /// What this belongs to.
    pub(super) stage: Stage,
}

/// Where a machine stands, seen once.
enum Standing {
    /// As it was wanted.
    AtRest,
    /// On its way.
    Moving,
    /// Not as it was wanted, unless the reading lags behind.
    Odd(Note),
    /// It will not come.
    Broken(Note),
}

impl Run<'_> {
    /// Waits until the machine has come to rest on the expected digest.
    pub(super) async fn boot(&self, lease: &mut Lease, expected: &Expected<'_>) -> Result<Machine, End> {
        let (begun, mut odd) = (self.clock.now(), 0);
        loop {
            let machine = self.look_again(lease, expected).await?;
            match standing(&machine, expected) {
                Standing::AtRest => return Ok(machine),
                Standing::Broken(note) => return Err(End::Failed(note)),
                Standing::Odd(note) if odd + 1 >= BELIEVED => return Err(End::Failed(note)),
                Standing::Odd(_) => odd += 1,
                Standing::Moving => odd = 0,
            }
            let gone = self.clock.now().since(begun);
            if gone.0 > BOOT.0 + machine.kill_timeout() {
                return Err(End::Failed(too_slow(&machine, gone)));
            }
            let state = if expected.runs { "started" } else { "settled" };
            self.slice(&machine.id, &machine.instance_id, state).await?;
        }
    }

    /// Waits until a machine that runs has stayed up for a moment and its checks pass.
    pub(super) async fn healthy(&self, lease: &mut Lease, expected: &Expected<'_>, up: Moment) -> Result<Machine, End> {
        let (begun, mut odd) = (self.clock.now(), 0);
        loop {
            let machine = self.look_again(lease, expected).await?;
            let now = self.clock.now();
            match standing(&machine, expected) {
                Standing::Broken(note) => return Err(End::Failed(note)),
                Standing::Odd(note) if odd + 1 >= BELIEVED => return Err(End::Failed(note)),
                Standing::Odd(_) => odd += 1,
                Standing::AtRest if machine.state != "started" => return Ok(machine),
                Standing::AtRest if now.since(up) >= SMOKE && unhealthy(&machine).is_none() => return Ok(machine),
                Standing::AtRest | Standing::Moving => odd = 0,
            }
            if now.since(begun) >= patience(&machine) {
                return Err(End::Failed(unhealthy(&machine).unwrap_or_else(|| restless(&machine))));
            }
            self.pause(POLL).await?;
        }
    }

    /// Waits until the machine is in a state that it stays in by itself.
    pub(super) async fn rest(&self, lease: &mut Lease, mut machine: Machine) -> Result<Machine, End> {
        let begun = self.clock.now();
        while !machine.is_settled() {
            if self.clock.now().since(begun) >= REST {
                let note = Note::new("fly-unsettled").with("machine", &machine.id).with("state", &machine.state);
                return Err(End::Later(Trouble { note, again: true, after: None }));
            }
            self.slice(&machine.id, &machine.instance_id, "settled").await?;
            self.keep(lease, Stage::Waiting).await?;
            machine = self.machine(&machine.id).await?;
        }
        Ok(machine)
    }

    /// One short wait at the API. Whatever it says, the next reading tells.
    pub(super) async fn slice(&self, id: &str, version: &str, state: &str) -> Result<(), End> {
        let begun = self.clock.now();
        let waited = self.unless_cancelled(self.client.wait(id, version, state, REFRESH.0 / 1_000)).await?;
        match waited {
            Err(failure) if failure.kind == Kind::Limited => self.pause_after(&failure, POLL).await,
            Err(_) if self.clock.now().since(begun) < POLL => self.pause(POLL).await,
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// The machine as it stands now, while its lease is kept.
    pub(super) async fn look_again(&self, lease: &mut Lease, expected: &Expected<'_>) -> Result<Machine, End> {
        self.go_on()?;
        self.keep(lease, expected.stage).await?;
        let machine = self.machine(expected.machine).await?;
        if machine.is_gone() { Err(End::Gone(machine.id)) } else { Ok(machine) }
    }
}

/// What keeps the machine from being healthy, if anything does.
pub(super) fn unhealthy(machine: &Machine) -> Option<Note> {
    match machine.health() {
        Health::NoChecks | Health::Passing => None,
        Health::Silent => Some(Note::new("fly-checks-silent").with("machine", &machine.id)),
        Health::Failing { names, output } => {
            let note = Note::new("fly-checks-failing").with("machine", &machine.id);
            Some(note.with("checks", super::error::cut(&names)).with("output", super::error::cut(&output)))
        }
    }
}

fn standing(machine: &Machine, expected: &Expected<'_>) -> Standing {
    if !expected.digest.is_empty() && machine.digest() != expected.digest {
        return if machine.is_settled() { Standing::Odd(changed_by_others(machine)) } else { Standing::Moving };
    }
    if let Some(note) = circling(machine) {
        return Standing::Broken(note);
    }
    match machine.state.as_str() {
        "failed" | "launch_failed" => Standing::Broken(fallen(machine, "fly-boot-failed")),
        "started" => Standing::AtRest,
        "stopped" | "suspended" if expected.runs => fell(machine),
        "created" if expected.runs => Standing::Moving,
        _ if machine.is_settled() => Standing::AtRest,
        _ => Standing::Moving,
    }
}

/// Why a machine that nobody waits for is not as it should be.
pub(super) enum Flaw {
    /// It may come right by itself.
    Passing(Note),
    /// It will not.
    Lasting(Note),
}

/// What is wrong with a machine that nobody waits for, by what a rollout would say of it, as far as one reading tells.
/// What was stopped before, or for want of work, is as it should be.
pub(super) fn flaw(machine: &Machine) -> Option<Flaw> {
    let expected = Expected { machine: &machine.id, digest: "", runs: false, stage: Stage::Checking };
    match standing(machine, &expected) {
        Standing::Moving => Some(Flaw::Passing(restless(machine))),
        Standing::Odd(note) | Standing::Broken(note) => Some(Flaw::Lasting(note)),
        Standing::AtRest if machine.state == "started" => unhealthy(machine).map(Flaw::Passing),
        Standing::AtRest => {
            let exit = machine.last_exit().filter(|exit| !exit.asked_for);
            exit.map(|_| Flaw::Lasting(fallen(machine, "fly-stopped-unexpectedly")))
        }
    }
}

/// The same in a word. Checks have their time from the boot on.
pub(super) fn condition(machine: &Machine, now: Moment) -> Condition {
    let is_young = || machine.up_since().is_some_and(|up| now.since(Moment(up)) < patience(machine));
    match flaw(machine) {
        None => Condition::Sound,
        Some(Flaw::Passing(_)) if machine.state != "started" || is_young() => Condition::Moving,
        Some(_) => Condition::Unsound,
    }
}

/// How long a machine's checks may take to pass.
pub(super) fn patience(machine: &Machine) -> Span {
    Span(CHECKS.0 + machine.grace())
}

fn restless(machine: &Machine) -> Note {
    Note::new("fly-restarts").with("machine", &machine.id).with("state", &machine.state)
}

/// It had time enough to boot.
pub(super) fn too_slow(machine: &Machine, gone: Span) -> Note {
    let note = Note::new("fly-boot-timeout").with("machine", &machine.id).with("state", &machine.state);
    note.with("minutes", gone.0 / 60_000)
}

/// A machine that should run and does not.
fn fell(machine: &Machine) -> Standing {
    match machine.last_exit() {
        Some(exit) if !exit.asked_for => Standing::Broken(fallen(machine, "fly-stopped-unexpectedly")),
        // The proxy stops what nobody needs, also while it is updated.
        _ if machine.has_autostop() => Standing::AtRest,
        _ => Standing::Odd(fallen(machine, "fly-stopped-unexpectedly")),
    }
}

/// Exits again and again, by the rule of `fly deploy`.
fn circling(machine: &Machine) -> Option<Note> {
    let exit = machine.last_exit()?;
    let circles = !exit.asked_for && exit.restarting && exit.code != 0 && exit.restarts > 1;
    circles.then(|| fallen(machine, "fly-exit-loop").with("restarts", exit.restarts))
}

/// How a machine went down, with what is known of its end.
pub(super) fn fallen(machine: &Machine, key: &str) -> Note {
    let exit = machine.last_exit();
    if exit.as_ref().is_some_and(|e| e.out_of_memory) {
        return Note::new("fly-out-of-memory").with("machine", &machine.id);
    }
    let code = exit.map_or_else(|| "-".to_owned(), |e| e.code.to_string());
    Note::new(key).with("machine", &machine.id).with("state", &machine.state).with("code", code)
}
