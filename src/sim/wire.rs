//! Answers as fly.io writes them: statuses, bodies, error texts, headers.
//!
//! An error's text often begins with a code word, and the word decides the status: see [`Answer::rpc`].

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::registry::MANIFEST;

/// An answer of the Machines API.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What it says.
    pub(crate) body: Body,
}

/// What an answer says.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// A manifest of the registry.
    Manifest(Value),
    /// Plain text, whatever it holds.
    Text(String),
}

/// What an action comes to: either way an answer.
pub(crate) type Reply = Result<Answer, Answer>;

impl Answer {
    /// 200.
    pub(crate) const fn ok(value: Value) -> Self {
        Self { status: 200, body: Body::Json(value) }
    }

    /// 200 with the body that says no more than that.
    pub(crate) fn fine() -> Self {
        Self::ok(json!({"ok": true}))
    }

    /// 201.
    pub(crate) const fn created(value: Value) -> Self {
        Self { status: 201, body: Body::Json(value) }
    }

    /// 204.
    pub(crate) const fn no_content() -> Self {
        Self { status: 204, body: Body::Empty }
    }

    /// An error whose text has no code word.
    pub(crate) fn error(status: u16, text: &str) -> Self {
        Self { status, body: Body::Json(json!({"error": text})) }
    }

    /// An error whose text begins with a code word.
    pub(crate) fn rpc(word: &str, text: &str) -> Self {
        let status = match word {
            "invalid_argument" => 400,
            "unauthenticated" => 401,
            "permission_denied" => 403,
            "not_found" => 404,
            "deadline_exceeded" => 408,
            "already_exists" | "aborted" => 409,
            "failed_precondition" => 412,
            "resource_exhausted" => 429,
            "unavailable" => 503,
            _ => 500,
        };
        Self::error(status, &format!("{word}: {text}"))
    }

    /// 404 for a machine.
    pub(crate) fn no_machine() -> Self {
        Self::error(404, "machine not found")
    }

    /// What a scripted fault says: JSON if it reads as JSON.
    pub(crate) fn scripted(status: u16, body: &str) -> Self {
        let body = serde_json::from_str(body).map_or_else(|_| Body::Text(body.into()), Body::Json);
        Self { status, body }
    }

    /// The answer as HTTP.
    pub(crate) fn into_http(self, request_id: &str) -> Response<HttpBody> {
        let (kind, bytes) = match self.body {
            Body::Empty => (None, Vec::new()),
            Body::Json(value) => (Some("application/json; charset=utf-8"), value.to_string().into_bytes()),
            Body::Manifest(value) => (Some(MANIFEST), value.to_string().into_bytes()),
            Body::Text(text) => (Some("text/plain; charset=utf-8"), text.into_bytes()),
        };
        let mut answer = Response::new(HttpBody::from(bytes));
        *answer.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = answer.headers_mut();
        headers.insert(header::SERVER, HeaderValue::from_static("Fly/simulated"));
        headers.insert(header::VIA, HeaderValue::from_static("1.1 fly.io"));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert("fly-request-id", id);
        }
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        answer
    }
}
