//! Requests that carry a key take turns: of two with the same key that come at once, the second waits for the first, and
//! finds what became of it. In memory alone: across processes and restarts the store holds that a thing is done once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::Service;
use crate::store::Keyed;

/// The keys whose requests are under way.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<Name, Lane>>>);

/// Whose key, and the key.
type Name = (String, String);
type Lane = Arc<tokio::sync::Mutex<()>>;

/// The turn of a request, until it is dropped.
pub struct Turn {
    turns: Turns,
    name: Name,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Service {
    /// Waits until no other request with this key is under way.
    pub async fn turn(&self, request: &Keyed) -> Turn {
        let turns = self.0.turns.clone();
        let name = (request.caller.clone(), request.key.clone());
        let lane = Arc::clone(turns.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_default());
        // Made before it waits: who stops waiting leaves nothing behind either.
        let mut mine = Turn { turns, name, guard: None };
        mine.guard = Some(lane.lock_owned().await);
        mine
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut turns = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.get(&self.name).is_some_and(|lane| Arc::strong_count(lane) == 1) {
            turns.remove(&self.name);
        }
    }
}
