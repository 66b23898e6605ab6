//! The commands as Discord knows them: what is there in both languages, and when they are registered.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;
use shipgate::sim::{AppConfig, tcp_check};

use crate::world::discord::{Fault, Kind};
use crate::world::setup::{Setup, minutes, seconds};
use crate::world::{Expected, World};

const COMMANDS: &str = "/commands";

/// The production of another app, with the machines of the first one.
const SHOP: &str = r#"
[[apps]]
name = "shop"

[[apps.environments]]
name   = "production"
url    = "{production}"
target = { kind = "fly", app = "hello-production" }
"#;

/// An environment more.
fn environment(number: usize) -> String {
    format!("[[apps.environments]]\nname = \"room-{number}\"\ntarget = {{ kind = \"fly\", app = \"room-{number}\" }}\n")
}

fn on_discord() -> Setup {
    Setup::production("").on_discord("gateway")
}

fn with_rooms(rooms: usize) -> Setup {
    let mut setup = on_discord();
    let first = setup.sim.images[0].reference();
    setup.sim.apps.extend((1..=rooms).map(|n| AppConfig::deployed(&format!("room-{n}"), 1, &first, &tcp_check())));
    setup
}

/// A world that starts after something was done to Discord.
async fn starts(setup: Setup, before: impl FnOnce(&World)) -> World {
    let mut w = World::that_does_not_run(setup).await;
    before(&w);
    w.starts_again().await;
    w
}

/// Both languages, where there are two.
fn both(one: &Value, key: &str) -> String {
    let english = one[key].as_str().unwrap_or_default();
    match one[format!("{key}_localizations")]["ja"].as_str() {
        Some(japanese) => format!("{english} / {japanese}"),
        None => english.to_owned(),
    }
}

fn as_text(commands: &[Value]) -> String {
    let mut said = String::new();
    for command in commands {
        let _ = writeln!(said, "/{}: {}", both(command, "name"), both(command, "description"));
        for option in command["options"].as_array().into_iter().flatten() {
            let kind = match option["type"].as_u64() {
                Some(3) => "text",
                Some(5) => "yes or no",
                other => panic!("{other:?}"),
            };
            let must = if option["required"] == true { "!" } else { "" };
            let typed = if option["autocomplete"] == true { ", completed" } else { "" };
            let _ = writeln!(said, "  {}{must} ({kind}{typed}): {}", both(option, "name"), both(option, "description"));
            for choice in option["choices"].as_array().into_iter().flatten() {
                let _ = writeln!(said, "    {} = {}", both(choice, "name"), choice["value"]);
            }
        }
    }
    said
}

/// The option of a command, or null.
pub(super) fn option(w: &World, command: &str, option: &str) -> Value {
    let commands = w.discord().commands();
    let command = commands.into_iter().find(|one| one["name"] == command).expect("a command");
    let options = command["options"].as_array().cloned().unwrap_or_default();
    options.into_iter().find(|one| one["name"] == option).unwrap_or_default()
}

pub(super) fn values(option: &Value) -> Vec<&str> {
    option["choices"].as_array().into_iter().flatten().filter_map(|choice| choice["value"].as_str()).collect()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "what people read stands beside what they did")]
