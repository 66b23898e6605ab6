//! The environment variables: the only place that reads them, and the only way in for secrets.
//!
//! A problem names the variable and never repeats the value of one that may be secret.
//!
//! To add one: a field, a line in [`Variables::read`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use reqwest::Url;
use secrecy::SecretString;

use super::problem::shown;
use super::{LOCALES, Place, Problem, names_an_engine};
use crate::domain::Note;
use crate::text::is_word;

/// What the environment variables say.
#[derive(Clone, Debug)]
pub struct Variables {
    /// `SHIPGATE_CONFIG`: the file.
    pub config: PathBuf,
    /// `DATABASE_URL`.
    pub database_url: Option<String>,
    /// `LISTEN_ADDR`, or all addresses at `PORT`.
    pub listen: SocketAddr,
    /// Whether neither of them is set, so that what needs no certain address can take any.
    pub listen_anywhere: bool,
    /// `SHIPGATE_API_TOKENS`.
    pub api_tokens: Vec<ApiToken>,
    /// What reaches fly.io.
    pub fly: Fly,
    /// What reaches Discord.
    pub discord: DiscordAccess,
    /// What reaches Slack.
    pub slack: SlackAccess,
    /// What reaches Prometheus.
    pub prometheus: PrometheusAccess,
    /// `RUST_LOG`: what is logged.
    pub log: Option<String>,
    /// The language of `LC_ALL`, `LC_MESSAGES` or `LANG`, where there are words for it.
    pub locale: Option<&'static str>,
    /// `NO_COLOR`: whether to leave colours out.
    pub no_color: bool,
}

/// Somebody who may use the API.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// They act as `api:` and this.
    pub name: String,
    /// What they show.
    pub token: SecretString,
}

/// What reaches fly.io. The names are flyctl's own.
#[derive(Clone, Debug)]
pub struct Fly {
    /// `FLY_API_TOKEN`.
    pub token: Option<SecretString>,
    /// `FLY_FLAPS_BASE_URL`: the Machines API; no slash at the end.
    pub flaps_url: String,
    /// `FLY_REGISTRY_HOST`: the registry of the images; always a whole address, no slash at the end.
    pub registry_url: String,
    /// `FLY_API_BASE_URL`: everything else; no slash at the end.
    pub api_url: String,
}

/// What reaches Discord.
#[derive(Clone, Debug)]
pub struct DiscordAccess {
    /// `DISCORD_TOKEN`: the bot's.
    pub token: Option<SecretString>,
    /// `DISCORD_PUBLIC_KEY`: what its requests are verified with, 32 bytes written as 64 hexadecimal digits.
    pub public_key: Option<String>,
    /// `DISCORD_API_URL`: a stand-in for Discord; none for the real one. No slash at the end.
    pub api_url: Option<String>,
}

/// What reaches Slack.
#[derive(Clone, Debug)]
pub struct SlackAccess {
    /// `SLACK_BOT_TOKEN`: `xoxb-…`, the bot's.
    pub bot_token: Option<SecretString>,
    /// `SLACK_APP_TOKEN`: `xapp-…`, which opens the connections of Socket Mode.
    pub app_token: Option<SecretString>,
    /// `SLACK_SIGNING_SECRET`: what its requests are verified with.
    pub signing_secret: Option<SecretString>,
    /// `SLACK_API_URL`: where the Web API's methods are, Slack itself or a stand-in. No slash at the end.
    pub api_url: String,
}

/// What reaches Prometheus, or what speaks as it does.
#[derive(Clone, Debug)]
pub struct PrometheusAccess {
    /// `PROMETHEUS_URL`: without the path of its API. No slash at the end.
    pub url: Option<String>,
    /// `PROMETHEUS_TOKEN`: a bearer's, or with its scheme before it.
    pub token: Option<SecretString>,
}

impl Variables {
    /// Reads those of this process.
    ///
    /// # Errors
    /// Every one that cannot be used.
    pub fn of_this_process() -> Result<Self, Vec<Problem>> {
        #[expect(clippy::disallowed_methods, reason = "the one home of the environment variables")]
        // What is not UTF-8 keeps a mark that no reading below accepts.
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// Reads them through a look-up. An empty one counts as absent.
    ///
    /// # Errors
    /// Every one that cannot be used.
    pub fn read(look_up: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<Problem>> {
        let mut source = Source { look_up: &look_up, problems: Vec::new() };
        let variables = Self {
            config: source.text("SHIPGATE_CONFIG").unwrap_or_else(|| "shipgate.toml".to_owned()).into(),
            database_url: source.database(),
            listen: source.listen(),
            listen_anywhere: source.text("LISTEN_ADDR").or_else(|| source.text("PORT")).is_none(),
            api_tokens: source.api_tokens(),
            fly: Fly {
                token: source.secret("FLY_API_TOKEN"),
                flaps_url: source.url("FLY_FLAPS_BASE_URL", "https://api.machines.dev"),
                registry_url: source.host("FLY_REGISTRY_HOST", "https://registry.fly.io"),
                api_url: source.url("FLY_API_BASE_URL", "https://api.fly.io"),
            },
            discord: DiscordAccess {
                token: source.secret("DISCORD_TOKEN"),
                public_key: source.public_key("DISCORD_PUBLIC_KEY"),
                api_url: Some(source.url("DISCORD_API_URL", "")).filter(|url| !url.is_empty()),
            },
            slack: SlackAccess {
                bot_token: source.token("SLACK_BOT_TOKEN", "xoxb-"),
                app_token: source.token("SLACK_APP_TOKEN", "xapp-"),
                signing_secret: source.secret("SLACK_SIGNING_SECRET"),
                api_url: source.url("SLACK_API_URL", "https://slack.com/api"),
            },
            prometheus: PrometheusAccess {
                url: source.open_url("PROMETHEUS_URL"),
                token: source.secret("PROMETHEUS_TOKEN"),
            },
            log: source.text("RUST_LOG"),
            locale: source.locale(),
            no_color: source.text("NO_COLOR").is_some(),
        };
        if source.problems.is_empty() { Ok(variables) } else { Err(source.problems) }
    }
}

/// Reads variables one by one and keeps what is wrong.
struct Source<'a> {
    look_up: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

impl Source<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.look_up)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn fail(&mut self, name: &str, note: Note) {
        self.problems.push(Problem::new(Place::Variable(name.to_owned()), note));
    }

