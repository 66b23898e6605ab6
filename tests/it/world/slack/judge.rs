//! Who judges what is said: Slack's own description of its methods, as far as it goes, its sample answers, and `rules`.
//!
//! The description is of 2021: what is newer is in [`NEWER`]. It says what the arguments are called and which are needed.

use serde_json::Value;

use super::super::specs::Document;
use super::rules;
use super::server::Incoming;

/// Methods that the description does not have yet, with their arguments; those that are needed are marked.
const NEWER: [(&str, &[&str]); 3] = [
    ("apps.connections.open", &[]),
    ("files.getUploadURLExternal", &["filename!", "length!", "alt_txt", "snippet_type"]),
    ("files.completeUploadExternal", &["files!", "channel_id", "thread_ts", "initial_comment", "blocks"]),
];

/// Arguments that the description does not have yet: method, argument.
const ADDED: [(&str, &str); 4] = [
    ("chat.postMessage", "metadata"),
    ("chat.update", "metadata"),
    ("conversations.history", "include_all_metadata"),
    ("conversations.replies", "include_all_metadata"),
];

/// Methods of whose answers there is no sample here: those are of every block at once.
const UNSAMPLED: [&str; 7] = [
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.replies",
    "views.open",
    "response_url",
    "upload",
];

/// Members that the samples leave out: the blocks of a form are as they were sent.
const LEFT_OUT: [&str; 1] = ["/view/blocks"];

/// Methods that take JSON; every other takes a query or a form.
const IN_JSON: [&str; 9] = [
    "apps.connections.open",
    "chat.delete",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "files.completeUploadExternal",
    "views.open",
    "views.publish",
    "views.update",
];

/// Every rule that a call breaks.
pub(super) fn call(incoming: &Incoming) -> Vec<String> {
    let method = incoming.method.as_str();
    let mut wrong = match method {
        "upload" if incoming.token.is_some() => vec!["a token is given away".to_owned()],
        "response_url" | "upload" => Vec::new(),
        _ => arguments(incoming),
    };
    match method {
        "chat.postMessage" | "chat.update" | "chat.postEphemeral" | "response_url" => {
            wrong.extend(rules::message(&incoming.body));
        }
        "views.open" => wrong.extend(rules::view(&incoming.body["view"])),
        _ => {}
    }
    wrong
}

fn arguments(incoming: &Incoming) -> Vec<String> {
    let method = incoming.method.as_str();
    let Some(given) = incoming.body.as_object() else { return vec!["the body is no object".to_owned()] };
    let mut wrong = Vec::new();
    if !incoming.is_reading && !IN_JSON.contains(&method) {
        wrong.push("this method takes no JSON".to_owned());
    }
    let Some(known) = known(method) else { return wrong };
    for name in given.keys().filter(|name| !known.iter().any(|(known, _)| known == *name)) {
        wrong.push(format!("`{name}` is not described"));
    }
    for (name, _) in known.iter().filter(|(name, needed)| *needed && given.get(name).is_none_or(Value::is_null)) {
        wrong.push(format!("`{name}` is missing"));
    }
    wrong
}

/// The arguments of a method, and whether they are needed; none where there is no description here.
fn known(method: &str) -> Option<Vec<(String, bool)>> {
    if let Some((_, known)) = NEWER.iter().find(|(known, _)| *known == method) {
        return Some(known.iter().map(|name| (name.trim_end_matches('!').to_owned(), name.ends_with('!'))).collect());
    }
    let document = Document::slack("slack-web.openapi.json")?;
    let operation = document["paths"][format!("/{method}")].as_object();
    let Some((_, operation)) = operation.and_then(|all| all.iter().next()) else {
        return Some(vec![(format!("{method} is no method of Slack's"), true)]);
    };
    let described = operation["parameters"].as_array().into_iter().flatten().filter(|one| one["name"] != "token");
    let text = |one: &Value| one["name"].as_str().unwrap_or_default().to_owned();
    let described = described.map(|one| (text(one), one["required"] == true));
    let added = ADDED.iter().filter(|(known, _)| *known == method).map(|(_, name)| ((*name).to_owned(), false));
    Some(described.chain(added).collect())
}

/// Every way in which the fake's own answer differs from Slack's sample.
pub(super) fn answer(method: &str, answer: &Value) -> Vec<String> {
    if answer["ok"] != true || UNSAMPLED.contains(&method) {
        return Vec::new();
    }
    let Some(sample) = Document::slack(&format!("slack/samples/api/{method}.json")) else { return Vec::new() };
    strange("", answer, sample)
}

/// Every way in which what the fake tells an app of differs from Slack's sample.
pub(super) fn payload(sample: &str, payload: &Value) -> Vec<String> {
    let Some(sample) = Document::slack(&format!("slack/samples/app-backend/{sample}.json")) else { return Vec::new() };
    strange("", payload, sample)
}

/// Members that the sample, which has every member that there can be, does not have.
fn strange(at: &str, value: &Value, sample: &Value) -> Vec<String> {
    match (value, sample) {
        // A map by ids: the sample leaves it empty.
        (Value::Object(_), Value::Object(known)) if known.is_empty() => Vec::new(),
        (Value::Object(members), Value::Object(known)) => members
            .iter()
            .flat_map(|(key, value)| match known.get(key) {
                Some(sample) => strange(&format!("{at}/{key}"), value, sample),
                None if LEFT_OUT.contains(&format!("{at}/{key}").as_str()) => Vec::new(),
                None => vec![format!("{at}/{key} is in no sample")],
            })
            .collect(),
        // Blocks are judged by `rules`; samples have one of each.
        (Value::Array(_), _) if at.ends_with("/blocks") => Vec::new(),
        (Value::Array(items), Value::Array(known)) => match known.first() {
            Some(sample) => items.iter().flat_map(|item| strange(&format!("{at}/0"), item, sample)).collect(),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}
