//! `shipgate init`: a first config out of a few answers. Each comes from an option, from a person at a terminal
//! ([`ask`]) or from a default ([`fill_in`]); [`write()`] makes the file, in the language of who will read it.
//!
//! Not here: whether the file is a good config. The reader says that before it is saved, as it does of any other.
//!
//! To add a question: a field of [`Given`] and [`Answers`], its option in `cli`, its lines in `file`.

mod file;

use std::io::{self, BufRead, Write};
use std::path::Path;

use crate::domain::Note;
use crate::words::Words;

pub use file::write;

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
    /// The terminal is gone.
    Terminal(io::Error),
}

impl InitTrouble {
    /// The words for people.
    #[must_use]
    pub fn note(&self) -> Note {
        match self {
            Self::Missing(options) => Note::new("init-missing").with("options", options.join(", ")),
            Self::NoEnvironment(name) => Note::new("init-no-environment").with("name", name),
            Self::Terminal(error) => Note::new("init-terminal").with("reason", error),
        }
    }
}

/// Answers from options and defaults alone.
///
/// # Errors
/// What nobody can guess is not given, or an option names what is not there.
pub fn fill_in(given: Given) -> Result<Answers, InitTrouble> {
    let names = given.environments.unwrap_or_else(|| ENVIRONMENTS.map(str::to_owned).to_vec());
    if let Some((name, _)) = given.fly_apps.iter().find(|(name, _)| !names.contains(name)) {
        return Err(InitTrouble::NoEnvironment(name.clone()));
    }
    let (Some(app), Some(people)) = (&given.app, &given.people) else {
        let missing = [("--app", given.app.is_none()), ("--people", given.people.is_none())];
        return Err(InitTrouble::Missing(missing.iter().filter(|(_, is)| *is).map(|(option, _)| *option).collect()));
    };
    let told = |name: &str| given.fly_apps.iter().find(|(known, _)| known == name).map(|(_, app)| app.clone());
    let on_fly = |name: String| (name.clone(), told(&name).unwrap_or_else(|| usual(app, &name)));
    let discord = given.guild.zip(given.channel);
    let slack = given.slack_channel.map(|channel| Conversation { channel, group: given.slack_group });
    Ok(Answers {
        time_zone: given.time_zone.unwrap_or_else(|| zone(&given.locale).to_owned()),
        locale: given.locale,
        app: app.clone(),
        environments: names.into_iter().map(on_fly).collect(),
        people: people.clone(),
        discord: discord.map(|(guild, channel)| Room { guild, channel, role: given.role }),
        slack,
    })
}

/// Asks a person for what was not given. An empty line takes what stands in brackets.
///
/// # Errors
/// The terminal is gone, or an option names what is not there.
pub fn ask(
    mut given: Given,
    input: &mut impl BufRead,
    out: &mut impl Write,
    words: &Words,
) -> Result<Answers, InitTrouble> {
    let mut asking = Asking { input, out, words };
    asking.all(&mut given).map_err(InitTrouble::Terminal)?;
    fill_in(given)
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

/// What an app is usually called on fly.io.
fn usual(app: &str, environment: &str) -> String {
    if environment == "production" { app.to_owned() } else { format!("{app}-{environment}") }
}

/// Where most readers of a language are.
fn zone(locale: &str) -> &'static str {
    if locale == "ja" { "Asia/Tokyo" } else { "UTC" }
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
        let app = match given.app.take() {
            Some(app) => app,
            None => self.one("init-ask-app", "hello")?,
        };
        if given.environments.is_none() {
            given.environments = Some(list(&self.one("init-ask-environments", &ENVIRONMENTS.join(","))?));
        }
        for name in given.environments.clone().unwrap_or_default() {
            if given.fly_apps.iter().all(|(known, _)| *known != name) {
                let question = self.words.with("init-ask-fly-app", &[("environment", &name)]);
                let on_fly = self.line(&question, &usual(&app, &name))?;
                given.fly_apps.push((name, on_fly));
            }
        }
        given.app = Some(app);
        if given.people.is_none() {
            given.people = Some(list(&self.one("init-ask-people", "me")?));
        }
        if given.time_zone.is_none() {
            given.time_zone = Some(self.one("init-ask-time-zone", zone(&given.locale))?);
        }
        self.chat(given)
    }

    /// One chat; who has both says so by options.
    fn chat(&mut self, given: &mut Given) -> io::Result<()> {
        if given.guild.is_none() && given.slack_channel.is_none() {
            given.guild = Some(self.one("init-ask-guild", "")?).filter(|guild| !guild.is_empty());
            if given.guild.is_some() {
                given.channel = Some(self.one("init-ask-channel", "")?);
                given.role = Some(self.one("init-ask-role", "")?).filter(|role| !role.is_empty());
                return Ok(());
            }
            given.slack_channel = Some(self.one("init-ask-slack", "")?).filter(|channel| !channel.is_empty());
            if given.slack_channel.is_some() {
                given.slack_group = Some(self.one("init-ask-group", "")?).filter(|group| !group.is_empty());
            }
        }
        Ok(())
    }

    fn one(&mut self, question: &str, usual: &str) -> io::Result<String> {
        let question = self.words.get(question);
        self.line(&question, usual)
    }

    fn line(&mut self, question: &str, usual: &str) -> io::Result<String> {
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

fn list(line: &str) -> Vec<String> {
    line.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
