//! A `shipgate run` with a folder of its own, and the simulated fly.io in another process; both spoken to over HTTP.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::contract;
use crate::world::process::{Program, Start, shipgate};

/// What the API takes; it must never be seen anywhere.
pub(super) const ADA: &str = "ada-secret-0f9a";
pub(super) const BOB: &str = "bob-secret-77c1";

/// One app with one environment, and nothing to wait for but the machines.
const CONFIG: &str = r#"
[people]
ada = ["api:ada"]
bob = ["api:bob"]

[groups]
releasers = ["ada", "bob"]

[permissions]
approve  = ["releasers"]
rollback = ["releasers"]
lock     = ["releasers"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }
"#;

/// A folder with a config and a place for a database.
pub(super) struct Home {
    pub(super) folder: TempDir,
}

impl Home {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("shipgate.toml"), CONFIG).expect("a config");
        Self { folder }
    }

    /// Staging has these gates and this watch too, and its machines are replaced so.
    pub(super) fn staging_has_by(&self, strategy: &str, more: &str) {
        let app = "app = \"hello-staging\"";
        let config = CONFIG.replace(app, &format!("{app}, strategy = \"{strategy}\""));
        std::fs::write(self.file("shipgate.toml"), [&config, more].concat()).expect("a config");
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn database(&self) -> PathBuf {
        self.file("shipgate.db")
    }

    /// A command that finds the config and the database here, and nothing else.
    pub(super) fn shipgate(&self, args: &[&str]) -> Start {
        shipgate(args)
            .inside(self.folder.path())
            .env("LISTEN_ADDR", "127.0.0.1:0")
            .env("DATABASE_URL", url(&self.database()))
            .env("FLY_API_TOKEN", "simulated-fly-token")
            .env("FLY_FLAPS_BASE_URL", "http://127.0.0.1:9")
            .env("FLY_REGISTRY_HOST", "http://127.0.0.1:9")
            .env("SHIPGATE_API_TOKENS", format!("ada={ADA},bob={BOB}"))
    }

    /// `shipgate run` on this fly.io.
    pub(super) fn run(&self, flaps: &str) -> Running {
        Running::wait_for(self.shipgate(&["run"]).env("FLY_FLAPS_BASE_URL", flaps).env("FLY_REGISTRY_HOST", flaps))
    }
}

pub(super) fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// A `shipgate run` that listens.
pub(super) struct Running {
    pub(super) program: Program,
    pub(super) address: String,
    client: reqwest::Client,
}

impl Running {
    /// Starts one, and waits until it listens.
    #[track_caller]
    pub(super) fn wait_for(start: Start) -> Self {
        // The log names every commit, so that a test can wait for one.
        let mut program = start.env("RUST_LOG", "shipgate=trace").start();
        let line = program.line("listening");
        let address = line.rsplit_once("address=").map_or("", |(_, address)| address.trim());
        Self { address: format!("http://{address}"), program, client: no_pool() }
    }

    /// Registers v2 of the sample app and asks for it in staging; gives the deployment's id.
    pub(super) async fn deploy(&self, image: &str) -> String {
        let (status, _) = self.post("/api/v1/apps/hello/releases", json!({ "version": "v2", "image": image })).await;
        assert_eq!(status, 201);
        let (status, deployment) = self.post("/api/v1/apps/hello/environments/staging/deployments", json!({})).await;
        assert_eq!(status, 202, "{deployment}");
        deployment["id"].as_str().expect("an id").to_owned()
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.client.get(format!("{}{path}", self.address)).bearer_auth(ADA)).await
    }

    /// A token in the address lets nobody in; gives the status.
    pub(super) async fn get_with_the_token_in_the_address(&self, path: &str) -> u16 {
        let address = format!("{}{path}?token={ADA}&access_token={ADA}", self.address);
        self.client.get(address).send().await.expect("an answer").status().as_u16()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.client.post(format!("{}{path}", self.address)).bearer_auth(ADA).json(&body)).await
    }

    pub(super) async fn bob_posts(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.client.post(format!("{}{path}", self.address)).bearer_auth(BOB).json(&body)).await
    }

    /// Asks with a key that makes it happen once; gives the status.
    pub(super) async fn post_once(&self, key: &str, path: &str, body: Value) -> u16 {
        let request = self.client.post(format!("{}{path}", self.address)).bearer_auth(ADA);
        answer(request.header("Idempotency-Key", key).json(&body)).await.0
    }

    pub(super) async fn deployment(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/deployments/{id}")).await.1
    }
}

