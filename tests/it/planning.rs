//! `/plan`: what a deployment would do, before anybody asks for it; and that it does nothing.

use insta::assert_snapshot;

use crate::world::World;
use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, WATCH, minutes};

const GATES: &str = r#"
[[apps.environments.before]]
name   = "working hours"
window = [{ days = "mon-fri", from = "09:00", to = "17:30" }, { days = "sat", from = "10:00", to = "12:00" }]

[[apps.environments.before]]
name   = "year end"
freeze = [{ from = "2026-12-24 18:00", to = "2027-01-03" }, { days = "fri", from = "15:00", to = "24:00" }]

[[apps.environments.before]]
name = "soaked in staging"
soak = "2h"

[[apps.environments.before]]
name  = "ready"
check = { kind = "http", url = "{url}/health" }
"#;

async fn with_v2_in_staging(production: &str) -> World {
    let mut w = World::of(Setup::production(production).machines(1, 2).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w
}

#[tokio::test]
async fn a_day_that_is_frozen_or_open_whole_is_said_to_be() {
    let gates = r#"
[[apps.environments.before]]
name   = "no Mondays"
freeze = { days = "mon", from = "00:00", to = "24:00" }

[[apps.environments.before]]
name   = "weekdays"
window = { days = "mon-fri", from = "00:00", to = "24:00" }
"#;
    let mut w = with_v2_in_staging(gates).await;
    w.ada().says("/promote").await;
    for line in ["/plan production", "/why production"] {
        let page = w.ada().says(line).await;
        let flat = page.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert!(flat.contains("nothing starts Mon, all day (Asia/Tokyo)"), "{page}");
    }
    assert!(w.card("v2 → production").contains("no Mondays"));
    let plan = w.ada().says("/plan production").await;
    assert!(plan.contains("open Mon–Fri, all day (Asia/Tokyo)"), "{plan}");
}

#[tokio::test]
async fn it_shows_all_that_would_happen_and_does_nothing() {
    let mut w = with_v2_in_staging(&[GATES, APPROVAL, HEALTH, WATCH].concat()).await;
    let said = w.said();
    assert_snapshot!(w.ada().says("/plan production").await, @"
    ┌ What hello v2 → production would do
    │ This only looks. Nothing was asked for, and nothing happens by it.
    │ Runs                  v1
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Target                fly · app hello-production · strategy rolling
    │ Machines              2 machines, as found ··:·· Mon 23 Nov, Asia/Tokyo · 4106093355a173
    │                       (started), c39c4f33660cb0 (started)
    │ If it fails           it goes back to v1 by itself
    │
    │ Gates before the rollout
    │ ✅ working hours      passed · open at 2 times of the week
    │ ✅ year end           passed · nothing starts Fri ··:··–··:·· (Asia/Tokyo)
    │ ⏳ soaked in staging  not yet · 2 h after its success in the environment before · opens ··:·· Mon
    │                       23 Nov, Asia/Tokyo, in 2 h
    │ ⏳ ready              1 in a row, within 2 min
    │ ⏳ approval           releasers will be asked once nothing else is missing · 1 approval needed,
    │                       not from ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │ ⏳ watch              for 1 min, going back by itself: health
    └
    ");
    w.pass(minutes(1)).await;
    assert_eq!((w.fly().updates(PRODUCTION), w.said()), (vec![0, 0], said));
    assert!(w.ada().says("/status").await.contains("production\n│ Runs     v1"));
    // What it said is what comes.
    w.ada().says("/promote").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✅ working hours      passed · open at 2 times of the week
    │ ✅ year end           passed · nothing starts Fri ··:··–··:·· (Asia/Tokyo)
    │ ⏳ soaked in staging  not yet · 2 h after its success in the environment before · opens ··:·· Mon
    │                       23 Nov, Asia/Tokyo, in 1 h 59 min
    │ ✅ ready              passed · http://hello-production/health answered 200 in 0 ms.
    │ ⏳ approval           releasers will be asked once nothing else is missing · 1 approval needed,
    │                       not from ada, who asked for it
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │ ⏳ watch              for 1 min, going back by itself: health
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
}

#[tokio::test]
async fn it_names_what_is_in_the_way() {
    let mut w = with_v2_in_staging(APPROVAL).await;
    assert_eq!(w.eve().hears_no_to("/plan production v3-slow").await.code, "no_evidence");
    assert_eq!(w.eve().hears_no_to("/plan production nothing").await.code, "unknown_version");
    w.bob().says("/lock production database work for 2h").await;
    w.cy().says("/halt the payment provider is down").await;
    assert_snapshot!(w.eve().says("/plan production").await, @"
    ┌ What hello v2 → production would do
    │ This only looks. Nothing was asked for, and nothing happens by it.
    │ Runs         v1
    │ Release      v2 · commit d7c2c805b · in place of v1
    │ Target       fly · app hello-production · strategy rolling
    │ Machines     2 machines, as found ··:·· Mon 23 Nov, Asia/Tokyo · 4106093355a173 (started),
    │              c39c4f33660cb0 (started)
    │ If it fails  it goes back to v1 by itself
    │
    │ In the way
    │ ❌ bob holds this environment until ··:·· Mon 23 Nov, Asia/Tokyo, in 2 h: database work
    │    Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
    │ ❌ cy halted everything: the payment provider is down
    │    Ask cy, or `/resume` if you may. `/rollback` works all the same.
    │ ❌ you could not ask for it: that takes the right to promote to a later environment
    │
    │ Gates before the rollout
    │ ✋ approval  waits for releasers · 1 approval needed, not from eve, who asked for it
    └
    ");
    w.cy().says("/resume").await;
    w.bob().says("/unlock production").await;
    w.ada().says("/promote").await;
    w.bob().presses("Approve").await;
    w.until("v2 → production · Rolling out").await;
    assert!(w.ada().says("/plan production").await.contains("v2 is going out"));
    w.until("v2 → production · Succeeded").await;
}

#[tokio::test]
async fn the_same_in_japanese() {
    let mut w =
        World::of(Setup::production(&[GATES, APPROVAL].concat()).in_locale("ja").machines(1, 2).instantly()).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · 成功").await;
    assert_snapshot!(w.eve().says("/plan production").await, @"
    ┌ hello v2 → production で起きること
    │ 確認だけです。何も依頼されず、何も起こりません。
    │ 稼働中                v1
    │ リリース              v2 · コミット d7c2c805b · 現行 v1 と入れ替え
    │ 展開先                fly · app hello-production · strategy rolling
    │ マシン                2 台（11月23日(月) ··:·· Asia/Tokyo 時点） · 4106093355a173 (started),
    │                       c39c4f33660cb0 (started)
    │ 失敗した場合          自動で v1 に戻ります
    │
    │ 出せない理由
    │ ❌ あなたには依頼できません。必要な権限：次以降の環境への昇格
    │
    │ 展開前のゲート
    │ ✅ working hours      通過 · 受付時間は週に 2 通り
    │ ✅ year end           通過 · 金 ··:··〜··:·· は展開しません（Asia/Tokyo）
    │ ⏳ soaked in staging  未通過 · 前の環境での成功から 2時間経過が必要 · 開く時刻：11月23日(月) ··:··
    │                       Asia/Tokyo（2時間後）
    │ ⏳ ready              2分以内に 1 回連続で通過すること
    │ ⏳ approval           ほかの条件がそろったら releasers に依頼します · 依頼者の eve さん以外の承認
    │                       が 1 人必要
    └
    ");
}

#[tokio::test]
async fn where_one_freeze_ends_in_another_that_is_said() {
    let freezes = r#"
[[apps.environments.before]]
name   = "moving"
freeze = [{ from = "2026-11-23", to = "2026-11-23" }, { from = "2026-11-24", to = "2026-11-24 06:00" }]
"#;
    let mut w = with_v2_in_staging(freezes).await;
    let plan = w.ada().says("/plan production").await;
    let gate: Vec<&str> = plan.lines().skip_while(|line| !line.contains("moving")).take(2).collect();
    assert_snapshot!(gate.join("\n"), @"
    │ ⏳ moving    not yet · nothing starts from 2026-11-23 ··:·· to 2026-11-24 ··:·· (Asia/Tokyo),
    │              where another freeze follows · opens ··:·· Tue 24 Nov, Asia/Tokyo, in 16 h
    ");
    w.pass(minutes(12 * 60)).await;
    let plan = w.ada().says("/plan production").await;
    assert!(plan.contains("nothing starts from") && !plan.contains("another freeze"), "{plan}");
}
