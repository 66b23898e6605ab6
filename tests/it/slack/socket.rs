//! Socket Mode: two connections, however Slack and the network behave.

use futures::FutureExt as _;
use insta::assert_snapshot;
use serde_json::json;
use shipgate::clock::{Clock as _, Span};

use crate::world::setup::{APPROVAL, Setup, minutes, seconds};
use crate::world::slack::Fault;
use crate::world::wire::{On, Trouble};
use crate::world::{Expected, World};

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await
}

/// Somebody is heard.
async fn hears(w: &mut World) {
    assert!(w.on_slack("ada").types("/shipgate status").await.contains("hello"));
}

#[tokio::test]
async fn another_is_opened_before_one_is_closed() {
    let mut w = world().await;
    w.pass(minutes(2)).await;
    for reason in ["warning", "refresh_requested", "something new"] {
        let before = w.slack().connections_made();
        w.slack().disconnects(reason);
        w.slack().until("another", |fake| fake.connections_made() == before + 1).await;
        w.slack().connected(2).await;
        w.settle().await;
        hears(&mut w).await;
        w.pass(minutes(2)).await;
    }
    assert_eq!(w.slack().connections_made(), 5);
    assert_eq!(w.slack().least_connections(), Some(2), "never fewer than two");
}

#[tokio::test]
async fn a_connection_that_breaks_is_opened_again() {
    let mut w = world().await;
    w.slack().drops();
    w.slack().connected(1).await;
    hears(&mut w).await;
    w.pass(seconds(2)).await;
    w.slack().connected(2).await;
}

#[tokio::test]
async fn a_connection_that_dies_in_silence_is_noticed() {
    let mut w = world().await;
    w.slack().deafens();
    w.pass(seconds(45)).await;
    w.slack().connected(2).await;
    assert!(w.log().contains("it is silent"), "{}", w.log());
    hears(&mut w).await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_said_is_not_waited_for() {
    let mut w = world().await;
    w.expects(Expected::Errors("no connection to Slack"));
    w.slack().is_mute(true);
    w.slack().drops();
    w.slack().connected(1).await;
    w.pass(seconds(30)).await;
    w.slack().is_mute(false);
    w.pass(seconds(45)).await;
    w.slack().connected(2).await;
}

#[tokio::test]
async fn an_address_that_is_never_given_is_asked_for_again() {
    let mut w = world().await;
    w.expects(Expected::Errors("no connection to Slack"));
    w.fly().slack_wire().fails(Some(1), On("POST", "/apps.connections.open"), Trouble::Deaf);
    w.slack().drops();
    w.slack().connected(1).await;
    w.pass(seconds(30)).await;
    w.slack().connected(2).await;
    assert!(w.log().contains("no answer in time"), "{}", w.log());
}

#[tokio::test]
async fn slack_is_asked_no_sooner_than_it_wants() {
    let mut w = world().await;
    w.expects(Expected::Errors("no connection to Slack"));
    w.slack().fails(1, "apps.connections.open", Fault::Limited(45));
    let before = w.slack().calls_of("apps.connections.open").len();
    w.slack().drops();
    w.slack().connected(1).await;
    w.pass(minutes(1)).await;
    w.slack().connected(2).await;
    let calls = w.slack().calls_of("apps.connections.open").split_off(before);
    assert!(calls[1].at.since(calls[0].at) >= seconds(45));
}

#[tokio::test]
async fn pauses_grow_and_end() {
    let mut w = world().await;
    w.expects(Expected::Errors("no connection to Slack"));
    let before = w.slack().calls_of("apps.connections.open").len();
    w.slack().always_fails("apps.connections.open", Fault::Says("internal_error"));
    w.slack().drops();
    w.slack().connected(1).await;
    w.pass(minutes(3)).await;
    let calls = w.slack().calls_of("apps.connections.open").split_off(before);
    let gaps: Vec<Span> = calls.windows(2).map(|two| two[1].at.since(two[0].at)).collect();
    assert!(gaps.iter().all(|gap| *gap <= seconds(30)) && gaps.last() >= Some(&seconds(15)), "{gaps:?}");
    w.slack().works_again();
    w.pass(seconds(31)).await;
    w.slack().connected(2).await;
}

#[tokio::test]
async fn what_only_people_can_mend_is_said_once_and_not_tried_again() {
    for word in ["not_authed", "invalid_auth", "account_inactive", "user_removed_from_team", "team_disabled"] {
        let mut w = world().await;
        w.expects(Expected::Errors("SLACK_APP_TOKEN is refused"));
        w.slack().always_fails("apps.connections.open", Fault::Says(word));
        let before = w.slack().calls_of("apps.connections.open").len();
        w.slack().drops();
        w.slack().connected(1).await;
        w.pass(seconds(2)).await;
        w.slack().connected(0).await;
        w.pass(minutes(5)).await;
        assert_eq!(w.slack().calls_of("apps.connections.open").len(), before + 1, "{word}");
        assert!(w.log().contains(word), "{}", w.log());
    }
}

/// A world in which no connection was ever opened, because Slack says so.
async fn never_lets_us_in(word: &'static str) -> World {
    let mut w = World::that_does_not_run(Setup::production("").on_slack("socket").instantly()).boxed_local().await;
    w.expects(Expected::Errors("SLACK_APP_TOKEN is refused"));
    w.slack().always_fails("apps.connections.open", Fault::Says(word));
    w.starts_again().await;
    w.slack().until("an answer", |fake| !fake.calls_of("apps.connections.open").is_empty()).await;
    w.pass(minutes(5)).await;
    w
}

#[tokio::test]
async fn what_only_people_can_mend_at_the_first_start_ends_the_way_in_alone() {
    for word in [
        "missing_scope",
        "not_allowed_token_type",
        "link_disabled",
        "token_revoked",
        "token_expired",
        "invalid_auth",
        "not_authed",
        "no_permission",
        "account_inactive",
        "user_removed_from_team",
        "team_disabled",
    ] {
        let mut w = never_lets_us_in(word).await;
        assert_eq!(w.slack().calls_of("apps.connections.open").len(), 1, "{word}");
        let reasons: Vec<String> = w
            .log()
            .lines()
            .filter(|line| line.contains(&format!("SLACK_APP_TOKEN is refused ({word})")))
            .map(str::to_owned)
            .collect();
        assert_eq!(reasons.len(), 1, "{}", w.log());
        assert!(reasons[0].contains("until this is mended and Shipgate is started again"), "{}", reasons[0]);
        let image =
            shipgate::sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2").image;
        w.ada().says(&format!("/release v2 {image}")).await;
        w.ada().says("/deploy staging").await;
        w.until("v2 → staging · Succeeded").await;
        w.slack_catches_up().await;
        assert!(w.slack_card("v2 → staging").title().ends_with("Succeeded"), "{word}: cards are painted all the same");
    }
}

#[tokio::test]
async fn socket_mode_that_is_turned_off_stays_off() {
    let mut w = world().await;
    w.expects(Expected::Errors("Socket Mode was turned off"));
    w.slack().disables();
    w.slack().connected(0).await;
    let before = w.slack().calls_of("apps.connections.open").len();
    w.pass(minutes(5)).await;
    assert_eq!(w.slack().calls_of("apps.connections.open").len(), before);
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_connected{chat=\"slack\"} 0"), "{counted}");
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.slack_catches_up().await;
    assert!(w.slack_card("v2 → staging").title().ends_with("Succeeded"), "cards are painted all the same");
}

