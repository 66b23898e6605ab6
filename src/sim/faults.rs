//! Scripted faults: what shall go wrong with the next calls, and with the next boots of a machine. A test holds a
//! [`Faults`] and says so; the one place that asks is `api::pipeline` for calls and `lifecycle` for boots.
//!
//! To add a kind of fault on calls: a variant of [`Fault`] and an arm in [`Scripted::play`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::watch;

use super::action::Action;
use super::cloud::Cloud;
use super::config::Image;
use super::lifecycle;
use super::machine::Lease;
use super::wire::{Answer, Reply};
use crate::clock::Span;

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer instead of the right one.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body; sent as JSON if it reads as JSON.
        body: String,
    },
    /// The connection ends without an answer.
    Silence,
    /// No answer until the test lets go: see [`Faults::hold`].
    Hold(Held),
}

impl Fault {
    /// An error with the usual body.
    #[must_use]
    pub fn error(status: u16, text: &str) -> Self {
        Self::Answer { status, body: json!({"error": text}).to_string() }
    }

    /// An error that has a code word beside its text.
    #[must_use]
    pub fn coded(status: u16, code: &str, text: &str) -> Self {
        Self::Answer { status, body: json!({"error": text, "status": code}).to_string() }
    }
}

/// Whether a fault comes before the call has had its effect, or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing has happened.
    Before,
    /// It has happened, but the caller does not hear of it.
    After,
}

/// What goes wrong with a machine's boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// It ends `failed`.
    Fails,
    /// It comes up and crashes, again and again, and ends `stopped`.
    Crashes {
        /// How often it crashes.
        times: u32,
    },
    /// It comes up, and exits for good after so long.
    Leaves {
        /// How long it is up.
        after: Span,
    },
    /// What was due never comes: an update stays `replacing`.
    StaysReplacing,
}

/// What a machine's checks report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reports {
    /// What is so.
    #[default]
    Truly,
    /// Nothing, ever.
    Nothing,
    /// That they fail.
    Failing,
    /// That they pass for so long, then that they fail for as long, and again.
    Flapping(Span),
}

/// Which calls are meant. Without any word: all.
#[derive(Clone, Debug, Default)]
pub struct On {
    action: Option<Action>,
    app: Option<String>,
    machine: Option<String>,
}

impl On {
    /// Calls for this action.
    #[must_use]
    pub const fn action(action: Action) -> Self {
        Self { action: Some(action), app: None, machine: None }
    }

    /// Only on this app.
    #[must_use]
    pub fn app(self, app: &str) -> Self {
        Self { app: Some(app.into()), ..self }
    }

    /// Only on this machine.
    #[must_use]
    pub fn machine(self, machine: &str) -> Self {
        Self { machine: Some(machine.into()), ..self }
    }

    fn covers(&self, action: Action, app: Option<&str>, machine: Option<&str>) -> bool {
        self.action.is_none_or(|wanted| wanted == action)
            && self.app.as_deref().is_none_or(|wanted| Some(wanted) == app)
            && self.machine.as_deref().is_none_or(|wanted| Some(wanted) == machine)
    }
}

/// The test's hand on what goes wrong. Copies share one script.
#[derive(Clone, Debug)]
pub struct Faults {
    script: Arc<Mutex<VecDeque<Entry>>>,
    cloud: Arc<Cloud>,
}

#[derive(Debug)]
struct Entry {
    left: usize,
    on: On,
    scripted: Scripted,
}

/// A fault that applies to the call at hand.
#[derive(Clone, Debug)]
pub(crate) struct Scripted {
    when: When,
    fault: Fault,
}

/// What becomes of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is answered.
    Answer(Reply),
    /// Its connection ends.
    Silence,
}

