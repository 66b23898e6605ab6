//! Signed requests: what is taken, what is refused, and that nothing is done twice.

use insta::assert_snapshot;
use secrecy::SecretString;
use serde_json::json;
use shipgate::chat::slack::signature::is_genuine;
use shipgate::clock::{Clock as _, Span};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::setup::{APPROVAL, Setup, seconds};
use crate::world::slack::sign;
use crate::world::{Expected, World};

const FORM: &str = "application/x-www-form-urlencoded";

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_slack("http").instantly()).await
}

/// Slack's own example: <https://docs.slack.dev/authentication/verifying-requests-from-slack>
#[test]
fn the_documented_signature_is_right() {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let secret = SecretString::from("8f742231b10e8888abcd99yyyzzz85a5");
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    assert!(is_genuine(&secret, "1531420618", body.as_bytes(), signature));
    for (timestamp, signature) in [
        ("1531420619", signature.to_owned()),
        ("1531420618", signature.replace('5', "6")),
        ("1531420618", signature.to_uppercase()),
        ("1531420618", signature.replace("v0", "v1")),
        ("1531420618", signature[3..].to_owned()),
        ("1531420618", signature[..40].to_owned()),
        ("1531420618", String::new()),
    ] {
        assert!(!is_genuine(&secret, timestamp, body.as_bytes(), &signature), "{timestamp} {signature}");
    }
}

