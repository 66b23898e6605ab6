//! Smoke tests: asked for by anybody, done as effects like everything else, and resumed after a restart.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{PRODUCTION, STAGING, Setup, seconds};
use crate::world::watcher::Plug;
use crate::world::wire::Trouble;

#[tokio::test]
async fn a_smoke_test_asks_every_check_once() {
    let mut w = World::demo().await;
    assert_snapshot!(w.eve().says("/smoke production").await, @"
    ┌ Smoke test of hello in production started: 3 checks
    └
    ");
    assert_snapshot!(w.card("production"), @"
    ┌ Smoke test of hello in production · Passed
    │ All 3 checks passed.
    │ Runs           v1
    │ ✅ health      passed · http://hello-production/health answered 200 in 0 ms.
    │ ✅ health (2)  passed · http://hello-production/health answered 200 in 0 ms.
    │ ✅ error rate  passed · http://hello-production/health answered 200 in 0 ms.
    └ requested by eve · #········
    ");
    assert_snapshot!(w.said().join("\n"), @"@eve Smoke test of hello in production: All 3 checks passed.");
}

#[tokio::test]
async fn a_smoke_test_that_fails_says_what_failed() {
    let mut w = World::demo().await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(502, "<h1>Bad Gateway</h1>"));
    w.eve().says("/smoke production").await;
    assert_snapshot!(w.card("production"), @"
    ┌ Smoke test of hello in production · Failed
    │ 0 of 3 passed, 3 failed, 0 gave no answer. Nothing was changed; `/history production` shows what
    │ was released last, and `/rollback production` goes back.
    │ Runs           v1
    │ ❌ health      failed · http://hello-production/health answered 502 instead of 200.
    │ ❌ health (2)  failed · http://hello-production/health answered 502 instead of 200.
    │ ❌ error rate  failed · http://hello-production/health answered 502 instead of 200.
    └ requested by eve · #········
    ");
    assert_snapshot!(w.said().join("\n"), @"@eve Smoke test of hello in production: 0 of 3 passed, 3 failed, 0 gave no answer. Nothing was changed; `/history production` shows what was released last, and `/rollback production` goes back.");
    assert_eq!(w.fly().updates(PRODUCTION), [0, 0, 0], "it changes nothing");
}

#[tokio::test]
async fn while_it_goes_on_it_is_the_answer_to_who_asks_again() {
    let mut w = World::demo().await;
    w.fly().edge_fails(STAGING, Trouble::Deaf);
    w.eve().says("/smoke staging").await;
    assert_snapshot!(w.bob().says("/smoke staging").await, @"
    ┌ A smoke test of hello in staging is under way already: 1 check
    └
    ");
    assert_snapshot!(w.card("staging"), @"
    ┌ Smoke test of hello in staging · Running
    │ 1 check is asked once. Nothing is changed.
    │ Runs       v1
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 1 answered
    │ ▶  health  being checked
    └ requested by eve · #········
    ");
    w.pass(seconds(11)).await;
    assert_snapshot!(w.card("staging"), @"
    ┌ Smoke test of hello in staging · Failed
    │ 0 of 1 passed, 1 failed, 0 gave no answer. Nothing was changed; `/history staging` shows what was
    │ released last, and `/rollback staging` goes back.
    │ Runs       v1
    │ ❌ health  failed · http://hello-staging/health did not answer within 10000 ms.
    └ requested by eve · #········
    ");
}

#[tokio::test]
async fn a_smoke_test_goes_on_after_a_restart() {
    let mut w = World::of(Setup::demo()).await;
    w.fly().edge_fails(STAGING, Trouble::Deaf);
    w.eve().says("/smoke staging").await;
    w.until_it_dies(Plug::When("performed ask")).await;
    w.fly().works_again();
    w.starts_again().await;
    w.pass(seconds(20)).await;
    assert_snapshot!(w.card("staging"), @"
    ┌ Smoke test of hello in staging · Passed
    │ The check passed.
    │ Runs       v1
    │ ✅ health  passed · http://hello-staging/health answered 200 in 0 ms.
    └ requested by eve · #········
    ");
    assert_eq!(w.said().len(), 1, "{:?}", w.said());
}
