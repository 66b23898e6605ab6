//! What comes into the core. What goes out of it is in [`effect`](super::effect), and what is written down in between in
//! [`ledger`](super::ledger).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Halt, Id, Kind, Lock, Note, Reading, Span};

/// Something that happened, as the service hands it to [`step`](super::step()).
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A person or a token asks for a deployment.
    Request {
        /// The name of the deployment that it would make.
        id: Id,
        /// What was asked for: deploy, promote, rollback or hotfix.
        kind: Kind,
        /// The version, if one was named.
        version: Option<String>,
        /// Why, if they said.
        reason: Option<String>,
        /// Whether to do it though that release runs already.
        again: bool,
    },
    /// A person decides about a deployment, by button, command or token.
    Act {
        /// Which deployment.
        deployment: Id,
        /// What they decide.
        action: Action,
        /// The gate they mean; the only one it can be, when not said.
        gate: Option<String>,
        /// Why, if they said.
        reason: Option<String>,
        /// The revision of the card they pressed on. A click on an old card is refused.
        revision: Option<u64>,
        /// How long, where they said: a snooze.
        lasting: Option<Span>,
        /// The name of the deployment that it may make: going back from one that has ended is a new one.
        fresh: Id,
    },
    /// A person asks for a smoke test.
    SmokeAsked {
        /// The name of the smoke test that it would make.
        id: Id,
    },
    /// A person holds the environment.
    LockAsked {
        /// Owner, reason, expiry.
        lock: Lock,
        /// Whether they ask to be next where another holds it.
        or_next: bool,
    },
    /// A person wants to hold it next.
    NextAsked {
        /// The lock that they saw.
        lock: Id,
    },
    /// A person lets go of it.
    UnlockAsked {
        /// Which lock they mean; the one there is, when not said.
        lock: Option<Id>,
    },
    /// A person stops everything. For the house alone.
    HaltAsked {
        /// Owner, reason, expiry.
        halt: Halt,
    },
    /// A person lets everything go on. For the house alone.
    ResumeAsked {
        /// Which halt they mean; the one there is, when not said.
        halt: Option<Id>,
    },
    /// A person lifts a quarantine of this environment's app.
    UnquarantineAsked {
        /// The version that was barred.
        version: String,
        /// Why.
        reason: Option<String>,
    },
    /// Shipgate started, or the config names the environment for the first time.
    Started,
    /// The target was asked what runs.
    Looked {
        /// For which deployment; none at first contact.
        deployment: Option<Id>,
        /// The environment's attempt when the question was laid down.
        attempt: u64,
        /// What it said.
        found: Found,
    },
    /// The target could not be asked what runs, and asking again will not help.
    LookFailed {
        /// For which deployment; none at first contact.
        deployment: Option<Id>,
        /// What it said.
        note: Note,
    },
    /// A rollout or a restore has ended.
    TargetEnded {
        /// Of which deployment.
        deployment: Id,
        /// The attempt it carried.
        attempt: u64,
        /// How.
        ended: Ended,
    },
    /// A check answered.
    Answered {
        /// What it was asked for.
        subject: Subject,
        /// Which time it was asked.
        round: u32,
        /// What it said.
        reading: Reading,
    },
    /// A moment has come that the environment waits for ([`Step::wake_at`](super::Step)).
    Tick,
}

/// What a person decides about a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Yes to a gate.
    Approve,
    /// No to a gate.
    Reject,
    /// Ticks a checklist item.
    Confirm,
    /// Stops it; what was touched goes back.
    Abort,
    /// Goes back: under way, or when the watch could not tell, or anyway after `needs_people`.
    Rollback,
    /// Keeps what runs: when the watch could not tell, or after `needs_people`.
    Keep,
    /// Passes a gate by word, with a reason.
    Override,
    /// Not now: those who are awaited are called again later. Nothing is decided by it.
    Snooze,
}

/// What a target says runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Every machine that Shipgate would update.
    pub machines: Vec<FoundMachine>,
    /// The highest attempt that is stamped on a machine; 0 for none. With a new or restored database it is higher than
    /// the environment's own, and the next attempt must be higher still.
    #[serde(default)]
    pub stamp: u64,
    /// Of the images that were asked about, those that are known not to exist any more. What could not be learned is
    /// not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}

/// One machine, as the target says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMachine {
    /// The target's own name for it.
    pub id: String,
    /// The whole image reference it runs.
    pub image: String,
    /// The digest of that image; empty if the target does not know it.
    pub digest: String,
    /// The target's own word for its state.
    pub state: String,
    /// How it is, by the judgement by which the target's rollouts are done.
    #[serde(default)]
    pub condition: Condition,
}

/// How a machine is. Before targets judged, nobody said that anything was wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// As it should be: what runs has come up, and what does not run is meant not to.
    #[default]
    Sound,
    /// On its way: it must be asked again.
    Moving,
    /// Not as it should be.
    Unsound,
}

impl Found {
    /// Whether a machine is on its way, so that nothing can be said yet.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.machines.iter().any(|m| m.condition == Condition::Moving)
    }

    /// Whether the target finds every machine as it should be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.machines.iter().all(|m| m.condition == Condition::Sound)
    }

    /// The image and digest that every machine runs; none when there is no machine or they differ.
    #[must_use]
    pub fn common(&self) -> Option<(&str, &str)> {
        let first = self.machines.first()?;
        let same = self.machines.iter().all(|m| m.digest == first.digest);
        (same && !first.digest.is_empty()).then_some((first.image.as_str(), first.digest.as_str()))
    }
}

/// How a target's work ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ended {
    /// Every machine runs what was asked for, verified.
    Done,
    /// It did not work, and asking again will not help.
    Failed {
        /// What it said.
        note: Note,
        /// Whether it is certain that no machine was changed.
        untouched: bool,
    },
    /// Nobody knows; the target must be asked.
    Unknown {
        /// What was seen last.
        note: Note,
    },
    /// Everything was halted: the machine that was under way is done, and the next was not touched.
    Halted,
}

/// What a check is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Subject {
    /// A gate of a deployment.
    Gate {
        /// Which deployment.
        deployment: Id,
        /// Which gate.
        name: String,
    },
    /// A rule of a deployment's watch.
    Rule {
        /// Which deployment.
        deployment: Id,
        /// Which rule.
        name: String,
    },
    /// A check of a smoke test.
    Smoke {
        /// Which smoke test.
        smoke: Id,
        /// Which check.
        name: String,
    },
}

impl Subject {
    /// The deployment or smoke test it belongs to.
    #[must_use]
    pub const fn owner(&self) -> &Id {
        match self {
            Self::Gate { deployment, .. } | Self::Rule { deployment, .. } => deployment,
            Self::Smoke { smoke, .. } => smoke,
        }
    }
}
