//! Whom an answer is for, and how it gets there: privately, at the address that came with what they did, else beside it.

use serde_json::{Value, json};

use super::api::Failure;
use super::desk::Desk;
use super::forms::{self, Place};
use super::incoming::Incoming;
use super::render;
use crate::card::Card;
use crate::domain::Span;
use crate::words::Words;

/// How often an answer is tried, and how far apart.
const TRIES: u32 = 3;
const PAUSE: Span = Span(500);

/// How long answering a person may take in all, and once the program is told to stop.
const ANSWERING: Span = Span::seconds(30);
const STOPPING: Span = Span::seconds(2);

/// Whom an answer is for, and where it goes.
pub(super) struct Whom {
    pub(super) user: String,
    pub(super) place: Place,
}

impl Whom {
    /// Whoever did something; none where nobody is to be answered, or nobody can be.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        let (user, place) = match incoming {
            Incoming::Command(typed) => (&typed.user_id, Place::new(&typed.channel_id, None, &typed.response_url)),
            Incoming::Press(press) => {
                let message = &press.container;
                let thread = message.thread_ts.clone().filter(|thread| *thread != message.message_ts);
                (&press.user.id, Place::new(&press.channel.id, thread, &press.response_url))
            }
            Incoming::Submission(sent) => (&sent.user.id, forms::place(&sent.view.private_metadata)?),
            Incoming::Mention(mention) => (&mention.user, Place::new(&mention.channel, mention.thread.clone(), "")),
            Incoming::Group(_) | Incoming::Other(_) => return None,
        };
        Some(Self { user: user.clone(), place })
    }
}

/// A page that answers, for one person alone.
pub(super) fn answer(card: &Card, words: &Words) -> Value {
    let painted = render::paint(card, words);
    json!({ "response_type": "ephemeral", "text": painted.text, "blocks": painted.blocks })
}

impl Desk {
    /// Answers a person privately. That has its time, and less of it when the program is to stop.
    pub(super) async fn answers(&self, whom: &Whom, said: Value) {
        let clock = &*self.clock;
        let hurry = async {
            self.stopping.cancelled().await;
            clock.alarm(clock.now().plus(STOPPING)).await;
        };
        let is_answered = tokio::select! {
            biased;
            is_answered = self.is_answered(whom, said) => is_answered,
            () = hurry => false,
            () = clock.alarm(clock.now().plus(ANSWERING)) => false,
        };
        if !is_answered {
            tracing::warn!(user = whom.user, channel = whom.place.channel, "a person was not answered");
        }
    }

    /// Answers at the address that came with it, else beside what they did; whether that was taken.
    async fn is_answered(&self, whom: &Whom, mut said: Value) -> bool {
        if let Some(url) = &whom.place.address {
            said["replace_original"] = json!(false);
            if self.insists(|| self.workspace.api.respond(url, &said)).await {
                return true;
            }
        }
        let mut message = json!({
            "channel": whom.place.channel, "user": whom.user, "text": said["text"], "blocks": said["blocks"],
        });
        if let Some(thread) = &whom.place.thread {
            message["thread_ts"] = json!(thread);
        }
        let post = || async { self.workspace.api.post("chat.postEphemeral", &message).await.map(|_| ()) };
        self.insists(post).await
    }

    /// Tries a call a few times where that may help; whether it was done.
    async fn insists<F: Future<Output = Result<(), Failure>>>(&self, call: impl Fn() -> F) -> bool {
        for attempt in 1..=TRIES {
            let wait = match call().await {
                Ok(()) => return true,
                Err(Failure::Limited(after)) => after,
                Err(Failure::Unreached(_) | Failure::Status(500..)) => PAUSE,
                Err(failure) => {
                    tracing::info!(?failure, "an answer is not taken");
                    return false;
                }
            };
            if attempt < TRIES {
                self.clock.alarm(self.clock.now().plus(wait)).await;
            }
        }
        false
    }
}
