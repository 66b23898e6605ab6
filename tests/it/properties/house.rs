//! The system: service, store on a real file and runner as they are, over targets and checks that do as the run has it,
//! and a clock whose hands the run moves. There is no chat.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shipgate::card::Card;
use shipgate::chat::{Chat, Details, Message};
use shipgate::checks::{Answer, Check};
use shipgate::clock::{Clock as _, SharedClock};
use shipgate::command::Command;
use shipgate::config::{self, Config};
use shipgate::domain::{
    Action, CardKey, CheckSpec, Condition, Ended, Event, Found, FoundMachine, Note, Span, TargetSpec, Verdict,
};
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::runner::{self, Adapters, Deliver, Delivered, Runner, Saying};
use shipgate::service::{Incoming, Outcome, Service, Speaker};
use shipgate::store::{Store, StoreTrouble};
use shipgate::targets::{Journal, Order, Stop, Target, Trouble};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::ledger::{Happens, Ledger, Lock, NEWEST, Place, Version, Weather, Who, Word};
use crate::store::house::{Hands, NOON};

const CONFIG: &str = r#"
time_zone = "UTC"

[people]
ada = ["terminal:ada"]
bob = ["terminal:bob"]

[groups]
releasers = ["ada", "bob"]

[permissions]
promote    = ["releasers"]
approve    = ["releasers"]
rollback   = ["releasers"]
lock       = ["releasers"]
override   = ["releasers"]
halt       = ["releasers"]
quarantine = ["releasers"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
url    = "http://staging.example"
target = { kind = "fly", app = "staging" }

[[apps.environments.after]]
name   = "health"
check  = { kind = "http", url = "{url}/health" }
times  = 1
every  = "5s"
within = "10s"

[[apps.environments]]
name   = "production"
url    = "http://production.example"
target = { kind = "fly", app = "production" }

[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers", not_requester = true }

[[apps.environments.after]]
name   = "health"
check  = { kind = "http", url = "{url}/health" }
times  = 1
every  = "5s"
within = "10s"
"#;

/// How long may pass until everything has come of a word that will.
const HORIZON: Span = Span::minutes(2);

const PLACES: [&str; 2] = ["staging", "production"];

/// The program, what is outside of it, and the file.
pub(super) struct House {
    runtime: tokio::runtime::Runtime,
    folder: TempDir,
    clock: Arc<Hands>,
    outside: Arc<Mutex<Outside>>,
    config: Config,
    /// How many boundaries it passes until it dies, from the next word on.
    will_die: Option<usize>,
    program: Option<Program>,
}

struct Program {
    service: Service,
    store: Store,
    runner: Runner,
    plug: Arc<Plug>,
}

/// Where a program dies: what reaches the boundary never goes on.
#[derive(Default)]
struct Plug {
    left: AtomicUsize,
    dead: Notify,
}

/// What is outside.
#[derive(Clone, Debug)]
struct Outside {
    machines: [[Version; 2]; 2],
    stamps: [u64; 2],
    weather: [Weather; 2],
    checks_pass: bool,
}

fn digest(version: Version) -> String {
    format!("sha256:{version:064}")
}

fn version(digest: &str) -> Version {
    digest.trim_start_matches("sha256:").parse().expect("one of ours")
}

impl House {
    pub(super) fn begin() -> Self {
        let outside = Outside { machines: [[1; 2]; 2], stamps: [0; 2], weather: [Weather::Fine; 2], checks_pass: true };
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let mut house = Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
            folder: folder.expect("a folder"),
            clock: Hands::at(NOON),
            outside: Arc::new(Mutex::new(outside)),
            config: config::read(CONFIG, "shipgate.toml").expect("a config"),
            will_die: None,
            program: None,
        };
        house.starts();
        let service = house.program().service.clone();
        for version in 1..=NEWEST {
            let image = format!("registry.example/hello@{}", digest(version));
            let (app, commit, notes) = (None, None, None);
            let command = Command::Release { version: name(version), image, app, commit, notes, one_way: false };
            house.runtime.block_on(service.handle(&speaker(Who::Ada), &command)).expect("a new release");
            house.clock.pass(Span::seconds(1));
        }
        house.settles();
        house
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("it runs")
    }

    /// A program on the file as it is; the one before is gone.
    fn starts(&mut self) {
        if let Some(Program { store, .. }) = self.program.take() {
            self.runtime.block_on(store.close());
        }
        let plug = Arc::<Plug>::default();
        let url = format!("sqlite://{}", self.folder.path().join("shipgate.db").display());
        let (clock, observer) = (Arc::clone(&self.clock) as SharedClock, Arc::clone(&plug) as Arc<dyn Observer>);
        let (config, outside) = (self.config.clone(), Arc::clone(&self.outside));
        self.program = Some(self.runtime.block_on(async move {
            let store = Store::open(&url, Vec::new(), clock, observer).await.expect("a store");
            store.take_over().await.expect("what the last one left");
            let service = Service::new(store.clone(), config, Metrics::default());
            service.start().await.expect("a start");
            let parts = Arc::new(Parts { service: service.clone(), outside });
            let runner = Runner::new(store.clone(), Arc::clone(&parts) as Arc<dyn Deliver>, parts, Metrics::default());
            Program { service, store, runner, plug }
        }));
    }

    /// Everything is done that is due within the horizon. Says whether the program died meanwhile.
    fn settles(&mut self) -> bool {
        let end = self.clock.now().plus(HORIZON);
        loop {
            let Program { runner, store, plug, .. } = self.program();
            let next = self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = plug.dead.notified() => return Err(()),
                    idle = runner.run_until_idle() => idle.expect("a store that works"),
                }
                Ok(store.next_due().await.expect("a store that works"))
            });
            let Ok(next) = next else {
                self.starts();
                self.settles();
                return true;
            };
            let now = self.clock.now();
            match next.filter(|next| *next <= end) {
                Some(next) => self.clock.pass(Span(next.since(now).0.max(1))),
                None => return false,
            }
        }
    }

    pub(super) fn happens(&mut self, happens: &Happens, expected: &Ledger) {
        match *happens {
            Happens::Says(who, word) => {
                let (service, command) = (self.program().service.clone(), command(word));
                let answer = self.runtime.block_on(service.handle(&speaker(who), &command));
                let answer = answer.map(drop).map_err(|no| no.code);
                assert_eq!(answer.is_ok(), expected.taken, "{who:?} says {word:?}: {answer:?}");
                let dies = self.will_die.take();
                self.program().plug.left.store(dies.unwrap_or(0), Ordering::Relaxed);
                self.settles();
                if dies.is_some() {
                    self.program().plug.left.store(0, Ordering::Relaxed);
                    self.starts();
                    self.settles();
                }
            }
            Happens::Target(place, weather) => self.outside().weather[place as usize] = weather,
            Happens::Checks { pass } => self.outside().checks_pass = pass,
            Happens::Restarts => {
                self.starts();
                self.settles();
            }
            Happens::WillDie(boundary) => self.will_die = Some(boundary),
        }
    }

    /// What is live, and what Shipgate says of it, is as the ledger has it; and Shipgate's own ledger gives its rows.
    pub(super) fn is_as(&self, expected: &Ledger) {
        let outside = self.outside().clone();
        let store = &self.program().store;
        for (n, place) in expected.places.iter().enumerate() {
            assert_eq!(outside.machines[n], place.machines, "what is live in {}", PLACES[n]);
            let stored = self.runtime.block_on(store.environment("hello", PLACES[n])).expect("readable");
            let environment = stored.environment;
            let running = environment.running.as_ref().map(|release| version(&release.digest));
            assert_eq!(running, place.running, "what is said to run in {}", PLACES[n]);
            let waiting = environment.current.as_ref().map(|d| version(&d.release.digest));
            assert_eq!(waiting, place.waiting.map(|waiting| waiting.version), "what waits in {}", PLACES[n]);
            assert!(environment.queued.is_none(), "{:?}", environment.queued);
            assert_eq!(environment.needs_people().is_some(), place.is_stuck(), "people for {}", PLACES[n]);
            let owner = |lock: Lock| match lock {
                Lock::Of(who) => Some(speaker(who).name),
                Lock::Own { .. } => None,
            };
            let held = stored.lock.map(|lock| lock.owner.map(|owner| owner.name));
            assert_eq!(held, place.lock.map(owner), "who holds {}", PLACES[n]);
        }
        let barred = self.runtime.block_on(store.quarantine("hello")).expect("readable");
        let barred = barred.iter().map(|barred| version(&barred.digest)).collect();
        assert_eq!(expected.barred, barred, "what is barred");
        let report = self.runtime.block_on(store.audit()).expect("an audit");
        assert!(report.is_clean(), "{report:?}");
    }

    /// Nothing is left to be done.
    pub(super) fn ends(mut self) {
        let Program { store, .. } = self.program.take().expect("it runs");
        self.runtime.block_on(store.close());
    }

    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(version: Version) -> String {
    format!("v{version}")
}

