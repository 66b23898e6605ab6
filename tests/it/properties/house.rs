//! The system: service, store on a real file and runner as they are, over what is outside, and a clock whose hands the
//! run moves. There is no chat.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use shipgate::card::{Card, Papers};
use shipgate::chat::{Details, Message};
use shipgate::clock::{Clock, SharedClock};
use shipgate::command::Command;
use shipgate::config::{self, Config};
use shipgate::domain::{CardKey, Event, Moment, Span};
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::runner::{self, Deliver, Delivered, Runner, Saying};
use shipgate::service::{Incoming, Outcome, Service};
use shipgate::store::{Store, StoreTrouble};
use shipgate::words::Words;
use tempfile::TempDir;
use tokio::sync::{Notify, watch};

use super::environment::Lock;
use super::happens::{self, Happens, NEWEST, Who};
use super::ledger::Ledger;
use super::outside::{Outside, PLACES, digest, version};
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
rollout_within = "2h"

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
rollout_within = "2h"

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

/// The program, what is outside of it, and the file.
pub(super) struct House {
    runtime: tokio::runtime::Runtime,
    folder: TempDir,
    clock: Arc<Bell>,
    outside: Outside,
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
    /// The runner's work, while a call hangs.
    working: Option<Working>,
}

type Working = Pin<Box<dyn Future<Output = Result<(), StoreTrouble>>>>;

/// Where a program dies: what reaches the boundary never goes on.
#[derive(Default)]
struct Plug {
    left: AtomicUsize,
    dead: Notify,
    /// How many effects the runner holds.
    held: AtomicUsize,
}

/// A clock that tells when somebody begins to wait for it: the runner does, once it has begun everything that is due.
#[derive(Debug)]
struct Bell {
    hands: Arc<Hands>,
    rings: watch::Sender<()>,
}

impl Bell {
    fn pass(&self, span: Span) {
        self.hands.pass(span);
    }
}

#[async_trait]
impl Clock for Bell {
    fn now(&self) -> Moment {
        self.hands.now()
    }

    async fn sleep_until(&self, then: Moment) {
        self.hands.sleep_until(then).await;
    }

    async fn alarm(&self, then: Moment) {
        self.rings.send_replace(());
        self.hands.alarm(then).await;
    }
}

impl House {
    pub(super) fn begin() -> Self {
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let bell = watch::Sender::default();
        let mut house = Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
            folder: folder.expect("a folder"),
            clock: Arc::new(Bell { hands: Hands::at(NOON), rings: bell.clone() }),
            outside: Outside::new(bell),
            config: config::read(CONFIG, "shipgate.toml").expect("a config"),
            will_die: None,
            program: None,
        };
        house.starts();
        let service = house.program().service.clone();
        for version in 1..=NEWEST {
            let image = format!("registry.example/hello@{}", digest(version));
            let (app, commit, notes) = (None, None, None);
            let command =
                Command::Release { version: happens::name(version), image, app, commit, notes, one_way: false };
            house.runtime.block_on(service.handle(&Who::Ada.speaker(), &command)).expect("a new release");
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
        self.stops();
        let plug = Arc::<Plug>::default();
        let url = format!("sqlite://{}", self.folder.path().join("shipgate.db").display());
        let (clock, observer) = (Arc::clone(&self.clock) as SharedClock, Arc::clone(&plug) as Arc<dyn Observer>);
        let (config, outside) = (self.config.clone(), self.outside.clone());
        self.program = Some(self.runtime.block_on(async move {
            let store = Store::open(&url, Vec::new(), clock, observer).await.expect("a store");
            store.take_over().await.expect("what the last one left");
            let service = Service::new(store.clone(), config, Metrics::default());
            service.start().await.expect("a start");
            let desk = Arc::new(Desk(service.clone()));
            let runner = Runner::new(store.clone(), desk, Arc::new(outside), Metrics::default());
            Program { service, store, runner, plug, working: None }
        }));
    }

    fn stops(&mut self) {
        let Some(Program { store, working, .. }) = self.program.take() else {
            return;
        };
        drop(working);
        self.runtime.block_on(store.close());
        self.outside.is_left_alone();
    }

    /// Once more at the end, so that what a start takes up has ended when the next one looks what runs.
    fn restarts(&mut self) {
        for _ in 0..2 {
            self.starts();
            self.settles();
        }
    }

    /// Everything is done that is due within the horizon, but what hangs. Where the program dies meanwhile, another does
    /// the rest.
    fn settles(&mut self) {
        let end = self.clock.now().plus(HORIZON);
        loop {
            let Ok(next) = self.rests() else {
                self.starts();
                return self.settles();
            };
            let now = self.clock.now();
            match next.filter(|next| *next <= end) {
                Some(next) => self.clock.pass(Span(next.since(now).0.max(1))),
                None => return,
            }
        }
    }

