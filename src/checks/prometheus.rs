//! The Prometheus check: asks a Prometheus, or what speaks as one, for one number.
//!
//! What it measures is the app; that it does not answer, or has nothing to answer with, says nothing about a release.
//! So a fail is a number beyond the check's bound and nothing else: everything without a number is unknown. A check
//! without a bound gives its number, and passes: the rule that asks has the bound.
//!
//! Where it is asked is in the check, or in the variables. The token of the variables goes to the address of the
//! variables alone: whoever may write the config could otherwise send it anywhere. Redirects are not followed.
//!
//! Not here: how often it is asked, and what its answer leads to.

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::web::{self, Silence, public};
use super::{Answer, Bound, Check, Deps, Measure};
use crate::clock::{self, SharedClock};
use crate::domain::{CheckSpec, Note, Span, Verdict};
use crate::text::cut;

/// As much of an answer as is read. One number takes a hundredth of it.
const LONGEST_BODY: usize = 64 * 1024;
/// As much of a query, and of a message, as is shown.
const SHOWN: usize = 120;
/// Shorter parts of a token are no secrets, and taking them out of texts would spoil the texts.
const SHORTEST_SECRET: usize = 8;

/// What the config says of a Prometheus check. It is part of a frozen plan, so it stays readable for later versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// What is asked, in PromQL.
    pub query: String,
    /// Where, without the path of the API; none where the variables say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A number above this is a fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// A number below this is a fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// How long it is waited, in milliseconds.
    #[serde(default = "Settings::default_timeout")]
    pub timeout: Span,
}

/// Where the Prometheus of the variables is, and what opens it.
#[derive(Clone, Debug)]
pub struct Access {
    /// Without the path of the API.
    pub url: String,
    /// What is shown there, if anything: a token, or the whole of the header where it names its scheme.
    pub token: Option<SecretString>,
}

impl Settings {
    /// How long it is waited when the config does not say.
    pub const TIMEOUT: Span = Span::seconds(10);

    /// As the core carries it.
    #[must_use]
    pub fn spec(&self) -> CheckSpec {
        CheckSpec { kind: "prometheus".to_owned(), settings: serde_json::to_value(self).unwrap_or_default() }
    }

    fn bound(&self) -> Option<Bound> {
        let above = self.above.map(|value| Bound { value, above: true });
        above.or_else(|| self.below.map(|value| Bound { value, above: false }))
    }

    const fn default_timeout() -> Span {
        Self::TIMEOUT
    }
}

/// Whether it is asked where the variables say.
#[must_use]
pub fn needs_an_address(spec: &CheckSpec) -> bool {
    spec.kind == "prometheus" && spec.settings.get("url").is_none()
}

/// What its number is.
pub(super) fn measure(spec: &CheckSpec) -> Measure {
    let settings = Settings::deserialize(&spec.settings).ok();
    Measure { in_seconds: false, bad: settings.and_then(|settings| settings.bound()) }
}

/// A Prometheus check, ready to ask.
#[derive(Debug)]
pub struct Prometheus {
    url: Url,
    shown: String,
    settings: Settings,
    token: Option<SecretString>,
    clock: SharedClock,
    client: Client,
}

/// No number.
struct Without {
    note: Note,
    mend: Option<Note>,
}

impl Prometheus {
    /// Reads the settings.
    ///
    /// # Errors
    /// When they make no sense to this version, or nothing says where to ask.
    pub fn new(spec: &CheckSpec, deps: &Deps) -> Result<Self, Note> {
        let unreadable = |reason: &dyn ToString| {
            Note::new("check-prometheus-settings").with("reason", cut(&reason.to_string(), SHOWN))
        };
        let settings: Settings = serde_json::from_value(spec.settings.clone()).map_err(|error| unreadable(&error))?;
        let (base, token) = match (&settings.url, &deps.prometheus) {
            (Some(url), _) => (url, None),
            (None, Some(access)) => (&access.url, access.token.clone()),
            (None, None) => return Err(Note::new("check-prometheus-no-address")),
        };
        let mut url = Url::parse(base).map_err(|error| unreadable(&error))?;
        match url.path_segments_mut() {
            Ok(mut path) => drop(path.pop_if_empty().extend(["api", "v1", "query"])),
            Err(()) => return Err(unreadable(&"the url has no host")),
        }
        url.query_pairs_mut().clear().append_pair("query", &settings.query);
        Ok(Self { shown: public(&url), url, settings, token, clock: deps.clock.clone(), client: deps.http.clone() })
    }

    async fn try_ask(&self) -> Result<f64, Without> {
        let limit = self.settings.timeout;
        let answered = clock::timeout(self.clock.as_ref(), limit, self.exchange()).await;
        let (status, body) = answered.unwrap_or_else(|| Err(self.too_late()))?;
        let said: Option<Value> = body.as_deref().and_then(|body| serde_json::from_slice(body).ok());
        match (&said, said.as_ref().and_then(|said| said["status"].as_str())) {
            _ if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => Err(self.shut(status)),
            (Some(said), Some("error")) => Err(self.refused(status, said)),
            _ if !status.is_success() => {
                let key = if status.is_redirection() { "check-prometheus-redirect" } else { "check-prometheus-status" };
                Err(wrong(self.at(key).with("status", status.as_u16())))
            }
            (Some(said), Some("success")) => self.number(&said["data"]),
            _ if body.is_none() => {
                Err(wrong(self.about("check-prometheus-too-large").with("limit", LONGEST_BODY / 1024)))
            }
            _ => Err(self.nonsense()),
        }
    }

