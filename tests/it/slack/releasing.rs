//! A release from Slack alone: what people type and press, and what everybody sees.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH};
use crate::world::slack::INCIDENTS;

/// What people were answered, and what the channel shows at the end.
async fn story(mode: &str) -> (World, Vec<String>) {
    let mut w = World::of(Setup::production(&format!("{APPROVAL}{HEALTH}{WATCH}")).on_slack(mode)).await;
    let mut told = vec![w.on_slack("ada").types("/deploy staging").await];
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    told.push(w.on_slack("ada").presses("v2 → staging", "Promote").await);
    w.until("v2 → production · Waiting for people").await;
    w.slack_catches_up().await;
    told.push(w.on_slack("ada").presses("v2 → production", "Approve").await);
    told.push(w.on_slack("bob").presses("v2 → production", "Approve").await);
    w.until("v2 → production · Succeeded").await;
    w.slack_catches_up().await;
    (w, told)
}

#[tokio::test]
async fn a_release_goes_through_over_either_way_in() {
    let (socket, told) = story("socket").await;
    let (http, the_same) = story("http").await;
    assert_eq!(told, the_same);
    for card in ["v2 → staging", "v2 → production"] {
        assert_eq!(socket.card_on_slack(card), http.card_on_slack(card));
        assert_eq!(socket.told_below(card), http.told_below(card));
    }
    assert_eq!((socket.slack().connections(), http.slack().connections()), (2, 0), "who sleeps keeps no connection");
    assert_snapshot!(told.join("\n"), @"
        shipgate to ada (private)
          # ⚪ On its way: v2 to staging
          Asking what runs in staging now. Nothing is touched yet.

        shipgate to ada (private)
          # ⚪ On its way: v2 to production
          Asking what runs in production now. Nothing is touched yet.

        shipgate to ada (private)
          # 🟠 You asked for this release yourself, so your own approval does not count.
          Ask somebody else to approve it.
          _ code for questions about this: own_request

        shipgate to bob (private)
          # 🟢 You approved v2 for production.
          v2 takes the place of v1, machine by machine.
        ");
    assert_snapshot!(socket.card_on_slack("v2 → production"), @"
    shipgate (edited)
      # 🟢 hello v2 → production · Succeeded
      v2 runs in production and has passed everything.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      ✅ *Before* · 1 gate passed: approval (bob)
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
      ✅ *watch* · passed for 1 min: health
      [Roll back]!
      _ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(socket.seen_on_slack(INCIDENTS), @"");
}