    /// Everything is done that is due now, but what hangs. Says when there is more to do; an error: the program died.
    fn rests(&mut self) -> Result<Option<Moment>, ()> {
        let (clock, outside) = (&self.clock, &self.outside);
        let Program { runner, store, plug, working, .. } = self.program.as_mut().expect("it runs");
        let runner = runner.clone();
        let mut work = working.take().unwrap_or_else(|| Box::pin(async move { runner.run_until_idle().await }));
        self.runtime.block_on(async {
            let mut rings = clock.rings.subscribe();
            store.changed().notify_one();
            let only_hangs = async {
                while rings.changed().await.is_err() || plug.held.load(Ordering::Relaxed) != outside.hanging() {}
            };
            tokio::select! {
                biased;
                () = plug.dead.notified() => return Err(()),
                idle = &mut work => idle.expect("a store that works"),
                () = only_hangs => *working = Some(work),
            }
            Ok(store.next_due().await.expect("a store that works"))
        })
    }

    pub(super) fn happens(&mut self, happens: &Happens, expected: &Ledger) {
        match *happens {
            Happens::Says(who, word) => {
                let (service, command) = (self.program().service.clone(), word.command());
                let answer = self.runtime.block_on(service.handle(&who.speaker(), &command));
                let answer = answer.map(drop).map_err(|no| no.code);
                assert_eq!(answer.is_ok(), expected.taken, "{who:?} says {word:?}: {answer:?}");
                let dies = self.will_die.take();
                self.program().plug.left.store(dies.unwrap_or(0), Ordering::Relaxed);
                self.settles();
                if dies.is_some() {
                    self.restarts();
                }
            }
            Happens::Target(place, weather) => self.outside.becomes(place, weather),
            Happens::Checks { pass } => self.outside.checks(pass),
            Happens::Restarts => self.restarts(),
            Happens::WillDie(boundary) => self.will_die = Some(boundary),
        }
    }

    /// What is live, and what Shipgate says of it, is as the ledger has it; and Shipgate's own ledger gives its rows.
    pub(super) fn is_as(&self, expected: &Ledger) {
        let store = &self.program().store;
        for (n, place) in expected.places.iter().enumerate() {
            assert_eq!(self.outside.machines(n), place.machines, "what is live in {}", PLACES[n]);
            let stored = self.runtime.block_on(store.environment("hello", PLACES[n])).expect("readable");
            let environment = stored.environment;
            let running = environment.running.as_ref().map(|release| version(&release.digest));
            assert_eq!(running, place.running, "what is said to run in {}", PLACES[n]);
            let current = environment.current.as_ref().map(|d| version(&d.release.digest));
            assert_eq!(current, place.under_way(), "what is under way in {}", PLACES[n]);
            assert!(environment.queued.is_none(), "{:?}", environment.queued);
            assert_eq!(environment.needs_people().is_some(), place.is_stuck(), "people for {}", PLACES[n]);
            let owner = |lock: Lock| match lock {
                Lock::Of(who) => Some(who.speaker().name),
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
        self.stops();
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
        self.held.fetch_add(1, Ordering::Relaxed);
        self.reach().await;
    }

    async fn performed(&self, _: &str, _: &str) {
        self.reach().await;
    }

    async fn finished(&self, _: &str, _: &str) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who takes what came of an effect.
struct Desk(Service);

#[async_trait]
impl Deliver for Desk {
    async fn deliver(&self, outcome: runner::Outcome<'_>) -> Result<Delivered, StoreTrouble> {
        let incoming = Incoming::new(outcome.app, outcome.environment, outcome.event);
        match self.0.advance(Incoming { acknowledged: Some(outcome.claim), ..incoming }).await? {
            Outcome::Late | Outcome::Repeated => Ok(Delivered::LostClaim),
            Outcome::Taken(_) => Ok(Delivered::Recorded),
            Outcome::Refused(refusal) => panic!("the world was refused: {refusal:?}"),
        }
    }

    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble> {
        self.0.advance(Incoming::new(app, environment, Event::Tick)).await.map(drop)
    }

    async fn card(&self, _: &CardKey, _: &Words) -> Result<Option<Card>, StoreTrouble> {
        Ok(None)
    }

    async fn is_over(&self, _: &CardKey) -> Result<bool, StoreTrouble> {
        Ok(false)
    }

    async fn details(&self, _: &CardKey, _: u64, _: &Words) -> Result<Option<Details>, StoreTrouble> {
        Ok(None)
    }

    async fn papers(&self, _: &CardKey, _: &str) -> Result<Option<Papers>, StoreTrouble> {
        Ok(None)
    }

    async fn message(&self, _: Saying<'_>) -> Result<Option<Message>, StoreTrouble> {
        Ok(None)
    }
}
