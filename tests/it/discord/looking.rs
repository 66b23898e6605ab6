//! What everybody sees: the channel and the thread of releases that did not go through.

use insta::assert_snapshot;
use shipgate::sim::Boot;

use crate::world::World;
use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS, INCIDENTS, WARNINGS};
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH};
use crate::world::wire::Trouble;

async fn world(production: &str) -> World {
    World::of(Setup::production(production).machines(1, 1).instantly().on_discord("gateway")).await
}

/// v2 in staging, and asked for in production.
async fn promoted(production: &str) -> World {
    let mut w = world(production).await;
    w.is_staged_on_discord().await;
    w.types("ada", "/promote").await;
    w
}

#[tokio::test]
async fn a_gate_that_fails_takes_it_back() {
    let mut w = world(HEALTH).await;
    w.is_staged_on_discord().await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.types("ada", "/promote").await;
    w.until("v2 → production · Rolled back").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @r"
    shipgate (edited)
      | **hello v2 → production · Rolled back** #e67e22
      | production runs v1 again.
      | The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      | v2 is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine`, which asks for the version and a reason.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **After the rollout**
      | ❌ **health** · failed · http\://hello-production/health answered 500 instead of 200.
      | _ requested by ada · #········ · ledger ········
      # hello v2 → production (archived)
    ");
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to production.
      ··:··:·· Found running: v1, on 1 machine.
      ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
      ··:··:·· The rollout of v2 begins.
      ··:··:·· Every machine runs v2, verified.
      – 4106093355a173: runs v2, verified
      ··:··:·· The gates after the rollout are asked now.
      ··:··:·· Gate “health”, answer 1: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 2: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 3: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 4: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 5: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 6: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 7: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 8: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      ··:··:·· production goes back to v1.
      ··:··:·· Every machine runs v1 again, verified.
      – 4106093355a173: runs v1 again, verified
      ··:··:·· It has ended: Rolled back.
    ");
    assert_snapshot!(w.on_discord(WARNINGS), @r"
    shipgate (pings @ada)
      <@100000000000000020> hello v2 → production goes back to v1. The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      https://discord.com/channels/100000000000000001/100000000000000002/…

    shipgate (pings @ada)
      <@100000000000000020> hello in production runs v1 again; v2 is barred. The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn a_watch_takes_it_back_in_japanese() {
    let setup = Setup::production(WATCH).machines(1, 1).instantly().in_locale("ja").on_discord("gateway");
    let mut w = World::of(setup).await;
    w.types_in("ja", "ada", "/deploy environment:staging").await;
    w.until("v2 → staging · 成功").await;
    w.types_in("ja", "ada", "/promote").await;
    w.until("v2 → production · 監視中").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @r"
    shipgate (edited)
      | **hello v2 → production · 監視中** #3498db
      | 全マシンが v2 で動き、ゲートも通過しました。監視ルールに違反すると、production は自動で v1 に戻ります。
      |
      | **リリース** v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      | **依頼** ada さん（11月23日(月) ··:·· Asia/Tokyo）
      |
      | **監視**
      | ⏱ 監視終了 11月23日(月) ··:·· Asia/Tokyo（<t:…:R>）
      | ✅ **health** · 2 回連続の失敗でロールバック · 現在 0 回連続 · サンプル 2 件 · 直近：http\://hello-production/health は 0 ms で 200 を返しました。
      | _ 依頼者 ada · #········ · 台帳 ········
      [ロールバック]!
      # hello v2 → production
    ");
    w.fly().edge_fails(PRODUCTION, Trouble::Says(503, "busy"));
    w.until_it("the end", |w| w.screen.card("v2 → production").is_some_and(|card| card.buttons.is_empty())).await;
    w.catches_up().await;
    w.catches_up().await;
    assert_snapshot!(w.on_discord(DEPLOYMENTS), @r"
    shipgate (edited)
      | **hello v2 → staging · 成功** #2ecc71
      | v2 が staging で動いており、すべての確認を通過しました。
      |
      | **リリース** v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      | **依頼** ada さん（11月23日(月) ··:·· Asia/Tokyo）
      |
      | **展開後**
      | ✅ **health** · 通過 · 連続 2/2 回 · http\://hello-staging/health は 0 ms で 200 を返しました。
      | _ 依頼者 ada · #········ · 台帳 ········
      [ロールバック]!
      # hello v2 → staging (archived)

    shipgate (edited)
      | **hello v2 → production · ロールバック済み** #e67e22
      | production は v1 に戻りました。
      | ルール「health」に違反しました：2 回連続で失敗（上限 2 回）、··:··:··〜··:··:··（10秒間）。最後の結果：http\://hello-production/health は 200 ではなく 503 を返しました。
      | v2 は隔離され、どの環境にも出せません。修正して新しいバージョンをリリースしてください。原因が別にあった場合は、`/unquarantine` にバージョンと理由を入力すると解除できます。
      |
      | **リリース** v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      | **依頼** ada さん（11月23日(月) ··:·· Asia/Tokyo）
      |
      | **監視**
      | ❌ **health** · 2 回連続の失敗でロールバック · 現在 2 回連続 · サンプル 4 件 · 直近：http\://hello-production/health は 200 ではなく 503 を返しました。
      | _ 依頼者 ada · #········ · 台帳 ········
      # hello v2 → production (archived)
    ");
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada さんが v2 を production に出すよう依頼しました。
      ··:··:·· 稼働状況を確認しました：v1（マシン 1 台）。
      ··:··:·· 計画を確定しました。問題があれば production を v1 に戻します。
      ··:··:·· v2 の展開を始めます。
      ··:··:·· 全マシンが v2 で動いています（検証済み）。
      – 4106093355a173：v2 で稼働（検証済み）
      ··:··:·· 監視を始めます（1分間）：health。
      ··:··:·· ルール「health」サンプル 1：通過（0 · http\://hello-production/health は 0 ms で 200 を返しました）
      ··:··:·· ルール「health」サンプル 3：失敗（http\://hello-production/health は 200 ではなく 503 を返しました）
      ··:··:·· ルール「health」サンプル 4：失敗（http\://hello-production/health は 200 ではなく 503 を返しました）
      ··:··:·· production を v1 に戻します。ルール「health」に違反しました：2 回連続で失敗（上限 2 回）、··:··:··〜··:··:··（10秒間）。最後の結果：http\://hello-production/health は 200 ではなく 503 を返しました。
      ··:··:·· 全マシンが v1 に戻りました（検証済み）。
      – 4106093355a173：v1 に復元（検証済み）
      ··:··:·· 終了しました：ロールバック済み。
    ");
    assert_snapshot!(w.on_discord(WARNINGS), @r"
    shipgate (pings @ada)
      <@100000000000000020> hello v2 → production を v1 に戻します。ルール「health」に違反しました：2 回連続で失敗（上限 2 回）、··:··:··〜··:··:··（10秒間）。最後の結果：http\://hello-production/health は 200 ではなく 503 を返しました。
      https://discord.com/channels/100000000000000001/100000000000000002/…

    shipgate (pings @ada)
      <@100000000000000020> production の hello は v1 に戻りました。v2 は隔離されました。ルール「health」に違反しました：2 回連続で失敗（上限 2 回）、··:··:··〜··:··:··（10秒間）。最後の結果：http\://hello-production/health は 200 ではなく 503 を返しました。
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
    assert_snapshot!(w.on_discord(ANNOUNCEMENTS), @"
    shipgate
      hello v2 → staging が成功しました。
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
}

#[tokio::test]
async fn what_needs_people_calls_them_where_incidents_are() {
    let mut w = World::of(Setup::production(HEALTH).machines(1, 2).instantly().on_discord("gateway")).await;
    w.is_staged_on_discord().await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.types("ada", "/promote").await;
    w.cannot_be_put_back().await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @r"
    shipgate (edited)
      | **hello v2 → production · Needs people** #e74c3c
      | production is in a state that only people can judge. It is locked, and nothing more happens by itself.
      | The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`.
      | Look at each machine below. Then press Go back anyway to put the machines back to v1, or Keep to leave them as they are.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **After the rollout**
      | ❌ **health** · failed · http\://hello-production/health answered 500 instead of 200.
      |
      | **Machines**
      | ❌ **4106093355a173** · not as it should be · Machine `4106093355a173` of `hello-production` is not there any more. Somebody may have destroyed it.
      | ✅ **c39c4f33660cb0** · runs v1 again, verified
      | _ requested by ada · #········ · ledger ········
      [Go back anyway]! [Keep]
      # hello v2 → production (archived)
    ");
    assert_snapshot!(w.thread("hello v2 → production"), @r"
    shipgate
      ··:··:·· ada asked to take v2 to production.
      ··:··:·· Found running: v1, on 2 machines.
      ··:··:·· The plan is fixed. If something goes wrong, production goes back to v1.
      ··:··:·· The rollout of v2 begins.
      ··:··:·· Every machine runs v2, verified.
      – 4106093355a173: runs v2, verified
      – c39c4f33660cb0: runs v2, verified
      ··:··:·· The gates after the rollout are asked now.
      ··:··:·· Gate “health”, answer 1: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 2: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 3: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 4: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 5: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 6: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 7: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· Gate “health”, answer 8: failed (http\://hello-production/health answered 500 instead of 200).
      ··:··:·· The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      ··:··:·· production goes back to v1.
      ··:··:·· The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`.
      – 4106093355a173: not as it should be · Machine `4106093355a173` of `hello-production` is not there any more. Somebody may have destroyed it.
      – c39c4f33660cb0: runs v1 again, verified
      ··:··:·· It has ended: Needs people.
    ");
    assert_snapshot!(w.on_discord(INCIDENTS), @r"
    shipgate (pings @releasers @ada)
      <@&100000000000000010> <@100000000000000020> hello in production needs people now, and is locked. The machines could not be put back: Not everything in `hello-production` is back as it was. Not restored: 4106093355a173 (destroyed). Look at each with `fly machine status`. The card shows each machine and what to press.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
    assert_snapshot!(w.on_discord(WARNINGS), @r"
    shipgate (pings @ada)
      <@100000000000000020> hello v2 → production goes back to v1. The gate “health” failed: http\://hello-production/health answered 500 instead of 200.
      https://discord.com/channels/100000000000000001/100000000000000002/…
    ");
}

#[tokio::test]
async fn a_rejected_one_tells_why() {
    let mut w = promoted(APPROVAL).await;
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @"
    shipgate (edited)
      | **hello v2 → production · Waiting for people** #9b59b6
      | Only people are missing now (releasers). Nothing is touched before they decide.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **Gates before the rollout**
      | 🙋 **approval** · waits for releasers · 1 approval needed, not from ada, who asked for it
      | _ requested by ada · #········ · ledger ········
      [Approve] [Reject]! [Snooze] [Abort]!
      # hello v2 → production
    ");
    w.types("bob", "/reject reason:not on a monday").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @"
    shipgate (edited)
      | **hello v2 → production · Aborted** #95a5a6
      | Nothing was touched: production runs what it ran before.
      | bob rejected it: not on a monday.
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
      <@100000000000000020> hello v2 → production was stopped; nothing was touched. bob rejected it: not on a monday.
    shipgate
      ··:··:·· It has ended: Aborted. bob rejected it: not on a monday.
    ");
}

#[tokio::test]
async fn a_superseded_one_says_by_whom() {
    let mut w = promoted(APPROVAL).await;
    w.until("v2 → production · Waiting for people").await;
    w.types("bob", "/promote version:v2 again:true").await;
    w.types("bob", "/deploy environment:staging version:v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    w.types("bob", "/promote version:v4-late").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → production"), @"
    shipgate (edited)
      | **hello v2 → production · Superseded** #95a5a6
      | Nothing was touched: production runs what it ran before.
      | bob asked for v4-late instead.
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
      <@100000000000000020> hello v2 → production is off, ada: bob asked for v4-late instead.
    shipgate
      ··:··:·· It has ended: Superseded. bob asked for v4-late instead.
    ");
}

#[tokio::test]
async fn a_machine_that_does_not_come_up_is_named() {
    let mut w = world("").await;
    w.fly().next_boot(STAGING, 0, Boot::Fails);
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Rolled back").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("v2 → staging"), @"
    shipgate (edited)
      | **hello v2 → staging · Rolled back** #e67e22
      | staging runs v1 again.
      | The rollout failed: Machine `8430318e2cd164` did not boot: it is `failed` (exit code -). See `fly logs`.
      | v2 is barred from every environment. Fix it and release a new version; or, if the fault was elsewhere, lift it with `/unquarantine`, which asks for the version and a reason.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | _ requested by ada · #········ · ledger ········
      # hello v2 → staging (archived)
    ");
}
