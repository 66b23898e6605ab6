//! The names in an address. What cannot be a name, because it is no text, is an address at which there is nothing.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Site;
use super::problem::Problem;
use crate::view::No;

/// The names in the address of a request.
pub(super) struct At<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, site).await {
            Ok(Path(names)) => Ok(Self(names)),
            Err(_) => Err(Problem::of(&No::new("no_such_route"), site, &parts.headers)),
        }
    }
}
