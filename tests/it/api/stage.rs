//! What these tests play on: the app as `main` builds it, on a simulated fly.io and with a chat that writes down, in a
//! time that runs faster.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use secrecy::SecretString;
use serde_json::{Value, json};
use shipgate::app::{App, Deps, StartTrouble};
use shipgate::card::Card;
use shipgate::chat::{Chat, ChatTrouble, Memory, Message};
use shipgate::clock::{SharedClock, SystemClock, timeout};
use shipgate::config::{self, ApiToken};
use shipgate::domain::{CardKey, Span};
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::sim::{self, AppConfig, DEMO_TOKEN, Limits, Timings, demo_config, demo_releases};
use shipgate::targets::fly::FlyAccess;
use shipgate::words::Words;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::contract;

pub(super) const ADA: &str = "token-of-ada-5c1f";
pub(super) const BOB: &str = "token-of-bob-93ab";
/// Somebody who may only look, deploy and register.
pub(super) const EVE: &str = "token-of-eve-07d2";

const CONFIG: &str = r#"
time_zone = "Asia/Tokyo"

[people]
ada = ["api:ada"]
bob = ["api:bob"]

[groups]
releasers = ["ada", "bob"]

[permissions]
promote    = ["releasers"]
approve    = ["releasers"]
rollback   = ["releasers"]
lock       = ["releasers"]
quarantine = ["releasers"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
url    = "{staging}"
target = { kind = "fly", app = "hello-staging" }

[[apps.environments.after]]
name  = "health"
check = { kind = "http", url = "{url}/health", status = 200 }

[[apps.environments]]
name   = "production"
url    = "{production}"
target = { kind = "fly", app = "hello-production" }

[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers", not_requester = true, expires = "20m" }

[[apps.environments.before]]
name    = "notes read"
confirm = { from = "releasers" }

[apps.environments.watch]
for          = "1m"
inconclusive = { ask = "releasers", within = "30m", otherwise = "keep" }

[[apps.environments.watch.rules]]
name  = "health"
check = { kind = "http", url = "{url}/health" }
every = "20s"
fails = 3
"#;

/// Everything at once. Dropping it stops it.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) base: String,
    pub(super) paper: Arc<Paper>,
    pub(super) folder: TempDir,
    client: reqwest::Client,
    stop: CancellationToken,
    running: JoinHandle<Result<(), StartTrouble>>,
    commits: watch::Receiver<u64>,
    _fly: sim::Fly,
}

/// A chat that writes everything down.
#[derive(Default)]
pub(super) struct Paper(Mutex<Vec<String>>);

struct Commits(watch::Sender<u64>);

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) path: String,
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::with(Some("ada,bob,eve"), None, 30.0).await
    }

    /// With the tokens of these people, this in the place of fly.io, and time that runs so many times faster.
    pub(super) async fn with(people: Option<&str>, flaps: Option<String>, speed: f64) -> Self {
        let clock = SystemClock::faster(speed);
        let fly = simulator(&clock).await;
        let edge = |app: &str| fly.edge_url(app).expect("an edge");
        let text =
            CONFIG.replace("{staging}", &edge("hello-staging")).replace("{production}", &edge("hello-production"));
        let config = config::read(&text, "shipgate.toml").expect("a good config");
        let folder = tempfile::tempdir().expect("a folder");
        let token = |name: &str| match name {
            "ada" => ADA,
            "bob" => BOB,
            _ => EVE,
        };
        let tokens = people.into_iter().flat_map(|people| people.split(','));
        let (sender, commits) = watch::channel(0);
        let paper = Arc::new(Paper::default());
        let deps = Deps {
            database: format!("sqlite://{}", folder.path().join("shipgate.db").display()),
            clock,
            observer: Arc::new(Commits(sender)),
            chats: vec![Arc::clone(&paper) as _],
            metrics: Metrics::default(),
            fly: Some(FlyAccess {
                base_url: flaps.unwrap_or_else(|| fly.api_url()),
                registry_url: fly.registry_url(),
                token: SecretString::from(DEMO_TOKEN),
            }),
            prometheus: None,
            api_tokens: tokens.map(|name| ApiToken { name: name.to_owned(), token: token(name).into() }).collect(),
            listener: TcpListener::bind("127.0.0.1:0").await.expect("a port"),
        };
        let app = App::build(config, deps).await.expect("an app");
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (app, stop) = (app.clone(), stop.clone());
            async move { app.run(stop.cancelled_owned()).await }
        });
        let base = format!("http://{}", app.address());
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
        Self { app, base, paper, folder, client, stop, running, commits, _fly: fly }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path).bearer_auth(ADA)).await
    }

    /// As ada.
    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_as(ADA, path, body).await
    }

    pub(super) async fn post_as(&self, token: &str, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    /// Says a command as ada.
    pub(super) async fn say(&self, line: &str) -> Answer {
        self.post("/api/v1/commands", json!({ "line": line })).await
    }

    /// Registers one of the sample releases.
    pub(super) async fn register(&self, version: &str) -> Answer {
        let body = json!({ "version": version, "image": image(version) });
        self.post("/api/v1/apps/hello/releases", body).await
    }

    /// Asks for a deployment as ada; gives its id.
    pub(super) async fn deploy(&self, environment: &str, version: &str) -> String {
        let path = format!("/api/v1/apps/hello/environments/{environment}/deployments");
        let asked = self.post(&path, json!({ "version": version })).await.with(202);
        asked.body["id"].as_str().expect("an id").to_owned()
    }

    /// Waits until a deployment is so; nothing is asked again before something was committed.
    pub(super) async fn until(&self, id: &str, so: impl Fn(&Value) -> bool) -> Value {
        let mut commits = self.commits.clone();
        let wait = async {
            loop {
                commits.mark_unchanged();
                let deployment = self.get(&format!("/api/v1/deployments/{id}")).await.with(200).body;
                if so(&deployment) {
                    return deployment;
                }
                assert_ne!(deployment["phase"], "closed", "it has ended otherwise: {deployment}");
                commits.changed().await.expect("a store");
            }
        };
        let done = timeout(&*SystemClock::real(), Span::seconds(30), wait).await;
        match done {
            Some(deployment) => deployment,
            None => panic!("{}", self.get(&format!("/api/v1/deployments/{id}")).await.body),
        }
    }

    pub(super) async fn until_closed(&self, id: &str) -> Value {
        self.until(id, |deployment| deployment["phase"] == "closed").await
    }

    /// Takes v2 through staging.
    pub(super) async fn prove_v2(&self) {
        self.register("v2").await.with(201);
        let id = self.deploy("staging", "v2").await;
        assert_eq!(self.until_closed(&id).await["outcome"], "succeeded");
    }

    /// Stops the app, which must end well and within 5 seconds.
    pub(super) async fn end(self) {
        self.stop.cancel();
        let real = SystemClock::real();
        let begun = real.now();
        let ended = timeout(&*real, Span::seconds(10), self.running).await.expect("an end");
        ended.expect("no panic").expect("a good end");
        assert!(real.now().since(begun) < Span::seconds(5));
    }
}

