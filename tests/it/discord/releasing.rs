//! From `/deploy staging` to a watched production, on Discord.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS};
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH};

#[tokio::test]
async fn a_release_goes_through_on_discord() {
    let production = format!("{APPROVAL}{HEALTH}{WATCH}");
    let mut w = World::of(Setup::production(&production).on_discord("gateway")).await;
    assert_snapshot!(w.types("ada", "/deploy environment:staging").await, @"");
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    assert_snapshot!(w.clicks("ada", "v2 → staging", "Promote").await, @"");
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    assert_snapshot!(w.clicks("ada", "v2 → production", "Approve").await, @"");
    assert_snapshot!(w.clicks("bob", "v2 → production", "Approve").await, @"");
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    assert_snapshot!(w.on_discord(DEPLOYMENTS), @"");
    assert_snapshot!(w.on_discord("hello v2 → staging"), @"");
    assert_snapshot!(w.on_discord("hello v2 → production"), @"");
    assert_snapshot!(w.on_discord(ANNOUNCEMENTS), @"");
}
