//! What a deployment will do. The policy is what the config says of an environment; the plan is that policy,
//! frozen with the release to fall back to when the deployment leaves `queued`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FoundMachine, Release, Span};

/// Something to tell people, in no language yet: a key of `locales/` and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A message of `locales/*.ftl`.
    pub key: String,
    /// Its arguments. What comes from outside is only ever an argument.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl Note {
    /// A note without arguments.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), args: BTreeMap::new() }
    }

    /// The same note with one argument more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// A check as the config wrote it. The core carries it and never looks inside: `checks::build` does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// `http`, and others as they are added.
    pub kind: String,
    /// What that kind wants to know.
    pub settings: Value,
}

/// A target as the config wrote it. The core carries it and never looks inside: `targets::build` does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetSpec {
    /// `fly`, and others as they are added.
    pub kind: String,
    /// What that kind wants to know, the strategy included.
    pub settings: Value,
    /// Whether it refuses an older attempt. Without a fence an unknown outcome needs people.
    pub fenced: bool,
}

/// A condition that a deployment must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Unique in its environment.
    pub name: String,
    /// Who or what decides it.
    pub rule: GateRule,
}

/// Who or what decides a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateRule {
    /// People approve the release.
    Approval {
        /// The group that may.
        from: String,
        /// How many different people.
        count: u32,
        /// Whether the requester's own word does not count.
        not_requester: bool,
        /// How long a click counts.
        expires: Option<Span>,
    },
    /// A checklist item that somebody ticks.
    Confirm {
        /// The group that may.
        from: String,
        /// After a rollout: how long it may take.
        within: Option<Span>,
    },
    /// The time of the week: one of these is open.
    Window(#[serde(deserialize_with = "one_or_several")] Vec<Window>),
    /// The calendar: none of these holds.
    Freeze(Vec<Freeze>),
    /// Time since the release succeeded in the environment before.
    Soak(Span),
    /// A question to the outside world.
    Check(CheckGate),
    /// Those who may override agree to a hotfix: as many people as the policy asks for, the requester among them. Not in
    /// a config: a hotfix brings it with it.
    Hotfix,
}

/// A gate that asks the outside world until it has passed `times` in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckGate {
    /// What is asked.
    pub check: CheckSpec,
    /// How often in a row it must pass.
    pub times: u32,
    /// How long between two questions.
    pub every: Span,
    /// How long the gate may take before it fails.
    pub within: Span,
}

/// Days and hours in a time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// An IANA name, such as `Asia/Tokyo`.
    pub time_zone: String,
    /// Days of the week, Monday = 0; sorted, without repeats.
    pub days: Vec<u8>,
    /// Minutes after local midnight at which it opens.
    pub from: u16,
    /// Minutes after local midnight at which it closes; not after `from` means past midnight.
    pub to: u16,
    /// Local dates on which it stays shut: first and last, `YYYY-MM-DD`, both included.
    pub except: Vec<(String, String)>,
}

/// A time in which nothing is to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freeze {
    /// Once.
    Dates {
        /// An IANA name, such as `Asia/Tokyo`.
        time_zone: String,
        /// The local minute at which it begins, `YYYY-MM-DD HH:MM`.
        from: String,
        /// The local minute at which it is over.
        to: String,
    },
    /// Every week: while this window is open.
    Week(Window),
}

impl Freeze {
    /// How its local minutes are written.
    pub const FORMAT: &str = "%Y-%m-%d %H:%M";
}

/// A plan that was frozen before there could be several has one.
fn one_or_several<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Window>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Windows {
        Several(Vec<Window>),
        One(Window),
    }
    Ok(match Windows::deserialize(from)? {
        Windows::Several(windows) => windows,
        Windows::One(window) => vec![window],
    })
}

/// The time after the gates in which rules may roll back by themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// How long.
    pub length: Span,
    /// The rules.
    pub rules: Vec<Rule>,
    /// What happens when the samples do not suffice for a verdict.
    pub inconclusive: Inconclusive,
}

/// What happens when a watch cannot tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inconclusive {
    /// The group that is asked.
    pub ask: String,
    /// How long they have.
    pub within: Span,
    /// Whether silence means going back; otherwise the release is kept, without evidence.
    pub roll_back: bool,
}

/// One rule of a watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique in its watch.
    pub name: String,
    /// What is sampled.
    pub check: CheckSpec,
    /// How long between two samples.
    pub every: Span,
    /// What breaks it.
    pub breaks: Breaks,
}

/// What breaks a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaks {
    /// So many failed samples in a row.
    Consecutive {
        /// How many.
        fails: u32,
    },
    /// A value beyond a bound for a time.
    Threshold {
        /// Beyond is above the bound; otherwise below it.
        above: bool,
        /// The bound.
        bound: f64,
        /// For how long without a break.
        lasting: Span,
        /// Fewer samples than this in the whole watch make it inconclusive.
        at_least: u32,
    },
}

/// What the config says of an environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Where the app runs.
    pub target: TargetSpec,
    /// The address people and checks use, if any.
    #[serde(default)]
    pub url: Option<String>,
    /// The zone in which people read times.
    pub time_zone: String,
    /// Gates before the rollout.
    pub before: Vec<Gate>,
    /// Gates after the rollout.
    pub after: Vec<Gate>,
    /// The watch; none is a watch of zero length, passed.
    pub watch: Option<Watch>,
    /// How long a deployment may wait before its rollout.
    pub give_up: Span,
    /// How long a rollout may take.
    pub rollout_within: Span,
    /// How many people it takes to override a gate, or to release out of order.
    #[serde(default = "one")]
    pub override_by: u32,
}

impl Policy {
    /// Every check, with the gate or the rule that asks it.
    pub fn checks(&self) -> impl Iterator<Item = (&str, &CheckSpec)> {
        let gates = self.before.iter().chain(&self.after).filter_map(|gate| match &gate.rule {
            GateRule::Check(check) => Some((gate.name.as_str(), &check.check)),
            _ => None,
        });
        let rules = self.watch.iter().flat_map(|watch| &watch.rules);
        gates.chain(rules.map(|rule| (rule.name.as_str(), &rule.check)))
    }
}

const fn one() -> u32 {
    1
}

/// The policy, frozen, with what it stands on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What the config said when the deployment left `queued`.
    pub policy: Policy,
    /// What the environment goes back to; none where nothing known runs.
    pub fallback: Option<Release>,
    /// The releases, after the fallback up to the one going out, that cannot be gone back from.
    pub one_way: Vec<String>,
    /// How many machines the target has.
    pub machines: u32,
    /// The machines as they were found: what they ran, though it be a mix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<FoundMachine>,
}

impl Plan {
    /// Whether there is no way back once it has begun, so that people are called instead.
    #[must_use]
    pub const fn is_one_way(&self) -> bool {
        !self.one_way.is_empty()
    }
}
