//! Cards as messages that are edited in place. What is said beside them is in `thread`.
//!
//! A card is one ordinary message of the bot, never the answer to an interaction: those cannot be edited after 15
//! minutes. Its thread has the same id as the message. First posts carry a nonce that is enforced, so that a repeat
//! after a crash finds the message that is there already.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serenity::all::{ChannelId, CreateMessage, EditMessage, Message, MessageId, Nonce};
use serenity::builder::CreateAllowedMentions;
use sha2::{Digest as _, Sha256};

use super::rest::{self, Needs, code, trouble};
use super::{Discord, render};
use crate::card::{Card, short};
use crate::chat::{Again, ChatTrouble, Memory, card_name};
use crate::domain::{CardKey, Moment, Note, Span};
use crate::words::Words;

/// How far apart edits of a card are. Discord gives no number for messages older than an hour, only that they may be
/// edited rarely; what people measured is about three in six seconds in a channel.
const PACE: Span = Span::seconds(2);
pub(super) const OLD_PACE: Span = Span::seconds(10);
const OLD: Span = Span::hours(1);

/// How far apart edits of old cards are, whichever they are: the measure is a channel's.
const OLD_APART: Span = Span(2_500);

/// What a card needs.
const CARD: &str = "View Channel, Send Messages, Embed Links";

/// Where a card is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Posted {
    pub(super) channel: u64,
    pub(super) message: u64,
    /// Whether its thread was made.
    #[serde(default)]
    pub(super) thread: bool,
    /// Whether its thread was put away.
    #[serde(default)]
    pub(super) archived: bool,
    /// Up to which entry of the ledger the thread tells.
    #[serde(default)]
    pub(super) told: u64,
    /// Up to which entry the message tells that is being sent, or was when the program ended.
    #[serde(default)]
    pub(super) telling: u64,
    /// Since when; never for what a program wrote that did not know.
    #[serde(default)]
    pub(super) telling_since: Moment,
}

impl Discord {
    /// Before when a card is not to be painted again.
    pub(super) async fn ready_at(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        let Some(posted) = recall(key, memory).await? else { return Ok(None) };
        let (now, last) = (self.clock.now(), self.pace.painted_at(key));
        let age = now.since(Moment(MessageId::new(posted.message).created_at().timestamp_millis()));
        if age < OLD {
            return Ok(last.map(|last| last.plus(PACE)));
        }
        let from = last.map_or(now, |last| last.plus(OLD_PACE).max(now));
        Ok(Some(self.pace.turn(key, from, OLD_APART)))
    }

    /// Edits the card where it is, or posts it where it is not.
    pub(super) async fn paint(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let Some(posted) = recall(key, memory).await? else {
            return self.post_card(key, card, None, memory).await;
        };
        match self.edit_card(key, card, &posted).await {
            Ok(()) => Ok(()),
            Err(error) => match code(&error) {
                Some(rest::UNKNOWN_MESSAGE | rest::UNKNOWN_CHANNEL | rest::TOO_MANY_OLD_EDITS) => {
                    self.post_card(key, card, Some(&posted), memory).await
                }
                // The cards were moved to another channel, and the old one was closed.
                _ if rest::status(&error) == Some(403) && posted.channel != self.config.deployments => {
                    self.post_card(key, card, Some(&posted), memory).await
                }
                _ => Err(trouble(&error, Needs(CARD, ChannelId::new(posted.channel)))),
            },
        }
    }

    /// Edits the card, if it is not as it should be already.
    async fn edit_card(&self, key: &CardKey, card: &Card, posted: &Posted) -> serenity::Result<()> {
        let painted = render::paint(card, &Words::new(&self.locale));
        let edit = EditMessage::new().embed(painted.embed).components(painted.rows);
        let what = shown(posted.message, serde_json::to_string(&edit)?);
        if self.pace.is_shown(key, &what) {
            return Ok(());
        }
        let (channel, message) = (ChannelId::new(posted.channel), MessageId::new(posted.message));
        self.http.edit_message(channel, message, &edit, Vec::new()).await?;
        self.pace.shows(key, what);
        Ok(())
    }

