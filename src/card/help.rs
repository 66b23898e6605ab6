//! Help: every command in a line, or one command with its arguments and an example.

use super::{Card, Row, Tone};
use crate::command::{self, Given, Kind, Spec};
use crate::words::{NAME, Words, harmless};

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

/// A command as it is to be typed: `/override "release notes" production REASON`; field by field,
/// `/override gate: release notes environment: production reason:`. What it takes and is not given, is left to who types.
pub(super) fn typed(name: &str, given: &Given, words: &Words) -> String {
    let Some(spec) = command::find(name) else { return String::new() };
    let mut line = format!("/{}", spec.name);
    for argument in spec.arguments {
        let value = match argument.kind {
            Kind::Environment | Kind::Place => given.environment.clone(),
            Kind::App => given.app.clone(),
            Kind::Version => given.version.clone(),
            Kind::Gate => given.gate.clone(),
            Kind::Next => given.next.then(|| argument.word().to_owned()),
            _ => None,
        };
        let value = value.map(|value| harmless(&value, NAME));
        let field = words.get(&format!("field-{}", argument.word()));
        let said = match (value, words.are_in_fields()) {
            (Some(_), true) if argument.kind == Kind::Next => format!("{field}: True"),
            (Some(value), true) => format!("{field}: {value}"),
            // Before a reason, a gate of several words must be kept together.
            (Some(value), false) if value.contains(' ') && spec.takes(Kind::Reason) => format!("\"{value}\""),
            (Some(value), false) => value,
            (None, true) if argument.required => format!("{field}:"),
            (None, false) if argument.required => words.get(&format!("argument-{}", argument.word())),
            (None, _) => continue,
        };
        line.push(' ');
        line.push_str(&said);
    }
    line
}

fn key(spec: &Spec, what: &str) -> String {
    format!("command-{}{what}", spec.name)
}
