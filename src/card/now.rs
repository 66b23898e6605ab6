//! What is going on, what it means, and what to do: the sentences at the head of a deployment's card.

use super::deployment::version_of;
use super::{Row, gates};
use crate::domain::{Cause, Deployment, GateRule, GateState, Kind, Outcome, Phase, When};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// Whether the gates before the rollout wait for nothing but people, and they have been called.
pub(super) fn waits_for_people(view: &DeploymentView) -> bool {
    let d = &view.deployment;
    d.phase == Phase::Entering
        && d.asked_at.is_some()
        && view.unfit.is_none()
        && (awaits_override(view)
            || view
                .gates
                .iter()
                .any(|g| g.when == When::Before && g.state == GateState::Waiting && g.waits_for.is_some()))
}

/// Whether a hotfix waits for the others who must agree to it.
fn awaits_override(view: &DeploymentView) -> bool {
    view.deployment.gates.iter().any(|gate| gate.gate.rule == GateRule::Hotfix && gate.state == GateState::Waiting)
}

/// Whether it was kept although the watch could not tell.
pub(super) const fn was_kept(d: &Deployment) -> bool {
    matches!(d.cause, Some(Cause::Kept { .. }))
}

/// Where a success can be promoted to. What was kept without a verdict has no evidence, and what a rollback brings back
/// was promoted in its time; nor is anything promoted to where it runs, or once it is barred.
pub(super) fn next_environment(view: &DeploymentView) -> Option<&String> {
    let d = &view.deployment;
    let good = d.outcome == Some(Outcome::Succeeded) && !was_kept(d) && d.kind != Kind::Rollback;
    view.next_environment.as_ref().filter(|_| good && view.is_running && !view.next_runs_it && !view.is_barred)
}

/// Whether it failed after it had changed something. With a release to fall back to, that would be `rolled_back`.
fn was_restored(d: &Deployment) -> bool {
    d.has_touched() && d.plan.as_ref().is_some_and(|plan| plan.fallback.is_none())
}

/// What is going on, and what it means.
pub(super) fn sentence(view: &DeploymentView, words: &Words) -> String {
    let d = &view.deployment;
    if let (Phase::Queued, Some((_, version))) = (d.phase, &view.behind) {
        return words.with("now-queued-behind", &[("version", version), ("environment", &d.environment)]);
    }
    let until = d.undecided_until.unwrap_or_default();
    words.with(
        key(view),
        &[
            ("app", &d.app),
            ("version", &d.release.version),
            ("environment", &d.environment),
            ("from", &fallback(d, words)),
            ("people", &people(view, words)),
            ("until", &until.0),
        ],
    )
}

fn key(view: &DeploymentView) -> &'static str {
    let d = &view.deployment;
    let back = d.kind == Kind::Rollback;
    match (d.phase, d.outcome) {
        (Phase::Queued, _) => "now-queued",
        (Phase::Entering, _) if waits_for_people(view) => "now-asking",
        (Phase::Entering, _) if view.unfit.is_some() => "now-entering-barred",
        (Phase::Entering, _) if !back && view.halt.is_some() => "now-entering-halted",
        (Phase::Entering, _) => "now-entering",
        (Phase::RollingOut, _) => rolling_out(d),
        (Phase::Verifying, _) => "now-verifying",
        (Phase::Watching, _) if d.undecided_until.is_some() => undecided(d),
        (Phase::Watching, _) if d.is_one_way() => "now-watching-one-way",
        (Phase::Watching, _) => "now-watching",
        (Phase::RollingBack, _) => "now-rolling-back",
        (Phase::Closed, None | Some(Outcome::Succeeded)) if was_kept(d) => "now-kept",
        (Phase::Closed, None | Some(Outcome::Succeeded)) if back => "now-succeeded-back",
        (Phase::Closed, None | Some(Outcome::Succeeded)) => "now-succeeded",
        (Phase::Closed, Some(Outcome::RolledBack)) => "now-rolled-back",
        (Phase::Closed, Some(Outcome::NeedsPeople)) if view.is_stuck => "now-needs-people",
        (Phase::Closed, Some(Outcome::NeedsPeople)) => "now-needed-people",
        (Phase::Closed, Some(Outcome::Failed)) if was_restored(d) => "now-failed-restored",
        (Phase::Closed, Some(Outcome::Failed | Outcome::Aborted | Outcome::Superseded)) => "now-untouched",
    }
}

