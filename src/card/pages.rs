//! The pages that answer commands.

use super::deployment::{status, title};
use super::{Card, Row, Tone, help, now, refusal, smoke, why};
use crate::command::unknown_help;
use crate::domain::{Note, Phase, Release};
use crate::view::{Answer, DeploymentView};
use crate::words::{LINE, Words, harmless};

/// The page that answers a command.
#[must_use]
pub fn answer(answer: &Answer, words: &Words) -> Card {
    match answer {
        Answer::Deployment { view, already } => started(view, *already, words),
        Answer::Acted { note, view } => acted(note, view, words),
        Answer::Smoke { smoke, already } => smoke::started(smoke, *already, words),
        Answer::Lock { view, waits_behind } => super::lock::answer(view, *waits_behind, words),
        Answer::Halt(view) => super::halt::answer(view, words),
        Answer::Status(environments) => super::status::page(environments, words),
        Answer::Plan(view) => super::plan::page(view, words),
        Answer::Why(view) => why::page(view, words),
        Answer::History { apps, environment, lines, now } => {
            super::history::page((apps, environment.as_deref()), lines, *now, words)
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

fn acted(done: &Note, view: &DeploymentView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let sentence = vec![Row::text(now::sentence(view, words))];
    if view.is_stuck {
        return Card::page(title(&view.deployment, &status(view, words), words), Tone::Bad, sentence);
    }
    Card::page(words.note(done), Tone::Good, sentence)
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

/// A deployment under way, in a line of another page.
pub(super) fn under_way(view: &DeploymentView, words: &Words) -> String {
    title(&view.deployment, &status(view, words), words)
}
