//! What a world is made of before it begins: a config in words, and a simulated fly.io.
//!
//! To add a preset: a function beside [`Setup::demo`].

use std::collections::BTreeMap;

use shipgate::clock::Span;
use shipgate::sim::{self, AppConfig, Limits, SimConfig, Timings, tcp_check};

use super::discord::{ADA, BOB};
use super::slack;

/// The app in staging, and in production.
pub(crate) const STAGING: &str = "hello-staging";
/// See [`STAGING`].
pub(crate) const PRODUCTION: &str = "hello-production";

/// Who is who, who may do what, and staging: the beginning of most configs here. The pipeline may
/// approve, but nobody has said which person it is; eve is nobody in particular.
const BEGINNING: &str = r#"
time_zone = "Asia/Tokyo"
locale    = "{locale}"

[people]
ada = ["terminal:ada", "api:ada"]
bob = ["terminal:bob"]
cy  = ["terminal:cy"]

[groups]
releasers = ["ada", "bob", "cy"]
robots    = ["api:ci"]

[permissions]
promote    = ["releasers"]
approve    = ["releasers", "robots"]
rollback   = ["releasers"]
lock       = ["releasers"]
override   = ["releasers"]
halt       = ["releasers"]
quarantine = ["releasers"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
url    = "{staging}"
target = { kind = "fly", app = "hello-staging" }

[[apps.environments.after]]
name   = "health"
check  = { kind = "http", url = "{url}/health", latency_below = "2s" }
times  = 2
every  = "5s"
within = "40s"
"#;

/// Who may do what in a house of many apps, which follow.
const MANY: &str = r#"
time_zone = "Asia/Tokyo"
locale    = "{locale}"

[people]
ada = ["terminal:ada"]
bob = ["terminal:bob"]

[groups]
releasers = ["ada", "bob"]

[permissions]
promote = ["releasers"]
lock    = ["releasers"]
halt    = ["releasers"]
"#;

/// The beginning of production; its gates and its watch are the test's.
const PRODUCTION_BEGINS: &str = r#"
[[apps.environments]]
name   = "production"
url    = "{production}"
target = { kind = "fly", app = "hello-production" }
"#;

/// A gate after the rollout that asks twice.
pub(crate) const HEALTH: &str = r#"
[[apps.environments.after]]
name   = "health"
check  = { kind = "http", url = "{url}/health" }
times  = 2
every  = "5s"
within = "40s"
"#;

/// An approval by one other person.
pub(crate) const APPROVAL: &str = r#"
[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers", not_requester = true, expires = "20m" }
"#;

/// A minute of watching that ends by a look every ten seconds.
pub(crate) const WATCH: &str = r#"
[apps.environments.watch]
for          = "1m"
inconclusive = { ask = "releasers", within = "10m", otherwise = "keep" }

[[apps.environments.watch.rules]]
name  = "health"
check = { kind = "http", url = "{url}/health" }
every = "10s"
fails = 2
"#;

/// Several gates of each sort, and one that holds the others up.
pub(crate) const ALL_GATES: &str = r#"
override_by = 2

[[apps.environments.before]]
name    = "notes written"
confirm = { from = "everyone" }

[[apps.environments.before]]
name    = "support informed"
confirm = { from = "releasers" }

[[apps.environments.before]]
name     = "second"
approval = { from = "releasers" }

[[apps.environments.before]]
name = "soak"
soak = "2h"
"#;

/// An app with one environment, of which no release is known.
pub(crate) const SHOP: &str = r#"
[[apps]]
name = "shop"

[[apps.environments]]
name   = "live"
target = { kind = "fly", app = "shop-live" }

[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers" }
"#;

/// An image that nothing runs.
pub(crate) const NO_IMAGE: &str =
    "registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab";

/// A rule of that watch that wants numbers.
pub(crate) const NUMBERS: &str = r#"
[[apps.environments.watch.rules]]
name     = "error rate"
check    = { kind = "http", url = "{url}/health", json = { field = "/errors" } }
every    = "10s"
above    = 0.05
for      = "20s"
at_least = 3
"#;

/// An item for releasers to tick.
pub(crate) const ITEM: &str = r#"
[[apps.environments.before]]
name    = "notes written"
confirm = { from = "releasers" }
"#;

/// Two items, one of them for releasers alone.
pub(crate) const ITEMS: &str = r#"
[[apps.environments.before]]
name    = "notes written"
confirm = { from = "everyone" }

[[apps.environments.before]]
name    = "support informed"
confirm = { from = "releasers" }
"#;

/// A guild with a channel for everything.
const DISCORD: &str = r#"
[discord]
guild = "100000000000000001"
mode = "{mode}"

[discord.channels]
deployments   = "100000000000000002"
incidents     = "100000000000000003"
warnings      = "100000000000000004"
announcements = "100000000000000005"
"#;

/// A workspace with a channel for everything.
const SLACK: &str = r#"
[slack]
mode = "{mode}"

[slack.channels]
deployments   = "C0DEPLOY"
incidents     = "C0INCIDENT"
warnings      = "C0WARN"
announcements = "C0ANNOUNCE"
"#;

/// What a world is made of.
pub(crate) struct Setup {
    /// The config file; `{staging}`, `{production}` and `{locale}` are filled in.
    pub(crate) config: String,
    /// `en` or `ja`.
    pub(crate) locale: &'static str,
    /// The simulated fly.io.
    pub(crate) sim: SimConfig,
    /// Whether there is a Discord.
    pub(crate) discord: bool,
    /// Whether there is a Slack.
    pub(crate) slack: bool,
    /// Whether there is a Prometheus.
    pub(crate) prometheus: bool,
    /// The address of its database, where that is on a server.
    pub(crate) database: Option<String>,
}

impl Setup {
    /// The config that `shipgate demo` has, and its fly.io, in documented time and with documented limits.
    pub(crate) fn demo() -> Self {
        Self::of(include_str!("../../../src/demo/demo.toml").to_owned())
    }

    /// Staging, and a production that goes by this.
    pub(crate) fn production(parts: &str) -> Self {
        Self::of(format!("{BEGINNING}{PRODUCTION_BEGINS}{parts}"))
    }

    /// The config that the contract shows, on a fly.io and with apps of this world.
    pub(crate) fn design() -> Self {
        let design = include_str!("../config/design.toml");
        let here = [
            ("https://hello-staging.fly.dev", "{staging}"),
            ("https://hello.fly.dev", "{production}"),
            ("app = \"hello\"", "app = \"hello-production\""),
        ];
        let config = here.iter().fold(design.to_owned(), |text, (there, here)| text.replace(there, here));
        Self { discord: true, slack: true, ..Self::of(config) }.machines(1, 1).instantly().with_prometheus()
    }

    /// So many apps of two environments each, without gates, and nothing that takes time.
    pub(crate) fn apps(count: usize) -> Self {
        let place = |app: &str, name: &str| {
            format!(
                "\n[[apps.environments]]\nname = \"{name}\"\ntarget = {{ kind = \"fly\", app = \"{app}-{name}\" }}\n"
            )
        };
        let app = |n: usize| format!("app-{n}");
        let of_app = |n: usize| {
            let (app, places) = (app(n), ["staging", "production"].map(|name| place(&app(n), name)).concat());
            format!("\n[[apps]]\nname = \"{app}\"\n{places}")
        };
        let mut setup = Self::of(MANY.to_owned() + &(0..count).map(of_app).collect::<String>()).instantly();
        let first = setup.sim.images[0].reference();
        let all = (0..count).flat_map(|n| ["staging", "production"].map(|name| format!("{}-{name}", app(n))));
        setup.sim.apps = all.map(|name| AppConfig::deployed(&name, 1, &first, &tcp_check())).collect();
        setup
    }

    fn of(config: String) -> Self {
        Self {
            config,
            locale: "en",
            sim: sim::demo_config(),
            discord: false,
            slack: false,
            prometheus: false,
            database: None,
        }
    }

    /// The same with Discord, where ada and bob are releasers by a role of theirs.
    pub(crate) fn on_discord(mut self, mode: &str) -> Self {
        let people = [("ada", ADA), ("bob", BOB)];
        for (name, id) in people {
            let known = format!("[\"terminal:{name}\"");
            self.config = self.config.replace(&known, &format!("{known}, \"discord:user:{id}\""));
        }
        let section = DISCORD.replace("{mode}", mode);
        self.config = self.config.replace("[people]", &format!("{section}\n[people]"));
        self.config = self.config.replace("\"ada\", \"bob\", \"cy\"]", "\"discord:role:100000000000000010\", \"cy\"]");
        self.discord = true;
        self
    }

    /// The same with Slack, where ada and bob are who they are at the terminal.
    pub(crate) fn on_slack(mut self, mode: &str) -> Self {
        for (name, id) in [("ada", slack::ADA), ("bob", slack::BOB)] {
            let known = format!("[\"terminal:{name}\"");
            self.config = self.config.replace(&known, &format!("{known}, \"slack:user:{id}\""));
        }
        let section = SLACK.replace("{mode}", mode);
        self.config = self.config.replace("[people]", &format!("{section}\n[people]"));
        self.slack = true;
        self
    }

    /// The same with a database on a server.
    pub(crate) fn on_database(mut self, url: String) -> Self {
        self.database = Some(url);
        self
    }

    /// The same with a Prometheus.
    pub(crate) fn with_prometheus(mut self) -> Self {
        self.prometheus = true;
        self
    }

    /// The same, where who is in Slack's user group are the releasers.
    pub(crate) fn by_user_group(mut self) -> Self {
        let group = format!("releasers = [\"slack:group:{}\", \"cy\"]", slack::RELEASERS);
        self.config = self.config.replace("releasers = [\"ada\", \"bob\", \"cy\"]", &group);
        self
    }

    /// So many machines in staging and in production.
    pub(crate) fn machines(mut self, staging: usize, production: usize) -> Self {
        let first = self.sim.images[0].reference();
        self.sim.apps = [(STAGING, staging), (PRODUCTION, production)]
            .map(|(name, machines)| AppConfig::deployed(name, machines, &first, &tcp_check()))
            .into();
        self
    }

    /// Nothing at fly.io takes time, and nothing is limited there.
    pub(crate) fn instantly(mut self) -> Self {
        self.sim.timings = Timings::instant();
        self.sim.limits = Limits::Off;
        self
    }

    /// People read this language.
    pub(crate) fn in_locale(mut self, locale: &'static str) -> Self {
        self.locale = locale;
        self
    }

    /// The text of the file.
    pub(super) fn text(&self, edges: &BTreeMap<&'static str, String>) -> String {
        let edge = |name: &str| edges.get(name).map(String::as_str).unwrap_or_default();
        self.config
            .replace("{locale}", self.locale)
            .replace("{staging}", edge(STAGING))
            .replace("{production}", edge(PRODUCTION))
    }
}

/// The image of a sample release.
pub(crate) fn image(version: &str) -> String {
    let known = sim::demo_releases().into_iter().find(|release| release.version == version);
    known.expect("a release").image
}

/// So many seconds.
pub(crate) const fn seconds(n: i64) -> Span {
    Span::seconds(n)
}

/// So many minutes.
pub(crate) const fn minutes(n: i64) -> Span {
    Span::minutes(n)
}
