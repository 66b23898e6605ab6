//! One environment as the ledger has it.

use std::collections::BTreeSet;

use super::happens::{Version, Weather, Who};

/// Who holds an environment: a person, or Shipgate itself, be it over somebody's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    Of(Who),
    Own { over: Option<Who> },
}

/// A deployment to production that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) version: Version,
    pub(super) by: Who,
    pub(super) approved: bool,
    pub(super) overridden: bool,
}

/// A rollout that hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hung {
    pub(super) version: Version,
    /// What the machines ran before.
    pub(super) found: [Version; 2],
}

/// What people are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    pub(super) version: Version,
    /// Of a rollback: what it was to leave, where that was one thing.
    pub(super) left: Option<Version>,
}

#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) machines: [Version; 2],
    /// What Shipgate says runs.
    pub(super) running: Option<Version>,
    /// What was good here, the latest first.
    pub(super) good: Vec<Version>,
    pub(super) proven: BTreeSet<Version>,
    pub(super) waiting: Option<Waiting>,
    pub(super) hung: Option<Hung>,
    pub(super) lock: Option<Lock>,
    pub(super) stuck: Option<Stuck>,
    pub(super) weather: Weather,
}

impl Environment {
    pub(super) fn new() -> Self {
        Self {
            machines: [1; 2],
            running: Some(1),
            good: vec![1],
            proven: BTreeSet::new(),
            waiting: None,
            hung: None,
            lock: None,
            stuck: None,
            weather: Weather::Fine,
        }
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.is_some()
    }

    /// What the deployment brings that waits or hangs.
    pub(super) fn under_way(&self) -> Option<Version> {
        self.waiting.map(|waiting| waiting.version).or(self.hung.map(|hung| hung.version))
    }

    pub(super) fn common(&self) -> Option<Version> {
        (self.machines[0] == self.machines[1]).then_some(self.machines[0])
    }

    pub(super) fn is_held_for(&self, who: Who) -> bool {
        self.lock.is_some_and(|lock| lock != Lock::Of(who))
    }

    /// Shipgate's own lock, over that of a person.
    pub(super) fn needs_people(&mut self, stuck: Stuck) {
        let over = match self.lock {
            Some(Lock::Of(who)) => Some(who),
            Some(Lock::Own { over }) => over,
            None => None,
        };
        (self.stuck, self.lock, self.running) = (Some(stuck), Some(Lock::Own { over }), None);
    }

    pub(super) fn lift(&mut self) {
        self.lock = match self.lock {
            Some(Lock::Own { over: Some(who) }) => Some(Lock::Of(who)),
            _ => None,
        };
    }

    pub(super) fn succeeds(&mut self, version: Version) {
        self.running = Some(version);
        self.good.retain(|known| *known != version);
        self.good.insert(0, version);
        self.proven.insert(version);
    }
}
