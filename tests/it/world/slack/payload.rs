//! What people do, as Slack tells an app of it.

use serde_json::{Value, json};

use super::asked::Ask;
use super::message::Message;
use super::state::State;
use super::workspace::{APP, TEAM};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Typed a slash command.
    Command,
    /// Pressed something.
    Press,
    /// Sent a form.
    Submission,
    /// Spoke to the bot.
    Mention,
    /// Did something that nobody answers.
    Event,
}

impl Kind {
    /// What an envelope is called.
    pub(super) const fn envelope(self) -> &'static str {
        match self {
            Self::Command => "slash_commands",
            Self::Press | Self::Submission => "interactive",
            Self::Mention | Self::Event => "events_api",
        }
    }

    /// Where it is posted to.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Command => "commands",
            Self::Press | Self::Submission => "interactions",
            Self::Mention | Self::Event => "events",
        }
    }

    /// Slack's sample of it.
    pub(super) const fn sample(self) -> Option<&'static str> {
        match self {
            Self::Command => Some("SlashCommandPayload"),
            Self::Press => Some("BlockActionPayload"),
            Self::Submission => Some("ViewSubmissionPayload"),
            Self::Mention | Self::Event => None,
        }
    }
}

/// A slash command.
pub(super) fn command(state: &State, ask: &Ask, command: &str, text: &str) -> Value {
    json!({
        "token": "deprecated", "api_app_id": APP, "team_id": state.team_of(ask), "team_domain": "harbour",
        "channel_id": ask.channel, "channel_name": state.channel_name(&ask.channel), "user_id": ask.person,
        "user_name": state.name_of(&ask.person), "command": command, "text": escaped(text),
        "response_url": ask.response_url(state), "trigger_id": ask.trigger_id, "is_enterprise_install": "false",
    })
}

/// A press on something of a message.
pub(super) fn press(state: &State, ask: &Ask, message: &Message, action: Value) -> Value {
    let mut container = json!({
        "type": "message", "message_ts": message.ts, "channel_id": message.channel,
        "is_ephemeral": message.only_for.is_some(),
    });
    if let Some(thread) = &message.thread {
        container["thread_ts"] = json!(thread);
    }
    json!({
        "type": "block_actions", "user": user(state, ask), "api_app_id": APP, "token": "deprecated",
        "container": container, "trigger_id": ask.trigger_id, "team": {"id": TEAM, "domain": "harbour"},
        "enterprise": null, "is_enterprise_install": false,
        "channel": {"id": message.channel, "name": state.channel_name(&message.channel)},
        "message": message.json(), "state": {"values": {}}, "response_url": ask.response_url(state),
        "actions": [action],
    })
}

/// A form that is sent.
pub(super) fn submission(state: &State, ask: &Ask, view: &Value, values: Value) -> Value {
    let mut view = view.clone();
    view["team_id"] = json!(TEAM);
    view["state"] = json!({ "values": values });
    view["app_id"] = json!(APP);
    view["bot_id"] = json!("B0SHIPGATE");
    json!({
        "type": "view_submission", "team": {"id": TEAM, "domain": "harbour"}, "user": user(state, ask),
        "api_app_id": APP, "token": "deprecated", "trigger_id": ask.trigger_id, "view": view,
        "is_enterprise_install": false, "enterprise": null,
    })
}

/// Somebody speaks to the bot.
pub(super) fn mention(state: &State, ask: &Ask, text: &str, thread: Option<&str>) -> Value {
    let ts = format!("{}.000001", state.now().0 / 1_000);
    let mut event = json!({
        "type": "app_mention", "user": ask.person, "text": text, "ts": ts, "channel": ask.channel, "event_ts": ts,
        "team": state.team_of(ask),
    });
    if let Some(thread) = thread {
        event["thread_ts"] = json!(thread);
    }
    self::event(state, ask, event)
}

/// An event.
pub(super) fn event(state: &State, ask: &Ask, event: Value) -> Value {
    json!({
        "token": "deprecated", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
        "event_id": format!("Ev0{}", ask.id), "event_time": state.now().0 / 1_000, "authed_users": [],
    })
}

fn user(state: &State, ask: &Ask) -> Value {
    let name = state.name_of(&ask.person);
    json!({"id": ask.person, "username": name, "name": name, "team_id": state.team_of(ask)})
}

/// As Slack sends what was typed.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl State {
    fn name_of(&self, person: &str) -> &'static str {
        self.workspace.human(person).map(|human| human.name).unwrap_or_default()
    }

    fn team_of(&self, ask: &Ask) -> &'static str {
        self.workspace.human(&ask.person).map(|human| human.team).unwrap_or_default()
    }

    fn channel_name(&self, channel: &str) -> &'static str {
        self.workspace.channel(channel).map(|channel| channel.name).unwrap_or_default()
    }
}
