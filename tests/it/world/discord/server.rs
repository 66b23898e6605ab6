//! The REST side on the wire: reads a request, lets it fail if the script says so, has it judged and answered, writes
//! it down. What the answer is, is the business of `routes`.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::serve::ListenerExt as _;
use serde_json::Value;
use shipgate::clock::Span;
use tokio::net::TcpListener;

use super::reply::{Answered, Reply};
use super::state::Exchange;
use super::{FakeDiscord, Fault, TOKEN, judge, routes, wire};

/// The largest body that is read: <https://discord.com/developers/docs/reference#uploading-files>
const LARGEST: usize = 25 << 20;

/// A request, read.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) method: String,
    /// Without `/api/v10`, without the query.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) body: Option<Value>,
    pub(super) files: Vec<String>,
    /// It carries the bot's token.
    pub(super) bot: bool,
}

impl Incoming {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v)
    }
}

/// Serves until the process ends.
pub(super) fn serve(fake: FakeDiscord, listener: TcpListener) {
    let router = Router::new().fallback(take).with_state(fake);
    // Without delay: an answer is one small piece.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn take(Extracted(fake): Extracted<FakeDiscord>, request: Request) -> Response<Body> {
    let open = Open::new(&fake);
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else { return cut() };
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let Some(path) = path.strip_prefix("/api/v10").map(str::to_owned) else {
        return answer(&Reply::unknown(String::new()), "", &path);
    };
    let incoming = read(parts.method.as_str(), path, query, &parts.headers, &bytes);
    let (method, path) = match &incoming {
        Ok(request) => (request.method.clone(), request.path.clone()),
        Err((method, path, _)) => (method.clone(), path.clone()),
    };
    let fault = fake.lock().script.take(&method, &path);
    let place = fake.enter(&incoming, fault.is_some());
    match fault {
        Some(Fault::Deaf) => {
            open.never();
            std::future::pending().await
        }
        Some(Fault::Status { code, body, retry_after }) => {
            #[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
            let seconds = retry_after.map(|Span(after)| after as f64 / 1_000.0);
            let reply = Reply { status: code, body, retry_after: seconds, violations: Vec::new() };
            fake.wrote(place, &reply);
            answer(&reply, &method, &path)
        }
        lost => {
            let reply = fake.replies(incoming);
            fake.wrote(place, &reply);
            if lost.is_some() { cut() } else { answer(&reply, &method, &path) }
        }
    }
}

/// A request, or why it cannot be read.
type Read = Result<Incoming, (String, String, String)>;

fn read(method: &str, path: String, query: String, headers: &HeaderMap, bytes: &Bytes) -> Read {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let method = method.to_owned();
    match wire::body(header("content-type"), bytes) {
        Ok((body, files)) => {
            let bot = header("authorization") == format!("Bot {TOKEN}");
            Ok(Incoming { method, path, query, body, files, bot })
        }
        Err(why) => Err((method, path, why)),
    }
}

impl FakeDiscord {
    fn enter(&self, incoming: &Read, scripted: bool) -> usize {
        let mut state = self.lock();
        let at = state.now();
        let exchange = match incoming {
            Ok(request) => {
                let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
                let (method, path) = (request.method.clone(), format!("{}{query}", request.path));
                Exchange { method, path, body: request.body.clone(), answer: None, scripted, at }
            }
            Err((method, path, _)) => {
                Exchange { method: method.clone(), path: path.clone(), body: None, answer: None, scripted, at }
            }
        };
        state.exchanges.push(exchange);
        state.exchanges.len() - 1
    }

    fn wrote(&self, place: usize, reply: &Reply) {
        let mut state = self.lock();
        let exchange = &mut state.exchanges[place];
        exchange.answer = Some((reply.status, reply.body.clone()));
        let said = format!("{} {}", exchange.method, exchange.path);
        state.violations.extend(reply.violations.iter().map(|violation| format!("{said}: {violation}")));
        drop(state);
        self.ring();
    }

    /// Judges and answers.
    fn replies(&self, incoming: Read) -> Reply {
        let request = match incoming {
            Ok(request) => request,
            Err((_, _, why)) => {
                let mut reply = Reply::no(50_109);
                reply.violations.push(why);
                return reply;
            }
        };
        let mut reply = self.decides(&request).unwrap_or_else(|refusal| refusal);
        reply.violations.extend(judge::answer(&request, &reply));
        reply
    }

    fn decides(&self, request: &Incoming) -> Answered {
        if !request.bot && !by_token(&request.path) {
            return Err(Reply::no(0));
        }
        let problems = judge::request(request);
        if let Some(unknown) = problems.iter().find(|problem| problem.says.starts_with(&request.method)) {
            return Err(Reply::unknown(unknown.says.clone()));
        }
        if !problems.is_empty() {
            return Err(Reply::invalid(&problems));
        }
        routes::route(&mut self.lock(), request)
    }
}

/// Who knows the token of an interaction needs no other.
/// <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>
fn by_token(path: &str) -> bool {
    path.starts_with("/interactions/") || path.starts_with("/webhooks/")
}

/// <https://discord.com/developers/docs/topics/rate-limits#header-format>
fn answer(reply: &Reply, method: &str, path: &str) -> Response<Body> {
    let bytes = reply.body.as_ref().map(Value::to_string).unwrap_or_default();
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    let limited = reply.status == 429;
    let reset = reply.retry_after.unwrap_or(1.0);
    // Routes of one kind share a bucket; what stands for a kind here is the path without its numbers.
    let kind: String = path.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: String| {
        headers.insert(name, HeaderValue::from_str(&value).expect("a header"));
    };
    put("content-type", (if reply.body.is_some() { "application/json" } else { "text/html" }).to_owned());
    put("x-ratelimit-limit", "50".to_owned());
    put("x-ratelimit-remaining", (if limited { "0" } else { "49" }).to_owned());
    put("x-ratelimit-reset", format!("{reset:.3}"));
    put("x-ratelimit-reset-after", format!("{reset:.3}"));
    put(
        "x-ratelimit-bucket",
        format!("{:x}", kind.bytes().fold(method.len(), |all, one| all * 31 % 65_521 + usize::from(one))),
    );
    if let Some(after) = reply.retry_after {
        put("retry-after", after.to_string());
        put("x-ratelimit-scope", "user".to_owned());
    }
    response
}

/// The connection ends in the middle of the answer.
fn cut() -> Response<Body> {
    let pieces = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An exchange, from its arrival until it is answered or given up.
struct Open(FakeDiscord, u64);

impl Open {
    fn new(fake: &FakeDiscord) -> Self {
        let mut state = fake.lock();
        let ticket = state.open.last_key_value().map_or(0, |(last, _)| last + 1);
        state.open.insert(ticket, false);
        drop(state);
        fake.ring();
        Self(fake.clone(), ticket)
    }

    /// No answer will ever come.
    fn never(&self) {
        self.0.lock().open.insert(self.1, true);
        self.0.ring();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().open.remove(&self.1);
        self.0.ring();
    }
}
