//! The core: pure, total, synchronous. It decides; everything else does.
//!
//! [`step`] takes an environment, an event and the facts, and gives the environment after it, the ledger entries
//! that say what happened, and the effects to perform; or a [`Refusal`]. No clock (time is in [`Facts`]), no
//! randomness, no I/O, and no other module of the crate.
//!
//! Reading order: the nouns ([`Environment`], [`Deployment`], [`Plan`], [`Release`]), what comes in and goes out
//! ([`Event`], [`Effect`]), what is written down ([`Entry`]), how that becomes state ([`fold`]), how it is decided
//! ([`step`], `gates`, `watch`).

mod deployment;
mod environment;
mod event;
mod ledger;
mod people;
mod plan;
mod refusal;
mod release;
mod time;

pub use deployment::{
    Breach, Cause, Deployment, GateProgress, GateState, Id, Kind, Outcome, Phase, Reading, RuleProgress, Verdict, When,
    Word,
};
pub use environment::{Environment, Facts, Smoke, SmokeCheck};
pub use event::{Action, Call, Cancel, CardKey, Channel, Due, Effect, Ended, Event, Found, FoundMachine, Subject};
pub use ledger::{Entry, What};
pub use people::{Actor, Permission, Who};
pub use plan::{
    Breaks, CheckGate, CheckSpec, Gate, GateRule, Inconclusive, Note, Plan, Policy, Rule, TargetSpec, Watch, Window,
};
pub use refusal::Refusal;
pub use release::{Evidence, Lock, Quarantine, Release};
pub use time::{Moment, Span};

/// What a step decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The environment after it.
    pub environment: Environment,
    /// What happened, in order; folding these into the environment before gives the one after.
    pub events: Vec<Entry>,
    /// What to do outside.
    pub effects: Vec<Due>,
    /// Pending effects that have lost their purpose. A new target effect cancels older ones by itself.
    pub cancels: Vec<Cancel>,
    /// Deployments that changed in this step, closed ones included.
    pub deployments: Vec<Deployment>,
    /// The smoke test that changed in this step.
    pub smoke: Option<Smoke>,
    /// The deployment or smoke test that answers the person who asked, when one was asked for.
    pub answer: Option<CardKey>,
}

/// Decides what an event means for an environment.
///
/// # Errors
/// A [`Refusal`] when the event is a person's and the answer is no. Events of the world and of the clock are never
/// refused: one that comes too late changes nothing.
pub fn step(_environment: &Environment, _event: &Event, _facts: &Facts) -> Result<Step, Refusal> {
    Err(Refusal::NoReleases)
}

/// Folds ledger entries into an environment: one function for a live step and for a replay.
#[must_use]
pub fn fold(environment: Environment, _entry: &Entry) -> (Environment, Option<Deployment>) {
    (environment, None)
}

/// The next moment at which the clock alone may change something: pass [`Event::Tick`] then.
#[must_use]
pub fn wake_at(_environment: &Environment) -> Option<Moment> {
    None
}