/// How the machines are replaced.
fn rolling_out(d: &Deployment) -> &'static str {
    let settings = d.plan.as_ref().map(|plan| &plan.policy.target.settings);
    let strategy = settings.and_then(|settings| settings["strategy"].as_str()).unwrap_or_default();
    match (strategy, d.kind == Kind::Rollback) {
        ("bluegreen", _) if d.halted_at.is_some() => "now-halted-bluegreen",
        _ if d.halted_at.is_some() => "now-halted",
        _ if d.settling => "now-settling",
        ("immediate", true) => "now-rolling-out-back-at-once",
        ("immediate", false) => "now-rolling-out-at-once",
        ("canary", true) => "now-rolling-out-back-canary",
        ("canary", false) => "now-rolling-out-canary",
        ("bluegreen", true) => "now-rolling-out-back-bluegreen",
        ("bluegreen", false) => "now-rolling-out-bluegreen",
        (_, true) => "now-rolling-out-back",
        (_, false) => "now-rolling-out",
    }
}

fn undecided(d: &Deployment) -> &'static str {
    let back = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()).is_some_and(|w| w.inconclusive.roll_back);
    match (back, d.is_one_way()) {
        (true, true) => "now-undecided-stuck",
        (true, false) => "now-undecided-back",
        (false, _) => "now-undecided-keep",
    }
}

/// What ran before, and what it goes back to.
pub(super) fn fallback(d: &Deployment, words: &Words) -> String {
    version_of(d.plan.as_ref().and_then(|plan| plan.fallback.as_ref()).or(d.from.as_ref()), words)
}

/// That it does not go back by itself, as long as it can still fail.
pub(super) fn no_way_back(view: &DeploymentView, words: &Words) -> Option<Row> {
    let d = &view.deployment;
    let plan = d.plan.as_ref().filter(|plan| plan.is_one_way() && d.outcome.is_none())?;
    let versions: Vec<String> = plan.one_way.iter().map(|version| harmless(version, NAME)).collect();
    let args: [(&str, &dyn std::fmt::Display); 2] =
        [("versions", &words.list(&versions)), ("environment", &d.environment)];
    Some(Row::text(words.with("now-one-way", &args)))
}

/// The groups whose word is missing.
fn people(view: &DeploymentView, words: &Words) -> String {
    let watch = view.deployment.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref());
    if view.deployment.undecided_until.is_some() {
        return watch.map(|w| gates::group(&w.inconclusive.ask, words)).unwrap_or_default();
    }
    let mut groups: Vec<String> = Vec::new();
    for gate in view.gates.iter().filter(|g| g.state == GateState::Waiting) {
        groups.extend(gate.waits_for.as_ref().map(|name| gates::group(name, words)).filter(|g| !groups.contains(g)));
    }
    groups.extend(awaits_override(view).then(|| words.get("group-may-override")));
    words.list(&groups)
}

/// Who put off what is awaited, and until when.
pub(super) fn snoozed(view: &DeploymentView, words: &Words) -> Option<Row> {
    let snooze = view.deployment.snooze.as_ref()?;
    let text = words.with("card-snoozed", &[("name", &snooze.by.name)]);
    Some(Row::Countdown { text, until: snooze.until_at })
}

/// What a person can do now, where it is not plain from the sentence before.
pub(super) fn what_to_do(view: &DeploymentView, words: &Words) -> Option<String> {
    let d = &view.deployment;
    let key = match (d.phase, d.outcome?) {
        (_, Outcome::Succeeded) if was_kept(d) => "next-kept",
        (_, Outcome::Succeeded) if next_environment(view).is_some() => "next-promote",
        (_, Outcome::RolledBack) => "next-rolled-back",
        (_, Outcome::Failed) => "next-failed",
        (_, Outcome::NeedsPeople) if view.is_stuck && d.way_back().is_none() => "next-needs-people-keep",
        (_, Outcome::NeedsPeople) if view.is_stuck => "next-needs-people",
        _ => return None,
    };
    Some(words.with(
        key,
        &[
            ("version", &d.release.version),
            ("from", &fallback(d, words)),
            ("back", &version_of(d.way_back(), words)),
            ("environment", &d.environment),
            ("next", &next_environment(view).cloned().unwrap_or_default()),
        ],
    ))
}
