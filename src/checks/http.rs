//! The http check: asks an address, and looks at the status, the time it took, and one field of the JSON in it.
//!
//! What the app's own users would see is a fail: a wrong status, a refused connection, no answer in time. What lies on
//! our side of the line is unknown: a name that does not resolve, a network that is not there, an answer too large to
//! look into. A release must not be rolled back because Shipgate's own network is down.
//!
//! A redirect is an answer like any other and is not followed: it could lead anywhere, and where it leads says nothing
//! about the app that was asked. Each question opens its own connection, as a new user would.
//!
//! Not here: how often it is asked, and what its answer leads to.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Response, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::web::{self, Silence, public};
use super::{Answer, Bound, Check, Deps, Measure};
use crate::clock::{self, SharedClock};
use crate::domain::{CheckSpec, Moment, Note, Span, Verdict};
use crate::text::cut;

/// As much of an answer as is read.
const LONGEST_BODY: usize = 64 * 1024;
/// As much of an answer as is shown.
const SHOWN: usize = 80;

/// What the config says of an http check. It is part of a frozen plan, so it stays readable for later versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The whole address.
    pub url: String,
    /// How it is asked.
    #[serde(default)]
    pub method: Method,
    /// The status that counts as good.
    #[serde(default = "Settings::default_status")]
    pub status: u16,
    /// The time in which it must have answered to count as good, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_below: Option<Span>,
    /// What the answer must say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Field>,
    /// The time after which it counts as not answering, in milliseconds.
    #[serde(default = "Settings::default_timeout")]
    pub timeout: Span,
}

/// How an address is asked. A check changes nothing, so there are only these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// With an answer.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// The status only.
    #[serde(rename = "HEAD")]
    Head,
}

/// A field of a JSON answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Where it is: a JSON pointer, `/database/status`.
    pub field: String,
    /// What it must be; without this it must only be there. A number is the check's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
}

impl Settings {
    /// The status that counts as good when the config does not say.
    pub const STATUS: u16 = 200;
    /// How long it is waited when the config does not say.
    pub const TIMEOUT: Span = Span::seconds(10);

    /// As the core carries it.
    #[must_use]
    pub fn spec(&self) -> CheckSpec {
        CheckSpec { kind: "http".to_owned(), settings: serde_json::to_value(self).unwrap_or_default() }
    }

    const fn default_status() -> u16 {
        Self::STATUS
    }

    const fn default_timeout() -> Span {
        Self::TIMEOUT
    }
}

/// What its number is: the time that the answer took, unless a field of the answer is asked for.
pub(super) fn measure(spec: &CheckSpec) -> Measure {
    let settings = Settings::deserialize(&spec.settings).ok().filter(|settings| settings.json.is_none());
    settings.map_or_else(Measure::default, |settings| Measure {
        in_seconds: true,
        bad: settings.latency_below.map(|limit| Bound { value: seconds(limit), above: true }),
    })
}

/// An http check, ready to ask.
#[derive(Debug)]
pub struct Http {
    url: Url,
    shown: String,
    settings: Settings,
    clock: SharedClock,
    client: Client,
}

/// A no, or no answer that counts, with its evidence.
struct Bad {
    verdict: Verdict,
    value: Option<f64>,
    note: Note,
}

impl Http {
    /// Reads the settings.
    ///
    /// # Errors
    /// When they make no sense to this version.
    pub fn new(spec: &CheckSpec, deps: &Deps) -> Result<Self, Note> {
        let unreadable = |reason: &str| Note::new("check-http-settings").with("reason", cut(reason, SHOWN));
        let settings: Settings =
            serde_json::from_value(spec.settings.clone()).map_err(|error| unreadable(&error.to_string()))?;
        let url = Url::parse(&settings.url).map_err(|error| unreadable(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unreadable("the url is neither http nor https"));
        }
        Ok(Self { shown: public(&url), url, settings, clock: deps.clock.clone(), client: deps.http.clone() })
    }

    async fn try_ask(&self) -> Result<Answer, Bad> {
        let started = self.clock.now();
        let work = async {
            let response = self.send().await?;
            self.judge_status(&response)?;
            let body = self.read(response).await?;
            Ok((body, self.clock.now()))
        };
        match clock::timeout(self.clock.as_ref(), self.settings.timeout, work).await {
            Some(outcome) => {
                let (body, ended) = outcome?;
                self.judge(body.as_ref(), started, ended)
            }
            None => Err(self.fail(self.note("check-http-timeout").with("limit", self.settings.timeout.0))),
        }
    }

