//! What the runner needs of the rest of the house, as traits: somebody who takes results, and the adapters.

use std::sync::Arc;

use async_trait::async_trait;

use crate::card::{Card, Papers};
use crate::chat::{Chat, Details, Message};
use crate::checks::Check;
use crate::domain::{Call, CardKey, Channel, CheckSpec, Event, Id, Moment, Note, TargetSpec};
use crate::store::{Claim, StoreTrouble};
use crate::targets::Target;
use crate::words::Words;

/// Who takes what came of an effect, and knows what a chat is to be shown. The service is.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Records a result and puts its effect down, in one commit.
    async fn deliver(&self, result: Outcome<'_>) -> Result<Delivered, StoreTrouble>;

    /// Tells an environment that a moment has come that it waits for.
    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble>;

    /// A card as it is now, in a chat's words; none when there is nothing to show any more.
    async fn card(&self, key: &CardKey, words: &Words) -> Result<Option<Card>, StoreTrouble>;

    /// Whether nothing more will happen to what a card is about.
    async fn is_over(&self, key: &CardKey) -> Result<bool, StoreTrouble>;

    /// What is to be told beside a card, after an entry of the ledger; none when there is nothing to tell.
    async fn details(&self, key: &CardKey, after: u64, words: &Words) -> Result<Option<Details>, StoreTrouble>;

    /// The files of a deployment that is over; none where there are none.
    async fn papers(&self, key: &CardKey, locale: &str) -> Result<Option<Papers>, StoreTrouble>;

    /// The words of a message; none when there is nothing to say after all.
    async fn message(&self, saying: Saying<'_>) -> Result<Option<Message>, StoreTrouble>;
}

/// What came of an effect.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// The right to the effect: to be acknowledged in the commit that records the event.
    pub claim: &'a Claim,
    /// The app.
    pub app: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// What happened.
    pub event: Event,
}

/// Whether a result was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// It was.
    Recorded,
    /// The effect is not ours any more: whoever holds it records its result.
    LostClaim,
}

/// A message that is to be put into words.
#[derive(Clone, Copy, Debug)]
pub struct Saying<'a> {
    /// The same for every repeat: the message's own key.
    pub key: &'a Id,
    /// The app.
    pub app: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// Since when it is to be said.
    pub since: Moment,
    /// Which try this is, from 1, whichever program made the others.
    pub tries: u32,
    /// The ledger entry that it tells of.
    pub seq: u64,
    /// Whose card it belongs to.
    pub card: &'a CardKey,
    /// Who is called.
    pub call: &'a [Call],
    /// How loud.
    pub channel: Channel,
    /// In which chat.
    pub chat: &'a str,
    /// In which words.
    pub words: &'a Words,
}

/// Where the adapters are. Built from the config; what it says of one may be unusable.
pub trait Adapters: Send + Sync {
    /// The target that a spec describes, or why there is none.
    ///
    /// # Errors
    /// A note for people when the spec cannot be used.
    fn target(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, Note>;

    /// The check that a spec describes, or why there is none.
    ///
    /// # Errors
    /// A note for people when the spec cannot be used.
    fn check(&self, spec: &CheckSpec) -> Result<Arc<dyn Check>, Note>;

    /// The chat of that name, if it is configured.
    fn chat(&self, name: &str) -> Option<Arc<dyn Chat>>;
}
