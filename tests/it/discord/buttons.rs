//! Every button and every menu on its way through, over both ways in, and who may not press it.

use futures::FutureExt as _;

use super::deciding::{ANYWAY, BACK, KEPT, LEFT};
use super::{cards, over_either};
use crate::ways::{self, keep};
use crate::world::World;
use crate::world::discord::WARNINGS;
use crate::world::setup::{APPROVAL, HEALTH, ITEMS, Setup, WATCH};

pub(super) const CARD: &str = "v2 → production";

/// What is pressed in each story, by the keys of the buttons' words.
const YES: &[&str] = &["button-promote", "button-promote", "button-snooze", "button-confirm", "button-approve"];
const LAST: &[&str] = &["button-approve"];
const NO: &[&str] = &["button-reject", "button-abort", "button-abort"];
const WATCHED: &[&str] = &["button-roll-back", "button-roll-back"];
const ENDED: &[&str] = &["button-roll-back"];
const HELD: &[&str] =
    &["button-resume", "button-resume", "button-next", "button-next", "button-unlock", "button-unlock"];

pub(super) async fn staged(mode: &str, production: &str, machines: usize) -> World {
    let setup = Setup::production(production).machines(1, machines).on_discord(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    w.is_staged_on_discord().await;
    w.catches_up().await;
    w
}

pub(super) async fn promoted(mode: &str, production: &str, until: &str) -> World {
    let setup = Setup::production(production).machines(1, 1).on_discord(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    w.is_promoted_on_discord(until).await;
    w
}

/// What was told, and what everybody sees when the cards have caught up: but for the first, that of staging.
pub(super) async fn ends(mut w: World, mut told: Vec<String>, keys: &[&str]) -> String {
    w.catches_up().await;
    ways::are_pressed(&w.discord().pressed(), keys);
    assert_eq!(w.discord().violations(), [""; 0]);
    told.extend(cards(&w).into_iter().skip(1));
    told.join("\n")
}

#[test]
fn no_button_is_left_out() {
    let all = [YES, LAST, NO, WATCHED, ENDED, KEPT, BACK, ANYWAY, LEFT, HELD].concat();
    ways::are_all_buttons(&all);
}

#[tokio::test]
async fn on_the_way_to_a_yes() {
    let told = over_either(async |mode| {
        let mut w = staged(mode, &format!("{ITEMS}{APPROVAL}"), 1).await;
        let mut told = vec![w.clicks("eve", "v2 → staging", "Promote").await];
        told.push(w.clicks("ada", "v2 → staging", "Promote").await);
        w.until("v2 → production · Waiting for people").await;
        w.catches_up().await;
        told.push(w.clicks("bob", CARD, "Snooze").await);
        w.catches_up().await;
        told.push(w.selects("eve", CARD, "Tick an item…", "support informed").await);
        told.push(w.selects("bob", CARD, "Tick an item…", "support informed").await);
        w.catches_up().await;
        told.push(w.clicks("eve", CARD, "Confirm").await);
        w.catches_up().await;
        told.push(w.clicks("bob", CARD, "Approve").await);
        w.until("v2 → production · Succeeded").await;
        w.catches_up().await;
        told.push(w.card_on_discord("v2 → staging"));
        ends(w, told, YES).await
    })
    .await;
    keep("discord_pressed_yes", &told);
}

#[tokio::test]
async fn several_approvals_are_one_menu_and_the_last_one_a_button() {
    let told = over_either(async |mode| {
        let second = APPROVAL.replace("\"approval\"", "\"second pair of eyes\"");
        let mut w = promoted(mode, &format!("{APPROVAL}{second}"), "Waiting for people").await;
        let mut told = vec![w.card_on_discord(CARD)];
        told.push(w.selects("bob", CARD, "Approve a gate…", "second pair of eyes").await);
        w.catches_up().await;
        told.push(w.clicks("bob", CARD, "Approve").await);
        w.until("v2 → production · Succeeded").await;
        ends(w, told, LAST).await
    })
    .await;
    keep("discord_pressed_several", &told);
}

#[tokio::test]
async fn a_no_with_its_reason_and_a_stop_without_one() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, APPROVAL, "Waiting for people").await;
        let mut told = vec![w.clicks_because("bob", CARD, "Reject", "not on a monday").await];
        w.types("ada", "/promote").await;
        w.until("v2 → production · Waiting for people").await;
        w.catches_up().await;
        told.push(w.clicks("eve", CARD, "Abort").await);
        told.push(w.clicks("ada", CARD, "Abort").await);
        ends(w, told, NO).await
    })
    .await;
    keep("discord_pressed_no", &told);
}

#[tokio::test]
async fn back_out_of_a_watch() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, WATCH, "Watching").await;
        let mut told = vec![w.clicks_because("eve", CARD, "Roll back", "I do not like it").await];
        told.push(w.clicks_because("bob", CARD, "Roll back", "pages are blank").await);
        w.until("v2 → production · Rolled back").await;
        w.catches_up().await;
        told.push(w.on_discord(WARNINGS));
        ends(w, told, WATCHED).await
    })
    .await;
    keep("discord_pressed_watched", &told);
}

#[tokio::test]
async fn back_after_success_without_a_word() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, HEALTH, "Succeeded").await;
        let told = vec![w.clicks_because("bob", CARD, "Roll back", "").await];
        w.until("back to v1 in production · Succeeded").await;
        ends(w, told, ENDED).await
    })
    .await;
    keep("discord_pressed_ended", &told);
}

#[tokio::test]
async fn a_halt_and_a_lock_end_by_their_cards() {
    let told = over_either(async |mode| {
        let mut w = staged(mode, APPROVAL, 1).await;
        w.types("bob", "/halt reason:the provider is down").await;
        w.types("bob", "/lock environment:production reason:database work").await;
        w.catches_up().await;
        let mut told = Vec::new();
        for (name, card, label) in [
            ("eve", "is halted", "Resume"),
            ("bob", "is halted", "Resume"),
            ("eve", "is locked", "Be next"),
            ("ada", "is locked", "Be next"),
            ("bob", "is locked", "Unlock"),
            ("ada", "is reserved for ada", "Unlock"),
        ] {
            told.push(w.clicks(name, card, label).await);
            w.catches_up().await;
        }
        ends(w, told, HELD).await
    })
    .await;
    keep("discord_pressed_held", &told);
}
