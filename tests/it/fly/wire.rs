//! A listener between the target and the simulated fly.io: it passes everything on, writes it down, holds it against
//! the official description, and can answer by itself in ways that the simulator does not know.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response};
use serde_json::{Value, json};
use shipgate::sim::MachineView;
use tokio::net::TcpListener;

use crate::world::specs::{Exchange, Spec};

/// The listener. Copies share it.
#[derive(Clone)]
pub(super) struct Wire {
    pub(super) url: String,
    heard: Arc<Heard>,
}

struct Heard {
    to: String,
    http: reqwest::Client,
    lines: Mutex<Vec<Line>>,
    script: Mutex<VecDeque<Canned>>,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) authorization: String,
    pub(super) accept: String,
    pub(super) request: Option<Value>,
    pub(super) answer: Option<(u16, Option<Value>)>,
    /// Not fly.io's answer, or one that fly.io's proxies give for it: not held against the description.
    foreign: bool,
}

/// An answer that does not come from the simulator.
pub(super) struct Canned {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, &'static str)>,
    pub(super) body: &'static str,
    /// Only for requests whose method and path begin and end so.
    pub(super) on: (&'static str, &'static str),
}

impl Wire {
    /// Listens in front of the simulator.
    pub(super) async fn to(simulator: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let to = simulator.to_owned();
        let heard = Arc::new(Heard { to, http, lines: Mutex::default(), script: Mutex::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&heard));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, heard }
    }

    /// The next request that fits is answered so.
    pub(super) fn next(&self, canned: Canned) {
        self.heard.script.lock().unwrap().push_back(canned);
    }

    /// Everything that was said.
    pub(super) fn lines(&self) -> Vec<Line> {
        self.heard.lines.lock().unwrap().clone()
    }

    /// Somebody else asks for something at the simulator, past this wire.
    pub(super) async fn post(&self, app: &str, machine: &str, what: &str) {
        self.post_with("", app, machine, what).await;
    }

    /// The same, with the nonce of a lease: what fly.io itself does needs none.
    pub(super) async fn post_with(&self, nonce: &str, app: &str, machine: &str, what: &str) {
        let url = format!("{}/v1/apps/{app}/machines/{machine}/{what}", self.heard.to);
        let request = self.heard.http.post(url).header("fly-machine-lease-nonce", nonce);
        let request = request.header("authorization", format!("Bearer {}", shipgate::sim::DEMO_TOKEN));
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Somebody else takes a machine's lease; its nonce.
    pub(super) async fn lease(&self, app: &str, machine: &str) -> String {
        let path = format!("{app}/machines/{machine}/lease");
        let body = self.other(reqwest::Method::POST, &path, Some(json!({"ttl": 600}))).await;
        body["data"]["nonce"].as_str().unwrap().to_owned()
    }

    /// The same, for a purpose.
    pub(super) async fn lease_for(&self, app: &str, machine: &str, purpose: &str) -> String {
        let path = format!("{app}/machines/{machine}/lease");
        let body = self.other(reqwest::Method::POST, &path, Some(json!({"ttl": 13, "description": purpose}))).await;
        body["data"]["nonce"].as_str().unwrap().to_owned()
    }

    /// A newer attempt stamps a machine.
    pub(super) async fn stamp(&self, app: &str, machine: &str, attempt: &str) {
        let path = format!("{app}/machines/{machine}/metadata/shipgate_attempt");
        self.other(reqwest::Method::POST, &path, Some(json!({"value": attempt}))).await;
    }

    /// Another tool gives a machine another config.
    pub(super) async fn configure(&self, app: &str, machine: &MachineView) {
        let body = json!({"config": machine.config});
        self.other(reqwest::Method::POST, &format!("{app}/machines/{}", machine.id), Some(body)).await;
    }

    /// Another tool deploys an image to a machine, as `fly deploy` does.
    pub(super) async fn deploy(&self, app: &str, machine: &MachineView, image: &str) {
        let mut config = serde_json::Value::Object(machine.config.clone());
        config["image"] = json!(image);
        self.other(reqwest::Method::POST, &format!("{app}/machines/{}", machine.id), Some(json!({"config": config})))
            .await;
    }

    /// Somebody adds a machine like that one.
    pub(super) async fn clone_machine(&self, app: &str, machine: &MachineView) {
        let body = json!({"config": machine.config, "region": "nrt"});
        self.other(reqwest::Method::POST, &format!("{app}/machines"), Some(body)).await;
    }

    /// Somebody else removes a machine.
    pub(super) async fn destroy(&self, app: &str, machine: &str) {
        self.other(reqwest::Method::DELETE, &format!("{app}/machines/{machine}?force=true"), None).await;
    }

    async fn other(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let request = self.heard.http.request(method, format!("{}/v1/apps/{path}", self.heard.to));
        let request = request.header("authorization", format!("Bearer {}", shipgate::sim::DEMO_TOKEN));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
    }

    /// Everything in which it differs from the official description.
    pub(super) fn violations(&self) -> Vec<String> {
        let Some(spec) = Spec::fly() else { return Vec::new() };
        let mut violations = Vec::new();
        for line in self.lines() {
            let answer = line.answer.as_ref().filter(|_| !line.foreign).map(|(status, body)| (*status, body.as_ref()));
            let exchange = Exchange { method: &line.method, path: &line.path, request: line.request.as_ref(), answer };
            let found = spec.check(&exchange).err().unwrap_or_default();
            violations.extend(found.into_iter().map(|v| format!("{} {}: {v}", line.method, line.path)));
        }
        violations
    }
}

async fn pass(State(heard): State<Arc<Heard>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path_and_query().unwrap().to_string();
    let header = |name: &str| parts.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let (authorization, accept) = (header("authorization"), header("accept"));
    let line = Line {
        method: parts.method.to_string(),
        path: path.clone(),
        authorization,
        accept,
        request: serde_json::from_slice(&bytes).ok(),
        answer: None,
        foreign: false,
    };
    let place = {
        let mut lines = heard.lines.lock().unwrap();
        lines.push(line);
        lines.len() - 1
    };
    if let Some(canned) = canned(&heard, parts.method.as_str(), parts.uri.path()) {
        let mut answer = Response::new(Body::from(canned.body));
        *answer.status_mut() = canned.status.try_into().unwrap();
        for (name, value) in canned.headers {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let mut lines = heard.lines.lock().unwrap();
        lines[place].answer = Some((canned.status, None));
        lines[place].foreign = true;
        return answer;
    }
    let mut headers: HeaderMap = parts.headers;
    headers.remove("host");
    headers.remove("content-length");
    let url = format!("{}{path}", heard.to);
    let answer = heard.http.request(parts.method, url).headers(headers).body(bytes).send().await;
    let Ok(answer) = answer else { return broken() };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let Ok(bytes) = answer.bytes().await else { return broken() };
    let said: Option<Value> = serde_json::from_slice(&bytes).ok();
    {
        let line = &mut heard.lines.lock().unwrap()[place];
        line.foreign = status.as_u16() >= 500 && said.is_none();
        line.answer = Some((status.as_u16(), said));
    }
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn canned(heard: &Heard, method: &str, path: &str) -> Option<Canned> {
    let mut script = heard.script.lock().unwrap();
    let fits = |canned: &Canned| method.starts_with(canned.on.0) && path.ends_with(canned.on.1);
    let place = script.iter().position(fits)?;
    script.remove(place)
}

/// The connection ends in the middle of the answer.
fn broken() -> Response<Body> {
    let pieces = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    Response::new(Body::from_stream(pieces))
}
