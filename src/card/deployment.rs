//! The card of a deployment: one message that is edited in place from the request to the end.
//!
//! What it says in which phase is in `now`; this file puts the parts together.

use super::{Card, Link, Mark, Row, Tone, buttons, cause, gates, now, parts, rollout, watch, why};
use crate::domain::{Cause, Deployment, Halt, Id, Kind, Lock, Note, Outcome, Phase, Release};
use crate::view::{DeploymentView, No};
use crate::words::{LINE, NAME, Words, harmless};

/// The card of a deployment.
#[must_use]
pub fn deployment(view: &DeploymentView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let d = &view.deployment;
    let mut rows = vec![Row::text(now::sentence(view, words))];
    rows.extend(view.unfit.iter().flat_map(|refusal| why::obstacle(&No::from(refusal).obstacle(), words)));
    rows.extend(now::no_way_back(view, words));
    rows.extend(d.cause.as_ref().and_then(|why| cause::sentence(why, d, words)).map(Row::text));
    rows.extend(passed_over(d, words).map(Row::text));
    rows.extend(now::what_to_do(view, words).map(Row::text));
    rows.extend(now::snoozed(view, words));
    rows.extend(troubles(view, words));
    rows.extend(facts(view, words));
    rows.extend(gates::checklist(view, words));
    rows.extend(rollout::rows(view, words));
    rows.extend(watch::rows(view, words));
    Card {
        title: title(d, &status(view, words), words),
        tone: tone(view),
        rows,
        buttons: buttons::of(view, words),
        footer: footer(view, words),
        environment: Some(d.environment.clone()),
        time_zone: Some(view.time_zone.clone()),
    }
}

/// `hello v2 → staging`, and what is the matter with it.
pub(super) fn title(d: &Deployment, status: &str, words: &Words) -> String {
    let key = match d.kind {
        Kind::Rollback => "card-title-back",
        Kind::Hotfix => "card-title-hotfix",
        Kind::Deploy | Kind::Promote => "card-title",
    };
    words.with(
        key,
        &[
            ("app", &harmless(&d.app, NAME)),
            ("version", &harmless(&d.release.version, NAME)),
            ("environment", &harmless(&d.environment, NAME)),
            ("status", &status),
        ],
    )
}

/// `hello v2 → staging`: what a place of its own is called.
#[must_use]
pub fn thread_title(view: &DeploymentView, words: &Words) -> String {
    let d = &view.deployment;
    words.with("card-thread", &[("app", &d.app), ("version", &d.release.version), ("environment", &d.environment)])
}

/// The phase or the outcome in a word or two.
pub(super) fn status(view: &DeploymentView, words: &Words) -> String {
    let d = &view.deployment;
    match d.phase {
        Phase::Entering => words.get(if now::waits_for_people(view) { "phase-asking" } else { "phase-entering" }),
        Phase::Watching if d.undecided_until.is_some() => words.get("phase-undecided"),
        _ => status_of(d, words),
    }
}

/// The same where only the deployment itself is at hand.
pub(super) fn status_of(d: &Deployment, words: &Words) -> String {
    words.get(match (d.phase, d.outcome) {
        (Phase::Queued, _) => "phase-queued",
        (Phase::Entering, _) if d.asked_at.is_some() => "phase-asking",
        (Phase::Entering, _) => "phase-entering",
        (Phase::RollingOut, _) if d.halted_at.is_some() => "phase-halted",
        (Phase::RollingOut, _) => "phase-rolling-out",
        (Phase::Verifying, _) => "phase-verifying",
        (Phase::Watching, _) => "phase-watching",
        (Phase::RollingBack, _) => "phase-rolling-back",
        (Phase::Closed, Some(Outcome::Succeeded)) if now::was_kept(d) => "outcome-kept",
        (Phase::Closed, Some(outcome)) => outcome_key(outcome),
        (Phase::Closed, None) => "phase-closed",
    })
}

