//! The buttons under what only people can judge, over both ways in.

use insta::assert_snapshot;

use super::buttons::{CARD, ends, promoted, staged};
use super::over_either;
use crate::world::World;
use crate::world::setup::{HEALTH, NUMBERS, WATCH, minutes};
use crate::world::slack::INCIDENTS;

/// What is pressed in each story below, by the keys of the buttons' words.
pub(super) const KEPT: &[&str] = &["button-snooze", "button-keep", "button-keep"];
pub(super) const BACK: &[&str] = &["button-roll-back"];
pub(super) const ANYWAY: &[&str] = &["button-go-back-anyway", "button-go-back-anyway"];
pub(super) const LEFT: &[&str] = &["button-keep"];

/// v2 in production, after a watch in which the answers were too large to look into.
async fn undecided(mode: &str) -> World {
    let mut w = promoted(mode, &format!("{WATCH}{NUMBERS}"), "Watching").await;
    w.is_undecided().await;
    w.slack_catches_up().await;
    w
}

/// A production that could not be put back.
async fn needs_people(mode: &str) -> World {
    let mut w = staged(mode, HEALTH, 2).await;
    w.on_slack("ada").types("/promote").await;
    w.cannot_be_put_back().await;
    w.fly().works_again();
    w.slack_catches_up().await;
    w
}

#[tokio::test]
async fn what_the_watch_cannot_judge_is_kept() {
    let told = over_either(async |mode| {
        let mut w = undecided(mode).await;
        let mut told = vec![w.on_slack("bob").presses(CARD, "Snooze").await];
        w.slack_catches_up().await;
        told.push(w.on_slack("eve").presses(CARD, "Keep").await);
        told.push(w.on_slack("bob").presses(CARD, "Keep").await);
        ends(w, told, KEPT).await
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟢 You snoozed v2 for production until ··:·· Mon 23 Nov, Asia/Tokyo, in 30 min.
      The samples do not suffice to judge v2. releasers must decide until ··:·· Mon 23 Nov, Asia/Tokyo, <!date^…>: Keep or Roll back. If nobody does, v2 stays, without counting as a success.

    shipgate to eve (private)
      # 🟠 You may not roll back.
      Ask somebody who may. Whoever keeps the config grants it with `rollback` under [permissions].
      _ code for questions about this: not_permitted

    shipgate to bob (private)
      # 🟢 You kept v2 in production.
      v2 runs in production, but the watch could not tell whether it is good.

    shipgate
      # 🟠 hello v2 → production · Kept without a verdict
      v2 runs in production, but the watch could not tell whether it is good.
      bob decided to keep it.
      It does not count as a success, so it cannot be promoted. Deploy it again to give it another chance.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *Watch*
      ✅ *health* · rolls back after 2 failures in a row · 0 in a row now · 7 samples · last: http://hello-production/health answered 200 in 0 ms.
      ⏳ *error rate* · rolls back above 0.05 for 20 s · 1 of at least 3 samples · last: http://hello-production/health sent more than 64 KiB, so its JSON was not read.
      [Roll back]!
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn what_the_watch_cannot_judge_goes_back() {
    let told = over_either(async |mode| {
        let mut w = undecided(mode).await;
        let told = vec![w.on_slack("bob").presses_because(CARD, "Roll back", "better safe").await];
        w.until("v2 → production · Rolled back").await;
        ends(w, told, BACK).await
    })
    .await;
    assert_snapshot!(told, @"
    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 production goes back from v2.
      production goes back to v1. Nothing to do; this card says when it is there.

    shipgate
      # 🟠 hello v2 → production · Rolled back
      production runs v1 again.
      bob stopped it: better safe.
      v2 is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine v2 reason`.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn what_needs_people_goes_back_all_the_same() {
    let told = over_either(async |mode| {
        let mut w = needs_people(mode).await;
        let mut told = vec![w.seen_on_slack(INCIDENTS)];
        told.push(w.on_slack("eve").presses_because(CARD, "Go back anyway", "").await);
        told.push(w.on_slack("bob").presses_because(CARD, "Go back anyway", "I looked at it").await);
        w.pass(minutes(2)).await;
        ends(w, told, ANYWAY).await
    })
    .await;
    assert_snapshot!(told, @"
    shipgate (pings @ada @bob)
      <@U0ADA> <@U0BOB> hello in production needs people now, and is locked. The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`. The card shows each machine and what to press.
      <https://harbour.slack.com/archives/C0DEPLOY/p…>

    form `Go back anyway, to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to eve (private)
      # 🟠 You may not roll back.
      Ask somebody who may. Whoever keeps the config grants it with `rollback` under [permissions].
      _ code for questions about this: not_permitted

    form `Go back anyway, to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # ⚪ On its way: v1 to production
      Asking what runs in production now. Nothing is touched yet.

    shipgate
      # 🟠 hello v2 → production · Needs people
      production needed people. Somebody has decided since.
      The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ❌ *health* · failed · http://hello-production/health answered 500 instead of 200.
      *Machines*
      ❌ *4106093355a173* · not as it should be · Machine `4106093355a173` of `hello-production` is not there any more. Somebody may have destroyed it.
      ✅ *c39c4f33660cb0* · runs v1 again, verified
      _ requested by ada · #········ · ledger ········

    shipgate
      # 🟢 hello back to v1 in production · Succeeded
      production runs v1 again.
      *Release* v1 · commit 7bf6161d9
      *Requested* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      *Reason* I looked at it
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
      _ requested by bob · #········ · ledger ········
    ");
}

#[tokio::test]
async fn what_needs_people_is_left_as_it_is() {
    let told = over_either(async |mode| {
        let mut w = needs_people(mode).await;
        let told = vec![w.on_slack("bob").presses(CARD, "Keep").await];
        ends(w, told, LEFT).await
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟢 You left production as it is. `/status` shows what runs there once its target has answered.
      production needed people. Somebody has decided since.

    shipgate
      # 🟠 hello v2 → production · Needs people
      production needed people. Somebody has decided since.
      The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ❌ *health* · failed · http://hello-production/health answered 500 instead of 200.
      *Machines*
      ❌ *4106093355a173* · not as it should be · Machine `4106093355a173` of `hello-production` is not there any more. Somebody may have destroyed it.
      ✅ *c39c4f33660cb0* · runs v1 again, verified
      _ requested by ada · #········ · ledger ········
    ");
}
