//! What is told beside a card: details in its thread, messages there or in the channel for how loud they are.
//!
//! A thread is a convenience: where there can be none, nobody who is called may miss it, and the card is painted all the
//! same. Everything that is sent carries a nonce that is enforced, so that a repeat after a crash finds what is there.
//! <https://discord.com/developers/docs/topics/threads>

use serenity::all::{AutoArchiveDuration, ChannelId, CreateMessage, CreateThread, EditThread, MessageFlags, MessageId};
use serenity::builder::CreateAllowedMentions;

use super::post::{Posted, nonce, recall, remember};
use super::rest::{self, Needs, code, is_closed, trouble};
use super::{Discord, render};
use crate::chat::unposted::HOLDS;
use crate::chat::{Again, ChatTrouble, Details, Memory, Message, card_name};
use crate::domain::{CardKey, Channel, Moment, Note, Span};

/// The most that is kept of the name of a thread.
const THREAD_NAME: usize = 100;

/// How long after its card a message is tried.
const CARD_FIRST: Span = Span::seconds(2);

const MAKE: &str = "View Channel, Create Public Threads";
const WRITE: &str = "View Channel, Send Messages in Threads";
const SAY: &str = "View Channel, Send Messages";
const PUT_AWAY: &str = "Manage Threads";

/// Something that is written.
struct Line {
    message: CreateMessage,
    /// Its words, by which it is known again.
    content: String,
    /// Since when it may have been sent.
    since: Option<Moment>,
}

/// Why nothing can be written into a thread.
enum No {
    /// Until people change something: it was deleted, it is locked, it may not be made.
    Closed(ChatTrouble),
    /// For a while.
    Later(ChatTrouble),
}

impl No {
    fn of(error: &serenity::Error, needs: Needs) -> Self {
        let trouble = trouble(error, needs);
        if is_closed(error) { Self::Closed(trouble) } else { Self::Later(trouble) }
    }

    fn trouble(self) -> ChatTrouble {
        match self {
            Self::Closed(trouble) | Self::Later(trouble) => trouble,
        }
    }
}

impl From<ChatTrouble> for No {
    fn from(trouble: ChatTrouble) -> Self {
        Self::Later(trouble)
    }
}

impl Discord {
    /// Says something: the daily work in the card's thread, what is louder in its own channel, with a link. What cannot
    /// be said there is said in the channel of the cards.
    pub(super) async fn post(&self, said: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let posted = self.card_of(said, memory).await?;
        let own = match said.channel {
            Channel::Deployments => None,
            Channel::Warnings => self.config.warnings,
            Channel::Incidents => self.config.incidents,
            Channel::Announcements => self.config.announcements,
        };
        let cards = self.config.deployments;
        let (content, mentions) = render::said(said);
        let message = |content: String| Line {
            message: CreateMessage::new()
                .content(&content)
                .allowed_mentions(mentions.clone())
                .flags(MessageFlags::SUPPRESS_EMBEDS)
                .nonce(nonce(&said.key.0))
                .enforce_nonce(true),
            content,
            since: Some(said.since),
        };
        if let (Channel::Deployments, Some(posted)) = (said.channel, &posted) {
            match self.write_into_thread(&said.card, posted, &said.title, &message(content.clone()), memory).await {
                Ok(()) => return Ok(()),
                Err(No::Later(trouble)) => return Err(trouble),
                Err(No::Closed(_)) => {}
            }
        }
        // What is read away from its card says where that is.
        let linked = posted.map_or_else(|| content.clone(), |posted| render::with_link(&content, &self.link(&posted)));
        let message = message(linked);
        if let Some(own) = own.filter(|own| *own != cards) {
            match self.write_into_channel(own, &message).await {
                Ok(()) => return Ok(()),
                Err(No::Later(trouble)) => return Err(trouble),
                Err(No::Closed(_)) => {}
            }
        }
        self.write_into_channel(cards, &message).await.map_err(No::trouble)
    }

