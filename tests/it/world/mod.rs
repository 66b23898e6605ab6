//! The house in which the real program runs: `App::build` and `App::run` with the real service, store, runner, checks,
//! fly.io target, terminal and HTTP side. Simulated are only the far ends (`far`), and time, which the test moves.
//!
//! A scenario speaks of people and what they see:
//!
//! ```text
//! let mut w = World::with(APPROVAL).await;
//! w.ada().says("/promote").await;
//! w.bob().presses("Approve").await;
//! w.pass(minutes(3)).await;
//! assert_snapshot!(w.card("v2 → production"), @"…");
//! ```
//!
//! Waiting is never sleeping. Every verb ends when nothing goes on any more at the present moment (`quiet`); time
//! passes only by [`World::pass`] and [`World::until`], from one moment at which anything is due to the next. When a
//! world ends, it checks itself: nothing due is left undone, every ledger verifies and replays, fly.io has refused
//! nothing and heard nothing that its description does not know, nobody holds a lease, the log has no errors. What a
//! test expects of these it says beforehand ([`World::expects`]). A test that fails prints the story.
//!
//! # Flakes, with cause and cure
//!
//! A flaky test is a bug. Its cause and its cure are written here.
//!
//! * A test that pulled the plug waited in vain for a death that had come already: a person who speaks may be answered
//!   just before the program dies, or just not any more, and `insists` starts a new one then. Both are right. Cure: ask
//!   the watcher of that program whether it has died, not the world whether one is dead now.
//! * Durations and counts differed between runs: pauses at fly.io have jitter on purpose. Cure: snapshots have dots for
//!   the minutes of the day, and hold no duration of a rollout nor anything counted during one.
//!
//! Also here: `clock`, stand-ins for Discord (`discord`) and Slack (`slack`), the binary as a child process (`process`), and the official
//! descriptions of other people's APIs (`specs`).

mod api;
pub(crate) mod clock;
pub(crate) mod contract;
pub(crate) mod cutter;
pub(crate) mod discord;
mod far;
pub(crate) mod guild;
pub(crate) mod guild_trouble;
mod person;
pub(crate) mod postgres;
pub(crate) mod process;
mod program;
pub(crate) mod prometheus;
mod quiet;
mod release;
pub(crate) mod screen;
pub(crate) mod setup;
pub(crate) mod slack;
pub(crate) mod specs;
mod story;
mod verdict;
pub(crate) mod watcher;
pub(crate) mod wire;
mod workspace;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt as _;
use shipgate::app::App;
use shipgate::card::{Card, Press};
use shipgate::clock::{self as real, Clock as _, Moment, Span, SystemClock};
use shipgate::command::Command;
use shipgate::config::Mode;
use shipgate::service::Speaker;
use shipgate::sim;
use tempfile::TempDir;

use api::Api;
use clock::ManualClock;
use discord::FakeDiscord;
use far::Far;
use person::{Outcome, Person};
use program::Program;
use quiet::Parts;
use screen::Screen;
use setup::Setup;
use story::{Paper, Story};
use watcher::Plug;

pub(crate) use far::stand;
pub(crate) use person::{Refused, speaker};

/// 2026-11-23 14:00 in Tokyo, a Monday.
pub(crate) const BEGINNING: Moment = Moment(1_795_410_000_000);

/// How far [`World::until`] goes.
const LONGEST: Span = Span::hours(3);
/// How long a world may take to settle, in real time, before the test is given up.
const PATIENCE: Span = Span::seconds(90);

/// A world.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) story: Story,
    pub(crate) screen: Arc<Screen>,
    far: Far,
    programs: Vec<Program>,
    config: String,
    folder: TempDir,
    database: String,
    http: reqwest::Client,
    log: Paper,
    expected: Vec<Expected>,
    /// Where the plug of each program to come is pulled.
    pub(crate) plug: Plug,
    /// How much of each ledger the story has.
    told: BTreeMap<(String, String), u64>,
    _listening: tracing::subscriber::DefaultGuard,
}

