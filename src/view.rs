//! What people are shown, before it has words: the service fills these, [`card`](crate::card) and the JSON API read
//! them. Plain data; no I/O, no language.

use std::collections::BTreeMap;

use crate::domain::{
    Action, Deployment, Entry, FoundMachine, Halt, Id, Lock, Moment, Note, Outcome, Permission, Quarantine, Refusal,
    Release, Remedy, Smoke, Standing, Who,
};
use crate::targets::Stage;

/// A deployment with all that its card shows.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentView {
    /// The deployment.
    pub deployment: Deployment,
    /// Its gates as they stand now.
    pub gates: Vec<Standing>,
    /// Its machines, once the rollout has begun.
    pub machines: Vec<MachineView>,
    /// What goes wrong outside and is being tried again.
    pub troubles: Vec<Note>,
    /// The deployment that this one waits for, while it is queued behind it.
    pub behind: Option<(Id, String)>,
    /// The environment after this one, if there is one.
    pub next_environment: Option<String>,
    /// Whether that one runs the deployment's release already.
    pub next_runs_it: bool,
    /// Whether its release is barred now.
    pub is_barred: bool,
    /// Why it could not start though every gate were open, while it waits for that.
    pub unfit: Option<Refusal>,
    /// The environment's lock, if it is held.
    pub lock: Option<Lock>,
    /// What stops everything, if something does.
    pub halt: Option<Halt>,
    /// Whether the deployment's release is still what runs, so that a promotion or a rollback makes sense.
    pub is_running: bool,
    /// Whether it ended needing people and nobody has decided yet. Not so while a rollback is under way.
    pub is_stuck: bool,
    /// Where the app's source is on GitHub, as `owner/name`, if the config says.
    pub repository: Option<String>,
    /// The zone in which its people read times.
    pub time_zone: String,
    /// How many entries the environment's ledger had.
    pub seq: u64,
    /// The first 8 characters of the ledger's head.
    pub mark: String,
    /// When this was looked up.
    pub now: Moment,
}

/// A machine during a rollout or a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineView {
    /// The target's own name for it.
    pub machine: String,
    /// Where it stands.
    pub stage: Stage,
    /// More about it.
    pub note: Option<Note>,
}

/// A lock of a person, in force or over.
#[derive(Clone, Debug, PartialEq)]
pub struct LockView {
    /// The app.
    pub app: String,
    /// The environment; empty for the whole app.
    pub environment: String,
    /// The lock as it was last.
    pub lock: Lock,
    /// When it was lifted.
    pub ended_at: Option<Moment>,
    /// Who lifted it; none when its time was up.
    pub ended_by: Option<Who>,
    /// The zone in which people read times.
    pub time_zone: String,
    /// When this was looked up.
    pub now: Moment,
}

/// A halt, in force or over.
#[derive(Clone, Debug, PartialEq)]
pub struct HaltView {
    /// The halt.
    pub halt: Halt,
    /// What waits for its end: app, version and environment of each deployment.
    pub held: Vec<(String, String, String)>,
    /// Whether another one holds now.
    pub is_halted_again: bool,
    /// The zone in which people read times.
    pub time_zone: String,
    /// When this was looked up.
    pub now: Moment,
}

/// An environment in one glance.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvironmentView {
    /// The app.
    pub app: String,
    /// Its name.
    pub name: String,
    /// Its address for people, if the config has one.
    pub url: Option<String>,
    /// When the target was last asked; none if never.
    pub looked_at: Option<Moment>,
    /// What runs.
    pub running: Option<Release>,
    /// Since when, where Shipgate released it.
    pub since: Option<Moment>,
    /// The deployment under way.
    pub current: Option<DeploymentView>,
    /// The one that waits behind it.
    pub queued: Option<DeploymentView>,
    /// One that ended and needs people still.
    pub stuck: Option<Deployment>,
    /// Its lock.
    pub lock: Option<Lock>,
    /// What stops everything, if something does.
    pub halt: Option<Halt>,
    /// What goes wrong outside and is being tried again, while no deployment is under way.
    pub troubles: Vec<Note>,
    /// The zone in which its people read times.
    pub time_zone: String,
    /// When this was looked up.
    pub now: Moment,
}

