//! A clock whose hands the test moves. Nothing that waits on it wakes by itself.
//!
//! Two kinds of waiters are told apart. A *sleeper* (`sleep_until`) is work that stands still until a moment; an *alarm*
//! is a bound on something else, or an idle wait. Only sleepers count in [`ManualClock::sleeping`]; both kinds count in
//! [`ManualClock::next`]. A waiter that is dropped is forgotten.
//!
//! Moving the hands wakes who is due but does not run them: that takes an await. To let the work at each moment run
//! before the next moment comes, use [`ManualClock::pass`].
//!
//! Every waiter is remembered with the task that waits and with a ticket, a number that only grows, so that `quiet` can
//! tell who stands still and why. The simulated fly.io waits on [`FarClock`], the same hands seen from the far end.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use shipgate::clock::{Clock, Moment, Span};
use tokio::sync::watch;
use tokio::task;

/// The clock.
#[derive(Debug)]
pub(crate) struct ManualClock {
    hands: Mutex<Hands>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Hands {
    now: Moment,
    tickets: u64,
    /// By moment, then by age.
    waiters: BTreeMap<(Moment, u64), Waiter>,
}

#[derive(Debug)]
struct Waiter {
    kind: Kind,
    task: Option<task::Id>,
    waker: Waker,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Work of the program that stands still.
    Sleeper,
    /// Work of the far end that stands still.
    Far,
    /// A bound, or an idle wait.
    Alarm,
    /// The same of a chat: it says nothing about the work on a deployment.
    Chat,
}

/// Somebody who waits for a moment that has not come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) kind: Kind,
    /// None outside of any task.
    pub(crate) task: Option<task::Id>,
    pub(crate) ticket: u64,
}

impl ManualClock {
    /// A clock that shows this moment.
    pub(crate) fn at(now: Moment) -> Arc<Self> {
        let hands = Hands { now, tickets: 0, waiters: BTreeMap::new() };
        Arc::new(Self { hands: Mutex::new(hands), changed: watch::Sender::new(()) })
    }

    /// How many `sleep_until` wait for a moment that has not come.
    pub(crate) fn sleeping(&self) -> usize {
        self.ahead(|kind| !matches!(kind, Kind::Alarm | Kind::Chat))
    }

    /// How many `alarm` wait for a moment that has not come.
    pub(crate) fn alarms(&self) -> usize {
        self.ahead(|kind| kind == Kind::Alarm)
    }

    /// Everybody who waits for a moment that has not come.
    pub(crate) fn waiting(&self) -> Vec<Waiting> {
        let hands = self.hands();
        let ahead = hands.waiters.iter().filter(|((then, _), _)| *then > hands.now);
        ahead.map(|((_, ticket), waiter)| Waiting { kind: waiter.kind, task: waiter.task, ticket: *ticket }).collect()
    }

    /// A number above those of all waiters up to now.
    pub(crate) fn ticket(&self) -> u64 {
        let mut hands = self.hands();
        hands.tickets += 1;
        hands.tickets
    }

    /// Rings when the hands or the waiters change, and whenever somebody calls [`ManualClock::ring`].
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Tells whoever waits for changes that something else has changed.
    pub(crate) fn ring(&self) {
        self.changed.send_replace(());
    }

    /// How many waiters of either kind have been woken and have not run yet.
    pub(crate) fn waking(&self) -> usize {
        let hands = self.hands();
        hands.waiters.keys().filter(|(then, _)| *then <= hands.now).count()
    }

    /// The earliest moment to come that anybody waits for.
    pub(crate) fn next(&self) -> Option<Moment> {
        let hands = self.hands();
        hands.waiters.keys().map(|(then, _)| *then).find(|then| *then > hands.now)
    }

    /// Whether anybody waits for just that moment.
    pub(crate) fn is_awaited(&self, then: Moment) -> bool {
        self.hands().waiters.keys().any(|(moment, _)| *moment == then)
    }

    /// How many wait for just that moment.
    pub(crate) fn awaiting(&self, then: Moment) -> usize {
        self.hands().waiters.keys().filter(|(moment, _)| *moment == then).count()
    }

    /// Moves the hands on to a moment, over each moment on the way that somebody waits for, in order. Never back.
    pub(crate) fn advance_to(&self, moment: Moment) {
        while let Some(next) = self.next().filter(|next| *next <= moment) {
            self.show(next);
        }
        self.show(moment);
    }

