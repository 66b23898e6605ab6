//! Bodies: what is taken as one, how much of it, how long it may take, and how it is read.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, IgnoredAny, IntoDeserializer as _};
use serde::{Deserialize, Deserializer};

use super::BODY_LIMIT;
use crate::clock::{self, SystemClock};
use crate::domain::Span;
use crate::text::cut;
use crate::view::No;

/// How long a body may take to come, in real time: the wire goes by that.
pub(super) const WITHIN: Span = Span::seconds(10);

/// Reads a request's body to its end.
pub(super) async fn receive(request: Request) -> Result<Bytes, No> {
    if let Some(kind) = foreign(request.headers()) {
        return Err(No::new("wrong_content_type").with("kind", cut(&kind, 100)));
    }
    let reading = Bytes::from_request(request, &());
    match clock::timeout(&*SystemClock::real(), WITHIN, reading).await {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(No::new("body_too_large").with("limit", BODY_LIMIT))
        }
        Some(Err(_)) => Err(No::new("malformed_body")),
        None => Err(No::new("body_too_slow").with("seconds", WITHIN.0 / 1_000)),
    }
}

/// What a body says it is, where that is no JSON in UTF-8. One that says nothing may be; and `curl -d` says by itself
/// that it sends a form.
fn foreign(headers: &HeaderMap) -> Option<String> {
    let said = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    if let Some(encoding) = said(CONTENT_ENCODING).filter(|encoding| encoding != "identity") {
        return Some(encoding);
    }
    let kind = said(CONTENT_TYPE)?;
    let mut parts = kind.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let json = name == "application/json" || name.ends_with("+json") || name == "application/x-www-form-urlencoded";
    let charset = parts.find_map(|part| part.strip_prefix("charset="));
    let utf8 = charset.is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8" | "us-ascii"));
    if json && utf8 { None } else { Some(kind) }
}

/// One of a few words. Only a text is read as one: of anything else serde_json says that it is no JSON.
pub(super) struct Word<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(String::deserialize(deserializer)?.into_deserializer()).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for Word<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A body as what is wanted: broken JSON is malformed, JSON of another shape is content.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, No> {
    // An empty body is an object without members, so that what needs nothing can be sent nothing.
    let bytes = if bytes.is_empty() { &b"{}"[..] } else { bytes };
    let no = |code: &str, error: &serde_json::Error| No::new(code).with("reason", cut(&error.to_string(), 200));
    let text = std::str::from_utf8(bytes).map_err(|error| No::new("not_json").with("reason", error))?;
    // To its end first: else the first member that does not fit would hide that the rest is broken.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| no("not_json", &error))?;
    // A list of what the members would be is read as an object by serde.
    if !text.trim_start().starts_with('{') {
        return Err(No::new("not_an_object"));
    }
    serde_json::from_str(text).map_err(|error| no(if error.is_data() { "unknown_member" } else { "not_json" }, &error))
}
