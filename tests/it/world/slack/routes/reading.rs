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
