//! Releases that cannot be gone back from: what people read before they approve one, and what keeps it so.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, WATCH, minutes};

#[tokio::test]
async fn a_one_way_release_says_so_before_it_is_approved_and_its_failure_needs_people() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH].concat()).machines(1, 1).instantly()).await;
    let image = shipgate::sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2").image;
    let body = serde_json::json!({ "version": "v9", "image": image, "one_way": true });
    let (status, release) = w.api("ci").post("/api/v1/apps/hello/releases", &body).await;
    assert_eq!((status, &release["one_way"]), (201, &true.into()), "{release}");
    w.ada().says("/deploy staging v9").await;
    w.until("v9 → staging · Succeeded").await;
    let plan = w.ada().says("/plan production v9").await;
    assert!(plan.contains("it cannot go back by itself: a release on the way is one-way"), "{plan}");
    w.ada().says("/promote production v9").await;
    w.until("v9 → production · Waiting for people").await;
    assert!(w.card("v9 → production").contains("no way back past v9"), "{}", w.card("v9 → production"));
    w.fly().edge_fails(PRODUCTION, crate::world::wire::Trouble::Says(500, "broken"));
    w.bob().presses("Approve").await;
    w.until("v9 → production · Needs people").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"], "nothing was put back by itself");
}

#[tokio::test]
async fn a_one_way_release_never_says_that_it_goes_back_by_itself() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH, WATCH].concat()).machines(1, 1).instantly()).await;
    let image = shipgate::sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2").image;
    let body = serde_json::json!({ "version": "v9", "image": image, "one_way": true });
    w.api("ci").post("/api/v1/apps/hello/releases", &body).await;
    w.ada().says("/deploy staging v9").await;
    w.until("v9 → staging · Succeeded").await;
    let plan = w.ada().says("/plan production v9").await;
    assert!(plan.contains("for 1 min, calling people if a rule breaks: health"), "{plan}");
    w.ada().says("/promote production v9").await;
    w.until("v9 → production · Waiting for people").await;
    assert_snapshot!(w.card("v9 → production"), @"
    ┌ hello v9 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ ⚠ There is no way back past v9. If this fails, or somebody rolls it back, production is not put
    │ back by itself: it is locked, and people decide.
    │ Release      v9 · in place of v1 · ⚠ no way back past v9
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ approval  waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health    2 in a row, within 40 s
    │ ⏳ watch     for 1 min, calling people if a rule breaks: health
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    w.bob().presses("Approve").await;
    w.until("v9 → production · Watching").await;
    assert_snapshot!(w.ada().says("/why production").await, @"
    ┌ What hello in production waits for
    │ hello v9 → production · Watching
    │ v9 runs everywhere and has passed its gates. If a rule breaks now, people are called.
    │ ⚠ There is no way back past v9. If this fails, or somebody rolls it back, production is not put
    │ back by itself: it is locked, and people decide.
    │ ✅ Before  1 gate passed: approval (bob)
    │
    │ After the rollout
    │ ✅ health  passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
    │
    │ What you can do
    │ ✋ v9      go back: `/rollback production`
    │
    │ production now
    │ Runs       v1
    │ Address    http://hello-production
    └
    ");
    assert_snapshot!(w.card("v9 → production"), @"
    ┌ hello v9 → production · Watching
    │ v9 runs everywhere and has passed its gates. If a rule breaks now, people are called.
    │ ⚠ There is no way back past v9. If this fails, or somebody rolls it back, production is not put
    │ back by itself: it is locked, and people decide.
    │ Release    v9 · in place of v1 · ⚠ no way back past v9
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before  1 gate passed: approval (bob)
    │
    │ After the rollout
    │ ✅ health  passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
    │
    │ Watch
    │ ⏱ The watch ends ··:·· Mon 23 Nov, Asia/Tokyo, in 1 min
    │ ✅ health  calls people after 2 failures in a row · 0 in a row now · 1 sample · last:
    │            http://hello-production/health answered 200 in 0 ms.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v9 → production · Succeeded").await;
}

#[tokio::test]
async fn an_image_that_is_registered_again_keeps_the_name_it_runs_as_and_what_is_one_way_after_it() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH].concat()).machines(1, 1).instantly()).await;
    let image = |version: &str| {
        shipgate::sim::demo_releases().into_iter().find(|release| release.version == version).expect("a release").image
    };
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    let one_way = serde_json::json!({ "version": "ow1", "image": image("v3-slow"), "one_way": true });
    assert_eq!(w.api("ci").post("/api/v1/apps/hello/releases", &one_way).await.0, 201);
    w.pass(minutes(1)).await;
    let again = serde_json::json!({ "version": "v2-again", "image": image("v2") });
    assert_eq!(w.api("ci").post("/api/v1/apps/hello/releases", &again).await.0, 201);
    let plan = w.ada().says("/plan staging ow1").await;
    assert!(plan.contains("no way back past ow1"), "{plan}");
    w.dies().await;
    w.starts_again().await;
    w.ada().says("/rollback staging").await;
    w.until("back to v1 in staging · Succeeded").await;
    let why = w.ada().says("/why staging").await;
    assert!(why.contains("v2") && !why.contains("v2-again was rolled back"), "{why}");
}
