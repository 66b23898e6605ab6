//! What Slack takes of messages and forms: the documented limits, and the shapes of blocks.
//!
//! To add a rule: a line in the function of its subject.

mod blocks;
mod text;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

/// A documented number: they are in no official description that could be fetched, so they are written down here.
fn limit(path: &str) -> usize {
    static LIMITS: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../limits.json")).expect("limits in JSON"));
    let found = LIMITS.pointer(path).and_then(Value::as_u64);
    usize::try_from(found.unwrap_or_else(|| panic!("no limit is called {path}"))).expect("a length")
}

/// The length by the strictest count.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a text is not empty and not too long.
fn fits(at: &str, text: &Value, path: &str, wrong: &mut Vec<String>) {
    let Some(text) = text.as_str() else { return wrong.push(format!("{at} is no text: {text}")) };
    if text.trim().is_empty() {
        wrong.push(format!("{at} says nothing"));
    }
    let most = limit(path);
    if units(text) > most {
        wrong.push(format!("{at} is {} long, of {most}", units(text)));
    }
}

/// Every rule that a message breaks.
pub(crate) fn message(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    fits("text", &body["text"], "/message/text_recommended", &mut wrong);
    text::judge("text", body["text"].as_str().unwrap_or_default(), &mut wrong);
    if let Some(blocks) = body.get("blocks").filter(|blocks| !blocks.is_null()) {
        blocks::judge(blocks, blocks::On::Message, &mut wrong);
    }
    wrong
}

/// Every rule that a form breaks.
pub(crate) fn view(view: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    if view["type"] != "modal" {
        wrong.push(format!("a view of the type {}", view["type"]));
    }
    for (key, path) in [("title", "/view/title"), ("submit", "/view/submit"), ("close", "/view/close")] {
        text::plain(key, &view[key], path, &mut wrong);
    }
    for (key, path) in [("private_metadata", "/view/private_metadata"), ("callback_id", "/view/callback_id")] {
        if view.get(key).is_some() {
            fits(key, &view[key], path, &mut wrong);
        }
    }
    let known: BTreeSet<&str> =
        ["type", "callback_id", "private_metadata", "title", "submit", "close", "blocks", "notify_on_close"].into();
    let strange = view.as_object().into_iter().flat_map(|view| view.keys()).filter(|key| !known.contains(key.as_str()));
    wrong.extend(strange.map(|key| format!("a view has no `{key}`")));
    blocks::judge(&view["blocks"], blocks::On::View, &mut wrong);
    wrong
}
