//! The program ends, well or badly, between what people see and what they press.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, PRODUCTION, Setup};

const CARD: &str = "v2 → production";

/// How a program ends.
#[derive(Clone, Copy)]
enum End {
    Stops,
    Dies,
}

async fn promoted(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).on_discord(mode)).await;
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.types("ada", "/promote").await;
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
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
