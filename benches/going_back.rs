//! From the decision to go back, committed, to the first call of it at the platform, against one durable commit and one
//! call with nothing in between: `cargo bench --bench going_back`.
//!
//! The program as it ships, with its store in a file, the terminal as its chat, and the client of fly.io over the
//! simulated one on loopback. Simulated time runs faster, because the client keeps fly.io's rate limits and is given the
//! time in which it may call again; whatever goes by the clock in the program comes that much more often. The machines
//! are stopped and stay so: nobody waits for a boot. A call has arrived when the simulator holds it.
//!
//! Measured are a rollback with nothing under way outside, and one that cancels a rollout in which a call hangs: there
//! from the moment at which the cancelled work has returned. The last columns say where the median goes.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its result and ends where it cannot go on"
)]

mod shared;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use shared::within;
use shipgate::app::App;
use shipgate::chat::terminal::{Options, Terminal};
use shipgate::chat::{Chat, Memory as _};
use shipgate::clock::{self, SystemClock};
use shipgate::command;
use shipgate::config;
use shipgate::domain::Span;
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::service::Speaker;
use shipgate::sim::{self, Action, DEMO_TOKEN, Faults, Fly, Hold, On, When};
use tokio::sync::watch;
use tokio::time::Instant;

/// How often each is measured.
const TIMES: usize = 200;

/// In this time so many calls may come at once again as may ever.
const QUIET: Span = Span(3_500);

/// How many times as fast as real time simulated time runs.
const SPEED: f64 = 10.0;

const CONFIG: &str = r#"
[permissions]
rollback   = ["everyone"]
quarantine = ["everyone"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }

[[apps.environments.after]]
name    = "looked at"
confirm = { from = "everyone", within = "12h" }
"#;

#[tokio::main]
async fn main() {
    let bench = Bench::begin().await;
    let (mut floors, mut frees, mut cancels) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        floors.push(bench.floor().await);
        frees.push(bench.with_nothing_under_way().await);
        cancels.push(bench.with_a_call_that_hangs().await);
    }
    let floor = [50, 99].map(|share| within(floors.clone(), share));
    println!("{:>22}  {:>15}  {:>11}  {:>21}", "", "p50 / p99 ms", "ratio", "put down, claim, call");
    println!("{:>22}  {:>6.2} / {:>6.2}", "a commit and a call", floor[0], floor[1]);
    for (what, taken) in [("nothing under way", frees), ("a call hangs", cancels)] {
        let all = [50, 99].map(|share| within(taken.iter().map(Taken::whole), share));
        let median = |part: fn(&Taken) -> Duration| within(taken.iter().map(part), 50);
        println!(
            "{what:>22}  {:>6.2} / {:>6.2}  {:>4.1} / {:>4.1}  {:>6.2} {:>6.2} {:>6.2}",
            all[0],
            all[1],
            all[0] / floor[0],
            all[1] / floor[1],
            median(|taken| taken.put_down - taken.from),
            median(|taken| taken.claimed - taken.put_down),
            median(|taken| taken.arrived - taken.claimed)
        );
    }
}

/// What was measured once.
struct Taken {
    /// The decision is committed, and what it cancels has returned.
    from: Instant,
    /// The cancelled effect is put down; where there is none, the same moment.
    put_down: Instant,
    /// The effect that goes back is claimed.
    claimed: Instant,
    /// Its first call is at the platform.
    arrived: Instant,
}

impl Taken {
    fn whole(&self) -> Duration {
        self.arrived - self.from
    }
}

