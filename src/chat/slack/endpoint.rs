//! The way in over signed requests, so that Shipgate can sleep and be woken by a click: `/slack/commands`,
//! `/slack/interactions` and `/slack/events`.
//!
//! Nothing is read as anything before the signature is known to be right, over the bytes as they came; and not even
//! these come in where the head of a request shows that it cannot be.
//! <https://docs.slack.dev/apis/events-api/using-http-request-urls>

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::desk::{Ack, Desk};
use super::incoming::{Incoming, Sort};
use super::signature::{is_genuine, is_well_formed};
use crate::chat::refused::Refused;
use crate::chat::{Reply, Request};
use crate::domain::{Moment, Span};

/// How far a request's time may be from ours.
const WINDOW: Span = Span::seconds(300);

/// The largest body: a press brings its whole message along, which is far below this.
const LARGEST_BODY: usize = 256 * 1024;

/// Whether the body of a request is read, by its head.
pub(super) fn admits(refused: &Refused, head: &Request, now: Moment) -> Result<usize, Reply> {
    if sort(head).is_none() {
        return Err(Reply { status: 404, body: String::new() });
    }
    let signature = head.header("x-slack-signature").unwrap_or_default();
    match is_of_now(head, now) {
        _ if !is_well_formed(signature) => Err(refused.reply(401, "the signature is none")),
        Err(why) => Err(refused.reply(401, why)),
        Ok(()) => Ok(LARGEST_BODY),
    }
}

/// What a request is said to be by its address; none where there is no such address.
fn sort(request: &Request) -> Option<Sort> {
    match request.path.as_str() {
        "commands" => Some(Sort::Command),
        "interactions" => Some(Sort::Interaction),
        "events" => Some(Sort::Event),
        _ => None,
    }
}

/// Takes a request; none where there is no such address.
pub(super) async fn receive(
    secret: &SecretString,
    desk: &Arc<Desk>,
    refused: &Refused,
    request: &Request,
) -> Option<Reply> {
    let sort = sort(request)?;
    if let Err(why) = is_from_slack(secret, request, desk.clock.now()) {
        return Some(refused.reply(401, why));
    }
    let Some(payload) = payload(sort, &request.body) else { return Some(unreadable(desk, refused)) };
    if sort == Sort::Event && payload["type"] == "url_verification" {
        return Some(said(&json!({ "challenge": payload["challenge"] })));
    }
    if let Some(number) = request.header("x-slack-retry-num") {
        tracing::info!(number, reason = request.header("x-slack-retry-reason"), "Slack sends an event again");
    }
    let Ok(incoming) = Incoming::read(sort, payload) else { return Some(unreadable(desk, refused)) };
    Some(match desk.take(incoming, request.header("x-slack-signature").unwrap_or_default(), true).await {
        Ack::Taken => Reply { status: 200, body: String::new() },
        Ack::Says(answer) => said(&answer),
        // Slack sends events again until it hears that they came.
        Ack::Repeat if sort == Sort::Event => Reply { status: 200, body: String::new() },
        Ack::Repeat => refused.reply(409, "it was taken already"),
        Ack::Busy => refused.reply(503, "it cannot be taken now"),
    })
}

fn is_from_slack(secret: &SecretString, request: &Request, now: Moment) -> Result<(), &'static str> {
    let timestamp = request.header("x-slack-request-timestamp").unwrap_or_default();
    let signature = request.header("x-slack-signature").unwrap_or_default();
    if !is_genuine(secret, timestamp, &request.body, signature) {
        return Err("the signature is not right");
    }
    is_of_now(request, now)
}

fn is_of_now(request: &Request, now: Moment) -> Result<(), &'static str> {
    let timestamp = request.header("x-slack-request-timestamp").unwrap_or_default();
    let sent = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000)).map(Moment);
    match sent.is_some_and(|sent| now.since(sent) <= WINDOW && sent.since(now) <= WINDOW) {
        true => Ok(()),
        false => Err("the request is too old, or from the future"),
    }
}

/// What stands in a body: the fields of a form, the JSON in a form's field, or JSON.
fn payload(sort: Sort, body: &[u8]) -> Option<Value> {
    if sort == Sort::Event {
        return serde_json::from_slice(body).ok().filter(Value::is_object);
    }
    let mut fields = form_urlencoded::parse(body);
    if sort == Sort::Command {
        let fields: Map<String, Value> = fields.map(|(key, value)| (key.into_owned(), json!(value))).collect();
        return fields.contains_key("command").then_some(Value::Object(fields));
    }
    let (_, payload) = fields.find(|(key, _)| key == "payload")?;
    serde_json::from_str(&payload).ok().filter(Value::is_object)
}

fn said(answer: &Value) -> Reply {
    Reply { status: 200, body: answer.to_string() }
}

fn unreadable(desk: &Desk, refused: &Refused) -> Reply {
    desk.metrics.undecoded("slack");
    tracing::error!("a request of Slack's cannot be read");
    refused.reply(400, "it cannot be read")
}
