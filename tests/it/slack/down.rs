//! When Slack is down, or its answers are lost, nothing of a release waits for it; when it works again, everything is
//! there once, as it is then.

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, minutes};
use crate::world::slack::{DEPLOYMENTS, Fault};

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_slack("http").instantly()).await
}

/// A release to production, until its threads have everything.
async fn releases(w: &mut World) {
    w.releases().await;
    w.pass(minutes(3)).await;
}

#[tokio::test]
async fn what_is_posted_though_its_answer_is_lost_is_not_posted_again() {
    for nth in [1, 3, 9] {
        let mut w = world().await;
        w.slack().fails(nth, "chat.postMessage", Fault::LosesTheAnswer);
        releases(&mut w).await;
        w.is_told_once_on_slack(&format!("the first {nth} answers are lost"));
        let looked =
            w.slack().calls_of("conversations.history").len() + w.slack().calls_of("conversations.replies").len();
        assert!(looked >= nth && looked <= nth + 3, "looked {looked} times");
    }
}

#[tokio::test]
async fn what_went_well_is_not_looked_for() {
    let mut w = world().await;
    releases(&mut w).await;
    w.is_told_once_on_slack("all is well");
    assert_eq!(w.slack().calls_of("conversations.history").len(), 0);
    assert_eq!(w.slack().calls_of("conversations.replies").len(), 0);
}

#[tokio::test]
async fn a_program_that_dies_while_it_posts_posts_once() {
    // Each time between what Slack has and what is remembered of it, or between two details.
    for nth in 1..=8 {
        let mut w = world().await;
        w.is_staged_though_it_dies(nth).await;
        w.promotes().await;
        w.pass(minutes(3)).await;
        w.is_told_once_on_slack(&format!("died at {nth}"));
    }
}

#[tokio::test]
async fn where_the_bot_may_not_read_it_is_posted_all_the_same() {
    let mut w = world().await;
    w.slack().lacks("channels:history");
    w.slack().fails(1, "chat.postMessage", Fault::Status(503));
    releases(&mut w).await;
    w.is_told_once_on_slack("the first post was none");
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
        w.is_told_once_on_slack(&format!("{fault:?}"));
        let pinged = w.slack().messages(DEPLOYMENTS).into_iter().filter(|one| !one.pings.is_empty()).count();
        assert_eq!(pinged, 0, "called too late");
        let after = w.slack().calls().len() - down;
        assert!(after < 60, "{after} calls afterwards: {fault:?}");
    }
}
