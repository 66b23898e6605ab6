//! The client of Slack's Web API, and what its errors mean for us. <https://docs.slack.dev/apis/web-api/>
//!
//! Slack answers 200 with `ok` for a yes and `error`, a word, for a no; 429 with `Retry-After` in seconds for too fast.
//! Reading methods take a query, writing ones JSON. Every call has a limit of its own: nothing here waits for ever.
//! Addresses that Slack hands out (of a connection, of an answer) hold secrets and are never logged.

use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{StatusCode, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::chat::{Again, ChatTrouble};
use crate::clock::{self, SharedClock};
use crate::domain::{Note, Span};
use crate::text::cut;

/// How long a call may take.
const CALL: Span = Span::seconds(10);

/// How long Slack is left alone when it says too fast, and not for how long; and the longest that is believed.
const TOO_FAST: Span = Span::seconds(30);
const LONGEST_WAIT: Span = Span::minutes(10);

/// The largest answer that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The token does not open anything any more.
pub(super) const NO_ENTRY: [&str; 7] = [
    "not_authed",
    "invalid_auth",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "user_removed_from_team",
    "team_disabled",
];

/// The bot may not, until people change something.
const NOT_ALLOWED: [&str; 7] = [
    "missing_scope",
    "no_permission",
    "access_denied",
    "ekm_access_denied",
    "restricted_action",
    "not_allowed_token_type",
    "team_access_not_granted",
];

/// The channel is not there for the bot.
const NO_CHANNEL: [&str; 5] =
    ["channel_not_found", "not_in_channel", "is_archived", "channel_is_archived", "channel_type_not_supported"];

/// What we sent is wrong, and will be the next time too.
const WRONG: [&str; 12] = [
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "msg_blocks_too_long",
    "no_text",
    "invalid_arguments",
    "invalid_arg_name",
    "invalid_array_arg",
    "invalid_json",
    "json_not_object",
    "unknown_method",
    "metadata_too_large",
];

/// The client.
pub(super) struct Api {
    http: reqwest::Client,
    url: String,
    token: SecretString,
    clock: SharedClock,
}

/// What Slack says of the bot.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    /// The answer of `auth.test`.
    pub(super) answer: Value,
    /// The scopes of the token, where Slack names them.
    pub(super) scopes: Option<Vec<String>>,
}

/// An answer over HTTP.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A call that did not bring what it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There was no answer, and why.
    Unreached(&'static str),
    /// Too fast; again after that.
    Limited(Span),
    /// A status that is none of Slack's.
    Status(u16),
    /// Slack's word for why not, and the scope that it needs, if it says so.
    Said(String, Option<String>),
}

impl Api {
    /// A client for the methods below an address, with the bot's token.
    ///
    /// # Errors
    /// No client can be made.
    pub(super) fn new(url: &str, token: SecretString, clock: SharedClock) -> Result<Self, Note> {
        let http = reqwest::Client::builder()
            .user_agent(concat!("shipgate/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .http1_only()
            .connect_timeout(Duration::from_secs(5));
        // Without TLS nobody's certificate is judged, and reading all the roots takes its time.
        let is_plain = url.starts_with("http://");
        let http = if is_plain { http.no_proxy().tls_certs_only([]) } else { http };
        let http = http.build().map_err(|error| Note::new("start-client").with("reason", error))?;
        Ok(Self { http, url: url.to_owned(), token, clock })
    }

    /// The HTTP client, for what is no call of a method: a connection.
    pub(super) const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Calls a method that writes.
    pub(super) async fn post(&self, method: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.http.post(self.method(method)).bearer_auth(self.token.expose_secret()).json(body);
        Ok(self.answered(method, request).await?.0)
    }

    /// Calls a method that reads.
    pub(super) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let request = self.http.get(self.method(method)).bearer_auth(self.token.expose_secret()).query(query);
        Ok(self.answered(method, request).await?.0)
    }

    /// Who the bot is, and what its token is good for. <https://docs.slack.dev/reference/methods/auth.test>
    pub(super) async fn granted(&self) -> Result<Granted, Failure> {
        let request = self.http.get(self.method("auth.test")).bearer_auth(self.token.expose_secret());
        let (answer, headers) = self.answered("auth.test", request).await?;
        let scopes = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok());
        let scopes = scopes.map(|scopes| scopes.split(',').map(|scope| scope.trim().to_owned()).collect());
        Ok(Granted { answer, scopes })
    }

    /// Asks for a connection of Socket Mode, with the app's own token; its address is good for one use.
    pub(super) async fn open_connection(&self, app_token: &SecretString) -> Result<Url, Failure> {
        let request = self.http.post(self.method("apps.connections.open")).bearer_auth(app_token.expose_secret());
        let (answer, _) = self.answered("apps.connections.open", request).await?;
        let url = answer["url"].as_str().and_then(|url| Url::parse(url).ok());
        url.ok_or(Failure::Unreached("an answer without an address"))
    }

    /// Answers at the address that came with what a person did: five times within 30 minutes.
    /// <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>
    pub(super) async fn respond(&self, response_url: &str, body: &Value) -> Result<(), Failure> {
        let url = Url::parse(response_url).map_err(|_| Failure::Unreached("an address that is none"))?;
        let Answer { status, body, .. } = self.exchange(self.http.post(url).json(body)).await?;
        // A yes is a word or JSON.
        let said = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        match said["error"].as_str() {
            Some(word) if said["ok"] == false => Err(Failure::Said(cut(word, 80), None)),
            _ if (200..300).contains(&status) => Ok(()),
            _ => Err(Failure::Status(status)),
        }
    }

