//! Locks: one environment, or a whole app, held by a person for a reason and as long as they say; or by Shipgate, until
//! people have decided. Only its owner may start anything there.
//!
//! Who wants it next asks for that; when it is free it is reserved for the first of them for some minutes, and then for
//! the one behind. A whole app's lock is kept by the app's own house, an environment without a name.

use serde::{Deserialize, Serialize};

use super::{
    Call, CardKey, Channel, Id, Moment, Permission, Refusal, Span, What, Who,
    draft::Draft,
    request::{actor, look_again, need},
};

/// How long before its end its owner is reminded at the most; of what is short, in its last quarter.
const BEFORE_END: Span = Span::minutes(15);

/// How long the one who is next has to take it.
const RESERVED: Span = Span::minutes(10);

/// How many may wait for one lock.
const MOST_NEXT: usize = 10;

/// An environment (or a whole app, with no environment) held by a person, or by Shipgate after
/// [`NeedsPeople`](super::Outcome::NeedsPeople).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its name, which its card has; that of the one before it where it was handed on. Empty for Shipgate's own.
    #[serde(default, skip_serializing_if = "Id::is_empty")]
    pub id: Id,
    /// Who holds it; none when Shipgate locked it itself.
    pub owner: Option<Who>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Moment,
    /// When its owner gave it another reason or end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Moment>,
    /// Until when; none holds until it is lifted.
    pub expires_at: Option<Moment>,
    /// Who wants it next, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Who>,
    /// Whether it is only reserved for its owner, who has not taken it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reserved: bool,
    /// Whether its owner was reminded that it ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminded: bool,
    /// The person's lock that one of Shipgate's own lies over: it holds again when that one is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Box<Self>>,
}

impl Lock {
    /// Shipgate's own, over what a person holds.
    #[must_use]
    pub fn own(reason: &str, at: Moment, over: Option<&Self>) -> Self {
        let over = match over {
            Some(own) if own.owner.is_none() => own.over.clone(),
            persons => persons.cloned().map(Box::new),
        };
        Self { reason: reason.to_owned(), at, over, ..Self::default() }
    }

    /// Whether it still holds.
    #[must_use]
    pub fn holds(&self, now: Moment) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// When its owner is to be reminded that it ends.
    #[must_use]
    pub fn reminds_at(&self) -> Option<Moment> {
        let end = self.expires_at.filter(|_| !self.reminded && !self.reserved)?;
        Some(before_end(self.changed_at.unwrap_or(self.at), end))
    }

    /// What somebody is told for whom it is in the way.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let owner = self.owner.as_ref().map(|owner| owner.name.clone());
        match (self.reserved, owner, self.expires_at) {
            (true, Some(owner), Some(until_at)) => Refusal::Reserved { owner, until_at },
            (_, owner, expires_at) => Refusal::Locked { owner, reason: self.reason.clone(), expires_at },
        }
    }

    /// What it becomes for the one who is next; none where nobody is.
    fn handed_on(&self, now: Moment) -> Option<Self> {
        let (first, others) = self.next.split_first()?;
        Some(Self {
            id: self.id.clone(),
            owner: Some(first.clone()),
            at: now,
            expires_at: Some(now.plus(RESERVED)),
            next: others.to_vec(),
            reserved: true,
            ..Self::default()
        })
    }
}

/// When somebody is reminded that what they hold since a moment ends.
pub(super) fn before_end(since: Moment, end: Moment) -> Moment {
    Moment(end.0 - BEFORE_END.0.min(end.since(since).0 / 4))
}

/// Holds the environment; or, if it is another's and they say so, asks to be next.
pub(super) fn lock(draft: &mut Draft<'_>, asked: &Lock, or_next: bool) -> Result<(), Refusal> {
    need(draft, Permission::Lock)?;
    let owns =
        |lock: &Lock| lock.owner.as_ref().is_some_and(|owner| asked.owner.as_ref().is_some_and(|who| who.is(owner)));
    if let Some(app) = draft.facts.app_lock_now().filter(|lock| !owns(lock)) {
        return Err(app.refusal());
    }
    // Of one whose time is up, it is the turn of who is next, though its moment has not been heard of yet.
    if draft.facts.lock.is_some() && draft.facts.own_lock_now().is_none() {
        follow(draft);
    }
    let lock = match draft.facts.own_lock_now().cloned() {
        None => asked.clone(),
        Some(own) if owns(&own) && or_next && !own.reserved => return Err(Refusal::OwnLock),
        Some(own) if owns(&own) => {
            let (at, changed_at) = if own.reserved { (asked.at, None) } else { (own.at, Some(asked.at)) };
            Lock { id: own.id, at, changed_at, next: own.next, ..asked.clone() }
        }
        Some(others) if or_next => return want(draft, &others),
        Some(others) => return Err(others.refusal()),
    };
    draft.answer = Some(CardKey::Lock(lock.id.clone()));
    draft.said(What::Locked { lock });
    Ok(())
}

