//! The mark that a message carries, by which a repeat of it is recognised: Slack takes what is posted twice for two
//! messages, so what may be there already is looked for first.
//! <https://docs.slack.dev/messaging/message-metadata>
//!
//! There is doubt about what failed in a way that tells nothing, and about what another program has begun and not ended:
//! the one before this one, or one beside it, may have died between its post and its memory of it. That it was begun is
//! counted where it is claimed. Where Slack does not let the bot read, it is posted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Slack;
use super::api::Failure;
use crate::domain::{Moment, Span};

/// What marks are called.
const TYPE: &str = "shipgate_post";

/// How far back is looked, and through how many messages at the most.
const BACK: Span = Span::hours(24);
const MOST: &str = "200";

/// Of how many posts it is kept in mind whether there is doubt.
const KEPT: usize = 1_000;

/// What is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The same for every repeat.
    pub(super) key: String,
    /// Since when it is to be posted, and which try this is, whoever made the others.
    pub(super) since: Moment,
    pub(super) tries: u32,
    /// Of details: up to which entry of the ledger they tell.
    pub(super) last: Option<u64>,
}

/// What is known of our own posts: whether there is doubt about them.
#[derive(Debug, Default)]
pub(super) struct Doubts(BTreeMap<String, bool>);

impl Mark {
    /// As it is sent.
    pub(super) fn metadata(&self) -> Value {
        let mut payload = json!({ "key": self.key });
        if let Some(last) = self.last {
            payload["last"] = json!(last);
        }
        json!({ "event_type": TYPE, "event_payload": payload })
    }

    fn at(&self, place: &str) -> String {
        format!("{} {place} {}", self.key, self.since.0)
    }

    /// Whether a message carries it, whichever entry it tells up to.
    fn is_on(&self, message: &Value) -> bool {
        let metadata = &message["metadata"];
        metadata["event_type"] == TYPE && metadata["event_payload"]["key"] == self.key.as_str()
    }
}

/// Up to which entry of the ledger a message tells that carries a mark.
pub(super) fn last(message: &Value) -> u64 {
    message["metadata"]["event_payload"]["last"].as_u64().unwrap_or_default()
}

impl Doubts {
    /// What is refused in one place is said in another, so there is doubt about a place.
    fn are_about(&self, mark: &Mark, place: &str) -> bool {
        self.0.get(&mark.at(place)).copied().unwrap_or(mark.tries > 1)
    }

    fn learn(&mut self, mark: &Mark, place: &str, doubt: bool) {
        if self.0.len() >= KEPT {
            self.0.pop_first();
        }
        self.0.insert(mark.at(place), doubt);
    }
}

impl Slack {
    /// Posts a message with its mark, into a thread or a channel.
    pub(super) async fn posts(&self, mark: &Mark, mut message: Value) -> Result<Value, Failure> {
        message["metadata"] = mark.metadata();
        let place = message["thread_ts"].as_str().or(message["channel"].as_str()).unwrap_or_default();
        // Whoever is stopped in the middle does not know either.
        self.doubts().learn(mark, place, true);
        let posted = self.workspace.api.post("chat.postMessage", &message).await;
        let is_unknown = matches!(posted, Err(Failure::Unreached(_) | Failure::Status(500..)));
        self.doubts().learn(mark, place, is_unknown);
        posted
    }

    /// The messages that carry a mark already; none are looked for where there is no doubt.
    ///
    /// # Errors
    /// Slack does not say now, and may later.
    pub(super) async fn marked(&self, mark: &Mark, channel: &str, thread: Option<&str>) -> Result<Vec<Value>, Failure> {
        let place = thread.unwrap_or(channel);
        if !self.doubts().are_about(mark, place) {
            return Ok(Vec::new());
        }
        let oldest = format!("{}.000000", (self.clock.now().0 - BACK.0) / 1_000);
        let mut query =
            vec![("channel", channel), ("oldest", &oldest), ("limit", MOST), ("include_all_metadata", "true")];
        query.extend(thread.map(|ts| ("ts", ts)));
        let method = if thread.is_some() { "conversations.replies" } else { "conversations.history" };
        let answer = match self.workspace.api.get(method, &query).await {
            Ok(answer) => answer,
            // The bot may not read there: what is said twice is better than what is not said.
            Err(Failure::Said(..)) => Value::Null,
            Err(failure) => return Err(failure),
        };
        self.doubts().learn(mark, place, false);
        let messages = answer["messages"].as_array().into_iter().flatten();
        Ok(messages.filter(|message| mark.is_on(message)).cloned().collect())
    }
}
