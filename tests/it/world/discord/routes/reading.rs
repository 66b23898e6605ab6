//! What can only be read: the gateway's address, the bot itself, the guild.

use serde_json::{Value, json};

use super::super::guild::{ADA, BOT, GUILD};
use super::super::reply::{Answered, Reply};
use super::super::state::State;
use super::super::wire::{id, text};
use super::super::{key_hex, signing_key};

/// <https://discord.com/developers/docs/events/gateway#get-gateway>
pub(super) fn gateway(state: &State, bot: bool) -> Answered {
    let mut body = json!({"url": state.gateway_url});
    if bot {
        body["shards"] = json!(1);
        let remaining = 1_000_usize.saturating_sub(state.sessions.identifies());
        body["session_start_limit"] =
            json!({"total": 1_000, "remaining": remaining, "reset_after": 86_400_000, "max_concurrency": 1});
    }
    Ok(Reply::ok(body))
}

pub(super) fn me(state: &State) -> Answered {
    let mut user = state.guild.user_json(BOT);
    user["mfa_enabled"] = json!(true);
    user["locale"] = json!("en-US");
    user["verified"] = json!(true);
    user["email"] = Value::Null;
    Ok(Reply::ok(user))
}

pub(super) fn application(state: &State) -> Answered {
    let key = state.endpoint.as_ref().map_or_else(signing_key, |(_, key)| key.clone());
    let url = state.endpoint.as_ref().map(|(url, _)| url);
    Ok(Reply::ok(json!({
        "id": text(BOT), "name": "Shipgate", "icon": null, "description": "", "type": null,
        "bot": state.guild.user_json(BOT), "bot_public": false, "bot_require_code_grant": false,
        "verify_key": key_hex(&key), "flags": 0, "flags_new": "0", "redirect_uris": [],
        "interactions_endpoint_url": url, "role_connections_verification_url": null,
        "owner": state.guild.user_json(ADA), "approximate_guild_count": 1, "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": null,
        "eligible_oauth2_scopes": [],
    })))
}

pub(super) fn guild(state: &State, guild: &str) -> Answered {
    is_here(guild)?;
    Ok(Reply::ok(state.guild.json()))
}

/// All channels but threads, also those that the bot cannot see.
pub(super) fn channels(state: &State, guild: &str) -> Answered {
    is_here(guild)?;
    let channels = state.guild.channels.iter().filter(|channel| channel.thread.is_none());
    Ok(Reply::ok(channels.map(|channel| state.guild.channel_json(channel.id, state.now())).collect()))
}

pub(super) fn roles(state: &State, guild: &str) -> Answered {
    is_here(guild)?;
    Ok(Reply::ok(state.guild.roles_json()))
}

pub(super) fn member(state: &State, guild: &str, user: &str) -> Answered {
    is_here(guild)?;
    let member = id(user).and_then(|id| state.guild.member(id)).ok_or_else(|| Reply::no(10_007))?;
    Ok(Reply::ok(state.guild.member_json(member.id)))
}

/// The bot is in one guild only; of others it hears nothing.
pub(super) fn is_here(guild: &str) -> Result<(), Reply> {
    let known = id(guild).ok_or_else(|| Reply::no(10_004))?;
    if known == GUILD { Ok(()) } else { Err(Reply::no(50_001)) }
}
