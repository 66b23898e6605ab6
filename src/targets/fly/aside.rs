//! Machines that stand aside: how they come into rotation, how they leave it, and how they go for good. What leaves is
//! out of rotation first, has a moment to finish what it is doing, and goes then.
//!
//! Not here: how they are made (`made`).

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use super::end::End;
use super::error::Kind;
use super::lease::Lease;
use super::machine::{Machine, RETIRED};
use super::run::Run;
use crate::domain::{Note, Span};
use crate::targets::Stage;

/// How long a machine that is out of rotation has for what it is doing.
pub(super) const DRAIN: Span = Span::seconds(10);
/// How long it may take to stop, beyond its own time for it.
const STOPS: Span = Span::seconds(30);

impl Run<'_> {
    /// Removes what earlier deployments have left: what was made and never had a place, and what has left its own. Answers
    /// whether there was any.
    pub(super) async fn sweep(&self, all: &[Machine]) -> Result<bool, End> {
        let groups: BTreeSet<&str> = all.iter().filter(|m| m.is_ours()).map(Machine::process_group).collect();
        // What nothing else runs in place of is not what is left over.
        let is_replaced = |m: &&Machine| m.is_temporary() || groups.contains(m.process_group());
        let is_left = |m: &&Machine| !m.is_ours() && !m.is_aside_for(&self.order.deployment);
        let left: Vec<Machine> = all.iter().filter(is_left).filter(is_replaced).cloned().collect();
        if left.is_empty() {
            return Ok(false);
        }
        self.raise_fence(all).await?;
        // Nothing can be done to one whose host does not answer.
        let can_go = |m: &&Machine| m.is_reachable() || !m.is_cordoned();
        for machine in left.iter().filter(can_go) {
            match self.take_away(std::slice::from_ref(machine), None).await {
                Ok(()) => {}
                // It does no harm where it is, and the next deployment tries again.
                Err(end) if end.is_survivable() && machine.is_cordoned() => {
                    let why = end.note(self.client.app()).map(|note| note.key).unwrap_or_default();
                    tracing::warn!(machine = machine.id, why, "what an earlier deployment left cannot be removed");
                }
                Err(end) => return Err(end),
            }
        }
        Ok(true)
    }

    /// Takes these machines out of rotation and removes them. One that resists does not keep the others.
    pub(super) async fn take_away(&self, machines: &[Machine], note: Option<Note>) -> Result<(), End> {
        let mut ends = Vec::new();
        for machine in machines.iter().filter(|m| !m.is_cordoned()) {
            ends.extend(self.take_out(&machine.id).await.err().filter(|end| !matches!(end, End::Gone(_))));
        }
        if machines.iter().any(|m| !m.is_cordoned() && m.state == "started") {
            self.pause(DRAIN).await?;
        }
        for machine in machines {
            match self.remove(&machine.id).await {
                Ok(()) if machine.made_after(&self.order.deployment).is_some() => {
                    self.show(&machine.id, Stage::Removed, note.clone()).await?;
                }
                Ok(()) => {}
                Err(end) => {
                    let note = end.note(self.client.app());
                    if note.is_some() && machine.made_after(&self.order.deployment).is_some() {
                        self.show(&machine.id, Stage::Failed, note).await?;
                    }
                    ends.push(end);
                }
            }
        }
        self.worst(ends.into_iter()).map_or(Ok(()), Err)
    }

    /// Takes away all that this deployment has made, as far as that works: what is left is not called untouched.
    pub(super) async fn clean(&self) {
        let run = self.anew();
        let done = async {
            let made = run.made(&run.everything().await?).await?;
            run.take_away(&made.all(), None).await
        };
        if let Err(end) = done.await {
            let why = end.note(self.client.app()).map(|note| note.key).unwrap_or_default();
            tracing::warn!(why, "what was made cannot be removed yet");
        }
    }

    async fn take_out(&self, id: &str) -> Result<(), End> {
        let lease = self.lease(id, Stage::Leaving).await?;
        let done = async {
            let machine = self.machine(id).await?;
            self.same_cordon(&lease, &machine, true).await
        };
        let done = done.await;
        self.release(lease).await;
        done
    }

    /// Removes one machine, until it is known to be gone.
    async fn remove(&self, id: &str) -> Result<(), End> {
        let lease = match self.lease(id, Stage::Leaving).await {
            Err(End::Gone(_)) => return Ok(()),
            other => other?,
        };
        let done = self.remove_leased(&lease, id).await;
        self.release(lease).await;
        done
    }

    async fn remove_leased(&self, lease: &Lease, id: &str) -> Result<(), End> {
        match self.machine(id).await {
            Ok(machine) if machine.is_gone() => return Ok(()),
            Err(End::Gone(_)) => return Ok(()),
            other => other?,
        };
        match self.insist(|| self.client.destroy(id, &lease.nonce)).await {
            Err(End::Call(failure)) if failure.kind == Kind::NotFound => Ok(()),
            Err(End::Call(failure)) if !failure.may_pass() => {
                let note = Note::new("fly-not-removed").with("machine", id).with("error", failure.said());
                Err(End::Failed(note.with("request", failure.request())))
            }
            other => other,
        }
    }

    /// Takes a machine out of rotation, to be kept without its place.
    pub(super) async fn retire(&self, id: &str) -> Result<(), End> {
        let lease = self.lease(id, Stage::Leaving).await?;
        let done = self.retire_leased(&lease, id).await;
        self.release(lease).await;
        done
    }

    async fn retire_leased(&self, lease: &Lease, id: &str) -> Result<(), End> {
        let machine = self.machine(id).await?;
        self.is_nobody_elses(&machine)?;
        self.touched.store(true, Ordering::Relaxed);
        self.same_cordon(lease, &machine, true).await?;
        let note = [(RETIRED, self.order.deployment.to_string())];
        self.note_down(id, &note, Machine::is_retired).await
    }

    /// Takes a note out of a machine's metadata.
    pub(super) async fn forget(&self, id: &str, key: &str) -> Result<(), End> {
        match self.insist(|| self.client.forget(id, key)).await {
            // The note is gone already, or the machine is.
            Err(End::Call(failure)) if failure.kind == Kind::NotFound => self.machine(id).await.map(drop),
            other => other,
        }
    }

    /// Stops a machine that has left its place, and waits until it is down.
    pub(super) async fn put_down(&self, id: &str) -> Result<(), End> {
        let mut lease = self.lease(id, Stage::Leaving).await?;
        let done = self.put_down_leased(&mut lease, id).await;
        self.release(lease).await;
        done
    }

    async fn put_down_leased(&self, lease: &mut Lease, id: &str) -> Result<(), End> {
        let (begun, mut machine) = (self.clock.now(), self.machine(id).await?);
        while !machine.is_down() {
            let gone = self.clock.now().since(begun);
            if gone.0 > STOPS.0 + machine.kill_timeout() {
                let note = Note::new("fly-unsettled").with("machine", id).with("state", &machine.state);
                return Err(End::Failed(note));
            }
            if machine.state == "started" {
                self.insist(|| self.client.stop(id, &lease.nonce)).await?;
            }
            self.slice(id, &machine.instance_id, "settled").await?;
            self.keep(lease, Stage::Leaving).await?;
            machine = self.machine(id).await?;
        }
        Ok(())
    }
}
