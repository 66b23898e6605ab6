//! The far ends of a world: the simulated fly.io and the edges of its apps, each behind a wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use shipgate::clock::Span;
use shipgate::sim::{self, Boot, DEMO_TOKEN, MachineView};

use super::clock::{FarClock, ManualClock};
use super::discord::FakeDiscord;
use super::prometheus::FakePrometheus;
use super::setup::{PRODUCTION, STAGING, Setup};
use super::slack::FakeSlack;
use super::specs::{Exchange, Spec};
use super::story::Story;
use super::wire::{ALL, Line, On, Trouble, Wire, client};

/// The far ends.
pub(crate) struct Far {
    sim: sim::Fly,
    /// In front of the Machines API.
    pub(crate) api: Wire,
    edges: BTreeMap<&'static str, Wire>,
    http: reqwest::Client,
    /// Discord, and what is in front of its REST.
    discord: Option<(FakeDiscord, Wire)>,
    /// Slack, and what is in front of its Web API.
    slack: Option<(FakeSlack, Wire)>,
    /// Prometheus, and what is in front of it.
    pub(super) prometheus: Option<(FakePrometheus, Wire)>,
}

impl Far {
    pub(super) async fn begin(setup: &Setup, clock: &Arc<ManualClock>, story: &Story) -> Self {
        let config = setup.sim.clone();
        let sim = sim::Fly::start(config, Arc::new(FarClock(Arc::clone(clock)))).await.expect("a simulator");
        let discord = if setup.discord { Some(begin_discord(clock, story).await) } else { None };
        let slack = if setup.slack { Some(begin_slack(clock, story).await) } else { None };
        let prometheus = if setup.prometheus { Some(begin_prometheus(clock, story).await) } else { None };
        let api = Wire::to("fly", &sim.api_url(), clock, story).await;
        let mut edges = BTreeMap::new();
        for app in [STAGING, PRODUCTION] {
            let Some(url) = sim.edge_url(app) else { continue };
            edges.insert(app, Wire::to("edge", &url, clock, story).await);
        }
        let http = client();
        Self { sim, api, edges, http, discord, slack, prometheus }
    }

