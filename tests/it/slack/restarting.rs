//! Slack is told that something came when it is committed, and not before: what a program that dies leaves undone comes
//! again and is done then, and what it has done is not done twice.

use shipgate::clock::{Clock as _, Span};
use sqlx::{Connection as _, Executor as _};

use crate::world::setup::{APPROVAL, STAGING, Setup, seconds};
use crate::world::slack::Asked;
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

const WAYS_IN: [&str; 2] = ["socket", "http"];

async fn world(way: &str) -> World {
    World::of(Setup::production(APPROVAL).machines(1, 1).on_slack(way).instantly()).await
}

/// Slack sends an event once more, because it did not hear that it came; whether it hears so now.
async fn comes_again(w: &mut World, way: &str, asked: &Asked) -> bool {
    if way == "http" {
        let again = [("X-Slack-Retry-Num", "1"), ("X-Slack-Retry-Reason", "http_error")];
        return w.slack().posts(asked, &again).await == Some(200);
    }
    w.slack().tells(asked, 1);
    w.slack().until("an acknowledgement", |_| asked.acked_after().is_some()).await;
    true
}

/// How often somebody was answered who had spoken to the bot.
fn answers(w: &World) -> usize {
    w.slack().calls_of("chat.postEphemeral").len()
}

/// ada asks for a release in a thread, and the program dies at a boundary; the next one runs.
async fn dies_over_a_mention(way: &str, boundary: &'static str) -> (World, Asked) {
    let mut w = world(way).await;
    // Each start looks at every machine, and fly.io finds that too often within one moment.
    w.expects(Expected::Refusals);
    w.program().watcher.arm(Plug::When(boundary));
    let asked = w.slack().person("ada").mentions("deploy staging", None);
    w.program().watcher.dies().await;
    assert!(asked.acked_after().is_none(), "{way}: {boundary}");
    asked.is_given_up();
    w.starts_again().await;
    w.slack_is_ready().await;
    (w, asked)
}

#[tokio::test]
async fn a_mention_that_was_not_committed_is_done_when_slack_sends_it_again() {
    for way in WAYS_IN {
        let (mut w, asked) = dies_over_a_mention(way, "about_to_commit advance").await;
        assert!(comes_again(&mut w, way, &asked).await, "{way}");
        w.until("v2 → staging · Succeeded").await;
        assert!(comes_again(&mut w, way, &asked).await, "{way}: Slack must hear that it came");
        w.settle().await;
        assert_eq!(answers(&w), 1, "{way}");
        assert_eq!(w.fly().updates(STAGING), [1], "{way}");
    }
}

#[tokio::test]
async fn a_mention_that_was_committed_and_not_acknowledged_is_not_done_again() {
    for way in WAYS_IN {
        let (mut w, asked) = dies_over_a_mention(way, "committed advance").await;
        w.until("v2 → staging · Succeeded").await;
        assert!(comes_again(&mut w, way, &asked).await, "{way}");
        w.settle().await;
        assert_eq!(answers(&w), 0, "{way}: the card tells of it");
        assert_eq!(w.fly().updates(STAGING), [1], "{way}");
    }
}

#[tokio::test]
async fn a_mention_is_not_acknowledged_before_it_is_committed_however_long_that_takes() {
    for way in WAYS_IN {
        let mut w = world(way).await;
        w.expects(Expected::Errors(""));
        w.on_slack("ada").types("/shipgate status").await;
        let busy = w.holds_the_database().await;
        let asked = w.slack().person("ada").mentions("deploy staging", None);
        let then = w.clock.now().plus(Span(1_500));
        w.clock.until(|clock| clock.is_awaited(then)).await;
        w.clock.advance(seconds(2));
        if way == "http" {
            w.slack().until("a no", |_| asked.failed().is_some()).await;
            assert!(asked.failed().is_some_and(|no| no.starts_with("503")), "{:?}", asked.failed());
        }
        assert!(asked.acked_after().is_none(), "{way}");
        busy.ends().await;
        asked.is_given_up();
        w.slack().until("an answer", |fake| !fake.calls_of("chat.postEphemeral").is_empty()).await;
        assert!(comes_again(&mut w, way, &asked).await, "{way}");
        w.until("v2 → staging · Succeeded").await;
        assert_eq!((answers(&w), w.fly().updates(STAGING)), (1, vec![1]), "{way}");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_not_taken_and_is_taken_once_it_can() {
    for way in WAYS_IN {
        let mut w = world(way).await;
        w.expects(Expected::Errors("has come before cannot be found out"));
        let mut database = w.opens_the_database().await;
        database.execute("ALTER TABLE requests RENAME TO elsewhere").await.expect("it is renamed");
        let asked = w.slack().person("ada").mentions("deploy staging", None);
        if way == "http" {
            w.slack().until("a no", |_| asked.failed().is_some()).await;
        }
        let typed = w.slack().person("ada").types("/deploy staging");
        w.slack().until("an answer", |_| !typed.said().is_empty()).await;
        assert!(typed.seen().contains("code for questions about this: try_again"), "{}", typed.seen());
        assert!(asked.acked_after().is_none() && answers(&w) == 0, "{way}");
        asked.is_given_up();
        database.execute("ALTER TABLE elsewhere RENAME TO requests").await.expect("it is back");
        database.close().await.expect("closed");
        assert!(comes_again(&mut w, way, &asked).await, "{way}");
        w.until("v2 → staging · Succeeded").await;
        assert_eq!((answers(&w), w.fly().updates(STAGING)), (1, vec![1]), "{way}");
    }
}

#[tokio::test]
async fn what_did_nothing_is_not_done_again_either() {
    let mut w = world("http").await;
    let asked = w.slack().person("ada").types("/deploy staging v9");
    let read = w.slack().person("ada").types("/shipgate status");
    let form = w.slack().person("ada").types("/halt");
    w.settle().await;
    assert!(form.form().is_some(), "{}", form.seen());
    for after in ["at once", "after a restart"] {
        for one in [&asked, &read, &form] {
            assert_eq!(w.slack().posts(one, &[]).await, Some(409), "{after}: {}", one.seen());
        }
        w.stops().await;
        w.starts_again().await;
        w.slack_is_ready().await;
    }
    assert_eq!((asked.said().len(), read.said().len()), (1, 1));
    assert_eq!(w.slack().calls_of("views.open").len(), 1);
}

/// How many of the things that people did are remembered.
async fn remembered(w: &World) -> i64 {
    let mut database = w.opens_the_database().await;
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM requests").fetch_one(&mut database).await.expect("a count");
    database.close().await.expect("closed");
    count
}

#[tokio::test]
async fn more_may_be_done_in_a_day_than_a_program_may_ask_and_it_is_forgotten_then() {
    let mut w = world("http").await;
    let mut database = w.opens_the_database().await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) \
                INSERT INTO requests (caller, name, hash, at, deed, status, answer) \
                SELECT 'slack', 'interaction/' || i, '', $1, '', 200, '' FROM n";
    sqlx::query(fill).bind(w.clock.now().0).execute(&mut database).await.expect("rows");
    database.close().await.expect("closed");
    assert!(w.on_slack("ada").types("/deploy staging").await.contains("On its way"));
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(remembered(&w).await, 2_501);
    w.pass(Span::hours(24)).await;
    assert!(w.on_slack("ada").types("/lock staging work").await.contains("work"));
    assert_eq!(remembered(&w).await, 1);
}
