//! Every user command once: name, arguments, help, permission. One table feeds the chats, HTTP and the docs.
//!
//! Not here: what a command does (`service`), and the words of its help (`locales/`, under `command-<name>`).
//!
//! To add one: a variant of [`Command`], a line in [`TABLE`], its messages `command-<name>`, `command-<name>-name`,
//! `command-<name>-help` and `command-<name>-example` in `locales/`, and an arm in `service::handle`.

mod names;
mod parse;
mod spelling;
mod table;

use crate::domain::{Action, Id, Span};

pub use names::{AppNames, Names};
pub use parse::{complete, parse, unknown_help, without_reason};
pub use spelling::{Token, span, split};
pub use table::{Argument, Given, Kind, Spec, TABLE, find, likest, nearest};

/// What stands for a whole app where an environment is named.
pub const ALL: &str = "all";

/// What a person asks for, whatever the chat.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// A deployment into the first environment (or a later one, if that is what is named: permission follows the deed).
    Deploy {
        /// Where to.
        environment: String,
        /// Which release; the newest when not said.
        version: Option<String>,
        /// Which app; the only one when not said.
        app: Option<String>,
        /// Why, from the API.
        reason: Option<String>,
        /// Whether to do it though it runs already.
        again: bool,
    },
    /// A deployment into a later environment.
    Promote {
        /// Where to; the one after the first when not said.
        environment: Option<String>,
        /// Which release; the latest success in the environment before when not said.
        version: Option<String>,
        /// Which app.
        app: Option<String>,
        /// Why, from the API.
        reason: Option<String>,
        /// Whether to do it though it runs already.
        again: bool,
    },
    /// Going back: the deployment under way, or to an earlier release.
    Rollback {
        /// Where.
        environment: String,
        /// To which release; the newest good one when not said.
        version: Option<String>,
        /// Which app.
        app: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// A promotion out of order: no soak, no window, no evidence from the environment before. By override.
    Hotfix {
        /// Where to.
        environment: String,
        /// Which release; the newest when not said.
        version: Option<String>,
        /// Which app.
        app: Option<String>,
        /// Why. It is not done without.
        reason: Option<String>,
    },
    /// Stopping everything.
    Halt {
        /// Why.
        reason: String,
        /// For how long; until it is lifted when not said.
        lasting: Option<Span>,
    },
    /// Letting everything go on.
    Resume {
        /// Which halt; the one there is when not said.
        halt: Option<Id>,
    },
    /// The environment's http checks, once.
    Smoke {
        /// Where.
        environment: String,
        /// Which app.
        app: Option<String>,
    },
    /// What runs where, and what is under way.
    Status {
        /// Which app; all when not said.
        app: Option<String>,
    },
    /// Wanting next what another holds, by its card.
    Next {
        /// Which lock.
        lock: Id,
    },
    /// Letting go, by the card of the lock.
    Lift {
        /// Which lock.
        lock: Id,
    },
    /// What a deployment would do, without doing it.
    Plan {
        /// Where to.
        environment: String,
        /// Which release; the one that a deployment would take when not said.
        version: Option<String>,
        /// Which app.
        app: Option<String>,
    },
    /// Each gate of an environment: passed, failed, waiting for whom and until when.
    Why {
        /// Where.
        environment: String,
        /// Which app.
        app: Option<String>,
    },
    /// What happened, newest first.
    History {
        /// Where; everywhere when not said.
        environment: Option<String>,
        /// Which app.
        app: Option<String>,
    },
    /// Registers a release.
    Release {
        /// Its version.
        version: String,
        /// Its image, with `@sha256:…`.
        image: String,
        /// Which app.
        app: Option<String>,
        /// The commit, from the API.
        commit: Option<String>,
        /// Notes, from the API.
        notes: Option<String>,
        /// Whether it cannot be gone back from, from the API.
        one_way: bool,
    },
    /// A decision about the deployment that waits for it: `/approve`, `/reject`, `/confirm`, `/abort`, `/snooze`.
    Decide {
        /// What.
        action: Action,
        /// The gate or item, if named.
        gate: Option<String>,
        /// Where; where such a decision is awaited, when not said.
        environment: Option<String>,
        /// Which app.
        app: Option<String>,
        /// Why.
        reason: Option<String>,
        /// For how long: a snooze.
        lasting: Option<Span>,
    },
    /// A decision about a certain deployment: a button, or the API.
    Act {
        /// Which.
        deployment: Id,
        /// What.
        action: Action,
        /// The gate, where several wait.
        gate: Option<String>,
        /// Why.
        reason: Option<String>,
        /// The revision it was decided on.
        revision: Option<u64>,
    },
    /// Holds an environment.
    Lock {
        /// Where; [`ALL`] for the whole app.
        environment: String,
        /// Which app.
        app: Option<String>,
        /// Why.
        reason: String,
        /// For how long; until it is lifted when not said.
        lasting: Option<Span>,
        /// Whether to be next where another holds it.
        next: bool,
    },
    /// Lets go of it.
    Unlock {
        /// Where.
        environment: String,
        /// Which app.
        app: Option<String>,
    },
    /// Lifts a quarantine.
    Unquarantine {
        /// The version that was barred.
        version: String,
        /// Which app.
        app: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// Help on everything, or on one command.
    Help {
        /// Which.
        command: Option<String>,
    },
}
