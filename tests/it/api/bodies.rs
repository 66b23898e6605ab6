//! Bodies: broken, too large, of another shape. 400 is malformed, 422 is content, 413 is too much.

use serde_json::{Value, json};

use super::raw::Raw;
use super::stage::{ADA, Answer, Stage, answer, image};

const RELEASES: &str = "/api/v1/apps/hello/releases";
const DEPLOYMENTS: &str = "/api/v1/apps/hello/environments/staging/deployments";
const ACTIONS: &str = "/api/v1/deployments/x/actions";
const COMMANDS: &str = "/api/v1/commands";

async fn sends(stage: &Stage, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    answer(stage.request(reqwest::Method::POST, path).bearer_auth(ADA).body(body)).await
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let stage = Stage::new().await;
    let deep = "[".repeat(20_000);
    for path in [RELEASES, DEPLOYMENTS, ACTIONS, COMMANDS] {
        for body in ["{", "}", "line", "{\"line\":}", "{\"line\":\"x\"}}", "{'line':'x'}", "\u{feff}{}", &deep] {
            sends(&stage, path, body.to_owned()).await.problem(400, "not_json");
        }
        sends(&stage, path, &b"{\"line\":\"\xff\xfe\"}"[..]).await.problem(400, "not_json");
        sends(&stage, path, &b"{\"line\":\"\x00\"}"[..]).await.problem(400, "not_json");
    }
    sends(&stage, COMMANDS, "{\"line\":\"\\ud800\"}").await.problem(400, "not_json");
    stage.end().await;
}

#[tokio::test]
async fn json_of_another_shape_is_content() {
    let stage = Stage::new().await;
    let deep = format!("{{\"line\":{}1{}}}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    for path in [RELEASES, DEPLOYMENTS, ACTIONS, COMMANDS] {
        for body in [json!([]), json!("x"), json!(1), json!(null), json!(true), json!([{ "line": "/status" }])] {
            stage.post(path, body).await.problem(422, "not_an_object");
        }
        sends(&stage, path, deep.clone()).await.problem(422, "unknown_member");
        stage.post(path, json!({ "unknown": 1 })).await.problem(422, "unknown_member");
    }
    let release = json!({ "version": "v2", "image": image("v2") });
    let wrong = |member: &str, value: Value| {
        let mut body = release.clone();
        body[member] = value;
        body
    };
    for (member, value) in [
        ("version", json!(2)),
        ("version", json!(null)),
        ("image", json!(["x"])),
        ("commit", json!(7)),
        ("notes", json!({})),
        ("one_way", json!("yes")),
        ("one_way", json!(null)),
        ("onw_way", json!(true)),
    ] {
        stage.post(RELEASES, wrong(member, value)).await.problem(422, "unknown_member");
    }
    for body in [json!({ "version": "v2" }), json!({ "image": image("v2") }), json!({})] {
        stage.post(RELEASES, body).await.problem(422, "unknown_member");
    }
    for body in [
        json!({ "kind": "hot_fix" }),
        json!({ "kind": "Deploy" }),
        json!({ "version": 2 }),
        json!({ "again": "yes" }),
        json!({ "environment": "staging" }),
    ] {
        stage.post(DEPLOYMENTS, body).await.problem(422, "unknown_member");
    }
    for body in [
        json!({}),
        json!({ "action": "explode" }),
        json!({ "action": "approve", "revision": -1 }),
        json!({ "action": "approve", "revision": 1.5 }),
        json!({ "action": "approve", "revision": "1" }),
        json!({ "action": "approve", "revision": 18_446_744_073_709_551_616.0 }),
    ] {
        stage.post(ACTIONS, body).await.problem(422, "unknown_member");
    }
    sends(&stage, COMMANDS, "{\"line\":\"/status\",\"line\":\"/help\"}").await.problem(422, "unknown_member");
    sends(&stage, COMMANDS, "").await.problem(422, "unknown_member");
    stage.end().await;
}

#[tokio::test]
async fn a_list_is_no_body_whatever_is_in_it() {
    let stage = Stage::new().await;
    stage.register("v2").await.with(201);
    for (path, body) in [
        (RELEASES, json!(["v3", image("v2"), null, null, false])),
        (DEPLOYMENTS, json!(["v2", "deploy", null, false])),
        (ACTIONS, json!(["abort", null, null, null])),
        (COMMANDS, json!(["/lock staging database work"])),
    ] {
        let refused = stage.post(path, body).await.problem(422, "not_an_object");
        assert!(!refused.text.contains("struct") && !refused.text.contains("elements"), "{}", refused.text);
    }
    let place = stage.get("/api/v1/apps/hello/environments/staging").await.with(200).body;
    assert_eq!((&place["deployment"], &place["lock"]), (&Value::Null, &Value::Null), "nothing was done");
    stage.end().await;
}

#[tokio::test]
async fn what_is_no_text_in_the_place_of_a_word_is_json_all_the_same() {
    let stage = Stage::new().await;
    for (path, member) in [(ACTIONS, "action"), (DEPLOYMENTS, "kind")] {
        for value in [json!(5), json!({}), json!([]), json!(true), json!({ "deploy": null }), json!({ "abort": null })]
        {
            let told = stage.post(path, json!({ member: value })).await.problem(422, "unknown_member");
            assert!(told.text.contains("expected a string"), "{}", told.text);
        }
    }
    stage.post(ACTIONS, json!({ "action": null })).await.problem(422, "unknown_member");
    // Nothing is said of a kind by leaving it out, or by null.
    stage.post(DEPLOYMENTS, json!({ "kind": null })).await.problem(409, "no_releases");
    stage.end().await;
}

