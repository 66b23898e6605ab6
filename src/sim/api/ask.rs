//! A call as the actions read it: what it names, its query, its nonce, its body.

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use serde_json::Value;

use crate::sim::action::Route;
use crate::sim::images::kind;
use crate::sim::wire::Answer;

/// The one header of leases.
pub(crate) const NONCE: HeaderName = HeaderName::from_static("fly-machine-lease-nonce");

/// A call.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) route: Route,
    pub(crate) nonce: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Bytes,
    query: Vec<(String, String)>,
}

impl Ask {
    /// A call from its request.
    pub(crate) fn new(route: Route, parts: &Parts, body: Bytes) -> Self {
        let text = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            route,
            nonce: text(&NONCE).filter(|nonce| !nonce.is_empty()),
            authorization: text(&header::AUTHORIZATION),
            body,
            query: Query::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default(),
        }
    }

    /// The app that it names.
    pub(crate) fn app(&self) -> &str {
        self.route.app.as_deref().unwrap_or_default()
    }

    /// The machine that it names.
    pub(crate) fn machine(&self) -> &str {
        self.route.machine.as_deref().unwrap_or_default()
    }

    /// The metadata key that it names.
    pub(crate) fn key(&self) -> &str {
        self.route.key.as_deref().unwrap_or_default()
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.queries(name).next()
    }

    /// Every value of a query parameter.
    pub(crate) fn queries(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every query parameter whose name begins so, without that beginning.
    pub(crate) fn queries_below(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// Whether a query parameter says yes.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.query(name), Some("true" | "1"))
    }

    /// Its body, which must be an object. `target` is what Go calls it.
    pub(crate) fn object(&self, target: &str) -> Result<Value, Answer> {
        let Some(first) = self.body.first() else {
            return Err(Answer::error(400, "EOF"));
        };
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(other) => {
                let text = format!("json: cannot unmarshal {} into Go value of type {target}", kind(&other));
                Err(Answer::error(400, &text))
            }
            Err(_) if matches!(first, b'{' | b'[') => Err(Answer::error(400, "unexpected EOF")),
            Err(_) => {
                let text = format!("invalid character '{}' looking for beginning of value", char::from(*first));
                Err(Answer::error(400, &text))
            }
        }
    }
}
