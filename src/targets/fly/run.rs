//! One piece of work on an app's machines: what it is for, how it ends, and how calls are tried again. Everything
//! that waits here ends at once when the work is cancelled; a call that changes something is never dropped half-way.
//!
//! Not here: the steps of a rollout (`rolling`, `canary`, `bluegreen`) or of going back (`restore`).

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Strategy;
use super::client::Client;
use super::end::{End, changed_by_others, gone};
use super::error::{Failure, Kind};
use super::machine::{ATTEMPT, DEPLOYMENT, Machine, Recorded};
use crate::clock::{self, Clock};
use crate::domain::{Ended, Note, Span};
use crate::targets::{Journal, Order, Stage, Stop, Trouble};

/// How often a reading is tried.
const TRIES: u32 = 4;
/// The first pause between tries; each one after it is twice as long.
const PAUSE: Span = Span(500);
/// How many machines are made or put back at once, as `fly deploy` has it.
const MOST_ABREAST: usize = 8;
/// A far end that wants a longer pause than this gets it between attempts, not within one.
const LONGEST_PAUSE: Span = Span::seconds(30);

/// A piece of work.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) clock: &'a dyn Clock,
    pub(super) strategy: Strategy,
    pub(super) order: &'a Order,
    pub(super) journal: &'a dyn Journal,
    /// The caller's.
    pub(super) caller: &'a CancellationToken,
    /// The caller's too, or that what came of one machine has made the work on the others pointless.
    pub(super) cancel: CancellationToken,
    /// Whether an update was sent that had an effect, or may have had one.
    pub(super) touched: AtomicBool,
}

/// How often something is tried still, and after which pause.
struct Tries {
    left: u32,
    pause: Span,
}

impl Tries {
    const fn new() -> Self {
        Self { left: TRIES - 1, pause: PAUSE }
    }
}