/// Asks to be next, by the card of a lock.
pub(super) fn be_next(draft: &mut Draft<'_>, wanted: &Id) -> Result<(), Refusal> {
    need(draft, Permission::Lock)?;
    let lock = draft.facts.own_lock_now().filter(|lock| lock.id == *wanted).cloned().ok_or(Refusal::NotLocked)?;
    want(draft, &lock)
}

fn want(draft: &mut Draft<'_>, lock: &Lock) -> Result<(), Refusal> {
    let Some(who) = actor(draft).map(|actor| actor.who.clone()) else { return Err(lock.refusal()) };
    let Some(owner) = lock.owner.clone() else { return Err(lock.refusal()) };
    draft.answer = Some(CardKey::Lock(lock.id.clone()));
    if owner.is(&who) {
        return Err(Refusal::OwnLock);
    }
    if lock.next.iter().any(|next| next.is(&who)) {
        return Ok(());
    }
    if lock.next.len() >= MOST_NEXT {
        return Err(Refusal::LockQueueFull { owner: owner.name, count: lock.next.len() });
    }
    draft.said(What::LockWanted { lock: lock.id.clone() });
    draft.say(CardKey::Lock(lock.id.clone()), Channel::Deployments, vec![Call::Person(owner)]);
    Ok(())
}

/// Whether the actor is kept from starting anything here.
pub(super) fn locked(draft: &Draft<'_>) -> Result<(), Refusal> {
    let own =
        |lock: &&Lock| lock.owner.as_ref().is_some_and(|owner| actor(draft).is_some_and(|actor| actor.who.is(owner)));
    match draft.facts.locks_now().into_iter().find(|lock| !own(lock)) {
        Some(lock) => Err(lock.refusal()),
        None => Ok(()),
    }
}

pub(super) fn unlock(draft: &mut Draft<'_>, wanted: Option<&Id>) -> Result<(), Refusal> {
    let Some(lock) = draft.facts.own_lock_now().filter(|lock| wanted.is_none_or(|id| *id == lock.id)).cloned() else {
        let app = draft.facts.app_lock_now().filter(|_| wanted.is_none());
        return Err(app.map_or(Refusal::NotLocked, |lock| Refusal::WholeAppLocked {
            owner: lock.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default(),
        }));
    };
    let own = lock.owner.as_ref().is_some_and(|owner| actor(draft).is_some_and(|actor| actor.who.is(owner)));
    if !own && need(draft, Permission::Lock).is_err() {
        return Err(Refusal::LockedByAnother { owner: lock.owner.map(|owner| owner.name) });
    }
    let lifted = lift(draft, &lock);
    if let Some(stuck) = draft.environment.stuck.clone() {
        draft.said(What::Unstuck { deployment: stuck.id });
        look_again(draft);
    }
    draft.answer = Some(CardKey::Lock(lock.id.clone()));
    draft.said(lifted);
    tell(draft, &lock, own);
    Ok(())
}

/// Tells those whom the end of a lock concerns: who is next, and its owner where another has ended it.
fn tell(draft: &mut Draft<'_>, ended: &Lock, by_its_owner: bool) {
    if ended.owner.is_none() {
        return;
    }
    // What comes after a person's lock is reserved for the one who is next, or nobody's.
    let next = draft.facts.own_lock_now().and_then(|lock| lock.owner.clone());
    let owner = ended.owner.clone().filter(|_| !by_its_owner);
    let call: Vec<Call> = next.into_iter().chain(owner).map(Call::Person).collect();
    if !call.is_empty() {
        draft.say(CardKey::Lock(ended.id.clone()), Channel::Deployments, call);
    }
}

/// What lifting Shipgate's own lock is written down as; none where it holds none.
pub(super) fn lift_own(draft: &Draft<'_>) -> Option<What> {
    draft.facts.lock.as_ref().filter(|lock| lock.owner.is_none()).map(|lock| lift(draft, lock))
}

/// What lifting a lock is written down as: that nobody holds the environment, that a person does again, or that it is
/// reserved for the one who is next.
fn lift(draft: &Draft<'_>, lock: &Lock) -> What {
    let under = lock.over.as_deref().filter(|under| under.holds(draft.now())).cloned();
    match under.or_else(|| lock.handed_on(draft.now())) {
        Some(lock) => What::Locked { lock },
        None => What::Unlocked,
    }
}

/// What the clock makes of it: its owner is reminded, its time is up.
pub(super) fn follow(draft: &mut Draft<'_>) {
    let Some(lock) = draft.facts.lock.clone() else { return };
    let Some(owner) = lock.owner.clone() else { return };
    if !lock.holds(draft.now()) {
        let lifted = lift(draft, &lock);
        draft.noted(lifted);
        tell(draft, &lock, false);
    } else if lock.reminds_at().is_some_and(|at| draft.now() >= at) {
        draft.noted(What::LockReminded { lock: lock.id.clone() });
        draft.say(CardKey::Lock(lock.id), Channel::Deployments, vec![Call::Person(owner)]);
    }
}
