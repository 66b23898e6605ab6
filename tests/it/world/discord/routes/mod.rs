//! What each request does. One lock is held from its start to its answer, so that requests happen one after the other.
//!
//! To add a route: an arm in [`route`], and its function in the file it belongs to.

mod channels;
mod commands;
mod interactions;
mod messages;
mod reading;
mod webhooks;

use super::guild::{BOT, bit};
use super::reply::{Answered, Reply};
use super::server::Incoming;
use super::state::State;
use super::wire::id;

pub(super) use interactions::acknowledge;

pub(super) fn route(state: &mut State, request: &Incoming) -> Answered {
    let parts: Vec<&str> = request.path.split('/').skip(1).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["gateway"]) => reading::gateway(state, false),
        ("GET", ["gateway", "bot"]) => reading::gateway(state, true),
        ("GET", ["users", "@me"]) => reading::me(state),
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => reading::application(state),
        ("GET", ["guilds", guild]) => reading::guild(state, guild),
        ("GET", ["guilds", guild, "channels"]) => reading::channels(state, guild),
        ("GET", ["guilds", guild, "roles"]) => reading::roles(state, guild),
        ("GET", ["guilds", guild, "members", user]) => reading::member(state, guild, user),
        ("GET", ["applications", app, "guilds", guild, "commands"]) => commands::list(state, request, app, guild),
        ("PUT", ["applications", app, "guilds", guild, "commands"]) => commands::replace(state, request, app, guild),
        ("GET", ["channels", channel]) => channels::show(state, channel),
        ("PATCH", ["channels", channel]) => channels::edit(state, request, channel),
        ("PUT" | "DELETE", ["channels", channel, "thread-members", who]) => channels::join(state, channel, who),
        ("GET", ["channels", channel, "messages"]) => messages::list(state, request, channel),
        ("POST", ["channels", channel, "messages"]) => messages::create(state, request, channel),
        ("GET", ["channels", channel, "messages", message]) => messages::show(state, channel, message),
        ("PATCH", ["channels", channel, "messages", message]) => messages::edit(state, request, channel, message),
        ("DELETE", ["channels", channel, "messages", message]) => messages::delete(state, channel, message),
        ("POST", ["channels", channel, "messages", message, "threads"]) => {
            channels::start(state, request, channel, message)
        }
        ("POST", ["interactions", interaction, token, "callback"]) => {
            interactions::callback(state, request, interaction, token)
        }
        ("POST", ["webhooks", app, token]) => webhooks::follow_up(state, request, app, token),
        ("GET", ["webhooks", app, token, "messages", which]) => webhooks::show(state, app, token, which),
        ("PATCH", ["webhooks", app, token, "messages", which]) => webhooks::edit(state, request, app, token, which),
        ("DELETE", ["webhooks", app, token, "messages", which]) => webhooks::delete(state, app, token, which),
        _ => Err(Reply::unknown("the fake does not speak this".to_owned())),
    }
}

/// A channel that the bot can see. <https://discord.com/developers/docs/topics/permissions>
fn channel(state: &State, text: &str) -> Result<u64, Reply> {
    let found = id(text).filter(|id| state.guild.channel(*id).is_some()).ok_or_else(|| Reply::no(10_003))?;
    if may(state, found, "VIEW_CHANNEL") { Ok(found) } else { Err(Reply::no(50_001)) }
}

/// A message that everybody in the channel sees.
fn message(state: &State, channel: u64, text: &str) -> Result<u64, Reply> {
    let found = id(text).and_then(|id| state.message(id));
    found.filter(|one| one.channel == channel && !one.ephemeral()).map(|one| one.id).ok_or_else(|| Reply::no(10_008))
}

fn may(state: &State, channel: u64, permission: &str) -> bool {
    state.guild.permissions(BOT, channel) & bit(permission) != 0
}

fn must(state: &State, channel: u64, permission: &str) -> Result<(), Reply> {
    if may(state, channel, permission) { Ok(()) } else { Err(Reply::no(50_013)) }
}

/// Nothing may be done in a thread that is archived: not even by who could unarchive it by writing, so that a bot that
/// unarchives first is right whichever of the two Discord does.
fn is_awake(state: &State, channel: u64) -> Result<(), Reply> {
    let thread = state.guild.channel(channel).and_then(|channel| channel.thread.as_ref());
    match thread {
        Some(thread) if thread.locked && !may(state, channel, "MANAGE_THREADS") => Err(Reply::no(160_005)),
        Some(thread) if thread.is_archived(state.now()) => Err(Reply::no(50_083)),
        _ => Ok(()),
    }
}
