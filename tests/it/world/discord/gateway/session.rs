//! What the gateway remembers of its connections: who is identified, what was sent, what a resumption repeats.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shipgate::clock::Moment;
use tokio::sync::mpsc::UnboundedSender;

/// What the other side of a connection is told to do.
#[derive(Clone, Debug)]
pub(in super::super) enum Order {
    Send(Value),
    Close(u16),
    /// Without a word.
    Drop,
}

#[derive(Debug)]
pub(in super::super) struct Session {
    /// Every event, in order; its number is its place plus one.
    pub(super) events: Vec<Value>,
    /// The connection that has it now.
    pub(super) connection: Option<u64>,
}

/// All of them. A session outlives its connection, unless it is ended.
#[derive(Debug)]
pub(in super::super) struct Sessions {
    pub(in super::super) sessions: BTreeMap<String, Session>,
    pub(super) connections: BTreeMap<u64, UnboundedSender<Order>>,
    pub(super) made: u64,
    pub(in super::super) interval: u64,
    /// Heartbeats are not acknowledged.
    pub(in super::super) deaf: bool,
    /// New connections are dropped at once.
    pub(in super::super) refuses: bool,
    pub(in super::super) told: Counts,
    /// How new connections end right after their `IDENTIFY`.
    pub(in super::super) refuses_with: Option<u16>,
    pub(super) sends: Vec<(u64, Moment)>,
}

/// What has happened at the gateway so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) connections: usize,
    pub(crate) identifies: usize,
    pub(crate) resumes: usize,
    pub(crate) heartbeats: usize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            connections: BTreeMap::new(),
            made: 0,
            interval: 41_250,
            deaf: false,
            refuses: false,
            told: Counts::default(),
            refuses_with: None,
            sends: Vec::new(),
        }
    }
}

impl Sessions {
    pub(in super::super) fn identifies(&self) -> usize {
        self.told.identifies
    }

    /// How many connections have a session.
    pub(in super::super) fn ready(&self) -> usize {
        self.sessions.values().filter(|session| session.connection.is_some()).count()
    }

    /// An event for everybody who is there, or who will resume.
    pub(in super::super) fn dispatch(&mut self, event: &str, data: &Value) {
        for session in self.sessions.values_mut() {
            let payload = json!({"op": 0, "s": session.events.len() + 1, "t": event, "d": data});
            session.events.push(payload.clone());
            let to = session.connection.and_then(|connection| self.connections.get(&connection));
            if let Some(to) = to {
                let _ = to.send(Order::Send(payload));
            }
        }
    }

    /// The same order for every connection.
    pub(in super::super) fn order(&self, order: &Order) {
        for connection in self.connections.values() {
            let _ = connection.send(order.clone());
        }
    }

    /// What was sent in a session after a number; none if it is no more.
    pub(super) fn resume(&mut self, id: &str, after: u64, connection: u64) -> Option<Vec<Value>> {
        let session = self.sessions.get_mut(id)?;
        let after = usize::try_from(after).ok().filter(|after| *after <= session.events.len())?;
        session.connection = Some(connection);
        Some(session.events[after..].to_vec())
    }

    /// A connection is gone; its session stays unless it was ended.
    pub(super) fn gone(&mut self, connection: u64, ended: bool) {
        self.connections.remove(&connection);
        if ended {
            self.sessions.retain(|_, session| session.connection != Some(connection));
        }
        for session in self.sessions.values_mut().filter(|session| session.connection == Some(connection)) {
            session.connection = None;
        }
    }
}
