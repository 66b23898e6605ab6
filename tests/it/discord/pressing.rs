//! Presses: refused as commands are, and what each of them changes for others.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::discord::BOB;
use crate::world::setup::{APPROVAL, PRODUCTION, Setup, WATCH, minutes};

const CARD: &str = "v2 → production";
const WAITING: &str = "v2 → production · Waiting for people";

async fn promoted_in(setup: Setup) -> World {
    let mut w = World::of(setup.machines(1, 1).on_discord("gateway")).await;
    w.is_staged_on_discord().await;
    w.types("ada", "/promote").await;
    w
}

/// v2 waits for people before production, which goes by this.
async fn promoted(production: &str) -> World {
    let mut w = promoted_in(Setup::production(production)).await;
    w.until(WAITING).await;
    w.catches_up().await;
    w
}

#[tokio::test]
async fn a_press_is_refused_exactly_as_the_command_is() {
    let mut w = promoted(APPROVAL).await;
    for (name, label, line) in [
        ("eve", "Approve", "/approve"),
        ("eve", "Abort", "/abort"),
        ("ada", "Approve", "/approve environment:production"),
    ] {
        assert_eq!(w.clicks(name, CARD, label).await, w.types(name, line).await);
    }
    assert_snapshot!(w.clicks("eve", CARD, "Approve").await, @r"
    shipgate to eve (private)
      | **You may not approve or reject.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `approve` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    assert_snapshot!(w.clicks("eve", CARD, "Abort").await, @r"
    shipgate to eve (private)
      | **You may not roll back.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `rollback` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    assert_snapshot!(w.clicks("ada", CARD, "Approve").await, @"
    shipgate to ada (private)
      | **You asked for this release yourself, so your own approval does not count.** #e67e22
      | Ask somebody else to approve it.
      | _ code for questions about this: own_request
    ");
    assert_snapshot!(w.clicks_because("eve", CARD, "Reject", "because I say so").await, @r"
    form `Reject`: Why?
    shipgate to eve (private)
      | **You may not approve or reject.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `approve` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    let asked = w.discord().person("eve").locale("ja").clicks(w.message(CARD).id, "Approve");
    assert_snapshot!(w.hears(&asked).await, @r"
    shipgate to eve (private)
      | **承認・却下の権限がありません。** #e67e22
      | 権限のある人に依頼してください。権限は設定の \[permissions\] の `approve` で付与します。
      | _ お問い合わせ用コード：not_permitted
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0]);
}

#[tokio::test]
async fn a_role_is_enough_where_nobody_has_to_be_told_apart() {
    let mut setup = Setup::production(APPROVAL).machines(1, 1).on_discord("gateway");
    setup.config = setup.config.replace(&format!(", \"discord:user:{BOB}\""), "");
    let mut w = World::of(setup).await;
    w.is_promoted_on_discord("Waiting for people").await;
    assert_snapshot!(w.clicks("bob", CARD, "Approve").await, @r"
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn a_no_asks_for_its_reason_and_tells_it_to_the_one_who_asked() {
    let mut w = promoted(APPROVAL).await;
    assert_snapshot!(w.clicks_because("bob", CARD, "Reject", "not on a monday").await, @r"
    form `Reject`: Why?
    shipgate to bob (private)
      | **You rejected v2 for production.** #2ecc71
      | Nothing was touched: production runs what it ran before.
    ");
    w.catches_up().await;
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to production.
      ··:··:·· Found running: v1, on 1 machine.
      ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
      ··:··:·· People were called: approval.
    shipgate (pings @releasers)
      <@&100000000000000010> hello v2 → production waits for you: approval. ada asked for it.
    shipgate (pings @ada)
      <@100000000000000020> hello v2 → production was stopped; nothing was touched. bob rejected it: not on a monday.
    shipgate
      ··:··:·· It has ended: Aborted. bob rejected it: not on a monday.
    ");
    assert_snapshot!(w.on_discord("announcements"), @"
    shipgate
      hello v2 → staging succeeded.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
    assert_eq!(w.message(CARD).buttons(), [""; 0]);
}

#[tokio::test]
async fn who_snoozes_by_button_is_called_once_more() {
    let mut w = promoted(APPROVAL).await;
    assert_snapshot!(w.clicks("eve", CARD, "Snooze").await, @"
    shipgate to eve (private)
      | **“approval” is for releasers to decide, and you are not one of them.** #e67e22
      | Ask somebody of releasers.
      | _ code for questions about this: not_in_group
    ");
    assert_snapshot!(w.clicks("bob", CARD, "Snooze").await, @"
    shipgate to bob (private)
      | **You snoozed v2 for production until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>.** #2ecc71
      | Only people are missing now (releasers). Nothing is touched before they decide.
    ");
    w.catches_up().await;
    assert!(w.card_on_discord(CARD).contains("The snooze by bob ends"), "{}", w.card_on_discord(CARD));
    let called =
        |w: &World| w.told_in("hello v2 → production").iter().filter(|line| line.contains("waits for you")).count();
    let before = called(&w);
    w.pass(minutes(31)).await;
    assert_eq!(called(&w), before + 1, "{:#?}", w.told_in("hello v2 → production"));
}

#[tokio::test]
async fn what_is_barred_meanwhile_is_not_offered_any_more_and_nothing_goes_back_to_it() {
    let mut w = promoted_in(Setup::production(WATCH)).await;
    w.until("v2 → production · Watching").await;
    w.catches_up().await;
    assert_eq!(w.message("v2 → staging").buttons(), ["Promote", "Roll back"]);
    w.clicks_because("bob", CARD, "Roll back", "pages are blank").await;
    w.until("v2 → production · Rolled back").await;
    w.catches_up().await;
    assert_eq!(w.message("v2 → staging").buttons(), ["Roll back"]);
    w.types("ada", "/deploy environment:staging version:v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    w.catches_up().await;
    let card = w.card_on_discord("v4-late → staging");
    assert!(card.contains("in place of v2"), "{card}");
    let form = w.reaches("bob", "v4-late → staging", "Roll back");
    assert_snapshot!(w.hears(&form).await, @"form `Roll back to v1`: Why?");
    assert_snapshot!(w.types("ada", "/unquarantine version:v2 reason:it was the proxy").await, @"
    shipgate to ada (private)
      | **v2 may be released again.** #2ecc71
      | Others read: it was the proxy
    ");
    let form = w.reaches("bob", "v4-late → staging", "Roll back");
    assert_snapshot!(w.hears(&form).await, @"form `Roll back to v2`: Why?");
}

#[tokio::test]
async fn what_is_let_out_again_is_offered_again() {
    let mut w = promoted_in(Setup::production(WATCH)).await;
    w.until("v2 → production · Watching").await;
    w.catches_up().await;
    w.clicks_because("bob", CARD, "Roll back", "pages are blank").await;
    w.until("v2 → production · Rolled back").await;
    w.types("ada", "/unquarantine version:v2 reason:it was the proxy").await;
    w.catches_up().await;
    assert_eq!(w.message("v2 → staging").buttons(), ["Promote", "Roll back"]);
}

#[tokio::test]
async fn what_succeeded_is_promoted_by_a_button() {
    let mut w = World::of(Setup::production("").in_locale("ja").machines(1, 1).on_discord("gateway")).await;
    w.types_in("ja", "ada", "/deploy environment:staging").await;
    w.until("v2 → staging · 成功").await;
    w.catches_up().await;
    let [promote, back] = w.message("v2 → staging").buttons().try_into().expect("two buttons");
    assert_snapshot!(format!("{promote} {back}"), @"昇格 ロールバック");
    let person = w.discord().person("eve").locale("ja");
    let asked = person.clicks(w.message("v2 → staging").id, &promote);
    assert_snapshot!(w.hears(&asked).await, @r"
    shipgate to eve (private)
      | **次以降の環境への昇格の権限がありません。** #e67e22
      | 権限のある人に依頼してください。権限は設定の \[permissions\] の `promote` で付与します。
      | _ お問い合わせ用コード：not_permitted
    ");
    let asked = w.discord().person("bob").locale("ja").clicks(w.message("v2 → staging").id, &promote);
    assert_snapshot!(w.hears(&asked).await, @r"
    shipgate to bob (private)
      | **受け付けました：v2 を production へ** #95a5a6
      | production で現在動いているものを確認しています。まだ何も変更していません。
    ");
    w.until("v2 → production · 成功").await;
}
