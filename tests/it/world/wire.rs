//! A listener between the program and a far end: passes everything on, writes it down, and can fail in the ways in
//! which networks and other people's servers fail.
//!
//! It knows at any moment which exchanges are open and since when (by the clock's tickets): that is how `quiet` knows
//! that somebody waits for an answer that only time can bring.
//!
//! To add a way to fail: a variant of [`Trouble`] and an arm in [`Wire::pass`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::serve::ListenerExt as _;
use serde_json::Value;
use shipgate::clock::Clock as _;
use tokio::net::TcpListener;

use super::clock::ManualClock;
use super::story::Story;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) request: Option<Value>,
    pub(crate) answer: Option<(u16, Option<Value>)>,
    /// Not the far end's own answer.
    pub(crate) scripted: bool,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// None: for what comes before it.
    Passes,
    /// No answer ever comes, and nothing has happened.
    Deaf,
    /// This answer comes instead, and nothing has happened.
    Says(u16, &'static str),
    /// It has happened, but the answer is lost on its way.
    LosesTheAnswer,
    /// The connection ends, and nothing has happened.
    Cuts,
}

/// Which requests are meant: by method, and by the end of the path without its query; empty texts mean all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct On(pub(crate) &'static str, pub(crate) &'static str);

/// Every request.
pub(crate) const ALL: On = On("", "");

/// The listener. Copies share it.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) url: String,
    heard: Arc<Heard>,
}

#[derive(Debug)]
struct Heard {
    name: &'static str,
    to: String,
    http: reqwest::Client,
    clock: Arc<ManualClock>,
    story: Story,
    lines: Mutex<Vec<Line>>,
    /// The exchanges without an answer by their tickets, and whether they will never have one.
    open: Mutex<BTreeMap<u64, bool>>,
    script: Mutex<Vec<(Option<usize>, On, Trouble)>>,
}

impl Wire {
    /// Listens in front of a far end.
    pub(crate) async fn to(name: &'static str, url: &str, clock: &Arc<ManualClock>, story: &Story) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let here = format!("http://{}", listener.local_addr().expect("an address"));
        let http = client();
        let heard = Arc::new(Heard {
            name,
            to: url.to_owned(),
            http,
            clock: Arc::clone(clock),
            story: story.clone(),
            lines: Mutex::default(),
            open: Mutex::default(),
            script: Mutex::default(),
        });
        let router = Router::new().fallback(take).with_state(Self { url: here.clone(), heard: Arc::clone(&heard) });
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a connection without delay"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url: here, heard }
    }

    /// From now on, requests that fit go wrong so; the next `times` only, if that is given.
    pub(crate) fn fails(&self, times: Option<usize>, on: On, trouble: Trouble) {
        lock(&self.heard.script).push((times, on, trouble));
    }

    /// Nothing more goes wrong.
    pub(crate) fn works_again(&self) {
        lock(&self.heard.script).clear();
    }

    /// Everything that was said.
    pub(crate) fn lines(&self) -> Vec<Line> {
        lock(&self.heard.lines).clone()
    }

    /// The exchanges without an answer: their tickets, and how many of them will never have one.
    pub(crate) fn open(&self) -> (Vec<u64>, usize) {
        let open = lock(&self.heard.open);
        (open.keys().copied().collect(), open.values().filter(|deaf| **deaf).count())
    }

    async fn pass(&self, request: Request, open: &Open) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.expect("a whole request");
        let (method, path) = (parts.method.to_string(), parts.uri.path_and_query().expect("a path").to_string());
        let trouble = self.trouble(&method, parts.uri.path()).filter(|trouble| !matches!(trouble, Trouble::Passes));
        let (request, scripted) = (serde_json::from_slice(&bytes).ok(), trouble.is_some());
        let place = self.enter(Line { method: method.clone(), path: path.clone(), request, answer: None, scripted });
        let forward = {
            let mut headers = parts.headers;
            headers.remove(header::HOST);
            headers.remove(header::CONTENT_LENGTH);
            let to = format!("{}{path}", self.heard.to);
            self.heard.http.request(parts.method.clone(), to).headers(headers).body(bytes).send()
        };
        match trouble {
            Some(Trouble::Deaf) => {
                open.never();
                std::future::pending().await
            }
            Some(Trouble::Says(status, body)) => {
                self.answered(place, status, None);
                let mut answer = Response::new(Body::from(body));
                *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
                return answer;
            }
            Some(Trouble::LosesTheAnswer) => {
                let _ = forward.await;
                return cut();
            }
            Some(Trouble::Cuts) => return cut(),
            Some(Trouble::Passes) | None => {}
        }
        // What was sent arrives, even if the sender gives up meanwhile; only a reading ends with who reads.
        let answer = match parts.method == reqwest::Method::GET {
            true => forward.await,
            false => tokio::spawn(forward).await.expect("an exchange"),
        };
        let Ok(answer) = answer else { return cut() };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let Ok(bytes) = answer.bytes().await else { return cut() };
        self.answered(place, status.as_u16(), serde_json::from_slice(&bytes).ok());
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response.headers_mut().remove(header::TRANSFER_ENCODING);
        response
    }

    fn enter(&self, line: Line) -> usize {
        let mut lines = lock(&self.heard.lines);
        lines.push(line);
        lines.len() - 1
    }

    fn answered(&self, place: usize, status: u16, body: Option<Value>) {
        let line = &mut lock(&self.heard.lines)[place];
        line.answer = Some((status, body));
        let told = format!("{:<6} {} {} → {status}", self.heard.name, line.method, line.path);
        self.heard.story.tell(self.heard.clock.now(), told);
    }

    /// What goes wrong with a request, if anything does.
    fn trouble(&self, method: &str, path: &str) -> Option<Trouble> {
        let mut script = lock(&self.heard.script);
        let fits = |on: &On| method.starts_with(on.0) && path.ends_with(on.1);
        let (times, _, trouble) = script.iter_mut().find(|(times, on, _)| *times != Some(0) && fits(on))?;
        if let Some(times) = times {
            *times -= 1;
        }
        Some(*trouble)
    }
}

async fn take(State(wire): State<Wire>, request: Request) -> Response<Body> {
    let open = Open::new(&wire);
    wire.pass(request, &open).await
}

/// An exchange, from its arrival until it is answered or given up.
struct Open(Arc<Heard>, u64);

impl Open {
    fn new(wire: &Wire) -> Self {
        let ticket = wire.heard.clock.ticket();
        lock(&wire.heard.open).insert(ticket, false);
        wire.heard.clock.ring();
        Self(Arc::clone(&wire.heard), ticket)
    }

    /// No answer will ever come.
    fn never(&self) {
        lock(&self.0.open).insert(self.1, true);
        self.0.clock.ring();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        lock(&self.0.open).remove(&self.1);
        self.0.clock.ring();
    }
}

/// A client for addresses on this machine. Why without certificates: reading them takes longer than a scenario.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client")
}

/// The connection ends in the middle of the answer.
fn cut() -> Response<Body> {
    let pieces = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
