//! Locks: who holds what, who is next, how they end, and what everybody sees of it.

use insta::assert_snapshot;

use shipgate::command::Command;
use shipgate::service::Speaker;

use crate::world::World;
use crate::world::setup::{HEALTH, PRODUCTION, STAGING, Setup, minutes};

async fn with_v2_in_staging() -> World {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

fn speaker(name: &str) -> Speaker {
    Speaker { identity: format!("terminal:{name}"), name: name.to_owned(), also: Vec::new(), unsure: false }
}

#[tokio::test]
async fn an_environment_is_held_and_handed_on() {
    let mut w = with_v2_in_staging().await;
    assert_snapshot!(w.ada().says("/lock production database work for 2h").await, @"
    ┌ production of hello is locked
    │ Only ada can start anything there. Rolling back always works.
    │ Reason  database work
    │ Locked  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    └
    ");
    assert_eq!(w.bob().hears_no_to("/promote").await.code, "locked");
    assert_eq!(w.bob().hears_no_to("/lock production mine").await.code, "locked");
    assert_snapshot!(w.bob().says("/lock production mine next").await, @"
    ┌ You are next. You are told when it is free, and it is kept for you for 10 minutes then.
    │ Only ada can start anything there. Rolling back always works.
    │ Reason  database work
    │ Locked  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Next    bob
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    └
    ");
    w.cy().presses("Be next").await;
    assert_snapshot!(w.card("production of hello is locked"), @"
    ┌ production of hello is locked
    │ Only ada can start anything there. Rolling back always works.
    │ Reason  database work
    │ Locked  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Next    bob, cy
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    │
    │ [Be next] [Unlock]
    │ Type /press Be next · /press Unlock
    └ lock #········
    ");
    w.pass(minutes(105)).await;
    w.pass(minutes(15)).await;
    assert_snapshot!(w.card("production of hello is reserved for bob"), @"
    ┌ production of hello is reserved for bob
    │ It is free, and reserved for bob for a moment. Take it with `/lock production reason`; after that
    │ it is the turn of whoever is next.
    │ Next  cy
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min
    │
    │ [Be next] [Unlock]
    │ Type /press Be next · /press Unlock
    └ lock #········
    ");
    assert_eq!(w.cy().hears_no_to("/promote").await.code, "reserved");
    assert!(w.cy().says("/status").await.contains("reserved for bob, who is next"));
    // He does not come; the one behind him does.
    w.pass(minutes(10)).await;
    w.cy().says("/lock production a hotfix").await;
    w.cy().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    w.bob().presses("Be next").await;
    assert_snapshot!(w.ada().presses("Unlock").await, @"
    ┌ That lock on production is lifted. It is reserved for bob now, who asked to be next.
    └
    ");
    w.bob().says("/unlock production").await;
    assert_snapshot!(w.card("The lock on production of hello is over"), @"
    ┌ The lock on production of hello is over
    │ Anybody who may can start something there again.
    │ Lifted  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    └ lock #········
    ");
    assert_snapshot!(w.said().join("\n"), @"
    hello v2 → staging succeeded.
    @ada bob wants production of hello next, when you are done with it.
    @ada cy wants production of hello next, when you are done with it.
    @ada Your lock on production of hello ends ··:·· Mon 23 Nov, Asia/Tokyo, in 15 min: “database work”. `/lock production` again gives it another end.
    @bob @ada production of hello is free and reserved for bob until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: take it with `/lock production reason`.
    @cy @bob production of hello is free and reserved for cy until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: take it with `/lock production reason`.
    hello v2 → production succeeded.
    @cy bob wants production of hello next, when you are done with it.
    @bob @cy production of hello is free and reserved for bob until ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min: take it with `/lock production reason`.
    ");
}

#[tokio::test]
async fn a_whole_app_is_held() {
    let mut w = with_v2_in_staging().await;
    w.bob().says("/lock all the database moves").await;
    assert_snapshot!(w.card("all of hello is locked"), @"
    ┌ all of hello is locked
    │ Only bob can start anything there. Rolling back always works.
    │ Reason  the database moves
    │ Locked  by bob at ··:·· Mon 23 Nov, Asia/Tokyo
    │ It holds until somebody unlocks it.
    │
    │ [Be next] [Unlock]
    │ Type /press Be next · /press Unlock
    └ lock #········
    ");
    assert_snapshot!(w.ada().hears_no_to("/promote").await, @"
    [locked]
    ┌ bob holds this environment: the database moves
    │ Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
    └ code for questions about this: locked
    ");
    assert_eq!(w.ada().hears_no_to("/deploy staging v3-slow").await.code, "locked");
    assert_snapshot!(w.ada().hears_no_to("/unlock production").await, @"
    [whole_app_locked]
    ┌ bob holds the whole app, not this environment alone.
    │ Ask bob, or `/unlock all` if you may.
    └ code for questions about this: whole_app_locked
    ");
    // Going back is never held.
    w.ada().says("/rollback staging").await;
    w.until("back to v1 in staging · Succeeded").await;
    assert_eq!(w.fly().versions(STAGING), ["v1"]);
}

#[tokio::test]
async fn what_waits_goes_on_when_the_app_is_free() {
    let mut w = World::of(Setup::production(crate::world::setup::APPROVAL).machines(1, 1).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/promote").await;
    w.cy().says("/lock all the database moves for 1h").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Requested    by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Locked       by cy: the database moves · the rollout waits until it is lifted
    │
    │ Gates before the rollout
    │ ✋ approval  waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    w.bob().presses("Approve").await;
    w.pass(minutes(5)).await;
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.dies().await;
    w.starts_again().await;
    w.cy().says("/unlock all").await;
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn a_whole_app_is_handed_on_too() {
    let mut w = with_v2_in_staging().await;
    w.ada().says("/lock all the database moves for 1h").await;
    w.bob().says("/lock all when you are done next").await;
    w.ada().says("/unlock all").await;
    assert_snapshot!(w.card("all of hello is reserved for bob"), @"
    ┌ all of hello is reserved for bob
    │ It is free, and reserved for bob for a moment. Take it with `/lock all reason`; after that it is
    │ the turn of whoever is next.
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 10 min
    │
    │ [Be next] [Unlock]
    │ Type /press Be next · /press Unlock
    └ lock #········
    ");
    assert_eq!(w.cy().hears_no_to("/promote").await.code, "reserved");
    assert_eq!(w.cy().hears_no_to("/lock all mine").await.code, "reserved");
    w.bob().says("/lock all mine").await;
    w.bob().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.ada().hears_no_to("/deploy staging v3-slow").await.code, "locked");
}

#[tokio::test]
async fn of_two_who_take_it_at_once_one_holds_it_and_the_other_is_told_who() {
    let mut w = with_v2_in_staging().await;
    let service = w.program().app.service().clone();
    let lock = |reason: &str| Command::Lock {
        environment: "production".into(),
        app: None,
        reason: reason.into(),
        lasting: None,
        next: false,
    };
    let (ada, bob) = (speaker("ada"), speaker("bob"));
    let (first, second) = (lock("database work"), lock("a hotfix"));
    let (one, other) = futures::join!(service.handle(&ada, &first), service.handle(&bob, &second));
    let (refused, holder) = match (one, other) {
        (Ok(_), Err(no)) => (no, "ada"),
        (Err(no), Ok(_)) => (no, "bob"),
        both => panic!("one of two: {both:?}"),
    };
    w.settle().await;
    assert_eq!(refused.code, "locked");
    let held = w.cy().says("/status").await;
    assert!(held.contains(&format!("by {holder}:")), "{held}");
}

#[tokio::test]
async fn who_waits_is_told_their_place_and_who_holds_it_that_they_do() {
    let mut w = with_v2_in_staging().await;
    w.ada().says("/lock production database work for 1h").await;
    assert_snapshot!(w.ada().hears_no_to("/lock production more next").await, @"
    [own_lock]
    ┌ You hold it yourself.
    │ There is nothing to wait for.
    └ code for questions about this: own_lock
    ");
    assert!(w.bob().says("/lock production a hotfix next").await.contains("You are next."));
    assert_snapshot!(w.cy().says("/lock production my turn next").await, @"
    ┌ You are 2nd in line, after bob. You are told when it is your turn, and it is kept for you for 10
    │ minutes then.
    │ Only ada can start anything there. Rolling back always works.
    │ Reason  database work
    │ Locked  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Next    bob, cy
    │ ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 1 h
    └
    ");
    let card = w.card("production of hello is locked");
    assert!(card.contains("It ends by itself"), "{card}");
}

#[tokio::test]
async fn what_is_no_length_of_time_ends_nothing_and_is_no_reason() {
    let mut w = with_v2_in_staging().await;
    for line in [
        "/lock production database work for 0s",
        "/lock production for 0s database work",
        "/lock production 0m database work",
        "/lock production database work for -2h",
        "/lock production database work for 999999999d",
        "/lock production database work for 2w",
        "/lock production database work for 1.5h",
        "/lock production database work for 2 hours",
        "/lock production for -2h database work",
        "/halt the payment provider is down for 0s",
        "/halt the payment provider is down for 999999999d",
    ] {
        assert_eq!(w.ada().hears_no_to(line).await.code, "bad_span", "{line}");
    }
    w.ada().says("/lock production waiting for v2").await;
    w.ada().says("/lock production waiting for 2 reviewers").await;
    w.ada().says("/lock production \"waiting for 2 hours\"").await;
}

#[tokio::test]
async fn a_reason_that_nobody_can_see_is_none() {
    let mut w = with_v2_in_staging().await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    for unseen in
        ["\u{200B}", "\u{3164}", "\u{200C}\u{115F}\u{1160}", "\u{2800}", "\u{FE0F}\u{200D}", "\u{3000}\u{202E}"]
    {
        for line in ["/lock production ", "/halt ", "/hotfix production v3-slow ", "/unquarantine v2 "] {
            let no = w.ada().hears_no_to(&format!("{line}\"{unseen}\"")).await;
            assert_eq!(no.code, "reason_missing", "{line}{}", unseen.escape_unicode());
        }
    }
    for unseen in ["", "   ", "\u{200B}", "\u{3164}"] {
        let body = serde_json::json!({ "kind": "hotfix", "version": "v3-slow", "reason": unseen });
        let path = "/api/v1/apps/hello/environments/production/deployments";
        let (status, problem) = w.api("ada").post(path, &body).await;
        assert_eq!((status, problem["code"].as_str()), (422, Some("reason_missing")), "{}", unseen.escape_unicode());
    }
}
