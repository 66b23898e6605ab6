//! What is known of the workspace: which one it is, who we are in it, and which language people read. Asked when it is
//! needed, and kept for a while.
//!
//! Not here: who may do what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

use super::api::{Api, Failure};
use crate::chat::tasks::Tasks;
use crate::clock::{self, SharedClock};
use crate::domain::{Moment, Span};
use crate::words::Words;

/// For how long it is known what a person reads, and of how many it is kept.
const KNOWN: Span = Span::hours(1);
const PEOPLE: usize = 2_000;

/// How long an answer waits for who we are, and for the language that it is to be in: it has 3 seconds in all.
const SPARE: Span = Span(700);

/// The workspace that the bot's token belongs to.
pub(super) struct Workspace {
    pub(super) api: Api,
    pub(super) clock: SharedClock,
    /// The language of the channels.
    locale: String,
    home: Mutex<Asking>,
    /// Rings when Slack was asked who we are.
    asked: watch::Sender<()>,
    tasks: Tasks,
    people: Mutex<HashMap<String, (Profile, Moment)>>,
}

/// What became of asking who we are.
#[derive(Debug, Default)]
struct Asking {
    is_asking: bool,
    home: Option<Arc<Home>>,
    failure: Option<Failure>,
}

/// Who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The workspace.
    pub(super) team: String,
    /// Our own user.
    pub(super) user: String,
    /// Where the workspace is read, with a slash at the end.
    pub(super) url: String,
}

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Profile {
    locale: String,
    name: String,
}

impl Workspace {
    pub(super) fn new(api: Api, locale: &str, clock: SharedClock, tasks: &Tasks) -> Arc<Self> {
        let (locale, tasks) = (locale.to_owned(), tasks.clone());
        let (home, asked, people) = (Mutex::default(), watch::Sender::new(()), Mutex::default());
        Arc::new(Self { api, clock, locale, home, asked, tasks, people })
    }

    /// Which workspace it is. Asked once for everybody who waits, until Slack says it.
    ///
    /// # Errors
    /// Slack does not say.
    pub(super) async fn home(self: &Arc<Self>) -> Result<Arc<Home>, Failure> {
        let mut asked = self.asked.subscribe();
        if let Some(home) = self.begins_to_ask() {
            return Ok(home);
        }
        // The call has its limit, and rings in any case.
        let _ = asked.changed().await;
        let asking = self.asking();
        let failure = || asking.failure.clone().unwrap_or(Failure::Unreached("no answer"));
        asking.home.clone().ok_or_else(failure)
    }

    /// The same for an answer to a person, which does not wait for long.
    ///
    /// # Errors
    /// Slack does not say in time.
    pub(super) async fn home_soon(self: &Arc<Self>) -> Result<Arc<Home>, Failure> {
        let home = clock::timeout(&*self.clock, SPARE, self.home()).await;
        home.unwrap_or(Err(Failure::Unreached("no answer in time")))
    }

    /// Who we are, where that is known; else Slack is asked, unless it is being asked. That goes on by itself, whoever
    /// gives up waiting.
    fn begins_to_ask(self: &Arc<Self>) -> Option<Arc<Home>> {
        let mut asking = self.asking();
        if asking.home.is_none() && !std::mem::replace(&mut asking.is_asking, true) {
            let workspace = Arc::clone(self);
            self.tasks.spawn(async move {
                let said = workspace.api.get("auth.test", &[]).await.and_then(|answer| Home::read(&answer));
                {
                    let mut asking = workspace.asking();
                    asking.is_asking = false;
                    match said {
                        Ok(home) => asking.home = Some(Arc::new(home)),
                        Err(failure) => asking.failure = Some(failure),
                    }
                }
                workspace.asked.send_replace(());
            });
        }
        asking.home.clone()
    }

    fn asking(&self) -> MutexGuard<'_, Asking> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The words of a person's own language; those of the channels where Slack does not say in time.
    pub(super) async fn words_of(&self, user: &str) -> Words {
        Words::new(&self.profile(user).await.map_or_else(|| self.locale.clone(), |profile| profile.locale))
    }

    /// What a person is called; the id where Slack does not say in time.
    pub(super) async fn name_of(&self, user: &str) -> String {
        let name = self.profile(user).await.map(|profile| profile.name).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| user.to_owned())
    }

    async fn profile(&self, user: &str) -> Option<Profile> {
        if let Some(known) = self.known(user) {
            return Some(known);
        }
        let query = [("user", user), ("include_locale", "true")];
        let asked = self.api.get("users.info", &query);
        let answer = clock::timeout(&*self.clock, SPARE, asked).await?;
        let person = answer
            .inspect_err(|failure| tracing::debug!(?failure, "Slack does not say who somebody is"))
            .ok()
            .map(|answer| answer["user"].clone())?;
        let named = ["display_name", "real_name"].map(|key| person["profile"][key].as_str().unwrap_or_default());
        let name = named.into_iter().chain(person["name"].as_str()).find(|name| !name.is_empty()).unwrap_or_default();
        let locale = person["locale"].as_str().unwrap_or(&self.locale);
        let profile = Profile { locale: locale.to_owned(), name: name.to_owned() };
        self.learn(user, profile.clone());
        Some(profile)
    }

    fn known(&self, user: &str) -> Option<Profile> {
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let (profile, at) = people.get(user)?;
        (self.clock.now().since(*at) < KNOWN).then(|| profile.clone())
    }

    fn learn(&self, user: &str, profile: Profile) {
        let now = self.clock.now();
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE {
            people.retain(|_, (_, at)| now.since(*at) < KNOWN);
        }
        if people.len() < PEOPLE {
            people.insert(user.to_owned(), (profile, now));
        }
    }
}

impl Home {
    /// <https://docs.slack.dev/reference/methods/auth.test>
    fn read(answer: &Value) -> Result<Self, Failure> {
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let home = Self { team: text("team_id"), user: text("user_id"), url: text("url") };
        let is_whole = !home.team.is_empty() && home.url.starts_with("http");
        if is_whole { Ok(home) } else { Err(Failure::Unreached("an answer that does not say who we are")) }
    }

    /// Where a message is read.
    pub(super) fn link(&self, channel: &str, ts: &str) -> String {
        format!("{}archives/{channel}/p{}", self.url, ts.replace('.', ""))
    }
}
