//! Errors as problems (RFC 9457): `type`, `title`, `status`, `detail`, `code`, `next`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Site, shapes};
use crate::card::{self, Row};
use crate::config::LOCALES;
use crate::view::No;
use crate::words::Words;

/// An error on its way out.
pub(super) struct Problem {
    status: StatusCode,
    code: String,
    detail: String,
    next: String,
}

impl Problem {
    /// A no, in the language that the request asks for.
    pub(super) fn of(no: &No, site: &Site, headers: &HeaderMap) -> Self {
        let page = card::no(no, &words(site, headers));
        let next = page.rows.iter().find_map(|row| match row {
            Row::Text { text } => Some(text.clone()),
            _ => None,
        });
        Self { status: status(&no.code), code: no.code.clone(), detail: page.title, next: next.unwrap_or_default() }
    }
}

/// The words that a request asks for: `Accept-Language`, or the site's own.
pub(super) fn words(site: &Site, headers: &HeaderMap) -> Words {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let words = asked.and_then(wanted).map_or_else(|| site.words.clone(), Words::new);
    words.here(&site.service.config().time_zone, site.service.now())
}

/// The language with the greatest weight, of those that there are words for; of two the first.
fn wanted(asked: &str) -> Option<&'static str> {
    let mut best = (0.0, None);
    for part in asked.split(',') {
        let (tag, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight: f32 = weight.trim().strip_prefix("q=").map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
        let language = tag.trim().split('-').next().unwrap_or_default();
        let known = LOCALES.into_iter().find(|known| known.eq_ignore_ascii_case(language));
        if known.is_some() && weight > best.0 {
            best = (weight, known);
        }
    }
    best.1
}

/// The status of a code: who may not, what is not there, what the state does not allow, what makes no sense.
fn status(code: &str) -> StatusCode {
    match code {
        "malformed_body" | "not_json" | "bad_key" => StatusCode::BAD_REQUEST,
        "not_authenticated" | "no_tokens_set" => StatusCode::UNAUTHORIZED,
        "not_permitted" | "not_in_group" | "own_request" | "unknown_person" | "locked_by_another" => {
            StatusCode::FORBIDDEN
        }
        "unknown_app" | "unknown_environment" | "no_such_deployment" | "no_such_route" => StatusCode::NOT_FOUND,
        "no_such_method" => StatusCode::METHOD_NOT_ALLOWED,
        "body_too_slow" => StatusCode::REQUEST_TIMEOUT,
        "body_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "wrong_content_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unknown_version"
        | "unknown_command"
        | "missing_argument"
        | "too_many_arguments"
        | "which_app"
        | "image_not_pinned"
        | "bad_version"
        | "reason_missing"
        | "not_an_object"
        | "unknown_member"
        | "unknown_help"
        | "no_later_environment"
        | "bad_span"
        | "bad_after"
        | "too_long"
        | "key_reused" => StatusCode::UNPROCESSABLE_ENTITY,
        "too_many_keys" => StatusCode::TOO_MANY_REQUESTS,
        "try_again" | "out_of_order" | "groups_unknown" | "workspace_unknown" | "form_not_opened" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        "broke" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::CONFLICT,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = shapes::Problem {
            r#type: format!("urn:shipgate:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            next: self.next,
        };
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

pub(super) async fn no_such_route(State(site): State<Site>, headers: HeaderMap) -> Problem {
    Problem::of(&No::new("no_such_route"), &site, &headers)
}

pub(super) async fn no_such_method(State(site): State<Site>, headers: HeaderMap) -> Problem {
    Problem::of(&No::new("no_such_method"), &site, &headers)
}
