//! The only clock. Everything that waits, waits here, so that a demo can run faster and a test can turn the hands.
//!
//! Not here: what time means to people (zones, words): that is in `words` and `domain`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use crate::domain::{Moment, Span};

/// Where time comes from. Shared by everything that waits.
#[async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// What time it is.
    fn now(&self) -> Moment;

    /// Waits until then. For work that cannot go on before: a back-off, a machine that boots.
    async fn sleep_until(&self, then: Moment);

    /// Waits until then, as a bound on something else or while idle: who waits here could be woken by other means.
    /// A manual clock does not count it as work that stands still.
    async fn alarm(&self, then: Moment);
}

/// A clock that several parts share.
pub type SharedClock = Arc<dyn Clock>;

/// Waits for a span: see [`Clock::sleep_until`].
pub async fn sleep(clock: &dyn Clock, span: Span) {
    clock.sleep_until(clock.now().plus(span)).await;
}

/// The work's result, or none if it takes longer than the limit.
pub async fn timeout<F: Future>(clock: &dyn Clock, limit: Span, work: F) -> Option<F::Output> {
    let end = clock.now().plus(limit);
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.alarm(end) => None,
    }
}

/// The machine's clock, at its own speed or faster.
#[derive(Debug)]
pub struct SystemClock {
    origin: Moment,
    started: tokio::time::Instant,
    speed: f64,
}

impl SystemClock {
    /// Real time.
    #[must_use]
    pub fn real() -> SharedClock {
        Self::faster(1.0)
    }

    /// Simulated time that starts now and runs `speed` times as fast as real time.
    #[must_use]
    pub fn faster(speed: f64) -> SharedClock {
        Arc::new(Self { origin: wall(), started: tokio::time::Instant::now(), speed })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one home of the machine's clock")]
fn wall() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Moment {
        if (self.speed - 1.0).abs() < f64::EPSILON {
            return wall();
        }
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of one process fit")]
        let gone = (self.started.elapsed().as_secs_f64() * self.speed * 1_000.0) as i64;
        self.origin.plus(Span(gone))
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of sleeping")]
    async fn sleep_until(&self, then: Moment) {
        // A step of the wall clock must not make a wait endless, so long waits are taken in slices.
        loop {
            let left = then.since(self.now());
            if left.0 == 0 {
                return;
            }
            #[expect(clippy::cast_precision_loss, reason = "waits are far below 2^52 ms")]
            let real = Duration::from_secs_f64((left.0 as f64 / 1_000.0 / self.speed).clamp(0.001, 60.0));
            tokio::time::sleep(real).await;
        }
    }

    async fn alarm(&self, then: Moment) {
        self.sleep_until(then).await;
    }
}
