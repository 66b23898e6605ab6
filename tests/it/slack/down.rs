//! When Slack is down, or its answers are lost, nothing of a release waits for it; when it works again, everything is
//! there once, as it is then.

use crate::world::setup::{APPROVAL, Setup, minutes};
use crate::world::slack::{ANNOUNCEMENTS, DEPLOYMENTS, Fault};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_slack("http").instantly()).await
}

/// A release to production, by people at the terminal.
async fn releases(w: &mut World) {
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    goes_on(w).await;
}

async fn goes_on(w: &mut World) {
    w.ada().says("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(3)).await;
}

/// What is to be seen at the end, whatever was wrong on the way.
#[track_caller]
fn is_told_once(w: &World, what: &str) {
    let cards: Vec<String> = w.slack().messages(DEPLOYMENTS).iter().map(|card| card.title().to_owned()).collect();
    let cards: Vec<&str> =
        cards.iter().filter(|title| !title.is_empty()).map(|title| title.trim_start_matches("🟢 ")).collect();
    let succeeded = ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"];
    assert_eq!(cards, succeeded, "{what}: each card once, in order, as it is");
    for card in ["v2 → staging", "v2 → production"] {
        let told = w.told_below(card);
        let told: Vec<&str> = told.lines().collect();
        let mut seen = told.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), told.len(), "{what}: a line was told twice: {told:#?}");
        assert!(told[0].contains("asked to take v2"), "{what}: {told:#?}");
        assert!(told.iter().any(|line| line.contains("It has ended: Succeeded")), "{what}: {told:#?}");
        assert_eq!(w.handed_over(card).len(), 1, "{what}: the report of {card}");
    }
    assert_eq!(w.slack().messages(ANNOUNCEMENTS).len(), 2, "{what}");
}

#[tokio::test]
async fn what_is_posted_though_its_answer_is_lost_is_not_posted_again() {
    for nth in [1, 3, 9] {
        let mut w = world().await;
        w.slack().fails(nth, "chat.postMessage", Fault::LosesTheAnswer);
        releases(&mut w).await;
        is_told_once(&w, &format!("the first {nth} answers are lost"));
        let looked =
            w.slack().calls_of("conversations.history").len() + w.slack().calls_of("conversations.replies").len();
        assert!(looked >= nth && looked <= nth + 3, "looked {looked} times");
    }
}

#[tokio::test]
async fn what_went_well_is_not_looked_for() {
    let mut w = world().await;
    releases(&mut w).await;
    is_told_once(&w, "all is well");
    assert_eq!(w.slack().calls_of("conversations.history").len(), 0);
    assert_eq!(w.slack().calls_of("conversations.replies").len(), 0);
}

#[tokio::test]
async fn a_program_that_dies_while_it_posts_posts_once() {
    // Each time between what Slack has and what is remembered of it, or between two details.
    for nth in 1..=8 {
        let mut w = world().await;
        w.program().watcher.arm(Plug::Nth("about_to_commit remember".to_owned(), nth));
        w.ada().insists("/deploy staging").await.expect("a deployment");
        w.until_it("its death or its end", |w| {
            w.is_dead() || w.screen.card("v2 → staging").is_some_and(|card| card.title.ends_with("Succeeded"))
        })
        .await;
        w.pass(minutes(1)).await;
        if w.is_dead() {
            // What it was doing is taken up at once, while its lease on a machine may still hold.
            w.expects(Expected::Refusals);
            w.starts_again().await;
            w.slack_is_ready().await;
            w.until("v2 → staging · Succeeded").await;
        }
        w.pass(minutes(2)).await;
        goes_on(&mut w).await;
        is_told_once(&w, &format!("died at {nth}"));
    }
}

#[tokio::test]
async fn where_the_bot_may_not_read_it_is_posted_all_the_same() {
    let mut w = world().await;
    w.slack().lacks("channels:history");
    w.slack().fails(1, "chat.postMessage", Fault::Status(503));
    releases(&mut w).await;
    is_told_once(&w, "the first post was none");
    assert!(w.slack().calls_of("conversations.history").len() <= 1);
}

#[tokio::test]
async fn nothing_waits_for_a_slack_that_is_away_and_each_is_told_once_afterwards() {
    for fault in [Fault::Status(500), Fault::Limited(40), Fault::Says("token_revoked")] {
        let mut w = world().await;
        w.slack().always_fails("", fault.clone());
        releases(&mut w).await;
        w.pass(minutes(20)).await;
        let down = w.slack().calls().len();
        assert!(down < 250, "{down} calls while it was down: {fault:?}");
        w.slack().works_again();
        // What only people can mend is tried every quarter of an hour at the least.
        w.pass(minutes(16)).await;
        is_told_once(&w, &format!("{fault:?}"));
        let pinged = w.slack().messages(DEPLOYMENTS).into_iter().filter(|one| !one.pings.is_empty()).count();
        assert_eq!(pinged, 0, "called too late");
        let after = w.slack().calls().len() - down;
        assert!(after < 60, "{after} calls afterwards: {fault:?}");
    }
}
