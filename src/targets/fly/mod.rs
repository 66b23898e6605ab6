//! fly.io: an app's machines, over the Machines API. Machines that `fly deploy` looks after are looked after here too;
//! all others are left alone.
//!
//! The parts: `client` (calls), `registry` (whether images are there still), `limits`, `error`, `machine` and `config` (what is on the wire), `run` (a piece of work)
//! and `end` (why one stops), `untouched`; `lease`, `change` and `wait` (one machine), `made` and `aside` (machines that come and go); `rolling`, `canary`,
//! `bluegreen` and `restore` (all of them).
//! To add a strategy: a variant of [`Strategy`], its arm in `Run::each`, and one in `rolling::roll_out`; if it makes machines, a file beside `bluegreen`,
//! and what it makes carries the marks by which `restore` knows it (`made`).
//!
//! Why not the `fly` command: it cannot go back by itself, and an update of it that is killed half-way leaves nothing
//! to go on from.

mod aside;
mod bluegreen;
mod canary;
mod change;
mod check;
mod client;
mod config;
mod end;
mod error;
mod lease;
mod limits;
mod machine;
mod made;
mod registry;
mod restore;
mod rolling;
mod run;
mod settings;
mod token;
mod untouched;
mod wait;

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::{Ended, Found, FoundMachine, Note};
use crate::finding::Finding;
use crate::targets::{Journal, Order, Stop, Target, Trouble};
use client::Client;
use machine::Machine;
use registry::Registry;
use run::Run;

pub use settings::{Settings, Strategy, settings};

/// Where the Machines API is.
pub const BASE_URL: &str = "https://api.machines.dev";

/// Where the registry is.
pub const REGISTRY_URL: &str = "https://registry.fly.io";

/// Where the Machines API and the registry are, and what opens them.
#[derive(Clone, Debug)]
pub struct FlyAccess {
    /// Without a path: [`BASE_URL`], or that of a stand-in.
    pub base_url: String,
    /// Without a path: [`REGISTRY_URL`], or that of a stand-in.
    pub registry_url: String,
    /// As `fly tokens create` prints it.
    pub token: SecretString,
}

/// An app's machines. Keep it while the config stands: it holds the connection and the rate limits.
pub struct Fly {
    client: Client,
    registry: Registry,
    clock: SharedClock,
    settings: Settings,
}

impl Fly {
    /// Connects nothing yet.
    ///
    /// # Errors
    /// A base URL or the token cannot be used.
    pub fn new(settings: Settings, access: &FlyAccess, clock: SharedClock) -> Result<Self, Note> {
        let client = Client::new(access, &settings.app, clock.clone())?;
        let registry = Registry::new(access, &client, clock.clone())?;
        Ok(Self { client, registry, clock, settings })
    }

    fn run<'a>(&'a self, order: &'a Order, journal: &'a dyn Journal, caller: &'a CancellationToken) -> Run<'a> {
        let (strategy, cancel, touched) = (self.settings.strategy, caller.child_token(), AtomicBool::new(false));
        Run { client: &self.client, clock: &*self.clock, strategy, order, journal, caller, cancel, touched }
    }
}

#[async_trait]
impl Target for Fly {
    async fn look(&self, images: &[String]) -> Result<Found, Trouble> {
        let machines = run::patiently(&*self.clock, || self.client.list()).await;
        let machines = machines.map_err(|failure| failure.trouble(self.client.app()))?;
        let now = self.clock.now();
        let found = |m: Machine| {
            let (image, digest, condition) = (m.image(), m.digest().to_owned(), wait::condition(&m, now));
            FoundMachine { image, digest, id: m.id, state: m.state, condition }
        };
        let stamp = machines.iter().filter(|m| m.is_looked_after()).map(Machine::stamp).max().unwrap_or(0);
        let ours: Vec<Machine> = machines.into_iter().filter(Machine::is_ours).collect();
        let gone = self.registry.gone(images).await;
        Ok(Found { machines: ours.into_iter().map(found).collect(), stamp, gone })
    }

    async fn roll_out(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let run = self.run(order, journal, cancel);
        let done = rolling::roll_out(&run).await;
        run.end(done).await
    }

    async fn restore(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let run = self.run(order, journal, cancel);
        let done = restore::restore(&run).await;
        match run.end(done).await {
            Ok(Ended::Failed { note, .. }) => Ok(Ended::Failed { note, untouched: false }),
            ended => ended,
        }
    }

    async fn check(&self) -> Vec<Finding> {
        check::findings(&self.client, &self.registry, self.settings.strategy).await
    }
}
