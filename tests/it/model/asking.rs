//! What is told to the core: the facts, and the event.

use std::collections::BTreeSet;

use shipgate::domain::{
    Action, Actor, Condition, Effect, Ended, Environment, Event, Facts, Found, FoundMachine, Id, Kind, Lock, Note,
    Permission, Reading, Release, Verdict, Who,
};

use super::core::{Core, Rows};
use super::setup::{self, NAMES};

/// What is told to the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Told {
    Requested { by: u8, kind: Kind, version: u8 },
    Acted { by: u8, action: Action, on: u8 },
    Locked { by: u8 },
    Unlocked { by: u8 },
    Started,
    Ticked,
    Ended { effect: u32, how: How },
    Looked { effect: u32, machines: [u8; 2], stamp: u8 },
    LookFailed { effect: u32 },
    Answered { effect: u32, passes: bool },
}

/// How a target's work ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum How {
    Done,
    Untouched,
    Touched,
    Unknown,
    Halted,
}

/// A question to the core: everything that its answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) place: u8,
    pub(super) rows: Rows,
    pub(super) evidence_before: u32,
    pub(super) quarantine: u32,
    pub(super) now: u32,
    pub(super) halted: bool,
    /// Whether a look is believed whatever happened since.
    pub(super) believes: bool,
    /// The number of the deployment that it may make.
    pub(super) fresh: u8,
    pub(super) told: Told,
}

impl Core {
    pub(super) fn facts(&self, question: &Question) -> Facts {
        let by = match question.told {
            Told::Requested { by, .. } | Told::Acted { by, .. } | Told::Locked { by } | Told::Unlocked { by } => {
                Some(by)
            }
            _ => None,
        };
        let later = question.place > 0;
        Facts {
            now: setup::moment(question.now),
            actor: by.map(|by| Actor {
                who: person(by),
                groups: BTreeSet::from(["releasers".to_owned()]),
                may: BTreeSet::from(Permission::ALL),
            }),
            before: later.then(|| NAMES[0].to_owned()),
            policy: Some(setup::policy(question.place)),
            releases: (1..=3).rev().map(setup::release).collect(),
            evidence: Vec::clone(&self.evidence.get(question.rows.evidence)),
            evidence_before: if later { Vec::clone(&self.evidence.get(question.evidence_before)) } else { Vec::new() },
            quarantine: Vec::clone(&self.quarantines.get(question.quarantine)),
            lock: Option::clone(&self.locks.get(question.rows.lock)),
            app_lock: None,
            halt: question.halted.then(setup::halt),
            closed: None,
        }
    }

    pub(super) fn event(&self, question: &Question, environment: &Environment) -> Event {
        let fresh = Id(format!("d{}", question.fresh));
        let owner = |effect: u32| match &*self.effects.get(effect) {
            Effect::Look { deployment, .. } => deployment.clone(),
            Effect::RollOut { deployment, .. } | Effect::Restore { deployment, .. } => Some(deployment.clone()),
            _ => None,
        };
        let at = setup::moment(question.now);
        match question.told {
            Told::Requested { kind, version, .. } => {
                let version = (version > 0).then(|| setup::release(version).version);
                Event::Request { id: fresh, kind, version, reason: None, again: false }
            }
            Told::Acted { action, on, .. } => {
                let deployment = Id(format!("d{on}"));
                let revision = environment.deployment(&deployment).map(|d| d.revision);
                Event::Act { deployment, action, gate: None, reason: None, revision, lasting: None, fresh }
            }
            Told::Locked { by } => {
                let (owner, reason) = (Some(person(by)), "work".to_owned());
                let lock = Lock { owner, reason, at, ..Lock::default() };
                Event::LockAsked { lock, or_next: false }
            }
            Told::Unlocked { .. } => Event::UnlockAsked { lock: None },
            Told::Started => Event::Started,
            Told::Ticked => Event::Tick,
            Told::LookFailed { effect } => Event::LookFailed { deployment: owner(effect), note: Note::new("no") },
            Told::Looked { effect, machines, stamp } => {
                let Effect::Look { attempt, .. } = &*self.effects.get(effect) else { panic!("no look: {effect}") };
                let attempt = if question.believes { environment.attempt } else { *attempt };
                Event::Looked { deployment: owner(effect), attempt, found: found(machines, stamp) }
            }
            Told::Ended { effect, how } => {
                let note = Note::new("no");
                let ended = match how {
                    How::Done => Ended::Done,
                    How::Untouched => Ended::Failed { note, untouched: true },
                    How::Touched => Ended::Failed { note, untouched: false },
                    How::Unknown => Ended::Unknown { note },
                    How::Halted => Ended::Halted,
                };
                let (Effect::RollOut { attempt, .. } | Effect::Restore { attempt, .. }) = &*self.effects.get(effect)
                else {
                    panic!("not a target's: {effect}");
                };
                Event::TargetEnded { deployment: owner(effect).expect("its own"), attempt: *attempt, ended }
            }
            Told::Answered { effect, passes } => {
                let verdict = if passes { Verdict::Pass } else { Verdict::Fail };
                let Effect::Ask { subject, round, .. } = &*self.effects.get(effect) else {
                    panic!("not a question: {effect}");
                };
                let reading = Reading { at, verdict, value: None, note: Note::new("said") };
                Event::Answered { subject: subject.clone(), round: *round, reading }
            }
        }
    }
}

fn found(machines: [u8; 2], stamp: u8) -> Found {
    let machine = |(n, version): (usize, u8)| {
        let Release { image, digest, .. } = setup::release(version);
        let (id, state) = (format!("m{n}"), "started".to_owned());
        FoundMachine { id, image, digest, state, condition: Condition::Sound }
    };
    let machines = machines.into_iter().enumerate().filter(|(_, version)| *version > 0).map(machine).collect();
    Found { machines, stamp: u64::from(stamp), gone: Vec::new() }
}

fn person(by: u8) -> Who {
    let name = ["ada", "bob"][usize::from(by)];
    Who { identity: format!("terminal:{name}"), person: Some(name.to_owned()), name: name.to_owned() }
}
