//! HTTP in: health, readiness, metrics, the JSON API under `/api/v1`, and the chats' own addresses.
//!
//! It turns requests into commands and queries of the service, and their results into JSON; it decides nothing.
//! Shapes, members and codes are the contract of the README's "JSON API". Every error is a problem (RFC 9457)
//! with a stable `code` and a `next` that says what to do; but a chat's own address answers as the chat wants it.

mod actions;
mod at;
mod auth;
mod body;
mod entrance;
mod once;
mod openapi;
mod problem;
mod readings;
mod serving;
mod shapes;

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Json, Router, middleware};
use tokio::net::TcpListener;

pub use auth::Tokens;
pub use openapi::description;

use crate::chat::Chat;
use crate::domain::Moment;
use crate::metrics::Metrics;
use crate::service::Service;
use crate::words::Words;

/// The largest body that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What machines ask again and again.
const UNNOTED: [&str; 3] = ["/health", "/ready", "/metrics"];

/// The one address below `/api` that does not belong to its nest: nothing is there, but not even that is for everyone.
const BARE: &str = "/api/";

/// What every request can reach.
#[derive(Clone)]
pub struct Site {
    service: Service,
    tokens: Tokens,
    words: Words,
    metrics: Metrics,
    /// Chats that have an address of their own here, `POST /<name>/…`.
    entrances: Arc<[Arc<dyn Chat>]>,
    /// When somebody asked for anything last.
    asked_at: Arc<AtomicI64>,
}

impl Site {
    /// The site over a service. `words` are those of problems, unless a request asks for another language.
    #[must_use]
    pub fn new(service: Service, tokens: Tokens, words: Words) -> Self {
        let asked_at = Arc::new(AtomicI64::new(service.now().0));
        Self { service, tokens, words, metrics: Metrics::default(), entrances: Arc::new([]), asked_at }
    }

    /// The same with what is counted, and with chats that have an address of their own.
    #[must_use]
    pub fn with(self, metrics: Metrics, entrances: Vec<Arc<dyn Chat>>) -> Self {
        Self { metrics, entrances: entrances.into(), ..self }
    }

    /// When somebody asked for anything last; that the process lives, or how it does, is asked by machines.
    #[must_use]
    pub fn asked_at(&self) -> Moment {
        Moment(self.asked_at.load(Ordering::Relaxed))
    }

    fn router(self) -> Router {
        let api = Router::new()
            .route("/openapi.json", get(openapi::openapi))
            .route("/apps/{app}", get(readings::app))
            .route("/apps/{app}/releases", post(actions::register))
            .route("/apps/{app}/environments/{environment}", get(readings::environment))
            .route("/apps/{app}/environments/{environment}/why", get(readings::why))
            .route("/apps/{app}/environments/{environment}/deployments", post(actions::deploy))
            .route("/deployments/{id}", get(readings::deployment))
            .route("/deployments/{id}/actions", post(actions::act))
            .route("/commands", post(actions::command))
            .method_not_allowed_fallback(problem::no_such_method)
            .layer(middleware::from_fn_with_state(self.clone(), once::once));
        let admit = middleware::from_fn_with_state(self.clone(), auth::admit);
        let api = Router::new().nest("/v1", api).fallback(problem::no_such_route).layer(admit.clone());
        let mut router = Router::new();
        for (index, chat) in self.entrances.iter().enumerate() {
            let door: MethodRouter<Self> =
                post(entrance::enter).layer::<_, Infallible>(Extension(entrance::Number(index)));
            router = router.route(&format!("/{}/{{path}}", chat.name()), door);
        }
        router
            .route("/health", get(health))
            .route("/ready", get(ready))
            .route("/metrics", get(metrics))
            .method_not_allowed_fallback(problem::no_such_method)
            .fallback(problem::no_such_route)
            .nest("/api", api)
            .route_service(BARE, any(problem::no_such_route).layer(admit).with_state(self.clone()))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(self.clone(), note))
            .with_state(self)
    }
}

/// Serves a site until told to stop; requests under way are finished.
pub async fn serve(listener: TcpListener, site: Site, shutdown: impl Future<Output = ()> + Send + 'static) {
    serving::serve(listener, site.router(), shutdown).await;
}

/// Notes that somebody asks for something.
async fn note(State(site): State<Site>, request: Request, next: Next) -> Response {
    if !UNNOTED.contains(&request.uri().path()) {
        site.asked_at.fetch_max(site.service.now().0, Ordering::Relaxed);
    }
    next.run(request).await
}

/// Whether the process can do its work: the database answers.
async fn health(State(site): State<Site>) -> Response {
    let (status, timestamp, version) = ("healthy", site.service.now().into(), env!("CARGO_PKG_VERSION"));
    match site.service.ping().await {
        Ok(()) => Json(shapes::Health { status, timestamp, database: "ok", version }).into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            let (status, database) = ("unhealthy", "does not answer");
            let body = shapes::Health { status, timestamp, database, version };
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

async fn metrics(State(site): State<Site>) -> Response {
    if let Err(trouble) = site.service.take_stock().await {
        // What is counted in memory is told all the same; `/health` says that the database does not answer.
        tracing::warn!(%trouble, "what is open and pending could not be counted");
    }
    let kind = (header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([kind], site.metrics.text()).into_response()
}

/// Whether it is migrated and listening, which it is once this can be asked. Far ends do not matter.
async fn ready() -> Json<shapes::Ready> {
    Json(shapes::Ready { status: "ready" })
}
