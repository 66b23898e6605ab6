//! The one guild: who is in it, its roles and channels, and who may do what where.
//!
//! To add a person, a role or a channel: a line in [`Guild::new`].

use serde_json::{Value, json};
use shipgate::clock::{Moment, Span};

use super::wire::{stamp, text};

pub(crate) const GUILD: u64 = 100_000_000_000_000_001;
/// Another guild, which the bot is in as well.
pub(super) const ELSEWHERE: u64 = 100_000_000_000_000_009;
pub(crate) const DEPLOYMENTS: u64 = 100_000_000_000_000_002;
pub(crate) const INCIDENTS: u64 = 100_000_000_000_000_003;
pub(crate) const WARNINGS: u64 = 100_000_000_000_000_004;
pub(crate) const ANNOUNCEMENTS: u64 = 100_000_000_000_000_005;
pub(crate) const RELEASERS: u64 = 100_000_000_000_000_010;
pub(crate) const ADA: u64 = 100_000_000_000_000_020;
pub(crate) const BOB: u64 = 100_000_000_000_000_021;
pub(crate) const EVE: u64 = 100_000_000_000_000_022;
pub(crate) const BOT: u64 = 100_000_000_000_000_090;
/// The bot's own role, which the installation makes.
pub(crate) const BOT_ROLE: u64 = 100_000_000_000_000_091;

/// Bits by name: <https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>
const PERMISSIONS: &[(&str, u64)] = &[
    ("ADMINISTRATOR", 1 << 3),
    ("MANAGE_CHANNELS", 1 << 4),
    ("ADD_REACTIONS", 1 << 6),
    ("VIEW_CHANNEL", 1 << 10),
    ("SEND_MESSAGES", 1 << 11),
    ("MANAGE_MESSAGES", 1 << 13),
    ("EMBED_LINKS", 1 << 14),
    ("ATTACH_FILES", 1 << 15),
    ("READ_MESSAGE_HISTORY", 1 << 16),
    ("MENTION_EVERYONE", 1 << 17),
    ("USE_APPLICATION_COMMANDS", 1 << 31),
    ("MANAGE_THREADS", 1 << 34),
    ("CREATE_PUBLIC_THREADS", 1 << 35),
    ("SEND_MESSAGES_IN_THREADS", 1 << 38),
];

/// The bit of a permission.
pub(super) fn bit(name: &str) -> u64 {
    PERMISSIONS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no permission is called {name}")).1
}

fn bits(names: &[&str]) -> u64 {
    names.iter().map(|name| bit(name)).sum()
}

#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) permissions: u64,
    pub(super) mentionable: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) roles: Vec<u64>,
    pub(super) bot: bool,
}

/// What a channel adds to or takes from somebody's permissions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Overwrite {
    /// Of a role, or of a member.
    pub(super) of: u64,
    pub(super) member: bool,
    pub(super) allow: u64,
    pub(super) deny: u64,
}

/// A thread's own part of a channel.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) parent: u64,
    pub(super) archived: bool,
    pub(super) locked: bool,
    pub(super) auto_archive: Span,
    pub(super) made: Moment,
    /// When it was last written into, or its archiving changed.
    pub(super) active: Moment,
    pub(super) messages: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) overwrites: Vec<Overwrite>,
    pub(super) thread: Option<Thread>,
}

#[derive(Debug)]
pub(super) struct Guild {
    pub(super) roles: Vec<Role>,
    pub(super) members: Vec<Member>,
    pub(super) channels: Vec<Channel>,
    began: Moment,
}

