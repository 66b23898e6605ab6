//! Who may do what by Slack's user groups: what is asked of Slack and how often, groups that change, and a Slack that
//! does not say.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, minutes, seconds};
use crate::world::slack::{BOB, EVE, Fault, RELEASERS};
use crate::world::wire::{On, Trouble};

const LOOKUP: &str = "usergroups.users.list";
/// For how long an answer counts where there is no newer one.
const LONG: i64 = 61;

async fn world_on(mode: &str) -> World {
    World::of(Setup::production(APPROVAL).on_slack(mode).by_user_group().instantly()).await
}

async fn world() -> World {
    world_on("socket").await
}

fn lookups(w: &World) -> usize {
    w.slack().calls_of(LOOKUP).len()
}

/// The code of the refusal, if it is one.
async fn code(w: &mut World, name: &'static str, line: &str) -> String {
    let said = w.on_slack(name).types(line).await;
    said.lines().find_map(|l| Some(l.split_once("questions about this: ")?.1.to_owned())).unwrap_or_default()
}

/// Has somebody taken out of the group, or put in, and the app told of it.
async fn is_told(w: &mut World, event: serde_json::Value) {
    let before = lookups(w);
    w.slack().is_told(event);
    w.settle().await;
    w.slack().until("the group to be asked for", |fake| fake.calls_of(LOOKUP).len() > before).await;
    w.settle().await;
}

#[tokio::test]
async fn who_is_in_the_group_may_and_nobody_else() {
    for mode in ["socket", "http"] {
        let mut w = world_on(mode).await;
        w.on_slack("ada").types("/deploy staging").await;
        w.until("v2 → staging · Succeeded").await;
        assert_eq!(code(&mut w, "eve", "/promote").await, "not_permitted");
        assert_eq!(code(&mut w, "ada", "/promote").await, "");
        w.until("v2 → production · Waiting for people").await;
        w.slack_catches_up().await;
        assert!(w.on_slack("eve").presses("v2 → production", "Approve").await.contains("not_permitted"));
        assert!(w.on_slack("bob").presses("v2 → production", "Approve").await.contains("You approved v2"));
        w.until("v2 → production · Succeeded").await;
        let calls = w.slack().calls_of(LOOKUP);
        assert_eq!(calls.len(), 1, "asked once for all of them");
        assert_eq!(calls[0].body, serde_json::json!({ "usergroup": RELEASERS }));
    }
}

#[tokio::test]
async fn a_config_without_user_groups_asks_for_none() {
    let mut w = World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await;
    w.on_slack("ada").types("/lock staging because").await;
    assert_eq!(lookups(&w), 0);
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let mut w = world().await;
    let asked: Vec<_> = (0..50).map(|n| w.slack().person("bob").types(&format!("/lock staging reason {n}"))).collect();
    w.settle().await;
    assert!(asked.iter().all(|one| one.acked_after().is_some_and(|after| after < seconds(3))));
    assert!(asked.iter().all(|one| !one.seen().contains("not_permitted") && !one.seen().contains("groups_unknown")));
    assert_eq!(lookups(&w), 1);
}

#[tokio::test]
async fn a_change_that_is_told_counts_with_the_next_press() {
    for mode in ["socket", "http"] {
        let mut w = world_on(mode).await;
        assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
        assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
        let event = w.slack().leaves(RELEASERS, BOB);
        is_told(&mut w, event).await;
        assert_eq!(code(&mut w, "bob", "/lock staging two").await, "not_permitted");
        assert_eq!(code(&mut w, "eve", "/lock staging three").await, "not_permitted");
        let event = w.slack().joins(RELEASERS, EVE);
        is_told(&mut w, event).await;
        assert_eq!(code(&mut w, "eve", "/lock staging four").await, "");
        assert_eq!(lookups(&w), 3);
    }
}