    /// Where the card is that something is said about; none where nobody knows when it will be posted.
    async fn card_of(&self, said: &Message, memory: &dyn Memory) -> Result<Option<Posted>, ChatTrouble> {
        if let Some(posted) = recall(&said.card, memory).await? {
            return Ok(Some(posted));
        }
        let (now, next) = (self.clock.now(), memory.pending(&said.card).await?.map(|pending| pending.next));
        match next.filter(|next| next.since(now) < HOLDS && !self.unposted().is_closed(&said.card, now)) {
            Some(next) => {
                let again = Again::From(next.max(now).plus(CARD_FIRST));
                Err(ChatTrouble { note: Note::new("chat-card-first"), again })
            }
            // It may have been posted just now.
            None => recall(&said.card, memory).await,
        }
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
        // A message that may have been sent already is sent again with the same lines: its nonce stands for them.
        let (begun, rest): (Vec<_>, Vec<_>) =
            details.lines.iter().cloned().partition(|line| line.seq <= posted.telling);
        let mut sent = 0;
        for batch in render::lines(&begun).into_iter().chain(render::lines(&rest)) {
            // Only what was begun before may be there already.
            let since = (posted.telling >= batch.last).then_some(posted.telling_since).filter(|since| since.0 != 0);
            if posted.telling < batch.last {
                (posted.telling, posted.telling_since) = (batch.last, self.clock.now());
                remember(key, &posted, memory).await?;
            }
            let message = CreateMessage::new()
                .content(&batch.content)
                .allowed_mentions(CreateAllowedMentions::new())
                .flags(MessageFlags::SUPPRESS_EMBEDS)
                .nonce(nonce(&format!("{}/{}/{sent}", card_name(key), posted.told)))
                .enforce_nonce(true);
            let message = Line { message, content: batch.content, since };
            self.write_into_thread(key, &posted, &details.title, &message, memory).await.map_err(No::trouble)?;
            sent = if posted.told < batch.last { 0 } else { sent + 1 };
            posted = Posted { thread: true, archived: false, told: batch.last.max(posted.told), ..posted };
            remember(key, &posted, memory).await?;
        }
        if details.is_over && posted.thread && !posted.archived {
            self.put_away(&posted).await?;
            remember(key, &Posted { archived: true, ..posted }, memory).await?;
        }
        Ok(())
    }

    /// Writes into the card's thread, which is made where there is none yet and taken out where it was put away.
    async fn write_into_thread(
        &self,
        key: &CardKey,
        posted: &Posted,
        title: &str,
        line: &Line,
        memory: &dyn Memory,
    ) -> Result<(), No> {
        let thread = self.thread(key, posted, title, memory).await?;
        let Err(error) = self.send_line(thread, line).await else { return Ok(()) };
        match code(&error) {
            Some(rest::ARCHIVED) => {
                let needs = Needs(PUT_AWAY, thread);
                let edit = EditThread::new().archived(false);
                self.http.edit_thread(thread, &edit, None).await.map_err(|error| No::of(&error, needs))?;
                let again = self.send_line(thread, line).await;
                again.map_err(|error| No::of(&error, Needs(WRITE, thread)))?;
                if posted.archived {
                    self.put_away(posted).await?;
                }
                Ok(())
            }
            // Somebody deleted it: the next that is told makes a new one.
            Some(rest::UNKNOWN_CHANNEL) if posted.thread => {
                remember(key, &Posted { thread: false, archived: false, ..posted.clone() }, memory).await?;
                Err(No::of(&error, Needs(WRITE, thread)))
            }
            _ => Err(No::of(&error, Needs(WRITE, thread))),
        }
    }

    async fn write_into_channel(&self, channel: u64, line: &Line) -> Result<(), No> {
        let channel = ChannelId::new(channel);
        self.send_line(channel, line).await.map_err(|error| No::of(&error, Needs(SAY, channel)))
    }

    /// Sends it, unless it is there already.
    async fn send_line(&self, channel: ChannelId, line: &Line) -> serenity::Result<()> {
        if let Some(since) = line.since
            && self.lost_in(channel, since, |sent| sent.content.trim() == line.content.trim()).await?.is_some()
        {
            return Ok(());
        }
        self.http.send_message(channel, Vec::new(), &line.message).await.map(|_| ())
    }

    /// The card's thread; made where there is none yet. It has the id of the card's message.
    async fn thread(&self, key: &CardKey, posted: &Posted, title: &str, memory: &dyn Memory) -> Result<ChannelId, No> {
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
            Err(error) => return Err(No::of(&error, Needs(MAKE, channel))),
        }
        remember(key, &Posted { thread: true, ..posted.clone() }, memory).await?;
        Ok(thread)
    }

    /// A thread that nothing more comes into. Where people keep that from being done, it stays as they have it.
    async fn put_away(&self, posted: &Posted) -> Result<(), ChatTrouble> {
        let thread = ChannelId::new(posted.message);
        let done = self.http.edit_thread(thread, &EditThread::new().archived(true), None).await;
        let Some(error) = done.err().filter(|error| code(error) != Some(rest::ARCHIVED)) else { return Ok(()) };
        match No::of(&error, Needs(PUT_AWAY, thread)) {
            No::Later(trouble) => Err(trouble),
            No::Closed(_) => Ok(()),
        }
    }
}
