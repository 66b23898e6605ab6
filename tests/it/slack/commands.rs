//! What people type: slash commands, the one command that stands for all, and words to the bot.

use futures::FutureExt as _;
use insta::assert_snapshot;

use super::over_either;
use crate::world::World;
use crate::world::setup::{APPROVAL, Setup};

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await
}

#[tokio::test]
async fn one_command_stands_for_all_where_the_names_are_taken() {
    let mut w = world().await;
    let said = w.on_slack("ada").types("/shipgate deploy staging v2").await;
    assert_snapshot!(said, @"
    shipgate to ada (private)
      # ⚪ On its way: v2 to staging
      Asking what runs in staging now. Nothing is touched yet.
    ");
    w.until("v2 → staging · Succeeded").await;
    let renamed = w.on_slack("ada").types("/gate status").await;
    assert_eq!(renamed, w.on_slack("ada").types("/shipgate status").await, "whatever it is called");
    assert_eq!(w.on_slack("ada").types("/shipgate").await, w.on_slack("ada").types("/help").await);
}

#[tokio::test]
async fn what_slack_keeps_to_itself_is_told_as_it_can_be_typed() {
    let mut w = world().await;
    let help = w.on_slack("ada").types("/shipgate help").await;
    assert!(help.contains("*/shipgate status*") && help.contains("*/why*"), "{help}");
    let told = w.on_slack("ada").types("/unlock staging").await;
    assert!(told.contains("`/shipgate status`"), "{told}");
    assert!(!help.contains("*/status") && !told.contains("`/status"), "it would say how the person is");
}

#[tokio::test]
async fn who_speaks_to_the_bot_is_answered_where_they_spoke() {
    let told = over_either(async |mode| {
        let mut w = World::of(Setup::production(APPROVAL).on_slack(mode).instantly()).boxed_local().await;
        let mut told = vec![w.on_slack("ada").mentions("deploy v2 staging please").await];
        told.push(w.on_slack("ada").mentions("deploy v2 staging").await);
        w.until("v2 → staging · Succeeded").await;
        told.push(w.on_slack("bob").mentions_below("v2 → staging", "why production").await);
        let public = w.slack().messages("C0DEPLOY").len();
        w.on_slack("eve").mentions("").await;
        assert_eq!(w.slack().messages("C0DEPLOY").len(), public, "nobody else is bothered");
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to ada (private)
      # 🟠 “please” is too much for `/deploy`.
      Write `/deploy ENVIRONMENT [VERSION] [APP] [again]`; `/help deploy` has an example.
      _ code for questions about this: too_many_arguments

    shipgate to ada (private)
      # ⚪ On its way: v2 to staging
      Asking what runs in staging now. Nothing is touched yet.

    shipgate to bob (private, in the thread)
      # ⚪ What hello in production waits for
      Nothing is under way. v2 could come to production now.
      *What you can do*
      🙋 *a deployment* · ask for it: `/promote production`
      *production now*
      *Runs* v1
      *Address* <http://hello-production>
    ");
}

#[tokio::test]
async fn words_are_understood_in_any_order_and_as_slack_writes_them() {
    let mut w = world().await;
    let told = w.on_slack("ada").types("/plan staging v2 hello").await;
    for same in ["/plan hello v2 staging", "/plan hello@v2 staging", "/plan staging HELLO@v2"] {
        assert_eq!(w.on_slack("ada").types(same).await, told, "{same}");
    }
    for same in ["plan <mailto:hello@v2|hello@v2> staging", "plan `hello` “v2” staging"] {
        assert_eq!(w.on_slack("ada").mentions(same).await, told, "{same}");
    }
}

#[tokio::test]
async fn what_is_said_to_the_bot_stands_behind_its_name_or_before_it() {
    let mut w = world().await;
    let told = w.on_slack("ada").types("/plan staging v2").await;
    let bot = crate::world::slack::BOT;
    for same in [
        format!("good morning <@{bot}> plan staging v2"),
        format!("<@{bot}|shipgate> plan staging v2"),
        format!("plan staging v2 <@{bot}>"),
    ] {
        let asked = w.slack().person("ada").says(&same);
        assert_eq!(w.hears_on_slack(&asked).await, told, "{same}");
    }
}

#[tokio::test]
async fn what_is_typed_is_no_emoji_and_the_time_of_the_day_is_none() {
    let mut w = world().await;
    w.on_slack("ada").types("/lock staging :100: or :8ball: at 14:30:15").await;
    let told = w.on_slack("bob").types("/shipgate status").await;
    // A mark stands for what nobody sees, dots for a time.
    assert!(told.contains(":␣100: or :␣8ball: at ··:··:··"), "{told:?}");
}

#[tokio::test]
async fn who_is_spoken_of_in_a_reason_is_called_by_name() {
    let mut w = world().await;
    w.on_slack("ada").mentions("lock staging <@U0BOB> and <@U0EVE|eve> look").await;
    let told = w.on_slack("ada").types("/shipgate status").await;
    assert!(told.contains("@bob and @eve look"), "{told}");
}

#[tokio::test]
async fn mistakes_in_typing_are_answered_with_what_was_probably_meant() {
    let mut w = world().await;
    assert_snapshot!(w.on_slack("ada").types("/shipgate deplyo staging").await, @"
    shipgate to ada (private)
      # 🟠 There is no command `/deplyo`.
      Did you mean `/deploy`? `/help` lists them all.
      _ code for questions about this: unknown_command
    ");
    assert_snapshot!(w.on_slack("ada").types("/deploy stagign").await, @"
    shipgate to ada (private)
      # 🟠 There is no environment “stagign” in hello.
      Did you mean “staging”? The environments: staging, production.
      _ code for questions about this: unknown_environment
    ");
    assert_snapshot!(w.on_slack("ada").types("/promote prodction").await, @"
    shipgate to ada (private)
      # 🟠 There is no environment “prodction” in hello.
      Did you mean “production”? The environments: staging, production.
      _ code for questions about this: unknown_environment
    ");
    assert_snapshot!(w.on_slack("ada").types("/deploy staging v3-brokn").await, @"
    shipgate to ada (private)
      # 🟠 There is no version v3-brokn.
      Did you mean v3-broken? The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with `/release`.
      _ code for questions about this: unknown_version
    ");
    assert_snapshot!(w.on_slack("ada").types("/deploy staging 2").await, @"
    shipgate to ada (private)
      # 🟠 There is no version 2.
      Did you mean v2? The newest there are: v2, v4-late, v3-broken, v3-slow, v1. A new one is registered with `/release`.
      _ code for questions about this: unknown_version
    ");
    assert_snapshot!(w.on_slack("ada").types("/deploy staging v2 helo").await, @"
    shipgate to ada (private)
      # 🟠 There is no app “helo”.
      Did you mean “hello”? The apps: hello.
      _ code for questions about this: unknown_app
    ");
    assert_snapshot!(w.on_slack("ada").types("/help deploy").await, @"
    shipgate to ada (private)
      # ⚪ /deploy: release to an environment
      `/deploy ENVIRONMENT [VERSION] [APP] [again]`
      Takes a release to the first environment: the newest, or the one you name. To a later environment it goes as /promote does. `again` does it though that release runs already.
      *Example*
      /deploy staging v2
    ");
}

#[tokio::test]
async fn a_person_is_answered_in_their_own_language() {
    let mut w = world().await;
    w.slack().person("ada").reads("ja-JP");
    assert_snapshot!(w.on_slack("ada").types("/deploy staging").await, @"
    shipgate to ada (private)
      # ⚪ 受け付けました：v2 を staging へ
      staging で現在動いているものを確認しています。まだ何も変更していません。
    ");
    assert_eq!(w.slack().calls_of("users.info").len(), 1);
    w.on_slack("ada").types("/shipgate status").await;
    assert_eq!(w.slack().calls_of("users.info").len(), 1, "what a person reads is asked once");
}

#[tokio::test]
async fn where_slack_does_not_say_what_a_person_reads_it_is_the_language_of_the_channels() {
    let mut w = World::of(Setup::production(APPROVAL).on_slack("socket").instantly().in_locale("ja")).await;
    w.slack().always_fails("users.info", crate::world::slack::Fault::Says("missing_scope"));
    assert_snapshot!(w.on_slack("ada").types("/shipgate status").await, @"
    shipgate to ada (private)
      # ⚪ hello の状況
      *staging*
      *稼働中* v1
      *URL* <http://hello-staging>
      *production*
      *稼働中* v1
      *URL* <http://hello-production>
    ");
}

#[tokio::test]
async fn who_is_of_another_workspace_is_served_nothing() {
    let mut w = world().await;
    assert_snapshot!(w.on_slack("zed").types("/deploy staging").await, @"
    shipgate to zed (private)
      # 🟠 Shipgate does not serve your workspace.
      Ask somebody of the workspace that it is installed in.
      _ code for questions about this: other_workspace
    ");
    assert_snapshot!(w.on_slack("zed").mentions("deploy staging").await, @"
    shipgate to zed (private)
      # 🟠 Shipgate does not serve your workspace.
      Ask somebody of the workspace that it is installed in.
      _ code for questions about this: other_workspace
    ");
    w.is_staged_on_slack().await;
    assert_snapshot!(w.on_slack("zed").presses("v2 → staging", "Promote").await, @"
    shipgate to zed (private)
      # 🟠 Shipgate does not serve your workspace.
      Ask somebody of the workspace that it is installed in.
      _ code for questions about this: other_workspace
    ");
}

#[tokio::test]
async fn who_may_not_is_told_so_privately() {
    let mut w = world().await;
    w.on_slack("ada").types("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    assert_snapshot!(w.on_slack("eve").types("/promote").await, @"
    shipgate to eve (private)
      # 🟠 You may not promote to a later environment.
      Ask somebody who may. Whoever keeps the config grants it with `promote` under [permissions].
      _ code for questions about this: not_permitted
    ");
}
