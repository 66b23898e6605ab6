//! The Prometheus check over a real server on loopback: one number or none, and why there is none.

use axum::Router;
use axum::extract::Query;
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use insta::assert_snapshot;
use secrecy::SecretString;
use serde_json::{Value, json};
use shipgate::checks::prometheus::{Access, Settings};
use shipgate::checks::{self, Answer, Deps};
use shipgate::config::LOCALES;
use shipgate::domain::{CheckSpec, Note, Span, Verdict};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::config::words;
use crate::world::prometheus::vector;

const TOKEN: &str = "prometheus-secret-5c1e";

/// What each query gives, as Prometheus documents it, and as others may say it.
async fn ask(Query(asked): Query<Vec<(String, String)>>, headers: HeaderMap) -> Response {
    let [(key, query)] = asked.as_slice() else { return StatusCode::IM_A_TEAPOT.into_response() };
    assert_eq!(key, "query");
    let data =
        |kind: &str, result: Value| json!({ "status": "success", "data": { "resultType": kind, "result": result } });
    let error = |status: u16, kind: &str, text: &str| {
        let body = json!({ "status": "error", "errorType": kind, "error": text });
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    };
    let shown = headers.get(AUTHORIZATION).map(|shown| shown.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = match query.as_str() {
        "ratio" => vector(&["0.034482758620689655"]),
        "scalar(ratio)" => data("scalar", json!([1_795_410_000, "12"])),
        "nothing" => vector(&[]),
        "0/0" => vector(&["NaN"]),
        "1/0" => vector(&["+Inf"]),
        "huge" => vector(&["1e999"]),
        "up" => vector(&["1", "0", "1"]),
        "up[5m]" => data("matrix", json!([{ "metric": {}, "values": [[1_795_410_000, "1"]] }])),
        "\"text\"" => data("string", json!([1_795_410_000, "text"])),
        "histogram" => data("vector", json!([{ "metric": {}, "histogram": [1_795_410_000, { "count": "1" }] }])),
        "words" => vector(&["many"]),
        "many" => vector(&["1"; 2_000]),
        "sum(" => {
            return error(400, "bad_data", "invalid parameter \"query\": 1:5: parse error: unexpected end of input");
        }
        "slow" => return error(503, "timeout", "query timed out in expression evaluation"),
        "odd" => return error(200, "execution", "no\n`backticks`, \u{202e}no @everyone"),
        "echo" => return error(422, "execution", &format!("you sent {shown}")),
        "long" => return error(400, "bad_data", &"x".repeat(10_000)),
        "page" => return "<html>Sign in</html>".into_response(),
        "deep" => return "[".repeat(50_000).into_response(),
        "bare" => json!({ "status": "success" }),
        "down" => return (StatusCode::BAD_GATEWAY, "bad gateway").into_response(),
        "away" => return (StatusCode::FOUND, [(LOCATION, "/login")]).into_response(),
        "shut" if shown.is_empty() || shown.ends_with("wrong") => return StatusCode::UNAUTHORIZED.into_response(),
        "shut" => vector(&[if shown == "FlyV1 fm2_right" || shown == format!("Bearer {TOKEN}") { "1" } else { "0" }]),
        "silent" => std::future::pending().await,
        other => panic!("nobody expected {other}"),
    };
    axum::Json(body).into_response()
}

async fn server() -> String {
    let router = Router::new().route("/api/v1/query", get(ask)).route("/prometheus/acme/api/v1/query", get(ask));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn deps(url: &str, token: Option<&str>) -> Deps {
    let prometheus = Some(Access { url: url.to_owned(), token: token.map(SecretString::from) });
    Deps { prometheus, ..super::deps() }
}

async fn answer(settings: Value, deps: &Deps) -> Answer {
    let spec = CheckSpec { kind: "prometheus".to_owned(), settings };
    checks::build(&spec, deps).unwrap().ask().await
}

/// Verdict and words, and what to do, without the port.
#[track_caller]
fn told(answer: &Answer, url: &str) -> String {
    let say = |note: &Note| LOCALES.map(|locale| words::say(locale, note))[0].replace(url, "<prometheus>");
    let mend = answer.mend.as_ref().map(|mend| format!(" → {}", say(mend))).unwrap_or_default();
    format!("{:?}: {}{mend}", answer.verdict, say(&answer.note))
}

#[tokio::test]
async fn one_number_is_the_value_and_the_bound_judges_it() {
    let url = server().await;
    let deps = deps(&url, Some(TOKEN));
    let free = answer(json!({ "query": "ratio" }), &deps).await;
    assert_eq!(free.value, Some(0.034_482_758_620_689_655));
    assert_snapshot!(told(&free, &url), @"Pass: `ratio` is 0.034482758620689655.");
    assert_snapshot!(told(&answer(json!({ "query": "scalar(ratio)", "above": 12.0 }), &deps).await, &url), @"Pass: `scalar(ratio)` is 12.");
    let above = answer(json!({ "query": "ratio", "above": 0.03 }), &deps).await;
    assert_eq!(above.value, free.value, "the number is there whatever it means");
    assert_snapshot!(told(&above, &url), @"Fail: `ratio` is 0.034482758620689655; above 0.03 is a fail.");
    assert_snapshot!(told(&answer(json!({ "query": "ratio", "below": 0.05 }), &deps).await, &url), @"Fail: `ratio` is 0.034482758620689655; below 0.05 is a fail.");
    let below = answer(json!({ "query": "ratio", "below": 0.03 }), &deps).await;
    assert_eq!(below.verdict, Verdict::Pass);
}

#[tokio::test]
async fn without_one_number_there_is_no_verdict_whatever_the_bound() {
    let url = server().await;
    let deps = deps(&url, None);
    let mut lines = Vec::new();
    for query in [
        "nothing",
        "0/0",
        "1/0",
        "huge",
        "up",
        "up[5m]",
        "\"text\"",
        "histogram",
        "words",
        "many",
        "sum(",
        "slow",
        "odd",
        "long",
        "page",
        "deep",
        "bare",
        "down",
        "away",
    ] {
        for bound in ["above", "below"] {
            let answer = answer(json!({ "query": query, bound: 0.5 }), &deps).await;
            assert_eq!((answer.verdict, answer.value), (Verdict::Unknown, None), "{query}");
            lines.push(told(&answer, &url));
        }
    }
    lines.dedup();
    assert_snapshot!(lines.join("\n"), @r#"
    Unknown: Prometheus has nothing for `nothing`: no such series, or no traffic.
    Unknown: `0/0` is no number now (NaN): nothing divided by nothing, so probably no traffic.
    Unknown: `1/0` is infinite now: something divided by nothing.
    Unknown: `huge` is infinite now: something divided by nothing.
    Unknown: `up` is 3 numbers instead of one. → Make one of them, for example with sum(…) or max(…).
    Unknown: `up[5m]` is a matrix instead of a number. → Ask for one number: a range needs a function such as rate(…), a histogram histogram_quantile(…).
    Unknown: `"text"` is a string instead of a number. → Ask for one number: a range needs a function such as rate(…), a histogram histogram_quantile(…).
    Unknown: `histogram` is a histogram instead of a number. → Ask for one number: a range needs a function such as rate(…), a histogram histogram_quantile(…).
    Unknown: <prometheus>/api/v1/query answered, but not as Prometheus does. → Check the address: PROMETHEUS_URL, or `url` of the check, is what stands before /api/v1/query.
    Unknown: The answer to `many` is longer than 64 KiB, so it was not read. → Make one number of it, for example with sum(…) or max(…).
    Unknown: Prometheus does not answer `sum(` (400): invalid parameter "query": 1:5: parse error: unexpected end of input → Mend the query if it is that; otherwise look at Prometheus itself.
    Unknown: Prometheus does not answer `slow` (503): query timed out in expression evaluation → Mend the query if it is that; otherwise look at Prometheus itself.
    Unknown: Prometheus does not answer `odd` (200): no `backticks`,  no @everyone → Mend the query if it is that; otherwise look at Prometheus itself.
    Unknown: Prometheus does not answer `long` (400): xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… → Mend the query if it is that; otherwise look at Prometheus itself.
    Unknown: <prometheus>/api/v1/query answered, but not as Prometheus does. → Check the address: PROMETHEUS_URL, or `url` of the check, is what stands before /api/v1/query.
    Unknown: <prometheus>/api/v1/query answered 502, and not as Prometheus does. → If it stays so, check the address: PROMETHEUS_URL, or `url` of the check, is what stands before /api/v1/query.
    Unknown: <prometheus>/api/v1/query answered 302, a redirect. Redirects are not followed. → Write the address that it leads to, without /api/v1/query, into PROMETHEUS_URL or `url` of the check.
    "#);
}

#[tokio::test]
async fn no_answer_in_time_is_no_verdict() {
    let url = server().await;
    let answer = answer(json!({ "query": "silent", "timeout": 100 }), &deps(&url, None)).await;
    assert_snapshot!(told(&answer, &url), @"Unknown: <prometheus>/api/v1/query did not answer within 100 ms. → Try again; if it stays so, ask for less, or give the check a longer `timeout`.");
}

#[tokio::test]
async fn nobody_there_and_an_answer_that_breaks_off_are_no_verdict() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"status\":\"succ").await.unwrap();
    });
    let cut = answer(json!({ "query": "ratio" }), &deps(&url, None)).await;
    assert_snapshot!(told(&cut, &url), @"Unknown: <prometheus>/api/v1/query broke off without a proper answer: end of file before message length reached → Try again; if it stays so, check the address and look at Prometheus itself.");
    let nobody = answer(json!({ "query": "ratio" }), &deps(&url, None)).await;
    assert_snapshot!(told(&nobody, &url), @"Unknown: <prometheus>/api/v1/query could not be asked: nothing listens there. → Check the address, and whether Prometheus runs.");
}