impl Answer {
    /// That this is its status.
    #[track_caller]
    pub(super) fn with(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// That it is a problem with this status and code, whole and in the shape of RFC 9457.
    #[track_caller]
    pub(super) fn problem(self, status: u16, code: &str) -> Self {
        let found = (self.status, self.kind.as_str());
        assert_eq!(found, (status, "application/problem+json"), "{}: {}", self.path, self.text);
        let members: Vec<_> = self.body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(members, ["type", "title", "status", "detail", "code", "next"]);
        assert_eq!((&self.body["status"], &self.body["code"]), (&status.into(), &code.into()), "{}", self.text);
        assert_eq!(self.body["type"], format!("urn:shipgate:problem:{code}"));
        for member in ["title", "detail", "next"] {
            let words = self.body[member].as_str().expect("words");
            assert!(!words.is_empty() && words.chars().count() < 1_500, "{member}: {words}");
            assert!(!words.contains("refusal-") && !words.contains("{$"), "no words for {code}: {words}");
            assert!(!words.chars().any(char::is_control), "{member}: {words:?}");
        }
        self
    }
}

impl Paper {
    pub(super) fn all(&self) -> String {
        self.0.lock().expect("no panic").join("\n")
    }
}

#[async_trait]
impl Chat for Paper {
    fn name(&self) -> &'static str {
        "paper"
    }

    fn speaks(&self) -> Words {
        Words::new("en")
    }

    async fn show(&self, _: &CardKey, card: &Card, _: &dyn Memory) -> Result<(), ChatTrouble> {
        self.0.lock().expect("no panic").push(serde_json::to_string(card).expect("a card"));
        Ok(())
    }

    async fn say(&self, message: &Message, _: &dyn Memory) -> Result<(), ChatTrouble> {
        self.0.lock().expect("no panic").push(message.text.clone());
        Ok(())
    }
}

#[async_trait]
impl Observer for Commits {
    async fn committed(&self, _: &str) {
        self.0.send_modify(|count| *count += 1);
    }
}

/// The image of a sample release.
pub(super) fn image(version: &str) -> String {
    demo_releases().into_iter().find(|release| release.version == version).expect("a sample").image
}

/// Sends a request; its answer is held against the API's description.
pub(super) async fn answer(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let method = request.method().as_str().to_owned();
    let response = client.execute(request).await.expect("an answer");
    let path = response.url().path().to_owned();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await.expect("a body");
    contract::hold(&method, &path, status, &kind, &text);
    Answer { path, status, kind, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

async fn simulator(clock: &SharedClock) -> sim::Fly {
    let mut config = demo_config();
    let first = image("v1");
    config.apps = ["hello-staging", "hello-production"]
        .map(|name| AppConfig::deployed(name, 1, &first, &sim::tcp_check()))
        .into();
    config.timings = Timings::instant();
    config.limits = Limits::Off;
    sim::Fly::start(config, Arc::clone(clock)).await.expect("a simulated fly.io")
}
