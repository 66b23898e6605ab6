//! Cards that are edited often, that are old, and that people delete, archive and lock.

use insta::assert_snapshot;
use shipgate::clock::{Clock as _, Span};

use crate::world::World;
use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS, Fault};
use crate::world::guild_trouble::closest;
use crate::world::setup::{APPROVAL, HEALTH, Setup, WATCH, minutes, seconds};

async fn world(production: &str) -> World {
    World::of(Setup::production(production).on_discord("http").and_at_the_terminal()).await
}

/// A production that waits for an approval.
async fn waits_for_people() -> World {
    let mut w = world(APPROVAL).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().presses("Promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    w
}

async fn ends_well(w: &mut World) {
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(2)).await;
}

#[tokio::test]
async fn a_rollout_of_three_machines_makes_few_edits_and_shows_its_end() {
    let mut w = world(&format!("{HEALTH}{WATCH}")).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    w.ada().presses("Promote").await;
    let begun = w.clock.now();
    w.until("v2 → production · Succeeded").await;
    let took = w.clock.now().since(begun);
    w.catches_up().await;
    let card = w.message("v2 → production");
    assert!(card.embeds[0]["title"].as_str().expect("a title").contains("Succeeded"), "the last state is painted");
    let edits = w.edits_of(card.id);
    assert!(closest(&edits).is_none_or(|apart| apart >= seconds(2)), "{edits:?}");
    let most = usize::try_from(took.0 / 2_000).expect("a span") + 2;
    assert!((3..=most.min(30)).contains(&edits.len()), "{} edits in {took:?}", edits.len());
}