fn speaker(who: Who) -> Speaker {
    let name = format!("{who:?}").to_lowercase();
    Speaker { identity: format!("terminal:{name}"), name, also: Vec::new() }
}

fn command(word: Word) -> Command {
    let at = |place: Place| PLACES[place as usize].to_owned();
    let (app, lasting) = (None, None);
    let decide = |action: Action, place: Place| Command::Decide {
        action,
        gate: None,
        environment: Some(at(place)),
        app: None,
        reason: Some("because".to_owned()),
        lasting: None,
    };
    match word {
        Word::Deploy(v) => {
            let (environment, version) = (at(Place::Staging), Some(name(v)));
            Command::Deploy { environment, version, app, reason: None, again: false }
        }
        Word::Promote(v) => {
            let (environment, version) = (Some(at(Place::Production)), Some(name(v)));
            Command::Promote { environment, version, app, reason: None, again: false }
        }
        Word::Rollback(place) => Command::Rollback { environment: at(place), version: None, app, reason: None },
        Word::Approve => decide(Action::Approve, Place::Production),
        Word::Override => decide(Action::Override, Place::Production),
        Word::Abort => decide(Action::Abort, Place::Production),
        Word::Keep(place) => decide(Action::Keep, place),
        Word::Lock(place) => {
            Command::Lock { environment: at(place), app, reason: "work".to_owned(), lasting, next: false }
        }
        Word::Unlock(place) => Command::Unlock { environment: at(place), app },
        Word::Halt => Command::Halt { reason: "work".to_owned(), lasting },
        Word::Resume => Command::Resume { halt: None },
    }
}