    /// Brings a file to the address that Slack gave for it, which needs no token: whoever has it may write there.
    /// <https://docs.slack.dev/messaging/working-with-files#upload>
    pub(super) async fn upload(&self, address: &str, bytes: &[u8]) -> Result<(), Failure> {
        let own = Url::parse(&self.url).ok();
        let url = Url::parse(address).map_err(|_| Failure::Unreached("an address that is none"))?;
        // A stand-in has no certificate; but then that is where it is.
        let is_own = own.is_some_and(|own| own.scheme() == "http" && own.host() == url.host());
        if url.scheme() != "https" && !is_own {
            return Err(Failure::Unreached("an address that anybody could read along"));
        }
        let request = self.http.post(url).header(header::CONTENT_TYPE, "application/octet-stream");
        match self.exchange(request.body(bytes.to_vec())).await?.status {
            200..300 => Ok(()),
            status => Err(Failure::Status(status)),
        }
    }

    fn method(&self, method: &str) -> String {
        format!("{}/{method}", self.url)
    }

    async fn answered(&self, method: &str, request: reqwest::RequestBuilder) -> Result<(Value, HeaderMap), Failure> {
        let Answer { status, headers, body } = self.exchange(request).await?;
        let Ok(answer) = serde_json::from_slice::<Value>(&body) else { return Err(Failure::Status(status)) };
        match (answer["ok"].as_bool(), answer["error"].as_str()) {
            (Some(true), _) => Ok((answer, headers)),
            (_, Some("ratelimited" | "rate_limited")) => Err(Failure::Limited(TOO_FAST)),
            (_, Some(word)) => {
                tracing::debug!(method, word, "Slack says no");
                Err(Failure::Said(cut(word, 80), answer["needed"].as_str().map(|needed| cut(needed, 120))))
            }
            _ => Err(Failure::Status(status)),
        }
    }

    async fn exchange(&self, request: reqwest::RequestBuilder) -> Result<Answer, Failure> {
        let broken = |error: reqwest::Error| Failure::Unreached(unreached(&error));
        let exchange = async {
            let mut response = request.send().await.map_err(broken)?;
            if response.status() == StatusCode::TOO_MANY_REQUESTS {
                return Err(Failure::Limited(asked_to_wait(&response)));
            }
            let status = response.status().as_u16();
            let (headers, mut body) = (std::mem::take(response.headers_mut()), Vec::new());
            while let Some(piece) = response.chunk().await.map_err(broken)? {
                if body.len() + piece.len() > LARGEST {
                    return Err(Failure::Unreached("an answer without an end"));
                }
                body.extend_from_slice(&piece);
            }
            Ok(Answer { status, headers, body })
        };
        let done = clock::timeout(&*self.clock, CALL, exchange).await;
        done.unwrap_or(Err(Failure::Unreached("no answer in time")))
    }
}

impl Failure {
    /// Slack's word, if it said one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Said(word, _) => Some(word),
            _ => None,
        }
    }

    /// Whether it stays so until people change something: what can be said elsewhere is said elsewhere.
    pub(super) fn is_closed(&self) -> bool {
        let is = |word: &str| NOT_ALLOWED.contains(&word) || NO_CHANNEL.contains(&word);
        self.word().is_some_and(|word| is(word) || word == "thread_not_found" || word == "cannot_reply_to_message")
    }

    /// What it means for a card or a message: everything but a mistake of our own is tried again.
    pub(super) fn trouble(&self) -> ChatTrouble {
        let later = |note: Note, again| ChatTrouble { note, again };
        match self {
            Self::Unreached(why) => later(Note::new("slack-unreachable").with("reason", why), Again::Soon),
            Self::Limited(after) => later(Note::new("slack-too-fast"), Again::After(*after)),
            Self::Status(status) => later(Note::new("slack-down").with("status", status), Again::Soon),
            Self::Said(word, needed) => {
                let said = needed.as_ref().map_or_else(|| word.clone(), |needed| format!("{word}: {needed}"));
                self.said(word, said)
            }
        }
    }

    fn said(&self, word: &str, said: String) -> ChatTrouble {
        let mended = |key: &str| ChatTrouble { note: Note::new(key).with("said", &said), again: Again::OnceMended };
        match word {
            _ if NO_ENTRY.contains(&word) => {
                tracing::warn!(word, "Slack refuses SLACK_BOT_TOKEN; install the app again and put the new one there");
                mended("slack-token-refused")
            }
            _ if NOT_ALLOWED.contains(&word) => {
                tracing::warn!(said, "the bot may not do this; give the app what it needs and install it again");
                mended("slack-not-permitted")
            }
            _ if NO_CHANNEL.contains(&word) => {
                tracing::warn!(said, "the bot cannot write there; look at [slack] in the config, or invite it");
                mended("slack-no-channel")
            }
            _ if WRONG.contains(&word) => {
                tracing::error!(said, "Slack refuses what we send");
                ChatTrouble { note: Note::new("slack-refused").with("said", said), again: Again::Never }
            }
            "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
                ChatTrouble { note: Note::new("slack-refused").with("said", said), again: Again::Soon }
            }
            _ => {
                tracing::warn!(said, "Slack does not take this now");
                mended("slack-refused")
            }
        }
    }
}

/// <https://docs.slack.dev/apis/web-api/rate-limits>
fn asked_to_wait(response: &reqwest::Response) -> Span {
    let asked = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    asked.map_or(TOO_FAST, |seconds| Span(seconds.saturating_mul(1_000)).clamp(Span::seconds(1), LONGEST_WAIT))
}

/// Why there was no answer, without the address.
pub(super) fn unreached(error: &reqwest::Error) -> &'static str {
    match error {
        _ if error.is_timeout() => "no answer in time",
        _ if error.is_connect() => "no connection",
        _ => "the connection broke",
    }
}
