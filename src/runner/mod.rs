//! The runner: claims what is due, performs it through an adapter, and hands over what came of it.
//!
//! It decides nothing. It knows adapters and the service only by the traits in `ports`, and no SQL. Nothing of it
//! survives a crash, and nothing needs to: a claim expires, and the effect is performed again.
//!
//! Reading order: [`Runner::run`], `flight` (what is under way), `perform` (one effect), `call` (its bounds), `aside`
//! (what a chat does not take for now).

mod aside;
mod backoff;
mod call;
mod flight;
mod perform;
mod ports;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use backoff::wait;
pub use ports::{Adapters, Deliver, Delivered, Outcome, Saying};

use crate::clock::{SharedClock, SystemClock};
use crate::domain::{Effect, Ended, Event, Moment, Span, Verdict};
use crate::metrics::Metrics;
use crate::observer::Observer;
use crate::store::{Claimed, Store, StoreTrouble};
use aside::Aside;
use flight::{Flight, Flights, Why};
use perform::{Desk, Next};

/// How long a claim holds without being renewed: how long after a crash its effect is taken up again.
const LEASE: Span = Span::seconds(15);
const RENEW: Span = Span::seconds(5);

/// How long the runner sleeps at most: another instance on the same database rings no bell here.
const POLL: Span = Span::seconds(5);
/// How long it waits when something is due and cannot be taken on, or the database does not answer.
const PAUSE: Span = Span::seconds(1);

/// How long work may go on once the program is told to stop, in real time: whoever stops it goes by that.
const STOPPING: Span = Span::seconds(4);

/// How often recording a result is tried before it is left to the next claim.
const RECORDINGS: u32 = 6;

/// Performs effects. Cheap to clone; one [`Runner::run`] at a time.
#[derive(Clone)]
pub struct Runner(Arc<Inner>);

struct Inner {
    desk: Desk,
    observer: Arc<dyn Observer>,
    flights: Flights,
    metrics: Metrics,
    renewed: Mutex<Moment>,
    /// Which wake each environment was last told of, and when.
    ticked: Mutex<HashMap<(String, String), (Moment, Moment)>>,
}

impl Runner {
    /// A runner that works for a store, with the store's clock and observer.
    #[must_use]
    pub fn new(store: Store, deliver: Arc<dyn Deliver>, adapters: Arc<dyn Adapters>, metrics: Metrics) -> Self {
        let (clock, observer) = (store.clock(), store.observer());
        let renewed = Mutex::new(clock.now());
        let desk = Desk { store, clock, deliver, adapters, aside: Aside::default() };
        Self(Arc::new(Inner {
            desk,
            observer,
            flights: Flights::default(),
            renewed,
            ticked: Mutex::default(),
            metrics,
        }))
    }

    /// Performs what is due, as it becomes due, until it is told to stop. Then targets are told to let go, the rest
    /// may end; what has not ended within four seconds is given back, and runs again after the next start.
    pub async fn run(&self, shutdown: CancellationToken) {
        let changed = self.0.desk.store.changed();
        let mut tasks = JoinSet::new();
        while !shutdown.is_cancelled() {
            match self.0.round(&mut tasks).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(trouble) => tracing::error!(%trouble, "the runner cannot use the database"),
            }
            let alarm = self.0.next_alarm().await;
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {}
                Some(ended) = tasks.join_next() => complain(ended),
                () = changed.notified() => {}
                () = self.0.clock().alarm(alarm) => {}
            }
        }
        self.0.land(tasks).await;
    }

    /// Performs what is due now, and what becomes due by that, until nothing is and nothing is under way.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn run_until_idle(&self) -> Result<(), StoreTrouble> {
        let changed = self.0.desk.store.changed();
        let mut tasks = JoinSet::new();
        loop {
            if self.0.round(&mut tasks).await? {
                continue;
            }
            let alarm = self.0.renew_at();
            tokio::select! {
                biased;
                ended = tasks.join_next() => match ended {
                    Some(ended) => complain(ended),
                    None => return Ok(()),
                },
                () = changed.notified() => {}
                () = self.0.clock().alarm(alarm) => {}
            }
        }
    }
}

