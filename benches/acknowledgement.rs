//! From an interaction to its acknowledgement, durably committed first, against a bare serenity handler that answers with
//! a constant: `cargo bench --bench acknowledgement`.
//!
//! Both are real serenity clients at a stand-in's gateway on loopback. Interactions come at a fixed rate, whether the one
//! before was answered or not. Times are taken at the stand-in, from the dispatch to the callback's arrival. The last columns
//! say where Shipgate's median goes: until its transaction is ready, for the commit itself, and from there to the arrival.
//! Which commit is whose the ledger tells: each command carries a reason of its own. Then a button is pressed, which
//! commits as well. Nothing that is sent is held against Discord's description here, which would take part of the time.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its result and ends where it cannot go on"
)]

#[path = "../tests/it/world/discord/mod.rs"]
mod discord;
mod shared;
#[path = "../tests/it/world/specs.rs"]
#[allow(unused_imports, dead_code, reason = "the tests use more of it")]
mod specs;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use discord::{Asked, DEPLOYMENTS, FakeDiscord};
use secrecy::SecretString;
use serde_json::json;
use serenity::all::{
    ClientBuilder, Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler, GatewayIntents,
    GuildId, Interaction,
};
use serenity::http::HttpBuilder;
use shipgate::app::App;
use shipgate::chat::Chat;
use shipgate::chat::discord::Discord;
use shipgate::clock::SystemClock;
use shipgate::command;
use shipgate::config::{self, DiscordAccess};
use shipgate::domain::What;
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::service::Speaker;
use shipgate::sim;
use tokio::time::Instant;

/// Interactions a second, and for how many seconds.
const RATES: [(u32, u32); 4] = [(1, 20), (50, 10), (100, 10), (500, 6)];

/// How many presses a second, and for how many seconds.
const PRESSES: (u32, u32) = (100, 10);

const CONFIG: &str = r#"
[discord]
guild = "100000000000000001"
channels = { deployments = "100000000000000002" }

[permissions]
lock = ["everyone"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }

[[apps.environments.before]]
name    = "looked at"
confirm = { from = "everyone" }
"#;

fn main() {
    shared::without_descriptions();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(compare());
}

async fn compare() {
    let folder = tempfile::tempdir().expect("a folder");
    let stopwatch = Arc::new(Stopwatch::default());
    let (app, ours) = shipgate(&folder, &stopwatch).await;
    let bare = bare().await;
    println!(
        "{:>6}  {:>22}  {:>22}  {:>13}  {:>21}",
        "a s", "Shipgate p50 / p99 ms", "bare p50 / p99 ms", "ratio", "ready, commit, answer"
    );
    for (rate, seconds) in RATES {
        let floor = commands(&bare, rate, seconds).await;
        stopwatch.clear();
        let before = last(&app).await;
        let own = commands(&ours, rate, seconds).await;
        let commits = stopwatch.of_each(&app, before, own.clicks.len()).await;
        let parts = own.parts(&commits);
        tell(&rate.to_string(), &own, &floor, &format!("{:>6.2} {:>6.2} {:>6.2}", parts[0], parts[1], parts[2]));
    }
    let floor = commands(&bare, PRESSES.0, PRESSES.1).await;
    let own = presses(&app, &ours, &stopwatch).await;
    tell(&format!("{} p", PRESSES.0), &own, &floor, "presses of a button");
}

fn tell(what: &str, own: &Taken, floor: &Taken, besides: &str) {
    println!(
        "{what:>6}  {:>10.2} / {:>9.2}  {:>10.2} / {:>9.2}  {:>5.1} / {:>5.1}  {besides}",
        own.at(50),
        own.at(99),
        floor.at(50),
        floor.at(99),
        own.at(50) / floor.at(50),
        own.at(99) / floor.at(99),
    );
}

/// The number of the environment's last ledger entry.
async fn last(app: &App) -> u64 {
    app.store().environment("hello", "staging").await.expect("an environment").environment.seq
}

