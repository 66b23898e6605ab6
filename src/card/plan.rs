//! `/plan`: all that a deployment would do, before anybody asks for it.

use super::deployment::{release_line, version_of};
use super::{Card, Mark, Row, Tone, gates, parts, why};
use crate::domain::{FoundMachine, Plan, TargetSpec};
use crate::view::PlanView;
use crate::words::{LINE, NAME, Words, harmless};

/// How many machines are named.
const MACHINES: usize = 20;

/// The page.
pub(super) fn page(plan: &PlanView, words: &Words) -> Card {
    let e = &plan.environment;
    let words = &words.here(&e.time_zone, e.now);
    let d = &plan.view.deployment;
    let mut rows = vec![Row::text(words.get("plan-means"))];
    rows.push(Row::field(words.get("status-runs"), version_of(e.running.as_ref(), words)));
    rows.push(release_line(&plan.view, words));
    rows.extend(plan.view.deployment.plan.as_ref().map(|plan| target(&plan.policy.target, words)));
    rows.push(machines(&plan.machines, plan, words));
    rows.push(falls_back(plan.view.deployment.plan.as_ref(), words));
    rows.extend(in_the_way(plan, words));
    rows.extend(gates::checklist(&plan.view, words));
    let tone = if plan.obstacles.is_empty() { Tone::Plain } else { Tone::Warning };
    let title = words.with(
        "plan-title",
        &[("app", &d.app), ("version", &harmless(&d.release.version, NAME)), ("environment", &d.environment)],
    );
    Card::page(title, tone, rows).in_zone(&e.time_zone)
}

/// Where it runs, in the config's own words.
pub(super) fn target(spec: &TargetSpec, words: &Words) -> Row {
    let settings = spec.settings.as_object().into_iter().flatten();
    let said = settings.filter_map(|(key, value)| Some(format!("{key} {}", harmless(value.as_str()?, NAME))));
    let all: Vec<String> = std::iter::once(harmless(&spec.kind, NAME)).chain(said).collect();
    Row::field(words.get("plan-target"), parts(&all))
}

fn machines(machines: &[FoundMachine], plan: &PlanView, words: &Words) -> Row {
    let Some(at) = plan.environment.looked_at.filter(|_| !machines.is_empty()) else {
        return Row::field(words.get("card-machines"), words.get("plan-machines-unknown"));
    };
    let named = machines.iter().take(MACHINES);
    let named: Vec<String> =
        named.map(|machine| format!("{} ({})", harmless(&machine.id, NAME), harmless(&machine.state, NAME))).collect();
    let count = words.with("plan-machines", &[("n", &machines.len()), ("at", &at.0)]);
    Row::field(words.get("card-machines"), harmless(&parts(&[count, named.join(", ")]), LINE))
}

/// What it goes back to if it turns bad, or that it cannot.
pub(super) fn falls_back(plan: Option<&Plan>, words: &Words) -> Row {
    let said = match plan.map(|plan| (plan.is_one_way(), plan.fallback.as_ref())) {
        Some((true, _)) => words.get("plan-one-way"),
        Some((false, Some(fallback))) => words.with("plan-back-to", &[("version", &harmless(&fallback.version, NAME))]),
        _ => words.get("plan-back-as-found"),
    };
    Row::field(words.get("plan-falls-back"), said)
}

/// What would keep it from being asked for, or from its turn.
fn in_the_way(plan: &PlanView, words: &Words) -> Vec<Row> {
    let mut rows: Vec<Row> = plan.obstacles.iter().flat_map(|note| why::obstacle(note, words)).collect();
    let waits = |key: &str, version: &String| Row::item(Mark::Waiting, words.with(key, &[("version", version)]), "");
    let version = &plan.view.deployment.release.version;
    let runs = plan.environment.running.as_ref();
    let already = runs.is_some_and(|release| release.digest == plan.view.deployment.release.digest);
    rows.extend(already.then(|| waits("plan-already", version)));
    rows.extend(plan.behind.iter().map(|version| waits("plan-behind", version)));
    rows.extend(plan.replaces.iter().map(|version| waits("plan-replaces", version)));
    if !plan.may {
        let word = words.get(&format!("permission-{}", plan.permission.word()));
        let text = words.with("plan-may-not", &[("permission", &word)]);
        rows.push(Row::item(Mark::Failed, text, ""));
    }
    let heading = (!rows.is_empty()).then(|| Row::heading(words.get("why-obstacles")));
    heading.into_iter().chain(rows).collect()
}
