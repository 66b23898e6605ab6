//! What people and machines ask of Shipgate, and the one way in which an environment changes.
//!
//! [`Service::handle`] turns a command into an event, [`Service::advance`] takes any event through the core and the
//! store in one commit, and the queries fill the views that cards and the API show. What an event means is the core's
//! business: there is no match on a phase here. Not here either: SQL, chats, targets, checks, words.

mod answering;
mod bounds;
mod choices;
mod counting;
mod deciding;
mod deeds;
mod halting;
mod locking;
mod planning;
mod queries;
mod resolve;

use std::sync::Arc;

pub use choices::Wish;
pub use queries::{Rest, WayBack};

use counting::Counted;
use deciding::Said;
use locking::Holding;

use crate::clock::SharedClock;
use crate::command::{Command, Names};
use crate::config::Config;
use crate::domain::{
    Actor, CardKey, Environment, Event, Facts, HOUSE, Id, Kind, Moment, Permission, Policy, Refusal, Release, step,
};
use crate::metrics::Metrics;
use crate::store::{Advance, Advanced, Claim, Deed, Keyed, Known, Registered, Store, StoreTrouble};
use crate::view::{Answer, No};

/// Who speaks, as a chat or the API has made sure of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// `terminal:ada`, `discord:user:1`, `api:ci`.
    pub identity: String,
    /// What the chat calls them.
    pub name: String,
    /// What else the chat knows of them, such as `discord:role:1`.
    pub also: Vec<String>,
}

/// The service: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    store: Store,
    config: Config,
    names: Names,
    clock: SharedClock,
    metrics: Metrics,
}

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
    /// It was taken, with what answers the person who asked.
    Taken(Option<CardKey>),
    /// It was refused.
    Refused(Refusal),
    /// The effect it is the result of is not ours any more; nothing was recorded.
    Late,
    /// The request was carried out before; nothing was recorded.
    Repeated,
}

impl Service {
    /// The service over a store. It counts what it does.
    #[must_use]
    pub fn new(store: Store, config: Config, metrics: Metrics) -> Self {
        let (names, clock) = (resolve::names(&config), store.clock());
        Self(Arc::new(Inner { store, config, names, clock, metrics }))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// The apps and environments, for reading commands.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.0.names
    }

    /// The config it works by.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it says instead.
    pub async fn ping(&self) -> Result<(), StoreTrouble> {
        self.0.store.ping().await
    }

