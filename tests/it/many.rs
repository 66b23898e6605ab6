//! A house of ten apps: what people read of all of them at once.

use insta::assert_snapshot;
use shipgate::clock::Span;
use shipgate::sim;

use crate::world::World;
use crate::world::setup::Setup;

/// What is seen at once of a terminal.
const SCREEN: usize = 24;

async fn ten_apps(locale: &'static str) -> World {
    let mut w = World::that_does_not_run(Setup::apps(10).in_locale(locale)).await;
    w.starts_again().await;
    let releases = sim::demo_releases();
    let image = |version: &str| {
        let release = releases.iter().find(|release| release.version == version);
        release.map(|release| release.image.clone()).expect("a release")
    };
    for n in 0..10 {
        w.ada().says(&format!("/release v1 {} app-{n}", image("v1"))).await;
        w.ada().says(&format!("/release v2 {} app-{n}", image("v2"))).await;
        w.ada().says(&format!("/deploy staging v2 app-{n}")).await;
        w.pass(Span::seconds(30)).await;
    }
    for n in 0..9 {
        w.ada().says(&format!("/promote production app-{n}")).await;
        w.pass(Span::seconds(30)).await;
    }
    w.bob().says("/lock production app-3 database work for 2h").await;
    w
}

#[tokio::test]
async fn status_and_history_of_ten_apps_are_a_screen_each() {
    let mut w = ten_apps("en").await;
    let (status, history) = (w.eve().says("/status").await, w.eve().says("/history").await);
    assert!(status.lines().count() <= SCREEN && history.lines().count() <= SCREEN);
    assert_snapshot!(status, @"
    ┌ Status of 10 apps
    │ ✅ app-0  staging v2 · production v2
    │ ✅ app-1  staging v2 · production v2
    │ ✅ app-2  staging v2 · production v2
    │ ✅ app-3  staging v2 · production v2 (locked by bob)
    │ ✅ app-4  staging v2 · production v2
    │ ✅ app-5  staging v2 · production v2
    │ ✅ app-6  staging v2 · production v2
    │ ✅ app-7  staging v2 · production v2
    │ ✅ app-8  staging v2 · production v2
    │ ✅ app-9  staging v2 · production found-d461299c
    │ `/status APP` shows all there is to say of one app.
    └
    ");
    assert_snapshot!(history, @"
    ┌ What was deployed last in 10 apps
    │ ✅ app-8  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-7  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-6  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-5  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-4  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-3  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-2  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-1  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-0  v2 → production · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-9  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-8  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-7  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-6  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-5  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-4  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ `/history ENVIRONMENT APP` says why each ended so.
    └ times in Asia/Tokyo
    ");
    assert_snapshot!(w.eve().says("/history staging").await.lines().take(3).collect::<Vec<_>>().join("\n"), @"
    ┌ What was deployed last in staging of 10 apps
    │ ✅ app-9  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    │ ✅ app-8  v2 → staging · Succeeded · ··:·· Mon 23 Nov · ada
    ");
    let one = w.eve().says("/history app-3").await;
    assert!(one.contains("History of app-3") && one.lines().count() == 4 && one.contains("took "), "{one}");
    assert_eq!(w.eve().hears_no_to("/history moon").await.code, "unknown_app");
    // What stops all of them stands above them.
    w.bob().says("/halt the payment provider is down").await;
    let halted = w.eve().says("/status").await;
    assert!(halted.lines().count() <= SCREEN && halted.contains("the payment provider is down"), "{halted}");
}

#[tokio::test]
async fn the_same_in_japanese() {
    let mut w = ten_apps("ja").await;
    let (status, history) = (w.eve().says("/status").await, w.eve().says("/history").await);
    assert!(status.lines().count() <= SCREEN && history.lines().count() <= SCREEN);
    assert_snapshot!(status, @"
    ┌ 10 個のアプリの状況
    │ ✅ app-0  staging v2 · production v2
    │ ✅ app-1  staging v2 · production v2
    │ ✅ app-2  staging v2 · production v2
    │ ✅ app-3  staging v2 · production v2 （bob さんがロック中）
    │ ✅ app-4  staging v2 · production v2
    │ ✅ app-5  staging v2 · production v2
    │ ✅ app-6  staging v2 · production v2
    │ ✅ app-7  staging v2 · production v2
    │ ✅ app-8  staging v2 · production v2
    │ ✅ app-9  staging v2 · production found-d461299c
    │ `/status アプリ` で、そのアプリのすべてを確認できます。
    └
    ");
    assert_snapshot!(history, @"
    ┌ 10 個のアプリの最近のデプロイ
    │ ✅ app-8  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-7  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-6  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-5  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-4  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-3  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-2  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-1  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-0  v2 → production · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-9  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-8  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-7  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-6  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-5  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ ✅ app-4  v2 → staging · 成功 · 11月23日(月) ··:·· · ada
    │ 終わり方の理由は `/history 環境 アプリ` で確認できます。
    └ 時刻は Asia/Tokyo
    ");
}

/// Names as long as they may be, in everything that is shown of ten apps; the chats hold what they get against their limits.
#[tokio::test]
async fn ten_apps_with_the_longest_names_keep_to_the_limits_of_the_chats() {
    let long = |begin: String| format!("{begin:x<64}");
    let app = |n: usize| long(format!("app-{n}-"));
    let mut setup = Setup::apps(10);
    for n in 0..10 {
        setup.config = setup.config.replace(&format!("name = \"app-{n}\""), &format!("name = \"{}\"", app(n)));
    }
    let setup = setup.on_discord("gateway").on_slack("socket").and_at_the_terminal();
    let mut w = World::that_does_not_run(setup).await;
    w.starts_again().await;
    w.discord_is_ready().await;
    w.slack_is_ready().await;
    let (version, image) = (long("v".to_owned()), sim::demo_releases()[1].image.clone());
    for n in 0..10 {
        let app = app(n);
        w.ada().says(&format!("/release {version} {image} {app}")).await;
        w.ada().says(&format!("/deploy staging {version} {app}")).await;
        w.pass(Span::seconds(40)).await;
        for place in ["staging", "production"] {
            w.ada().says(&format!("/lock {place} {app} {}", "@everyone *x* ".repeat(70))).await;
        }
        w.ada().says(&format!("/promote production {app}")).await;
    }
    w.ada().says("/halt fire").await;
    let on_discord = [w.types("ada", "/status").await, w.types("ada", "/history").await];
    let on_slack =
        [w.on_slack("ada").types("/shipgate status").await, w.on_slack("ada").types("/shipgate history").await];
    for [status, history] in [on_discord, on_slack] {
        assert!((0..10).all(|n| status.contains(&app(n))), "whole names, which can be typed: {status}");
        assert!(status.contains("Everything is halted") && status.contains(&version), "{status}");
        assert!(history.contains(&app(9)) && history.contains(&version), "{history}");
    }
    w.types_in("ja", "ada", "/status").await;
    w.catches_up().await;
}
