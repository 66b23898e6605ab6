//! A chat's own address: headers and bytes are handed over as they came, and its reply is given back. Whether a request
//! is genuine is the chat's to find out.

use axum::Extension;
use axum::extract::{self, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::Site;
use crate::chat::Request;

/// The largest body of a chat's request: a press on a message brings the whole message along.
const BODY_LIMIT: usize = 512 * 1024;

/// Whose address it is: the place among the entrances.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) usize);

/// Hands a request over. One that says that it is too large is refused before its body comes.
pub(super) async fn enter(
    State(site): State<Site>,
    Extension(Number(index)): Extension<Number>,
    Path(path): Path<String>,
    request: extract::Request,
) -> Response {
    let Some(chat) = site.entrances.get(index) else { return StatusCode::NOT_FOUND.into_response() };
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_LIMIT) {
        return too_large();
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else { return too_large() };
    let body = body.to_vec();
    let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let request = Request { path, headers: headers.iter().filter_map(text).collect(), body };
    match chat.receive(&site.service, request).await {
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

/// The rest of the request is not read, so the connection is of no more use.
fn too_large() -> Response {
    (StatusCode::PAYLOAD_TOO_LARGE, [(header::CONNECTION, "close")]).into_response()
}
