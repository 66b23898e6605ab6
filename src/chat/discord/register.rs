//! Telling Discord which commands there are: for the guild, and only when they have changed.
//!
//! What Discord holds is read and compared, so nothing is remembered here that could be wrong: a bot that was thrown
//! out and invited again has lost its commands. <https://discord.com/developers/docs/interactions/application-commands>

use serde_json::Value;
use serenity::all::GuildId;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::{commands, rest};
use crate::clock;
use crate::domain::Span;

/// How long until it is tried again: doubling from the first to the last.
const FIRST: Span = Span::seconds(2);
const LAST: Span = Span::minutes(5);

/// How long Discord may take to answer.
const CALLS: Span = Span::seconds(20);

/// Registers the commands, again and again until it has worked or the program stops.
pub(super) async fn keep_trying(desk: &Desk, stop: &CancellationToken) {
    let mut pause = FIRST;
    loop {
        let tried = tokio::select! {
            () = stop.cancelled() => return,
            tried = clock::timeout(&*desk.clock, CALLS, register(desk)) => tried,
        };
        match tried {
            None => tracing::error!("Discord does not answer, so the commands are not registered; it is tried again"),
            Some(Ok(true)) => return tracing::info!("the commands are registered anew"),
            Some(Ok(false)) => return tracing::debug!("the commands are registered already"),
            Some(Err(error)) => {
                let (code, status) = (rest::code(&error), rest::status(&error));
                tracing::error!(code, status, "the commands are not registered; it is tried again");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = desk.clock.alarm(desk.clock.now().plus(pause)) => {}
        }
        pause = Span(pause.0.saturating_mul(2)).min(LAST);
    }
}

/// Whether anything had to be changed.
async fn register(desk: &Desk) -> serenity::Result<bool> {
    if desk.http.application_id().is_none() {
        desk.http.set_application_id(desk.http.get_current_application_info().await?.id);
    }
    let guild = GuildId::new(desk.guild);
    let wanted = commands::wanted(desk.service.names());
    let known = desk.http.get_guild_commands_with_localizations(guild).await?;
    if sameness(&serde_json::to_value(&wanted)?) == sameness(&serde_json::to_value(&known)?) {
        return Ok(false);
    }
    desk.http.create_guild_commands(guild, &wanted).await?;
    Ok(true)
}

/// What counts of a list of commands: what we say of each, without what Discord adds and without what is empty.
fn sameness(commands: &Value) -> Value {
    let mut list: Vec<Value> = commands.as_array().into_iter().flatten().map(essence).collect();
    list.sort_by_key(|command| command["name"].as_str().unwrap_or_default().to_owned());
    Value::Array(list)
}

fn essence(value: &Value) -> Value {
    const COUNTS: [&str; 9] =
        ["name", "description", "options", "required", "autocomplete", "choices", "value", "max_length", "type"];
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter_map(|(key, value)| {
                // Discord adds the type of a slash command.
                let added = key == "type" && members.contains_key("id");
                let empty = match value {
                    Value::Null | Value::Bool(false) => true,
                    Value::Array(items) => items.is_empty(),
                    Value::Object(members) => members.is_empty(),
                    _ => false,
                };
                match key.as_str() {
                    _ if empty || added => None,
                    // By language: one of the keys there is `id`.
                    "name_localizations" | "description_localizations" => Some((key.clone(), value.clone())),
                    key if COUNTS.contains(&key) => Some((key.to_owned(), essence(value))),
                    _ => None,
                }
            });
            let mut kept: Vec<(String, Value)> = kept.collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(essence).collect()),
        other => other.clone(),
    }
}
