//! `shipgate check` on Discord: token, application, guild, channels, permissions, roles, and what to click to mend it.
//! Nothing is changed by it.

use serenity::all::{GuildChannel, GuildId, Member, PartialGuild, Permissions};
use serenity::model::application::CurrentApplicationInfo;

use super::{Discord, commands, rest};
use crate::chat::Finding;
use crate::config::{Mode, People};
use crate::domain::Note;
use crate::text::cut;

/// What is needed in every channel it speaks in.
const SPEAK: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::READ_MESSAGE_HISTORY);

/// What is needed besides where the cards are.
const THREADS: Permissions =
    Permissions::CREATE_PUBLIC_THREADS.union(Permissions::SEND_MESSAGES_IN_THREADS).union(Permissions::MANAGE_THREADS);

/// As the settings of a channel call them.
const NAMES: [(Permissions, &str); 7] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    (Permissions::MANAGE_THREADS, "Manage Threads"),
];

/// With fewer connections left for today, something makes them again and again.
const FEW_STARTS: u64 = 50;

impl Discord {
    /// Everything that is wrong, or that all is well.
    pub(super) async fn findings(&self, people: &People) -> Vec<Finding> {
        let application = match self.http.get_current_application_info().await {
            Ok(application) => application,
            Err(error) => return vec![unusable(&error)],
        };
        self.http.set_application_id(application.id);
        let mut findings =
            vec![Finding::fine(Note::new("discord-check-token").with("name", cut(&application.name, 60)))];
        findings.push(self.ways_in(&application));
        let guild = match self.http.get_guild(GuildId::new(self.config.guild)).await {
            Ok(guild) => guild,
            Err(error) => {
                findings.push(self.no_guild(&error, &application));
                return findings;
            }
        };
        findings.push(Finding::fine(Note::new("discord-check-guild").with("name", cut(&guild.name, 60))));
        findings.extend(self.commands(&guild, &application).await);
        findings.extend(self.in_guild(&guild, people).await);
        findings
    }

    /// The mode of the config against what the application is set to.
    fn ways_in(&self, application: &CurrentApplicationInfo) -> Finding {
        let address = application.interactions_endpoint_url.as_deref().filter(|url| !url.is_empty());
        let own_key = self.public_key.as_deref().is_none_or(|key| key.eq_ignore_ascii_case(&application.verify_key));
        match (self.config.mode, address) {
            (Mode::Connection, None) => Finding::fine(Note::new("discord-check-gateway")),
            (Mode::Connection, Some(url)) => {
                Finding::wrong("discord-check-address-set", |n| n.with("url", cut(url, 200)))
            }
            (Mode::Http, _) if !own_key => Finding::wrong("discord-check-other-key", |n| n),
            (Mode::Http, None) => Finding::wrong("discord-check-no-address", |n| n),
            (Mode::Http, Some(url)) if !url.ends_with("/discord/interactions") => {
                Finding::wrong("discord-check-other-address", |n| n.with("url", cut(url, 200)))
            }
            (Mode::Http, Some(url)) => Finding::fine(Note::new("discord-check-http").with("url", cut(url, 200))),
        }
    }

    fn no_guild(&self, error: &serenity::Error, application: &CurrentApplicationInfo) -> Finding {
        match rest::status(error) {
            Some(403 | 404) => Finding::wrong("discord-check-no-guild", |n| {
                n.with("guild", self.config.guild).with("url", invitation(application))
            }),
            _ => unusable(error),
        }
    }

    async fn commands(&self, guild: &PartialGuild, application: &CurrentApplicationInfo) -> Option<Finding> {
        let error = self.http.get_guild_commands(guild.id).await.err()?;
        Some(match rest::status(&error) {
            Some(403) => Finding::wrong("discord-check-no-scope", |n| n.with("url", invitation(application))),
            _ => unusable(&error),
        })
    }

