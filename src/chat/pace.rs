//! When each card was painted last, so that edits keep their distance. In memory alone: after a restart the first edit
//! is not held up.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::{CardKey, Moment, Span};

/// How many cards are remembered; more are never edited at the same time.
const PACED: usize = 500;

/// When each card was painted last.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<HashMap<CardKey, Moment>>);

impl Pace {
    /// When a card was painted last, as far as that is known.
    pub(super) fn painted_at(&self, key: &CardKey) -> Option<Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// A card is painted now; what is older than that is of no use any more.
    pub(super) fn paints(&self, key: &CardKey, now: Moment, old: Span) {
        let mut painted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if painted.len() >= PACED {
            painted.retain(|_, at| now.since(*at) < old);
        }
        painted.insert(key.clone(), now);
    }
}
