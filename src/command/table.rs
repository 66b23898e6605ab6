//! The table: each command with its arguments, in the order in which they are written.

use Argument as A;

use super::Command;
use super::spelling::written;
use crate::domain::{Action, Permission, Span};

/// A command as people type it.
#[derive(Debug)]
pub struct Spec {
    /// Its word, without the slash.
    pub name: &'static str,
    /// Its arguments, in order.
    pub arguments: &'static [Argument],
    /// What a person must be permitted, where that is the same whatever the arguments are.
    pub permission: Option<Permission>,
    /// Makes the command of what was typed. Required arguments are there.
    pub(super) build: fn(Given) -> Command,
}

/// An argument of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is.
    pub kind: Kind,
    /// Whether the command makes no sense without it.
    pub required: bool,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The name of an environment.
    Environment,
    /// The name of an app.
    App,
    /// A version of an app.
    Version,
    /// An image with its digest.
    Image,
    /// The name of a gate: several words, or quoted.
    Gate,
    /// Why: the rest of the line.
    Reason,
    /// The name of an environment, or `all` for the whole app.
    Place,
    /// The word `again` at the end.
    Again,
    /// The word `next` at the end.
    Next,
    /// `for 2h` at the end.
    Lasting,
    /// The name of a command.
    Command,
}

impl Argument {
    const fn must(kind: Kind) -> Self {
        Self { kind, required: true }
    }

    const fn may(kind: Kind) -> Self {
        Self { kind, required: false }
    }

    /// Its stable word; what people read is `argument-<word>` in `locales/`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self.kind {
            Kind::Environment | Kind::Place => "environment",
            Kind::App => "app",
            Kind::Version => "version",
            Kind::Image => "image",
            Kind::Gate => "gate",
            Kind::Reason => "reason",
            Kind::Again => "again",
            Kind::Next => "next",
            Kind::Lasting => "lasting",
            Kind::Command => "command",
        }
    }
}

/// The arguments of a line, each where it belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The environment, as the config writes it.
    pub environment: Option<String>,
    /// The app, as the config writes it.
    pub app: Option<String>,
    /// The version.
    pub version: Option<String>,
    /// The image.
    pub image: Option<String>,
    /// The gate.
    pub gate: Option<String>,
    /// The reason.
    pub reason: Option<String>,
    /// Whether `again` was said.
    pub again: bool,
    /// Whether `next` was said.
    pub next: bool,
    /// How long.
    pub lasting: Option<Span>,
    /// The command to help with.
    pub command: Option<String>,
}

impl Given {
    /// What can be written into a field each, by the words of the arguments.
    #[must_use]
    pub fn texts(&self) -> Vec<(&'static str, String)> {
        let known = [
            ("environment", &self.environment),
            ("app", &self.app),
            ("version", &self.version),
            ("image", &self.image),
            ("gate", &self.gate),
            ("reason", &self.reason),
        ];
        let known = known.into_iter().filter_map(|(name, text)| Some((name, text.clone()?)));
        known.chain(self.lasting.map(|lasting| ("lasting", written(lasting)))).collect()
    }

    /// What was said yes to, by the words of the arguments.
    #[must_use]
    pub fn said_yes(&self) -> Vec<&'static str> {
        [("again", self.again), ("next", self.next)].into_iter().filter_map(|(word, yes)| yes.then_some(word)).collect()
    }

    /// Says yes or no to an argument, by its word; whether it is one that can be answered so.
    pub fn say(&mut self, word: &str, yes: bool) -> bool {
        match word {
            "again" => self.again = yes,
            "next" => self.next = yes,
            _ => return false,
        }
        true
    }
}