    /// Where the edges are reached.
    pub(super) fn edges(&self) -> BTreeMap<&'static str, String> {
        self.edges.iter().map(|(app, wire)| (*app, wire.url.clone())).collect()
    }

    /// What is at the end of each address that checks ask.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        let prometheus = self.prometheus.iter().map(|(_, wire)| ("prometheus", &wire.url));
        let asked = self.edges.iter().map(|(app, wire)| (*app, &wire.url)).chain(prometheus);
        asked.map(|(name, url)| (url.trim_start_matches("http://").to_owned(), name.to_owned())).collect()
    }

    pub(super) fn wires(&self) -> Vec<Wire> {
        let discord = self.discord.iter().map(|(_, wire)| wire);
        let slack = self.slack.iter().map(|(_, wire)| wire);
        let prometheus = self.prometheus.iter().map(|(_, wire)| wire);
        self.edges.values().chain([&self.api]).chain(discord).chain(slack).chain(prometheus).cloned().collect()
    }

    /// Discord.
    #[track_caller]
    pub(crate) fn discord(&self) -> &FakeDiscord {
        &self.discord.as_ref().expect("a world with Discord").0
    }

    /// What is in front of Discord's REST.
    #[track_caller]
    pub(crate) fn discord_wire(&self) -> &Wire {
        &self.discord.as_ref().expect("a world with Discord").1
    }

    /// Slack.
    #[track_caller]
    pub(crate) fn slack(&self) -> &FakeSlack {
        &self.slack.as_ref().expect("a world with Slack").0
    }

    /// What is in front of Slack's Web API.
    #[track_caller]
    pub(crate) fn slack_wire(&self) -> &Wire {
        &self.slack.as_ref().expect("a world with Slack").1
    }

    /// Waits until no app is connected to Slack: see [`Far::discord_is_left`].
    pub(super) async fn slack_is_left(&self) {
        if let Some((fake, _)) = &self.slack {
            fake.connected(0).await;
        }
    }

    /// Waits until no bot is connected. A program that is killed here leaves its connection to a task that closes it, and
    /// until then both it and the next one would hear what people do; a process that dies takes its connection along.
    pub(super) async fn discord_is_left(&self) {
        if let Some((fake, _)) = &self.discord {
            fake.until("the connection of the old program to end", |fake| fake.bots() == 0).await;
        }
    }

    /// Whom people wait for. Where a chat is deaf, an answer may never come.
    pub(super) fn unanswered(&self) -> Vec<String> {
        let hears = |wire: &Wire| wire.open().1 == 0;
        let discord = self.discord.iter().filter(|(_, wire)| hears(wire)).flat_map(|(fake, _)| {
            let open = fake.open();
            open.unanswered.into_iter().chain(open.deferred)
        });
        let slack = self.slack.iter().filter(|(_, wire)| hears(wire)).flat_map(|(fake, _)| fake.unanswered());
        discord.chain(slack).collect()
    }

    /// What broke the rules of the chats, or of Prometheus.
    pub(super) fn rule_violations(&self) -> Vec<String> {
        let discord = self.discord.iter().flat_map(|(fake, _)| fake.violations());
        let prometheus = self.prometheus.iter().flat_map(|(fake, _)| fake.violations());
        discord.chain(self.slack.iter().flat_map(|(fake, _)| fake.violations())).chain(prometheus).collect()
    }

    /// The machines of an app, by id.
    pub(crate) fn machines(&self, app: &str) -> Vec<MachineView> {
        let mut machines = self.sim.machines(app);
        machines.sort_by(|a, b| a.id.cmp(&b.id));
        machines
    }

    /// What each machine runs.
    pub(crate) fn versions(&self, app: &str) -> Vec<String> {
        self.machines(app).into_iter().map(|machine| machine.version).collect()
    }

    /// How often each machine was updated.
    pub(crate) fn updates(&self, app: &str) -> Vec<usize> {
        self.machines(app).into_iter().map(|machine| machine.updates).collect()
    }

    /// How each machine stands: see [`stand`].
    pub(crate) fn stand(&self, app: &str) -> Vec<String> {
        stand(&self.sim.machines(app))
    }

    /// Nobody holds a lease of the app.
    #[track_caller]
    pub(crate) fn holds_no_lease(&self, app: &str) {
        for machine in self.machines(app) {
            assert_eq!(machine.leased_by, None, "{} is leased still", machine.id);
        }
    }

    /// The next boot of a machine, counted from 0, goes so.
    pub(crate) fn next_boot(&self, app: &str, machine: usize, boot: Boot) {
        self.sim.faults().next_boot(&self.machines(app)[machine].id, boot);
    }

    /// The hand on what goes wrong at fly.io itself.
    pub(crate) fn faults(&self) -> sim::Faults {
        self.sim.faults()
    }

    /// Where clients reach an app, past every wire.
    pub(crate) fn edge_url(&self, app: &str) -> String {
        self.sim.edge_url(app).expect("an edge")
    }

    /// Another tool deploys a version of the demo to a machine, as `fly deploy` does.
    pub(crate) async fn deploys_elsewise(&self, app: &str, machine: usize, version: &str) {
        let machine = self.machines(app).swap_remove(machine);
        let release = sim::demo_releases().into_iter().find(|release| release.version == version);
        let mut config = serde_json::Value::Object(machine.config);
        config["image"] = release.expect("a version of the demo").image.into();
        let answer = self.posts(app, &machine.id, &serde_json::json!({ "config": config })).await;
        assert_eq!(answer, 200);
    }

    /// The last update of a machine that got no answer arrives after all; what is answered now.
    pub(crate) async fn arrives_late(&self, app: &str, machine: usize) -> u16 {
        let id = &self.machines(app)[machine].id;
        let lost = |line: &&Line| line.method == "POST" && line.path.ends_with(id.as_str()) && line.answer.is_none();
        let body = self.api.lines().iter().rev().find(lost).and_then(|line| line.request.clone());
        self.posts(app, id, &body.expect("an update without an answer")).await
    }

    async fn posts(&self, app: &str, machine: &str, body: &serde_json::Value) -> u16 {
        let url = format!("{}/v1/apps/{app}/machines/{machine}", self.sim.api_url());
        let request = self.http.post(url).header("authorization", format!("Bearer {DEMO_TOKEN}")).json(body);
        request.send().await.expect("an answer").status().as_u16()
    }

    /// Somebody else holds the lease of a machine.
    pub(crate) fn foreign_lease(&self, app: &str, machine: usize, owner: &str, lasting: Span) {
        self.sim.faults().foreign_lease(&self.machines(app)[machine].id, owner, lasting);
    }

    /// Somebody else removes a machine.
    pub(crate) async fn destroy(&self, app: &str, machine: usize) {
        let id = &self.machines(app)[machine].id;
        let url = format!("{}/v1/apps/{app}/machines/{id}?force=true", self.sim.api_url());
        let request = self.http.delete(url).header("authorization", format!("Bearer {DEMO_TOKEN}"));
        request.send().await.expect("an answer").error_for_status().expect("a yes");
    }

    /// The image of a version of the demo is gone from the registry.
    pub(crate) fn loses(&self, version: &str) {
        let release = sim::demo_releases().into_iter().find(|release| release.version == version);
        self.loses_image(&release.expect("a version of the demo").image);
    }

    /// An image is gone from the registry.
    pub(crate) fn loses_image(&self, reference: &str) {
        self.sim.faults().lose_image(reference);
    }

    /// From now on every call of the API goes wrong so.
    pub(crate) fn fails(&self, trouble: Trouble) {
        self.api.fails(None, ALL, trouble);
    }

    /// The next calls of the API that fit go wrong so.
    pub(crate) fn next(&self, times: usize, on: On, trouble: Trouble) {
        self.api.fails(Some(times), on, trouble);
    }

    /// The edge of an app goes wrong so, from now on.
    pub(crate) fn edge_fails(&self, app: &str, trouble: Trouble) {
        self.edges[app].fails(None, ALL, trouble);
    }

    /// Nothing more goes wrong.
    pub(crate) fn works_again(&self) {
        self.wires().iter().for_each(Wire::works_again);
    }

    /// The calls to the API that were refused by itself, but for waits that ended without what was waited for, and for
    /// images that are gone.
    pub(super) fn refusals(&self) -> Vec<String> {
        let refused = |line: &Line| match &line.answer {
            Some((status, body)) if *status >= 400 && !line.scripted => {
                let waited = line.path.contains("/wait?") && matches!(status, 400 | 408);
                let gone = line.path.starts_with("/v2/") && *status == 404;
                (!waited && !gone).then(|| format!("{} {} → {status} {body:?}", line.method, line.path))
            }
            _ => None,
        };
        self.api.lines().iter().filter_map(refused).collect()
    }

    /// Everything in which calls and answers differ from the official description.
    pub(super) fn violations(&self) -> Vec<String> {
        let Some(spec) = Spec::fly() else { return Vec::new() };
        let mut violations = Vec::new();
        for line in self.api.lines() {
            let answer = line.answer.as_ref().filter(|_| !line.scripted).map(|(status, body)| (*status, body.as_ref()));
            let exchange = Exchange { method: &line.method, path: &line.path, request: line.request.as_ref(), answer };
            let found = spec.check(&exchange).err().unwrap_or_default();
            violations.extend(found.into_iter().map(|v| format!("{} {}: {v}", line.method, line.path)));
        }
        violations
    }
}

