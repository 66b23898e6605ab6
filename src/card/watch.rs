//! The rules of a watch: what breaks each, how it stands, and when the watch ends.

use super::{Mark, Row, parts};
use crate::domain::{Breaks, Outcome, Phase, RuleProgress, Verdict};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// The rows of the watch: while it goes on, and where it was what ended the deployment or lets it go back.
pub(super) fn rows(view: &DeploymentView, words: &Words) -> Vec<Row> {
    let d = &view.deployment;
    let Some(watch) = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()) else { return Vec::new() };
    if watch.rules.is_empty() || matches!(d.outcome, Some(Outcome::Aborted | Outcome::Superseded)) {
        return Vec::new();
    }
    if d.phase != Phase::Watching && !d.rules.iter().any(|rule| rule.rounds > 0) {
        let rules: Vec<String> = watch.rules.iter().map(|rule| harmless(&rule.name, NAME)).collect();
        let planned = words.with("watch-planned", &[("span", &watch.length.0), ("rules", &words.list(&rules))]);
        let waits = d.outcome.is_none() && d.phase != Phase::RollingBack;
        return waits.then(|| Row::field(words.get("card-watch"), planned)).into_iter().collect();
    }
    let mut rows = vec![Row::heading(words.get("card-watch"))];
    if d.phase == Phase::Watching {
        let (text, until) = match d.undecided_until {
            Some(until) => (words.get("watch-decide-within"), until),
            None => (words.get("watch-ends"), d.phase_since.plus(watch.length)),
        };
        rows.push(Row::Countdown { text, until });
    }
    rows.extend(d.rules.iter().map(|rule| item(rule, words)));
    rows
}

fn item(progress: &RuleProgress, words: &Words) -> Row {
    let rule = &progress.rule;
    let last = progress.last.as_ref();
    let value = last.and_then(|reading| reading.value).map(|value| words.number(value));
    let (broken, demand, stand) = match &rule.breaks {
        Breaks::Consecutive { fails } => (
            progress.bad_in_a_row >= *fails,
            words.with("watch-rule-fails", &[("fails", fails)]),
            words.with("watch-fails-now", &[("n", &progress.bad_in_a_row), ("fails", fails)]),
        ),
        Breaks::Threshold { above, bound, lasting, .. } => {
            let bad = progress.bad_since.zip(last).map(|(since, last)| last.at.since(since));
            (
                bad.is_some_and(|bad| bad >= *lasting),
                words.with(
                    if *above { "watch-rule-above" } else { "watch-rule-below" },
                    &[("bound", &words.number(*bound)), ("span", &lasting.0)],
                ),
                bad.map(|bad| words.with("watch-beyond-now", &[("span", &bad.0)])).unwrap_or_default(),
            )
        }
    };
    let said = last.map_or_else(|| words.get("watch-no-sample"), |reading| words.note(&reading.note));
    let detail = parts(&[
        value.map(|value| words.with("watch-value-now", &[("value", &value)])).unwrap_or_default(),
        stand,
        samples(progress, words),
        words.with("watch-last", &[("said", &said)]),
        demand,
    ]);
    Row::item(mark(progress, broken), harmless(&rule.name, NAME), detail)
}

fn samples(progress: &RuleProgress, words: &Words) -> String {
    match &progress.rule.breaks {
        Breaks::Threshold { at_least, .. } if *at_least > 0 => {
            words.with("watch-samples-of", &[("n", &progress.samples), ("at_least", at_least)])
        }
        _ => words.with("watch-samples", &[("n", &progress.samples)]),
    }
}

fn mark(progress: &RuleProgress, broken: bool) -> Mark {
    match progress.last.as_ref().map(|reading| reading.verdict) {
        _ if broken => Mark::Failed,
        None | Some(Verdict::Unknown) => Mark::Waiting,
        Some(_) if progress.bad_in_a_row > 0 => Mark::Running,
        Some(_) => Mark::Passed,
    }
}
