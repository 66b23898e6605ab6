//! `shipgate init`: a first config out of a few answers. Each comes from an option, from a person at a terminal
//! ([`ask`]) or from a default ([`fill_in`]); [`write()`] makes the file, in the language of who will read it.
//!
//! Not here: whether an answer is a good one. The config's reader says that, of a file with this answer in it.
//!
//! To add a question: a field of [`Given`] and [`Answers`], its option in `cli`, its lines in `file`, its step in
//! `judging`.

mod asking;
mod file;
mod judging;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use crate::domain::Note;

pub use asking::ask;
pub use file::write;
pub use judging::Wrong;

/// What stands in brackets where somebody is asked, and nothing better is known.
const APP: &str = "hello";
const PERSON: &str = "me";

/// The environments of an app whose owner does not say.
const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// What was told by options.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The language of the file's comments, of channels, and of the questions.
    pub locale: String,
    /// `--app`
    pub app: Option<String>,
    /// `--environments`
    pub environments: Option<Vec<String>>,
    /// `--fly-app`: environment and name.
    pub fly_apps: Vec<(String, String)>,
    /// `--people`
    pub people: Option<Vec<String>>,
    /// `--time-zone`
    pub time_zone: Option<String>,
    /// `--discord-guild`
    pub guild: Option<String>,
    /// `--discord-channel`
    pub channel: Option<String>,
    /// `--discord-role`
    pub role: Option<String>,
    /// `--slack-channel`
    pub slack_channel: Option<String>,
    /// `--slack-group`
    pub slack_group: Option<String>,
}

/// What a config is written from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The language.
    pub locale: String,
    /// The zone in which people read times.
    pub time_zone: String,
    /// The app's name.
    pub app: String,
    /// Its environments in the order of promotion, each with its app on fly.io.
    pub environments: Vec<(String, String)>,
    /// Who may release.
    pub people: Vec<String>,
    /// Where they talk, if on Discord.
    pub discord: Option<Room>,
    /// Where they talk, if on Slack.
    pub slack: Option<Conversation>,
}

/// A place on Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The server.
    pub guild: String,
    /// The channel of the cards.
    pub channel: String,
    /// The role of those who may release, if there is one.
    pub role: Option<String>,
}

/// A place on Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The channel of the cards.
    pub channel: String,
    /// The user group of those who may release, if there is one.
    pub group: Option<String>,
}

/// Why there are no answers.
#[derive(Debug)]
pub enum InitTrouble {
    /// Nobody can be asked, and these options are not given.
    Missing(Vec<&'static str>),
    /// `--fly-app` names an environment that there is not.
    NoEnvironment(String),
    /// `--fly-app` names an environment twice.
    TwiceOnFly(String),
    /// Options that make no config.
    Wrong(Vec<Wrong>),
    /// The terminal is gone.
    Terminal(io::Error),
}

impl InitTrouble {
    /// The words for people; what exactly is wrong with each option is beside them.
    #[must_use]
    pub fn note(&self) -> Note {
        match self {
            Self::Missing(options) => Note::new("init-missing").with("options", options.join(", ")),
            Self::NoEnvironment(name) => Note::new("init-no-environment").with("name", name),
            Self::TwiceOnFly(name) => Note::new("init-fly-app-twice").with("name", name),
            Self::Wrong(_) => Note::new("init-wrong"),
            Self::Terminal(error) => Note::new("init-terminal").with("reason", error),
        }
    }
}

/// Answers from options and defaults alone.
///
/// # Errors
/// What nobody can guess is not given, or an option names what is not there.
pub fn fill_in(mut given: Given) -> Result<Answers, InitTrouble> {
    given.tidy();
    let missing = [("--app", given.app.is_none()), ("--people", given.people.is_none())];
    let missing: Vec<_> = missing.iter().filter(|(_, is)| *is).map(|(option, _)| *option).collect();
    if !missing.is_empty() {
        return Err(InitTrouble::Missing(missing));
    }
    given.hold_together()?;
    match judging::wrong(&given) {
        wrong if wrong.is_empty() => Ok(given.answers()),
        wrong => Err(InitTrouble::Wrong(wrong)),
    }
}

impl Given {
    /// Leaves out what is empty between two commas, and who is named again. A list of nobody was not given.
    fn tidy(&mut self) {
        let filled = |names: &mut Option<Vec<String>>| {
            let names = names.take().into_iter().flatten().map(|name| name.trim().to_owned());
            let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
            Some(names).filter(|names| !names.is_empty())
        };
        self.environments = filled(&mut self.environments);
        self.people = filled(&mut self.people);
        let mut known = BTreeSet::new();
        self.people.iter_mut().for_each(|people| people.retain(|name| known.insert(name.clone())));
    }

    /// Whether `--fly-app` names environments that there are, each once.
    fn hold_together(&self) -> Result<(), InitTrouble> {
        let environments = self.environments();
        let mut named = BTreeSet::new();
        for (name, _) in &self.fly_apps {
            if !environments.contains(name) {
                return Err(InitTrouble::NoEnvironment(name.clone()));
            }
            if !named.insert(name) {
                return Err(InitTrouble::TwiceOnFly(name.clone()));
            }
        }
        Ok(())
    }

    fn environments(&self) -> Vec<String> {
        self.environments.clone().unwrap_or_else(|| ENVIRONMENTS.map(str::to_owned).to_vec())
    }

    /// What it is called on fly.io: as was told, or as is usual.
    fn on_fly(&self, environment: &str) -> String {
        let told = self.fly_apps.iter().find(|(known, _)| known == environment).map(|(_, app)| app.clone());
        told.unwrap_or_else(|| usual(self.app.as_deref().unwrap_or(APP), environment))
    }

    /// Answers, with the usual ones where nothing was told.
    fn answers(self) -> Answers {
        let on_fly = |name: String| (name.clone(), self.on_fly(&name));
        let environments = self.environments().into_iter().map(on_fly).collect();
        let discord = self.guild.zip(self.channel);
        let slack = self.slack_channel.map(|channel| Conversation { channel, group: self.slack_group });
        Answers {
            time_zone: self.time_zone.unwrap_or_else(|| zone(&self.locale).to_owned()),
            locale: self.locale,
            app: self.app.unwrap_or_else(|| APP.to_owned()),
            environments,
            people: self.people.unwrap_or_else(|| vec![PERSON.to_owned()]),
            discord: discord.map(|(guild, channel)| Room { guild, channel, role: self.role }),
            slack,
        }
    }
}

/// Saves a new file; over one that is there only by `force`.
///
/// # Errors
/// It cannot be written.
pub fn save(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    options.write(true).open(path)?.write_all(text.as_bytes())
}

/// What an app is usually called on fly.io, where no name has capitals.
fn usual(app: &str, environment: &str) -> String {
    if environment == "production" { app.to_lowercase() } else { format!("{app}-{environment}").to_lowercase() }
}

/// Where most readers of a language are.
fn zone(locale: &str) -> &'static str {
    if locale == "ja" { "Asia/Tokyo" } else { "UTC" }
}
