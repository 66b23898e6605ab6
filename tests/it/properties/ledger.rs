//! The reference: what is live where, who holds what, and what is barred, told in the plainest way. At most one deployment
//! waits, for a yes to production; everything else has come to its end when the next thing happens.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

pub(super) type Version = u8;

/// The newest of those that are registered.
pub(super) const NEWEST: Version = 3;

/// A person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Ada,
    Bob,
}

/// An environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Staging,
    Production,
}

/// How the target does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    Fine,
    /// No machine is touched.
    Refuses,
    /// After the first machine. Going back works.
    Breaks,
    /// After the first machine. Going back does not work either.
    BreaksForGood,
    /// Everything is done, and nobody knows.
    Lost,
    /// The first machine is done, and nobody knows.
    LostHalfway,
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Deploy(Version),
    Promote(Version),
    Rollback(Place),
    Approve,
    Override,
    Abort,
    Keep(Place),
    Lock(Place),
    Unlock(Place),
    Halt,
    Resume,
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happens {
    Says(Who, Word),
    Target(Place, Weather),
    Checks {
        pass: bool,
    },
    /// The program is stopped and started again.
    Restarts,
    /// The program is killed at the so-manieth boundary of what comes of the next word.
    WillDie(usize),
}

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
    by: Who,
    approved: bool,
    overridden: bool,
}

/// What people are needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stuck {
    version: Version,
    /// Of a rollback: what it was to leave, where that was one thing.
    left: Option<Version>,
}

#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) machines: [Version; 2],
    /// What Shipgate says runs.
    pub(super) running: Option<Version>,
    /// What was good here, the latest first.
    good: Vec<Version>,
    proven: BTreeSet<Version>,
    pub(super) waiting: Option<Waiting>,
    pub(super) lock: Option<Lock>,
    stuck: Option<Stuck>,
    weather: Weather,
}

/// The ledger.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) places: [Environment; 2],
    pub(super) barred: BTreeSet<Version>,
    pub(super) halt: Option<Who>,
    checks_pass: bool,
    will_die: bool,
    /// Whether the last word was taken.
    pub(super) taken: bool,
}

impl Environment {
    fn new() -> Self {
        Self {
            machines: [1; 2],
            running: Some(1),
            good: vec![1],
            proven: BTreeSet::new(),
            waiting: None,
            lock: None,
            stuck: None,
            weather: Weather::Fine,
        }
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.is_some()
    }

    fn common(&self) -> Option<Version> {
        (self.machines[0] == self.machines[1]).then_some(self.machines[0])
    }

    fn is_held_for(&self, who: Who) -> bool {
        self.lock.is_some_and(|lock| lock != Lock::Of(who))
    }

    /// Shipgate's own lock, over that of a person.
    fn needs_people(&mut self, stuck: Stuck) {
        let over = match self.lock {
            Some(Lock::Of(who)) => Some(who),
            Some(Lock::Own { over }) => over,
            None => None,
        };
        (self.stuck, self.lock, self.running) = (Some(stuck), Some(Lock::Own { over }), None);
    }

    fn lift(&mut self) {
        self.lock = match self.lock {
            Some(Lock::Own { over: Some(who) }) => Some(Lock::Of(who)),
            _ => None,
        };
    }

    fn succeeds(&mut self, version: Version) {
        self.running = Some(version);
        self.good.retain(|known| *known != version);
        self.good.insert(0, version);
        self.proven.insert(version);
    }
}

impl Ledger {
    fn place(&mut self, place: Place) -> &mut Environment {
        &mut self.places[place as usize]
    }

    fn bar(&mut self, version: Option<Version>, unless: Version) {
        self.barred.extend(version.filter(|version| *version != unless));
    }

    /// Whether the word is taken, with everything that comes of it.
    fn says(&mut self, who: Who, word: Word) -> bool {
        match word {
            Word::Deploy(version) => self.asks(who, Place::Staging, version),
            Word::Promote(version) => self.asks(who, Place::Production, version),
            Word::Rollback(place) => self.goes_back_by_word(place),
            Word::Approve => self.decides(|waiting| {
                let counts = waiting.by != who && !waiting.approved && !waiting.overridden;
                waiting.approved |= counts;
                counts
            }),
            Word::Override => self.decides(|waiting| !std::mem::replace(&mut waiting.overridden, true)),
            Word::Abort => self.place(Place::Production).waiting.take().is_some(),
            Word::Keep(place) => {
                let is_stuck = self.place(place).is_stuck();
                if is_stuck {
                    self.unsticks(place);
                }
                is_stuck
            }
            Word::Lock(place) => {
                let place = self.place(place);
                let free = !place.is_held_for(who);
                if free {
                    place.lock = Some(Lock::Of(who));
                }
                free
            }
            Word::Unlock(place) => {
                let is_locked = self.place(place).lock.is_some();
                if is_locked {
                    self.unlocks(place);
                }
                is_locked
            }
            Word::Halt => {
                let free = self.halt.is_none_or(|owner| owner == who);
                self.halt = if free { Some(who) } else { self.halt };
                free
            }
            Word::Resume => {
                let was = self.halt.take().is_some();
                self.goes_on();
                was
            }
        }
    }

    fn asks(&mut self, who: Who, place: Place, version: Version) -> bool {
        let proven = place == Place::Staging || self.places[0].proven.contains(&version);
        let (barred, halted) = (self.barred.contains(&version), self.halt.is_some());
        let here = self.place(place);
        if version > NEWEST || (place == Place::Production && (barred || !proven)) {
            return false;
        }
        if here.waiting.is_some_and(|waiting| waiting.version == version) {
            return true;
        }
        if barred || halted || here.is_held_for(who) || here.running == Some(version) {
            return false;
        }
        here.running = here.common();
        if place == Place::Production {
            here.waiting = Some(Waiting { version, by: who, approved: false, overridden: false });
        } else {
            self.rolls_out(place, version);
        }
        true
    }

