//! First answers to interactions.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction>

use serde_json::{Value, json};

use super::super::guild::GUILD;
use super::super::interaction::{Ack, FIRST};
use super::super::message::{EPHEMERAL, LOADING, Message};
use super::super::reply::{Answered, Problem, Reply};
use super::super::rules::{self, At};
use super::super::server::Incoming;
use super::super::state::State;
use super::super::wire::{id, text};
use super::messages::change;

pub(super) fn callback(state: &mut State, request: &Incoming, which: &str, token: &str) -> Answered {
    let known = id(which).and_then(|id| state.interactions.get(&id)).filter(|one| one.token == token);
    let known = known.ok_or_else(|| Reply::no(10_062))?.id;
    acknowledge(state, known, request.body.as_ref().unwrap_or(&Value::Null), &request.files)?;
    if request.query("with_response") != Some("true") {
        return Ok(Reply::nothing());
    }
    Ok(Reply::ok(response(state, known)))
}

/// Takes the first answer, however it came.
pub(in super::super) fn acknowledge(
    state: &mut State,
    known: u64,
    body: &Value,
    files: &[String],
) -> Result<(), Reply> {
    let now = state.now();
    let interaction = &state.interactions[&known];
    let kind = body["type"].as_u64().unwrap_or_default();
    if interaction.ack.is_some() {
        return Err(Reply::no(40_060));
    }
    if now.since(interaction.at) >= FIRST {
        return Err(Reply::no(10_062));
    }
    if !interaction.may_be_answered_with(kind) {
        let says = format!("{:?} may not be answered with type {kind}", interaction.asking);
        return Err(Reply::invalid(&[Problem { at: "type".to_owned(), code: "BASE_TYPE_CHOICES", says }]));
    }
    let data = body.get("data").cloned().unwrap_or_default();
    let source = interaction.source;
    let problems = match (kind, source.and_then(|source| state.messages.get(&source))) {
        (7, Some(before)) => rules::message(&data, files, At::Edit(before)).err(),
        (4, _) => rules::message(&data, files, At::Callback).err(),
        _ => Some(rules::callback(kind, &data)).filter(|problems| !problems.is_empty()),
    };
    if let Some(problems) = problems {
        let below = |problem: Problem| Problem { at: format!("data.{}", problem.at), ..problem };
        return Err(Reply::invalid(&problems.into_iter().map(below).collect::<Vec<_>>()));
    }
    let original = match kind {
        4 | 5 => Some(reply(state, known, kind, &data, files)),
        6 | 7 => source,
        _ => None,
    };
    if let (7, Some(source)) = (kind, source) {
        change(state, source, &data, files);
    }
    let interaction = state.interactions.get_mut(&known).expect("an interaction");
    interaction.ack = Some(Ack { at: now, came: tokio::time::Instant::now(), kind, data });
    interaction.original = original;
    interaction.loading = matches!(kind, 5 | 6);
    Ok(())
}

fn reply(state: &mut State, known: u64, kind: u64, data: &Value, files: &[String]) -> u64 {
    let (id, now, channel) = (state.id(), state.now(), state.interactions[&known].channel);
    let mut message = Message::new(id, channel, now);
    message.interaction = Some(known);
    if kind == 5 {
        message.flags = LOADING | (data["flags"].as_u64().unwrap_or_default() & EPHEMERAL);
    } else {
        message.take(data, files);
        message.call(&state.guild, data);
        message.flags = data["flags"].as_u64().unwrap_or_default();
    }
    state.messages.insert(id, message);
    id
}

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback-interaction-callback-response-object>
fn response(state: &State, known: u64) -> Value {
    let interaction = &state.interactions[&known];
    let kind = interaction.ack.as_ref().map(|ack| ack.kind).unwrap_or_default();
    let mut body = json!({"interaction": {
        "id": text(known), "type": interaction.asking as u8, "channel_id": text(interaction.channel),
        "guild_id": text(GUILD),
    }});
    let Some(original) = interaction.original else { return body };
    let message = state.message_json(original);
    body["interaction"]["response_message_id"] = json!(text(original));
    body["interaction"]["response_message_loading"] = json!(interaction.loading);
    body["interaction"]["response_message_ephemeral"] = json!(state.messages[&original].ephemeral());
    match kind {
        4 | 5 => body["resource"] = json!({"type": 4, "message": message}),
        7 => body["resource"] = json!({"type": 7, "message": message}),
        _ => {}
    }
    body
}