/// When each transaction of a click was ready to be committed, and when it was.
#[derive(Default)]
struct Stopwatch {
    ready: Mutex<Option<Instant>>,
    commits: Mutex<Vec<(Instant, Instant)>>,
}

#[async_trait::async_trait]
impl Observer for Stopwatch {
    async fn about_to_commit(&self, what: &str) {
        if what == "advance" {
            *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    async fn committed(&self, what: &str) {
        // There is one writer, so the last that was ready is the one that is committed.
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(ready), "advance") = (ready, what) {
            self.commits.lock().unwrap_or_else(PoisonError::into_inner).push((ready, Instant::now()));
        }
    }
}

impl Stopwatch {
    fn clear(&self) {
        self.commits().clear();
    }

    fn commits(&self) -> MutexGuard<'_, Vec<(Instant, Instant)>> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit of each click. The ledger has them in the order in which they were committed, each with its click.
    async fn of_each(&self, app: &App, after: u64, clicks: usize) -> Vec<(Instant, Instant)> {
        let limit = u32::try_from(clicks).expect("a count");
        let entries = app.store().ledger("hello", "staging", after, limit).await.expect("a ledger");
        let commits = self.commits();
        assert_eq!((entries.len(), commits.len()), (clicks, clicks), "a commit for each, and none besides");
        let mut each = vec![None; clicks];
        for ((_, entry), commit) in entries.iter().zip(commits.iter()) {
            let What::Locked { lock } = &entry.what else { panic!("not a lock: {entry:?}") };
            let number: usize = lock.reason.trim_start_matches("bench ").parse().expect("a number");
            each[number] = Some(*commit);
        }
        each.into_iter().map(|commit| commit.expect("a commit")).collect()
    }
}

/// What was measured: when each click was sent, and when its answer came.
struct Taken {
    clicks: Vec<(Instant, Instant)>,
}

impl Taken {
    /// The medians of what a click waits for, in milliseconds: until it is ready, the commit, until it is answered.
    fn parts(&self, commits: &[(Instant, Instant)]) -> [f64; 3] {
        let clicks = || commits.iter().zip(&self.clicks);
        let early = clicks().filter(|((_, done), (_, came))| came < done).count();
        assert_eq!(early, 0, "answered before it was committed");
        let median = |parts: Vec<Duration>| shared::within(parts, 50);
        [
            median(clicks().map(|((ready, _), (sent, _))| ready.duration_since(*sent)).collect()),
            median(clicks().map(|((ready, done), _)| done.duration_since(*ready)).collect()),
            median(clicks().map(|((_, done), (_, came))| came.duration_since(*done)).collect()),
        ]
    }

