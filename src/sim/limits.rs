//! The rate limits of the Machines API: one bucket for each action and identifier, refilled by the clock.

use std::collections::HashMap;

use super::action::Action;
use crate::clock::Moment;

/// The buckets that are not full.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// When each bucket is full again.
    full_at: HashMap<(Action, String), Moment>,
}

impl Buckets {
    /// Takes one call out of its bucket; false when the bucket is empty.
    pub(crate) fn take(&mut self, action: Action, of: &str, now: Moment) -> bool {
        let (every, burst) = match action {
            Action::MachineGet => (200, 10),
            _ => (1_000, 3),
        };
        let full_at = self.full_at.entry((action, of.to_owned())).or_insert(now);
        let start = (*full_at).max(now);
        if start.since(now).0 > every * (burst - 1) {
            return false;
        }
        full_at.0 = start.0 + every;
        true
    }
}
