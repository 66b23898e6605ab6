//! The core: pure, total, synchronous. It decides; everything else does.
//!
//! [`step`] takes an environment, an event and the facts, and gives the environment after it, the ledger entries
//! that say what happened, and the effects to perform; or a [`Refusal`]. No clock (time is in [`Facts`]), no
//! randomness, no I/O, and no other module of the crate.
//!
//! Reading order: the nouns ([`Environment`], [`Deployment`], [`Plan`], [`Release`]), what comes in and goes out
//! ([`Event`], [`Effect`]), what is written down ([`Entry`]), how that becomes state ([`fold()`]), how it is decided
//! ([`step`], `gates`, `watch`).

mod deployment;
mod environment;
mod plan;
mod release;

mod people;
mod time;

mod effect;
mod event;
mod refusal;

mod fold;
mod ledger;

mod act;
mod back;
mod closing;
mod draft;
mod gates;
mod halt;
mod lock;
mod outlook;
mod overriding;
mod remedy;
mod request;
mod settle;
mod snooze;
mod watch;
mod window;
mod world;

pub use act::{awaits, waits_for_people};
pub use back::goes_back_to;
pub use deployment::{
    Breach, Cause, Deployment, GateProgress, GateState, Id, Kind, Outcome, Override, Phase, Reading, RuleProgress,
    Snooze, Verdict, When, Word,
};
pub use effect::{Call, Cancel, CardKey, Channel, Due, Effect};
pub use environment::{Environment, Facts, Smoke, SmokeCheck};
pub use event::{Action, Condition, Ended, Event, Found, FoundMachine, Subject};
pub use fold::{Folded, fold};
pub use gates::{Standing, awaited, survey, valid_words};
pub use halt::{HOUSE, Halt};
pub use ledger::{Entry, Requested, What};
pub use lock::Lock;
pub use outlook::{Outlook, holdups, outlook};
pub use overriding::overridable;
pub use people::{Actor, Permission, Who};
pub use plan::{
    Breaks, CheckGate, CheckSpec, Freeze, Gate, GateRule, Inconclusive, Note, Plan, Policy, Rule, TargetSpec, Watch,
    Window,
};
pub use refusal::Refusal;
pub use release::{Evidence, Quarantine, Release};
pub use remedy::{About, Deed, Remedy, remedies};
pub use snooze::may_be_snoozed;
pub use time::{Moment, Span};
pub use window::{another_freeze_follows, freeze_in_sight, opens_in_sight};

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
    /// The next moment at which the clock alone may change something: pass [`Event::Tick`] then.
    pub wake_at: Option<Moment>,
    /// The deployment or smoke test that answers the person who asked, when one was asked for.
    pub answer: Option<CardKey>,
}

/// Decides what an event means for an environment.
///
/// # Errors
/// A [`Refusal`] when the event is a person's and the answer is no. Events of the world and of the clock are never
/// refused: one that comes too late changes nothing.
pub fn step(environment: &Environment, event: &Event, facts: &Facts) -> Result<Step, Refusal> {
    let mut draft = draft::Draft::new(environment, facts);
    match event {
        Event::Request { id, kind, version, reason, again } => {
            let (version, reason) = (version.as_deref(), reason.as_ref());
            request::request(&mut draft, &request::Wish { id, kind: *kind, version, reason, again: *again })?;
        }
        Event::Act { deployment, action, gate, reason, revision, lasting, fresh } => {
            let (gate, reason) = (gate.as_deref(), reason.as_ref());
            let (action, revision, lasting) = (*action, *revision, *lasting);
            act::act(&mut draft, &act::Decision { deployment, action, gate, reason, revision, lasting, fresh })?;
        }
        Event::SmokeAsked { id } => request::smoke(&mut draft, id)?,
        Event::HaltAsked { halt } => halt::halt(&mut draft, halt)?,
        Event::ResumeAsked { halt } => halt::resume(&mut draft, halt.as_ref())?,
        Event::LockAsked { lock, or_next } => lock::lock(&mut draft, lock, *or_next)?,
        Event::NextAsked { lock } => lock::be_next(&mut draft, lock)?,
        Event::UnlockAsked { lock } => lock::unlock(&mut draft, lock.as_ref())?,
        Event::UnquarantineAsked { version, reason } => request::unquarantine(&mut draft, version, reason.as_ref())?,
        Event::Started => world::started(&mut draft),
        Event::Looked { deployment, attempt, found } => {
            world::looked(&mut draft, deployment.as_ref(), *attempt, found);
        }
        Event::LookFailed { deployment, note } => world::look_failed(&mut draft, deployment.as_ref(), note),
        Event::TargetEnded { deployment, attempt, ended } => {
            world::target_ended(&mut draft, deployment, *attempt, ended);
        }
        Event::Answered { subject, round, reading } => world::answered(&mut draft, subject, *round, reading),
        Event::Tick => draft.repaint(),
    }
    settle::settle(&mut draft);
    Ok(draft.finish())
}