#[tokio::test]
async fn the_token_is_sent_as_it_must_be_and_to_the_address_of_the_variables_alone() {
    let url = server().await;
    let shut = |base: String, token: Option<&'static str>, settings: Value| async move {
        answer(settings, &deps(&base, token)).await
    };
    let query = || json!({ "query": "shut" });
    assert_eq!(shut(url.clone(), Some(TOKEN), query()).await.value, Some(1.0));
    let below = format!("{url}/prometheus/acme/");
    assert_eq!(shut(below, Some("FlyV1 fm2_right"), query()).await.value, Some(1.0));
    assert_snapshot!(told(&shut(url.clone(), Some("wrong"), query()).await, &url), @"Unknown: <prometheus>/api/v1/query does not accept PROMETHEUS_TOKEN (401). → Set another token. It is sent as “Bearer …”, unless it names its scheme itself, as “FlyV1 …” does.");
    assert_snapshot!(told(&shut(url.clone(), None, query()).await, &url), @"Unknown: <prometheus>/api/v1/query wants a token (401), and PROMETHEUS_TOKEN is not set. → Put one into PROMETHEUS_TOKEN. It is sent as “Bearer …”, unless it names its scheme itself, as “FlyV1 …” does.");
    let own = json!({ "query": "shut", "url": url });
    assert_snapshot!(told(&shut(url.clone(), Some(TOKEN), own).await, &url), @"Unknown: <prometheus>/api/v1/query wants a token (401), and none is sent to an address that the config names. → Take `url` out of the check, and put the address into PROMETHEUS_URL.");
}

