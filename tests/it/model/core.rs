//! `domain::step` as the model asks it: the same question is asked once, and what it gives is kept under a number, so that
//! a state of the model is a few numbers. Nothing of the core is done again here; a step's entries are folded a second
//! time and must give the same.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use shipgate::domain::{
    Cancel, Effect, Environment, Evidence, Id, Kind, Lock, Moment, Outcome, Quarantine, Release, What, Who, fold, step,
};

use super::asking::{Question, Told};
use super::pool::Pool;
use super::setup::{self, NAMES};
use super::sight::{EffectSight, Kinds, Sight, number};

/// The rows of one environment, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) environment: u32,
    pub(super) evidence: u32,
    pub(super) lock: u32,
    /// When the clock is to be heard; 0 for never.
    pub(super) wake: u32,
    pub(super) sight: Sight,
}

/// The numbers say it all.
impl Hash for Rows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.environment, self.evidence, self.lock, self.wake).hash(state);
    }
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

pub(super) struct Core {
    pub(super) environments: Pool<Environment>,
    pub(super) evidence: Pool<Vec<Evidence>>,
    pub(super) locks: Pool<Option<Lock>>,
    pub(super) quarantines: Pool<Vec<Quarantine>>,
    pub(super) effects: Pool<Effect>,
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
                sight: Sight::of(&decided.environment, facts.now),
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

fn who(who: &Who) -> u8 {
    u8::from(who.name == "bob")
}
