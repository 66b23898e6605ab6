//! Programs of a world: clients of the JSON API, over HTTP.

use serde_json::Value;

use super::World;

/// A client of the JSON API.
pub(crate) struct Api<'w> {
    pub(super) world: &'w mut World,
    pub(super) token: &'static str,
}

impl Api<'_> {
    /// Reads.
    pub(crate) async fn get(self, path: &str) -> (u16, Value) {
        let request = self.world.http.get(self.url(path));
        self.send(path, request).await
    }

    /// Does.
    pub(crate) async fn post(self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.world.http.post(self.url(path)).json(body);
        self.send(path, request).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.world.program().app.address())
    }

    async fn send(self, path: &str, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.bearer_auth(self.token).send().await.expect("an answer");
        let status = answer.status().as_u16();
        self.world.tell(format!("> api:{} {path} → {status}", self.token));
        let text = answer.text().await.expect("a body");
        self.world.settle().await;
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}
