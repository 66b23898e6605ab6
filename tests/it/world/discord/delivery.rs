//! How an interaction reaches the bot: over the gateway, or by a signed request to its endpoint.
//! <https://discord.com/developers/docs/interactions/overview#preparing-for-interactions>

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use shipgate::clock::Span;

use super::envelope::Envelope;
use super::reply::Reply;
use super::server::Incoming;
use super::state::State;
use super::{FakeDiscord, hex, judge, routes, signing_key};

impl FakeDiscord {
    /// From now on interactions are posted there, signed with the fake's key.
    pub(crate) fn endpoint(&self, url: &str) {
        self.endpoint_signed_by(url, signing_key());
    }

    /// The same, signed with another key.
    pub(crate) fn endpoint_signed_by(&self, url: &str, key: SigningKey) {
        self.lock().endpoint = Some((url.to_owned(), key));
    }

    /// The headers that a signed body comes with: `X-Signature-Ed25519` and `X-Signature-Timestamp`.
    pub(crate) fn signs(&self, body: &[u8]) -> (String, String) {
        let timestamp = (self.lock().now().0 / 1_000).to_string();
        (self.signs_as_of(body, &timestamp), timestamp)
    }

    /// The signature over a body and what stands for a time.
    pub(crate) fn signs_as_of(&self, body: &[u8], timestamp: &str) -> String {
        let key = self.lock().endpoint.as_ref().map_or_else(signing_key, |(_, key)| key.clone());
        hex(&key.sign(&[timestamp.as_bytes(), body].concat()).to_bytes())
    }

    /// From now on interactions are on their way for so long.
    pub(crate) fn delivers_late(&self, by: Span) {
        self.lock().late = by;
    }

    /// From now on Discord's clock, by which it numbers interactions, is behind ours.
    pub(crate) fn is_behind(&self, by: Span) {
        self.lock().behind = by;
    }

    /// The body of the last interaction that was posted.
    pub(crate) fn last_posted(&self) -> Option<Value> {
        self.lock().posted.clone()
    }

    /// What the endpoint says when Discord asks whether it is there.
    pub(crate) async fn pings_endpoint(&self) -> (u16, Option<Value>) {
        let id = self.lock().id();
        let ping = json!({"id": id.to_string(), "application_id": super::BOT.to_string(), "type": 1, "token": "t", "version": 1});
        let (status, body) = self.posts(&ping).await.expect("an endpoint that answers");
        (status, body)
    }

    /// Remembers an interaction and sends it on its way.
    pub(super) fn asks(&self, envelope: &Envelope, words: String) -> u64 {
        let mut state = self.lock();
        let (interaction, wire) = envelope.seal(&mut state, words);
        let id = interaction.id;
        state.interactions.insert(id, interaction);
        if state.endpoint.is_none() && state.late.0 == 0 {
            state.sessions.dispatch("INTERACTION_CREATE", &wire);
        } else {
            let (fake, clock, then) = (self.clone(), state.clock.clone(), state.now().plus(state.late));
            tokio::spawn(async move {
                clock.alarm(then).await;
                if fake.lock().endpoint.is_some() {
                    fake.delivers(id, &wire).await;
                } else {
                    fake.lock().sessions.dispatch("INTERACTION_CREATE", &wire);
                }
            });
        }
        drop(state);
        self.ring();
        id
    }

    /// Takes the answer as Discord does: inline, or 202 and the answer comes by REST.
    async fn delivers(&self, id: u64, wire: &Value) {
        let answer = self.posts(wire).await;
        let mut state = self.lock();
        let outcome = match answer {
            Ok((202, None)) => {
                state.interactions.get_mut(&id).expect("an interaction").taken = true;
                Ok(())
            }
            Ok((202, Some(body))) => Err(format!("202 with a body: {body}")),
            Ok((200, Some(body))) => inline(&mut state, id, &body).map_err(|reply| told(&mut state, &reply)),
            Ok((status, body)) => Err(format!("{status} {body:?}")),
            Err(why) => Err(why),
        };
        if let Err(why) = outcome {
            let interaction = state.interactions.get_mut(&id).expect("an interaction");
            interaction.failed = Some(why);
        }
        drop(state);
        self.ring();
    }

    async fn posts(&self, wire: &Value) -> Result<(u16, Option<Value>), String> {
        let body = wire.to_string();
        self.lock().posted = Some(wire.clone());
        let (signature, timestamp) = self.signs(body.as_bytes());
        let url = self.lock().endpoint.as_ref().expect("an endpoint").0.clone();
        let request = self.0.http.post(url).header("content-type", "application/json").body(body);
        let request = request.header("X-Signature-Ed25519", signature).header("X-Signature-Timestamp", timestamp);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
        Ok((status, serde_json::from_slice(&bytes).ok()))
    }
}

/// An answer that came at once is judged as one that comes by REST.
fn inline(state: &mut State, id: u64, body: &Value) -> Result<(), Reply> {
    let path = format!("/interactions/{id}/{}/callback", state.interactions[&id].token);
    let (body, method) = (Some(body.clone()), "POST".to_owned());
    let request = Incoming { method, path, query: String::new(), body, files: Vec::new(), bot: true };
    let problems = judge::request(&request);
    if !problems.is_empty() {
        return Err(Reply::invalid(&problems));
    }
    routes::acknowledge(state, id, request.body.as_ref().unwrap_or(&Value::Null), &[])
}

/// A refusal of an inline answer. The sender never hears of it, so a broken rule is kept here.
fn told(state: &mut State, reply: &Reply) -> String {
    state.violations.extend(reply.violations.iter().map(|violation| format!("inline answer: {violation}")));
    format!("the inline answer was refused: {:?}", reply.body)
}