    /// The status, and what was sent; nothing where that was too much.
    async fn exchange(&self) -> Result<(StatusCode, Option<Vec<u8>>), Without> {
        let mut request = self.client.get(self.url.clone());
        if let Some(header) = self.token.as_ref().and_then(authorization) {
            request = request.header(AUTHORIZATION, header);
        }
        let response = request.send().await.map_err(|error| self.unanswered(&error))?;
        let status = response.status();
        let body = web::read(response, LONGEST_BODY).await.map_err(|error| self.unanswered(&error))?;
        Ok((status, body))
    }

    /// The one number in the data of an answer.
    fn number(&self, data: &Value) -> Result<f64, Without> {
        let result = &data["result"];
        let sample = match (data["resultType"].as_str(), result.as_array().map(Vec::as_slice)) {
            (Some("scalar"), _) => result,
            (Some("vector"), Some([])) => return Err(without(self.about("check-prometheus-nothing"))),
            (Some("vector"), Some([one])) if one.get("value").is_some() => &one["value"],
            (Some("vector"), Some([_])) => return Err(self.no_number("histogram")),
            (Some("vector"), Some(several)) => {
                return Err(wrong(self.about("check-prometheus-several").with("n", several.len())));
            }
            (Some(other), _) => return Err(self.no_number(other)),
            (None, _) => return Err(self.nonsense()),
        };
        match sample[1].as_str().and_then(|text| text.parse::<f64>().ok()) {
            Some(number) if number.is_nan() => Err(without(self.about("check-prometheus-nan"))),
            Some(number) if number.is_infinite() => Err(without(self.about("check-prometheus-infinite"))),
            Some(number) => Ok(number),
            None => Err(self.nonsense()),
        }
    }

    fn judge(&self, number: f64) -> Answer {
        let note = |key: &str| self.about(key).with("value_number", number);
        let (verdict, note) = match self.settings.bound() {
            Some(Bound { value, above: true }) if number > value => {
                (Verdict::Fail, note("check-prometheus-above").with("bound_number", value))
            }
            Some(Bound { value, above: false }) if number < value => {
                (Verdict::Fail, note("check-prometheus-below").with("bound_number", value))
            }
            _ => (Verdict::Pass, note("check-prometheus-ok")),
        };
        Answer { verdict, value: Some(number), note, mend: None }
    }

    fn unanswered(&self, error: &reqwest::Error) -> Without {
        wrong(match web::silence(error) {
            Silence::TooLate => return self.too_late(),
            Silence::NoName => self.at("check-prometheus-no-name"),
            Silence::NoNetwork => self.at("check-prometheus-no-network"),
            Silence::Refused => self.at("check-prometheus-nobody"),
            Silence::Broken(reason) => self.at("check-prometheus-broken").with("reason", cut(&reason, SHOWN)),
        })
    }

    fn too_late(&self) -> Without {
        wrong(self.at("check-prometheus-timeout").with("limit", self.settings.timeout.0))
    }

    /// It does not let us in.
    fn shut(&self, status: StatusCode) -> Without {
        let key = match (&self.token, &self.settings.url) {
            (Some(_), _) => "check-prometheus-token",
            (None, None) => "check-prometheus-no-token",
            (None, Some(_)) => "check-prometheus-never-token",
        };
        wrong(self.at(key).with("status", status.as_u16()))
    }

    /// It says why it does not answer.
    fn refused(&self, status: StatusCode, said: &Value) -> Without {
        let message = self.without_secrets(said["error"].as_str().unwrap_or_default());
        wrong(self.about("check-prometheus-said").with("status", status.as_u16()).with("message", cut(&message, SHOWN)))
    }

    fn no_number(&self, kind: &str) -> Without {
        wrong(self.about("check-prometheus-no-number").with("kind", cut(kind, 20)))
    }

    fn nonsense(&self) -> Without {
        wrong(self.at("check-prometheus-nonsense"))
    }

    /// A text of the far end, which may have repeated what it was sent.
    fn without_secrets(&self, text: &str) -> String {
        let token = self.token.as_ref().map_or("", SecretString::expose_secret);
        let parts = token.split_whitespace().filter(|part| part.len() >= SHORTEST_SECRET);
        parts.fold(text.to_owned(), |text, part| text.replace(part, "…"))
    }

    /// A note about the address.
    fn at(&self, key: &str) -> Note {
        Note::new(key).with("url", &self.shown)
    }

    /// A note about the query.
    fn about(&self, key: &str) -> Note {
        Note::new(key).with("query", cut(&self.settings.query, SHOWN))
    }
}

#[async_trait]
impl Check for Prometheus {
    async fn ask(&self) -> Answer {
        match self.try_ask().await {
            Ok(number) => self.judge(number),
            Err(Without { note, mend }) => Answer { verdict: Verdict::Unknown, value: None, note, mend },
        }
    }
}

/// Nothing is wrong: there is no number now.
const fn without(note: Note) -> Without {
    Without { note, mend: None }
}

/// There is no number because of something that people can mend: the words of the key with `-next`.
fn wrong(note: Note) -> Without {
    let mend = Note { key: format!("{}-next", note.key), args: note.args.clone() };
    Without { note, mend: Some(mend) }
}

/// The header for a token as people paste it: with its scheme, or a bearer's.
fn authorization(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    let whole = if token.contains(' ') { token.to_owned() } else { format!("Bearer {token}") };
    let mut header = HeaderValue::from_str(&whole).ok()?;
    header.set_sensitive(true);
    Some(header)
}
