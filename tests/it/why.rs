//! `/why`: what an environment waits for, and what the one who asks can do about it. It says what the commands would
//! answer, because it is found out by trying.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, STAGING, Setup, WATCH, minutes, seconds};
use crate::world::wire::Trouble;

const SOAK: &str = r#"
[[apps.environments.before]]
name = "soaked in staging"
soak = "2h"
"#;

const NOTES: &str = r#"
[[apps.environments.before]]
name    = "release notes written"
confirm = { from = "everyone" }
"#;

const WHY: &str = "/api/v1/apps/hello/environments/production/why";
const COMMANDS: &str = "/api/v1/commands";

async fn with_v2_in_staging(production: &str, locale: &'static str) -> World {
    let setup = Setup::production(production).in_locale(locale).machines(1, 1).instantly();
    let mut w = World::of(setup).await;
    w.ada().says("/deploy staging v2").await;
    w.until(if locale == "ja" { "v2 → staging · 成功" } else { "v2 → staging · Succeeded" }).await;
    w
}

#[tokio::test]
async fn each_gate_says_what_the_asker_can_do_and_when_it_can_open_at_the_earliest() {
    let mut w = with_v2_in_staging(&[SOAK, NOTES, APPROVAL].concat(), "en").await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.ada().says("/why production").await, @r#"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │
    │ Gates before the rollout
    │ ⏳ soaked in staging      not yet · 2 h after its success in the environment before · opens ··:··
    │                           Mon 23 Nov, Asia/Tokyo, in 2 h
    │ ⏳ release notes written  anyone will be asked once nothing else is missing · nobody has ticked it
    │                           · people are asked ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h at the earliest
    │ ⏳ approval               releasers will be asked once nothing else is missing · 1 approval
    │                           needed, not from ada, who asked for it · people are asked ··:·· Mon 23
    │                           Nov, Asia/Tokyo, in 2 h at the earliest
    │
    │ What you can do
    │ ✋ soaked in staging      pass it over, with a reason: `/override "soaked in staging" production
    │                           reason`
    │ ✋ release notes written  tick it: `/confirm production release notes written` · pass it over,
    │                           with a reason: `/override "release notes written" production reason`
    │ ✋ approval               pass it over, with a reason: `/override approval production reason`
    │ ✋ v2                     stop it: `/abort production`
    │
    │ production now
    │ Runs                      v1
    │ Address                   http://hello-production
    └
    "#);
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │
    │ Gates before the rollout
    │ ⏳ soaked in staging      not yet · 2 h after its success in the environment before · opens ··:··
    │                           Mon 23 Nov, Asia/Tokyo, in 2 h
    │ ⏳ release notes written  anyone will be asked once nothing else is missing · nobody has ticked it
    │                           · people are asked ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h at the earliest
    │ ⏳ approval               releasers will be asked once nothing else is missing · 1 approval
    │                           needed, not from ada, who asked for it · people are asked ··:·· Mon 23
    │                           Nov, Asia/Tokyo, in 2 h at the earliest
    │
    │ What you can do
    │ ⏳ soaked in staging      only wait: it opens by itself ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    │ ✋ release notes written  tick it: `/confirm production release notes written`
    │ ⏳ approval               You may not approve or reject. Ask somebody who may. Whoever keeps the
    │                           config grants it with `approve` under [permissions].
    │
    │ production now
    │ Runs                      v1
    │ Address                   http://hello-production
    └
    ");
}

