//! What a word counts for: one artifact, one plan, one person, a while. The rest of approving is in `approving`.

use serde_json::json;
use shipgate::sim;

use crate::world::World;
use crate::world::setup::{APPROVAL, PRODUCTION, STAGING, Setup, minutes};

const TWO: &str = r#"
[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers", count = 2, expires = "20m" }
"#;

const NOTES: &str = r#"
[[apps.environments.before]]
name    = "release notes written"
confirm = { from = "everyone" }
"#;

async fn proven(production: &str, versions: &[&str]) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 1).instantly()).await;
    for version in versions {
        w.ada().says(&format!("/deploy staging {version}")).await;
        w.until(&format!("{version} → staging · Succeeded")).await;
    }
    w
}

#[tokio::test]
async fn a_word_is_for_one_artifact_and_no_later_one_carries_it() {
    let mut w = proven(&[TWO, NOTES].concat(), &["v2", "v4-late"]).await;
    w.ada().says("/promote production v2").await;
    w.bob().says("/approve production").await;
    w.eve().says("/confirm production release notes written").await;
    let card = w.card("v2 → production");
    assert!(card.contains("approved by bob (1 of 2)"), "{card}");
    assert!(card.contains("ticked by eve at ··:·· Mon 23 Nov, Asia/Tokyo"), "who and when: {card}");
    // Another artifact takes its place: nobody has said anything about that.
    let button = w.cy().reaches_for("Approve");
    w.ada().says("/promote production v4-late").await;
    let late = w.cy().presses_late(&button).await.expect_err("the first one is over");
    assert_eq!(late.code, "already_closed");
    let card = w.card("v4-late → production");
    assert!(card.contains("2 approvals needed") && card.contains("nobody has ticked it"), "{card}");
    // Nor does the same artifact carry it, asked for anew.
    w.ada().says("/promote production v2").await;
    let card = w.card("v2 → production");
    assert!(card.contains("2 approvals needed") && card.contains("nobody has ticked it"), "{card}");
    w.bob().says("/approve production").await;
    w.cy().says("/approve production").await;
    assert_eq!(w.fly().updates(PRODUCTION), [0], "the item is still open");
    w.eve().says("/confirm production release notes written").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn the_same_name_never_comes_to_mean_another_artifact() {
    let mut w = proven(TWO, &["v2"]).await;
    w.ada().says("/promote production v2").await;
    w.bob().says("/approve production").await;
    let other = sim::demo_releases().into_iter().find(|release| release.version == "v4-late").expect("a release");
    let body = json!({ "version": "v2", "image": other.image });
    let (status, problem) = w.api("ci").post("/api/v1/apps/hello/releases", &body).await;
    assert_eq!((status, &problem["code"]), (409, &json!("version_taken")), "{problem}");
    assert!(
        w.card("v2 → production").contains("approved by bob (1 of 2)"),
        "what it counts for is what it was given for"
    );
    w.cy().says("/approve production").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v2"]);
}

#[tokio::test]
async fn what_was_approved_is_the_plan_that_was_shown_though_the_config_is_edited() {
    let mut w = proven(APPROVAL, &["v2", "v4-late"]).await;
    w.ada().says("/promote production v2").await;
    // Stricter, and to another app: both count for what is asked for from now on.
    w.is_configured(|config| config.replace("not_requester = true", "count = 2"));
    w.starts_again().await;
    assert!(w.card("v2 → production").contains("1 approval needed, not from ada"), "as it was planned");
    assert_eq!(w.ada().hears_no_to("/approve production").await.code, "own_request");
    w.bob().says("/approve production").await;
    w.until("v2 → production · Succeeded").await;
    w.ada().says("/promote production v4-late").await;
    let card = w.card("v4-late → production");
    assert!(card.contains("2 approvals needed"), "by the plan of today: {card}");
    w.ada().says("/approve production").await;
    w.bob().says("/approve production").await;
    w.until("v4-late → production · Succeeded").await;
    assert_eq!(w.fly().versions(PRODUCTION), ["v4-late"]);
}

#[tokio::test]
async fn each_human_of_the_group_counts_once_and_for_a_while() {
    let mut w = proven(TWO, &["v2"]).await;
    w.bob().says("/promote production v2").await;
    assert_eq!(w.eve().hears_no_to("/approve production").await.code, "not_permitted");
    let path = format!("/api/v1/deployments/{}/actions", w.deployment("v2 → production"));
    let approve = json!({ "action": "approve" });
    let (status, problem) = w.api("ci").post(&path, &approve).await;
    assert_eq!((status, &problem["code"]), (403, &json!("not_in_group")), "permitted, and not of the group");
    // Ada by the terminal and ada by the API are one ada.
    w.ada().says("/approve production").await;
    let (status, problem) = w.api("ada").post(&path, &approve).await;
    assert_eq!((status, &problem["code"]), (409, &json!("already_approved")), "{problem}");
    assert!(w.card("v2 → production").contains("approved by ada (1 of 2)"));
    w.pass(minutes(20)).await;
    assert!(w.card("v2 → production").contains("2 approvals needed"), "hers has expired");
    let (status, _) = w.api("ada").post(&path, &approve).await;
    assert_eq!(status, 200, "and she may say it again");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
    w.cy().says("/approve production").await;
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1]);
}

#[tokio::test]
async fn one_human_on_discord_and_in_the_terminal_is_one_word() {
    let mut setup = Setup::production(TWO).machines(1, 1).instantly().on_discord("gateway");
    // On Discord he may by his role, at the terminal as who he is.
    setup.config = setup.config.replace("releasers = [", "releasers = [\"bob\", ");
    let mut w = World::of(setup).await;
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.types("ada", "/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    w.clicks("bob", "v2 → production", "Approve").await;
    assert_eq!(w.bob().hears_no_to("/approve production").await.code, "already_approved");
    w.catches_up().await;
    assert!(w.card("v2 → production").contains("(1 of 2)"));
    w.cy().says("/approve production").await;
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
}
