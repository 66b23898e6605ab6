//! The cards that a chat refuses until people change something: what is said about them does not wait for them.
//!
//! Kept in memory alone: after a restart a card is refused once more. In which order cards that wait are posted is known
//! from what is pending (see [`Memory::turn`](super::Memory::turn)), so that a restart does not change it.

use std::collections::BTreeMap;

use crate::domain::{CardKey, Moment, Span};

/// For how long a card that was refused stands for younger ones too, and how long a message waits for its card at most.
pub(super) const HOLDS: Span = Span::minutes(2);

/// How long a refusal is remembered.
const REMEMBERED: Span = Span::hours(24);

/// Cards by their ids, which grow with time, and when each was refused last.
#[derive(Debug, Default)]
pub(super) struct Unposted(BTreeMap<String, Moment>);

impl Unposted {
    /// A card was refused.
    pub(super) fn refused(&mut self, key: &CardKey, at: Moment) {
        self.0.retain(|_, known| at.since(*known) < REMEMBERED);
        self.0.insert(id(key).to_owned(), at);
    }

    /// It was posted.
    pub(super) fn posted(&mut self, key: &CardKey) {
        self.0.remove(id(key));
    }

    /// Whether nobody knows when the card will be posted: it is refused, or waits for one that is.
    pub(super) fn is_closed(&self, key: &CardKey, now: Moment) -> bool {
        let older = self.0.range(..id(key).to_owned()).any(|(_, at)| now.since(*at) < HOLDS);
        older || self.0.contains_key(id(key))
    }
}

fn id(key: &CardKey) -> &str {
    match key {
        CardKey::Deployment(id) | CardKey::Smoke(id) | CardKey::Halt(id) | CardKey::Lock(id) => &id.0,
    }
}
