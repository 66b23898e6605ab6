//! Cards, their threads, and what is called out: where they are, how often they are painted, and what goes wrong.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, WATCH, minutes, seconds};
use crate::world::slack::{DEPLOYMENTS, Fault, INCIDENTS, WARNINGS, shown};

async fn world() -> World {
    World::of(Setup::production(&format!("{APPROVAL}{WATCH}")).on_slack("socket")).await
}

#[tokio::test]
async fn a_thread_tells_the_details() {
    let mut w = world().await;
    w.is_staged_on_slack().await;
    assert_snapshot!(w.told_below("v2 → staging"), @"
    ··:··:·· ada asked to take v2 to staging.
    ··:··:·· Found running: v1, on 2 machines.
    ··:··:·· The plan is fixed. If something goes wrong, staging goes back to v1.
    ··:··:·· The rollout of v2 begins.
    ··:··:·· Every machine runs v2, verified.
    – 61992bff87e0c9: runs v2, verified
    – 8430318e2cd164: runs v2, verified
    ··:··:·· The gates after the rollout are asked now.
    ··:··:·· Gate “health”, answer 1: passed (0 · http://hello-staging/health answered 200 in 0 ms).
    ··:··:·· Gate “health”, answer 2: passed (0 · http://hello-staging/health answered 200 in 0 ms).
    ··:··:·· The gate “health” passed.
    ··:··:·· It has ended: Succeeded.
    ");
}

#[tokio::test]
async fn who_must_act_is_called_in_the_thread() {
    let mut w = world().await;
    w.is_promoted_on_slack("Waiting for people").await;
    let called: Vec<_> = w.slack().thread(&w.slack_card("v2 → production").ts);
    let called: Vec<_> = called.iter().filter(|one| !one.pings.is_empty()).map(|one| one.text.as_str()).collect();
    assert_snapshot!(w.stable_on_slack(&called.join("\n")), @"
    <@U0BOB> hello v2 → production waits for you: approval. ada asked for it.
    ");
}

#[tokio::test]
async fn edits_of_a_card_keep_their_distance_and_the_last_state_comes() {
    let mut w = world().await;
    w.is_staged_on_slack().await;
    let card = w.slack_card("v2 → staging");
    assert!(card.title().ends_with("Succeeded"), "{}", card.title());
    assert!(card.edits.windows(2).all(|two| two[1].since(two[0]) >= seconds(3)), "{:?}", card.edits);
}

#[tokio::test]
async fn a_card_shows_machine_by_machine_how_far_a_rollout_is() {
    let mut w = World::of(Setup::production("").machines(3, 1).on_slack("socket")).await;
    w.is_staged_on_slack().await;
    let edits = w.slack().calls_of("chat.update");
    let cards = edits.iter().map(|edit| shown(edit.body["blocks"].as_array().expect("blocks")));
    let rolling: Vec<String> = cards.filter(|card| card.contains("Rolling out")).collect();
    let done: Vec<usize> = rolling.iter().map(|card| card.matches("runs v2, verified").count()).collect();
    assert!(done.is_sorted(), "it never goes backwards: {done:?}");
    assert!([0, 1, 2].iter().all(|count| done.contains(count)), "each machine is seen: {done:?}");
    let one_done = rolling.iter().rfind(|card| card.matches("runs v2, verified").count() == 1).expect("one is done");
    assert_snapshot!(w.stable_on_slack(one_done), @"
    # 🔵 hello v2 → staging · Rolling out
    v2 takes the place of v1, machine by machine.
    *Release* v2 · commit d7c2c805b · in place of v1
    *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    *After the rollout*
    ⏳ *health* · 2 in a row, within 40 s
    *Machines*
    ▰▱▱ 1 of 3 run the new release
    ✅ *61992bff87e0c9* · runs v2, verified
    🔄 *8430318e2cd164* · v2, waiting for its own health checks
    ⏳ *c6be55865058d7* · its turn has not come
    [Roll back]!
    _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn a_card_that_was_deleted_is_posted_again_and_goes_on_there() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.slack_catches_up().await;
    let old = w.slack_card("v2 → staging").ts;
    w.slack().deletes(&old);
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    assert_ne!(w.slack_card("v2 → staging").ts, old);
    assert_snapshot!(w.card_on_slack("v2 → staging"), @"
    shipgate (edited)
      This card could not be edited any more. It goes on here, in place of <https://harbour.slack.com/archives/C0DEPLOY/p…>.
      # 🟢 hello v2 → staging · Succeeded
      v2 runs in staging and has passed everything.
      Next: press Promote to take it to production.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-staging/health answered 200 in 0 ms.
      [Promote]+ [Roll back]!
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn slack_is_left_alone_for_as_long_as_it_asks() {
    let mut w = world().await;
    w.slack().fails(1, "chat.postMessage", Fault::Limited(20));
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.pass(seconds(30)).await;
    let calls = w.slack().calls_of("chat.postMessage");
    assert!(calls[1].at.since(calls[0].at) >= seconds(20), "{calls:?}");
    assert!(w.slack_card("v2 → staging").title().ends_with("Succeeded"));
}

#[tokio::test]
async fn a_release_goes_on_while_slack_is_away_and_its_card_catches_up() {
    let mut w = world().await;
    w.slack().always_fails("", Fault::Status(503));
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack().works_again();
    w.pass(minutes(5)).await;
    assert!(w.slack_card("v2 → staging").title().ends_with("Succeeded"));
    assert_eq!(w.slack().messages(DEPLOYMENTS).iter().filter(|one| !one.title().is_empty()).count(), 1);
}

#[tokio::test]
async fn what_is_louder_is_said_in_its_own_channel_with_a_link() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.on_slack("ada").types("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.on_slack("bob").types("/approve").await;
    w.until("v2 → production · Watching").await;
    w.fly().edge_fails("hello-production", crate::world::wire::Trouble::Says(500, "no"));
    w.until("v2 → production · Rolled back").await;
    w.slack_catches_up().await;
    assert_snapshot!(w.seen_on_slack(WARNINGS), @"
    shipgate (pings @ada)
      <@U0ADA> hello v2 → production goes back to v1. The rule “health” broke: 2 samples failed in a row (limit 2), ··:··:·· to ··:··:·· (10 s). The last one: http://hello-production/health answered 500 instead of 200.
      <https://harbour.slack.com/archives/C0DEPLOY/p…>
    shipgate (pings @ada)
      <@U0ADA> hello in production runs v1 again; v2 is barred. The rule “health” broke: 2 samples failed in a row (limit 2), ··:··:·· to ··:··:·· (10 s). The last one: http://hello-production/health answered 500 instead of 200.
      <https://harbour.slack.com/archives/C0DEPLOY/p…>
    ");
    assert_snapshot!(w.seen_on_slack(INCIDENTS), @"");
}

#[tokio::test]
async fn a_channel_that_is_put_away_is_told_to_operators_and_tried_again() {
    let mut w = world().await;
    w.slack().archives(DEPLOYMENTS, true);
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    assert!(w.log().contains("look at [slack] in the config"), "{}", w.log());
    w.slack().archives(DEPLOYMENTS, false);
    w.pass(minutes(3)).await;
    assert!(w.slack_card("v2 → staging").title().ends_with("Succeeded"));
}