/// Why an environment does not get something now.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyView {
    /// The environment as it is.
    pub environment: EnvironmentView,
    /// What would stop a new deployment before any gate: a lock, a quarantine, missing evidence. In words' keys.
    pub obstacles: Vec<Note>,
    /// The app's barred artifacts.
    pub quarantine: Vec<Quarantine>,
    /// What could come next here: the newest release, or the one to promote.
    pub candidate: Option<Release>,
    /// What the asker could do about it.
    pub remedies: Vec<Remedy>,
    /// Whether it is the first environment, which is deployed to; the others are promoted to.
    pub is_first: bool,
    /// Whether there is no other app, so that commands need not name this one.
    pub is_only_app: bool,
}

/// What a deployment would do.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanView {
    /// The environment as it is.
    pub environment: EnvironmentView,
    /// The deployment as it would be. It does not exist.
    pub view: DeploymentView,
    /// What would stop it before any gate. In words' keys.
    pub obstacles: Vec<Note>,
    /// The version that is going out, which it would wait for.
    pub behind: Option<String>,
    /// The version that waits, whose place it would take.
    pub replaces: Option<String>,
    /// The machines, as the target last said.
    pub machines: Vec<FoundMachine>,
    /// What it takes to ask for it.
    pub permission: Permission,
    /// Whether the asker has that.
    pub may: bool,
}

/// A release that can be named in a command.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionChoice {
    /// The release.
    pub release: Release,
    /// The environments in which it runs.
    pub runs_in: Vec<String>,
    /// When this was looked up.
    pub now: Moment,
}

/// One line of a history, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryLine {
    /// The deployment.
    pub deployment: Deployment,
    /// The zone in which its people read times.
    pub time_zone: String,
}

/// What a command is answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A deployment was started, or is the one under way that was meant.
    Deployment {
        /// The deployment as it is now.
        view: Box<DeploymentView>,
        /// Whether it was under way already.
        already: bool,
    },
    /// A decision about a deployment was taken.
    Acted {
        /// What was done, in words' keys: `done-approve` and so on.
        note: Note,
        /// The deployment after it.
        view: Box<DeploymentView>,
    },
    /// A smoke test was started, or is the one under way.
    Smoke {
        /// The smoke test as it is now.
        smoke: Smoke,
        /// Whether it was under way already.
        already: bool,
    },
    /// An environment or an app is held now, or the asker is next.
    Lock {
        /// The lock.
        view: Box<LockView>,
        /// How many wait before the asker, where they wait for it.
        waits_behind: Option<usize>,
    },
    /// Everything was stopped, or may go on.
    Halt(Box<HaltView>),
    /// The environments of one app, or of all.
    Status(Vec<EnvironmentView>),
    /// What a deployment would do.
    Plan(Box<PlanView>),
    /// Why an environment does not get something now.
    Why(Box<WhyView>),
    /// What happened, newest first.
    History {
        /// The apps: one, or all that there are.
        apps: Vec<String>,
        /// The environment, if one was named.
        environment: Option<String>,
        /// The deployments, newest first.
        lines: Vec<HistoryLine>,
        /// When this was looked up.
        now: Moment,
    },
    /// A release was registered, or was registered so already.
    Registered {
        /// The release.
        release: Release,
        /// Whether it was there already.
        already: bool,
    },
    /// Something else was done.
    Done(Note),
    /// Help on everything, or on one command.
    Help(Option<String>),
}

/// A no with a stable code. Its words are `refusal-<code>` and, for what to do, `refusal-<code>-next`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct No {
    /// Stable: people script against it.
    pub code: String,
    /// The arguments of its words.
    pub args: BTreeMap<String, String>,
    /// The zone in which people read the times in it, where it is about an environment.
    pub time_zone: Option<String>,
}

