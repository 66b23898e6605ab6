//! What operators count of deployments: how long phases lasted and how they ended, as it is committed; and what is
//! open and waits, when somebody asks.

use super::{Service, word};
use crate::domain::{Deployment, Environment, Phase, Step, waits_for_people};
use crate::metrics::{Metrics, Stock};
use crate::store::StoreTrouble;

/// What a step did to deployments that is counted once it is committed.
#[derive(Default)]
pub(super) struct Counted(Vec<Moved>);

struct Moved {
    /// The phase that is over, and how many seconds it lasted.
    phase: Option<(String, f64)>,
    /// Kind and outcome of what has ended.
    closed: Option<(String, String)>,
}

impl Counted {
    pub(super) fn of(before: &Environment, step: &Step) -> Self {
        let earlier = |d: &Deployment| {
            let known = [&before.current, &before.queued, &before.stuck].into_iter().flatten();
            known.into_iter().find(|known| known.id == d.id)
        };
        Self(step.deployments.iter().filter_map(|d| moved(earlier(d), d)).collect())
    }

    pub(super) fn count(&self, metrics: &Metrics) {
        for moved in &self.0 {
            if let Some((phase, seconds)) = &moved.phase {
                metrics.phase(phase, *seconds);
            }
            if let Some((kind, outcome)) = &moved.closed {
                metrics.closed(kind, outcome);
            }
        }
    }
}

fn moved(earlier: Option<&Deployment>, d: &Deployment) -> Option<Moved> {
    if earlier.is_some_and(|earlier| earlier.phase == d.phase) {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "a phase of 285 million years would lose a millisecond")]
    let lasted = |earlier: &Deployment| d.phase_since.since(earlier.phase_since).0 as f64 / 1_000.0;
    let phase = earlier.map(|earlier| (word(&earlier.phase), lasted(earlier)));
    let closed = d.outcome.filter(|_| d.phase == Phase::Closed).map(|outcome| (word(&d.kind), word(&outcome)));
    Some(Moved { phase, closed })
}

impl Service {
    /// Has the metrics say what is open, what waits and what is to be done, as it is now.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn take_stock(&self) -> Result<(), StoreTrouble> {
        let halt = self.0.store.halted().await?;
        let mut stock = Stock { pending: self.0.store.pending_by_kind().await?, ..Stock::default() };
        for d in self.0.store.open_deployments().await? {
            let lock = self.0.store.environment(&d.app, &d.environment).await?.lock;
            let lock = lock.filter(|lock| lock.holds(self.now()));
            stock.waiting += i64::from(waits_for_people(&d, &lock.iter().collect::<Vec<_>>(), halt.as_ref()));
            *stock.open.entry(word(&d.phase)).or_default() += 1;
        }
        self.0.metrics.stock(&stock);
        Ok(())
    }
}