impl Plug {
    async fn reach(&self) {
        match self.left.load(Ordering::Relaxed) {
            0 => {}
            1 => {
                self.dead.notify_one();
                std::future::pending().await
            }
            left => self.left.store(left - 1, Ordering::Relaxed),
        }
    }
}

#[async_trait]
impl Observer for Plug {
    async fn about_to_commit(&self, _: &str) {
        self.reach().await;
    }

    async fn committed(&self, _: &str) {
        self.reach().await;
    }

    async fn claimed(&self, _: &str, _: &str) {
        self.reach().await;
    }

    async fn performed(&self, _: &str, _: &str) {
        self.reach().await;
    }
}

/// What the runner works with.
struct Parts {
    service: Service,
    outside: Arc<Mutex<Outside>>,
}

/// The machines of one environment, or a check.
struct Far {
    place: usize,
    outside: Arc<Mutex<Outside>>,
}

impl Parts {
    fn far(&self, place: usize) -> Arc<Far> {
        Arc::new(Far { place, outside: Arc::clone(&self.outside) })
    }
}

impl Adapters for Parts {
    fn target(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, Note> {
        let place = PLACES.iter().position(|place| spec.settings["app"] == **place);
        Ok(self.far(place.expect("one of the two")))
    }

    fn check(&self, _: &CheckSpec) -> Result<Arc<dyn Check>, Note> {
        Ok(self.far(0))
    }

    fn chat(&self, _: &str) -> Option<Arc<dyn Chat>> {
        None
    }
}

impl Far {
    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn weather(&self) -> Weather {
        self.outside().weather[self.place]
    }