#[tokio::test]
async fn once_people_are_asked_it_says_whose_word_is_missing_and_whether_it_is_the_askers() {
    let mut w = with_v2_in_staging(&[SOAK, NOTES, APPROVAL].concat(), "en").await;
    w.ada().says("/promote").await;
    w.pass(minutes(120)).await;
    assert_snapshot!(w.ada().says("/why production").await, @r#"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting for people
    │ Only people are missing now (anyone, releasers). Nothing is touched before they decide.
    │
    │ Gates before the rollout
    │ ✅ soaked in staging      passed · 2 h after its success in the environment before
    │ ✋ release notes written  waits for anyone · nobody has ticked it
    │ ✋ approval               waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ What you can do
    │ ✋ release notes written  tick it: `/confirm production release notes written` · pass it over,
    │                           with a reason: `/override "release notes written" production reason`
    │ ✋ approval               pass it over, with a reason: `/override approval production reason`
    │ ✋ v2                     stop it: `/abort production`
    │
    │ production now
    │ Runs                      v1
    │ Address                   http://hello-production
    └
    "#);
    assert_snapshot!(w.bob().says("/why production").await, @r#"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting for people
    │ Only people are missing now (anyone, releasers). Nothing is touched before they decide.
    │
    │ Gates before the rollout
    │ ✅ soaked in staging      passed · 2 h after its success in the environment before
    │ ✋ release notes written  waits for anyone · nobody has ticked it
    │ ✋ approval               waits for releasers · 1 approval needed, not from ada, who asked for it
    │
    │ What you can do
    │ ✋ release notes written  tick it: `/confirm production release notes written` · pass it over,
    │                           with a reason: `/override "release notes written" production reason`
    │ ✋ approval               approve it: `/approve production` · pass it over, with a reason:
    │                           `/override approval production reason`
    │ ✋ v2                     stop it: `/abort production`
    │
    │ production now
    │ Runs                      v1
    │ Address                   http://hello-production
    └
    "#);
    w.bob().says("/approve production").await;
    assert_snapshot!(w.bob().says("/why production").await, @r#"
    ┌ What hello in production waits for
    │ hello v2 → production · Waiting for people
    │ Only people are missing now (anyone). Nothing is touched before they decide.
    │
    │ Gates before the rollout
    │ ✅ soaked in staging      passed · 2 h after its success in the environment before
    │ ✋ release notes written  waits for anyone · nobody has ticked it
    │ ✅ approval               passed · approved by bob (1 of 1)
    │
    │ What you can do
    │ ✋ release notes written  tick it: `/confirm production release notes written` · pass it over,
    │                           with a reason: `/override "release notes written" production reason`
    │ ✋ v2                     stop it: `/abort production`
    │
    │ production now
    │ Runs                      v1
    │ Address                   http://hello-production
    └
    "#);
    w.eve().says("/confirm production release notes written").await;
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ What hello in production waits for
    │ Nothing is under way: production runs v2, the newest that could come here.
    │
    │ production now
    │ Runs     v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
    │ Address  http://hello-production
    └
    ");
}

#[tokio::test]
async fn the_same_in_japanese() {
    let mut w = with_v2_in_staging(&[SOAK, NOTES, APPROVAL].concat(), "ja").await;
    w.ada().says("/promote").await;
    assert_snapshot!(w.ada().says("/why production").await, @r#"
    ┌ production の hello が待っているもの
    │ hello v2 → production · 開始待ち
    │ 展開前のゲートがすべて開くと自動で始まります。まだ何も変更していません。
    │
    │ 展開前のゲート
    │ ⏳ soaked in staging      未通過 · 前の環境での成功から 2時間経過が必要 · 開く時刻：11月23日(月)
    │                           ··:·· Asia/Tokyo（2時間後）
    │ ⏳ release notes written  ほかの条件がそろったら 誰か に依頼します · 未確認 · 依頼は最短で 11月23
    │                           日(月) ··:·· Asia/Tokyo（2時間後）
    │ ⏳ approval               ほかの条件がそろったら releasers に依頼します · 依頼者の ada さん以外の
    │                           承認が 1 人必要 · 依頼は最短で 11月23日(月) ··:·· Asia/Tokyo（2時間後）
    │
    │ あなたにできること
    │ ✋ soaked in staging      理由を添えて強行する：`/override "soaked in staging" production 理由`
    │ ✋ release notes written  確認済みにする：`/confirm production release notes written` · 理由を添え
    │                           て強行する：`/override "release notes written" production 理由`
    │ ✋ approval               理由を添えて強行する：`/override approval production 理由`
    │ ✋ v2                     中止する：`/abort production`
    │
    │ 現在の production
    │ 稼働中                    v1
    │ URL                       http://hello-production
    └
    "#);
}

#[tokio::test]
async fn a_lock_and_a_halt_in_japanese() {
    let mut w = with_v2_in_staging(APPROVAL, "ja").await;
    w.bob().says("/lock production データベース作業 for 2h").await;
    w.cy().says("/halt 決済が止まっています").await;
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ production の hello が待っているもの
    │ 進行中のデプロイはありません。次は v2 ですが、以下の理由で production に出せません。
    │
    │ 出せない理由
    │ ❌ この環境は bob さんが 11月23日(月) ··:·· Asia/Tokyo（2時間後）までロックしています：データ
    │    ベース作業
    │ ❌ cy さんが全体を停止しています：決済が止まっています
    │
    │ あなたにできること
    │ ⏳ ロック    この環境は bob さんがロックしています。bob さんに相談してください。ほかの人のロックの
    │              解除には `lock` 権限が必要です。
    │ ⏳ 全体停止  全体の停止と解除の権限がありません。権限のある人に依頼してください。権限は設定の
    │              [permissions] の `halt` で付与します。
    │
    │ 現在の production
    │ 稼働中       v1
    │ ロック中     bob による：データベース作業 · 11月23日(月) ··:·· Asia/Tokyo（2時間後）まで
    │ URL          http://hello-production
    └
    ");
    assert_snapshot!(w.ada().says("/why production").await, @"
    ┌ production の hello が待っているもの
    │ 進行中のデプロイはありません。次は v2 ですが、以下の理由で production に出せません。
    │
    │ 出せない理由
    │ ❌ この環境は bob さんが 11月23日(月) ··:·· Asia/Tokyo（2時間後）までロックしています：データ
    │    ベース作業
    │ ❌ cy さんが全体を停止しています：決済が止まっています
    │
    │ あなたにできること
    │ ✋ ロック    解除する：`/unlock production` · 次の順番を取る：`/lock production 理由 next`
    │ ✋ 全体停止  再開する：`/resume`
    │
    │ 現在の production
    │ 稼働中       v1
    │ ロック中     bob による：データベース作業 · 11月23日(月) ··:·· Asia/Tokyo（2時間後）まで
    │ URL          http://hello-production
    └
    ");
}

#[tokio::test]
async fn a_lock_and_a_halt_say_who_can_end_them() {
    let mut w = with_v2_in_staging(APPROVAL, "en").await;
    w.bob().says("/lock production database work for 2h").await;
    w.cy().says("/halt the payment provider is down for 1h").await;
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ What hello in production waits for
    │ Nothing is under way. v2 could come to production, but for what is listed here.
    │
    │ In the way
    │ ❌ bob holds this environment until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: database work
    │ ❌ cy halted everything until ··:·· Mon 23 Nov, Asia/Tokyo, in 1 h: the payment provider is
    │    down
    │
    │ What you can do
    │ ⏳ the lock  bob holds this environment. Ask bob. Lifting another's lock takes the `lock`
    │              permission.
    │ ⏳ the halt  You may not halt everything or let it go on. Ask somebody who may. Whoever keeps the
    │              config grants it with `halt` under [permissions].
    │
    │ production now
    │ Runs         v1
    │ Locked       by bob: database work · until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    │ Address      http://hello-production
    └
    ");
    assert_snapshot!(w.ada().says("/why production").await, @"
    ┌ What hello in production waits for
    │ Nothing is under way. v2 could come to production, but for what is listed here.
    │
    │ In the way
    │ ❌ bob holds this environment until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: database work
    │ ❌ cy halted everything until ··:·· Mon 23 Nov, Asia/Tokyo, in 1 h: the payment provider is
    │    down
    │
    │ What you can do
    │ ✋ the lock  lift it: `/unlock production` · be next: `/lock production reason next`
    │ ✋ the halt  let everything go on: `/resume`
    │
    │ production now
    │ Runs         v1
    │ Locked       by bob: database work · until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h
    │ Address      http://hello-production
    └
    ");
    w.ada().says("/lock production my turn next").await;
    assert!(w.ada().says("/why production").await.contains("you are in line to be next"));
    let own = w.bob().says("/why production").await;
    assert!(own.contains("lift it: `/unlock production`") && !own.contains("be next"), "{own}");
    w.bob().says("/unlock production").await;
    w.cy().says("/resume").await;
    let kept = w.ada().says("/why production").await;
    assert!(kept.contains("it is kept for you: `/lock production reason`"), "{kept}");
    w.ada().says("/lock all all of it").await;
    let whole = w.bob().says("/why production").await;
    assert!(whole.contains("the app's lock") && whole.contains("`/unlock all`"), "{whole}");
    // What began and ended in one moment wakes the environments twice.
    w.pass(seconds(1)).await;
}

#[tokio::test]
async fn with_nothing_under_way_it_says_what_can_be_asked_for() {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).instantly()).await;
    let unproven = w.ada().says("/why production").await;
    assert!(unproven.contains("send it out of order, with a reason: `/hotfix production v2 reason`"), "{unproven}");
    let staging = w.eve().says("/why staging").await;
    assert!(staging.contains("ask for it: `/deploy staging`"), "everybody may: {staging}");
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    assert!(w.ada().says("/why production").await.contains("ask for it: `/promote production`"));
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ What hello in production waits for
    │ Nothing is under way. v2 could come to production now.
    │
    │ What you can do
    │ ⏳ a deployment  You may not promote to a later environment. Ask somebody who may. Whoever keeps
    │                  the config grants it with `promote` under [permissions].
    │
    │ production now
    │ Runs             v1
    │ Address          http://hello-production
    └
    ");
    w.fly().edge_fails(STAGING, Trouble::Says(500, "broken"));
    w.ada().says("/deploy staging v3-broken").await;
    w.until("v3-broken → staging · Rolled back").await;
    let barred = w.ada().says("/why staging").await;
    assert!(barred.contains("v3-broken"), "{barred}");
}

#[tokio::test]
async fn what_goes_on_by_itself_says_how_to_stop_it_and_when_a_check_can_pass() {
    let mut w = with_v2_in_staging(&[HEALTH, WATCH].concat(), "en").await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.ada().says("/promote").await;
    w.until("v2 → production · Checking").await;
    assert_snapshot!(w.ada().says("/why production").await, @"
    ┌ What hello in production waits for
    │ hello v2 → production · Checking
    │ Every machine runs v2. Now it must pass the gates after the rollout.
    │
    │ After the rollout
    │ ▶  health  being checked · 0 of 2 in a row · http://hello-production/health answered 500 instead of
    │            200. · passes ··:·· Mon 23 Nov, Asia/Tokyo, in 10 s at the earliest
    │ ⏳ watch   for 1 min, going back by itself: health
    │
    │ What you can do
    │ ✋ health  pass it over, with a reason: `/override health production reason`
    │ ✋ v2      go back: `/rollback production`
    │
    │ production now
    │ Runs       v1
    │ Address    http://hello-production
    └
    ");
    assert_snapshot!(w.eve().says("/why production").await, @"
    ┌ What hello in production waits for
    │ hello v2 → production · Checking
    │ Every machine runs v2. Now it must pass the gates after the rollout.
    │
    │ After the rollout
    │ ▶  health  being checked · 0 of 2 in a row · http://hello-production/health answered 500 instead of
    │            200. · passes ··:·· Mon 23 Nov, Asia/Tokyo, in 10 s at the earliest
    │ ⏳ watch   for 1 min, going back by itself: health
    │
    │ What you can do
    │ ⏳ health  only wait: it is asked by itself
    │
    │ production now
    │ Runs       v1
    │ Address    http://hello-production
    └
    ");
    w.until("v2 → production · Rolled back").await;
}

/// What a token's person reads of what they can do, and of why they cannot.
async fn remedies(w: &mut World, token: &'static str) -> Vec<Value> {
    let (status, why) = w.api(token).get(WHY).await;
    assert_eq!(status, 200, "{why}");
    why["remedies"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn over_the_api_it_has_the_same_members_and_every_command_is_answered_as_it_says() {
    let mut w = with_v2_in_staging(&[SOAK, NOTES, APPROVAL].concat(), "en").await;
    w.ada().says("/promote").await;
    w.bob().says("/lock production database work for 2h").await;
    w.cy().says("/halt the payment provider is down").await;
    let (_, why) = w.api("ada").get(WHY).await;
    let names: Vec<&str> = why.as_object().expect("members").keys().map(String::as_str).collect();
    assert_eq!(names, ["app", "environment", "deployment", "obstacles", "remedies"]);
    assert_eq!(why["obstacles"].as_array().map(Vec::len), Some(2), "{why}");
    assert!(why["deployment"]["gates"][0]["earliest_at"].is_string(), "{why}");
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for token in ["ci", "ada"] {
        // What is refused changes nothing, so all of it can be tried in one world.
        for remedy in remedies(&mut w, token).await {
            let Some(command) = remedy["command"].as_str().filter(|_| remedy["allowed"] == false) else { continue };
            let (status, problem) = w.api(token).post(COMMANDS, &json!({ "line": command })).await;
            assert!(status >= 400, "{token}: {command} was done: {remedy}");
            assert_eq!(problem["code"], remedy["code"], "{token}: {command}: {problem}");
            refused.push(format!("{token} {}", remedy["action"]));
        }
    }
    // One after the other, from what is next in line to what lets it go out.
    let order = ["next", "confirm", "override", "resume", "unlock", "abort"];
    for action in order {
        let found = remedies(&mut w, "ada").await;
        let remedy = found.iter().find(|remedy| remedy["action"] == action && remedy["allowed"] == true);
        let remedy = remedy.unwrap_or_else(|| panic!("{action}: {found:#?}"));
        let (status, said) = w.api("ada").post(COMMANDS, &json!({ "line": remedy["command"] })).await;
        assert_eq!(status, 200, "{remedy}: {said}");
        done.push(action);
    }
    assert_eq!(done, order);
    w.pass(seconds(1)).await;
    assert!(refused.len() > 6 && refused.contains(&"ada \"approve\"".to_owned()), "{refused:?}");
}

#[tokio::test]
async fn what_is_not_in_the_way_is_not_listed() {
    let mut w = World::of(Setup::production(&[APPROVAL, HEALTH].concat()).machines(1, 1).instantly()).await;
    let is_held = |text: &str| text.contains("In the way");
    // What could come next is of no concern to what is under way, though nothing has succeeded in staging.
    assert!(is_held(&w.ada().says("/why production").await));
    w.ada().says("/hotfix production v2 checkout is down").await;
    assert!(!is_held(&w.ada().says("/why production").await));
    w.ada().says("/abort production").await;
    // One's own lock: for who asks, and for who asks about what its owner has asked for.
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().says("/lock production database work").await;
    for page in ["/why production", "/plan production"] {
        assert!(!is_held(&w.ada().says(page).await), "{page}");
        assert!(is_held(&w.bob().says(page).await), "{page}");
    }
    w.ada().says("/promote").await;
    assert!(!is_held(&w.bob().says("/why production").await));
    assert!(is_held(&w.bob().says("/plan production").await), "another's would be held");
    // A whole app's lock lies behind one's own.
    w.bob().says("/lock all the database moves").await;
    assert!(is_held(&w.ada().says("/why production").await));
}

#[tokio::test]
async fn nothing_is_in_the_way_of_going_back() {
    let mut w = with_v2_in_staging(HEALTH, "en").await;
    w.ada().says("/promote").await;
    w.until("v2 → production · Succeeded").await;
    w.fly().edge_fails(PRODUCTION, Trouble::Says(500, "broken"));
    w.ada().says("/rollback production").await;
    w.until("back to v1 in production · Checking").await;
    w.bob().says("/lock production database work").await;
    w.bob().says("/halt the payment provider is down").await;
    assert!(!w.ada().says("/why production").await.contains("In the way"));
    assert!(w.ada().says("/plan production v2").await.contains("In the way"));
}
