//! Why an environment does not get something now: each gate, each obstacle, and what to do about it.

use super::{Card, Mark, Row, Tone, deployment, gates, now, pages, remedy, status};
use crate::domain::{About, GateState, Note, Standing};
use crate::view::WhyView;
use crate::words::{NAME, Words, harmless};

/// The page.
pub(super) fn page(view: &WhyView, words: &Words) -> Card {
    let e = &view.environment;
    let words = &words.here(&e.time_zone, e.now);
    let mut rows = Vec::new();
    let mut tone = Tone::Plain;
    if let Some(current) = &e.current {
        rows.push(Row::text(pages::under_way(current, words)));
        rows.push(Row::text(now::sentence(current, words)));
        rows.extend(now::no_way_back(current, words));
        rows.extend(now::snoozed(current, words));
        rows.extend(gates::checklist_with(current, words, |gate| earliest(gate, words)));
        rows.extend(current.troubles.iter().map(|note| deployment::trouble(note, words)));
        tone = if now::waits_for_people(current) { Tone::Asking } else { Tone::Busy };
    } else {
        rows.push(Row::text(idle(view, words)));
    }
    if !view.obstacles.is_empty() {
        rows.push(Row::heading(words.get("why-obstacles")));
        rows.extend(view.obstacles.iter().flat_map(|note| in_the_way(note, view, words)));
        tone = Tone::Warning;
    }
    if !view.quarantine.is_empty() {
        rows.push(Row::heading(words.get("why-barred")));
        rows.extend(view.quarantine.iter().map(|q| {
            let detail = words.with("why-barred-in", &[("environment", &q.environment), ("at", &q.at.0)]);
            Row::item(Mark::Failed, harmless(&q.version, NAME), detail)
        }));
    }
    rows.extend(remedy::rows(view, words));
    rows.push(Row::heading(words.with("why-standing", &[("environment", &e.name)])));
    rows.extend(status::standing(e, words));
    let title = words.with("why-title", &[("app", &e.app), ("environment", &e.name)]);
    Card::page(title, tone, rows).in_zone(&e.time_zone)
}

/// Nothing is under way: what could come, and how.
fn idle(view: &WhyView, words: &Words) -> String {
    let e = &view.environment;
    let Some(next) = view.candidate.as_ref() else {
        return words.with("why-no-candidate", &[("environment", &e.name)]);
    };
    match e.running.as_ref() {
        Some(running) if running.digest == next.digest => {
            words.with("why-up-to-date", &[("environment", &e.name), ("version", &running.version)])
        }
        _ if view.obstacles.is_empty() => {
            words.with("why-ready", &[("environment", &e.name), ("version", &next.version)])
        }
        _ => words.with("why-held", &[("environment", &e.name), ("version", &next.version)]),
    }
}

/// The earliest moment at which a gate can open, where the clock alone does not say it already.
fn earliest(gate: &Standing, words: &Words) -> String {
    let at = gate.earliest_at.filter(|_| gate.opens_at.is_none());
    let key = if gate.state == GateState::Running { "why-passes" } else { "why-asked" };
    at.map(|at| words.with(key, &[("until", &at.0)])).unwrap_or_default()
}

/// What stands in the way. What the reader can do about it is said below, where anything is.
fn in_the_way(note: &Note, view: &WhyView, words: &Words) -> Vec<Row> {
    let said_below = view.remedies.iter().any(|remedy| match remedy.about {
        About::Lock | About::AppLock => matches!(note.key.as_str(), "refusal-locked" | "refusal-reserved"),
        About::Halt => note.key == "refusal-halted",
        About::Release(_) => note.key == "refusal-quarantined",
        About::Gate(_) | About::Deployment(_) => false,
    });
    if said_below { vec![Row::item(Mark::Failed, words.note(note), "")] } else { obstacle(note, words) }
}

/// What stands in the way, and what to do about it where that is known.
pub(super) fn obstacle(note: &Note, words: &Words) -> Vec<Row> {
    let next = format!("{}-next", note.key);
    let detail = if words.has(&next) { words.say(&next, &note.args) } else { String::new() };
    vec![Row::item(Mark::Failed, words.note(note), detail)]
}
