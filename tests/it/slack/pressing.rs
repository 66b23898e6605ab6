//! Buttons and menus: stale ones, foreign ones, and two people at once.

use std::sync::Arc;

use futures::FutureExt as _;
use insta::assert_snapshot;
use serde_json::json;

use super::{WAYS, over_either};
use crate::world::World;
use crate::world::setup::{APPROVAL, PRODUCTION, Setup};
use crate::world::slack::Fault;

const ITEM: &str = r#"
[[apps.environments.before]]
name    = "release notes written"
confirm = { from = "everyone" }
"#;

const ANOTHER: &str = r#"
[[apps.environments.before]]
name    = "support knows"
confirm = { from = "everyone" }
"#;

async fn waits_for_people(mode: &str, production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).on_slack(mode).instantly()).boxed_local().await;
    w.is_promoted_on_slack("Waiting for people").await;
    w
}

#[tokio::test]
async fn what_is_not_on_the_card_any_more_is_refused_and_the_card_is_painted_again() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode, APPROVAL).await;
        let card = w.slack_card("v2 → production");
        let old = card.controls().into_iter().find(|one| one["text"]["text"] == "Approve").cloned().expect("a button");
        w.on_slack("bob").presses("v2 → production", "Approve").await;
        w.until("v2 → production · Succeeded").await;
        w.slack_catches_up().await;
        let edits = w.slack_card("v2 → production").edits.len();
        let asked = w.slack().person("bob").presses_value(&card.ts, &old);
        let late = w.hears_on_slack(&asked).await;
        w.slack_catches_up().await;
        assert_eq!(w.slack_card("v2 → production").edits.len(), edits + 1);
        let mut foreign = old.clone();
        foreign["value"] = json!("sg0:approve:1::x");
        let asked = w.slack().person("bob").presses_value(&card.ts, &foreign);
        format!("{late}\n{}", w.hears_on_slack(&asked).await)
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟠 It has ended already: Succeeded.
      Nothing was changed by this. `/shipgate status` shows how things stand.
      _ code for questions about this: already_closed

    shipgate to bob (private)
      # 🟠 This button is of a card that Shipgate does not know.
      `/shipgate status` shows what is under way; its card has the buttons that work.
      _ code for questions about this: button_foreign
    ");
}

