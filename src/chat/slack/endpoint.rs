//! The way in over signed requests, so that Shipgate can sleep and be woken by a click: `/slack/commands`,
//! `/slack/interactions` and `/slack/events`.
//!
//! Nothing is read before the signature is known to be right, over the bytes as they came.
//! <https://docs.slack.dev/apis/events-api/using-http-request-urls>

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::desk::{Ack, Desk};
use super::incoming::{Incoming, Sort};
use super::signature::is_genuine;
use crate::chat::refused::Refused;
use crate::chat::{Reply, Request};
use crate::domain::{Moment, Span};

/// How far a request's time may be from ours.
const WINDOW: Span = Span::seconds(300);

/// Takes a request; none where there is no such address.
pub(super) async fn receive(
    secret: &SecretString,
    desk: &Arc<Desk>,
    refused: &Refused,
    request: &Request,
) -> Option<Reply> {
    let sort = match request.path.as_str() {
        "commands" => Sort::Command,
        "interactions" => Sort::Interaction,
        "events" => Sort::Event,
        _ => return None,
    };
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
    Some(match desk.take(incoming, true).await {
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
