//! The store: the only SQL. One database holds the environments, their ledgers, what follows from these, and the
//! effects that wait to be performed.
//!
//! Everything that changes an environment goes through [`Store::advance`], one transaction. Here is no decision about
//! a release: the core decides, the store keeps. Nothing here calls the service, the runner or an adapter.
//!
//! The SQL is one portable text for every engine: BIGINT, TEXT and BYTEA; nothing NULL; time in milliseconds; JSON is
//! text that no statement looks into; flags are 0 and 1. What engines do not share is in `dialect`. Why not an ORM or
//! checked queries: neither knows both engines at run time; the tests run every statement instead.
//!
//! Reading order: `open` with `file` and `server`, `session` (transactions) with `checkpoint`, `advance` (the narrow waist) with `facts`, `chain` and `project`,
//! `effects`, `claims` with `takeover` and `returns`, `journal`, `memory`, `requests`, `locks`, `halts`, `queries`,
//! `audit`.
//!
//! To add a table: a migration at the end of [`MIGRATIONS`], and a file here for its statements.

mod advance;
mod audit;
mod chain;
mod checkpoint;
mod claims;
mod dialect;
mod effects;
mod facts;
mod file;
mod halts;
mod journal;
mod locks;
mod memory;
mod open;
mod project;
mod queries;
mod releases;
mod requests;
mod returns;
mod server;
mod session;
mod takeover;
mod trouble;

use std::fs::File;
use std::sync::atomic::{AtomicI64, AtomicU32};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::AnyPool;
use tokio::sync::{Notify, watch};

pub use advance::{Advance, Advanced, Done};
pub use audit::{Finding, Report, Wrong};
pub use claims::{Claim, Claimed, Renewed, Room};
pub use facts::Known;
pub use journal::StoredJournal;
pub use locks::StoredLock;
pub use memory::StoredMemory;
pub use open::{MIGRATIONS, SCHEMA};
pub use queries::{Numbered, PendingTrouble, StoredDeployment, StoredEnvironment};
pub use releases::Registered;
pub use requests::{Deed, Keyed, Remembered};
pub use trouble::{ServerTrouble, StoreTrouble};

use crate::clock::SharedClock;
use crate::observer::Observer;
use open::Place;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    writer: AnyPool,
    readers: AnyPool,
    clock: SharedClock,
    observer: Arc<dyn Observer>,
    chats: Vec<String>,
    changed: Arc<Notify>,
    /// The first lasting trouble: see [`Store::broken`].
    broken: watch::Sender<Option<StoreTrouble>>,
    /// What shows others that this program lives: see `takeover`.
    alive: Mutex<Option<File>>,
    /// How many commits there were, and whether the log of writes is being brought in: see `checkpoint`.
    commits: AtomicU32,
    bringing_in: tokio::sync::Mutex<()>,
    /// When requests were forgotten last: see `requests`.
    forgot_at: AtomicI64,
}

impl Store {
    /// Opens a database, and creates it or brings it to this program's schema where that is needed. Cards and
    /// messages are laid down once for each of `chats`.
    ///
    /// # Errors
    /// See [`StoreTrouble`]. A database that this program cannot use is left untouched, to the byte.
    pub async fn open(
        url: &str,
        chats: Vec<String>,
        clock: SharedClock,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StoreTrouble> {
        let mut place = Place::parse(url)?;
        place.prepare().await?;
        let (writer, readers) = (place.pool(1, false).await?, place.pool(4, true).await?);
        let changed = Arc::new(Notify::new());
        let broken = watch::Sender::new(None);
        Ok(Self(Arc::new(Inner {
            place,
            writer,
            readers,
            clock,
            observer,
            chats,
            changed,
            broken,
            alive: Mutex::default(),
            commits: AtomicU32::default(),
            bringing_in: tokio::sync::Mutex::default(),
            forgot_at: AtomicI64::default(),
        })))
    }

    /// Opens a database that is there already, to look into it.
    ///
    /// # Errors
    /// See [`StoreTrouble`]; that there is no file is one.
    pub async fn open_existing(
        url: &str,
        clock: SharedClock,
        observer: Arc<dyn Observer>,
    ) -> Result<Self, StoreTrouble> {
        Place::parse(url)?.is_there()?;
        Self::open(url, Vec::new(), clock, observer).await
    }

    /// Looks at a database without changing or making it: its schema, or none where it is still to be made.
    ///
    /// # Errors
    /// See [`StoreTrouble`]: it could not be used.
    pub async fn inspect(url: &str) -> Result<Option<i64>, StoreTrouble> {
        Place::parse(url)?.inspect().await
    }

    /// Lets go of the database; nothing works after that.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
        self.0.alive.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether the database answers and can be written.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn ping(&self) -> Result<(), StoreTrouble> {
        self.0.place.is_the_same()?;
        session::writing!(self, "ping", |tx| {
            let query = sqlx::query("UPDATE schema_info SET id = id WHERE id = 1");
            self.run(tx, query).await?;
            Ok(session::End::RollBack(()))
        })
    }

    /// Waits until the database is broken: full, read-only, damaged, gone, or closed to us. What cannot write down what it
    /// does must stop. A server that is away comes back, and is waited for.
    pub async fn broken(&self) -> StoreTrouble {
        let mut broken = self.0.broken.subscribe();
        let known = broken.wait_for(Option::is_some).await.ok().and_then(|trouble| trouble.clone());
        match known {
            Some(trouble) => trouble,
            // The sender lives as long as this store does.
            None => std::future::pending().await,
        }
    }

    /// Rings after every commit that may have made something due or cancelled something. For the runner.
    #[must_use]
    pub fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.0.changed)
    }

    /// The clock that the store goes by.
    #[must_use]
    pub fn clock(&self) -> SharedClock {
        Arc::clone(&self.0.clock)
    }

    /// Who watches the store.
    #[must_use]
    pub fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.0.observer)
    }

    fn poke(&self) {
        self.0.changed.notify_one();
    }
}

/// The first characters of a ledger's head, as cards show them.
fn mark(head: &str) -> String {
    head.chars().take(8).collect()
}
