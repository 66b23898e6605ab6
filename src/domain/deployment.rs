//! One run of taking an environment to a release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gate, Moment, Note, Plan, Release, Rule, Who};

/// A UUIDv7 as text. Made by the shell: the core has no randomness.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Id(pub String);

impl Id {
    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What sort of deployment it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Into the first environment.
    Deploy,
    /// Into a later one.
    Promote,
    /// Back to a release that ran there before.
    Rollback,
    /// A promote that skips order, soak and window, by override.
    Hotfix,
}

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It waits for the one before it, and for the target to say what runs.
    Queued,
    /// The gates before the rollout.
    Entering,
    /// The target replaces what runs.
    RollingOut,
    /// The gates after the rollout.
    Verifying,
    /// The rules of the watch.
    Watching,
    /// The target puts back what ran.
    RollingBack,
    /// It has ended.
    Closed,
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The release runs, and its gates and watch passed.
    Succeeded,
    /// What ran before runs again.
    RolledBack,
    /// It did not happen: nothing was touched, or the machines were restored as recorded.
    Failed,
    /// Somebody stopped it before anything was touched, or it waited too long.
    Aborted,
    /// A newer request took its place.
    Superseded,
    /// The machines are in a state that only people can judge.
    NeedsPeople,
}

/// Why a deployment went back or ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Cause {
    /// Somebody stopped it.
    Aborted {
        /// Who.
        by: Who,
        /// Why, if they said.
        reason: Option<String>,
    },
    /// Somebody who was asked said no.
    Rejected {
        /// Who.
        by: Who,
        /// Why, if they said.
        reason: Option<String>,
    },
    /// It waited longer than `give_up`.
    GaveUp,
    /// The target did not say what runs, so nothing was begun.
    LookFailed {
        /// What it said.
        note: Note,
    },
    /// The target has no machine to update.
    NothingToUpdate,
    /// No image of a release that a rollback could go to exists any more.
    NothingToGoBackTo {
        /// The versions, the newest first.
        gone: Vec<String>,
    },
    /// The image of the release that a rollback was to go to does not exist any more.
    ImageGone {
        /// The version.
        version: String,
    },
    /// The environment is gone from the config.
    EnvironmentGone,
    /// What it would have released was barred meanwhile, or lost its evidence.
    Barred {
        /// The version.
        version: String,
    },
    /// A gate failed.
    GateFailed {
        /// Which.
        gate: String,
        /// On what evidence.
        note: Note,
    },
    /// The rollout failed.
    RolloutFailed {
        /// What the target said.
        note: Note,
    },
    /// The rollout took longer than `rollout_within`.
    RolloutTooLong,
    /// A rule of the watch was broken.
    RuleBroken {
        /// Which.
        rule: String,
        /// The numbers behind it.
        breach: Breach,
    },
    /// The watch could not tell, and nobody decided in time.
    Undecided,
    /// The machines could not be put back.
    RestoreFailed {
        /// What the target said.
        note: Note,
    },
    /// A newer request took its place.
    Superseded {
        /// The newer version.
        version: String,
        /// Who asked for it.
        by: Who,
    },
    /// Somebody kept what runs though the watch could not tell.
    Kept {
        /// Who; none when nobody decided in time and the plan says keep.
        by: Option<Who>,
    },
}

/// The numbers behind a broken rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breach {
    /// The first sample that counted.
    pub from_at: Moment,
    /// The last.
    pub to_at: Moment,
    /// How many samples counted.
    pub samples: u32,
    /// The last value, where the check has one.
    pub value: Option<f64>,
    /// What the last sample said.
    pub note: Note,
}

/// What one question to the world answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// When it was answered.
    pub at: Moment,
    /// Yes, no, or no answer that counts.
    pub verdict: Verdict,
    /// The number, where the check has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The evidence, for people.
    pub note: Note,
}

/// What a reading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// It could not be asked: neither a pass nor a fail.
    Unknown,
}

/// When a gate is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the rollout.
    Before,
    /// After it.
    After,
}

/// How a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Not yet: for people, or for the clock.
    Waiting,
    /// It is being asked.
    Running,
    /// Yes.
    Passed,
    /// No.
    Failed,
    /// The deployment ended before it was asked.
    Skipped,
    /// Passed by a person's word, with a reason.
    Overridden,
}

