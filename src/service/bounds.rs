//! How long what people write may be. What is longer is refused before anything is done: a text that was cut would say
//! something else than was meant, and it would be in the ledger for ever.

use crate::command::Command;
use crate::view::No;

/// Characters of a reason. Forms and commands of chats take less.
const REASON: usize = 1_000;
const NOTES: usize = 4_000;
const COMMIT: usize = 100;

/// Refuses a command with a text that is too long.
pub(super) fn hold(command: &Command) -> Result<(), No> {
    let texts: &[(&str, Option<&str>, usize)] = match command {
        Command::Release { commit, notes, .. } => {
            &[("commit", commit.as_deref(), COMMIT), ("notes", notes.as_deref(), NOTES)]
        }
        Command::Deploy { reason, .. }
        | Command::Promote { reason, .. }
        | Command::Rollback { reason, .. }
        | Command::Hotfix { reason, .. }
        | Command::Act { reason, .. }
        | Command::Decide { reason, .. }
        | Command::Unquarantine { reason, .. } => &[("reason", reason.as_deref(), REASON)],
        Command::Lock { reason, .. } | Command::Halt { reason, .. } => &[("reason", Some(reason), REASON)],
        Command::Smoke { .. }
        | Command::Unlock { .. }
        | Command::Next { .. }
        | Command::Lift { .. }
        | Command::Plan { .. }
        | Command::Resume { .. }
        | Command::Status { .. }
        | Command::Why { .. }
        | Command::History { .. }
        | Command::Help { .. } => &[],
    };
    for (member, text, limit) in texts {
        if text.is_some_and(|text| text.chars().count() > *limit) {
            return Err(No::new("too_long").with("member", member).with("limit", limit));
        }
    }
    Ok(())
}
