//! Everything stopped: what it holds and what it does not, what people see of it, and that it ends.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, minutes, seconds};
use crate::world::wire::Trouble;

/// v2 in staging; production goes by this.
async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 3)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

/// A promotion that was halted after its first machine.
async fn halted_half_way() -> World {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.ada().says("/promote").await;
    w.until_it("the first machine", |w| w.fly().updates(PRODUCTION) == [1, 0, 0]).await;
    w.bob().says("/halt the payment provider is down").await;
    w.until("v2 → production · Halted half-way").await;
    w
}

#[tokio::test]
async fn a_rollout_under_way_finishes_its_machine_and_waits() {
    let mut w = halted_half_way().await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2", "v1", "v1"]);
    w.fly().holds_no_lease(PRODUCTION);
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Halted half-way
    │ The rollout of v2 was halted between two machines. Those that are done run it, the others still
    │ run v1. It goes on by itself when the halt ends; Roll back works now too.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Everything is halted  by bob: the payment provider is down
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │
    │ Machines
    │ ██████░░░░░░░░░░░░░░ 1 of 3 run the new release
    │ ✅ 4106093355a173     runs v2, verified
    │ ⏳ 4375d392c75e16     its turn has not come
    │ ⏳ c39c4f33660cb0     its turn has not come
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.card("Everything is halted"), @"
    ┌ Everything is halted
    │ No new rollout starts. One under way finishes its present machine and waits. Checks, watches and
    │ rollbacks go on.
    │ Reason  the payment provider is down
    │ Halted  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │ It holds until somebody resumes.
    │
    │ [Resume]
    │ Type /press Resume
    └ halt #········
    ");
    assert_snapshot!(w.said().last().expect("somebody is told"), @"@ada The rollout of hello v2 → production waits half-way: everything is halted by bob: the payment provider is down");
    // As long as it takes: what is held does not run into its limit.
    w.pass(minutes(60)).await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 0, 0]);
    w.bob().presses("Resume").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
    assert_snapshot!(w.card("The halt is over"), @"
    ┌ The halt is over
    │ Everything may go on.
    │ Reason  the payment provider is down
    │ Halted  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Lifted  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    └ halt #········
    ");
}

#[tokio::test]
async fn going_back_from_a_halted_rollout_waits_for_nobody() {
    let mut w = halted_half_way().await;
    w.ada().presses("Roll back production").await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v1", "v1", "v1"]);
    assert!(w.card("Everything is halted").contains("the payment provider is down"));
}

#[tokio::test]
async fn a_halted_rollout_goes_on_after_a_restart_and_when_the_time_is_over() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.ada().says("/promote").await;
    w.until_it("the first machine", |w| w.fly().updates(PRODUCTION) == [1, 0, 0]).await;
    w.bob().says("/halt the payment provider is down for 1h").await;
    w.dies().await;
    w.starts_again().await;
    w.until("v2 → production · Halted half-way").await;
    w.pass(minutes(30)).await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2", "v1", "v1"]);
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
    assert_snapshot!(w.said().join("\n"), @"
    hello v2 → staging succeeded.
    @ada The rollout of hello v2 → production waits half-way: everything is halted by bob: the payment provider is down · until ··:·· Mon 23 Nov, Asia/Tokyo, in 1 h
    @bob Everything is still halted, since ··:·· Mon 23 Nov, Asia/Tokyo: “the payment provider is down”. Lift it with `/resume`, or `/halt` again to give it another end.
    @bob The time of the halt is over, everything may go on. It was: the payment provider is down
    @ada The halt is over: the rollout of hello v2 → production goes on.
    hello v2 → production succeeded.
    ");
}

