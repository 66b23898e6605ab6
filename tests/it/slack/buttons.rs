//! Every button and every menu on its way through, over both ways in, and who may not press it.

use futures::FutureExt as _;
use insta::assert_snapshot;

use super::deciding::{ANYWAY, BACK, KEPT, LEFT};
use super::{cards, over_either};
use crate::ways;
use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, ITEMS, Setup, WATCH};

pub(super) const CARD: &str = "v2 → production";

/// What is pressed in each story, by the keys of the buttons' words.
const YES: &[&str] = &["button-promote", "button-promote", "button-snooze", "button-confirm", "button-approve"];
const NO: &[&str] = &["button-reject", "button-abort", "button-abort"];
const WATCHED: &[&str] = &["button-roll-back", "button-roll-back"];
const ENDED: &[&str] = &["button-roll-back"];
const HELD: &[&str] =
    &["button-resume", "button-resume", "button-next", "button-next", "button-unlock", "button-unlock"];

pub(super) async fn staged(mode: &str, production: &str, machines: usize) -> World {
    let setup = Setup::production(production).machines(1, machines).on_slack(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    w.is_staged_on_slack().await;
    w
}

pub(super) async fn promoted(mode: &str, production: &str, until: &str) -> World {
    let setup = Setup::production(production).machines(1, 1).on_slack(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    w.is_promoted_on_slack(until).await;
    w
}

/// What was told, and what everybody sees when the cards have caught up: but for the first, that of staging.
pub(super) async fn ends(mut w: World, mut told: Vec<String>, keys: &[&str]) -> String {
    w.slack_catches_up().await;
    ways::are_pressed(&w.slack().pressed(), keys);
    told.extend(cards(&w).into_iter().skip(1));
    told.join("\n")
}

#[test]
fn no_button_is_left_out() {
    let all = [YES, NO, WATCHED, ENDED, KEPT, BACK, ANYWAY, LEFT, HELD].concat();
    ways::are_all_buttons(&all);
}

#[tokio::test]
async fn on_the_way_to_a_yes() {
    let told = over_either(async |mode| {
        let mut w = staged(mode, &format!("{ITEMS}{APPROVAL}"), 1).await;
        let mut told = vec![w.on_slack("eve").presses("v2 → staging", "Promote").await];
        told.push(w.on_slack("ada").presses("v2 → staging", "Promote").await);
        w.until("v2 → production · Waiting for people").await;
        w.slack_catches_up().await;
        told.push(w.on_slack("bob").presses(CARD, "Snooze").await);
        w.slack_catches_up().await;
        told.push(w.on_slack("eve").chooses(CARD, "Tick an item…", "support informed").await);
        told.push(w.on_slack("bob").chooses(CARD, "Tick an item…", "support informed").await);
        w.slack_catches_up().await;
        told.push(w.on_slack("eve").presses(CARD, "Confirm").await);
        w.slack_catches_up().await;
        told.push(w.on_slack("bob").presses(CARD, "Approve").await);
        w.until("v2 → production · Succeeded").await;
        w.slack_catches_up().await;
        told.push(w.card_on_slack("v2 → staging"));
        ends(w, told, YES).await
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to eve (private)
      # 🟠 You may not promote to a later environment.
      Ask somebody who may. Whoever keeps the config grants it with `promote` under [permissions].
      _ code for questions about this: not_permitted

    shipgate to ada (private)
      # ⚪ On its way: v2 to production
      Asking what runs in production now. Nothing is touched yet.

    shipgate to bob (private)
      # 🟢 You snoozed v2 for production until ··:·· Mon 23 Nov, Asia/Tokyo, in 30 min.
      Only people are missing now (anyone, releasers). Nothing is touched before they decide.

    shipgate to eve (private)
      # 🟠 “support informed” is for releasers to decide, and you are not one of them.
      Ask somebody of releasers.
      _ code for questions about this: not_in_group

    shipgate to bob (private)
      # 🟢 Ticked, for v2 to production.
      Only people are missing now (anyone, releasers). Nothing is touched before they decide.

    shipgate to eve (private)
      # 🟢 Ticked, for v2 to production.
      Only people are missing now (releasers). Nothing is touched before they decide.

    shipgate to bob (private)
      # 🟢 You approved v2 for production.
      v2 takes the place of v1, machine by machine.

    shipgate (edited)
      # 🟢 hello v2 → staging · Succeeded
      v2 runs in staging and has passed everything.
      Next: press Promote to take it to production.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-staging/health answered 200 in 0 ms.
      [Promote]+ [Roll back]!
      _ requested by ada · #········ · ledger ········

    shipgate
      # 🟢 hello v2 → production · Succeeded
      v2 runs in production and has passed everything.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      ✅ *Before* · 3 gates passed: notes written (eve), support informed (bob), approval (bob)
      [Roll back]!
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn several_approvals_are_one_menu_and_the_last_one_a_button() {
    let told = over_either(async |mode| {
        let second = APPROVAL.replace("\"approval\"", "\"second pair of eyes\"");
        let mut w = promoted(mode, &format!("{APPROVAL}{second}"), "Waiting for people").await;
        let mut told = vec![w.card_on_slack(CARD)];
        told.push(w.on_slack("bob").chooses(CARD, "Approve a gate…", "second pair of eyes").await);
        w.slack_catches_up().await;
        told.push(w.on_slack("bob").presses(CARD, "Approve").await);
        w.until("v2 → production · Succeeded").await;
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate (edited)
      # 🟣 hello v2 → production · Waiting for people
      Only people are missing now (releasers). Nothing is touched before they decide.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *Gates before the rollout*
      🙋 *approval* · waits for releasers · 1 approval needed, not from ada, who asked for it
      🙋 *second pair of eyes* · waits for releasers · 1 approval needed, not from ada, who asked for it
      [Reject]! [Snooze] [Abort]! <Approve a gate…: approval | second pair of eyes>
      _ requested by ada · #········ · ledger ········

    shipgate to bob (private)
      # 🟢 You approved v2 for production.
      Only people are missing now (releasers). Nothing is touched before they decide.

    shipgate to bob (private)
      # 🟢 You approved v2 for production.
      v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn in_a_japanese_channel_they_are_japanese_and_who_presses_is_answered_in_their_own_language() {
    let told = over_either(async |mode| {
        let setup = Setup::production(APPROVAL).machines(1, 1).on_slack(mode).instantly().in_locale("ja");
        let mut w = World::of(setup).boxed_local().await;
        w.slack().person("ada").reads("ja-JP");
        w.on_slack("ada").types("/deploy staging").await;
        w.until("v2 → staging · 成功").await;
        w.slack_catches_up().await;
        let mut told = vec![w.card_on_slack("v2 → staging")];
        told.push(w.on_slack("ada").presses("v2 → staging", "昇格").await);
        w.until("v2 → production · 担当者の操作待ち").await;
        w.slack_catches_up().await;
        told.push(w.card_on_slack(CARD));
        told.push(w.on_slack("ada").presses(CARD, "承認").await);
        told.push(w.on_slack("bob").presses(CARD, "承認").await);
        w.until("v2 → production · 成功").await;
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate (edited)
      # 🟢 hello v2 → staging · 成功
      v2 が staging で動いており、すべての確認を通過しました。
      次は「昇格」を押すと production に進みます。
      *リリース* v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      *依頼* ada さん（11月23日(月) ··:·· Asia/Tokyo）
      *展開後*
      ✅ *health* · 通過 · 連続 2/2 回 · http://hello-staging/health は 0 ms で 200 を返しました。
      [昇格]+ [ロールバック]!
      _ 依頼者 ada · #········ · 台帳 ········

    shipgate to ada (private)
      # ⚪ 受け付けました：v2 を production へ
      production で現在動いているものを確認しています。まだ何も変更していません。

    shipgate (edited)
      # 🟣 hello v2 → production · 担当者の操作待ち
      残るは担当者（releasers）の操作だけです。それまでは何も変更しません。
      *リリース* v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      *依頼* ada さん（11月23日(月) ··:·· Asia/Tokyo）
      *展開前のゲート*
      🙋 *approval* · releasers の操作待ち · 依頼者の ada さん以外の承認が 1 人必要
      [承認]+ [却下]! [スヌーズ] [中止]!
      _ 依頼者 ada · #········ · 台帳 ········

    shipgate to ada (private)
      # 🟠 自分が依頼したデプロイは、自分では承認できません。
      ほかの人に承認を依頼してください。
      _ お問い合わせ用コード：own_request

    shipgate to bob (private)
      # 🟢 You approved v2 for production.
      v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn a_no_with_its_reason_and_a_stop_without_one() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, APPROVAL, "Waiting for people").await;
        let mut told = vec![w.on_slack("bob").presses_because(CARD, "Reject", "not on a monday").await];
        w.on_slack("ada").types("/promote").await;
        w.until("v2 → production · Waiting for people").await;
        w.slack_catches_up().await;
        told.push(w.on_slack("eve").presses(CARD, "Abort").await);
        told.push(w.on_slack("ada").presses(CARD, "Abort").await);
        ends(w, told, NO).await
    })
    .await;
    assert_snapshot!(told, @"
    form `Reject`
      Why?:
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.

    shipgate to eve (private)
      # 🟠 You may not roll back.
      Ask somebody who may. Whoever keeps the config grants it with `rollback` under [permissions].
      _ code for questions about this: not_permitted

    shipgate to ada (private)
      # 🟢 You stopped v2 to production.
      Nothing was touched: production runs what it ran before.

    shipgate
      # ⚪ hello v2 → production · Aborted
      Nothing was touched: production runs what it ran before.
      bob rejected it: not on a monday.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········

    shipgate
      # ⚪ hello v2 → production · Aborted
      Nothing was touched: production runs what it ran before.
      ada stopped it.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn back_out_of_a_watch() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, WATCH, "Watching").await;
        let mut told = vec![w.on_slack("eve").presses_because(CARD, "Roll back", "I do not like it").await];
        told.push(w.on_slack("bob").presses_because(CARD, "Roll back", "pages are blank").await);
        w.until("v2 → production · Rolled back").await;
        ends(w, told, WATCHED).await
    })
    .await;
    assert_snapshot!(told, @"
    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to eve (private)
      # 🟠 You may not roll back.
      Ask somebody who may. Whoever keeps the config grants it with `rollback` under [permissions].
      _ code for questions about this: not_permitted

    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 You stopped v2 to production.
      production goes back to v1. Nothing to do; this card says when it is there.

    shipgate
      # 🟠 hello v2 → production · Rolled back
      production runs v1 again.
      bob stopped it: pages are blank.
      v2 is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine v2 reason`.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn back_after_success_without_a_word() {
    let told = over_either(async |mode| {
        let mut w = promoted(mode, HEALTH, "Succeeded").await;
        let told = vec![w.on_slack("bob").presses_because(CARD, "Roll back", "").await];
        w.until("back to v1 in production · Succeeded").await;
        ends(w, told, ENDED).await
    })
    .await;
    assert_snapshot!(told, @"
    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # ⚪ On its way: v1 to production
      Asking what runs in production now. Nothing is touched yet.

    shipgate
      # 🟢 hello v2 → production · Succeeded
      v2 runs in production and has passed everything.
      *Release* v2 · commit d7c2c805b · in place of v1
      *Requested* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
      _ requested by ada · #········ · ledger ········

    shipgate
      # 🟢 hello back to v1 in production · Succeeded
      production runs v1 again.
      *Release* v1 · commit 7bf6161d9 · in place of v2
      *Requested* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      *After the rollout*
      ✅ *health* · passed · 2 of 2 in a row · http://hello-production/health answered 200 in 0 ms.
      _ requested by bob · #········ · ledger ········
    ");
}

#[tokio::test]
async fn a_halt_and_a_lock_end_by_their_cards() {
    let told = over_either(async |mode| {
        let mut w = staged(mode, APPROVAL, 1).await;
        w.on_slack("bob").types("/halt the provider is down").await;
        w.on_slack("bob").types("/lock production database work").await;
        w.slack_catches_up().await;
        let mut told = Vec::new();
        for (name, card, label) in [
            ("eve", "is halted", "Resume"),
            ("bob", "is halted", "Resume"),
            ("eve", "is locked", "Be next"),
            ("ada", "is locked", "Be next"),
            ("bob", "is locked", "Unlock"),
            ("ada", "is reserved for ada", "Unlock"),
        ] {
            told.push(w.on_slack(name).presses(card, label).await);
            w.slack_catches_up().await;
        }
        ends(w, told, HELD).await
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to eve (private)
      # 🟠 You may not halt everything or let it go on.
      Ask somebody who may. Whoever keeps the config grants it with `halt` under [permissions].
      _ code for questions about this: not_permitted

    shipgate to bob (private)
      # 🟢 Everything may go on.
      What waited goes on by itself as soon as its other gates are open.

    shipgate to eve (private)
      # 🟠 You may not lock environments.
      Ask somebody who may. Whoever keeps the config grants it with `lock` under [permissions].
      _ code for questions about this: not_permitted

    shipgate to ada (private)
      # 🟢 You are next. You are told when it is free, and it is kept for you for 10 minutes then.
      Only bob can start anything there. Rolling back always works.
      *Reason* database work
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      *Next* ada
      It holds until somebody unlocks it.

    shipgate to bob (private)
      # 🟢 That lock on production is lifted. It is reserved for ada now, who asked to be next.

    shipgate to ada (private)
      # 🟢 production is unlocked.

    shipgate
      # ⚪ The halt is over
      Everything may go on.
      *Reason* the provider is down
      *Halted* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      *Lifted* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      _ halt #········

    shipgate
      # ⚪ The lock on production of hello is over
      Anybody who may can start something there again.
      *Lifted*
      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      _ lock #········
    ");
}
