//! What can be looked up.

use serde_json::{Value, json};

use super::super::state::State;
use super::super::workspace::{BOT, TEAM};
use super::{Answered, text};

pub(super) fn who(_: &State) -> Answered {
    Ok(json!({
        "url": "https://harbour.slack.com/", "team": "Harbour", "user": "shipgate", "team_id": TEAM, "user_id": BOT,
        "bot_id": "B0SHIPGATE", "is_enterprise_install": false,
    }))
}

pub(super) fn user(state: &State, body: &Value) -> Answered {
    let id = text(body, "user");
    state.workspace.human(id).ok_or("user_not_found")?;
    Ok(json!({ "user": state.workspace.user_json(id, body["include_locale"] == "true") }))
}

pub(super) fn groups(state: &State, body: &Value) -> Answered {
    let with_users = body["include_users"] == "true";
    let group = |group: &super::super::workspace::Group| {
        let mut json = json!({
            "id": group.id, "team_id": TEAM, "is_usergroup": true, "name": group.handle, "handle": group.handle,
            "date_delete": 0, "user_count": group.users.len(),
        });
        if with_users {
            json["users"] = json!(group.users);
        }
        json
    };
    Ok(
        json!({ "usergroups": state.workspace.groups.iter().filter(|group| !group.deactivated).map(group).collect::<Value>() }),
    )
}

pub(super) fn members(state: &State, body: &Value) -> Answered {
    let id = text(body, "usergroup");
    let found = state.workspace.groups.iter().find(|group| group.id == id && !group.deactivated);
    let group = found.ok_or("no_such_subteam")?;
    Ok(json!({ "users": group.users }))
}

pub(super) fn channel(state: &State, body: &Value) -> Answered {
    let channel = state.workspace.channel(text(body, "channel")).ok_or("channel_not_found")?;
    Ok(json!({"channel": {
        "id": channel.id, "name": channel.name, "is_channel": true, "is_archived": channel.archived,
        "is_member": channel.joined, "is_private": false,
    }}))
}

/// What a channel says, newest first, without what is in threads.
pub(super) fn history(state: &State, body: &Value) -> Answered {
    let channel = seen(state, body)?;
    let messages = state.messages.iter().rev().filter(|one| one.thread.is_none());
    Ok(json!({ "messages": page(messages, channel, body)?, "has_more": false }))
}

/// What a thread says, oldest first, with what it is below.
pub(super) fn replies(state: &State, body: &Value) -> Answered {
    let channel = seen(state, body)?;
    let ts = text(body, "ts");
    state.messages.iter().find(|one| one.ts == ts && one.is_public()).ok_or("thread_not_found")?;
    let messages = state.messages.iter().filter(|one| one.ts == ts || one.thread.as_deref() == Some(ts));
    Ok(json!({ "messages": page(messages, channel, body)?, "has_more": false }))
}

/// A channel that may be read.
fn seen<'a>(state: &State, body: &'a Value) -> Result<&'a str, &'static str> {
    let channel = state.workspace.channel(text(body, "channel")).ok_or("channel_not_found")?;
    if channel.joined { Ok(text(body, "channel")) } else { Err("not_in_channel") }
}

fn page<'a>(
    messages: impl Iterator<Item = &'a super::super::message::Message>,
    channel: &str,
    body: &Value,
) -> Result<Vec<Value>, &'static str> {
    let limit = match body["limit"].as_str() {
        None => 100,
        Some(limit) => limit.parse().ok().filter(|limit| (1..=1_000).contains(limit)).ok_or("invalid_limit")?,
    };
    let oldest = text(body, "oldest").to_owned();
    let with_metadata = body["include_all_metadata"] == "true";
    let fits = messages.filter(|one| one.channel == channel && one.is_public() && one.ts > oldest);
    Ok(fits.take(limit).map(|one| if with_metadata { one.json_with_metadata() } else { one.json() }).collect())
}
