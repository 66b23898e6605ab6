//! From a card to blocks, and from a message to its text, within all of Slack's limits.
//!
//! What comes from outside is text here too: see `mrkdwn`. What a long card loses first is in `chat::layout`. Every
//! message has a `text` besides its blocks: notifications and screen readers have only that.
//! <https://docs.slack.dev/reference/block-kit>
//!
//! Not here: sending. Everything in this file is pure, and the same card gives the same bytes.

use serde_json::{Value, json};

use super::mrkdwn::Mrkdwn;
use crate::card::{Button, ButtonStyle, Card, Detail, Row, Tone};
use crate::chat::controls::{Menu, controls};
use crate::chat::layout::{self, Line, Most, Part};
use crate::chat::markup::{self, Dialect as _, label, units};
use crate::chat::{Batch, Message, batch};
use crate::words::Words;

const HEADER: usize = 150;
const SECTION: usize = 3_000;
const FIELDS: usize = 10;
const BUTTON: usize = 75;
const ELEMENTS: usize = 25;
const OPTION: usize = 75;
const OPTIONS: usize = 100;
const PLACEHOLDER: usize = 150;

/// How much a card says at most, and how long one line is: a field takes 2,000.
const MOST: Most = Most { all: 9_000, line: 2_000 };

/// How many blocks the rows may take; beyond, they are put together. Slack takes 50 in a message.
const BLOCKS: usize = 40;

/// The most of a text that stands for a message, and of what is said. Slack recommends to stay below 4,000.
const TEXT: usize = 3_000;

/// How much of a text may go to calling people. A longer list of people leaves the words their room.
const CALLS: usize = 1_200;

/// A card as Slack takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Painted {
    /// What stands for it in notifications, and for screen readers.
    pub text: String,
    /// Everything that is read and pressed.
    pub blocks: Vec<Value>,
}

/// A card as blocks with its buttons.
#[must_use]
pub fn paint(card: &Card, words: &Words) -> Painted {
    let words = &card.words(words).that_stay();
    let mut blocks = Vec::new();
    // A header counts towards nothing, so it says what is left now.
    let title = Words::counting(&card.title, |moment| words.left(moment));
    let title = markup::plain(&format!("{} {title}", glyph(card.tone)), HEADER);
    blocks.push(json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": false}}));
    blocks.extend(body(&layout::parts(&card.rows, words, &Mrkdwn, MOST)));
    blocks.extend(pressable(&card.buttons, words));
    let footer = Mrkdwn.flat(&card.footer).cut(SECTION);
    if !footer.is_blank() {
        blocks.push(json!({"type": "context", "elements": [mrkdwn(&footer.to_string())]}));
    }
    Painted { text: in_one_line(card), blocks }
}

/// A card that is posted anew; it says where it was before.
#[must_use]
pub fn moved(painted: Painted, link: &str, words: &Words) -> Painted {
    let said = words.with("chat-card-moved", &[("link", &link)]);
    let said = sections(&said.replacen(link, &Mrkdwn.link(link, link).to_string(), 1));
    Painted { blocks: said.into_iter().chain(painted.blocks).collect(), ..painted }
}

/// Something said once. Nobody is called but by `message.call`, whatever the words hold.
#[must_use]
pub fn said(message: &Message, link: Option<&str>) -> String {
    let mut called: Vec<String> = Vec::new();
    let mut calls = String::new();
    for identity in &message.call {
        let mention = match (id(identity, "slack:user:"), id(identity, "slack:group:")) {
            (Some(id), _) => format!("<@{id}> "),
            (_, Some(id)) => format!("<!subteam^{id}> "),
            (None, None) => continue,
        };
        if !called.contains(&mention) && units(&calls) + units(&mention) <= CALLS {
            calls.push_str(&mention);
            called.push(mention);
        }
    }
    let text = Mrkdwn.text(&message.text).cut(TEXT - units(&calls)).to_string();
    let said = format!("{calls}{text}");
    let said = if said.trim().is_empty() { "…" } else { said.trim_end() };
    match link.map(|link| Mrkdwn.link(link, link).to_string()) {
        Some(link) => format!("{said}\n{link}"),
        None => said.to_owned(),
    }
}

/// The lines of a thread.
#[must_use]
pub fn lines(details: &[Detail]) -> Vec<Batch> {
    batch::batches(details, &Mrkdwn, TEXT)
}

/// Text as one section holds it, for messages that are no card: addresses and names in it stay text.
#[must_use]
pub fn sections(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| Line { text: line.to_owned(), is_field: false }).collect();
    body(&[Part { lines }])
}

