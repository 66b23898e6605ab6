//! The rules of a watch: what breaks each, how it stands, and when the watch ends.

use super::detail::{Stand, stand};
use super::now::was_kept;
use super::{Mark, Row, parts};
use crate::domain::{Breaks, Cause, Deployment, Outcome, Phase, RuleProgress, Verdict};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// The watch in a line of the checklist: before it begins, and once it has passed.
pub(super) fn planned(view: &DeploymentView, words: &Words) -> Option<Row> {
    let d = &view.deployment;
    let watch = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()).filter(|watch| !watch.rules.is_empty())?;
    let (mark, key) = match (d.phase, d.outcome) {
        (Phase::Queued | Phase::Entering | Phase::RollingOut | Phase::Verifying, _) => {
            (Mark::Waiting, if d.is_one_way() { "watch-planned-one-way" } else { "watch-planned" })
        }
        (_, Some(Outcome::Succeeded)) if !was_kept(d) => (Mark::Passed, "watch-passed"),
        _ => return None,
    };
    let rules: Vec<String> = watch.rules.iter().map(|rule| harmless(&rule.name, NAME)).collect();
    let detail = words.with(key, &[("span", &watch.length.0), ("rules", &words.list(&rules))]);
    Some(Row::item(mark, words.get("watch-name"), detail))
}

/// The rules of the watch: while it goes on, and where it is why the deployment goes back, or was kept.
pub(super) fn rows(view: &DeploymentView, words: &Words) -> Vec<Row> {
    let d = &view.deployment;
    let Some(watch) = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()) else { return Vec::new() };
    let matters = matches!(d.cause, Some(Cause::RuleBroken { .. } | Cause::Undecided | Cause::Kept { .. }));
    if watch.rules.is_empty() || d.rules.is_empty() || !(d.phase == Phase::Watching || matters) {
        return Vec::new();
    }
    let mut rows = vec![Row::heading(words.get("card-watch"))];
    if d.phase == Phase::Watching {
        let (text, until) = match d.undecided_until {
            Some(until) => (words.get("watch-decide-within"), until),
            None => (words.get("watch-ends"), d.phase_since.plus(watch.length)),
        };
        rows.push(Row::Countdown { text, until });
    }
    rows.extend(d.rules.iter().map(|rule| item(rule, d, words)));
    rows
}

fn item(progress: &RuleProgress, d: &Deployment, words: &Words) -> Row {
    let rule = &progress.rule;
    let last = progress.last.as_ref();
    let value = || last.and_then(|reading| reading.value).map(|value| words.number(value));
    let (broken, value, so_far) = match &rule.breaks {
        Breaks::Consecutive { fails } => {
            (progress.bad_in_a_row >= *fails, None, words.with("watch-fails-now", &[("n", &progress.bad_in_a_row)]))
        }
        Breaks::Threshold { lasting, at_least, .. } => {
            // Time in which nothing was measured makes it no worse.
            let measured = last.filter(|reading| stand(Some(rule), reading) != Stand::Unknown);
            let bad = progress.bad_since.zip(measured).map(|(since, last)| last.at.since(since));
            (
                bad.is_some_and(|bad| bad >= *lasting) && progress.samples >= *at_least,
                value(),
                bad.map(|bad| words.with("watch-beyond-now", &[("span", &bad.0)])).unwrap_or_default(),
            )
        }
    };
    let said = last.map_or_else(|| words.get("watch-no-sample"), |reading| words.note(&reading.note));
    let detail = parts(&[
        demand(&rule.breaks, d, words),
        value.map(|value| words.with("watch-value-now", &[("value", &value)])).unwrap_or_default(),
        so_far,
        samples(progress, words),
        words.with("watch-last", &[("said", &said)]),
    ]);
    Row::item(mark(progress, broken), harmless(&rule.name, NAME), detail)
}

/// What breaks a rule, and what follows.
pub(super) fn demand(breaks: &Breaks, d: &Deployment, words: &Words) -> String {
    let then = if d.is_one_way() { "people" } else { "back" };
    match breaks {
        Breaks::Consecutive { fails } => words.with("watch-rule-fails", &[("fails", fails), ("then", &then)]),
        Breaks::Threshold { above, bound, lasting, .. } => words.with(
            if *above { "watch-rule-above" } else { "watch-rule-below" },
            &[("bound", &words.number(*bound)), ("span", &lasting.0), ("then", &then)],
        ),
    }
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
        Some(_) if progress.bad_in_a_row > 0 || progress.bad_since.is_some() => Mark::Running,
        Some(_) => Mark::Passed,
    }
}
