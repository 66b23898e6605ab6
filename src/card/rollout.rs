//! The machines of a rollout or a restore, one line each.

use super::{Mark, Row, now, parts};
use crate::domain::{Outcome, Phase};
use crate::targets::Stage;
use crate::view::{DeploymentView, MachineView};
use crate::words::{NAME, Words, harmless};

/// The rows of the machines: while they change, and for as long as people must know how each one stands.
pub(super) fn rows(view: &DeploymentView, words: &Words) -> Vec<Row> {
    let d = &view.deployment;
    let goal = match (d.phase, d.outcome) {
        (Phase::RollingOut, _) => Some(Stage::Done),
        (Phase::RollingBack, _) => Some(Stage::Restored),
        (Phase::Closed, Some(Outcome::NeedsPeople)) => None,
        _ => return Vec::new(),
    };
    let mut rows = vec![Row::heading(words.get("card-machines"))];
    if let Some(goal) = goal {
        rows.push(progress(view, goal, words));
    }
    rows.extend(machines(view, words));
    if rows.len() == 1 {
        rows.push(Row::text(words.get("card-machines-unknown")));
    }
    rows
}

/// Each machine as it stands.
pub(super) fn machines(view: &DeploymentView, words: &Words) -> Vec<Row> {
    let version = harmless(&view.deployment.release.version, NAME);
    let from = now::fallback(&view.deployment, words);
    // Where people are needed nothing goes on any more: what was to be put back is not.
    let is_left = view.deployment.outcome == Some(Outcome::NeedsPeople);
    let stage = |machine: &MachineView| match machine.stage {
        Stage::Updating | Stage::Starting | Stage::Checking | Stage::Restoring | Stage::Trying if is_left => {
            Stage::Failed
        }
        stage => stage,
    };
    view.machines.iter().map(|machine| item(machine, stage(machine), (&version, &from), words)).collect()
}

fn progress(view: &DeploymentView, goal: Stage, words: &Words) -> Row {
    let planned = if goal == Stage::Done { view.deployment.plan.as_ref().map_or(0, |plan| plan.machines) } else { 0 };
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Row::Progress {
        text: words.get(if goal == Stage::Done { "card-machines-done" } else { "card-machines-restored" }),
        done: count(view.machines.iter().filter(|m| m.stage == goal).count()),
        of: planned.max(count(view.machines.iter().filter(|m| counts(m.stage)).count())),
    }
}

/// Whether it is one of those that shall come to the goal, and neither goes nor is there for a while only.
const fn counts(stage: Stage) -> bool {
    !matches!(stage, Stage::Trying | Stage::Leaving | Stage::Retired | Stage::Removed)
}

fn item(machine: &MachineView, stage: Stage, (version, from): (&str, &str), words: &Words) -> Row {
    let (mark, key) = match stage {
        Stage::Waiting => (Mark::Waiting, "stage-waiting"),
        Stage::Updating => (Mark::Running, "stage-updating"),
        Stage::Starting => (Mark::Running, "stage-starting"),
        Stage::Checking => (Mark::Running, "stage-checking"),
        Stage::Done => (Mark::Passed, "stage-done"),
        Stage::Restoring => (Mark::Running, "stage-restoring"),
        Stage::Restored => (Mark::Passed, "stage-restored"),
        Stage::Failed => (Mark::Failed, "stage-failed"),
        Stage::Trying => (Mark::Running, "stage-trying"),
        Stage::Leaving => (Mark::Waiting, "stage-leaving"),
        Stage::Retired => (Mark::Passed, "stage-retired"),
        Stage::Removed => (Mark::Passed, "stage-removed"),
    };
    let note = machine.note.as_ref().map(|note| words.note(note)).unwrap_or_default();
    Row::item(
        mark,
        harmless(&machine.machine, NAME),
        parts(&[words.with(key, &[("version", &version), ("from", &from)]), note]),
    )
}
