//! Forms: why, and what was typed without it.

use insta::assert_snapshot;
use shipgate::clock::Span;

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup};
use crate::world::slack::Fault;

async fn waits_for_people(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).on_slack(mode).instantly()).await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.on_slack("ada").types("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.slack_catches_up().await;
    w
}

#[tokio::test]
async fn a_no_asks_why_over_either_way_in() {
    let mut told = Vec::new();
    for mode in ["socket", "http"] {
        let mut w = waits_for_people(mode).await;
        told.push(w.on_slack("bob").presses_because("v2 → production", "Reject", "the sale is <on> & running").await);
        w.slack_catches_up().await;
        told.push(w.card_on_slack("v2 → production"));
    }
    assert_eq!(told[..2], told[2..]);
    assert_snapshot!(told[..2].join("\n"), @"
    form `Reject`
      Why?:
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.

    shipgate (edited)
      # ⚪ hello v2 → production · Aborted
      Nothing was touched: production runs what it ran before.
      bob rejected it: the sale is &lt;on&gt; &amp; running.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn going_back_does_not_wait_for_words() {
    let mut w = waits_for_people("socket").await;
    w.on_slack("bob").presses("v2 → production", "Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.slack_catches_up().await;
    assert_snapshot!(w.on_slack("bob").presses_because("v2 → production", "Roll back", "").await, @"
    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # ⚪ On its way: v1 to production
      Asking what runs in production now. Nothing is touched yet.
    ");
}

#[tokio::test]
async fn a_command_without_its_reason_opens_a_form_with_what_was_typed() {
    let mut w = waits_for_people("socket").await;
    let asked = w.slack().person("ada").types("/lock production for 2h");
    assert_snapshot!(w.hears_on_slack(&asked).await, @"
    form `/lock`
      environment: production
      lasting (optional): 2h
      Why?:
      [Cancel] [Send]
    ");
    let wrong = w.submits_on_slack("ada", &asked, &[("lasting", "a while"), ("reason", "database work")]).await;
    assert_snapshot!(wrong, @r#"
    wrong in the form: {"lasting":"“a while” is not a length of time.\nWrite it like 30s, 5m, 2h or 1h30m."}
    "#);
    assert_snapshot!(w.submits_on_slack("ada", &asked, &[("reason", "database work")]).await, @"
    shipgate to ada (private)
      # 🟢 production of hello is locked
      Only ada can start anything there. Rolling back always works.
      *Reason* database work
      *Locked* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, <!date^…>
    ");
}

#[tokio::test]
async fn where_no_form_can_be_opened_people_are_told_what_is_missing() {
    let mut w = waits_for_people("socket").await;
    w.slack().always_fails("views.open", Fault::Says("expired_trigger_id"));
    assert_snapshot!(w.on_slack("ada").types("/lock production").await, @"
    shipgate to ada (private)
      # 🟠 A reason is missing.
      Write it at the end of the line: others will read it.
      _ code for questions about this: reason_missing
    ");
    assert_snapshot!(w.on_slack("bob").presses("v2 → production", "Reject").await, @"
    shipgate to bob (private)
      # 🟠 The database is busy. Nothing was done.
      Try again in a moment.
      _ code for questions about this: try_again
    ");
}

#[tokio::test]
async fn a_form_that_was_opened_before_a_restart_works_after_it() {
    let mut w = waits_for_people("socket").await;
    let asked = w.reaches_on_slack("bob", "v2 → production", "Reject");
    w.hears_on_slack(&asked).await;
    w.stops().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    w.pass(Span::minutes(5)).await;
    assert_snapshot!(w.submits_on_slack("bob", &asked, &[("reason", "no")]).await, @"
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.
    ");
}
