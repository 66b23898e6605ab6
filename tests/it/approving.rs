//! Gates that people and the clock decide: who may, whose word counts, for how long, and when it is time.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, minutes, seconds};

/// A world with v2 in staging, and one machine each.
async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn one_human_with_two_identities_is_one_human() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    let id = w.deployment("production");
    let approve = json!({"action": "approve"});
    let path = format!("/api/v1/deployments/{id}/actions");
    let (status, problem) = w.api("ada").post(&path, &approve).await;
    assert_eq!((status, &problem["code"]), (403, &json!("own_request")), "{problem:#}");
    let (status, problem) = w.api("ci").post(&path, &approve).await;
    assert_eq!((status, &problem["code"]), (403, &json!("not_in_group")), "{problem:#}");
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn somebody_whom_nobody_knows_is_not_counted_as_another_person() {
    let mut w = with_v2_in_staging(&APPROVAL.replace("\"releasers\"", "\"robots\"")).await;
    w.ada().says("/promote").await;
    let path = format!("/api/v1/deployments/{}/actions", w.deployment("production"));
    let (status, problem) = w.api("ci").post(&path, &json!({"action": "approve"})).await;
    assert_eq!((status, &problem["code"]), (403, &json!("unknown_person")), "{problem:#}");
    assert_snapshot!(w.bob().hears_no_to("/approve").await, @"
    [not_in_group]
    ┌ “approval” is for robots to decide, and you are not one of them.
    │ Ask somebody of robots.
    └ code for questions about this: not_in_group
    ");
    assert_eq!(w.eve().hears_no_to("/approve").await.code, "not_permitted");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}

#[tokio::test]
async fn an_approval_expires_if_the_second_one_does_not_come_in_time() {
    let parts = r#"
        [[apps.environments.before]]
        name     = "two of us"
        approval = { from = "releasers", count = 2, expires = "10m" }
    "#;
    let mut w = with_v2_in_staging(parts).await;
    w.ada().says("/promote").await;
    w.bob().presses("Approve").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release       v2 · commit d7c2c805b · in place of v1
    │ Requested     by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ two of us  waits for releasers · approved by bob (1 of 2)
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.bob().hears_no_to("/press Approve").await.code, "already_approved");
    w.pass(minutes(10)).await;
    w.cy().presses("Approve").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release       v2 · commit d7c2c805b · in place of v1
    │ Requested     by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ two of us  waits for releasers · approved by cy (1 of 2)
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    w.pass(minutes(5)).await;
    assert_eq!(w.fly().updates(PRODUCTION), [0], "one of two words has expired");
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn a_no_ends_it_and_the_one_who_asked_is_told() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.bob().says("/reject not on a monday").await, @"
    ┌ You rejected v2 for production.
    │ Nothing was touched: production runs what it ran before.
    └
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Aborted
    │ Nothing was touched: production runs what it ran before.
    │ bob rejected it: not on a monday.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("something was said"), @"@ada hello v2 → production was stopped; nothing was touched. bob rejected it: not on a monday.");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}

