//! Help: every command in a line, or one command with its arguments and an example.

use super::{Card, Row, Tone};
use crate::command::{self, Spec};
use crate::words::Words;

/// Every command.
pub(super) fn all(words: &Words) -> Card {
    let mut rows = vec![Row::text(words.get("help-head"))];
    rows.extend(command::TABLE.iter().map(|spec| Row::field(format!("/{}", spec.name), words.get(&key(spec, "")))));
    rows.push(Row::text(words.get("help-foot")));
    Card::page(words.get("help-title"), Tone::Plain, rows)
}

/// One command.
pub(super) fn one(name: &str, words: &Words) -> Option<Card> {
    let spec = command::find(name)?;
    let mut rows = vec![Row::Code { text: usage(spec, words) }, Row::text(words.get(&key(spec, "-help")))];
    rows.push(Row::field(words.get("help-example"), words.get(&key(spec, "-example"))));
    if let Some(permission) = spec.permission {
        let needs = words.with("help-permission", &[("permission", &permission.word()), ("word", &permission.word())]);
        rows.push(Row::field(words.get("help-needs"), needs));
    }
    let title = words.with("help-title-one", &[("command", &spec.name), ("line", &words.get(&key(spec, "")))]);
    Some(Card::page(title, Tone::Plain, rows))
}

/// `/deploy ENVIRONMENT [VERSION] [APP]`.
pub(super) fn usage(spec: &Spec, words: &Words) -> String {
    spec.usage(|argument| words.get(&format!("argument-{}", argument.word())))
}

fn key(spec: &Spec, what: &str) -> String {
    format!("command-{}{what}", spec.name)
}
