//! What the operator says: the file ([`read`]), the environment variables ([`Variables`]), who is who ([`People`]),
//! what follows from it ([`explain()`]), and its shape for editors ([`schema()`]).
//!
//! Not here: what a command, a gate or a check does with it. The file is read once, at start; a deployment keeps the
//! plan it started with.
//!
//! To add a key: `file/`. To add a variable: `variables.rs`. To add a language: [`LOCALES`].

mod explain;
mod file;
mod people;
mod problem;
mod schema;
mod seen;
mod variables;

use std::io::Read;
use std::path::Path;

pub use explain::{Asked, Explanation, Granted, Needs, explain};
pub use file::read;
pub use people::{EVERYONE, People};
pub use problem::{Place, Problem};
pub use schema::{EVERY_KEY, schema};
pub use variables::{ApiToken, DiscordAccess, Fly, PrometheusAccess, SlackAccess, Variables};

use crate::checks::prometheus;
use crate::domain::{Note, Policy};

/// The languages that there are words for; the first is the default.
pub const LOCALES: [&str; 2] = ["en", "ja"];

/// Where the database is when nobody says: a file beside the process.
const DEFAULT_DATABASE: &str = "sqlite://shipgate.db";

/// A config that can be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The zone in which people read times, where an environment has none of its own.
    pub time_zone: String,
    /// The language of the channels, one of [`LOCALES`].
    pub locale: String,
    /// Where the database is, unless `DATABASE_URL` says otherwise: see [`Config::database_url`].
    pub database: String,
    /// The Discord that it talks in, if any.
    pub discord: Option<Discord>,
    /// The Slack that it talks in, if any.
    pub slack: Option<Slack>,
    /// Who is who, and who may do what.
    pub people: People,
    /// The apps, at least one.
    pub apps: Vec<App>,
}

/// `[discord]`. Ids are snowflakes; a channel that is absent is the deployments channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discord {
    /// The guild whose people it serves.
    pub guild: u64,
    /// How interactions come in.
    pub mode: Mode,
    /// Where cards are.
    pub deployments: u64,
    /// Where it says that something went back by itself.
    pub warnings: Option<u64>,
    /// Where it calls people who are needed now.
    pub incidents: Option<u64>,
    /// Where it tells of successes.
    pub announcements: Option<u64>,
}

/// `[slack]`. Ids are Slack's own; a channel that is absent is the deployments channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slack {
    /// How interactions come in: over Socket Mode, or as signed requests.
    pub mode: Mode,
    /// Where cards are.
    pub deployments: String,
    /// Where it says that something went back by itself.
    pub warnings: Option<String>,
    /// Where it calls people who are needed now.
    pub incidents: Option<String>,
    /// Where it tells of successes.
    pub announcements: Option<String>,
}

/// How a chat's interactions come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Over a connection that Shipgate keeps open.
    Connection,
    /// As signed requests to Shipgate's own address, so that it can sleep.
    Http,
}

/// Something that gets released.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Its name, unique.
    pub name: String,
    /// `owner/name`, where it has one.
    pub repository: Option<String>,
    /// Its environments in the order of promotion, at least one.
    pub environments: Vec<Environment>,
}

/// A place where an app runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// Its name, unique in the app.
    pub name: String,
    /// What a deployment into it goes by.
    pub policy: Policy,
    /// Where the file says so.
    pub place: Place,
}

/// Reads the file at a path.
///
/// # Errors
/// That it cannot be read, or every problem in it.
pub fn load(path: &Path) -> Result<Config, Vec<Problem>> {
    let name = path.display().to_string();
    let whole = |note| vec![Problem::new(Place::Whole(name.clone()), note)];
    let mut text = String::new();
    // A little more than `read` takes, so that a device or a log given by mistake does not fill the memory.
    let result = std::fs::File::open(path).and_then(|file| file.take(2 << 20).read_to_string(&mut text));
    match result {
        Ok(_) => read(&text, &name),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(whole(Note::new("config-no-file"))),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err(whole(Note::new("config-not-utf8"))),
        Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Err(whole(Note::new("config-is-folder"))),
        Err(error) => Err(whole(Note::new("config-unreadable").with("reason", error))),
    }
}

