//! Blocks and what stands in them. <https://docs.slack.dev/reference/block-kit/blocks>

use std::collections::BTreeSet;

use serde_json::Value;

use super::text::{either, members, plain};
use super::{fits, limit};

/// Where the blocks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Message,
    View,
}

/// Every rule that blocks break.
pub(super) fn judge(blocks: &Value, on: On, wrong: &mut Vec<String>) {
    let Some(blocks) = blocks.as_array() else { return wrong.push("the blocks are no list".to_owned()) };
    let most = limit(if on == On::Message { "/message/blocks" } else { "/view/blocks" });
    if blocks.len() > most || blocks.is_empty() {
        wrong.push(format!("{} blocks", blocks.len()));
    }
    let (mut ids, mut actions) = (BTreeSet::new(), BTreeSet::new());
    for (n, block) in blocks.iter().enumerate() {
        let at = format!("block {n}");
        if let Some(id) = block.get("block_id") {
            fits(&format!("{at} block_id"), id, "/block_id", wrong);
            if !ids.insert(id.to_string()) {
                wrong.push(format!("{at}: {id} is there twice"));
            }
        }
        self::block(&at, block, on, wrong);
        let elements = block["elements"].as_array().into_iter().flatten().chain(block.get("element"));
        for id in elements.filter_map(|element| element.get("action_id")) {
            if !actions.insert(id.to_string()) {
                wrong.push(format!("{at}: {id} is there twice"));
            }
        }
    }
}

fn block(at: &str, block: &Value, on: On, wrong: &mut Vec<String>) {
    match block["type"].as_str().unwrap_or_default() {
        "header" => {
            members(at, block, &["type", "block_id", "text"], wrong);
            plain(at, &block["text"], "/header/text", wrong);
        }
        "section" => section(at, block, wrong),
        "divider" => members(at, block, &["type", "block_id"], wrong),
        "context" => {
            members(at, block, &["type", "block_id", "elements"], wrong);
            let elements = several(at, &block["elements"], "/context/elements", wrong);
            elements.iter().for_each(|one| either(at, one, "/section/text", wrong));
        }
        "actions" => {
            members(at, block, &["type", "block_id", "elements"], wrong);
            let elements = several(at, &block["elements"], "/actions/elements", wrong);
            elements.iter().for_each(|one| element(at, one, wrong));
        }
        "input" if on == On::View => input(at, block, wrong),
        other => wrong.push(format!("{at}: nobody knows a `{other}` here")),
    }
}

fn section(at: &str, block: &Value, wrong: &mut Vec<String>) {
    members(at, block, &["type", "block_id", "text", "fields", "accessory"], wrong);
    if block.get("text").is_none() && block.get("fields").is_none() {
        wrong.push(format!("{at} says nothing"));
    }
    if let Some(text) = block.get("text") {
        either(at, text, "/section/text", wrong);
    }
    if let Some(fields) = block.get("fields") {
        let fields = several(at, fields, "/section/fields", wrong);
        fields.iter().for_each(|field| either(at, field, "/section/field_text", wrong));
    }
}

fn element(at: &str, element: &Value, wrong: &mut Vec<String>) {
    fits(&format!("{at} action_id"), &element["action_id"], "/action_id", wrong);
    match element["type"].as_str().unwrap_or_default() {
        "button" => {
            members(at, element, &["type", "action_id", "text", "value", "url", "style", "confirm"], wrong);
            plain(at, &element["text"], "/button/text", wrong);
            fits(&format!("{at} value"), &element["value"], "/button/value", wrong);
            if element.get("style").is_some_and(|style| style != "primary" && style != "danger") {
                wrong.push(format!("{at}: no style is called {}", element["style"]));
            }
        }
        "static_select" => {
            members(at, element, &["type", "action_id", "placeholder", "options"], wrong);
            plain(at, &element["placeholder"], "/static_select/placeholder", wrong);
            for option in several(at, &element["options"], "/static_select/options", wrong) {
                members(at, option, &["text", "value"], wrong);
                plain(at, &option["text"], "/option/text", wrong);
                fits(&format!("{at} option"), &option["value"], "/option/value", wrong);
            }
        }
        other => wrong.push(format!("{at}: nobody knows a `{other}` here")),
    }
}

fn input(at: &str, block: &Value, wrong: &mut Vec<String>) {
    members(at, block, &["type", "block_id", "label", "element", "optional", "hint"], wrong);
    plain(at, &block["label"], "/input/label", wrong);
    let element = &block["element"];
    let known = ["type", "action_id", "multiline", "max_length", "min_length", "initial_value", "placeholder"];
    members(at, element, &known, wrong);
    if element["type"] != "plain_text_input" {
        wrong.push(format!("{at}: nobody knows a {} here", element["type"]));
    }
    fits(&format!("{at} action_id"), &element["action_id"], "/action_id", wrong);
    let most = limit("/input/plain_text_max_length");
    let (longest, initial) = (element["max_length"].as_u64(), element["initial_value"].as_str().unwrap_or_default());
    if longest.is_some_and(|longest| longest > most as u64)
        || longest.is_some_and(|longest| initial.chars().count() as u64 > longest)
    {
        wrong.push(format!("{at} is too long: {element}"));
    }
}

/// The elements of a list that has some, and not too many.
fn several<'a>(at: &str, list: &'a Value, path: &str, wrong: &mut Vec<String>) -> &'a [Value] {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() || list.len() > limit(path) {
        wrong.push(format!("{at} has {} elements", list.len()));
    }
    list
}
