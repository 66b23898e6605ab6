//! Checks over a real server on loopback: each answer with its verdict, its value and its evidence.

mod prometheus;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use insta::assert_snapshot;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Value, json};
use shipgate::checks::{self, Answer, Deps, http};
use shipgate::clock::SystemClock;
use shipgate::config::LOCALES;
use shipgate::domain::{CheckSpec, Span, Verdict};

use crate::config::words;

/// An app as checks see it.
async fn app() -> SocketAddr {
    let router = Router::new()
        .route("/health", get(|| async { axum::Json(json!({ "status": "ok", "load": 0.25, "db": { "up": true } })) }))
        .route("/broken", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "out") }))
        .route("/moved", get(|| async { Redirect::temporary("/health") }))
        .route("/page", get(|| async { format!("<html>\n{}", "x".repeat(200)) }))
        .route("/large", get(|| async { format!("\"{}\"", "x".repeat(70_000)) }))
        .route("/silent", get(std::future::pending::<StatusCode>))
        .route("/stuck", get(stuck))
        .route("/agent", get(agent));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A status at once, and then nothing.
async fn stuck() -> impl IntoResponse {
    let body = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    ([(header::CONTENT_TYPE, "application/json")], body)
}

async fn agent(headers: HeaderMap) -> impl IntoResponse {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    axum::Json(json!({ "agent": agent.split('/').next() }))
}

fn deps() -> Deps {
    Deps { clock: SystemClock::real(), http: checks::client().unwrap(), prometheus: None }
}

async fn ask(settings: Value) -> Answer {
    let spec = CheckSpec { kind: "http".to_owned(), settings };
    checks::build(&spec, &deps()).unwrap().ask().await
}

/// Verdict and words, in which the port and the time taken are made the same.
#[track_caller]
fn told(answer: &Answer, address: SocketAddr) -> String {
    let mut note = answer.note.clone();
    if note.args.contains_key("ms") {
        note.args.insert("ms".to_owned(), "<ms>".to_owned());
    }
    let said = LOCALES.map(|locale| words::say(locale, &note))[0].replace(&address.to_string(), "<app>");
    format!("{:?}: {said}", answer.verdict)
}

#[tokio::test]
async fn a_healthy_app_passes_with_its_latency_as_the_value() {
    let app = app().await;
    let answer = ask(json!({ "url": format!("http://{app}/health") })).await;
    assert_snapshot!(told(&answer, app), @"Pass: http://<app>/health answered 200 in <ms> ms.");
    assert!(answer.value.is_some_and(|value| (0.0..5.0).contains(&value)), "{answer:?}");
    let answer = ask(json!({ "url": format!("http://{app}/broken"), "status": 503, "method": "HEAD" })).await;
    assert_snapshot!(told(&answer, app), @"Pass: http://<app>/broken answered 503 in <ms> ms.");
}