impl Config {
    /// An app by its name.
    #[must_use]
    pub fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name == name)
    }

    /// An environment by both names.
    #[must_use]
    pub fn environment(&self, app: &str, name: &str) -> Option<&Environment> {
        self.app(app)?.environment(name)
    }

    /// Where the database is: `DATABASE_URL`, else what the file says.
    #[must_use]
    pub fn database_url<'a>(&'a self, variables: &'a Variables) -> &'a str {
        variables.database_url.as_deref().unwrap_or(&self.database)
    }

    /// What the file asks for and the environment variables do not give.
    #[must_use]
    pub fn missing(&self, variables: &Variables) -> Vec<Problem> {
        let chats = self.missing_of_discord(variables).into_iter().chain(self.missing_of_slack(variables));
        let checks = self.missing_of_prometheus(variables);
        chats.chain(self.missing_of_fly(variables)).chain(checks).collect()
    }

    fn missing_of_discord(&self, variables: &Variables) -> Vec<Problem> {
        let Some(discord) = &self.discord else { return Vec::new() };
        let token = variables.discord.token.is_none().then(|| missing("DISCORD_TOKEN", "config-no-discord-token"));
        let wants_key = discord.mode == Mode::Http && variables.discord.public_key.is_none();
        let key = wants_key.then(|| missing("DISCORD_PUBLIC_KEY", "config-no-discord-key"));
        token.into_iter().chain(key).collect()
    }

    fn missing_of_slack(&self, variables: &Variables) -> Vec<Problem> {
        let Some(slack) = &self.slack else { return Vec::new() };
        let access = &variables.slack;
        let token = access.bot_token.is_none().then(|| missing("SLACK_BOT_TOKEN", "config-no-slack-token"));
        let way_in = match slack.mode {
            Mode::Connection => {
                access.app_token.is_none().then(|| missing("SLACK_APP_TOKEN", "config-no-slack-app-token"))
            }
            Mode::Http => {
                access.signing_secret.is_none().then(|| missing("SLACK_SIGNING_SECRET", "config-no-slack-secret"))
            }
        };
        token.into_iter().chain(way_in).collect()
    }

    fn missing_of_fly(&self, variables: &Variables) -> Vec<Problem> {
        let environments = self.apps.iter().flat_map(|app| &app.environments);
        let on_fly: Vec<_> = environments.filter(|e| e.policy.target.kind == "fly").collect();
        let (Some(first), None) = (on_fly.first(), &variables.fly.token) else { return Vec::new() };
        let names = on_fly.iter().filter_map(|e| e.policy.target.settings["app"].as_str());
        let commands: Vec<_> = names.map(|name| format!("`fly tokens create deploy -a {name}`")).collect();
        let key = if commands.len() == 1 { "config-no-fly-token" } else { "config-no-fly-tokens" };
        vec![Problem::new(first.place.clone(), Note::new(key).with("commands", commands.join(", ")))]
    }

    fn missing_of_prometheus(&self, variables: &Variables) -> Option<Problem> {
        if variables.prometheus.url.is_some() {
            return None;
        }
        let environments = self.apps.iter().flat_map(|app| &app.environments);
        environments.flat_map(|e| e.policy.checks().map(move |check| (e, check))).find_map(
            |(environment, (name, spec))| {
                let note = Note::new("config-no-prometheus-url").with("name", name);
                prometheus::needs_an_address(spec).then(|| Problem::new(environment.place.clone(), note))
            },
        )
    }
}

impl App {
    /// An environment by its name.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// The environment that must succeed before this one; none for the first.
    #[must_use]
    pub fn before(&self, name: &str) -> Option<&Environment> {
        let index = self.environments.iter().position(|environment| environment.name == name)?;
        self.environments.get(index.checked_sub(1)?)
    }

    /// The environment after this one; none for the last.
    #[must_use]
    pub fn after(&self, name: &str) -> Option<&Environment> {
        let index = self.environments.iter().position(|environment| environment.name == name)?;
        self.environments.get(index + 1)
    }
}

/// A variable that is needed and not set.
fn missing(name: &str, note: &str) -> Problem {
    Problem::new(Place::Variable(name.to_owned()), Note::new(note))
}

/// Whether an address begins with the name of an engine. The rest is the store's to read.
fn names_an_engine(url: &str) -> Result<(), Note> {
    match url.split_once("://") {
        Some(("sqlite" | "postgres" | "postgresql", rest)) if !rest.is_empty() => Ok(()),
        _ => Err(Note::new("config-not-database")),
    }
}