#[tokio::test]
async fn nothing_new_starts_and_nobody_is_asked() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.bob().says("/halt the payment provider is down for 2h").await, @"
    ┌ Everything is halted until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: the payment provider is down
    │ No new rollout starts. One under way finishes its present machine and waits. Checks, watches and
    │ rollbacks go on.
    │ The words “for …” at the end of your line were read as that end. `/halt` again gives it another
    │ reason or end.
    └
    ");
    assert_snapshot!(w.ada().hears_no_to("/deploy staging v3-slow").await, @"
    [halted]
    ┌ bob halted everything until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: the payment provider is down
    │ Ask bob, or `/resume` if you may. `/rollback` works all the same.
    └ code for questions about this: halted
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Everything is halted  by bob: the payment provider is down · until ··:·· Mon 23 Nov, Asia/Tokyo,
    │                       in 2 h
    │
    │ Gates before the rollout
    │ ✋ approval           waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │ ✋ Everything is halted  by bob: the payment provider is down · until ··:·· Mon 23 Nov,
    │                          Asia/Tokyo, in 2 h
    │
    │ staging
    │ Runs                     v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address                  http://hello-staging
    │
    │ production
    │ Under way                hello v2 → production · Waiting for people
    │ Runs                     v1
    │ Address                  http://hello-production
    └
    ");
    assert_snapshot!(w.ada().says("/why staging").await, @"
    ┌ What hello in staging waits for
    │ Nothing is under way: staging runs v2, the newest that could come here.
    │
    │ In the way
    │ ❌ bob halted everything until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: the payment provider is
    │    down
    │
    │ What you can do
    │ ✋ the halt  let everything go on: `/resume`
    │
    │ staging now
    │ Runs         v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address      http://hello-staging
    └
    ");
    // Those who were asked already may still say yes; it starts when the halt ends.
    w.bob().presses("Approve production").await;
    w.pass(minutes(1)).await;
    assert_eq!(w.fly().updates(PRODUCTION), [0, 0, 0]);
    assert_eq!(w.eve().hears_no_to("/resume").await.code, "not_permitted");
    assert_snapshot!(w.ada().says("/resume").await, @"
    ┌ Everything may go on.
    │ What waited goes on by itself as soon as its other gates are open.
    └
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.ada().hears_no_to("/resume").await.code, "not_halted");
}

#[tokio::test]
async fn a_rollback_and_a_check_go_on_while_everything_is_halted() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.bob().says("/halt the payment provider is down").await;
    w.ada().says("/rollback staging").await;
    w.until("back to v1 in staging · Succeeded").await;
    assert_eq!(w.fly().versions(STAGING), ["v1"]);
    w.ada().says("/smoke staging").await;
    w.until("Smoke test of hello in staging").await;
}

#[tokio::test]
async fn a_halt_has_one_owner_who_may_change_it() {
    let mut w = with_v2_in_staging(HEALTH).await;
    assert_eq!(w.eve().hears_no_to("/halt I said so").await.code, "not_permitted");
    w.bob().says("/halt the payment provider is down").await;
    assert_snapshot!(w.ada().hears_no_to("/halt me too").await, @"
    [halted]
    ┌ bob halted everything: the payment provider is down
    │ Ask bob, or `/resume` if you may. `/rollback` works all the same.
    └ code for questions about this: halted
    ");
    w.bob().says("/halt it will be back by noon for 3h").await;
    assert!(w.card("Everything is halted").contains("it will be back by noon"));
    // An older card's button ends no other halt.
    let button = w.bob().reaches_for("Resume");
    w.bob().presses("Resume").await;
    w.ada().says("/halt something else").await;
    let refused = w.bob().presses_late(&button).await.expect_err("another halt");
    assert_eq!(refused.code, "not_halted");
    // Two halts of one moment wake the environments twice.
    w.pass(seconds(1)).await;
}

#[tokio::test]
async fn fly_io_is_down_when_the_halt_ends() {
    let mut w = halted_half_way().await;
    w.fly().fails(Trouble::Says(503, "down"));
    w.bob().says("/resume").await;
    w.pass(minutes(1)).await;
    w.fly().works_again();
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
}

/// How often bob was told in the channel that his halt holds still.
fn reminders(w: &World) -> usize {
    w.said().iter().filter(|said| said.starts_with("@bob Everything is still halted")).count()
}

#[tokio::test]
async fn the_owner_of_a_halt_is_reminded_in_its_last_quarter() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.bob().says("/halt the payment provider is down for 20m").await;
    w.pass(minutes(14)).await;
    assert_eq!(reminders(&w), 0);
    w.pass(minutes(2)).await;
    assert_eq!(reminders(&w), 1);
    w.pass(minutes(3)).await;
    assert_eq!(reminders(&w), 1, "once before its end");
}

#[tokio::test]
async fn the_owner_of_a_halt_without_an_end_is_reminded_every_two_hours_until_it_is_over() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.bob().says("/halt the payment provider is down").await;
    for told in 1..=2 {
        w.pass(minutes(121)).await;
        assert_eq!(reminders(&w), told);
    }
    assert_snapshot!(w.said().last().expect("a reminder"), @"@bob Everything is still halted, since ··:·· Mon 23 Nov, Asia/Tokyo: “the payment provider is down”. Lift it with `/resume`, or `/halt` again to give it another end.");
    w.bob().presses("Resume").await;
    w.pass(minutes(121)).await;
    assert_eq!(reminders(&w), 2);
}
