//! The program under test, as it ships: `App::build` and `App::run` over the far ends of a world. It can be stopped, as
//! by SIGTERM, and killed, as by the power.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::SecretString;
use shipgate::app::{App, Deps, StartTrouble};
use shipgate::chat::Chat;
use shipgate::chat::discord::Discord;
use shipgate::chat::slack::Slack;
use shipgate::clock::Span;
use shipgate::config::{self, ApiToken, DiscordAccess, SlackAccess};
use shipgate::metrics::Metrics;
use shipgate::sim::DEMO_TOKEN;
use shipgate::targets::fly::FlyAccess;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::World;
use super::clock::{ChatClock, Kind};
use super::watcher::{Plug, Watcher};

/// One running program.
pub(crate) struct Program {
    pub(crate) app: App,
    pub(crate) watcher: Arc<Watcher>,
    pub(crate) metrics: Metrics,
    stop: CancellationToken,
    run: JoinHandle<Result<(), StartTrouble>>,
    /// Whether it would sleep, if somebody has asked for that.
    rested: Option<Arc<AtomicBool>>,
}

impl Program {
    /// Puts one together and lets it run; `before` is done to it while it does not run yet.
    pub(super) async fn begin(world: &World, before: impl AsyncFnOnce(&App)) -> Self {
        let watcher = Watcher::new(Arc::clone(&world.clock), world.story.clone());
        watcher.arm(world.plug.clone());
        let config = config::read(&world.config, "shipgate.toml").unwrap_or_else(|problems| panic!("{problems:#?}"));
        let token = |name: &str| ApiToken { name: name.to_owned(), token: SecretString::from(name.to_owned()) };
        let metrics = Metrics::default();
        let mut chats = vec![Arc::clone(&world.screen) as Arc<dyn Chat>];
        if let Some(section) = &config.discord {
            chats.push(discord(world, section, &config.locale, &metrics));
        }
        if let Some(section) = &config.slack {
            chats.push(slack(world, section, &config.locale, &metrics));
        }
        let deps = Deps {
            database: world.database(),
            clock: world.clock.clone(),
            observer: watcher.clone(),
            chats,
            metrics: metrics.clone(),
            fly: Some(FlyAccess {
                base_url: world.far.api.url.clone(),
                registry_url: world.far.api.url.clone(),
                token: SecretString::from(DEMO_TOKEN),
            }),
            prometheus: world.prometheus_access(),
            api_tokens: ["ci", "ada"].map(token).into(),
            listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port"),
        };
        let app =
            Box::pin(App::build(config, deps)).await.unwrap_or_else(|trouble| panic!("it does not start: {trouble:?}"));
        before(&app).await;
        let stop = CancellationToken::new();
        let run = tokio::spawn({
            let (app, stop) = (app.clone(), stop.clone());
            async move { app.run(stop.cancelled_owned()).await }
        });
        Self { app, watcher, metrics, stop, run, rested: None }
    }

    /// Whether it has come to rest, if somebody waits for that.
    pub(super) fn resting(&self) -> Option<Arc<AtomicBool>> {
        self.rested.clone()
    }

    /// SIGTERM; returns when it has ended.
    async fn stop(self) {
        self.stop.cancel();
        self.run.await.expect("it does not panic").unwrap_or_else(|trouble| panic!("it ended badly: {trouble:?}"));
    }

    /// The power fails.
    async fn die(self) {
        self.run.abort();
        let ended = self.run.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()), "it ended before it was killed");
    }
}

/// Discord as the program has it, by way of the wire in front of the stand-in.
fn discord(world: &World, section: &config::Discord, locale: &str, metrics: &Metrics) -> Arc<dyn Chat> {
    let access = DiscordAccess {
        token: Some(SecretString::from(world.discord().token())),
        public_key: Some(world.discord().public_key_hex()),
        api_url: Some(world.fly().discord_wire().url.clone()),
    };
    let clock = Arc::new(ChatClock(Arc::clone(&world.clock)));
    Arc::new(Discord::new(section.clone(), locale, &access, clock, metrics.clone()).expect("a Discord"))
}

