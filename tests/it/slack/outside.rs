//! What comes from outside is text on Slack: it calls nobody, breaks no layout, and is never too long.

use futures::FutureExt as _;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::over_either;
use crate::world::setup::{APPROVAL, Setup};
use crate::world::slack::{ANNOUNCEMENTS, DEPLOYMENTS, INCIDENTS, WARNINGS};
use crate::world::{Expected, World};

/// What would call people, turn into markup, a link or an emoji, if it were let.
const WILD: &str = "<!channel> <!here|here> <!everyone> <@U0BOB> <!subteam^S0REL> @channel *x* _i_ ~s~ `c` > q :tada: \
    <http://b.example|a> <#C0DEPLOY> & &lt;!channel&gt; <!date^1^{date}|x>";

/// What a client of the API may write and no person could type: it ends no line, turns no text, names no moment.
const UNSEEN: &str = "\u{7}\u{1b}[2J\r\n\u{202e}\u{2066}\u{200f}\u{fdd0}1795410000000\u{fdd1}";

async fn world(mode: &str) -> World {
    World::of(Setup::production(APPROVAL).machines(1, 1).on_slack(mode).instantly()).boxed_local().await
}

/// Nothing that was sent calls anybody but those who should be, or holds a mark that came from outside.
#[track_caller]
fn calls_only(w: &World, allowed: &[&str]) {
    assert_eq!(w.slack().violations(), [""; 0]);
    for place in [DEPLOYMENTS, WARNINGS, INCIDENTS, ANNOUNCEMENTS] {
        for message in w.slack().messages(place) {
            assert!(message.pings.iter().all(|who| allowed.contains(&who.as_str())), "{}", w.seen_on_slack(place));
        }
    }
    for call in w.slack().calls() {
        marks_in(&call.body, &mut |mark| {
            let ours =
                mark.starts_with("http") || mark.starts_with("!date^179") || ["@U0ADA", "@U0BOB"].contains(&mark);
            assert!(ours && !mark.contains("b.example"), "<{mark}> in {}", call.body);
        });
    }
}

