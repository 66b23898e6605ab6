//! Programs of a world: clients of the JSON API, over HTTP. Each answer is held against the API's description.

use serde_json::Value;

use super::{World, contract};

/// A client of the JSON API.
pub(crate) struct Api<'w> {
    pub(super) world: &'w mut World,
    pub(super) token: &'static str,
    pub(super) key: Option<&'static str>,
}

impl Api<'_> {
    /// The same with an `Idempotency-Key`.
    pub(crate) fn once(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Reads.
    pub(crate) async fn get(self, path: &str) -> (u16, Value) {
        let request = self.world.http.get(self.url(path));
        self.send("GET", path, request).await
    }

    /// Does.
    pub(crate) async fn post(self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.world.http.post(self.url(path)).json(body);
        self.send("POST", path, request).await
    }

    /// Does, and hears nothing, because the program dies meanwhile.
    pub(crate) async fn posts_and_it_dies(self, path: &str, body: &Value) {
        let request = self.world.http.post(self.url(path)).json(body);
        let asked = self.signed(request).send();
        tokio::select! {
            biased;
            () = self.world.program().watcher.dies() => {}
            answer = asked => panic!("it lives, and answers: {answer:?}"),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.world.program().app.address())
    }

    fn signed(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.bearer_auth(self.token);
        match self.key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        }
    }

    async fn send(self, method: &str, path: &str, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = self.signed(request).send().await.expect("an answer");
        let status = answer.status().as_u16();
        self.world.tell(format!("> api:{} {path} → {status}", self.token));
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let text = answer.text().await.expect("a body");
        contract::hold(method, path, status, &kind, &text);
        self.world.settle().await;
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}