#[track_caller]
fn told((status, text): (u16, String), expected: u16, code: &str) {
    assert!(status == expected && text.contains(&format!("\"code\":\"{code}\"")), "{status} {text}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let stage = Stage::new().await;
    for path in [RELEASES, DEPLOYMENTS, ACTIONS, COMMANDS] {
        let body = json!({ "line": "x".repeat(64 * 1024) });
        stage.post(path, body).await.problem(413, "body_too_large");
    }
    // Ten megabytes: the answer may come before everything is sent, and then the connection ends.
    let sent = answer(
        stage.request(reqwest::Method::POST, COMMANDS).bearer_auth(super::stage::ADA).body(vec![b'x'; 10 << 20]),
    )
    .await;
    sent.problem(413, "body_too_large");
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "content-length: 10485760\r\n").await;
    told(raw.answer().await, 413, "body_too_large");
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "content-length: 999999999999999999\r\n").await;
    told(raw.answer().await, 413, "body_too_large");
    // Without a length, it counts while it reads.
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "transfer-encoding: chunked\r\n").await;
    for _ in 0..3 {
        raw.send(format!("8000\r\n{}\r\n", "x".repeat(0x8000)).as_bytes()).await;
    }
    told(raw.answer().await, 413, "body_too_large");
    // Without a token nothing is read at all.
    let mut raw = Raw::to(&stage).await;
    raw.send(format!("POST {COMMANDS} HTTP/1.1\r\nhost: x\r\ncontent-length: 10485760\r\n\r\n").as_bytes()).await;
    told(raw.answer().await, 401, "not_authenticated");
    stage.end().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_does_nothing() {
    let stage = Stage::new().await;
    for headers in ["content-length: 99\r\n", "transfer-encoding: chunked\r\n"] {
        let mut raw = Raw::to(&stage).await;
        raw.head(&format!("POST {COMMANDS}"), headers).await;
        raw.send(b"{\"line\":\"/lock staging x\"}").await;
        raw.shut().await;
        told(raw.answer().await, 400, "malformed_body");
    }
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "transfer-encoding: chunked\r\n").await;
    raw.send(b"zz\r\n{}\r\n0\r\n\r\n").await;
    told(raw.answer().await, 400, "malformed_body");
    assert_eq!(stage.get("/api/v1/apps/hello/environments/staging").await.body["lock"], Value::Null);
    stage.end().await;
}

#[tokio::test]
async fn chunked_bodies_and_bodies_without_a_type_are_read() {
    let stage = Stage::new().await;
    let mut raw = Raw::to(&stage).await;
    raw.head(&format!("POST {COMMANDS}"), "transfer-encoding: chunked\r\n").await;
    raw.send(b"9\r\n{\"line\":\"\r\n9\r\n/status\"}\r\n0\r\n\r\n").await;
    assert_eq!(raw.answer().await.0, 200);
    sends(&stage, COMMANDS, "{\"line\":\"/status\"}").await.with(200);
    sends(&stage, COMMANDS, "\n\t {\"line\" : \"/status\"} \n").await.with(200);
    // What needs nothing can be sent nothing.
    sends(&stage, DEPLOYMENTS, "").await.problem(409, "no_releases");
    stage.end().await;
}

#[tokio::test]
async fn what_is_in_a_body_is_bounded_before_it_is_kept_and_harmless_when_it_is_shown() {
    let stage = Stage::new().await;
    let release = |version: &str, image: &str| json!({ "version": version, "image": image });
    let digest = "a".repeat(64);
    for version in ["", " ", "a b", "a/b", "a\nb", "-a", "found-12345678", "\u{202e}v1", "v\u{0}", &"v".repeat(65)] {
        stage.post(RELEASES, release(version, &image("v2"))).await.problem(422, "bad_version");
    }
    for image in [
        "",
        "registry.fly.io/hello",
        "registry.fly.io/hello:v2",
        &format!("registry.fly.io/hello@sha256:{}", &digest[1..]),
        &format!("registry.fly.io/hello@sha256:{digest}0"),
        &format!("registry.fly.io/hello@sha256:{}", digest.to_uppercase()),
        &format!("registry.fly.io/hello@sha512:{digest}"),
        &format!("@sha256:{digest}"),
        &format!("registry fly io@sha256:{digest}"),
        &format!("registry\n@sha256:{digest}"),
        &format!("{}@sha256:{digest}", "x".repeat(513)),
    ] {
        stage.post(RELEASES, release("v9", image)).await.problem(422, "image_not_pinned");
    }
    let mut whole = release("v9", &image("v2"));
    whole["notes"] = "n\u{1b}[31m\u{202e}".repeat(500).into();
    whole["commit"] = "c\n".repeat(50).into();
    stage.post(RELEASES, whole).await.with(201);
    let id = stage.deploy("staging", "v9").await;
    stage.until_closed(&id).await;
    let paper = stage.paper.all();
    assert!(paper.contains("v9 → staging"), "{paper}");
    for hidden in ["\\u001b", "\u{1b}", "\u{202e}"] {
        assert!(!paper.contains(hidden), "{hidden:?} is on a card");
    }
    let longest = paper.lines().map(str::len).max().unwrap_or_default();
    assert!(longest < 6_000, "a card of {longest} bytes");
    let reason = "because ".repeat(120);
    stage.post(COMMANDS, json!({ "line": format!("/lock staging {reason}") })).await.with(200);
    let said = stage.say("/status").await.with(200);
    assert!(said.text.len() < 2_000, "{} bytes of status", said.text.len());
    stage.end().await;
}
