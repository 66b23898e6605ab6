//! What the model looks at of an environment and of an effect: a few small numbers.

use std::hash::{Hash, Hasher};

use shipgate::domain::{Deployment, Environment, GateState, Id, Kind, Moment, Phase, Span, Word};

use super::setup;

/// What the model looks at of an environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// A yes has lapsed since people were called, and they were not called again.
    pub(super) silent: bool,
    /// How many questions must be open: gates that are running, rules that are watched.
    pub(super) asks: u8,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EffectSight {
    /// Its number in the pool.
    pub(super) effect: u32,
    pub(super) kind: Kinds,
    pub(super) deployment: u8,
    pub(super) attempt: u8,
    pub(super) version: u8,
}

/// The effect's number says it all.
impl Hash for EffectSight {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.effect.hash(state);
    }
}

impl Sight {
    pub(super) fn of(environment: &Environment, now: Moment) -> Self {
        let id = |d: &Option<Deployment>| d.as_ref().map_or(0, |d| number(&d.id));
        let d = environment.current.as_ref();
        let asks = d.map_or(0, |d| match d.phase {
            Phase::Entering | Phase::Verifying => {
                d.gates.iter().filter(|gate| gate.state == GateState::Running).count()
            }
            Phase::Watching => d.rules.len(),
            _ => 0,
        });
        let lapsed = |word: &Word| word.at.plus(Span::seconds(i64::from(setup::EXPIRES)));
        let silent = d.filter(|d| d.phase == Phase::Entering && !d.interrupted).is_some_and(|d| {
            let mut words = d.gates.iter().flat_map(|gate| &gate.words);
            d.asked_at.is_some_and(|asked| words.any(|word| asked < lapsed(word) && lapsed(word) <= now))
        });
        Self {
            silent,
            current: id(&environment.current),
            queued: id(&environment.queued),
            stuck: id(&environment.stuck),
            phase: d.map_or(0, |d| d.phase as u8),
            rollback: d.is_some_and(|d| d.kind == Kind::Rollback),
            release: d.map_or(0, |d| setup::version(&d.release.digest)),
            settling: d.is_some_and(|d| d.settling),
            undecided: d.is_some_and(|d| d.undecided_until.is_some()),
            attempt: d.map_or(0, |d| u8::try_from(d.attempt).expect("few attempts")),
            newest: u8::try_from(environment.attempt).expect("few attempts"),
            halted: d.is_some_and(|d| d.halted_at.is_some()),
            running: environment.running.as_ref().map_or(0, |r| setup::version(&r.digest)),
            asks: u8::try_from(asks).expect("few gates"),
        }
    }
}

pub(super) fn number(id: &Id) -> u8 {
    id.0[1..].parse().expect("d and a number")
}
