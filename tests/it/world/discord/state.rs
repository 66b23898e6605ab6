//! Everything the fake knows, behind one lock. Whoever changes it rings ([`super::FakeDiscord::ring`]).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shipgate::clock::{Moment, SharedClock, Span};

use super::faults::Script;
use super::gateway::session::Sessions;
use super::guild::Guild;
use super::interaction::Interaction;
use super::message::{HAS_THREAD, Message};
use super::wire::{snowflake, text};

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Without `/api/v10`, with the query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// Status and body; none while it is open, or if none ever came.
    pub(crate) answer: Option<(u16, Option<Value>)>,
    /// Not the fake's own answer.
    pub(crate) scripted: bool,
    pub(crate) at: Moment,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: SharedClock,
    /// Where REST and the gateway are.
    pub(super) url: String,
    pub(super) gateway_url: String,
    pub(super) guild: Guild,
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) commands: Vec<Value>,
    pub(super) interactions: BTreeMap<u64, Interaction>,
    /// Edits of messages older than an hour: channel and moment.
    pub(super) old_edits: Vec<(u64, Moment)>,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script,
    pub(super) sessions: Sessions,
    /// Where interactions are posted to, and the key they are signed with; over the gateway if none.
    pub(super) endpoint: Option<(String, ed25519_dalek::SigningKey)>,
    /// The last that was posted there.
    pub(super) posted: Option<Value>,
    /// What the buttons say that people have pressed.
    pub(super) pressed: Vec<String>,
    /// How long interactions are on their way, and how far Discord's clock is behind ours, where their ids are made.
    pub(super) late: Span,
    pub(super) behind: Span,
    /// Exchanges without an answer, and whether they will never have one.
    pub(super) open: BTreeMap<u64, bool>,
    made: u64,
}

impl State {
    pub(super) fn new(clock: SharedClock, url: String, gateway_url: String) -> Self {
        let guild = Guild::new(clock.now());
        Self {
            clock,
            url,
            gateway_url,
            guild,
            messages: BTreeMap::new(),
            commands: Vec::new(),
            interactions: BTreeMap::new(),
            old_edits: Vec::new(),
            exchanges: Vec::new(),
            violations: Vec::new(),
            script: Script::default(),
            sessions: Sessions::default(),
            endpoint: None,
            posted: None,
            pressed: Vec::new(),
            late: Span(0),
            behind: Span(0),
            open: BTreeMap::new(),
            made: 0,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// A fresh id.
    pub(super) fn id(&mut self) -> u64 {
        self.made += 1;
        snowflake(self.now(), self.made)
    }

    /// The id of an interaction that is sent now.
    pub(super) fn interaction_id(&mut self) -> u64 {
        self.made += 1;
        snowflake(Moment(self.now().0 - self.behind.0), self.made)
    }

    /// A message that is there.
    pub(super) fn message(&self, id: u64) -> Option<&Message> {
        self.messages.get(&id).filter(|message| !message.deleted)
    }

    /// A message as it was last, also if it is deleted.
    pub(super) fn message_json(&self, id: u64) -> Value {
        let message = &self.messages[&id];
        let mut json = message.json(&self.guild);
        if self.guild.channel(id).is_some() {
            json["thread"] = self.guild.channel_json(id, self.now());
            json["flags"] = json!(message.flags | HAS_THREAD);
        }
        if let Some(to) = message.reply_to {
            json["referenced_message"] = self.message(to).map_or(Value::Null, |to| to.json(&self.guild));
        }
        let asked = message.interaction.and_then(|id| self.interactions.get(&id));
        if let Some(asked) = asked {
            let mut metadata = json!({
                "id": text(asked.id), "type": asked.asking as u8, "user": self.guild.user_json(asked.person),
                "authorizing_integration_owners": {"0": text(super::guild::GUILD)},
            });
            match (asked.asking, asked.source) {
                (super::interaction::Asking::Command, _) => {}
                (super::interaction::Asking::Component, Some(source)) => {
                    metadata["interacted_message_id"] = json!(text(source));
                }
                // The description wants the whole of what the modal came from; nobody reads it.
                _ => return json,
            }
            json["interaction_metadata"] = metadata;
        }
        json
    }

    /// The messages of a channel that everybody there sees, oldest first.
    pub(super) fn listed(&self, channel: u64) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.values().filter(move |one| one.channel == channel && !one.deleted && !one.ephemeral())
    }

    /// A channel or thread by name or by its number.
    #[track_caller]
    pub(super) fn place(&self, place: &super::Place) -> u64 {
        match place {
            super::Place::Id(id) => *id,
            super::Place::Name(name) => {
                let names = || self.guild.channels.iter().map(|channel| &channel.name).collect::<Vec<_>>();
                let found = self.guild.channels.iter().find(|channel| channel.name == *name);
                found.unwrap_or_else(|| panic!("no channel or thread is called `{name}`: {:?}", names())).id
            }
        }
    }
}
