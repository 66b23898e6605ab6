//! Every command of the table, typed once as somebody on Discord does.

use insta::assert_snapshot;
use shipgate::command::TABLE;

use crate::world::World;
use crate::world::discord::DEPLOYMENTS;
use crate::world::screen::without_durations;
use crate::world::setup::{APPROVAL, HEALTH, ITEM, Setup};

/// A release by hand.
const RELEASE: &str = "/release version:v9 image:registry.fly.io/hello@sha256:\
                       00000000000000000000000000000000000000000000000000000000000000ab";

async fn world() -> World {
    let production = format!("{APPROVAL}{ITEM}{HEALTH}");
    World::of(Setup::production(&production).machines(1, 1).on_discord("gateway")).await
}

/// Every command at least once: by whom, and which state is waited for then.
const LINES: [(&str, &str, &str); 27] = [
    ("ada", "/deploy environment:staging", "v2 → staging · Succeeded"),
    ("ada", "/smoke environment:staging", ""),
    ("eve", "/plan environment:production", ""),
    ("bob", "/halt reason:the provider is down lasting:2h", ""),
    ("bob", "/resume", ""),
    ("ada", "/lock environment:production reason:database work lasting:2h", ""),
    ("ada", "/promote", "v2 → production · Waiting for people"),
    ("bob", "/why environment:production", ""),
    ("bob", "/snooze environment:production lasting:1h", ""),
    ("ada", "/unlock environment:production", ""),
    ("bob", "/confirm gate:notes written", ""),
    ("bob", "/reject environment:production reason:not on a monday", ""),
    ("ada", "/promote environment:production version:v2", "v2 → production · Waiting for people"),
    ("bob", "/confirm environment:production gate:notes written", ""),
    ("bob", "/approve environment:production", "v2 → production · Succeeded"),
    ("eve", "/status", ""),
    ("ada", "/deploy environment:staging version:v4-late", ""),
    ("ada", "/abort environment:staging reason:wrong version", "v4-late → staging · Rolled back"),
    ("ada", "/rollback environment:production reason:errors since noon", "back to v1 in production · Succeeded"),
    (
        "ada",
        "/hotfix environment:production version:v3-slow reason:checkout is down",
        "v3-slow → production · Waiting for people",
    ),
    ("bob", "/override gate:approval environment:production reason:nobody else is awake", ""),
    ("ada", "/abort environment:production reason:not that one", ""),
    ("bob", "/unquarantine version:v2 reason:the database was down", ""),
    ("eve", "/history environment:production", ""),
    ("ada", RELEASE, ""),
    ("ada", "/help", ""),
    ("ada", "/help command:deploy", ""),
];

/// Types every command in a language, and gives what was answered.
async fn every_command(locale: &'static str) -> String {
    let mut w = world().await;
    let mut told = Vec::new();
    for (name, line, until) in LINES {
        let answer = w.types_in(locale, name, line).await;
        told.push(format!("> {line}\n{}", without_durations(&answer)));
        if !until.is_empty() {
            w.until(until).await;
        }
    }
    w.catches_up().await;
    let shown = w.discord().messages(DEPLOYMENTS);
    told.extend(shown.iter().map(|message| format!("everybody sees: {}", message.embeds[0]["title"])));
    told.join("\n")
}