    /// Moves the hands on by a span.
    pub(crate) fn advance(&self, span: Span) {
        self.advance_to(self.now().plus(span));
    }

    /// Moves the hands on to the next moment that somebody waits for, if it is not after `until`; none otherwise.
    pub(crate) fn step(&self, until: Moment) -> Option<Moment> {
        let next = self.next().filter(|next| *next <= until)?;
        self.show(next);
        Some(next)
    }

    /// Moves the hands on to a moment, and lets the world settle at each moment on the way that somebody waits for,
    /// also if they begin to wait on the way.
    pub(crate) async fn pass(&self, moment: Moment, mut settle: impl AsyncFnMut()) {
        while let Some(next) = self.next().filter(|next| *next <= moment) {
            self.show(next);
            settle().await;
        }
        self.show(moment);
        settle().await;
    }

    /// Waits until so many sleepers, or more, are asleep.
    pub(crate) async fn until_sleeping(&self, count: usize) {
        self.until(|clock| clock.sleeping() >= count).await;
    }

    /// Waits until something holds of the clock and its waiters.
    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.changed.subscribe();
        while !holds(self) {
            changes.changed().await.expect("the clock is there");
        }
    }

    /// Shows a moment and wakes who is due.
    fn show(&self, moment: Moment) {
        let due: Vec<Waker> = {
            let mut hands = self.hands();
            hands.now = hands.now.max(moment);
            let now = hands.now;
            hands.waiters.range(..=(now, u64::MAX)).map(|(_, waiter)| waiter.waker.clone()).collect()
        };
        // Outside of the lock: a waker may run anything.
        due.into_iter().for_each(Waker::wake);
        self.changed.send_replace(());
    }

    fn ahead(&self, fits: impl Fn(Kind) -> bool) -> usize {
        self.waiting().into_iter().filter(|waiting| fits(waiting.kind)).count()
    }

    async fn wait(&self, then: Moment, kind: Kind) {
        let mut place = Place { clock: self, then, kind, ticket: None };
        poll_fn(|cx| place.poll(cx)).await;
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Moment {
        self.hands().now
    }

    async fn sleep_until(&self, then: Moment) {
        self.wait(then, Kind::Sleeper).await;
    }

    async fn alarm(&self, then: Moment) {
        self.wait(then, Kind::Alarm).await;
    }
}

/// The clock as the far end has it.
#[derive(Debug)]
pub(crate) struct FarClock(pub(crate) Arc<ManualClock>);

#[async_trait]
impl Clock for FarClock {
    fn now(&self) -> Moment {
        self.0.now()
    }

    async fn sleep_until(&self, then: Moment) {
        self.0.wait(then, Kind::Far).await;
    }

    async fn alarm(&self, then: Moment) {
        self.0.wait(then, Kind::Alarm).await;
    }
}

/// The clock as a chat has it.
#[derive(Debug)]
pub(crate) struct ChatClock(pub(crate) Arc<ManualClock>);

#[async_trait]
impl Clock for ChatClock {
    fn now(&self) -> Moment {
        self.0.now()
    }

    async fn sleep_until(&self, then: Moment) {
        self.0.wait(then, Kind::Chat).await;
    }

    async fn alarm(&self, then: Moment) {
        self.0.wait(then, Kind::Chat).await;
    }
}

/// A waiter's place in the list, given up when it is dropped.
struct Place<'a> {
    clock: &'a ManualClock,
    then: Moment,
    kind: Kind,
    ticket: Option<u64>,
}

impl Place<'_> {
    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        {
            let mut hands = self.clock.hands();
            if hands.now >= self.then {
                return Poll::Ready(());
            }
            let ticket = *self.ticket.get_or_insert_with(|| {
                hands.tickets += 1;
                hands.tickets
            });
            let waiter = Waiter { kind: self.kind, task: task::try_id(), waker: cx.waker().clone() };
            if hands.waiters.insert((self.then, ticket), waiter).is_some() {
                return Poll::Pending;
            }
        }
        self.clock.changed.send_replace(());
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.clock.hands().waiters.remove(&(self.then, ticket));
            self.clock.changed.send_replace(());
        }
    }
}
