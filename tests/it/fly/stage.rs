//! What these tests play on: a simulated fly.io with one app, the real target, a journal that remembers everything,
//! and a clock that moves on exactly when nothing else can.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};
use shipgate::clock::{Clock, SharedClock};
use shipgate::domain::{Ended, Id, Moment, Note, Release, Span, TargetSpec};
use shipgate::sim::{self, Action, AppConfig, DEMO_TOKEN, MachineView, SimConfig, demo_config, demo_releases};
use shipgate::targets::fly::FlyAccess;
use shipgate::targets::{self, Deps, Journal, Order, Snapshot, Stage, Stop, Target, Trouble};
use tokio_util::sync::CancellationToken;

use super::wire::Wire;
use crate::world::clock::ManualClock;
use crate::world::stand;

/// The app of these tests.
pub(super) const APP: &str = "hello";

/// Everything at once.
pub(super) struct Play {
    pub(super) clock: Arc<ManualClock>,
    pub(super) sim: sim::Fly,
    pub(super) wire: Wire,
    pub(super) target: Arc<dyn Target>,
    pub(super) journal: Notebook,
    pub(super) cancel: CancellationToken,
}

/// A journal that remembers everything.
#[derive(Default)]
pub(super) struct Notebook {
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    snapshots: Vec<Snapshot>,
    progress: Vec<(String, Stage, Option<Note>)>,
    remembered: BTreeMap<String, String>,
    cancel_at: Option<(Stage, CancellationToken)>,
    /// How often something was written down.
    written: usize,
    /// How often a machine may still be recorded before everything is halted.
    halts_after: Option<usize>,
}

impl Play {
    /// An app with so many machines on v1 that only check their port.
    pub(super) async fn with(machines: usize) -> Self {
        Self::of(machines, &sim::tcp_check(), |_| {}).await
    }

    /// The same with another check, and more to set.
    pub(super) async fn of(machines: usize, check: &Value, set: impl FnOnce(&mut SimConfig)) -> Self {
        let clock = ManualClock::at(Moment(1_790_000_000_000));
        let mut config = demo_config();
        config.apps = vec![AppConfig::deployed(APP, machines, &image("v1"), check)];
        set(&mut config);
        let shared: SharedClock = clock.clone();
        let sim = sim::Fly::start(config, shared).await.unwrap();
        let wire = Wire::to(&sim.api_url()).await;
        let target = target(&clock, &wire.url, DEMO_TOKEN, APP).unwrap();
        Self { clock, sim, wire, target, journal: Notebook::default(), cancel: CancellationToken::new() }
    }

    /// From now on all machines are changed at once.
    pub(super) fn at_once(self) -> Self {
        self.by("immediate")
    }

    /// From now on machines are replaced so, by a program that knows nothing of what was asked for before.
    pub(super) fn by(mut self, strategy: &str) -> Self {
        let (base_url, registry_url) = (self.wire.url.clone(), self.wire.url.clone());
        let access = FlyAccess { base_url, registry_url, token: SecretString::from(DEMO_TOKEN) };
        self.target = built(&json!({ "app": APP, "strategy": strategy }), access, &self.clock).unwrap();
        self
    }

    /// Rolls a version out as another deployment, with a journal of its own.
    pub(super) async fn next_deployment(&mut self, attempt: u64, version: &str) -> Result<Ended, Stop> {
        self.journal = Notebook::default();
        let id = format!("0192f0c0-0000-7000-8000-{attempt:012}");
        let order = Order { deployment: Id(id), before: Vec::new(), ..order(attempt, version) };
        self.until(self.target.roll_out(&order, &self.journal, &self.cancel)).await
    }

    /// How each machine stands: see [`stand`].
    pub(super) fn stand(&self) -> Vec<String> {
        stand(&self.sim.machines(APP))
    }

    /// The ids of the machines that run a version.
    pub(super) fn ids_of(&self, version: &str) -> Vec<String> {
        self.machines().into_iter().filter(|m| m.version == version).map(|m| m.id).collect()
    }

    /// Every call that changed a machine or was to, in order: action and machine.
    pub(super) fn changes(&self) -> Vec<(Action, String)> {
        let changes = |action: &Action| {
            !matches!(
                action,
                Action::MachinesList
                    | Action::MachineGet
                    | Action::MachineWait
                    | Action::LeaseAcquire
                    | Action::LeaseRelease
                    | Action::LeaseShow
                    | Action::ManifestGet
            )
        };
        let calls = self.sim.calls().into_iter();
        calls.filter_map(|c| Some((c.action.filter(changes)?, c.machine.unwrap_or_default()))).collect()
    }

    /// Lets the work go on until something holds, and drops it there, as a crash would.
    pub(super) async fn dies_when<T>(&self, work: impl Future<Output = T>, holds: impl Fn() -> bool) -> Option<T> {
        let reached = async {
            while !holds() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = reached => None,
            done = work => Some(done),
        }
    }