    /// A token goes into a header, so it has only what a header can hold.
    fn secret(&mut self, name: &str) -> Option<SecretString> {
        let value = self.text(name)?;
        if !value.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ') {
            self.fail(name, Note::new("config-token-letters"));
            return None;
        }
        Some(value.into())
    }

    /// A token of which there are several kinds, and which is which can be seen.
    fn token(&mut self, name: &str, begins: &str) -> Option<SecretString> {
        if self.text(name).is_some_and(|value| !value.starts_with(begins)) {
            self.fail(name, Note::new("config-other-token").with("begins", begins));
            return None;
        }
        self.secret(name)
    }

    fn public_key(&mut self, name: &str) -> Option<String> {
        let key = self.text(name)?;
        if key.len() != 64 || !key.bytes().all(|letter| letter.is_ascii_hexdigit()) {
            self.fail(name, Note::new("config-not-public-key"));
            return None;
        }
        Some(key)
    }

    fn database(&mut self) -> Option<String> {
        let url = self.text("DATABASE_URL")?;
        match names_an_engine(&url) {
            Ok(()) => Some(url),
            Err(note) => {
                self.fail("DATABASE_URL", note);
                None
            }
        }
    }

    fn listen(&mut self) -> SocketAddr {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        if let Some(value) = self.text("LISTEN_ADDR") {
            return value.parse().unwrap_or_else(|_| {
                self.fail("LISTEN_ADDR", Note::new("config-not-socket").with("value", shown(&value)));
                default
            });
        }
        let Some(value) = self.text("PORT") else { return default };
        match value.parse::<u16>() {
            Ok(port) if port > 0 => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port),
            _ => {
                self.fail("PORT", Note::new("config-not-port").with("value", shown(&value)));
                default
            }
        }
    }

    /// An address, or the one that is meant when the variable is absent.
    fn url(&mut self, name: &str, otherwise: &str) -> String {
        let Some(value) = self.text(name) else { return otherwise.to_owned() };
        if web(&value).is_none() {
            self.fail(name, Note::new("config-not-url").with("key", name));
        }
        value.trim_end_matches('/').to_owned()
    }

    /// An address that may be shown, so there is no password in it.
    fn open_url(&mut self, name: &str) -> Option<String> {
        let url = Some(self.url(name, "")).filter(|url| !url.is_empty())?;
        if web(&url).is_some_and(|url| !url.username().is_empty() || url.password().is_some()) {
            self.fail(name, Note::new("config-password-in-url").with("key", name).with("token", "PROMETHEUS_TOKEN"));
        }
        Some(url)
    }

    /// A host, or its whole address; no path below it.
    fn host(&mut self, name: &str, otherwise: &str) -> String {
        let Some(value) = self.text(name) else { return otherwise.to_owned() };
        let whole = if value.contains("://") { value } else { format!("https://{value}") };
        let bare = |url: &Url| url.path() == "/" && url.username().is_empty() && url.password().is_none();
        if !web(&whole).is_some_and(|url| bare(&url)) {
            self.fail(name, Note::new("config-not-host").with("key", name));
        }
        whole.trim_end_matches('/').to_owned()
    }

    fn api_tokens(&mut self) -> Vec<ApiToken> {
        const NAME: &str = "SHIPGATE_API_TOKENS";
        let value = self.text(NAME).unwrap_or_default();
        let mut found: Vec<(&str, &str)> = Vec::new();
        for (number, part) in (1..).zip(value.split(',').map(str::trim)) {
            if part.is_empty() {
                continue;
            }
            let (name, token) = part.split_once('=').unwrap_or_default();
            let note = if !is_word(name) || token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
                Note::new("config-bad-api-token")
            } else if found.iter().any(|(known, _)| *known == name) {
                Note::new("config-api-name-twice").with("name", name)
            } else if found.iter().any(|(_, known)| *known == token) {
                Note::new("config-api-token-twice")
            } else {
                found.push((name, token));
                continue;
            };
            self.fail(NAME, note.with("number", number));
        }
        let token = |(name, token): (&str, &str)| ApiToken { name: name.to_owned(), token: token.into() };
        found.into_iter().map(token).collect()
    }

    fn locale(&self) -> Option<&'static str> {
        let value = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| self.text(name))?;
        let language = value.split(['_', '.', '-', '@']).next()?.to_lowercase();
        LOCALES.into_iter().find(|locale| *locale == language)
    }
}

/// An address on the web without a query.
fn web(value: &str) -> Option<Url> {
    let url = Url::parse(value).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()).then_some(url)
}