impl Inner {
    fn clock(&self) -> &SharedClock {
        &self.desk.clock
    }

    /// Looks once at everything there is to do. Says whether anything was begun.
    async fn round(self: &Arc<Self>, tasks: &mut JoinSet<()>) -> Result<bool, StoreTrouble> {
        self.renew().await?;
        self.stop_cancelled().await?;
        let ticked = self.tick().await?;
        let claimed = self.desk.store.claim_due(self.flights.room(), LEASE).await?;
        let begun = !claimed.is_empty();
        for claimed in claimed {
            // Already here only if our own claim ran out while we work on it: that call goes on, under the old claim.
            if let Some(flight) = self.flights.start(&claimed) {
                let inner = Arc::clone(self);
                tasks.spawn(async move { Box::pin(inner.work(claimed, flight)).await });
            }
        }
        Ok(ticked || begun)
    }

    async fn renew(&self) -> Result<(), StoreTrouble> {
        let now = self.clock().now();
        if self.flights.is_empty() {
            *self.renewed() = now;
        }
        if now < self.renew_at() {
            return Ok(());
        }
        let renewed = self.desk.store.renew(&self.flights.claims(), LEASE).await?;
        *self.renewed() = now;
        self.flights.stop(&renewed.cancelled, Why::Cancelled);
        self.flights.stop(&renewed.lost, Why::Lost);
        Ok(())
    }

    fn renewed(&self) -> MutexGuard<'_, Moment> {
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When what is under way must be renewed.
    fn renew_at(&self) -> Moment {
        self.renewed().plus(RENEW)
    }

    async fn stop_cancelled(&self) -> Result<(), StoreTrouble> {
        if !self.flights.is_empty() {
            self.flights.stop(&self.desk.store.cancelled().await?, Why::Cancelled);
        }
        Ok(())
    }

    /// Tells environments that a moment has come. One that does not move on is told again only after a pause.
    async fn tick(&self) -> Result<bool, StoreTrouble> {
        let now = self.clock().now();
        let mut ticked = false;
        for (app, environment, at) in self.desk.store.due_wakes().await? {
            let key = (app, environment);
            {
                let mut told = self.ticked.lock().unwrap_or_else(PoisonError::into_inner);
                if told.get(&key).is_some_and(|(before, when)| *before == at && now.since(*when) < PAUSE) {
                    continue;
                }
                told.insert(key.clone(), (at, now));
            }
            ticked = true;
            match AssertUnwindSafe(self.desk.deliver.tick(&key.0, &key.1)).catch_unwind().await {
                Ok(done) => done?,
                Err(_) => tracing::error!(app = key.0, environment = key.1, "a tick panicked"),
            }
        }
        Ok(ticked)
    }

    /// When to look again, if nothing rings before.
    async fn next_alarm(&self) -> Moment {
        let now = self.clock().now();
        let most = if self.flights.is_empty() { now.plus(POLL) } else { now.plus(POLL).min(self.renew_at()) };
        match self.desk.store.next_due().await {
            Ok(Some(next)) if next > now => next.min(most),
            Ok(Some(_)) | Err(_) => most.min(now.plus(PAUSE)),
            Ok(None) => most,
        }
    }

    /// Works on an effect, and where it was cancelled, on the one that took its place.
    async fn work(&self, claimed: Claimed, flight: Flight) {
        let mut next = Some((claimed, flight));
        while let Some((claimed, flight)) = next {
            next = match self.work_on(claimed, flight).await {
                Some(claimed) => self.flights.start(&claimed).map(|flight| (claimed, flight)),
                None => None,
            };
        }
    }

    async fn work_on(&self, claimed: Claimed, flight: Flight) -> Option<Claimed> {
        let _landing = self.flights.landing(&claimed.claim.effect);
        let (kind, effect) = (kind(&claimed.effect), claimed.claim.effect.0.as_str());
        self.observer.claimed(kind, effect).await;
        let next = self.desk.perform(&claimed, &flight).await;
        self.observer.performed(kind, effect).await;
        let result = result(&next);
        let handed_over = self.put_down(&claimed, &flight, next).await;
        self.metrics.performed(kind, result);
        self.observer.finished(kind, effect).await;
        handed_over
    }

