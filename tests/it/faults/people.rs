//! Faults that only people can end: the card and the call name each machine, how it is, and what to do.

use insta::assert_snapshot;
use shipgate::clock::Span;
use shipgate::sim::Boot;

use crate::world::setup::{HEALTH, STAGING, minutes};
use crate::world::{Expected, World};

#[tokio::test]
async fn a_changed_machine_whose_host_falls_silent_needs_people() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    w.ada().says("/deploy staging v2").await;
    w.until_it("the second machine", |w| w.fly().updates(STAGING) == [1, 1]).await;
    let first = w.fly().machines(STAGING)[0].id.clone();
    w.fly().faults().silence_host(&first, true);
    w.ada().says("/abort").await;
    w.until("v2 → staging · Needs people").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Needs people
    │ staging is in a state that only people can judge. It is locked, and nothing more happens by
    │ itself.
    │ The machines could not be put back: putting the machines back took too long.
    │ Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to
    │ leave them as they are.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Machines
    │ ❌ 61992bff87e0c9  not as it should be · The host of machine `61992bff87e0c9` does not answer, so
    │                    the machine must not be touched. It was last seen `started` with
    │                    `sha256:c6b8a0e85411f4e19fce551fc8fe3919eb4411c046b2252e1665d411d04c1ed1`.
    │                    Wait, or look at it with `fly machine status 61992bff87e0c9`.
    │ ✅ 8430318e2cd164  runs v1 again, verified
    │
    │ [Go back anyway] [Keep]
    │ Type /press Go back anyway · /press Keep
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().pop().expect("a call"), @"@ada @bob @cy hello in staging needs people now, and is locked. The machines could not be put back: putting the machines back took too long. The card shows each machine and what to press.");
    assert_eq!(w.fly().versions(STAGING), ["v2", "v1"]);
    w.fly().faults().silence_host(&first, false);
    w.ada().presses("Go back anyway").await;
    w.until("back to v1 in staging · Succeeded").await;
    assert_eq!(w.fly().versions(STAGING), ["v1", "v1"]);
    w.fly().holds_no_lease(STAGING);
}

#[tokio::test]
async fn a_changed_machine_that_somebody_else_holds_for_good_needs_people() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    w.ada().says("/deploy staging v2").await;
    w.until_it("the second machine", |w| w.fly().updates(STAGING) == [1, 1]).await;
    let first = w.fly().machines(STAGING)[0].id.clone();
    w.fly().faults().foreign_lease(&first, "bob@example.com", Span::minutes(600));
    w.ada().says("/abort").await;
    w.until("v2 → staging · Needs people").await;
    // Until when it is held is in it, so it is no snapshot.
    let card = w.card("v2 → staging");
    let clear = format!("fly machine leases clear {first}");
    for part in ["not as it should be", "is held by bob@example.com until", &clear, "8430318e2cd164  runs v1 again"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(w.said().pop().expect("a call").starts_with("@ada @bob @cy hello in staging needs people now"));
    assert_eq!(w.fly().versions(STAGING), ["v2", "v1"]);
    w.fly().faults().foreign_lease(&first, "bob@example.com", Span(0));
}

#[tokio::test]
async fn a_machine_that_boots_neither_way_needs_people() {
    let mut w = World::with(HEALTH).await;
    for _ in 0..6 {
        w.fly().next_boot(STAGING, 1, Boot::Fails);
    }
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Needs people").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Needs people
    │ staging is in a state that only people can judge. It is locked, and nothing more happens by
    │ itself.
    │ The machines could not be put back: Not everything in `hello-staging` is back as it was. Not
    │ restored: 8430318e2cd164 (failed). Look at each with `fly machine status`.
    │ Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to
    │ leave them as they are.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Machines
    │ ✅ 61992bff87e0c9  runs v1 again, verified
    │ ❌ 8430318e2cd164  not as it should be · Machine `8430318e2cd164` did not boot: it is `failed`
    │                    (exit code -). See `fly logs`.
    │
    │ [Go back anyway] [Keep]
    │ Type /press Go back anyway · /press Keep
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().pop().expect("a call"), @"@ada @bob @cy hello in staging needs people now, and is locked. The machines could not be put back: Not everything in `hello-staging` is back as it was. Not restored: 8430318e2cd164 (failed). Look at each with `fly machine status`. The card shows each machine and what to press.");
    w.fly().holds_no_lease(STAGING);
}

#[tokio::test]
async fn another_tool_that_deploys_meanwhile_needs_people_and_is_not_overwritten() {
    let mut w = World::with(HEALTH).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the first machine", |w| w.fly().updates(STAGING) == [1, 0]).await;
    w.fly().deploys_elsewise(STAGING, 1, "v3-slow").await;
    w.until("v2 → staging · Needs people").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Needs people
    │ staging is in a state that only people can judge. It is locked, and nothing more happens by
    │ itself.
    │ The machines could not be put back: Not everything in `hello-staging` is back as it was. Not
    │ restored: 8430318e2cd164 (started). Look at each with `fly machine status`.
    │ Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to
    │ leave them as they are.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Machines
    │ ✅ 61992bff87e0c9  runs v1 again, verified
    │ ❌ 8430318e2cd164  not as it should be · Machine `8430318e2cd164` was changed by somebody else
    │                    meanwhile: it is `started` and runs
    │                    `sha256:dd17a32959009fc7ebe99e61b49b56790197b01ed6754064d0b19b5ee30adb21`.
    │                    Shipgate leaves that as it is. Find out who deploys there (`fly releases`), and
    │                    let only one tool do it.
    │
    │ [Go back anyway] [Keep]
    │ Type /press Go back anyway · /press Keep
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().pop().expect("a call"), @"@ada @bob @cy hello in staging needs people now, and is locked. The machines could not be put back: Not everything in `hello-staging` is back as it was. Not restored: 8430318e2cd164 (started). Look at each with `fly machine status`. The card shows each machine and what to press.");
    assert_eq!(w.fly().versions(STAGING), ["v1", "v3-slow"]);
    w.pass(minutes(5)).await;
    assert_eq!(w.fly().updates(STAGING), [2, 1]);
    w.fly().holds_no_lease(STAGING);
}
