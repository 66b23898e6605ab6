//! From an interaction to its acknowledgement, durably committed first, against a bare serenity handler that answers with
//! a constant: `cargo bench --bench acknowledgement`.
//!
//! Both are real serenity clients at a stand-in's gateway on loopback. Interactions come at a fixed rate, whether the one
//! before was answered or not. Times are taken at the stand-in, from the dispatch to the callback's arrival. The last columns
//! say where Shipgate's median goes: until its transaction is ready, for the commit itself, and from there to the arrival.

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

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use discord::FakeDiscord;
use secrecy::SecretString;
use serde_json::json;
use serenity::all::{
    ClientBuilder, Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler, GatewayIntents,
    GuildId, Interaction,
};
use serenity::http::HttpBuilder;
use shipgate::chat::Chat;
use shipgate::chat::discord::Discord;
use shipgate::clock::SystemClock;
use shipgate::config::{self, DiscordAccess};
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::sim;
use tokio::time::Instant;

/// Interactions a second, and for how many seconds.
const RATES: [(u32, u32); 4] = [(1, 20), (50, 10), (100, 10), (500, 6)];

/// What is typed: each is a commit of its own.
const LINE: &str = "/lock environment:staging reason:bench";

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
"#;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let stopwatch = Arc::new(Stopwatch::default());
    let ours = shipgate(&folder, &stopwatch).await;
    let bare = bare().await;
    println!(
        "{:>6}  {:>22}  {:>22}  {:>13}  {:>21}",
        "a s", "Shipgate p50 / p99 ms", "bare p50 / p99 ms", "ratio", "ready, commit, answer"
    );
    for (rate, seconds) in RATES {
        let floor = measure(&bare, rate, seconds).await;
        stopwatch.commits.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let own = measure(&ours, rate, seconds).await;
        let parts = stopwatch.parts(&own);
        println!(
            "{rate:>6}  {:>10.2} / {:>9.2}  {:>10.2} / {:>9.2}  {:>5.1} / {:>5.1}  {:>6.2} {:>6.2} {:>6.2}",
            own.at(50),
            own.at(99),
            floor.at(50),
            floor.at(99),
            own.at(50) / floor.at(50),
            own.at(99) / floor.at(99),
            parts[0],
            parts[1],
            parts[2]
        );
    }
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
    /// The medians of what a click waits for, in milliseconds: until it is ready, the commit, until it is answered.
    fn parts(&self, taken: &Taken) -> [f64; 3] {
        let commits = self.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let clicks = || commits.iter().zip(&taken.clicks);
        let median = |parts: Vec<Duration>| shared::within(parts, 50);
        [
            median(clicks().map(|((ready, _), (sent, _))| ready.duration_since(*sent)).collect()),
            median(clicks().map(|((ready, done), _)| done.duration_since(*ready)).collect()),
            median(clicks().map(|((_, done), (sent, took))| (*sent + *took).duration_since(*done)).collect()),
        ]
    }
}

/// What was measured: when each click was sent, and how long it took.
struct Taken {
    clicks: Vec<(Instant, Duration)>,
}

impl Taken {
    fn at(&self, share: usize) -> f64 {
        shared::within(self.clicks.iter().map(|(_, took)| *took), share)
    }
}

/// The program as it ships, with its commands registered.
async fn shipgate(folder: &tempfile::TempDir, stopwatch: &Arc<Stopwatch>) -> FakeDiscord {
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
    shared::program(folder, parts).await;
    fake.connected().await;
    fake.until("the commands", |fake| !fake.commands().is_empty()).await;
    fake
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

/// Clicks at a rate, each answered.
async fn measure(fake: &FakeDiscord, rate: u32, seconds: u32) -> Taken {
    let ada = fake.person("ada");
    let (begin, gap) = (Instant::now(), Duration::from_secs(1) / rate);
    let mut asked = Vec::new();
    for number in 0..rate * seconds {
        #[expect(clippy::disallowed_methods, reason = "a rate of milliseconds is not the program's time")]
        tokio::time::sleep_until(begin + gap * number).await;
        asked.push((Instant::now(), ada.types(LINE)));
    }
    let mut clicks = Vec::new();
    for (sent, one) in &asked {
        one.answered().await.expect("an answer");
        clicks.push((*sent, one.took().expect("a time")));
    }
    Taken { clicks }
}
