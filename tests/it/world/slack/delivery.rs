//! How what people do reaches an app: over one of its connections, or as a signed request.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::asked::{Ask, Asked};
use super::payload::Kind;
use super::state::State;
use super::{FakeSlack, SECRET, judge};

/// The signature over a body. <https://docs.slack.dev/authentication/verifying-requests-from-slack>
pub(crate) fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={digits}")
}

/// The body in which something is posted, and its type.
pub(super) fn body(kind: Kind, payload: &Value) -> (String, &'static str) {
    let mut form = form_urlencoded::Serializer::new(String::new());
    match kind {
        Kind::Mention | Kind::Event => return (payload.to_string(), "application/json"),
        Kind::Command => {
            for (key, value) in payload.as_object().into_iter().flatten() {
                form.append_pair(key, value.as_str().unwrap_or_default());
            }
        }
        Kind::Press | Kind::Submission => {
            form.append_pair("payload", &payload.to_string());
        }
    }
    (form.finish(), "application/x-www-form-urlencoded")
}

impl FakeSlack {
    /// Remembers what somebody does and sends it on its way.
    pub(super) fn asks(&self, mut ask: Ask, payload: impl FnOnce(&State, &Ask) -> Value) -> Asked {
        let mut state = self.lock();
        ask.payload = payload(&state, &ask);
        if let Some(sample) = ask.kind.sample() {
            let wrong = judge::payload(sample, &ask.payload);
            wrong.into_iter().for_each(|rule| state.breaks(format!("the fake is wrong: {sample}: {rule}")));
        }
        let id = ask.id;
        state.asks.insert(id, ask);
        let over_http = state.endpoint.is_some();
        drop(state);
        let asked = Asked { fake: self.clone(), id };
        if over_http {
            let (fake, asked) = (self.clone(), asked.clone());
            tokio::spawn(async move { fake.posts(&asked, &[]).await });
        } else {
            self.tells(&asked, 0);
        }
        self.ring();
        asked
    }

    /// Sends it once more over a connection, as Slack does with events that are not acknowledged.
    pub(crate) fn tells(&self, asked: &Asked, attempt: u64) {
        let mut state = self.lock();
        let number = state.number();
        let ask = state.asks.get_mut(&asked.id).expect("an ask");
        let envelope = format!("envelope{number}");
        // What comes again because nobody acknowledged it is acknowledged for both.
        let again = if attempt > 0 { ask.acked.is_some() } else { !ask.envelopes.is_empty() };
        ask.repeats += usize::from(again);
        ask.envelopes.push(envelope.clone());
        let mut told = json!({
            "envelope_id": envelope, "type": ask.kind.envelope(), "payload": ask.payload,
            "accepts_response_payload": matches!(ask.kind, Kind::Command | Kind::Submission),
        });
        if attempt > 0 {
            told["retry_attempt"] = json!(attempt);
            told["retry_reason"] = json!("timeout");
        }
        if !state.sockets.tell(told) {
            state.asks.get_mut(&asked.id).expect("an ask").failed = Some("dispatch_failed".to_owned());
        }
        drop(state);
        self.ring();
    }

    /// Posts it, and takes the answer as Slack does; the status, if there is any.
    pub(crate) async fn posts(&self, asked: &Asked, headers: &[(&str, &str)]) -> Option<u16> {
        let (kind, payload) = asked.look(|ask| (ask.kind, ask.payload.clone()));
        let (body, content_type) = body(kind, &payload);
        let answer = self.posts_body(kind.path(), &body, content_type, headers).await;
        let mut state = self.lock();
        let failed = match &answer {
            // What came before was acknowledged then.
            Ok((200, _)) if state.asks[&asked.id].acked.is_some() => None,
            Ok((200, text)) if text.is_empty() => {
                state.acknowledges(asked.id, None);
                None
            }
            Ok((200, text)) => match serde_json::from_str(text) {
                Ok(payload) => {
                    state.acknowledges(asked.id, Some(payload));
                    None
                }
                Err(_) => Some(format!("no JSON: {text}")),
            },
            Ok((status, text)) => Some(format!("{status} {text}")),
            Err(why) => Some(why.clone()),
        };
        let ask = state.asks.get_mut(&asked.id).expect("an ask");
        // A repeat that is refused takes nothing back.
        if ask.acked.is_none() {
            ask.failed = failed;
        }
        drop(state);
        self.ring();
        answer.ok().map(|(status, _)| status)
    }

    /// Posts a signed body to the app's address; the status and what is said.
    pub(crate) async fn posts_body(
        &self,
        path: &str,
        body: &str,
        content_type: &str,
        headers: &[(&str, &str)],
    ) -> Result<(u16, String), String> {
        let (url, timestamp) = {
            let state = self.lock();
            (state.endpoint.clone().expect("an address"), (state.now().0 / 1_000).to_string())
        };
        let mut request = self.0.http.post(format!("{url}/{path}")).header("content-type", content_type);
        request = request.header("X-Slack-Request-Timestamp", &timestamp);
        request = request.header("X-Slack-Signature", sign(SECRET, &timestamp, body.as_bytes()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body.to_owned()).send().await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await.map_err(|error| error.to_string())?))
    }
}
