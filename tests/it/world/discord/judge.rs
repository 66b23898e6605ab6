//! Who judges what is said: Discord's own description where it is at hand, and twilight's types.
//!
//! What neither can see is in `rules`.

use serde_json::Value;

use super::super::specs::{Exchange, Spec};
use super::reply::{Problem, Reply};
use super::server::Incoming;

/// Every way in which a request differs from the description.
pub(super) fn request(request: &Incoming) -> Vec<Problem> {
    let Some(spec) = Spec::discord() else { return Vec::new() };
    let path =
        if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
    let exchange = Exchange { method: &request.method, path: &path, request: request.body.as_ref(), answer: None };
    let found = spec.check(&exchange).err().unwrap_or_default();
    let problem = |says: String| {
        let at = says.strip_prefix("request/").and_then(|rest| rest.split(": ").next()).unwrap_or_default();
        Problem { at: at.replace('/', "."), code: "BASE_TYPE_INVALID", says }
    };
    found.into_iter().map(problem).collect()
}

/// Every way in which the fake itself differs from the description, or says what twilight cannot read.
pub(super) fn answer(request: &Incoming, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(spec) = Spec::discord() {
        let answer = Some((reply.status, reply.body.as_ref()));
        let exchange = Exchange { method: &request.method, path: &request.path, request: None, answer };
        // Of an exchange without its request only the part about the answer counts.
        let said = spec.check(&exchange).err().unwrap_or_default();
        found.extend(said.into_iter().filter(|one| one.starts_with("answer")));
    }
    let message = reply.body.as_ref().filter(|body| reply.status < 300 && body.get("author").is_some());
    if let Some(Err(error)) =
        message.map(|body| serde_json::from_value::<twilight_model::channel::Message>(body.clone()))
    {
        found.push(format!("answer: twilight cannot read this message: {error}"));
    }
    found.into_iter().map(|one| format!("the fake is wrong: {one}")).collect()
}

/// What a body means to twilight, with what Discord would fill in.
pub(super) fn read<T: serde::de::DeserializeOwned>(at: &str, value: &Value) -> Result<T, Problem> {
    let says = |error: serde_json::Error| format!("twilight cannot read this: {error}");
    serde_json::from_value(value.clone()).map_err(|e| Problem {
        at: at.to_owned(),
        code: "BASE_TYPE_INVALID",
        says: says(e),
    })
}
