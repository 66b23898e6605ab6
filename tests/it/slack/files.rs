//! The files of a deployment that is over, in its thread: each once, whatever goes wrong, and nothing waits for them.

use sqlx::Connection as _;

use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, WATCH, minutes, seconds};
use crate::world::slack::{Fault, Upload};

/// The steps, in order.
const STEPS: [&str; 3] = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"];

async fn world() -> World {
    World::of(Setup::production("").on_slack("http").instantly()).await
}

/// A release to staging, until its thread has everything.
async fn releases(w: &mut World) {
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.pass(minutes(3)).await;
}

#[track_caller]
fn report(files: &[Upload]) -> String {
    String::from_utf8(files[0].bytes.clone().expect("bytes")).expect("text")
}

/// The report is there, once.
#[track_caller]
fn is_there_once(w: &World, what: &str) {
    let handed = w.handed_over("v2 → staging");
    assert_eq!(handed.len(), 1, "{what}");
    assert_eq!(handed[0].files.len(), 1, "{what}");
    assert!(report(&handed[0].files).contains("It has ended: Succeeded."), "{what}");
}

#[tokio::test]
async fn what_is_over_has_its_report_and_its_charts_in_its_thread() {
    let mut w = World::of(Setup::production(&format!("{APPROVAL}{WATCH}")).on_slack("socket").instantly()).await;
    releases(&mut w).await;
    is_there_once(&w, "staging has no watch");
    w.on_slack("ada").types("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.slack_catches_up().await;
    assert_eq!(w.handed_over("v2 → production").len(), 0, "not before it is over");
    w.on_slack("bob").types("/approve").await;
    w.until("v2 → production · Succeeded").await;
    w.slack_catches_up().await;
    let handed = w.handed_over("v2 → production");
    assert_eq!(handed.len(), 1);
    assert_eq!(handed[0].text, "hello v2 → production is over. The report has everything that was recorded of it.");
    let [text, chart] = handed[0].files.as_slice() else { panic!("{handed:?}") };
    assert_eq!((text.name.as_str(), chart.name.as_str()), ("hello-v2-production.md", "hello-v2-production-1.png"));
    assert_eq!(text.title, "Report: hello v2 → production");
    assert_eq!(chart.title, "health · hello v2 → production");
    assert!(chart.alt.starts_with("“health” over time: 6 samples from "), "{}", chart.alt);
    assert!(chart.bytes.as_ref().is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
    let report = report(&handed[0].files);
    for said in ["bob approved “approval”", "## Samples of “health”", "in Asia/Tokyo", "ledger", "| 6 | 2026-11-23 14:"]
    {
        assert!(report.to_lowercase().contains(&said.to_lowercase()), "{said}: {report}");
    }
}

#[tokio::test]
async fn it_is_in_the_language_of_the_channels() {
    let mut w = World::of(Setup::production("").on_slack("http").instantly().in_locale("ja")).await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · 成功").await;
    w.slack_catches_up().await;
    let handed = w.handed_over("v2 → staging");
    assert_eq!(handed[0].files[0].title, "レポート：hello v2 → staging");
    let report = report(&handed[0].files);
    assert!(report.contains("## 経過") && report.contains("台帳"), "{report}");
}

#[tokio::test]
async fn slack_may_want_to_be_asked_more_slowly_at_each_step() {
    for step in STEPS {
        let mut w = world().await;
        w.slack().fails(1, step, Fault::Limited(20));
        releases(&mut w).await;
        is_there_once(&w, step);
        let calls = w.slack().calls_of(step);
        assert!(calls[1].at.since(calls[0].at) >= seconds(20), "{step}: {calls:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_at_any_step_shows_it_no_second_time() {
    for step in STEPS {
        let mut w = world().await;
        w.slack().fails(1, step, Fault::LosesTheAnswer);
        releases(&mut w).await;
        is_there_once(&w, step);
    }
}

#[tokio::test]
async fn what_did_not_arrive_is_asked_for_again() {
    for step in STEPS {
        let mut w = world().await;
        w.slack().fails(1, step, Fault::Status(503));
        releases(&mut w).await;
        is_there_once(&w, step);
    }
}

#[tokio::test]
async fn without_the_scope_everything_else_goes_on_and_it_is_asked_once() {
    let mut w = world().await;
    w.slack().lacks("files:write");
    releases(&mut w).await;
    assert_eq!(w.handed_over("v2 → staging").len(), 0);
    assert_eq!(w.slack().calls_of(STEPS[0]).len(), 1);
    assert!(w.told_below("v2 → staging").contains("It has ended: Succeeded."));
    assert!(w.log().contains("a report is not handed over"), "{}", w.log());
}

#[tokio::test]
async fn it_is_tried_three_times_and_then_let_be() {
    for step in STEPS {
        let mut w = world().await;
        w.slack().always_fails(step, Fault::Status(500));
        releases(&mut w).await;
        w.pass(minutes(30)).await;
        assert_eq!(w.slack().calls_of(step).len(), 3, "{step}");
        assert_eq!(w.handed_over("v2 → staging").len(), 0, "{step}");
    }
}

#[tokio::test]
async fn bytes_go_to_no_address_that_anybody_could_read_along() {
    let mut w = world().await;
    w.slack().always_fails(
        STEPS[0],
        Fault::Answers(r#"{"ok": true, "upload_url": "http://files.example/1", "file_id": "F1"}"#),
    );
    releases(&mut w).await;
    assert_eq!(w.slack().calls_of(STEPS[0]).len(), 3);
    assert_eq!(w.slack().calls_of(STEPS[2]).len(), 0);
}

#[tokio::test]
async fn a_restart_hands_nothing_over_again() {
    let mut w = world().await;
    releases(&mut w).await;
    w.stops().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    w.on_slack("ada").types("/promote").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(1)).await;
    is_there_once(&w, "after a restart");
    assert_eq!(w.handed_over("v2 → production").len(), 1);
}

/// A new version starts on what one left that knew no files.
async fn is_new(w: &mut World) {
    w.stops().await;
    let mut database = w.opens_the_database().await;
    let forgets = "UPDATE chat_memory SET value = json_remove(value, '$.files') WHERE value LIKE '%\"files\":%'";
    sqlx::query(forgets).execute(&mut database).await.expect("an update");
    database.close().await.expect("closed");
    w.starts_again().await;
    w.slack_is_ready().await;
}

#[tokio::test]
async fn what_was_over_before_there_were_files_has_none_and_what_was_not_has() {
    let mut w = World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await;
    releases(&mut w).await;
    w.on_slack("ada").types("/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.slack_catches_up().await;
    is_new(&mut w).await;
    let asked = w.slack().calls_of(STEPS[0]).len();
    let edits = w.slack().calls_of("chat.update").len();
    // Whoever is refused has the card painted again.
    assert!(w.on_slack("eve").presses("v2 → staging", "Promote").await.contains("not_permitted"));
    w.pass(minutes(1)).await;
    assert!(w.slack().calls_of("chat.update").len() > edits);
    assert_eq!(w.slack().calls_of(STEPS[0]).len(), asked, "nobody has asked for the report of an old deployment");
    w.on_slack("bob").presses("v2 → production", "Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(1)).await;
    assert_eq!(w.handed_over("v2 → production").len(), 1);
}

#[tokio::test]
async fn a_program_that_dies_on_the_way_shows_it_once() {
    // Before that its card is posted, and what happened is told.
    for nth in 8..=30 {
        let mut w = world().await;
        let died = w.is_staged_though_it_dies(nth).await;
        is_there_once(&w, &format!("died at {nth}"));
        if !died {
            return;
        }
    }
    panic!("more is remembered of one release than this test reaches");
}
