//! The one seam of store and runner: a place to stand and look, at each boundary where a crash would matter.
//!
//! Production counts ([`Counting`]); the test world stops the program dead at a chosen boundary by never returning
//! from a method. An observer never decides anything and cannot fail. There is no other hook.
//!
//! To observe one thing more: a method here with an empty default, called from the one place where it happens.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

/// Who watches. Every method is awaited in line, so one that never returns stops the work right there.
#[async_trait]
pub trait Observer: Send + Sync {
    /// A transaction has done its work and is about to be committed. `what` names it: `advance`, `claim`, `retry`…
    async fn about_to_commit(&self, _what: &str) {}

    /// It is committed; nobody has been told yet.
    async fn committed(&self, _what: &str) {}

    /// The runner holds an effect and has not begun. `kind` is `look`, `roll_out`, `restore`, `ask`, `show` or `say`.
    async fn claimed(&self, _kind: &str, _effect: &str) {}

    /// What is outside has answered, or was given up on; nothing of that is recorded yet.
    async fn performed(&self, _kind: &str, _effect: &str) {}

    /// The runner is done with the effect, for now or for good.
    async fn finished(&self, _kind: &str, _effect: &str) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Observer for Nobody {}

/// Counts, for `/metrics` and for spans in the log.
#[derive(Debug, Default)]
pub struct Counting {
    commits: AtomicU64,
    claimed: AtomicU64,
    performed: AtomicU64,
    finished: AtomicU64,
}

/// What has been counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits.
    pub commits: u64,
    /// Effects that the runner took on.
    pub claimed: u64,
    /// Calls to the outside that have ended.
    pub performed: u64,
    /// Effects that the runner has put down again.
    pub finished: u64,
}

impl Counts {
    /// How many effects are being worked on.
    #[must_use]
    pub const fn in_flight(&self) -> u64 {
        self.claimed.saturating_sub(self.finished)
    }
}

impl Counting {
    /// The counts up to now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            commits: self.commits.load(Ordering::Relaxed),
            claimed: self.claimed.load(Ordering::Relaxed),
            performed: self.performed.load(Ordering::Relaxed),
            finished: self.finished.load(Ordering::Relaxed),
        }
    }
}

#[async_trait]
impl Observer for Counting {
    async fn committed(&self, what: &str) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(what, "committed");
    }

    async fn claimed(&self, kind: &str, effect: &str) {
        self.claimed.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(kind, effect, "taken on");
    }

    async fn performed(&self, kind: &str, effect: &str) {
        self.performed.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(kind, effect, "performed");
    }

    async fn finished(&self, kind: &str, effect: &str) {
        self.finished.fetch_add(1, Ordering::Relaxed);
        tracing::debug!(kind, effect, "put down");
    }
}
