//! What a person did, and how far its answer has come.

use serde_json::Value;
use shipgate::clock::{Moment, Span};

/// How long the first answer may take.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback>
pub(super) const FIRST: Span = Span::seconds(3);
/// How long anything may be said after it.
pub(super) const AFTER: Span = Span::minutes(15);

/// How a token begins; its interaction's number follows.
pub(super) const TOKENS: &str = "token-";

/// The kinds of interactions, as numbered on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Command = 2,
    Component = 3,
    Autocomplete = 4,
    Submit = 5,
}

/// The first answer.
#[derive(Clone, Debug)]
pub(super) struct Ack {
    pub(super) at: Moment,
    /// When it came in real time, for benches.
    pub(super) came: tokio::time::Instant,
    /// As numbered on the wire.
    pub(super) kind: u64,
    /// With these data.
    pub(super) data: Value,
}

#[derive(Clone, Debug)]
pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) asking: Asking,
    pub(super) at: Moment,
    /// When it was sent in real time.
    pub(super) sent: tokio::time::Instant,
    pub(super) person: u64,
    pub(super) channel: u64,
    /// The message with the component, also where a modal came from one.
    pub(super) source: Option<u64>,
    /// In words, for who reads the test.
    pub(super) words: String,
    pub(super) ack: Option<Ack>,
    /// The message that is `@original`.
    pub(super) original: Option<u64>,
    /// The reply is deferred and has not come.
    pub(super) loading: bool,
    pub(super) followups: Vec<u64>,
    /// The endpoint has said that it takes it.
    pub(super) taken: bool,
    /// The endpoint did not take it.
    pub(super) failed: Option<String>,
}

impl Interaction {
    /// Nothing can be said any more.
    pub(super) fn is_dead(&self, now: Moment) -> bool {
        now.since(self.at) >= if self.ack.is_some() { AFTER } else { FIRST }
    }

    /// When nothing can be said any more.
    pub(super) fn end(&self) -> Moment {
        self.at.plus(if self.ack.is_some() { AFTER } else { FIRST })
    }

    /// A deferral is not final.
    pub(super) fn is_final(&self) -> bool {
        match self.ack.as_ref().map(|ack| ack.kind) {
            None => false,
            Some(5 | 6) => !self.loading,
            Some(_) => true,
        }
    }

    /// Whether a kind of first answer may be given to it.
    /// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
    pub(super) fn may_be_answered_with(&self, kind: u64) -> bool {
        match self.asking {
            Asking::Command => matches!(kind, 4 | 5 | 9),
            Asking::Component => matches!(kind, 4 | 5 | 6 | 7 | 9),
            Asking::Autocomplete => kind == 8,
            Asking::Submit => matches!(kind, 4 | 5) || (matches!(kind, 6 | 7) && self.source.is_some()),
        }
    }
}