/// Every command there is.
pub static TABLE: [Spec; 22] = [
    Spec {
        name: "deploy",
        arguments: &[A::must(Kind::Environment), A::may(Kind::Version), A::may(Kind::App), A::may(Kind::Again)],
        permission: None,
        build: |given| Command::Deploy {
            environment: given.environment.unwrap_or_default(),
            version: given.version,
            app: given.app,
            reason: None,
            again: given.again,
        },
    },
    Spec {
        name: "promote",
        arguments: &[A::may(Kind::Environment), A::may(Kind::Version), A::may(Kind::App), A::may(Kind::Again)],
        permission: Some(Permission::Promote),
        build: |given| Command::Promote {
            environment: given.environment,
            version: given.version,
            app: given.app,
            reason: None,
            again: given.again,
        },
    },
    Spec {
        name: "rollback",
        arguments: &[A::must(Kind::Environment), A::may(Kind::Version), A::may(Kind::App), A::may(Kind::Reason)],
        permission: Some(Permission::Rollback),
        build: |given| Command::Rollback {
            environment: given.environment.unwrap_or_default(),
            version: given.version,
            app: given.app,
            reason: given.reason,
        },
    },
    Spec {
        name: "smoke",
        arguments: &[A::must(Kind::Environment), A::may(Kind::App)],
        permission: None,
        build: |given| Command::Smoke { environment: given.environment.unwrap_or_default(), app: given.app },
    },
    Spec {
        name: "status",
        arguments: &[A::may(Kind::App)],
        permission: None,
        build: |given| Command::Status { app: given.app },
    },
    Spec {
        name: "why",
        arguments: &[A::must(Kind::Environment), A::may(Kind::App)],
        permission: None,
        build: |given| Command::Why { environment: given.environment.unwrap_or_default(), app: given.app },
    },
    Spec {
        name: "plan",
        arguments: &[A::must(Kind::Environment), A::may(Kind::Version), A::may(Kind::App)],
        permission: None,
        build: |given| Command::Plan {
            environment: given.environment.unwrap_or_default(),
            version: given.version,
            app: given.app,
        },
    },
    Spec {
        name: "history",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App)],
        permission: None,
        build: |given| Command::History { environment: given.environment, app: given.app },
    },
    Spec {
        name: "release",
        arguments: &[A::must(Kind::Version), A::must(Kind::Image), A::may(Kind::App)],
        permission: Some(Permission::Release),
        build: |given| Command::Release {
            version: given.version.unwrap_or_default(),
            image: given.image.unwrap_or_default(),
            app: given.app,
            commit: None,
            notes: None,
            one_way: false,
        },
    },
    Spec {
        name: "approve",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App), A::may(Kind::Gate)],
        permission: Some(Permission::Approve),
        build: |given| decide(Action::Approve, given),
    },
    Spec {
        name: "reject",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App), A::may(Kind::Reason)],
        permission: Some(Permission::Approve),
        build: |given| decide(Action::Reject, given),
    },
    Spec {
        name: "confirm",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App), A::must(Kind::Gate)],
        permission: None,
        build: |given| decide(Action::Confirm, given),
    },
    Spec {
        name: "abort",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App), A::may(Kind::Reason)],
        permission: None,
        build: |given| decide(Action::Abort, given),
    },
    Spec {
        name: "snooze",
        arguments: &[A::may(Kind::Environment), A::may(Kind::App), A::may(Kind::Lasting)],
        permission: None,
        build: |given| decide(Action::Snooze, given),
    },
    Spec {
        name: "override",
        arguments: &[A::must(Kind::Gate), A::may(Kind::Environment), A::may(Kind::App), A::must(Kind::Reason)],
        permission: Some(Permission::Override),
        build: |given| decide(Action::Override, given),
    },
    Spec {
        name: "hotfix",
        arguments: &[A::must(Kind::Environment), A::must(Kind::Version), A::may(Kind::App), A::must(Kind::Reason)],
        permission: Some(Permission::Override),
        build: |given| Command::Hotfix {
            environment: given.environment.unwrap_or_default(),
            version: given.version,
            app: given.app,
            reason: given.reason,
        },
    },
    Spec {
        name: "halt",
        arguments: &[A::must(Kind::Reason), A::may(Kind::Lasting)],
        permission: Some(Permission::Halt),
        build: |given| Command::Halt { reason: given.reason.unwrap_or_default(), lasting: given.lasting },
    },
    Spec {
        name: "resume",
        arguments: &[],
        permission: Some(Permission::Halt),
        build: |_| Command::Resume { halt: None },
    },
    Spec {
        name: "lock",
        arguments: &[
            A::must(Kind::Place),
            A::may(Kind::App),
            A::must(Kind::Reason),
            A::may(Kind::Lasting),
            A::may(Kind::Next),
        ],
        permission: Some(Permission::Lock),
        build: |given| Command::Lock {
            environment: given.environment.unwrap_or_default(),
            app: given.app,
            reason: given.reason.unwrap_or_default(),
            lasting: given.lasting,
            next: given.next,
        },
    },
    Spec {
        name: "unlock",
        arguments: &[A::must(Kind::Place), A::may(Kind::App)],
        permission: None,
        build: |given| Command::Unlock { environment: given.environment.unwrap_or_default(), app: given.app },
    },
    Spec {
        name: "unquarantine",
        arguments: &[A::must(Kind::Version), A::may(Kind::App), A::must(Kind::Reason)],
        permission: Some(Permission::Quarantine),
        build: |given| Command::Unquarantine {
            version: given.version.unwrap_or_default(),
            app: given.app,
            reason: given.reason,
        },
    },
    Spec {
        name: "help",
        arguments: &[A::may(Kind::Command)],
        permission: None,
        build: |given| Command::Help { command: given.command },
    },
];

fn decide(action: Action, given: Given) -> Command {
    let Given { gate, environment, app, reason, lasting, .. } = given;
    Command::Decide { action, gate, environment, app, reason, lasting }
}

impl Spec {
    /// How it is written: `/deploy ENVIRONMENT [VERSION] [APP]`, with the arguments in somebody's words.
    #[must_use]
    pub fn usage(&self, word: impl Fn(&Argument) -> String) -> String {
        let mut usage = format!("/{}", self.name);
        for argument in self.arguments {
            let said = word(argument);
            usage.push_str(&if argument.required { format!(" {said}") } else { format!(" [{said}]") });
        }
        usage
    }

    /// Whether one of its arguments names an environment.
    pub(super) fn takes_environment(&self) -> bool {
        self.takes(Kind::Environment) || self.takes(Kind::Place)
    }

    pub(crate) fn takes(&self, kind: Kind) -> bool {
        self.arguments.iter().any(|argument| argument.kind == kind)
    }
}

/// The command of that name, with or without its slash.
#[must_use]
pub fn find(name: &str) -> Option<&'static Spec> {
    let name = name.strip_prefix('/').unwrap_or(name);
    TABLE.iter().find(|spec| spec.name.eq_ignore_ascii_case(name))
}

/// The known command that was probably meant.
#[must_use]
pub fn nearest(typed: &str) -> Option<&'static str> {
    likest(typed.strip_prefix('/').unwrap_or(typed), TABLE.iter().map(|spec| spec.name))
}

/// The name that was probably meant, of those that there are.
#[must_use]
pub fn likest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let typed = typed.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        strsim::normalized_damerau_levenshtein(&typed, &name).max(prefix(&typed, &name))
    };
    let best = names.map(|name| (likeness(name), name)).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(likeness, _)| *likeness >= 0.5).map(|(_, name)| name)
}

/// The beginning of a name is as good as most of it: `/stat`, `/roll`.
fn prefix(typed: &str, name: &str) -> f64 {
    if typed.chars().count() >= 3 && name.starts_with(typed) { 0.9 } else { 0.0 }
}
