//! `INTERACTION_CREATE`, with the union of what serenity and twilight need.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object>

use serde_json::{Value, json};

use super::guild::BOT;
use super::interaction::{Asking, Interaction, TOKENS};
use super::state::State;
use super::wire::text;

/// What is asked, by whom, where.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) asking: Asking,
    pub(super) person: u64,
    /// None is a direct message.
    pub(super) guild: Option<u64>,
    pub(super) channel: u64,
    pub(super) locale: &'static str,
    /// The message with the component, also where a modal came from one.
    pub(super) source: Option<u64>,
    pub(super) data: Value,
}

/// A text that a modal asks for.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) custom_id: String,
    pub(crate) label: String,
    /// What stands there already.
    pub(crate) value: String,
    pub(crate) required: bool,
    pub(crate) min_length: u64,
    pub(crate) max_length: u64,
    /// In a label of its own, not in a row.
    labelled: bool,
    numbers: (u64, u64),
}

impl Envelope {
    /// The interaction, and its form on the wire.
    pub(super) fn seal(&self, state: &mut State, words: String) -> (Interaction, Value) {
        let (id, now) = (state.interaction_id(), state.now());
        let token = format!("{TOKENS}{id}");
        let mut member = state.guild.member_json(self.person);
        member["permissions"] = json!(text(state.guild.permissions(self.person, self.channel)));
        let mut channel = state.guild.channel_json(self.channel, now);
        channel["permissions"] = member["permissions"].clone();
        if self.guild.is_none() {
            channel = json!({"id": text(self.channel), "type": 1, "flags": 0, "last_message_id": null});
        }
        let mut wire = json!({
            "id": text(id), "application_id": text(BOT), "type": self.asking as u8, "data": self.data,
            "channel": channel, "channel_id": text(self.channel), "token": token, "version": 1,
            "app_permissions": text(state.guild.permissions(BOT, self.channel)), "locale": self.locale,
            "entitlements": [], "attachment_size_limit": 10_485_760,
        });
        let place = match self.guild.map(text) {
            Some(guild) => json!({
                "guild": {"id": guild, "features": [], "locale": "en-US"}, "guild_id": guild, "member": member,
                "guild_locale": "en-US", "authorizing_integration_owners": {"0": guild}, "context": 0,
            }),
            None => json!({
                "user": state.guild.user_json(self.person), "authorizing_integration_owners": {"0": "0"}, "context": 1,
            }),
        };
        for (key, value) in place.as_object().expect("an object") {
            wire[key] = value.clone();
        }
        if let Some(source) = self.source {
            wire["message"] = state.message_json(source);
        }
        let interaction = Interaction {
            id,
            token,
            asking: self.asking,
            at: now,
            sent: tokio::time::Instant::now(),
            person: self.person,
            channel: self.channel,
            source: self.source,
            words,
            ack: None,
            original: None,
            loading: false,
            followups: Vec::new(),
            taken: false,
            failed: None,
        };
        (interaction, wire)
    }
}

impl Input {
    /// The texts that a modal asks for, in either form.
    pub(super) fn all(data: &Value) -> Vec<Self> {
        let mut found = Vec::new();
        for (place, outer) in data["components"].as_array().into_iter().flatten().enumerate() {
            let labelled = outer["type"] == 18;
            let inner = if labelled {
                vec![&outer["component"]]
            } else {
                outer["components"].as_array().into_iter().flatten().collect()
            };
            for input in inner.into_iter().filter(|one| one["type"] == 4) {
                let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
                let label =
                    if labelled { outer["label"].as_str().unwrap_or_default().to_owned() } else { text("label") };
                let number = 2 * place as u64 + 1;
                found.push(Self {
                    custom_id: text("custom_id"),
                    label,
                    value: text("value"),
                    required: input["required"].as_bool().unwrap_or(true),
                    min_length: input["min_length"].as_u64().unwrap_or(0),
                    max_length: input["max_length"].as_u64().unwrap_or(4_000),
                    labelled,
                    numbers: (number, number + 1),
                });
            }
        }
        found
    }

    /// A client does not send what is too short, too long or missing.
    #[track_caller]
    pub(super) fn takes(&self, value: &str) {
        let length = value.chars().count() as u64;
        assert!(length > 0 || !self.required, "`{}` is required", self.label);
        assert!(length == 0 || length >= self.min_length, "`{}` wants {} characters", self.label, self.min_length);
        assert!(length <= self.max_length, "`{}` takes {} characters", self.label, self.max_length);
    }

    /// As it is submitted.
    pub(super) fn row(&self, value: &str) -> Value {
        let input = json!({"type": 4, "id": self.numbers.1, "custom_id": self.custom_id, "value": value});
        if self.labelled {
            json!({"type": 18, "id": self.numbers.0, "component": input})
        } else {
            json!({"type": 1, "id": self.numbers.0, "components": [input]})
        }
    }
}
