//! Rules of first answers that are not messages.

use serde_json::Value;

use super::super::message::EPHEMERAL;
use super::super::reply::Problem;
use super::{component, each, problem};

/// What the data of a first answer break.
pub(in super::super) fn callback(kind: u64, data: &Value) -> Vec<Problem> {
    match kind {
        5 => deferral(data).into_iter().collect(),
        // <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type>
        6 if data.as_object().is_some_and(|data| !data.is_empty()) => {
            vec![problem("", "BASE_TYPE_CHOICES", "a deferred update has no data")]
        }
        8 => choices(data),
        9 => modal(data),
        _ => Vec::new(),
    }
}

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-messages>:
/// of the flags only the one for ephemeral counts on a deferral, and nothing else does.
fn deferral(data: &Value) -> Option<Problem> {
    let map = data.as_object()?;
    let flags = map.get("flags").and_then(Value::as_u64).unwrap_or_default();
    if flags & !EPHEMERAL != 0 {
        return Some(problem("flags", "BASE_TYPE_CHOICES", format!("{flags} on a deferral")));
    }
    let more = map.iter().find(|(key, value)| {
        let empty = value.is_null() || **value == serde_json::json!([]) || **value == serde_json::json!(false);
        key.as_str() != "flags" && !empty
    })?;
    Some(problem(more.0, "BASE_TYPE_CHOICES", format!("{} on a deferral", more.0)))
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-choice-structure>
fn choices(data: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for (place, choice) in each(&data["choices"]) {
        let lengths = [("name", &choice["name"]), ("value", &choice["value"])];
        for (key, value) in lengths.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?))) {
            if !(1..=100).contains(&value.chars().count()) {
                found.push(problem(format!("choices.{place}.{key}"), "BASE_TYPE_BAD_LENGTH", "1 to 100 characters"));
            }
        }
    }
    found
}

/// <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>
fn modal(data: &Value) -> Vec<Problem> {
    let mut found: Vec<Problem> = component::ids(&data["components"]).into_iter().collect();
    let rows = data["components"].as_array().map_or(0, Vec::len);
    if !(1..=5).contains(&rows) {
        found.push(problem("components", "BASE_TYPE_BAD_LENGTH", "a modal has 1 to 5 components"));
    }
    for (place, row) in each(&data["components"]).filter(|(_, row)| row["type"] == 1) {
        if row["components"].as_array().map_or(0, Vec::len) != 1 {
            found.push(problem(format!("components.{place}"), "BASE_TYPE_BAD_LENGTH", "one text input in each row"));
        }
        for (_, input) in each(&row["components"]) {
            if input["label"].as_str().is_none_or(str::is_empty) {
                found.push(problem(format!("components.{place}.components.0.label"), "BASE_TYPE_REQUIRED", "required"));
            }
        }
    }
    found
}
