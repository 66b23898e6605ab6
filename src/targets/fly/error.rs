//! What can go wrong between us and the Machines API, and what each kind of it means: may it be tried again, did it
//! have an effect, and what are people told.
//!
//! Not here: the trying again (`run`, `change`).

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Note, Span};
use crate::targets::Trouble;

/// The longest text from outside that a note carries.
const LONGEST: usize = 240;

/// The code words for a host or a region that is full.
const NO_ROOM: [&str; 2] = ["insufficient_capacity", "volume_placement_capacity"];

/// A call that did not bring what it was made for.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    status: Option<u16>,
    /// What the far end said, cut and without our token.
    text: String,
    request: Option<String>,
    /// How long it asked us to wait.
    pub(super) after: Option<Span>,
}

/// The kinds of failure that are dealt with differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No connection: the call was certainly not received.
    Unreachable,
    /// The call was sent and no whole answer came in time.
    Unanswered,
    /// It said yes, in a shape that is not the Machines API's.
    Nonsense,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// Somebody holds the machine's lease.
    Held { owner: String, until: String },
    /// The machine has changed, or is changing, since it was read.
    Stale,
    /// The registry does not have the image.
    NoImage,
    /// The host has no room, or takes no updates now.
    NoRoom,
    /// 429.
    Limited,
    /// 408 and 5xx.
    Unwell,
    /// Any other no.
    Refused,
}

/// An error body, in its several shapes.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    error: Option<String>,
    message: Option<String>,
    /// A code word, where there is one. Leases say `error` here, and stand-ins a number.
    status: Value,
}

/// What came back over the wire.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    pub(super) request: Option<String>,
    pub(super) after: Option<Span>,
}

impl Reply {
    /// The same without our secrets, should the far end have echoed one.
    pub(super) fn without(&self, secrets: &[&str]) -> Self {
        let mut text = String::from_utf8_lossy(&self.body).into_owned();
        for secret in secrets {
            text = text.replace(secret, "…");
        }
        Self { status: self.status, body: text.into_bytes(), request: self.request.clone(), after: self.after }
    }

    fn beginning(&self) -> String {
        let end = self.body.len().min(4 * LONGEST);
        String::from_utf8_lossy(&self.body[..end]).into_owned()
    }
}

impl Failure {
    /// The connection did not come about, or broke.
    pub(super) fn transport(error: &reqwest::Error) -> Self {
        let kind = if error.is_connect() { Kind::Unreachable } else { Kind::Unanswered };
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Self { kind, status: None, text: cut(&cause.to_string()), request: None, after: None }
    }

    /// The bound of the call has passed.
    pub(super) fn too_late(bound: Span) -> Self {
        let text = format!("{} s", bound.0 / 1_000);
        Self { kind: Kind::Unanswered, status: None, text, request: None, after: None }
    }

    /// An answer that is not what the API promises.
    pub(super) fn nonsense(reply: &Reply) -> Self {
        Self::of(Kind::Nonsense, reply, cut(&reply.beginning()))
    }

    /// An answer that says no.
    pub(super) fn answered(reply: &Reply) -> Self {
        let said: Said = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = said.message.filter(|m| !m.is_empty()).or(said.error);
        let text = text.unwrap_or_else(|| reply.beginning());
        let code = said.status.as_str().unwrap_or_default();
        Self::of(kind(reply.status.as_u16(), code, &text), reply, cut(&text))
    }

    fn of(kind: Kind, reply: &Reply, text: String) -> Self {
        let status = Some(reply.status.as_u16());
        Self { kind, status, text, request: reply.request.clone(), after: reply.after }
    }

    /// Whether the same call may work later.
    pub(super) fn may_pass(&self) -> bool {
        match self.kind {
            Kind::Unreachable
            | Kind::Unanswered
            | Kind::Nonsense
            | Kind::Held { .. }
            | Kind::Stale
            | Kind::Limited
            | Kind::Unwell => true,
            Kind::Unauthorized | Kind::Forbidden | Kind::NotFound | Kind::NoImage | Kind::NoRoom | Kind::Refused => {
                false
            }
        }
    }

    /// Whether a call that changes something may have changed it.
    pub(super) fn leaves_doubt(&self) -> bool {
        matches!(self.kind, Kind::Unanswered | Kind::Nonsense | Kind::Unwell)
    }

    /// Whether the nonce that the call carried opens nothing any more: it has run out, and the lease may be somebody
    /// else's by now.
    pub(super) fn refuses_the_nonce(&self) -> bool {
        matches!(self.kind, Kind::Held { .. } | Kind::NotFound | Kind::Stale | Kind::Refused)
    }

    /// For people: what happened, what it means, what to do.
    pub(super) fn note(&self, app: &str) -> Note {
        let key = match &self.kind {
            Kind::Unreachable => "fly-unreachable",
            Kind::Unanswered => "fly-no-answer",
            Kind::Nonsense if self.text.is_empty() => "fly-empty",
            Kind::Nonsense => "fly-nonsense",
            Kind::Unauthorized => "fly-unauthorized",
            Kind::Forbidden => "fly-forbidden",
            Kind::NotFound => "fly-app-not-found",
            Kind::Limited => "fly-limited",
            Kind::Unwell => "fly-unwell",
            Kind::Held { .. } | Kind::Stale | Kind::NoImage | Kind::NoRoom | Kind::Refused => "fly-refused",
        };
        let note = Note::new(key).with("app", app);
        match self.kind {
            Kind::Unreachable | Kind::Unanswered => note.with("error", &self.text),
            Kind::Unauthorized | Kind::Forbidden | Kind::NotFound | Kind::Limited => {
                note.with("request", self.request())
            }
            _ => {
                let status = self.status.map_or_else(|| "-".to_owned(), |s| s.to_string());
                note.with("status", status).with("error", self.said()).with("request", self.request())
            }
        }
    }

    /// For people, as something that may be tried again or not.
    pub(super) fn trouble(&self, app: &str) -> Trouble {
        Trouble { note: self.note(app), again: self.may_pass(), after: self.after }
    }

    /// What the far end said; a dash if nothing.
    pub(super) fn said(&self) -> &str {
        if self.text.is_empty() { "-" } else { &self.text }
    }

    /// The API's own number of the call; a dash if it gave none.
    pub(super) fn request(&self) -> &str {
        self.request.as_deref().unwrap_or("-")
    }
}

/// A text from outside on one line, cut to a sane length.
pub(super) fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}

fn kind(status: u16, code: &str, text: &str) -> Kind {
    let says = |part: &str| text.contains(part);
    match status {
        409 | 412 | 422 if NO_ROOM.contains(&code) => Kind::NoRoom,
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        408 => Kind::Unwell,
        429 => Kind::Limited,
        400 if says("failed to get manifest") || says("MANIFEST_UNKNOWN") => Kind::NoImage,
        409 if says("lease currently held") => held(text),
        409 | 412 | 422 if says("could not reserve") || says("insufficient") || says("no capacity") => Kind::NoRoom,
        409 | 412 => Kind::Stale,
        500.. if says("deploys to this host are temporarily disabled") => Kind::NoRoom,
        500.. => Kind::Unwell,
        _ => Kind::Refused,
    }
}

/// Reads `… lease currently held by <owner>, expires at <time>`.
fn held(text: &str) -> Kind {
    let rest = text.split_once("held by ").map_or("", |(_, rest)| rest);
    let (owner, until) = rest.split_once(", expires at ").unwrap_or((rest, ""));
    let or_dash = |s: &str| if s.is_empty() { "-".to_owned() } else { cut(s) };
    Kind::Held { owner: or_dash(owner), until: or_dash(until) }
}