/// Posts a body with a signature over it as of a time.
async fn posts(w: &World, path: &str, body: &str, (timestamp, signature): (&str, &str)) -> u16 {
    let url = format!("http://{}/slack/{path}", w.program().app.address());
    let request = reqwest::Client::new().post(url).header("content-type", FORM).body(body.to_owned());
    let request = request.header("X-Slack-Request-Timestamp", timestamp).header("X-Slack-Signature", signature);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn what_slack_did_not_sign_now_is_refused() {
    let w = world().await;
    let secret = w.slack().signing_secret();
    let body = "command=%2Fstatus&text=&user_id=U0ADA&team_id=T0HARBOUR&trigger_id=1";
    let now = w.clock.now().0 / 1_000;
    let at = |seconds: i64| (now + seconds).to_string();
    let right = sign(secret, &at(0), body.as_bytes());
    for (what, timestamp, signature) in [
        ("forged", at(0), sign("another", &at(0), body.as_bytes())),
        ("another time", at(1), right.clone()),
        ("another body", at(0), sign(secret, &at(0), b"command=%2Fhalt")),
        ("no signature", at(0), String::new()),
        ("too old", at(-301), sign(secret, &at(-301), body.as_bytes())),
        ("from the future", at(301), sign(secret, &at(301), body.as_bytes())),
        ("no time", "now".to_owned(), sign(secret, "now", body.as_bytes())),
        ("far away", "99999999999999999999".to_owned(), sign(secret, "99999999999999999999", body.as_bytes())),
    ] {
        assert_eq!(posts(&w, "commands", body, (&timestamp, &signature)).await, 401, "{what}");
    }
    for seconds in [-300, 300] {
        let body = format!("{body}{}", seconds + 1_000);
        let signature = sign(secret, &at(seconds), body.as_bytes());
        assert_eq!(posts(&w, "commands", &body, (&at(seconds), &signature)).await, 200, "{seconds} s off");
    }
}

#[tokio::test]
async fn what_comes_again_is_done_once() {
    let mut w = world().await;
    let asked = w.slack().person("ada").types("/deploy staging");
    w.hears_on_slack(&asked).await;
    assert_eq!(w.slack().posts(&asked, &[]).await, Some(409), "a command that is replayed");
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    let pressed = w.reaches_on_slack("ada", "v2 → staging", "Promote");
    w.hears_on_slack(&pressed).await;
    w.stops().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    assert_eq!(w.slack().posts(&pressed, &[]).await, Some(409), "a press that is replayed after a restart");
    let spoken = w.slack().person("ada").mentions("status", None);
    w.hears_on_slack(&spoken).await;
    let said = spoken.said().len();
    let again = [("X-Slack-Retry-Num", "1"), ("X-Slack-Retry-Reason", "http_timeout")];
    assert_eq!(w.slack().posts(&spoken, &again).await, Some(200), "Slack must hear that it came");
    w.settle().await;
    assert_eq!(spoken.said().len(), said);
}

#[tokio::test]
async fn slack_may_ask_whether_the_address_is_ours() {
    let w = world().await;
    let body = json!({"token": "x", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ", "type": "url_verification"}).to_string();
    let answer = w.slack().posts_body("events", &body, "application/json", &[]).await;
    assert_eq!(answer, Ok((200, r#"{"challenge":"3eZbrw1aB10FEMAGAZd4FyFQ"}"#.to_owned())));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_counted() {
    let mut w = world().await;
    w.expects(Expected::Errors("a request of Slack's cannot be read"));
    let bad = [
        ("commands", "text=hello"),
        ("commands", ""),
        ("interactions", "payload=%7B%22type%22%3A"),
        ("interactions", "payload=7"),
        ("interactions", "payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A7%7D"),
        ("interactions", ""),
        ("events", "[]"),
        ("events", "\u{1}"),
    ];
    for (path, body) in bad {
        let answer = w.slack().posts_body(path, body, FORM, &[]).await.map(|(status, _)| status);
        assert_eq!(answer, Ok(400), "{path} {body}");
    }
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_undecoded_interactions_total{chat=\"slack\"} 8"), "{counted}");
    assert_eq!(w.slack().posts_body("events", r#"{"type":"app_rate_limited"}"#, FORM, &[]).await.map(|a| a.0), Ok(200));
    assert_eq!(w.slack().posts_body("elsewhere", "", FORM, &[]).await.map(|a| a.0), Ok(404));
    assert!(w.on_slack("ada").types("/shipgate status").await.contains("hello"), "the next one works");
}

#[tokio::test]
async fn what_says_that_it_is_large_is_refused_before_it_comes() {
    let w = world().await;
    let head = "POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 10485760\r\nconnection: close\r\n\r\n";
    let mut stream = tokio::net::TcpStream::connect(w.program().app.address()).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("a head");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn over_a_connection_there_is_no_such_address() {
    let w = World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await;
    let now = (w.clock.now().0 / 1_000).to_string();
    let signature = sign(w.slack().signing_secret(), &now, b"command=%2Fstatus");
    assert_eq!(posts(&w, "commands", "command=%2Fstatus", (&now, &signature)).await, 404);
}

#[tokio::test]
async fn a_slow_database_is_not_waited_for() {
    let mut w = world().await;
    w.expects(Expected::Errors(""));
    w.on_slack("ada").types("/shipgate status").await;
    let busy = w.holds_the_database().await;
    let asked = w.slack().person("ada").types("/deploy staging");
    let then = w.clock.now().plus(Span(1_500));
    w.clock.until(|clock| clock.is_awaited(then)).await;
    w.clock.advance(seconds(2));
    w.slack().until("an acknowledgement", |_| asked.acked_after().is_some()).await;
    assert_eq!(asked.said().len(), 0, "the answer comes later");
    busy.ends().await;
    assert_snapshot!(w.hears_on_slack(&asked).await, @"
    shipgate to ada (private)
      # ⚪ On its way: v2 to staging
      Asking what runs in staging now. Nothing is touched yet.
    ");
}

#[tokio::test]
async fn tokens_and_addresses_are_in_no_log_and_no_database() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    w.slack().always_fails("response_url", crate::world::slack::Fault::Status(500));
    w.slack().always_fails("chat.postEphemeral", crate::world::slack::Fault::Says("channel_not_found"));
    let pressed = w.reaches_on_slack("zed", "v2 → staging", "Promote");
    w.slack().until("it to be taken", |_| pressed.acked_after().is_some()).await;
    for tries in 1..=2 {
        w.slack().until("a try", |fake| fake.calls_of("response_url").len() == tries).await;
        let again = w.clock.now().plus(Span(500));
        w.clock.until(|clock| clock.is_awaited(again)).await;
        w.clock.advance(Span(500));
    }
    w.slack().until("the last way", |fake| !fake.calls_of("chat.postEphemeral").is_empty()).await;
    let url = pressed.payload()["response_url"].as_str().expect("an address").to_owned();
    let secrets = [url, w.slack().bot_token().to_owned(), w.slack().signing_secret().to_owned()];
    w.stops().await;
    for secret in secrets {
        assert!(!w.log().contains(&secret), "in the log");
        assert!(!w.database_holds(&secret), "in the database");
    }
    assert!(w.log().contains("a person was not answered"), "{}", w.log());
}

#[tokio::test]
async fn many_that_are_refused_are_counted_and_make_one_line_a_second() {
    let mut w = world().await;
    for _ in 0..20 {
        assert_eq!(posts(&w, "commands", "command=%2Fhalt", ("1795410000", "v0=00")).await, 401);
    }
    let lines = |w: &World| w.log().lines().filter(|line| line.contains("are refused")).count();
    assert_eq!(lines(&w), 1, "{}", w.log());
    w.pass(seconds(1)).await;
    assert_eq!(posts(&w, "commands", "command=%2Fhalt", ("1795410000", "v0=00")).await, 401);
    assert_eq!(lines(&w), 2, "{}", w.log());
    assert!(w.log().contains("count=20"), "{}", w.log());
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_refused_requests_total{chat=\"slack\"} 21"), "{counted}");
}