impl No {
    /// A no without arguments.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), args: BTreeMap::new(), time_zone: None }
    }

    /// Whether it is Shipgate that could not, so that the same may well be a yes in a moment.
    #[must_use]
    pub fn is_for_now(&self) -> bool {
        ["try_again", "out_of_order"].contains(&self.code.as_str())
    }

    /// Whether somebody in another group would not have been refused so.
    #[must_use]
    pub fn is_for_want_of_a_group(&self) -> bool {
        ["not_permitted", "not_in_group", "locked_by_another"].contains(&self.code.as_str())
    }

    /// The same with one argument more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same about an environment, whose people read times in a zone.
    #[must_use]
    pub fn in_zone(self, time_zone: String) -> Self {
        Self { time_zone: Some(time_zone), ..self }
    }

    /// The same with what somebody else said: its words say `{ $note }`.
    #[must_use]
    pub fn noting(mut self, note: &Note) -> Self {
        self.args.extend(note.args.clone());
        self.with("note", &note.key)
    }

    /// What happened, as an obstacle in an answer to `/why`.
    #[must_use]
    pub fn obstacle(self) -> Note {
        Note { key: format!("refusal-{}", self.code), args: self.args }
    }
}

/// What is said to a person whose decision was taken: the note of [`Answer::Acted`].
#[must_use]
pub fn done(action: Action, d: &Deployment) -> Note {
    let key = match action {
        Action::Approve => "done-approve",
        Action::Reject => "done-reject",
        Action::Confirm => "done-confirm",
        Action::Abort => "done-abort",
        Action::Rollback => "done-rollback",
        // It is being asked what that is.
        Action::Keep if d.outcome == Some(Outcome::NeedsPeople) => "done-keep-as-is",
        Action::Keep => "done-keep",
        Action::Override => "done-override",
        Action::Snooze if d.snooze.is_some() => "done-snooze",
        Action::Snooze => "done-snooze-over",
    };
    let note = Note::new(key).with("version", &d.release.version).with("environment", &d.environment);
    match &d.snooze {
        Some(snooze) if action == Action::Snooze => note.with("until", snooze.until_at.0),
        _ => note,
    }
}

/// What is said to a person who let go of an environment, and who holds it still or again.
#[must_use]
pub fn unlocked(environment: &str, still: Option<&Lock>) -> Note {
    let owner = still.and_then(|lock| lock.owner.as_ref().map(|owner| (owner, lock)));
    match owner {
        Some((owner, lock)) if lock.reserved => {
            Note::new("done-unlock-next").with("environment", environment).with("name", &owner.name)
        }
        Some((owner, lock)) => Note::new("done-unlock-again")
            .with("environment", environment)
            .with("name", &owner.name)
            .with("reason", &lock.reason),
        None => Note::new("done-unlock").with("environment", environment),
    }
}

/// What is said to a person who lifted a quarantine.
#[must_use]
pub fn unquarantined(version: &str, reason: Option<&str>) -> Note {
    let note = Note::new("done-unquarantine").with("version", version);
    match reason {
        Some(reason) => note.with("because", reason),
        None => note,
    }
}

/// A deployment with its part of the ledger, for the API.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentStory {
    /// The deployment.
    pub view: DeploymentView,
    /// Its entries, with their numbers, oldest first.
    pub entries: Vec<(u64, Entry)>,
    /// Whether there are more, on the side on which they were cut off.
    pub has_more: bool,
}

/// An app, for the API.
#[derive(Clone, Debug, PartialEq)]
pub struct AppView {
    /// Its name.
    pub name: String,
    /// Its environments, in the order of promotion.
    pub environments: Vec<EnvironmentView>,
    /// Its releases, newest first.
    pub releases: Vec<Release>,
}
