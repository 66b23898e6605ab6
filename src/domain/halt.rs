//! Everything stopped: no new rollout starts, and one under way finishes its present machine and waits. Checks, watches
//! and rollbacks go on.
//!
//! A halt belongs to no environment. It is kept by the *house*: an environment without app and name ([`HOUSE`]), with a
//! ledger of its own, which nothing is released to. To all others it is a fact, and how each of them takes it is in
//! [`settle`](super::settle).

use serde::{Deserialize, Serialize};

use super::{
    Call, CardKey, Channel, Deployment, Id, Kind, Moment, Permission, Phase, Refusal, Span, What, Who,
    draft::Draft,
    lock::before_end,
    request::{actor, need},
};

/// The app and the name of the house.
pub const HOUSE: (&str, &str) = ("", "");

/// How often its owner is reminded where it has no end.
const EVERY: Span = Span::hours(2);

/// Everything stopped by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Its name.
    pub id: Id,
    /// Who did it.
    pub owner: Who,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Moment,
    /// Until when; none holds until it is lifted.
    pub expires_at: Option<Moment>,
    /// When its owner gave it another reason or end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Moment>,
    /// When its owner was last reminded of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<Moment>,
    /// When it ended; none while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_at: Option<Moment>,
    /// Who lifted it; none when its time was up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<Who>,
}

impl Halt {
    /// Whether it holds still.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.lifted_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// When its owner is reminded next: once before its end, and every now and then where it has none.
    #[must_use]
    pub fn reminds_at(&self) -> Option<Moment> {
        let since = self.changed_at.unwrap_or(self.at);
        match self.expires_at {
            None => Some(self.reminded_at.unwrap_or(since).plus(EVERY)),
            Some(end) => {
                let at = before_end(since, end);
                self.reminded_at.is_none_or(|last| last < at).then_some(at)
            }
        }
    }

    /// Whether a deployment waits for its end: it has not begun its rollout, or was stopped in the middle.
    #[must_use]
    pub fn holds_up(&self, d: &Deployment) -> bool {
        let waits = matches!(d.phase, Phase::Queued | Phase::Entering) || d.halted_at.is_some();
        self.lifted_at.is_none() && d.kind != Kind::Rollback && waits
    }

    /// The same, ended.
    #[must_use]
    pub fn lifted(mut self, at: Moment, by: Option<&Who>) -> Self {
        self.lifted_at = Some(at);
        self.lifted_by = by.cloned();
        self
    }
}

/// Stops everything, or changes the reason and the end of one's own halt.
pub(super) fn halt(draft: &mut Draft<'_>, asked: &Halt) -> Result<(), Refusal> {
    need(draft, Permission::Halt)?;
    // One whose time is up is over, though its moment has not been heard of yet.
    if draft.environment.halt.as_ref().is_some_and(|halt| !halt.holds(draft.now())) {
        follow(draft);
    }
    let halt = match draft.environment.halt.clone() {
        Some(now) if !asked.owner.is(&now.owner) => return Err(refuse(&now)),
        Some(own) => Halt { id: own.id, at: own.at, changed_at: Some(asked.at), ..asked.clone() },
        None => asked.clone(),
    };
    draft.answer = Some(CardKey::Halt(halt.id.clone()));
    draft.said(What::Halted { halt });
    Ok(())
}

/// What somebody is told for whom a halt is in the way.
pub(super) fn refuse(halt: &Halt) -> Refusal {
    Refusal::Halted { owner: halt.owner.name.clone(), reason: halt.reason.clone(), expires_at: halt.expires_at }
}

/// Lifts the halt; one's own always.
pub(super) fn resume(draft: &mut Draft<'_>, wanted: Option<&Id>) -> Result<(), Refusal> {
    let halt = draft.environment.halt.clone().filter(|halt| wanted.is_none_or(|id| *id == halt.id));
    let Some(halt) = halt else {
        need(draft, Permission::Halt)?;
        return Err(Refusal::NotHalted);
    };
    let own = actor(draft).is_some_and(|actor| actor.who.is(&halt.owner));
    if !own {
        need(draft, Permission::Halt)?;
    }
    let card = CardKey::Halt(halt.id.clone());
    draft.answer = Some(card.clone());
    draft.said(What::Resumed { halt: halt.id });
    let call = if own { Vec::new() } else { vec![Call::Person(halt.owner)] };
    draft.say(card, Channel::Deployments, call);
    Ok(())
}

/// What the clock makes of it: its owner is reminded, its time is up.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let Some(halt) = draft.environment.halt.clone() else { return };
    let card = CardKey::Halt(halt.id.clone());
    let what = if !halt.holds(draft.now()) {
        What::Resumed { halt: halt.id.clone() }
    } else if halt.reminds_at().is_some_and(|at| draft.now() >= at) {
        What::HaltReminded { halt: halt.id.clone() }
    } else {
        return;
    };
    draft.noted(what);
    draft.say(card, Channel::Deployments, vec![Call::Person(halt.owner)]);
}
