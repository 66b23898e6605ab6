//! Forms: they ask for the reason of a press, and of a command that was typed without one.
//!
//! Nothing is kept while a form is open: that of a press has the press in its custom id, and that of a command has what
//! was typed in its fields, where the person sees it and may change it. So both work after a restart.
//! <https://discord.com/developers/docs/interactions/message-components#text-inputs>

use serenity::all::{
    ActionRow, ActionRowComponent, CommandData, CreateActionRow, CreateInputText, CreateModal, InputTextStyle,
    ResolvedValue,
};

use super::button::{self, Pressed};
use super::commands::{self, NAME, TEXT};
use crate::command::{self, Command, Given, Kind, Names};
use crate::view::No;
use crate::words::{Words, harmless};

/// What the custom id of a command's form begins with, before the name of the command.
const COMMAND: &str = "c.";

/// The name of the field for the reason.
const REASON: &str = "reason";

/// The most fields that a form takes, and the longest label or title.
const FIELDS: usize = 5;
const LABEL: usize = 45;

/// The form of a press: whether it must be filled in is up to what was pressed.
pub(super) fn of_press(pressed: &Pressed, title: &str, is_required: bool, words: &Words) -> CreateModal {
    let reason = CreateActionRow::InputText(reason(words).required(is_required));
    CreateModal::new(button::modal(pressed), harmless(title, LABEL)).components(vec![reason])
}

/// The form of a command that takes a reason and was typed without; none where nothing is missing.
pub(super) fn of_command(typed: &CommandData, words: &Words) -> Option<CreateModal> {
    let spec = command::find(&typed.name)?;
    let takes = spec.arguments.iter().any(|argument| argument.kind == Kind::Reason && argument.required);
    let options = typed.options();
    let texts = || {
        options.iter().filter_map(|option| match &option.value {
            ResolvedValue::String(text) => Some((option.name, text.trim())).filter(|(_, text)| !text.is_empty()),
            _ => None,
        })
    };
    if !takes || texts().any(|(name, _)| name == REASON) {
        return None;
    }
    let known = |(name, text): (&str, &str)| {
        let argument = spec.arguments.iter().find(|argument| argument.word() == name)?;
        let label = harmless(&words.get(&format!("field-{name}")), LABEL);
        let field = CreateInputText::new(InputTextStyle::Short, label, name).value(harmless(text, NAME.into()));
        Some(field.max_length(NAME).required(argument.required))
    };
    let fields = texts().filter_map(known).take(FIELDS - 1).chain([reason(words).required(true)]);
    let rows = fields.map(CreateActionRow::InputText).collect();
    Some(CreateModal::new(format!("{COMMAND}{}", spec.name), format!("/{}", spec.name)).components(rows))
}

/// The command that a form was filled in for; none where it is the form of a press.
pub(super) fn command(custom_id: &str, rows: &[ActionRow], names: &Names) -> Option<Result<Command, No>> {
    let spec = command::find(custom_id.strip_prefix(COMMAND)?)?;
    let mut given = Given::default();
    for (name, text) in fields(rows) {
        if let Err(no) = commands::put(&mut given, name, text) {
            return Some(Err(no));
        }
    }
    Some(command::complete(spec, given, names))
}

/// The reason that was filled in, if one was.
pub(super) fn reason_of(rows: &[ActionRow]) -> Option<&str> {
    let reason = fields(rows).find(|(name, _)| *name == REASON)?.1.trim();
    Some(reason).filter(|reason| !harmless(reason, 1).is_empty())
}

fn reason(words: &Words) -> CreateInputText {
    CreateInputText::new(InputTextStyle::Paragraph, words.get("discord-reason"), REASON)
        .placeholder(words.get("discord-reason-example"))
        .max_length(TEXT)
}

fn fields(rows: &[ActionRow]) -> impl Iterator<Item = (&str, &str)> {
    rows.iter().flat_map(|row| &row.components).filter_map(|component| match component {
        ActionRowComponent::InputText(input) => Some((input.custom_id.as_str(), input.value.as_deref()?)),
        _ => None,
    })
}
