//! Help: every command in a line, or one command with its arguments and an example.

use super::{Card, Row, Tone};
use crate::command::{self, Spec};
use crate::words::Words;

/// Every command.
pub(super) fn all(words: &Words) -> Card {
    let mut rows = vec![Row::text(words.get(&words.for_typing("help-head")))];
    rows.extend(command::TABLE.iter().map(|spec| Row::field(format!("/{}", spec.name), words.get(&key(spec, "")))));
    rows.push(Row::text(words.get(&words.for_typing("help-foot"))));
    Card::page(words.get("help-title"), Tone::Plain, rows)
}

/// One command.
pub(super) fn one(name: &str, words: &Words) -> Option<Card> {
    let spec = command::find(name)?;
    let mut rows = vec![Row::Code { text: usage(spec, words) }, Row::text(words.get(&key(spec, "-help")))];
    // Where each field is asked for by its name, a line would mislead.
    if !words.are_in_fields() {
        rows.push(Row::field(words.get("help-example"), words.get(&key(spec, "-example"))));
    }
    if let Some(permission) = spec.permission {
        let needs = words.with("help-permission", &[("permission", &permission.word()), ("word", &permission.word())]);
        rows.push(Row::field(words.get("help-needs"), needs));
    }
    let title = words.with("help-title-one", &[("command", &spec.name), ("line", &words.get(&key(spec, "")))]);
    Some(Card::page(title, Tone::Plain, rows))
}

/// `/deploy ENVIRONMENT [VERSION] [APP]`; field by field, `/deploy environment: [version:] [app:]`.
pub(super) fn usage(spec: &Spec, words: &Words) -> String {
    if words.are_in_fields() {
        return spec.usage(|argument| format!("{}:", words.get(&format!("field-{}", argument.word()))));
    }
    spec.usage(|argument| words.get(&format!("argument-{}", argument.word())))
}

fn key(spec: &Spec, what: &str) -> String {
    format!("command-{}{what}", spec.name)
}