impl Guild {
    pub(super) fn new(began: Moment) -> Self {
        let reader = ["VIEW_CHANNEL", "READ_MESSAGE_HISTORY", "USE_APPLICATION_COMMANDS"];
        let everyone = bits(&reader) + bits(&["SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "ADD_REACTIONS"]);
        // What an invitation link for such a bot asks for.
        let bot = bits(&reader[..2]) + bits(&["SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES"]);
        let bot = bot + bits(&["CREATE_PUBLIC_THREADS", "SEND_MESSAGES_IN_THREADS", "MANAGE_THREADS"]);
        let role = |id, name, permissions, mentionable| Role { id, name, permissions, mentionable };
        let roles = vec![
            role(GUILD, "@everyone", everyone, false),
            role(RELEASERS, "releasers", everyone, true),
            role(BOT_ROLE, "Shipgate", bot, false),
        ];
        let member = |id, name, roles, bot| Member { id, name, roles, bot };
        let members = vec![
            member(ADA, "ada", vec![RELEASERS], false),
            member(BOB, "bob", vec![RELEASERS], false),
            member(EVE, "eve", vec![], false),
            member(BOT, "shipgate", vec![BOT_ROLE], true),
        ];
        let channels = [
            (DEPLOYMENTS, "deployments"),
            (INCIDENTS, "incidents"),
            (WARNINGS, "warnings"),
            (ANNOUNCEMENTS, "announcements"),
        ];
        let channel = |(id, name): (u64, &str)| {
            let mut overwrites = Vec::new();
            if id == ANNOUNCEMENTS {
                // People read here; the bot writes.
                let write = bit("SEND_MESSAGES");
                overwrites.push(Overwrite { of: GUILD, member: false, allow: 0, deny: write });
                overwrites.push(Overwrite { of: BOT_ROLE, member: false, allow: write, deny: 0 });
            }
            Channel { id, name: name.to_owned(), overwrites, thread: None }
        };
        Self { roles, members, channels: channels.into_iter().map(channel).collect(), began }
    }

    pub(super) fn member(&self, id: u64) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    pub(super) fn channel(&self, id: u64) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(super) fn channel_mut(&mut self, id: u64) -> Option<&mut Channel> {
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// What somebody may do in a channel; in a thread, what they may do in its parent.
    /// <https://discord.com/developers/docs/topics/permissions#permission-overwrites>
    pub(super) fn permissions(&self, member: u64, channel: u64) -> u64 {
        let (Some(member), Some(channel)) = (self.member(member), self.channel(channel)) else { return 0 };
        let channel = channel.thread.as_ref().and_then(|thread| self.channel(thread.parent)).unwrap_or(channel);
        let has = |role: u64| role == GUILD || member.roles.contains(&role);
        let base: u64 = self.roles.iter().filter(|role| has(role.id)).fold(0, |all, role| all | role.permissions);
        if base & bit("ADMINISTRATOR") != 0 {
            return u64::MAX;
        }
        let layers: [&dyn Fn(&Overwrite) -> bool; 3] =
            [&|one| !one.member && one.of == GUILD, &|one| !one.member && one.of != GUILD && has(one.of), &|one| {
                one.member && one.of == member.id
            }];
        let apply = |base: u64, layer: &&dyn Fn(&Overwrite) -> bool| {
            let mine = channel.overwrites.iter().filter(|one| layer(one));
            let (allow, deny) = mine.fold((0, 0), |(allow, deny), one| (allow | one.allow, deny | one.deny));
            (base & !deny) | allow
        };
        layers.iter().fold(base, apply)
    }

    /// Changes what the bot may do in a channel.
    pub(super) fn rule(&mut self, channel: u64, permission: &str, allowed: bool) {
        let bit = bit(permission);
        let channel = self.channel_mut(channel).expect("a channel");
        if !channel.overwrites.iter().any(|one| one.member && one.of == BOT) {
            channel.overwrites.push(Overwrite { of: BOT, member: true, allow: 0, deny: 0 });
        }
        let mine = channel.overwrites.iter_mut().find(|one| one.member && one.of == BOT).expect("just made");
        (mine.allow, mine.deny) = (mine.allow & !bit, mine.deny & !bit);
        if allowed { mine.allow |= bit } else { mine.deny |= bit }
    }

    pub(super) fn user_json(&self, id: u64) -> Value {
        let member = self.member(id).expect("a member");
        json!({
            "id": text(id), "username": member.name, "global_name": null, "discriminator": "0", "avatar": null,
            "public_flags": 0, "flags": 0, "bot": member.bot, "system": false, "primary_guild": null,
        })
    }

    pub(super) fn member_json(&self, id: u64) -> Value {
        let member = self.member(id).expect("a member");
        let roles: Vec<String> = member.roles.iter().copied().map(text).collect();
        json!({
            "user": self.user_json(id), "nick": null, "avatar": null, "banner": null, "roles": roles,
            "joined_at": stamp(self.began), "premium_since": null, "pending": false, "flags": 0,
            "communication_disabled_until": null, "mute": false, "deaf": false,
        })
    }

    pub(super) fn roles_json(&self) -> Value {
        let role = |(position, role): (usize, &Role)| {
            json!({
                "id": text(role.id), "name": role.name, "permissions": text(role.permissions), "position": position,
                "color": 0, "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
                "hoist": false, "managed": role.id == BOT_ROLE, "mentionable": role.mentionable, "icon": null,
                "unicode_emoji": null, "flags": 0,
            })
        };
        self.roles.iter().enumerate().map(role).collect()
    }

    pub(super) fn channel_json(&self, id: u64, now: Moment) -> Value {
        let channel = self.channel(id).expect("a channel");
        let Some(thread) = &channel.thread else {
            let overwrite = |one: &Overwrite| {
                let kind = u8::from(one.member);
                json!({"id": text(one.of), "type": kind, "allow": text(one.allow), "deny": text(one.deny)})
            };
            let overwrites: Value = channel.overwrites.iter().map(overwrite).collect();
            return json!({
                "id": text(id), "type": 0, "flags": 0, "guild_id": text(GUILD), "name": channel.name, "parent_id": null,
                "position": id % 10, "permission_overwrites": overwrites, "topic": null, "nsfw": false,
                "rate_limit_per_user": 0, "last_message_id": null,
            });
        };
        json!({
            "id": text(id), "type": 11, "flags": 0, "guild_id": text(GUILD), "name": channel.name,
            "parent_id": text(thread.parent), "owner_id": text(BOT), "last_message_id": null, "rate_limit_per_user": 0,
            "message_count": thread.messages, "member_count": 1, "total_message_sent": thread.messages,
            "thread_metadata": {
                "archived": thread.is_archived(now), "locked": thread.locked,
                "auto_archive_duration": thread.auto_archive.0 / 60_000,
                "archive_timestamp": stamp(thread.active), "create_timestamp": stamp(thread.made),
            },
        })
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": text(GUILD), "name": "Harbour", "icon": null, "description": null, "home_header": null,
            "splash": null, "discovery_splash": null, "features": [], "banner": null, "owner_id": text(ADA),
            "application_id": null, "region": "japan", "afk_channel_id": null, "afk_timeout": 300,
            "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
            "verification_level": 0, "roles": self.roles_json(), "default_message_notifications": 1, "mfa_level": 0,
            "explicit_content_filter": 0, "max_presences": null, "max_members": 500_000,
            "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
            "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null,
            "safety_alerts_channel_id": null, "public_updates_channel_id": null, "premium_progress_bar_enabled": false,
            "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": null,
        })
    }

    /// As `GUILD_CREATE` has it.
    pub(super) fn create_json(&self, now: Moment) -> Value {
        let mut guild = self.json();
        let all = |threads: bool| -> Value {
            let fits = self.channels.iter().filter(|channel| channel.thread.is_some() == threads);
            fits.map(|channel| self.channel_json(channel.id, now)).collect()
        };
        let more = json!({
            "joined_at": stamp(self.began), "large": false, "unavailable": false, "member_count": self.members.len(),
            "voice_states": [], "members": [self.member_json(BOT)], "channels": all(false), "threads": all(true),
            "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        });
        for (key, value) in more.as_object().expect("an object") {
            guild[key] = value.clone();
        }
        guild
    }
}

impl Thread {
    /// Archived by somebody, or by itself after so long without a message.
    pub(super) fn is_archived(&self, now: Moment) -> bool {
        self.archived || now.since(self.active) >= self.auto_archive
    }
}
