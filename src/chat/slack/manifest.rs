//! The app as Slack is told of it: commands, scopes, events and ways in, in one document that an app is made from.
//! <https://docs.slack.dev/reference/app-manifest>

use serde_json::{Value, json};

use crate::command::{Spec, TABLE};
use crate::words::Words;

/// What stands for every command, where names are taken.
pub(super) const ONE_FOR_ALL: &str = "/shipgate";

/// Commands whose names are Slack's own: an app cannot have them, and a manifest that has them is refused.
/// <https://slack.com/help/articles/201259356-Use-built-in-slash-commands>
const BUILT_IN: [&str; 1] = ["status"];

/// What the bot may do, and nothing more: hear commands and who speaks to it, write, hand over files, look up people,
/// groups and the channels of the config, and find there what it has written itself.
pub(super) const SCOPES: [&str; 10] = [
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    GROUPS,
    "users:read",
];

/// Looking up who is in a user group.
pub(super) const GROUPS: &str = "usergroups:read";

/// What it is told of.
const EVENTS: [&str; 3] = ["app_mention", "subteam_members_changed", "subteam_updated"];

/// Whether a name is Slack's own.
pub(super) fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
}

/// The manifest. With an address, everything comes there as signed requests; without, over connections.
#[must_use]
pub fn manifest(url: Option<&str>, words: &Words) -> Value {
    let at = |path: &str| url.map(|url| format!("{}/slack/{path}", url.trim_end_matches('/')));
    let with = |mut value: Value, key: &str, address: Option<String>| {
        if let Some(address) = address {
            value[key] = json!(address);
        }
        value
    };
    let all = json!({
        "command": ONE_FOR_ALL,
        "description": words.get("manifest-one-for-all"),
        "usage_hint": words.get("manifest-one-for-all-hint"),
        "should_escape": false,
    });
    let own = TABLE.iter().filter(|spec| !is_built_in(spec.name)).map(|spec| command(spec, words));
    let commands = std::iter::once(all).chain(own).map(|command| with(command, "url", at("commands")));
    json!({
        "_metadata": { "major_version": 1 },
        "display_information": { "name": "Shipgate", "description": words.get("manifest-about") },
        "features": {
            "bot_user": { "display_name": "shipgate", "always_online": true },
            "slash_commands": commands.collect::<Value>(),
        },
        "oauth_config": { "scopes": { "bot": SCOPES } },
        "settings": {
            "event_subscriptions": with(json!({ "bot_events": EVENTS }), "request_url", at("events")),
            "interactivity": with(json!({ "is_enabled": true }), "request_url", at("interactions")),
            "org_deploy_enabled": false,
            "socket_mode_enabled": url.is_none(),
            "token_rotation_enabled": false,
        },
    })
}

fn command(spec: &Spec, words: &Words) -> Value {
    let usage = spec.usage(|argument| words.get(&format!("argument-{}", argument.word())));
    let mut command = json!({
        "command": format!("/{}", spec.name),
        "description": words.get(&format!("command-{}", spec.name)),
        "should_escape": false,
    });
    // A hint cannot be empty.
    if let Some((_, hint)) = usage.split_once(' ') {
        command["usage_hint"] = json!(hint);
    }
    command
}
