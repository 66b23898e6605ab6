//! Checks: questions to the outside world, as gates and as samples of a watch. One file each.
//!
//! A check answers; it does not decide. How often in a row it must pass, for how long, and what a fail means is the
//! core's business. It is bounded by its own limit and never panics on what it is sent.
//!
//! To add one: a file here with a `Check`, an arm in [`build`], and one in [`measure`].

pub mod http;
pub mod prometheus;
mod web;

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::SharedClock;
use crate::domain::{CheckSpec, Note, Verdict};

pub use web::client;

/// A question to the outside world.
#[async_trait]
pub trait Check: Send + Sync {
    /// Asks once.
    async fn ask(&self) -> Answer;
}

/// What the world said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Yes, no, or no answer that counts.
    pub verdict: Verdict,
    /// The number, where the check has one.
    pub value: Option<f64>,
    /// The evidence, for people.
    pub note: Note,
    /// What to do, where no answer that counts came because something is not set up as it must be.
    pub mend: Option<Note>,
}

/// What a check's number is, for who shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// Whether it counts seconds.
    pub in_seconds: bool,
    /// Beyond what the check itself finds it bad.
    pub bad: Option<Bound>,
}

/// What a number is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The bound.
    pub value: f64,
    /// Whether above it is bad; otherwise below it.
    pub above: bool,
}

/// What the number of a check is that a plan names; what is not known of it is left out.
#[must_use]
pub fn measure(spec: &CheckSpec) -> Measure {
    match spec.kind.as_str() {
        "http" => http::measure(spec),
        "prometheus" => prometheus::measure(spec),
        _ => Measure::default(),
    }
}

/// What checks are made of.
#[derive(Clone, Debug)]
pub struct Deps {
    /// Limits and latencies go by it.
    pub clock: SharedClock,
    /// For web requests: see [`client`].
    pub http: reqwest::Client,
    /// The Prometheus that is asked where a check names none.
    pub prometheus: Option<prometheus::Access>,
}

/// Makes the check that a plan names.
///
/// # Errors
/// Why it cannot be made: a kind that this version does not have, or settings that it cannot read.
pub fn build(spec: &CheckSpec, deps: &Deps) -> Result<Arc<dyn Check>, Note> {
    match spec.kind.as_str() {
        "http" => Ok(Arc::new(http::Http::new(spec, deps)?)),
        "prometheus" => Ok(Arc::new(prometheus::Prometheus::new(spec, deps)?)),
        kind => Err(Note::new("check-unknown-kind").with("kind", crate::text::cut(kind, 40))),
    }
}
