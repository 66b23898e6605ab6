//! What is written down: the entries of an environment's ledger. Folding them gives the environment
//! ([`fold`](super::fold())), so an entry holds everything that its effect on the state needs, and no secret.

use serde::{Deserialize, Serialize};

use super::{
    Cause, Ended, Found, Halt, Id, Kind, Lock, Moment, Note, Outcome, Plan, Quarantine, Reading, Release, SmokeCheck,
    Snooze, Subject, Who,
};

/// One line of a ledger, before it is numbered and chained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// Who, where a person or a token did it.
    pub by: Option<Who>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum What {
    /// A deployment was asked for.
    Requested(Box<Requested>),
    /// The one that waited is next.
    Dequeued {
        /// Which.
        deployment: Id,
    },
    /// The target said what runs.
    Looked {
        /// For which deployment; none at first contact.
        deployment: Option<Id>,
        /// What it said.
        found: Found,
        /// The release that this is; none where machines differ or there are none.
        running: Option<Release>,
        /// Whether it was not known to have run here: from now on it can be gone back to.
        adopted: bool,
    },
    /// The target could not say what runs.
    LookFailed {
        /// For which deployment; none at first contact.
        deployment: Option<Id>,
        /// What it said.
        note: Note,
    },
    /// A rollback goes to another release, because images are gone.
    PassedOver {
        /// Which deployment.
        deployment: Id,
        /// The versions whose images are gone, the best one first.
        gone: Vec<String>,
        /// What it goes to instead.
        release: Release,
    },
    /// The plan was frozen; the gates before begin.
    Planned {
        /// Whose.
        deployment: Id,
        /// The plan.
        plan: Box<Plan>,
    },
    /// People were called: nothing but them is missing.
    Asked {
        /// For which deployment.
        deployment: Id,
        /// The gates that they decide.
        gates: Vec<String>,
        /// Whether they had been called already: a word has lapsed since, or something else was missing meanwhile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// Something else is missing again, so those who were called wait for that too.
    Interrupted {
        /// For which deployment.
        deployment: Id,
    },
    /// A person put off what is awaited of people.
    Snoozed {
        /// Of which deployment.
        deployment: Id,
        /// Until when.
        until_at: Moment,
        /// Until when they may decide then, where the watch could not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decide_until_at: Option<Moment>,
    },
    /// That is over, and those who are still awaited were called once more.
    Reminded {
        /// For which deployment.
        deployment: Id,
        /// The gates that they decide; none where they decide on a watch.
        gates: Vec<String>,
        /// What is over.
        snooze: Box<Snooze>,
        /// Until when they may decide what the watch could not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decide_until_at: Option<Moment>,
    },
    /// A person approved a gate.
    Approved {
        /// Of which deployment.
        deployment: Id,
        /// Which gate.
        gate: String,
    },
    /// A person ticked an item.
    Confirmed {
        /// Of which deployment.
        deployment: Id,
        /// Which gate.
        gate: String,
    },
    /// A person wants a gate passed over.
    Overridden {
        /// Of which deployment.
        deployment: Id,
        /// Which gate.
        gate: String,
        /// Why.
        reason: String,
    },
    /// A check gate answered.
    Answered {
        /// What it was asked for.
        subject: Subject,
        /// Which time.
        round: u32,
        /// What it said.
        reading: Reading,
    },
    /// A gate that latches has passed.
    GatePassed {
        /// Of which deployment.
        deployment: Id,
        /// Which.
        gate: String,
    },
    /// A gate has failed.
    GateFailed {
        /// Of which deployment.
        deployment: Id,
        /// Which.
        gate: String,
        /// Why.
        note: Note,
    },
    /// All gates before were open at once.
    RolloutStarted {
        /// Of which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
    },
    /// The rollout goes on after a halt.
    RolloutResumed {
        /// Of which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
    },
    /// A rollout or restore ended; with another attempt than the environment's it is late and changes nothing.
    TargetEnded {
        /// Of which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
        /// How.
        ended: Ended,
    },
    /// Every machine runs the release: the gates after begin.
    VerifyingStarted {
        /// Of which deployment.
        deployment: Id,
    },
    /// The gates after passed: the watch begins.
    WatchStarted {
        /// Of which deployment.
        deployment: Id,
    },
    /// The watch cannot tell: people are asked.
    WatchUndecided {
        /// Of which deployment.
        deployment: Id,
        /// The rules without enough samples.
        rules: Vec<String>,
        /// Until when they may decide.
        until_at: Moment,
    },
    /// It goes back.
    RollbackStarted {
        /// Which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
        /// Why.
        cause: Cause,
    },
    /// It has ended.
    Closed {
        /// Which deployment.
        deployment: Id,
        /// How.
        outcome: Outcome,
        /// Why, unless it simply succeeded.
        cause: Option<Cause>,
        /// What runs now, where that is known for certain.
        running: Option<Release>,
        /// Whether the success is evidence.
        evidence: bool,
    },
    /// An artifact is barred.
    Quarantined {
        /// Which.
        quarantine: Quarantine,
    },
    /// An artifact is barred no longer.
    Unquarantined {
        /// Which.
        digest: String,
        /// The version.
        version: String,
        /// Why.
        reason: Option<String>,
    },
    /// The environment is held.
    Locked {
        /// By whom, why, until when.
        lock: Lock,
    },
    /// The environment is free.
    Unlocked,
    /// Somebody wants to hold it next.
    LockWanted {
        /// Which lock.
        lock: Id,
    },
    /// Its owner was reminded that it ends.
    LockReminded {
        /// Which lock.
        lock: Id,
    },
    /// Everything is stopped. In the ledger of the house.
    Halted {
        /// By whom, why, until when.
        halt: Halt,
    },
    /// Its owner was reminded of it.
    HaltReminded {
        /// Which halt.
        halt: Id,
    },
    /// Everything may go on.
    Resumed {
        /// Which halt has ended.
        halt: Id,
    },
    /// What was left by a deployment that needed people is settled.
    Unstuck {
        /// Which deployment.
        deployment: Id,
    },
    /// A smoke test was asked for.
    SmokeStarted {
        /// Its name.
        smoke: Id,
        /// What it asks.
        checks: Vec<SmokeCheck>,
    },
    /// All its checks have answered.
    SmokeEnded {
        /// Its name.
        smoke: Id,
    },
}

/// A deployment that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    /// Its name.
    pub deployment: Id,
    /// What sort.
    pub kind: Kind,
    /// What would go out.
    pub release: Release,
    /// Whether a person named that release, so that no other may take its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
    /// Why.
    pub reason: Option<String>,
    /// When it will have waited too long.
    pub gives_up_at: Moment,
}