    /// The fence.
    fn stamp(&self, attempt: u64) -> Result<(), Stop> {
        let stamp = &mut self.outside().stamps[self.place];
        if *stamp > attempt {
            return Err(Stop::Fenced { newer: *stamp });
        }
        *stamp = attempt;
        Ok(())
    }
}

#[async_trait]
impl Target for Far {
    async fn look(&self, _: &[String]) -> Result<Found, Trouble> {
        let outside = self.outside();
        let machine = |(n, version): (usize, &Version)| {
            let (id, digest, state) = (format!("m{n}"), digest(*version), "started".to_owned());
            FoundMachine {
                id,
                image: format!("registry.example/hello@{digest}"),
                digest,
                state,
                condition: Condition::Sound,
            }
        };
        let machines = outside.machines[self.place].iter().enumerate().map(machine).collect();
        Ok(Found { machines, stamp: outside.stamps[self.place], gone: Vec::new() })
    }

    async fn roll_out(
        &self,
        order: &Order,
        journal: &dyn Journal,
        _: &tokio_util::sync::CancellationToken,
    ) -> Result<Ended, Stop> {
        let (note, weather) = (Note::new("it-breaks"), self.weather());
        if weather == Weather::Refuses {
            return Ok(Ended::Failed { note, untouched: true });
        }
        self.stamp(order.attempt)?;
        let wanted = version(&order.release.digest);
        for n in 0..2 {
            let runs = self.outside().machines[self.place][n];
            if runs != wanted {
                journal.before(&format!("m{n}"), runs.into()).await?;
                self.outside().machines[self.place][n] = wanted;
            }
            match weather {
                Weather::Breaks | Weather::BreaksForGood => return Ok(Ended::Failed { note, untouched: false }),
                Weather::LostHalfway => return Ok(Ended::Unknown { note }),
                _ => {}
            }
        }
        Ok(if weather == Weather::Lost { Ended::Unknown { note } } else { Ended::Done })
    }

    async fn restore(
        &self,
        order: &Order,
        journal: &dyn Journal,
        _: &tokio_util::sync::CancellationToken,
    ) -> Result<Ended, Stop> {
        self.stamp(order.attempt)?;
        if self.weather() == Weather::BreaksForGood {
            return Ok(Ended::Failed { note: Note::new("it-breaks"), untouched: false });
        }
        for snapshot in journal.snapshots().await.map_err(Stop::Trouble)? {
            let n: usize = snapshot.machine.trim_start_matches('m').parse().expect("a machine");
            let before = snapshot.snapshot.as_u64().and_then(|before| before.try_into().ok()).expect("a version");
            self.outside().machines[self.place][n] = before;
        }
        Ok(Ended::Done)
    }
}

#[async_trait]
impl Check for Far {
    async fn ask(&self) -> Answer {
        let verdict = if self.outside().checks_pass { Verdict::Pass } else { Verdict::Fail };
        Answer { verdict, value: None, note: Note::new("said") }
    }
}

#[async_trait]
impl Deliver for Parts {
    async fn deliver(&self, outcome: runner::Outcome<'_>) -> Result<Delivered, StoreTrouble> {
        let incoming = Incoming::new(outcome.app, outcome.environment, outcome.event);
        match self.service.advance(Incoming { acknowledged: Some(outcome.claim), ..incoming }).await? {
            Outcome::Late | Outcome::Repeated => Ok(Delivered::LostClaim),
            Outcome::Taken(_) => Ok(Delivered::Recorded),
            Outcome::Refused(refusal) => panic!("the world was refused: {refusal:?}"),
        }
    }

    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble> {
        self.service.advance(Incoming::new(app, environment, Event::Tick)).await.map(drop)
    }

    async fn card(&self, _: &CardKey, _: &str) -> Result<Option<Card>, StoreTrouble> {
        Ok(None)
    }

    async fn details(&self, _: &CardKey, _: u64, _: &str) -> Result<Option<Details>, StoreTrouble> {
        Ok(None)
    }

    async fn message(&self, _: Saying<'_>) -> Result<Option<Message>, StoreTrouble> {
        Ok(None)
    }
}
