//! Telling Discord which commands there are: for the guild, and only when they have changed.
//!
//! What Discord holds is read and compared, so nothing is remembered here that could be wrong: a bot that was thrown
//! out and invited again has lost its commands. <https://discord.com/developers/docs/interactions/application-commands>

use serde_json::Value;
use serenity::all::GuildId;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::{commands, rest};
use crate::domain::Span;

/// How long until it is tried again: doubling from the first to the last.
const FIRST: Span = Span::seconds(2);
const LAST: Span = Span::minutes(5);

/// Registers the commands, again and again until it has worked or the program stops.
pub(super) async fn keep_trying(desk: &Desk, stop: &CancellationToken) {
    let mut pause = FIRST;
    loop {
        let tried = tokio::select! {
            () = stop.cancelled() => return,
            tried = register(desk) => tried,
        };
        match tried {
            Ok(true) => return tracing::info!("the commands are registered anew"),
            Ok(false) => return tracing::debug!("the commands are registered already"),
            Err(error) => {
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
    const COUNTS: [&str; 11] = [
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "required",
        "autocomplete",
        "choices",
        "value",
        "max_length",
        "type",
    ];
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, value)| {
                let is_locale = key.len() == 2;
                let empty = match value {
                    Value::Null | Value::Bool(false) => true,
                    Value::Array(items) => items.is_empty(),
                    Value::Object(members) => members.is_empty(),
                    // The type of a slash command, which Discord adds.
                    Value::Number(number) => *key == "type" && members.contains_key("id") && number.as_u64() == Some(1),
                    _ => false,
                };
                (is_locale || COUNTS.contains(&key.as_str())) && !empty
            });
            let mut kept: Vec<(String, Value)> = kept.map(|(key, value)| (key.clone(), essence(value))).collect();
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(kept.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(essence).collect()),
        other => other.clone(),
    }
}
