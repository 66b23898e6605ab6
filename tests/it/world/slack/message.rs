//! A message as the fake keeps it.

use serde_json::{Value, json};
use shipgate::clock::Moment;

use super::workspace::{BOT, TEAM};

/// A file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) alt: String,
    /// How long it was said to be.
    pub(crate) length: usize,
    /// What stands in it, once it has come.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// A message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) channel: String,
    /// Its id.
    pub(crate) ts: String,
    /// The message that it is below.
    pub(crate) thread: Option<String>,
    pub(crate) author: String,
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
    /// What the app alone reads in it.
    pub(crate) metadata: Value,
    pub(crate) files: Vec<Upload>,
    /// The only person who sees it.
    pub(crate) only_for: Option<String>,
    pub(crate) at: Moment,
    /// When it was edited.
    pub(crate) edits: Vec<Moment>,
    pub(crate) deleted: bool,
    /// Who heard a sound when it was posted, by name. Edits ping nobody.
    pub(crate) pings: Vec<String>,
}

impl Message {
    pub(super) fn new(channel: &str, ts: String, at: Moment) -> Self {
        Self {
            channel: channel.to_owned(),
            ts,
            thread: None,
            author: BOT.to_owned(),
            text: String::new(),
            blocks: Vec::new(),
            metadata: Value::Null,
            files: Vec::new(),
            only_for: None,
            at,
            edits: Vec::new(),
            deleted: false,
            pings: Vec::new(),
        }
    }

    /// Takes over what a call says.
    pub(super) fn take(&mut self, body: &Value) {
        body["text"].as_str().unwrap_or_default().clone_into(&mut self.text);
        self.blocks = body["blocks"].as_array().cloned().unwrap_or_default();
        if body.get("metadata").is_some() {
            self.metadata = body["metadata"].clone();
        }
    }

    pub(crate) fn is_public(&self) -> bool {
        !self.deleted && self.only_for.is_none()
    }

    /// Its title, where it is a card.
    pub(crate) fn title(&self) -> &str {
        let header = self.blocks.iter().find(|block| block["type"] == "header");
        header.and_then(|block| block["text"]["text"].as_str()).unwrap_or_default()
    }

    /// Everything that can be pressed.
    pub(crate) fn controls(&self) -> Vec<&Value> {
        let rows = self.blocks.iter().filter(|block| block["type"] == "actions");
        rows.filter_map(|block| block["elements"].as_array()).flatten().collect()
    }

    /// What its buttons say.
    pub(crate) fn buttons(&self) -> Vec<String> {
        let buttons = self.controls().into_iter().filter(|one| one["type"] == "button");
        buttons.map(|one| one["text"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(super) fn json(&self) -> Value {
        let mut json = json!({
            "type": "message", "user": self.author, "ts": self.ts, "team": TEAM, "text": self.text,
            "blocks": self.blocks, "bot_id": "B0SHIPGATE", "app_id": "A0SHIPGATE",
        });
        if let Some(thread) = &self.thread {
            json["thread_ts"] = json!(thread);
        }
        if !self.files.is_empty() {
            let file = |file: &Upload| json!({"id": file.id, "name": file.name, "title": file.title});
            json["files"] = self.files.iter().map(file).collect();
        }
        json
    }

    /// The same with what the app alone reads in it.
    pub(super) fn json_with_metadata(&self) -> Value {
        let mut json = self.json();
        if !self.metadata.is_null() {
            json["metadata"] = self.metadata.clone();
        }
        json
    }
}
