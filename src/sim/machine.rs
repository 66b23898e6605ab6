//! A machine: what it is now and what is due to happen to it. Its state is a function of the clock: whoever looks calls
//! [`Machine::settle`] first, and everything that was due by then has happened, at the moment it was due.
//!
//! Not here: what a call may do to it (`lifecycle`) and how it reads on the wire (`view`).

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::config::Image;
use super::faults::{Boot, Reports};
use super::ids::Ids;
use crate::clock::{Moment, Span};

/// How many events a machine remembers.
const REMEMBERED: usize = 50;

/// A machine's state, in fly.io's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not launched yet.
    Created,
    /// Its version is being exchanged.
    Replacing,
    /// It boots.
    Starting,
    /// It is up.
    Started,
    /// It goes down.
    Stopping,
    /// It is down.
    Stopped,
    /// It did not come up.
    Failed,
    /// It is being removed.
    Destroying,
    /// It is gone.
    Destroyed,
}

impl State {
    /// The word on the wire.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Replacing => "replacing",
            Self::Starting => "starting",
            Self::Started => "started",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Destroying => "destroying",
            Self::Destroyed => "destroyed",
        }
    }
}

/// A machine.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) private_ip: String,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
    pub(crate) state: State,
    /// Where it will rest when all goes well.
    pub(crate) heading: State,
    /// The version, as fly.io calls it: new with every update.
    pub(crate) instance: String,
    pub(crate) config: Map<String, Value>,
    pub(crate) image: Resolved,
    pub(crate) cordoned: bool,
    pub(crate) lease: Option<Lease>,
    /// Oldest first.
    pub(crate) events: VecDeque<Event>,
    /// Earlier versions and the present one, oldest first.
    pub(crate) versions: Vec<Version>,
    pub(crate) started_at: Option<Moment>,
    /// What the next boots will be like, if not good.
    pub(crate) boots: VecDeque<Boot>,
    /// How much longer the way of an image to it takes.
    pub(crate) pull: Span,
    /// Whether its host does not answer.
    pub(crate) host_is_silent: bool,
    /// What its checks report, whatever it does.
    pub(crate) reports: Reports,
    /// What is due, soonest first.
    pub(crate) due: VecDeque<Due>,
    pub(crate) ids: Ids,
}

/// An image as the registry knows it, and the tag by which it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) image: Arc<Image>,
    pub(crate) tag: Option<String>,
}

/// One version of a machine.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) instance: String,
    pub(crate) digest: String,
    pub(crate) config: Value,
}

/// Somebody's exclusive right to change a machine.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) nonce: String,
    pub(crate) owner: String,
    pub(crate) description: String,
    pub(crate) expires_at: Moment,
}

/// Something that happened to a machine.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: Moment,
    pub(crate) what: What,
}

/// What happened: type, status, source, and sometimes more.
#[derive(Clone, Debug)]
pub(crate) struct What {
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    pub(crate) source: &'static str,
    pub(crate) request: Option<Value>,
}

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) at: Moment,
    pub(crate) to: State,
    pub(crate) what: Option<What>,
}

/// An event of this type, status and source.
pub(crate) const fn what(kind: &'static str, status: &'static str, source: &'static str) -> What {
    What { kind, status, source, request: None }
}

impl Machine {
    /// Lets everything happen that is due by now.
    pub(crate) fn settle(&mut self, now: Moment) {
        while let Some(due) = self.due.pop_front_if(|due| due.at <= now) {
            self.enter(due.to, due.at);
            if let Some(what) = due.what {
                self.note(what, due.at);
            }
        }
    }

    /// Takes a state.
    pub(crate) fn enter(&mut self, state: State, at: Moment) {
        self.state = state;
        self.updated_at = at;
        self.started_at = (state == State::Started).then_some(at);
        if state == State::Destroyed {
            self.lease = None;
        }
    }

    /// Remembers an event.
    pub(crate) fn note(&mut self, what: What, at: Moment) {
        let id = self.ids.ulid(at);
        self.events.push_back(Event { id, at, what });
        if self.events.len() > REMEMBERED {
            self.events.pop_front();
        }
    }

    /// Makes something due, that long after what is due already (or after `now`).
    pub(crate) fn then(&mut self, now: Moment, after: Span, to: State, what: Option<What>) {
        let from = self.due.back().map_or(now, |due| due.at);
        self.due.push_back(Due { at: from.plus(after), to, what });
    }

    /// When the next thing is due.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.front().map(|due| due.at)
    }

    /// Whether it serves.
    pub(crate) fn serves(&self) -> bool {
        self.state == State::Started && !self.cordoned
    }

    /// Whether it will stay as it is until somebody does something.
    pub(crate) fn rests(&self) -> bool {
        match self.state {
            State::Started | State::Stopped | State::Failed | State::Destroyed => true,
            State::Created => self.due.is_empty(),
            State::Replacing | State::Starting | State::Stopping | State::Destroying => false,
        }
    }

    /// The lease, if it has not run out.
    pub(crate) fn held(&self, now: Moment) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| now < lease.expires_at)
    }

    /// Its metadata, which live in its config.
    pub(crate) fn metadata(&self) -> Map<String, Value> {
        self.config.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// Sets a key of its metadata, or removes it.
    pub(crate) fn set_metadata(&mut self, key: &str, value: Option<&str>) {
        let mut metadata = self.metadata();
        match value {
            Some(value) => metadata.insert(key.into(), value.into()),
            None => metadata.shift_remove(key),
        };
        self.config.insert("metadata".into(), Value::Object(metadata));
    }
}
