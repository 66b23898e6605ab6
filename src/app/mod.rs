//! The composition root: the only place that knows every part, and puts them together.
//!
//! `main`, the demo and the tests all build the same app with [`App::build`] and run it with [`App::run`]. Not here:
//! any decision, any word.

mod check;
mod desk;
mod sleep;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::chat::Chat;
use crate::chat::discord::Discord;
use crate::chat::slack::Slack;
use crate::checks::prometheus;
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{self, ApiToken, Config, Problem, Variables};
use crate::domain::{Note, Span};
use crate::http::{self, Site, Tokens};
use crate::metrics::Metrics;
use crate::observer::{Counting, Observer};
use crate::runner::Runner;
use crate::service::Service;
use crate::store::{Store, StoreTrouble};
use crate::targets::fly::FlyAccess;
use crate::view::No;
use crate::words::Words;
use desk::{Adapters, Desk};

pub use check::{Answered, Checked, check};

/// How long an orderly end may take, in real time. Another program that holds the database can hold it up.
const ENDING: Span = Span(4_300);

/// The app: a handle that is cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    service: Service,
    store: Store,
    runner: Runner,
    chats: Vec<Arc<dyn Chat>>,
    site: Site,
    address: SocketAddr,
    listener: std::sync::Mutex<Option<TcpListener>>,
}

/// What an app is made of besides its config: the far ends, and what the machine gives.
pub struct Deps {
    /// Where the database is.
    pub database: String,
    /// Time.
    pub clock: SharedClock,
    /// Who watches the store and the runner.
    pub observer: Arc<dyn Observer>,
    /// Where people type and cards are shown.
    pub chats: Vec<Arc<dyn Chat>>,
    /// What operators can count.
    pub metrics: Metrics,
    /// The way to fly.io.
    pub fly: Option<FlyAccess>,
    /// The Prometheus that checks ask which name none.
    pub prometheus: Option<prometheus::Access>,
    /// Who may use the API.
    pub api_tokens: Vec<ApiToken>,
    /// Where HTTP is served.
    pub listener: TcpListener,
}

/// What kept an app from starting, or stopped it.
#[derive(Debug)]
pub enum StartTrouble {
    /// The config cannot be used.
    Config(Vec<Problem>),
    /// The database cannot be used.
    Store(StoreTrouble),
    /// Nothing can be served there.
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// A client for the far ends cannot be made.
    Client(Note),
    /// The simulated fly.io cannot be started.
    Simulator(std::io::Error),
    /// The demo's folder cannot be made.
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The demo's input cannot be read.
    Input(std::io::Error),
    /// The demo's output is gone.
    Output(std::io::Error),
    /// The demo's own command was refused.
    Refused(No),
    /// A part of the program broke off.
    Crashed(String),
}

impl StartTrouble {
    /// The words for people. Those of [`StartTrouble::Config`] are its problems' own.
    #[must_use]
    pub fn note(&self) -> Note {
        match self {
            Self::Config(problems) => problems.first().map_or_else(|| Note::new("start-config"), |p| p.note.clone()),
            Self::Store(trouble) => trouble.note(),
            Self::Listen { address, error } => Note::new("start-listen").with("address", address).with("reason", error),
            Self::Client(note) => note.clone(),
            Self::Simulator(error) => Note::new("start-simulator").with("reason", error),
            Self::Folder { path, error } => {
                Note::new("start-folder").with("path", path.display()).with("reason", error)
            }
            Self::Input(error) => Note::new("start-input").with("reason", error),
            Self::Output(error) => Note::new("start-output").with("reason", error),
            Self::Refused(no) => Note::new("start-refused").with("code", &no.code),
            Self::Crashed(reason) => Note::new("start-crashed").with("reason", reason),
        }
    }
}

impl From<StoreTrouble> for StartTrouble {
    fn from(trouble: StoreTrouble) -> Self {
        Self::Store(trouble)
    }
}

impl Deps {
    /// What `shipgate run` is made of: the real far ends.
    ///
    /// # Errors
    /// When nothing can be served at the address.
    pub async fn from_variables(config: &Config, variables: &Variables) -> Result<Self, StartTrouble> {
        let address = variables.listen;
        let listener = TcpListener::bind(address).await.map_err(|error| StartTrouble::Listen { address, error })?;
        let (clock, metrics) = (SystemClock::real(), Metrics::default());
        let chats = chats(config, variables, &clock, &metrics)?;
        Ok(Self {
            database: config.database_url(variables).to_owned(),
            clock,
            observer: Arc::new(Counting::default()),
            chats,
            metrics,
            fly: fly_access(variables),
            prometheus: prometheus_access(variables),
            api_tokens: variables.api_tokens.clone(),
            listener,
        })
    }
}

/// What opens fly.io, if its token is set.
fn fly_access(variables: &Variables) -> Option<FlyAccess> {
    let (base_url, registry_url) = (variables.fly.flaps_url.clone(), variables.fly.registry_url.clone());
    variables.fly.token.clone().map(|token| FlyAccess { base_url, registry_url, token })
}

