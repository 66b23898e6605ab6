//! A message as the fake keeps it, who it pings, and its form on the wire.

use serde_json::{Value, json};
use shipgate::clock::Moment;

use super::guild::{BOT, GUILD, Guild, bit};
use super::wire::{stamp, text, without_padding};

pub(super) const HAS_THREAD: u64 = 1 << 5;
pub(super) const EPHEMERAL: u64 = 1 << 6;
pub(super) const LOADING: u64 = 1 << 7;
pub(super) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
pub(super) const COMPONENTS_V2: u64 = 1 << 15;

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: u64,
    pub(crate) channel: u64,
    pub(crate) author: u64,
    pub(crate) content: String,
    pub(crate) embeds: Vec<Value>,
    pub(crate) components: Vec<Value>,
    pub(crate) attachments: Vec<Value>,
    pub(crate) flags: u64,
    pub(crate) at: Moment,
    pub(crate) edited: Option<Moment>,
    /// How often it was edited.
    pub(crate) edits: usize,
    pub(crate) deleted: bool,
    pub(crate) reply_to: Option<u64>,
    /// Who heard a sound when it was posted, by name. Edits ping nobody.
    pub(crate) pings: Vec<String>,
    pub(super) pinged: Vec<Ping>,
    pub(super) nonce: Option<Value>,
    /// The interaction it answers.
    pub(super) interaction: Option<u64>,
}

/// Somebody who is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ping {
    User(u64),
    Role(u64),
    Everyone,
}

impl Message {
    pub(super) fn new(id: u64, channel: u64, at: Moment) -> Self {
        Self {
            id,
            channel,
            author: BOT,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            at,
            edited: None,
            edits: 0,
            deleted: false,
            reply_to: None,
            pings: Vec::new(),
            pinged: Vec::new(),
            nonce: None,
            interaction: None,
        }
    }

    /// Only one person sees it.
    pub(crate) fn ephemeral(&self) -> bool {
        self.flags & EPHEMERAL != 0
    }

    /// Takes what a body says over; what it does not name stays.
    pub(super) fn take(&mut self, body: &Value, files: &[String]) {
        if let Some(content) = body.get("content") {
            content.as_str().unwrap_or_default().clone_into(&mut self.content);
        }
        if let Some(embeds) = body.get("embeds") {
            self.embeds = embeds.as_array().into_iter().flatten().map(embed).collect();
        }
        if let Some(components) = body.get("components") {
            let mut count = 0;
            self.components =
                components.as_array().into_iter().flatten().map(|one| numbered(one, &mut count)).collect();
        }
        if let Some(flags) = body.get("flags").and_then(Value::as_u64) {
            // Ephemerality and the kind of components cannot be taken back.
            self.flags = (self.flags & (EPHEMERAL | COMPONENTS_V2 | HAS_THREAD)) | (flags & !(LOADING | EPHEMERAL));
        }
        let kept = body.get("attachments").and_then(Value::as_array);
        if let Some(kept) = kept {
            let digits = |id: &Value| id.as_u64().map(text).or_else(|| id.as_str().map(str::to_owned));
            let names = |one: &Value, id: &Value| digits(&one["id"]) == digits(id);
            self.attachments.retain(|own| kept.iter().any(|one| names(one, &own["id"])));
        }
        for (place, name) in files.iter().enumerate() {
            let url = format!("https://cdn.discordapp.com/attachments/{}/{place}/{name}", self.channel);
            let id = text(self.id + place as u64 + 1);
            self.attachments.push(json!({"id": id, "filename": name, "size": 1, "url": url, "proxy_url": url}));
        }
    }

