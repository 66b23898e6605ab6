//! The program ends, well or badly, between what people see and what they press.

use std::sync::Arc;

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::DEPLOYMENTS;
use crate::world::setup::{APPROVAL, PRODUCTION, Setup, minutes, seconds};
use crate::world::watcher::Plug;

const CARD: &str = "v2 → production";

/// How a program ends.
#[derive(Clone, Copy)]
enum End {
    Stops,
    Dies,
}

async fn promoted(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).on_discord(mode)).await;
    w.is_promoted_on_discord("Waiting for people").await;
    w
}

async fn starts_anew(w: &mut World, end: End) {
    match end {
        End::Stops => w.stops().await,
        End::Dies => w.dies().await,
    }
    w.starts_again().await;
    w.discord_is_ready().await;
}

#[tokio::test]
async fn a_button_works_after_any_restart() {
    let mut heard = Vec::new();
    for (mode, end) in [("gateway", End::Stops), ("gateway", End::Dies), ("http", End::Stops), ("http", End::Dies)] {
        let mut w = promoted(mode).await;
        starts_anew(&mut w, end).await;
        heard.push(w.clicks("bob", CARD, "Approve").await);
        w.until("v2 → production · Succeeded").await;
        assert_eq!(w.fly().updates(PRODUCTION), [1]);
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @r"
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn a_form_is_taken_by_the_next_program() {
    let mut heard = Vec::new();
    for (mode, end) in [("gateway", End::Stops), ("gateway", End::Dies), ("http", End::Dies)] {
        let mut w = promoted(mode).await;
        let form = w.reaches("bob", CARD, "Reject");
        w.hears(&form).await;
        starts_anew(&mut w, end).await;
        heard.push(w.submits("bob", &form, "not on a monday").await);
        w.until("v2 → production · Aborted").await;
        assert_eq!(w.fly().updates(PRODUCTION), [0]);
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @r"
    shipgate to bob (private)
      | **You rejected v2 for production.** #2ecc71
      | Nothing was touched: production runs what it ran before.
    ");
}

/// bob's yes has reached the endpoint, which has said that it takes it; then the program dies at a boundary, and the next
/// one runs. The button, and the body that came.
async fn dies_over_a_yes(boundary: &'static str) -> (World, String, String) {
    let mut w = promoted("http").await;
    let button = w.message(CARD).custom_id("Approve");
    w.program().watcher.arm(Plug::When(boundary));
    let asked = w.reaches("bob", CARD, "Approve");
    w.program().watcher.dies().await;
    w.discord().until("the 202", |_| asked.is_taken()).await;
    // Then Discord tells bob that nobody has answered.
    w.clock.advance(seconds(3));
    let body = w.discord().last_posted().expect("an interaction").to_string();
    starts_anew(&mut w, End::Dies).await;
    assert!(asked.answer().is_none(), "{boundary}: nobody could answer it");
    (w, button, body)
}

/// The same interaction comes once more; the status that it is answered with.
async fn comes_again(w: &World, body: &str) -> u16 {
    let (signature, timestamp) = w.discord().signs(body.as_bytes());
    let url = format!("http://{}/discord/interactions", w.program().app.address());
    let request = reqwest::Client::new().post(url).header("content-type", "application/json").body(body.to_owned());
    let request = request.header("X-Signature-Ed25519", signature).header("X-Signature-Timestamp", timestamp);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_press_that_was_taken_and_not_committed_counts_when_it_is_repeated() {
    let (mut w, _, body) = dies_over_a_yes("about_to_commit advance").await;
    w.catches_up().await;
    assert!(w.message(CARD).buttons().contains(&"Approve".to_owned()), "{}", w.card_on_discord(CARD));
    assert_eq!(w.fly().updates(PRODUCTION), [0], "it did not count");
    assert_snapshot!(w.clicks("bob", CARD, "Approve").await, @"
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
    // What bob did first was never done: it may still come, and is on an old card by now.
    assert_eq!(comes_again(&w, &body).await, 202);
    assert_eq!(comes_again(&w, &body).await, 409);
    w.catches_up().await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn the_same_press_may_come_again_where_it_was_not_committed_and_counts_once() {
    let (mut w, _, body) = dies_over_a_yes("about_to_commit advance").await;
    assert_eq!(comes_again(&w, &body).await, 202);
    // It waits for its turn: what came before it is done then.
    assert_eq!(comes_again(&w, &body).await, 409);
    w.until("v2 → production · Succeeded").await;
    w.settle().await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn a_press_that_was_committed_and_not_answered_counts_once_and_the_card_shows_it() {
    let (mut w, button, body) = dies_over_a_yes("committed advance").await;
    assert_eq!(comes_again(&w, &body).await, 409, "it was done already");
    w.catches_up().await;
    assert!(!w.message(CARD).buttons().contains(&"Approve".to_owned()), "{}", w.card_on_discord(CARD));
    let message = w.message(CARD).id;
    assert_snapshot!(w.clicks_id("bob", message, &button).await, @"
    shipgate to bob (private)
      | **Something has changed since that card was painted, so the press did not count.** #e67e22
      | bob was first: Approve.
      | Look at the card as it is now and press again if you still want to (it was revision 3, now it is 5).
      | _ code for questions about this: stale_card
    ");
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
    let told = w.told_in("hello v2 → production");
    assert_eq!(told.iter().filter(|line| line.contains("bob approved")).count(), 1, "{told:#?}");
}

#[tokio::test]
async fn who_pressed_is_answered_before_the_program_stops() {
    for mode in ["http", "gateway"] {
        let mut w = promoted(mode).await;
        let watcher = Arc::clone(&w.program().watcher);
        watcher.holds("committed advance");
        let asked = w.reaches("bob", CARD, "Approve");
        watcher.holds_something().await;
        tokio::join!(w.stops(), async { watcher.lets_go() });
        assert!(asked.seen().contains("You approved v2 for production"), "{mode}: {}", asked.seen());
        w.starts_again().await;
        w.until("v2 → production · Succeeded").await;
        assert_eq!(w.fly().updates(PRODUCTION), [1], "{mode}");
    }
}

/// What Discord has refused.
fn refused(w: &World) -> usize {
    let is_no = |one: &crate::world::discord::Exchange| one.answer.as_ref().is_some_and(|(status, _)| *status == 403);
    w.discord().requests().iter().filter(|one| is_no(one)).count()
}

/// After an hour a card is tried every quarter of an hour, and what belongs to it after twice as long as before.
#[tokio::test]
async fn what_somebody_has_mended_works_at_the_next_start_and_what_not_is_tried_once() {
    for permission in ["SEND_MESSAGES", "CREATE_PUBLIC_THREADS"] {
        let setup = Setup::production(APPROVAL).machines(1, 1).instantly().on_discord("http").and_at_the_terminal();
        let mut w = World::of(setup).await;
        w.discord().denies(DEPLOYMENTS, permission);
        w.ada().says("/deploy staging").await;
        w.until("v2 → staging · Succeeded").await;
        w.ada().presses("Promote").await;
        w.until("v2 → production · Waiting for people").await;
        w.pass(minutes(66)).await;
        let before = refused(&w);
        starts_anew(&mut w, End::Stops).await;
        w.pass(seconds(50)).await;
        let tries = refused(&w) - before;
        assert!((1..=3).contains(&tries), "{tries} tries without {permission}");
        w.discord().allows(DEPLOYMENTS, permission);
        starts_anew(&mut w, End::Dies).await;
        w.catches_up().await;
        let told = w.told_in("hello v2 → production");
        assert!(told.iter().any(|line| line.contains("ada asked to take v2 to production")), "{permission}: {told:#?}");
    }
}
