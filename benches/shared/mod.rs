//! What the benches share: the program as it ships over a simulated fly.io in which nothing takes time, and the shares
//! of what was measured.

#![allow(dead_code, reason = "each bench uses its part")]

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use shipgate::app::{App, Deps};
use shipgate::chat::Chat;
use shipgate::clock::SharedClock;
use shipgate::config::Config;
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::sim::{self, DEMO_TOKEN, Limits, SimConfig, Timings};
use shipgate::targets::fly::FlyAccess;
use tokio::net::TcpListener;

/// What of the program differs from bench to bench.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) clock: SharedClock,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) chats: Vec<Arc<dyn Chat>>,
    pub(crate) metrics: Metrics,
    pub(crate) fly: SimConfig,
}

/// The program, with its database in a file there. It runs until the bench ends.
pub(crate) async fn program(folder: &tempfile::TempDir, parts: Parts) -> (App, Arc<sim::Fly>) {
    let instant = SimConfig { timings: Timings::instant(), limits: Limits::Off, ..parts.fly };
    let fly = sim::Fly::start(instant, Arc::clone(&parts.clock)).await.expect("a simulated fly.io");
    let deps = Deps {
        database: format!("sqlite://{}", folder.path().join("shipgate.db").display()),
        clock: parts.clock,
        observer: parts.observer,
        chats: parts.chats,
        metrics: parts.metrics,
        fly: Some(FlyAccess {
            base_url: fly.api_url(),
            registry_url: fly.registry_url(),
            token: SecretString::from(DEMO_TOKEN),
        }),
        prometheus: None,
        api_tokens: Vec::new(),
        listener: TcpListener::bind("127.0.0.1:0").await.expect("a port"),
    };
    let app = Box::pin(App::build(parts.config, deps)).await.expect("an app");
    let fly = Arc::new(fly);
    let (running, below) = (app.clone(), Arc::clone(&fly));
    tokio::spawn(async move {
        running.run(std::future::pending()).await.expect("it runs");
        drop(below);
    });
    (app, fly)
}

/// Starts a bench anew where stand-ins would hold what is sent against the services' descriptions: that takes part of the
/// time that is measured, and the variable cannot be taken away from a process that runs.
#[expect(clippy::disallowed_methods, reason = "a bench starts itself")]
pub(crate) fn without_descriptions() {
    const SPECS: &str = "SHIPGATE_SPECS";
    if std::env::var_os(SPECS).is_none() {
        return;
    }
    let this = std::env::current_exe().expect("a path");
    let ended = std::process::Command::new(this).args(std::env::args().skip(1)).env_remove(SPECS).status();
    std::process::exit(ended.expect("it starts").code().unwrap_or(1));
}

/// The time within which so many of a hundred were, in milliseconds.
pub(crate) fn within(taken: impl IntoIterator<Item = Duration>, share: usize) -> f64 {
    let mut all: Vec<f64> = taken.into_iter().map(|took| took.as_secs_f64() * 1_000.0).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
}