#[tokio::test]
async fn a_change_that_is_not_told_counts_after_five_minutes() {
    let mut w = world().await;
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    w.slack().leaves(RELEASERS, BOB);
    w.pass(minutes(4)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    w.pass(minutes(1)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging three").await, "not_permitted");
    assert_eq!(lookups(&w), 2);
}

#[tokio::test]
async fn who_was_taken_out_is_out_though_slack_does_not_say_who_is_in() {
    let mut w = world().await;
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    w.slack().always_fails(LOOKUP, Fault::Status(503));
    let event = w.slack().leaves(RELEASERS, BOB);
    is_told(&mut w, event).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "not_permitted");
    assert_eq!(code(&mut w, "ada", "/lock staging three").await, "", "she was in it a minute ago");
    // Not all who were taken out are named.
    let mut event = w.slack().leaves(RELEASERS, "U0ADA");
    event["removed_users_count"] = serde_json::json!(600);
    w.pass(seconds(10)).await;
    is_told(&mut w, event).await;
    assert_eq!(code(&mut w, "ada", "/lock production four").await, "groups_unknown");
}

#[tokio::test]
async fn nobody_is_in_a_group_that_is_deactivated() {
    let mut w = world().await;
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    let event = w.slack().deactivates(RELEASERS, true);
    is_told(&mut w, event).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "not_permitted");
    let event = w.slack().deactivates(RELEASERS, false);
    is_told(&mut w, event).await;
    assert_eq!(code(&mut w, "bob", "/lock staging three").await, "");
    let mut w = world().await;
    w.slack().deactivates(RELEASERS, true);
    assert_eq!(code(&mut w, "bob", "/lock staging four").await, "not_permitted", "nothing was told of it");
}

#[tokio::test]
async fn where_slack_does_not_say_people_are_told_so_and_what_needs_no_group_is_done() {
    let mut w = world().await;
    w.slack().always_fails(LOOKUP, Fault::Says("missing_scope"));
    assert_snapshot!(w.on_slack("bob").types("/lock staging one").await, @"
    shipgate to bob (private)
      # 🟠 Slack did not say who is in the group that may do this. Nothing was done.
      Try again in a moment. If it stays so, whoever runs Shipgate finds the reason in its log.
      _ code for questions about this: groups_unknown
    ");
    assert_eq!(code(&mut w, "bob", "/shipgate status").await, "");
    assert_eq!(code(&mut w, "bob", "/deploy staging").await, "", "everyone may");
    assert!(w.log().contains("usergroups:read"), "{}", w.log());
    assert_eq!(lookups(&w), 1, "Slack is left alone for a while");
    w.slack().works_again();
    w.pass(seconds(10)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "");
}

#[tokio::test]
async fn what_was_known_counts_for_an_hour_where_slack_does_not_say() {
    let mut w = world().await;
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    w.slack().always_fails(LOOKUP, Fault::Says("internal_error"));
    w.pass(minutes(LONG - 2)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "");
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    assert_eq!(code(&mut w, "eve", "/lock staging three").await, "not_permitted", "she was not in it");
    w.pass(minutes(2)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging four").await, "groups_unknown");
    assert_eq!(code(&mut w, "eve", "/lock staging five").await, "groups_unknown");
}

#[tokio::test]
async fn slack_is_asked_no_sooner_for_a_group_than_it_wants() {
    let mut w = world().await;
    w.slack().fails(1, LOOKUP, Fault::Limited(40));
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "groups_unknown");
    w.pass(seconds(39)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging two").await, "groups_unknown");
    assert_eq!(lookups(&w), 1);
    w.pass(seconds(1)).await;
    assert_eq!(code(&mut w, "bob", "/lock staging three").await, "");
}

#[tokio::test]
async fn nobody_waits_for_a_slack_that_does_not_answer() {
    for mode in ["socket", "http"] {
        let mut w = world_on(mode).await;
        w.fly().slack_wire().fails(None, On("GET", "/usergroups.users.list"), Trouble::Deaf);
        let asked = w.slack().person("bob").types("/lock staging one");
        for _ in 0..10_000 {
            if w.fly().slack_wire().open().1 > 0 {
                break;
            }
            w.settle().await;
        }
        w.pass(seconds(2)).await;
        w.slack().until("the answer", |_| asked.acked_after().is_some() && !asked.said().is_empty()).await;
        assert!(asked.acked_after().is_some_and(|after| after < seconds(3)), "{:?}", asked.acked_after());
        assert!(asked.seen().contains("groups_unknown"), "{}", asked.seen());
        let lines = w.fly().slack_wire().lines();
        assert_eq!(lines.iter().filter(|line| line.path.contains(LOOKUP)).count(), 1);
        w.fly().works_again();
        w.pass(seconds(25)).await;
        assert_eq!(code(&mut w, "bob", "/lock staging three").await, "");
    }
}

#[tokio::test]
async fn what_is_told_of_another_group_is_of_no_use_here() {
    let mut w = world().await;
    assert_eq!(code(&mut w, "bob", "/lock staging one").await, "");
    let mut event = w.slack().leaves(RELEASERS, BOB);
    event["subteam_id"] = serde_json::json!("S0OTHER");
    w.slack().is_told(event);
    w.slack().is_told(serde_json::json!({ "type": "subteam_updated" }));
    w.settle().await;
    assert_eq!(code(&mut w, "bob", "/unlock staging").await, "");
    assert_eq!(lookups(&w), 1);
}
