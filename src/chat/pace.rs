//! When each card was painted last, and as what, so that edits keep their distance and change something. In memory
//! alone: after a restart the first edit is not held up, and changes nothing at worst.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{CardKey, Moment, Span};

/// How many cards are remembered; more are never edited at the same time.
const PACED: usize = 500;

/// When each card was painted last.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Paced>);

#[derive(Debug, Default)]
struct Paced {
    painted: HashMap<CardKey, Moment>,
    /// What each card shows.
    shown: HashMap<CardKey, String>,
    /// When it is whose turn, where cards wait for each other, and the last of these moments.
    turns: HashMap<CardKey, Moment>,
    last: Moment,
}

impl Pace {
    /// When a card was painted last, as far as that is known.
    pub(super) fn painted_at(&self, key: &CardKey) -> Option<Moment> {
        self.paced().painted.get(key).copied()
    }

    /// A card is painted now; what is older than that is of no use any more.
    pub(super) fn paints(&self, key: &CardKey, now: Moment, old: Span) {
        let mut paced = self.paced();
        if paced.painted.len() >= PACED {
            paced.painted.retain(|_, at| now.since(*at) < old);
        }
        paced.painted.insert(key.clone(), now);
        paced.turns.remove(key);
    }

    /// When a card may be edited that keeps a distance from all others too, from a moment on. Asked again it is the same
    /// moment, until the card is painted.
    pub(super) fn turn(&self, key: &CardKey, from: Moment, apart: Span) -> Moment {
        let mut paced = self.paced();
        if let Some(turn) = paced.turns.get(key) {
            return *turn;
        }
        let turn = from.max(paced.last.plus(apart));
        if paced.turns.len() >= PACED {
            paced.turns.clear();
        }
        paced.turns.insert(key.clone(), turn);
        paced.last = turn;
        turn
    }

    /// Whether a card shows just this.
    pub(super) fn is_shown(&self, key: &CardKey, what: &str) -> bool {
        self.paced().shown.get(key).is_some_and(|shown| shown == what)
    }

    /// A card shows this now.
    pub(super) fn shows(&self, key: &CardKey, what: String) {
        let mut paced = self.paced();
        if paced.shown.len() >= PACED {
            paced.shown.clear();
        }
        paced.shown.insert(key.clone(), what);
    }

    fn paced(&self) -> MutexGuard<'_, Paced> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
