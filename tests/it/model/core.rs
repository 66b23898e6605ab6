//! `domain::step` as the model asks it: the same question is asked once, and what it gives is kept under a number, so that
//! a state of the model is a few numbers. Nothing of the core is done again here; a step's entries are folded a second
//! time and must give the same.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use shipgate::domain::{
    Action, Actor, Cancel, Condition, Effect, Ended, Environment, Event, Evidence, Facts, Found, FoundMachine, Id,
    Kind, Lock, Moment, Note, Outcome, Permission, Phase, Quarantine, Reading, Release, Verdict, What, Who, fold, step,
};

use super::setup::{self, NAMES};

/// Values under numbers: equal ones have the same.
pub(super) struct Pool<T>(RwLock<Numbered<T>>);

/// By their text, and by their numbers.
type Numbered<T> = (HashMap<String, u32>, Vec<Arc<T>>);

impl<T: Serialize> Pool<T> {
    fn new() -> Self {
        Self(RwLock::default())
    }

    pub(super) fn put(&self, value: T) -> u32 {
        let key = serde_json::to_string(&value).expect("JSON");
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = inner.0.get(&key) {
            return *known;
        }
        let number = u32::try_from(inner.1.len()).expect("few enough");
        inner.1.push(Arc::new(value));
        inner.0.insert(key, number);
        number
    }

    pub(super) fn get(&self, number: u32) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).1[number as usize])
    }
}

/// The rows of one environment, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rows {
    pub(super) environment: u32,
    pub(super) evidence: u32,
    pub(super) lock: u32,
    /// When the clock is to be heard; 0 for never.
    pub(super) wake: u32,
    pub(super) sight: Sight,
}

/// What the model looks at of an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sight {
    /// The deployment under way, by its number; 0 for none.
    pub(super) current: u8,
    pub(super) queued: u8,
    pub(super) stuck: u8,
    pub(super) phase: u8,
    pub(super) rollback: bool,
    /// What the deployment under way brings; 0 for none.
    pub(super) release: u8,
    pub(super) settling: bool,
    pub(super) undecided: bool,
    /// Attempt of the deployment under way.
    pub(super) attempt: u8,
    /// Attempt of the environment.
    pub(super) newest: u8,
    /// Its rollout waits for a halt to end.
    pub(super) halted: bool,
    /// What the core says runs; 0 for not known.
    pub(super) running: u8,
    /// How many questions must be open: gates that are running, rules that are watched.
    pub(super) asks: u8,
}

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

/// What the core decided.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) rows: Rows,
    pub(super) quarantine: u32,
    pub(super) effects: Vec<(EffectSight, u32)>,
    pub(super) cancels: Vec<(Kinds, u8)>,
    pub(super) requested: bool,
    /// A rollout began, of which deployment, and whether it is a promotion.
    pub(super) started: Option<(u8, bool)>,
    /// A rollout that had been halted went on.
    pub(super) resumed: bool,
    /// What began or went on might do so: no halt held, or it goes back.
    pub(super) unhalted: bool,
    /// A yes was taken, on which deployment, by whom.
    pub(super) approved: Option<(u8, u8)>,
    /// Deployments that ended: which, having touched something or not, and who had asked for them.
    pub(super) closed: Vec<(u8, Outcome, bool)>,
    pub(super) folds: bool,
    pub(super) proven: bool,
}

/// What an effect does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kinds {
    Look,
    RollOut,
    Restore,
    Ask,
}

/// What the model looks at of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct EffectSight {
    /// Its number in the pool.
    pub(super) effect: u32,
    pub(super) kind: Kinds,
    pub(super) deployment: u8,
    pub(super) attempt: u8,
    pub(super) version: u8,
}

pub(super) struct Core {
    environments: Pool<Environment>,
    evidence: Pool<Vec<Evidence>>,
    locks: Pool<Option<Lock>>,
    quarantines: Pool<Vec<Quarantine>>,
    effects: Pool<Effect>,
    known: RwLock<HashMap<Question, Option<Arc<Decided>>>>,
}