pub(super) const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "outcome-succeeded",
        Outcome::RolledBack => "outcome-rolled-back",
        Outcome::Failed => "outcome-failed",
        Outcome::Aborted => "outcome-aborted",
        Outcome::Superseded => "outcome-superseded",
        Outcome::NeedsPeople => "outcome-needs-people",
    }
}

/// How an outcome looks in a list.
pub(super) const fn mark(d: &Deployment) -> Mark {
    match d.outcome {
        None => Mark::Running,
        Some(Outcome::Succeeded) => Mark::Passed,
        Some(Outcome::RolledBack | Outcome::Failed) => Mark::Failed,
        Some(Outcome::Aborted | Outcome::Superseded) => Mark::Skipped,
        Some(Outcome::NeedsPeople) => Mark::Asking,
    }
}

fn tone(view: &DeploymentView) -> Tone {
    let d = &view.deployment;
    match (d.phase, d.outcome) {
        (Phase::Entering, _) if now::waits_for_people(view) => Tone::Asking,
        (Phase::Watching, _) if d.undecided_until.is_some() => Tone::Asking,
        (Phase::Closed, Some(Outcome::Succeeded)) if now::was_kept(d) => Tone::Warning,
        (Phase::Closed, Some(Outcome::Succeeded)) => Tone::Good,
        (Phase::Closed, Some(Outcome::NeedsPeople)) if view.is_stuck => Tone::Bad,
        (Phase::Closed, Some(Outcome::RolledBack | Outcome::Failed | Outcome::NeedsPeople)) => Tone::Warning,
        (Phase::Closed, _) => Tone::Plain,
        (Phase::RollingBack, _) => Tone::Warning,
        (Phase::RollingOut, _) if d.halted_at.is_some() => Tone::Warning,
        _ => Tone::Busy,
    }
}

/// Why a rollback does not go to the newest good release. A cause that names the images says it by itself.
fn passed_over(d: &Deployment, words: &Words) -> Option<String> {
    let named = matches!(d.cause, Some(Cause::NothingToGoBackTo { .. }));
    let versions: Vec<String> = d.passed_over.iter().map(|version| harmless(version, NAME)).collect();
    let said = || {
        let args: [(&str, &dyn std::fmt::Display); 3] =
            [("count", &versions.len()), ("gone", &words.list(&versions)), ("version", &d.release.version)];
        words.with("card-passed-over", &args)
    };
    (!named && !versions.is_empty()).then(said)
}

/// What goes out, in place of what, for whom and why.
pub(super) fn facts(view: &DeploymentView, words: &Words) -> Vec<Row> {
    let d = &view.deployment;
    let mut rows = vec![release_line(view, words)];
    if let Some(notes) = &d.release.notes {
        rows.push(Row::field(words.get("card-notes"), harmless(notes, LINE)));
    }
    let asked = words.with("card-asked-by", &[("name", &d.requested_by.name), ("at", &d.requested_at.0)]);
    rows.push(Row::field(words.get("card-asked"), asked));
    if let Some(reason) = &d.reason {
        rows.push(Row::field(words.get("card-reason"), harmless(reason, LINE)));
    }
    if let Some(lock) = view.lock.as_ref().filter(|_| d.outcome.is_none() && !d.has_touched()) {
        let waits = !lock.owner.as_ref().is_some_and(|owner| owner.is(&d.requested_by));
        let waits = if waits { words.get("card-lock-holds") } else { String::new() };
        rows.push(Row::field(words.get("card-lock"), parts(&[locked_by(lock, words), waits])));
    }
    let held = d.halted_at.is_some() || matches!(d.phase, Phase::Queued | Phase::Entering);
    if let Some(halt) = view.halt.as_ref().filter(|_| held && d.kind != Kind::Rollback) {
        rows.push(Row::field(words.get("card-halt"), halted_by(halt, words)));
    }
    rows
}

/// What goes out, in place of what, with its commit and what cannot be gone back from.
pub(super) fn release_line(view: &DeploymentView, words: &Words) -> Row {
    Row::linked(words.get("card-release"), release(&view.deployment, words), commit_link(view))
}

