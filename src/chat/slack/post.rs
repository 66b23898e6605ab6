//! Cards as messages that are edited in place. What is said beside them is in `thread`.
//!
//! How often cards are edited is bounded: see `edits`. A card is made when it is painted, so the last state always comes.
//!
//! A card is posted once: see `mark`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Failure;
use super::files::Handed;
use super::mark::Mark;
use super::render::Painted;
use super::{Slack, render};
use crate::card::Card;
use crate::chat::{Again, ChatTrouble, Memory, card_name};
use crate::domain::{CardKey, Moment, Note, Span};
use crate::words::Words;

/// How far apart edits of a card are.
pub(super) const PACE: Span = Span::seconds(3);

/// What cannot be edited any more: the card is posted anew.
const GONE: [&str; 5] =
    ["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"];

/// Where a card is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Posted {
    pub(super) channel: String,
    /// Its id: the time of its post, by which it is also found.
    pub(super) ts: String,
    /// Up to which entry of the ledger its thread tells.
    #[serde(default)]
    pub(super) told: u64,
    /// How far its files are.
    #[serde(default = "Handed::of_an_older_version")]
    pub(super) files: Handed,
    /// Where the message is read that it took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
}

impl Slack {
    /// Before when a card is not to be painted again. The first post of one is no edit.
    pub(super) async fn may_paint_at(&self, key: &CardKey, memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        let own = self.pace.painted_at(key).map(|at| at.plus(PACE));
        let all = self.edits().free_at();
        if own.is_none() && all.is_some() && recall(key, memory).await?.is_none() {
            return Ok(None);
        }
        Ok(own.max(all))
    }

    /// Edits the card where it is, or posts it where it is not.
    pub(super) async fn paint(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let Some(posted) = recall(key, memory).await? else {
            return self.post_card(key, card, None, memory).await;
        };
        let now = self.clock.now();
        let made = self.edits().make(now);
        made.map_err(|free| ChatTrouble { note: Note::new("slack-too-fast"), again: Again::From(free) })?;
        let painted = self.painted(card, posted.before.as_deref());
        let edit = json!({
            "channel": posted.channel, "ts": posted.ts, "text": painted.text, "blocks": painted.blocks,
        });
        match self.workspace.api.post("chat.update", &edit).await {
            Ok(_) => Ok(()),
            Err(failure) if self.is_gone(&failure, &posted) => self.post_card(key, card, Some(&posted), memory).await,
            Err(failure) => {
                if let Failure::Limited(after) = &failure {
                    self.edits().hold(self.clock.now().plus(*after));
                }
                Err(failure.trouble())
            }
        }
    }

    /// A card as it is sent; of one that was posted anew it stays there to be read where it was before.
    fn painted(&self, card: &Card, before: Option<&str>) -> Painted {
        let words = Words::new(&self.locale);
        let painted = render::paint(card, &words);
        match before {
            Some(link) => render::moved(painted, link, &words),
            None => painted,
        }
    }

    /// Whether a card cannot be edited where it is. Where the channel of the cards is gone, no other place is better.
    fn is_gone(&self, failure: &Failure, posted: &Posted) -> bool {
        let moved = posted.channel != self.config.deployments;
        failure.word().is_some_and(|word| {
            GONE.contains(&word) && (moved || !matches!(word, "channel_not_found" | "is_archived"))
                || moved && word == "not_in_channel"
        })
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
        let link = match before {
            Some(before) => self.workspace.home().await.ok().map(|home| home.link(&before.channel, &before.ts)),
            None => None,
        };
        let painted = self.painted(card, link.as_deref());
        let message = json!({
            "channel": self.config.deployments, "text": painted.text, "blocks": painted.blocks,
            "unfurl_links": false, "unfurl_media": false,
        });
        let mark = self.mark(key, memory).await?;
        let sent = match self.posts_once(&mark, message, before).await {
            Ok(sent) => sent,
            Err(failure) => {
                if failure.is_closed() {
                    self.unposted().refused(key, self.clock.now());
                }
                return Err(failure.trouble());
            }
        };
        self.unposted().posted(key);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (channel, ts) = (text(&sent["channel"]), text(&sent["ts"]));
        let posted = Posted { channel, ts, before: link, ..before.cloned().unwrap_or_default() };
        remember(key, &posted, memory).await
    }
}

impl Slack {
    /// Posts a card, or finds it where it is already.
    async fn posts_once(&self, mark: &Mark, message: Value, before: Option<&Posted>) -> Result<Value, Failure> {
        let channel = &self.config.deployments;
        let there = self.marked(mark, channel, None).await?;
        match there.into_iter().find(|message| before.is_none_or(|before| message["ts"] != before.ts.as_str())) {
            Some(message) => Ok(json!({ "channel": channel, "ts": message["ts"] })),
            None => self.posts(mark, message).await,
        }
    }

    /// The mark of a card, as it is to be painted now.
    pub(super) async fn mark(&self, key: &CardKey, memory: &dyn Memory) -> Result<Mark, ChatTrouble> {
        let pending = memory.pending(key).await?;
        let (since, tries) = pending.map_or_else(|| (self.clock.now(), 1), |pending| (pending.since, pending.tries));
        Ok(Mark { key: card_name(key), since, tries, last: None })
    }
}

pub(super) async fn recall(key: &CardKey, memory: &dyn Memory) -> Result<Option<Posted>, ChatTrouble> {
    let Some(text) = memory.recall(&card_name(key)).await? else { return Ok(None) };
    let posted: Option<Posted> = serde_json::from_str(&text).ok();
    // What a newer program wrote, or somebody by hand: the card is posted anew.
    Ok(posted.filter(|posted| !posted.channel.is_empty() && !posted.ts.is_empty()))
}

pub(super) async fn remember(key: &CardKey, posted: &Posted, memory: &dyn Memory) -> Result<(), ChatTrouble> {
    let unwritable = |_| ChatTrouble { note: Note::new("slack-refused"), again: Again::Never };
    let text = serde_json::to_string(posted).map_err(unwritable)?;
    memory.remember(&card_name(key), &text).await
}
