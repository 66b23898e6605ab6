//! Everything the fake knows, behind one lock. Whoever changes it rings ([`super::FakeSlack::ring`]).

use std::collections::BTreeMap;

use serde_json::Value;
use shipgate::clock::{Moment, SharedClock};

use super::asked::Ask;
use super::faults::Script;
use super::message::{Message, Upload};
use super::socket::Sockets;
use super::workspace::Workspace;

/// What the bot is granted when the app is installed.
pub(crate) const SCOPES: [&str; 10] = [
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "usergroups:read",
    "users:read",
];

/// One call and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// `chat.update`, or `response_url`.
    pub(crate) method: String,
    pub(crate) body: Value,
    /// Status and body; none while it is open, or if none ever came.
    pub(crate) answer: Option<(u16, Value)>,
    /// Not the fake's own answer.
    pub(crate) scripted: bool,
    pub(crate) at: Moment,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) clock: SharedClock,
    /// Where the Web API and the connections are.
    pub(super) url: String,
    pub(super) socket_url: String,
    pub(super) workspace: Workspace,
    pub(super) messages: Vec<Message>,
    pub(super) asks: BTreeMap<u64, Ask>,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script,
    pub(super) sockets: Sockets,
    /// What the bot was granted.
    pub(super) scopes: Vec<&'static str>,
    /// Where what people do is posted to; over a connection if none.
    pub(super) endpoint: Option<String>,
    /// Files by their ids.
    pub(super) files: BTreeMap<String, Upload>,
    made: u64,
}

impl State {
    pub(super) fn new(clock: SharedClock, url: String, socket_url: String) -> Self {
        Self {
            clock,
            url,
            socket_url,
            workspace: Workspace::new(),
            messages: Vec::new(),
            asks: BTreeMap::new(),
            exchanges: Vec::new(),
            violations: Vec::new(),
            script: Script::default(),
            sockets: Sockets::default(),
            scopes: SCOPES.to_vec(),
            endpoint: None,
            files: BTreeMap::new(),
            made: 0,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// A fresh number.
    pub(super) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// The id of a message that is made now.
    pub(super) fn ts(&mut self) -> String {
        let number = self.number();
        format!("{}.{number:06}", self.now().0 / 1_000)
    }

    pub(super) fn breaks(&mut self, rule: String) {
        self.violations.push(rule);
    }

    /// Somebody sees something that only they see: the answer to what they did last, and were not answered.
    pub(super) fn shows(&mut self, user: &str, ts: &str) {
        let now = self.now();
        let waiting = self.asks.values_mut().rev().find(|ask| ask.person == user && ask.waits(now));
        if let Some(ask) = waiting {
            ask.said.push(ts.to_owned());
        }
    }
}