    /// Puts an effect down; gives the one that took its place, where it was cancelled and that one is taken up with it.
    async fn put_down(&self, claimed: &Claimed, flight: &Flight, next: Next) -> Option<Claimed> {
        let store = &self.desk.store;
        let claim = &claimed.claim;
        let done = match next {
            Next::Deliver(event) => self.record(claimed, flight, event).await,
            Next::Finish if flight.was_cancelled_at_a_target() => match store.hand_over(claim, LEASE).await {
                Ok(next) => return next,
                Err(trouble) => Err(trouble),
            },
            Next::Finish => store.finish(claim).await.map(|_| ()),
            Next::Retry { note, after } => {
                let at = self.clock().now().plus(backoff::wait(claimed.tries, after));
                tracing::warn!(effect = %claim.effect, note = note.key, tries = claimed.tries, "tried again later");
                store.retry(claim, at, &note).await.map(|_| ())
            }
            Next::PutOff(at) => store.postpone(claim, at).await,
            Next::Resume(at) => store.resume_at(claim, at).await,
            Next::GiveBack => store.give_back(std::slice::from_ref(claim)).await,
            Next::Nothing => Ok(()),
        };
        if let Err(trouble) = done {
            tracing::error!(effect = %claim.effect, %trouble, "what came of it could not be recorded; it is tried again");
        }
        None
    }

    async fn record(&self, claimed: &Claimed, flight: &Flight, event: Event) -> Result<(), StoreTrouble> {
        let mut tries = 1;
        loop {
            let outcome = Outcome {
                claim: &claimed.claim,
                app: &claimed.app,
                environment: &claimed.environment,
                event: event.clone(),
            };
            match self.desk.deliver.deliver(outcome).await {
                Ok(Delivered::Recorded) => return Ok(()),
                Ok(Delivered::LostClaim) => {
                    tracing::warn!(effect = %claimed.claim.effect, why = ?flight.why(), "somebody else holds it now");
                    return Ok(());
                }
                Err(trouble) if tries >= RECORDINGS => return Err(trouble),
                Err(trouble) => {
                    tracing::warn!(effect = %claimed.claim.effect, %trouble, "not recorded yet");
                    self.clock().alarm(self.clock().now().plus(backoff::wait(tries, None))).await;
                    tries += 1;
                }
            }
        }
    }

    /// Ends what is under way, and gives back what does not end.
    async fn land(&self, mut tasks: JoinSet<()>) {
        self.flights.stop_targets(Why::Shutdown);
        let real = SystemClock::real();
        let all = async { while tasks.join_next().await.is_some() {} };
        let _ = crate::clock::timeout(&*real, STOPPING, all).await;
        let left = self.flights.claims();
        tasks.shutdown().await;
        if let Err(trouble) = self.desk.store.give_back(&left).await {
            tracing::error!(%trouble, "claims were not given back; they run out by themselves");
        }
    }
}

const fn kind(effect: &Effect) -> &'static str {
    match effect {
        Effect::Look { .. } => "look",
        Effect::RollOut { .. } => "roll_out",
        Effect::Restore { .. } => "restore",
        Effect::Ask { .. } => "ask",
        Effect::Show { .. } => "show",
        Effect::Say { .. } => "say",
    }
}

/// What came of an effect, in a word.
const fn result(next: &Next) -> &'static str {
    match next {
        Next::Deliver(Event::LookFailed { .. } | Event::TargetEnded { ended: Ended::Failed { .. }, .. }) => "failed",
        Next::Deliver(Event::TargetEnded { ended: Ended::Unknown { .. }, .. }) => "unknown",
        Next::Deliver(Event::TargetEnded { ended: Ended::Halted, .. }) => "halted",
        Next::Deliver(Event::Answered { reading, .. }) => match reading.verdict {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Unknown => "unknown",
        },
        Next::Deliver(_) | Next::Finish => "done",
        Next::Retry { .. } => "retried",
        Next::PutOff(_) | Next::Resume(_) => "put_off",
        Next::GiveBack => "given_back",
        Next::Nothing => "dropped",
    }
}

fn complain(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "recording a result broke; its effect is tried again when its claim has run out");
    }
}
