//! From `/deploy staging` to a watched production, on Discord.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::DEPLOYMENTS;
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH};

#[tokio::test]
async fn a_release_goes_through_on_discord() {
    let production = format!("{APPROVAL}{HEALTH}{WATCH}");
    let mut w = World::of(Setup::production(&production).on_discord("gateway")).await;
    let ada = w.discord().person("ada");
    let asked = ada.types("/deploy environment:staging");
    w.settle().await;
    let answer = asked.answer().expect("an answer");
    assert!(answer.ephemeral);
    assert_snapshot!(serde_json::to_string_pretty(&answer.embeds).expect("json"), @"");
    w.until("v2 → staging · Succeeded").await;
    assert_snapshot!(w.discord().seen(DEPLOYMENTS), @"");
}