/// What a world does not complain of at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// That fly.io refuses calls.
    Refusals,
    /// That somebody holds a lease.
    Leases,
    /// Errors in the log that say this.
    Errors(&'static str),
}

impl World {
    /// The demo's config.
    pub(crate) async fn demo() -> Self {
        Self::of(Setup::demo()).await
    }

    /// Staging, and a production that goes by this.
    pub(crate) async fn with(production: &str) -> Self {
        Self::of(Setup::production(production)).await
    }

    /// A world that runs, with v1 everywhere, and v1 to v4-late registered, v2 last.
    pub(crate) async fn of(setup: Setup) -> Self {
        let (has_discord, has_slack) = (setup.discord, setup.slack);
        let mut world = Self::that_does_not_run(setup).boxed_local().await;
        let clock = Arc::clone(&world.clock);
        let program = Program::begin(&world, async move |app| register(app, &clock).await).boxed_local().await;
        world.programs.push(program);
        world.settle().boxed_local().await;
        if has_discord {
            world.discord_is_ready().boxed_local().await;
        }
        if has_slack {
            world.slack_is_ready().boxed_local().await;
        }
        world
    }

    /// A world whose program has yet to be started, and in which nothing is registered.
    pub(crate) async fn that_does_not_run(setup: Setup) -> Self {
        let log = Paper::default();
        let listening = story::listen(&log);
        let (clock, story) = (ManualClock::at(BEGINNING), Story::default());
        story.tell(BEGINNING, "⏻ the world begins");
        let far = Far::begin(&setup, &clock, &story).boxed_local().await;
        let edges = far.edges();
        let folder = folder();
        let database = match &setup.database {
            Some(url) => url.clone(),
            None if everything_on_a_server() => postgres::shared().url(&postgres::shared().database().await),
            None => format!("sqlite://{}", folder.path().join("shipgate.db").display()),
        };
        let screen = Screen::new(setup.locale, &clock, &story, far.names());
        Self {
            config: setup.text(&edges),
            folder,
            database,
            http: wire::client(),
            programs: Vec::new(),
            expected: Vec::new(),
            plug: Plug::Stays,
            told: BTreeMap::new(),
            _listening: listening,
            clock,
            story,
            screen,
            far,
            log,
        }
    }