fn release(d: &Deployment, words: &Words) -> String {
    let commit =
        d.release.commit.as_ref().map(|commit| words.with("card-commit", &[("commit", &short_commit(commit))]));
    let from = d
        .from
        .as_ref()
        .filter(|from| from.digest != d.release.digest)
        .map(|from| words.with("card-in-place-of", &[("version", &from.version)]));
    let one_way = one_way(d).map(|versions| words.with("card-one-way", &[("versions", &words.list(&versions))]));
    parts(&[
        harmless(&d.release.version, NAME),
        commit.unwrap_or_default(),
        from.unwrap_or_default(),
        one_way.unwrap_or_default(),
    ])
}

fn short_commit(commit: &str) -> String {
    harmless(commit, NAME).chars().take(9).collect()
}

/// Where the commit can be read. Only what can be nothing but a commit leads anywhere.
fn commit_link(view: &DeploymentView) -> Option<Link> {
    let commit = view.deployment.release.commit.as_ref()?;
    let is_commit = (7..=64).contains(&commit.len()) && commit.bytes().all(|b| b.is_ascii_hexdigit());
    let (owner, name) = view.repository.as_ref().filter(|_| is_commit)?.split_once('/')?;
    let url = format!("https://github.com/{}/{}/commit/{commit}", escaped(owner), escaped(name));
    Some(Link { text: short_commit(commit), url })
}

/// A part of an address, which cannot become two.
fn escaped(part: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    part.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The releases on the way that cannot be gone back from.
fn one_way(d: &Deployment) -> Option<Vec<String>> {
    let listed = |releases: &[String]| releases.iter().map(|v| harmless(v, NAME)).collect::<Vec<_>>();
    match &d.plan {
        Some(plan) => Some(listed(&plan.one_way)).filter(|versions| !versions.is_empty()),
        None => d.release.one_way.then(|| vec![harmless(&d.release.version, NAME)]),
    }
}

/// Who holds it and why.
pub(super) fn locked_by(lock: &Lock, words: &Words) -> String {
    let owner = lock.owner.as_ref().map_or_else(|| words.get("card-shipgate"), |who| harmless(&who.name, NAME));
    if lock.reserved {
        return words.with("card-reserved-for", &[("name", &owner)]);
    }
    let key = if lock.owner.is_some() { "card-locked-by" } else { "card-locked-by-itself" };
    words.with(key, &[("name", &owner), ("reason", &lock.reason)])
}

/// Who stopped everything, why, and until when.
pub(super) fn halted_by(halt: &Halt, words: &Words) -> String {
    let by = words.with("card-locked-by", &[("name", &harmless(&halt.owner.name, NAME)), ("reason", &halt.reason)]);
    let until = halt.expires_at.map(|at| words.with("status-locked-until", &[("until", &at.0)])).unwrap_or_default();
    parts(&[by, until])
}

/// What goes wrong outside. A closed deployment has none left that matter.
fn troubles(view: &DeploymentView, words: &Words) -> Vec<Row> {
    if view.deployment.outcome.is_some() {
        return Vec::new();
    }
    view.troubles.iter().map(|note| trouble(note, words)).collect()
}

/// Something that goes wrong outside and is being tried again.
pub(super) fn trouble(note: &Note, words: &Words) -> Row {
    let said = cause::said(note, words);
    Row::item(Mark::Failed, words.get("card-trouble"), words.with("card-trouble-again", &[("trouble", &said)]))
}

fn footer(view: &DeploymentView, words: &Words) -> String {
    let d = &view.deployment;
    words.with(
        "card-footer",
        &[("name", &harmless(&d.requested_by.name, NAME)), ("id", &short(&d.id)), ("mark", &view.mark)],
    )
}

/// The last 8 characters of an id: the first ones are the same for everything made within a minute.
pub(crate) fn short(id: &Id) -> String {
    let from = id.0.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    id.0[from..].to_owned()
}

/// A release in a sentence, or the words for none.
pub(super) fn version_of(release: Option<&Release>, words: &Words) -> String {
    release.map_or_else(|| words.get("card-nothing-known"), |r| harmless(&r.version, NAME))
}
