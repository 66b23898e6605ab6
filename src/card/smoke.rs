//! The card of a smoke test, and the short answer to the person who asked for it.

use super::deployment::{short, version_of};
use super::{Card, Mark, Row, Tone};
use crate::domain::{Smoke, SmokeCheck, Verdict};
use crate::words::{NAME, Words, harmless};

/// The card of a smoke test.
#[must_use]
pub fn smoke(smoke: &Smoke, words: &Words) -> Card {
    let answered = smoke.checks.iter().filter(|check| check.reading.is_some()).count();
    let mut rows = vec![Row::text(verdict(smoke, words))];
    rows.push(Row::field(words.get("status-runs"), version_of(smoke.running.as_ref(), words)));
    if smoke.closed_at.is_none() {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let text = words.get("smoke-answered");
        rows.push(Row::Progress { text, done: count(answered), of: count(smoke.checks.len()) });
    }
    rows.extend(smoke.checks.iter().map(|check| item(check, words)));
    let status = words.get(match (smoke.closed_at.is_some(), all_passed(smoke)) {
        (false, _) => "smoke-running",
        (true, true) => "smoke-passed",
        (true, false) => "smoke-failed",
    });
    let footer = words.with("smoke-footer", &[("name", &harmless(&smoke.by.name, NAME)), ("id", &short(&smoke.id))]);
    Card {
        title: words
            .with("smoke-title", &[("app", &smoke.app), ("environment", &smoke.environment), ("status", &status)]),
        tone: tone(smoke),
        rows,
        buttons: Vec::new(),
        footer,
        environment: Some(smoke.environment.clone()),
        time_zone: None,
    }
}

/// The answer to the person who asked.
pub(super) fn started(smoke: &Smoke, already: bool, words: &Words) -> Card {
    let said = words.with(
        if already { "answer-smoke-under-way" } else { "answer-smoke-started" },
        &[("app", &smoke.app), ("environment", &smoke.environment), ("n", &smoke.checks.len())],
    );
    Card::page(said, Tone::Plain, Vec::new())
}

/// How it stands in a sentence.
pub(super) fn verdict(smoke: &Smoke, words: &Words) -> String {
    let of = |wanted: Verdict| {
        smoke.checks.iter().filter(|c| c.reading.as_ref().is_some_and(|r| r.verdict == wanted)).count()
    };
    let key = match (smoke.closed_at.is_some(), all_passed(smoke)) {
        (false, _) => "smoke-sentence-running",
        (true, true) => "smoke-sentence-passed",
        (true, false) => "smoke-sentence-failed",
    };
    words.with(
        key,
        &[
            ("n", &smoke.checks.len()),
            ("passed", &of(Verdict::Pass)),
            ("failed", &of(Verdict::Fail)),
            ("unknown", &of(Verdict::Unknown)),
            ("environment", &smoke.environment),
        ],
    )
}

fn all_passed(smoke: &Smoke) -> bool {
    smoke.checks.iter().all(|check| check.reading.as_ref().is_some_and(|reading| reading.verdict == Verdict::Pass))
}

fn tone(smoke: &Smoke) -> Tone {
    match (smoke.closed_at.is_some(), all_passed(smoke)) {
        (false, _) => Tone::Busy,
        (true, true) => Tone::Good,
        (true, false) => Tone::Warning,
    }
}

fn item(check: &SmokeCheck, words: &Words) -> Row {
    let name = harmless(&check.name, NAME);
    let Some(reading) = &check.reading else {
        return Row::item(Mark::Running, name, words.get("gate-running"));
    };
    let (mark, key) = match reading.verdict {
        Verdict::Pass => (Mark::Passed, "gate-passed"),
        Verdict::Fail => (Mark::Failed, "gate-failed"),
        Verdict::Unknown => (Mark::Failed, "smoke-unknown"),
    };
    Row::item(mark, name, super::parts(&[words.get(key), words.note(&reading.note)]))
}
