//! The simulated fly.io and the sample app behind `shipgate demo` and `shipgate sim fly`. It answers the Machines API
//! and, for one question, the registry over HTTP on a loopback port, and each of its machines serves the sample app behind the edge of its app.
//!
//! It shares no type with the client of fly.io: they meet on the wire only, so a mistake in one cannot hide in the
//! other. Nothing in it ticks. What a machine does is computed from the clock when somebody looks.
//!
//! To add an action of the API: see `action`. To add a behaviour of the sample app: a variant of [`Behaviour`] and an
//! arm in `sample`. To add a fault: see `faults`.

mod action;
mod api;
mod calls;
mod checks;
mod cloud;
mod config;
mod demo;
mod edge;
mod faults;
mod ids;
mod images;
mod lifecycle;
mod limits;
mod line;
mod machine;
mod registry;
mod sample;
mod view;
mod wire;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::action::Action;
pub use self::calls::Call;
pub use self::cloud::Traffic;
pub use self::config::{AppConfig, Behaviour, Image, Limits, Seed, SimConfig, Timings, Token, http_check, tcp_check};
pub use self::demo::{DEMO_TOKEN, SampleRelease, demo_config, demo_releases};
pub use self::faults::{Boot, Fault, Faults, Held, Hold, On, Reports, When};
pub use self::view::MachineView;
use crate::clock::SharedClock;

/// A simulated fly.io that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Fly {
    api: SocketAddr,
    edges: BTreeMap<String, SocketAddr>,
    cloud: Arc<cloud::Cloud>,
    faults: Faults,
    record: calls::Record,
    stop: CancellationToken,
    servers: Vec<JoinHandle<()>>,
}

impl Fly {
    /// Starts one.
    ///
    /// # Errors
    /// If an address is not a loopback one or is taken, or if a machine's image is not among the images.
    pub async fn start(config: SimConfig, clock: SharedClock) -> io::Result<Self> {
        let cloud =
            cloud::Cloud::new(&config, clock).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let cloud = Arc::new(cloud);
        let faults = Faults::new(Arc::clone(&cloud));
        let record = calls::Record::default();
        let stop = CancellationToken::new();
        let guard = stop.clone().drop_guard();

        let listener = bind(config.listen).await?;
        let api = listener.local_addr()?;
        let service = api::Api { cloud: Arc::clone(&cloud), faults: faults.clone(), record: record.clone() };
        let mut servers = vec![tokio::spawn(line::serve(listener, api::router(service), stop.clone()))];
        let mut edges = BTreeMap::new();
        for app in config.apps {
            let listener = bind(app.edge).await?;
            edges.insert(app.name.clone(), listener.local_addr()?);
            let edge = edge::Edge { cloud: Arc::clone(&cloud), app: app.name };
            servers.push(tokio::spawn(line::serve(listener, edge::router(edge), stop.clone())));
        }
        guard.disarm();
        Ok(Self { api, edges, cloud, faults, record, stop, servers })
    }

    /// Where the Machines API is: what goes into `FLY_FLAPS_BASE_URL`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// Where the registry is: what goes into `FLY_REGISTRY_HOST`. It is the same port.
    #[must_use]
    pub fn registry_url(&self) -> String {
        self.api_url()
    }

    /// Where an app is reached; none if there is no such app.
    #[must_use]
    pub fn edge_url(&self, app: &str) -> Option<String> {
        self.edges.get(app).map(|address| format!("http://{address}"))
    }

    /// The machines of an app, as they are now, without those that are gone.
    #[must_use]
    pub fn machines(&self, app: &str) -> Vec<MachineView> {
        self.cloud.look(|contents, now| {
            let machines = contents.apps.get(app).into_iter().flat_map(|app| &app.machines);
            machines.filter(|one| one.state != machine::State::Destroyed).map(|one| view::inside(one, now)).collect()
        })
    }

    /// What the clients of an app have seen.
    #[must_use]
    pub fn traffic(&self, app: &str) -> Traffic {
        self.cloud.look(|contents, _| contents.apps.get(app).map(|app| app.traffic.clone()).unwrap_or_default())
    }

    /// The hand on what goes wrong.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Every call to the Machines API so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.record.all()
    }

    /// Stops it: every connection is cut, every port is free when this returns.
    pub async fn stop(mut self) {
        self.stop.cancel();
        for server in self.servers.drain(..) {
            if let Err(error) = server.await {
                tracing::warn!(%error, "a part of the simulator did not stop well");
            }
        }
    }
}

impl Drop for Fly {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// How `shipgate sim fly` runs it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the Machines API listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The token to accept instead of [`DEMO_TOKEN`].
    pub token: Option<SecretString>,
}

/// The preset alone, until told to stop. What a client needs to know is written to `out`, one `name=value` a line; a
/// token that was given is not repeated.
///
/// # Errors
/// If it cannot start, or if `out` cannot be written to.
pub async fn run(
    options: Options,
    clock: SharedClock,
    shutdown: CancellationToken,
    out: &mut (dyn io::Write + Send),
) -> io::Result<()> {
    let mut config = demo_config();
    config.listen = options.listen;
    let given = options.token.is_some();
    if let (Some(secret), Some(token)) = (options.token, config.tokens.first_mut()) {
        token.secret = secret;
    }
    let fly = Fly::start(config, clock).await?;
    writeln!(out, "FLY_FLAPS_BASE_URL={}", fly.api_url())?;
    writeln!(out, "FLY_REGISTRY_HOST={}", fly.registry_url())?;
    if !given {
        writeln!(out, "FLY_API_TOKEN={DEMO_TOKEN}")?;
    }
    for (app, address) in &fly.edges {
        writeln!(out, "{app}=http://{address}")?;
    }
    for release in demo_releases() {
        writeln!(out, "{}={}", release.version, release.image)?;
    }
    out.flush()?;
    shutdown.cancelled().await;
    fly.stop().await;
    Ok(())
}

/// Listens on a loopback address, and on no other: what is simulated is nobody else's business.
async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let why = format!("the simulated fly.io listens on loopback addresses only, not on {address}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    TcpListener::bind(address).await
}
