//! The interactions endpoint: what it takes, what it refuses, and that nothing is done twice.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::clock::{Clock as _, Span};
use sqlx::Connection as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::clock::{Kind, ManualClock};
use crate::world::discord::{DEPLOYMENTS, FakeDiscord};
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH, seconds};
use crate::world::wire::{On, Trouble};
use crate::world::{Expected, World};

const PATH: &str = "/discord/interactions";

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_discord("http").instantly()).await
}

/// Posts a body with these headers; the status and what is said.
async fn posts(w: &World, body: &[u8], signature: &str, timestamp: &str) -> (u16, String) {
    let url = format!("http://{}{PATH}", w.program().app.address());
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body(body.to_vec());
    let request = request.header("X-Signature-Ed25519", signature).header("X-Signature-Timestamp", timestamp);
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

/// The same, signed as Discord signs.
async fn posts_signed(w: &World, body: &[u8]) -> u16 {
    let (signature, timestamp) = w.discord().signs(body);
    posts(w, body, &signature, &timestamp).await.0
}

fn ping() -> Vec<u8> {
    br#"{"id":"1","application_id":"100000000000000090","type":1,"token":"t","version":1}"#.to_vec()
}

#[tokio::test]
async fn a_release_goes_through_over_the_endpoint_as_over_the_gateway() {
    let mut told = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = World::of(Setup::production(&format!("{APPROVAL}{HEALTH}{WATCH}")).on_discord(mode)).await;
        let mut story = vec![w.types("ada", "/deploy environment:staging").await];
        w.until("v2 → staging · Succeeded").await;
        w.catches_up().await;
        story.push(w.clicks("ada", "v2 → staging", "Promote").await);
        w.until("v2 → production · Waiting for people").await;
        w.catches_up().await;
        story.push(w.clicks("ada", "v2 → production", "Approve").await);
        story.push(w.clicks("bob", "v2 → production", "Approve").await);
        w.until("v2 → production · Succeeded").await;
        w.catches_up().await;
        story.push(w.on_discord(DEPLOYMENTS));
        told.push(story);
        assert_eq!(w.discord().bots(), usize::from(mode == "gateway"), "who sleeps keeps no connection");
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_ping_is_answered_in_the_reply() {
    let w = world().await;
    assert_eq!(w.discord().pings_endpoint().await, (200, Some(json!({"type": 1}))));
}

#[tokio::test]
async fn what_discord_did_not_sign_is_refused() {
    let w = world().await;
    let body = ping();
    let (signature, timestamp) = w.discord().signs(&body);
    assert_eq!(posts(&w, &body, &signature, &timestamp).await.0, 200, "as it was signed");
    let mut forged = signature.clone().into_bytes();
    forged[5] = if forged[5] == b'0' { b'1' } else { b'0' };
    let forged = String::from_utf8(forged).expect("text");
    let later = (timestamp.parse::<i64>().expect("a number") + 1).to_string();
    let changed = String::from_utf8(body.clone()).expect("text").replace("\"t\"", "\"u\"").into_bytes();
    let other = FakeDiscord::start(w.clock.clone()).await;
    other.endpoint_signed_by("http://127.0.0.1:9/", ed25519_dalek::SigningKey::from_bytes(&[9; 32]));
    let (others, _) = other.signs(&body);
    for (what, body, signature, timestamp) in [
        ("forged", &body, forged.as_str(), timestamp.as_str()),
        ("another key", &body, others.as_str(), timestamp.as_str()),
        ("another body", &changed, signature.as_str(), timestamp.as_str()),
        ("another time", &body, signature.as_str(), later.as_str()),
        ("no signature", &body, "", timestamp.as_str()),
        ("no time", &body, signature.as_str(), ""),
        ("upper case", &body, signature.to_uppercase().as_str(), timestamp.as_str()),
        ("half of it", &body, &signature[..64], timestamp.as_str()),
        ("no hex", &body, "äöü", timestamp.as_str()),
    ] {
        let (status, said) = posts(&w, body, signature, timestamp).await;
        assert_eq!((status, said.as_str()), (401, r#"{"error":"the signature is not right"}"#), "{what}");
    }
    let url = format!("http://{}{PATH}", w.program().app.address());
    let bare = reqwest::Client::new().post(url).body(body).send().await.expect("an answer");
    assert_eq!(bare.status(), 401, "without any header");
}

#[tokio::test]
async fn what_is_not_of_now_is_refused() {
    let w = world().await;
    let body = ping();
    for (off, expected) in [(-6, 401), (-4, 200), (4, 200), (6, 401)] {
        let timestamp = (w.clock.now().0 / 1_000 + off * 60).to_string();
        let signature = w.discord().signs_as_of(&body, &timestamp);
        assert_eq!(posts(&w, &body, &signature, &timestamp).await.0, expected, "{off} minutes off");
    }
    for odd in ["yesterday", "1e9", "99999999999999999999", "-1", " 1"] {
        let signature = w.discord().signs_as_of(&body, odd);
        assert_eq!(posts(&w, &body, &signature, odd).await.0, 401, "{odd}");
    }
}

/// The body of the last interaction, as Discord posted it.
fn last_body(w: &World) -> Vec<u8> {
    w.discord().last_posted().expect("an interaction").to_string().into_bytes()
}

#[tokio::test]
async fn an_interaction_that_comes_again_is_refused_and_done_once() {
    let mut w = world().await;
    w.is_staged_on_discord().await;
    w.catches_up().await;
    w.clicks("ada", "v2 → staging", "Promote").await;
    let body = last_body(&w);
    let asked = w.discord().requests().len();
    assert_eq!(posts_signed(&w, &body).await, 409);
    w.settle().await;
    w.stops().await;
    w.starts_again().await;
    w.discord_is_ready().await;
    assert_eq!(posts_signed(&w, &body).await, 409, "after a restart");
    w.settle().await;
    let answers = w.discord().requests().split_off(asked).into_iter().filter(|one| one.path.contains("/callback"));
    assert_eq!(answers.count(), 0, "a repeat is not answered");
}

#[tokio::test]
async fn two_at_once_with_one_id_are_done_once() {
    let mut w = world().await;
    w.discord().endpoint("http://127.0.0.1:9/nobody");
    let asked = w.discord().person("ada").types("/deploy environment:staging");
    w.discord().until("it to be lost", |_| asked.failed().is_some()).await;
    let body = last_body(&w);
    let mut both = <[u16; 2]>::from(tokio::join!(posts_signed(&w, &body), posts_signed(&w, &body)));
    both.sort_unstable();
    assert_eq!(both, [202, 409]);
    w.discord().until("an answer", |_| asked.answer().is_some()).await;
    w.settle().await;
    assert_eq!(w.asked_of_discord("POST", "/callback").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_counted() {
    let mut w = world().await;
    w.expects(Expected::Errors(""));
    let nested = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep = format!(r#"{{"id":"1","type":2,"data":{nested}}}"#);
    let bodies: [&[u8]; 8] = [
        br#"{"id":"1","application_id":"100000000000000090","type":2,"tok"#,
        deep.as_bytes(),
        nested.as_bytes(),
        br#"{"id":7,"type":"two"}"#,
        br#"{"id":"1","application_id":"100000000000000090","type":99,"token":"t","version":1}"#,
        b"[]",
        b"",
        b"\xff\xfe",
    ];
    for body in bodies {
        assert_eq!(posts_signed(&w, body).await, 400, "{:?}", String::from_utf8_lossy(&body[..body.len().min(80)]));
    }
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_undecoded_interactions_total{chat=\"discord\"} 8"), "{counted}");
    assert!(w.types("ada", "/status").await.contains("hello"), "the next one works");
}

/// Sends this as it is, and reads the first line of the answer.
async fn raw(w: &World, head: &str, body: &[u8]) -> (String, usize) {
    let mut stream = tokio::net::TcpStream::connect(w.program().app.address()).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("a head");
    let mut sent = 0;
    for piece in body.chunks(64 * 1024) {
        if stream.write_all(piece).await.is_err() {
            break;
        }
        sent += piece.len();
        // What does not read must not be filled up for ever.
        tokio::task::yield_now().await;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    (String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned(), sent)
}

#[tokio::test]
async fn ten_megabytes_are_refused_without_being_read() {
    let w = world().await;
    let body = vec![b'x'; 10 << 20];
    let (signature, timestamp) = w.discord().signs(&body);
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-signature-ed25519: {signature}\r\n\
         x-signature-timestamp: {timestamp}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Nothing of the body is sent: who answers has not waited for it.
    let (answer, _) = raw(&w, &head, &[]).await;
    assert_eq!(answer, "HTTP/1.1 413 Payload Too Large");
    let chunked = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n");
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body[..600 * 1024]].concat();
    let (answer, _) = raw(&w, &chunked, &chunk).await;
    assert!(answer.is_empty() || answer == "HTTP/1.1 413 Payload Too Large", "{answer}");
}

#[tokio::test]
async fn only_the_one_address_takes_only_posts() {
    let w = world().await;
    let at = |path: &str| format!("http://{}{path}", w.program().app.address());
    let http = reqwest::Client::new();
    assert_eq!(http.get(at(PATH)).send().await.expect("an answer").status(), 405);
    for other in ["/discord/other", "/discord/", "/discord/interactions/more"] {
        assert_eq!(http.post(at(other)).send().await.expect("an answer").status(), 404, "{other}");
    }
}

#[tokio::test]
async fn with_a_gateway_there_is_no_such_address() {
    let w = World::of(Setup::production(APPROVAL).on_discord("gateway").instantly()).await;
    assert_eq!(posts_signed(&w, &ping()).await, 404);
}

#[tokio::test]
async fn tokens_are_in_no_log_and_no_database() {
    let mut w = world().await;
    let asked = w.discord().person("ada").types("/deploy environment:staging");
    w.hears(&asked).await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    w.fly().discord_wire().fails(None, On("POST", "/callback"), Trouble::Says(400, "{}"));
    let lost = w.discord().person("ada").types("/status");
    let wire = w.fly().discord_wire().clone();
    w.clock.until(|_| wire.lines().iter().any(|line| line.scripted && line.answer.is_some())).await;
    w.clock.advance(seconds(4));
    w.settle().await;
    let tokens = [asked.token(), lost.token(), w.discord().token().to_owned()];
    w.stops().await;
    for token in tokens {
        assert!(!w.log().contains(&token), "in the log");
        assert!(!w.database_holds(&token), "in the database");
    }
    assert!(!w.log().is_empty(), "what was not answered is in the log");
}

#[tokio::test]
async fn a_completion_that_comes_again_is_refused_and_nothing_is_written_of_it() {
    let mut w = world().await;
    let asked = w.discord().person("ada").completes("/deploy environment:staging", "version");
    let offered = w.hears(&asked).await;
    assert_eq!(posts_signed(&w, &last_body(&w)).await, 409);
    assert_eq!(w.hears(&asked).await, offered);
    let mut database = w.opens_the_database().await;
    let noted: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM requests").fetch_one(&mut database).await.expect("rows");
    database.close().await.expect("closed");
    assert_eq!(noted, 0);
}

#[tokio::test]
async fn a_slow_database_is_not_waited_for() {
    let mut w = world().await;
    w.expects(Expected::Errors(""));
    let busy = w.holds_the_database().await;
    let asked = w.discord().person("ada").types("/deploy environment:staging");
    let waits = |count: usize| {
        move |clock: &ManualClock| clock.waiting().iter().filter(|w| w.kind == Kind::Chat).count() == count
    };
    w.discord().until("the 202", |_| asked.is_taken()).await;
    w.clock.until(waits(1)).await;
    w.clock.advance(Span(1_500));
    w.discord().until("an answer", |_| asked.answer().is_some()).await;
    assert_eq!((asked.failed(), asked.acked_after()), (None, Some(Span(1_500))), "taken at once, deferred in time");
    busy.ends().await;
    assert_snapshot!(w.hears(&asked).await, @r"
    shipgate to ada (private)
      | **On its way: v2 to staging** #95a5a6
      | Asking what runs in staging now. Nothing is touched yet.
    ");
}

#[tokio::test]
async fn many_that_are_refused_are_counted_and_make_one_line_a_second() {
    let mut w = world().await;
    for _ in 0..20 {
        assert_eq!(posts(&w, b"{}", &"0".repeat(128), "1795410000").await.0, 401);
    }
    let lines = |w: &World| w.log().lines().filter(|line| line.contains("are refused")).count();
    assert_eq!(lines(&w), 1, "{}", w.log());
    w.pass(seconds(1)).await;
    assert_eq!(posts(&w, b"{}", &"0".repeat(128), "1795410000").await.0, 401);
    assert_eq!(lines(&w), 2, "{}", w.log());
    assert!(w.log().contains("count=20"), "{}", w.log());
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_refused_requests_total{chat=\"discord\"} 21"), "{counted}");
}