    async fn send(&self) -> Result<Response, Bad> {
        let method = match self.settings.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
        };
        self.client.request(method, self.url.clone()).send().await.map_err(|error| self.unanswered(&error))
    }

    fn judge_status(&self, response: &Response) -> Result<(), Bad> {
        let (got, expected) = (response.status().as_u16(), self.settings.status);
        if got == expected {
            return Ok(());
        }
        let key = if response.status().is_redirection() { "check-http-redirect" } else { "check-http-status" };
        Err(self.fail(self.note(key).with("status", got).with("expected", expected)))
    }

    /// The JSON, where a field of it is asked for. Otherwise what was sent is read as far as it is bounded.
    async fn read(&self, response: Response) -> Result<Option<Value>, Bad> {
        let body = web::read(response, LONGEST_BODY).await.map_err(|error| self.unanswered(&error))?;
        if self.settings.json.is_none() {
            return Ok(None);
        }
        let Some(body) = body else {
            let note = self.note("check-http-too-large").with("limit", LONGEST_BODY / 1024);
            return Err(Bad { verdict: Verdict::Unknown, value: None, note });
        };
        let shown = || cut(&String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]), SHOWN);
        serde_json::from_slice(&body)
            .map(Some)
            .map_err(|_| self.fail(self.note("check-http-no-json").with("got", shown())))
    }

    fn judge(&self, body: Option<&Value>, started: Moment, ended: Moment) -> Result<Answer, Bad> {
        let took = ended.since(started);
        let latency = Some(seconds(took));
        let value = match (&self.settings.json, body) {
            (Some(field), Some(body)) => self.judge_field(field, body)?.or(latency),
            _ => latency,
        };
        let note = |key| self.note(key).with("status", self.settings.status).with("ms", took.0);
        match self.settings.latency_below {
            Some(limit) if took >= limit => {
                Err(Bad { verdict: Verdict::Fail, value, note: note("check-http-slow").with("limit", limit.0) })
            }
            _ => Ok(Answer { verdict: Verdict::Pass, value, note: note("check-http-ok"), mend: None }),
        }
    }

    /// The field's number, where it is one.
    fn judge_field(&self, field: &Field, body: &Value) -> Result<Option<f64>, Bad> {
        let note = |key| self.note(key).with("field", cut(&field.field, SHOWN));
        let Some(got) = body.pointer(&field.field) else { return Err(self.fail(note("check-http-no-field"))) };
        let number = got.as_f64();
        match &field.is {
            Some(expected) if !same(expected, got) => {
                let note = note("check-http-field").with("expected", brief(expected)).with("got", brief(got));
                Err(Bad { verdict: Verdict::Fail, value: number, note })
            }
            _ => Ok(number),
        }
    }

    /// What it means that no answer came.
    fn unanswered(&self, error: &reqwest::Error) -> Bad {
        let limit = self.settings.timeout.0;
        match web::silence(error) {
            Silence::NoName => self.unknown("check-http-no-name"),
            Silence::NoNetwork => self.unknown("check-http-no-network"),
            Silence::Refused => self.fail(self.note("check-http-refused")),
            Silence::TooLate => self.fail(self.note("check-http-timeout").with("limit", limit)),
            Silence::Broken(reason) => self.fail(self.note("check-http-broken").with("reason", cut(&reason, SHOWN))),
        }
    }

    fn note(&self, key: &str) -> Note {
        Note::new(key).with("url", &self.shown)
    }

    const fn fail(&self, note: Note) -> Bad {
        Bad { verdict: Verdict::Fail, value: None, note }
    }

    fn unknown(&self, key: &str) -> Bad {
        Bad { verdict: Verdict::Unknown, value: None, note: self.note(key) }
    }
}

#[async_trait]
impl Check for Http {
    async fn ask(&self) -> Answer {
        let bad = |Bad { verdict, value, note }| Answer { verdict, value, note, mend: None };
        self.try_ask().await.unwrap_or_else(bad)
    }
}

/// Numbers are compared as numbers, so that `1` and `1.0` are the same.
fn same(expected: &Value, got: &Value) -> bool {
    expected == got || (expected.is_number() && expected.as_f64() == got.as_f64())
}

fn brief(value: &Value) -> String {
    cut(&value.as_str().map_or_else(|| value.to_string(), str::to_owned), SHOWN)
}

fn seconds(span: Span) -> f64 {
    Duration::from_millis(u64::try_from(span.0).unwrap_or_default()).as_secs_f64()
}
