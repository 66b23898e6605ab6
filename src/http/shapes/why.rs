//! What an environment waits for, and what can be done about it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Deployment, deployment};
use crate::card;
use crate::domain;
use crate::view::{No, WhyView};
use crate::words::Words;

/// What an environment waits for.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Why {
    app: String,
    environment: String,
    /// What is under way, with its gates.
    deployment: Option<Deployment>,
    /// What would be answered to who asked for a deployment now.
    obstacles: Vec<Obstacle>,
    /// What the token's person could do.
    remedies: Vec<Remedy>,
}

/// Something in the way.
#[derive(Serialize, JsonSchema)]
struct Obstacle {
    /// The code of the refusal.
    code: String,
    detail: String,
}

/// Something that can be done about it, or why not.
#[derive(Serialize, JsonSchema)]
struct Remedy {
    about: About,
    /// The gate, where it is about one.
    gate: Option<String>,
    action: domain::Deed,
    /// The command that does it, for `/api/v1/commands`; capitals stand for what is still to be said.
    command: Option<String>,
    /// Whether it would be done.
    allowed: bool,
    /// Why it would be refused.
    code: Option<String>,
    detail: Option<String>,
}

/// What a remedy is about.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum About {
    Gate,
    Deployment,
    Lock,
    AppLock,
    Halt,
    Release,
}

pub(in crate::http) fn why(view: &WhyView, words: &Words) -> Why {
    let e = &view.environment;
    let words = &words.here(&e.time_zone, e.now);
    let obstacle = |note: &domain::Note| Obstacle {
        code: note.key.trim_start_matches("refusal-").to_owned(),
        detail: words.note(note),
    };
    Why {
        app: e.app.clone(),
        environment: e.name.clone(),
        deployment: e.current.as_ref().map(|view| deployment(view, words)),
        obstacles: view.obstacles.iter().map(obstacle).collect(),
        remedies: view.remedies.iter().map(|one| remedy(one, view, words)).collect(),
    }
}

fn remedy(remedy: &domain::Remedy, view: &WhyView, words: &Words) -> Remedy {
    let (about, gate) = match &remedy.about {
        domain::About::Gate(name) => (About::Gate, Some(name.clone())),
        domain::About::Deployment(_) => (About::Deployment, None),
        domain::About::Lock => (About::Lock, None),
        domain::About::AppLock => (About::AppLock, None),
        domain::About::Halt => (About::Halt, None),
        domain::About::Release(_) => (About::Release, None),
    };
    let no = remedy.refusal.as_ref().map(No::from);
    Remedy {
        about,
        gate,
        action: remedy.deed,
        command: Some(card::typed(remedy, view, words)).filter(|command| !command.is_empty()),
        allowed: no.is_none(),
        code: no.as_ref().map(|no| no.code.clone()),
        detail: no.map(|no| card::no(&no, words).title),
    }
}
