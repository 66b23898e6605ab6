//! What a `/press` means: the button of that label on the newest card that has it.

use crate::card::{Button, Card, Press};
use crate::command::Command;
use crate::view::No;

/// The command of a button, the newest card first.
pub(super) fn find<'a>(
    cards: impl Iterator<Item = &'a Card>,
    label: &str,
    environment: Option<&str>,
) -> Result<Command, No> {
    let mut known: Vec<&str> = Vec::new();
    for card in cards {
        let meant = |button: &&Button| environment.is_none_or(|name| leads_to(card, button, name));
        let buttons: Vec<&Button> = card.buttons.iter().filter(meant).collect();
        if let Some(button) = labelled(&buttons, label) {
            return Ok(command(button));
        }
        for button in buttons {
            if !known.contains(&button.english.as_str()) {
                known.push(&button.english);
            }
        }
    }
    Err(No::new("no_such_button").with("label", label).with("known", known.join(", ")).with("count", known.len()))
}

/// Whether an environment is the card's, or the one that the button promotes to.
fn leads_to(card: &Card, button: &Button, name: &str) -> bool {
    let is = |environment: &str| environment.eq_ignore_ascii_case(name);
    card.environment.as_deref().is_some_and(is)
        || matches!(&button.press, Press::Promote { environment, .. } if is(environment))
}

/// The button of that label; or, where a label goes on (`Confirm: release notes`), the only one that begins so.
fn labelled<'a>(buttons: &[&'a Button], label: &str) -> Option<&'a Button> {
    let wanted = label.to_lowercase();
    let labels = |button: &Button| [button.english.to_lowercase(), button.label.to_lowercase()];
    if let Some(button) = buttons.iter().find(|button| labels(button).contains(&wanted)) {
        return Some(button);
    }
    let begins = |button: &&&Button| labels(button).iter().any(|l| l.starts_with(&format!("{wanted}:")));
    let mut those = buttons.iter().filter(begins);
    those.next().filter(|_| those.next().is_none()).copied()
}

fn command(button: &Button) -> Command {
    match button.press.clone() {
        Press::Act { deployment, action, gate, revision, .. } => {
            Command::Act { deployment, action, gate, reason: None, revision: Some(revision) }
        }
        Press::Next { lock } => Command::Next { lock },
        Press::Unlock { lock } => Command::Lift { lock },
        Press::Resume { halt } => Command::Resume { halt: Some(halt) },
        Press::Promote { app, environment, version, .. } => Command::Promote {
            environment: Some(environment),
            version: Some(version),
            app: Some(app),
            reason: None,
            again: false,
        },
    }
}