impl Core {
    pub(super) fn new() -> Self {
        Self {
            environments: Pool::new(),
            evidence: Pool::new(),
            locks: Pool::new(),
            quarantines: Pool::new(),
            effects: Pool::new(),
            known: RwLock::default(),
        }
    }

    /// An environment of which nothing is known.
    pub(super) fn nothing(&self, place: usize) -> (Rows, u32) {
        let rows = Rows {
            environment: self.environments.put(Environment::new("hello", NAMES[place])),
            evidence: self.evidence.put(Vec::new()),
            lock: self.locks.put(None),
            wake: 0,
            sight: Sight::default(),
        };
        (rows, self.quarantines.put(Vec::new()))
    }

    pub(super) fn is_barred(&self, quarantine: u32) -> bool {
        !self.quarantines.get(quarantine).is_empty()
    }

    pub(super) fn is_locked(&self, lock: u32) -> bool {
        self.locks.get(lock).is_some()
    }

    /// What the core answers; none is a refusal.
    pub(super) fn ask(&self, question: &Question) -> Option<Arc<Decided>> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(question) {
            return known.clone();
        }
        let answer = self.decide(question).map(Arc::new);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(*question, answer.clone());
        answer
    }

    fn decide(&self, question: &Question) -> Option<Decided> {
        let environment = self.environments.get(question.rows.environment);
        let facts = self.facts(question);
        let event = self.event(question, &environment);
        let decided = step(&environment, &event, &facts).ok()?;
        let mut again = Environment::clone(&environment);
        let mut rows = Written {
            evidence: Vec::clone(&facts.evidence),
            quarantine: Vec::clone(&facts.quarantine),
            lock: facts.lock.clone(),
        };
        let (mut started, mut approved, mut proven, mut resumed, mut unhalted) = (None, None, true, false, true);
        for entry in &decided.events {
            again = fold(again, entry).environment;
            match &entry.what {
                What::RolloutStarted { deployment, .. } => {
                    let d = again.current.as_ref().expect("a rollout of a deployment");
                    let promotes = d.kind != Kind::Rollback && facts.before.is_some();
                    let good = |e: &Evidence| !e.found && e.release.digest == d.release.digest;
                    let barred = facts.barred(&d.release.digest).is_some();
                    proven &= !promotes || (facts.evidence_before.iter().any(good) && !barred);
                    started = Some((number(deployment), promotes));
                    unhalted &= !question.halted || d.kind == Kind::Rollback;
                }
                What::RolloutResumed { .. } => (resumed, unhalted) = (true, unhalted && !question.halted),
                What::Approved { deployment, .. } => {
                    approved = Some((number(deployment), who(&entry.by.clone().expect("a person"))));
                }
                what => rows.write(what, entry.at, &decided.deployments),
            }
        }
        Some(Decided {
            folds: again == decided.environment,
            rows: Rows {
                sight: sight(&decided.environment),
                environment: self.environments.put(decided.environment),
                evidence: self.evidence.put(rows.evidence),
                lock: self.locks.put(rows.lock),
                wake: decided.wake_at.map_or(0, setup::seconds),
            },
            quarantine: self.quarantines.put(rows.quarantine),
            effects: decided.effects.iter().filter_map(|due| self.effect(&due.effect, due.at)).collect(),
            cancels: decided.cancels.iter().flat_map(cancelled).collect(),
            requested: matches!(question.told, Told::Requested { .. } | Told::Acted { .. })
                && decided.events.iter().any(|entry| matches!(entry.what, What::Requested(_))),
            closed: decided
                .deployments
                .iter()
                .filter_map(|d| Some((number(&d.id), d.outcome?, d.has_touched())))
                .collect(),
            started,
            resumed,
            unhalted,
            approved,
            proven,
        })
    }

    fn facts(&self, question: &Question) -> Facts {
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

    fn event(&self, question: &Question, environment: &Environment) -> Event {
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

    fn effect(&self, effect: &Effect, at: Moment) -> Option<(EffectSight, u32)> {
        let (kind, deployment, attempt, version) = match effect {
            Effect::Look { deployment, .. } => (Kinds::Look, deployment.as_ref().map_or(0, number), 0, 0),
            Effect::RollOut { deployment, attempt, release, .. } => {
                (Kinds::RollOut, number(deployment), *attempt, setup::version(&release.digest))
            }
            Effect::Restore { deployment, attempt, .. } => (Kinds::Restore, number(deployment), *attempt, 0),
            Effect::Ask { subject, .. } => (Kinds::Ask, number(subject.owner()), 0, 0),
            Effect::Show { .. } | Effect::Say { .. } => return None,
        };
        let effect = self.effects.put(effect.clone());
        let attempt = u8::try_from(attempt).expect("few attempts");
        Some((EffectSight { effect, kind, deployment, attempt, version }, setup::seconds(at)))
    }
}

/// The rows beside the environment's, as the store would write them.
struct Written {
    evidence: Vec<Evidence>,
    quarantine: Vec<Quarantine>,
    lock: Option<Lock>,
}

impl Written {
    fn write(&mut self, what: &What, at: Moment, deployments: &[shipgate::domain::Deployment]) {
        let mut prove = |release: &Release, deployment: Option<Id>| {
            let found = deployment.is_none();
            self.evidence.insert(0, Evidence { release: release.clone(), at, deployment, found });
        };
        match what {
            What::Looked { running: Some(release), adopted: true, .. } => prove(release, None),
            What::Closed { deployment, evidence: true, running, .. } => {
                let closed = deployments.iter().find(|d| d.id == *deployment).expect("what was closed");
                prove(running.as_ref().unwrap_or(&closed.release), Some(deployment.clone()));
            }
            What::Quarantined { quarantine } => self.quarantine.insert(0, quarantine.clone()),
            What::Unquarantined { digest, .. } => self.quarantine.retain(|q| q.digest != *digest),
            What::Locked { lock } => self.lock = Some(lock.clone()),
            What::Unlocked => self.lock = None,
            _ => {}
        }
    }
}

fn cancelled(cancel: &Cancel) -> Vec<(Kinds, u8)> {
    match cancel {
        Cancel::Checks(id) => vec![(Kinds::Ask, number(id))],
        Cancel::Look(id) => vec![(Kinds::Look, number(id))],
        Cancel::Target => vec![(Kinds::RollOut, 0), (Kinds::Restore, 0)],
    }
}

fn sight(environment: &Environment) -> Sight {
    let id = |d: &Option<shipgate::domain::Deployment>| d.as_ref().map_or(0, |d| number(&d.id));
    let d = environment.current.as_ref();
    let phase = d.map(|d| d.phase);
    let running = d.map_or(0, |d| match d.phase {
        Phase::Entering | Phase::Verifying => {
            d.gates.iter().filter(|gate| gate.state == shipgate::domain::GateState::Running).count()
        }
        Phase::Watching => d.rules.len(),
        _ => 0,
    });
    Sight {
        current: id(&environment.current),
        queued: id(&environment.queued),
        stuck: id(&environment.stuck),
        phase: phase.map_or(0, |phase| phase as u8),
        rollback: d.is_some_and(|d| d.kind == Kind::Rollback),
        release: d.map_or(0, |d| setup::version(&d.release.digest)),
        settling: d.is_some_and(|d| d.settling),
        undecided: d.is_some_and(|d| d.undecided_until.is_some()),
        attempt: d.map_or(0, |d| u8::try_from(d.attempt).expect("few attempts")),
        newest: u8::try_from(environment.attempt).expect("few attempts"),
        halted: d.is_some_and(|d| d.halted_at.is_some()),
        running: environment.running.as_ref().map_or(0, |r| setup::version(&r.digest)),
        asks: u8::try_from(running).expect("few gates"),
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

fn who(who: &Who) -> u8 {
    u8::from(who.name == "bob")
}

fn number(id: &Id) -> u8 {
    id.0[1..].parse().expect("d and a number")
}