#[tokio::test]
async fn a_token_that_the_far_end_repeats_is_not_passed_on() {
    let url = server().await;
    for token in [TOKEN, "FlyV1 prometheus-secret-5c1e"] {
        let echo = answer(json!({ "query": "echo" }), &deps(&url, Some(token))).await;
        assert!(!format!("{echo:?}").contains("5c1e"), "{echo:?}");
        assert!(told(&echo, &url).contains("you sent"), "{echo:?}");
    }
    let shown = format!("{:?}", deps(&url, Some(TOKEN)));
    assert!(!shown.contains("5c1e"), "{shown}");
}

#[tokio::test]
async fn a_frozen_check_goes_on_asking_where_the_variables_say() {
    let settings =
        Settings { query: "ratio".to_owned(), url: None, above: Some(0.5), below: None, timeout: Span::seconds(10) };
    let spec = settings.spec();
    assert_eq!(spec.settings, json!({ "query": "ratio", "above": 0.5, "timeout": 10_000 }), "no address is frozen");
    let refused = |settings: Value, deps: &Deps| {
        let spec = CheckSpec { kind: "prometheus".to_owned(), settings };
        let note = checks::build(&spec, deps).err().expect("it cannot be made");
        LOCALES.map(|locale| words::say(locale, &note))[0].clone()
    };
    assert_snapshot!(refused(spec.settings.clone(), &super::deps()), @"Nothing says where Prometheus is: PROMETHEUS_URL is not set.");
    assert_snapshot!(refused(json!({ "url": "http://127.0.0.1:9" }), &super::deps()), @"The settings of this Prometheus check cannot be used: missing field `query`");
    assert_snapshot!(refused(json!({ "query": "up", "url": "mailto:ada" }), &super::deps()), @"The settings of this Prometheus check cannot be used: the url has no host");
    let url = server().await;
    assert_eq!(answer(spec.settings, &deps(&url, None)).await.verdict, Verdict::Pass);
}
