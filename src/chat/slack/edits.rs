//! How often the workspace lets its messages be edited: so many in a minute altogether, and not before Slack wants to be
//! asked again. In memory alone: after a restart the first edits are not held up.
//! <https://docs.slack.dev/apis/web-api/rate-limits>

use std::collections::VecDeque;

use crate::domain::{Moment, Span};

/// How many edits there are in a minute, of all cards: Slack takes 50, and a press that is refused paints too.
const MOST: usize = 40;
const MINUTE: Span = Span::minutes(1);

/// The edits of the last minute.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// When they were made, the oldest first.
    made: VecDeque<Moment>,
    /// Until when Slack wants no other.
    held_until: Option<Moment>,
}

impl Edits {
    /// Before when there is to be no other; none where nothing is known against it.
    pub(super) fn free_at(&self) -> Option<Moment> {
        let full = self.made.len().checked_sub(MOST).and_then(|n| self.made.get(n));
        full.map(|oldest| oldest.plus(MINUTE)).max(self.held_until)
    }

    /// Makes one now.
    ///
    /// # Errors
    /// There is room again then: others were faster.
    pub(super) fn make(&mut self, now: Moment) -> Result<(), Moment> {
        if let Some(free) = self.free_at().filter(|free| *free > now) {
            return Err(free);
        }
        self.made.push_back(now);
        if self.made.len() > MOST {
            self.made.pop_front();
        }
        Ok(())
    }

    /// Slack wants no other until then, of any card.
    pub(super) fn hold(&mut self, until: Moment) {
        self.held_until = self.held_until.max(Some(until));
    }
}
