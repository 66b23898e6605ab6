//! What of a card can be pressed, sorted for chats with buttons and menus.
//!
//! Several gates that wait for the same word become one menu: ten buttons in a row are no checklist. The most important
//! comes first, so a chat that has no room for all leaves out the last; everything that a button does, a command does
//! too.

use std::collections::HashSet;

use super::button;
use crate::card::{Button, Press};
use crate::domain::Action;
use crate::words::Words;

/// The buttons, each with what it carries, and the menus.
pub(super) struct Controls<'a> {
    pub(super) buttons: Vec<(&'a Button, String)>,
    pub(super) menus: Vec<Menu>,
}

/// One of several gates to choose.
pub(super) struct Menu {
    /// What it carries.
    pub(super) id: String,
    /// What stands on it.
    pub(super) placeholder: String,
    /// What can be chosen: its words, and what they carry.
    pub(super) options: Vec<(String, String)>,
}

/// Sorts the buttons of a card.
pub(super) fn controls<'a>(buttons: &'a [Button], words: &Words) -> Controls<'a> {
    let mut single: Vec<&Button> = buttons.iter().collect();
    let mut menus = Vec::new();
    for (action, placeholder) in [(Action::Approve, "chat-pick-approve"), (Action::Confirm, "chat-pick-confirm")] {
        let those: Vec<&Button> = single.iter().filter(|b| gate(b, action).is_some()).copied().collect();
        if those.len() > 1 {
            single.retain(|b| gate(b, action).is_none());
            menus.extend(menu(&those, action, words.get(placeholder)));
        }
    }
    let mut seen = HashSet::new();
    let carried = single.into_iter().map(|b| (b, button::encode(&b.press)));
    let buttons = carried.filter(|(_, carried)| seen.insert(carried.clone())).collect();
    Controls { buttons, menus }
}

/// The gate that a button gives a word on, if it is a button of that sort.
fn gate(button: &Button, wanted: Action) -> Option<&str> {
    match &button.press {
        Press::Act { action, gate: Some(gate), .. } if *action == wanted => Some(gate),
        _ => None,
    }
}

/// They are of one deployment at one revision, as one card is.
fn menu(buttons: &[&Button], action: Action, placeholder: String) -> Option<Menu> {
    let Press::Act { deployment, revision, .. } = &buttons.first()?.press else { return None };
    let mut seen = HashSet::new();
    let names = buttons.iter().filter_map(|b| gate(b, action)).filter(|name| seen.insert(button::mark(name)));
    let options = names.map(|name| (name.to_owned(), button::mark(name))).collect();
    Some(Menu { id: button::select(deployment, action, *revision), placeholder, options })
}
