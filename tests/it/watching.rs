//! The time after the gates: what goes back by itself, what nobody can tell, and what only people can judge.

use insta::assert_snapshot;
use shipgate::sim::Boot;

use crate::world::World;
use crate::world::setup::{HEALTH, NUMBERS, PRODUCTION, Setup, WATCH, minutes, seconds};
use crate::world::wire::Trouble;

/// A watch with a rule that wants three samples with a number.
fn with_numbers(otherwise: &str) -> String {
    format!("{}{NUMBERS}", WATCH.replace("\"keep\"", &format!("\"{otherwise}\"")))
}

/// v2 in production, which has one machine and goes by this.
async fn promoted(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w
}

/// v2 in production, after a watch in which the answers were too large to look into.
async fn undecided(otherwise: &str) -> World {
    let mut w = promoted(&with_numbers(otherwise)).await;
    w.is_undecided().await;
    w
}

#[tokio::test]
async fn a_release_that_turns_bad_late_goes_back_by_itself() {
    let mut w = World::demo().await;
    w.ada().says("/deploy staging v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v4-late → production · Waiting for people").await;
    w.bob().presses("Approve").await;
    w.until("v4-late → production · Watching").await;
    w.until("v4-late → production · Rolling back").await;
    w.until("v4-late → production · Rolled back").await;
    // How many samples there were before it turned bad is chance.
    let card = w.card("v4-late → production");
    assert_snapshot!(card.lines().take(9).collect::<Vec<_>>().join("\n"), @"
    ┌ hello v4-late → production · Rolled back
    │ production runs v1 again.
    │ The rule “health” broke: 3 samples failed in a row (limit 3), ··:··:·· to ··:··:·· (10 s). The
    │ last one: http://hello-production/health answered 500 instead of 200.
    │ v4-late is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v4-late reason`.
    │ Release        v4-late · commit b1e2e0e2f · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before      2 gates passed: approval (bob), soaked in staging
    ");
    let broken = card.lines().find(|line| line.contains("❌ health")).expect("the rule that broke");
    assert!(broken.contains("after 3 failures in a row · 3 in a row now"), "{broken}");
    assert_snapshot!(w.said().split_off(2).join("\n"), @"
    @ada hello v4-late → production goes back to v1. The rule “health” broke: 3 samples failed in a row (limit 3), ··:··:·· to ··:··:·· (10 s). The last one: http://hello-production/health answered 500 instead of 200.
    @ada hello in production runs v1 again; v4-late is barred. The rule “health” broke: 3 samples failed in a row (limit 3), ··:··:·· to ··:··:·· (10 s). The last one: http://hello-production/health answered 500 instead of 200.
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1", "v1", "v1"]);
    assert_eq!(w.fly().updates(PRODUCTION), [2, 2, 2]);
    w.fly().holds_no_lease(PRODUCTION);
    assert_eq!(w.ada().hears_no_to("/promote production v4-late").await.code, "quarantined");
}

#[tokio::test]
async fn one_bad_sample_is_not_enough() {
    let mut w = promoted(WATCH).await;
    w.until("v2 → production · Watching").await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(503, "busy"));
    w.pass(seconds(10)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Watching
    │ v2 runs everywhere and has passed its gates. If a rule breaks now, production goes back to v1 by
    │ itself.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ⏱ The watch ends ··:·· Mon 23 Nov, Asia/Tokyo, in 50 s
    │ ▶  health  rolls back after 2 failures in a row · 1 in a row now · 2 samples · last:
    │            http://hello-production/health answered 503 instead of 200.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.fly().works_again();
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn a_watch_does_not_end_in_the_middle_of_a_bad_run() {
    let mut w = promoted(&WATCH.replace("fails = 2", "fails = 3")).await;
    w.until("v2 → production · Watching").await;
    w.pass(seconds(45)).await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(503, "busy"));
    w.pass(seconds(20)).await;
    assert!(w.card("v2 → production").contains("Watching"), "the minute is over, but the last two samples were bad");
    w.until("v2 → production · Rolled back").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned()], vec![2]));
}

#[tokio::test]
async fn people_keep_what_the_watch_cannot_judge() {
    let mut w = undecided("roll_back").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · People must decide
    │ The samples do not suffice to judge v2. releasers must decide until ··:·· Mon 23 Nov, Asia/Tokyo,
    │ in 10 min: Keep or Roll back. If nobody does, it goes back to v1.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ⏱ The time to decide ends ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min
    │ ✅ health      rolls back after 2 failures in a row · 0 in a row now · 7 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │ ⏳ error rate  rolls back above 0.05 for 20 s · 1 of at least 3 samples · last:
    │                http://hello-production/health sent more than 64 KiB, so its JSON was not read.
    │
    │ [Keep] [Roll back] [Snooze]
    │ Type /press Keep · /press Roll back · /press Snooze
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("a call"), @"
    @ada @bob @cy hello v2 → production: the samples of error rate do not suffice. Decide until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: Keep or Roll back.
    ");
    assert_eq!(w.eve().hears_no_to("/press Keep").await.code, "not_permitted");
    assert_snapshot!(w.bob().presses("Keep").await, @"
    ┌ You kept v2 in production.
    │ v2 runs in production, but the watch could not tell whether it is good.
    └
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Kept without a verdict
    │ v2 runs in production, but the watch could not tell whether it is good.
    │ bob decided to keep it.
    │ It does not count as a success, so it cannot be promoted. Deploy it again to give it another
    │ chance.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ✅ health      rolls back after 2 failures in a row · 0 in a row now · 7 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │ ⏳ error rate  rolls back above 0.05 for 20 s · 1 of at least 3 samples · last:
    │                http://hello-production/health sent more than 64 KiB, so its JSON was not read.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn people_go_back_from_what_the_watch_cannot_judge() {
    let mut w = undecided("keep").await;
    w.bob().presses("Roll back").await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned()], vec![2]));
}

#[tokio::test]
async fn when_nobody_decides_it_is_as_the_config_says() {
    let mut w = undecided("keep").await;
    w.pass(minutes(11)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Kept without a verdict
    │ v2 runs in production, but the watch could not tell whether it is good.
    │ Nobody decided in time, so it was kept, as the plan says.
    │ It does not count as a success, so it cannot be promoted. Deploy it again to give it another
    │ chance.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ✅ health      rolls back after 2 failures in a row · 0 in a row now · 66 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │ ⏳ error rate  rolls back above 0.05 for 20 s · 1 of at least 3 samples · last:
    │                http://hello-production/health sent more than 64 KiB, so its JSON was not read.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
    assert_eq!(w.ada().hears_no_to("/rollback staging v2").await.code, "already_running");

    let mut w = undecided("roll_back").await;
    w.pass(minutes(11)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolled back
    │ production runs v1 again.
    │ The watch could not tell, and nobody decided in time.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Watch
    │ ✅ health      rolls back after 2 failures in a row · 0 in a row now · 66 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │ ⏳ error rate  rolls back above 0.05 for 20 s · 1 of at least 3 samples · last:
    │                http://hello-production/health sent more than 64 KiB, so its JSON was not read.
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
}

/// A production of two machines whose first one somebody removed while v2 was being checked.
async fn with_a_machine_gone() -> World {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 2).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.cannot_be_put_back().await;
    w
}

#[tokio::test]
async fn what_cannot_be_put_back_needs_people_and_locks_itself() {
    let mut w = with_a_machine_gone().await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Needs people
    │ production is in a state that only people can judge. It is locked, and nothing more happens by
    │ itself.
    │ The machines could not be put back: Not everything in `hello-production` is back as it was. Not
    │ restored: 4106093355a173 (destroyed). Look at each with `fly machine status`.
    │ Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to
    │ leave them as they are.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ❌ health          failed · http://hello-production/health answered 500 instead of 200.
    │
    │ Machines
    │ ❌ 4106093355a173  not as it should be · Machine `4106093355a173` of `hello-production` is not
    │                    there any more. Somebody may have destroyed it.
    │ ✅ c39c4f33660cb0  runs v1 again, verified
    │
    │ [Go back anyway] [Keep]
    │ Type /press Go back anyway · /press Keep
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("an incident"), @"@ada @bob @cy hello in production needs people now, and is locked. The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`. The card shows each machine and what to press.");
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │
    │ staging
    │ Runs             v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address          http://hello-staging
    │
    │ production
    │ Runs             not one release on every machine
    │ ✋ Needs people  v2 ended in a state that only people can judge; decide on its card (#········)
    │ Locked           by Shipgate, until people have decided about v2
    │ Address          http://hello-production
    └
    ");
    assert_snapshot!(w.ada().hears_no_to("/promote").await, @"
    [locked]
    ┌ Shipgate holds this environment until somebody decides about v2, which left it in a state that
    │ only people can judge.
    │ Press Keep or Go back anyway on the card that needs people, or `/unlock` it if you may.
    └ code for questions about this: locked
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"], "the machine that is left was put back");
}

#[tokio::test]
async fn people_go_back_anyway() {
    let mut w = with_a_machine_gone().await;
    w.fly().works_again();
    assert_eq!(w.eve().hears_no_to("/press Go back anyway").await.code, "not_permitted");
    assert_snapshot!(w.bob().presses("Go back anyway").await, @"
    ┌ On its way: v1 to production
    │ Asking what runs in production now. Nothing is touched yet.
    └
    ");
    w.until("back to").await;
    w.until("in production · Succeeded").await;
    assert_snapshot!(w.card("back to"), @"
    ┌ hello back to v1 in production · Succeeded
    │ production runs v1 again.
    │ Release    v1 · commit 7bf6161d9
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ health  passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
    └ requested by bob · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
    assert_eq!(w.ada().hears_no_to("/unlock production").await.code, "not_locked");
}

#[tokio::test]
async fn people_keep_it_as_it_is() {
    let mut w = with_a_machine_gone().await;
    assert_snapshot!(w.bob().presses("Keep").await, @"
    ┌ You left production as it is. `/status` shows what runs there once its target has answered.
    │ production needed people. Somebody has decided since.
    └
    ");
    assert_eq!(w.ada().hears_no_to("/unlock production").await.code, "not_locked");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
    w.fly().works_again();
    w.ada().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn people_unlock_it() {
    let mut w = with_a_machine_gone().await;
    assert_snapshot!(w.bob().says("/unlock production").await, @"
    ┌ production is unlocked.
    └
    ");
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │
    │ staging
    │ Runs     v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address  http://hello-staging
    │
    │ production
    │ Runs     v1
    │ Address  http://hello-production
    └
    ");
    w.fly().works_again();
    w.ada().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn a_machine_that_does_not_boot_any_more_needs_people() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 2).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.ada().says("/promote").await;
    w.until("v2 → production · Checking").await;
    for _ in 0..6 {
        w.fly().next_boot(PRODUCTION, 1, Boot::Fails);
    }
    w.until("v2 → production · Needs people").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Needs people
    │ production is in a state that only people can judge. It is locked, and nothing more happens by
    │ itself.
    │ The machines could not be put back: Not everything in `hello-production` is back as it was. Not
    │ restored: c39c4f33660cb0 (failed). Look at each with `fly machine status`.
    │ Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to
    │ leave them as they are.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ❌ health          failed · http://hello-production/health answered 500 instead of 200.
    │
    │ Machines
    │ ✅ 4106093355a173  runs v1 again, verified
    │ ❌ c39c4f33660cb0  not as it should be · Machine `c39c4f33660cb0` did not boot: it is `failed`
    │                    (exit code -). See `fly logs`.
    │
    │ [Go back anyway] [Keep]
    │ Type /press Go back anyway · /press Keep
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1", "v1"]);
}
