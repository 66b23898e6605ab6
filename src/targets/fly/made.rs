//! Machines that a rollout makes beside those that are there. Nothing at the API keeps one from being made twice. So each
//! carries in its metadata what it was made for, and the journal knows that one is under way before it is asked for:
//! after an answer that leaves doubt the machines are listed before another one is asked for.
//!
//! What comes late, or twice all the same, does no harm: it was never launched, the proxy does not know it, and a mark
//! tells the next rollout, and whoever goes back, to remove it. Launching is a call of its own, under lease and fence.
//!
//! Not here: what they are made for (`canary`, `bluegreen`), nor how they go away (`aside`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Birth;
use super::config::{with_image, without_notes};
use super::end::End;
use super::error::{Failure, Kind};
use super::lease::Lease;
use super::machine::{Machine, TEMPORARY};
use super::run::Run;
use super::wait::{BOOT, Expected, POLL, too_slow};
use crate::domain::{Note, Span};

/// How often a machine is asked for.
const TRIES: u32 = 5;
/// The first pause after that had no effect; each one after it is twice as long. A registry needs seconds.
const PAUSE: Span = Span::seconds(2);
/// How often the machines are listed when nobody knows whether one was made, and the pause before each.
const READINGS: u32 = 3;
const READING_PAUSE: Span = Span::seconds(1);
/// How long a machine that was just made may not be there when it is read.
const APPEARS: Span = Span::seconds(10);
/// What the journal says while one is under way; afterwards it has the machine's name there.
const UNDER_WAY: &str = "?";

/// A machine to be made after another one.
pub(super) struct Twin<'a> {
    /// The metadata key that says what for.
    pub(super) kind: &'static str,
    pub(super) model: &'a Machine,
    /// The model's, as it shall be but for image and notes.
    pub(super) config: Value,
}

/// What a deployment has made, as far as it is there.
#[derive(Default)]
pub(super) struct Made {
    /// By the machine that it was made after.
    pub(super) known: BTreeMap<String, Machine>,
    /// What came late or twice.
    pub(super) others: Vec<Machine>,
}

impl Made {
    pub(super) fn all(self) -> Vec<Machine> {
        self.known.into_values().chain(self.others).collect()
    }
}

