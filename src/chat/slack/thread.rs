//! What is told beside a card: details in its thread, messages there or in the channel for how loud they are.
//!
//! A thread is a convenience: where nothing can be written there, nobody who is called may miss it, and the card is
//! painted all the same. <https://docs.slack.dev/messaging/sending-and-scheduling-messages#threading>

use serde_json::{Value, json};

use super::post::{Posted, recall, remember};
use super::{Slack, render};
use crate::chat::{ChatTrouble, Details, Memory, Message};
use crate::domain::{CardKey, Channel, Note, Span};

/// How long a message waits for the card that it belongs to.
const CARD_FIRST: Span = Span::seconds(2);

impl Slack {
    /// Says something: the daily work in the card's thread, what is louder in its own channel, with a link. What cannot
    /// be said there is said in the channel of the cards.
    pub(super) async fn post(&self, said: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let posted = recall(&said.card, memory).await?;
        if posted.is_none() && !self.unposted().is_closed(&said.card, self.clock.now()) {
            let note = Note::new("chat-card-first");
            return Err(ChatTrouble { note, again: true, after: Some(CARD_FIRST) });
        }
        let own = match said.channel {
            Channel::Deployments => None,
            Channel::Warnings => self.config.warnings.as_deref(),
            Channel::Incidents => self.config.incidents.as_deref(),
            Channel::Announcements => self.config.announcements.as_deref(),
        };
        if let (Channel::Deployments, Some(posted)) = (said.channel, &posted) {
            match self.write(&posted.channel, Some(&posted.ts), &render::said(said, None)).await {
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
            match self.write(own, None, &text).await {
                Ok(()) => return Ok(()),
                Err((false, trouble)) => return Err(trouble),
                Err((true, _)) => {}
            }
        }
        self.write(cards, None, &text).await.map_err(|(_, trouble)| trouble)
    }

    /// Tells details in the card's thread.
    pub(super) async fn tell_details(
        &self,
        key: &CardKey,
        details: &Details,
        memory: &dyn Memory,
    ) -> Result<(), ChatTrouble> {
        let Some(mut posted) = recall(key, memory).await? else { return Ok(()) };
        for batch in render::lines(&details.lines) {
            let written = self.write(&posted.channel, Some(&posted.ts), &batch.content).await;
            written.map_err(|(_, trouble)| trouble)?;
            posted.told = batch.last.max(posted.told);
            remember(key, &posted, memory).await?;
        }
        Ok(())
    }

    /// Writes a text; of a trouble it is known whether it stays so until people change something.
    async fn write(&self, channel: &str, thread: Option<&str>, text: &str) -> Result<(), (bool, ChatTrouble)> {
        let mut message = json!({
            "channel": channel, "text": text, "blocks": render::sections(text),
            "unfurl_links": false, "unfurl_media": false,
        });
        if let Some(thread) = thread {
            message["thread_ts"] = json!(thread);
        }
        let sent: Result<Value, _> = self.workspace.api.post("chat.postMessage", &message).await;
        sent.map(|_| ()).map_err(|failure| (failure.is_closed(), failure.trouble()))
    }
}
