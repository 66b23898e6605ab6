//! The REST client, and what its errors mean for us.

use secrecy::{ExposeSecret as _, SecretString};
use serenity::all::ChannelId;
use serenity::builder::CreateAllowedMentions;
use serenity::http::{Http, HttpBuilder, HttpError};

use crate::chat::{Again, ChatTrouble};
use crate::domain::{Note, Span};
use crate::text::cut;

/// What Discord's error codes are called here: <https://discord.com/developers/docs/topics/opcodes-and-status-codes>.
pub(super) const UNKNOWN_CHANNEL: isize = 10003;
pub(super) const UNKNOWN_MESSAGE: isize = 10008;
pub(super) const TOO_MANY_OLD_EDITS: isize = 30046;
pub(super) const ALREADY_ANSWERED: isize = 40060;
pub(super) const MISSING_ACCESS: isize = 50001;
pub(super) const MISSING_PERMISSIONS: isize = 50013;
pub(super) const ARCHIVED: isize = 50083;
pub(super) const HAS_THREAD: isize = 160_004;
const LOCKED: isize = 160_005;
const TOO_MANY_THREADS: isize = 160_006;

/// How long until a token is tried again. Only a start brings another one, and then nothing shall wait for long.
const NEW_TOKEN: Span = Span::minutes(1);

/// The client, without serenity's own limiter. That sleeps through every answer 429 with the whole channel in its hand,
/// a call for people included, and that a message is too old to be edited so often (30046) is such an answer too: nobody
/// would hear of it. Here each effect waits by itself, longer each time, and what is said meanwhile is said.
pub(super) fn http(token: &SecretString, stand_in: Option<&str>) -> Http {
    let builder = HttpBuilder::new(token.expose_secret())
        .default_allowed_mentions(CreateAllowedMentions::new())
        .ratelimiter_disabled(true);
    match stand_in {
        Some(url) => builder.proxy(url).build(),
        None => builder.build(),
    }
}

/// Discord's own code of an error; none where it did not answer, or not in its way.
pub(super) fn code(error: &serenity::Error) -> Option<isize> {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => {
            Some(answer.error.code).filter(|code| *code > 0)
        }
        _ => None,
    }
}

/// The HTTP status of an answer; none where there was none.
pub(super) fn status(error: &serenity::Error) -> Option<u16> {
    match error {
        serenity::Error::Http(error) => error.status_code().map(|status| status.as_u16()),
        _ => None,
    }
}

/// What the bot must be allowed to do for something, as Discord's settings call it, and in which channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needs(pub(super) &'static str, pub(super) ChannelId);

/// Whether an answer is a no that stays until people change something: what can be said elsewhere is said elsewhere.
pub(super) fn is_closed(error: &serenity::Error) -> bool {
    status(error).is_some_and(|status| (400..500).contains(&status) && !matches!(status, 401 | 408 | 429))
}

/// What an error means for a card or a message: everything but a mistake of our own is tried again.
pub(super) fn trouble(error: &serenity::Error, needs: Needs) -> ChatTrouble {
    let later = |note: Note, again| ChatTrouble { note, again };
    let serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) = error else {
        return later(Note::new("discord-unreachable").with("reason", unreached(error)), Again::Soon);
    };
    let said = cut(&answer.error.message, 120);
    let (status, code) = (answer.status_code.as_u16(), answer.error.code);
    match (status, code) {
        (401, _) => {
            tracing::warn!("Discord refuses DISCORD_TOKEN; make a new one on the page Bot of the application");
            later(Note::new("discord-token-refused"), Again::After(NEW_TOKEN))
        }
        (_, MISSING_ACCESS | MISSING_PERMISSIONS | LOCKED) | (403, _) => {
            let Needs(permissions, channel) = needs;
            tracing::warn!(%channel, permissions, said, "the bot may not do this; give its role these permissions");
            later(Note::new("discord-not-permitted").with("said", said).with("needs", permissions), Again::OnceMended)
        }
        (_, UNKNOWN_CHANNEL) => {
            tracing::warn!(channel = %needs.1, "Discord knows no such channel");
            later(Note::new("discord-no-channel"), Again::OnceMended)
        }
        (429, _) => later(Note::new("discord-too-fast"), Again::Soon),
        (status, _) if status >= 500 => later(Note::new("discord-down").with("status", status), Again::Soon),
        // A body that Discord finds wrong is wrong the next time too. Everything else may change: a limit, a proxy.
        (400 | 413, code) if code >= 0 && !is_limit(code) => {
            tracing::error!(status, code, said, errors = ?answer.error.errors, "Discord refuses what we send");
            ChatTrouble { note: Note::new("discord-refused").with("said", said), again: Again::Never }
        }
        _ => {
            tracing::warn!(status, code, said, "Discord does not take this now");
            later(Note::new("discord-refused").with("said", said), Again::OnceMended)
        }
    }
}

/// Too many of something: threads, messages, pins.
const fn is_limit(code: isize) -> bool {
    matches!(code, 20_000..=39_999 | TOO_MANY_THREADS)
}

/// Why there was no answer, without the address: that of an interaction holds its token.
pub(super) fn unreached(error: &serenity::Error) -> String {
    match error {
        serenity::Error::Http(HttpError::Request(error)) if error.is_timeout() => "no answer in time".to_owned(),
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => "no connection".to_owned(),
        serenity::Error::Http(HttpError::Request(_)) => "the connection broke".to_owned(),
        serenity::Error::Json(_) => "an answer that is not JSON".to_owned(),
        _ => "something went wrong on the way".to_owned(),
    }
}
