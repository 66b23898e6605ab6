//! Holding an environment or a whole app, wanting it next, and letting go. Who may and what follows is the core's to say.

use super::{Place, Service, fresh, out_of_order};
use crate::command::ALL;
use crate::domain::{Actor, CardKey, Event, Id, Lock, Span};
use crate::store::{StoreTrouble, StoredLock};
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

    pub(super) async fn lock(&self, actor: Actor, place: Place<'_>, holding: Holding<'_>) -> Result<Answer, No> {
        let at = self.now();
        let lock = Lock {
            id: fresh(),
            owner: Some(actor.who.clone()),
            reason: holding.reason.to_owned(),
            at,
            expires_at: holding.lasting.map(|span| at.plus(span)),
            ..Lock::default()
        };
        let who = actor.who.clone();
        let event = Event::LockAsked { lock, or_next: holding.or_next };
        let view = self.of_lock(actor, place, event).await?;
        let next = !view.lock.owner.as_ref().is_some_and(|owner| owner.is(&who));
        Ok(Answer::Lock { view: Box::new(view), next })
    }

    /// Asks to be next, by the card of a lock.
    pub(super) async fn be_next(&self, actor: Actor, id: &Id) -> Result<Answer, No> {
        let stored = self.known_lock(id).await?;
        let place = Place { app: &stored.app, environment: &stored.environment };
        let view = self.of_lock(actor, place, Event::NextAsked { lock: id.clone() }).await?;
        Ok(Answer::Lock { view: Box::new(view), next: true })
    }

    /// Lifts a lock by its card.
    pub(super) async fn lift(&self, actor: Actor, id: &Id) -> Result<Answer, No> {
        let stored = self.known_lock(id).await?;
        let place = Place { app: &stored.app, environment: &stored.environment };
        self.unlock(actor, place, Some(id)).await
    }

    pub(super) async fn unlock(&self, actor: Actor, place: Place<'_>, lock: Option<&Id>) -> Result<Answer, No> {
        self.ask(actor, place, Event::UnlockAsked { lock: lock.cloned() }).await?;
        let stored = self.0.store.environment(place.app, place.environment).await.map_err(|t| out_of_order(&t))?;
        let again = stored.lock.filter(|lock| lock.holds(self.now()));
        let name = if place.environment.is_empty() { place.app } else { place.environment };
        Ok(Answer::Done(view::unlocked(name, again.as_ref())))
    }

    async fn of_lock(&self, actor: Actor, place: Place<'_>, event: Event) -> Result<LockView, No> {
        let Some(CardKey::Lock(id)) = self.ask(actor, place, event).await? else { return Err(No::new("try_again")) };
        let view = self.lock_view(&id).await.map_err(|t| out_of_order(&t))?;
        view.ok_or_else(|| No::new("try_again"))
    }

    async fn known_lock(&self, id: &Id) -> Result<StoredLock, No> {
        let stored = self.0.store.lock(id).await.map_err(|t| out_of_order(&t))?;
        stored.ok_or_else(|| No::new("not_locked"))
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
