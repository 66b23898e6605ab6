//! Stopping everything, and letting it go on. What a halt means for each environment is the core's to say.

use super::{Asker, Place, Service, fresh, out_of_order};
use crate::domain::{CardKey, Event, HOUSE, Halt, Id, Span};
use crate::store::{Deed, StoreTrouble};
use crate::view::{Answer, HaltView, No};

impl Service {
    pub(super) async fn halt(&self, by: Asker, reason: &str, lasting: Option<Span>) -> Result<Option<Deed>, No> {
        let at = self.now();
        let (owner, expires_at) = (by.actor.who.clone(), lasting.map(|span| at.plus(span)));
        let (changed_at, reminded_at, lifted_at, lifted_by) = (None, None, None, None);
        let reason = reason.to_owned();
        let halt = Halt { id: fresh(), owner, reason, at, changed_at, expires_at, reminded_at, lifted_at, lifted_by };
        self.in_the_house(by, Event::HaltAsked { halt }).await
    }

    pub(super) async fn resume(&self, by: Asker, halt: Option<&Id>) -> Result<Option<Deed>, No> {
        self.in_the_house(by, Event::ResumeAsked { halt: halt.cloned() }).await
    }

    async fn in_the_house(&self, by: Asker, event: Event) -> Result<Option<Deed>, No> {
        let (app, environment) = HOUSE;
        self.ask(by, Place { app, environment }, event).await
    }

    pub(super) async fn halted(&self, deed: &Deed) -> Result<Answer, No> {
        let Some(CardKey::Halt(id)) = &deed.card else { return Err(No::new("try_again")) };
        let view = self.halt_view(id).await.map_err(|t| out_of_order(&t))?;
        Ok(Answer::Halt(Box::new(view.ok_or_else(|| No::new("try_again"))?)))
    }

    /// A halt with what its card shows; none if there is no such halt.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn halt_view(&self, id: &Id) -> Result<Option<HaltView>, StoreTrouble> {
        let Some(halt) = self.0.store.halt(id).await? else { return Ok(None) };
        let mut held = Vec::new();
        for d in self.0.store.open_deployments().await? {
            if halt.holds_up(&d) {
                held.push((d.app, d.release.version, d.environment));
            }
        }
        let is_halted_again = self.0.store.halted().await?.is_some_and(|holds| holds.id != halt.id);
        let (time_zone, now) = (self.0.config.time_zone.clone(), self.now());
        Ok(Some(HaltView { halt, held, is_halted_again, time_zone, now }))
    }
}