    fn at(&self, share: usize) -> f64 {
        shared::within(self.clicks.iter().map(|(sent, came)| came.duration_since(*sent)), share)
    }
}

/// The program as it ships, with its commands registered.
async fn shipgate(folder: &tempfile::TempDir, stopwatch: &Arc<Stopwatch>) -> (App, FakeDiscord) {
    let fake = FakeDiscord::start(SystemClock::real()).await;
    let access =
        DiscordAccess { token: Some(SecretString::from(fake.token())), public_key: None, api_url: Some(fake.url()) };
    let config = config::read(CONFIG, "shipgate.toml").expect("a config");
    let section = config.discord.clone().expect("a section");
    let (clock, metrics) = (SystemClock::real(), Metrics::default());
    let chat = Discord::new(section, "en", &access, Arc::clone(&clock), metrics.clone()).expect("a chat");
    let observer: Arc<dyn Observer> = stopwatch.clone();
    let chats: Vec<Arc<dyn Chat>> = vec![Arc::new(chat)];
    let parts = shared::Parts { config, clock, observer, chats, metrics, fly: sim::demo_config() };
    let (app, _) = shared::program(folder, parts).await;
    fake.connected().await;
    fake.until("the commands", |fake| !fake.commands().is_empty()).await;
    (app, fake)
}

/// The least that a serenity bot can do.
async fn bare() -> FakeDiscord {
    struct Constant;

    #[serenity::async_trait]
    impl EventHandler for Constant {
        async fn interaction_create(&self, context: Context, interaction: Interaction) {
            if let Interaction::Command(command) = interaction {
                let message = CreateInteractionResponseMessage::new().content("locked").ephemeral(true);
                let response = CreateInteractionResponse::Message(message);
                command.create_response(&context.http, response).await.expect("an answer");
            }
        }
    }

    let fake = FakeDiscord::start(SystemClock::real()).await;
    let http = || HttpBuilder::new(fake.token()).proxy(fake.url()).ratelimiter_disabled(true).build();
    let option = |name: &str| json!({"type": 3, "name": name, "description": name, "required": true});
    let command =
        json!([{"name": "lock", "description": "lock", "options": [option("environment"), option("reason")]}]);
    let registering = http();
    registering.set_application_id(discord::BOT.into());
    registering.create_guild_commands(GuildId::new(discord::GUILD), &command).await.expect("commands");
    let builder = ClientBuilder::new_with_http(http(), GatewayIntents::empty()).event_handler(Constant);
    let mut client = builder.await.expect("a client");
    tokio::spawn(async move { client.start().await });
    fake.connected().await;
    fake
}

/// Commands at a rate, each a commit of its own.
async fn commands(fake: &FakeDiscord, rate: u32, seconds: u32) -> Taken {
    let ada = fake.person("ada");
    measure(rate, seconds, |number| ada.types(&format!("/lock environment:staging reason:bench {number}"))).await
}

/// Presses at a rate: the same button again and again, which puts off what people are awaited for.
async fn presses(app: &App, fake: &FakeDiscord, stopwatch: &Stopwatch) -> Taken {
    let ada = fake.person("ada");
    let by = Speaker {
        identity: format!("discord:user:{}", ada.id()),
        name: "ada".to_owned(),
        also: Vec::new(),
        unsure: false,
    };
    let v2 = sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2");
    for line in [format!("/release v2 {}", v2.image), "/deploy staging".to_owned()] {
        let command = command::parse(&line, app.service().names()).expect("a command");
        Box::pin(app.service().handle(&by, &command)).await.expect("a yes");
    }
    const LABEL: &str = "Snooze";
    let has_it = |message: &discord::Message| message.buttons().iter().any(|label| label == LABEL);
    fake.until("a card that waits", |fake| fake.messages(DEPLOYMENTS).iter().any(has_it)).await;
    let card = fake.messages(DEPLOYMENTS).into_iter().find(has_it).expect("a card");
    let button = card.custom_id(LABEL);
    stopwatch.clear();
    let taken = measure(PRESSES.0, PRESSES.1, |_| ada.clicks_id(card.id, &button)).await;
    // Whose commit is which nobody can tell; but never were there more answers than commits.
    let mut answers: Vec<Instant> = taken.clicks.iter().map(|(_, came)| *came).collect();
    answers.sort_unstable();
    let commits = stopwatch.commits();
    assert_eq!(commits.len(), answers.len(), "a commit for each, and none besides");
    let early = commits.iter().zip(&answers).filter(|((_, done), answered)| *answered < done).count();
    assert_eq!(early, 0, "answered before it was committed");
    drop(commits);
    taken
}

/// Something at a rate, each answered.
async fn measure(rate: u32, seconds: u32, does: impl Fn(u32) -> Asked) -> Taken {
    let (begin, gap) = (Instant::now(), Duration::from_secs(1) / rate);
    let mut asked = Vec::new();
    for number in 0..rate * seconds {
        #[expect(clippy::disallowed_methods, reason = "a rate of milliseconds is not the program's time")]
        tokio::time::sleep_until(begin + gap * number).await;
        asked.push(does(number));
    }
    let mut clicks = Vec::new();
    for one in &asked {
        one.answered().await.expect("an answer");
        clicks.push(one.span().expect("both moments"));
    }
    Taken { clicks }
}
