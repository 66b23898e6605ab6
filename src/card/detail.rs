//! The details of a deployment, for those who read its thread: a line for each ledger entry that says something.
//!
//! A line depends on the entries up to its own alone (the machines apart, which are shown as they stand), so that what
//! was posted stays true as more is appended. Of a watch, only the answers that fail or differ from the one before
//! are told: hundreds of passes are no news.
//!
//! To tell of one more sort of entry: an arm in [`Teller::line`], and its words.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::{Row, cause, deployment, now, rollout};
use crate::domain::{
    Breaks, Cause, Ended, Entry, Kind, Outcome, Plan, Reading, Requested, Rule, Subject, Verdict, What, When, Who,
};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// A line about a ledger entry. An entry may have several, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The entry's number in its environment's ledger.
    pub seq: u64,
    /// The words, with everything from outside already made harmless.
    pub text: String,
}

/// How far a deployment's story was told, and what of that matters to what comes next.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The number of the last entry that was read, whether it said anything or not.
    pub read: u64,
    /// The number of the last entry that said something.
    pub told: u64,
    so_far: SoFar,
}

impl Story {
    /// The lines about a deployment's next entries, which are given oldest first: from the beginning to a new story, else
    /// those after the last one that was read.
    #[must_use]
    pub fn goes_on(&mut self, entries: &[(u64, Entry)], view: &DeploymentView, words: &Words) -> Vec<Detail> {
        let words = &words.here(&view.time_zone, view.now);
        let mut teller = Teller { view, words, so_far: &mut self.so_far };
        let own = entries.iter().filter(|(_, entry)| entry.what.deployment() == Some(&view.deployment.id));
        let mut told = Vec::new();
        for (seq, entry) in own {
            let mut tell = |text: String| told.push(Detail { seq: *seq, text });
            if let Some(line) = teller.line(entry) {
                tell(format!("{} {}", teller.time(entry), line.trim_end()));
            }
            teller.machines(entry).into_iter().for_each(&mut tell);
        }
        self.read = entries.last().map_or(self.read, |(seq, _)| *seq);
        self.told = told.last().map_or(self.told, |detail| detail.seq);
        told
    }
}

/// What was told so far, as far as it matters to what comes next.
#[derive(Clone, Debug, Default)]
struct SoFar {
    /// How each rule stood at its last answer.
    answers: BTreeMap<String, Stand>,
    /// What was begun last, and whether it was going back.
    attempt: u64,
    goes_back: bool,
    /// The causes that were told already.
    told: Vec<Cause>,
}

struct Teller<'a> {
    view: &'a DeploymentView,
    words: &'a Words,
    so_far: &'a mut SoFar,
}

/// What an answer is to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    Good,
    Bad,
    Unknown,
}

type Args<'a> = &'a [(&'a str, &'a dyn Display)];

