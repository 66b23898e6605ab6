//! A chat's own address: headers and bytes are handed over as they came, and its reply is given back. Whether a request
//! is genuine is the chat's to find out.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Site;
use crate::chat::Request;

/// Whose address it is: the place among the entrances.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) usize);

/// Hands a request over.
pub(super) async fn enter(
    State(site): State<Site>,
    Extension(Number(index)): Extension<Number>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(entrance) = site.entrances.get(index) else { return StatusCode::NOT_FOUND.into_response() };
    let body = match body {
        Ok(body) => body.to_vec(),
        Err(rejection) => return rejection.status().into_response(),
    };
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let request = Request { path, headers: headers.iter().filter_map(text).collect(), body };
    match entrance.chat.receive(&site.service, Arc::new(entrance.memory.clone()), request).await {
        Some(reply) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            if reply.body.is_empty() {
                return status.into_response();
            }
            (status, [(header::CONTENT_TYPE, "application/json")], reply.body).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