#[tokio::test]
async fn of_two_who_press_at_once_one_is_told_that_it_is_done() {
    let told = over_either(async |mode| {
        let mut told = Vec::new();
        // The same person twice, and two people.
        for other in ["bob", "ada"] {
            let mut w = waits_for_people(mode, ITEM).await;
            let ts = w.slack_card("v2 → production").ts;
            let one = w.slack().person("bob").presses(&ts, "Confirm");
            let other = w.slack().person(other).presses(&ts, "Confirm");
            w.settle().await;
            // Who of two was first is chance.
            let anybody = |said: String| said.replace("ada", "somebody").replace("bob", "somebody");
            let mut both = [w.hears_on_slack(&one).await, w.hears_on_slack(&other).await].map(anybody);
            both.sort();
            w.until("v2 → production · Succeeded").await;
            assert_eq!(w.fly().updates(PRODUCTION), [1], "rolled out once");
            told.push(both.join("\n"));
        }
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to somebody (private)
      # 🟠 Something has changed since that card was painted, so the press did not count.
      somebody was first: Confirm.
      Look at the card as it is now and press again if you still want to (it was revision 3, now it is 5).
      _ code for questions about this: stale_card

    shipgate to somebody (private)
      # 🟢 Ticked, for v2 to production.
      v2 takes the place of v1, machine by machine.

    shipgate to somebody (private)
      # 🟠 Something has changed since that card was painted, so the press did not count.
      somebody was first: Confirm.
      Look at the card as it is now and press again if you still want to (it was revision 3, now it is 5).
      _ code for questions about this: stale_card

    shipgate to somebody (private)
      # 🟢 Ticked, for v2 to production.
      v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn a_button_works_after_any_restart() {
    let told = over_either(async |mode| {
        let mut told = Vec::new();
        for dies in [false, true] {
            let mut w = waits_for_people(mode, APPROVAL).await;
            let ts = w.slack_card("v2 → production").ts;
            if dies {
                w.dies().await;
            } else {
                w.stops().await;
            }
            w.starts_again().await;
            w.slack_is_ready().await;
            told.push(w.on_slack("bob").presses("v2 → production", "Approve").await);
            w.until("v2 → production · Succeeded").await;
            w.slack_catches_up().await;
            assert_eq!(w.slack_card("v2 → production").ts, ts, "the same card");
            assert_eq!(w.fly().updates(PRODUCTION), [1]);
        }
        told.dedup();
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟢 You approved v2 for production.
      v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn a_reason_that_comes_after_the_deployment_has_moved_on_is_refused() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode, APPROVAL).await;
        let form = w.reaches_on_slack("ada", "v2 → production", "Reject");
        let mut told = vec![w.hears_on_slack(&form).await];
        w.on_slack("bob").presses("v2 → production", "Approve").await;
        w.until("v2 → production · Succeeded").await;
        told.push(w.submits_on_slack("ada", &form, &[("reason", "not today")]).await);
        w.slack_catches_up().await;
        let late = w.reaches_on_slack("bob", "v2 → production", "Roll back");
        w.hears_on_slack(&late).await;
        w.on_slack("ada").presses_because("v2 → production", "Roll back", "blank pages").await;
        w.until("back to v1 in production · Succeeded").await;
        told.push(w.submits_on_slack("bob", &late, &[("reason", "blank pages")]).await);
        assert_eq!(w.fly().updates(PRODUCTION), [2]);
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    form `Reject`
      Why?:
      [Cancel] [Send]

    shipgate to ada (private)
      # 🟠 It has ended already: Succeeded.
      Nothing was changed by this. `/shipgate status` shows how things stand.
      _ code for questions about this: already_closed

    shipgate to bob (private)
      # 🟠 It has ended already: Succeeded.
      Nothing was changed by this. `/shipgate status` shows how things stand.
      _ code for questions about this: already_closed
    ");
}

#[tokio::test]
async fn who_pressed_is_answered_before_the_program_stops() {
    for mode in WAYS {
        let mut w = waits_for_people(mode, APPROVAL).await;
        let watcher = Arc::clone(&w.program().watcher);
        watcher.holds("committed advance");
        let asked = w.reaches_on_slack("bob", "v2 → production", "Approve");
        watcher.holds_something().await;
        tokio::join!(w.stops(), async { watcher.lets_go() });
        assert!(asked.seen().contains("You approved v2 for production"), "{mode}: {}", asked.seen());
        w.starts_again().await;
        w.slack_is_ready().await;
        w.until("v2 → production · Succeeded").await;
        assert_eq!(w.fly().updates(PRODUCTION), [1], "{mode}");
    }
}

#[tokio::test]
async fn several_gates_are_one_menu() {
    let mut w = waits_for_people("socket", &format!("{ITEM}{ANOTHER}")).await;
    assert_snapshot!(w.card_on_slack("v2 → production"), @"
    shipgate (edited)
      # 🟣 hello v2 → production · Waiting for people
      Only people are missing now (anyone). Nothing is touched before they decide.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *Gates before the rollout*
      🙋 *release notes written* · waits for anyone · nobody has ticked it
      🙋 *support knows* · waits for anyone · nobody has ticked it
      [Snooze] [Abort]! <Tick an item…: release notes written | support knows>
      _ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.on_slack("eve").chooses("v2 → production", "Tick an item…", "support knows").await, @"
    shipgate to eve (private)
      # 🟢 Ticked, for v2 to production.
      Only people are missing now (anyone). Nothing is touched before they decide.
    ");
}

#[tokio::test]
async fn where_the_address_for_answers_is_used_up_people_are_answered_beside_the_card() {
    let mut w = waits_for_people("socket", APPROVAL).await;
    w.slack().always_fails("response_url", Fault::Says("expired_url"));
    assert_snapshot!(w.on_slack("ada").presses("v2 → production", "Approve").await, @"
    shipgate to ada (private)
      # 🟠 You asked for this release yourself, so your own approval does not count.
      Ask somebody else to approve it.
      _ code for questions about this: own_request
    ");
    assert_eq!(w.slack().calls_of("chat.postEphemeral").len(), 1);
}
