//! Whether answers are good ones. Each is put into a draft in which all else is known to be good, and the config's
//! reader is asked; so one mistake is one message, and it is the answer's.

use super::{Given, write};
use crate::config::{self, Problem};
use crate::domain::Note;
use crate::words::Words;

/// An answer that makes no config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The option that gives another.
    pub option: &'static str,
    /// What is wrong.
    pub note: Note,
    /// What to answer instead.
    pub next: Note,
}

/// An id that looks like one of Discord's, where the other of two is not known yet.
const ID: &str = "100000000000000001";

/// Puts one answer into a draft.
type Step = fn(&Given, &mut Given);

/// Each answer, in an order in which it depends on those before it.
const STEPS: [(&str, Step); 10] = [
    ("--time-zone", |given, draft| draft.time_zone.clone_from(&given.time_zone)),
    ("--app", |given, draft| draft.app.clone_from(&given.app)),
    ("--environments", |given, draft| draft.environments.clone_from(&given.environments)),
    ("--fly-app", |given, draft| draft.fly_apps.clone_from(&given.fly_apps)),
    ("--people", |given, draft| draft.people.clone_from(&given.people)),
    ("--discord-guild", |given, draft| draft.guild.clone_from(&given.guild)),
    ("--discord-channel", |given, draft| draft.channel.clone_from(&given.channel)),
    ("--discord-role", |given, draft| draft.role.clone_from(&given.role)),
    ("--slack-channel", |given, draft| draft.slack_channel.clone_from(&given.slack_channel)),
    ("--slack-group", |given, draft| draft.slack_group.clone_from(&given.slack_group)),
];

/// What is wrong with what was told; each mistake once.
pub(super) fn wrong(given: &Given) -> Vec<Wrong> {
    let mut draft = Given { locale: given.locale.clone(), ..Given::default() };
    let mut found = Vec::new();
    for (option, step) in STEPS {
        // Which names on fly.io are meant is known once the environments are.
        if option == "--fly-app" && found.iter().any(|wrong: &Wrong| wrong.option == "--environments") {
            continue;
        }
        let mut with = draft.clone();
        step(given, &mut with);
        match problem(&with, option) {
            None => draft = with,
            Some(problem) => found.push(Wrong { option, next: problem.next(), note: problem.note }),
        }
    }
    found
}

/// What the reader says first of a draft. What apps are called on fly.io matters where that is the question.
fn problem(draft: &Given, option: &str) -> Option<Problem> {
    let mut answers = Given {
        channel: draft.channel.clone().or_else(|| Some(ID.to_owned())),
        guild: draft.guild.clone().or_else(|| draft.channel.as_ref().map(|_| ID.to_owned())),
        ..draft.clone()
    }
    .answers();
    let is_asked = option == "--fly-app";
    if !is_asked {
        answers.environments.iter_mut().enumerate().for_each(|(index, (_, on_fly))| *on_fly = format!("app-{index}"));
    }
    let problems = config::read(&write(&answers, &Words::new(&answers.locale)), "").err()?;
    // An address is made of the name too, and stands above it.
    let of_name = problems.iter().find(|problem| is_asked && problem.note.key == "config-bad-fly-app");
    of_name.or(problems.first()).cloned()
}
