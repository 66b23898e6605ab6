//! What people ask for by a command or a press, carried out and put into the card that answers them: the same in every
//! chat that has buttons. Who may do what is the core's to say, who somebody is the chat's.

use super::button::{self, Pressed};
use crate::card::{self, Card};
use crate::command::Command;
use crate::domain::CardKey;
use crate::service::{Service, Speaker};
use crate::view::{DeploymentView, No};
use crate::words::Words;

/// Carries a command out.
pub(super) async fn carry_out(
    service: &Service,
    speaker: Result<Speaker, No>,
    command: Result<Command, No>,
    words: &Words,
) -> Card {
    let (speaker, command) = match (speaker, command) {
        (Ok(speaker), Ok(command)) => (speaker, command),
        (Err(no), _) | (_, Err(no)) => return card::no(&no, words),
    };
    match service.handle(&speaker, &command).await {
        Ok(answer) => card::answer(&answer, words),
        Err(no) => card::no(&no, words),
    }
}

/// Carries a press out; none is a button that was never painted. Whoever is refused shall see how it is now.
pub(super) async fn press(
    service: &Service,
    speaker: Result<Speaker, No>,
    pressed: Option<Pressed>,
    reason: Option<&str>,
    words: &Words,
) -> Card {
    let Some(pressed) = pressed else { return card::no(&gone(), words) };
    let command = meant(service, &pressed, reason).await;
    let (speaker, command) = match (speaker, command) {
        (Ok(speaker), Ok(command)) => (speaker, command),
        (Err(no), _) | (_, Err(no)) => return card::no(&no, words),
    };
    match service.handle(&speaker, &command).await {
        Ok(answer) => card::answer(&answer, words),
        Err(no) => {
            if let Err(trouble) = Box::pin(service.repaint(&pressed.card())).await {
                tracing::warn!(%trouble, "a card could not be painted again");
            }
            card::no(&no, words)
        }
    }
}

/// What a press means as things are.
async fn meant(service: &Service, pressed: &Pressed, reason: Option<&str>) -> Result<Command, No> {
    let CardKey::Deployment(id) = pressed.card() else {
        return match pressed {
            Pressed::Resume { halt } => Ok(Command::Resume { halt: Some(halt.clone()) }),
            Pressed::Next { lock } => Ok(Command::Next { lock: lock.clone() }),
            Pressed::Unlock { lock } => Ok(Command::Lift { lock: lock.clone() }),
            _ => Err(gone()),
        };
    };
    match Box::pin(service.view(&id)).await {
        Ok(Some(view)) => of_deployment(pressed, &view, reason),
        Ok(None) => Err(No::new("no_such_deployment")),
        Err(_) => Err(No::new("try_again")),
    }
}

/// What a press means for the deployment as it is.
fn of_deployment(pressed: &Pressed, view: &DeploymentView, reason: Option<&str>) -> Result<Command, No> {
    let d = &view.deployment;
    match pressed {
        Pressed::Act { deployment, action, gate, revision, .. } => {
            let gate = match gate {
                Some(mark) => Some(button::gate_of(mark, &d.gates).ok_or_else(gone)?),
                None => None,
            };
            Ok(Command::Act {
                deployment: deployment.clone(),
                action: *action,
                gate: gate.map(str::to_owned),
                reason: reason.map(str::to_owned),
                revision: Some(*revision),
            })
        }
        Pressed::Pick { .. } | Pressed::Resume { .. } | Pressed::Next { .. } | Pressed::Unlock { .. } => Err(gone()),
        Pressed::Promote { .. } => Ok(Command::Promote {
            environment: Some(
                view.next_environment.clone().ok_or_else(|| No::new("no_later_environment").with("app", &d.app))?,
            ),
            version: Some(d.release.version.clone()),
            app: Some(d.app.clone()),
            reason: None,
            again: false,
        }),
    }
}

/// A button that was never painted, or by a program that is too old or too new.
fn gone() -> No {
    No::new("button_foreign")
}