    /// A rollout dies at a moment, and going back leaves these machines, and no lease.
    pub(super) async fn goes_back_from(&self, moment: &str, holds: fn(&Self) -> bool, left: &[&str]) {
        let died = self.dies_when(self.roll_out(1, "v2"), || holds(self)).await;
        assert_eq!(died, None, "{moment}");
        assert_eq!(self.restore(2, "v2").await, Ok(Ended::Done), "{moment}");
        self.pass(Span::seconds(20)).await;
        assert_eq!(self.stand(), left, "{moment}");
        self.holds_no_lease();
    }

    /// Rolls a version out, to the end.
    pub(super) async fn roll_out(&self, attempt: u64, version: &str) -> Result<Ended, Stop> {
        let order = order(attempt, version);
        self.until(self.target.roll_out(&order, &self.journal, &self.cancel)).await
    }

    /// Goes back from a version, to the end.
    pub(super) async fn restore(&self, attempt: u64, version: &str) -> Result<Ended, Stop> {
        let order = order(attempt, version);
        self.until(self.target.restore(&order, &self.journal, &CancellationToken::new())).await
    }

    /// Lets time pass until the work is done: the hands move only while everything waits for them.
    pub(super) async fn until<T>(&self, work: impl Future<Output = T>) -> T {
        let hands = async {
            loop {
                self.clock.until_sleeping(1).await;
                if let Some(next) = self.clock.next() {
                    self.clock.advance_to(next);
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = hands => unreachable!("the hands never stop"),
        }
    }

    /// The machines, in the order of their names.
    pub(super) fn machines(&self) -> Vec<MachineView> {
        let mut machines = self.sim.machines(APP);
        machines.sort_by(|a, b| a.id.cmp(&b.id));
        machines
    }

    /// What every machine runs.
    pub(super) fn versions(&self) -> Vec<String> {
        self.machines().into_iter().map(|m| m.version).collect()
    }

    /// How often every machine was updated.
    pub(super) fn updates(&self) -> Vec<usize> {
        self.machines().into_iter().map(|m| m.updates).collect()
    }

    /// Every fault that was scripted for a call has happened: a test of it that never met it shows nothing.
    #[track_caller]
    pub(super) fn met_all(&self) {
        assert_eq!(self.sim.faults().clear(), 0, "faults that no call has met");
    }

    /// Nobody holds a lease.
    #[track_caller]
    pub(super) fn holds_no_lease(&self) {
        for machine in self.machines() {
            assert_eq!(machine.leased_by, None, "{} is leased still", machine.id);
        }
    }

    /// Lets so much time pass.
    pub(super) async fn pass(&self, span: Span) {
        self.until(shipgate::clock::sleep(&*self.clock, span)).await;
    }

    /// Seconds since the play began.
    pub(super) fn seconds(&self) -> i64 {
        self.clock.now().since(Moment(1_790_000_000_000)).0 / 1_000
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.wire.violations();
            assert!(violations.is_empty(), "the wire differs from the official description: {violations:#?}");
        }
    }
}

impl Notebook {
    /// Cancels the work when a machine reaches this stage.
    pub(super) fn cancel_at(&self, stage: Stage, cancel: &CancellationToken) {
        self.pages.lock().unwrap().cancel_at = Some((stage, cancel.clone()));
    }

    /// From so many recordings on everything is halted; or not any more.
    pub(super) fn halt_after(&self, recordings: Option<usize>) {
        self.pages.lock().unwrap().halts_after = recordings;
    }

    /// How often something was written down.
    pub(super) fn written(&self) -> usize {
        self.pages.lock().unwrap().written
    }

    /// The stages of a machine.
    pub(super) fn stages(&self, machine: &str) -> Vec<Stage> {
        let pages = self.pages.lock().unwrap();
        pages.progress.iter().filter(|(of, ..)| of == machine).map(|(_, stage, _)| *stage).collect()
    }

    /// The machines in the order in which they reached a stage.
    pub(super) fn order_of(&self, wanted: Stage) -> Vec<String> {
        let pages = self.pages.lock().unwrap();
        pages.progress.iter().filter(|(_, stage, _)| *stage == wanted).map(|(of, ..)| of.clone()).collect()
    }

    /// The last note about a machine.
    pub(super) fn note(&self, machine: &str) -> Option<Note> {
        let pages = self.pages.lock().unwrap();
        pages.progress.iter().rev().find(|(of, ..)| of == machine).and_then(|(.., note)| note.clone())
    }

    /// The keys of the notes that were shown on the way.
    pub(super) fn notes(&self) -> Vec<String> {
        let pages = self.pages.lock().unwrap();
        pages.progress.iter().filter_map(|(.., note)| Some(note.as_ref()?.key.clone())).collect()
    }

