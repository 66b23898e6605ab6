//! `shipgate demo`: the whole of Shipgate in one process and without any account. A simulated fly.io with two apps
//! whose machines really serve, an SQLite file, and the terminal as the chat.
//!
//! It is the same app as `shipgate run` builds; only the far ends are simulated, and they are reached over HTTP. Each
//! start makes a new database in a temporary folder.

mod lines;
mod script;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Deps, StartTrouble};
use crate::chat::Chat;
use crate::chat::terminal::{self, Terminal};
use crate::clock::SystemClock;
use crate::command::Command;
use crate::config::{self, ApiToken, Config};
use crate::metrics::Metrics;
use crate::observer::Observer;
use crate::service::Speaker;
use crate::sim::{self, Fly};
use crate::targets::fly::FlyAccess;

use script::Script;

pub use script::Ended;

/// The config of the demo; `{staging}` and `{production}` stand for the edges of the simulated apps.
const CONFIG: &str = include_str!("demo.toml");

/// The token of the API in the demo. It is printed on the first screen and guards nothing but the demo.
const API_TOKEN: &str = "demo";

/// How the demo is asked for.
pub struct Options {
    /// How many times faster simulated time runs.
    pub speed: f64,
    /// Where the HTTP side listens; port 0 takes any.
    pub listen: SocketAddr,
    /// How the terminal looks.
    pub terminal: terminal::Options,
    /// Where it writes.
    pub out: Box<dyn Write + Send>,
}

/// Runs the demo on lines from `input`, until they end or `shutdown` is called.
///
/// # Errors
/// What kept it from starting, or from writing.
pub async fn run(
    options: Options,
    input: impl tokio::io::AsyncBufRead + Unpin + Send,
    shutdown: CancellationToken,
) -> Result<Ended, StartTrouble> {
    let Options { speed, listen, terminal: look, out } = options;
    let clock = SystemClock::faster(speed);
    let interactive = look.is_terminal;
    let locale = look.locale.clone();
    let fly = Fly::start(sim::demo_config(), Arc::clone(&clock)).await.map_err(StartTrouble::Simulator)?;
    let listener = TcpListener::bind(listen).await.map_err(|error| StartTrouble::Listen { address: listen, error })?;
    let address = listener.local_addr().map_err(|error| StartTrouble::Listen { address: listen, error })?;
    let folder = Folder::new()?;
    let terminal = Arc::new(Terminal::new(look, Arc::clone(&clock), out));
    terminal.print(&format!("http://{address}")).map_err(StartTrouble::Output)?;

    let bell = Arc::new(Bell::default());
    let app = App::build(
        configure(&fly, &locale)?,
        Deps {
            database: folder.database(),
            clock: Arc::clone(&clock),
            observer: Arc::clone(&bell) as _,
            chats: vec![Arc::clone(&terminal) as Arc<dyn Chat>],
            metrics: Metrics::default(),
            fly: Some(FlyAccess {
                base_url: fly.api_url(),
                registry_url: fly.registry_url(),
                token: SecretString::from(sim::DEMO_TOKEN),
            }),
            prometheus: None,
            api_tokens: vec![ApiToken { name: "demo".to_owned(), token: SecretString::from(API_TOKEN) }],
            listener,
        },
    )
    .await?;
    register(&app).await?;

    let stop = CancellationToken::new();
    let mut running = tokio::spawn({
        let (app, stop) = (app.clone(), stop.clone());
        async move { app.run(stop.cancelled_owned()).await }
    });
    let script = Script {
        service: app.service(),
        store: app.store(),
        terminal: Arc::clone(&terminal),
        clock,
        bell,
        interactive,
    };
    let welcome = first_screen(&terminal, &fly, &address);
    let ended = tokio::select! {
        biased;
        () = shutdown.cancelled() => Ok(Ended::Stopped),
        ended = script.play(input, &welcome) => ended,
        stopped = &mut running => return Err(stopped_by_itself(stopped)),
    };
    stop.cancel();
    running.await.map_err(|error| StartTrouble::Crashed(error.to_string()))??;
    fly.stop().await;
    ended
}

fn stopped_by_itself(stopped: Result<Result<(), StartTrouble>, tokio::task::JoinError>) -> StartTrouble {
    match stopped {
        Ok(Ok(())) => StartTrouble::Crashed("the app ended".to_owned()),
        Ok(Err(trouble)) => trouble,
        Err(error) => StartTrouble::Crashed(error.to_string()),
    }
}

fn configure(fly: &Fly, locale: &str) -> Result<Config, StartTrouble> {
    let edge = |app: &str| fly.edge_url(app).unwrap_or_default();
    let text = CONFIG
        .replace("{staging}", &edge("hello-staging"))
        .replace("{production}", &edge("hello-production"))
        .replace("{locale}", locale);
    config::read(&text, "demo.toml").map_err(StartTrouble::Config)
}

/// Registers the sample releases, v2 last, so that it is what `/deploy staging` takes.
async fn register(app: &App) -> Result<(), StartTrouble> {
    let mut releases = sim::demo_releases();
    releases.sort_by_key(|release| release.version == "v2");
    let speaker = Speaker { identity: "api:demo".to_owned(), name: "demo".to_owned(), also: Vec::new(), unsure: false };
    for release in releases {
        let command = Command::Release {
            version: release.version,
            image: release.image,
            app: None,
            commit: Some(release.commit),
            notes: None,
            one_way: false,
        };
        app.service().handle(&speaker, &command).await.map_err(StartTrouble::Refused)?;
    }
    Ok(())
}

/// What a newcomer reads: what this is, and what to type next.
fn first_screen(terminal: &Terminal, fly: &Fly, address: &SocketAddr) -> String {
    let words = terminal.words();
    let edge = |app: &str| fly.edge_url(app).unwrap_or_default();
    words.with(
        "demo-welcome",
        &[
            ("address", address),
            ("token", &API_TOKEN),
            ("staging", &edge("hello-staging")),
            ("production", &edge("hello-production")),
        ],
    )
}

/// Rung whenever something has been committed, so that the script need not poll.
#[derive(Debug, Default)]
pub(super) struct Bell(Notify);

#[async_trait]
impl Observer for Bell {
    async fn committed(&self, _what: &str) {
        self.0.notify_one();
    }
}

/// A folder of its own for the database, gone when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, StartTrouble> {
        let path = std::env::temp_dir().join(format!("shipgate-demo-{}", uuid::Uuid::now_v7()));
        let trouble = |error| StartTrouble::Folder { path: path.clone(), error };
        std::fs::create_dir(&path).map_err(trouble)?;
        Ok(Self(path))
    }

    fn database(&self) -> String {
        format!("sqlite://{}", self.0.join("shipgate.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "the demo's folder stays behind");
        }
    }
}