impl Run<'_> {
    /// Ends here when the work was cancelled; asked before everything that changes something.
    pub(super) fn go_on(&self) -> Result<(), End> {
        if self.cancel.is_cancelled() { Err(End::Cancelled) } else { Ok(()) }
    }

    /// The work's result, unless it is cancelled first. Not for calls that change something.
    pub(super) async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(End::Cancelled),
            done = work => Ok(done),
        }
    }

    /// Does the work on each machine, as many at once as the strategy says; one after the other, up to the first end that
    /// is the end of all.
    pub(super) async fn each<T, W: Future<Output = Result<T, End>>>(
        &self,
        works: impl ExactSizeIterator<Item = W>,
        ends_all: impl Fn(&End) -> bool,
    ) -> Vec<Result<T, End>> {
        let abreast = match self.strategy {
            Strategy::Rolling | Strategy::Canary => 1,
            Strategy::BlueGreen => works.len().div_ceil(3).clamp(1, MOST_ABREAST),
            Strategy::Immediate => works.len(),
        };
        let ends = |done: &Result<T, End>| done.as_ref().err().is_some_and(&ends_all);
        if abreast > 1 {
            return self.abreast(abreast, works, ends).await;
        }
        let mut all = Vec::new();
        for work in works {
            all.push(work.await);
            if all.last().is_some_and(&ends) {
                break;
            }
        }
        all
    }

    /// So many at once; the first end of all is one for those too that are under way or wait.
    pub(super) async fn abreast<T, W: Future<Output = Result<T, End>>>(
        &self,
        abreast: usize,
        works: impl Iterator<Item = W>,
        ends: impl Fn(&Result<T, End>) -> bool,
    ) -> Vec<Result<T, End>> {
        let (turns, ends) = (&Semaphore::new(abreast), &ends);
        let works = works.map(|work| async move {
            let _turn = turns.acquire().await;
            self.go_on()?;
            let done = work.await;
            if ends(&done) {
                self.cancel.cancel();
            }
            done
        });
        join_all(works).await
    }

    /// The same piece of work, where what came of one machine has not made the rest pointless.
    pub(super) fn anew(&self) -> Run<'_> {
        let touched = AtomicBool::new(self.touched.load(Ordering::Relaxed));
        Run { cancel: self.caller.child_token(), touched, ..*self }
    }

    /// Waits about that long.
    pub(super) async fn pause(&self, span: Span) -> Result<(), End> {
        self.unless_cancelled(clock::sleep(self.clock, jittered(span))).await
    }

    /// Waits as long as the far end wants after this failure, or about that long; ends if it wants too much.
    pub(super) async fn pause_after(&self, failure: &Failure, otherwise: Span) -> Result<(), End> {
        match failure.after {
            Some(wanted) if wanted > LONGEST_PAUSE => Err(End::Later(failure.trouble(self.client.app()))),
            // Exactly as told, and never earlier.
            Some(wanted) => self.unless_cancelled(clock::sleep(self.clock, wanted)).await,
            None if failure.kind == Kind::Limited => self.pause(otherwise.max(Span::seconds(1))).await,
            None => self.pause(otherwise).await,
        }
    }

    /// Reads, and tries again a few times where that may help.
    pub(super) async fn read<T, W: Future<Output = Result<T, Failure>>>(&self, ask: impl Fn() -> W) -> Result<T, End> {
        let mut tries = Tries::new();
        loop {
            match self.unless_cancelled(ask()).await? {
                Ok(read) => return Ok(read),
                Err(failure) => self.again(&mut tries, failure).await?,
            }
        }
    }

    /// Sends something whose repetition changes nothing, until it is known to have arrived.
    pub(super) async fn insist<W: Future<Output = Result<(), Failure>>>(
        &self,
        send: impl Fn() -> W,
    ) -> Result<(), End> {
        let mut tries = Tries::new();
        loop {
            self.go_on()?;
            match send().await {
                Ok(()) => return Ok(()),
                Err(failure) => self.again(&mut tries, failure).await?,
            }
        }
    }

    /// Waits for the next try, or ends here if there is none.
    async fn again(&self, tries: &mut Tries, failure: Failure) -> Result<(), End> {
        if tries.left == 0 || !failure.may_pass() {
            return Err(End::Call(failure));
        }
        self.pause_after(&failure, tries.pause).await?;
        *tries = Tries { left: tries.left - 1, pause: Span(tries.pause.0 * 2) };
        Ok(())
    }

    /// One machine as it is now, unless a newer attempt has stamped it.
    pub(super) async fn machine(&self, id: &str) -> Result<Machine, End> {
        let machine = self.read(|| self.client.machine(id)).await.map_err(|end| gone(id, end))?;
        self.fence_holds(&machine)?;
        Ok(machine)
    }

    /// The machines that a rollout would update: those that ran first, then by name.
    pub(super) async fn group(&self) -> Result<Vec<Machine>, End> {
        let mut machines = self.everything().await?;
        machines.retain(Machine::is_ours);
        Ok(machines)
    }

    /// The same with those that were made and have nobody's place yet, and those whose place another one has.
    pub(super) async fn everything(&self) -> Result<Vec<Machine>, End> {
        let mut machines = self.read(|| self.client.list()).await?;
        machines.retain(Machine::is_looked_after);
        machines.sort_by(|a, b| b.is_launched().cmp(&a.is_launched()).then_with(|| a.id.cmp(&b.id)));
        Ok(machines)
    }

    /// Marks every machine with this attempt before any is changed: from here on an older attempt changes nothing.
    pub(super) async fn raise_fence(&self, machines: &[Machine]) -> Result<(), End> {
        for machine in machines {
            self.fence_holds(machine)?;
        }
        // One that stands aside on a host that does not answer can be changed by nobody.
        let takes_it = |m: &&Machine| m.stamp() < self.order.attempt && (m.is_ours() || m.is_reachable());
        for machine in machines.iter().filter(takes_it) {
            self.stamp(&machine.id).await?;
        }
        Ok(())
    }

    /// Marks one machine, reading back before it is tried again.
    pub(super) async fn stamp(&self, id: &str) -> Result<(), End> {
        let attempt = self.order.attempt;
        self.note_down(id, &self.stamps(), |machine| machine.stamp() == attempt).await
    }

    /// Writes into one machine's metadata, reading back before it is tried again.
    pub(super) async fn note_down(
        &self,
        id: &str,
        values: &[(&str, String)],
        is_there: impl Fn(&Machine) -> bool,
    ) -> Result<(), End> {
        let mut tries = Tries::new();
        loop {
            self.go_on()?;
            let Err(failure) = self.client.stamp(id, values).await else { return Ok(()) };
            self.again(&mut tries, failure).await.map_err(|end| gone(id, end))?;
            if is_there(&self.machine(id).await?) {
                return Ok(());
            }
        }
    }

    /// What this attempt writes into a machine's metadata.
    pub(super) fn stamps(&self) -> [(&'static str, String); 2] {
        [(ATTEMPT, self.order.attempt.to_string()), (DEPLOYMENT, self.order.deployment.to_string())]
    }

    /// Ends here when a newer attempt has stamped the machine.
    pub(super) fn fence_holds(&self, machine: &Machine) -> Result<(), End> {
        let newer = machine.stamp();
        if newer > self.order.attempt { Err(End::Fenced(newer)) } else { Ok(()) }
    }

    /// Ends here where a machine runs what nobody knew of when this was planned: another tool has deployed.
    pub(super) fn is_nobody_elses(&self, machine: &Machine) -> Result<(), End> {
        let (digest, known) = (machine.digest(), &self.order.before);
        if known.is_empty()
            || digest.is_empty()
            || digest == self.order.release.digest
            || known.iter().any(|k| k == digest)
        {
            return Ok(());
        }
        Err(End::Failed(changed_by_others(machine)))
    }

    /// Shows where the work on a machine stands.
    pub(super) async fn show(&self, id: &str, stage: Stage, note: Option<Note>) -> Result<(), End> {
        Ok(self.journal.progress(id, stage, note).await?)
    }

    /// The machines as this deployment first met them.
    pub(super) async fn recorded(&self) -> Result<Vec<(String, Recorded)>, End> {
        let mut recorded = Vec::new();
        for snapshot in self.journal.snapshots().await? {
            let machine = snapshot.machine;
            match serde_json::from_value(snapshot.snapshot) {
                Ok(was) => recorded.push((machine, was)),
                Err(_) => return Err(End::Failed(Note::new("fly-record-unreadable").with("machine", machine))),
            }
        }
        Ok(recorded)
    }

    /// Of the ends of the work on several machines, the one that counts. Who has cancelled waits for no other try.
    pub(super) fn worst(&self, ends: impl Iterator<Item = End>) -> Option<End> {
        let worst = ends.max_by_key(End::weight)?;
        let cancelled = self.caller.is_cancelled() && !worst.is_the_end_of_all();
        Some(if cancelled { End::Cancelled } else { worst })
    }

    /// How the work ended, for who ordered it.
    pub(super) async fn end(&self, done: Result<(), End>) -> Result<Ended, Stop> {
        let app = self.client.app();
        let Err(end) = done else { return Ok(Ended::Done) };
        let note = end.note(app);
        let again = |note| Err(Stop::Trouble(Trouble { note, again: true, after: None }));
        let note = match (end, note) {
            (End::Halted, _) => return Err(Stop::Halted),
            (End::Fenced(newer), _) => return Err(Stop::Fenced { newer }),
            (End::Later(trouble), _) => return Err(Stop::Trouble(trouble)),
            (End::Cancelled, _) | (_, None) => return Err(Stop::Cancelled),
            (End::Unknown(_), Some(note)) => return Ok(Ended::Unknown { note }),
            // The next attempt does not meet it any more.
            (End::Gone(_), Some(note)) => return again(note),
            (End::Call(failure), _) if failure.may_pass() => return Err(Stop::Trouble(failure.trouble(app))),
            (End::Call(_) | End::Failed(_), Some(note)) => note,
        };
        Ok(Ended::Failed { note, untouched: self.is_untouched().await })
    }
}

/// A reading outside of any piece of work, tried again once where that may help: people wait to hear of it.
pub(super) async fn patiently<T, W: Future<Output = Result<T, Failure>>>(
    clock: &dyn Clock,
    ask: impl Fn() -> W,
) -> Result<T, Failure> {
    let mut tries = Tries { left: 1, pause: PAUSE };
    loop {
        match ask().await {
            Err(failure) if tries.left > 0 && failure.may_pass() && failure.after.is_none() => {
                clock::sleep(clock, jittered(tries.pause)).await;
                tries = Tries { left: tries.left - 1, pause: Span(tries.pause.0 * 2) };
            }
            done => return done,
        }
    }
}

/// About that long: so that several who wait do not come back at once.
fn jittered(span: Span) -> Span {
    Span(span.0 + rand::random_range(0..=span.0.max(0) / 4))
}
