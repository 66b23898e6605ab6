//! Holding an environment or a whole app, wanting it next, and letting go. Who may and what follows is the core's to say.

use super::{Asker, Place, Service, fresh, out_of_order};
use crate::command::ALL;
use crate::domain::{CardKey, Event, Id, Lock, Span, Who};
use crate::store::{Deed, StoreTrouble, StoredLock};
use crate::view::{self, Answer, LockView, No};

/// A lock as it was asked for.
pub(super) struct Holding<'c> {
    pub(super) reason: &'c str,
    pub(super) lasting: Option<Span>,
    pub(super) or_next: bool,
}

impl Service {
    /// Where a lock goes: an environment, or the house of a whole app.
    pub(super) fn held_place(&self, app: Option<&str>, environment: &str) -> Result<Place<'_>, No> {
        if environment == ALL {
            return Ok(Place { app: &self.app_named(app)?.name, environment: "" });
        }
        self.place(app, environment)
    }

    pub(super) async fn lock(&self, by: Asker, place: Place<'_>, holding: Holding<'_>) -> Result<Option<Deed>, No> {
        let at = self.now();
        let lock = Lock {
            id: fresh(),
            owner: Some(by.actor.who.clone()),
            reason: holding.reason.to_owned(),
            at,
            expires_at: holding.lasting.map(|span| at.plus(span)),
            ..Lock::default()
        };
        self.ask(by, place, Event::LockAsked { lock, or_next: holding.or_next }).await
    }

    /// Something that is asked for by the card of a lock.
    pub(super) async fn of_lock(&self, by: Asker, id: &Id, event: Event) -> Result<Option<Deed>, No> {
        let stored = self.0.store.lock(id).await.map_err(|t| out_of_order(&t))?;
        let stored = stored.ok_or_else(|| No::new("not_locked"))?;
        self.ask(by, Place { app: &stored.app, environment: &stored.environment }, event).await
    }

    /// What is said to who holds it now, or waits for it.
    pub(super) async fn locked(&self, deed: &Deed, who: &Who) -> Result<Answer, No> {
        let Some(CardKey::Lock(id)) = &deed.card else { return Err(No::new("try_again")) };
        let view = self.lock_view(id).await.map_err(|t| out_of_order(&t))?.ok_or_else(|| No::new("try_again"))?;
        let waits_behind = view.lock.next.iter().position(|next| next.is(who));
        Ok(Answer::Lock { waits_behind, view: Box::new(view) })
    }

    /// What is said to who let go, by the lock's card.
    pub(super) async fn lifted(&self, id: &Id) -> Result<Answer, No> {
        let stored = self.0.store.lock(id).await.map_err(|t| out_of_order(&t))?;
        let stored = stored.ok_or_else(|| No::new("not_locked"))?;
        self.unlocked(Place { app: &stored.app, environment: &stored.environment }).await
    }

    /// What is said to who let go: who holds it still, or again.
    pub(super) async fn unlocked(&self, place: Place<'_>) -> Result<Answer, No> {
        let stored = self.0.store.environment(place.app, place.environment).await.map_err(|t| out_of_order(&t))?;
        let name = if place.environment.is_empty() { place.app } else { place.environment };
        Ok(Answer::Done(view::unlocked(name, stored.lock.as_ref())))
    }

    /// A lock with what its card shows; none if there is no such lock.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn lock_view(&self, id: &Id) -> Result<Option<LockView>, StoreTrouble> {
        let Some(StoredLock { app, environment, lock, ended_at, ended_by }) = self.0.store.lock(id).await? else {
            return Ok(None);
        };
        let (time_zone, now) = (self.zone_of(&app, &environment), self.now());
        Ok(Some(LockView { app, environment, lock, ended_at, ended_by, time_zone, now }))
    }
}
