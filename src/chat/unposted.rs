//! The cards that could not be posted yet, so that they catch up in the order in which they began.
//!
//! Kept in memory alone: after a restart cards that wait come in the order in which they are tried.

use std::collections::BTreeMap;

use crate::domain::{CardKey, Moment, Span};

/// How long a card that could not be posted holds up younger ones: longer than the longest wait between two tries.
const HOLDS: Span = Span::minutes(2);

/// Cards by their ids, which grow with time.
#[derive(Debug, Default)]
pub(super) struct Unposted(BTreeMap<String, Try>);

#[derive(Debug)]
struct Try {
    at: Moment,
    /// Whether people must change something first: nothing that is said about the card waits for it.
    closed: bool,
    /// Whether it will be tried again.
    again: bool,
}

impl Unposted {
    /// A card is being posted, and may never hear that it was.
    pub(super) fn begins(&mut self, key: &CardKey, at: Moment) {
        let closed = self.0.get(id(key)).is_some_and(|known| known.closed);
        self.failed(key, at, (closed, true));
    }

    /// A card could not be posted.
    pub(super) fn failed(&mut self, key: &CardKey, at: Moment, (closed, again): (bool, bool)) {
        let old = Span(HOLDS.0 * 10);
        self.0.retain(|_, known| known.closed || at.since(known.at) < old);
        self.0.insert(id(key).to_owned(), Try { at, closed, again });
    }

    /// It was posted.
    pub(super) fn posted(&mut self, key: &CardKey) {
        self.0.remove(id(key));
    }

    /// Whether an older card is about to be tried again.
    pub(super) fn has_older_than(&self, key: &CardKey, now: Moment) -> bool {
        self.0.range(..id(key).to_owned()).any(|(_, known)| known.again && now.since(known.at) < HOLDS)
    }

    /// Whether nobody knows when the card will be posted: it is refused, or waits for one that is.
    pub(super) fn is_closed(&self, key: &CardKey, now: Moment) -> bool {
        let own = self.0.get(id(key)).is_some_and(|known| known.closed);
        own || self.0.range(..id(key).to_owned()).any(|(_, known)| known.closed && now.since(known.at) < HOLDS)
    }
}

fn id(key: &CardKey) -> &str {
    match key {
        CardKey::Deployment(id) | CardKey::Smoke(id) | CardKey::Halt(id) | CardKey::Lock(id) => &id.0,
    }
}