    async fn in_guild(&self, guild: &PartialGuild, people: &People) -> Vec<Finding> {
        let bot = async {
            let user = self.http.get_current_user().await?;
            let member = self.http.get_member(guild.id, user.id).await?;
            Ok::<_, serenity::Error>((member, self.http.get_channels(guild.id).await?))
        };
        let (member, channels) = match bot.await {
            Ok(known) => known,
            Err(error) => return vec![unusable(&error)],
        };
        let config = &self.config;
        let mut wanted = vec![("deployments", config.deployments, SPEAK.union(THREADS))];
        let others =
            [("warnings", config.warnings), ("incidents", config.incidents), ("announcements", config.announcements)];
        wanted.extend(others.into_iter().filter_map(|(key, id)| Some((key, id?, SPEAK))));
        let mut findings: Vec<Finding> =
            wanted.into_iter().map(|(key, id, needed)| channel(guild, &channels, &member, (key, id, needed))).collect();
        findings.extend(roles(guild, &channels, &member, people, config.deployments));
        if let (Mode::Connection, Ok(gateway)) = (config.mode, self.http.get_bot_gateway().await)
            && gateway.session_start_limit.remaining < FEW_STARTS
        {
            let remaining = gateway.session_start_limit.remaining;
            findings.push(Finding::wrong("discord-check-few-starts", |n| n.with("count", remaining)));
        }
        findings
    }
}

/// Whether the bot may do in a channel what it has to do there.
fn channel(
    guild: &PartialGuild,
    channels: &[GuildChannel],
    member: &Member,
    (key, id, needed): (&str, u64, Permissions),
) -> Finding {
    let Some(channel) = channels.iter().find(|channel| channel.id.get() == id) else {
        return Finding::wrong("discord-check-no-channel", |n| n.with("key", key).with("id", id));
    };
    let held = guild.user_permissions_in(channel, member);
    let name = cut(&channel.name, 60);
    if held.contains(Permissions::ADMINISTRATOR) || held.contains(needed) {
        return Finding::fine(Note::new("discord-check-channel").with("key", key).with("name", name));
    }
    let missing = NAMES.iter().filter(|(one, _)| needed.contains(*one) && !held.contains(*one));
    let missing = missing.map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
    Finding::wrong("discord-check-missing", |n| n.with("key", key).with("name", &name).with("missing", &missing))
}

/// Roles of the config that are not there, or that the bot cannot call.
fn roles(
    guild: &PartialGuild,
    channels: &[GuildChannel],
    member: &Member,
    people: &People,
    cards: u64,
) -> Vec<Finding> {
    let mut named: Vec<u64> = people.groups.values().flatten().filter_map(|member| role(member)).collect();
    named.sort_unstable();
    named.dedup();
    let here = channels.iter().find(|channel| channel.id.get() == cards);
    let calls_all = here.is_some_and(|channel| {
        let held = guild.user_permissions_in(channel, member);
        held.intersects(Permissions::MENTION_EVERYONE | Permissions::ADMINISTRATOR)
    });
    let mut findings = Vec::new();
    for id in named {
        match guild.roles.values().find(|role| role.id.get() == id) {
            None => findings.push(Finding::wrong("discord-check-no-role", |n| n.with("id", id))),
            Some(role) if !role.mentionable && !calls_all => {
                let name = cut(&role.name, 60);
                findings.push(Finding::wrong("discord-check-mute-role", |n| n.with("name", &name)));
            }
            Some(_) => {}
        }
    }
    findings
}

fn role(member: &str) -> Option<u64> {
    member.strip_prefix("discord:role:")?.parse().ok()
}

/// Discord cannot be asked at all.
fn unusable(error: &serenity::Error) -> Finding {
    let note = match rest::status(error) {
        Some(401) => return Finding::wrong("discord-check-bad-token", |n| n),
        Some(status) => Note::new("discord-down").with("status", status),
        None => Note::new("discord-unreachable").with("reason", rest::unreached(error)),
    };
    Finding { note, next: Some(Note::new("discord-check-unreachable")) }
}

/// Where to invite the bot, with what it needs and nothing more.
fn invitation(application: &CurrentApplicationInfo) -> String {
    let (id, needed) = (application.id, SPEAK.union(THREADS).bits());
    let scopes = commands::SCOPES;
    format!("https://discord.com/oauth2/authorize?client_id={id}&scope={scopes}&permissions={needed}")
}