/// Slack as the program has it, by way of the wire in front of the stand-in.
fn slack(world: &World, section: &config::Slack, locale: &str, metrics: &Metrics) -> Arc<dyn Chat> {
    let access = SlackAccess {
        bot_token: Some(SecretString::from(world.slack().bot_token())),
        app_token: Some(SecretString::from(world.slack().app_token())),
        signing_secret: Some(SecretString::from(world.slack().signing_secret())),
        api_url: format!("{}/api", world.fly().slack_wire().url),
    };
    let clock = Arc::new(ChatClock(Arc::clone(&world.clock)));
    Arc::new(Slack::new(section.clone(), locale, &access, clock, metrics.clone()).expect("a Slack"))
}

impl World {
    /// The program that people talk to.
    #[track_caller]
    pub(crate) fn program(&self) -> &Program {
        self.programs.last().expect("no program runs")
    }

    /// From now on the program would sleep once it has rested for so long.
    pub(crate) async fn sleeps_after(&mut self, span: Span) {
        let app = self.program().app.clone();
        let (rested, clock) = (Arc::new(AtomicBool::new(false)), Arc::clone(&self.clock));
        let rests = Arc::clone(&rested);
        tokio::spawn(async move {
            app.has_rested(span).await;
            rests.store(true, Ordering::Relaxed);
            clock.ring();
        });
        self.programs.last_mut().expect("no program runs").rested = Some(rested);
        self.settle().await;
    }

    /// Whether it would sleep now.
    pub(crate) fn would_sleep(&self) -> bool {
        self.program().rested.as_ref().is_some_and(|rested| rested.load(Ordering::Relaxed))
    }

    /// Stops every program as SIGTERM does.
    pub(crate) async fn stops(&mut self) {
        self.tell("✋ SIGTERM");
        for program in std::mem::take(&mut self.programs) {
            program.stop().await;
        }
        self.is_over().await;
    }

    /// Kills every program.
    pub(crate) async fn dies(&mut self) {
        self.tell("☠ killed");
        for program in std::mem::take(&mut self.programs) {
            program.die().await;
        }
        self.is_over().await;
    }

    /// Starts a program on the database as it is; what runs still is killed first.
    pub(crate) async fn starts_again(&mut self) {
        if !self.programs.is_empty() {
            self.dies().await;
        }
        self.tell("⏻ starts");
        let program = Box::pin(Program::begin(self, async |_| ())).await;
        self.programs.push(program);
        self.settle().await;
    }

    /// Starts a second program beside the first, on the same database.
    pub(crate) async fn starts_another(&mut self) {
        let program = Box::pin(Program::begin(self, async |_| ())).await;
        self.programs.push(program);
        self.settle().await;
    }

    /// From now on whichever of the programs comes to this first dies there.
    pub(crate) fn one_will_die(&self, plug: &Plug) {
        self.programs.iter().for_each(|program| program.watcher.arm(plug.clone()));
    }

    /// Lets time pass until one of them has died; the others go on.
    pub(crate) async fn until_one_dies(&mut self) {
        self.until_it("the death of one", Self::is_dead).await;
        let dead = self.programs.iter().position(|program| program.watcher.is_dead()).expect("a dead one");
        self.programs.remove(dead).die().await;
        self.one_will_die(&Plug::Stays);
    }

    /// Nothing of a program is left: no task of it waits any more.
    async fn is_over(&self) {
        self.far.discord_is_left().await;
        self.far.slack_is_left().await;
        self.clock
            .until(|clock| {
                clock.waking() == 0 && clock.waiting().iter().all(|w| matches!(w.kind, Kind::Far | Kind::Chat))
            })
            .await;
    }
}
