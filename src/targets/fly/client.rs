//! The Machines API over HTTP, one function a call. Every call waits for its turn, is bounded in time and size, and
//! ends in what was asked for or in a [`Failure`].
//!
//! Not here: trying again, and what an answer means for a rollout. A call that changes something is sent once.
//! To add a call: an [`Action`] and a function here.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::FlyAccess;
use super::error::{Failure, Reply};
use super::limits::{Action, Limits};
use super::machine::Machine;
use super::token;
use crate::clock::{self, SharedClock};
use crate::domain::{Note, Span};

/// The header that carries a lease's nonce.
const NONCE: &str = "fly-machine-lease-nonce";
/// How long an ordinary call may take.
const BOUND: Span = Span::seconds(15);
/// How much longer than it was asked for a wait may take.
const WAIT_BOUND: Span = Span::seconds(75);
/// The end of an attempt must not hang on letting go of a lease: it ends by itself.
const RELEASE_BOUND: Span = Span::seconds(4);
/// How long a lease lasts, as `fly deploy` has it: a held lease also keeps the proxy from starting the machine.
pub(super) const LEASE: Span = Span::seconds(13);
/// In real time, whatever the clock: nothing listens there.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// No answer of the API is nearly as long.
const LONGEST_BODY: usize = 16 << 20;

/// A connection to one app's machines.
pub(super) struct Client {
    http: reqwest::Client,
    machines: Url,
    app: String,
    token: SecretString,
    authorization: HeaderValue,
    clock: SharedClock,
    limits: Limits,
}

/// What an update sends.
#[derive(Serialize)]
pub(super) struct Update<'a> {
    /// The whole config: what is left out is lost.
    pub(super) config: &'a Value,
    /// The version it was made from; with another one there the API refuses.
    pub(super) current_version: &'a str,
    /// Leave it stopped.
    pub(super) skip_launch: bool,
}

/// A machine to be made: it is not launched, and out of the proxy's rotation.
#[derive(Serialize)]
pub(super) struct Birth<'a> {
    config: &'a Value,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
    skip_launch: bool,
    skip_service_registration: bool,
}

impl<'a> Birth<'a> {
    pub(super) const fn of(config: &'a Value, region: &'a str) -> Self {
        Self { config, region, skip_launch: true, skip_service_registration: true }
    }
}

/// A lease as it is told of: flat, or in an envelope.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Wrapped { data: Held },
    Flat(Held),
}

/// A lease that somebody holds.
#[derive(Deserialize)]
pub(super) struct Held {
    pub(super) nonce: String,
    /// What its holder says that it is for.
    #[serde(default)]
    pub(super) description: Option<String>,
}

/// One call.
struct Call<'a> {
    action: Action,
    method: Method,
    /// The machine; none for the whole app.
    machine: Option<&'a str>,
    /// What of it.
    part: &'a str,
    query: Vec<(&'a str, String)>,
    body: Option<Value>,
    nonce: Option<&'a SecretString>,
    bound: Span,
}

impl Client {
    pub(super) fn new(access: &FlyAccess, app: &str, clock: SharedClock) -> Result<Self, Note> {
        let malformed = || Note::new("fly-url-malformed").with("url", &access.base_url);
        let mut machines = Url::parse(&access.base_url).map_err(|_| malformed())?;
        let http = http(&machines)?;
        let mut path = machines.path_segments_mut().map_err(|()| malformed())?;
        path.pop_if_empty().extend(["v1", "apps", app, "machines"]);
        drop(path);
        Ok(Self {
            http,
            machines,
            app: app.to_owned(),
            authorization: token::authorization(&access.token)?,
            token: access.token.clone(),
            clock,
            limits: Limits::default(),
        })
    }

    /// Every machine of the app, those included that are none of ours.
    pub(super) async fn list(&self) -> Result<Vec<Machine>, Failure> {
        let call = Call { machine: None, ..Call::to(Action::List, Method::GET, "", "") };
        self.parse(&self.send(call).await?)
    }

    /// One machine.
    pub(super) async fn machine(&self, id: &str) -> Result<Machine, Failure> {
        self.parse(&self.send(Call::to(Action::Read, Method::GET, id, "")).await?)
    }