/// How each machine stands: version, state, in rotation or out of it, and whether it stands aside. Those that go are left
/// out.
pub(crate) fn stand(machines: &[MachineView]) -> Vec<String> {
    let line = |m: &MachineView| {
        let place = if m.cordoned { "out" } else { "in" };
        let mark = |key: &str, word| if m.metadata.contains_key(key) { word } else { "" };
        let marks = [mark("shipgate_temporary", " temporary"), mark("shipgate_retired", " retired")].concat();
        format!("{} {} {place}{marks}", m.version, m.state)
    };
    let mut all: Vec<String> = machines.iter().filter(|m| m.state != "destroying").map(line).collect();
    all.sort();
    all
}

async fn begin_discord(clock: &Arc<ManualClock>, story: &Story) -> (FakeDiscord, Wire) {
    let fake = FakeDiscord::start(Arc::new(FarClock(Arc::clone(clock)))).await;
    let wire = Wire::to("discord", &fake.url(), clock, story).await;
    let (mut changes, clock) = (fake.changes(), Arc::clone(clock));
    // Whoever waits for quiet hears of what happens at Discord.
    tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            clock.ring();
        }
    });
    (fake, wire)
}

async fn begin_prometheus(clock: &Arc<ManualClock>, story: &Story) -> (FakePrometheus, Wire) {
    let fake = FakePrometheus::start().await;
    let wire = Wire::to("prometheus", &fake.url, clock, story).await;
    (fake, wire)
}

async fn begin_slack(clock: &Arc<ManualClock>, story: &Story) -> (FakeSlack, Wire) {
    let fake = FakeSlack::start(Arc::new(FarClock(Arc::clone(clock)))).await;
    let wire = Wire::to("slack", &fake.url(), clock, story).await;
    let (mut changes, clock) = (fake.changes(), Arc::clone(clock));
    tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            clock.ring();
        }
    });
    (fake, wire)
}
