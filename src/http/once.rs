//! `Idempotency-Key`: the same key by the same token is carried out once, and answered the same each time.
//!
//! That a thing is done once is held by the store, in the commit that does it. Here answers are written down before
//! they go out, and given again. Of two that come at once the second waits for the first. Refusals are written down
//! like any other answer: a repeat asks what became of the request, and one that was refused yesterday must not begin
//! a rollout today. What the server could not do, or could not read, leaves the key free.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use super::{Site, body};
use crate::service::Speaker;
use crate::store::Keyed;
use crate::view::No;

/// The header.
const KEY: &str = "idempotency-key";

/// The longest key.
pub(super) const LONGEST: usize = 255;

/// The key of a request, where it has one.
#[derive(Clone, Debug)]
pub(super) struct Once(pub(super) Option<Keyed>);

/// Reads the body of what is posted, and sees to it that what has a key is carried out once.
pub(super) async fn once(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    match carry_out(&site, speaker, request, next).await {
        Ok(response) => response,
        Err(no) => Problem::of(&no, &site, &headers).into_response(),
    }
}

async fn carry_out(site: &Site, speaker: Speaker, request: Request, next: Next) -> Result<Response, No> {
    let key = key(request.headers())?;
    let uri = request.uri().clone();
    let (parts, unread) = request.into_parts();
    let bytes = body::receive(Request::from_parts(parts.clone(), unread)).await?;
    let keyed = key.map(|key| Keyed { caller: speaker.identity, key, hash: hash(&uri, &bytes) });
    let mut request = Request::from_parts(parts, Body::from(bytes));
    request.extensions_mut().insert(Once(keyed.clone()));
    let Some(keyed) = keyed else { return Ok(next.run(request).await) };
    let _turn = site.service.turn(&keyed).await;
    if let Some((status, answer)) = site.service.answer_before(&keyed).await? {
        return Ok(again(status, answer));
    }
    write_down(site, &keyed, next.run(request).await).await
}

/// Writes an answer down before it goes out.
async fn write_down(site: &Site, keyed: &Keyed, response: Response) -> Result<Response, No> {
    if !is_final(response.status()) {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| No::new("try_again"))?;
    let answer = String::from_utf8_lossy(&bytes);
    if let Err(trouble) = site.service.was_answered(keyed, parts.status.as_u16(), &answer).await {
        // What was done is known by its commit, so a repeat does nothing twice; its answer is made anew.
        tracing::error!(%trouble, "an answer could not be written down");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// Whether an answer says what became of a request, so that a repeat gets it too.
fn is_final(status: StatusCode) -> bool {
    use StatusCode as S;
    status.is_success() || [S::FORBIDDEN, S::NOT_FOUND, S::CONFLICT, S::UNPROCESSABLE_ENTITY].contains(&status)
}

fn again(status: u16, answer: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.is_success() { "application/json" } else { "application/problem+json" };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(kind))], answer).into_response()
}

fn key(headers: &HeaderMap) -> Result<Option<String>, No> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let text = key.to_str().unwrap_or_default();
    let sane = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if sane && keys.next().is_none() {
        Ok(Some(text.to_owned()))
    } else {
        Err(No::new("bad_key").with("limit", LONGEST))
    }
}

fn hash(uri: &Uri, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(uri.path().as_bytes());
    hash.update([0]);
    hash.update(body);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
