//! Releases as people make them: how one goes from staging to production, in both languages, and who hears no.

use insta::assert_snapshot;
use serde_json::{Value, json};
use shipgate::sim;

use crate::world::World;
use crate::world::setup::{PRODUCTION, STAGING, Setup, minutes, seconds};

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one way, with what is seen at each step of it")]
async fn a_newcomer_takes_a_release_from_staging_to_production() {
    let mut w = World::demo().await;
    assert_snapshot!(w.ada().says("/deploy staging").await, @"
    ┌ On its way: v2 to staging
    │ Asking what runs in staging now. Nothing is touched yet.
    └
    ");
    w.until("v2 → staging · Rolling out").await;
    w.until("v2 → staging · Succeeded").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Succeeded
    │ v2 runs in staging and has passed everything.
    │ Next: press Promote to take it to production.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ health  passed · 3 of 3 in a row · http://hello-staging/health answered 200 in 0 ms.
    │
    │ [Promote] [Roll back]
    │ Type /press Promote · /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!((w.fly().versions(STAGING), w.fly().updates(STAGING)), (vec!["v2".to_owned(); 2], vec![1, 1]));

    w.ada().presses("Promote").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting to start
    │ It starts by itself once every gate before the rollout is open. Nothing is touched yet.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ⏳ approval           releasers will be asked once nothing else is missing · 1 approval needed,
    │                       not from ada, who asked for it
    │ ⏳ soaked in staging  not yet · 15 s after its success in the environment before · opens ··:·· Mon
    │                       23 Nov, Asia/Tokyo, in 15 s
    │
    │ After the rollout
    │ ⏳ health             3 in a row, within 40 s
    │ ⏳ watch              for 2 min, going back by itself: health, error rate
    │
    │ [Abort]
    │ Type /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    w.pass(seconds(16)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Waiting for people
    │ Only people are missing now (releasers). Nothing is touched before they decide.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ Gates before the rollout
    │ ✋ approval           waits for releasers · 1 approval needed, not from ada, who asked for it
    │ ✅ soaked in staging  passed · 15 s after its success in the environment before
    │
    │ After the rollout
    │ ⏳ health             3 in a row, within 40 s
    │ ⏳ watch              for 2 min, going back by itself: health, error rate
    │
    │ [Approve] [Reject] [Snooze] [Abort]
    │ Type /press Approve · /press Reject · /press Snooze · /press Abort
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [0, 0, 0]);
    assert_snapshot!(w.ada().hears_no_to("/press Approve").await, @"
    [own_request]
    ┌ You asked for this release yourself, so your own approval does not count.
    │ Ask somebody else to approve it.
    └ code for questions about this: own_request
    ");
    assert_snapshot!(w.eve().hears_no_to("/press Approve").await, @"
    [not_permitted]
    ┌ You may not approve or reject.
    │ Ask somebody who may. Whoever keeps the config grants it with `approve` under [permissions].
    └ code for questions about this: not_permitted
    ");

    let before = w.fly().machines(PRODUCTION);
    assert_snapshot!(w.bob().presses("Approve").await, @"
    ┌ You approved v2 for production.
    │ v2 takes the place of v1, machine by machine.
    └
    ");
    w.until_it("one machine is done", |w| w.fly().updates(PRODUCTION) == [1, 1, 0]).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Rolling out
    │ v2 takes the place of v1, machine by machine.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before          2 gates passed: approval (bob), soaked in staging
    │
    │ After the rollout
    │ ⏳ health          3 in a row, within 40 s
    │ ⏳ watch           for 2 min, going back by itself: health, error rate
    │
    │ Machines
    │ ██████░░░░░░░░░░░░░░ 1 of 3 run the new release
    │ ✅ 4106093355a173  runs v2, verified
    │ ▶  4375d392c75e16  starting with v2
    │ ⏳ c39c4f33660cb0  its turn has not come
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → production · Checking").await;
    w.until("v2 → production · Watching").await;
    w.pass(minutes(1)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Watching
    │ v2 runs everywhere and has passed its gates. If a rule breaks now, production goes back to v1 by
    │ itself.
    │ Release        v2 · commit d7c2c805b · in place of v1
    │ Requested      by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before      2 gates passed: approval (bob), soaked in staging
    │
    │ After the rollout
    │ ✅ health      passed · 3 of 3 in a row · http://hello-production/health answered 200 in 0 ms.
    │
    │ Watch
    │ ⏱ The watch ends ··:·· Mon 23 Nov, Asia/Tokyo, in 1 min
    │ ✅ health      rolls back after 3 failures in a row · 0 in a row now · 13 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │ ✅ error rate  rolls back above 0.05 for 20 s · now 0 · 13 of at least 4 samples · last:
    │                http://hello-production/health answered 200 in 0 ms.
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → production · Succeeded").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · Succeeded
    │ v2 runs in production and has passed everything.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ ✅ Before  2 gates passed: approval (bob), soaked in staging
    │
    │ After the rollout
    │ ✅ health  passed · 3 of 3 in a row · http://hello-production/health answered 200 in 0 ms.
    │ ✅ watch   passed for 2 min: health, error rate
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_snapshot!(w.said().join("\n"), @"
    hello v2 → staging succeeded.
    @bob hello v2 → production waits for you: approval. ada asked for it.
    hello v2 → production succeeded.
    ");

    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
    w.fly().holds_no_lease(PRODUCTION);
    for (before, after) in before.iter().zip(w.fly().machines(PRODUCTION)) {
        let mut wanted = Value::Object(before.config.clone());
        wanted["image"] = after.config["image"].clone();
        for stamp in ["shipgate_attempt", "shipgate_deployment"] {
            wanted["metadata"][stamp] = after.config["metadata"][stamp].clone();
        }
        assert_eq!(Value::Object(after.config), wanted, "nothing of the config changes but the image and the stamps");
        assert_eq!((after.version.as_str(), after.metadata["fly_release_version"].as_str()), ("v2", "63"));
    }
    let (status, environment) = w.api("ci").get("/api/v1/apps/hello/environments/production").await;
    assert_eq!((status, &environment["running"]["version"]), (200, &json!("v2")));
}

#[tokio::test]
async fn the_same_in_japanese() {
    let mut w = World::of(Setup::demo().in_locale("ja")).await;
    assert_snapshot!(w.ada().says("/deploy staging").await, @"
    ┌ 受け付けました：v2 を staging へ
    │ staging で現在動いているものを確認しています。まだ何も変更していません。
    └
    ");
    w.until("v2 → staging · 成功").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · 成功
    │ v2 が staging で動いており、すべての確認を通過しました。
    │ 次は「昇格」を押すと production に進みます。
    │ リリース   v2 · コミット d7c2c805b · 現行 v1 と入れ替え
    │ 依頼       ada さん（11月23日(月) ··:·· Asia/Tokyo）
    │
    │ 展開後
    │ ✅ health  通過 · 連続 3/3 回 · http://hello-staging/health は 0 ms で 200 を返しました。
    │
    │ [昇格] [ロールバック]
    │ 入力：/press Promote · /press Roll back
    └ 依頼者 ada · #········ · 台帳 ········
    ");
    w.ada().presses("昇格").await;
    w.pass(seconds(16)).await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · 担当者の操作待ち
    │ 残るは担当者（releasers）の操作だけです。それまでは何も変更しません。
    │ リリース              v2 · コミット d7c2c805b · 現行 v1 と入れ替え
    │ 依頼                  ada さん（11月23日(月) ··:·· Asia/Tokyo）
    │
    │ 展開前のゲート
    │ ✋ approval           releasers の操作待ち · 依頼者の ada さん以外の承認が 1 人必要
    │ ✅ soaked in staging  通過 · 前の環境での成功から 15秒経過が必要
    │
    │ 展開後
    │ ⏳ health             40秒以内に 3 回連続で通過すること
    │ ⏳ 監視               2分間、違反すれば自動で戻ります：health、error rate
    │
    │ [承認] [却下] [スヌーズ] [中止]
    │ 入力：/press Approve · /press Reject · /press Snooze · /press Abort
    └ 依頼者 ada · #········ · 台帳 ········
    ");
    assert_snapshot!(w.ada().hears_no_to("/press 承認").await, @"
    [own_request]
    ┌ 自分が依頼したデプロイは、自分では承認できません。
    │ ほかの人に承認を依頼してください。
    └ お問い合わせ用コード：own_request
    ");
    w.bob().presses("Approve").await;
    w.until("v2 → production · 監視中").await;
    w.until("v2 → production · 成功").await;
    assert_snapshot!(w.card("v2 → production"), @"
    ┌ hello v2 → production · 成功
    │ v2 が production で動いており、すべての確認を通過しました。
    │ リリース   v2 · コミット d7c2c805b · 現行 v1 と入れ替え
    │ 依頼       ada さん（11月23日(月) ··:·· Asia/Tokyo）
    │ ✅ 展開前  ゲート 2 件を通過：approval（bob）、soaked in staging
    │
    │ 展開後
    │ ✅ health  通過 · 連続 3/3 回 · http://hello-production/health は 0 ms で 200 を返しました。
    │ ✅ 監視    2分間の監視を通過：health、error rate
    │
    │ [ロールバック]
    │ 入力：/press Roll back
    └ 依頼者 ada · #········ · 台帳 ········
    ");
    assert_snapshot!(w.said().join("\n"), @"
    hello v2 → staging が成功しました。
    @bob hello v2 → production が操作を待っています：approval（依頼者 ada さん）
    hello v2 → production が成功しました。
    ");
    assert_eq!(w.fly().updates(PRODUCTION), [1, 1, 1]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_what_can() {
    let mut w = World::demo().await;
    assert_snapshot!(w.ada().hears_no_to("/deploy staging v1").await, @"
    [already_running]
    ┌ v1 runs there already.
    │ To do it all the same, put `again` at the end.
    └ code for questions about this: already_running
    ");
    assert_snapshot!(w.ada().hears_no_to("/rollback staging").await, @"
    [nothing_to_go_back_to]
    ┌ There is no earlier good release to go back to.
    │ Fix it with a new release. `/history` shows what ran, and `/unquarantine` lets a barred release
    │ out again.
    └ code for questions about this: nothing_to_go_back_to
    ");
    assert_snapshot!(w.ada().hears_no_to("/deploy stagin").await, @"
    [unknown_environment]
    ┌ There is no environment “stagin” in hello.
    │ Did you mean “staging”? The environments: staging, production.
    └ code for questions about this: unknown_environment
    ");
    assert_snapshot!(w.ada().hears_no_to("/deploy staging v9").await, @"
    [unknown_version]
    ┌ There is no version v9.
    │ The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with
    │ `/release`.
    └ code for questions about this: unknown_version
    ");
    assert_snapshot!(w.ada().hears_no_to("/deplox staging").await, @"
    [unknown_command]
    ┌ There is no command `/deplox`.
    │ Did you mean `/deploy`? `/help` lists them all.
    └ code for questions about this: unknown_command
    ");
    assert_snapshot!(w.ada().hears_no_to("/promote").await, @"
    [no_evidence]
    ┌ No release has succeeded in staging yet.
    │ Take it to staging first. When it succeeds there, promote it.
    └ code for questions about this: no_evidence
    ");
    assert_snapshot!(w.ada().hears_no_to("/press Approve").await, @"
    [no_such_button]
    ┌ No card has the button “Approve” now.
    │ There is nothing to press now. `/status` shows what is under way.
    └ code for questions about this: no_such_button
    ");
    for line in ["/promote", "/rollback staging", "/lock staging mine", "/unquarantine v2 why not"] {
        assert_eq!(w.eve().hears_no_to(line).await.code, "not_permitted", "{line}");
    }
    assert_snapshot!(w.eve().hears_no_to("/rollback staging").await, @"
    [not_permitted]
    ┌ You may not roll back.
    │ Ask somebody who may. Whoever keeps the config grants it with `rollback` under [permissions].
    └ code for questions about this: not_permitted
    ");
    assert!(w.screen.paper.text().contains("(only eve sees this)\n┌ You may not roll back."), "a no is private");
    assert_eq!(w.fly().updates(STAGING), [0, 0]);
}

#[tokio::test]
async fn the_same_release_again_on_purpose_changes_no_machine() {
    let mut w = World::of(Setup::demo().machines(2, 1)).await;
    w.ada().says("/deploy staging v1 again").await;
    w.until("v1 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [0, 0]);
}

#[tokio::test]
async fn a_pipeline_releases_over_http() {
    let mut w = World::of(Setup::demo().machines(1, 1)).await;
    let v2 = sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2");
    let releases = "/api/v1/apps/hello/releases";
    let again = json!({"version": "v2", "image": v2.image, "commit": v2.commit});
    let (status, answer) = w.api("ci").post(releases, &again).await;
    assert_eq!(status, 200, "it is there already: {answer:#}");
    let other = json!({"version": "v2", "image": format!("registry.fly.io/hello@sha256:{}", "1".repeat(64))});
    let (status, answer) = w.api("ci").post(releases, &other).await;
    assert_eq!((status, &answer["code"]), (409, &json!("version_taken")), "{answer:#}");
    let (status, answer) = w.api("nobody").post(releases, &again).await;
    assert_eq!((status, &answer["code"]), (401, &json!("not_authenticated")), "{answer:#}");

    let deployments = "/api/v1/apps/hello/environments/staging/deployments";
    let (status, begun) = w.api("ci").post(deployments, &json!({})).await;
    assert_eq!((status, &begun["release"]["version"]), (202, &json!("v2")), "{begun:#}");
    let (status, known) = w.api("ci").post(deployments, &json!({"version": "v2"})).await;
    assert_eq!((status, &known["id"]), (200, &begun["id"]), "{known:#}");
    w.until("v2 → staging · Succeeded").await;
    let id = begun["id"].as_str().expect("an id");
    let (status, ended) = w.api("ci").get(&format!("/api/v1/deployments/{id}")).await;
    assert_eq!((status, &ended["phase"], &ended["outcome"]), (200, &json!("closed"), &json!("succeeded")));
    assert_eq!(w.fly().updates(STAGING), [1]);
}
