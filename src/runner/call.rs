//! A call to the outside: bounded in time, stoppable, and unable to take the runner down with it.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use crate::clock::{self, Clock};
use crate::domain::{Note, Span};

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Called<T> {
    /// It answered.
    Answered(T),
    /// It took longer than it may.
    TooLong,
    /// It panicked.
    Broke,
    /// It was told to stop, and did not in time.
    Dropped,
}

/// What bounds a call.
pub(super) struct Bounds<'a> {
    pub(super) limit: Span,
    pub(super) stop: &'a CancellationToken,
    /// How long it may take to stop by itself once it is told to.
    pub(super) grace: Span,
}

impl Bounds<'_> {
    /// Makes a call.
    pub(super) async fn call<T>(&self, clock: &dyn Clock, work: impl Future<Output = T> + Send) -> Called<T> {
        let work = AssertUnwindSafe(work).catch_unwind();
        tokio::select! {
            biased;
            done = clock::timeout(clock, self.limit, work) => match done {
                Some(Ok(answer)) => Called::Answered(answer),
                Some(Err(_)) => Called::Broke,
                None => Called::TooLong,
            },
            () = self.dropped(clock) => Called::Dropped,
        }
    }

    async fn dropped(&self, clock: &dyn Clock) {
        self.stop.cancelled().await;
        if self.grace.0 > 0 {
            clock.alarm(clock.now().plus(self.grace)).await;
        }
    }
}

impl<T> Called<T> {
    /// The words for a call without an answer.
    pub(super) fn note(&self) -> Note {
        Note::new(if matches!(self, Self::Broke) { "runner-broke" } else { "runner-too-long" })
    }
}
