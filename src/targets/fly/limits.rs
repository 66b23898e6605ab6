//! fly.io's rate limits, kept on our side so that we do not run into them: for each action on each machine or app
//! one a second, three at once; reading one machine five a second, ten at once.
//!
//! Not here: what to do about a 429 that comes all the same (`run`).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;
use crate::domain::{Moment, Span};

/// Above this many buckets those that are full again are thrown away.
const MANY: usize = 1_024;

/// What is asked of the API; each has buckets of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    List,
    Read,
    Create,
    Update,
    Destroy,
    Wait,
    Stamp,
    Forget,
    Lease,
    Holder,
    Release,
    Start,
    Stop,
    Cordon,
    Uncordon,
}

impl Action {
    /// Time between two calls, and how many may come at once. A little longer than allowed, because calls do not
    /// arrive as evenly as they are sent.
    const fn allowance(self) -> (i64, i64) {
        match self {
            Self::Read => (220, 9),
            _ => (1_100, 3),
        }
    }
}

/// The buckets, by action and machine or app. Each is the moment at which it is full again.
#[derive(Default)]
pub(super) struct Limits {
    full_at: Mutex<HashMap<(Action, String), Moment>>,
}

impl Limits {
    /// Waits for this call's turn.
    pub(super) async fn turn(&self, clock: &dyn Clock, action: Action, of: &str) {
        let now = clock.now();
        let turn = self.reserve(now, action, of);
        if turn > now {
            clock.sleep_until(turn).await;
        }
    }

    fn reserve(&self, now: Moment, action: Action, of: &str) -> Moment {
        let (period, burst) = action.allowance();
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, full_at| *full_at > now);
        }
        let full_at = buckets.entry((action, of.to_owned())).or_insert(now);
        // A clock that jumped back must not close a bucket for long.
        let full = (*full_at).max(now).min(now.plus(Span(period * (burst + 60))));
        let turn = Moment(full.0 - period * (burst - 1)).max(now);
        *full_at = full.plus(Span(period));
        turn
    }
}
