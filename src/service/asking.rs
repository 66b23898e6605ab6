//! What people ask for that changes something: a deployment, a release, and whatever else is an event of theirs.

use super::{Asker, Incoming, Outcome, Place, Service, fresh, out_of_order, resolve};
use crate::command::Command;
use crate::domain::{Event, Kind, Permission, Refusal, Release};
use crate::store::{Deed, Registered};
use crate::view::{Answer, No};

/// A deployment as it was asked for.
pub(super) struct Wanted<'c> {
    pub(super) kind: Kind,
    pub(super) version: &'c Option<String>,
    pub(super) reason: &'c Option<String>,
    pub(super) again: bool,
}

impl Service {
    pub(super) async fn request(&self, by: Asker, place: Place<'_>, wanted: Wanted<'_>) -> Result<Option<Deed>, No> {
        let Wanted { kind, version, reason, again } = wanted;
        let (version, reason) = (version.clone(), reason.clone());
        self.ask(by, place, Event::Request { id: fresh(), kind, version, reason, again }).await
    }

    pub(super) async fn register(&self, by: &Asker, command: &Command) -> Result<Option<Answer>, No> {
        let Command::Release { version, image, app, commit, notes, one_way } = command else {
            return Err(No::new("try_again"));
        };
        let app = self.app_named(app.as_deref())?.name.clone();
        let permission = Permission::Release;
        if !by.actor.may.contains(&permission) {
            return Err(No::from(&Refusal::NotPermitted { permission }));
        }
        let digest = resolve::digest(image)?;
        resolve::version(version)?;
        let release = Release {
            app,
            version: version.clone(),
            image: image.clone(),
            digest,
            commit: commit.clone(),
            notes: notes.clone(),
            one_way: *one_way,
            registered_at: self.now(),
        };
        let request = by.request.as_ref();
        match self.0.store.register_once(&release, request).await.map_err(|t| out_of_order(&t))? {
            Registered::New => Ok(Some(Answer::Registered { release, already: false })),
            Registered::Same(release) => Ok(Some(Answer::Registered { release, already: true })),
            Registered::Clash(known) => {
                let differs = if known.image == *image { "one_way" } else { "image" };
                Err(No::new("version_taken").with("version", version).with("differs", differs))
            }
            Registered::Repeated => Ok(None),
        }
    }

    /// Takes a person's event in, or says why not; none where that was done before.
    pub(super) async fn ask(&self, by: Asker, place: Place<'_>, event: Event) -> Result<Option<Deed>, No> {
        let Asker { actor, request } = by;
        let deed = Deed::of(&event, self.now());
        let incoming = Incoming {
            actor: Some(actor),
            request: request.as_ref().map(|request| (request, &deed)),
            ..Incoming::new(place.app, place.environment, event)
        };
        match self.advance(incoming).await.map_err(|t| out_of_order(&t))? {
            Outcome::Taken(done) => Ok(Some(Deed { card: done.answer, shown: done.shown, ..deed })),
            Outcome::Refused(refusal) => Err(No::from(&refusal).in_zone(self.zone_of(place.app, place.environment))),
            Outcome::Late => Err(No::new("try_again")),
            Outcome::Repeated => Ok(None),
        }
    }
}
