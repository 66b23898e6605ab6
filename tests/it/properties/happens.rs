//! What may happen in a run: what people say, how what is outside does, and when the program ends.

use proptest::prelude::*;
use shipgate::command::Command;
use shipgate::domain::Action;
use shipgate::service::Speaker;

use super::outside::PLACES;

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
    /// The first machine is done, and it goes on only when it is told to stop.
    Hangs,
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

impl Who {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Ada => Self::Bob,
            Self::Bob => Self::Ada,
        }
    }

    pub(super) fn speaker(self) -> Speaker {
        let name = format!("{self:?}").to_lowercase();
        Speaker { identity: format!("terminal:{name}"), name, also: Vec::new(), unsure: false }
    }
}

impl Word {
    pub(super) fn command(self) -> Command {
        let at = |place: Place| PLACES[place as usize].to_owned();
        let (app, lasting) = (None, None);
        let decide = |action: Action, place: Place| Command::Decide {
            action,
            gate: None,
            environment: Some(at(place)),
            app: None,
            reason: Some("because".to_owned()),
            lasting: None,
        };
        match self {
            Word::Deploy(v) => {
                let (environment, version) = (at(Place::Staging), Some(name(v)));
                Command::Deploy { environment, version, app, reason: None, again: false }
            }
            Word::Promote(v) => {
                let (environment, version) = (Some(at(Place::Production)), Some(name(v)));
                Command::Promote { environment, version, app, reason: None, again: false }
            }
            Word::Rollback(place) => Command::Rollback { environment: at(place), version: None, app, reason: None },
            Word::Approve => decide(Action::Approve, Place::Production),
            Word::Override => decide(Action::Override, Place::Production),
            Word::Abort => decide(Action::Abort, Place::Production),
            Word::Keep(place) => decide(Action::Keep, place),
            Word::Lock(place) => {
                Command::Lock { environment: at(place), app, reason: "work".to_owned(), lasting, next: false }
            }
            Word::Unlock(place) => Command::Unlock { environment: at(place), app },
            Word::Halt => Command::Halt { reason: "work".to_owned(), lasting },
            Word::Resume => Command::Resume { halt: None },
        }
    }
}

pub(super) fn name(version: Version) -> String {
    format!("v{version}")
}

/// Anything, and about every third time one of these.
pub(super) fn anything_and_rather(these: Vec<Happens>) -> BoxedStrategy<Happens> {
    if these.is_empty() {
        return anything();
    }
    prop_oneof![2 => anything(), 1 => proptest::sample::select(these)].boxed()
}

/// Anything, some of it more often.
fn anything() -> BoxedStrategy<Happens> {
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
        2 => Just(Weather::Hangs),
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
