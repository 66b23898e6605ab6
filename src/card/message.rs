//! What is said once, because edits of a card notify nobody: one line for a ledger entry.

use super::{cause, deployment, smoke};
use crate::domain::{Cause, Deployment, Ended, Entry, GateProgress, Kind, Outcome, Phase, Smoke, What, awaited};
use crate::view::DeploymentView;
use crate::words::{LINE, NAME, Words, harmless};

/// What happened, in one line, for those who must know or act.
#[must_use]
pub fn message(entry: &Entry, view: &DeploymentView, words: &Words) -> String {
    let words = &words.here(&view.time_zone, view.now);
    let d = &view.deployment;
    match &entry.what {
        What::Asked { gates, again, .. } => {
            let gates: Vec<String> = gates.iter().map(|gate| harmless(gate, NAME)).collect();
            about(if *again { "say-asked-again" } else { "say-asked" }, d, words, &words.list(&gates))
        }
        What::Reminded { gates, snooze, decide_until_at, .. } => {
            let gates: Vec<String> = gates.iter().map(|gate| harmless(gate, NAME)).collect();
            words.with(
                if decide_until_at.is_some() { "say-reminded-undecided" } else { "say-reminded" },
                &[
                    ("version", &d.release.version),
                    ("environment", &d.environment),
                    ("app", &d.app),
                    ("what", &words.list(&gates)),
                    ("name", &snooze.by.name),
                    ("at", &snooze.at.0),
                    ("until", &decide_until_at.unwrap_or_default().0),
                ],
            )
        }
        What::WatchUndecided { rules, until_at: until, .. } => words.with(
            "say-undecided",
            &[
                ("version", &d.release.version),
                ("environment", &d.environment),
                ("app", &d.app),
                ("rules", &words.list(rules)),
                ("until", &until.0),
            ],
        ),
        What::PassedOver { gone, release, .. } => words.with(
            "say-passed-over",
            &[
                ("app", &d.app),
                ("environment", &d.environment),
                ("count", &gone.len()),
                ("gone", &words.list(gone)),
                ("version", &release.version),
            ],
        ),
        What::Overridden { gate, reason, .. } => overridden(entry, (gate, reason), d, words),
        What::TargetEnded { ended: Ended::Halted, .. } => about("say-halted", d, words, &halted(view, words)),
        What::RolloutResumed { .. } => about("say-goes-on", d, words, ""),
        What::Requested(requested) if requested.kind == Kind::Hotfix => {
            about("say-hotfix", d, words, &harmless(requested.reason.as_deref().unwrap_or_default(), LINE))
        }
        What::RollbackStarted { cause, .. } => about("say-rolling-back", d, words, &why(Some(cause), d, words)),
        What::Closed { outcome, cause, .. } => closed(*outcome, cause.as_ref(), d, words),
        What::Locked { lock } => words.with(
            "say-locked",
            &[
                ("app", &d.app),
                ("environment", &d.environment),
                ("name", &lock.owner.as_ref().map_or_else(|| words.get("card-shipgate"), |who| who.name.clone())),
                ("reason", &lock.reason),
            ],
        ),
        _ => deployment::title(d, &deployment::status(view, words), words),
    }
}

/// Whether what an entry tells is no news any more: a chat that was away is not to call people to what is over.
#[must_use]
pub fn is_past(entry: &Entry, view: &DeploymentView) -> bool {
    let d = &view.deployment;
    match &entry.what {
        What::Asked { .. } => d.phase != Phase::Entering || view.unfit.is_some(),
        What::Overridden { gate, .. } => {
            let progress = d.gates.iter().find(|progress| progress.gate.name == *gate);
            let asks = still_missing(progress, entry, d) > 0;
            asks && (d.phase == Phase::Closed || !progress.is_some_and(|progress| progress.state.is_undecided()))
        }
        What::WatchUndecided { .. } => d.undecided_until.is_none(),
        // Who has snoozed it once more is not to be called for the time before.
        What::Reminded { .. } if d.snooze.is_some() => true,
        What::Reminded { gates, decide_until_at: None, .. } => {
            awaited(d, view.now).iter().all(|open| !gates.contains(&open.gate.name))
        }
        What::Reminded { .. } => d.undecided_until.is_none(),
        What::RollbackStarted { .. } => d.phase == Phase::Closed,
        What::TargetEnded { ended: Ended::Halted, .. } => d.halted_at.is_none(),
        What::RolloutResumed { .. } => d.phase != Phase::RollingOut,
        _ => false,
    }
}

