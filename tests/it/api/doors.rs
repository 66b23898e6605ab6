//! Who is let in, and what there is: 401, 404 and 405, each as a problem.

use reqwest::Method;

use super::raw::Raw;
use super::stage::{ADA, Answer, EVE, Stage, answer};

/// Every address of the API that exists, with its method.
const ROUTES: [(&str, &str); 9] = [
    ("GET", "/api/v1/apps/hello"),
    ("POST", "/api/v1/apps/hello/releases"),
    ("GET", "/api/v1/apps/hello/environments/staging"),
    ("GET", "/api/v1/apps/hello/environments/staging/why"),
    ("POST", "/api/v1/apps/hello/environments/staging/deployments"),
    ("GET", "/api/v1/deployments/x"),
    ("POST", "/api/v1/deployments/x/actions"),
    ("POST", "/api/v1/commands"),
    ("GET", "/api/v1/openapi.json"),
];

fn method(name: &str) -> Method {
    name.parse().expect("a method")
}

#[track_caller]
fn shut(answer: Answer, code: &str) {
    let answer = answer.problem(401, code);
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    assert!(!answer.text.contains("token-of"), "{}", answer.text);
}

#[tokio::test]
async fn nobody_gets_in_without_a_known_token() {
    let stage = Stage::new().await;
    for (name, path) in ROUTES {
        let request = || stage.request(method(name), path);
        let code = "not_authenticated";
        shut(answer(request()).await, code);
        shut(answer(request().bearer_auth("")).await, code);
        shut(answer(request().bearer_auth("wrong")).await, code);
        shut(answer(request().bearer_auth(format!("{ADA}x"))).await, code);
        shut(answer(request().bearer_auth(&ADA[..ADA.len() - 1])).await, code);
        shut(answer(request().bearer_auth(ADA.to_uppercase())).await, code);
        shut(answer(request().basic_auth("ada", Some(ADA))).await, code);
        shut(answer(request().header("authorization", ADA)).await, code);
        shut(answer(request().header("authorization", format!("Token {ADA}"))).await, code);
        shut(answer(request().header("authorization", "Bearer")).await, code);
        shut(answer(request().header("authorization", &b"Bearer \xff\xfe"[..])).await, code);
        shut(answer(request().query(&[("token", ADA), ("access_token", ADA)])).await, code);
        shut(answer(request().header("cookie", format!("token={ADA}"))).await, code);
    }
    // Not even what there is can be found out.
    for path in ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/apps", "/api/v1/apps/hello/"] {
        shut(answer(stage.request(Method::GET, path)).await, "not_authenticated");
        shut(answer(stage.request(Method::DELETE, path)).await, "not_authenticated");
    }
    shut(answer(stage.request(Method::DELETE, "/api/v1/commands")).await, "not_authenticated");
    stage.end().await;
}

#[tokio::test]
async fn with_no_tokens_set_nobody_gets_in() {
    let stage = Stage::with(None, None, 1.0).await;
    for (name, path) in ROUTES {
        shut(answer(stage.request(method(name), path)).await, "no_tokens_set");
        shut(answer(stage.request(method(name), path).bearer_auth("")).await, "no_tokens_set");
        shut(answer(stage.request(method(name), path).bearer_auth(ADA)).await, "no_tokens_set");
    }
    assert_eq!(stage.get("/ready").await.status, 200);
    stage.end().await;
}

#[tokio::test]
async fn the_word_bearer_is_known_however_it_is_written() {
    let stage = Stage::new().await;
    for word in ["Bearer", "bearer", "BEARER", "Bearer "] {
        let request = stage.request(Method::GET, "/api/v1/apps/hello").header("authorization", format!("{word} {EVE}"));
        answer(request).await.with(200);
    }
    stage.end().await;
}

#[tokio::test]
async fn two_tokens_and_a_token_that_is_no_text_let_nobody_in() {
    let stage = Stage::new().await;
    for headers in [
        format!("authorization: Bearer {ADA}\r\nauthorization: Bearer {EVE}\r\n").into_bytes(),
        format!("authorization: Bearer {ADA}\r\nauthorization: Bearer {ADA}\r\n").into_bytes(),
        format!("authorization: Bearer {ADA}, Bearer {EVE}\r\n").into_bytes(),
        b"authorization: Bearer \xff\xfe\r\n".to_vec(),
    ] {
        let mut raw = Raw::to(&stage).await;
        let whole = [b"GET /api/v1/apps/hello HTTP/1.1\r\nhost: x\r\n", &*headers, b"\r\n"].concat();
        raw.send(&whole).await;
        let (status, text) = raw.answer().await;
        assert!(status == 401 && text.contains("not_authenticated"), "{text}");
    }
    stage.end().await;
}

