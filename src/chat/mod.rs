//! Chats: where people type, press and read. One file or folder each.
//!
//! A chat never changes state and never posts a card on its own. It hands a [`Command`](crate::command::Command) to
//! the service and answers the person privately; the runner gives it cards to show and messages to say.
//!
//! What chats with buttons share is beside them: what a press carries (`button`, `controls`), what people ask for and are
//! asked (`asking`, `form`), that it is done once (`once`), and how a card becomes marked-up text (`markup`, `layout`, `batch`), in which order and how
//! often cards are painted (`unposted`, `pace`), what goes on for a chat (`tasks`), and what is done with requests that are refused (`refused`).
//!
//! To add one: a file or folder here with a [`Chat`], and an arm where the app puts its parts together.

mod asking;
mod batch;
pub mod button;
mod controls;
pub mod discord;
mod form;
mod layout;
mod markup;
mod once;
mod pace;
mod refused;
pub mod slack;
mod tasks;
pub mod terminal;
mod unposted;

use async_trait::async_trait;
use tokio_util::bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::card::{Card, Detail, Papers};
use crate::config::People;
use crate::domain::{CardKey, Channel, Id, Moment, Note, Span};
use crate::service::Service;
use crate::words::Words;

pub use crate::finding::Finding;
pub use batch::Batch;

/// The largest body of a chat's request that is read, in bytes, where the chat does not say: a press on a message brings
/// the whole message along.
const LARGEST_BODY: usize = 512 * 1024;

/// A chat as the runner and the app see it.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Its name in identities, `terminal:ada`: lower case, stable.
    fn name(&self) -> &'static str;

    /// The words that it speaks in its channels: in their language, for how people type there.
    fn speaks(&self) -> Words;

    /// Before when it is too early to paint a card again: a chat that wants to be left alone for a while. The card is
    /// made when it is painted, so nothing is lost by waiting.
    async fn ready_at(&self, _key: &CardKey, _memory: &dyn Memory) -> Result<Option<Moment>, ChatTrouble> {
        Ok(None)
    }

    /// Paints a card: posts it the first time, edits it in place afterwards.
    async fn show(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble>;

    /// Says something once. `key` makes a repeat after a crash recognisable.
    async fn say(&self, message: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble>;

    /// Up to which entry of the ledger details of a card were told; none for a chat that has no place for them, or
    /// where the card is not posted.
    async fn told(&self, _key: &CardKey, _memory: &dyn Memory) -> Result<Option<u64>, ChatTrouble> {
        Ok(None)
    }

    /// Tells details beside a card. A repeat after a crash tells the same again.
    async fn tell(&self, _key: &CardKey, _details: &Details, _memory: &dyn Memory) -> Result<(), ChatTrouble> {
        Ok(())
    }

    /// Whether the files of a deployment that is over are still to be handed over beside its card.
    async fn wants_papers(&self, _key: &CardKey, _memory: &dyn Memory) -> Result<bool, ChatTrouble> {
        Ok(false)
    }

    /// Hands them over, once. What cannot be handed over after a few tries is let be.
    async fn hand_over(&self, _key: &CardKey, _papers: &Papers, _memory: &dyn Memory) -> Result<(), ChatTrouble> {
        Ok(())
    }

    /// Listens to people, answers them and hands their commands over, until told to stop. What was begun is ended.
    async fn listen(&self, _service: Service, stop: CancellationToken) {
        stop.cancelled().await;
    }

    /// Whether it can do its work with what it was given: every trouble with what to do about it. Changes nothing.
    async fn check(&self, _people: &People) -> Vec<Finding> {
        Vec::new()
    }

    /// How much of the body of a request is read, by what its head says; or what it is answered without.
    ///
    /// # Errors
    /// It is answered so, and its body is not read.
    fn admits(&self, _head: &Request) -> Result<usize, Reply> {
        Ok(LARGEST_BODY)
    }

    /// Takes a request that came to the chat's own address, `POST /<name>/…`; none where it has no such address.
    async fn receive(&self, _service: &Service, _request: Request) -> Option<Reply> {
        None
    }
}

/// What a chat remembers between one start and the next: small texts under names of its own.
#[async_trait]
pub trait Memory: Send + Sync {
    /// What was remembered under a name.
    async fn recall(&self, name: &str) -> Result<Option<String>, ChatTrouble>;

    /// Remembers something in place of what was there; durable when it returns.
    async fn remember(&self, name: &str, value: &str) -> Result<(), ChatTrouble>;

    /// What is to be done about a card; none where nothing has changed since it was painted.
    async fn pending(&self, card: &CardKey) -> Result<Option<Pending>, ChatTrouble>;

    /// When it is the turn of a card that is not posted, behind the older ones that are not either, one after the other;
    /// none where there are none.
    async fn turn(&self, card: &CardKey) -> Result<Option<Moment>, ChatTrouble>;
}

/// A card that is to be painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Since when.
    pub since: Moment,
    /// When that is tried next.
    pub next: Moment,
    /// How often it was begun and did not come to its end, this time included.
    pub tries: u32,
}

/// The name of a card in a chat's memory.
fn card_name(key: &CardKey) -> String {
    match key {
        CardKey::Deployment(id) => format!("card/deployment/{id}"),
        CardKey::Smoke(id) => format!("card/smoke/{id}"),
        CardKey::Halt(id) => format!("card/halt/{id}"),
        CardKey::Lock(id) => format!("card/lock/{id}"),
    }
}

/// A request to a chat's own address, as it came: whether it is genuine is the chat's to find out.
#[derive(Clone, Debug)]
pub struct Request {
    /// What stands behind the chat's name in the path: `interactions`.
    pub path: String,
    /// Its headers, with names in lower case; a value that is not text is absent.
    pub headers: Vec<(String, String)>,
    /// Its body, to the byte; nothing where it has yet to come.
    pub body: Bytes,
}

impl Request {
    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// JSON; empty for no body.
    pub body: String,
}

/// Something said once, because edits of a card notify nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same for every repeat.
    pub key: Id,
    /// Since when it is to be said.
    pub since: Moment,
    /// Which try this is, from 1, whichever program made the others.
    pub tries: u32,
    /// Whose card it belongs to.
    pub card: CardKey,
    /// How loud.
    pub channel: Channel,
    /// The deployment in a few words, for a place of its own: `hello v2 → staging`.
    pub title: String,
    /// The words, with everything from outside already made harmless.
    pub text: String,
    /// Who is called: identities of this chat, or group members it knows.
    pub call: Vec<String>,
}

/// What is told beside a card: too much for the card, and nothing that anybody must read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The deployment in a few words.
    pub title: String,
    /// One line each, in order.
    pub lines: Vec<Detail>,
    /// Whether nothing more will come.
    pub is_over: bool,
}

/// A chat could not be reached, or would not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatTrouble {
    /// What it said.
    pub note: Note,
    /// Whether and when trying again may help.
    pub again: Again,
}

/// When something is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Never: it is wrong, and stays so.
    Never,
    /// It may pass by itself.
    Soon,
    /// After as long as the chat asked us to wait.
    After(Span),
    /// Once people have changed something: a permission, a token, a channel.
    OnceMended,
    /// Then. Nothing is wrong, it is only too early.
    From(Moment),
}