/// What came of a smoke test, in one line.
#[must_use]
pub fn smoke_message(asked: &Smoke, words: &Words) -> String {
    words.with(
        "say-smoke",
        &[("app", &asked.app), ("environment", &asked.environment), ("verdict", &smoke::verdict(asked, words))],
    )
}

/// Who wants a gate passed over, and whether that suffices.
fn overridden(entry: &Entry, (gate, reason): (&str, &str), d: &Deployment, words: &Words) -> String {
    let by = entry.by.as_ref().map(|by| harmless(&by.name, NAME)).unwrap_or_default();
    let missing = still_missing(d.gates.iter().find(|progress| progress.gate.name == gate), entry, d);
    words.with(
        if missing == 0 { "say-overridden" } else { "say-override-asked" },
        &[
            ("app", &d.app),
            ("version", &d.release.version),
            ("environment", &d.environment),
            ("by", &by),
            ("gate", &harmless(gate, NAME)),
            ("reason", &harmless(reason, LINE)),
            ("missing", &missing),
        ],
    )
}

/// How many more people it took to pass a gate over when one of them had said so. What was said first stays the first
/// word, however many there are by now.
fn still_missing(progress: Option<&GateProgress>, entry: &Entry, d: &Deployment) -> u32 {
    let needed = d.plan.as_ref().map_or(1, |plan| plan.policy.override_by);
    let until = progress.map_or(1, |p| p.overrides.iter().filter(|word| word.at <= entry.at).count());
    needed.saturating_sub(u32::try_from(until).unwrap_or(u32::MAX))
}

fn halted(view: &DeploymentView, words: &Words) -> String {
    view.halt.as_ref().map(|halt| deployment::halted_by(halt, words)).unwrap_or_default()
}

fn closed(outcome: Outcome, why_so: Option<&Cause>, d: &Deployment, words: &Words) -> String {
    let back = d.kind == Kind::Rollback;
    let key = match outcome {
        Outcome::Succeeded if matches!(why_so, Some(Cause::Kept { .. })) => "say-kept",
        Outcome::Succeeded if back => "say-succeeded-back",
        Outcome::Succeeded => "say-succeeded",
        Outcome::RolledBack => "say-rolled-back",
        // What goes back has its cause from then; what ends untouched has it now.
        Outcome::Failed if why_so.is_none() => "say-failed-restored",
        Outcome::Failed => "say-failed",
        Outcome::Aborted => "say-aborted",
        Outcome::Superseded => "say-superseded",
        Outcome::NeedsPeople => "say-needs-people",
    };
    // Not every end brings a cause of its own: what went back has it from when it began to.
    about(key, d, words, &why(why_so.or(d.cause.as_ref()), d, words))
}

fn why(why: Option<&Cause>, d: &Deployment, words: &Words) -> String {
    why.and_then(|why| cause::sentence(why, d, words)).unwrap_or_default()
}

fn about(key: &str, d: &Deployment, words: &Words, what: &str) -> String {
    let fallback = d.plan.as_ref().and_then(|plan| plan.fallback.as_ref()).or(d.from.as_ref());
    words.with(
        key,
        &[
            ("app", &d.app),
            ("version", &d.release.version),
            ("environment", &d.environment),
            ("from", &deployment::version_of(fallback, words)),
            ("name", &d.requested_by.name),
            ("what", &what),
        ],
    )
}