#[tokio::test]
async fn a_wrong_status_fails() {
    let app = app().await;
    let answer = ask(json!({ "url": format!("http://{app}/broken") })).await;
    assert_snapshot!(told(&answer, app), @"Fail: http://<app>/broken answered 503 instead of 200.");
    assert_eq!(answer.value, None);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let app = app().await;
    assert_snapshot!(told(&ask(json!({ "url": format!("http://{app}/moved") })).await, app), @"Fail: http://<app>/moved answered 307, a redirect, instead of 200. Redirects are not followed.");
    let answer = ask(json!({ "url": format!("http://{app}/moved"), "status": 307 })).await;
    assert_eq!(answer.verdict, Verdict::Pass);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_fails_though_it_is_right() {
    let app = app().await;
    // No answer comes within a millisecond of a clock that runs a hundred thousand times as fast.
    let fast = Deps { clock: SystemClock::faster(100_000.0), ..deps() };
    let settings = json!({ "url": format!("http://{app}/health"), "latency_below": 1, "timeout": 10_000_000_000_i64 });
    let spec = CheckSpec { kind: "http".to_owned(), settings };
    let answer = checks::build(&spec, &fast).unwrap().ask().await;
    assert_snapshot!(told(&answer, app), @"Fail: http://<app>/health answered 200, but took <ms> ms; it must take less than 1 ms.");
    assert!(answer.value.is_some());
}

#[tokio::test]
async fn no_answer_in_time_fails_whether_before_or_after_the_headers() {
    let app = app().await;
    for path in ["silent", "stuck"] {
        let settings = json!({ "url": format!("http://{app}/{path}"), "timeout": 100 });
        assert_eq!(told(&ask(settings).await, app), format!("Fail: http://<app>/{path} did not answer within 100 ms."));
    }
}

#[tokio::test]
async fn a_field_of_the_answer_is_looked_at() {
    let app = app().await;
    let field = |path: &str, field: Value| {
        let url = format!("http://{app}/{path}");
        async move { ask(json!({ "url": url, "json": field })).await }
    };
    let right = [
        (json!({ "field": "/status", "is": "ok" }), None),
        (json!({ "field": "/db/up", "is": true }), None),
        (json!({ "field": "/load" }), Some(0.25)),
        (json!({ "field": "/load", "is": 0.25 }), Some(0.25)),
    ];
    for (settings, value) in right {
        let answer = field("health", settings).await;
        assert_eq!(answer.verdict, Verdict::Pass);
        assert!(value.is_none() || answer.value == value, "{answer:?}");
    }
    let differs = field("health", json!({ "field": "/load", "is": 1 })).await;
    assert_eq!(differs.value, Some(0.25));
    assert_snapshot!(told(&differs, app), @"Fail: In the answer of http://<app>/health, `/load` is `0.25` instead of `1`.");
    assert_snapshot!(told(&field("health", json!({ "field": "/status", "is": "fine" })).await, app), @"Fail: In the answer of http://<app>/health, `/status` is `ok` instead of `fine`.");
    assert_snapshot!(told(&field("health", json!({ "field": "/version" })).await, app), @"Fail: The answer of http://<app>/health has no field `/version`.");
    assert_snapshot!(told(&field("page", json!({ "field": "/status" })).await, app), @"Fail: http://<app>/page answered, but not with JSON: <html> xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…");
    assert_eq!(field("agent", json!({ "field": "/agent", "is": "shipgate" })).await.verdict, Verdict::Pass);
}

#[tokio::test]
async fn a_large_answer_is_fine_unless_it_must_be_looked_into() {
    let app = app().await;
    let url = format!("http://{app}/large");
    assert_eq!(ask(json!({ "url": url })).await.verdict, Verdict::Pass);
    let answer = ask(json!({ "url": url, "json": { "field": "/status" } })).await;
    assert_snapshot!(told(&answer, app), @"Unknown: http://<app>/large sent more than 64 KiB, so its JSON was not read.");
}

#[tokio::test]
async fn a_refused_connection_fails() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let answer = ask(json!({ "url": format!("http://ada:hunter2@{nobody}/health?token=s3cret") })).await;
    assert_snapshot!(told(&answer, nobody), @"Fail: http://<app>/health refused the connection: nothing listens there.");
}

#[tokio::test]
async fn a_server_that_talks_nonsense_fails() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.writable().await.unwrap();
            stream.try_write(b"SSH-2.0-OpenSSH\r\n").unwrap();
        }
    });
    let answer = ask(json!({ "url": format!("http://{address}/?token=s3cret") })).await;
    assert_snapshot!(told(&answer, address), @"Fail: http://<app>/ broke off without a proper answer: received unexpected message from connection");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_no_verdict_on_the_app() {
    struct Nowhere;
    impl Resolve for Nowhere {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err::<Addrs, _>("no such host".into()) })
        }
    }
    let http = reqwest::Client::builder().dns_resolver(Arc::new(Nowhere)).timeout(Duration::from_secs(60)).build();
    let deps = Deps { http: http.unwrap(), ..deps() };
    let spec = http::Settings {
        url: "https://hello.example.org/health".to_owned(),
        method: http::Method::Get,
        status: 200,
        latency_below: None,
        json: None,
        timeout: Span::seconds(10),
    };
    let answer = checks::build(&spec.spec(), &deps).unwrap().ask().await;
    assert_eq!((answer.verdict, answer.value), (Verdict::Unknown, None));
    assert_snapshot!(told(&answer, "127.0.0.1:1".parse().unwrap()), @"Unknown: https://hello.example.org/health could not be asked: its host name does not resolve from here.");
}

#[test]
fn what_this_version_cannot_make_is_said() {
    let deps = deps();
    let refused = |kind: &str, settings: Value| {
        let spec = CheckSpec { kind: kind.to_owned(), settings };
        let note = checks::build(&spec, &deps).err().expect("it cannot be made");
        LOCALES.map(|locale| words::say(locale, &note))[0].clone()
    };
    assert_snapshot!(refused("logs", json!({})), @"This version of Shipgate has no check of kind `logs`.");
    assert_snapshot!(refused("http", json!({ "status": 200 })), @"The settings of this http check cannot be used: missing field `url`");
    assert_snapshot!(refused("http", json!({ "url": "nowhere" })), @"The settings of this http check cannot be used: relative URL without a base");
    assert_snapshot!(refused("http", json!({ "url": "file:///etc/passwd" })), @"The settings of this http check cannot be used: the url is neither http nor https");
}
