//! The edge of an app: what clients reach. It picks one of the machines that are started, not cordoned, and whose
//! service checks pass, in turn. A request that has reached a machine is finished by it, even if the machine is replaced
//! meanwhile. It knows of every change at once: fly.io's proxy hears of it a little later, and tries another machine when
//! one does not take a connection.
//!
//! Not here: autostart, and autostop but by a fault.

use std::sync::Arc;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::checks;
use super::cloud::{App, Cloud};
use super::machine::Machine;
use super::sample::{self, Served};
use crate::clock::{Moment, Span};

/// The edge of one app.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) app: String,
}

/// The edge as a service.
pub(crate) fn router(edge: Edge) -> Router {
    Router::new().fallback(take).with_state(edge)
}

async fn take(State(edge): State<Edge>, request: Request) -> Response<HttpBody> {
    let path = request.uri().path().to_owned();
    let (served, now) = edge.cloud.look(|contents, now| {
        let served = contents.apps.get_mut(&edge.app).and_then(|app| pick(app, &path, now));
        (served.unwrap_or_else(nobody), now)
    });
    if served.after.0 > 0 {
        edge.cloud.clock.sleep_until(now.plus(served.after)).await;
    }
    edge.cloud.look(|contents, _| {
        if let Some(app) = contents.apps.get_mut(&edge.app) {
            app.traffic.failures += u64::from(served.status >= 500);
            *app.traffic.by_version.entry(served.version.clone()).or_default() += 1;
        }
    });
    answer(served.status, &served.body)
}

/// What the machine whose turn it is says; none if there is none.
fn pick(app: &mut App, path: &str, now: Moment) -> Option<Served> {
    app.traffic.requests += 1;
    app.turn = app.turn.wrapping_add(1);
    let up: Vec<_> = app.machines.iter().filter(|machine| serves(machine, &app.name, now)).collect();
    let machine = up.get(app.turn.checked_rem(up.len())?)?;
    Some(sample::serve(machine, &app.name, path, now))
}

fn serves(machine: &Machine, app: &str, now: Moment) -> bool {
    machine.serves() && checks::let_requests_in(machine, app, now)
}

fn nobody() -> Served {
    let body = json!({"error": "no machine is running"});
    Served { status: 503, body, after: Span(0), version: "none".into() }
}

fn answer(status: u16, body: &Value) -> Response<HttpBody> {
    let mut answer = Response::new(HttpBody::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}
