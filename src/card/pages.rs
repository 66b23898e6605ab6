//! The pages that answer commands.

use super::deployment::{mark, status, status_of, title};
use super::{Card, Row, Tone, cause, help, now, parts, refusal, smoke, why};
use crate::command::unknown_help;
use crate::domain::{Deployment, Moment, Phase, Release};
use crate::view::{Answer, DeploymentView, HistoryLine};
use crate::words::{LINE, NAME, Words, harmless};

/// The page that answers a command.
#[must_use]
pub fn answer(answer: &Answer, words: &Words) -> Card {
    match answer {
        Answer::Deployment { view, already } => started(view, *already, words),
        Answer::Acted { note, view } => acted(&words.note(note), view, words),
        Answer::Smoke { smoke, already } => smoke::started(smoke, *already, words),
        Answer::Lock { view, next } => super::lock::answer(view, *next, words),
        Answer::Halt(view) => super::halt::answer(view, words),
        Answer::Status(environments) => super::status::page(environments, words),
        Answer::Plan(view) => super::plan::page(view, words),
        Answer::Why(view) => why::page(view, words),
        Answer::History { app, environment, lines, time_zone, now } => {
            history(app, environment.as_deref(), lines, &words.here(time_zone, *now))
        }
        Answer::Registered { release, already } => registered(release, *already, words),
        Answer::Done(note) => {
            let because = note.args.contains_key("because").then(|| Row::text(words.say("done-because", &note.args)));
            Card::page(words.note(note), Tone::Good, because.into_iter().collect())
        }
        Answer::Help(None) => help::all(words),
        Answer::Help(Some(command)) => {
            help::one(command, words).unwrap_or_else(|| refusal::no(&unknown_help(command), words))
        }
    }
}

fn started(view: &DeploymentView, already: bool, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let d = &view.deployment;
    let args: [(&str, &dyn std::fmt::Display); 2] = [("version", &d.release.version), ("environment", &d.environment)];
    let said = match d.phase {
        // What was asked for has made it go back, or has ended it.
        Phase::RollingBack => words.with("answer-goes-back", &args),
        Phase::Closed => title(d, &status(view, words), words),
        _ if already => words.with("answer-under-way", &args),
        _ => words.with("answer-started", &args),
    };
    Card::page(said, Tone::Plain, vec![Row::text(now::sentence(view, words))])
}

fn acted(done: &str, view: &DeploymentView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let sentence = vec![Row::text(now::sentence(view, words))];
    if view.is_stuck {
        return Card::page(title(&view.deployment, &status(view, words), words), Tone::Bad, sentence);
    }
    Card::page(done.to_owned(), Tone::Good, sentence)
}

fn registered(release: &Release, already: bool, words: &Words) -> Card {
    let args: [(&str, &dyn std::fmt::Display); 2] = [("version", &release.version), ("app", &release.app)];
    let said = words.with(if already { "answer-registered-already" } else { "answer-registered" }, &args);
    let mut rows = vec![Row::field(words.get("card-image"), harmless(&release.image, LINE))];
    if release.one_way {
        rows.push(Row::text(words.with("answer-one-way", &args)));
    }
    rows.push(Row::text(words.with("answer-registered-next", &args)));
    Card::page(said, Tone::Good, rows)
}

fn history(app: &str, environment: Option<&str>, lines: &[HistoryLine], words: &Words) -> Card {
    let title = words.with(
        if environment.is_some() { "history-title-in" } else { "history-title" },
        &[("app", &app), ("environment", &environment.unwrap_or_default())],
    );
    let mut rows: Vec<Row> = lines.iter().map(|line| past(&line.deployment, words)).collect();
    if rows.is_empty() {
        rows.push(Row::text(words.get("history-empty")));
    }
    Card::page(title, Tone::Plain, rows)
}

/// A deployment in a line: how it ended, when, who asked, how long it took, and why it did not succeed.
fn past(d: &Deployment, words: &Words) -> Row {
    let took = |end: Moment| words.with("history-took", &[("span", &end.since(d.requested_at).0)]);
    let text = words.with(
        if d.kind == crate::domain::Kind::Rollback { "history-line-back" } else { "history-line" },
        &[("version", &d.release.version), ("environment", &d.environment)],
    );
    let detail = parts(&[
        status_of(d, words),
        words.time_short(d.requested_at),
        harmless(&d.requested_by.name, NAME),
        d.closed_at.map(took).unwrap_or_default(),
        d.cause.as_ref().and_then(|why| cause::sentence(why, d, words)).unwrap_or_default(),
    ]);
    Row::item(mark(d), text, detail)
}

/// A deployment under way, in a line of another page.
pub(super) fn under_way(view: &DeploymentView, words: &Words) -> String {
    title(&view.deployment, &status(view, words), words)
}