#[test]
fn no_command_of_the_table_is_left_out() {
    let typed = |name: &str| LINES.iter().any(|(_, line, _)| line.split(' ').next() == Some(&format!("/{name}")));
    let missing: Vec<_> = TABLE.iter().map(|spec| spec.name).filter(|name| !typed(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn every_command_is_answered_privately() {
    assert_snapshot!(every_command("en-US").await, @r#"
    > /deploy environment:staging
    shipgate to ada (private)
      | **On its way: v2 to staging** #95a5a6
      | Asking what runs in staging now. Nothing is touched yet.

    > /smoke environment:staging
    shipgate to ada (private)
      | **Smoke test of hello in staging started: 1 check** #95a5a6

    > /plan environment:production
    shipgate to eve (private)
      | **What hello v2 → production would do** #95a5a6
      | This only looks. Nothing was asked for, and nothing happens by it.
      |
      | **Runs** v1
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Target** fly · app hello-production · strategy rolling
      | **Machines** 1 machine, as found ··:·· Mon 23 Nov, Asia/Tokyo · 4106093355a173 (started)
      | **If it fails** it goes back to v1 by itself
      |
      | **In the way**
      | ❌ **you could not ask for it: that takes the right to promote to a later environment**
      |
      | **Gates before the rollout**
      | 🙋 **approval** · waits for releasers · 1 approval needed, not from eve, who asked for it
      | 🙋 **notes written** · waits for releasers · nobody has ticked it
      |
      | **After the rollout**
      | ⏳ **health** · 2 in a row, within 40 s

    > /halt reason:the provider is down lasting:2h
    shipgate to bob (private)
      | **Everything is halted until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>: the provider is down** #e67e22
      | No new rollout starts. One under way finishes its present machine and waits. Checks, watches and rollbacks go on.

    > /resume
    shipgate to bob (private)
      | **Everything may go on.** #2ecc71
      | What waited goes on by itself as soon as its other gates are open.

    > /lock environment:production reason:database work lasting:2h
    shipgate to ada (private)
      | **production of hello is locked** #2ecc71
      | Only ada can start anything there. Rolling back always works.
      |
      | **Reason** database work
      | **Locked** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>

    > /promote
    shipgate to ada (private)
      | **On its way: v2 to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.

    > /why environment:production
    shipgate to bob (private)
      | **What hello in production waits for** #9b59b6
      | hello v2 → production · Waiting for people
      | Only people are missing now (releasers). Nothing is touched before they decide.
      |
      | **Gates before the rollout**
      | 🙋 **approval** · waits for releasers · 1 approval needed, not from ada, who asked for it
      | 🙋 **notes written** · waits for releasers · nobody has ticked it
      |
      | **After the rollout**
      | ⏳ **health** · 2 in a row, within 40 s
      |
      | **What you can do**
      | 🙋 **approval** · approve it: `/approve environment: production` · pass it over, with a reason: `/override gate: approval environment: production reason:`
      | 🙋 **notes written** · tick it: `/confirm environment: production gate: notes written` · pass it over, with a reason: `/override gate: notes written environment: production reason:`
      | 🙋 **v2** · stop it: `/abort environment: production`
      | 🙋 **the lock** · lift it: `/unlock environment: production` · be next: `/lock environment: production reason: next: True`
      |
      | **production now**
      | **Runs** v1
      | **Locked** by ada: database work · until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>
      | **Address** http://hello-production

    > /snooze environment:production lasting:1h
    shipgate to bob (private)
      | **You snoozed v2 for production until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>.** #2ecc71
      | Only people are missing now (releasers). Nothing is touched before they decide.

    > /unlock environment:production
    shipgate to ada (private)
      | **production is unlocked.** #2ecc71

    > /confirm gate:notes written
    shipgate to bob (private)
      | **Ticked, for v2 to production.** #2ecc71
      | Only people are missing now (releasers). Nothing is touched before they decide.

    > /reject environment:production reason:not on a monday
    shipgate to bob (private)
      | **You rejected v2 for production.** #2ecc71
      | Nothing was touched: production runs what it ran before.

    > /promote environment:production version:v2
    shipgate to ada (private)
      | **On its way: v2 to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.

    > /confirm environment:production gate:notes written
    shipgate to bob (private)
      | **Ticked, for v2 to production.** #2ecc71
      | Only people are missing now (releasers). Nothing is touched before they decide.

    > /approve environment:production
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.

    > /status
    shipgate to eve (private)
      | **Status of hello** #95a5a6
      | **staging**
      | **Runs** v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
      | **Address** http://hello-staging
      |
      | **production**
      | **Runs** v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
      | **Address** http://hello-production

    > /deploy environment:staging version:v4-late
    shipgate to ada (private)
      | **On its way: v4-late to staging** #95a5a6
      | Asking what runs in staging now. Nothing is touched yet.

    > /abort environment:staging reason:wrong version
    shipgate to ada (private)
      | **You stopped v4-late to staging.** #2ecc71
      | staging goes back to v2. Nothing to do; this card says when it is there.

    > /rollback environment:production reason:errors since noon
    shipgate to ada (private)
      | **On its way: v1 to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.

    > /hotfix environment:production version:v3-slow reason:checkout is down
    shipgate to ada (private)
      | **On its way: v3-slow to production** #95a5a6
      | Asking what runs in production now. Nothing is touched yet.

    > /override gate:approval environment:production reason:nobody else is awake
    shipgate to bob (private)
      | **Your word to override a gate of v3-slow in production is in, with your reason. It is announced.** #2ecc71
      | Only people are missing now (releasers). Nothing is touched before they decide.

    > /abort environment:production reason:not that one
    shipgate to ada (private)
      | **You stopped v3-slow to production.** #2ecc71
      | Nothing was touched: production runs what it ran before.

    > /unquarantine version:v2 reason:the database was down
    shipgate to bob (private)
      | **v2 may be released again.** #2ecc71
      | Others read: the database was down

    > /history environment:production
    shipgate to eve (private)
      | **History of hello in production** #95a5a6
      | ➖ **v3-slow → production** · Aborted · ··:·· Mon 23 Nov · ada · took … s · ada stopped it: not that one.
      | ✅ **v1 → production (back)** · Succeeded · ··:·· Mon 23 Nov · ada · took … s
      | ✅ **v2 → production** · Succeeded · ··:·· Mon 23 Nov · ada · took … s
      | ➖ **v2 → production** · Aborted · ··:·· Mon 23 Nov · ada · took … s · bob rejected it: not on a monday.
      | _ times in Asia/Tokyo

    > /release version:v9 image:registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
    shipgate to ada (private)
      | **Registered v9 of hello** #2ecc71
      | **Image** registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
      |
      | Next: `/deploy` it to the first environment.

    > /help
    shipgate to ada (private)
      | **What you can type** #95a5a6
      | Type `/` and choose a command; each field is asked for by its name. With one app, the app is never asked for.
      |
      | **/deploy** release to an environment
      | **/promote** take what succeeded on to the next environment
      | **/rollback** go back to the last good release
      | **/smoke** run an environment's http checks once
      | **/status** what runs where, and what is under way
      | **/why** what an environment waits for
      | **/plan** what a deployment would do, without doing it
      | **/history** what was released, newest first
      | **/release** register a release
      | **/approve** say yes to what waits for approval
      | **/reject** say no to what waits for approval
      | **/confirm** tick an item of the checklist
      | **/abort** stop what is under way
      | **/snooze** put off what waits for people, for half an hour or as long as you say
      | **/override** pass a gate by word, for a reason that others read
      | **/hotfix** release out of order: no soak, no window, no environment before it
      | **/halt** stop everything: no new rollout starts
      | **/resume** lift the halt
      | **/lock** hold an environment
      | **/unlock** let go of an environment
      | **/unquarantine** let a barred release out again
      | **/help** this list, or one command
      |
      | `/help` with a command shows its fields.

    > /help command:deploy
    shipgate to ada (private)
      | **/deploy: release to an environment** #95a5a6
      | `/deploy environment: [version:] [app:] [again:]`
      |
      | Takes a release to the first environment: the newest, or the one you name. To a later environment it goes as /promote does. `again` does it though that release runs already.

    everybody sees: "hello v2 → staging · Succeeded"
    everybody sees: "Smoke test of hello in staging · Passed"
    everybody sees: "The halt is over"
    everybody sees: "The lock on production of hello is over"
    everybody sees: "hello v2 → production · Aborted"
    everybody sees: "hello v2 → production · Succeeded"
    everybody sees: "hello v4-late → staging · Rolled back"
    everybody sees: "hello back to v1 in production · Succeeded"
    everybody sees: "Hotfix hello v3-slow → production · Aborted"
    "#);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn and_in_the_language_of_the_one_who_types() {
    assert_snapshot!(every_command("ja").await, @r#"
    > /deploy environment:staging
    shipgate to ada (private)
      | **受け付けました：v2 を staging へ** #95a5a6
      | staging で現在動いているものを確認しています。まだ何も変更していません。

    > /smoke environment:staging
    shipgate to ada (private)
      | **staging の hello のスモークテストを開始しました（チェック 1 件）** #95a5a6

    > /plan environment:production
    shipgate to eve (private)
      | **hello v2 → production で起きること** #95a5a6
      | 確認だけです。何も依頼されず、何も起こりません。
      |
      | **稼働中** v1
      | **リリース** v2 · コミット d7c2c805b · 現行 v1 と入れ替え
      | **展開先** fly · app hello-production · strategy rolling
      | **マシン** 1 台（11月23日(月) ··:·· Asia/Tokyo 時点） · 4106093355a173 (started)
      | **失敗した場合** 自動で v1 に戻ります
      |
      | **出せない理由**
      | ❌ **あなたには依頼できません。必要な権限：次以降の環境への昇格**
      |
      | **展開前のゲート**
      | 🙋 **approval** · releasers の操作待ち · 依頼者の eve さん以外の承認が 1 人必要
      | 🙋 **notes written** · releasers の操作待ち · 未確認
      |
      | **展開後**
      | ⏳ **health** · 40秒以内に 2 回連続で通過すること

    > /halt reason:the provider is down lasting:2h
    shipgate to bob (private)
      | **11月23日(月) ··:·· Asia/Tokyo（<t:…:R>）まで全体を停止しました：the provider is down** #e67e22
      | 新しい展開は始まりません。進行中の展開は、作業中のマシンを終えて待機します。チェック、監視、ロールバックは止まりません。

    > /resume
    shipgate to bob (private)
      | **全体停止を解除しました。** #2ecc71
      | 待っていたものは、ほかのゲートが開き次第、自動で進みます。

    > /lock environment:production reason:database work lasting:2h
    shipgate to ada (private)
      | **hello の productionはロック中です** #2ecc71
      | 展開を始められるのは ada さんだけです。ロールバックはいつでもできます。
      |
      | **理由** database work
      | **ロック** ada さん（11月23日(月) ··:·· Asia/Tokyo）
      | ⏱ 自動解除 11月23日(月) ··:·· Asia/Tokyo（<t:…:R>）

    > /promote
    shipgate to ada (private)
      | **受け付けました：v2 を production へ** #95a5a6
      | production で現在動いているものを確認しています。まだ何も変更していません。

    > /why environment:production
    shipgate to bob (private)
      | **production の hello が待っているもの** #9b59b6
      | hello v2 → production · 担当者の操作待ち
      | 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。
      |
      | **展開前のゲート**
      | 🙋 **approval** · releasers の操作待ち · 依頼者の ada さん以外の承認が 1 人必要
      | 🙋 **notes written** · releasers の操作待ち · 未確認
      |
      | **展開後**
      | ⏳ **health** · 40秒以内に 2 回連続で通過すること
      |
      | **あなたにできること**
      | 🙋 **approval** · 承認する：`/approve 環境: production` · 理由を添えて強行する：`/override ゲート: approval 環境: production 理由:`
      | 🙋 **notes written** · 確認済みにする：`/confirm 環境: production ゲート: notes written` · 理由を添えて強行する：`/override ゲート: notes written 環境: production 理由:`
      | 🙋 **v2** · 中止する：`/abort 環境: production`
      | 🙋 **ロック** · 解除する：`/unlock 環境: production` · 次の順番を取る：`/lock 環境: production 理由: 次: True`
      |
      | **現在の production**
      | **稼働中** v1
      | **ロック中** ada による：database work · 11月23日(月) ··:·· Asia/Tokyo（<t:…:R>）まで
      | **URL** http://hello-production

    > /snooze environment:production lasting:1h
    shipgate to bob (private)
      | **production への v2 を 11月23日(月) ··:·· Asia/Tokyo（<t:…:R>）までスヌーズしました。** #2ecc71
      | 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。

    > /unlock environment:production
    shipgate to ada (private)
      | **production のロックを解除しました。** #2ecc71

    > /confirm gate:notes written
    shipgate to bob (private)
      | **production への v2 の項目を確認済みにしました。** #2ecc71
      | 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。

    > /reject environment:production reason:not on a monday
    shipgate to bob (private)
      | **production への v2 を却下しました。** #2ecc71
      | 何も変更していません。production はこれまでどおりです。

    > /promote environment:production version:v2
    shipgate to ada (private)
      | **受け付けました：v2 を production へ** #95a5a6
      | production で現在動いているものを確認しています。まだ何も変更していません。

    > /confirm environment:production gate:notes written
    shipgate to bob (private)
      | **production への v2 の項目を確認済みにしました。** #2ecc71
      | 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。

    > /approve environment:production
    shipgate to bob (private)
      | **production への v2 を承認しました。** #2ecc71
      | v1 から v2 へ、マシンを 1 台ずつ入れ替えています。

    > /status
    shipgate to eve (private)
      | **hello の状況** #95a5a6
      | **staging**
      | **稼働中** v2 · 11月23日(月) ··:·· Asia/Tokyo から
      | **URL** http://hello-staging
      |
      | **production**
      | **稼働中** v2 · 11月23日(月) ··:·· Asia/Tokyo から
      | **URL** http://hello-production

    > /deploy environment:staging version:v4-late
    shipgate to ada (private)
      | **受け付けました：v4-late を staging へ** #95a5a6
      | staging で現在動いているものを確認しています。まだ何も変更していません。

    > /abort environment:staging reason:wrong version
    shipgate to ada (private)
      | **staging への v4-late を中止しました。** #2ecc71
      | staging を v2 に戻しています。操作は不要です。完了するとこのカードに表示します。

    > /rollback environment:production reason:errors since noon
    shipgate to ada (private)
      | **受け付けました：v1 を production へ** #95a5a6
      | production で現在動いているものを確認しています。まだ何も変更していません。

    > /hotfix environment:production version:v3-slow reason:checkout is down
    shipgate to ada (private)
      | **受け付けました：v3-slow を production へ** #95a5a6
      | production で現在動いているものを確認しています。まだ何も変更していません。

    > /override gate:approval environment:production reason:nobody else is awake
    shipgate to bob (private)
      | **production の v3-slow のゲートを強行する意思を、理由とともに記録し、告知しました。** #2ecc71
      | 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。

    > /abort environment:production reason:not that one
    shipgate to ada (private)
      | **production への v3-slow を中止しました。** #2ecc71
      | 何も変更していません。production はこれまでどおりです。

    > /unquarantine version:v2 reason:the database was down
    shipgate to bob (private)
      | **v2 の隔離を解除しました。再びデプロイできます。** #2ecc71
      | ほかの人に表示される理由：the database was down

    > /history environment:production
    shipgate to eve (private)
      | **hello の履歴（production）** #95a5a6
      | ➖ **v3-slow → production** · 中止 · 11月23日(月) ··:·· · ada · 所要時間 …秒 · ada さんが中止しました：not that one
      | ✅ **v1 → production（戻し）** · 成功 · 11月23日(月) ··:·· · ada · 所要時間 …秒
      | ✅ **v2 → production** · 成功 · 11月23日(月) ··:·· · ada · 所要時間 …秒
      | ➖ **v2 → production** · 中止 · 11月23日(月) ··:·· · ada · 所要時間 …秒 · bob さんが却下しました：not on a monday
      | _ 時刻は Asia/Tokyo

    > /release version:v9 image:registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
    shipgate to ada (private)
      | **hello の v9 を登録しました** #2ecc71
      | **イメージ** registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
      |
      | 次は `/deploy` で最初の環境へデプロイしてください。

    > /help
    shipgate to ada (private)
      | **使えるコマンド** #95a5a6
      | `/` を打ってコマンドを選ぶと、必要な項目が順に表示されます。アプリが 1 つだけなら、アプリは聞かれません。
      |
      | **/deploy** 環境にデプロイする
      | **/promote** 成功したリリースを次の環境に昇格させる
      | **/rollback** 直前の正常なリリースに戻す
      | **/smoke** 環境の HTTP チェックを 1 回実行する
      | **/status** 何がどこで動き、何が進行中かを見る
      | **/why** 環境が何を待っているかを見る
      | **/plan** デプロイで起きることを、実行せずに確認する
      | **/history** デプロイの履歴を新しい順に見る
      | **/release** リリースを登録する
      | **/approve** 承認待ちのデプロイを承認する
      | **/reject** 承認待ちのデプロイを却下する
      | **/confirm** チェックリストの項目を確認済みにする
      | **/abort** 進行中のデプロイを中止する
      | **/snooze** 担当者の操作待ちを後回しにする（30 分、または指定した時間）
      | **/override** 理由を添えてゲートを強行突破する
      | **/hotfix** 順序を飛ばしてリリースする（ソーク、時間帯、前の環境なし）
      | **/halt** 全体を停止する（新しい展開を始めない）
      | **/resume** 全体停止を解除する
      | **/lock** 環境をロックする
      | **/unlock** 環境のロックを解除する
      | **/unquarantine** リリースの隔離を解除する
      | **/help** コマンドの一覧、または使い方を見る
      |
      | `/help` でコマンドを選ぶと、入力する項目を表示します。

    > /help command:deploy
    shipgate to ada (private)
      | **/deploy：環境にデプロイする** #95a5a6
      | `/deploy 環境: [バージョン:] [アプリ:] [やり直し:]`
      |
      | 最初の環境に、最新または指定したバージョンをデプロイします。それ以降の環境を指定すると /promote と同じ動作になります。すでに動いているリリースをやり直すには、末尾に `again` を付けます。

    everybody sees: "hello v2 → staging · Succeeded"
    everybody sees: "Smoke test of hello in staging · Passed"
    everybody sees: "The halt is over"
    everybody sees: "The lock on production of hello is over"
    everybody sees: "hello v2 → production · Aborted"
    everybody sees: "hello v2 → production · Succeeded"
    everybody sees: "hello v4-late → staging · Rolled back"
    everybody sees: "hello back to v1 in production · Succeeded"
    everybody sees: "Hotfix hello v3-slow → production · Aborted"
    "#);
}