impl Teller<'_> {
    fn line(&mut self, entry: &Entry) -> Option<String> {
        let name = entry.by.as_ref().map_or_else(|| self.words.get("card-shipgate"), |who: &Who| who.name.clone());
        Some(match &entry.what {
            What::Requested(requested) => self.requested(requested, &name),
            What::Dequeued { .. } => self.words.get("detail-dequeued"),
            What::Looked { found, running, .. } => {
                let key = if running.is_some() { "detail-looked" } else { "detail-looked-mixed" };
                let version = deployment::version_of(running.as_ref(), self.words);
                self.say(key, &[("n", &found.machines.len()), ("version", &version)])
            }
            What::LookFailed { note, .. } => self.tell(Cause::LookFailed { note: note.clone() }),
            What::PassedOver { gone, release, .. } => self.say(
                "detail-passed-over",
                &[("versions", &self.words.list(gone)), ("count", &gone.len()), ("version", &release.version)],
            ),
            What::Planned { plan, .. } => self.planned(plan),
            What::Asked { gates, .. } => {
                let gates: Vec<String> = gates.iter().map(|gate| harmless(gate, NAME)).collect();
                self.say("detail-asked", &[("gates", &self.words.list(&gates))])
            }
            What::Interrupted { .. } => self.words.get("detail-interrupted"),
            What::Snoozed { until_at, .. } => self.say("detail-snoozed", &[("name", &name), ("until", &until_at.0)]),
            What::Reminded { gates, .. } if gates.is_empty() => self.words.get("detail-reminded-undecided"),
            What::Reminded { gates, .. } => {
                let gates: Vec<String> = gates.iter().map(|gate| harmless(gate, NAME)).collect();
                self.say("detail-reminded", &[("gates", &self.words.list(&gates))])
            }
            What::Approved { gate, .. } => self.say("detail-approved", &[("name", &name), ("gate", gate)]),
            What::Confirmed { gate, .. } => self.say("detail-confirmed", &[("name", &name), ("gate", gate)]),
            What::Overridden { gate, reason, .. } => {
                self.say("detail-overridden", &[("name", &name), ("gate", gate), ("reason", reason)])
            }
            What::Answered { subject, round, reading } => return self.answered(subject, *round, reading),
            What::GatePassed { gate, .. } => self.say("detail-gate-passed", &[("gate", gate)]),
            What::GateFailed { gate, note, .. } => {
                self.tell(Cause::GateFailed { gate: gate.clone(), note: note.clone() })
            }
            What::RolloutStarted { attempt, .. } => {
                (self.so_far.attempt, self.so_far.goes_back) = (*attempt, false);
                self.about("detail-rollout", "")
            }
            What::RolloutResumed { attempt, .. } => {
                self.so_far.attempt = *attempt;
                self.about("detail-goes-on", "")
            }
            What::TargetEnded { attempt, ended, .. } => self.ended(*attempt, ended),
            What::VerifyingStarted { .. } if self.has_gates_after() => self.words.get("detail-verifying"),
            What::WatchStarted { .. } => self.watched()?,
            What::WatchUndecided { rules, until_at, .. } => {
                let rules: Vec<String> = rules.iter().map(|rule| harmless(rule, NAME)).collect();
                self.say("detail-undecided", &[("rules", &self.words.list(&rules)), ("until", &until_at.0)])
            }
            What::RollbackStarted { attempt, cause, .. } => {
                (self.so_far.attempt, self.so_far.goes_back) = (*attempt, true);
                let key = if self.has_fallback() { "detail-going-back" } else { "detail-going-back-alone" };
                let why = self.why(Some(cause));
                self.about(key, &why)
            }
            What::Closed { outcome, cause, .. } => self.closed(*outcome, cause.as_ref()),
            What::Unstuck { .. } => self.words.get("detail-unstuck"),
            _ => return None,
        })
    }

    /// Each machine once a rollout or a restore has ended: as it stands, and so only under the last one.
    fn machines(&self, entry: &Entry) -> Vec<String> {
        let What::TargetEnded { attempt, .. } = &entry.what else { return Vec::new() };
        if *attempt != self.view.deployment.attempt {
            return Vec::new();
        }
        let rows = rollout::machines(self.view, self.words).into_iter();
        let line = |row| match row {
            Row::Item { text, detail, .. } => {
                Some(self.say("detail-machine", &[("machine", &text), ("said", &detail)]))
            }
            _ => None,
        };
        rows.filter_map(line).collect()
    }

    /// To the second; with its day where that is not the day of the request.
    fn time(&self, entry: &Entry) -> String {
        if self.words.is_same_day(entry.at, self.view.deployment.requested_at) {
            return self.words.clock(entry.at);
        }
        self.words.time_short(entry.at)
    }

    fn requested(&self, requested: &Requested, name: &str) -> String {
        let back = requested.kind == Kind::Rollback;
        let given = if requested.reason.is_some() { "yes" } else { "no" };
        self.say(
            if back { "detail-requested-back" } else { "detail-requested" },
            &[
                ("name", &name),
                ("version", &requested.release.version),
                ("environment", &self.view.deployment.environment),
                ("given", &given),
                ("reason", &requested.reason.clone().unwrap_or_default()),
            ],
        )
    }

    fn planned(&self, plan: &Plan) -> String {
        let key = if plan.fallback.is_some() { "detail-planned" } else { "detail-planned-alone" };
        let from = deployment::version_of(plan.fallback.as_ref(), self.words);
        self.say(key, &[("environment", &self.view.deployment.environment), ("from", &from)])
    }

    fn answered(&mut self, subject: &Subject, round: u32, reading: &Reading) -> Option<String> {
        match subject {
            Subject::Gate { name, .. } => {
                let verdict = self.verdict(reading.verdict);
                Some(self.answer("detail-gate-answer", name, round, reading, &verdict))
            }
            Subject::Rule { name, .. } => {
                let rule = self.rule(name);
                let stand = stand(rule.as_ref(), reading);
                let before = self.so_far.answers.insert(name.clone(), stand);
                let verdict = match (rule.map(|rule| rule.breaks), stand) {
                    (Some(Breaks::Threshold { bound, .. }), Stand::Bad) => {
                        self.say("detail-beyond", &[("bound", &self.words.number(bound))])
                    }
                    _ => self.verdict(reading.verdict),
                };
                let is_news = stand == Stand::Bad || before != Some(stand);
                is_news.then(|| self.answer("detail-rule-answer", name, round, reading, &verdict))
            }
            Subject::Smoke { .. } => None,
        }
    }

    fn answer(&self, key: &str, name: &str, round: u32, reading: &Reading, verdict: &str) -> String {
        let value = reading.value.map(|value| self.words.number(value)).unwrap_or_default();
        let said = super::parts(&[value, cause::said(&reading.note, self.words)]);
        self.say(key, &[("name", &name), ("round", &round), ("verdict", &verdict), ("said", &said)])
    }

    fn verdict(&self, verdict: Verdict) -> String {
        self.words.get(match verdict {
            Verdict::Pass => "gate-passed",
            Verdict::Fail => "gate-failed",
            Verdict::Unknown => "smoke-unknown",
        })
    }

    fn rule(&self, name: &str) -> Option<Rule> {
        let watch = self.view.deployment.plan.as_ref()?.policy.watch.as_ref()?;
        watch.rules.iter().find(|rule| rule.name == name).cloned()
    }

    fn ended(&mut self, attempt: u64, ended: &Ended) -> String {
        if attempt != self.so_far.attempt {
            return self.words.get("detail-late");
        }
        match ended {
            Ended::Done if self.so_far.goes_back && self.has_fallback() => self.about("detail-restored", ""),
            Ended::Done if self.so_far.goes_back => self.words.get("detail-restored-alone"),
            Ended::Done => self.about("detail-rolled-out", ""),
            Ended::Failed { note, .. } if self.so_far.goes_back => {
                self.tell(Cause::RestoreFailed { note: note.clone() })
            }
            Ended::Failed { note, .. } => self.tell(Cause::RolloutFailed { note: note.clone() }),
            Ended::Halted => self.words.get("detail-halted"),
            Ended::Unknown { note } => self.say("detail-unknown", &[("said", &cause::said(note, self.words))]),
        }
    }

    fn watched(&self) -> Option<String> {
        let watch = self.view.deployment.plan.as_ref()?.policy.watch.as_ref()?;
        let rules: Vec<String> = watch.rules.iter().map(|rule| harmless(&rule.name, NAME)).collect();
        Some(self.say("detail-watch", &[("span", &watch.length.0), ("rules", &self.words.list(&rules))]))
    }

    fn closed(&mut self, outcome: Outcome, why: Option<&Cause>) -> String {
        let status = match (outcome, why) {
            (Outcome::Succeeded, Some(Cause::Kept { .. })) => "outcome-kept",
            _ => deployment::outcome_key(outcome),
        };
        let why = self.why(why);
        self.say("detail-closed", &[("status", &self.words.get(status)), ("what", &why)])
    }

    /// Why something follows, unless that was told just before.
    fn why(&mut self, why: Option<&Cause>) -> String {
        let untold = why.filter(|why| !self.so_far.told.contains(why)).cloned();
        untold.map(|why| self.tell(why)).unwrap_or_default()
    }

    /// What happened, which may be why something follows.
    fn tell(&mut self, why: Cause) -> String {
        let said = cause::sentence(&why, &self.view.deployment, self.words).unwrap_or_default();
        self.so_far.told.push(why);
        said
    }

    fn has_fallback(&self) -> bool {
        self.view.deployment.plan.as_ref().is_some_and(|plan| plan.fallback.is_some())
    }

    fn has_gates_after(&self) -> bool {
        self.view.deployment.gates.iter().any(|gate| gate.when == When::After)
    }

    fn about(&self, key: &str, what: &str) -> String {
        let d = &self.view.deployment;
        let from = now::fallback(d, self.words);
        let args: Args<'_> =
            &[("version", &d.release.version), ("environment", &d.environment), ("from", &from), ("what", &what)];
        self.say(key, args)
    }

    fn say(&self, key: &str, args: Args<'_>) -> String {
        self.words.with(key, args)
    }
}

/// What an answer is to a rule: a value is judged by its bound, whatever the check says of it.
pub(super) fn stand(rule: Option<&Rule>, reading: &Reading) -> Stand {
    if reading.verdict == Verdict::Unknown {
        return Stand::Unknown;
    }
    let is_bad = match (rule.map(|rule| &rule.breaks), reading.value) {
        (Some(Breaks::Threshold { .. }), None) => return Stand::Unknown,
        (Some(Breaks::Threshold { above: true, bound, .. }), Some(value)) => value > *bound,
        (Some(Breaks::Threshold { bound, .. }), Some(value)) => value < *bound,
        (Some(Breaks::Consecutive { .. }) | None, _) => reading.verdict == Verdict::Fail,
    };
    if is_bad { Stand::Bad } else { Stand::Good }
}
