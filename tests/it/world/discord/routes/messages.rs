//! The bot's own messages. <https://discord.com/developers/docs/resources/message>

use serde_json::Value;
use shipgate::clock::Span;

use super::super::guild::BOT;
use super::super::message::{HAS_THREAD, Message};
use super::super::reply::{Answered, Problem, Reply};
use super::super::rules::{self, At};
use super::super::server::Incoming;
use super::super::state::State;
use super::super::wire::id;
use super::{channel, is_awake, may, message, must};

/// How long `enforce_nonce` remembers. The documents say: a few minutes.
const REMEMBERED: Span = Span::minutes(5);
/// Messages older than this may be edited only rarely.
const OLD: Span = Span::hours(1);
/// So many edits of old messages in [`WINDOW`]: not documented; what is known from use.
const OLD_EDITS: usize = 3;
const WINDOW: Span = Span::seconds(6);

pub(super) fn list(state: &State, request: &Incoming, to: &str) -> Answered {
    let channel = channel(state, to)?;
    if !may(state, channel, "READ_MESSAGE_HISTORY") {
        return Ok(Reply::ok(Value::Array(Vec::new())));
    }
    let bound = |name: &str| request.query(name).and_then(id);
    let limit = bound("limit").unwrap_or(50);
    if !(1..=100).contains(&limit) {
        let says = "a list has 1 to 100 messages".to_owned();
        return Err(Reply::invalid(&[Problem { at: "limit".to_owned(), code: "NUMBER_TYPE_MAX", says }]));
    }
    let limit = usize::try_from(limit).expect("a small number");
    let (before, after, around) = (bound("before"), bound("after"), bound("around"));
    let fits = |one: &&Message| before.is_none_or(|bound| one.id < bound) && after.is_none_or(|bound| one.id > bound);
    let mut found: Vec<u64> = state.listed(channel).filter(fits).map(|one| one.id).collect();
    if let Some(around) = around {
        found.sort_by_key(|id| id.abs_diff(around));
        found.truncate(limit);
        found.sort_unstable();
    }
    if after.is_none() {
        found.reverse();
        found.truncate(limit);
    } else {
        // Those that follow at once, and these newest first.
        found.truncate(limit);
        found.reverse();
    }
    Ok(Reply::ok(found.into_iter().map(|id| state.message_json(id)).collect()))
}

pub(super) fn create(state: &mut State, request: &Incoming, to: &str) -> Answered {
    let channel = channel(state, to)?;
    let body = request.body.clone().unwrap_or_default();
    must(state, channel, sending(state, channel))?;
    embeds_and_files(state, channel, request, &body)?;
    rules::message(&body, &request.files, At::Create).map_err(|problems| Reply::invalid(&problems))?;
    is_awake(state, channel)?;
    let reply_to = reference(state, channel, &body)?;
    let nonce = body.get("nonce").filter(|nonce| !nonce.is_null()).cloned();
    if body["enforce_nonce"] == true
        && let Some(nonce) = &nonce
    {
        let now = state.now();
        let same = |one: &&Message| one.nonce.as_ref() == Some(nonce) && now.since(one.at) <= REMEMBERED;
        if let Some(first) = state.listed(channel).find(same).map(|one| one.id) {
            return Ok(Reply::ok(state.message_json(first)));
        }
    }
    let now = state.now();
    let mut message = Message::new(state.id(), channel, now);
    (message.reply_to, message.nonce) = (reply_to, nonce);
    message.take(&body, &request.files);
    message.call(&state.guild, &body);
    let id = message.id;
    state.messages.insert(id, message);
    if let Some(thread) = state.guild.channel_mut(channel).and_then(|channel| channel.thread.as_mut()) {
        (thread.active, thread.messages) = (now, thread.messages + 1);
    }
    Ok(Reply::ok(state.message_json(id)))
}

pub(super) fn show(state: &State, channel_text: &str, which: &str) -> Answered {
    let channel = channel(state, channel_text)?;
    must(state, channel, "READ_MESSAGE_HISTORY")?;
    Ok(Reply::ok(state.message_json(message(state, channel, which)?)))
}

pub(super) fn edit(state: &mut State, request: &Incoming, channel_text: &str, which: &str) -> Answered {
    let channel = channel(state, channel_text)?;
    let id = message(state, channel, which)?;
    let body = request.body.clone().unwrap_or_default();
    if state.messages[&id].author != BOT {
        return Err(Reply::no(50_005));
    }
    is_awake(state, channel)?;
    embeds_and_files(state, channel, request, &body)?;
    let before = &state.messages[&id];
    rules::message(&body, &request.files, At::Edit(before)).map_err(|problems| Reply::invalid(&problems))?;
    let (now, age) = (state.now(), state.now().since(before.at));
    if age > OLD {
        state.old_edits.retain(|(_, at)| now.since(*at) < WINDOW);
        if state.old_edits.iter().filter(|(of, _)| *of == channel).count() >= OLD_EDITS {
            #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
            return Err(Reply::later(30_046, WINDOW.0 as f64 / 1_000.0));
        }
        state.old_edits.push((channel, now));
    }
    change(state, id, &body, &request.files);
    Ok(Reply::ok(state.message_json(id)))
}

pub(super) fn delete(state: &mut State, channel_text: &str, which: &str) -> Answered {
    let channel = channel(state, channel_text)?;
    let id = message(state, channel, which)?;
    if state.messages[&id].author != BOT {
        must(state, channel, "MANAGE_MESSAGES")?;
    }
    state.messages.get_mut(&id).expect("a message").deleted = true;
    Ok(Reply::nothing())
}

/// Edits a message that may be edited. An edit pings nobody.
pub(super) fn change(state: &mut State, id: u64, body: &Value, files: &[String]) {
    let now = state.now();
    let message = state.messages.get_mut(&id).expect("a message");
    message.take(body, files);
    message.edited = Some(now);
    message.edits += 1;
    message.flags &= !HAS_THREAD;
}

fn sending(state: &State, channel: u64) -> &'static str {
    let thread = state.guild.channel(channel).is_some_and(|channel| channel.thread.is_some());
    if thread { "SEND_MESSAGES_IN_THREADS" } else { "SEND_MESSAGES" }
}

fn embeds_and_files(state: &State, channel: u64, request: &Incoming, body: &Value) -> Result<(), Reply> {
    if body["embeds"].as_array().is_some_and(|all| !all.is_empty()) {
        must(state, channel, "EMBED_LINKS")?;
    }
    if request.files.is_empty() { Ok(()) } else { must(state, channel, "ATTACH_FILES") }
}

/// The message that this one replies to.
fn reference(state: &State, channel: u64, body: &Value) -> Result<Option<u64>, Reply> {
    let Some(to) = body["message_reference"]["message_id"].as_str().and_then(id) else { return Ok(None) };
    must(state, channel, "READ_MESSAGE_HISTORY")?;
    if state.message(to).is_some_and(|one| one.channel == channel && !one.ephemeral()) {
        return Ok(Some(to));
    }
    if body["message_reference"]["fail_if_not_exists"] == false {
        return Ok(None);
    }
    let says = "Unknown message".to_owned();
    let at = "message_reference".to_owned();
    let mut reply = Reply::invalid(&[Problem { at, code: "REPLIES_UNKNOWN_MESSAGE", says }]);
    // A message may be gone by the time a reply is sent: nothing that a bot could have known.
    reply.violations.clear();
    Err(reply)
}
