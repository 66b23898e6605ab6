//! Forms as Discord's modals. <https://discord.com/developers/docs/interactions/message-components#text-inputs>

use serenity::all::{
    ActionRow, ActionRowComponent, CommandData, CreateActionRow, CreateInputText, CreateModal, InputTextStyle,
};

use super::commands;
use crate::chat::form::{self, Field, Form};
use crate::command;
use crate::words::{Words, harmless};

/// The longest label or title.
const LABEL: usize = 45;

/// A form as it is shown.
pub(super) fn modal(form: &Form) -> CreateModal {
    let rows = form.fields.iter().map(|field| CreateActionRow::InputText(input(field))).collect();
    CreateModal::new(&form.id, harmless(&form.title, LABEL)).components(rows)
}

/// The form of a command that takes a reason and was typed without one; none where nothing is missing, or where what was
/// typed cannot be.
pub(super) fn of_command(typed: &CommandData, words: &Words) -> Option<CreateModal> {
    let given = commands::given(typed).ok()?;
    form::of_command(command::find(&typed.name)?, &given, words).as_ref().map(modal)
}

/// What was filled in, by the names of the fields.
pub(super) fn fields(rows: &[ActionRow]) -> impl Iterator<Item = (&str, &str)> {
    rows.iter().flat_map(|row| &row.components).filter_map(|component| match component {
        ActionRowComponent::InputText(input) => Some((input.custom_id.as_str(), input.value.as_deref()?)),
        _ => None,
    })
}

fn input(field: &Field) -> CreateInputText {
    let style = if field.tall { InputTextStyle::Paragraph } else { InputTextStyle::Short };
    let most = u16::try_from(field.most).unwrap_or(u16::MAX);
    let input = CreateInputText::new(style, harmless(&field.label, LABEL), field.name);
    let input = if field.value.is_empty() { input } else { input.value(&field.value) };
    let input = if field.example.is_empty() { input } else { input.placeholder(&field.example) };
    input.max_length(most).required(field.required)
}
