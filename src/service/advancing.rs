//! The narrow waist: how any event goes through the core and the store, in one commit.

use super::Service;
use super::counting::Counted;
use crate::domain::{Actor, Environment, Event, Facts, Id, Moment, Policy, Refusal, step};
use crate::store::{Advance, Advanced, Claim, Deed, Done, Keyed, Known, StoreTrouble};

/// An event on its way into an environment.
pub struct Incoming<'e> {
    /// The app.
    pub app: &'e str,
    /// The environment.
    pub environment: &'e str,
    /// Who acts, where a person or a token does.
    pub actor: Option<Actor>,
    /// What happened.
    pub event: Event,
    /// The effect that this is the result of: finishing it and recording the result are one commit.
    pub acknowledged: Option<&'e Claim>,
    /// The request that asks for it, where it is to be carried out once, and what it would do.
    pub request: Option<(&'e Keyed, &'e Deed)>,
}

impl<'e> Incoming<'e> {
    /// An event of the world or of the clock.
    #[must_use]
    pub const fn new(app: &'e str, environment: &'e str, event: Event) -> Self {
        Self { app, environment, actor: None, event, acknowledged: None, request: None }
    }
}

/// What became of an event.
#[derive(Debug)]
pub enum Outcome {
    /// It was taken: what was committed.
    Taken(Box<Done>),
    /// It was refused.
    Refused(Refusal),
    /// The effect it is the result of is not ours any more; nothing was recorded.
    Late,
    /// The request was carried out before; nothing was recorded.
    Repeated,
}

impl Service {
    /// The narrow waist: everything that changes an environment goes through here, in one commit.
    ///
    /// # Errors
    /// See [`StoreTrouble`]; then nothing has happened, unless it [is open](StoreTrouble::is_open).
    pub async fn advance(&self, incoming: Incoming<'_>) -> Result<Outcome, StoreTrouble> {
        let Incoming { app, environment, actor, event, acknowledged, request } = incoming;
        let configured = self.0.config.app(app);
        let before = configured.and_then(|app| app.before(environment)).map(|before| before.name.clone());
        let policy = configured.and_then(|app| app.environment(environment)).map(|e| e.policy.clone());
        let Named { version, digests, deployment } = named(&event);
        let advance = Advance {
            app,
            environment,
            before: before.as_deref(),
            version,
            digests: &digests,
            deployment,
            acknowledge: acknowledged,
            request,
        };
        let setting = Setting { now: self.now(), actor, before: before.clone(), policy };
        let mut counted = Counted::default();
        let decide = |environment: &Environment, known: &Known| {
            let step = step(environment, &event, &setting.facts(known))?;
            counted = Counted::of(environment, &step);
            Ok(step)
        };
        match Box::pin(self.0.store.advance(&advance, decide)).await? {
            Advanced::Done(done) => {
                counted.count(&self.0.metrics);
                Ok(Outcome::Taken(done))
            }
            Advanced::Refused(refusal) => Ok(Outcome::Refused(refusal)),
            Advanced::LostClaim => Ok(Outcome::Late),
            Advanced::Repeated => Ok(Outcome::Repeated),
        }
    }
}

/// What an event names and the core must find among the facts, however old it is.
struct Named<'e> {
    version: Option<&'e str>,
    digests: Vec<String>,
    deployment: Option<&'e Id>,
}

fn named(event: &Event) -> Named<'_> {
    let mut named = Named { version: None, digests: Vec::new(), deployment: None };
    match event {
        Event::Request { version, .. } => named.version = version.as_deref(),
        Event::UnquarantineAsked { version, .. } => named.version = Some(version),
        Event::Looked { found, .. } => named.digests = found.machines.iter().map(|m| m.digest.clone()).collect(),
        Event::Act { deployment, .. } => named.deployment = Some(deployment),
        _ => {}
    }
    named
}

/// The part of the facts that does not come from the store.
pub(super) struct Setting {
    pub(super) now: Moment,
    pub(super) actor: Option<Actor>,
    pub(super) before: Option<String>,
    pub(super) policy: Option<Policy>,
}

impl Setting {
    pub(super) fn facts(&self, known: &Known) -> Facts {
        let Known { releases, evidence, evidence_before, quarantine, lock, app_lock, halt, closed } = known.clone();
        Facts {
            now: self.now,
            actor: self.actor.clone(),
            before: self.before.clone(),
            policy: self.policy.clone(),
            releases,
            evidence,
            evidence_before,
            quarantine,
            lock,
            app_lock,
            halt,
            closed,
        }
    }
}
