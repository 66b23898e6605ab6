//! Cards as messages that are edited in place. What is said beside them is in `thread`.
//!
//! Slack lets a workspace's cards be edited some 50 times a minute altogether, so they are painted no more often than
//! that; a card is made when it is painted, so the last state always comes.
//! <https://docs.slack.dev/apis/web-api/rate-limits>
//!
//! Slack knows no mark by which a repeat of a post is recognised: a card whose post was answered by a broken connection
//! may be there twice. Only the later one is edited; its buttons and those of the other mean the same.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::api::Failure;
use super::{Slack, render};
use crate::card::Card;
use crate::chat::{ChatTrouble, Memory, card_name};
use crate::domain::{CardKey, Moment, Note, Span};
use crate::words::Words;

/// How far apart edits of a card are.
pub(super) const PACE: Span = Span::seconds(3);

/// How many edits there are in a minute, of all cards: Slack takes 50, and a press that is refused paints too.
const EDITS: usize = 40;
const MINUTE: Span = Span::minutes(1);

/// How long a card waits for an older one that has yet to be posted.
const OLDER_FIRST: Span = Span::seconds(2);

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
}

impl Slack {
    /// Before when a card is not to be painted again.
    pub(super) fn may_paint_at(&self, key: &CardKey) -> Option<Moment> {
        let own = self.pace.painted_at(key)?.plus(PACE);
        let edits = self.edits();
        let full = edits.len().checked_sub(EDITS).and_then(|n| edits.get(n)).map(|oldest| oldest.plus(MINUTE));
        Some(full.map_or(own, |full| own.max(full)))
    }

    /// Edits the card where it is, or posts it where it is not.
    pub(super) async fn paint(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let Some(posted) = recall(key, memory).await? else {
            return self.post_card(key, card, None, memory).await;
        };
        self.edits_now();
        let painted = render::paint(card, &Words::new(&self.locale));
        let edit = json!({
            "channel": posted.channel, "ts": posted.ts, "text": painted.text, "blocks": painted.blocks,
        });
        match self.workspace.api.post("chat.update", &edit).await {
            Ok(_) => Ok(()),
            Err(failure) if self.is_gone(&failure, &posted) => self.post_card(key, card, Some(&posted), memory).await,
            Err(failure) => Err(failure.trouble()),
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
        if self.unposted().has_older_than(key, self.clock.now()) {
            let note = Note::new("chat-older-card-first");
            return Err(ChatTrouble { note, again: true, after: Some(OLDER_FIRST) });
        }
        let words = Words::new(&self.locale);
        let mut painted = render::paint(card, &words);
        if let Some(before) = before {
            let link = self.workspace.home().await.map(|home| home.link(&before.channel, &before.ts));
            let moved = words.with("chat-card-moved", &[("link", &link.unwrap_or_default())]);
            painted.blocks.splice(0..0, render::sections(&moved));
        }
        let message = json!({
            "channel": self.config.deployments, "text": painted.text, "blocks": painted.blocks,
            "unfurl_links": false, "unfurl_media": false,
        });
        self.unposted().begins(key, self.clock.now());
        let sent = match self.workspace.api.post("chat.postMessage", &message).await {
            Ok(sent) => sent,
            Err(failure) => {
                let trouble = failure.trouble();
                self.unposted().failed(key, self.clock.now(), (failure.is_closed(), trouble.again));
                return Err(trouble);
            }
        };
        self.unposted().posted(key);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = before.map_or(0, |before| before.told);
        let posted = Posted { channel: text(&sent["channel"]), ts: text(&sent["ts"]), told };
        remember(key, &posted, memory).await
    }
}

pub(super) async fn recall(key: &CardKey, memory: &dyn Memory) -> Result<Option<Posted>, ChatTrouble> {
    let Some(text) = memory.recall(&card_name(key)).await? else { return Ok(None) };
    let posted: Option<Posted> = serde_json::from_str(&text).ok();
    // What a newer program wrote, or somebody by hand: the card is posted anew.
    Ok(posted.filter(|posted| !posted.channel.is_empty() && !posted.ts.is_empty()))
}

pub(super) async fn remember(key: &CardKey, posted: &Posted, memory: &dyn Memory) -> Result<(), ChatTrouble> {
    let unwritable = |_| ChatTrouble { note: Note::new("slack-refused"), again: false, after: None };
    let text = serde_json::to_string(posted).map_err(unwritable)?;
    memory.remember(&card_name(key), &text).await
}