struct Bench {
    app: App,
    faults: Faults,
    stopwatch: Arc<Stopwatch>,
    http: reqwest::Client,
    list: String,
    /// The machine that a rollout comes to last.
    last: String,
    _below: Arc<Fly>,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// v1 runs, v2 is registered.
    async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, stopwatch) = (SystemClock::faster(SPEED), Arc::new(Stopwatch::default()));
        let (locale, time_zone) = ("en".to_owned(), "UTC".to_owned());
        let options = Options { locale, time_zone, width: 80, height: 24, is_terminal: false, colours: false };
        let chat = Terminal::new(options, Arc::clone(&clock), Box::new(std::io::sink()));
        let mut fly = sim::demo_config();
        fly.apps.iter_mut().flat_map(|app| &mut app.machines).for_each(|machine| machine.running = false);
        let config = config::read(CONFIG, "shipgate.toml").expect("a config");
        let observer: Arc<dyn Observer> = stopwatch.clone();
        let chats: Vec<Arc<dyn Chat>> = vec![Arc::new(chat)];
        let parts = shared::Parts { config, clock, observer, chats, metrics: Metrics::default(), fly };
        let (app, below) = shared::program(&folder, parts).await;
        stopwatch.until("finished look").await;
        let last = below.machines("hello-staging").into_iter().map(|machine| machine.id).max().expect("a machine");
        let list = format!("{}/v1/apps/hello-staging/machines", below.api_url());
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let bench = Self { app, faults: below.faults(), stopwatch, http, list, last, _below: below, _folder: folder };
        let v2 = sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2");
        bench.says(&format!("/release v2 {}", v2.image)).await;
        bench
    }

    async fn says(&self, line: &str) {
        let service = self.app.service();
        let command = command::parse(line, service.names()).expect("a command");
        let ada =
            Speaker { identity: "terminal:ada".to_owned(), name: "ada".to_owned(), also: Vec::new(), unsure: false };
        Box::pin(service.handle(&ada, &command)).await.expect("a yes");
    }

    async fn rests(&self) {
        clock::sleep(&*self.app.store().clock(), QUIET).await;
    }

    /// The next call that lists the machines is held.
    fn hold_list(&self) -> Hold {
        self.faults.hold(On::action(Action::MachinesList), When::Before)
    }

    async fn floor(&self) -> Duration {
        let mut first = self.hold_list();
        let call = self.http.get(&self.list).bearer_auth(DEMO_TOKEN);
        let memory = self.app.store().memory("bench");
        let from = Instant::now();
        memory.remember("floor", "one commit").await.expect("it remembers");
        let called = tokio::spawn(call.send());
        first.arrived().await;
        let took = from.elapsed();
        first.release();
        called.await.expect("no panic").expect("an answer");
        took
    }

    async fn with_nothing_under_way(&self) -> Taken {
        self.stopwatch.clear();
        self.says("/deploy staging v2").await;
        self.stopwatch.until("finished roll_out").await;
        self.rests().await;
        let arrived = self.go_back(self.hold_list()).await;
        let from = self.stopwatch.at("committed advance");
        Taken { from, put_down: from, claimed: self.stopwatch.at("claimed restore"), arrived }
    }

    async fn with_a_call_that_hangs(&self) -> Taken {
        self.rests().await;
        let mut hangs = self.faults.hold(On::action(Action::MachineGet).machine(&self.last), When::Before);
        self.says("/deploy staging v2").await;
        hangs.arrived().await;
        let arrived = self.go_back(self.hold_list()).await;
        let at = |what: &str| self.stopwatch.at(what);
        let from = at("performed roll_out").max(at("committed advance"));
        Taken { from, put_down: at("finished roll_out"), claimed: at("claimed restore"), arrived }
    }

    /// Goes back, and leaves everything as it was. When the first call came.
    async fn go_back(&self, mut first: Hold) -> Instant {
        self.stopwatch.clear();
        self.says("/rollback staging").await;
        first.arrived().await;
        let arrived = Instant::now();
        first.release();
        self.stopwatch.until("finished restore").await;
        self.says("/unquarantine v2 again").await;
        arrived
    }
}

/// When something was seen first since it was cleared.
#[derive(Default)]
struct Stopwatch(watch::Sender<HashMap<String, Instant>>);

impl Stopwatch {
    fn see(&self, what: &str, of: &str) {
        let now = Instant::now();
        self.0.send_modify(|seen| {
            seen.entry(format!("{what} {of}")).or_insert(now);
        });
    }

    fn clear(&self) {
        self.0.send_modify(HashMap::clear);
    }

    fn at(&self, what: &str) -> Instant {
        *self.0.borrow().get(what).unwrap_or_else(|| panic!("never {what}"))
    }

    async fn until(&self, what: &str) {
        self.0.subscribe().wait_for(|seen| seen.contains_key(what)).await.expect("it is there");
    }
}

#[async_trait::async_trait]
impl Observer for Stopwatch {
    async fn committed(&self, what: &str) {
        self.see("committed", what);
    }

    async fn claimed(&self, kind: &str, _effect: &str) {
        self.see("claimed", kind);
    }

    async fn performed(&self, kind: &str, _effect: &str) {
        self.see("performed", kind);
    }

    async fn finished(&self, kind: &str, _effect: &str) {
        self.see("finished", kind);
    }
}
