//! What Slack gives for so long or so often only: an address for answers, edits in a minute. Whatever becomes of them,
//! people are answered, and the last state is painted.

use std::sync::Arc;

use futures::FutureExt as _;
use insta::assert_snapshot;
use shipgate::clock::{Clock as _, Moment, Span};
use shipgate::sim;

use super::over_either;
use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, minutes, seconds};
use crate::world::slack::{Asked, DEPLOYMENTS, Fault};

const CARD: &str = "v2 → production";

/// How often a workspace's messages may be edited in a minute, by the fact sheet: tier 3.
const EDITS: usize = 50;

/// How many apps are released at once.
const APPS: usize = 10;

async fn waits_for_people(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).on_slack(mode).instantly()).boxed_local().await;
    w.is_promoted_on_slack("Waiting for people").await;
    w
}

/// Half an hour passes between what somebody does and its commit; then what they alone see.
async fn is_answered_late(w: &mut World, does: impl FnOnce(&World) -> Asked) -> String {
    let watcher = Arc::clone(&w.program().watcher);
    watcher.holds("committed advance");
    let asked = does(w);
    watcher.holds_something().await;
    // Slack hears in time that it came, whatever becomes of it.
    let ack = w.clock.now().plus(Span(1_500));
    w.clock.until(|clock| clock.is_awaited(ack)).await;
    w.clock.advance(Span(1_500));
    w.slack().until("an acknowledgement", |_| asked.acked_after().is_some()).await;
    assert!(asked.acked_after().is_some_and(|after| after < seconds(3)), "{:?}", asked.acked_after());
    let before = w.slack().calls_of("chat.postEphemeral").len();
    w.clock.advance(minutes(31));
    watcher.lets_go();
    w.slack().until("an answer", |fake| fake.calls_of("chat.postEphemeral").len() > before).await;
    w.settle().await;
    let answers = w.slack().calls_of("chat.postEphemeral");
    assert_eq!(answers.len(), before + 1, "told once");
    let (_, said) = answers[before].answer.clone().expect("an answer");
    w.stable_on_slack(&w.slack().seen_message(said["message_ts"].as_str().expect("a message")))
}

#[tokio::test]
async fn an_answer_that_comes_when_its_address_has_expired_is_given_beside_it() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode).await;
        let card = w.slack_card(CARD);
        let mut told = vec![is_answered_late(&mut w, |w| w.slack().person("bob").types("/lock staging tests")).await];
        // A card's button, on a message of its thread.
        let below = w.slack().thread(&card.ts)[0].ts.clone();
        let button = card.controls().into_iter().find(|one| one["text"]["text"] == "Abort").cloned().expect("a button");
        told.push(is_answered_late(&mut w, |w| w.slack().person("ada").presses_value(&below, &button)).await);
        assert!(!w.slack().calls_of("response_url").is_empty(), "it was tried");
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟢 staging of hello is locked
      Only bob can start anything there. Rolling back always works.
      *Reason* tests
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      It holds until somebody unlocks it.

    shipgate to ada (private, in the thread)
      # 🟢 You stopped v2 to production.
      Nothing was touched: production runs what it ran before.
    ");
}

#[tokio::test]
async fn an_address_is_used_no_more_often_than_it_may_be() {
    let mut w = waits_for_people("socket").await;
    for _ in 0..7 {
        w.on_slack("eve").presses(CARD, "Approve").await;
    }
    w.slack().fails(2, "response_url", Fault::Status(500));
    let asked = w.reaches_on_slack("ada", CARD, "Approve");
    w.slack().until("the first try", |fake| fake.calls_of("response_url").iter().any(|one| one.scripted)).await;
    for _ in 0..2 {
        let again = w.clock.now().plus(Span(500));
        w.clock.until(|clock| clock.is_awaited(again)).await;
        w.clock.advance(Span(500));
    }
    assert!(w.hears_on_slack(&asked).await.contains("own_request"));
    assert_eq!(w.slack().calls_of("response_url").len(), 10, "one each, and the last one three times");
    assert_eq!(w.slack().calls_of("chat.postEphemeral").len(), 0);
}

/// Ten apps, each on a few machines that take their time.
async fn ten_roll_out() -> World {
    let mut setup = Setup::apps(10).on_slack("socket");
    setup.sim.timings = sim::demo_config().timings;
    for app in &mut setup.sim.apps {
        let machine = app.machines[0].clone();
        app.machines = vec![machine; 3];
    }
    let mut w = World::that_does_not_run(setup).boxed_local().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    for n in 0..APPS {
        for version in ["v1", "v2"] {
            let known = sim::demo_releases().into_iter().find(|release| release.version == version);
            let image = known.expect("a release").image;
            w.ada().says(&format!("/release {version} {image} app-{n}")).await;
        }
    }
    for n in 0..APPS {
        w.slack().person("ada").types(&format!("/deploy staging v2 app-{n}"));
    }
    w.settle().await;
    w
}

/// The most of these moments that are within a minute.
fn most_in_a_minute(moments: &[Moment]) -> usize {
    moments
        .iter()
        .map(|at| moments.iter().filter(|other| (Span(0)..minutes(1)).contains(&other.since(*at))).count())
        .max()
        .unwrap_or(0)
}

#[track_caller]
fn every_last_state_is_painted(w: &World) {
    let cards: Vec<_> = w.slack().messages(DEPLOYMENTS).into_iter().filter(|one| !one.title().is_empty()).collect();
    let titles: Vec<&str> = cards.iter().map(|card| card.title()).collect();
    assert_eq!(titles.len(), APPS, "{titles:?}");
    assert!(titles.iter().all(|title| title.ends_with("v2 → staging · Succeeded")), "{titles:?}");
}

#[tokio::test]
async fn ten_cards_at_once_are_painted_no_more_often_than_the_workspace_may() {
    let mut w = ten_roll_out().await;
    w.pass(minutes(6)).await;
    every_last_state_is_painted(&w);
    let edits: Vec<Moment> = w.slack().calls_of("chat.update").iter().map(|call| call.at).collect();
    let most = most_in_a_minute(&edits);
    assert!(most <= EDITS, "{most} edits in a minute");
    assert!(most > EDITS / 2, "the bound was not reached: {most} edits in a minute");
}

#[tokio::test]
async fn where_slack_says_too_fast_no_card_is_edited_before_the_time_that_it_names() {
    let mut w = ten_roll_out().await;
    w.pass(seconds(10)).await;
    w.slack().fails(1, "chat.update", Fault::Limited(45));
    w.pass(minutes(8)).await;
    every_last_state_is_painted(&w);
    let calls = w.slack().calls_of("chat.update");
    let limited = calls.iter().find(|call| call.scripted).expect("a call that was limited").at;
    // What was under way at that moment had its answer to come.
    let next = calls.iter().map(|call| call.at.since(limited)).filter(|after| after.0 > 0).min().expect("another");
    assert!(next >= seconds(45), "edited again after {next:?}");
}
