//! The application's commands in the guild.
//! <https://discord.com/developers/docs/interactions/application-commands#bulk-overwrite-guild-application-commands>

use serde_json::{Value, json};

use super::super::guild::{BOT, GUILD};
use super::super::reply::{Answered, Reply};
use super::super::rules;
use super::super::server::Incoming;
use super::super::state::State;
use super::super::wire::{id, text, without_padding};
use super::reading::is_here;

/// The other languages only for who asks for them.
/// <https://discord.com/developers/docs/interactions/application-commands#get-guild-application-commands>
pub(super) fn list(state: &State, request: &Incoming, app: &str, guild: &str) -> Answered {
    is_ours(app)?;
    is_here(guild)?;
    let mut list: Value = state.commands.iter().cloned().collect();
    if request.query("with_localizations") != Some("true") {
        forget_languages(&mut list);
    }
    Ok(Reply::ok(list))
}

fn forget_languages(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|key, _| !matches!(key.as_str(), "name_localizations" | "description_localizations"));
        members.values_mut().for_each(forget_languages);
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(forget_languages);
    }
}

/// All at once. A name that was there keeps its id; its version changes only if anything else does.
pub(super) fn replace(state: &mut State, request: &Incoming, app: &str, guild: &str) -> Answered {
    is_ours(app)?;
    is_here(guild)?;
    let sent = request.body.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let problems = rules::commands(&sent);
    if !problems.is_empty() {
        return Err(Reply::invalid(&problems));
    }
    let mut commands = Vec::new();
    for one in &sent {
        let mut command = without_padding(one);
        let before = state.commands.iter().find(|known| known["name"] == one["name"]).cloned();
        let known = before.as_ref().map(|known| known["id"].clone());
        command["id"] = known.unwrap_or_else(|| json!(text(state.id())));
        command["application_id"] = json!(text(BOT));
        command["guild_id"] = json!(text(GUILD));
        command["type"] = one.get("type").filter(|kind| !kind.is_null()).cloned().unwrap_or(json!(1));
        let permissions = &one["default_member_permissions"];
        command["default_member_permissions"] =
            permissions.as_u64().map_or(permissions.clone(), |bits| json!(text(bits)));
        command["version"] = before.as_ref().map_or(Value::Null, |before| before["version"].clone());
        if before.as_ref() != Some(&command) {
            command["version"] = json!(text(state.id()));
        }
        commands.push(command);
    }
    state.commands = commands;
    Ok(Reply::ok(state.commands.iter().cloned().collect()))
}

fn is_ours(app: &str) -> Result<(), Reply> {
    if id(app) == Some(BOT) { Ok(()) } else { Err(Reply::no(10_002)) }
}
