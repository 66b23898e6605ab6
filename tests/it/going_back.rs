//! Releases that go back: by themselves when they are bad, and when people say so, at any point.

use insta::assert_snapshot;
use serde_json::json;
use shipgate::sim;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH, minutes};
use crate::world::wire::{On, Trouble};

#[tokio::test]
async fn a_broken_release_fails_its_gate_and_goes_back_by_itself() {
    let mut w = World::demo().await;
    let digests: Vec<String> = w.fly().machines(STAGING).into_iter().map(|machine| machine.digest).collect();
    w.ada().says("/deploy staging v3-broken").await;
    w.until("v3-broken → staging · Checking").await;
    assert_eq!(w.fly().versions(STAGING), ["v3-broken", "v3-broken"]);
    w.until("v3-broken → staging · Rolled back").await;
    assert_snapshot!(w.card("v3-broken → staging"), @"
    ┌ hello v3-broken → staging · Rolled back
    │ staging runs v1 again.
    │ The gate “health” failed: http://hello-staging/health answered 500 instead of 200.
    │ v3-broken is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v3-broken reason`.
    │ Release    v3-broken · commit b62c9a86e · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ❌ health  failed · http://hello-staging/health answered 500 instead of 200.
    └ requested by ada · #········ · ledger ········
    ");
    let now: Vec<String> = w.fly().machines(STAGING).into_iter().map(|machine| machine.digest).collect();
    assert_eq!((now, w.fly().updates(STAGING)), (digests, vec![2, 2]));
    w.fly().holds_no_lease(STAGING);
    assert_snapshot!(w.ada().hears_no_to("/deploy staging v3-broken").await, @"
    [quarantined]
    ┌ v3-broken is barred from every environment: it was rolled back in staging at ··:·· Mon 23 Nov,
    │ Asia/Tokyo.
    │ Release a new version. If the fault was elsewhere: `/unquarantine v3-broken reason`.
    └ code for questions about this: quarantined
    ");
    assert_snapshot!(w.ada().says("/status").await, @"
    ┌ Status of hello
    │
    │ staging
    │ Runs     v1
    │ Address  http://hello-staging
    │
    │ production
    │ Runs     v1
    │ Address  http://hello-production
    └
    ");
    let history = w.ada().says("/history").await;
    assert!(history.contains("❌ v3-broken → staging  Rolled back"), "{history}");

    w.ada().says("/unquarantine v3-broken it was the test").await;
    w.ada().says("/deploy staging v3-broken").await;
    w.until("v3-broken → staging · Rolling out").await;
}

#[tokio::test]
async fn a_slow_release_fails_its_gate_and_goes_back_by_itself() {
    let mut w = World::demo().await;
    w.ada().says("/deploy staging v3-slow").await;
    w.until("v3-slow → staging · Rolled back").await;
    assert_snapshot!(w.card("v3-slow → staging"), @"
    ┌ hello v3-slow → staging · Rolled back
    │ staging runs v1 again.
    │ The gate “health” failed: http://hello-staging/health answered 200, but took 3000 ms; it must
    │ take less than 2000 ms.
    │ v3-slow is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v3-slow reason`.
    │ Release    v3-slow · commit 161f57856 · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ❌ health  failed · http://hello-staging/health answered 200, but took 3000 ms; it must take
    │            less than 2000 ms.
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![2, 2]));
    assert_eq!(w.ada().hears_no_to("/deploy staging v3-slow").await.code, "quarantined");
}

/// A production with everything, and v2 in staging.
async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 2)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn a_rollback_while_a_release_goes_out_takes_it_back() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.ada().says("/promote").await;
    w.until_it("the second machine", |w| w.fly().updates(PRODUCTION) == [1, 1]).await;
    assert_snapshot!(w.bob().says("/rollback production it smells").await, @"
    ┌ production goes back from v2 now
    │ production goes back to v1. Nothing to do; this card says when it is there.
    └
    ");
    w.until("v2 → production · Rolled back").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolled back
    │ production runs v1 again.
    │ bob stopped it: it smells.
    │ v2 is barred from every environment. Fix it and release a new version; or, if the fault was
    │ elsewhere, lift it with `/unquarantine v2 reason`.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().versions(PRODUCTION), ["v1", "v1"]);
    w.fly().holds_no_lease(PRODUCTION);
}

