//! What may be there already: what a try has sent whose answer was lost, so long ago that Discord has forgotten its
//! nonce. Whoever comes as late as that looks first, in the channel.
//!
//! A nonce is kept for a few minutes: <https://discord.com/developers/docs/resources/message#create-message>.

use serenity::all::{ChannelId, Message, MessageId, MessagePagination};

use super::Discord;
use crate::domain::{Moment, Span};

/// How long a nonce is trusted.
const NONCE: Span = Span::minutes(2);

/// How much further back is looked: our clock is not Discord's.
const MARGIN: Span = Span::minutes(1);

/// How many messages are looked through, from the first try on.
const MOST: u8 = 100;

/// From when Discord counts: <https://discord.com/developers/docs/reference#snowflakes>.
const EPOCH: i64 = 1_420_070_400_000;

impl Discord {
    /// The message of ours in a channel that is the one, if it may have been sent since then and its nonce is forgotten.
    pub(super) async fn lost_in(
        &self,
        channel: ChannelId,
        since: Moment,
        is_it: impl Fn(&Message) -> bool + Send,
    ) -> serenity::Result<Option<Message>> {
        if self.clock.now().since(since) < NONCE {
            return Ok(None);
        }
        let from = u64::try_from(since.0 - MARGIN.0 - EPOCH).unwrap_or_default() << 22;
        let after = MessagePagination::After(MessageId::new(from.max(1)));
        let found = match self.http.get_messages(channel, Some(after), Some(MOST)).await {
            Ok(found) => found,
            // Somebody's message that serenity cannot read keeps ours from nobody.
            Err(serenity::Error::Json(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(found) = found.into_iter().find(|message| message.author.bot && is_it(message)) else {
            return Ok(None);
        };
        let own = self.http.get_current_user().await?.id;
        Ok(Some(found).filter(|message| message.author.id == own))
    }
}
