//! The buttons of a card as rows of Discord's components, within its limits.
//!
//! Several gates that wait for the same word become one select: ten buttons in a row are no checklist. What is too
//! much for Discord is left out from the end, because a card has its most important buttons first; everything that a
//! button does, a command does too.

use std::collections::HashSet;

use serenity::all::{
    ButtonStyle as Style, CreateActionRow, CreateButton, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption,
};

use super::{button, markup};
use crate::card::{Button, ButtonStyle, Press};
use crate::domain::Action;
use crate::words::Words;

const ROWS: usize = 5;
const IN_A_ROW: usize = 5;
const LABEL: usize = 80;
const OPTIONS: usize = 25;
const OPTION: usize = 100;
const PLACEHOLDER: usize = 150;

/// The rows: the buttons first, then the selects.
pub(super) fn rows(buttons: &[Button], words: &Words) -> Vec<CreateActionRow> {
    let mut single: Vec<&Button> = buttons.iter().collect();
    let mut selects = Vec::new();
    for (action, placeholder) in [(Action::Approve, "discord-pick-approve"), (Action::Confirm, "discord-pick-confirm")]
    {
        let those: Vec<&Button> = single.iter().filter(|b| gate(b, action).is_some()).copied().collect();
        if those.len() > 1 {
            single.retain(|b| gate(b, action).is_none());
            selects.extend(select(&those, action, &words.get(placeholder)));
        }
    }
    let mut seen = HashSet::new();
    let unique = single.into_iter().filter(|b| seen.insert(button::encode(&b.press)));
    let kept: Vec<&Button> = unique.take((ROWS - selects.len()) * IN_A_ROW).collect();
    let rows = kept.chunks(IN_A_ROW).map(|row| CreateActionRow::Buttons(row.iter().map(|b| face(b)).collect()));
    rows.chain(selects).collect()
}

/// The gate that a button gives a word on, if it is a button of that sort.
fn gate(button: &Button, wanted: Action) -> Option<&str> {
    match &button.press {
        Press::Act { action, gate: Some(gate), .. } if *action == wanted => Some(gate),
        _ => None,
    }
}

fn face(button: &Button) -> CreateButton {
    let style = match button.style {
        ButtonStyle::Primary => Style::Primary,
        ButtonStyle::Secondary => Style::Secondary,
        ButtonStyle::Danger => Style::Danger,
    };
    CreateButton::new(button::encode(&button.press)).label(label(&button.label, LABEL)).style(style)
}

/// One of several gates to choose. They are of one deployment at one revision, as one card is.
fn select(buttons: &[&Button], action: Action, placeholder: &str) -> Option<CreateActionRow> {
    let Press::Act { deployment, revision, .. } = &buttons.first()?.press else { return None };
    let mut seen = HashSet::new();
    let names = buttons.iter().filter_map(|b| gate(b, action)).filter(|name| seen.insert(button::mark(name)));
    let options =
        names.take(OPTIONS).map(|name| CreateSelectMenuOption::new(label(name, OPTION), button::mark(name))).collect();
    let menu =
        CreateSelectMenu::new(button::select(deployment, action, *revision), CreateSelectMenuKind::String { options });
    Some(CreateActionRow::SelectMenu(menu.placeholder(label(placeholder, PLACEHOLDER))))
}

/// Discord takes no empty label.
fn label(text: &str, most: usize) -> String {
    let label = markup::plain(text, most);
    if label.is_empty() { "…".to_owned() } else { label }
}
