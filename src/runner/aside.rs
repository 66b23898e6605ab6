//! What a chat does not take for now, and when it is worth another try: in memory alone, so that after a start the waits
//! are short again.
//!
//! It is put off and not retried: a card that changes meanwhile shall be painted, and may try again what belongs to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::{CardKey, Id, Moment, Span};

/// How much is remembered at the most; of more, all is tried anew.
const ASIDE: usize = 2_000;

/// What is shown or said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A card itself.
    Card(CardKey),
    /// What is told beside it.
    Details(CardKey),
    /// A message, by its effect.
    Message(Id),
}

/// How long until another try: as long as it has not worked already, within these bounds. A change asks again too, but
/// not before the first has passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) first: Span,
    pub(super) most: Span,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    since: Moment,
    free: Moment,
    next: Moment,
}

/// By the name of the chat.
#[derive(Debug, Default)]
pub(super) struct Aside(Mutex<HashMap<(String, Part), Known>>);

impl Aside {
    /// When something is to be tried again; none where it may be now.
    pub(super) fn until(&self, place: &(String, Part), now: Moment) -> Option<Moment> {
        self.known().get(place).filter(|known| now < known.free).map(|known| known.next)
    }

    /// It did not work once more: since when, and when it is tried again.
    pub(super) fn fails(&self, place: &(String, Part), now: Moment, waits: Waits) -> (Moment, Moment) {
        let mut all = self.known();
        if all.len() >= ASIDE {
            all.clear();
        }
        let since = all.get(place).map_or(now, |known| known.since);
        let next = now.plus(now.since(since).clamp(waits.first, waits.most));
        all.insert(place.clone(), Known { since, free: now.plus(waits.first), next });
        (since, next)
    }

    /// It worked, or is given up.
    pub(super) fn ends(&self, place: &(String, Part)) {
        self.known().remove(place);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(String, Part), Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
