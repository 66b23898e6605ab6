//! A fly.io that answers nothing, nonsense, or no: the card says so in words, and goes on when it can.

use insta::assert_snapshot;
use shipgate::sim::Boot;

use crate::world::setup::{HEALTH, PRODUCTION, STAGING, Setup, minutes, seconds};
use crate::world::wire::{On, Trouble};
use crate::world::{Expected, World};

/// What the card of v2 to staging says while every call goes wrong so, after a minute, and in the end.
async fn while_it(trouble: Trouble) -> (World, String) {
    let mut w = World::with(HEALTH).await;
    w.fly().fails(trouble);
    w.ada().says("/deploy staging v2").await;
    w.pass(minutes(1)).await;
    let card = w.card("v2 → staging");
    (w, card)
}

/// It goes on by itself once fly.io answers again.
async fn comes_back(mut w: World) {
    w.fly().works_again();
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1, 1]);
}

/// It gives up, untouched.
async fn gives_up(w: &mut World) -> String {
    w.until("v2 → staging · Failed").await;
    assert_eq!(w.fly().updates(STAGING), [0, 0]);
    w.card("v2 → staging")
}

#[tokio::test]
async fn a_fly_io_that_answers_nothing_is_waited_for() {
    let (w, card) = while_it(Trouble::Deaf).await;
    assert_snapshot!(card, @"
    ┌ hello v2 → staging · Queued
    │ Asking what runs in staging now. Nothing is touched yet.
    │ ❌ Trouble  fly.io did not answer about `hello-staging` (15 s). See status.flyio.net; if it is
    │             well, check the network. Trying again.
    │ Release     v2 · commit d7c2c805b
    │ Requested   by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    comes_back(w).await;
}

#[tokio::test]
async fn a_fly_io_that_never_answers_fails_it_untouched() {
    let (mut w, _) = while_it(Trouble::Deaf).await;
    assert_snapshot!(gives_up(&mut w).await, @"
    ┌ hello v2 → staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ It could not be learned what runs now: fly.io did not answer about `hello-staging` (15 s). See
    │ status.flyio.net; if it is well, check the network.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn what_waits_for_a_fly_io_that_answers_nothing_can_be_stopped() {
    let (mut w, _) = while_it(Trouble::Deaf).await;
    w.ada().presses("Abort").await;
    assert!(w.card("v2 → staging").contains("Aborted"));
    w.fly().works_again();
    w.pass(minutes(1)).await;
    assert_eq!(w.fly().updates(STAGING), [0, 0]);
}

#[tokio::test]
async fn a_fly_io_that_answers_nonsense_is_quoted() {
    let (w, card) = while_it(Trouble::Says(200, "<html><h1>It works!</h1></html>")).await;
    assert_snapshot!(card, @"
    ┌ hello v2 → staging · Queued
    │ Asking what runs in staging now. Nothing is touched yet.
    │ ❌ Trouble  What answered for fly.io about `hello-staging` does not speak the Machines API (200):
    │             `<html><h1>It works!</h1></html>`. Check `FLY_FLAPS_BASE_URL` and proxies on the way.
    │             Request: -. Trying again.
    │ Release     v2 · commit d7c2c805b
    │ Requested   by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    comes_back(w).await;
}

#[tokio::test]
async fn a_fly_io_that_is_unwell_is_waited_for() {
    let (w, card) = while_it(Trouble::Says(503, r#"{"error":"upstream is down"}"#)).await;
    assert_snapshot!(card, @"
    ┌ hello v2 → staging · Queued
    │ Asking what runs in staging now. Nothing is touched yet.
    │ ❌ Trouble  fly.io could not answer about `hello-staging` (503): `upstream is down`. If it lasts,
    │             see status.flyio.net. Request: -. Trying again.
    │ Release     v2 · commit d7c2c805b
    │ Requested   by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    comes_back(w).await;
}

#[tokio::test]
async fn a_fly_io_that_is_too_busy_is_waited_for() {
    let (w, card) = while_it(Trouble::Says(429, r#"{"error":"rate limit exceeded"}"#)).await;
    assert_snapshot!(card, @"
    ┌ hello v2 → staging · Queued
    │ Asking what runs in staging now. Nothing is touched yet.
    │ ❌ Trouble  fly.io wants fewer requests about `hello-staging` (429). Shipgate goes on more slowly.
    │             Request: -. Trying again.
    │ Release     v2 · commit d7c2c805b
    │ Requested   by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    comes_back(w).await;
}

#[tokio::test]
async fn a_token_that_is_refused_fails_it_at_once() {
    let (mut w, _) = while_it(Trouble::Says(401, r#"{"error":"unauthorized"}"#)).await;
    assert_snapshot!(gives_up(&mut w).await, @"
    ┌ hello v2 → staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ It could not be learned what runs now: fly.io did not accept the token (401). It may be wrong,
    │ expired or revoked. Set a new `FLY_API_TOKEN` and start Shipgate again. Request: -.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    w.fly().works_again();
    w.ada().says("/deploy staging v2").await;
    comes_back(w).await;
}

#[tokio::test]
async fn an_app_without_machines_has_nothing_to_update() {
    let mut w = World::of(Setup::production(HEALTH).machines(0, 1)).await;
    w.ada().says("/deploy staging v2").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ The target has no machine to update. Create its machines first (with `fly deploy`, once), then ask
    │ again.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn an_image_that_no_registry_has_fails_it_untouched() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    let image = format!("registry.fly.io/hello@sha256:{}", "0".repeat(64));
    w.ada().says(&format!("/release v9 {image}")).await;
    w.ada().says("/deploy staging v9").await;
    w.until("v9 → staging · Failed").await;
    assert_snapshot!(w.card("v9 → staging"), @r#"
    ┌ hello v9 → staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ The rollout failed: The registry has no image
    │ `registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000000`,
    │ so it cannot run. Push it, or release one that is there. fly.io said: `failed to get manifest
    │ registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000000:
    │ request failed: not found [http 404]: {"errors":[{"code":"MANIFEST_UNKNOWN","message":"….
    │ Put right what is said above, then ask for it again.
    │ Release    v9 · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    "#);
    assert_eq!(w.fly().updates(STAGING), [0, 0]);
}

#[tokio::test]
async fn a_machine_that_does_not_boot_takes_the_release_back() {
    let mut w = World::with(HEALTH).await;
    w.fly().next_boot(STAGING, 0, Boot::Fails);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: Machine `61992bff87e0c9` did not boot: it is `failed` (exit code -). See `fly
    │ logs`.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![2, 0]));
}

#[tokio::test]
async fn a_machine_that_crashes_again_and_again_takes_the_release_back() {
    let mut w = World::with(HEALTH).await;
    w.fly().next_boot(STAGING, 1, Boot::Crashes { times: 5 });
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: Machine `8430318e2cd164` starts and exits again and again (exit code 1,
    │ restarted 2 times). See `fly logs`.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![2, 2]));
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_settled_by_asking() {
    let mut w = World::with(HEALTH).await;
    let first = w.fly().machines(STAGING)[0].id.clone();
    w.fly().next(1, On("POST", Box::leak(first.into_boxed_str())), Trouble::LosesTheAnswer);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1, 1], "nothing was done twice");
}

/// The first machine of staging gets its update, but nobody can know: neither the answer arrives nor a reading.
async fn with_an_unknown_outcome(machines: usize) -> World {
    let mut w = World::of(Setup::production(HEALTH).machines(machines, 1)).await;
    let id: &'static str = Box::leak(w.fly().machines(STAGING)[0].id.clone().into_boxed_str());
    w.fly().next(1, On("POST", id), Trouble::LosesTheAnswer);
    w.ada().says("/deploy staging v2").await;
    w.fly().next(4, On("GET", id), Trouble::Says(502, "<html>Bad Gateway</html>"));
    w
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_settled_by_asking_what_runs() {
    let mut w = with_an_unknown_outcome(1).await;
    w.until("v2 → staging · Succeeded").await;
    assert!(w.story.text().contains("→ 502"), "it was not known");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v2".to_owned()], vec![1]));
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_and_that_is_half_of_it_is_taken_back() {
    let mut w = with_an_unknown_outcome(2).await;
    w.until("v2 → staging · Rolled back").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolled back
    │ staging runs v1 again.
    │ The rollout failed: not every machine runs the release.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![2, 0]));
}

#[tokio::test]
async fn a_fly_io_that_goes_away_in_the_middle_of_a_rollout_is_waited_for() {
    let mut w = World::with(HEALTH).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the first machine", |w| w.fly().updates(STAGING) == [1, 0]).await;
    w.fly().fails(Trouble::Says(502, "<html>Bad Gateway</html>"));
    w.pass(minutes(2)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ v2 takes the place of v1, machine by machine.
    │ ❌ Trouble         fly.io could not answer about `hello-staging` (502): `<html>Bad
    │                    Gateway</html>`. If it lasts, see status.flyio.net. Request: -. Trying again.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ▶  61992bff87e0c9  starting with v2
    │ ⏳ 8430318e2cd164  its turn has not come
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    comes_back(w).await;
}

#[tokio::test]
async fn a_lease_that_another_tool_holds_is_waited_for_and_named() {
    let mut w = World::with(HEALTH).await;
    w.expects(Expected::Refusals);
    w.fly().foreign_lease(STAGING, 0, "bob@example.com", seconds(40));
    w.ada().says("/deploy staging v2").await;
    w.pass(seconds(20)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ v2 takes the place of v1, machine by machine.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ⏳ 61992bff87e0c9  its turn has not come · Machine `61992bff87e0c9` is held by bob@example.com
    │                    until 2026-11-23T05:00:45Z, so it cannot be changed now. Another tool may be
    │                    deploying. If nobody is: `fly machine leases clear 61992bff87e0c9`.
    │ ⏳ 8430318e2cd164  its turn has not come
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1, 1]);
}

#[tokio::test]
async fn what_runs_is_asked_at_first_contact_however_long_that_takes() {
    let mut w = World::that_does_not_run(Setup::production(HEALTH).machines(1, 1)).await;
    w.fly().fails(Trouble::Says(503, "down"));
    w.starts_again().await;
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │
    │ staging
    │ Runs     not known yet: its target has not answered
    │ Address  http://hello-staging
    │
    │ production
    │ Runs     not known yet: its target has not answered
    │ Address  http://hello-production
    └
    ");
    w.fly().works_again();
    w.pass(minutes(2)).await;
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │
    │ staging
    │ Runs     found-d461299c
    │ Address  http://hello-staging
    │
    │ production
    │ Runs     found-d461299c
    │ Address  http://hello-production
    └
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}
