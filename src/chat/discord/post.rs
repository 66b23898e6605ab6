//! Cards as messages that are edited in place, what is said beside them, and their threads.
//!
//! A card is one ordinary message of the bot, never the answer to an interaction: those cannot be edited after 15
//! minutes. Its thread has the same id as the message. First posts carry a nonce that is enforced, so that a repeat
//! after a crash finds the message that is there already.

use serde::{Deserialize, Serialize};
use serenity::all::{
    AutoArchiveDuration, ChannelId, CreateMessage, CreateThread, EditMessage, EditThread, MessageFlags, MessageId,
    Nonce,
};
use serenity::builder::CreateAllowedMentions;
use sha2::{Digest as _, Sha256};

use super::rest::{self, code, trouble};
use super::{Discord, render};
use crate::card::Card;
use crate::chat::{ChatTrouble, Details, Memory, Message};
use crate::domain::{CardKey, Channel, Moment, Note, Span};
use crate::words::Words;

/// How far apart edits of a card are. Discord gives no number for messages older than an hour, only that they may be
/// edited rarely; what people measured is about three in six seconds in a channel.
const PACE: Span = Span::seconds(2);
pub(super) const OLD_PACE: Span = Span::seconds(10);
const OLD: Span = Span::hours(1);

/// The most that is kept of the name of a thread.
const THREAD_NAME: usize = 100;

/// Where a card is.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Posted {
    channel: u64,
    message: u64,
    /// Whether its thread was made.
    #[serde(default)]
    thread: bool,
    /// Up to which entry of the ledger the thread tells.
    #[serde(default)]
    told: u64,
}

impl Discord {
    /// Before when a card is not to be painted again.
    pub(super) async fn ready_at(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        let Some(last) = self.painted_at(key) else { return Ok(None) };
        let Some(posted) = recall(key, memory).await? else { return Ok(None) };
        let age = self.clock.now().since(Moment(MessageId::new(posted.message).created_at().timestamp_millis()));
        Ok(Some(last.plus(if age < OLD { PACE } else { OLD_PACE })))
    }

    /// Edits the card where it is, or posts it where it is not.
    pub(super) async fn paint(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let words = Words::new(&self.locale);
        let Some(posted) = recall(key, memory).await? else {
            return self.post_card(key, card, None, memory).await;
        };
        let painted = render::paint(card, &words);
        let edit = EditMessage::new().embed(painted.embed).components(painted.rows);
        let (channel, message) = (ChannelId::new(posted.channel), MessageId::new(posted.message));
        match self.http.edit_message(channel, message, &edit, Vec::new()).await {
            Ok(_) => Ok(()),
            Err(error) => match code(&error) {
                Some(rest::UNKNOWN_MESSAGE | rest::UNKNOWN_CHANNEL | rest::TOO_MANY_OLD_EDITS) => {
                    self.post_card(key, card, Some(&posted), memory).await
                }
                _ => Err(trouble(&error)),
            },
        }
    }

    /// Posts the card anew; `before` is the message that cannot be edited any more.
    async fn post_card(
        &self,
        key: &CardKey,
        card: &Card,
        before: Option<&Posted>,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        let words = Words::new(&self.locale);
        let painted = render::paint(card, &words);
        let channel = ChannelId::new(self.config.deployments);
        let mut message = CreateMessage::new()
            .embed(painted.embed)
            .components(painted.rows)
            .nonce(nonce(&format!("{}/{}", name(key), before.map_or(0, |before| before.message))))
            .enforce_nonce(true)
            .allowed_mentions(CreateAllowedMentions::new());
        if let Some(before) = before {
            message = message.content(words.with("discord-card-moved", &[("link", &self.link(before))]));
        }
        let sent = self.http.send_message(channel, Vec::new(), &message).await.map_err(|error| trouble(&error))?;
        let told = before.map_or(0, |before| before.told);
        let posted = Posted { channel: channel.get(), message: sent.id.get(), thread: false, told };
        remember(key, &posted, memory).await
    }

    /// Says something: the daily work in the card's thread, what is louder in its own channel, with a link.
    pub(super) async fn post(&self, said: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let posted = recall(&said.card, memory).await?;
        let (content, mentions) = render::said(said);
        let loud = match said.channel {
            Channel::Deployments => None,
            Channel::Warnings => Some(self.config.warnings),
            Channel::Incidents => Some(self.config.incidents),
            Channel::Announcements => Some(self.config.announcements),
        };
        let place = match (loud, &posted) {
            (Some(own), _) => ChannelId::new(own.unwrap_or(self.config.deployments)),
            (None, Some(posted)) => self.thread(&said.card, posted, &said.title, memory).await?,
            (None, None) => ChannelId::new(self.config.deployments),
        };
        // What is loud is read away from its card, so it says where that is.
        let link = posted.as_ref().filter(|_| loud.is_some()).map(|posted| self.link(posted));
        let content = link.map_or_else(|| content.clone(), |link| render::with_link(&content, &link));
        let message = CreateMessage::new()
            .content(content)
            .allowed_mentions(mentions)
            .flags(MessageFlags::SUPPRESS_EMBEDS)
            .nonce(nonce(&said.key.0))
            .enforce_nonce(true);
        self.into(place, &message).await
    }

