//! What comes from outside is text: it calls nobody, breaks no layout, and is never too long.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS, INCIDENTS, WARNINGS};
use crate::world::setup::{APPROVAL, Setup};
use crate::world::{Expected, World};

/// What would call people, turn into markup, a link or a countdown, if it were let.
const WILD: &str = "@everyone @here <@100000000000000021> <@&100000000000000010> **x** `` ~~ # > - [a](http://b.example) \
    <t:1:R> ||s|| <#100000000000000002> </deploy:1> __u__ *i*";

async fn world() -> World {
    World::of(Setup::production(APPROVAL).machines(1, 1).on_discord("gateway")).await
}

/// Nobody was called by any message, but for those who should be.
#[track_caller]
fn calls_only(w: &World, allowed: &[&str]) {
    let threads = w.discord().threads().into_iter().map(|(id, ..)| id);
    for place in threads.chain([DEPLOYMENTS, WARNINGS, INCIDENTS, ANNOUNCEMENTS]) {
        for message in w.discord().messages(place) {
            assert!(message.pings.iter().all(|who| allowed.contains(&who.as_str())), "{}", w.on_discord(place));
        }
    }
}

#[tokio::test]
async fn a_reason_is_text() {
    let mut w = world().await;
    w.is_promoted_on_discord("Waiting for people").await;
    assert_snapshot!(w.clicks_because("bob", "v2 → production", "Reject", WILD).await, @r"
    form `Reject`: Why?
    shipgate to bob (private)
      | **You rejected v2 for production.** #2ecc71
      | Nothing was touched: production runs what it ran before.
    ");
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @r"
    shipgate (edited)
      | **hello v2 → production · Aborted** #95a5a6
      | Nothing was touched: production runs what it ran before.
      | bob rejected it: @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\*.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | _ requested by ada · #········ · ledger ········
      # hello v2 → production (archived)
    ");
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to production.
      ··:··:·· Found running: v1, on 1 machine.
      ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
      ··:··:·· People were called: approval.
    shipgate (pings @releasers)
      <@&100000000000000010> hello v2 → production waits for you: approval. ada asked for it.
    shipgate (pings @ada)
      <@100000000000000020> hello v2 → production was stopped; nothing was touched. bob rejected it: @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\*.
    shipgate
      ··:··:·· It has ended: Aborted. bob rejected it: @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\*.
    ");
    calls_only(&w, &["@ada", "@releasers"]);
    let long = format!("{WILD} ").repeat(3).chars().take(400).collect::<String>();
    assert_snapshot!(w.types("bob", &format!("/lock environment:staging reason:{long}")).await, @r"
    shipgate to bob (private)
      | **staging of hello is locked** #2ecc71
      | Only bob can start anything there. Rolling back always works.
      |
      | **Reason** @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\* @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\* @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\]
      | **Locked** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | It holds until somebody unlocks it.
    ");
    assert_snapshot!(w.types("ada", "/deploy environment:staging version:v1").await, @r"
    shipgate to ada (private)
      | **bob holds this environment: @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\* @␣everyone @␣here \<@100000000000000021…** #e67e22
      | Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
      | _ code for questions about this: locked
    ");
}

#[tokio::test]
async fn notes_and_a_commit_as_long_as_they_may_be_break_nothing() {
    let mut w = world().await;
    let wild = format!("{WILD}\n\n").repeat(10_000 / WILD.len() + 1);
    let image = format!("registry.fly.io/hello@sha256:{:064x}", 7);
    let body = json!({"version": "v7", "image": image, "notes": wild, "commit": wild});
    assert_eq!(w.api("ci").post("/api/v1/apps/hello/releases", &body).await.0, 422, "ten thousand are too many");
    let cut = |length| wild.chars().take(length).collect::<String>();
    let body = json!({"version": "v7", "image": image, "notes": cut(4_000), "commit": cut(100)});
    let (status, said) = w.api("ci").post("/api/v1/apps/hello/releases", &body).await;
    assert_eq!(status, 201, "{said}");
    w.expects(Expected::Refusals);
    assert_snapshot!(w.is_offered("ada", "/deploy environment:staging version:v7", "version").await, @"v7 · 0 s ago · @everyone @here <@100000000000000021> <…");
    w.types("ada", "/deploy environment:staging version:v7").await;
    w.until_it("its end", |w| w.screen.card("v7 → staging").is_some_and(|card| card.buttons.is_empty())).await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v7 → staging"), @r#"
    shipgate (edited)
      | **hello v7 → staging · Failed** #e67e22
      | Nothing was touched: staging runs what it ran before.
      | The rollout failed: The registry has no image `registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000007`, so it cannot run. Push it, or release one that is there. fly.io said: \`failed to get manifest registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000007: request failed: not found \[http 404\]: {"errors":\[{"code":"MANIFEST\_UNKNOWN","message":"….
      | Put right what is said above, then ask for it again.
      |
      | **Release** v7 · commit @␣everyone · in place of v1
      | **Notes** @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\* @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a\](http\://b.example) \<t\:1\:R> \|\|s\|\| \<#········0000000002> \</deploy\:1> \_\_u\_\_ \*i\* @␣everyone @␣here \<@100000000000000021> \<@&100000000000000010> \*\*x\*\* '' \~\~ # > - \[a…
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | _ requested by ada · #········ · ledger ········
      # hello v7 → staging (archived)
    "#);
    calls_only(&w, &["@ada"]);
}

#[tokio::test]
async fn a_version_of_wild_text_is_no_version() {
    let mut w = world().await;
    assert_snapshot!(w.types("ada", "/deploy environment:staging version:<@1>**@everyone**").await, @r"
    shipgate to ada (private)
      | **There is no version \<@1>\*\*@␣everyone\*\*.** #e67e22
      | The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with `/release`.
      | _ code for questions about this: unknown_version
    ");
    assert_snapshot!(w.types("ada", "/confirm gate:||<@100000000000000021>||").await, @"
    shipgate to ada (private)
      | **Nothing waits for that: Confirm.** #e67e22
      | `/status` shows what is under way, `/why` what it waits for.
      | _ code for questions about this: nothing_waits
    ");
}

/// What a client of the API may write and no person could type: it ends no line, turns no text, names no moment.
const UNSEEN: &str = "\u{7}\u{1b}[2J\r\n\u{202e}\u{2066}\u{200f}\u{fdd0}1795410000000\u{fdd1}";

#[tokio::test]
async fn a_reason_over_the_api_is_text_on_discord_and_in_the_terminal() {
    let mut setup = Setup::production(APPROVAL).machines(1, 1).on_discord("gateway");
    setup.config = setup.config.replace("\"cy\"]", "\"cy\", \"api:ada\"]");
    let mut w = World::of(setup).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    let reason: String = format!("{UNSEEN}{WILD}").chars().cycle().take(1_000).collect();
    let body = json!({ "version": "v2", "reason": reason });
    let path = "/api/v1/apps/hello/environments/production/deployments";
    let (status, deployment) = w.api("ada").post(path, &body).await;
    assert_eq!(status, 202, "{deployment}");
    let line = json!({ "line": format!("/lock production {WILD}") });
    assert_eq!(w.api("ada").post("/api/v1/commands", &line).await.0, 200);
    let too_long = json!({ "version": "v2", "reason": "x".repeat(10_000) });
    assert_eq!(w.api("ada").post(path, &too_long).await.0, 422);
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    calls_only(&w, &["@ada", "@releasers"]);
    let shown = [w.on_discord(DEPLOYMENTS), w.card("v2 → production"), w.card("production of hello is locked")];
    for text in shown {
        assert!(text.contains("here"), "the reason is there: {text}");
        let bad = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{200f}\u{fdd0}\u{fdd1}".contains(c));
        assert!(!text.contains(bad), "{text:?}");
        assert!(text.lines().count() < 60, "{text}");
    }
    w.ada().says("/abort production").await;
    w.catches_up().await;
}