impl Run<'_> {
    /// Of these machines, those that this deployment has made. Somebody else's copy of one that has its place is not.
    pub(super) async fn made(&self, all: &[Machine]) -> Result<Made, End> {
        let mut made = Made::default();
        for machine in all {
            let Some(model) = machine.made_after(&self.order.deployment) else { continue };
            if self.journal.remembered(&name(model)).await?.as_deref() == Some(&machine.id) {
                made.known.insert(model.to_owned(), machine.clone());
            } else if machine.is_temporary() {
                made.others.push(machine.clone());
            }
        }
        Ok(made)
    }

    /// Whether one may come still that was asked for after this machine.
    pub(super) async fn may_come(&self, model: &str) -> Result<bool, End> {
        Ok(self.journal.remembered(&name(model)).await?.as_deref() == Some(UNDER_WAY))
    }

    /// Makes a machine, unless it is there. It is not launched, and out of rotation.
    pub(super) async fn make(&self, twin: &Twin<'_>) -> Result<Machine, End> {
        if let Some(made) = self.made_before(twin).await? {
            return Ok(made);
        }
        let (name, config) = (name(&twin.model.id), self.noted(twin));
        let mut left = TRIES;
        let mut doubt = self.may_come(&twin.model.id).await?;
        loop {
            // A newer attempt makes its own.
            self.machine(&twin.model.id).await?;
            self.go_on()?;
            left -= 1;
            self.journal.remember(&name, UNDER_WAY).await?;
            let failure = match self.client.create(&Birth::of(&config, &twin.model.region)).await {
                Ok(made) => return self.adopt(twin, &made.id).await,
                Err(failure) => failure,
            };
            if failure.leaves_doubt() {
                doubt = true;
                if let Some(made) = self.found(twin).await? {
                    return self.adopt(twin, &made.id).await;
                }
                if left == 0 {
                    return Err(End::Call(failure));
                }
                continue;
            }
            if !doubt {
                self.journal.remember(&name, "").await?;
            }
            self.not_made(twin, failure, left).await?;
        }
    }

    /// The one that an earlier try has made, or a program that died.
    async fn made_before(&self, twin: &Twin<'_>) -> Result<Option<Machine>, End> {
        match self.journal.remembered(&name(&twin.model.id)).await?.as_deref() {
            None | Some("") => Ok(None),
            Some(UNDER_WAY) => match self.found(twin).await? {
                Some(made) => self.adopt(twin, &made.id).await.map(Some),
                None => Ok(None),
            },
            Some(id) => self.appears(id).await,
        }
    }

    /// Looks for it among all machines; for a while, because it may be late.
    async fn found(&self, twin: &Twin<'_>) -> Result<Option<Machine>, End> {
        for _ in 0..READINGS {
            self.pause(READING_PAUSE).await?;
            let (deployment, model) = (&self.order.deployment, twin.model.id.as_str());
            let is_it = |m: &Machine| m.is_temporary() && m.made_after(deployment) == Some(model);
            if let Some(made) = self.everything().await?.into_iter().find(is_it) {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    /// Writes down that this is the one, and waits until it can be read.
    async fn adopt(&self, twin: &Twin<'_>, id: &str) -> Result<Machine, End> {
        self.journal.remember(&name(&twin.model.id), id).await?;
        self.appears(id).await?.ok_or_else(|| End::Gone(id.to_owned()))
    }

    /// The machine, once it can be read; none if it does not come to that.
    async fn appears(&self, id: &str) -> Result<Option<Machine>, End> {
        let end = self.clock.now().plus(APPEARS);
        loop {
            match self.machine(id).await {
                Ok(machine) if machine.is_gone() => return Ok(None),
                Ok(machine) => return Ok(Some(machine)),
                Err(End::Gone(_)) if self.clock.now() < end => self.pause(POLL).await?,
                Err(End::Gone(_)) => return Ok(None),
                Err(other) => return Err(other),
            }
        }
    }

    /// The config with the release's image, and with what the machine is for.
    fn noted(&self, twin: &Twin<'_>) -> Value {
        let deployment = self.order.deployment.to_string();
        let for_what = (twin.kind, format!("{deployment}/{}", twin.model.id));
        let notes = self.stamps().into_iter().chain([for_what, (TEMPORARY, deployment)]);
        with_image(&without_notes(&twin.config), &self.order.release.image, notes)
    }

    /// After one that was certainly not made: waits for what stood in its way, or ends here.
    async fn not_made(&self, twin: &Twin<'_>, failure: Failure, left: u32) -> Result<(), End> {
        let pause = Span(PAUSE.0 << (TRIES - 1 - left).min(3));
        let strategy = self.strategy.makes_machines().unwrap_or_default();
        let said = |key: &str| {
            let note = Note::new(key).with("machine", &twin.model.id).with("strategy", strategy);
            note.with("error", failure.said()).with("request", failure.request())
        };
        match &failure.kind {
            Kind::NoImage | Kind::NoRoom | Kind::Unreachable | Kind::Limited | Kind::Stale if left > 0 => {
                self.pause_after(&failure, pause).await
            }
            Kind::NoImage => Err(End::Failed(said("fly-image-missing").with("image", &self.order.release.image))),
            Kind::NoRoom => Err(End::Failed(said("fly-no-room-for-more"))),
            Kind::Refused | Kind::Stale | Kind::Held { .. } => Err(End::Failed(said("fly-not-made"))),
            _ => Err(End::Call(failure)),
        }
    }

    /// Boots a machine that was made, unless that was done.
    pub(super) async fn launch(&self, lease: &mut Lease, expected: &Expected<'_>) -> Result<(), End> {
        let begun = self.clock.now();
        loop {
            let machine = self.look_again(lease, expected).await?;
            if machine.was_started() || !matches!(machine.state.as_str(), "created" | "stopped") {
                return Ok(());
            }
            let gone = self.clock.now().since(begun);
            if gone > BOOT {
                return Err(End::Failed(too_slow(&machine, gone)));
            }
            self.go_on()?;
            match self.client.start(&machine.id, &lease.nonce).await {
                Ok(()) => return Ok(()),
                // Its image is on the way still, or it starts already: the next look tells.
                Err(failure) if failure.may_pass() => self.pause_after(&failure, POLL).await?,
                Err(failure) => return Err(End::Call(failure)),
            }
        }
    }
}

/// Under which name the journal keeps what was made after a machine.
fn name(model: &str) -> String {
    format!("fly-made/{model}")
}
