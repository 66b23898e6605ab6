//! What can be read: an app, an environment, a deployment.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::Value;

use super::problem::{Problem, words};
use super::{Site, shapes};
use crate::domain::Id;

pub(super) async fn app(
    State(site): State<Site>,
    Path(app): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let view = site.service.app(&app).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::app(&view, &words(&site, &headers))))
}

pub(super) async fn environment(
    State(site): State<Site>,
    Path((app, environment)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let view = site.service.environment(&app, &environment).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::environment(&view, &words(&site, &headers))))
}

pub(super) async fn deployment(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let story = site.service.story(&Id(id)).await.map_err(|no| Problem::of(&no, &site, &headers))?;
    Ok(Json(shapes::story(&story, &words(&site, &headers))))
}
