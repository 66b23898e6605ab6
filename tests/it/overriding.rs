//! Passing a gate by word, and releasing out of order: who may, what everybody reads, and what it does not pass.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup};
use crate::world::wire::Trouble;

const SOAK: &str = r#"
[[apps.environments.before]]
name = "soaked in staging"
soak = "2h"
"#;

const TWO: &str = "override_by = 2\n";

async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn a_gate_is_passed_over_with_a_reason_that_everybody_reads() {
    let mut w = with_v2_in_staging(&[SOAK, APPROVAL].concat()).await;
    w.ada().says("/promote").await;
    assert_eq!(w.eve().hears_no_to("/override approval I want it").await.code, "not_permitted");
    assert_eq!(w.ada().hears_no_to("/override approval").await.code, "reason_missing");
    // A name of several words needs no quotes.
    assert_snapshot!(w.ada().says("/override soaked in staging checkout is down").await, @"
    ┌ Your word to override a gate of v2 in production is in, with your reason. It is announced.
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    └
    ");
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✅ soaked in staging  overridden · ada: checkout is down
    │ ✋ approval           waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().join("\n"), @"
    hello v2 → staging succeeded.
    @ada ada overrode “soaked in staging” of hello v2 → production: checkout is down
    @bob @cy hello v2 → production waits for you: approval. ada asked for it.
    ");
    w.ada().says("/override approval production nobody else is awake").await;
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Succeeded
    │ v2 runs in production and has passed everything.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before  2 gates passed: soaked in staging (ada: checkout is down), approval (ada: nobody else
    │            is awake)
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn two_people_pass_it_over_where_the_config_asks_for_two() {
    let mut w = with_v2_in_staging(&[TWO, SOAK].concat()).await;
    w.ada().says("/promote").await;
    w.ada().says("/override \"soaked in staging\" checkout is down").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ⏳ soaked in staging  not yet · override asked for by ada: checkout is down (one more person is
    │                       needed) · opens ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("a second person is called"), @"@bob @cy ada wants to override “soaked in staging” of hello v2 → production: “checkout is down”. It takes one more person: `/override`.");
    assert_snapshot!(w.ada().hears_no_to("/override \"soaked in staging\" really").await, @"
    [already_overridden]
    ┌ Your word to override this gate is in already.
    │ It takes another person's `/override` too.
    └ code for questions about this: already_overridden
    ");
    w.bob().says("/override \"soaked in staging\" I have seen it too").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn a_check_after_the_rollout_is_passed_over() {
    let mut w = with_v2_in_staging(HEALTH).await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.ada().says("/promote").await;
    w.until("v2 → production · Checking").await;
    w.bob().says("/override health the probe is wrong, the shop works").await;
    w.until("v2 → production · Succeeded").await;
    assert!(w.card("v2 → production").contains("the probe is wrong"));
}

#[tokio::test]
async fn a_hotfix_goes_out_of_order_and_says_so() {
    let mut w = World::of(Setup::production(&[SOAK, APPROVAL].concat()).machines(1, 1).instantly()).await;
    assert_eq!(w.ada().hears_no_to("/promote production v2").await.code, "no_evidence");
    assert_eq!(w.eve().hears_no_to("/hotfix production v2 checkout is down").await.code, "not_permitted");
    assert_snapshot!(w.ada().says("/hotfix production v2 checkout is down").await, @"
    ┌ On its way: v2 to production
    │ Asking what runs in production now. Nothing is touched yet.
    └
    ");
    assert_snapshot!(w.card("Hotfix"), @"
    ┌ Hotfix hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Reason       checkout is down
    │
    │ Gates before the rollout
    │ ✋ approval  waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().join("\n"), @"
    @bob @cy ada asked for a hotfix: hello v2 → production, without soak, window or success in the environment before: checkout is down
    @bob @cy hello v2 → production waits for you: approval. ada asked for it.
    ");
    w.bob().presses("Approve").await;
    w.until("Hotfix hello v2 → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn two_people_agree_to_a_hotfix_where_the_config_asks_for_two() {
    let mut w = World::of(Setup::production(&[TWO, SOAK].concat()).machines(1, 1).instantly()).await;
    w.ada().says("/hotfix production v2 checkout is down").await;
    w.until("Hotfix hello v2 → production · Waiting for people").await;
    assert_snapshot!(w.card("Hotfix"), @"
    ┌ Hotfix hello v2 → production · Waiting for people
    │ Only people are missing now (somebody else who may override). Nothing is touched before they
    │ decide.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Reason     checkout is down
    │
    │ Gates before the rollout
    │ ✋ hotfix  waits for somebody else who may override · override asked for by ada: checkout is down
    │            (one more person is needed)
    │
    │ [Snooze] [Abort]
    │ Type /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().last().expect("others are called"), @"@bob @cy hello v2 → production waits for you: hotfix. ada asked for it.");
    assert_eq!(w.ada().hears_no_to("/override hotfix really").await.code, "already_overridden");
    assert_eq!(w.eve().hears_no_to("/override hotfix really").await.code, "not_permitted");
    assert!(w.bob().says("/why production").await.contains("/override hotfix production reason"));
    assert!(w.ada().says("/why production").await.contains("somebody else who may override must agree to it"));
    assert_eq!(w.fly().versions(PRODUCTION), ["v1"]);
    w.bob().says("/override hotfix I have seen it too").await;
    w.until("Hotfix hello v2 → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn the_api_overrides_and_asks_for_a_hotfix() {
    let mut w = with_v2_in_staging(SOAK).await;
    w.ada().says("/promote").await;
    let id = w.deployment("v2 → production");
    let path = format!("/api/v1/deployments/{id}/actions");
    let body = json!({"action": "override", "gate": "soaked in staging", "reason": "checkout is down"});
    let (status, answer) = w.api("ada").post(&path, &body).await;
    assert_eq!(status, 200, "{answer}");
    w.until("v2 → production · Succeeded").await;
    let path = "/api/v1/apps/hello/environments/production/deployments";
    let (status, problem) = w.api("ada").post(path, &json!({"kind": "hotfix", "version": "v3-slow"})).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("reason_missing")));
}

#[tokio::test]
async fn what_has_passed_cannot_be_passed_over_and_each_one_s_reason_is_read() {
    let notes = "[[apps.environments.before]]\nname = \"notes\"\nconfirm = { from = \"everyone\" }\n";
    let mut w = with_v2_in_staging(&[TWO, notes, SOAK].concat()).await;
    w.ada().says("/promote").await;
    w.ada().says("/confirm production notes").await;
    assert_snapshot!(w.bob().hears_no_to("/override notes production because").await, @"
    [no_such_gate]
    ┌ Nothing called “notes” waits for that.
    │ What waits: soaked in staging.
    └ code for questions about this: no_such_gate
    ");
    w.ada().says("/override \"soaked in staging\" checkout is down").await;
    w.bob().says("/override \"soaked in staging\" I have seen it too").await;
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Succeeded
    │ v2 runs in production and has passed everything.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before  2 gates passed: notes (ada), soaked in staging (ada: checkout is down, bob: I have seen
    │            it too)
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
}
