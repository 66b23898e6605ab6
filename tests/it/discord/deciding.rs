//! The buttons under what only people can judge, over both ways in.

use super::buttons::{CARD, ends, promoted, staged};
use super::over_either;
use crate::ways::keep;
use crate::world::World;
use crate::world::discord::INCIDENTS;
use crate::world::setup::{HEALTH, NUMBERS, WATCH, minutes};

/// What is pressed in each story below, by the keys of the buttons' words.
pub(super) const KEPT: &[&str] = &["button-snooze", "button-keep", "button-keep"];
pub(super) const BACK: &[&str] = &["button-roll-back"];
pub(super) const ANYWAY: &[&str] = &["button-go-back-anyway", "button-go-back-anyway"];
pub(super) const LEFT: &[&str] = &["button-keep"];

/// v2 in production, after a watch in which the answers were too large to look into.
async fn undecided(mode: &str) -> World {
    let mut w = promoted(mode, &format!("{WATCH}{NUMBERS}"), "Watching").await;
    w.is_undecided().await;
    w.catches_up().await;
    w
}

/// A production that could not be put back.
async fn needs_people(mode: &str) -> World {
    let mut w = staged(mode, HEALTH, 2).await;
    w.types("ada", "/promote").await;
    w.cannot_be_put_back().await;
    w.fly().works_again();
    w.catches_up().await;
    w
}

#[tokio::test]
async fn what_the_watch_cannot_judge_is_kept() {
    let told = over_either(async |mode| {
        let mut w = undecided(mode).await;
        let mut told = vec![w.clicks("bob", CARD, "Snooze").await];
        w.catches_up().await;
        told.push(w.clicks("eve", CARD, "Keep").await);
        told.push(w.clicks("bob", CARD, "Keep").await);
        ends(w, told, KEPT).await
    })
    .await;
    keep("discord_decided_kept", &told);
}

#[tokio::test]
async fn what_the_watch_cannot_judge_goes_back() {
    let told = over_either(async |mode| {
        let mut w = undecided(mode).await;
        let told = vec![w.clicks_because("bob", CARD, "Roll back", "better safe").await];
        w.until("v2 → production · Rolled back").await;
        ends(w, told, BACK).await
    })
    .await;
    keep("discord_decided_back", &told);
}

#[tokio::test]
async fn what_needs_people_goes_back_all_the_same() {
    let told = over_either(async |mode| {
        let mut w = needs_people(mode).await;
        let mut told = vec![w.on_discord(INCIDENTS)];
        told.push(w.clicks_because("eve", CARD, "Go back anyway", "").await);
        told.push(w.clicks_because("bob", CARD, "Go back anyway", "I looked at it").await);
        w.pass(minutes(2)).await;
        ends(w, told, ANYWAY).await
    })
    .await;
    keep("discord_decided_anyway", &told);
}

#[tokio::test]
async fn what_needs_people_is_left_as_it_is() {
    let told = over_either(async |mode| {
        let mut w = needs_people(mode).await;
        let mut told = vec![w.clicks("bob", CARD, "Keep").await];
        told.push(w.types_in("ja", "ada", "/status").await);
        ends(w, told, LEFT).await
    })
    .await;
    keep("discord_decided_left", &told);
}
