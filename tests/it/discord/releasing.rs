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
    assert_snapshot!(serde_json::to_string_pretty(&answer.embeds).expect("json"), @r#"
    [
      {
        "title": "On its way: v2 to staging",
        "type": "rich",
        "description": "Asking what runs in staging now. Nothing is touched yet.",
        "color": 9807270
      }
    ]
    "#);
    w.until("v2 → staging · Succeeded").await;
    assert_snapshot!(w.discord().seen(DEPLOYMENTS), @r"
    shipgate (edited)
      | **hello v2 → staging · Succeeded** #2ecc71
      | v2 runs in staging and has passed everything.
      | Next: press Promote to take it to production.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at 14:00 Mon 23 Nov (Asia/Tokyo)
      |
      | **After the rollout**
      | ✅ **health** · passed · 2 of 2 in a row · http\://127.0.0.1:43003/health answered 200 in 0 ms.
      | _ requested by ada · #07160c6e · ledger 4d12b043
      [Promote] [Roll back]!
    ");
}