    /// The machines in the order in which they were recorded.
    pub(super) fn recorded(&self) -> Vec<Snapshot> {
        self.pages.lock().unwrap().snapshots.clone()
    }

    /// What is remembered under names.
    pub(super) fn remembers(&self) -> BTreeMap<String, String> {
        self.pages.lock().unwrap().remembered.clone()
    }
}

#[async_trait]
impl Journal for Notebook {
    async fn before(&self, machine: &str, snapshot: Value) -> Result<(), Stop> {
        let mut pages = self.pages.lock().unwrap();
        pages.written += 1;
        match &mut pages.halts_after {
            Some(0) => return Err(Stop::Halted),
            Some(left) => *left -= 1,
            None => {}
        }
        let snapshots = &mut pages.snapshots;
        if snapshots.iter().all(|known| known.machine != machine) {
            snapshots.push(Snapshot { machine: machine.to_owned(), snapshot });
        }
        Ok(())
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, Trouble> {
        Ok(self.recorded())
    }

    async fn progress(&self, machine: &str, stage: Stage, note: Option<Note>) -> Result<(), Trouble> {
        let mut pages = self.pages.lock().unwrap();
        pages.written += 1;
        pages.progress.push((machine.to_owned(), stage, note));
        if let Some((at, cancel)) = &pages.cancel_at
            && *at == stage
        {
            cancel.cancel();
        }
        Ok(())
    }

    async fn remember(&self, name: &str, value: &str) -> Result<(), Trouble> {
        let mut pages = self.pages.lock().unwrap();
        pages.written += 1;
        let remembered = &mut pages.remembered;
        if value.is_empty() {
            remembered.remove(name);
        } else {
            remembered.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }

    async fn remembered(&self, name: &str) -> Result<Option<String>, Trouble> {
        Ok(self.pages.lock().unwrap().remembered.get(name).cloned())
    }
}

/// The target as the config makes it, with the registry at the same address.
pub(super) fn target(clock: &Arc<ManualClock>, url: &str, token: &str, app: &str) -> Result<Arc<dyn Target>, Note> {
    target_of((url, url), clock, token, app)
}

/// The same with a Machines API here and a registry there.
pub(super) fn target_of(
    (url, registry): (&str, &str),
    clock: &Arc<ManualClock>,
    token: &str,
    app: &str,
) -> Result<Arc<dyn Target>, Note> {
    let access =
        FlyAccess { base_url: url.to_owned(), registry_url: registry.to_owned(), token: SecretString::from(token) };
    built(&json!({ "app": app, "strategy": "rolling" }), access, clock)
}

fn built(settings: &Value, access: FlyAccess, clock: &Arc<ManualClock>) -> Result<Arc<dyn Target>, Note> {
    let spec = TargetSpec { kind: "fly".to_owned(), settings: settings.clone(), fenced: true };
    targets::build(&spec, &Deps { clock: clock.clone(), fly: Some(access) })
}

/// An order for a version of the samples, or for one that no registry has.
pub(super) fn order(attempt: u64, version: &str) -> Order {
    let (image, digest) = (image(version), digest(version));
    let release = Release {
        app: "hello".to_owned(),
        version: version.to_owned(),
        image,
        digest,
        commit: None,
        notes: None,
        one_way: false,
        registered_at: Moment(0),
    };
    let before = vec![self::digest("v1"), self::digest("v2")];
    Order { deployment: Id("0192f0c0-0000-7000-8000-000000000001".to_owned()), attempt, release, before }
}

/// A version's image.
pub(super) fn image(version: &str) -> String {
    let known = demo_releases().into_iter().find(|release| release.version == version);
    known.map_or_else(|| format!("registry.fly.io/hello@sha256:{}", "0".repeat(64)), |release| release.image)
}

/// A version's digest.
pub(super) fn digest(version: &str) -> String {
    image(version).split_once('@').unwrap().1.to_owned()
}

/// The note of a rollout that failed, and whether nothing was touched.
#[track_caller]
pub(super) fn failed(ended: Result<Ended, Stop>) -> (Note, bool) {
    match ended {
        Ok(Ended::Failed { note, untouched }) => (note, untouched),
        other => panic!("it did not fail: {other:?}"),
    }
}

/// The trouble that stopped it.
#[track_caller]
pub(super) fn stopped(ended: Result<Ended, Stop>) -> Trouble {
    match ended {
        Err(Stop::Trouble(trouble)) => trouble,
        other => panic!("it was not stopped by trouble: {other:?}"),
    }
}

/// The key of what a note says, or of what it gives as the reason.
pub(super) fn said(note: &Note) -> &str {
    note.args.get("note").unwrap_or(&note.key)
}
