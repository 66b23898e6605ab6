//! What people ask for by a command or a press, carried out and put into the card that answers them: the same in every
//! chat that has buttons. Who may do what is the core's to say, who somebody is the chat's.

use super::button::{self, Pressed};
use super::once::First;
use crate::card::{self, Card};
use crate::command::Command;
use crate::domain::{CardKey, Deployment, Id};
use crate::service::{Service, Speaker, out_of_order};
use crate::view::No;
use crate::words::Words;

/// What something that people did came to.
pub(super) enum Came {
    /// It was carried out, or refused: what answers it.
    To(Card),
    /// To nothing, because Shipgate could not: what answers a person who is told now. It may come again.
    ToNothing(Card),
    /// It was carried out before, and is answered.
    Before,
}

impl Came {
    /// What somebody is told instead of what they asked for.
    pub(super) fn no(no: &No, words: &Words) -> Self {
        let card = card::no(no, words);
        if no.is_for_now() { Self::ToNothing(card) } else { Self::To(card) }
    }
}

/// Carries a command out.
pub(super) async fn carry_out(
    first: &First,
    speaker: Result<Speaker, No>,
    command: Result<Command, No>,
    words: &Words,
) -> Came {
    let (speaker, command) = match (speaker, command) {
        (Ok(speaker), Ok(command)) => (speaker, command),
        (Err(no), _) | (_, Err(no)) => return Came::no(&no, words),
    };
    match first.service().handle_first(&speaker, &command, first.request()).await {
        Ok(Some(answer)) => Came::To(card::answer(&answer, words)),
        Ok(None) => Came::Before,
        Err(_) if first.is_done_elsewhere().await => Came::Before,
        Err(no) => Came::no(&no, words),
    }
}

/// Carries a press out; none is a button that was never painted. Whoever is refused shall see how it is now.
pub(super) async fn press(
    first: &First,
    speaker: Result<Speaker, No>,
    pressed: Option<Pressed>,
    reason: Option<&str>,
    words: &Words,
) -> Came {
    let Some(pressed) = pressed else { return Came::no(&gone(), words) };
    let service = first.service();
    let command = meant(service, &pressed, reason).await;
    let done = match (speaker, command) {
        (Ok(speaker), Ok(command)) => service.handle_first(&speaker, &command, first.request()).await,
        (Err(no), _) => return Came::no(&no, words),
        (_, Err(no)) => Err(no),
    };
    match done {
        Ok(Some(answer)) => Came::To(card::answer(&answer, words)),
        Ok(None) => Came::Before,
        Err(_) if first.is_done_elsewhere().await => Came::Before,
        Err(no) => {
            if let Err(trouble) = Box::pin(service.repaint(&pressed.card())).await {
                tracing::warn!(%trouble, "a card could not be painted again");
            }
            Came::no(&no, words)
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
    if matches!(pressed, Pressed::Promote { .. }) {
        return promoted(service, &id).await;
    }
    match service.deployment(&id).await {
        Ok(Some(d)) => of_deployment(pressed, &d, reason),
        Ok(None) => Err(No::new("no_such_deployment")),
        Err(trouble) => Err(out_of_order(&trouble)),
    }
}

/// What a press means for the deployment as it is.
fn of_deployment(pressed: &Pressed, d: &Deployment, reason: Option<&str>) -> Result<Command, No> {
    let Pressed::Act { deployment, action, gate, revision, .. } = pressed else { return Err(gone()) };
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

/// The release of a deployment is wanted further on. No revision tells whether its card is old: what has ended changes no
/// more. Something else that came to its environment does, and takes the button away.
async fn promoted(service: &Service, id: &Id) -> Result<Command, No> {
    let view = Box::pin(service.view(id)).await.map_err(|trouble| out_of_order(&trouble))?;
    let view = view.ok_or_else(|| No::new("no_such_deployment"))?;
    let d = &view.deployment;
    let next = view.next_environment.ok_or_else(|| No::new("no_later_environment").with("app", &d.app))?;
    // What is barred, or there already, is refused with more to say.
    if !view.is_running && !view.is_barred && !view.next_runs_it {
        let no = No::new("button_gone").with("version", &d.release.version).with("environment", &d.environment);
        return Err(no.with("next", next));
    }
    Ok(Command::Promote {
        environment: Some(next),
        version: Some(d.release.version.clone()),
        app: Some(d.app.clone()),
        reason: None,
        again: false,
    })
}

/// A button that was never painted, or by a program that is too old or too new.
fn gone() -> No {
    No::new("button_foreign")
}