#[tokio::test]
async fn too_many_connections_are_not_made_more() {
    let mut w = world().await;
    w.expects(Expected::Errors("too many connections"));
    let before = w.slack().calls_of("apps.connections.open").len();
    let at = w.clock.now();
    w.slack().takes_at_most(2);
    w.slack().disconnects("too_many_websockets");
    w.slack().connected(1).await;
    w.pass(minutes(1)).await;
    let calls = w.slack().calls_of("apps.connections.open").split_off(before);
    assert_eq!(calls.len(), 1);
    assert!(calls[0].at.since(at) >= seconds(30));
    w.slack().connected(2).await;
}

#[tokio::test]
async fn what_is_told_twice_is_done_once() {
    let mut w = world().await;
    let asked = w.slack().person("ada").types("/deploy staging");
    w.slack().tells(&asked, 0);
    w.settle().await;
    let spoken = w.slack().person("ada").mentions("status", None);
    w.hears_on_slack(&spoken).await;
    w.slack().tells(&spoken, 1);
    w.settle().await;
    assert_eq!((asked.said().len(), spoken.said().len()), (1, 1));
}

#[tokio::test]
async fn what_nobody_knows_is_acknowledged_or_let_be() {
    let mut w = world().await;
    w.expects(Expected::Errors("cannot be read"));
    for odd in [
        json!({"type": "something new"}),
        json!({"type": "slash_commands"}),
        json!({"type": "disconnect_soon", "reason": 7}),
        json!([1, 2]),
        json!("hello"),
    ] {
        w.slack().says(odd);
    }
    w.settle().await;
    hears(&mut w).await;
    assert_eq!(w.slack().connections(), 2);
}

#[tokio::test]
async fn many_at_once_are_all_acknowledged_in_time() {
    let mut w = world().await;
    let asked: Vec<_> = (0..50).map(|_| w.slack().person("eve").types("/shipgate status")).collect();
    w.settle().await;
    assert!(asked.iter().all(|one| one.acked_after().is_some_and(|after| after < seconds(3)) && one.said().len() == 1));
}

#[tokio::test]
async fn slack_that_refuses_the_bot_is_told_to_operators_and_the_release_goes_on() {
    let mut w = world().await;
    w.slack().always_fails("chat.postMessage", Fault::Says("token_revoked"));
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    assert_snapshot!(w.log().lines().filter(|line| line.contains("SLACK_BOT_TOKEN")).count() > 0, @"true");
}