    fn decides(&mut self, takes: impl FnOnce(&mut Waiting) -> bool) -> bool {
        let Some(waiting) = &mut self.places[1].waiting else { return false };
        let taken = takes(waiting);
        self.goes_on();
        taken
    }

    /// What waits begins as soon as nothing is in its way.
    fn goes_on(&mut self) {
        let here = &mut self.places[1];
        let Some(waiting) = here.waiting.filter(|waiting| waiting.approved || waiting.overridden) else { return };
        if self.halt.is_some() || here.is_held_for(waiting.by) {
            return;
        }
        here.waiting = None;
        if !self.barred.contains(&waiting.version) {
            self.rolls_out(Place::Production, waiting.version);
        }
    }

    /// Forward; what fails goes back. Where it was not one release that ran, nothing is barred.
    fn rolls_out(&mut self, place: Place, version: Version) {
        let passes = self.checks_pass;
        let here = self.place(place);
        let before = here.common();
        match here.weather {
            Weather::Refuses => {}
            Weather::Fine | Weather::Lost if passes => {
                here.machines = [version; 2];
                here.succeeds(version);
            }
            Weather::BreaksForGood => {
                here.machines[0] = version;
                here.needs_people(Stuck { version, left: None });
            }
            _ => {
                here.running = before;
                self.bar(Some(version), before.unwrap_or(version));
            }
        }
    }

    fn goes_back_by_word(&mut self, place: Place) -> bool {
        let (barred, passes) = (self.barred.clone(), self.checks_pass);
        let here = self.place(place);
        let goes = |version: &&Version| here.running != Some(**version) && !barred.contains(*version);
        let Some(version) = here.good.iter().find(goes).copied() else { return false };
        here.waiting = None;
        here.running = here.common();
        let (left, before) = (here.running, here.stuck);
        match here.weather {
            Weather::Refuses => return true,
            Weather::Fine | Weather::Lost => here.machines = [version; 2],
            Weather::Breaks | Weather::BreaksForGood | Weather::LostHalfway => here.machines[0] = version,
        }
        let arrives = matches!(here.weather, Weather::Fine | Weather::Lost) && passes;
        if arrives {
            here.succeeds(version);
            here.stuck = None;
            if matches!(here.lock, Some(Lock::Own { .. })) {
                here.lift();
            }
            self.bar(left, version);
        } else {
            here.needs_people(Stuck { version, left });
        }
        if let Some(stuck) = before {
            self.bar(Some(stuck.version), version);
            self.bar(stuck.left, version);
        }
        true
    }

    fn unsticks(&mut self, place: Place) {
        let here = self.place(place);
        here.stuck = None;
        if matches!(here.lock, Some(Lock::Own { .. })) {
            here.lift();
        }
        here.running = here.common();
    }

    fn unlocks(&mut self, place: Place) {
        let here = self.place(place);
        here.lift();
        if here.stuck.take().is_some() {
            here.running = here.common();
        }
        self.goes_on();
    }

    /// A program that starts looks where nothing waits.
    fn starts(&mut self) {
        for here in &mut self.places {
            if here.waiting.is_none() {
                here.running = here.common();
            }
        }
    }
}

impl ReferenceStateMachine for Ledger {
    type State = Self;
    type Transition = Happens;

    fn init_state() -> BoxedStrategy<Self> {
        let (barred, halt) = (BTreeSet::new(), None);
        let places = [Environment::new(), Environment::new()];
        Just(Self { places, barred, halt, checks_pass: true, will_die: false, taken: true }).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Happens> {
        let who = prop_oneof![Just(Who::Ada), Just(Who::Bob)];
        let place = || prop_oneof![Just(Place::Staging), Just(Place::Production)];
        let word = prop_oneof![
            4 => (1..=NEWEST + 1).prop_map(Word::Deploy),
            4 => (1..=NEWEST + 1).prop_map(Word::Promote),
            3 => Just(Word::Approve),
            2 => place().prop_map(Word::Rollback),
            1 => Just(Word::Override),
            1 => Just(Word::Abort),
            1 => place().prop_map(Word::Keep),
            1 => place().prop_map(Word::Lock),
            1 => place().prop_map(Word::Unlock),
            1 => Just(Word::Halt),
            1 => Just(Word::Resume),
        ];
        let weather = prop_oneof![
            3 => Just(Weather::Fine),
            1 => Just(Weather::Refuses),
            1 => Just(Weather::Breaks),
            1 => Just(Weather::BreaksForGood),
            1 => Just(Weather::Lost),
            1 => Just(Weather::LostHalfway),
        ];
        prop_oneof![
            8 => (who, word).prop_map(|(who, word)| Happens::Says(who, word)),
            2 => (place(), weather).prop_map(|(place, weather)| Happens::Target(place, weather)),
            1 => any::<bool>().prop_map(|pass| Happens::Checks { pass }),
            1 => Just(Happens::Restarts),
            2 => (1..40_usize).prop_map(Happens::WillDie),
        ]
        .boxed()
    }

    fn apply(mut state: Self, happens: &Happens) -> Self {
        match *happens {
            Happens::Says(who, word) => {
                state.taken = state.says(who, word);
                if std::mem::take(&mut state.will_die) {
                    state.starts();
                }
            }
            Happens::Target(place, weather) => state.place(place).weather = weather,
            Happens::Checks { pass } => state.checks_pass = pass,
            Happens::Restarts => state.starts(),
            Happens::WillDie(_) => state.will_die = true,
        }
        state
    }
}