impl GateState {
    /// Whether it is no obstacle any more.
    #[must_use]
    pub const fn lets_through(self) -> bool {
        matches!(self, Self::Passed | Self::Overridden)
    }

    /// Whether it is still to be decided.
    #[must_use]
    pub const fn is_undecided(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// Somebody's word that a gate is to be passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Whose.
    pub by: Who,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// Somebody's word on a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Whose.
    pub by: Who,
    /// When.
    pub at: Moment,
}

/// A gate of a deployment under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateProgress {
    /// The gate, as planned.
    pub gate: Gate,
    /// Before or after the rollout.
    pub when: When,
    /// How it stood at the last step. Approvals and windows are judged anew at each step and never latched.
    pub state: GateState,
    /// Who has approved or ticked it.
    pub words: Vec<Word>,
    /// Who wants it passed over, and why. It is, once they are as many as the plan asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// When it was first asked, for checks.
    pub since: Option<Moment>,
    /// How often it was asked, for checks.
    pub rounds: u32,
    /// How often in a row it has passed, for checks.
    pub in_a_row: u32,
    /// The last answer, for checks.
    pub last: Option<Reading>,
}

/// A rule of a watch under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleProgress {
    /// The rule, as planned.
    pub rule: Rule,
    /// How often it was sampled.
    pub rounds: u32,
    /// How many samples counted (unknown ones do not).
    pub samples: u32,
    /// The first of the unbroken run of bad samples up to now.
    pub bad_since: Option<Moment>,
    /// How many there are in that run.
    pub bad_in_a_row: u32,
    /// The last answer.
    pub last: Option<Reading>,
}

/// What people were put off by: not now, call us again later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Who did it.
    pub by: Who,
    /// When.
    pub at: Moment,
    /// When those who are still awaited are called again.
    pub until_at: Moment,
}

/// One run of taking an environment to a release. Made by folding the ledger: see [`super::Entry`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its name.
    pub id: Id,
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// What sort.
    pub kind: Kind,
    /// What goes out.
    pub release: Release,
    /// Whether a person named that release, so that no other may take its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named: bool,
    /// The versions that a rollback passed over, because their images are gone; the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// What ran when it left `queued`.
    pub from: Option<Release>,
    /// Why, if the requester said.
    pub reason: Option<String>,
    /// Who asked.
    pub requested_by: Who,
    /// When.
    pub requested_at: Moment,
    /// When it has waited too long for its rollout.
    pub gives_up_at: Moment,
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub phase_since: Moment,
    /// Counts the changes; a button carries the revision it was painted at.
    pub revision: u64,
    /// What it will do; none before it leaves `queued`.
    pub plan: Option<Plan>,
    /// The gates, those before first.
    pub gates: Vec<GateProgress>,
    /// When people were called to decide the gates before.
    pub asked_at: Option<Moment>,
    /// Whether something else has been missing since then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// The environment's attempt that its last target effect carries; zero before the rollout.
    pub attempt: u64,
    /// Whether an unknown outcome is being settled by asking the target.
    pub settling: bool,
    /// Since when the rollout waits for a halt to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted_at: Option<Moment>,
    /// The rules of the watch.
    pub rules: Vec<RuleProgress>,
    /// Until when people may decide what the watch could not.
    pub undecided_until: Option<Moment>,
    /// What puts off those who are awaited, until they are called again. Boxed: it is rarely there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze: Option<Box<Snooze>>,
    /// Why it goes back, or ended.
    pub cause: Option<Cause>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it ended.
    pub closed_at: Option<Moment>,
}

impl Deployment {
    /// Whether the rollout has begun, so that something may have been touched.
    #[must_use]
    pub const fn has_touched(&self) -> bool {
        self.attempt > 0
    }

    /// What runs when it has gone back: of a rollback its own release, else what ran before it, where that is known.
    #[must_use]
    pub fn way_back(&self) -> Option<&Release> {
        match self.kind {
            Kind::Rollback => Some(&self.release),
            _ => self.plan.as_ref().and_then(|plan| plan.fallback.as_ref()),
        }
    }
}
