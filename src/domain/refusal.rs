//! Every no that the core can say. A refusal has a stable code, and its words (what happened, what it means, what
//! to do) are in `locales/` under `refusal-<code>`.

use super::{Action, Moment, Outcome, Permission, Phase};

/// A no. [`Refusal::code`] is stable: people script against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The person may not do this.
    NotPermitted {
        /// What is missing.
        permission: Permission,
    },
    /// The gate is for another group.
    NotInGroup {
        /// The gate.
        gate: String,
        /// The group that may.
        group: String,
    },
    /// Nobody registered such a version.
    UnknownVersion {
        /// What was asked for.
        version: String,
        /// The newest that there are.
        known: Vec<String>,
    },
    /// The app has no release yet.
    NoReleases,
    /// The release has not succeeded in the environment before.
    NoEvidence {
        /// The version; none when no release has.
        version: Option<String>,
        /// The environment before.
        before: String,
    },
    /// The artifact was rolled back and is barred.
    Quarantined {
        /// The version that was asked for.
        asked: String,
        /// The version that the same artifact was rolled back as.
        version: String,
        /// Where it was rolled back.
        environment: String,
        /// When.
        at: Moment,
    },
    /// That release runs already.
    AlreadyRunning {
        /// The version.
        version: String,
    },
    /// There is no release with evidence to go back to.
    NothingToGoBackTo,
    /// That release has never succeeded here, so it is nothing to go back to.
    NeverGoodHere {
        /// The version.
        version: String,
    },
    /// Another release is going out; going back from it goes to what ran before it. Or the environment goes back to
    /// another one.
    UnderWay {
        /// The version that goes out, or that comes back.
        version: String,
        /// Whether it comes back.
        back: bool,
    },
    /// Somebody holds the environment.
    Locked {
        /// Who; none when Shipgate locked it itself.
        owner: Option<String>,
        /// Why.
        reason: String,
        /// Until when.
        expires_at: Option<Moment>,
    },
    /// Everything is stopped.
    Halted {
        /// Who did it.
        owner: String,
        /// Why.
        reason: String,
        /// Until when.
        expires_at: Option<Moment>,
    },
    /// Nothing is stopped, or not by that halt any more.
    NotHalted,
    /// It is not done without a reason.
    ReasonMissing,
    /// Their word is in already, and it takes another person's.
    AlreadyOverridden,
    /// Nobody holds the environment.
    NotLocked,
    /// It is free, and reserved for the one who is next.
    Reserved {
        /// For whom.
        owner: String,
        /// Until when.
        until_at: Moment,
    },
    /// Not the environment is held, but its whole app.
    WholeAppLocked {
        /// Who holds it.
        owner: String,
    },
    /// So many wait for it already that nobody more can.
    LockQueueFull {
        /// Who holds it.
        owner: String,
        /// How many wait.
        count: usize,
    },
    /// They hold it themselves.
    OwnLock,
    /// It is held by another person.
    LockedByAnother {
        /// Who.
        owner: Option<String>,
    },
    /// The environment goes back already, and that cannot be stopped.
    RollingBack,
    /// The environment is gone from the config.
    EnvironmentGone,
    /// No such deployment is under way here.
    NoSuchDeployment,
    /// It has ended.
    AlreadyClosed {
        /// How.
        outcome: Outcome,
    },
    /// The card was painted before something changed.
    StaleCard {
        /// The revision pressed on.
        pressed: u64,
        /// The revision now.
        now: u64,
    },
    /// That makes no sense in this phase.
    WrongPhase {
        /// What was asked for.
        action: Action,
        /// Where it stands.
        phase: Phase,
    },
    /// No gate waits for that.
    NoSuchGate {
        /// What was meant.
        gate: Option<String>,
        /// Those that wait for it.
        waiting: Vec<String>,
    },
    /// Several gates wait; which is meant?
    WhichGate {
        /// Those that wait.
        waiting: Vec<String>,
    },
    /// Something else is still missing, so people are not asked yet.
    NotAskedYet {
        /// What is missing.
        missing: Vec<String>,
    },
    /// The requester's own approval does not count.
    OwnRequest,
    /// That person's word is in already.
    AlreadyApproved,
    /// Nobody can tell whether the identities are two people.
    UnknownPerson {
        /// The identity that `[people]` does not name.
        identity: String,
    },
    /// The environment has no http checks.
    NoChecks,
    /// No such artifact is barred.
    NotQuarantined {
        /// What was asked for.
        version: String,
        /// Those that are.
        barred: Vec<String>,
    },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted { .. } => "not_permitted",
            Self::NotInGroup { .. } => "not_in_group",
            Self::UnknownVersion { .. } => "unknown_version",
            Self::NoReleases => "no_releases",
            Self::NoEvidence { .. } => "no_evidence",
            Self::Quarantined { .. } => "quarantined",
            Self::AlreadyRunning { .. } => "already_running",
            Self::NothingToGoBackTo => "nothing_to_go_back_to",
            Self::NeverGoodHere { .. } => "never_good_here",
            Self::UnderWay { .. } => "under_way",
            Self::Locked { .. } => "locked",
            Self::Halted { .. } => "halted",
            Self::NotHalted => "not_halted",
            Self::ReasonMissing => "reason_missing",
            Self::AlreadyOverridden => "already_overridden",
            Self::NotLocked => "not_locked",
            Self::Reserved { .. } => "reserved",
            Self::WholeAppLocked { .. } => "whole_app_locked",
            Self::LockQueueFull { .. } => "lock_queue_full",
            Self::OwnLock => "own_lock",
            Self::LockedByAnother { .. } => "locked_by_another",
            Self::RollingBack => "rolling_back",
            Self::EnvironmentGone => "environment_gone",
            Self::NoSuchDeployment => "no_such_deployment",
            Self::AlreadyClosed { .. } => "already_closed",
            Self::StaleCard { .. } => "stale_card",
            Self::WrongPhase { .. } => "wrong_phase",
            Self::NoSuchGate { .. } => "no_such_gate",
            Self::WhichGate { .. } => "which_gate",
            Self::NotAskedYet { .. } => "not_asked_yet",
            Self::OwnRequest => "own_request",
            Self::AlreadyApproved => "already_approved",
            Self::UnknownPerson { .. } => "unknown_person",
            Self::NoChecks => "no_checks",
            Self::NotQuarantined { .. } => "not_quarantined",
        }
    }
}
