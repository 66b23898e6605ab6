//! Why a deployment went back or ended: which gate or rule, which numbers, which window.

use crate::domain::{Breach, Breaks, Cause, Deployment, Note, Rule};
use crate::words::Words;

/// The cause in a sentence or two; none where another sentence says it already.
pub(super) fn sentence(cause: &Cause, d: &Deployment, words: &Words) -> Option<String> {
    Some(match cause {
        Cause::Aborted { by, reason } => decided("cause-aborted", &by.name, reason.as_ref(), words),
        Cause::Rejected { by, reason } => decided("cause-rejected", &by.name, reason.as_ref(), words),
        Cause::GaveUp => {
            let waited = d.plan.as_ref().map_or(0, |plan| plan.policy.give_up.0);
            words.with("cause-gave-up", &[("known", &yes(waited > 0)), ("span", &waited)])
        }
        Cause::LookFailed { note } => words.with("cause-look-failed", &[("said", &said(note, words))]),
        Cause::NothingToUpdate => words.get("cause-nothing-to-update"),
        Cause::NothingToGoBackTo { gone } => {
            words.with("cause-nothing-to-go-back-to", &[("count", &gone.len()), ("gone", &words.list(gone))])
        }
        Cause::ImageGone { version } => {
            words.with("cause-image-gone", &[("version", version), ("environment", &d.environment)])
        }
        Cause::EnvironmentGone => words.get("cause-environment-gone"),
        Cause::Barred { version } => words.with("cause-barred", &[("version", version)]),
        Cause::GateFailed { gate, note } => {
            words.with("cause-gate-failed", &[("gate", gate), ("said", &said(note, words))])
        }
        Cause::RolloutFailed { note } => words.with("cause-rollout-failed", &[("said", &said(note, words))]),
        Cause::RolloutTooLong => {
            let limit = d.plan.as_ref().map_or(0, |plan| plan.policy.rollout_within.0);
            words.with("cause-rollout-too-long", &[("span", &limit)])
        }
        Cause::RuleBroken { rule, breach } => broken(rule, breach, d, words),
        Cause::Undecided => words.get("cause-undecided"),
        Cause::RestoreFailed { note } => words.with("cause-restore-failed", &[("said", &said(note, words))]),
        Cause::Superseded { version, by } => {
            words.with("cause-superseded", &[("version", version), ("name", &by.name)])
        }
        Cause::Kept { by: Some(by) } => words.with("cause-kept", &[("name", &by.name)]),
        Cause::Kept { by: None } => words.get("cause-kept-by-itself"),
    })
}

/// What somebody else said, without the full stop that the sentence around it brings.
pub(super) fn said(note: &Note, words: &Words) -> String {
    words.note(note).trim_end_matches(['.', '。']).to_owned()
}

const fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn decided(key: &str, name: &str, reason: Option<&String>, words: &Words) -> String {
    let given = yes(reason.is_some());
    words.with(key, &[("name", &name), ("given", &given), ("reason", &reason.cloned().unwrap_or_default())])
}

fn broken(name: &str, breach: &Breach, d: &Deployment, words: &Words) -> String {
    let planned = |rule: &&Rule| rule.name == name;
    let watch = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref());
    let rule = d.rules.iter().map(|r| &r.rule).chain(watch.into_iter().flat_map(|w| &w.rules)).find(planned);
    let window = words.with(
        "cause-window",
        &[
            ("from", &words.clock(breach.from_at)),
            ("to", &words.clock(breach.to_at)),
            ("span", &breach.to_at.since(breach.from_at).0),
        ],
    );
    let said = said(&breach.note, words);
    match rule.map(|rule| &rule.breaks) {
        Some(Breaks::Threshold { above, bound, lasting, .. }) => words.with(
            if *above { "cause-rule-above" } else { "cause-rule-below" },
            &[
                ("rule", &name),
                ("bound", &words.number(*bound)),
                ("lasting_span", &lasting.0),
                ("value", &breach.value.map_or_else(|| "?".to_owned(), |value| words.number(value))),
                ("samples", &breach.samples),
                ("window", &window),
                ("said", &said),
            ],
        ),
        Some(Breaks::Consecutive { fails }) => words.with(
            "cause-rule-failed",
            &[("rule", &name), ("samples", &breach.samples), ("fails", fails), ("window", &window), ("said", &said)],
        ),
        None => words.with(
            "cause-rule-failed",
            &[
                ("rule", &name),
                ("samples", &breach.samples),
                ("fails", &breach.samples),
                ("window", &window),
                ("said", &said),
            ],
        ),
    }
}
