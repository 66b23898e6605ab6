//! The queries: what the store holds, made into views.

use futures::future::BoxFuture;

use super::{Place, Service, out_of_order};
use crate::config;
use crate::domain::{
    Deployment, Entry, Environment, Evidence, Facts, Id, Moment, Note, Outcome, Release, Smoke, goes_back_to, survey,
    waits_for_people,
};
use crate::store::{PendingTrouble, StoreTrouble, StoredDeployment, StoredEnvironment};
use crate::view::{Answer, AppView, DeploymentStory, DeploymentView, EnvironmentView, HistoryLine, No};

/// How many deployments a history shows.
const HISTORY: u32 = 20;

/// How many of several apps, each of which names its app.
const HISTORY_OF_ALL: usize = 15;

/// How much evidence of the environment before is looked through for a soak.
const EVIDENCE: u32 = 100;

/// How many ledger entries of a deployment the API shows at once.
const ENTRIES: usize = 200;

/// How many releases the API lists.
const RELEASES: u32 = 100;

impl Service {
    /// A deployment with all that its card shows; none if there is no such deployment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn view(&self, id: &Id) -> Result<Option<DeploymentView>, StoreTrouble> {
        match Box::pin(self.0.store.deployment(id)).await? {
            Some(stored) => Ok(Some(Box::pin(self.view_of(stored)).await?)),
            None => Ok(None),
        }
    }

    /// A deployment without what its card shows besides; none if there is no such deployment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn deployment(&self, id: &Id) -> Result<Option<Deployment>, StoreTrouble> {
        self.0.store.deployment_alone(id).await
    }

    /// The environment that comes after that of a deployment.
    #[must_use]
    pub fn next_environment(&self, d: &Deployment) -> Option<String> {
        self.next(Place { app: &d.app, environment: &d.environment })
    }

    /// A smoke test; none if there is no such one.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn smoke(&self, id: &Id) -> Result<Option<Smoke>, StoreTrouble> {
        Ok(self.0.store.smoke(id).await?.map(|(smoke, _)| smoke))
    }

    /// The zone in which an environment's people read times.
    #[must_use]
    pub fn zone_of(&self, app: &str, environment: &str) -> String {
        self.zone(Some(Place { app, environment }))
    }

    /// Where somebody who went back from a deployment now would end, and whether the deployment has left its environment
    /// to people; none if there is no such deployment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn way_back(&self, id: &Id) -> Result<Option<WayBack>, StoreTrouble> {
        let Some(StoredDeployment { deployment, environment, .. }) = self.0.store.deployment(id).await? else {
            return Ok(None);
        };
        let (app, held) = (&deployment.app, &environment.environment);
        let mut facts = survey_facts(self.now(), Vec::new());
        facts.evidence = self.0.store.evidence(app, &deployment.environment, EVIDENCE).await?;
        facts.quarantine = self.0.store.quarantine(app).await?;
        let is_stuck = held.needs_people().is_some_and(|stuck| stuck.id == *id);
        Ok(Some(WayBack { to: goes_back_to(&deployment, held, &facts).cloned(), is_stuck }))
    }

    pub(super) async fn known_view(&self, id: &Id) -> Result<Box<DeploymentView>, No> {
        let view = self.view(id).await.map_err(|t| out_of_order(&t))?;
        view.map(Box::new).ok_or_else(|| No::new("no_such_deployment"))
    }

    /// A deployment with its part of the ledger: the last entries, or the first after a number.
    ///
    /// # Errors
    /// There is none, or the database cannot be used.
    pub async fn story(&self, id: &Id, after: Option<u64>) -> Result<DeploymentStory, No> {
        self.story_of(*self.known_view(id).await?, after).await
    }

    /// The same of a deployment as it was looked up, be it further by now.
    ///
    /// # Errors
    /// The database cannot be used.
    pub async fn story_of(&self, view: DeploymentView, after: Option<u64>) -> Result<DeploymentStory, No> {
        let some = self.0.store.some_entries_about(&view.deployment.id, after, view.seq, ENTRIES).await;
        let (entries, has_more) = some.map_err(|t| out_of_order(&t))?;
        Ok(DeploymentStory { view, entries, has_more })
    }

    /// The same with what the ledger has after an entry; none if there is no such deployment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn story_after(&self, id: &Id, seq: u64) -> Result<Option<DeploymentStory>, StoreTrouble> {
        let Some(view) = self.view(id).await? else { return Ok(None) };
        let entries = self.0.store.entries_about(id, seq).await?;
        Ok(Some(DeploymentStory { view, entries, has_more: false }))
    }

    /// One ledger entry, for what is said about it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn entry(&self, app: &str, environment: &str, seq: u64) -> Result<Option<Entry>, StoreTrouble> {
        self.0.store.entry(app, environment, seq).await
    }

    /// An environment.
    ///
    /// # Errors
    /// There is none in the config, or the database cannot be used.
    pub async fn environment(&self, app: &str, environment: &str) -> Result<EnvironmentView, No> {
        let place = self.place(Some(app), environment)?;
        Box::pin(self.environment_view(place)).await.map_err(|t| out_of_order(&t))
    }

    /// An app.
    ///
    /// # Errors
    /// There is none in the config, or the database cannot be used.
    pub async fn app(&self, name: &str) -> Result<AppView, No> {
        let app = self.app_named(Some(name))?;
        let mut view = AppView {
            name: app.name.clone(),
            environments: Vec::new(),
            releases: self.0.store.releases(&app.name, RELEASES).await.map_err(|t| out_of_order(&t))?,
        };
        for environment in &app.environments {
            let place = Place { app: &app.name, environment: &environment.name };
            view.environments.push(Box::pin(self.environment_view(place)).await.map_err(|t| out_of_order(&t))?);
        }
        Ok(view)
    }

    /// Whether nothing goes on by itself any more; and whether somebody is awaited.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn rests(&self) -> Result<Rest, StoreTrouble> {
        let (mut awaited, mut busy) = (false, false);
        for app in &self.0.config.apps {
            for environment in &app.environments {
                let stored = self.0.store.environment(&app.name, &environment.name).await?;
                busy |= stored.environment.smoke.is_some();
                if let Some(d) = &stored.environment.current {
                    let waits = waits_for_people(d, &stored.lock.iter().collect::<Vec<_>>(), stored.halt.as_ref());
                    awaited |= waits;
                    busy |= !waits;
                }
            }
        }
        Ok(match (busy, awaited) {
            (true, _) => Rest::Busy,
            (false, true) => Rest::Awaits,
            (false, false) => Rest::Done,
        })
    }

    pub(super) async fn status(&self, app: Option<&str>) -> Result<Answer, No> {
        let mut views = Vec::new();
        for place in self.places(app, None)? {
            views.push(Box::pin(self.environment_view(place)).await.map_err(|t| out_of_order(&t))?);
        }
        Ok(Answer::Status(views))
    }

    pub(super) async fn history(&self, app: Option<&str>, environment: Option<&str>) -> Result<Answer, No> {
        let places = self.places(app, environment)?;
        let mut apps: Vec<String> = places.iter().map(|place| place.app.to_owned()).collect();
        apps.dedup();
        let mut past = Vec::new();
        for app in &apps {
            past.extend(self.0.store.history(app, environment, HISTORY, None).await.map_err(|t| out_of_order(&t))?);
        }
        past.sort_by(|one, other| other.requested_at.cmp(&one.requested_at).then_with(|| other.id.cmp(&one.id)));
        past.truncate(if apps.len() > 1 { HISTORY_OF_ALL } else { HISTORY as usize });
        let line = |deployment: Deployment| {
            let time_zone = self.zone_of(&deployment.app, &deployment.environment);
            HistoryLine { deployment, time_zone }
        };
        let lines = past.into_iter().map(line).collect();
        Ok(Answer::History { apps, environment: environment.map(str::to_owned), lines, now: self.now() })
    }

    pub(super) fn before(&self, place: Place<'_>) -> Option<&str> {
        let app = self.0.config.app(place.app)?;
        app.before(place.environment).map(|before| before.name.as_str())
    }

    pub(super) fn configured(&self, place: Place<'_>) -> Option<&config::Environment> {
        self.0.config.environment(place.app, place.environment)
    }

    fn zone(&self, place: Option<Place<'_>>) -> String {
        let own = place.and_then(|place| self.configured(place)).map(|e| e.policy.time_zone.clone());
        own.unwrap_or_else(|| self.0.config.time_zone.clone())
    }

    /// Boxed: what an environment holds would be part of every caller's future.
    pub(super) fn environment_view<'s>(
        &'s self,
        place: Place<'s>,
    ) -> BoxFuture<'s, Result<EnvironmentView, StoreTrouble>> {
        Box::pin(self.look_at(place))
    }

    async fn look_at(&self, place: Place<'_>) -> Result<EnvironmentView, StoreTrouble> {
        let stored = self.0.store.environment(place.app, place.environment).await?;
        let current = self.held(stored.environment.current.as_ref()).await?;
        let queued = self.held(stored.environment.queued.as_ref()).await?;
        let running = stored.environment.running.clone();
        let since = match &running {
            Some(running) => Box::pin(self.released_at(place, &running.digest)).await?,
            None => None,
        };
        let now = self.now();
        Ok(EnvironmentView {
            app: place.app.to_owned(),
            name: place.environment.to_owned(),
            url: self.configured(place).and_then(|e| e.policy.url.clone()),
            looked_at: stored.environment.looked_at,
            running,
            since,
            current,
            queued,
            stuck: stored.environment.needs_people().cloned(),
            lock: stored.lock.clone().filter(|lock| lock.holds(now)),
            halt: stored.halt.clone(),
            troubles: notes(&stored, |trouble| trouble.owner.is_none()),
            time_zone: self.zone(Some(place)),
            now,
        })
    }

    async fn held(&self, deployment: Option<&Deployment>) -> Result<Option<DeploymentView>, StoreTrouble> {
        match deployment {
            Some(deployment) => Box::pin(self.view(&deployment.id)).await,
            None => Ok(None),
        }
    }

    async fn released_at(&self, place: Place<'_>, digest: &str) -> Result<Option<Moment>, StoreTrouble> {
        let evidence = self.0.store.evidence(place.app, place.environment, EVIDENCE).await?;
        Ok(evidence.iter().find(|e| !e.found && e.release.digest == digest).map(|e| e.at))
    }

    pub(super) async fn view_of(&self, stored: StoredDeployment) -> Result<DeploymentView, StoreTrouble> {
        let StoredDeployment { deployment, environment, machines } = stored;
        let place = Place { app: &deployment.app, environment: &deployment.environment };
        let now = self.now();
        let evidence_before = match self.before(place) {
            Some(before) => self.0.store.evidence(place.app, before, EVIDENCE).await?,
            None => Vec::new(),
        };
        let mut facts = survey_facts(now, evidence_before);
        if !deployment.has_touched() || deployment.outcome == Some(Outcome::Succeeded) {
            facts.quarantine = self.0.store.quarantine(place.app).await?;
        }
        let next_environment = self.next(place);
        let next_runs_it = match &next_environment {
            Some(next) => self.runs(Place { environment: next, ..place }, &deployment.release.digest).await?,
            None => false,
        };
        let is_barred =
            deployment.outcome == Some(Outcome::Succeeded) && facts.barred(&deployment.release.digest).is_some();
        let held = &environment.environment;
        Ok(DeploymentView {
            gates: survey(&deployment, &facts),
            machines,
            troubles: notes(&environment, |trouble| trouble.owner.as_ref() == Some(&deployment.id)),
            behind: behind(held, &deployment),
            next_environment,
            next_runs_it,
            is_barred,
            unfit: facts.unfit(&deployment),
            lock: environment.lock.clone().filter(|lock| lock.holds(now)),
            halt: environment.halt.clone(),
            is_running: held.running.as_ref().is_some_and(|running| running.digest == deployment.release.digest)
                && !held.current.as_ref().is_some_and(Deployment::has_touched),
            is_stuck: held.needs_people().is_some_and(|stuck| stuck.id == deployment.id),
            repository: self.0.config.app(place.app).and_then(|app| app.repository.clone()),
            time_zone: self.zone(Some(place)),
            seq: held.seq,
            mark: environment.mark,
            now,
            deployment,
        })
    }

    async fn runs(&self, place: Place<'_>, digest: &str) -> Result<bool, StoreTrouble> {
        let stored = self.0.store.environment(place.app, place.environment).await?;
        Ok(stored.environment.running.is_some_and(|running| running.digest == digest))
    }

    pub(super) fn next(&self, place: Place<'_>) -> Option<String> {
        let app = self.0.config.app(place.app)?;
        app.after(place.environment).map(|next| next.name.clone())
    }
}