    /// Up to where the card's thread tells.
    pub(super) async fn told_up_to(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<u64>, ChatTrouble> {
        Ok(recall(key, memory).await?.map(|posted| posted.told))
    }

    /// Tells details in the card's thread, and puts the thread away when its deployment is over.
    pub(super) async fn tell_details(
        &self,
        key: &CardKey,
        details: &Details,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        let Some(mut posted) = recall(key, memory).await? else { return Ok(()) };
        let thread = self.thread(key, &posted, &details.title, memory).await?;
        posted.thread = thread.get() == posted.message;
        for batch in render::lines(&details.lines) {
            let message = CreateMessage::new()
                .content(batch.content)
                .allowed_mentions(CreateAllowedMentions::new())
                .flags(MessageFlags::SUPPRESS_EMBEDS)
                .nonce(nonce(&format!("{}/{}", name(key), posted.told)))
                .enforce_nonce(true);
            self.into(thread, &message).await?;
            posted.told = batch.last;
            remember(key, &posted, memory).await?;
        }
        if details.is_over {
            self.put_away(thread).await?;
        }
        Ok(())
    }

    /// The card's thread; made where there is none yet. It has the id of the card's message.
    async fn thread(
        &self,
        key: &CardKey,
        posted: &Posted,
        title: &str,
        memory: &dyn Memory,
    ) -> Result<ChannelId, ChatTrouble> {
        let thread = ChannelId::new(posted.message);
        if posted.thread {
            return Ok(thread);
        }
        let (channel, message) = (ChannelId::new(posted.channel), MessageId::new(posted.message));
        let create = CreateThread::new(crate::words::harmless(title, THREAD_NAME))
            .auto_archive_duration(AutoArchiveDuration::OneDay);
        match self.http.create_thread_from_message(channel, message, &create, None).await {
            Ok(_) => {}
            Err(error) if code(&error) == Some(rest::HAS_THREAD) => {}
            // The card was deleted: what is said goes where the card would be.
            Err(error) if code(&error) == Some(rest::UNKNOWN_MESSAGE) => return Ok(channel),
            Err(error) => return Err(trouble(&error)),
        }
        remember(key, &Posted { thread: true, ..posted.clone() }, memory).await?;
        Ok(thread)
    }

    /// Posts into a channel or a thread; a thread that was put away is taken out for it.
    async fn into(&self, place: ChannelId, message: &CreateMessage) -> Result<(), ChatTrouble> {
        let Err(error) = self.http.send_message(place, Vec::new(), message).await else { return Ok(()) };
        match code(&error) {
            Some(rest::ARCHIVED) => {
                let edit = EditThread::new().archived(false);
                self.http.edit_thread(place, &edit, None).await.map_err(|error| trouble(&error))?;
                self.http.send_message(place, Vec::new(), message).await.map_err(|error| trouble(&error))?;
                // It is left as it was found: what is over does not come back into everybody's list.
                self.put_away(place).await
            }
            // The thread was deleted, with the card perhaps.
            Some(rest::UNKNOWN_CHANNEL) if place.get() != self.config.deployments => {
                let channel = ChannelId::new(self.config.deployments);
                self.http.send_message(channel, Vec::new(), message).await.map_err(|error| trouble(&error))?;
                Ok(())
            }
            _ => Err(trouble(&error)),
        }
    }

    /// Archives a thread; one that is archived already stays so.
    async fn put_away(&self, thread: ChannelId) -> Result<(), ChatTrouble> {
        let edit = EditThread::new().archived(true);
        match self.http.edit_thread(thread, &edit, None).await {
            Err(error) if code(&error) != Some(rest::ARCHIVED) => Err(trouble(&error)),
            _ => Ok(()),
        }
    }

    fn link(&self, posted: &Posted) -> String {
        format!("https://discord.com/channels/{}/{}/{}", self.config.guild, posted.channel, posted.message)
    }
}

/// The name of a card in the memory.
fn name(key: &CardKey) -> String {
    match key {
        CardKey::Deployment(id) => format!("card/deployment/{id}"),
        CardKey::Smoke(id) => format!("card/smoke/{id}"),
    }
}

/// At most 25 characters: <https://discord.com/developers/docs/resources/message#create-message>.
fn nonce(text: &str) -> Nonce {
    let hash = Sha256::digest(text.as_bytes());
    Nonce::String(hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

async fn recall(key: &CardKey, memory: &dyn Memory) -> Result<Option<Posted>, ChatTrouble> {
    let Some(text) = memory.recall(&name(key)).await? else { return Ok(None) };
    let posted: Option<Posted> = serde_json::from_str(&text).ok();
    // What a newer program wrote, or somebody by hand: the card is posted anew.
    Ok(posted.filter(|posted| posted.channel != 0 && posted.message != 0))
}

async fn remember(key: &CardKey, posted: &Posted, memory: &dyn Memory) -> Result<(), ChatTrouble> {
    let unwritable = |_| ChatTrouble { note: Note::new("discord-refused"), again: false, after: None };
    let text = serde_json::to_string(posted).map_err(unwritable)?;
    memory.remember(&name(key), &text).await
}