impl Faults {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { script: Arc::default(), cloud }
    }

    /// The next so many calls that are meant go wrong like this. What was said first applies first.
    pub fn next(&self, times: usize, on: On, when: When, fault: Fault) {
        self.script().push_back(Entry { left: times, on, scripted: Scripted { when, fault } });
    }

    /// The next call that is meant is held until the result is told to let go, or is dropped.
    #[must_use]
    pub fn hold(&self, on: On, when: When) -> Hold {
        let (released, release) = watch::channel(false);
        let (arrive, arrived) = watch::channel(0);
        self.next(1, on, when, Fault::Hold(Held { release, arrive: Arc::new(arrive) }));
        Hold { released, arrived }
    }

    /// Forgets what was scripted for calls and did not happen yet; says how many that were.
    pub fn clear(&self) -> usize {
        self.script().drain(..).map(|entry| entry.left).sum()
    }

    /// The next boot of a machine goes wrong like this; said again, the one after it.
    pub fn next_boot(&self, machine: &str, boot: Boot) {
        self.cloud.change(|state, _| {
            if let Some(machine) = state.any_machine(machine) {
                machine.boots.push_back(boot);
            }
        });
    }

    /// Every boot of a machine with this image goes wrong like this from now on. What runs it already goes on.
    pub fn image_boots(&self, reference: &str, boot: Boot) {
        self.image(reference, |image| image.boot = Some(boot));
    }

    /// From now on an image needs so much longer to reach a host that has not run it yet.
    pub fn image_is_slow(&self, reference: &str, by: Span) {
        self.image(reference, |image| image.pull = by);
    }

    /// From now on every image needs so much longer to reach a machine that has not run it yet.
    pub fn slow_pull(&self, machine: &str, by: Span) {
        self.cloud.change(|state, _| {
            if let Some(machine) = state.any_machine(machine) {
                machine.pull = by;
            }
        });
    }

    fn image(&self, reference: &str, change: impl FnOnce(&mut Image)) {
        self.cloud.change(|state, _| {
            if let Some(image) = state.images.iter_mut().find(|image| image.reference() == reference) {
                change(Arc::make_mut(image));
            }
        });
    }

    /// A machine's host does not answer from now on, or does again: the machine goes on as it is, can be read in part,
    /// and nothing can be done to it.
    pub fn silence_host(&self, machine: &str, silent: bool) {
        self.cloud.change(|state, _| {
            if let Some(machine) = state.any_machine(machine) {
                machine.host_is_silent = silent;
            }
        });
    }

    /// From now on a machine's checks report this.
    pub fn checks(&self, machine: &str, reports: Reports) {
        self.cloud.change(|state, _| {
            if let Some(machine) = state.any_machine(machine) {
                machine.reports = reports;
            }
        });
    }

    /// The proxy stops a machine that nobody needs, now; one that is being replaced comes to rest without booting.
    pub fn autostop(&self, machine: &str) {
        self.cloud.change(|state, now| {
            let timings = state.timings;
            if let Some(machine) = state.any_machine(machine) {
                lifecycle::autostop(machine, now, &timings);
            }
        });
    }

    /// The registry has an image only after so long, as seconds after a push.
    pub fn image_is_late(&self, reference: &str, by: Span) {
        self.cloud.change(|state, now| {
            let late = state.images.extract_if(.., |image| image.reference() == reference);
            state.late.extend(late.map(|image| (image, now.plus(by))));
        });
    }

    /// Somebody else holds a machine's lease from now on, in place of whoever held it.
    pub fn foreign_lease(&self, machine: &str, owner: &str, lasting: Span) {
        self.cloud.change(|state, now| {
            if let Some(machine) = state.any_machine(machine) {
                let nonce = machine.ids.hex(12);
                let (owner, expires_at) = (owner.to_owned(), now.plus(lasting));
                machine.lease = Some(Lease { nonce, owner, description: String::new(), expires_at });
            }
        });
    }

    /// An image is gone from the registry. What runs it goes on running it.
    pub fn lose_image(&self, reference: &str) {
        self.cloud.change(|state, _| state.images.retain(|image| image.reference() != reference));
    }

    /// The fault that applies to a call, if one does.
    pub(crate) fn take(&self, action: Action, app: Option<&str>, machine: Option<&str>) -> Option<Scripted> {
        let mut script = self.script();
        let place = script.iter().position(|entry| entry.left > 0 && entry.on.covers(action, app, machine))?;
        let entry = script.get_mut(place)?;
        entry.left -= 1;
        let scripted = entry.scripted.clone();
        if entry.left == 0 {
            script.remove(place);
        }
        Some(scripted)
    }

    fn script(&self) -> std::sync::MutexGuard<'_, VecDeque<Entry>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scripted {
    /// Applies the fault if this is its time. None: the call goes on.
    pub(crate) async fn play(&self, when: When) -> Option<Outcome> {
        if self.when != when {
            return None;
        }
        match &self.fault {
            Fault::Answer { status, body } => Some(Outcome::Answer(Ok(Answer::scripted(*status, body)))),
            Fault::Silence => Some(Outcome::Silence),
            Fault::Hold(held) => {
                held.wait().await;
                None
            }
        }
    }
}

/// A held call, seen from the test.
#[derive(Debug)]
pub struct Hold {
    released: watch::Sender<bool>,
    arrived: watch::Receiver<usize>,
}

impl Hold {
    /// Waits until the call is there.
    pub async fn arrived(&mut self) {
        // An error means that the script was cleared: nothing will come any more.
        let _ = self.arrived.wait_for(|count| *count > 0).await;
    }

    /// Lets the call go on.
    pub fn release(self) {
        self.released.send_replace(true);
    }
}

/// A held call, seen from the simulator.
#[derive(Clone, Debug)]
pub struct Held {
    release: watch::Receiver<bool>,
    arrive: Arc<watch::Sender<usize>>,
}

impl Held {
    async fn wait(&self) {
        self.arrive.send_modify(|count| *count += 1);
        // An error means that the test dropped its end, which lets go too.
        let _ = self.release.clone().wait_for(|released| *released).await;
    }
}