    /// Sets these keys of the metadata; needs no lease and restarts nothing.
    pub(super) async fn stamp(&self, id: &str, values: &[(&str, String)]) -> Result<(), Failure> {
        let metadata: serde_json::Map<_, _> =
            values.iter().map(|(k, v)| ((*k).to_owned(), Value::from(v.as_str()))).collect();
        let body = Some(json!({ "metadata": metadata }));
        self.send(Call { body, ..Call::to(Action::Stamp, Method::PATCH, id, "metadata") }).await.map(drop)
    }

    /// Replaces the config; a machine that runs is booted anew. Answers the new version.
    pub(super) async fn update(&self, id: &str, update: &Update<'_>, nonce: &SecretString) -> Result<Machine, Failure> {
        let body = Some(json!(update));
        let call = Call { body, nonce: Some(nonce), ..Call::to(Action::Update, Method::POST, id, "") };
        self.parse(&self.send(call).await?)
    }

    /// Takes a key out of the metadata; needs no lease and restarts nothing.
    pub(super) async fn forget(&self, id: &str, key: &str) -> Result<(), Failure> {
        let part = format!("metadata/{key}");
        self.send(Call::to(Action::Forget, Method::DELETE, id, &part)).await.map(drop)
    }

    /// Makes a machine. Nothing at the API keeps this from being done twice.
    pub(super) async fn create(&self, birth: &Birth<'_>) -> Result<Machine, Failure> {
        let body = Some(json!(birth));
        let call = Call { machine: None, body, ..Call::to(Action::Create, Method::POST, "", "") };
        self.parse(&self.send(call).await?)
    }

    /// Removes a machine for good, also one that runs.
    pub(super) async fn destroy(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        let query = vec![("force", "true".to_owned())];
        let call = Call { query, nonce: Some(nonce), ..Call::to(Action::Destroy, Method::DELETE, id, "") };
        self.send(call).await.map(drop)
    }

    /// Waits at the API until this version is in that state; `seconds` is cut to what the API takes.
    pub(super) async fn wait(&self, id: &str, version: &str, state: &str, seconds: i64) -> Result<(), Failure> {
        let seconds = seconds.clamp(1, 60);
        let query = vec![("state", state.into()), ("version", version.into()), ("timeout", seconds.to_string())];
        let call = Call { query, bound: WAIT_BOUND, ..Call::to(Action::Wait, Method::GET, id, "wait") };
        self.send(call).await.map(drop)
    }

    /// Takes the machine's lease, or lengthens the one with this nonce.
    pub(super) async fn lease(
        &self,
        id: &str,
        description: &str,
        nonce: Option<&SecretString>,
    ) -> Result<SecretString, Failure> {
        let body = Some(json!({ "ttl": LEASE.0 / 1_000, "description": description }));
        let call = Call { body, nonce, ..Call::to(Action::Lease, Method::POST, id, "lease") };
        Ok(SecretString::from(self.told(call).await?.nonce))
    }

    /// The lease that somebody holds; reading it takes none.
    pub(super) async fn holder(&self, id: &str) -> Result<Held, Failure> {
        self.told(Call::to(Action::Holder, Method::GET, id, "lease")).await
    }

    async fn told(&self, call: Call<'_>) -> Result<Held, Failure> {
        Ok(match self.parse(&self.send(call).await?)? {
            Told::Wrapped { data } => data,
            Told::Flat(flat) => flat,
        })
    }

    /// Lets go of the lease.
    pub(super) async fn release(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        let call = Call::to(Action::Release, Method::DELETE, id, "lease");
        self.send(Call { nonce: Some(nonce), bound: RELEASE_BOUND, ..call }).await.map(drop)
    }

    /// Boots a machine that is stopped.
    pub(super) async fn start(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        self.send(Call { nonce: Some(nonce), ..Call::to(Action::Start, Method::POST, id, "start") }).await.map(drop)
    }

    /// Asks a machine to end by itself, and ends it when its time for that is over.
    pub(super) async fn stop(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        self.send(Call { nonce: Some(nonce), ..Call::to(Action::Stop, Method::POST, id, "stop") }).await.map(drop)
    }

    /// Takes the machine out of the proxy's rotation.
    pub(super) async fn cordon(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        self.send(Call { nonce: Some(nonce), ..Call::to(Action::Cordon, Method::POST, id, "cordon") }).await.map(drop)
    }

