//! Who did what to a deployment last: told to whoever came too late.

use super::{Service, word};
use crate::domain::{Action, Cause, Entry, Id, What, Who};
use crate::view::No;

/// The nos of somebody who came too late.
const TOO_LATE: [&str; 3] = ["stale_card", "already_closed", "wrong_phase"];

/// The decisions that end a deployment.
const ENDS: [Action; 4] = [Action::Abort, Action::Reject, Action::Rollback, Action::Keep];

impl Service {
    /// Adds to a no who was first and what they did, where somebody was. Of what has ended, that is who ended it; and it
    /// may be long since, so nobody is told that of themselves.
    pub(super) async fn naming_the_first(&self, no: No, deployment: &Id, late: &Who) -> No {
        if !TOO_LATE.contains(&no.code.as_str()) {
            return no;
        }
        let entries = self.0.store.entries_about(deployment, 0).await.unwrap_or_default();
        let has_ended = no.code == "already_closed";
        let counts = |action: Action| !has_ended || ENDS.contains(&action);
        let mut deeds = entries.iter().rev().filter_map(|(_, entry)| deed(entry));
        match deeds.find(|(_, action)| counts(*action)) {
            Some((who, _)) if has_ended && who.is(late) => no,
            Some((who, action)) => no.with("first", &who.name).with("did", word(&action)),
            None => no,
        }
    }
}

/// What a person decided, where an entry tells of that. Who snoozed decided nothing, and made nobody come too late.
fn deed(entry: &Entry) -> Option<(&Who, Action)> {
    let by = |action| entry.by.as_ref().map(|by| (by, action));
    match &entry.what {
        What::Approved { .. } => by(Action::Approve),
        What::Confirmed { .. } => by(Action::Confirm),
        What::Overridden { .. } => by(Action::Override),
        What::RollbackStarted { cause: Cause::Aborted { by, .. }, .. } => Some((by, Action::Rollback)),
        What::Closed { cause: Some(Cause::Aborted { by, .. }), .. } => Some((by, Action::Abort)),
        What::Closed { cause: Some(Cause::Rejected { by, .. }), .. } => Some((by, Action::Reject)),
        What::Closed { cause: Some(Cause::Kept { by: Some(by) }), .. } => Some((by, Action::Keep)),
        _ => None,
    }
}