/// Every mark in the texts that are read as markup.
fn marks_in(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| marks_in(value, found)),
        Value::Object(members) if members.get("type").is_none_or(|kind| kind != "plain_text") => {
            if let Some(text) = members.get("text").and_then(Value::as_str) {
                text.split('<').skip(1).filter_map(|rest| rest.split_once('>')).for_each(|(mark, _)| found(mark));
            }
            members.iter().filter(|(key, _)| *key != "private_metadata").for_each(|(_, value)| marks_in(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn a_reason_is_text() {
    let told = over_either(async |mode| {
        let mut w = world(mode).await;
        w.is_promoted_on_slack("Waiting for people").await;
        let mut told = vec![w.on_slack("bob").presses_because("v2 → production", "Reject", WILD).await];
        w.slack_catches_up().await;
        told.push(w.card_on_slack("v2 → production"));
        told.push(w.told_below("v2 → production"));
        let long: String = format!("{WILD} ").chars().cycle().take(1_000).collect();
        told.push(w.on_slack("bob").types(&format!("/lock staging {long}")).await);
        told.push(w.on_slack("ada").types("/deploy staging v1").await);
        w.slack_catches_up().await;
        calls_only(&w, &["@ada", "@bob"]);
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    form `Reject`
      Why?:
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.

    shipgate (edited)
      # ⚪ hello v2 → production · Aborted
      Nothing was touched: production runs what it ran before.
      bob rejected it: &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ 'c' &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt;.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········

    ··:··:·· ada asked to take v2 to production.
    ··:··:·· Found running: v1, on 1 machine.
    ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
    ··:··:·· People were called: approval.
    <@U0BOB> hello v2 → production waits for you: approval. ada asked for it.
    <@U0ADA> hello v2 → production was stopped; nothing was touched. bob rejected it: &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ 'c' &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt;.
    ··:··:·· It has ended: Aborted. bob rejected it: &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ 'c' &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt;.
    shipgate to bob (private)
      # 🟢 staging of hello is locked
      Only bob can start anything there. Rolling back always works.
      *Reason* &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ c &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt; &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ c &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt; &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @ch…
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      It holds until somebody unlocks it.

    shipgate to ada (private)
      # 🟠 bob holds this environment: <!channel> <!here|here> <!everyone> <@U0BOB> <!subteam^S0REL> @channel *x* _i_ ~s~ c > q :tada: <http://b.example|a> <…
      Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
      _ code for questions about this: locked
    ");
}

#[tokio::test]
async fn notes_and_a_commit_as_long_as_they_may_be_break_nothing() {
    let mut w = world("socket").await;
    let wild: String = format!("{WILD}\n\n{UNSEEN}").chars().cycle().take(10_000).collect();
    let image = format!("registry.fly.io/hello@sha256:{:064x}", 7);
    let body = json!({"version": "v7", "image": image, "notes": wild, "commit": wild});
    assert_eq!(w.api("ci").post("/api/v1/apps/hello/releases", &body).await.0, 422, "ten thousand are too many");
    let cut = |length| wild.chars().take(length).collect::<String>();
    let body = json!({"version": "v7", "image": image, "notes": cut(4_000), "commit": cut(100)});
    let (status, said) = w.api("ci").post("/api/v1/apps/hello/releases", &body).await;
    assert_eq!(status, 201, "{said}");
    w.expects(Expected::Refusals);
    w.on_slack("ada").types("/deploy staging v7").await;
    w.until_it("its end", |w| w.screen.card("v7 → staging").is_some_and(|card| card.buttons.is_empty())).await;
    w.slack_catches_up().await;
    assert_snapshot!(w.card_on_slack("v7 → staging"), @r#"
    shipgate (edited)
      # 🟠 hello v7 → staging · Failed
      Nothing was touched: staging runs what it ran before.
      The rollout failed: The registry has no image `registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000007`, so it cannot run. Push it, or release one that is there. fly.io said: ␣`failed to get manifest registry.fly.io/hello@sha256:0000000000000000000000000000000000000000000000000000000000000007: request failed: not found [http 404]: {"errors":[{"code":"MANIFEST_UNKNOWN","message":"….
      Put right what is said above, then ask for it again.
      *Release* v7 · commit &lt;!channel · in place of v1
      *Notes* &lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ 'c' &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt; [2J 1795410000000&lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt; &lt;@U0BOB&gt; &lt;!subteam^S0REL&gt; @channel ␣*x␣* ␣_i␣_ ␣~s␣~ 'c' &gt; q :␣tada: &lt;http://b.example|a&gt; &lt;#C0DEPLOY&gt; &amp; &amp;lt;!channel&amp;gt; &lt;!date^1^{date}|x&gt; [2J 1795410000000&lt;!channel&gt; &lt;!here|here…
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········
    "#);
    calls_only(&w, &["@ada"]);
}

#[tokio::test]
async fn a_version_of_wild_text_is_no_version() {
    let told = over_either(async |mode| {
        let mut w = world(mode).await;
        let mut told = Vec::new();
        for line in [
            "/deploy staging <@U0BOB>*<!channel>*",
            "/confirm <!channel>",
            "/shipgate <!channel>",
            "/help <!here>",
            "/deploy <@U0BOB>",
            "/release <!channel> <!here>",
            "/smoke staging <!subteam^S0REL>",
        ] {
            told.push(w.on_slack("ada").types(line).await);
        }
        told.push(w.on_slack("ada").mentions("deploy staging <!channel> <@U0BOB>").await);
        calls_only(&w, &[]);
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to ada (private)
      # 🟠 There is no version <@U0BOB>*<!channel>*.
      The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with `/release`.
      _ code for questions about this: unknown_version

    shipgate to ada (private)
      # 🟠 Nothing waits for that: Confirm.
      `/shipgate status` shows what is under way, `/why ENVIRONMENT` what it waits for.
      _ code for questions about this: nothing_waits

    shipgate to ada (private)
      # 🟠 There is no command `/<!channel>`.
      `/help` lists them all.
      _ code for questions about this: unknown_command

    shipgate to ada (private)
      # 🟠 There is no command `/<!here>`, so there is no help for it.
      `/help` lists them all.
      _ code for questions about this: unknown_help

    shipgate to ada (private)
      # 🟠 `/deploy` needs more: ENVIRONMENT.
      Write `/deploy ENVIRONMENT [VERSION] [APP] [again]`; `/help deploy` has an example.
      _ code for questions about this: missing_argument

    shipgate to ada (private)
      # 🟠 The image <!here> is not pinned: what its tag means can change.
      Name it by its digest: registry/name@sha256: and 64 hex digits.
      _ code for questions about this: image_not_pinned

    shipgate to ada (private)
      # 🟠 “<!subteam^S0REL>” is too much for `/smoke`.
      Write `/smoke ENVIRONMENT [APP]`; `/help smoke` has an example.
      _ code for questions about this: too_many_arguments

    shipgate to ada (private)
      # 🟠 “@bob” is too much for `/deploy`.
      Write `/deploy ENVIRONMENT [VERSION] [APP] [again]`; `/help deploy` has an example.
      _ code for questions about this: too_many_arguments
    ");
}

#[tokio::test]
async fn a_reason_over_the_api_is_text_on_slack() {
    let mut setup = Setup::production(APPROVAL).machines(1, 1).on_slack("http").instantly();
    setup.config = setup.config.replace("\"cy\"]", "\"cy\", \"api:ada\"]");
    let mut w = World::of(setup).await;
    w.on_slack("ada").types("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    let reason: String = format!("{UNSEEN}{WILD}").chars().cycle().take(1_000).collect();
    let path = "/api/v1/apps/hello/environments/production/deployments";
    let (status, deployment) = w.api("ada").post(path, &json!({ "version": "v2", "reason": reason })).await;
    assert_eq!(status, 202, "{deployment}");
    let line = json!({ "line": format!("/lock production {WILD}") });
    assert_eq!(w.api("ada").post("/api/v1/commands", &line).await.0, 200);
    w.until("v2 → production · Waiting for people").await;
    w.slack_catches_up().await;
    calls_only(&w, &["@ada", "@bob"]);
    for text in [w.card_on_slack("v2 → production"), w.card_on_slack("is locked"), w.told_below("v2 → production")]
    {
        assert!(text.contains("tada"), "the reason is there: {text}");
        let bad = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}\u{200f}\u{fdd0}\u{fdd1}".contains(c));
        assert!(!text.contains(bad), "{text:?}");
        assert!(text.lines().count() < 60, "{text}");
    }
    w.on_slack("ada").types("/abort production").await;
    w.slack_catches_up().await;
}
