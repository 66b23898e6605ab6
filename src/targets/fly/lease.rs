//! fly.io's leases: nobody else changes a machine while we do. They are short, lengthened while the work goes on,
//! and let go of as soon as a machine is done, because a leased machine is not started by the proxy either.
//!
//! The nonce is remembered in the journal, so that a later attempt need not wait for a lease that a killed one held. One
//! that was taken and not remembered any more says itself whose it is: its description names deployment and attempt.

use secrecy::{ExposeSecret, SecretString};

use super::client::{Held, LEASE};
use super::end::{End, gone};
use super::error::{Failure, Kind};
use super::run::Run;
use crate::clock;
use crate::domain::{Moment, Note, Span};
use crate::targets::{Stage, Trouble};

/// How long somebody else's lease is waited for.
const PATIENCE: Span = Span::minutes(1);
/// How old a lease gets before it is lengthened.
pub(super) const REFRESH: Span = Span::seconds(4);
/// The pause between two tries.
const PAUSE: Span = Span(1_500);

/// A machine's lease, held by us.
pub(super) struct Lease {
    machine: String,
    pub(super) nonce: SecretString,
    since: Moment,
}

impl Run<'_> {
    /// Takes the machine's lease.
    pub(super) async fn lease(&self, machine: &str, stage: Stage) -> Result<Lease, End> {
        let mut known =
            self.journal.remembered(&name(machine)).await?.filter(|n| !n.is_empty()).map(SecretString::from);
        let end = self.clock.now().plus(PATIENCE);
        let (mut shown, mut refused) = (false, SecretString::default());
        loop {
            self.go_on()?;
            let since = self.clock.now();
            let failure = match self.client.lease(machine, &self.purpose(self.order.attempt), known.as_ref()).await {
                Ok(nonce) => return self.remember(Lease { machine: machine.to_owned(), nonce, since }).await,
                Err(failure) => failure,
            };
            if failure.refuses_the_nonce()
                && let Some(nonce) = known.take()
            {
                refused = nonce;
                continue;
            }
            if matches!(failure.kind, Kind::Held { .. }) {
                known = self.left_behind(machine).await?.filter(|n| n.expose_secret() != refused.expose_secret());
                if known.is_some() {
                    continue;
                }
            }
            if !failure.may_pass() {
                return Err(gone(machine, End::Call(failure)));
            }
            if self.clock.now() >= end {
                let note = held(machine, &failure).unwrap_or_else(|| failure.note(self.client.app()));
                return Err(End::Later(Trouble { note, again: true, after: failure.after }));
            }
            if let Some(note) = held(machine, &failure).filter(|_| !shown) {
                self.show(machine, stage, Some(note)).await?;
                shown = true;
            }
            self.pause_after(&failure, PAUSE).await?;
        }
    }

    /// Lengthens the lease when its time has come; takes it anew if it was lost.
    pub(super) async fn keep(&self, lease: &mut Lease, stage: Stage) -> Result<(), End> {
        let now = self.clock.now();
        let age = now.since(lease.since);
        if age < REFRESH {
            return Ok(());
        }
        match self.client.lease(&lease.machine, &self.purpose(self.order.attempt), Some(&lease.nonce)).await {
            Ok(nonce) if nonce.expose_secret() == lease.nonce.expose_secret() => lease.since = now,
            Ok(nonce) => *lease = self.remember(Lease { machine: lease.machine.clone(), nonce, since: now }).await?,
            Err(failure) if matches!(failure.kind, Kind::Held { .. } | Kind::NotFound | Kind::Stale) => {
                *lease = self.lease(&lease.machine, stage).await?;
            }
            Err(failure) if !failure.may_pass() => return Err(End::Call(failure)),
            Err(_) if age < LEASE => {}
            Err(_) => *lease = self.lease(&lease.machine, stage).await?,
        }
        Ok(())
    }

    /// Lets go. If that does not work, the lease ends by itself in seconds, and its nonce stays remembered.
    pub(super) async fn release(&self, lease: Lease) {
        let mut done = self.client.release(&lease.machine, &lease.nonce).await;
        if done.as_ref().is_err_and(|failure| failure.kind == Kind::Limited) {
            clock::sleep(self.clock, PAUSE).await;
            done = self.client.release(&lease.machine, &lease.nonce).await;
        }
        let gone = done.is_ok() || done.is_err_and(|failure| failure.kind == Kind::NotFound);
        if gone && let Err(trouble) = self.journal.remember(&name(&lease.machine), "").await {
            tracing::debug!(machine = lease.machine, note = trouble.note.key, "a released lease stays remembered");
        }
    }

    /// What a lease of this deployment says that it is for.
    fn purpose(&self, attempt: u64) -> String {
        format!("shipgate deployment {} attempt {attempt}", self.order.deployment)
    }

    /// The nonce of a lease that this deployment took itself and did not come to remember. Who took it is dead, or is
    /// an older attempt, and that one the fence stops.
    async fn left_behind(&self, machine: &str) -> Result<Option<SecretString>, End> {
        let held = self.unless_cancelled(self.client.holder(machine)).await?;
        let Some(Held { nonce, description: Some(description) }) = held.ok() else { return Ok(None) };
        let attempt = description.rsplit(' ').next().and_then(|number| number.parse().ok());
        let ours = attempt.is_some_and(|n| n <= self.order.attempt && description == self.purpose(n));
        Ok(ours.then(|| SecretString::from(nonce)))
    }

    async fn remember(&self, lease: Lease) -> Result<Lease, End> {
        match self.journal.remember(&name(&lease.machine), lease.nonce.expose_secret()).await {
            Ok(()) => Ok(lease),
            Err(trouble) => {
                self.release(lease).await;
                Err(trouble.into())
            }
        }
    }
}

fn name(machine: &str) -> String {
    format!("fly-lease/{machine}")
}

fn held(machine: &str, failure: &Failure) -> Option<Note> {
    let Kind::Held { owner, until } = &failure.kind else { return None };
    Some(Note::new("fly-lease-held").with("machine", machine).with("owner", owner).with("until", until))
}
