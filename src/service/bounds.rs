//! What people may write. What is too long is refused before anything is done: a text that was cut would say something
//! else than was meant, and it would be in the ledger for ever. A reason in which nothing can be seen is none.

use crate::command::Command;
use crate::view::No;
use crate::words::is_visible;

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

/// The same command without a reason in which nothing can be seen. Refused where it is not done without one; the core
/// refuses where that depends on what is done.
pub(super) fn reasoned(command: &Command) -> Result<Command, No> {
    let refused = |or_next: bool| No::new("reason_missing").with("next", if or_next { "yes" } else { "no" });
    let mut command = command.clone();
    match &mut command {
        Command::Lock { reason, next, .. } if !is_visible(reason) => return Err(refused(*next)),
        Command::Halt { reason, .. } if !is_visible(reason) => return Err(refused(false)),
        Command::Unquarantine { reason, .. } if !reason.as_deref().is_some_and(is_visible) => {
            return Err(refused(false));
        }
        Command::Deploy { reason, .. }
        | Command::Promote { reason, .. }
        | Command::Rollback { reason, .. }
        | Command::Hotfix { reason, .. }
        | Command::Act { reason, .. }
        | Command::Decide { reason, .. } => *reason = reason.take().filter(|reason| is_visible(reason)),
        _ => {}
    }
    Ok(command)
}
