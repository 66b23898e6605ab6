//! A chat's own address: headers and bytes are handed over as they came, and its reply is given back. Whether a request
//! is genuine is the chat's to find out.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{self, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Site;
use super::body::WITHIN;
use crate::chat::{Reply, Request};
use crate::clock::{self, SystemClock};

/// Whose address it is: the place among the entrances.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) usize);

/// Hands a request over. What the chat does not want by its head, and what says that it is too large, is refused before
/// its body comes; and a body has its time.
pub(super) async fn enter(
    State(site): State<Site>,
    Extension(Number(index)): Extension<Number>,
    Path(path): Path<String>,
    request: extract::Request,
) -> Response {
    let Some(chat) = site.entrances.get(index) else { return StatusCode::NOT_FOUND.into_response() };
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let head = Request { path, headers: parts.headers.iter().filter_map(text).collect(), body: Bytes::new() };
    let most = match chat.admits(&head) {
        Ok(most) => most,
        Err(reply) => return unread(said(reply)),
    };
    if length.is_some_and(|length| length > most) {
        return unread(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    }
    let body = match clock::timeout(&*SystemClock::real(), WITHIN, axum::body::to_bytes(body, most)).await {
        Some(Ok(body)) => body,
        Some(Err(_)) => return unread(StatusCode::PAYLOAD_TOO_LARGE.into_response()),
        None => return unread(StatusCode::REQUEST_TIMEOUT.into_response()),
    };
    let request = Request { body, ..head };
    let reply = chat.receive(&site.service, request).await;
    reply.map_or_else(|| StatusCode::NOT_FOUND.into_response(), said)
}

fn said(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.body.is_empty() {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], reply.body).into_response()
}

/// The rest of the request is not read, so the connection is of no more use.
fn unread(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}