/// The title, and what is going on.
fn in_one_line(card: &Card) -> String {
    let sentence = card.rows.iter().find_map(|row| match row {
        Row::Text { text } => Some(text.as_str()),
        _ => None,
    });
    let title = Mrkdwn.text(&card.title).cut(HEADER);
    let all = match sentence.map(|said| Mrkdwn.text(said)).filter(|said| !said.is_blank()) {
        Some(sentence) if title.is_blank() => sentence,
        Some(sentence) => title.then(markup::whole(" — ")).then(sentence),
        None => title,
    };
    let text = all.cut(TEXT).to_string();
    if text.trim().is_empty() { "…".to_owned() } else { text }
}

fn body(parts: &[Part]) -> Vec<Value> {
    let blocks: Vec<Value> = parts.iter().flat_map(blocks_of).collect();
    if blocks.len() <= BLOCKS { blocks } else { packed(parts) }
}

/// What stands together, with names and values side by side where there are several.
fn blocks_of(part: &Part) -> Vec<Value> {
    let mut blocks = Vec::new();
    for run in part.lines.chunk_by(|one, other| one.is_field == other.is_field) {
        if run.len() > 1 && run[0].is_field {
            let fields = run.chunks(FIELDS).map(|few| few.iter().map(|line| mrkdwn(&line.text)).collect::<Value>());
            blocks.extend(fields.map(|fields| json!({"type": "section", "fields": fields})));
        } else {
            blocks.extend(texts(run.iter().map(|line| line.text.as_str()), "\n"));
        }
    }
    blocks
}

/// As few sections as hold everything.
fn packed(parts: &[Part]) -> Vec<Value> {
    let lines = parts.iter().flat_map(|part| part.lines.iter().map(|line| line.text.as_str()));
    texts(lines, "\n")
}

fn texts<'a>(lines: impl Iterator<Item = &'a str>, between: &str) -> Vec<Value> {
    let mut texts: Vec<String> = Vec::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        match texts.last_mut() {
            Some(last) if units(last) + units(between) + units(line) <= SECTION => {
                last.push_str(between);
                last.push_str(line);
            }
            _ => texts.push(line.to_owned()),
        }
    }
    texts.iter().map(|text| json!({"type": "section", "text": mrkdwn(text)})).collect()
}

fn pressable(buttons: &[Button], words: &Words) -> Option<Value> {
    let sorted = controls(buttons, words);
    let room = ELEMENTS.saturating_sub(sorted.menus.len());
    let buttons = sorted.buttons.iter().take(room).map(|(button, carried)| face(button, carried));
    let elements: Vec<Value> = buttons.chain(sorted.menus.iter().map(select)).collect();
    (!elements.is_empty()).then(|| json!({"type": "actions", "elements": elements}))
}

fn face(button: &Button, carried: &str) -> Value {
    let text = json!({"type": "plain_text", "text": label(&button.label, BUTTON), "emoji": false});
    let mut face = json!({"type": "button", "action_id": carried, "value": carried, "text": text});
    match button.style {
        ButtonStyle::Primary => face["style"] = json!("primary"),
        ButtonStyle::Danger => face["style"] = json!("danger"),
        ButtonStyle::Secondary => {}
    }
    face
}

fn select(menu: &Menu) -> Value {
    let text = |said: &str, most| json!({"type": "plain_text", "text": label(said, most), "emoji": false});
    let option = |(said, value): &(String, String)| json!({"text": text(said, OPTION), "value": value});
    json!({
        "type": "static_select",
        "action_id": menu.id,
        "placeholder": text(&menu.placeholder, PLACEHOLDER),
        "options": menu.options.iter().take(OPTIONS).map(option).collect::<Value>(),
    })
}

/// Addresses and names in it are not made into links by themselves.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// An id of that sort. What is not one stays uncalled.
fn id<'a>(identity: &'a str, sort: &str) -> Option<&'a str> {
    let id = identity.strip_prefix(sort)?;
    let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    (!id.is_empty() && id.len() <= 40 && id.bytes().all(fits)).then_some(id)
}

/// The title says in words what this says.
const fn glyph(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "⚪",
        Tone::Busy => "🔵",
        Tone::Asking => "🟣",
        Tone::Good => "🟢",
        Tone::Warning => "🟠",
        Tone::Bad => "🔴",
    }
}
