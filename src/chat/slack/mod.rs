//! Slack: cards as messages that are edited in place, commands, buttons and mentions, answers private to the person.
//!
//! Reading order: [`Slack`] (what the runner and the app see), `post` (cards), `edits` (how often), `thread` and
//! `files` (what is told and handed over beside them), `mark` (that each is posted once),
//! `desk` (what people do, and what they are answered) with `whom` (how answers get there), `incoming` (what Slack tells of it), `socket` and `link`, and
//! `endpoint` and `signature` (the two ways in), `workspace` and `groups` (what is known of it, and of its people),
//! `api` (the client, and what its errors mean), `check`. Pure: [`render`], `mrkdwn`, `forms`, [`manifest()`].
//!
//! Nothing here decides about a release, and nothing of a release waits for it: what cannot be posted now is posted
//! later, as it is then.
//!
//! Why no client library: the one there is acknowledges one thing after the other, behind the work, and waits without a
//! limit where Slack hangs. What is needed of Slack is a dozen methods, one signature and one loop.

mod api;
mod check;
mod desk;
mod edits;
mod endpoint;
mod files;
mod forms;
mod groups;
mod incoming;
mod link;
mod manifest;
mod mark;
mod mrkdwn;
mod post;
pub mod render;
pub mod signature;
mod socket;
mod thread;
mod whom;
mod workspace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::pace::Pace;
use super::refused::Refused;
use super::tasks::Tasks;
use super::unposted::Unposted;
use super::{Chat, ChatTrouble, Details, Finding, Memory, Message, Reply, Request};
use crate::card::{Card, Papers};
use crate::clock::SharedClock;
use crate::config::{self, Mode, People, SlackAccess};
use crate::domain::{CardKey, Moment, Note};
use crate::metrics::Metrics;
use crate::service::Service;
use crate::words::Words;
use api::Api;
use desk::Desk;
use edits::Edits;
use groups::Groups;
pub use manifest::manifest;
use mark::Doubts;
use socket::Socket;
use workspace::Workspace;

/// How much of what people do is attended to at a time, whichever way it came.
const AT_ONCE: usize = 200;

/// Slack as a chat.
pub struct Slack {
    config: config::Slack,
    locale: String,
    workspace: Arc<Workspace>,
    groups: Arc<Groups>,
    way_in: WayIn,
    clock: SharedClock,
    metrics: Metrics,
    refused: Refused,
    pace: Pace,
    edits: Mutex<Edits>,
    /// Cards that could not be posted yet.
    unposted: Mutex<Unposted>,
    /// What may have been posted without our knowing.
    doubts: Mutex<Doubts>,
    /// What people do, under way.
    tasks: Tasks,
    places: Arc<Semaphore>,
    stopping: CancellationToken,
}

/// What opens the way in.
enum WayIn {
    /// The app's token, for connections.
    Socket(SecretString),
    /// The secret that requests are signed with.
    Http(SecretString),
}

impl Slack {
    /// Slack as the config and the environment variables describe it. Nothing is reached yet.
    ///
    /// # Errors
    /// What cannot be used.
    pub fn new(
        config: config::Slack,
        locale: &str,
        access: &SlackAccess,
        clock: SharedClock,
        metrics: Metrics,
    ) -> Result<Self, Note> {
        let token = access.bot_token.clone().ok_or_else(|| Note::new("config-no-slack-token"))?;
        let way_in = match config.mode {
            Mode::Connection => {
                let token = access.app_token.clone();
                WayIn::Socket(token.ok_or_else(|| Note::new("config-no-slack-app-token"))?)
            }
            Mode::Http => {
                let secret = access.signing_secret.clone();
                WayIn::Http(secret.ok_or_else(|| Note::new("config-no-slack-secret"))?)
            }
        };
        let api = Api::new(&access.api_url, token, Arc::clone(&clock))?;
        let tasks = Tasks::default();
        let workspace = Workspace::new(api, locale, Arc::clone(&clock), &tasks);
        Ok(Self {
            config,
            locale: locale.to_owned(),
            groups: Groups::new(&workspace, &tasks),
            workspace,
            way_in,
            refused: Refused::new("slack", &clock, &metrics),
            doubts: Mutex::default(),
            clock,
            metrics,
            pace: Pace::default(),
            edits: Mutex::default(),
            unposted: Mutex::default(),
            tasks,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            stopping: CancellationToken::new(),
        })
    }

    fn desk(&self, service: &Service) -> Arc<Desk> {
        Arc::new(Desk {
            service: service.clone(),
            workspace: Arc::clone(&self.workspace),
            groups: Arc::clone(&self.groups),
            clock: Arc::clone(&self.clock),
            metrics: self.metrics.clone(),
            tasks: self.tasks.clone(),
            places: Arc::clone(&self.places),
            stopping: self.stopping.clone(),
        })
    }

    fn unposted(&self) -> MutexGuard<'_, Unposted> {
        self.unposted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doubts(&self) -> MutexGuard<'_, Doubts> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edits(&self) -> MutexGuard<'_, Edits> {
        self.edits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chat for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn speaks(&self) -> Words {
        Words::new(&self.locale).that_stay()
    }

    async fn ready_at(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        self.may_paint_at(key, memory).await
    }

    async fn show(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.pace.paints(key, self.clock.now(), post::PACE);
        self.paint(key, card, memory).await
    }

    async fn say(&self, message: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.post(message, memory).await
    }

    async fn told(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<u64>, ChatTrouble> {
        Ok(post::recall(key, memory).await?.map(|posted| posted.told))
    }

    async fn tell(&self, key: &CardKey, details: &Details, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.tell_details(key, details, memory).await
    }

    async fn wants_papers(&self, key: &CardKey, memory: &dyn Memory) -> Result<bool, ChatTrouble> {
        Ok(post::recall(key, memory).await?.is_some_and(|posted| posted.files.are_wanted()))
    }

    async fn hand_over(&self, key: &CardKey, papers: &Papers, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.hands_over(key, papers, memory).await
    }

    async fn listen(&self, service: Service, stop: CancellationToken) {
        let _over = self.tasks.guard();
        let hears = async {
            if let WayIn::Socket(token) = &self.way_in {
                let desk = self.desk(&service);
                Socket::new(token, &desk).keep_open(&stop).await;
            }
        };
        let stops = async {
            stop.cancelled().await;
            self.stopping.cancel();
        };
        futures::join!(hears, stops);
        self.tasks.end().await;
    }

    fn admits(&self, head: &Request) -> Result<usize, Reply> {
        match &self.way_in {
            WayIn::Http(_) => endpoint::admits(&self.refused, head, self.clock.now()),
            WayIn::Socket(_) => Err(Reply { status: 404, body: String::new() }),
        }
    }

    async fn receive(&self, service: &Service, request: Request) -> Option<Reply> {
        let WayIn::Http(secret) = &self.way_in else { return None };
        endpoint::receive(secret, &self.desk(service), &self.refused, &request).await
    }

    async fn check(&self, people: &People) -> Vec<Finding> {
        self.findings(people).await
    }
}
