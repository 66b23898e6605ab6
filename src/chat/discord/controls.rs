//! The buttons and menus of a card as rows of Discord's components, within its limits.

use serenity::all::{
    ButtonStyle as Style, CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use crate::card::{Button, ButtonStyle};
use crate::chat::controls::{Menu, controls};
use crate::chat::markup::label;
use crate::words::Words;

const ROWS: usize = 5;
const IN_A_ROW: usize = 5;
const LABEL: usize = 80;
const OPTIONS: usize = 25;
const OPTION: usize = 100;
const PLACEHOLDER: usize = 150;

/// The rows: the buttons first, then the menus.
pub(super) fn rows(buttons: &[Button], words: &Words) -> Vec<CreateActionRow> {
    let sorted = controls(buttons, words);
    let most = (ROWS - sorted.menus.len()) * IN_A_ROW;
    let kept: Vec<CreateButton> = sorted.buttons.into_iter().take(most).map(face).collect();
    let rows = kept.chunks(IN_A_ROW).map(|row| CreateActionRow::Buttons(row.to_vec()));
    rows.chain(sorted.menus.iter().map(select)).collect()
}

fn face((button, carried): (&Button, String)) -> CreateButton {
    let style = match button.style {
        ButtonStyle::Primary => Style::Primary,
        ButtonStyle::Secondary => Style::Secondary,
        ButtonStyle::Danger => Style::Danger,
    };
    CreateButton::new(carried).label(label(&button.label, LABEL)).style(style)
}

fn select(menu: &Menu) -> CreateActionRow {
    let option = |(said, value): &(String, String)| CreateSelectMenuOption::new(label(said, OPTION), value);
    let options = menu.options.iter().take(OPTIONS).map(option).collect();
    let select = CreateSelectMenu::new(&menu.id, CreateSelectMenuKind::String { options });
    CreateActionRow::SelectMenu(select.placeholder(label(&menu.placeholder, PLACEHOLDER)))
}
