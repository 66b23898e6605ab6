//! An answer of the fake, and the codes of Discord's refusals.
//!
//! To add a refusal: a line in [`REFUSALS`].

use serde_json::{Map, Value, json};

/// Code, status, words. <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
const REFUSALS: &[(u32, u16, &str)] = &[
    (0, 401, "401: Unauthorized"),
    (10_003, 404, "Unknown Channel"),
    (10_004, 404, "Unknown Guild"),
    (10_002, 404, "Unknown Application"),
    (10_007, 404, "Unknown Member"),
    (10_008, 404, "Unknown Message"),
    (10_015, 404, "Unknown Webhook"),
    (10_062, 404, "Unknown interaction"),
    (30_046, 429, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
    (40_060, 400, "Interaction has already been acknowledged."),
    (50_001, 403, "Missing Access"),
    (50_005, 403, "Cannot edit a message authored by another user"),
    (50_006, 400, "Cannot send an empty message"),
    (50_013, 403, "Missing Permissions"),
    (50_024, 400, "Cannot execute action on this channel type"),
    (50_027, 401, "Invalid Webhook Token"),
    (50_083, 400, "Thread is archived"),
    (50_109, 400, "The request body contains invalid JSON."),
    (160_004, 400, "A thread has already been created for this message"),
    (160_005, 403, "This thread is locked"),
];

/// A status and a body, and what the request broke.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    /// In seconds.
    pub(super) retry_after: Option<f64>,
    pub(super) violations: Vec<String>,
}

/// What a request breaks: where, Discord's word for it, and words for who reads the test.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// Keys and places, with dots.
    pub(super) at: String,
    pub(super) code: &'static str,
    pub(super) says: String,
}

/// An answer, or a refusal.
pub(super) type Answered = Result<Reply, Reply>;

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self::of(200, Some(body))
    }

    pub(super) fn created(body: Value) -> Self {
        Self::of(201, Some(body))
    }

    pub(super) fn nothing() -> Self {
        Self::of(204, None)
    }

    /// A refusal by its code.
    pub(super) fn no(code: u32) -> Self {
        let (_, status, words) = REFUSALS.iter().find(|(known, _, _)| *known == code).expect("a known refusal");
        Self::of(*status, Some(json!({"message": words, "code": code})))
    }

    /// A refusal that passes.
    pub(super) fn later(code: u32, seconds: f64) -> Self {
        let mut reply = Self::no(code);
        if let Some(body) = &mut reply.body {
            body["retry_after"] = json!(seconds);
            body["global"] = json!(false);
        }
        reply.retry_after = Some(seconds);
        reply
    }

    /// Nothing is here. The fake tells this apart from what Discord would say.
    pub(super) fn unknown(violation: String) -> Self {
        let mut reply = Self::of(404, Some(json!({"message": "404: Not Found", "code": 0})));
        reply.violations.push(violation);
        reply
    }

    /// A body that breaks rules: 50035, or 50006 where Discord has a code of its own.
    pub(super) fn invalid(problems: &[Problem]) -> Self {
        let empty = problems.iter().find(|problem| problem.code == "EMPTY");
        let mut reply = if empty.is_some() { Self::no(50_006) } else { Self::of(400, Some(form(problems))) };
        reply.violations = problems.iter().map(|problem| format!("{}: {}", problem.at, problem.says)).collect();
        reply
    }

    fn of(status: u16, body: Option<Value>) -> Self {
        Self { status, body, retry_after: None, violations: Vec::new() }
    }
}

/// The body of 50035: <https://discord.com/developers/docs/reference#error-messages>
fn form(problems: &[Problem]) -> Value {
    let mut errors = json!({});
    'problems: for problem in problems {
        let mut place = &mut errors;
        for key in problem.at.split('.').filter(|key| !key.is_empty()) {
            // What is said of a whole is not repeated of its parts.
            if place.get("_errors").is_some() {
                continue 'problems;
            }
            place = place.as_object_mut().expect("an object").entry(key).or_insert_with(|| Value::Object(Map::new()));
        }
        let said = json!({"code": problem.code, "message": problem.says});
        match place.get_mut("_errors").and_then(Value::as_array_mut) {
            Some(all) => all.push(said),
            None => *place = json!({"_errors": [said]}),
        }
    }
    json!({"message": "Invalid Form Body", "code": 50_035, "errors": errors})
}
