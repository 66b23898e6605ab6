//! Two things at once: two people, two requests, an old card and a new state, two programs on one database.

use std::sync::Arc;

use futures::FutureExt as _;
use insta::assert_snapshot;
use serde_json::json;
use shipgate::domain::Phase;
use shipgate::view::Answer;

use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH, minutes};
use crate::world::{Expected, World, speaker};

async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 2)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn a_newer_request_takes_the_place_of_one_that_waits() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/deploy staging v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    w.ada().says("/promote production v2").await;
    w.cy().says("/promote production v4-late").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Superseded
    │ Nothing was touched: production runs what it ran before.
    │ cy asked for v4-late instead.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().split_off(2).join("\n"), @"
    @bob @cy hello v2 → production waits for you: approval. ada asked for it.
    @ada hello v2 → production is off, ada: cy asked for v4-late instead.
    @ada @bob hello v4-late → production waits for you: approval. cy asked for it.
    ");
    w.bob().presses("Approve").await;
    w.until("v4-late → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn one_waits_behind_a_rollout_and_a_newer_one_takes_its_place() {
    let mut w = World::of(Setup::demo().machines(2, 1)).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Rolling out").await;
    assert_snapshot!(w.bob().says("/deploy staging v3-slow").await, @"
    ┌ On its way: v3-slow to staging
    │ It waits for the deployment of v2 to staging to end. Nothing is touched yet.
    └
    ");
    assert_snapshot!(w.card("v3-slow → staging"), @"
    ┌ hello v3-slow → staging · Queued
    │ It waits for the deployment of v2 to staging to end. Nothing is touched yet.
    │ Release    v3-slow · commit 161f57856
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by bob · #········ · ledger ········
    ");
    assert_snapshot!(w.bob().says("/deploy staging v4-late").await, @"
    ┌ On its way: v4-late to staging
    │ It waits for the deployment of v2 to staging to end. Nothing is touched yet.
    └
    ");
    assert_snapshot!(w.card("v3-slow → staging"), @"
    ┌ hello v3-slow → staging · Superseded
    │ Nothing was touched: staging runs what it ran before.
    │ bob asked for v4-late instead.
    │ Release    v3-slow · commit 161f57856
    │ Requested  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by bob · #········ · ledger ········
    ");
    assert_snapshot!(w.ada().says("/deploy staging v2").await, @"
    ┌ That is under way already: v2 to staging
    │ v2 takes the place of v1, machine by machine.
    └
    ");
    w.until("v2 → staging · Succeeded").await;
    w.until("v4-late → staging · Succeeded").await;
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v4-late".to_owned(); 2], vec![2, 2]));
}

#[tokio::test]
async fn a_press_on_an_older_card_is_refused_and_says_so() {
    let mut w = with_v2_in_staging(&[APPROVAL, HEALTH, WATCH].concat()).await;
    w.ada().says("/promote").await;
    let old = w.bob().reaches_for("Abort");
    let approve = w.cy().reaches_for("Approve");
    w.bob().presses("Approve").await;
    w.until("v2 → production · Watching").await;
    assert_snapshot!(w.bob().presses_late(&old).await.expect_err("a no"), @"
    [stale_card]
    ┌ Something has changed since that card was painted, so the press did not count.
    │ bob was first: Approve.
    │ Look at the card as it is now and press again if you still want to (it was revision 3, now it is
    │ 7).
    └ code for questions about this: stale_card
    ");
    assert_eq!(w.cy().presses_late(&approve).await.expect_err("a no").code, "stale_card");
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.bob().presses_late(&old).await.expect_err("a no"), @"
    [already_closed]
    ┌ It has ended already: Succeeded.
    │ Nothing was changed by this. `/status` shows how things stand.
    └ code for questions about this: already_closed
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn a_press_made_twice_counts_once() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    let approve = w.bob().reaches_for("Approve");
    w.bob().presses_late(&approve).await.expect("a yes");
    assert_snapshot!(w.bob().presses_late(&approve).await.expect_err("a no"), @"
    [stale_card]
    ┌ Something has changed since that card was painted, so the press did not count.
    │ bob was first: Approve.
    │ Look at the card as it is now and press again if you still want to (it was revision 3, now it is
    │ 5).
    └ code for questions about this: stale_card
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1]);
}

#[tokio::test]
async fn of_two_who_press_at_once_one_wins_and_the_other_is_told() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    w.ada().says("/promote").await;
    let told = w.at_once([("bob", "/press Approve"), ("cy", "/press Reject")]).await;
    let (yes, no): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    assert_eq!((yes.len(), no.len()), (1, 1));
    let no = no.into_iter().next().and_then(Result::err).expect("a no");
    assert!(["stale_card", "already_closed"].contains(&no.code.as_str()), "{no}");
    w.pass(minutes(3)).await;
    let approved = yes[0].as_ref().is_ok_and(|text| text.contains("You approved"));
    assert_eq!(w.fly().updates(PRODUCTION), if approved { [1, 1] } else { [0, 0] });
}

#[tokio::test]
async fn of_two_who_ask_at_once_one_release_goes_out_and_the_other_waits_or_is_superseded() {
    let mut w = World::of(Setup::demo().machines(1, 1)).await;
    let told = w.at_once([("ada", "/deploy staging v2"), ("bob", "/deploy staging v4-late")]).await;
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    w.pass(minutes(3)).await;
    let titles = w.screen.titles();
    let ended = |end: &str| titles.iter().filter(|title| title.ends_with(end)).count();
    assert_eq!((ended("Succeeded"), ended("Superseded")), (1, 1), "{titles:#?}");
    assert_eq!(w.fly().updates(STAGING), [1]);
}

#[tokio::test]
async fn two_who_ask_for_the_same_get_the_same() {
    let mut w = World::of(Setup::demo().machines(1, 1)).await;
    let told = w.at_once([("ada", "/deploy staging v2"), ("bob", "/deploy staging v2")]).await;
    let already = told.iter().filter(|told| told.as_ref().is_ok_and(|text| text.contains("under way already")));
    assert_eq!(already.count(), 1, "{told:?}");
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1]);
}

#[tokio::test]
async fn two_programs_on_one_database_do_the_work_of_one() {
    let mut w = World::of(Setup::demo().machines(2, 1)).await;
    // Each keeps fly.io's limits, but not the other's.
    w.expects(Expected::Refusals);
    w.starts_another().await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1, 1]);
    assert_eq!(w.said().len(), 1, "what is said is said once: {:?}", w.said());
}

