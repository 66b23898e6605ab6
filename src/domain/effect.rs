//! What goes out of the core: what to do outside, when, and what of that has lost its purpose.

use serde::{Deserialize, Serialize};

use super::{CheckSpec, Id, Permission, Release, Subject, TargetSpec, Who};

/// Whether there has been no attempt.
const fn is_none_yet(attempt: &u64) -> bool {
    *attempt == 0
}

/// Something to do outside. Written down in the commit that decides it, done by the runner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the target what runs.
    Look {
        /// The target.
        target: TargetSpec,
        /// For which deployment; none at first contact.
        deployment: Option<Id>,
        /// The images to ask about too: those that a rollback may go to, the best one first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<String>,
        /// The environment's attempt now: once there is a newer one, machines may have changed since they were read, and
        /// the answer is not believed.
        #[serde(default, skip_serializing_if = "is_none_yet")]
        attempt: u64,
    },
    /// Replace what runs. In the target's lane: a newer one cancels an older.
    RollOut {
        /// The target.
        target: TargetSpec,
        /// For which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
        /// What shall run.
        release: Release,
    },
    /// Put back what the journal recorded. In the target's lane.
    Restore {
        /// The target.
        target: TargetSpec,
        /// For which deployment.
        deployment: Id,
        /// The fence.
        attempt: u64,
    },
    /// Ask the world. In the lane of its subject.
    Ask {
        /// What for.
        subject: Subject,
        /// Which time.
        round: u32,
        /// What.
        check: CheckSpec,
    },
    /// Paint a card as it stands when it is painted. At most one pending for a card.
    Show {
        /// Which card.
        card: CardKey,
    },
    /// Tell people about a ledger entry, once: edits of a card notify nobody.
    Say {
        /// The entry's number in this environment's ledger.
        seq: u64,
        /// Whose card it belongs to.
        card: CardKey,
        /// Who must act and is called.
        call: Vec<Call>,
        /// How loud.
        channel: Channel,
    },
}

/// What a card is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "card", content = "id", rename_all = "snake_case")]
pub enum CardKey {
    /// A deployment.
    Deployment(Id),
    /// A smoke test.
    Smoke(Id),
    /// A halt.
    Halt(Id),
    /// A lock of a person.
    Lock(Id),
}

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Everybody in a group of the config.
    Group(String),
    /// Everybody in a group but these, of whom nothing is wanted.
    Others {
        /// The group.
        group: String,
        /// Who is not called.
        but: Vec<Who>,
    },
    /// One person.
    Person(Who),
    /// Everybody who may do something.
    Whoever(Permission),
    /// Everybody who may do something but these, of whom nothing is wanted.
    WhoeverElse {
        /// What they may do.
        may: Permission,
        /// Who is not called.
        but: Vec<Who>,
    },
}

/// Where something is said; what is not configured falls back to deployments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The daily work.
    Deployments,
    /// Something went back by itself.
    Warnings,
    /// People are needed now.
    Incidents,
    /// Successes that others want to hear of.
    Announcements,
}

/// An effect and when it is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// What to do.
    pub effect: Effect,
    /// When, at the earliest.
    pub at: super::Moment,
}

/// Pending effects that have lost their purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// The checks of this deployment, those under way included.
    Checks(Id),
    /// The question what runs, asked for this deployment.
    Look(Id),
    /// The target effects of this environment.
    Target,
}

impl Effect {
    /// Whether a cancellation takes its purpose away. A target effect falls only to a newer one, or to
    /// [`Cancel::Target`].
    #[must_use]
    pub fn falls_to(&self, cancel: &Cancel) -> bool {
        match (self, cancel) {
            (Self::Ask { subject, .. }, Cancel::Checks(id)) => subject.owner() == id,
            (Self::Look { deployment, .. }, Cancel::Look(id)) => deployment.as_ref() == Some(id),
            (Self::RollOut { .. } | Self::Restore { .. }, Cancel::Target) => true,
            _ => false,
        }
    }
}