/// The Prometheus of the variables, if they name one.
fn prometheus_access(variables: &Variables) -> Option<prometheus::Access> {
    let config::PrometheusAccess { url, token } = variables.prometheus.clone();
    url.map(|url| prometheus::Access { url, token })
}

/// The chats that a config describes.
fn chats(
    config: &Config,
    variables: &Variables,
    clock: &SharedClock,
    metrics: &Metrics,
) -> Result<Vec<Arc<dyn Chat>>, StartTrouble> {
    let mut chats: Vec<Arc<dyn Chat>> = Vec::new();
    if let Some(discord) = &config.discord {
        let access = &variables.discord;
        let discord = Discord::new(discord.clone(), &config.locale, access, Arc::clone(clock), metrics.clone());
        chats.push(Arc::new(discord.map_err(StartTrouble::Client)?));
    }
    if let Some(slack) = &config.slack {
        let access = &variables.slack;
        let slack = Slack::new(slack.clone(), &config.locale, access, Arc::clone(clock), metrics.clone());
        chats.push(Arc::new(slack.map_err(StartTrouble::Client)?));
    }
    Ok(chats)
}

impl App {
    /// Puts an app together: opens the database, migrates it, and lays down that every environment is to be asked what
    /// runs there. Nothing outside is reached yet.
    ///
    /// # Errors
    /// What cannot be used, and why.
    pub async fn build(config: Config, deps: Deps) -> Result<Self, StartTrouble> {
        let Deps { database, clock, observer, chats, metrics, fly, prometheus, api_tokens, listener } = deps;
        let address =
            listener.local_addr().map_err(|error| StartTrouble::Listen { address: ([0, 0, 0, 0], 0).into(), error })?;
        let names = chats.iter().map(|chat| chat.name().to_owned()).collect();
        let store = Store::open(&database, names, Arc::clone(&clock), observer).await?;
        let words = Words::new(&config.locale);
        let people = config.people.clone();
        if let Some(freed @ 1..) = store.take_over().await? {
            tracing::info!(freed, "what a program that died was doing is taken up at once");
        }
        store.hasten_chats().await?;
        let service = Service::new(store.clone(), config, metrics.clone());
        service.start().await?;
        let adapters = Adapters::new(clock, fly, prometheus, chats.clone()).map_err(StartTrouble::Client)?;
        let desk = Desk::new(service.clone(), people);
        let runner = Runner::new(store.clone(), Arc::new(desk), Arc::new(adapters), metrics.clone());
        let site = Site::new(service.clone(), Tokens::new(&api_tokens), words).with(metrics, chats.clone());
        let listener = std::sync::Mutex::new(Some(listener));
        Ok(Self(Arc::new(Parts { service, store, runner, chats, site, address, listener })))
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> Service {
        self.0.service.clone()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> Store {
        self.0.store.clone()
    }

    /// The runner.
    #[must_use]
    pub fn runner(&self) -> Runner {
        self.0.runner.clone()
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Runs until told to stop; then requests and effects under way end or are given back, within 5 seconds.
    ///
    /// # Errors
    /// The database cannot be used any more, or a part ended by itself.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), StartTrouble> {
        let stop = CancellationToken::new();
        let listener = self.0.listener.lock().map_or(None, |mut listener| listener.take());
        let Some(listener) = listener else {
            return Err(StartTrouble::Crashed("the app ran already".to_owned()));
        };
        // Whoever lets go of this future lets go of the work too: nothing of an app outlives its run.
        let serving = http::serve(listener, self.0.site.clone(), stop.clone().cancelled_owned());
        let mut serving = AbortOnDropHandle::new(tokio::spawn(serving));
        let runner = self.0.runner.clone();
        let mut working = AbortOnDropHandle::new(tokio::spawn({
            let stop = stop.clone();
            async move { runner.run(stop).await }
        }));
        let mut listening = JoinSet::new();
        for chat in &self.0.chats {
            let (chat, service, stop) = (Arc::clone(chat), self.0.service.clone(), stop.clone());
            listening.spawn(async move { chat.listen(service, stop).await });
        }
        let ended = tokio::select! {
            () = shutdown => Ok(()),
            served = &mut serving => Err(StartTrouble::Crashed(format!("HTTP ended: {served:?}"))),
            trouble = self.0.store.broken() => Err(StartTrouble::Store(trouble)),
            Some(Err(error)) = listening.join_next() => Err(StartTrouble::Crashed(format!("a chat ended: {error}"))),
            worked = &mut working => Err(StartTrouble::Crashed(format!("the runner ended: {worked:?}"))),
        };
        if ended.is_ok() {
            tracing::info!("stopping");
        }
        stop.cancel();
        let end = async {
            if !working.is_finished() {
                let _ = (&mut working).await;
            }
            while listening.join_next().await.is_some() {}
            // A client that keeps its request open must not keep the program alive; what it asked for is committed.
            serving.abort();
            self.0.store.close().await;
        };
        if clock::timeout(&*SystemClock::real(), ENDING, end).await.is_none() {
            tracing::warn!("something does not end; what is under way is taken up again after the next start");
        }
        ended
    }
}
