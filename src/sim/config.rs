//! What a simulated fly.io is made of: apps, machines, images, tokens, timings. Plain data, given once at the start.
//!
//! Not here: the preset of the demo (`demo`) and what changes while it runs (`cloud`).

use std::net::{Ipv4Addr, SocketAddr};

use secrecy::SecretString;
use serde_json::{Value, json};

use super::faults::Boot;
use crate::clock::Span;

/// Everything that a simulated fly.io starts with.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Where the Machines API listens. Loopback only; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The organisation that owns every app.
    pub organization: String,
    /// Who may call the Machines API.
    pub tokens: Vec<Token>,
    /// The apps.
    pub apps: Vec<AppConfig>,
    /// What the registry holds. Any other image is unknown to it.
    pub images: Vec<Image>,
    /// How long things take.
    pub timings: Timings,
    /// Whether calls are limited.
    pub limits: Limits,
}

/// A token and what it opens.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is called; also the name under which it takes leases.
    pub name: String,
    /// What is sent.
    pub secret: SecretString,
    /// The apps that it opens. Empty: every app of the organisation.
    pub apps: Vec<String>,
}

/// An app and its machines at the start.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Its name.
    pub name: String,
    /// Where its edge listens. Loopback only; port 0 takes a free one.
    pub edge: SocketAddr,
    /// Its machines.
    pub machines: Vec<Seed>,
}

/// A machine at the start.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Where it is.
    pub region: String,
    /// Whether it runs; otherwise it is stopped.
    pub running: bool,
    /// Its config, with the image; kept as it is, unknown fields too.
    pub config: Value,
}

/// An image that the registry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// What the sample app in it says that it is.
    pub version: String,
    /// For example `registry.fly.io`.
    pub registry: String,
    /// For example `hello`.
    pub repository: String,
    /// A tag that leads to it, if any.
    pub tag: Option<String>,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// What the sample app in it does.
    pub behaviour: Behaviour,
    /// How long its way to a host takes that has not run it yet, on top of what any image needs.
    pub pull: Span,
    /// How every machine boots with it, if not well.
    pub boot: Option<Boot>,
}

impl Image {
    /// The reference by digest, as in a machine's config.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}/{}@{}", self.registry, self.repository, self.digest)
    }
}

/// What the sample app in an image does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Answers well.
    Good,
    /// Answers well, but only after this long.
    Slow(Span),
    /// Answers 500.
    Broken,
    /// Answers well, but in an app whose name ends in `-production` it breaks this long after its machine started.
    Late(Span),
}

/// Whether calls to the Machines API are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// One call a second for each action and machine (or app), three at once; reading one machine: five and ten.
    AsDocumented,
    /// Never.
    Off,
}

/// How long things take, in simulated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timings {
    /// A new machine stays `created` so long, while its image is fetched.
    pub preparing: Span,
    /// An updated machine stays `replacing` so long.
    pub replacing: Span,
    /// From `starting` to `started`.
    pub starting: Span,
    /// From `stopping` to `stopped`.
    pub stopping: Span,
    /// From `destroying` to `destroyed`.
    pub destroying: Span,
    /// A new machine cannot be read for so long, though creating it was answered; lists have it.
    pub appearing: Span,
    /// A destroyed machine can be read for so long.
    pub forgetting: Span,
    /// Between the crashes of a machine that does not stay up.
    pub crashing: Span,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            preparing: Span::seconds(3),
            replacing: Span::seconds(6),
            starting: Span::seconds(2),
            stopping: Span(700),
            destroying: Span::seconds(1),
            appearing: Span(0),
            forgetting: Span::seconds(10),
            crashing: Span::seconds(1),
        }
    }
}

impl Timings {
    /// Nothing takes time. (A destroyed machine can be read for ten seconds all the same.)
    #[must_use]
    pub const fn instant() -> Self {
        let none = Span(0);
        Self {
            preparing: none,
            replacing: none,
            starting: none,
            stopping: none,
            destroying: none,
            appearing: none,
            forgetting: Span::seconds(10),
            crashing: none,
        }
    }
}

/// A free port of this machine.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

impl AppConfig {
    /// An app with so many machines that run an image, in Tokyo, as `fly deploy` leaves them. `check` is the check of
    /// its one service.
    #[must_use]
    pub fn deployed(name: &str, machines: usize, image: &str, check: &Value) -> Self {
        let seed = Seed { region: "nrt".into(), running: true, config: as_deployed(image, check) };
        Self { name: name.into(), edge: ANY_PORT, machines: vec![seed; machines] }
    }
}

/// A service check that asks `/health`.
#[must_use]
pub fn http_check() -> Value {
    json!({"type": "http", "method": "GET", "path": "/health", "interval": "5s", "timeout": "2s", "grace_period": "2s"})
}

/// A service check that only connects.
#[must_use]
pub fn tcp_check() -> Value {
    json!({"type": "tcp", "interval": "5s", "timeout": "2s", "grace_period": "2s"})
}

/// A config as `fly deploy` writes it, with two fields that no client knows.
fn as_deployed(image: &str, check: &Value) -> Value {
    json!({
        "init": {},
        "env": {"FLY_PROCESS_GROUP": "app", "PRIMARY_REGION": "nrt", "LOG_LEVEL": "info"},
        "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": 256},
        "metadata": {
            "fly_platform_version": "v2",
            "fly_process_group": "app",
            "fly_release_id": "Nj7oGMlVVpZ7JToybJoXLLjMl",
            "fly_release_version": "63",
            "fly_flyctl_version": "0.3.112",
        },
        "services": [{
            "protocol": "tcp",
            "internal_port": 8080,
            "autostop": false,
            "autostart": true,
            "min_machines_running": 0,
            "ports": [
                {"port": 80, "handlers": ["http"], "force_https": true},
                {"port": 443, "handlers": ["http", "tls"]},
            ],
            "checks": [check],
            "concurrency": {"type": "requests", "hard_limit": 250, "soft_limit": 200},
            "x_edge_hint": {"sticky": true},
        }],
        "image": image,
        "restart": {"policy": "on-failure", "max_retries": 10},
        "stop_config": {"timeout": "5s", "signal": "SIGINT"},
        "x_future_field": {"keep": ["me", 1, null]},
    })
}
