//! Messages. <https://docs.slack.dev/reference/methods/chat.postMessage> and its sisters.

use serde_json::{Value, json};
use shipgate::clock::Span;

use super::super::asked::Ask;
use super::super::message::Message;
use super::super::server::Incoming;
use super::super::state::State;
use super::{Answered, may_write, text};

/// How often and how long an address of an answer works.
const USES: usize = 5;
const LASTS: Span = Span::minutes(30);

pub(super) fn post(state: &mut State, body: &Value) -> Answered {
    let channel = text(body, "channel");
    may_write(state, channel)?;
    let mut message = Message::new(channel, state.ts(), state.now());
    message.take(body);
    if let Some(thread) = body["thread_ts"].as_str() {
        let below = state.messages.iter().find(|one| one.ts == thread && one.channel == channel && !one.deleted);
        if below.is_none_or(|one| one.thread.is_some()) {
            return Err("thread_not_found");
        }
        message.thread = Some(thread.to_owned());
    }
    message.pings = called(state, &message);
    let answer = json!({"channel": channel, "ts": message.ts, "message": message.json()});
    state.messages.push(message);
    Ok(answer)
}

pub(super) fn update(state: &mut State, body: &Value) -> Answered {
    let (channel, ts) = (text(body, "channel"), text(body, "ts"));
    may_write(state, channel)?;
    let now = state.now();
    let found = state.messages.iter_mut().find(|one| one.ts == ts && one.channel == channel && one.is_public());
    let message = found.ok_or("message_not_found")?;
    message.take(body);
    message.edits.push(now);
    Ok(json!({"channel": channel, "ts": ts, "text": message.text, "message": message.json()}))
}

pub(super) fn delete(state: &mut State, body: &Value) -> Answered {
    let (channel, ts) = (text(body, "channel"), text(body, "ts"));
    let found = state.messages.iter_mut().find(|one| one.ts == ts && one.channel == channel && one.is_public());
    found.ok_or("message_not_found")?.deleted = true;
    Ok(json!({"channel": channel, "ts": ts}))
}

pub(super) fn whisper(state: &mut State, body: &Value) -> Answered {
    let (channel, user) = (text(body, "channel"), text(body, "user").to_owned());
    may_write(state, channel)?;
    state.workspace.human(&user).ok_or("user_not_in_channel")?;
    let mut message = Message::new(channel, state.ts(), state.now());
    message.take(body);
    message.thread = body["thread_ts"].as_str().map(str::to_owned);
    message.only_for = Some(user.clone());
    let ts = message.ts.clone();
    state.messages.push(message);
    state.shows(&user, &ts);
    Ok(json!({ "message_ts": ts }))
}

/// An answer at the address that came with what somebody did.
pub(super) fn respond(state: &mut State, call: &Incoming) -> Answered {
    let now = state.now();
    let ask = call.rest.parse().ok().and_then(|id: u64| state.asks.get_mut(&id)).ok_or("invalid_url")?;
    ask.uses += 1;
    if ask.uses > USES || now.since(ask.at) > LASTS {
        return Err("expired_url");
    }
    let (person, channel, id) = (ask.person.clone(), ask.channel.clone(), ask.id);
    let is_by_form = ask.view.is_some();
    let known = ["response_type", "replace_original", "delete_original", "text", "blocks", "thread_ts"];
    let strange = call.body.as_object().into_iter().flat_map(|body| body.keys());
    let strange: Vec<String> =
        strange.filter(|key| !known.contains(&key.as_str())).map(|key| format!("response_url: no `{key}`")).collect();
    strange.into_iter().for_each(|rule| state.breaks(rule));
    let mut message = Message::new(&channel, state.ts(), now);
    message.take(&call.body);
    message.only_for = (call.body["response_type"] != "in_channel").then_some(person.clone());
    let ts = message.ts.clone();
    state.messages.push(message);
    if is_by_form {
        // It is for the form that was opened by it, and sent.
        state.shows(&person, &ts);
    } else {
        let ask: &mut Ask = state.asks.get_mut(&id).expect("an ask");
        ask.said.push(ts);
    }
    Ok(json!({}))
}

/// Whom a message calls, in its text or where it is shown.
fn called(state: &State, message: &Message) -> Vec<String> {
    let shown = message.blocks.iter().filter_map(|block| block["text"]["text"].as_str());
    let all: Vec<&str> = if message.blocks.is_empty() { vec![message.text.as_str()] } else { shown.collect() };
    let marks = all.iter().flat_map(|text| text.split('<').skip(1).filter_map(|rest| rest.split_once('>')));
    let mut called: Vec<String> = Vec::new();
    for name in marks.filter_map(|(mark, _)| state.workspace.called(mark)) {
        if !called.contains(&name) {
            called.push(name);
        }
    }
    called
}
