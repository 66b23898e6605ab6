//! Forms as Slack's modals. <https://docs.slack.dev/surfaces/modals>
//!
//! Where its answer goes is in the form's private metadata, because a form is in no channel: also the address for answers
//! that came with what opened it, because the bot need not be in every channel in which commands are typed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::mrkdwn::Mrkdwn;
use crate::chat::form::{Field, Form};
use crate::chat::markup::{Dialect as _, label};
use crate::words::Words;

/// The longest title, and what stands on its buttons.
const TITLE: usize = 24;

/// The longest label, of what Slack takes: a form is narrow.
const LABEL: usize = 100;
const EXAMPLE: usize = 150;

/// The longest heading.
const HEADING: usize = 500;

/// The longest address that is kept: the private metadata have 3,000 characters.
const ADDRESS: usize = 2_000;

/// Where somebody is answered.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) channel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
    /// The address that came with what they did: good for a while, and whoever has it may answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
}

impl Place {
    pub(super) fn new(channel: &str, thread: Option<String>, address: &str) -> Self {
        let address = Some(address.to_owned()).filter(|url| (1..=ADDRESS).contains(&url.len()));
        Self { channel: channel.to_owned(), thread, address }
    }
}

/// A form as it is shown. A title that is too long for Slack stands in the form too.
pub(super) fn modal(form: &Form, place: &Place, words: &Words) -> Value {
    let text = |said: &str, most| json!({"type": "plain_text", "text": label(said, most), "emoji": false});
    let fits = form.title.chars().count() <= TITLE;
    let heading = Mrkdwn.bold(&Mrkdwn.flat(&form.title).cut(HEADING).to_string());
    let heading = json!({"type": "section", "text": {"type": "mrkdwn", "text": heading, "verbatim": true}});
    let title = if fits { form.title.clone() } else { words.get("slack-form-title") };
    let blocks: Vec<Value> =
        (!fits).then_some(heading).into_iter().chain(form.fields.iter().map(|field| input(field, text))).collect();
    json!({
        "type": "modal",
        "callback_id": form.id,
        "private_metadata": serde_json::to_string(place).unwrap_or_default(),
        "title": text(&title, TITLE),
        "submit": text(&words.get("slack-form-send"), TITLE),
        "close": text(&words.get("slack-form-close"), TITLE),
        "blocks": blocks,
    })
}

fn input(field: &Field, text: impl Fn(&str, usize) -> Value) -> Value {
    let mut element = json!({
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.tall,
        "max_length": field.most,
    });
    if !field.value.is_empty() {
        element["initial_value"] = json!(field.value);
    }
    if !field.example.is_empty() {
        element["placeholder"] = text(&field.example, EXAMPLE);
    }
    json!({
        "type": "input",
        "block_id": field.name,
        "optional": !field.required,
        "label": text(&field.label, LABEL),
        "element": element,
    })
}

/// Where a form is answered that was opened there.
pub(super) fn place(private_metadata: &str) -> Option<Place> {
    serde_json::from_str(private_metadata).ok().filter(|place: &Place| !place.channel.is_empty())
}
