//! What each call does. One lock is held from its start to its answer, so that calls happen one after the other.
//!
//! To add a method: an arm in [`route`], and its function in the file it belongs to.

mod chat;
mod files;
mod reading;
mod views;

use serde_json::{Value, json};

use super::server::{Incoming, Token};
use super::state::State;

/// Which scope a method takes; a method that is not named takes none, or the token of the app.
const SCOPES: [(&str, &str); 12] = [
    ("users.info", "users:read"),
    ("usergroups.list", "usergroups:read"),
    ("usergroups.users.list", "usergroups:read"),
    ("conversations.info", "channels:read"),
    ("chat.postMessage", "chat:write"),
    ("chat.update", "chat:write"),
    ("chat.delete", "chat:write"),
    ("chat.postEphemeral", "chat:write"),
    ("conversations.history", "channels:history"),
    ("conversations.replies", "channels:history"),
    ("files.getUploadURLExternal", "files:write"),
    ("files.completeUploadExternal", "files:write"),
];

/// What Slack answers, or its word for why not.
type Answered = Result<Value, &'static str>;

pub(super) fn route(state: &mut State, call: &Incoming) -> Answered {
    match call.method.as_str() {
        "response_url" => return chat::respond(state, call),
        "upload" => return files::upload(state, call),
        _ => {}
    }
    let method = call.method.as_str();
    let wanted = if method == "apps.connections.open" { Token::App } else { Token::Bot };
    match call.token {
        None => return Err("not_authed"),
        Some(Token::Unknown) => return Err("invalid_auth"),
        Some(token) if token != wanted => return Err("not_allowed_token_type"),
        Some(_) => {}
    }
    if needed(method).is_some_and(|scope| !state.scopes.contains(&scope)) {
        return Err("missing_scope");
    }
    match method {
        "apps.connections.open" => Ok(json!({ "url": state.gives_ticket() })),
        "auth.test" => reading::who(state),
        "users.info" => reading::user(state, &call.body),
        "usergroups.list" => reading::groups(state, &call.body),
        "usergroups.users.list" => reading::members(state, &call.body),
        "conversations.info" => reading::channel(state, &call.body),
        "conversations.history" => reading::history(state, &call.body),
        "conversations.replies" => reading::replies(state, &call.body),
        "chat.postMessage" => chat::post(state, &call.body),
        "chat.update" => chat::update(state, &call.body),
        "chat.delete" => chat::delete(state, &call.body),
        "chat.postEphemeral" => chat::whisper(state, &call.body),
        "views.open" => views::open(state, &call.body),
        "files.getUploadURLExternal" => files::begin(state, &call.body),
        "files.completeUploadExternal" => files::end(state, &call.body),
        _ => Err("unknown_method"),
    }
}

/// The scope that a method takes.
pub(super) fn needed(method: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(known, _)| *known == method).map(|(_, scope)| *scope)
}

fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}

/// Whether the bot may write there.
fn may_write(state: &State, channel: &str) -> Result<(), &'static str> {
    let channel = state.workspace.channel(channel).ok_or("channel_not_found")?;
    match (channel.archived, channel.joined) {
        (true, _) => Err("is_archived"),
        (_, false) => Err("not_in_channel"),
        _ => Ok(()),
    }
}
