//! What can be read: an app, an environment, a deployment.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;

use super::at::At;
use super::problem::{Problem, words};
use super::{Site, shapes};
use crate::domain::Id;

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

pub(super) async fn deployment(
    State(site): State<Site>,
    At(id): At<String>,
    headers: HeaderMap,
) -> Result<Json<shapes::Story>, Problem> {
    let story = site.service.story(&Id(id)).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::story(&story, &words(&site, &headers))))
}
