//! What can be read: an app, an environment and what it waits for, a deployment.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};

use super::at::At;
use super::problem::{Problem, words};
use super::{Site, shapes};
use crate::command::Command;
use crate::domain::Id;
use crate::service::Speaker;
use crate::text::cut;
use crate::view::{Answer, No};

pub(super) async fn app(
    State(site): State<Site>,
    At(app): At<String>,
    headers: HeaderMap,
) -> Result<Json<shapes::App>, Problem> {
    let view = site.service.app(&app).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::app(&view, &words(&site, &headers))))
}

pub(super) async fn environment(
    State(site): State<Site>,
    At((app, environment)): At<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<shapes::Environment>, Problem> {
    let view = site.service.environment(&app, &environment).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::environment(&view, &words(&site, &headers))))
}

/// What an environment waits for, and what the token's person can do about it.
pub(super) async fn why(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    At((app, environment)): At<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<shapes::Why>, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let command = Command::Why { environment, app: Some(app) };
    match site.service.handle(&speaker, &command).await.map_err(no)? {
        Answer::Why(view) => Ok(Json(shapes::why(&view, &words(&site, &headers)))),
        _ => Err(no(No::new("try_again"))),
    }
}

pub(super) async fn deployment(
    State(site): State<Site>,
    At(id): At<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<shapes::Story>, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let after = after(query.as_deref().unwrap_or_default()).map_err(no)?;
    let story = site.service.story(&Id(id), after).await.map_err(no)?;
    Ok(Json(shapes::story(&story, after, &words(&site, &headers))))
}

/// The number after which events are asked for.
fn after(query: &str) -> Result<Option<u64>, No> {
    let mut members = form_urlencoded::parse(query.as_bytes());
    let Some((_, typed)) = members.find(|(name, _)| name == "after") else { return Ok(None) };
    typed.trim().parse().map(Some).map_err(|_| No::new("bad_after").with("typed", cut(&typed, 40)))
}