#[tokio::test]
async fn a_card_that_is_older_than_an_hour_is_edited_rarely() {
    let mut w = world(&format!("{APPROVAL}{HEALTH}{WATCH}")).await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().presses("Promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.pass(minutes(61)).await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    let card = w.message("v2 → production");
    let old = card.at.plus(Span::hours(1));
    let edits: Vec<_> = w.edits_of(card.id).into_iter().filter(|at| *at > old).collect();
    assert!(closest(&edits).is_none_or(|apart| apart >= seconds(10)), "{edits:?}");
    assert!((3..=20).contains(&edits.len()), "{edits:?}");
    assert_eq!(
        w.lines_on_discord(DEPLOYMENTS),
        ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"],
        "no card was posted anew, and the last state is painted"
    );
}

/// What Discord measures is the channel, not the card: it takes three such edits in six seconds.
#[tokio::test]
async fn many_old_cards_are_edited_one_after_the_other() {
    let mut w = world("").await;
    for version in ["v2", "v1", "v2", "v1", "v2", "v1"] {
        w.ada().says(&format!("/deploy staging {version}")).await;
        w.until(&format!("{version} → staging · Succeeded")).await;
    }
    w.pass(minutes(61)).await;
    // A program that has just started does not know what they show.
    w.starts_again().await;
    w.discord_is_ready().await;
    let before = w.asked_of_discord("PATCH", "").len();
    for card in w.discord().messages(DEPLOYMENTS) {
        // Whoever is refused has the card painted again.
        let late = card.custom_id("Roll back").replace(":rollback-back:", ":abort:");
        w.discord().person("ada").clicks_id(card.id, &late);
    }
    w.pass(minutes(1)).await;
    let edits: Vec<_> = w.asked_of_discord("PATCH", "").into_iter().skip(before).collect();
    assert!(edits.len() >= 5, "{edits:#?}");
    assert!(edits.iter().all(|edit| edit.answer.as_ref().is_some_and(|(status, _)| *status == 200)), "{edits:#?}");
    let moments: Vec<_> = edits.iter().map(|edit| edit.at).collect();
    assert!(closest(&moments).is_some_and(|apart| apart >= Span(2_500)), "{moments:?}");
    assert_eq!(w.lines_on_discord(DEPLOYMENTS).len(), 6, "none is posted anew");
}

#[tokio::test]
async fn a_card_that_was_deleted_comes_again_with_a_link_to_the_old_one() {
    let mut w = waits_for_people().await;
    let old = w.message("v2 → production");
    w.discord().deletes_message(old.id);
    ends_well(&mut w).await;
    let new = w.message("v2 → production");
    assert!(new.content.contains(&old.link()), "{}", new.content);
    assert_snapshot!(w.on_discord(DEPLOYMENTS), @r"
    shipgate (edited)
      | **hello v2 → staging · Succeeded** #2ecc71
      | v2 runs in staging and has passed everything.
      | Next: press Promote to take it to production.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **After the rollout**
      | ✅ **health** · passed · 2 of 2 in a row · http\://hello-staging/health answered 200 in 0 ms.
      | _ requested by ada · #········ · ledger ········
      [Promote] [Roll back]!
      # hello v2 → staging (archived)

    shipgate (edited)
      This card could not be edited any more. It goes on here, in place of https://discord.com/channels/100000000000000001/100000000000000002/….
      | **hello v2 → production · Succeeded** #2ecc71
      | v2 runs in production and has passed everything.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | ✅ **Before** · 1 gate passed: approval (bob)
      | _ requested by ada · #········ · ledger ········
      [Roll back]!
      # hello v2 → production (archived)
    ");
}

#[tokio::test]
async fn a_card_that_may_not_be_edited_any_more_goes_on_below() {
    let mut w = waits_for_people().await;
    let old = w.message("v2 → production");
    w.discord().fails(1, "PATCH", "", Fault::refuses(30_046));
    w.pass(minutes(61)).await;
    ends_well(&mut w).await;
    let new = w.message("v2 → production");
    assert_ne!(new.id, old.id);
    assert!(new.content.contains(&old.link()), "{}", new.content);
    assert_eq!(w.lines_on_discord(DEPLOYMENTS).len(), 3, "{:#?}", w.lines_on_discord(DEPLOYMENTS));
    assert_snapshot!(w.clicks("ada", "v2 → production", "Roll back").await, @"form `Roll back to v1`: Why?");
}

#[tokio::test]
async fn a_thread_that_was_deleted_is_made_again_for_what_is_new() {
    let mut w = waits_for_people().await;
    w.discord().deletes_channel("hello v2 → production");
    ends_well(&mut w).await;
    assert_snapshot!(w.on_discord("hello v2 → production"), @r"
    shipgate
      ··:··:·· bob approved “approval”.
      ··:··:·· The rollout of v2 begins.

    shipgate
      ··:··:·· Every machine runs v2, verified.
      – 4106093355a173: runs v2, verified
      – 4375d392c75e16: runs v2, verified
      – c39c4f33660cb0: runs v2, verified
      ··:··:·· It has ended: Succeeded.
    ");
    assert_eq!(w.lines_on_discord(DEPLOYMENTS).len(), 2, "{:#?}", w.lines_on_discord(DEPLOYMENTS));
}

#[tokio::test]
async fn a_thread_that_was_archived_is_taken_out_and_put_away_again() {
    let mut w = waits_for_people().await;
    w.discord().archives("hello v2 → production");
    ends_well(&mut w).await;
    let told = w.told_in("hello v2 → production");
    assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
    assert!(w.discord().threads().iter().all(|(_, _, archived)| *archived));
}

#[tokio::test]
async fn a_locked_thread_is_left_alone_by_who_may_not_write_there() {
    let mut w = waits_for_people().await;
    w.discord().denies(DEPLOYMENTS, "MANAGE_THREADS");
    w.discord().locks("hello v2 → production");
    let before = w.told_in("hello v2 → production").len();
    ends_well(&mut w).await;
    assert_eq!(w.told_in("hello v2 → production").len(), before);
    assert_eq!(
        w.lines_on_discord(DEPLOYMENTS),
        ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"],
        "the card shows the end"
    );
    assert!(w.log().contains("Send Messages in Threads"), "{}", w.log());
    w.discord().allows(DEPLOYMENTS, "MANAGE_THREADS");
    w.pass(minutes(2)).await;
    assert!(w.told_in("hello v2 → production").len() > before, "who may write there does");
}

#[tokio::test]
async fn what_belongs_into_a_deleted_channel_is_said_beside_the_cards() {
    let mut w = waits_for_people().await;
    w.discord().deletes_channel(ANNOUNCEMENTS);
    ends_well(&mut w).await;
    assert_eq!(w.lines_on_discord(DEPLOYMENTS).last().expect("a line"), "hello v2 → production succeeded.");
}

#[tokio::test]
async fn without_the_channel_of_the_cards_the_release_goes_on_and_nothing_is_hammered() {
    let mut w = waits_for_people().await;
    w.discord().deletes_channel(DEPLOYMENTS);
    let before = w.discord().requests().len();
    ends_well(&mut w).await;
    w.pass(minutes(20)).await;
    let asked = w.discord().requests().len() - before;
    assert!(asked < 150, "{asked} requests in twenty minutes");
    assert!(w.log().contains("Discord knows no such channel channel=100000000000000002"), "{}", w.log());
}

#[tokio::test]
async fn what_a_thread_has_told_is_not_read_again() {
    let mut w = waits_for_people().await;
    let before = w.told_in("hello v2 → production");
    w.spoils_the_ledgers(true).await;
    ends_well(&mut w).await;
    w.spoils_the_ledgers(false).await;
    let told = w.told_in("hello v2 → production");
    assert_eq!(told[..before.len()], before);
    assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
}

#[tokio::test]
async fn two_cards_at_a_time_do_not_wait_for_each_other() {
    let mut w = waits_for_people().await;
    w.discord().always_fails("PATCH", "", Fault::status(500));
    w.cy().says("/deploy staging v3-slow").await;
    w.until("v3-slow → staging").await;
    w.pass(seconds(5)).await;
    assert_eq!(
        w.lines_on_discord(DEPLOYMENTS).len(),
        3,
        "the new card is posted: {:#?}",
        w.lines_on_discord(DEPLOYMENTS)
    );
    w.discord().works_again();
    w.until("v3-slow → staging · Rolled back").await;
    w.pass(minutes(2)).await;
    assert_eq!(w.lines_on_discord(DEPLOYMENTS).len(), 3);
}
