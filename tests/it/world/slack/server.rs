//! The Web API on the wire: reads a call, lets it fail if the script says so, has it judged and answered, writes it down.
//! What the answer is, is the business of `routes`.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::serve::ListenerExt as _;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::state::Exchange;
use super::{APP_TOKEN, BOT_TOKEN, FakeSlack, Fault, judge, routes};

/// The largest body that is read.
const LARGEST: usize = 4 << 20;

/// A call, read.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    /// `chat.postMessage`, `response_url`, `upload`.
    pub(super) method: String,
    /// What stands behind the method in the path.
    pub(super) rest: String,
    pub(super) body: Value,
    /// Whether the arguments were in the query.
    pub(super) is_reading: bool,
    /// Whose token it carries.
    pub(super) token: Option<Token>,
    pub(super) raw: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Bot,
    App,
    Unknown,
}

/// Serves until the process ends.
pub(super) fn serve(fake: FakeSlack, listener: TcpListener) {
    let router = Router::new().fallback(take).with_state(fake);
    // Without delay: an answer is one small piece.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn take(Extracted(fake): Extracted<FakeSlack>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else { return cut() };
    let incoming = read(parts.uri.path(), parts.uri.query(), &parts.headers, &bytes);
    let fault = fake.lock().script.take(&incoming.method);
    let place = fake.enter(&incoming, fault.is_some());
    match fault {
        Some(Fault::Deaf) => std::future::pending().await,
        Some(Fault::Says(word)) => fake.answers(place, 200, json!({"ok": false, "error": word})),
        Some(Fault::Answers(said)) => fake.answers(place, 200, serde_json::from_str(said).expect("JSON")),
        Some(Fault::Status(code)) => fake.answers(place, code, Value::Null),
        Some(Fault::Limited(seconds)) => {
            let mut answer = fake.answers(place, 429, json!({"ok": false, "error": "ratelimited"}));
            answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            answer
        }
        lost => {
            let answer = fake.decides(&incoming);
            let mut answer = fake.answers(place, 200, answer);
            if incoming.token == Some(Token::Bot) {
                let scopes = HeaderValue::from_str(&fake.lock().scopes.join(",")).expect("a header");
                answer.headers_mut().insert("x-oauth-scopes", scopes);
            }
            if lost.is_some() { cut() } else { answer }
        }
    }
}

fn read(path: &str, query: Option<&str>, headers: &HeaderMap, bytes: &Bytes) -> Incoming {
    let path = path.trim_start_matches('/');
    let (method, rest) = match path.strip_prefix("api/") {
        Some(method) => (method, ""),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = match header("authorization").strip_prefix("Bearer ") {
        Some(BOT_TOKEN) => Some(Token::Bot),
        Some(APP_TOKEN) => Some(Token::App),
        Some(_) => Some(Token::Unknown),
        None => None,
    };
    let is_form = header("content-type").starts_with("application/x-www-form-urlencoded");
    let pairs = |text: &[u8]| -> Map<String, Value> {
        form_urlencoded::parse(text).map(|(key, value)| (key.into_owned(), json!(value))).collect()
    };
    let body = match (bytes.is_empty(), is_form) {
        (true, _) => Value::Object(pairs(query.unwrap_or_default().as_bytes())),
        (false, true) => Value::Object(pairs(bytes)),
        (false, false) => serde_json::from_slice(bytes).unwrap_or(Value::Null),
    };
    let (method, rest) = (method.to_owned(), rest.to_owned());
    Incoming { method, rest, body, is_reading: bytes.is_empty(), token, raw: bytes.clone() }
}

impl FakeSlack {
    fn enter(&self, incoming: &Incoming, scripted: bool) -> usize {
        let mut state = self.lock();
        let (method, body, at) = (incoming.method.clone(), incoming.body.clone(), state.now());
        state.exchanges.push(Exchange { method, body, answer: None, scripted, at });
        state.exchanges.len() - 1
    }

    fn answers(&self, place: usize, status: u16, body: Value) -> Response<Body> {
        let text = if body.is_null() { "<html>no</html>".to_owned() } else { body.to_string() };
        self.lock().exchanges[place].answer = Some((status, body));
        self.ring();
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = StatusCode::from_u16(status).expect("a status");
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }

    /// Judges and answers.
    fn decides(&self, incoming: &Incoming) -> Value {
        let mut state = self.lock();
        let wrong = judge::call(incoming);
        let answer = match routes::route(&mut state, incoming) {
            _ if !wrong.is_empty() => {
                wrong.iter().for_each(|rule| state.breaks(format!("{}: {rule}", incoming.method)));
                json!({"ok": false, "error": "invalid_arguments"})
            }
            Ok(mut answer) => {
                answer["ok"] = json!(true);
                answer
            }
            Err("missing_scope") => json!({
                "ok": false, "error": "missing_scope", "needed": routes::needed(&incoming.method),
                "provided": state.scopes.join(","),
            }),
            Err(word) => json!({"ok": false, "error": word}),
        };
        let wrong = judge::answer(&incoming.method, &answer);
        wrong.into_iter().for_each(|rule| state.breaks(format!("the fake is wrong: {}: {rule}", incoming.method)));
        answer
    }
}

/// The connection ends in the middle of the answer.
fn cut() -> Response<Body> {
    let pieces = futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
