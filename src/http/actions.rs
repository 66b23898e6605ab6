//! What can be done: register a release, ask for a deployment, decide about one, or speak any command.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Deserialize;

use super::at::At;
use super::body::{Word, read};
use super::once::Once;
use super::problem::{Problem, words};
use super::{Site, shapes};
use crate::card;
use crate::command::{self, Command};
use crate::domain::{Action, Id};
use crate::service::Speaker;
use crate::view::{Answer, No};

/// A release to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewRelease {
    version: String,
    image: String,
    commit: Option<String>,
    notes: Option<String>,
    #[serde(default)]
    one_way: bool,
}

/// A deployment that is asked for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDeployment {
    version: Option<String>,
    kind: Option<Word<Wanted>>,
    reason: Option<String>,
    #[serde(default)]
    again: bool,
}

/// The kinds that can be asked for; what is done follows the environment.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Deploy,
    Promote,
    Rollback,
    Hotfix,
}

/// A decision about a deployment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAction {
    action: Word<Action>,
    gate: Option<String>,
    reason: Option<String>,
    revision: Option<u64>,
}

/// A command, as it is typed in a chat.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Spoken {
    line: String,
}

pub(super) async fn register(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    At(app): At<String>,
    Extension(once): Extension<Once>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let NewRelease { version, image, commit, notes, one_way } = read(&body).map_err(no)?;
    let command = Command::Release { version, image, app: Some(app), commit, notes, one_way };
    match site.service.handle_once(&speaker, &command, once.0.as_ref()).await.map_err(no)? {
        Answer::Registered { release, already } => {
            let status = if already { StatusCode::OK } else { StatusCode::CREATED };
            Ok((status, Json(shapes::release(&release))).into_response())
        }
        _ => Err(no(No::new("try_again"))),
    }
}

pub(super) async fn deploy(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    At((app, environment)): At<(String, String)>,
    Extension(once): Extension<Once>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let NewDeployment { version, kind, reason, again } = read(&body).map_err(no)?;
    let app = Some(app);
    let command = match kind.map_or(Wanted::Deploy, |Word(kind)| kind) {
        Wanted::Deploy => Command::Deploy { environment, version, app, reason, again },
        Wanted::Promote => Command::Promote { environment: Some(environment), version, app, reason, again },
        Wanted::Rollback => Command::Rollback { environment, version, app, reason },
        Wanted::Hotfix => Command::Hotfix { environment, version, app, reason },
    };
    answer(&site, (&speaker, &once), &command, &headers, StatusCode::ACCEPTED).await
}

pub(super) async fn act(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    At(id): At<String>,
    Extension(once): Extension<Once>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let NewAction { action: Word(action), gate, reason, revision } = read(&body).map_err(no)?;
    let command = Command::Act { deployment: Id(id), action, gate, reason, revision };
    answer(&site, (&speaker, &once), &command, &headers, StatusCode::OK).await
}

/// Does it, and answers with the deployment as that left it; `fresh` is the status when it was not there before.
async fn answer(
    site: &Site,
    (speaker, once): (&Speaker, &Once),
    command: &Command,
    headers: &HeaderMap,
    fresh: StatusCode,
) -> Result<Response, Problem> {
    let no = |no: No| Problem::of(&no, site, headers);
    let done = site.service.handle_once(speaker, command, once.0.as_ref()).await.map_err(no)?;
    let (view, status) = match done {
        Answer::Deployment { view, already } => (view, if already { StatusCode::OK } else { fresh }),
        Answer::Acted { view, .. } => (view, StatusCode::OK),
        _ => return Err(no(No::new("try_again"))),
    };
    let story = site.service.story_of(*view, None).await.map_err(no)?;
    Ok((status, Json(shapes::story(&story, None, &words(site, headers)))).into_response())
}

/// Any command of the table, as the token's person.
pub(super) async fn command(
    State(site): State<Site>,
    Extension(speaker): Extension<Speaker>,
    Extension(once): Extension<Once>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let no = |no: No| Problem::of(&no, &site, &headers);
    let Spoken { line } = read(&body).map_err(no)?;
    let command = command::parse(&line, site.service.names()).map_err(no)?;
    let done = site.service.handle_once(&speaker, &command, once.0.as_ref()).await.map_err(no)?;
    let deployment = match &done {
        Answer::Deployment { view, .. } | Answer::Acted { view, .. } => Some(view.deployment.id.clone()),
        _ => None,
    };
    let words = words(&site, &headers);
    let said = card::plain(&card::answer(&done, &words), &words);
    Ok(Json(shapes::Said { said, deployment }).into_response())
}
