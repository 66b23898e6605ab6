//! What is told beside a card: details in its thread, messages there or in the channel for how loud they are.
//!
//! A thread is a convenience: where nothing can be written there, nobody who is called may miss it, and the card is
//! painted all the same. <https://docs.slack.dev/messaging/sending-and-scheduling-messages#threading>

use serde_json::json;

use super::mark::{self, Mark};
use super::post::{Posted, recall, remember};
use super::{Slack, render};
use crate::chat::unposted::HOLDS;
use crate::chat::{Again, ChatTrouble, Details, Memory, Message};
use crate::domain::{CardKey, Channel, Note, Span};

/// How long after its card a message is tried.
const CARD_FIRST: Span = Span::seconds(2);

/// A channel, and a thread in it.
type Place<'a> = (&'a str, Option<&'a str>);

impl Slack {
    /// Says something: the daily work in the card's thread, what is louder in its own channel, with a link. What cannot
    /// be said there is said in the channel of the cards.
    pub(super) async fn post(&self, said: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let posted = self.card_of(said, memory).await?;
        let own = match said.channel {
            Channel::Deployments => None,
            Channel::Warnings => self.config.warnings.as_deref(),
            Channel::Incidents => self.config.incidents.as_deref(),
            Channel::Announcements => self.config.announcements.as_deref(),
        };
        let mark = Mark { key: format!("say/{}", said.key), since: said.since, tries: said.tries, last: None };
        if let (Channel::Deployments, Some(posted)) = (said.channel, &posted) {
            match self.says((&posted.channel, Some(&posted.ts)), &render::said(said, None), &mark).await {
                Ok(()) => return Ok(()),
                Err((false, trouble)) => return Err(trouble),
                Err((true, _)) => {}
            }
        }
        // What is read away from its card says where that is.
        let link = match &posted {
            Some(Posted { channel, ts, .. }) => {
                let home = self.workspace.home().await.map_err(|failure| failure.trouble())?;
                Some(home.link(channel, ts))
            }
            None => None,
        };
        let text = render::said(said, link.as_deref());
        let cards = &self.config.deployments;
        if let Some(own) = own.filter(|own| own != cards) {
            match self.says((own, None), &text, &mark).await {
                Ok(()) => return Ok(()),
                Err((false, trouble)) => return Err(trouble),
                Err((true, _)) => {}
            }
        }
        self.says((cards, None), &text, &mark).await.map_err(|(_, trouble)| trouble)
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

    /// Tells details in the card's thread.
    pub(super) async fn tell_details(
        &self,
        key: &CardKey,
        details: &Details,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        let Some(mut posted) = recall(key, memory).await?.filter(|_| !details.lines.is_empty()) else { return Ok(()) };
        let card = self.mark(key, memory).await?;
        let mark = Mark { key: format!("{}/details", card.key), ..card };
        // What was told without our knowing is not told again.
        let there = self.marked(&mark, &posted.channel, Some(&posted.ts)).await.map_err(|failure| failure.trouble())?;
        let told = there.iter().map(mark::last).max().unwrap_or_default();
        if told > posted.told {
            posted.told = told;
            remember(key, &posted, memory).await?;
        }
        let lines: Vec<_> = details.lines.iter().filter(|line| line.seq > posted.told).cloned().collect();
        for batch in render::lines(&lines) {
            let mark = Mark { last: Some(batch.last), ..mark.clone() };
            let written = self.write((&posted.channel, Some(&posted.ts)), &batch.content, &mark).await;
            written.map_err(|(_, trouble)| trouble)?;
            posted.told = batch.last.max(posted.told);
            posted.files.go_on();
            remember(key, &posted, memory).await?;
        }
        Ok(())
    }

    /// Says something, unless it is there already.
    async fn says(&self, (channel, thread): Place<'_>, text: &str, mark: &Mark) -> Result<(), (bool, ChatTrouble)> {
        match self.marked(mark, channel, thread).await {
            Ok(there) if there.is_empty() => self.write((channel, thread), text, mark).await,
            Ok(_) => Ok(()),
            Err(failure) => Err((false, failure.trouble())),
        }
    }

    /// Writes a text; of a trouble it is known whether it stays so until people change something.
    async fn write(&self, (channel, thread): Place<'_>, text: &str, mark: &Mark) -> Result<(), (bool, ChatTrouble)> {
        let mut message = json!({
            "channel": channel, "text": text, "blocks": render::sections(text),
            "unfurl_links": false, "unfurl_media": false,
        });
        if let Some(thread) = thread {
            message["thread_ts"] = json!(thread);
        }
        let sent = self.posts(mark, message).await;
        sent.map(|_| ()).map_err(|failure| (failure.is_closed(), failure.trouble()))
    }
}
