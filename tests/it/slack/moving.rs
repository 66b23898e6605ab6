//! The config of a running release is edited between two starts: the channel of the cards is another one.

use futures::FutureExt as _;
use insta::assert_snapshot;

use super::over_either;
use crate::world::World;
use crate::world::setup::{APPROVAL, Setup, minutes};
use crate::world::slack::{DEPLOYMENTS, WARNINGS};

const CARD: &str = "v2 → production";

/// The channel of the cards as the config has it first, and where it is moved to.
const HERE: &str = "deployments   = \"C0DEPLOY\"";
const THERE: &str = "deployments   = \"C0WARN\"";

async fn waits_for_people(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).on_slack(mode).instantly()).boxed_local().await;
    w.is_promoted_on_slack("Waiting for people").await;
    w
}

async fn is_moved(w: &mut World) {
    w.stops().await;
    w.is_configured(|config| {
        assert!(config.contains(HERE), "{config}");
        config.replace(HERE, THERE)
    });
    w.starts_again().await;
    w.slack_is_ready().await;
}

/// The titles of the cards in a channel, oldest first.
fn titles(w: &World, channel: &str) -> Vec<String> {
    let messages = w.slack().messages(channel);
    messages.iter().map(|one| one.title().to_owned()).filter(|title| !title.is_empty()).collect()
}

#[tokio::test]
async fn a_card_goes_on_where_it_is_and_the_next_one_comes_to_the_new_channel() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode).await;
        is_moved(&mut w).await;
        let said = w.on_slack("bob").presses(CARD, "Approve").await;
        assert!(said.contains("You approved v2 for production"), "{said}");
        w.until("v2 → production · Succeeded").await;
        w.pass(minutes(1)).await;
        assert_eq!(titles(&w, WARNINGS), [""; 0], "nothing of it is doubled");
        w.on_slack("ada").types("/deploy staging v1").await;
        w.until("v1 → staging · Succeeded").await;
        w.pass(minutes(1)).await;
        format!("{:#?}\n{:#?}", titles(&w, DEPLOYMENTS), titles(&w, WARNINGS))
    })
    .await;
    assert_snapshot!(told, @r#"
    [
        "🟢 hello v2 → staging · Succeeded",
        "🟢 hello v2 → production · Succeeded",
    ]
    [
        "🟢 hello v1 → staging · Succeeded",
    ]
    "#);
}

#[tokio::test]
async fn a_card_whose_channel_was_put_away_goes_on_in_the_new_one() {
    let mut told = Vec::new();
    for gone in ["archived", "left"] {
        let one = over_either(async |mode| {
            let mut w = waits_for_people(mode).await;
            if gone == "archived" {
                w.slack().archives(DEPLOYMENTS, true);
            } else {
                w.slack().throws_out(DEPLOYMENTS);
            }
            is_moved(&mut w).await;
            let asked = w.slack().person("bob").in_channel(WARNINGS).types("/approve production");
            let said = w.hears_on_slack(&asked).await;
            assert!(said.contains("You approved v2 for production"), "{said}");
            w.until("v2 → production · Succeeded").await;
            w.pass(minutes(1)).await;
            assert_eq!(titles(&w, WARNINGS).len(), 1, "{}", w.seen_on_slack(WARNINGS));
            let card = w.slack().messages(WARNINGS).into_iter().find(|one| !one.title().is_empty()).expect("a card");
            let thread = w.slack().thread(&card.ts);
            let ended = thread.iter().any(|line| line.text.contains("It has ended: Succeeded"));
            assert!(ended, "what is new is told below it: {thread:?}");
            w.stable_on_slack(&w.slack().seen_message(&card.ts)).replace("shipgate (edited)", "shipgate")
        })
        .await;
        told.push(one);
    }
    told.dedup();
    assert_snapshot!(told.join("\n"), @"
    shipgate
      This card could not be edited any more. It goes on here, in place of <https://harbour.slack.com/archives/C0DEPLOY/p…>.
      # 🟢 hello v2 → production · Succeeded
      v2 runs in production and has passed everything.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      ✅ *Before* · 1 gate passed: approval (bob)
      [Roll back]!
      _ requested by ada · #········ · ledger ········
    ");
}
