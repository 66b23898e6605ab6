//! What goes wrong on purpose.
//!
//! To add a way to fail: a variant of [`Fault`] and an arm in `server`.

use serde_json::{Value, json};
use shipgate::clock::Span;

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This answer comes instead, and nothing has happened.
    Status { code: u16, body: Option<Value>, retry_after: Option<Span> },
    /// No answer ever comes, and nothing has happened.
    Deaf,
    /// It has happened, but the answer is lost on its way.
    LosesTheAnswer,
}

impl Fault {
    /// A bare status, with the page of a proxy instead of JSON.
    pub(crate) fn status(code: u16) -> Self {
        Self::Status { code, body: None, retry_after: None }
    }

    /// Too many requests; again after a while.
    /// <https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit>
    pub(crate) fn limited(after: Span) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
        let seconds = after.0 as f64 / 1_000.0;
        let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
        Self::Status { code: 429, body: Some(body), retry_after: Some(after) }
    }

    /// A refusal with one of Discord's codes.
    pub(crate) fn refuses(code: u32) -> Self {
        let reply = super::reply::Reply::no(code);
        Self::Status { code: reply.status, body: reply.body, retry_after: None }
    }
}

#[derive(Debug, Default)]
pub(super) struct Script(Vec<Line>);

#[derive(Debug)]
struct Line {
    times: Option<usize>,
    method: &'static str,
    path_end: &'static str,
    fault: Fault,
}

impl Script {
    pub(super) fn add(&mut self, times: Option<usize>, method: &'static str, path_end: &'static str, fault: Fault) {
        self.0.push(Line { times, method, path_end, fault });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What goes wrong with a request, if anything does.
    pub(super) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let fits =
            |line: &Line| line.times != Some(0) && method.starts_with(line.method) && path.ends_with(line.path_end);
        let line = self.0.iter_mut().find(|line| fits(line))?;
        if let Some(times) = &mut line.times {
            *times -= 1;
        }
        Some(line.fault.clone())
    }
}
