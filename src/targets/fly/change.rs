//! One machine's update, made certain: after an answer that leaves doubt the machine is read before anything is sent
//! again, and what is sent again names the version it was made from, so that it cannot be done twice.
//!
//! Not here: waiting for the new version to boot (`wait`).

use std::sync::atomic::Ordering;

use serde_json::Value;

use super::client::Update;
use super::config::with_image;
use super::end::{End, gone};
use super::error::{Failure, Kind};
use super::lease::Lease;
use super::machine::Machine;
use super::run::Run;
use crate::domain::{Note, Span};
use crate::targets::{Stage, Trouble};

/// How often an update is sent.
const TRIES: u32 = 5;
/// The first pause after one that had no effect; each one after it is twice as long. A registry needs seconds.
const PAUSE: Span = Span::seconds(2);
/// How often a machine is read after an update of which nobody knows, and the pause before each.
const READINGS: u32 = 3;
const READING_PAUSE: Span = Span::seconds(1);

/// What a machine shall become.
pub(super) struct Wanted<'a> {
    pub(super) image: &'a str,
    pub(super) digest: &'a str,
    /// The config to send; the machine's own, when none is given.
    pub(super) config: Option<&'a Value>,
    /// Whether it boots.
    pub(super) launch: bool,
    /// A version that must go, even if it is what is wanted: an update that was made from it may be on its way still.
    pub(super) instead_of: Option<&'a str>,
    /// What this belongs to.
    pub(super) stage: Stage,
}

impl Wanted<'_> {
    fn is_there(&self, machine: &Machine) -> bool {
        machine.digest() == self.digest
            && !self.digest.is_empty()
            && self.instead_of.is_none_or(|version| version != machine.instance_id)
    }
}

impl Run<'_> {
    /// Makes the machine run what is wanted. Answers its new version, which need not have booted yet.
    pub(super) async fn change(&self, lease: &mut Lease, was: Machine, wanted: &Wanted<'_>) -> Result<Machine, End> {
        let (mut doubt, mut seen, mut left) = (self.is_in_doubt(&was).await?, was, TRIES);
        loop {
            if wanted.is_there(&seen) {
                if doubt {
                    self.journal.remember(&sent(&seen.id), "").await?;
                }
                return Ok(seen);
            }
            self.is_nobody_elses(&seen)?;
            self.keep(lease, wanted.stage).await?;
            self.go_on()?;
            left -= 1;
            self.journal.remember(&sent(&seen.id), &seen.instance_id).await?;
            match self.send(lease, &seen, wanted).await? {
                Ok(new) => {
                    self.touched.store(true, Ordering::Relaxed);
                    self.journal.remember(&sent(&seen.id), "").await?;
                    return Ok(new);
                }
                Err(failure) if failure.leaves_doubt() => {
                    self.touched.store(true, Ordering::Relaxed);
                    doubt = true;
                    seen = self.read_back(lease, &seen, wanted.stage).await?;
                    if left == 0 && !wanted.is_there(&seen) {
                        return Err(End::Call(failure));
                    }
                }
                Err(failure) => {
                    if !doubt {
                        self.journal.remember(&sent(&seen.id), "").await?;
                    }
                    self.without_effect(lease, &seen, wanted, failure, left).await?;
                    seen = self.machine(&seen.id).await?;
                }
            }
        }
    }

    /// Whether an update that was made from the machine's present version was sent, by this attempt or by one before
    /// it, and nobody knows that it had no effect: it may have one yet, whoever holds the lease by then.
    pub(super) async fn is_in_doubt(&self, machine: &Machine) -> Result<bool, End> {
        let sent = self.journal.remembered(&sent(&machine.id)).await?;
        Ok(sent.is_some_and(|version| !version.is_empty() && version == machine.instance_id))
    }

    async fn send(&self, lease: &Lease, seen: &Machine, wanted: &Wanted<'_>) -> Result<Result<Machine, Failure>, End> {
        let Some(config) = wanted.config.or(seen.config.as_ref()).filter(|_| seen.is_reachable()) else {
            return Err(unreachable(seen));
        };
        let config = with_image(config, wanted.image, self.stamps());
        let update = Update { config: &config, current_version: &seen.instance_id, skip_launch: !wanted.launch };
        Ok(self.client.update(&seen.id, &update, &lease.nonce).await)
    }

    /// Looks whether an update of which nobody knows has changed the machine; for a while, because it may be late.
    async fn read_back(&self, lease: &mut Lease, seen: &Machine, stage: Stage) -> Result<Machine, End> {
        let mut left = READINGS;
        loop {
            self.pause(READING_PAUSE).await?;
            let now = match self.machine(&seen.id).await {
                Ok(now) => now,
                Err(End::Call(failure)) if failure.may_pass() => {
                    let note = Note::new("fly-outcome-unknown").with("machine", &seen.id).with("error", failure.said());
                    return Err(End::Unknown(note));
                }
                Err(other) => return Err(other),
            };
            left -= 1;
            if left == 0 || now.instance_id != seen.instance_id {
                self.keep(lease, stage).await?;
                return Ok(now);
            }
        }
    }

    /// After an update that certainly changed nothing: waits for what stood in its way, or ends here.
    async fn without_effect(
        &self,
        lease: &mut Lease,
        seen: &Machine,
        wanted: &Wanted<'_>,
        failure: Failure,
        left: u32,
    ) -> Result<(), End> {
        let id = &seen.id;
        let pause = Span(PAUSE.0 << (TRIES - 1 - left).min(3));
        match &failure.kind {
            Kind::NoImage | Kind::NoRoom | Kind::Unreachable | Kind::Limited if left > 0 => {
                self.pause_after(&failure, pause).await
            }
            Kind::NoImage => Err(End::Failed(said("fly-image-missing", id, &failure).with("image", wanted.image))),
            Kind::NoRoom => Err(End::Failed(said("fly-no-room", id, &failure))),
            Kind::Held { .. } if left > 0 => {
                *lease = self.lease(id, wanted.stage).await?;
                Ok(())
            }
            Kind::Stale if left > 0 => self.slice(id, &seen.instance_id, "settled").await,
            Kind::Stale => {
                let note = said("fly-keeps-changing", id, &failure);
                Err(End::Later(Trouble { note, again: true, after: failure.after }))
            }
            _ => Err(gone(id, End::Call(failure))),
        }
    }
}

/// The machine's host does not answer, so its config is not known and must not be sent.
pub(super) fn unreachable(machine: &Machine) -> End {
    let note = Note::new("fly-host-unreachable").with("machine", &machine.id).with("state", &machine.state);
    let note = note.with("digest", machine.digest());
    End::Later(Trouble { note, again: true, after: None })
}

/// Under which name the journal keeps the version that an update was made from.
fn sent(machine: &str) -> String {
    format!("fly-sent/{machine}")
}

fn said(key: &str, machine: &str, failure: &Failure) -> Note {
    Note::new(key).with("machine", machine).with("error", failure.said()).with("request", failure.request())
}
