//! Chats: where people type, press and read. One file or folder each.
//!
//! A chat never changes state and never posts a card on its own. It hands a [`Command`](crate::command::Command) to
//! the service and answers the person privately; the runner gives it cards to show and messages to say.
//!
//! To add one: a file here with a `Chat`, and an arm in `build`.

pub mod discord;
pub mod terminal;

use async_trait::async_trait;

use crate::card::Card;
use crate::domain::{CardKey, Channel, Id, Note, Span};

/// A chat as the runner sees it.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Its name in identities, `terminal:ada`: lower case, stable.
    fn name(&self) -> &'static str;

    /// The language of its channels: `en` or `ja`.
    fn locale(&self) -> &str;

    /// Paints a card: posts it the first time, edits it in place afterwards.
    async fn show(&self, key: &CardKey, card: &Card) -> Result<(), ChatTrouble>;

    /// Says something once. `key` makes a repeat after a crash recognisable.
    async fn say(&self, message: &Message) -> Result<(), ChatTrouble>;
}

/// Something said once, because edits of a card notify nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same for every repeat.
    pub key: Id,
    /// Whose card it belongs to.
    pub card: CardKey,
    /// How loud.
    pub channel: Channel,
    /// The words, with everything from outside already made harmless.
    pub text: String,
    /// Who is called: identities of this chat, or group members it knows.
    pub call: Vec<String>,
}

/// A chat could not be reached, or would not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTrouble {
    /// What it said.
    pub note: Note,
    /// Whether trying again may help.
    pub again: bool,
    /// How long it asked us to wait.
    pub after: Option<Span>,
}