#[tokio::test]
async fn items_are_ticked_one_by_one_before_and_after() {
    let parts = r#"
        [[apps.environments.before]]
        name    = "release notes written"
        confirm = { from = "everyone" }

        [[apps.environments.before]]
        name    = "support informed"
        confirm = { from = "releasers" }

        [[apps.environments.after]]
        name    = "seen with my own eyes"
        confirm = { from = "releasers", within = "30m" }
    "#;
    let mut w = with_v2_in_staging(parts).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (anyone, releasers). Nothing is touched before they decide.
    │ Release                   v2 · commit d7c2c805b · in place of v1
    │ Requested                 by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ release notes written  waits for anyone · nobody has ticked it
    │ ✋ support informed       waits for releasers · nobody has ticked it
    │
    │ After the rollout
    │ ⏳ seen with my own eyes  later
    │
    │ [Confirm: release notes written] [Confirm: support informed] [Snooze] [Abort]
    │ Type /press Confirm: release notes written · /press Confirm: support informed · /press Snooze ·
    │ /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.eve().hears_no_to("/confirm").await, @"
    [missing_argument]
    ┌ `/confirm` needs more: GATE.
    │ Write `/confirm [ENVIRONMENT] [APP] GATE`; `/help confirm` has an example.
    └ code for questions about this: missing_argument
    ");
    assert_snapshot!(w.eve().hears_no_to("/confirm support informed").await, @"
    [not_in_group]
    ┌ “support informed” is for releasers to decide, and you are not one of them.
    │ Ask somebody of releasers.
    └ code for questions about this: not_in_group
    ");
    w.eve().says("/confirm release notes written").await;
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.bob().presses("Confirm").await;
    w.until("v2 → production · Checking").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Checking
    │ Every machine runs v2. Now it must pass the gates after the rollout.
    │ Release                   v2 · commit d7c2c805b · in place of v1
    │ Requested                 by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before                 2 gates passed: release notes written (eve), support informed (bob)
    │
    │ After the rollout
    │ ✋ seen with my own eyes  waits for releasers · nobody has ticked it
    │
    │ [Confirm] [Snooze] [Roll back]
    │ Type /press Confirm · /press Snooze · /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.ada().says("/confirm seen with my own eyes").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn an_item_that_nobody_ticks_in_time_takes_the_release_back() {
    let parts = r#"
        [[apps.environments.after]]
        name    = "seen with my own eyes"
        confirm = { from = "releasers", within = "30m" }
    "#;
    let mut w = with_v2_in_staging(parts).await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Checking").await;
    w.pass(minutes(29)).await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
    w.pass(minutes(2)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolled back
    │ production runs v1 again.
    │ The gate “seen with my own eyes” failed: nobody answered in time.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release                   v2 · commit d7c2c805b · in place of v1
    │ Requested                 by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ❌ seen with my own eyes  failed · nobody has ticked it
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
}

#[tokio::test]
async fn a_shut_window_holds_it_until_the_opening() {
    // The world begins at 14:00.
    let parts = r#"
        [[apps.environments.before]]
        name   = "the quiet hour"
        window = { days = "mon-fri", from = "15:00", to = "16:00" }
    "#;
    let mut w = with_v2_in_staging(parts).await;
    w.pass_to(14, 10).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.card_with_times("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at 14:10 Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ⏳ the quiet hour  not yet · open Mon–Fri 15:00–16:00 (Asia/Tokyo) · opens 15:00 Mon 23 Nov,
    │                    Asia/Tokyo, in 50 min
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    w.pass_to(14, 59).await;
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.pass(minutes(2)).await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn people_are_asked_before_a_window_opens_if_their_word_lasts_until_then() {
    let parts = r#"
        [[apps.environments.before]]
        name   = "the quiet hour"
        window = { days = "mon-fri", from = "15:00", to = "16:00" }
    "#;
    let mut w = with_v2_in_staging(&[APPROVAL, parts].concat()).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.bob().hears_no_to("/approve").await, @"
    [not_asked_yet]
    ┌ It is too early: people are asked when nothing else is missing.
    │ Still missing: the quiet hour. You are called when it is time.
    └ code for questions about this: not_asked_yet
    ");
    w.until("v2 → production · Waiting for people").await;
    assert_eq!(w.clock_says(), (14, 40), "20 minutes are how long an approval counts");
    w.bob().presses("Approve").await;
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.until("v2 → production · Succeeded").await;
    assert!(w.clock_says() >= (15, 0));
}

#[tokio::test]
async fn a_soak_counts_from_the_success_in_staging() {
    let parts = r#"
        [[apps.environments.before]]
        name = "soaked in staging"
        soak = "30m"
    "#;
    let mut w = with_v2_in_staging(&[parts, APPROVAL, HEALTH].concat()).await;
    w.pass(minutes(10)).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ⏳ soaked in staging  not yet · 30 min after its success in the environment before · opens ··:··
    │                       Mon 23 Nov, Asia/Tokyo, in 20 min
    │ ⏳ approval           releasers will be asked once nothing else is missing · 1 approval needed,
    │                       not from ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.ada().says("/why production").await, @r#"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │
    │ Gates before the rollout
    │ ⏳ soaked in staging  not yet · 30 min after its success in the environment before · opens ··:··
    │                       Mon 23 Nov, Asia/Tokyo, in 20 min
    │ ⏳ approval           releasers will be asked once nothing else is missing · 1 approval needed,
    │                       not from ada, who asked for it · people are asked ··:·· Mon 23 Nov,
    │                       Asia/Tokyo, in 20 min at the earliest
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │
    │ What you can do
    │ ✋ soaked in staging  pass it over, with a reason: `/override "soaked in staging" production
    │                       reason`
    │ ✋ approval           pass it over, with a reason: `/override approval production reason`
    │ ✋ v2                 stop it: `/abort production`
    │
    │ production now
    │ Runs                  v1
    │ Address               http://hello-production
    └
    "#);
    assert_snapshot!(w.bob().hears_no_to("/approve").await, @"
    [not_asked_yet]
    ┌ It is too early: people are asked when nothing else is missing.
    │ Still missing: soaked in staging. You are called when it is time.
    └ code for questions about this: not_asked_yet
    ");
    w.pass(minutes(19)).await;
    assert_eq!(w.bob().hears_no_to("/approve").await.code, "not_asked_yet");
    w.pass(minutes(1)).await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn nobody_decides_and_it_gives_up_untouched() {
    let parts = format!("give_up = \"15m\"\n{APPROVAL}");
    let mut w = with_v2_in_staging(&parts).await;
    w.ada().says("/promote").await;
    w.pass(minutes(16)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Aborted
    │ Nothing was touched: production runs what it ran before.
    │ It waited for 15 min, the longest it may, and was given up.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}

#[tokio::test]
async fn a_lock_holds_everybody_but_its_owner_and_ends_by_itself() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.bob().says("/lock production database work for 10m").await;
    assert_snapshot!(w.ada().hears_no_to("/promote").await, @"
    [locked]
    ┌ bob holds this environment until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: database work
    │ Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
    └ code for questions about this: locked
    ");
    assert_eq!(w.eve().hears_no_to("/unlock production").await.code, "locked_by_another");
    w.pass(minutes(10)).await;
    w.ada().says("/promote").await;
    w.bob().says("/lock production database work").await;
    w.bob().presses("Approve").await;
    w.pass(seconds(30)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Locked       by bob: database work · the rollout waits until it is lifted
    │
    │ Gates before the rollout
    │ ✅ approval  passed · approved by bob (1 of 1)
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.bob().says("/unlock production").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn whoever_was_called_is_called_again_when_a_lock_is_lifted() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    w.bob().says("/lock production database work").await;
    w.bob().says("/unlock production").await;
    assert_eq!(
        w.said().last().expect("a call"),
        "@bob @cy hello v2 → production waits for you again: an approval has expired, or something else was in the \
         way meanwhile. Missing: approval. ada asked for it."
    );
}
