//! A channel as a reader sees it, as text for snapshots. Ids and times are left out.

use std::fmt::Write as _;

use serde_json::Value;

use super::{FakeSlack, Message};

impl FakeSlack {
    /// What a channel shows, message by message, each with its thread below.
    pub(crate) fn seen(&self, channel: &str) -> String {
        let mut said = String::new();
        for message in self.messages(channel).iter().filter(|message| message.thread.is_none()) {
            said.push_str(&self.seen_message(&message.ts));
            for below in self.thread(&message.ts) {
                indent(&mut said, "    ", &self.seen_message(&below.ts));
            }
        }
        said
    }

    /// What one message shows, also a private one.
    pub(crate) fn seen_message(&self, ts: &str) -> String {
        let message = self.message(ts);
        let state = self.lock();
        let name = |id: &str| state.workspace.human(id).map(|human| human.name).unwrap_or("?");
        let mut said = name(&message.author).to_owned();
        if let Some(only) = &message.only_for {
            let _ = write!(said, " to {}", name(only));
        }
        let marks = [
            message.only_for.as_ref().map(|_| "private".to_owned()),
            message.only_for.as_ref().and(message.thread.as_ref()).map(|_| "in the thread".to_owned()),
            (!message.edits.is_empty()).then(|| "edited".to_owned()),
            (!message.pings.is_empty()).then(|| format!("pings {}", message.pings.join(" "))),
        ];
        let marks: Vec<String> = marks.into_iter().flatten().collect();
        if !marks.is_empty() {
            let _ = write!(said, " ({})", marks.join(", "));
        }
        said.push('\n');
        said.push_str(&body(&message));
        said
    }
}

fn body(message: &Message) -> String {
    if message.blocks.is_empty() {
        let mut said = String::new();
        indent(&mut said, "  ", &message.text);
        return said;
    }
    shown(&message.blocks)
}

/// What blocks show.
pub(crate) fn shown(blocks: &[Value]) -> String {
    let mut said = String::new();
    for block in blocks {
        self::block(&mut said, block);
    }
    said
}

fn block(said: &mut String, block: &Value) {
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    match block["type"].as_str().unwrap_or_default() {
        "header" => indent(said, "  # ", &text(&block["text"])),
        "section" => {
            indent(said, "  ", &text(&block["text"]));
            for field in block["fields"].as_array().into_iter().flatten() {
                indent(said, "  ", &text(field).replacen('\n', " ", 1));
            }
        }
        "context" => {
            for element in block["elements"].as_array().into_iter().flatten() {
                indent(said, "  _ ", &text(element));
            }
        }
        "actions" => {
            let elements = block["elements"].as_array().into_iter().flatten().map(control);
            let _ = writeln!(said, "  {}", elements.collect::<Vec<_>>().join(" "));
        }
        "input" => {
            let optional = if block["optional"] == true { " (optional)" } else { "" };
            let value = block["element"]["initial_value"].as_str().unwrap_or_default();
            indent(said, "  ", &format!("{}{optional}: {value}", text(&block["label"])));
        }
        other => {
            let _ = writeln!(said, "  <{other}>");
        }
    }
}

/// Danger has a `!`, the expected one a `+`.
fn control(one: &Value) -> String {
    if one["type"] == "button" {
        let mark = match one["style"].as_str() {
            Some("primary") => "+",
            Some("danger") => "!",
            _ => "",
        };
        return format!("[{}]{mark}", one["text"]["text"].as_str().unwrap_or_default());
    }
    let options = one["options"].as_array().into_iter().flatten();
    let options: Vec<&str> = options.filter_map(|option| option["text"]["text"].as_str()).collect();
    format!("<{}: {}>", one["placeholder"]["text"].as_str().unwrap_or_default(), options.join(" | "))
}

/// A form as it is shown.
pub(super) fn form(view: &Value) -> String {
    let text = |key: &str| view[key]["text"].as_str().unwrap_or_default();
    let mut said = format!("form `{}`\n", text("title"));
    for one in view["blocks"].as_array().into_iter().flatten() {
        block(&mut said, one);
    }
    let _ = writeln!(said, "  [{}] [{}]", text("close"), text("submit"));
    said
}

fn indent(said: &mut String, before: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(said, "{}", format!("{before}{line}").trim_end());
    }
}