    /// Puts it back.
    pub(super) async fn uncordon(&self, id: &str, nonce: &SecretString) -> Result<(), Failure> {
        let call = Call::to(Action::Uncordon, Method::POST, id, "uncordon");
        self.send(Call { nonce: Some(nonce), ..call }).await.map(drop)
    }

    /// The app's name.
    pub(super) fn app(&self) -> &str {
        &self.app
    }

    /// The connections, where these fit for that address too: making new ones reads every certificate again.
    pub(super) fn connections(&self, url: &Url) -> Result<reqwest::Client, Note> {
        if is_local(url) == is_local(&self.machines) { Ok(self.http.clone()) } else { http(url) }
    }

    async fn send(&self, call: Call<'_>) -> Result<Reply, Failure> {
        let (action, machine, bound) = (call.action, call.machine.unwrap_or("-").to_owned(), call.bound);
        self.limits.turn(&*self.clock, action, call.machine.unwrap_or(&self.app)).await;
        let request = self.request(call);
        let answer = match clock::timeout(&*self.clock, bound, exchange(request)).await {
            None => Err(Failure::too_late(bound)),
            Some(Err(failure)) => Err(failure),
            Some(Ok(reply)) => {
                if reply.status.is_success() {
                    Ok(reply)
                } else {
                    Err(Failure::answered(&self.clean(&reply)))
                }
            }
        };
        if let Err(failure) = &answer {
            let (kind, said) = (&failure.kind, failure.said());
            tracing::debug!(
                app = self.app,
                machine,
                ?action,
                ?kind,
                said,
                request = failure.request(),
                "fly.io said no"
            );
        }
        answer
    }

    fn parse<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, Failure> {
        serde_json::from_slice(&reply.body).map_err(|_| Failure::nonsense(&self.clean(reply)))
    }

    fn clean(&self, reply: &Reply) -> Reply {
        reply.without(&token::secrets(&self.token))
    }

    fn request(&self, call: Call<'_>) -> reqwest::RequestBuilder {
        let mut url = self.machines.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(call.machine).extend(call.part.split('/').filter(|part| !part.is_empty()));
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        if let Some(mut nonce) = call.nonce.and_then(|n| HeaderValue::from_str(n.expose_secret()).ok()) {
            nonce.set_sensitive(true);
            headers.insert(NONCE, nonce);
        }
        let request = self.http.request(call.method, url).headers(headers).query(&call.query);
        match call.body {
            Some(body) => request.json(&body),
            None => request,
        }
    }
}

impl<'a> Call<'a> {
    fn to(action: Action, method: Method, machine: &'a str, part: &'a str) -> Self {
        let machine = Some(machine);
        Self { action, method, machine, part, query: Vec::new(), body: None, nonce: None, bound: BOUND }
    }
}

/// Connections that follow no redirect, so that what opens a door is shown at that door only.
fn http(url: &Url) -> Result<reqwest::Client, Note> {
    let http = reqwest::Client::builder()
        .user_agent(concat!("shipgate/", env!("CARGO_PKG_VERSION")))
        .cookie_store(true)
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN);
    let http = if is_local(url) { http.no_proxy() } else { http };
    // Without TLS nobody's certificate is judged, and reading all the roots takes its time.
    let http = if url.scheme() == "http" { http.tls_certs_only([]) } else { http };
    http.build().map_err(|e| Note::new("fly-client-broken").with("error", e))
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// Sends, and takes the whole answer in.
pub(super) async fn exchange(request: reqwest::RequestBuilder) -> Result<Reply, Failure> {
    let mut response = request.send().await.map_err(|e| Failure::transport(&e))?;
    let header = |name: &str| response.headers().get(name)?.to_str().ok().map(super::error::cut);
    let after = header(RETRY_AFTER.as_str()).and_then(|v| v.parse().ok()).map(Span::seconds);
    let (status, request) = (response.status(), header("fly-request-id"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| Failure::transport(&e))? {
        if body.len() + chunk.len() > LONGEST_BODY {
            let reply = Reply { status, body, request, after };
            return Err(Failure::nonsense(&reply));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { status, body, request, after })
}