    /// Posts the card anew; `before` is the message that cannot be edited any more.
    async fn post_card(
        &self,
        key: &CardKey,
        card: &Card,
        before: Option<&Posted>,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        if let Some(turn) = memory.turn(key).await? {
            return Err(ChatTrouble { note: Note::new("chat-older-card-first"), again: Again::From(turn) });
        }
        let words = Words::new(&self.locale);
        let painted = render::paint(card, &words);
        let channel = ChannelId::new(self.config.deployments);
        let mut message = CreateMessage::new()
            .embed(painted.embed.clone())
            .components(painted.rows)
            .nonce(nonce(&format!("{}/{}", card_name(key), before.map_or(0, |before| before.message))))
            .enforce_nonce(true)
            .allowed_mentions(CreateAllowedMentions::new());
        if let Some(before) = before {
            message = message.content(words.with("chat-card-moved", &[("link", &self.link(before))]));
        }
        let sent = match self.send_once(key, before, &message, memory).await? {
            Ok(sent) => sent,
            Err(error) => {
                if rest::is_closed(&error) {
                    self.unposted().refused(key, self.clock.now());
                }
                return Err(trouble(&error, Needs(CARD, channel)));
            }
        };
        self.unposted().posted(key);
        let told = before.map_or(0, |before| before.told);
        let posted = Posted { channel: channel.get(), message: sent.id.get(), told, ..Posted::default() };
        remember(key, &posted, memory).await?;
        let shown = sent.embeds.first().and_then(|embed| serde_json::to_value(embed).ok());
        if words_of(shown.as_ref()) == words_of(serde_json::to_value(&painted.embed).ok().as_ref()) {
            return Ok(());
        }
        // It was posted before, by a try whose answer was lost, as it was then.
        self.edit_card(key, card, &posted).await.map_err(|error| trouble(&error, Needs(CARD, channel)))
    }

    /// Sends a card, or finds the one that was sent already.
    async fn send_once(
        &self,
        key: &CardKey,
        before: Option<&Posted>,
        message: &CreateMessage,
        memory: &dyn Memory,
    ) -> Result<serenity::Result<Message>, ChatTrouble> {
        let channel = ChannelId::new(self.config.deployments);
        let since = memory.pending(key).await?.map_or_else(|| self.clock.now(), |pending| pending.since);
        let (CardKey::Deployment(id) | CardKey::Smoke(id) | CardKey::Halt(id) | CardKey::Lock(id)) = key;
        let mark = format!("#{}", short(id));
        let is_it = |sent: &Message| {
            let mut footers = sent.embeds.iter().filter_map(|embed| embed.footer.as_ref());
            footers.any(|footer| footer.text.contains(&mark))
                && before.is_none_or(|before| before.message != sent.id.get())
        };
        Ok(match self.lost_in(channel, since, is_it).await {
            Ok(Some(lost)) => Ok(lost),
            Ok(None) => self.http.send_message(channel, Vec::new(), message).await,
            Err(error) => Err(error),
        })
    }

    pub(super) fn link(&self, posted: &Posted) -> String {
        format!("https://discord.com/channels/{}/{}/{}", self.config.guild, posted.channel, posted.message)
    }
}

/// What a message shows, in few characters.
fn shown(message: u64, edit: String) -> String {
    let hash = Sha256::digest(edit.as_bytes());
    format!("{message}/{}", hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// What tells one state of a card from another.
fn words_of(embed: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
    let Some(embed) = embed else { return Vec::new() };
    let fields = embed["fields"].as_array().into_iter().flatten().flat_map(|field| [&field["name"], &field["value"]]);
    [&embed["title"], &embed["description"], &embed["footer"]["text"]].into_iter().chain(fields).map(text).collect()
}

/// At most 25 characters: <https://discord.com/developers/docs/resources/message#create-message>.
pub(super) fn nonce(text: &str) -> Nonce {
    let hash = Sha256::digest(text.as_bytes());
    Nonce::String(hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

pub(super) async fn recall(key: &CardKey, memory: &dyn Memory) -> Result<Option<Posted>, ChatTrouble> {
    let Some(text) = memory.recall(&card_name(key)).await? else { return Ok(None) };
    let posted: Option<Posted> = serde_json::from_str(&text).ok();
    // What a newer program wrote, or somebody by hand: the card is posted anew.
    Ok(posted.filter(|posted| posted.channel != 0 && posted.message != 0))
}

pub(super) async fn remember(key: &CardKey, posted: &Posted, memory: &dyn Memory) -> Result<(), ChatTrouble> {
    let unwritable = |_| ChatTrouble { note: Note::new("discord-refused"), again: Again::Never };
    let text = serde_json::to_string(posted).map_err(unwritable)?;
    memory.remember(&card_name(key), &text).await
}
