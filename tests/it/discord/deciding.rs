//! The buttons under what only people can judge.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::INCIDENTS;
use crate::world::setup::{HEALTH, NUMBERS, Setup, WATCH, minutes};

const CARD: &str = "v2 → production";

async fn promoted(production: &str, machines: usize) -> World {
    let setup = Setup::production(production).machines(1, machines).on_discord("gateway");
    let mut w = World::of(setup).await;
    w.is_staged_on_discord().await;
    w.types("ada", "/promote").await;
    w
}

/// v2 in production, after a watch in which the answers were too large to look into.
async fn undecided() -> World {
    let mut w = promoted(&format!("{WATCH}{NUMBERS}"), 1).await;
    w.is_undecided().await;
    w.catches_up().await;
    w
}

/// A production that could not be put back.
async fn needs_people() -> World {
    let mut w = promoted(HEALTH, 2).await;
    w.cannot_be_put_back().await;
    w.fly().works_again();
    w.catches_up().await;
    w
}

#[tokio::test]
async fn what_the_watch_cannot_judge_is_kept() {
    let mut w = undecided().await;
    assert_eq!(w.message(CARD).buttons(), ["Keep", "Roll back", "Snooze"]);
    assert_snapshot!(w.clicks("eve", CARD, "Keep").await, @r"
    shipgate to eve (private)
      | **You may not roll back.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `rollback` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    assert_snapshot!(w.clicks("bob", CARD, "Keep").await, @r"
    shipgate to bob (private)
      | **You kept v2 in production.** #2ecc71
      | v2 runs in production, but the watch could not tell whether it is good.
    ");
    w.catches_up().await;
    assert_eq!(w.message(CARD).buttons(), ["Roll back"]);
}

#[tokio::test]
async fn what_the_watch_cannot_judge_goes_back() {
    let mut w = undecided().await;
    assert_snapshot!(w.clicks_because("bob", CARD, "Roll back", "better safe").await, @"
    form `Roll back to v1`: Why?
    shipgate to bob (private)
      | **production goes back from v2.** #2ecc71
      | production goes back to v1. Nothing to do; this card says when it is there.
    ");
    w.until("v2 → production · Rolled back").await;
}

#[tokio::test]
async fn what_needs_people_goes_back_all_the_same() {
    let mut w = needs_people().await;
    assert_eq!(w.message(CARD).buttons(), ["Go back anyway", "Keep"]);
    assert_snapshot!(w.on_discord(INCIDENTS), @r"
    shipgate (pings @releasers @ada)
      <@&100000000000000010> <@100000000000000020> hello in production needs people now, and is locked. The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`. The card shows each machine and what to press.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
    assert_snapshot!(w.clicks_because("eve", CARD, "Go back anyway", "").await, @r"
    form `Go back anyway, to v1`: Why?
    shipgate to eve (private)
      | **You may not roll back.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `rollback` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    assert_snapshot!(w.clicks_because("bob", CARD, "Go back anyway", "I looked at it").await, @"
    form `Go back anyway, to v1`: Why?
    shipgate to bob (private)
      | **On its way: v1 to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.
    ");
    w.pass(minutes(2)).await;
    assert_snapshot!(w.message("production").embeds[0]["title"].as_str().unwrap_or_default(), @"hello back to v1 in production · Succeeded");
}

#[tokio::test]
async fn what_needs_people_is_kept() {
    let mut w = needs_people().await;
    assert_snapshot!(w.clicks("bob", CARD, "Keep").await, @r"
    shipgate to bob (private)
      | **You left production as it is. `/status` shows what runs there once its target has answered.** #2ecc71
      | production needed people. Somebody has decided since.
    ");
    assert_snapshot!(w.types_in("ja", "ada", "/status").await, @"
    shipgate to ada (private)
      | **hello の状況** #95a5a6
      | **staging**
      | **稼働中** v2 · 11月23日(月) ··:·· Asia/Tokyo から
      | **URL** http://hello-staging
      |
      | **production**
      | **稼働中** v1
      | **URL** http://hello-production
    ");
}
