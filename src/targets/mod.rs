//! Targets: where software runs, and how what runs is replaced. One file or folder each.
//!
//! A target keeps three promises. It records a machine in the [`Journal`] before it changes it. It refuses to change
//! anything once a newer attempt has stamped the machines (the fence), or says in its [`TargetSpec`] that it cannot.
//! And it says [`Ended::Unknown`](crate::domain::Ended) rather than guess.
//!
//! To add one: a file here with a `Target`, and an arm in [`build`].

pub mod fly;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::{Ended, Found, Id, Note, Release, Span, TargetSpec};
use crate::finding::Finding;

/// The kinds of target that there are.
pub const KINDS: [&str; 1] = ["fly"];

/// What targets are made with.
#[derive(Clone, Debug)]
pub struct Deps {
    /// Time.
    pub clock: SharedClock,
    /// fly.io, if its token is set.
    pub fly: Option<fly::FlyAccess>,
}

/// Makes the target that a config describes. Keep it: it holds connections and rate limits.
///
/// # Errors
/// The config is not right, or what the kind needs is missing.
pub fn build(spec: &TargetSpec, deps: &Deps) -> Result<Arc<dyn Target>, Note> {
    match spec.kind.as_str() {
        "fly" => {
            let settings = fly::settings(&spec.settings).map_err(first)?;
            let access = deps.fly.as_ref().ok_or_else(|| Note::new("fly-token-missing"))?;
            Ok(Arc::new(fly::Fly::new(settings, access, deps.clock.clone())?))
        }
        kind => Err(unknown_kind(kind)),
    }
}

/// Reads the config of a target, without its `kind`.
///
/// # Errors
/// Everything that is wrong with it. A note's argument `key` names the key it is about, where there is one.
pub fn read(kind: &str, settings: &Value) -> Result<TargetSpec, Vec<Note>> {
    let fenced = match kind {
        "fly" => fly::settings(settings).map(|_| true)?,
        kind => return Err(vec![unknown_kind(kind)]),
    };
    Ok(TargetSpec { kind: kind.to_owned(), settings: settings.clone(), fenced })
}

fn unknown_kind(kind: &str) -> Note {
    Note::new("target-kind-unknown").with("key", "kind").with("kind", kind).with("known", KINDS.join(", "))
}

fn first(notes: Vec<Note>) -> Note {
    notes.into_iter().next().unwrap_or_else(|| Note::new("fly-settings-no-table"))
}

/// Where an app runs.
#[async_trait]
pub trait Target: Send + Sync {
    /// What runs now, on every machine that a rollout would update, and how each machine is, by the judgement by which
    /// a rollout here is done: the core goes by that where an outcome was lost. And which of `images` are gone: they are asked
    /// about in order, up to the first that is not known to be gone. What cannot be learned soon is not gone, and no
    /// trouble either: a rollback must not be held up by a registry.
    async fn look(&self, images: &[String]) -> Result<Found, Trouble>;

    /// Makes every machine run `order.release`. Repeating it with the same attempt is safe: what is done stays done.
    async fn roll_out(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop>;

    /// Puts every machine in the journal back to its recorded snapshot, the last one changed first. `order.release`
    /// is the one to leave. Repeating it is safe.
    async fn restore(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop>;

    /// Whether it can do its work with what it was given: every trouble with what to do about it. Changes nothing.
    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// What a rollout or restore is for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The deployment.
    pub deployment: Id,
    /// The fence: a higher one on the machines means that this order is outdated.
    pub attempt: u64,
    /// What shall run (or, when restoring, shall not).
    pub release: Release,
    /// The digests that ran when this was planned. Any other one is somebody else's work, and is not overwritten.
    /// Empty: not known.
    pub before: Vec<String>,
}

/// Why a target stopped without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was told to by the cancellation token; it has let go of its leases.
    Cancelled,
    /// A newer attempt has stamped the machines.
    Fenced {
        /// The stamp that was found.
        newer: u64,
    },
    /// Everything is halted, and the journal takes no further machine: what was under way is done.
    Halted,
    /// It may work if it is tried again, later.
    Trouble(Trouble),
}

/// Something outside did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What people are told.
    pub note: Note,
    /// Whether trying again may help.
    pub again: bool,
    /// How long the other side asked us to wait.
    pub after: Option<Span>,
}

/// The memory of one deployment's rollout, kept outside the ledger because snapshots may hold secrets.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Records a machine as it is before its first change; durable when it returns. A second snapshot of the same
    /// machine in the same deployment is not kept: the first one is what to go back to.
    ///
    /// While everything is halted it stops a rollout here, between two machines ([`Stop::Halted`]).
    async fn before(&self, machine: &str, snapshot: Value) -> Result<(), Stop>;

    /// Every recorded machine of this deployment, in the order of recording.
    async fn snapshots(&self) -> Result<Vec<Snapshot>, Trouble>;

    /// Where the work on a machine stands; repaints the card.
    async fn progress(&self, machine: &str, stage: Stage, note: Option<Note>) -> Result<(), Trouble>;

    /// Remembers something small for a later attempt (a lease nonce), under a name; an empty value forgets it.
    async fn remember(&self, name: &str, value: &str) -> Result<(), Trouble>;

    /// What was remembered.
    async fn remembered(&self, name: &str) -> Result<Option<String>, Trouble>;
}

/// A machine as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The target's own name for it.
    pub machine: String,
    /// Whatever the target needs to put it back.
    pub snapshot: Value,
}

/// Where the work on one machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its turn has not come.
    Waiting,
    /// Its image is being replaced.
    Updating,
    /// It boots.
    Starting,
    /// Its own health checks are awaited.
    Checking,
    /// It runs the release, verified.
    Done,
    /// It is being put back.
    Restoring,
    /// It runs what it ran before, verified.
    Restored,
    /// It is not as it should be.
    Failed,
    /// It is an extra one, and tries the release.
    Trying,
    /// It goes once another one has its place.
    Leaving,
    /// Another one has its place, and it is kept for going back.
    Retired,
    /// It is gone: it was made for a while only.
    Removed,
}
