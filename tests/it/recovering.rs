//! Restarts: the program is stopped or killed at any point, a new one starts on the same file, and the end is the same.

use std::sync::Arc;

use insta::assert_snapshot;
use shipgate::clock::Clock as _;

use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH, minutes, seconds};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 2)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn it_dies_in_the_middle_of_a_rollout() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.ada().says("/promote").await;
    w.until_it("the first machine", |w| w.fly().updates(PRODUCTION) == [1, 0]).await;
    w.dies().await;
    w.starts_again().await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
    w.fly().holds_no_lease(PRODUCTION);
}

#[tokio::test]
async fn it_dies_while_it_goes_back() {
    let mut w = with_v2_in_staging(&[HEALTH, WATCH].concat()).await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Watching").await;
    w.ada().says("/abort").await;
    w.until_it("the first machine is back", |w| w.fly().updates(PRODUCTION).iter().sum::<usize>() == 3).await;
    w.dies().await;
    w.starts_again().await;
    w.until("v2 → production · Rolled back").await;
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned(); 2], vec![2, 2]));
}

#[tokio::test]
async fn it_dies_during_the_watch_and_is_gone_for_longer_than_that() {
    let mut w = with_v2_in_staging(WATCH).await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Watching").await;
    w.pass(seconds(25)).await;
    w.dies().await;
    w.pass(minutes(10)).await;
    w.starts_again().await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn it_dies_while_people_are_asked() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    w.dies().await;
    w.starts_again().await;
    assert_eq!(w.ada().hears_no_to("/press Approve").await.code, "own_request");
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.said().len(), 3, "people were called once: {:?}", w.said());
}

#[tokio::test]
async fn what_was_not_committed_did_not_happen_and_may_be_said_again() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    w.program().watcher.arm(Plug::When("about_to_commit advance"));
    assert_snapshot!(w.bob().insists("/press Approve").await.expect("a yes the second time"), @"
    ┌ You approved v2 for production.
    │ v2 takes the place of v1, machine by machine.
    └
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn what_was_committed_did_happen_and_saying_it_again_is_refused_in_a_friendly_way() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    w.program().watcher.arm(Plug::When("committed advance"));
    assert_snapshot!(w.bob().insists("/press Approve").await.expect_err("a no the second time"), @"
    [no_such_button]
    ┌ No card has the button “Approve” now.
    │ What can be pressed: Roll back, Promote.
    └ code for questions about this: no_such_button
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn an_effect_that_was_claimed_or_performed_is_done_again_by_the_next_program() {
    for plug in
        ["claimed roll_out", "performed roll_out", "claimed ask", "performed ask", "claimed show", "performed say"]
    {
        let mut w = World::of(Setup::demo().machines(1, 1)).await;
        // What a dead program did is taken up at once, by one that does not know how much it has asked already.
        w.expects(Expected::Refusals);
        let watcher = Arc::clone(&w.program().watcher);
        watcher.arm(Plug::When(plug));
        let _ = w.ada().insists("/deploy staging").await;
        // It may have died before it could answer; then another one runs already.
        if !watcher.is_dead() {
            w.until_it(plug, World::is_dead).await;
        }
        if w.is_dead() {
            w.starts_again().await;
        }
        w.pass(minutes(2)).await;
        assert!(w.screen.card("v2 → staging · Succeeded").is_some(), "{plug}: {:?}", w.screen.titles());
        assert_eq!(w.fly().updates(STAGING), [1], "{plug}");
        assert_eq!(w.said().len(), 1, "{plug}: {:?}", w.said());
    }
}

#[tokio::test]
async fn sigterm_in_the_middle_of_a_rollout_gives_it_to_the_next_program() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.ada().says("/promote").await;
    w.until_it("the first machine", |w| w.fly().updates(PRODUCTION) == [1, 0]).await;
    w.stops().await;
    w.fly().holds_no_lease(PRODUCTION);
    let stopped_at = w.clock.now();
    w.starts_again().await;
    w.pass(seconds(1)).await;
    w.until_it("the second machine", |w| w.fly().updates(PRODUCTION) == [1, 1]).await;
    let took = w.clock.now().since(stopped_at);
    assert!(took < minutes(1), "no claim had to run out, but it took {took:?}");
    w.until("v2 → production · Succeeded").await;
}
