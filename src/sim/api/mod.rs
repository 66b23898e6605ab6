//! The Machines API: from a request to an answer. [`pipeline`] is the way of every call, in the order in which fly.io
//! looks at it: the token, the scope, the rate limit, the scripted faults, the lease, and then the action itself.
//!
//! Not here: what a call does to a machine (`lifecycle`). Volumes, secrets, exec, suspend and certificates are not
//! simulated: they answer as an unknown path does.

mod ask;
mod lease;
mod machines;
mod metadata;
mod platform;
mod wait;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;

use self::ask::{Ask, NONCE};
use super::action::{Action, route};
use super::calls::{Call, Record};
use super::cloud::{Cloud, Contents};
use super::faults::{Faults, Outcome, When};
use super::line::Line;
use super::registry;
use super::wire::{Answer, Body, Reply};
use crate::clock::Moment;

/// No request is larger than this.
const LARGEST: usize = 1 << 20;

/// What the API needs.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) faults: Faults,
    pub(crate) record: Record,
}

/// The API as a service.
pub(crate) fn router(api: Api) -> Router {
    Router::new().fallback(take).with_state(api)
}

/// Takes a request, enters it into the record, and answers it, or does not.
async fn take(State(api): State<Api>, ConnectInfo(line): ConnectInfo<Line>, request: Request) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    let named = route(parts.method.as_str(), parts.uri.path());
    let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let mut call = Call::new(api.cloud.clock.now(), parts.method.as_str(), &path, named.as_ref());
    call.with_nonce = parts.headers.contains_key(NONCE);
    let id = format!("{}-nrt", api.cloud.look(|contents, now| contents.ids.ulid(now)));
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        let place = api.record.enter(call);
        api.record.answered(place, 413);
        return Answer::error(413, "request body too large").into_http(&id);
    };
    let place = api.record.enter(call.saying(&bytes));
    let outcome = match named {
        None if registry::is_its(parts.uri.path()) => Outcome::Answer(Err(registry::nothing_there())),
        None => Outcome::Answer(Err(Answer { status: 404, body: Body::Text("404 page not found\n".into()) })),
        Some(route) => run(&api, Ask::new(route, &parts, bytes), place).await,
    };
    match outcome {
        Outcome::Answer(Ok(answer) | Err(answer)) => {
            api.record.answered(place, answer.status);
            answer.into_http(&id)
        }
        Outcome::Silence => {
            line.cut();
            Response::new(HttpBody::empty())
        }
    }
}

/// A caller who gives up does not take back what it asked for, so a call goes on without its connection. A `wait` only
/// looks, and ends with it.
async fn run(api: &Api, ask: Ask, place: usize) -> Outcome {
    if ask.route.action == Action::MachineWait {
        return pipeline(api, &ask).await;
    }
    let api = api.clone();
    let call = tokio::spawn(async move {
        let outcome = pipeline(&api, &ask).await;
        if let Outcome::Answer(Ok(answer) | Err(answer)) = &outcome {
            // Here, because nobody may be left to be answered.
            api.record.answered(place, answer.status);
        }
        outcome
    });
    call.await.unwrap_or_else(|_| Outcome::Answer(Err(Answer::rpc("internal", "the simulator failed"))))
}

/// The way of every call.
async fn pipeline(api: &Api, ask: &Ask) -> Outcome {
    if let Err(refused) = api.cloud.look(|contents, now| admit(contents, ask, now)) {
        return Outcome::Answer(Err(refused));
    }
    let fault = api.faults.take(ask.route.action, ask.route.app.as_deref(), ask.route.machine.as_deref());
    if let Some(fault) = &fault
        && let Some(outcome) = fault.play(When::Before).await
    {
        return outcome;
    }
    let reply = match ask.route.action {
        Action::MachineWait => wait::wait(&api.cloud, ask).await,
        _ => api.cloud.change(|contents, now| act(contents, ask, now)),
    };
    if let Some(fault) = &fault
        && let Some(outcome) = fault.play(When::After).await
    {
        return outcome;
    }
    Outcome::Answer(reply)
}

/// The token, its scope, the rate limit.
fn admit(contents: &mut Contents, ask: &Ask, now: Moment) -> Result<(), Answer> {
    // The registry has doors of its own, and no limits that anybody knows of.
    if ask.route.action == Action::ManifestGet {
        return Ok(());
    }
    let token = platform::token(contents, ask)?;
    let named = ask.route.app.as_deref();
    let opens = token.apps.is_empty() || named.is_some_and(|app| token.apps.iter().any(|own| own == app));
    if !opens && ask.route.action != Action::TokenShow {
        return Err(Answer::error(403, "unauthorized"));
    }
    let of = ask.route.machine.as_deref().or(named).unwrap_or_default();
    if !contents.allows(ask.route.action, of, now) {
        return Err(Answer::error(429, "rate limit exceeded"));
    }
    Ok(())
}

/// The action itself. It happens at one moment.
fn act(contents: &mut Contents, ask: &Ask, now: Moment) -> Reply {
    machines::reach(contents, ask)?;
    if ask.route.action.is_gated() {
        lease::gate(contents, ask, now)?;
    }
    match ask.route.action {
        Action::TokenShow => platform::show_token(contents, ask),
        Action::AppsList => Ok(platform::apps(contents)),
        Action::AppShow => platform::app(contents, ask),
        Action::MachinesList => machines::list(contents, ask, now),
        Action::MachineCreate => machines::create(contents, ask, now),
        Action::MachineGet => machines::get(contents, ask, now),
        Action::MachineUpdate => machines::update(contents, ask, now),
        Action::MachineDelete => machines::delete(contents, ask, now),
        Action::MachineStart => machines::start(contents, ask, now),
        Action::MachineStop => machines::stop(contents, ask, now),
        Action::MachineRestart => machines::restart(contents, ask, now),
        Action::MachineCordon => machines::cordon(contents, ask, now, true),
        Action::MachineUncordon => machines::cordon(contents, ask, now, false),
        Action::MachineWait => Err(Answer::rpc("internal", "a wait takes time")),
        Action::EventsList => machines::events(contents, ask, now),
        Action::VersionsList => machines::versions(contents, ask, now),
        Action::LeaseAcquire => lease::acquire(contents, ask, now),
        Action::LeaseShow => lease::show(contents, ask, now),
        Action::LeaseRelease => lease::release(contents, ask, now),
        Action::MetadataList => metadata::list(contents, ask, now),
        Action::MetadataUpdate => metadata::update(contents, ask, now),
        Action::MetadataGet => metadata::get(contents, ask, now),
        Action::MetadataSet => metadata::set(contents, ask, now),
        Action::ManifestGet => Ok(registry::answer(contents, &ask.route, ask.authorization.as_deref())),
        Action::MetadataDelete => metadata::delete(contents, ask, now),
    }
}