/// Whoever asks for something now is answered once the runner has come past this.
fn overtakes(w: &World, boundary: &'static str) -> impl Future<Output = ()> + use<> {
    let program = w.program();
    let (watcher, changed) = (Arc::clone(&program.watcher), program.app.store().changed());
    watcher.holds_the_first("committed advance");
    async move {
        watcher.holds_something().await;
        changed.notify_one();
        watcher.reaches(boundary).await;
        watcher.lets_go();
    }
}

#[tokio::test]
async fn what_somebody_is_answered_is_how_they_left_it_however_far_the_runner_is() {
    const LOOKED: &str = "finished look";
    const ASKING: &str = "Asking what runs in staging now.";
    let setup = || Setup::production("").on_discord("gateway").on_slack("socket").and_at_the_terminal().instantly();
    let mut w = World::of(setup()).await;
    let overtakes_them = overtakes(&w, LOOKED);
    let said = futures::join!(w.cy().says("/deploy staging"), overtakes_them).0;
    assert!(said.contains(ASKING), "{said}");
    let mut w = World::of(setup()).await;
    let overtakes_them = overtakes(&w, LOOKED);
    let said = futures::join!(w.on_slack("ada").types("/deploy staging"), overtakes_them).0;
    assert!(said.contains(ASKING), "{said}");
    let mut w = World::of(setup()).await;
    let overtakes_them = overtakes(&w, LOOKED);
    let said = futures::join!(w.types("ada", "/deploy environment:staging"), overtakes_them).0;
    assert!(said.contains(ASKING), "{said}");
}

#[tokio::test]
async fn what_a_program_is_answered_is_how_it_left_it_however_far_the_runner_is() {
    let kinds = |body: &serde_json::Value| -> Vec<String> {
        let events = body["events"].as_array().into_iter().flatten();
        events.map(|event| event["kind"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut w = World::of(Setup::production(APPROVAL).instantly()).await;
    let overtakes_it = overtakes(&w, "finished look");
    let path = "/api/v1/apps/hello/environments/staging/deployments";
    let nothing_more = json!({});
    let (status, body) = futures::join!(w.api("ci").post(path, &nothing_more), overtakes_it).0;
    assert_eq!((status, &body["phase"], kinds(&body)), (202, &json!("queued"), vec!["requested".to_owned()]));
}

#[tokio::test]
async fn a_decision_is_answered_as_it_left_things_however_far_the_runner_is() {
    let mut w = World::of(Setup::production(APPROVAL).instantly()).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    let approve = w.bob().reaches_for("Approve");
    // The first machine is under way by then.
    let overtakes_him = overtakes(&w, "committed before");
    let service = w.program().app.service().clone();
    let bob = speaker("bob");
    let answer = futures::join!(service.handle(&bob, &approve).boxed(), overtakes_him).0;
    let Ok(Answer::Acted { view, .. }) = answer else { panic!("it is not taken: {answer:?}") };
    assert_eq!((view.deployment.phase, view.machines), (Phase::RollingOut, Vec::new()));
    w.settle().await;
}