    /// Has every environment of the config asked what runs there: it may have changed while nobody looked.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn start(&self) -> Result<(), StoreTrouble> {
        for app in &self.0.config.apps {
            for environment in &app.environments {
                self.advance(Incoming::new(&app.name, &environment.name, Event::Started)).await?;
            }
        }
        Ok(())
    }

    /// Does what a person asks for.
    ///
    /// # Errors
    /// A no, with its code: refused by the core, not understood, or the database cannot be used now.
    pub async fn handle(&self, speaker: &Speaker, command: &Command) -> Result<Answer, No> {
        self.handle_once(speaker, command, None).await
    }

    /// The same for a request that is to be carried out once: of one that was, only the answer is made again.
    ///
    /// # Errors
    /// A no, as above; or the key stands for another request.
    pub async fn handle_once(
        &self,
        speaker: &Speaker,
        command: &Command,
        request: Option<&Keyed>,
    ) -> Result<Answer, No> {
        bounds::hold(command)?;
        let actor = self.0.config.people.actor(&speaker.identity, &speaker.name, &speaker.also);
        // Boxed: callers would carry every command's future in theirs.
        Box::pin(self.carry_out(Asker { actor, request: request.cloned() }, command)).await
    }

    async fn carry_out(&self, by: Asker, command: &Command) -> Result<Answer, No> {
        match command {
            Command::Status { app } => return self.status(app.as_deref()).await,
            Command::Plan { environment, version, app } => {
                let place = self.place(app.as_deref(), environment)?;
                return Box::pin(self.plan(&by.actor, place, version.as_deref())).await;
            }
            Command::Why { environment, app } => {
                return Box::pin(self.why(self.place(app.as_deref(), environment)?)).await;
            }
            Command::History { environment, app } => {
                return self.history(app.as_deref(), environment.as_deref()).await;
            }
            Command::Help { command } => return Ok(Answer::Help(command.clone())),
            _ => {}
        }
        let before = match &by.request {
            Some(request) => self.deed(request).await?,
            None => None,
        };
        match (before, command) {
            (Some(deed), _) => self.answer(&deed, command).await,
            (None, Command::Release { .. }) => self.register(&by, command).await,
            (None, _) => self.answer(&Box::pin(self.do_it(by, command)).await?, command).await,
        }
    }

    /// Takes what a command asks for through the core.
    async fn do_it(&self, by: Asker, command: &Command) -> Result<Deed, No> {
        match command {
            Command::Deploy { environment, version, app, reason, again } => {
                let request = Wanted { kind: Kind::Deploy, version, reason, again: *again };
                self.request(by, self.place(app.as_deref(), environment)?, request).await
            }
            Command::Promote { environment, version, app, reason, again } => {
                let request = Wanted { kind: Kind::Promote, version, reason, again: *again };
                self.request(by, self.later_place(app.as_deref(), environment.as_deref())?, request).await
            }
            Command::Rollback { environment, version, app, reason } => {
                let request = Wanted { kind: Kind::Rollback, version, reason, again: false };
                self.request(by, self.place(app.as_deref(), environment)?, request).await
            }
            Command::Hotfix { environment, version, app, reason } => {
                let request = Wanted { kind: Kind::Hotfix, version, reason, again: false };
                self.request(by, self.place(app.as_deref(), environment)?, request).await
            }
            Command::Smoke { environment, app } => {
                self.ask(by, self.place(app.as_deref(), environment)?, Event::SmokeAsked { id: fresh() }).await
            }
            Command::Act { deployment, action, gate, reason, revision } => {
                let said = Said { action: *action, gate, reason, revision: *revision, lasting: None };
                self.act(by, deployment, said).await
            }
            Command::Decide { action, gate, environment, app, reason, lasting } => {
                let places = self.places(app.as_deref(), environment.as_deref())?;
                let deployment = self.awaiting(&places, *action).await?;
                let said = Said { action: *action, gate, reason, revision: None, lasting: *lasting };
                self.act(by, &deployment, said).await
            }
            Command::Lock { environment, app, reason, lasting, next } => {
                let holding = Holding { reason, lasting: *lasting, or_next: *next };
                self.lock(by, self.held_place(app.as_deref(), environment)?, holding).await
            }
            Command::Unlock { environment, app } => {
                self.ask(by, self.held_place(app.as_deref(), environment)?, Event::UnlockAsked { lock: None }).await
            }
            Command::Next { lock } => self.of_lock(by, lock, Event::NextAsked { lock: lock.clone() }).await,
            Command::Lift { lock } => self.of_lock(by, lock, Event::UnlockAsked { lock: Some(lock.clone()) }).await,
            Command::Unquarantine { version, app, reason } => {
                let event = Event::UnquarantineAsked { version: version.clone(), reason: reason.clone() };
                self.ask(by, self.first_place(app.as_deref())?, event).await
            }
            Command::Halt { reason, lasting } => self.halt(by, reason, *lasting).await,
            Command::Resume { halt } => self.resume(by, halt.as_ref()).await,
            // These change no environment.
            Command::Release { .. }
            | Command::Status { .. }
            | Command::Plan { .. }
            | Command::Why { .. }
            | Command::History { .. }
            | Command::Help { .. } => Err(No::new("try_again")),
        }
    }

    /// Has a card painted again as it is now.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn repaint(&self, card: &CardKey) -> Result<(), StoreTrouble> {
        let id = match card {
            CardKey::Deployment(id) => id,
            CardKey::Lock(id) => {
                let Some(lock) = self.0.store.lock(id).await? else { return Ok(()) };
                return self.0.store.paint((&lock.app, &lock.environment), card).await;
            }
            CardKey::Halt(_) | CardKey::Smoke(_) => return self.0.store.paint(HOUSE, card).await,
        };
        let Some(stored) = self.0.store.deployment(id).await? else { return Ok(()) };
        let d = &stored.deployment;
        self.0.store.paint((&d.app, &d.environment), card).await
    }

    async fn request(&self, by: Asker, place: Place<'_>, wanted: Wanted<'_>) -> Result<Deed, No> {
        let Wanted { kind, version, reason, again } = wanted;
        let (version, reason) = (version.clone(), reason.clone());
        self.ask(by, place, Event::Request { id: fresh(), kind, version, reason, again }).await
    }

    async fn register(&self, by: &Asker, command: &Command) -> Result<Answer, No> {
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
            Registered::New => Ok(Answer::Registered { release, already: false }),
            Registered::Same(release) => Ok(Answer::Registered { release, already: true }),
            Registered::Clash(known) => {
                Err(No::new("version_taken").with("version", version).with("image", known.image))
            }
            Registered::Repeated => self.answer(&self.done_before(request).await?, command).await,
        }
    }

    /// Takes a person's event in, or says why not.
    async fn ask(&self, by: Asker, place: Place<'_>, event: Event) -> Result<Deed, No> {
        let Asker { actor, request } = by;
        let deed = Deed::of(&event, self.now());
        let incoming = Incoming {
            actor: Some(actor),
            request: request.as_ref().map(|request| (request, &deed)),
            ..Incoming::new(place.app, place.environment, event)
        };
        match self.advance(incoming).await.map_err(|t| out_of_order(&t))? {
            Outcome::Taken(card) => Ok(Deed { card, ..deed }),
            Outcome::Refused(refusal) => Err(No::from(&refusal)),
            Outcome::Late => Err(No::new("try_again")),
            Outcome::Repeated => self.done_before(request.as_ref()).await,
        }
    }

    /// The narrow waist: everything that changes an environment goes through here, in one commit.
    ///
    /// # Errors
    /// See [`StoreTrouble`]; then nothing has happened.
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
                Ok(Outcome::Taken(done.answer))
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
struct Setting {
    now: Moment,
    actor: Option<Actor>,
    before: Option<String>,
    policy: Option<Policy>,
}

impl Setting {
    fn facts(&self, known: &Known) -> Facts {
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

/// An app and an environment, as they are called in the config.
#[derive(Clone, Copy, Debug)]
struct Place<'c> {
    app: &'c str,
    environment: &'c str,
}

/// Who asks, and whether it is to be carried out once.
struct Asker {
    actor: Actor,
    request: Option<Keyed>,
}

struct Wanted<'c> {
    kind: Kind,
    version: &'c Option<String>,
    reason: &'c Option<String>,
    again: bool,
}

fn fresh() -> Id {
    Id(uuid::Uuid::now_v7().to_string())
}

/// A stable word, as it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What people are told when the database cannot be used.
fn out_of_order(trouble: &StoreTrouble) -> No {
    tracing::error!(%trouble, "a command could not be carried out");
    if trouble.is_passing() { No::new("try_again") } else { No::new("out_of_order").noting(&trouble.note()) }
}
