//! Who calls: bearer tokens, compared without telling how much of one was right. Each acts as the person `api:name`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::problem::Problem;
use super::{BODY_LIMIT, Site};
use crate::config::ApiToken;
use crate::service::Speaker;
use crate::view::No;

/// The tokens that are let in, as hashes: equal lengths, and nothing to read in a dump of the memory.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Vec<(String, [u8; 32])>>);

impl Tokens {
    /// The tokens of `SHIPGATE_API_TOKENS`. None at all lets nobody in.
    #[must_use]
    pub fn new(tokens: &[ApiToken]) -> Self {
        let hashed = tokens.iter().map(|token| (token.name.clone(), hash(token.token.expose_secret())));
        Self(Arc::new(hashed.collect()))
    }

    /// The name that a token belongs to. Every token is compared, whichever is right.
    fn name(&self, shown: &str) -> Option<&str> {
        let shown = hash(shown);
        let mut found = None;
        for (name, token) in self.0.iter() {
            if bool::from(token.ct_eq(&shown)) {
                found = Some(name.as_str());
            }
        }
        found
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lets a request on with its speaker, or answers 401; and does not wait for a body that will be too long.
pub(super) async fn admit(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let speaker = bearer(request.headers()).and_then(|token| site.tokens.name(token)).map(|name| Speaker {
        identity: format!("api:{name}"),
        name: name.to_owned(),
        also: Vec::new(),
        unsure: false,
    });
    let Some(speaker) = speaker else {
        let code = if site.tokens.0.is_empty() { "no_tokens_set" } else { "not_authenticated" };
        let mut response = Problem::of(&No::new(code), &site, request.headers()).into_response();
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    };
    if announced(request.headers()).is_some_and(|length| length > BODY_LIMIT) {
        let no = No::new("body_too_large").with("limit", BODY_LIMIT);
        return Problem::of(&no, &site, request.headers()).into_response();
    }
    request.extensions_mut().insert(speaker);
    next.run(request).await
}

/// How long the body is going to be, where the request says so.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The token, where there is one: of two, nobody knows who is meant.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let (only, None) = (shown.next()?, shown.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