#[tokio::test]
async fn what_there_is_not_is_said_to_be_not_there() {
    let stage = Stage::new().await;
    for (path, code) in [
        ("/api", "no_such_route"),
        ("/api/", "no_such_route"),
        ("/api/v1", "no_such_route"),
        ("/api/v1/", "no_such_route"),
        ("/api/v1/nothing", "no_such_route"),
        ("/api/v2/apps/hello", "no_such_route"),
        ("/api/v1/apps", "no_such_route"),
        ("/api/v1/apps/hello/", "no_such_route"),
        ("/api/v1//apps/hello", "no_such_route"),
        ("/api/v1/apps/nobody", "unknown_app"),
        ("/api/v1/apps/HELLO", "unknown_app"),
        ("/api/v1/apps/..", "no_such_route"),
        ("/api/v1/apps/%2e%2e%2f", "unknown_app"),
        ("/api/v1/apps/a%0d%0ab", "unknown_app"),
        ("/api/v1/apps/%00", "unknown_app"),
        ("/api/v1/apps/hello/environments/moon", "unknown_environment"),
        ("/api/v1/apps/nobody/environments/staging", "unknown_app"),
        ("/api/v1/deployments/x", "no_such_deployment"),
        ("/api/v1/deployments/01890a5d-ac96-774b-bcce-b302099a8057", "no_such_deployment"),
        ("/api/v1/deployments/'%20OR%201=1--", "no_such_deployment"),
    ] {
        stage.get(path).await.problem(404, code);
    }
    // Bytes that are no text name nothing.
    for path in ["/api/v1/apps/%ff", "/api/v1/apps/hello/environments/%c3%28", "/api/v1/deployments/%ff"] {
        let answer = stage.get(path).await;
        let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
        answer.problem(404, &code);
    }
    let long = "x".repeat(5_000);
    stage.get(&format!("/api/v1/apps/{long}")).await.problem(404, "unknown_app");
    stage.get(&format!("/api/v1/deployments/{long}")).await.problem(404, "no_such_deployment");
    for path in ["/", "/foo", "/apiary", "/.env", "/discord/interactions", "/health/"] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            answer(stage.request(method, path)).await.problem(404, "no_such_route");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_405() {
    let stage = Stage::new().await;
    for (name, path) in ROUTES {
        let others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].into_iter().filter(|other| *other != name);
        for other in others {
            let refused = answer(stage.request(method(other), path).bearer_auth(ADA)).await;
            let refused = refused.problem(405, "no_such_method");
            assert!(refused.headers["allow"].to_str().expect("text").contains(name));
        }
    }
    for path in ["/health", "/ready", "/metrics"] {
        for method in [Method::POST, Method::DELETE] {
            let refused = answer(stage.request(method, path)).await.problem(405, "no_such_method");
            assert_eq!(refused.headers["allow"], "GET,HEAD");
        }
    }
    stage.end().await;
}

#[tokio::test]
async fn what_is_no_http_is_turned_away_and_nothing_else_suffers() {
    let stage = Stage::new().await;
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\r\n\r\n",
        b"GET /api/v1/apps/hello HTTP/9.9\r\n\r\n",
        b"GET /api/v1/apps/hello HTTP/1.1\r\nhost: x\r\nauth orization: x\r\n\r\n",
        b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    ] {
        let mut raw = Raw::to(&stage).await;
        raw.send(nonsense).await;
        raw.shut().await;
        let (status, text) = raw.answer().await;
        assert!(status == 0 || status == 400, "{text}");
    }
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let mut raw = Raw::to(&stage).await;
    raw.head("GET /api/v1/apps/hello", &many).await;
    assert_eq!(raw.answer().await.0, 431);
    assert_eq!(stage.get("/ready").await.status, 200);
    stage.end().await;
}