async fn the_table_is_there_in_both_languages() {
    let w = World::of(on_discord()).await;
    assert_snapshot!(as_text(&w.discord().commands()), @r#"
    /deploy / デプロイ: release to an environment / 環境にデプロイする
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      version / バージョン (text, completed): which release / 対象のリリース
      again / やり直し (yes or no): do it though that release runs already / そのリリースがすでに動いていても実行する
    /promote / 昇格: take what succeeded on to the next environment / 成功したリリースを次の環境に昇格させる
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      version / バージョン (text, completed): which release / 対象のリリース
      again / やり直し (yes or no): do it though that release runs already / そのリリースがすでに動いていても実行する
    /rollback / ロールバック: go back to the last good release / 直前の正常なリリースに戻す
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      version / バージョン (text, completed): which release / 対象のリリース
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /smoke / スモークテスト: run an environment's http checks once / 環境の HTTP チェックを 1 回実行する
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
    /status / 状況: what runs where, and what is under way / 何がどこで動き、何が進行中かを見る
    /why / 待ち理由: what an environment waits for / 環境が何を待っているかを見る
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
    /plan / 計画: what a deployment would do, without doing it / デプロイで起きることを、実行せずに確認する
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      version / バージョン (text, completed): which release / 対象のリリース
    /history / 履歴: what was released, newest first / デプロイの履歴を新しい順に見る
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
    /release / リリース登録: register a release / リリースを登録する
      version / バージョン! (text): what to call it, such as v1.4.0 / 付けるバージョン名（v1.4.0 など）
      image / イメージ! (text): the image with its digest: registry.fly.io/hello@sha256:… / ダイジェスト付きのイメージ：registry.fly.io/hello@sha256:…
    /approve / 承認: say yes to what waits for approval / 承認待ちのデプロイを承認する
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      gate / ゲート (text, completed): which gate or item / 対象のゲートまたは項目
    /reject / 却下: say no to what waits for approval / 承認待ちのデプロイを却下する
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /confirm / 確認: tick an item of the checklist / チェックリストの項目を確認済みにする
      gate / ゲート! (text, completed): which gate or item / 対象のゲートまたは項目
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
    /abort / 中止: stop what is under way / 進行中のデプロイを中止する
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /snooze / スヌーズ: put off what waits for people, for half an hour or as long as you say / 担当者の操作待ちを後回しにする（30 分、または指定した時間）
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      lasting / 期間 (text): for how long, such as 2h or 30m / いつまで続けるか（2h、30m など）
    /override / 強行: pass a gate by word, for a reason that others read / 理由を添えてゲートを強行する
      gate / ゲート! (text, completed): which gate or item / 対象のゲートまたは項目
      environment / 環境 (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /hotfix / 緊急リリース: release out of order: no soak, no window, no environment before it / 順序を飛ばしてリリースする（ソーク、時間帯、前の環境なし）
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
      version / バージョン! (text, completed): which release / 対象のリリース
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /halt / 全体停止: stop everything: no new rollout starts / 全体を停止する（新しい展開を始めない）
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
      lasting / 期間 (text): for how long, such as 2h or 30m / いつまで続けるか（2h、30m など）
    /resume / 再開: lift the halt / 全体停止を解除する
    /lock / ロック: hold an environment / 環境をロックする
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
        all / アプリ全体 = "all"
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
      lasting / 期間 (text): for how long, such as 2h or 30m / いつまで続けるか（2h、30m など）
      next / 次 (yes or no): ask to be next if another holds it / ほかの人がロック中なら、次の順番を取る
    /unlock / ロック解除: let go of an environment / 環境のロックを解除する
      environment / 環境! (text): which environment / 対象の環境
        staging = "staging"
        production = "production"
        all / アプリ全体 = "all"
    /unquarantine / 隔離解除: let a barred release out again / リリースの隔離を解除する
      version / バージョン! (text, completed): which release / 対象のリリース
      reason / 理由 (text): why; others will read it / 理由（ほかの人にも表示されます）
    /help / ヘルプ: this list, or one command / コマンドの一覧、または使い方を見る
      command / コマンド (text): which command / 対象のコマンド
        /deploy · release to an environment / /デプロイ · /deploy · 環境にデプロイする = "deploy"
        /promote · take what succeeded on to the next environment / /昇格 · /promote · 成功したリリースを次の環境に昇格させる = "promote"
        /rollback · go back to the last good release / /ロールバック · /rollback · 直前の正常なリリースに戻す = "rollback"
        /smoke · run an environment's http checks once / /スモークテスト · /smoke · 環境の HTTP チェックを 1 回実行する = "smoke"
        /status · what runs where, and what is under way / /状況 · /status · 何がどこで動き、何が進行中かを見る = "status"
        /why · what an environment waits for / /待ち理由 · /why · 環境が何を待っているかを見る = "why"
        /plan · what a deployment would do, without doing it / /計画 · /plan · デプロイで起きることを、実行せずに確認する = "plan"
        /history · what was released, newest first / /履歴 · /history · デプロイの履歴を新しい順に見る = "history"
        /release · register a release / /リリース登録 · /release · リリースを登録する = "release"
        /approve · say yes to what waits for approval / /承認 · /approve · 承認待ちのデプロイを承認する = "approve"
        /reject · say no to what waits for approval / /却下 · /reject · 承認待ちのデプロイを却下する = "reject"
        /confirm · tick an item of the checklist / /確認 · /confirm · チェックリストの項目を確認済みにする = "confirm"
        /abort · stop what is under way / /中止 · /abort · 進行中のデプロイを中止する = "abort"
        /snooze · put off what waits for people, for half an hour or as long as you say / /スヌーズ · /snooze · 担当者の操作待ちを後回しにする（30 分、または指定した時間） = "snooze"
        /override · pass a gate by word, for a reason that others read / /強行 · /override · 理由を添えてゲートを強行する = "override"
        /hotfix · release out of order: no soak, no window, no environment before it / /緊急リリース · /hotfix · 順序を飛ばしてリリースする（ソーク、時間帯、前の環境なし） = "hotfix"
        /halt · stop everything: no new rollout starts / /全体停止 · /halt · 全体を停止する（新しい展開を始めない） = "halt"
        /resume · lift the halt / /再開 · /resume · 全体停止を解除する = "resume"
        /lock · hold an environment / /ロック · /lock · 環境をロックする = "lock"
        /unlock · let go of an environment / /ロック解除 · /unlock · 環境のロックを解除する = "unlock"
        /unquarantine · let a barred release out again / /隔離解除 · /unquarantine · リリースの隔離を解除する = "unquarantine"
        /help · this list, or one command / /ヘルプ · /help · コマンドの一覧、または使い方を見る = "help"
    "#);
}

#[tokio::test]
async fn with_two_apps_the_app_is_asked_for() {
    let mut setup = Setup::production("").on_discord("gateway");
    let (hello, production) = setup.config.split_once("[[apps.environments]]\nname   = \"production\"").expect("two");
    assert!(production.contains("hello-production"));
    setup.config = format!("{hello}{SHOP}");
    let mut w = starts(setup, |_| ()).await;
    w.discord_is_ready().await;
    assert_eq!(values(&option(&w, "deploy", "app")), ["hello", "shop"]);
    assert_eq!(values(&option(&w, "deploy", "environment")), ["staging", "production"]);
    assert_eq!(option(&w, "deploy", "app")["required"], Value::Null);
    assert_snapshot!(w.types("ada", "/unquarantine version:v1 reason:it was not the release").await, @r"
    shipgate to ada (private)
      | **There are several apps. Which one do you mean?** #e67e22
      | Choose one in the field `app`: hello, shop.
      | _ code for questions about this: which_app
    ");
    assert_snapshot!(w.types("ada", "/deploy environment:staging app:shop").await, @r"
    shipgate to ada (private)
      | **There is no environment “staging” in shop.** #e67e22
      | The environments: production.
      | _ code for questions about this: unknown_environment
    ");
    assert_snapshot!(w.types_in("ja", "ada", "/deploy environment:staging app:shop").await, @r"
    shipgate to ada (private)
      | **shop に「staging」という環境はありません。** #e67e22
      | 環境一覧：production
      | _ お問い合わせ用コード：unknown_environment
    ");
}

#[tokio::test]
async fn more_environments_than_choices_are_completed() {
    let mut setup = with_rooms(24);
    setup.config.extend((1..=24).map(environment));
    let mut w = World::of(setup).await;
    let known = option(&w, "deploy", "environment");
    assert_eq!((&known["autocomplete"], values(&known).len()), (&Value::Bool(true), 0));
    let all = w.is_offered("ada", "/deploy", "environment").await;
    assert_eq!(all.lines().count(), 25);
    assert!(all.starts_with("staging\nproduction\nroom-1\n"), "{all}");
    assert_eq!(w.is_offered("ada", "/deploy environment:M-24", "environment").await, "room-24");
    assert_eq!(w.is_offered("ada", "/deploy environment:nowhere", "environment").await, "");
    assert_snapshot!(w.types("ada", "/deploy environment:nowhere").await, @r"
    shipgate to ada (private)
      | **There is no environment “nowhere” in hello.** #e67e22
      | The environments: staging, production, room-1, room-2, room-3, room-4, room-5, room-6, room-7, room-8, room-9, room-10, room-11, room-12, room-13, room-14, room-15, room-16, room-17, room-18, room-19, room-20, room-21, room-22, room-23, room-24.
      | _ code for questions about this: unknown_environment
    ");
    assert_snapshot!(w.types_in("ja", "ada", "/why environment:nowhere").await, @r"
    shipgate to ada (private)
      | **hello に「nowhere」という環境はありません。** #e67e22
      | 環境一覧：staging, production, room-1, room-2, room-3, room-4, room-5, room-6, room-7, room-8, room-9, room-10, room-11, room-12, room-13, room-14, room-15, room-16, room-17, room-18, room-19, room-20, room-21, room-22, room-23, room-24
      | _ お問い合わせ用コード：unknown_environment
    ");
}

#[tokio::test]
async fn the_whole_app_is_offered_beside_twenty_five_environments() {
    let mut setup = with_rooms(23);
    setup.config.extend((1..=23).map(environment));
    let mut w = World::of(setup).await;
    let known = option(&w, "lock", "environment");
    assert_eq!((&known["autocomplete"], values(&known).len()), (&Value::Bool(true), 0));
    let offered = w.is_offered("ada", "/lock reason:x", "environment").await;
    assert!(offered.starts_with("all\nstaging\nproduction\n"), "{offered}");
    assert_eq!(offered.lines().count(), 25);
    let asked = w.discord().person("ada").locale("ja").completes("/lock environment:全体 reason:x", "environment");
    assert_eq!(w.hears(&asked).await, "アプリ全体");
    assert_eq!(asked.answer().expect("an answer").choices[0].1, "all");
}

#[tokio::test]
async fn twenty_five_environments_are_choices_still() {
    let mut setup = with_rooms(23);
    setup.config.extend((1..=23).map(environment));
    let w = World::of(setup).await;
    assert_eq!(values(&option(&w, "deploy", "environment")).len(), 25);
}

#[tokio::test]
async fn they_are_registered_only_when_they_changed() {
    let mut w = World::of(with_rooms(1)).await;
    assert_eq!((w.heard_by_discord("GET", COMMANDS), w.heard_by_discord("PUT", COMMANDS)), (1, 1));
    w.stops().await;
    w.starts_again().await;
    w.discord_is_ready().await;
    w.types("ada", "/status").await;
    assert_eq!((w.heard_by_discord("GET", COMMANDS), w.heard_by_discord("PUT", COMMANDS)), (2, 1));

    w.stops().await;
    w.is_configured(|config| format!("{config}{}", environment(1)));
    w.starts_again().await;
    let discord = w.discord().clone();
    discord.until("the new environment", |fake| format!("{:?}", fake.commands()).contains("room-1")).await;
    w.discord_is_ready().await;
    w.types("ada", "/status").await;
    assert_eq!((w.heard_by_discord("GET", COMMANDS), w.heard_by_discord("PUT", COMMANDS)), (3, 2));
    assert_eq!(values(&option(&w, "deploy", "environment")), ["staging", "production", "room-1"]);
}

#[tokio::test]
async fn registering_is_tried_again_until_discord_takes_it() {
    let mut w = starts(on_discord(), |w| w.discord().fails(3, "PUT", COMMANDS, Fault::status(500))).await;
    w.expects(Expected::Errors("the commands are not registered"));
    let discord = w.discord().clone();
    for (tries, pause) in [(1, 2), (2, 4), (3, 8)] {
        discord.until("a try", |fake| fake.requests().iter().filter(|one| one.method == "PUT").count() == tries).await;
        w.settle().await;
        assert!(w.discord().commands().is_empty());
        w.pass(seconds(pause)).await;
    }
    w.discord_is_ready().await;
    assert_eq!(w.heard_by_discord("PUT", COMMANDS), 4);
}

#[tokio::test]
async fn registering_is_tried_again_when_no_answer_ever_comes() {
    let mut w = starts(on_discord(), |w| w.discord().fails(1, "GET", COMMANDS, Fault::Deaf)).await;
    w.expects(Expected::Errors("the commands are not registered"));
    let discord = w.discord().clone();
    discord.until("a try", |fake| fake.open().deaf == 1).await;
    w.pass(minutes(1)).await;
    w.discord_is_ready().await;
    assert_eq!((w.heard_by_discord("GET", COMMANDS), w.heard_by_discord("PUT", COMMANDS)), (2, 1));
    let asked = w.discord().person("ada").types("/status");
    w.hears(&asked).await;
    assert_eq!(asked.answer().map(|answer| (answer.kind, answer.ephemeral)), Some((Kind::Message, true)));
}
