//! Whether a world is quiet: nothing goes on any more until time passes or somebody does something.
//!
//! The program runs as ever, on one thread with the far ends. It is quiet when its runner waits for its alarm, and every
//! effect under way stands still: in a `sleep_until` of its own, or in a call whose answer only time can bring. Which
//! call is whose is told by tickets. An effect that calls has set the bound of the call just before, an alarm with a
//! ticket; the exchange arrives at a wire with a later one. An older exchange is a leftover of a call that was given up,
//! and must not count for the effect's new call that has not arrived yet.
//!
//! People on Discord who could still be answered are waited for too: their answers are no effects.
//!
//! What is written down so (claims, waiters, open exchanges) is never ahead of the work, but may be a few turns behind:
//! a task that has been woken has not run yet, the end of a connection has not been noticed. All of that happens on
//! this thread and needs no time, so it has happened after a few turns of the scheduler ([`TURNS`]) in which nothing
//! changes. What does need time, the database's own threads, is always part of an effect or of the runner's round.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task;

use super::clock::{Kind, ManualClock};
use super::far::Far;
use super::watcher::Watcher;

/// How many turns nothing may change in.
const TURNS: usize = 24;

/// What must be quiet.
pub(super) struct Parts<'w> {
    pub(super) clock: &'w Arc<ManualClock>,
    pub(super) programs: Vec<Arc<Watcher>>,
    pub(super) far: &'w Far,
    /// The tasks that wait for a program to come to rest: whether it has.
    pub(super) resting: Vec<Arc<AtomicBool>>,
}

impl Parts<'_> {
    /// Waits until it is quiet, or a program has died.
    pub(super) async fn settle(&self) {
        let mut changes = self.clock.changes();
        'again: loop {
            changes.mark_unchanged();
            if self.programs.iter().any(|program| program.is_dead()) {
                return;
            }
            if self.is_quiet().is_err() {
                changes.changed().await.expect("the clock is there");
                continue;
            }
            for _ in 0..TURNS {
                task::yield_now().await;
                if changes.has_changed().expect("the clock is there") {
                    continue 'again;
                }
            }
            return;
        }
    }

    /// What goes on still, if anything does.
    pub(super) fn is_quiet(&self) -> Result<(), String> {
        if self.clock.waking() > 0 {
            return Err("somebody has been woken and has not run".to_owned());
        }
        let unanswered = self.far.unanswered();
        if !unanswered.is_empty() {
            return Err(format!("not answered yet: {unanswered:?}"));
        }
        let waiting = self.clock.waiting();
        let flights: Vec<Option<task::Id>> = self.programs.iter().flat_map(|program| program.flights()).collect();
        let idle = waiting.iter().filter(|w| w.kind == Kind::Alarm && !flights.contains(&w.task)).count();
        let resting = self.resting.iter().filter(|rested| !rested.load(Ordering::Relaxed)).count();
        let awaited = self.programs.len() + resting;
        if idle != awaited {
            return Err(format!("{idle} of {awaited} runners are idle"));
        }
        let mut calling = Vec::new();
        for flight in &flights {
            let own: Vec<_> = waiting.iter().filter(|w| w.task == *flight).collect();
            if !own.iter().any(|w| w.kind == Kind::Sleeper) {
                calling.push(own.iter().map(|w| w.ticket).max().unwrap_or(u64::MAX));
            }
        }
        let (mut open, mut parked) = (Vec::new(), waiting.iter().filter(|w| w.kind == Kind::Far).count());
        for wire in self.far.wires() {
            let (tickets, deaf) = wire.open();
            open.extend(tickets);
            parked += deaf;
        }
        // Work on several machines at once may stand still here and call there.
        let (at_fly, deaf) = self.far.api.open();
        let far = waiting.iter().filter(|w| w.kind == Kind::Far).count();
        if at_fly.len() > far + deaf {
            return Err(format!("{} calls at fly.io are under way, {far} of them parked", at_fly.len()));
        }
        calling.sort_unstable_by(|a, b| b.cmp(a));
        open.sort_unstable_by(|a, b| b.cmp(a));
        let each_has_its_own =
            calling.len() <= open.len() && calling.iter().zip(&open).all(|(bound, call)| call > bound);
        if each_has_its_own && parked >= calling.len() {
            return Ok(());
        }
        Err(format!("{} effects work: bounds {calling:?}, calls {open:?}, {parked} parked", calling.len()))
    }
}
