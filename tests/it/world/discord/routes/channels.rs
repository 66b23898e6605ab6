//! Channels and threads. <https://discord.com/developers/docs/topics/threads>

use serde_json::Value;
use shipgate::clock::Span;

use super::super::guild::{Channel, Thread};
use super::super::reply::{Answered, Reply};
use super::super::server::Incoming;
use super::super::state::State;
use super::{channel, message, must};

pub(super) fn show(state: &State, which: &str) -> Answered {
    let id = channel(state, which)?;
    Ok(Reply::ok(state.guild.channel_json(id, state.now())))
}

/// A thread below a message; it has the id of the message, which can have one only.
pub(super) fn start(state: &mut State, request: &Incoming, parent_text: &str, which: &str) -> Answered {
    let parent = channel(state, parent_text)?;
    let id = message(state, parent, which)?;
    if state.guild.channel(parent).is_some_and(|channel| channel.thread.is_some()) {
        return Err(Reply::no(50_024));
    }
    must(state, parent, "CREATE_PUBLIC_THREADS")?;
    if state.guild.channel(id).is_some() {
        return Err(Reply::no(160_004));
    }
    let body = request.body.clone().unwrap_or_default();
    let now = state.now();
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    let auto_archive = minutes(&body).unwrap_or(Span::minutes(1_440));
    let thread = Thread { parent, archived: false, locked: false, auto_archive, made: now, active: now, messages: 0 };
    state.guild.channels.push(Channel { id, name, overwrites: Vec::new(), thread: Some(thread) });
    Ok(Reply::created(state.guild.channel_json(id, now)))
}

/// Name, archiving, locking of a thread. Channels are the people's.
pub(super) fn edit(state: &mut State, request: &Incoming, which: &str) -> Answered {
    let id = channel(state, which)?;
    let body = request.body.clone().unwrap_or_default();
    let now = state.now();
    let manages = must(state, id, "MANAGE_THREADS");
    let Some(channel) = state.guild.channel_mut(id) else { return Err(Reply::no(10_003)) };
    let Some(thread) = &mut channel.thread else { return Err(Reply::no(50_013)) };
    let archived = body["archived"].as_bool();
    if thread.is_archived(now) && archived != Some(false) {
        return Err(Reply::no(50_083));
    }
    if thread.locked || body["locked"].is_boolean() {
        // Its maker may do all but this.
        manages?;
    }
    if let Some(archived) = archived {
        (thread.archived, thread.active) = (archived, now);
    }
    if let Some(locked) = body["locked"].as_bool() {
        thread.locked = locked;
    }
    if let Some(after) = minutes(&body) {
        thread.auto_archive = after;
    }
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut channel.name);
    }
    Ok(Reply::ok(state.guild.channel_json(id, now)))
}

/// Who is in a thread is not kept: everybody who sees the channel reads it.
pub(super) fn join(state: &State, which: &str, _who: &str) -> Answered {
    let id = channel(state, which)?;
    super::is_awake(state, id)?;
    if state.guild.channel(id).is_some_and(|channel| channel.thread.is_some()) {
        Ok(Reply::nothing())
    } else {
        Err(Reply::no(50_024))
    }
}

fn minutes(body: &Value) -> Option<Span> {
    body["auto_archive_duration"].as_i64().map(Span::minutes)
}
