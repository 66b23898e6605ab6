//! Faults that end by themselves: the new release everywhere, or the old one everywhere.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::clock::Span;
use shipgate::sim::{Action, Boot, Fault, On, Reports, When};

use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH, minutes};
use crate::world::wire::{self, Trouble};
use crate::world::{Expected, World};

/// Staging runs v1 everywhere again, after so many updates of each machine.
#[track_caller]
fn is_back(w: &World, updates: [usize; 2]) {
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], updates.to_vec()));
    assert!(w.fly().machines(STAGING).iter().all(|machine| machine.state == "started"));
    w.fly().holds_no_lease(STAGING);
}

#[tokio::test]
async fn a_machine_that_stays_replacing_takes_the_release_back() {
    let mut w = World::with(HEALTH).await;
    w.fly().next_boot(STAGING, 0, Boot::StaysReplacing);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: Machine `61992bff87e0c9` is still `replacing` after 5 minutes, so it counts as
    │ failed. See `fly logs`.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    is_back(&w, [2, 0]);
}

#[tokio::test]
async fn checks_that_never_report_take_the_release_back() {
    let mut w = World::with(HEALTH).await;
    let id = w.fly().machines(STAGING)[0].id.clone();
    w.fly().faults().checks(&id, Reports::Nothing);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: Machine `61992bff87e0c9` has checks, but none of them has reported. That is
    │ not a pass.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    is_back(&w, [2, 0]);
}

#[tokio::test]
async fn a_host_without_room_takes_the_release_back() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    let id = w.fly().machines(STAGING)[1].id.clone();
    let full = "aborted: could not reserve resource for machine: insufficient memory available to fulfill request";
    w.fly().faults().next(9, On::action(Action::MachineUpdate).machine(&id), When::Before, Fault::error(409, full));
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    // fly.io's own number of the call is in it, so it is no snapshot.
    let card = w.card("v2 → staging");
    for part in ["staging runs v1 again.", id.as_str(), "insufficient memory", "clone the machine to another host"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    is_back(&w, [2, 0]);
}

#[tokio::test]
async fn a_host_that_is_silent_for_too_long_leaves_the_old_release() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    let id = w.fly().machines(STAGING)[1].id.clone();
    w.fly().faults().silence_host(&id, true);
    w.ada().says("/deploy staging v2").await;
    w.pass(minutes(2)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ v2 takes the place of v1, machine by machine.
    │ ❌ Trouble  The host of machine `8430318e2cd164` does not answer, so the machine must not be
    │             touched. It was last seen `started` with
    │             `sha256:d461299cf950bd732857886dc0bb2730817e710b24812e896bd99e183e01e440`. Wait, or
    │             look at it with `fly machine status 8430318e2cd164`. Trying again.
    │ Release     v2 · commit d7c2c805b · in place of v1
    │ Requested   by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health   2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → staging · Rolled back").await;
    is_back(&w, [0, 0]);
}

#[tokio::test]
async fn a_machine_that_the_proxy_stops_on_the_way_has_the_release_and_stays_down() {
    let mut setup = Setup::production(HEALTH);
    for seed in setup.sim.apps.iter_mut().flat_map(|app| &mut app.machines) {
        seed.config["services"][0]["autostop"] = json!("stop");
    }
    let mut w = World::of(setup).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the first machine", |w| w.fly().updates(STAGING) == [1, 0]).await;
    let id = w.fly().machines(STAGING)[0].id.clone();
    w.fly().faults().autostop(&id);
    w.until("v2 → staging · Succeeded").await;
    let states: Vec<String> = w.fly().machines(STAGING).into_iter().map(|machine| machine.state).collect();
    assert_eq!(
        (w.fly().versions(STAGING), states),
        (vec!["v2".to_owned(); 2], vec!["stopped".into(), "started".into()])
    );
}

#[tokio::test]
async fn what_another_tool_deployed_while_people_were_asked_is_not_overwritten() {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 2)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.fly().deploys_elsewise(PRODUCTION, 0, "v4-late").await;
    w.pass(minutes(1)).await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Failed").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Failed
    │ Nothing was touched: production runs what it ran before.
    │ The rollout failed: Machine `4106093355a173` was changed by somebody else meanwhile: it is
    │ `started` and runs `sha256:3acfe66827902224a9afab2594d053c5791cb2832f7924c15de022a073f3440c`.
    │ Shipgate leaves that as it is. Find out who deploys there (`fly releases`), and let only one tool
    │ do it.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before  1 gate passed: approval (bob)
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(
        (w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)),
        (vec!["v4-late".into(), "v1".into()], vec![1, 0])
    );
}

