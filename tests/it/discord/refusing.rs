//! Commands that are refused on Discord: what those are told who cannot have it, and what they can do.

use insta::assert_snapshot;

use crate::world::discord::DEPLOYMENTS;
use crate::world::setup::{APPROVAL, Setup};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

/// An image as a pipeline names it.
const IMAGE: &str = "registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab";

async fn world() -> World {
    World::of(Setup::production(APPROVAL).machines(1, 1).on_discord("gateway")).await
}

#[tokio::test]
async fn a_release_is_registered_by_hand_too() {
    let mut setup = Setup::production("").on_discord("gateway");
    setup.config = setup.config.replace("[permissions]", "[permissions]\nrelease = [\"releasers\", \"robots\"]");
    let mut w = World::of(setup).await;
    let line = format!("/release version:v9 image:{IMAGE}");
    assert_snapshot!(w.types("ada", &line).await, @r"
    shipgate to ada (private)
      | **Registered v9 of hello** #2ecc71
      | **Image** registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
      |
      | Next: `/deploy` it to the first environment.
    ");
    assert_snapshot!(w.types("ada", &line).await, @r"
    shipgate to ada (private)
      | **v9 of hello was registered already, with the same image** #2ecc71
      | **Image** registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab
      |
      | Next: `/deploy` it to the first environment.
    ");
    assert_snapshot!(w.types("ada", "/release version:v10 image:registry.fly.io/hello:v10").await, @r"
    shipgate to ada (private)
      | **The image registry.fly.io/hello\:v10 is not pinned: what its tag means can change.** #e67e22
      | Name it by its digest: registry/name@sha256: and 64 hex digits.
      | _ code for questions about this: image_not_pinned
    ");
    assert_snapshot!(w.types("eve", &line).await, @r"
    shipgate to eve (private)
      | **You may not register releases.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `release` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
}

/// What is typed in vain, by whom.
const IN_VAIN: [(&str, &str); 11] = [
    ("ada", "/deploy environment:staging version:v99"),
    ("ada", "/deploy environment:staging version:v1"),
    ("ada", "/promote"),
    ("eve", "/promote"),
    ("eve", "/rollback environment:production"),
    ("ada", "/approve"),
    ("ada", "/rollback environment:production version:v3-slow"),
    ("ada", "/lock environment:staging reason:tests lasting:soon"),
    ("ada", "/unlock environment:staging"),
    ("ada", "/unquarantine version:v4-late reason:it was not the release"),
    ("eve", "/lock environment:staging reason:mine"),
];

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn a_refusal_says_what_and_what_next() {
    let mut w = world().await;
    let mut told = Vec::new();
    for (name, line) in IN_VAIN {
        let english = w.types(name, line).await;
        let japanese = w.types_in("ja", name, line).await;
        told.push(format!("> {name}: {line}\n{english}{japanese}"));
    }
    assert!(w.discord().messages(DEPLOYMENTS).is_empty(), "{}", w.on_discord(DEPLOYMENTS));
    assert_snapshot!(told.join("\n"), @r"
    > ada: /deploy environment:staging version:v99
    shipgate to ada (private)
      | **There is no version v99.** #e67e22
      | The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with `/release`.
      | _ code for questions about this: unknown_version
    shipgate to ada (private)
      | **v99 というバージョンはありません。** #e67e22
      | 最近のバージョン：v2, v4-late, v3-broken, v3-slow, v1。新しいものは `/release` で登録します。
      | _ お問い合わせ用コード：unknown_version

    > ada: /deploy environment:staging version:v1
    shipgate to ada (private)
      | **v1 runs there already.** #e67e22
      | Use `/deploy` or `/promote` with the field `again` set to True to do it all the same.
      | _ code for questions about this: already_running
    shipgate to ada (private)
      | **v1 はすでにそこで動いています。** #e67e22
      | それでも実行するには、`/deploy` か `/promote` で「やり直し」を True にしてください。
      | _ お問い合わせ用コード：already_running

    > ada: /promote
    shipgate to ada (private)
      | **No release has succeeded in staging yet.** #e67e22
      | Take it to staging first. When it succeeds there, promote it.
      | _ code for questions about this: no_evidence
    shipgate to ada (private)
      | **staging で成功したリリースがまだありません。** #e67e22
      | 先に staging へ出し、成功してから昇格させてください。
      | _ お問い合わせ用コード：no_evidence

    > eve: /promote
    shipgate to eve (private)
      | **You may not promote to a later environment.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `promote` under \[permissions\].
      | _ code for questions about this: not_permitted
    shipgate to eve (private)
      | **次以降の環境への昇格の権限がありません。** #e67e22
      | 権限のある人に依頼してください。権限は設定の \[permissions\] の `promote` で付与します。
      | _ お問い合わせ用コード：not_permitted

    > eve: /rollback environment:production
    shipgate to eve (private)
      | **You may not roll back.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `rollback` under \[permissions\].
      | _ code for questions about this: not_permitted
    shipgate to eve (private)
      | **ロールバックの権限がありません。** #e67e22
      | 権限のある人に依頼してください。権限は設定の \[permissions\] の `rollback` で付与します。
      | _ お問い合わせ用コード：not_permitted

    > ada: /approve
    shipgate to ada (private)
      | **Nothing waits for that: Approve.** #e67e22
      | `/status` shows what is under way, `/why` what it waits for.
      | _ code for questions about this: nothing_waits
    shipgate to ada (private)
      | **「承認」を待っているデプロイはありません。** #e67e22
      | 進行中のものは `/status`、待っている内容は `/why` で確認できます。
      | _ お問い合わせ用コード：nothing_waits

    > ada: /rollback environment:production version:v3-slow
    shipgate to ada (private)
      | **v3-slow has never succeeded here, so it is nothing to go back to.** #e67e22
      | Roll back without a version to go to the last good release, or release v3-slow in the usual way with `/deploy` or `/promote`.
      | _ code for questions about this: never_good_here
    shipgate to ada (private)
      | **v3-slow はここで成功したことがないため、戻り先にできません。** #e67e22
      | 直近の正常なリリースに戻すにはバージョンを付けずに実行してください。v3-slow を出すには `/deploy` か `/promote` を使ってください。
      | _ お問い合わせ用コード：never_good_here

    > ada: /lock environment:staging reason:tests lasting:soon
    shipgate to ada (private)
      | **“soon” is not a length of time.** #e67e22
      | Write it like 30s, 5m, 2h or 1h30m.
      | _ code for questions about this: bad_span
    shipgate to ada (private)
      | **「soon」は時間の長さとして読めません。** #e67e22
      | 30s、5m、2h、1h30m のように書いてください。
      | _ お問い合わせ用コード：bad_span

    > ada: /unlock environment:staging
    shipgate to ada (private)
      | **Nobody holds this environment.** #e67e22
      | There is nothing to unlock. `/status` shows what is locked.
      | _ code for questions about this: not_locked
    shipgate to ada (private)
      | **この環境はロックされていません。** #e67e22
      | 解除は不要です。ロック中の環境は `/status` で確認できます。
      | _ お問い合わせ用コード：not_locked

    > ada: /unquarantine version:v4-late reason:it was not the release
    shipgate to ada (private)
      | **v4-late is not barred.** #e67e22
      | No release of this app is.
      | _ code for questions about this: not_quarantined
    shipgate to ada (private)
      | **v4-late は隔離されていません。** #e67e22
      | このアプリに隔離中のリリースはありません。
      | _ お問い合わせ用コード：not_quarantined

    > eve: /lock environment:staging reason:mine
    shipgate to eve (private)
      | **You may not lock environments.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `lock` under \[permissions\].
      | _ code for questions about this: not_permitted
    shipgate to eve (private)
      | **環境のロックの権限がありません。** #e67e22
      | 権限のある人に依頼してください。権限は設定の \[permissions\] の `lock` で付与します。
      | _ お問い合わせ用コード：not_permitted
    ");
}

#[tokio::test]
async fn a_reason_of_nothing_visible_is_no_reason() {
    let mut w = world().await;
    let form = w.discord().person("ada").types("/lock environment:staging reason:\u{200b}\u{200b}");
    assert_snapshot!(w.hears(&form).await, @"form `/lock`: environment, Why?");
    assert_snapshot!(w.submits("ada", &form, "\u{200b}").await, @"
    shipgate to ada (private)
      | **A reason is missing.** #e67e22
      | Fill in the field `reason`: others will read it.
      | _ code for questions about this: reason_missing
    ");
}

/// Another program's command, or one that there was before this version.
#[tokio::test]
async fn a_command_that_nobody_knows_is_answered() {
    let mut heard = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = World::of(Setup::production("").on_discord(mode)).await;
        w.discord().offers("statsu");
        heard.push(w.types("ada", "/statsu").await);
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @"
    shipgate to ada (private)
      | **There is no command `/statsu`.** #e67e22
      | Did you mean `/status`? `/help` lists them all.
      | _ code for questions about this: unknown_command
    ");
}

#[tokio::test]
async fn what_breaks_on_the_way_is_answered_and_breaks_nothing_else() {
    let mut heard = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_discord(mode)).await;
        w.program().watcher.arm(Plug::Breaks("committed advance"));
        heard.push(w.types("ada", "/deploy environment:staging").await);
        w.expects(Expected::Errors("what somebody asked for broke on the way"));
        w.until("v2 → staging · Succeeded").await;
        assert!(w.types("ada", "/status").await.contains("v2"));
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @"
    shipgate to ada (private)
      | **Something broke in Shipgate on the way, so nobody can say here whether it was done.** #e67e22
      | `/status` shows how things stand. Whoever runs Shipgate finds the reason in its log.
      | _ code for questions about this: broke
    ");
}