    /// Whom the message calls, by its words and `allowed_mentions`.
    /// <https://discord.com/developers/docs/resources/message#allowed-mentions-object>
    pub(super) fn call(&mut self, guild: &Guild, body: &Value) {
        let allowed = body.get("allowed_mentions").filter(|allowed| !allowed.is_null());
        let lists = |key: &str, value: &str| {
            allowed.is_some_and(|all| all[key].as_array().is_some_and(|all| all.iter().any(|one| one == value)))
        };
        let may = |kind: &str, id: u64| allowed.is_none() || lists("parse", kind) || lists(kind, &text(id));
        let everybody = guild.permissions(self.author, self.channel) & bit("MENTION_EVERYONE") != 0;
        let mut found = Vec::new();
        for piece in self.content.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(inner, _)| inner) {
            if let Some(id) = piece.strip_prefix("@&").and_then(|id| id.parse().ok()) {
                let role = guild.roles.iter().find(|role| role.id == id);
                if role.is_some_and(|role| role.mentionable || everybody) && may("roles", id) {
                    found.push(Ping::Role(id));
                }
            } else if let Some(id) = piece.strip_prefix('@').and_then(|id| id.trim_start_matches('!').parse().ok())
                && guild.member(id).is_some()
                && may("users", id)
            {
                found.push(Ping::User(id));
            }
        }
        if everybody && (self.content.contains("@everyone") || self.content.contains("@here")) && may("everyone", 0) {
            found.push(Ping::Everyone);
        }
        found.dedup();
        self.pings = found.iter().map(|ping| ping.name(guild)).collect();
        self.pinged = found;
    }

    /// Components of a kind, wherever they are nested.
    pub(super) fn parts(&self, kind: u64) -> Vec<&Value> {
        let mut found = Vec::new();
        self.components.iter().for_each(|one| parts(one, kind, &mut found));
        found
    }

    pub(super) fn json(&self, guild: &Guild) -> Value {
        let users = self.pinged.iter().filter_map(|ping| match ping {
            Ping::User(id) => Some(guild.user_json(*id)),
            _ => None,
        });
        let roles = self.pinged.iter().filter_map(|ping| match ping {
            Ping::Role(id) => Some(text(*id)),
            _ => None,
        });
        let mut json = json!({
            "type": if self.interaction.is_some() { 20 } else { u8::from(self.reply_to.is_some()) * 19 },
            "id": text(self.id), "channel_id": text(self.channel), "author": guild.user_json(self.author),
            "content": self.content, "embeds": self.embeds, "components": self.components,
            "attachments": self.attachments, "mentions": users.collect::<Value>(),
            "mention_roles": roles.collect::<Value>(), "mention_everyone": self.pinged.contains(&Ping::Everyone),
            "timestamp": stamp(self.at), "edited_timestamp": self.edited.map(stamp), "flags": self.flags,
            "pinned": false, "tts": false,
        });
        if let Some(nonce) = &self.nonce {
            json["nonce"] = nonce.clone();
        }
        if self.interaction.is_some() {
            json["application_id"] = json!(text(BOT));
            json["webhook_id"] = json!(text(BOT));
        }
        if let Some(to) = self.reply_to {
            json["message_reference"] =
                json!({"type": 0, "channel_id": text(self.channel), "message_id": text(to), "guild_id": text(GUILD)});
        }
        json
    }
}

impl Ping {
    fn name(self, guild: &Guild) -> String {
        let found = match self {
            Self::User(id) => guild.member(id).map(|member| member.name),
            Self::Role(id) => guild.roles.iter().find(|role| role.id == id).map(|role| role.name),
            Self::Everyone => Some("everyone"),
        };
        format!("@{}", found.unwrap_or("nobody"))
    }
}

/// An embed as Discord gives it back.
fn embed(sent: &Value) -> Value {
    let mut embed = without_padding(sent);
    embed["type"] = json!("rich");
    for field in embed.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if field.get("inline").is_none() {
            field["inline"] = json!(false);
        }
    }
    embed
}

/// A component as Discord gives it back: each has a number.
pub(super) fn numbered(sent: &Value, count: &mut u64) -> Value {
    let mut component = without_padding(sent);
    *count += 1;
    if component.get("id").is_none() {
        component["id"] = json!(*count);
    }
    if matches!(component["type"].as_u64(), Some(3 | 5..=8)) {
        for key in ["min_values", "max_values"] {
            if component.get(key).is_none() {
                component[key] = json!(1);
            }
        }
    }
    let defaults: &[(&str, Value)] = match component["type"].as_u64() {
        Some(17) => &[("accent_color", Value::Null), ("spoiler", json!(false))],
        Some(14) => &[("spacing", json!(1)), ("divider", json!(true))],
        Some(11 | 13) => &[("spoiler", json!(false))],
        _ => &[],
    };
    for (key, value) in defaults {
        if component.get(key).is_none() {
            component[key] = sent.get(key).cloned().unwrap_or(value.clone());
        }
    }
    for key in ["components", "accessory", "component"] {
        match component.get_mut(key) {
            Some(Value::Array(all)) => all.iter_mut().for_each(|one| *one = numbered(one, count)),
            Some(one) => *one = numbered(one, count),
            None => {}
        }
    }
    component
}

fn parts<'a>(component: &'a Value, kind: u64, found: &mut Vec<&'a Value>) {
    if component["type"].as_u64() == Some(kind) {
        found.push(component);
    }
    for key in ["components", "accessory", "component"] {
        match component.get(key) {
            Some(Value::Array(all)) => all.iter().for_each(|one| parts(one, kind, found)),
            Some(one) => parts(one, kind, found),
            None => {}
        }
    }
}
