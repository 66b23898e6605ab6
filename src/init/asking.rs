//! The questions of `shipgate init`, to a person at a terminal. What cannot be used is told at once, and asked again.

use std::io::{self, BufRead, Write};

use super::judging::{self, Wrong};
use super::{APP, Answers, ENVIRONMENTS, Given, InitTrouble, PERSON, fill_in, zone};
use crate::words::Words;

/// Asks a person for what was not given. An empty line takes what stands in brackets.
///
/// # Errors
/// The terminal is gone, or an option is wrong.
pub fn ask(
    mut given: Given,
    input: &mut impl BufRead,
    out: &mut impl Write,
    words: &Words,
) -> Result<Answers, InitTrouble> {
    given.tidy();
    // Which environments there are may still be asked.
    if given.environments.is_some() {
        given.hold_together()?;
    }
    let wrong = judging::wrong(&supposed(&given));
    if !wrong.is_empty() {
        return Err(InitTrouble::Wrong(wrong));
    }
    Asking { input, out, words }.all(&mut given).map_err(InitTrouble::Terminal)?;
    fill_in(given)
}

/// The same with good names on fly.io where they are to be asked for still.
fn supposed(given: &Given) -> Given {
    let mut supposed = given.clone();
    for (index, name) in given.environments().into_iter().enumerate() {
        if given.fly_apps.iter().all(|(known, _)| *known != name) {
            supposed.fly_apps.push((name, format!("app-{index}")));
        }
    }
    supposed
}

/// A conversation.
struct Asking<'a, I, O> {
    input: &'a mut I,
    out: &'a mut O,
    words: &'a Words,
}

impl<I: BufRead, O: Write> Asking<'_, I, O> {
    fn all(&mut self, given: &mut Given) -> io::Result<()> {
        writeln!(self.out, "{}", self.words.get("init-welcome"))?;
        if given.app.is_none() {
            self.one(given, ("--app", "init-ask-app", APP), |given, app| given.app = Some(app))?;
        }
        while given.environments.is_none() {
            let question = ("--environments", "init-ask-environments", &*ENVIRONMENTS.join(","));
            self.one(given, question, |given, names| given.environments = list(&names))?;
        }
        for name in given.environments() {
            if given.fly_apps.iter().all(|(known, _)| *known != name) {
                let question = self.words.with("init-ask-fly-app", &[("environment", &name)]);
                let usual = given.on_fly(&name);
                self.line(given, ("--fly-app", &question, &usual), |given, on_fly| {
                    given.fly_apps.push((name.clone(), on_fly));
                })?;
            }
        }
        while given.people.is_none() {
            let question = ("--people", "init-ask-people", PERSON);
            self.one(given, question, |given, names| given.people = list(&names))?;
        }
        if given.time_zone.is_none() {
            let question = ("--time-zone", "init-ask-time-zone", zone(&given.locale));
            self.one(given, question, |given, zone| given.time_zone = Some(zone))?;
        }
        self.chat(given)
    }

    /// One chat; who has both says so by options.
    fn chat(&mut self, given: &mut Given) -> io::Result<()> {
        if given.guild.is_some() || given.slack_channel.is_some() {
            return Ok(());
        }
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        self.one(given, ("--discord-guild", "init-ask-guild", ""), |given, id| given.guild = filled(id))?;
        if given.guild.is_some() {
            self.one(given, ("--discord-channel", "init-ask-channel", ""), |given, id| given.channel = Some(id))?;
            return self.one(given, ("--discord-role", "init-ask-role", ""), |given, id| given.role = filled(id));
        }
        self.one(given, ("--slack-channel", "init-ask-slack", ""), |given, id| given.slack_channel = filled(id))?;
        if given.slack_channel.is_some() {
            self.one(given, ("--slack-group", "init-ask-group", ""), |given, id| given.slack_group = filled(id))?;
        }
        Ok(())
    }

    /// Asks the question of a message.
    fn one(
        &mut self,
        given: &mut Given,
        (option, question, usual): (&'static str, &str, &str),
        answer: impl Fn(&mut Given, String),
    ) -> io::Result<()> {
        let question = self.words.get(question);
        self.line(given, (option, &question, usual), answer)
    }

    /// Asks until the answer can be used.
    fn line(
        &mut self,
        given: &mut Given,
        (option, question, usual): (&'static str, &str, &str),
        answer: impl Fn(&mut Given, String),
    ) -> io::Result<()> {
        loop {
            let typed = self.read(question, usual)?;
            let mut with = given.clone();
            answer(&mut with, typed);
            match judging::wrong(&supposed(&with)).into_iter().find(|wrong| wrong.option == option) {
                None => {
                    *given = with;
                    return Ok(());
                }
                Some(Wrong { note, next, .. }) => {
                    writeln!(self.out, "  {}\n  {}", self.words.note(&note), self.words.note(&next))?;
                }
            }
        }
    }

    fn read(&mut self, question: &str, usual: &str) -> io::Result<String> {
        write!(self.out, "{question}{} ", if usual.is_empty() { String::new() } else { format!(" [{usual}]") })?;
        self.out.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim();
        Ok(if line.is_empty() { usual } else { line }.to_owned())
    }
}

/// Names with commas between them; none where there are only commas.
fn list(line: &str) -> Option<Vec<String>> {
    let names = line.split(',').map(str::trim).filter(|name| !name.is_empty());
    Some(names.map(str::to_owned).collect::<Vec<_>>()).filter(|names| !names.is_empty())
}
