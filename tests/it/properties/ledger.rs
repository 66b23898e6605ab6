//! The reference: what is live where, who holds what, and what is barred, told in the plainest way. At most one deployment
//! waits, for a yes to production; a rollout may hang, until it is told to stop or taken up anew; everything else has
//! come to its end when the next thing happens.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use super::environment::{Environment, Hung, Lock, Stuck, Waiting};
use super::happens::{self, Happens, NEWEST, Place, Version, Weather, Who, Word};

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
            Word::Rollback(place) => self.stops(place) || self.goes_back_by_word(place),
            Word::Approve => self.decides(|waiting| {
                let counts = waiting.by != who && !waiting.approved && !waiting.overridden;
                waiting.approved |= counts;
                counts
            }),
            Word::Override => self.decides(|waiting| !std::mem::replace(&mut waiting.overridden, true)),
            Word::Abort => self.stops(Place::Production) || self.place(Place::Production).waiting.take().is_some(),
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
        if here.under_way() == Some(version) {
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

    /// Nobody's word is taken for what is barred.
    fn decides(&mut self, takes: impl FnOnce(&mut Waiting) -> bool) -> bool {
        let barred = &self.barred;
        let Some(waiting) = self.places[1].waiting.as_mut().filter(|waiting| !barred.contains(&waiting.version)) else {
            return false;
        };
        let taken = takes(waiting);
        self.goes_on();
        taken
    }

    /// What waits begins as soon as nothing is in its way.
    fn goes_on(&mut self) {
        let here = &mut self.places[1];
        let Some(waiting) = here.waiting.filter(|waiting| waiting.approved || waiting.overridden) else {
            return;
        };
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
        // What hung is taken up anew, and has touched what it found otherwise.
        let found = here.hung.take().map_or(here.machines, |hung| hung.found);
        let touched = here.machines != found;
        match here.weather {
            Weather::Refuses if !touched => {}
            Weather::Fine | Weather::Lost if passes => {
                here.machines = [version; 2];
                here.succeeds(version);
            }
            Weather::Hangs => {
                here.machines[0] = version;
                here.hung = Some(Hung { version, found });
            }
            Weather::BreaksForGood => {
                here.machines[0] = version;
                here.needs_people(Stuck { version, left: None });
            }
            _ => self.puts_back(place, version, found),
        }
    }

    fn puts_back(&mut self, place: Place, version: Version, found: [Version; 2]) {
        let here = self.place(place);
        here.machines = found;
        here.running = here.common();
        let before = here.running.unwrap_or(version);
        self.bar(Some(version), before);
    }

    /// What hangs is told to stop, and goes back. Says whether anything hung.
    fn stops(&mut self, place: Place) -> bool {
        let here = self.place(place);
        let Some(Hung { version, found }) = here.hung.take() else {
            return false;
        };
        if here.weather == Weather::BreaksForGood {
            here.needs_people(Stuck { version, left: None });
        } else {
            self.puts_back(place, version, found);
        }
        true
    }

    fn goes_back_by_word(&mut self, place: Place) -> bool {
        let (barred, passes) = (self.barred.clone(), self.checks_pass);
        let here = self.place(place);
        let goes = |version: &&Version| here.running != Some(**version) && !barred.contains(*version);
        let Some(version) = here.good.iter().find(goes).copied() else {
            return false;
        };
        here.waiting = None;
        here.running = here.common();
        let (left, before) = (here.running, here.stuck);
        match here.weather {
            Weather::Refuses => return true,
            Weather::Fine | Weather::Lost => here.machines = [version; 2],
            Weather::Breaks | Weather::BreaksForGood | Weather::LostHalfway | Weather::Hangs => {
                here.machines[0] = version;
            }
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

    /// A program that starts takes up what hung, and looks where nothing is under way.
    fn starts(&mut self) {
        for place in [Place::Staging, Place::Production] {
            if let Some(hung) = self.place(place).hung {
                self.rolls_out(place, hung.version);
            }
            let here = self.place(place);
            if here.under_way().is_none() {
                here.running = here.common();
            }
        }
    }

    /// What leads to where rules of the start are tried: a promotion of what is proven, what gets in its way while it
    /// waits, and the yes to it all the same.
    fn telling(&self) -> Vec<Happens> {
        let [staging, production] = &self.places;
        let Some(waiting) = production.waiting else {
            let promote = |version: &Version| Happens::Says(Who::Ada, Word::Promote(*version));
            return staging.proven.iter().map(promote).collect();
        };
        let (by, other) = (waiting.by, waiting.by.other());
        let says = [
            (other, Word::Approve),
            (other, Word::Approve),
            (other, Word::Lock(Place::Production)),
            (other, Word::Halt),
            (by, Word::Rollback(Place::Staging)),
        ];
        says.map(|(who, word)| Happens::Says(who, word)).into()
    }

    /// Whether the ledger knows what would come of it: nobody waits behind what hangs, or halts it, and going back by a
    /// deployment of its own does not hang.
    fn can_tell(&self, happens: &Happens) -> bool {
        let [staging, production] = &self.places;
        let behind = |here: &Environment, version| here.hung.is_some_and(|hung| hung.version != version);
        match *happens {
            Happens::Says(_, Word::Deploy(version)) => !behind(staging, version),
            Happens::Says(_, Word::Promote(version)) => !behind(production, version),
            Happens::Says(_, Word::Halt) => self.places.iter().all(|here| here.hung.is_none()),
            Happens::Says(_, Word::Rollback(place)) => {
                let here = &self.places[place as usize];
                here.hung.is_some() || here.weather != Weather::Hangs
            }
            _ => true,
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

    fn transitions(state: &Self) -> BoxedStrategy<Happens> {
        happens::anything_and_rather(state.telling())
    }

    fn preconditions(state: &Self, happens: &Happens) -> bool {
        state.can_tell(happens)
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