#[tokio::test]
async fn a_rollback_after_success_brings_the_last_good_release_back() {
    let mut w = with_v2_in_staging(&[APPROVAL, HEALTH].concat()).await;
    w.ada().says("/promote").await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(5)).await;
    assert_snapshot!(w.bob().says("/rollback production").await, @"
    ┌ On its way: v1 to production
    │ Asking what runs in production now. Nothing is touched yet.
    └
    ");
    w.until("back to").await;
    w.until("in production · Succeeded").await;
    assert_snapshot!(w.card("in production · Succeeded"), @"
    ┌ hello back to v1 in production · Succeeded
    │ production runs v1 again.
    │ Release    v1 · commit 7bf6161d9 · in place of v2
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ health  passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
    └ requested by bob · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v1".to_owned(); 2], vec![2, 2]));
    assert_snapshot!(w.ada().hears_no_to("/promote production v2").await, @"
    [quarantined]
    ┌ v2 is barred from every environment: it was rolled back in production at ··:·· Mon 23 Nov,
    │ Asia/Tokyo.
    │ Release a new version. If the fault was elsewhere: `/unquarantine v2 reason`.
    └ code for questions about this: quarantined
    ");
    assert_snapshot!(w.ada().hears_no_to("/rollback production").await, @"
    [nothing_to_go_back_to]
    ┌ There is no earlier good release to go back to.
    │ Fix it with a new release. `/history` shows what ran, and `/unquarantine` lets a barred release
    │ out again.
    └ code for questions about this: nothing_to_go_back_to
    ");
}

#[tokio::test]
async fn a_deployment_is_stopped_in_any_phase() {
    let mut w = with_v2_in_staging(&[APPROVAL, HEALTH, WATCH].concat()).await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.ada().presses("Abort").await, @"
    ┌ You stopped v2 to production.
    │ Nothing was touched: production runs what it ran before.
    └
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Aborted
    │ Nothing was touched: production runs what it ran before.
    │ ada stopped it.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0, 0]);

    for phase in ["Rolling out", "Checking", "Watching"] {
        let before = w.fly().updates(PRODUCTION);
        w.ada().says("/promote").await;
        w.bob().presses("Approve").await;
        w.until(&format!("v2 → production · {phase}")).await;
        w.ada().says("/abort").await;
        w.until("v2 → production · Rolled back").await;
        assert_eq!(w.fly().versions(PRODUCTION), ["v1", "v1"], "aborted while {phase}");
        w.fly().holds_no_lease(PRODUCTION);
        for (before, after) in before.iter().zip(w.fly().updates(PRODUCTION)) {
            let there_and_back = after - before == 2 || (phase == "Rolling out" && after == *before);
            assert!(there_and_back, "{before} and then {after} updates while {phase}");
        }
        w.ada().says("/unquarantine v2 only a test").await;
    }
    assert_eq!(w.ada().hears_no_to("/abort").await.code, "nothing_waits");
}

/// A staging in which v1, v2 and v4-late were good, and the last of them runs.
async fn with_three_good_ones() -> World {
    let mut w = World::of(Setup::production(HEALTH).machines(2, 1)).await;
    for version in ["v2", "v4-late"] {
        w.ada().says(&format!("/deploy staging {version}")).await;
        w.until(&format!("{version} → staging · Succeeded")).await;
    }
    w
}

#[tokio::test]
async fn a_rollback_passes_over_a_release_whose_image_is_gone() {
    let mut w = with_three_good_ones().await;
    w.fly().loses("v2");
    assert_snapshot!(w.bob().says("/rollback staging").await, @"
    ┌ On its way: v2 to staging
    │ Asking what runs in staging now. Nothing is touched yet.
    └
    ");
    w.until("back to v1 in staging · Succeeded").await;
    assert_snapshot!(w.card("in staging · Succeeded"), @"
    ┌ hello back to v1 in staging · Succeeded
    │ staging runs v1 again.
    │ The image of v2 is gone from the registry, so the next good release comes instead: v1.
    │ Release    v1 · commit 7bf6161d9 · in place of v4-late
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ health  passed · 2 of 2 in a row · http://hello-staging/health answered 200 in 0 ms.
    └ requested by bob · #········ · ledger ········
    ");
    let said = w.said();
    let passed = "@bob hello in staging: the image of v2 is gone from the registry, so it goes back to v1.";
    assert!(said.iter().any(|line| line == passed), "{said:#?}");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v1".to_owned(); 2], vec![3, 3]));
    w.fly().holds_no_lease(STAGING);
    assert_eq!(w.ada().hears_no_to("/deploy staging v4-late").await.code, "quarantined");
}

#[tokio::test]
async fn a_rollback_with_no_image_left_fails_and_touches_nothing() {
    let mut w = with_three_good_ones().await;
    for version in ["v1", "v2"] {
        w.fly().loses(version);
    }
    let path = "/api/v1/apps/hello/environments/staging/deployments";
    let (status, begun) = w.api("ada").post(path, &json!({ "kind": "rollback" })).await;
    assert_eq!(status, 202);
    w.until("in staging · Failed").await;
    assert_snapshot!(w.card("in staging · Failed"), @"
    ┌ hello back to v2 in staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ The images of v2, v1 are gone from the registry, and there is no other good release to go back to.
    │ Push one of them again, or fix it with a new release.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    let path = format!("/api/v1/deployments/{}", begun["id"].as_str().expect("an id"));
    let (_, ended) = w.api("ada").get(&path).await;
    assert_eq!((&ended["outcome"], &ended["cause"]), (&json!("failed"), &json!("nothing_to_go_back_to")));
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v4-late".to_owned(); 2], vec![2, 2]));

    w.bob().says("/rollback staging v1").await;
    w.until("back to v1 in staging · Failed").await;
    assert_snapshot!(w.card("back to v1 in staging · Failed"), @"
    ┌ hello back to v1 in staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ The image of v1 is gone from the registry, so staging cannot go back to it. Push it again, or let
    │ `/rollback staging` choose: it takes the newest good release whose image is there.
    │ Put right what is said above, then ask for it again.
    │ Release    v1 · commit 7bf6161d9
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by bob · #········ · ledger ········
    ");
    assert_eq!(w.fly().updates(STAGING), [2, 2]);
}

#[tokio::test]
async fn a_rollback_is_not_held_up_by_a_registry_that_does_not_answer() {
    let mut w = with_three_good_ones().await;
    // The end of v2's digest.
    w.fly().next(1, On("GET", "d411d04c1ed1"), Trouble::Deaf);
    w.bob().says("/rollback staging").await;
    w.until("back to v2 in staging · Succeeded").await;
    assert_eq!(w.fly().versions(STAGING), ["v2", "v2"]);
}

#[tokio::test]
async fn more_images_are_gone_than_are_asked_about_at_once() {
    let mut setup = Setup::production(HEALTH).machines(1, 1).instantly();
    let another = |n: u32| sim::Image {
        version: format!("v1{n}"),
        digest: format!("sha256:{n:064x}"),
        tag: None,
        ..setup.sim.images[0].clone()
    };
    let images: Vec<_> = (0..7).map(another).collect();
    setup.sim.images.extend(images.clone());
    let mut w = World::of(setup).await;
    for image in &images {
        let version = &image.version;
        w.ada().says(&format!("/release {version} {}", image.reference())).await;
        w.ada().says(&format!("/deploy staging {version}")).await;
        w.until(&format!("{version} → staging · Succeeded")).await;
    }
    images.iter().for_each(|image| w.fly().loses_image(&image.reference()));
    w.bob().says("/rollback staging").await;
    w.until("back to v1 in staging · Succeeded").await;
    let card = w.card("back to v1 in staging");
    assert!(card.contains("The images of v15, v14, v13, v12, v11, v10 are gone from the registry"), "{card}");
    assert_eq!(w.fly().versions(STAGING), ["v1"]);
}