impl What {
    /// The deployment that it is about, if it is about one.
    #[must_use]
    pub fn deployment(&self) -> Option<&Id> {
        match self {
            Self::Requested(requested) => Some(&requested.deployment),
            Self::Looked { deployment, .. } | Self::LookFailed { deployment, .. } => deployment.as_ref(),
            Self::Dequeued { deployment }
            | Self::PassedOver { deployment, .. }
            | Self::Planned { deployment, .. }
            | Self::Asked { deployment, .. }
            | Self::Interrupted { deployment }
            | Self::Snoozed { deployment, .. }
            | Self::Reminded { deployment, .. }
            | Self::Approved { deployment, .. }
            | Self::Confirmed { deployment, .. }
            | Self::Overridden { deployment, .. }
            | Self::GatePassed { deployment, .. }
            | Self::GateFailed { deployment, .. }
            | Self::RolloutStarted { deployment, .. }
            | Self::RolloutResumed { deployment, .. }
            | Self::TargetEnded { deployment, .. }
            | Self::VerifyingStarted { deployment }
            | Self::WatchStarted { deployment }
            | Self::WatchUndecided { deployment, .. }
            | Self::RollbackStarted { deployment, .. }
            | Self::Closed { deployment, .. }
            | Self::Unstuck { deployment } => Some(deployment),
            Self::Answered { subject: Subject::Gate { deployment, .. } | Subject::Rule { deployment, .. }, .. } => {
                Some(deployment)
            }
            Self::Answered { subject: Subject::Smoke { .. }, .. }
            | Self::Quarantined { .. }
            | Self::Unquarantined { .. }
            | Self::Locked { .. }
            | Self::Unlocked
            | Self::LockWanted { .. }
            | Self::LockReminded { .. }
            | Self::Halted { .. }
            | Self::HaltReminded { .. }
            | Self::Resumed { .. }
            | Self::SmokeStarted { .. }
            | Self::SmokeEnded { .. } => None,
        }
    }
}