/// Where going back from a deployment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    /// The release that runs then, where that is known.
    pub to: Option<Release>,
    /// Whether only people can judge how the deployment has left its environment.
    pub is_stuck: bool,
}

/// Whether anything goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Yes.
    Busy,
    /// No: somebody's word is awaited.
    Awaits,
    /// No: every deployment is closed.
    Done,
}

/// What a survey of gates needs to know; it never asks for the rest.
fn survey_facts(now: Moment, evidence_before: Vec<Evidence>) -> Facts {
    Facts {
        now,
        actor: None,
        before: None,
        policy: None,
        releases: Vec::new(),
        evidence: Vec::new(),
        evidence_before,
        quarantine: Vec::new(),
        lock: None,
        app_lock: None,
        halt: None,
        closed: None,
    }
}

/// What goes wrong outside. What a chat refuses is no news for a card in that chat.
fn notes(stored: &StoredEnvironment, about: impl Fn(&PendingTrouble) -> bool) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for trouble in stored.troubles.iter().filter(|trouble| trouble.chat.is_none() && about(trouble)) {
        if !notes.contains(&trouble.note) {
            notes.push(trouble.note.clone());
        }
    }
    notes
}

fn behind(held: &Environment, d: &Deployment) -> Option<(Id, String)> {
    let waits = held.queued.as_ref().is_some_and(|queued| queued.id == d.id);
    held.current.as_ref().filter(|_| waits).map(|current| (current.id.clone(), current.release.version.clone()))
}
