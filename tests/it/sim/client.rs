//! A plain client of the simulator that shows every exchange to the official description.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use shipgate::clock::{Moment, Span};
use shipgate::sim::{self, AppConfig, Fly, Limits, MachineView, SimConfig, Timings, http_check};

use crate::world::clock::ManualClock;
use crate::world::specs::{Exchange, Spec};

/// The header of leases.
const NONCE: &str = "fly-machine-lease-nonce";

/// A simulator under a manual clock, and a client of it.
pub(crate) struct Sim {
    pub(crate) fly: Fly,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) http: reqwest::Client,
    token: String,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Sim {
    /// Two machines of `hello-staging` and three of `hello-production`, as in the demo, but with a service check that
    /// asks `/health`, and without rate limits.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The same, changed.
    pub(crate) async fn with(change: impl FnOnce(&mut SimConfig)) -> Self {
        let mut config = sim::demo_config();
        let first = config.images[0].reference();
        config.apps = [("hello-staging", 2), ("hello-production", 3)]
            .map(|(name, machines)| AppConfig::deployed(name, machines, &first, &http_check()))
            .into();
        config.limits = Limits::Off;
        change(&mut config);
        let clock = ManualClock::at(Moment(1_790_000_000_000));
        let fly = Fly::start(config, clock.clone()).await.expect("it starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { fly, clock, http, token: format!("Bearer {}", sim::DEMO_TOKEN) }
    }

    /// A client with another authorization header.
    pub(crate) fn acting_as(&mut self, authorization: &str) {
        self.token = authorization.into();
    }

    /// Calls, and shows the exchange to the description.
    #[track_caller]
    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> impl Future<Output = Got> + Send + use<> {
        self.call_with(method, path, body, None)
    }

    /// The same with a lease nonce.
    #[track_caller]
    pub(crate) fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        nonce: Option<&str>,
    ) -> impl Future<Output = Got> + Send + use<> {
        let caller = std::panic::Location::caller();
        let request = self.request(method.clone(), path, body.as_ref(), nonce);
        let path = path.to_owned();
        async move {
            let got = read(request.send().await.expect("an answer")).await;
            judge(&method, &path, body.as_ref(), &got).unwrap_or_else(|violations| {
                panic!("{caller}: {method} {path} {}: {violations:#?}\n{:#}", got.status, got.body)
            });
            got
        }
    }

    /// A call that is not shown to the description, because it is meant to be wrong.
    pub(crate) async fn wrong(&self, method: Method, path: &str, body: &str) -> Got {
        let request = self.request(method, path, None, None).body(body.to_owned());
        read(request.send().await.expect("an answer")).await
    }

    /// A request that is ready to go.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        nonce: Option<&str>,
    ) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.fly.api_url()));
        if !self.token.is_empty() {
            request = request.header("authorization", &self.token);
        }
        if let Some(nonce) = nonce {
            request = request.header(NONCE, nonce);
        }
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A POST without a body.
    pub(crate) async fn poke(&self, path: &str) -> Got {
        self.call(Method::POST, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Got {
        self.call(Method::DELETE, path, None).await
    }

    /// The first machine of `hello-staging`.
    pub(crate) fn first(&self) -> MachineView {
        self.fly.machines("hello-staging").remove(0)
    }

    /// The path of the first machine of `hello-staging`.
    pub(crate) fn path(&self) -> String {
        path_of("hello-staging", &self.first())
    }

    /// Updates a machine to the image of a version of the demo.
    pub(crate) async fn update(&self, app: &str, machine: &MachineView, version: &str) -> Got {
        self.post(&path_of(app, machine), json!({"config": with_image(machine, version)})).await
    }

    /// What a client of an app gets.
    pub(crate) async fn visit(&self, app: &str, path: &str) -> Got {
        let edge = self.fly.edge_url(app).expect("the app has an edge");
        read(self.http.get(format!("{edge}{path}")).send().await.expect("an answer")).await
    }

    pub(crate) fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

impl Got {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The error's text, which must come with this status.
    #[track_caller]
    pub(crate) fn error(self, status: u16) -> String {
        self.expect(status)["error"].as_str().expect("an error has a text").to_owned()
    }
}

/// The path of a machine.
pub(crate) fn path_of(app: &str, machine: &MachineView) -> String {
    format!("/v1/apps/{app}/machines/{}", machine.id)
}

/// A machine's config with the image of a version of the demo.
pub(crate) fn with_image(machine: &MachineView, version: &str) -> Value {
    let mut config = machine.config.clone();
    config.insert("image".into(), json!(image(version)));
    Value::Object(config)
}

/// The image of a version of the demo.
pub(crate) fn image(version: &str) -> String {
    let releases = sim::demo_releases();
    releases.iter().find(|release| release.version == version).expect("the demo has this version").image.clone()
}

/// Nothing takes time.
pub(crate) fn instantly(config: &mut SimConfig) {
    config.timings = Timings::instant();
}

async fn read(answer: reqwest::Response) -> Got {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(if text.is_empty() { Value::Null } else { Value::String(text) });
    Got { status, body, headers }
}

fn judge(method: &Method, path: &str, request: Option<&Value>, got: &Got) -> Result<(), Vec<String>> {
    let Some(spec) = Spec::fly() else { return Ok(()) };
    let body = Some(&got.body).filter(|body| !body.is_null());
    spec.check(&Exchange { method: method.as_str(), path, request, answer: Some((got.status, body)) })
}
