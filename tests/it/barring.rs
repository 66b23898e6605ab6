//! Releases that are barred: what it means for what waits, and that people are told.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, Setup};

#[tokio::test]
async fn what_is_barred_while_it_waits_asks_nobody_and_says_what_to_do() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH].concat()).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.ada().says("/rollback staging").await;
    w.until("back to v1 in staging · Succeeded").await;
    w.until("v2 → production · Waiting to start").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ v2 is barred, so the rollout does not start and nobody is asked. Lift that or abort this. Nothing
    │ is touched yet.
    │ ❌ v2 is barred from every environment: it was rolled back in staging at ··:·· Mon 23 Nov,
    │    Asia/Tokyo.
    │    Release a new version. If the fault was elsewhere: `/unquarantine v2 reason`.
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ⏳ approval  releasers will be asked once nothing else is missing · 1 approval needed, not from
    │              ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health    2 in a row, within 40 s
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.bob().says("/why production").await, @"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting to start
    │ v2 is barred, so the rollout does not start and nobody is asked. Lift that or abort this. Nothing
    │ is touched yet.
    │
    │ Gates before the rollout
    │ ⏳ approval  releasers will be asked once nothing else is missing · 1 approval needed, not from
    │              ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health    2 in a row, within 40 s
    │
    │ In the way
    │ ❌ v2 is barred from every environment: it was rolled back in staging at ··:·· Mon 23 Nov,
    │    Asia/Tokyo.
    │
    │ Barred releases
    │ ❌ v2        rolled back in staging at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ What you can do
    │ ⏳ approval  v2 is barred from every environment: it was rolled back in staging at ··:·· Mon 23
    │              Nov, Asia/Tokyo. Release a new version. If the fault was elsewhere: `/unquarantine v2
    │              reason`.
    │ ✋ v2        stop it: `/abort production`
    │ ✋ v2        let it out again: `/unquarantine v2 reason`
    │
    │ production now
    │ Runs         v1
    │ Address      http://hello-production
    └
    ");
    let (_, why) = w.api("ada").get("/api/v1/apps/hello/environments/production/why").await;
    assert_eq!(why["obstacles"][0]["code"], "quarantined", "{why}");
    assert_eq!(w.bob().hears_no_to("/approve production").await.code, "quarantined");
    assert_eq!(w.bob().hears_no_to("/override approval production because").await.code, "quarantined");
    let told = w.said().len();
    w.bob().says("/unquarantine v2 the fault was elsewhere").await;
    w.until("v2 → production · Waiting for people").await;
    assert_snapshot!(w.said()[told..].join("\n"), @"@bob @cy hello v2 → production waits for you again: an approval has expired, or something else was in the way meanwhile. Missing: approval. ada asked for it.");
    w.bob().says("/approve production").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn where_all_that_succeeded_before_is_barred_that_is_said() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    w.ada().says("/rollback production").await;
    w.until("back to v1 in production · Succeeded").await;
    assert_snapshot!(w.ada().hears_no_to("/promote").await, @"
    [quarantined]
    ┌ v2 is barred from every environment: it was rolled back in production at ··:·· Mon 23 Nov,
    │ Asia/Tokyo.
    │ Release a new version. If the fault was elsewhere: `/unquarantine v2 reason`.
    └ code for questions about this: quarantined
    ");
    assert_eq!(w.ada().hears_no_to("/plan production").await.code, "quarantined");
    assert_snapshot!(w.ada().says("/why production").await, @"
    ┌ What hello in production waits for
    │ Nothing is under way. v2 could come to production, but for what is listed here.
    │
    │ In the way
    │ ❌ v2 is barred from every environment: it was rolled back in production at ··:·· Mon 23 Nov,
    │    Asia/Tokyo.
    │
    │ Barred releases
    │ ❌ v2    rolled back in production at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ What you can do
    │ ✋ v2    let it out again: `/unquarantine v2 reason`
    │
    │ production now
    │ Runs     v1 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address  http://hello-production
    └
    ");
}
