//! What may be said after the first answer, by the interaction's token.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>

use serde_json::Value;

use super::super::guild::BOT;
use super::super::interaction::TOKENS;
use super::super::message::{EPHEMERAL, LOADING, Message};
use super::super::reply::{Answered, Reply};
use super::super::rules::{self, At};
use super::super::server::Incoming;
use super::super::state::State;
use super::super::wire::id;
use super::messages::change;

/// One more message; or, right after a deferred reply, that reply, which keeps its ephemerality.
pub(super) fn follow_up(state: &mut State, request: &Incoming, app: &str, token: &str) -> Answered {
    let known = interaction(state, app, token)?;
    let interaction = &state.interactions[&known];
    let body = request.body.clone().unwrap_or_default();
    rules::message(&body, &request.files, At::Callback).map_err(|problems| Reply::invalid(&problems))?;
    let deferred = interaction.loading && interaction.ack.as_ref().is_some_and(|ack| ack.kind == 5);
    if let (true, Some(original)) = (deferred, interaction.original) {
        fill(state, known, original, &body, &request.files);
        return Ok(Reply::ok(state.message_json(original)));
    }
    let (channel, now) = (interaction.channel, state.now());
    let mut message = Message::new(state.id(), channel, now);
    message.interaction = Some(known);
    message.take(&body, &request.files);
    message.call(&state.guild, &body);
    message.flags |= body["flags"].as_u64().unwrap_or_default() & EPHEMERAL;
    let id = message.id;
    state.messages.insert(id, message);
    let interaction = state.interactions.get_mut(&known).expect("an interaction");
    interaction.followups.push(id);
    // An update that was deferred is over when something is said.
    interaction.loading = false;
    Ok(Reply::ok(state.message_json(id)))
}

pub(super) fn show(state: &State, app: &str, token: &str, which: &str) -> Answered {
    let known = interaction(state, app, token)?;
    Ok(Reply::ok(state.message_json(message(state, known, which)?)))
}

pub(super) fn edit(state: &mut State, request: &Incoming, app: &str, token: &str, which: &str) -> Answered {
    let known = interaction(state, app, token)?;
    let id = message(state, known, which)?;
    let body = request.body.clone().unwrap_or_default();
    let before = &state.messages[&id];
    rules::message(&body, &request.files, At::Edit(before)).map_err(|problems| Reply::invalid(&problems))?;
    if state.interactions[&known].loading && state.interactions[&known].original == Some(id) {
        fill(state, known, id, &body, &request.files);
    } else {
        change(state, id, &body, &request.files);
    }
    Ok(Reply::ok(state.message_json(id)))
}

pub(super) fn delete(state: &mut State, app: &str, token: &str, which: &str) -> Answered {
    let known = interaction(state, app, token)?;
    let id = message(state, known, which)?;
    state.messages.get_mut(&id).expect("a message").deleted = true;
    state.interactions.get_mut(&known).expect("an interaction").loading = false;
    Ok(Reply::nothing())
}

/// A deferred answer comes: for a reply it is the message itself, not an edit of it.
fn fill(state: &mut State, known: u64, original: u64, body: &Value, files: &[String]) {
    let interaction = state.interactions.get_mut(&known).expect("an interaction");
    interaction.loading = false;
    let is_reply = interaction.ack.as_ref().is_some_and(|ack| ack.kind == 5);
    change(state, original, body, files);
    if is_reply {
        let message = state.messages.get_mut(&original).expect("a message");
        (message.edited, message.edits) = (None, 0);
        message.flags &= !LOADING;
        message.call(&state.guild, body);
    }
}

/// The interaction of a token that is alive and has had its first answer.
fn interaction(state: &State, app: &str, token: &str) -> Result<u64, Reply> {
    let number = token.strip_prefix(TOKENS).and_then(id);
    let known = number.and_then(|number| state.interactions.get(&number)).filter(|one| one.token == token);
    let known = known.filter(|_| id(app) == Some(BOT)).ok_or_else(|| Reply::no(50_027))?;
    match &known.ack {
        None => Err(Reply::no(10_015)),
        Some(_) if known.is_dead(state.now()) => Err(Reply::no(50_027)),
        Some(_) => Ok(known.id),
    }
}

fn message(state: &State, known: u64, which: &str) -> Result<u64, Reply> {
    let interaction = &state.interactions[&known];
    let found = match which {
        "@original" => interaction.original,
        other => id(other).filter(|id| interaction.followups.contains(id) || interaction.original == Some(*id)),
    };
    found.filter(|id| state.message(*id).is_some()).ok_or_else(|| Reply::no(10_008))
}
