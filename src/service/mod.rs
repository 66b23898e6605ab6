//! What people and machines ask of Shipgate, and the one way in which an environment changes.
//!
//! [`Service::handle`] turns a command into an event, [`Service::advance`] takes any event through the core and the
//! store in one commit, and the queries fill the views that cards and the API show. What an event means is the core's
//! business: there is no match on a phase here. Not here either: SQL, chats, targets, checks, words.

mod advancing;
mod answering;
mod asking;
mod bounds;
mod choices;
mod counting;
mod deciding;
mod deeds;
mod explaining;
mod halting;
mod locking;
mod planning;
mod queries;
mod resolve;
mod turns;

use std::sync::Arc;

pub use advancing::{Incoming, Outcome};
pub use choices::Wish;
pub use queries::{Rest, WayBack};
pub use turns::Turn;

use asking::Wanted;
use deciding::Said;
use locking::Holding;
use turns::Turns;

use crate::clock::SharedClock;
use crate::command::{Command, Names};
use crate::config::Config;
use crate::domain::{Actor, CardKey, Event, HOUSE, Id, Kind, Moment};
use crate::metrics::Metrics;
pub use crate::store::Keyed;
use crate::store::{Deed, Store, StoreTrouble};
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
    /// Whether the chat could not find all of that out: who is refused then for want of a group may be in it.
    pub unsure: bool,
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
    turns: Turns,
    newest: choices::Newest,
}

impl Service {
    /// The service over a store. It counts what it does.
    #[must_use]
    pub fn new(store: Store, config: Config, metrics: Metrics) -> Self {
        let (names, clock) = (resolve::names(&config), store.clock());
        let (turns, newest) = (Turns::default(), choices::Newest::default());
        Self(Arc::new(Inner { store, config, names, clock, metrics, turns, newest }))
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
        let before = match request {
            Some(request) => self.deed(request).await?,
            None => None,
        };
        let deed = match before {
            Some(deed) => deed,
            None => match self.handle_first(speaker, command, request).await? {
                Some(answer) => return Ok(answer),
                None => self.done_before(request).await?,
            },
        };
        self.answer(&deed, command, &self.actor(speaker).who).await
    }

    fn actor(&self, speaker: &Speaker) -> Actor {
        self.0.config.people.actor(&speaker.identity, &speaker.name, &speaker.also)
    }

    /// The same for who has looked whether it was carried out before; none where it was after all.
    ///
    /// # Errors
    /// A no, as above.
    pub async fn handle_first(
        &self,
        speaker: &Speaker,
        command: &Command,
        request: Option<&Keyed>,
    ) -> Result<Option<Answer>, No> {
        bounds::hold(command)?;
        let command = &bounds::reasoned(command)?;
        let actor = self.actor(speaker);
        // Boxed: callers would carry every command's future in theirs.
        let done = Box::pin(self.carry_out(Asker { actor, request: request.cloned() }, command)).await;
        done.map_err(|no| if speaker.unsure && no.is_for_want_of_a_group() { No::new("groups_unknown") } else { no })
    }

    async fn carry_out(&self, by: Asker, command: &Command) -> Result<Option<Answer>, No> {
        let answer = match command {
            Command::Status { app } => self.status(app.as_deref()).await,
            Command::Plan { environment, version, app } => {
                let place = self.place(app.as_deref(), environment)?;
                Box::pin(self.plan(&by.actor, place, version.as_deref())).await
            }
            Command::Why { environment, app } => {
                Box::pin(self.why(&by.actor, self.place(app.as_deref(), environment)?)).await
            }
            Command::History { environment, app } => self.history(app.as_deref(), environment.as_deref()).await,
            Command::Help { command } => Ok(Answer::Help(command.clone())),
            Command::Release { .. } => return self.register(&by, command).await,
            _ => {
                let who = by.actor.who.clone();
                let Some(deed) = Box::pin(self.do_it(by, command)).await? else { return Ok(None) };
                self.answer(&deed, command, &who).await
            }
        };
        answer.map(Some)
    }

    /// Takes what a command asks for through the core; none where that was done before.
    async fn do_it(&self, by: Asker, command: &Command) -> Result<Option<Deed>, No> {
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

fn fresh() -> Id {
    Id(uuid::Uuid::now_v7().to_string())
}

/// A stable word, as it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What people are told when the database cannot be used.
pub(crate) fn out_of_order(trouble: &StoreTrouble) -> No {
    tracing::error!(%trouble, "a command could not be carried out");
    match trouble {
        StoreTrouble::Busy => No::new("try_again"),
        trouble if trouble.is_open() => No::new("broke"),
        trouble => No::new("out_of_order").noting(&trouble.note()),
    }
}
