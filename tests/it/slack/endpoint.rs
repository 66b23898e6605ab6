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

/// A payload as Slack posts it.
fn posted(payload: &serde_json::Value) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

#[tokio::test]
async fn what_slack_leaves_empty_loses_no_press_and_lets_none_be_replayed() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    let pressed = w.reaches_on_slack("eve", "v2 → staging", "Promote");
    w.hears_on_slack(&pressed).await;
    let heard = w.slack().calls_of("response_url").len();
    for (member, value) in [("team", json!(null)), ("state", json!(null)), ("trigger_id", json!("x".repeat(300)))] {
        let mut payload = pressed.payload();
        payload[member] = value;
        payload["trigger_id"] = if member == "trigger_id" { payload[member].clone() } else { json!(null) };
        let body = posted(&payload);
        let answer = w.slack().posts_body("interactions", &body, FORM, &[]).await.map(|(status, _)| status);
        assert_eq!(answer, Ok(200), "{member}");
        let again = w.slack().posts_body("interactions", &body, FORM, &[]).await.map(|(status, _)| status);
        assert_eq!(again, Ok(409), "the same request once more: {member}");
    }
    w.settle().await;
    w.slack().until("an answer to each", |fake| fake.calls_of("response_url").len() == heard + 3).await;
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

/// What is answered to a head and as much of a body as this, while the rest has yet to come.
async fn sends(w: &World, headers: &[(&str, &str)], body: &[u8]) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("POST /slack/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let mut stream = tokio::net::TcpStream::connect(w.program().app.address()).await.expect("a connection");
    let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

/// The headers of a signature of now that could be right.
fn plausible(w: &World) -> [(&'static str, String); 2] {
    let now = (w.clock.now().0 / 1_000).to_string();
    let signature = sign("another", &now, b"");
    [("X-Slack-Request-Timestamp", now), ("X-Slack-Signature", signature)]
}

#[tokio::test]
async fn what_cannot_be_from_slack_is_refused_before_its_body_comes() {
    let w = world().await;
    let [(_, now), (_, signature)] = plausible(&w);
    let old = (w.clock.now().0 / 1_000 - 301).to_string();
    for (what, time, signature) in [
        ("no signature", now.as_str(), ""),
        ("half a signature", now.as_str(), &signature[..40]),
        ("no time", "", signature.as_str()),
        ("too old", old.as_str(), signature.as_str()),
    ] {
        let headers = [("X-Slack-Request-Timestamp", time), ("X-Slack-Signature", signature), ("content-length", "9")];
        assert_eq!(sends(&w, &headers, b"").await, "HTTP/1.1 401 Unauthorized", "{what}");
    }
}

#[tokio::test]
async fn what_is_large_is_refused_before_it_comes_or_when_it_shows() {
    let w = world().await;
    let [(time, now), (signature, right)] = &plausible(&w);
    let headers = [(*time, now.as_str()), (*signature, right.as_str()), ("content-length", "262145")];
    assert_eq!(sends(&w, &headers, b"").await, "HTTP/1.1 413 Payload Too Large", "it says so");
    let headers = [(*time, now.as_str()), (*signature, right.as_str()), ("transfer-encoding", "chunked")];
    // Up to the byte that is too much: what is left unread would end the connection before its answer is read.
    let chunk = [b"40001\r\n".to_vec(), vec![b'x'; 0x40001]].concat();
    assert_eq!(sends(&w, &headers, &chunk).await, "HTTP/1.1 413 Payload Too Large", "it does not say so");
    let headers = [(*time, now.as_str()), (*signature, right.as_str()), ("transfer-encoding", "chunked")];
    assert_eq!(sends(&w, &headers, b"2\r\n{}\r\n0\r\n\r\n").await, "HTTP/1.1 401 Unauthorized", "a small one is read");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_waited_for_ten_seconds() {
    let w = world().await;
    let [(time, now), (signature, right)] = &plausible(&w);
    let headers = [(*time, now.as_str()), (*signature, right.as_str()), ("content-length", "100")];
    assert_eq!(sends(&w, &headers, b"{").await, "HTTP/1.1 408 Request Timeout");
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
async fn so_much_is_attended_to_at_a_time_and_no_more() {
    let mut w = world().await;
    w.expects(Expected::Errors(""));
    w.on_slack("ada").types("/shipgate status").await;
    w.program().watcher.holds("about_to_commit advance");
    let then = w.clock.now().plus(Span(1_500));
    let asked: Vec<_> = (0..200).map(|_| w.slack().person("ada").types("/lock staging work")).collect();
    w.clock.until(|clock| clock.awaiting(then) == 200).await;
    let body = "command=%2Fshipgate&text=status&user_id=U0ADA&team_id=T0HARBOUR&trigger_id=one.more";
    assert_eq!(w.slack().posts_body("commands", body, FORM, &[]).await.map(|answer| answer.0), Ok(503));
    w.clock.advance(seconds(2));
    w.program().watcher.lets_go();
    w.settle().await;
    assert!(asked.iter().all(|one| one.said().len() == 1));
    assert_eq!(
        w.slack().posts_body("commands", body, FORM, &[]).await.map(|answer| answer.0),
        Ok(200),
        "there is room"
    );
}

#[tokio::test]
async fn who_presses_while_slack_does_not_say_who_we_are_does_not_wait_for_the_others() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    w.stops().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    w.slack().always_fails("auth.test", crate::world::slack::Fault::Deaf);
    let at = w.clock.now();
    let pressed: Vec<_> = (0..10).map(|_| w.reaches_on_slack("ada", "v2 → staging", "Promote")).collect();
    w.clock.until(|clock| clock.awaiting(at.plus(Span(700))) >= 10).await;
    w.clock.advance(Span(700));
    w.slack().until("ten answers", |_| pressed.iter().all(|one| !one.said().is_empty())).await;
    assert_eq!(w.clock.now().since(at), Span(700), "nobody waits in turn");
    assert_eq!(w.slack().calls_of("auth.test").len(), 2, "one before the restart, and one for all of them");
    assert!(pressed.iter().all(|one| one.seen().contains("workspace_unknown")), "{}", pressed[0].seen());
    w.slack().works_again();
    w.pass(seconds(11)).await;
    let pressed = w.on_slack("ada").presses("v2 → staging", "Promote").await;
    assert!(pressed.contains("On its way"), "{pressed}");
}

#[tokio::test]
async fn who_cannot_be_answered_holds_up_no_end() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    w.slack().always_fails("response_url", crate::world::slack::Fault::Limited(600));
    let pressed = w.reaches_on_slack("eve", "v2 → staging", "Promote");
    w.slack().until("a try", |fake| !fake.calls_of("response_url").is_empty()).await;
    w.clock.until(|clock| clock.is_awaited(clock.now().plus(seconds(600)))).await;
    let hurried = w.clock.now().plus(seconds(2));
    let clock = std::sync::Arc::clone(&w.clock);
    let (_, ()) = tokio::join!(w.stops(), async {
        clock.until(|clock| clock.is_awaited(hurried)).await;
        clock.advance(seconds(2));
    });
    assert_eq!(w.clock.now(), hurried);
    assert!(pressed.said().is_empty());
    assert!(w.log().contains("a person was not answered"), "{}", w.log());
}

#[tokio::test]
async fn an_answer_is_given_up_after_half_a_minute() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    w.slack().always_fails("response_url", crate::world::slack::Fault::Limited(600));
    w.reaches_on_slack("eve", "v2 → staging", "Promote");
    w.slack().until("a try", |fake| !fake.calls_of("response_url").is_empty()).await;
    w.clock.until(|clock| clock.is_awaited(clock.now().plus(seconds(30)))).await;
    w.clock.advance(seconds(30));
    w.stops().await;
    assert!(w.log().contains("a person was not answered"), "{}", w.log());
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