#[tokio::test]
async fn an_update_that_arrives_after_the_crash_and_the_way_back_changes_nothing() {
    let mut w = World::with(HEALTH).await;
    let id: &'static str = Box::leak(w.fly().machines(STAGING)[0].id.clone().into_boxed_str());
    w.fly().next(1, wire::On("POST", id), Trouble::Deaf);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolling out").await;
    w.until_it("the update", |w| w.fly().api.lines().iter().any(|l| l.method == "POST" && l.path.ends_with(id))).await;
    w.dies().await;
    // Whoever takes over at once does not know how much was asked in this second already.
    w.expects(Expected::Refusals);
    w.starts_again().await;
    w.ada().says("/abort").await;
    w.until("v2 → staging · Rolled back").await;
    is_back(&w, [1, 0]);
    assert_eq!(w.fly().arrives_late(STAGING, 0).await, 409);
    w.pass(minutes(5)).await;
    is_back(&w, [1, 0]);
}

#[tokio::test]
async fn a_machine_that_dies_behind_the_back_of_the_rollout_takes_the_release_back() {
    let mut w = World::of(Setup::production(HEALTH).machines(3, 1)).await;
    w.fly().next_boot(STAGING, 0, Boot::Leaves { after: Span::seconds(25) });
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: Machine `61992bff87e0c9` should run but is `stopped` (exit code 1). See `fly
    │ logs`.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 3], vec![2; 3]));
    assert!(w.fly().machines(STAGING).iter().all(|machine| machine.state == "started"));
    w.fly().holds_no_lease(STAGING);
}

#[tokio::test]
async fn a_foreign_lease_that_never_ends_leaves_the_old_release() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    let id = w.fly().machines(STAGING)[0].id.clone();
    w.fly().faults().foreign_lease(&id, "bob@example.com", Span::minutes(600));
    w.ada().says("/deploy staging v2").await;
    w.pass(minutes(2)).await;
    let card = w.card("v2 → staging");
    for part in ["Rolling out", "is held by bob@example.com", &format!("fly machine leases clear {id}")] {
        assert!(card.contains(part), "{part}: {card}");
    }
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout took longer than 15 min, which is its limit.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![0, 0]));
    w.fly().faults().foreign_lease(&id, "bob@example.com", Span(0));
}

/// Production changes all its machines at once.
fn at_once() -> Setup {
    let mut setup = Setup::production(&[HEALTH, WATCH].concat()).machines(1, 3);
    setup.config =
        setup.config.replace("app = \"hello-production\"", "app = \"hello-production\", strategy = \"immediate\"");
    setup
}

#[tokio::test]
async fn all_machines_at_once_go_out_and_back() {
    let mut w = World::of(at_once()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    let boots = |w: &World| w.card("v2 → production").matches("starting with v2").count() == 3;
    w.until_it("all machines boot", boots).await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolling out
    │ v2 takes the place of v1 on all machines at once.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │ ⏳ watch           for 1 min, going back by itself: health
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 3 run the new release
    │ ▶  4106093355a173  starting with v2
    │ ▶  4375d392c75e16  starting with v2
    │ ▶  c39c4f33660cb0  starting with v2
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → production · Watching").await;
    w.ada().says("/abort").await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned(); 3], vec![2; 3]));
    w.fly().holds_no_lease(PRODUCTION);
}

#[tokio::test]
async fn all_machines_at_once_go_back_when_one_does_not_boot() {
    let mut w = World::of(at_once()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.fly().next_boot(PRODUCTION, 1, Boot::Fails);
    w.ada().says("/promote").await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned(); 3], vec![2; 3]));
}

#[tokio::test]
async fn all_machines_at_once_survive_a_crash_in_the_middle() {
    let mut w = World::of(at_once()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until_it("all machines", |w| w.fly().updates(PRODUCTION) == [1, 1, 1]).await;
    w.dies().await;
    w.starts_again().await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v2".to_owned(); 3], vec![1; 3]));
}