    pub(crate) fn ada(&mut self) -> Person<'_> {
        self.person("ada")
    }

    pub(crate) fn bob(&mut self) -> Person<'_> {
        self.person("bob")
    }

    pub(crate) fn cy(&mut self) -> Person<'_> {
        self.person("cy")
    }

    pub(crate) fn eve(&mut self) -> Person<'_> {
        self.person("eve")
    }

    fn person(&mut self, name: &'static str) -> Person<'_> {
        Person { world: self, name }
    }

    /// Two people do something in the same moment.
    pub(crate) async fn at_once(&mut self, both: [(&str, &str); 2]) -> [Result<String, Refused>; 2] {
        let commands = both.map(|(name, line)| {
            self.told(name, line);
            self.read(line).unwrap_or_else(|no| panic!("{name}: {line}: {no:?}"))
        });
        let speakers = both.map(|(name, _)| speaker(name));
        let service = self.program().app.service();
        let (one, other) = tokio::join!(
            service.handle(&speakers[0], &commands[0]).boxed(),
            service.handle(&speakers[1], &commands[1]).boxed()
        );
        let told = [self.answered(both[0].0, &one), self.answered(both[1].0, &other)];
        self.settle().await;
        told
    }

    /// A client of the JSON API with the token of that name.
    pub(crate) fn api(&mut self, token: &'static str) -> Api<'_> {
        Api { world: self, token, key: None }
    }

    /// Lets time pass, through every moment at which something is due. Ends early if the program dies.
    pub(crate) async fn pass(&mut self, span: Span) {
        let end = self.clock.now().plus(span);
        self.settle().await;
        while !self.is_dead() {
            let more = self.clock.step(end).is_some();
            if !more {
                self.clock.advance_to(end);
            }
            self.settle().await;
            if !more {
                return;
            }
        }
    }

    /// Lets a moment pass. Where nothing is due in it, nobody is waited for.
    pub(crate) async fn tick(&mut self, span: Span) {
        let end = self.clock.now().plus(span);
        if self.clock.next().is_some_and(|next| next <= end) {
            self.pass(span).await;
        } else {
            self.clock.advance_to(end);
        }
    }

    /// Lets time pass until it is so late in Tokyo, to the second.
    pub(crate) async fn pass_to(&mut self, hour: i64, minute: i64) {
        let midnight = BEGINNING.0 - 14 * 3_600_000;
        let then = Moment(midnight + (hour * 60 + minute) * 60_000);
        self.pass(then.since(self.clock.now())).await;
        assert_eq!(self.clock.now(), then, "it is later already");
    }

    /// Lets time pass until a card says this: of the newest card about `v2 → staging`, that its title is
    /// `v2 → staging · Succeeded`.
    pub(crate) async fn until(&mut self, title: &str) {
        let (about, _) = title.split_once(" · ").unwrap_or((title, ""));
        let says = |world: &Self| world.screen.card(about).is_some_and(|card| card.title.contains(title));
        self.until_it(title, says).await;
    }

    /// Lets time pass until something holds.
    pub(crate) async fn until_it(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = self.clock.now().plus(LONGEST);
        self.settle().await;
        while !holds(self) {
            let gone = self.clock.step(end).is_none();
            assert!(!gone, "it never came to this: {what}");
            self.settle().await;
        }
    }

    /// Lets time pass until the program dies where its plug is pulled.
    pub(crate) async fn until_it_dies(&mut self, plug: Plug) {
        self.program().watcher.arm(plug);
        self.until_it("its death", Self::is_dead).await;
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.programs.iter().any(|program| program.watcher.is_dead())
    }

    /// Waits until nothing goes on any more at this moment, or the program has died.
    pub(crate) async fn settle(&mut self) {
        let parts = self.parts();
        let settled = real::timeout(&*SystemClock::real(), PATIENCE, parts.settle().boxed_local()).await;
        assert!(settled.is_some(), "the world does not settle: {:?}", parts.is_quiet());
        if !self.is_dead() {
            self.tell_ledgers().boxed_local().await;
        }
    }

    /// The newest card whose title contains this, as text.
    #[track_caller]
    pub(crate) fn card(&self, title: &str) -> String {
        self.screen.text(&self.card_itself(title))
    }

    /// The same with the minutes of the day, where these are certain.
    #[track_caller]
    pub(crate) fn card_with_times(&self, title: &str) -> String {
        self.screen.text_with_times(&self.card_itself(title))
    }

    /// The newest card whose title contains this.
    #[track_caller]
    pub(crate) fn card_itself(&self, title: &str) -> Card {
        self.screen.card(title).unwrap_or_else(|| panic!("no card says `{title}`: {:#?}", self.screen.titles()))
    }

    /// What was said, with who was called.
    pub(crate) fn said(&self) -> Vec<String> {
        let line = |message: shipgate::chat::Message| {
            let called: Vec<_> = message.call.iter().map(|who| format!("@{} ", who.replace("terminal:", ""))).collect();
            self.screen.stable(&format!("{}{}", called.concat(), message.text))
        };
        self.screen.said().into_iter().map(line).collect()
    }

    /// The id of the deployment under way in an environment, as its card's buttons have it.
    #[track_caller]
    pub(crate) fn deployment(&self, environment: &str) -> String {
        let card = self.card_itself(environment);
        match card.buttons.into_iter().next().expect("a card with a button").press {
            Press::Act { deployment, .. } | Press::Promote { deployment, .. } => deployment.0,
            other => panic!("not about a deployment: {other:?}"),
        }
    }

    /// The hours and minutes of the day in Tokyo.
    pub(crate) fn clock_says(&self) -> (i64, i64) {
        let minutes = self.clock.now().0 / 60_000 + 9 * 60;
        (minutes / 60 % 24, minutes % 60)
    }

    /// Discord.
    #[track_caller]
    pub(crate) fn discord(&self) -> &FakeDiscord {
        self.far.discord()
    }

    /// The bot is there and has told of its commands.
    pub(crate) async fn discord_is_ready(&mut self) {
        let discord = self.far.discord().clone();
        let mode = self.program().app.service().config().discord.as_ref().map(|section| section.mode);
        if mode == Some(Mode::Http) {
            discord.endpoint(&format!("http://{}/discord/interactions", self.program().app.address()));
        } else {
            discord.connected().await;
        }
        discord.until("the commands", |fake| !fake.commands().is_empty()).await;
        self.settle().await;
    }

    /// fly.io.
    pub(crate) fn fly(&self) -> &Far {
        &self.far
    }

    /// What this world will not complain of.
    pub(crate) fn expects(&mut self, expected: Expected) {
        self.expected.push(expected);
    }

    pub(crate) fn tell(&self, line: impl Into<String>) {
        self.story.tell(self.clock.now(), line);
    }

    async fn handle(&self, speaker: &Speaker, command: &Command) -> Option<Outcome> {
        let program = self.program();
        let service = program.app.service();
        tokio::select! {
            biased;
            outcome = service.handle(speaker, command).boxed() => Some(outcome),
            () = program.watcher.dies() => None,
        }
    }

    fn parts(&self) -> Parts<'_> {
        let programs = self.programs.iter().map(|program| Arc::clone(&program.watcher)).collect();
        let resting = self.programs.iter().filter_map(Program::resting).collect();
        Parts { clock: &self.clock, programs, far: &self.far, resting }
    }

    fn database(&self) -> String {
        self.database.clone()
    }

    /// Adds what is new in the ledgers to the story.
    async fn tell_ledgers(&mut self) {
        let Some(program) = self.programs.last() else { return };
        let (service, store) = (program.app.service(), program.app.store());
        for app in &service.config().apps {
            for environment in &app.environments {
                let key = (app.name.clone(), environment.name.clone());
                let after = self.told.get(&key).copied().unwrap_or(0);
                let entries = store.ledger(&key.0, &key.1, after, 100).await.expect("a ledger");
                for (seq, entry) in entries {
                    let kind = serde_json::to_value(&entry).map(|entry| entry["kind"].clone()).unwrap_or_default();
                    self.story.tell(entry.at, format!("ledger {} {seq} {kind}", key.1));
                    self.told.insert(key.clone(), seq);
                }
            }
        }
    }
}

/// The pipeline registers the releases of the sample app, a second apart.
async fn register(app: &App, clock: &ManualClock) {
    let mut releases = sim::demo_releases();
    releases.sort_by_key(|release| release.version == "v2");
    let speaker = Speaker { identity: "api:ci".to_owned(), name: "ci".to_owned(), also: Vec::new(), unsure: false };
    for sim::SampleRelease { version, image, commit } in releases {
        let (commit, app_name, notes) = (Some(commit), None, None);
        let command = Command::Release { version, image, app: app_name, commit, notes, one_way: false };
        app.service().handle(&speaker, &command).boxed().await.expect("a new release");
        clock.advance(Span::seconds(1));
    }
}

/// Whether worlds that do not say where their database is have one on a server: to see once in a while that all of the
/// program works there.
fn everything_on_a_server() -> bool {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so")]
    std::env::var("SHIPGATE_TEST_DATABASE").is_ok_and(|engine| engine == "postgres")
}

/// In memory where that can be: what is written here need not outlive the machine.
fn folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder")
}
