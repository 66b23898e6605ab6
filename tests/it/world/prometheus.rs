//! A Prometheus on the wire: `GET /api/v1/query`, with answers of the shapes that Prometheus documents; which one is the
//! test's to say. Any other request, and one without what opens it, breaks a rule, of which the world complains at its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Value, json};
use shipgate::checks::prometheus::Access;
use tokio::net::TcpListener;

use super::World;
use super::wire::{ALL, Trouble, Wire};

/// What opens it.
pub(crate) const TOKEN: &str = "prometheus-secret-5c1e";

/// The stand-in. Copies share it.
#[derive(Clone)]
pub(crate) struct FakePrometheus {
    pub(crate) url: String,
    seen: Arc<Mutex<Seen>>,
}

struct Seen {
    says: (u16, Value),
    queries: Vec<String>,
    violations: Vec<String>,
}

impl FakePrometheus {
    /// One that listens, and says 0 to everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Seen { says: (200, vector(&["0"])), queries: Vec::new(), violations: Vec::new() };
        let fake = Self { url, seen: Arc::new(Mutex::new(seen)) };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    /// From now on every query gives one series with this value, as Prometheus writes numbers.
    pub(crate) fn gives(&self, number: &str) {
        self.says(200, vector(&[number]));
    }

    /// From now on it says this to every query.
    pub(crate) fn says(&self, status: u16, body: Value) {
        self.seen().says = (status, body);
    }

    /// What it was asked.
    pub(crate) fn queries(&self) -> Vec<String> {
        self.seen().queries.clone()
    }

    /// What was not asked as it must be.
    pub(super) fn violations(&self) -> Vec<String> {
        self.seen().violations.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant vector with a series for each number.
pub(crate) fn vector(numbers: &[&str]) -> Value {
    let series = numbers.iter().enumerate();
    let series =
        series.map(|(n, number)| json!({ "metric": { "instance": n.to_string() }, "value": [1795410000.781, number] }));
    json!({ "status": "success", "data": { "resultType": "vector", "result": series.collect::<Vec<_>>() } })
}

async fn answer(State(fake): State<FakePrometheus>, request: Request) -> (StatusCode, axum::Json<Value>) {
    let url = Url::parse(&format!("{}{}", fake.url, request.uri())).expect("an address");
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let shown = request.headers().get(AUTHORIZATION).and_then(|shown| shown.to_str().ok()).unwrap_or_default();
    let mut seen = fake.seen();
    match asked.as_slice() {
        [(key, query)] if key == "query" && url.path() == "/api/v1/query" && request.method() == "GET" => {
            seen.queries.push(query.clone());
        }
        _ => seen.violations.push(format!("{} {url} is no query", request.method())),
    }
    if shown != format!("Bearer {TOKEN}") {
        seen.violations.push("somebody asked without the token".to_owned());
    }
    let (status, body) = seen.says.clone();
    (StatusCode::from_u16(status).expect("a status"), axum::Json(body))
}

impl World {
    /// Prometheus.
    #[track_caller]
    pub(crate) fn prometheus(&self) -> &FakePrometheus {
        &self.far.prometheus.as_ref().expect("a world with Prometheus").0
    }

    /// From now on every question to Prometheus goes wrong so.
    #[track_caller]
    pub(crate) fn prometheus_fails(&self, trouble: Trouble) {
        self.prometheus_wire().fails(None, ALL, trouble);
    }

    #[track_caller]
    fn prometheus_wire(&self) -> &Wire {
        &self.far.prometheus.as_ref().expect("a world with Prometheus").1
    }

    /// Prometheus as the program has it.
    pub(super) fn prometheus_access(&self) -> Option<Access> {
        let (_, wire) = self.far.prometheus.as_ref()?;
        Some(Access { url: wire.url.clone(), token: Some(SecretString::from(TOKEN)) })
    }

    /// Everything that was written down anywhere: the log, all that was shown, the files of the database.
    pub(crate) fn everything_written(&self) -> Vec<(String, String)> {
        let mut written = vec![
            ("the log".to_owned(), self.log.text()),
            ("the screen".to_owned(), self.screen.paper.text()),
            ("the story".to_owned(), self.story.text()),
        ];
        for entry in self.folder.path().read_dir().expect("a folder") {
            let path = entry.expect("a file").path();
            let bytes = std::fs::read(&path).expect("a file");
            written.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
        written
    }
}
