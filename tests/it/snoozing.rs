//! Not now, call us again later: who puts off what, what people see of it, and that they are called once more, once.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, NUMBERS, PRODUCTION, Setup, WATCH, minutes, seconds};

/// v2 on its way to production, which has one machine and goes by this.
async fn promoted(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w
}

/// Whether the card says who snoozed it.
fn is_snoozed(w: &World) -> bool {
    w.card("v2 → production").contains("The snooze by")
}

#[tokio::test]
async fn an_approval_is_put_off_and_asked_for_once_more() {
    let mut w = promoted(APPROVAL).await;
    let asked = w.said();
    assert_eq!(w.eve().hears_no_to("/snooze").await.code, "not_in_group");
    assert_snapshot!(w.bob().says("/snooze for 10m").await, @"
    ┌ You snoozed v2 for production until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min.
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    └
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ ⏱ The snooze by bob ends ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ approval  waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert!(w.ada().says("/why production").await.contains("The snooze by bob"));
    w.pass(minutes(9)).await;
    assert_eq!(w.said(), asked, "nobody is called while it is snoozed");
    w.pass(minutes(1)).await;
    assert_eq!(w.said().len(), asked.len() + 1);
    assert_snapshot!(w.said().last().expect("a call"), @"
    @bob @cy hello v2 → production still waits for you: approval. Snoozed by bob at ··:·· Mon 23 Nov, Asia/Tokyo.
    ");
    assert!(!is_snoozed(&w));
    w.pass(minutes(30)).await;
    assert_eq!(w.said().len(), asked.len() + 1, "they are called again once");
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.bob().hears_no_to("/snooze").await.code, "nothing_waits");
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn a_press_on_a_card_from_before_the_snooze_counts() {
    let mut w = promoted(APPROVAL).await;
    let approve = w.cy().reaches_for("Approve");
    w.bob().presses("Snooze").await;
    assert!(is_snoozed(&w));
    w.cy().presses_late(&approve).await.expect("it counts");
    w.until("v2 → production · Succeeded").await;
    assert!(!w.said().iter().any(|said| said.contains("still waits")), "{:?}", w.said());
}

#[tokio::test]
async fn a_snooze_outlives_the_program_and_is_over_once() {
    let mut w = promoted(APPROVAL).await;
    w.bob().says("/snooze for 10m").await;
    let before = w.said().len();
    w.dies().await;
    w.pass(minutes(20)).await;
    w.starts_again().await;
    w.pass(seconds(30)).await;
    assert_eq!(w.said().len(), before + 1, "{:?}", w.said());
    w.dies().await;
    w.starts_again().await;
    w.pass(minutes(20)).await;
    assert_eq!(w.said().len(), before + 1, "{:?}", w.said());
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn what_the_watch_cannot_judge_is_put_off_and_silence_does_not_decide() {
    let mut w = promoted(&[&WATCH.replace("\"keep\"", "\"roll_back\""), NUMBERS].concat()).await;
    w.is_undecided().await;
    assert_eq!(w.eve().hears_no_to("/press Snooze").await.code, "not_permitted");
    w.bob().presses("Snooze").await;
    let card = w.card("v2 → production");
    assert!(card.contains(", Asia/Tokyo, in 30 min\n│ Release"), "{card}");
    assert!(card.contains(", Asia/Tokyo, in 40 min\n│ ✅"), "{card}");
    let before = w.said().len();
    w.pass(minutes(29)).await;
    assert_eq!(w.said().len(), before, "{:?}", w.said());
    w.pass(minutes(2)).await;
    assert_snapshot!(w.said().last().expect("a call"), @"
    @ada @bob @cy hello v2 → production still waits for your word: decide until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: Keep or Roll back. Snoozed by bob at ··:·· Mon 23 Nov, Asia/Tokyo.
    ");
    assert_eq!(w.said().len(), before + 1);
    w.pass(minutes(8)).await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
    w.pass(minutes(2)).await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
}
