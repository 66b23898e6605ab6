//! What runs where: one app in detail, several apps in a line each, so that ten still fit on a screen.

use super::deployment::{halted_by, locked_by, short, status, status_of, trouble, version_of};
use super::{Card, Link, Mark, Row, Tone, now, pages, parts};
use crate::view::EnvironmentView;
use crate::words::{LINE, NAME, Words, harmless};

/// The page.
pub(super) fn page(environments: &[EnvironmentView], words: &Words) -> Card {
    let mut apps: Vec<&str> = environments.iter().map(|e| e.app.as_str()).collect();
    apps.dedup();
    let rows: Vec<Row> = match apps.as_slice() {
        [] => vec![Row::text(words.get("status-nothing"))],
        [_] => environments.iter().flat_map(|e| rows(e, words)).collect(),
        _ => {
            let lines = apps.iter().map(|app| line(app, environments, words));
            lines.chain([Row::text(words.get("status-foot"))]).collect()
        }
    };
    let title = match apps.as_slice() {
        [app] => words.with("status-title", &[("app", app)]),
        _ => words.with("status-title-all", &[("n", &apps.len())]),
    };
    let halt = environments.iter().find_map(|e| e.halt.as_ref());
    let halt = halt.map(|halt| Row::item(Mark::Asking, words.get("card-halt"), halted_by(halt, words)));
    Card::page(title, tone(environments), halt.into_iter().chain(rows).collect())
}

fn tone(environments: &[EnvironmentView]) -> Tone {
    match () {
        () if environments.iter().any(|e| e.stuck.is_some()) => Tone::Bad,
        () if environments.iter().any(|e| !e.troubles.is_empty() || e.halt.is_some()) => Tone::Warning,
        () if environments.iter().any(|e| e.current.is_some()) => Tone::Busy,
        () => Tone::Plain,
    }
}

/// All that there is to say of an environment.
pub(super) fn rows(e: &EnvironmentView, words: &Words) -> Vec<Row> {
    let words = &words.here(&e.time_zone, e.now);
    let mut rows = vec![Row::heading(harmless(&e.name, NAME))];
    if let Some(current) = &e.current {
        rows.push(Row::field(words.get("status-under-way"), pages::under_way(current, words)));
    }
    rows.extend(standing(e, words));
    rows
}

/// What there is to say of it besides the deployment under way.
pub(super) fn standing(e: &EnvironmentView, words: &Words) -> Vec<Row> {
    let mut rows = vec![Row::field(words.get("status-runs"), running(e, words))];
    if let Some(queued) = &e.queued {
        let waits = words.with(
            "status-queued-by",
            &[("version", &queued.deployment.release.version), ("name", &queued.deployment.requested_by.name)],
        );
        rows.push(Row::field(words.get("status-queued"), waits));
    }
    if let Some(stuck) = &e.stuck {
        let text = words.with("status-stuck-by", &[("version", &stuck.release.version), ("id", &short(&stuck.id))]);
        rows.push(Row::item(Mark::Asking, words.get("status-stuck"), text));
    }
    rows.extend(held(e, words).map(|text| Row::field(words.get("card-lock"), text)));
    rows.extend(e.troubles.iter().map(|note| trouble(note, words)));
    if let Some(url) = &e.url {
        let link = Link { text: harmless(url, LINE), url: url.clone() };
        rows.push(Row::linked(words.get("status-url"), link.text.clone(), Some(link)));
    }
    rows
}

/// The release that runs, and since when; or why that is not known.
fn running(e: &EnvironmentView, words: &Words) -> String {
    if e.running.is_none() {
        return words.get(if e.looked_at.is_some() { "status-mixed" } else { "status-not-asked" });
    }
    let since = e.since.map(|since| words.with("status-since", &[("at", &since.0)])).unwrap_or_default();
    parts(&[version_of(e.running.as_ref(), words), since])
}

/// Who holds it and why.
pub(super) fn held(e: &EnvironmentView, words: &Words) -> Option<String> {
    let lock = e.lock.as_ref().filter(|lock| lock.holds(e.now))?;
    let until = lock.expires_at.map(|at| words.with("status-locked-until", &[("until", &at.0)])).unwrap_or_default();
    Some(parts(&[locked_by(lock, words), until]))
}

/// An app with all its environments.
fn line(app: &str, environments: &[EnvironmentView], words: &Words) -> Row {
    let own: Vec<&EnvironmentView> = environments.iter().filter(|e| e.app == app).collect();
    let said: Vec<String> = own.iter().map(|e| brief(e, words)).collect();
    let mark = match () {
        () if own.iter().any(|e| e.stuck.is_some() || waits_for_people(e)) => Mark::Asking,
        () if own.iter().any(|e| !e.troubles.is_empty()) => Mark::Failed,
        () if own.iter().any(|e| e.current.is_some()) => Mark::Running,
        () if own.iter().any(|e| e.running.is_none()) => Mark::Waiting,
        () => Mark::Passed,
    };
    Row::item(mark, harmless(app, NAME), parts(&said))
}

/// Whether a deployment waits for a person's word.
fn waits_for_people(e: &EnvironmentView) -> bool {
    let current = e.current.as_ref();
    current.is_some_and(|view| now::waits_for_people(view) || view.deployment.undecided_until.is_some())
}

/// `production v1 (v2 watching)`: the environment, what runs, and what is the matter.
fn brief(e: &EnvironmentView, words: &Words) -> String {
    let version = e.running.as_ref().map_or_else(|| "?".to_owned(), |release| harmless(&release.version, NAME));
    let mut matters = Vec::new();
    if let Some(current) = &e.current {
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("version", &current.deployment.release.version), ("status", &status(current, words))];
        matters.push(words.with("status-brief", &args));
    }
    if let Some(queued) = &e.queued {
        matters.push(words.with("status-brief-queued", &[("version", &queued.deployment.release.version)]));
    }
    if let Some(stuck) = &e.stuck {
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("version", &stuck.release.version), ("status", &status_of(stuck, words))];
        matters.push(words.with("status-brief", &args));
    }
    if let Some(lock) = e.lock.as_ref().filter(|lock| lock.holds(e.now)) {
        let owner = lock.owner.as_ref().map_or_else(|| words.get("card-shipgate"), |owner| owner.name.clone());
        matters.push(words.with("status-brief-locked", &[("name", &owner)]));
    }
    if !e.troubles.is_empty() {
        matters.push(words.get("status-brief-trouble"));
    }
    let name = harmless(&e.name, NAME);
    if matters.is_empty() {
        return format!("{name} {version}");
    }
    format!("{name} {version} {}", words.with("status-brief-matters", &[("matters", &words.list(&matters))]))
}