/// `shipgate sim fly`.
pub(super) struct Fly {
    pub(super) program: Program,
    pub(super) flaps: String,
    pub(super) image: String,
    client: reqwest::Client,
}

impl Fly {
    pub(super) fn start(speed: &str) -> Self {
        let mut program = shipgate(&["sim", "fly", "--speed", speed]).start();
        let flaps = program.line("FLY_FLAPS_BASE_URL=").trim().replace("FLY_FLAPS_BASE_URL=", "");
        let image = program.line("v2=").trim().replace("v2=", "");
        Self { program, flaps, image, client: reqwest::Client::new() }
    }

    /// The machines of staging, by name.
    pub(super) async fn machines(&self) -> Vec<Value> {
        let mut machines = self.list().await;
        machines.sort_by_key(|machine| machine["id"].to_string());
        machines
    }

    /// Stops every machine but the first few: one that does not run needs no watching after its update.
    pub(super) async fn stop_machines(&self, but: usize) {
        for machine in self.machines().await.into_iter().skip(but) {
            let id = machine["id"].as_str().expect("an id");
            self.ask(reqwest::Method::POST, &format!("/{id}/stop")).await;
            self.ask(reqwest::Method::GET, &format!("/{id}/wait?state=stopped&timeout=60")).await;
        }
    }

    /// That every machine runs the image, was updated once, and is held by nobody.
    pub(super) async fn was_updated_once(&self) {
        self.ends(true, 1).await;
    }

    /// That every machine runs the image or, where it was put back, does not; that it was updated so often, and is held
    /// by nobody. One that is kept for going back does not run it, and has one in its place; no other one is left over.
    pub(super) async fn ends(&self, on_the_image: bool, updated: usize) {
        let there: Vec<Value> = self.machines().await.into_iter().filter(|m| m["state"] != "destroying").collect();
        let notes = |machine: &Value| machine["config"]["metadata"].clone();
        let (kept, running): (Vec<&Value>, Vec<&Value>) =
            there.iter().partition(|m| notes(m)["shipgate_retired"].is_string());
        assert_eq!(running.len(), 2, "{there:?}");
        assert!(kept.is_empty() || kept.len() == 2 && on_the_image && updated == 0, "{there:?}");
        for machine in &there {
            let id = machine["id"].as_str().expect("an id");
            let is_kept = kept.contains(&machine);
            assert_eq!(notes(machine)["shipgate_temporary"], Value::Null, "{machine}");
            assert_eq!(machine["config"]["image"] == self.image.as_str(), on_the_image && !is_kept, "{machine}");
            let events = machine["events"].as_array().expect("events");
            let updates = events.iter().filter(|e| e["type"] == "update" && e["source"] == "user").count();
            assert_eq!(updates, updated, "{machine}");
            let lease = self.ask(reqwest::Method::GET, &format!("/{id}/lease")).await;
            assert_eq!(lease, json!({ "error": "lease not found" }));
        }
    }

    /// Whoever asks just after the program meets the rate limit that both have.
    async fn list(&self) -> Vec<Value> {
        for _ in 0..10_000 {
            if let Value::Array(machines) = self.ask(reqwest::Method::GET, "").await {
                return machines;
            }
        }
        panic!("no list of machines");
    }

    async fn ask(&self, method: reqwest::Method, path: &str) -> Value {
        let address = format!("{}/v1/apps/hello-staging/machines{path}", self.flaps);
        answer(self.client.request(method, address).bearer_auth("simulated-fly-token")).await.1
    }
}

/// Does some work on a thread of its own, so that works that mostly wait can wait side by side.
pub(super) fn apart<W: Future<Output: Send + 'static>>(
    work: impl FnOnce() -> W + Send + 'static,
) -> std::thread::JoinHandle<W::Output> {
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work())
    })
}

/// Each request has a connection of its own: one that lay idle may be hung up on in the very moment it is used again.
fn no_pool() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client")
}

/// An answer, which is what the API's own description says.
async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let (method, path) = (request.method().to_string(), request.url().path().to_owned());
    let response = client.execute(request).await.expect("an answer");
    let status = response.status().as_u16();
    let kind =
        response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await.expect("a body");
    contract::hold(&method, &path, status, &kind, &text);
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} {text}")))
}
