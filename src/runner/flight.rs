//! The effects under way: how much room there is for more, and how one is told to stop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::domain::{Effect, Id};
use crate::store::{Claim, Claimed, Room};

/// How many effects are worked on at a time. Slow checks or a slow chat never hold up a rollback.
const TARGETS: u32 = 16;
const CHECKS: u32 = 32;
const CHATS: u32 = 16;

/// Why a flight was told to stop. The first reason stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// A newer effect takes its place, or nobody needs it any more.
    Cancelled,
    /// Somebody else holds the claim.
    Lost,
    /// The program stops.
    Shutdown,
}

/// One effect under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) claim: Claim,
    pub(super) stop: CancellationToken,
    why: Arc<OnceLock<Why>>,
    bench: Bench,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bench {
    Target,
    Check,
    Chat,
}

impl Flight {
    fn new(claimed: &Claimed) -> Self {
        let bench = match claimed.effect {
            Effect::Look { .. } | Effect::RollOut { .. } | Effect::Restore { .. } => Bench::Target,
            Effect::Ask { .. } => Bench::Check,
            Effect::Show { .. } | Effect::Say { .. } => Bench::Chat,
        };
        let claim = claimed.claim.clone();
        Self { claim, stop: CancellationToken::new(), why: Arc::default(), bench }
    }

    /// Why it was told to stop; none if it was not.
    pub(super) fn why(&self) -> Option<Why> {
        self.why.get().copied()
    }

    pub(super) fn was_cancelled_at_a_target(&self) -> bool {
        self.bench == Bench::Target && self.why() == Some(Why::Cancelled)
    }

    fn end(&self, why: Why) {
        let _ = self.why.set(why);
        self.stop.cancel();
    }
}

/// Everything under way.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<BTreeMap<Id, Flight>>);

/// Takes a flight off the list when its work ends, however it ends.
pub(super) struct Landing<'a>(&'a Flights, Id);

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.0.list().remove(&self.1);
    }
}

impl Flights {
    /// Puts a claimed effect on the list. None if it is on it already.
    pub(super) fn start(&self, claimed: &Claimed) -> Option<Flight> {
        let mut list = self.list();
        if list.contains_key(&claimed.claim.effect) {
            return None;
        }
        let flight = Flight::new(claimed);
        list.insert(claimed.claim.effect.clone(), flight.clone());
        Some(flight)
    }

    /// Sees to it that the flight leaves the list.
    pub(super) fn landing(&self, effect: &Id) -> Landing<'_> {
        Landing(self, effect.clone())
    }

    /// The room that is left.
    pub(super) fn room(&self) -> Room {
        let list = self.list();
        let left = |bench: Bench, most: u32| {
            let taken = list.values().filter(|flight| flight.bench == bench).count();
            most.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
        };
        Room {
            targets: left(Bench::Target, TARGETS),
            checks: left(Bench::Check, CHECKS),
            chats: left(Bench::Chat, CHATS),
        }
    }

    pub(super) fn claims(&self) -> Vec<Claim> {
        self.list().values().map(|flight| flight.claim.clone()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list().is_empty()
    }

    /// Tells some to stop.
    pub(super) fn stop(&self, effects: &[Id], why: Why) {
        let list = self.list();
        for flight in effects.iter().filter_map(|id| list.get(id)) {
            flight.end(why);
        }
    }

    /// Tells the calls to targets to stop and let go of their leases; short work may end.
    pub(super) fn stop_targets(&self, why: Why) {
        self.list().values().filter(|flight| flight.bench == Bench::Target).for_each(|flight| flight.end(why));
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<Id, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
