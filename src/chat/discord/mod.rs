//! Discord: cards as bot messages that are edited in place, commands and buttons as interactions, answers private to
//! the person.
//!
//! Reading order: [`Discord`] (what the runner and the app see), `post` (cards), `thread` (what is told beside them), `lost` (what may be there already), `desk` (what
//! people do, and what they are answered), `commands` and `register` (the command tree), `gateway` and `endpoint` (the two ways in), `rest`
//! (the client, and what its errors mean), `check` (whether it can work). Pure: `render` (with `markup`, `controls`).
//!
//! Nothing here decides about a release, and nothing of a release waits for it: what cannot be posted now is posted
//! later, as it is then.
//!
//! Facts about Discord are from its documentation (`discord/discord-api-docs`) and from serenity's and poise's sources.

mod check;
mod commands;
mod controls;
mod desk;
mod endpoint;
mod forms;
mod gateway;
mod lost;
mod markup;
mod post;
mod register;
pub mod render;
mod rest;
mod thread;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;
use serenity::http::Http;
use serenity::interactions_endpoint::Verifier;
use tokio_util::sync::CancellationToken;

use super::pace::Pace;
use super::refused::Refused;
use super::tasks::Tasks;
use super::unposted::Unposted;
use super::{Chat, ChatTrouble, Details, Finding, Memory, Message, Reply, Request};
use crate::card::Card;
use crate::clock::SharedClock;
use crate::config::{self, DiscordAccess, Mode, People};
use crate::domain::{CardKey, Moment, Note};
use crate::metrics::Metrics;
use crate::service::Service;
use crate::words::Words;
use desk::Desk;

/// Discord as a chat.
pub struct Discord {
    config: config::Discord,
    locale: String,
    token: SecretString,
    api_url: Option<String>,
    /// As it is configured, for whoever checks it.
    public_key: Option<String>,
    verifier: Option<Verifier>,
    http: Arc<Http>,
    clock: SharedClock,
    metrics: Metrics,
    refused: Refused,
    /// When each card was painted last, and as what.
    pace: Pace,
    /// Cards that are refused.
    unposted: Mutex<Unposted>,
    /// Interactions under way.
    tasks: Tasks,
    completions: Arc<endpoint::Completions>,
}

impl Discord {
    /// Discord as the config and the environment variables describe it. Nothing is reached yet.
    ///
    /// # Errors
    /// What cannot be used.
    pub fn new(
        config: config::Discord,
        locale: &str,
        access: &DiscordAccess,
        clock: SharedClock,
        metrics: Metrics,
    ) -> Result<Self, Note> {
        let token = access.token.clone().ok_or_else(|| Note::new("config-no-discord-token"))?;
        let verifier = match (&access.public_key, config.mode) {
            (Some(key), Mode::Http) => Some(endpoint::verifier(key)?),
            (None, Mode::Http) => return Err(Note::new("config-no-discord-key")),
            (_, Mode::Connection) => None,
        };
        let http = Arc::new(rest::http(&token, access.api_url.as_deref()));
        Ok(Self {
            config,
            locale: locale.to_owned(),
            token,
            api_url: access.api_url.clone(),
            public_key: access.public_key.clone(),
            verifier,
            http,
            refused: Refused::new("discord", &clock, &metrics),
            clock,
            metrics,
            pace: Pace::default(),
            unposted: Mutex::default(),
            tasks: Tasks::default(),
            completions: Arc::default(),
        })
    }

    fn desk(&self, service: &Service) -> Desk {
        Desk {
            service: service.clone(),
            http: Arc::clone(&self.http),
            guild: self.config.guild,
            clock: Arc::clone(&self.clock),
            metrics: self.metrics.clone(),
            tasks: self.tasks.clone(),
            completions: Arc::clone(&self.completions),
        }
    }

    fn unposted(&self) -> MutexGuard<'_, Unposted> {
        self.unposted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Chat for Discord {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn speaks(&self) -> Words {
        desk::words(&self.locale)
    }

    async fn ready_at(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        self.ready_at(key, memory).await
    }

    async fn show(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.pace.paints(key, self.clock.now(), post::OLD_PACE);
        self.paint(key, card, memory).await
    }

    async fn say(&self, message: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.post(message, memory).await
    }

    async fn check(&self, people: &People) -> Vec<Finding> {
        self.findings(people).await
    }

    async fn told(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<u64>, ChatTrouble> {
        self.told_up_to(key, memory).await
    }

    async fn tell(&self, key: &CardKey, details: &Details, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.tell_details(key, details, memory).await
    }

    async fn listen(&self, service: Service, stop: CancellationToken) {
        let _over = self.tasks.guard();
        let desk = Arc::new(self.desk(&service));
        let registering = register::keep_trying(&desk, &stop);
        match self.config.mode {
            Mode::Connection => {
                let door = gateway::Door { token: &self.token, api_url: self.api_url.as_deref(), desk: &desk };
                futures::join!(registering, door.keep_open(&stop));
            }
            Mode::Http => futures::join!(registering, stop.cancelled()).0,
        }
        self.tasks.end().await;
    }

    async fn receive(&self, service: &Service, request: Request) -> Option<Reply> {
        let verifier = self.verifier.as_ref().filter(|_| request.path == "interactions")?;
        Some(endpoint::receive(verifier, Arc::new(self.desk(service)), &self.refused, &request).await)
    }
}
