//! The interactions endpoint: signed requests instead of a connection, so that Shipgate can sleep and be woken by a
//! click.
//!
//! A PING is answered in the reply itself; for everything else the reply is "taken", and the answer goes the way it
//! goes with a connection. Discord sends deliberately bad signatures and takes the address away from who accepts them:
//! <https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint>.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use serenity::all::{Interaction, InteractionId};
use serenity::interactions_endpoint::Verifier;
use tokio::sync::oneshot;

use super::desk::{Arrival, Desk, key};
use crate::chat::once::First;
use crate::chat::refused::Refused;
use crate::chat::{Reply, Request};
use crate::domain::{Moment, Note, Span};

/// How far a request's time may be from ours.
const WINDOW: Span = Span::minutes(5);

/// How long the reply waits to hear whether the interaction is a repeat. Discord wants it within 3 seconds, and the
/// answer to the person too.
const PROMPTLY: Span = Span(500);

/// How many completions are remembered.
const MOST: usize = 1_000;

/// The completions that came last. They do nothing, so nothing is written down of them, and a repeat is told apart in
/// memory alone; one that comes after a restart finds that Discord takes no second answer.
#[derive(Debug, Default)]
pub(super) struct Completions(Mutex<VecDeque<InteractionId>>);

impl Completions {
    fn is_first(&self, id: InteractionId) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = !known.contains(&id);
        if is_first {
            known.push_back(id);
            if known.len() > MOST {
                known.pop_front();
            }
        }
        is_first
    }
}

/// Reads the application's public key.
///
/// # Errors
/// It is not a key.
pub(super) fn verifier(hex: &str) -> Result<Verifier, Note> {
    let bad = || Note::new("config-not-public-key");
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = hex.get(2 * index..2 * index + 2).ok_or_else(bad)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
    }
    Verifier::try_new(key).map_err(|_| bad())
}

/// Takes a request: refused where it is not Discord's, not of now, or a repeat.
pub(super) async fn receive(verifier: &Verifier, desk: Arc<Desk>, refused: &Refused, request: &Request) -> Reply {
    let signature = request.header("x-signature-ed25519").unwrap_or_default();
    let timestamp = request.header("x-signature-timestamp").unwrap_or_default();
    // Discord writes it in one way only; what is written in another does not come from there.
    let is_odd = signature.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_odd || verifier.verify(signature, timestamp, &request.body).is_err() {
        return refused.reply(401, "the signature is not right");
    }
    let sent = timestamp.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000)).map(Moment);
    let now = desk.clock.now();
    if !sent.is_some_and(|sent| now.since(sent) <= WINDOW && sent.since(now) <= WINDOW) {
        return refused.reply(401, "the request is too old, or from the future");
    }
    let interaction = match serde_json::from_slice::<Interaction>(&request.body) {
        Ok(interaction) => interaction,
        Err(error) => {
            desk.metrics.undecoded("discord");
            tracing::error!(line = error.line(), column = error.column(), "an interaction cannot be read");
            return refused.reply(400, "the interaction cannot be read");
        }
    };
    match interaction {
        Interaction::Ping(_) => Reply { status: 200, body: r#"{"type":1}"#.to_owned() },
        // Somebody waits for it who types, so the database is not asked.
        Interaction::Autocomplete(ref typing) if !desk.completions.is_first(typing.id) => {
            refused.reply(409, "the interaction was taken already")
        }
        Interaction::Autocomplete(_) => {
            let (tasks, arrival) = (desk.tasks.clone(), desk.arrival(interaction.id()));
            tasks.spawn(async move { Box::pin(desk.take(interaction, arrival)).await });
            taken()
        }
        _ => take_once(desk, refused, interaction, now).await,
    }
}

/// Takes an interaction, unless it is a repeat.
async fn take_once(desk: Arc<Desk>, refused: &Refused, interaction: Interaction, now: Moment) -> Reply {
    let (says, hears) = oneshot::channel();
    let name = key(interaction.id());
    let service = desk.service.clone();
    let first = async move {
        let first = First::take(&service, "discord", Some(name)).await;
        // Nobody listens any more if it took long.
        let _ = says.send(first.as_ref().map(Option::is_some).map_err(|_| ()));
        first.ok().flatten()
    };
    let tasks = desk.tasks.clone();
    let clock = Arc::clone(&desk.clock);
    tasks.spawn(async move { Box::pin(desk.take(interaction, Arrival { at: now, first: first.boxed() })).await });
    match crate::clock::timeout(&*clock, PROMPTLY, hears).await {
        Some(Ok(Ok(false))) => refused.reply(409, "the interaction was taken already"),
        Some(Ok(Err(())) | Err(_)) => refused.reply(503, "the database does not answer"),
        Some(Ok(Ok(true))) | None => taken(),
    }
}

/// The answer goes its own way.
const fn taken() -> Reply {
    Reply { status: 202, body: String::new() }
}
