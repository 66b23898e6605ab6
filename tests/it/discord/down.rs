//! When Discord is down, nothing of a release waits for it; when it works again, everything is there once, as it is then.

use insta::assert_snapshot;

use crate::world::discord::{ANNOUNCEMENTS, DEPLOYMENTS, Fault};
use crate::world::setup::{APPROVAL, Setup, minutes, seconds};
use crate::world::watcher::Plug;
use crate::world::wire::{ALL, On, Trouble};
use crate::world::{Expected, World};

async fn world() -> World {
    World::of(Setup::production(APPROVAL).on_discord("http").and_at_the_terminal().instantly()).await
}

/// What is to be seen at the end, whatever was wrong on the way.
#[track_caller]
fn is_told_once(w: &World) {
    assert_eq!(
        w.lines_on_discord(DEPLOYMENTS),
        ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"],
        "each card once, in order, as it is"
    );
    for thread in ["hello v2 → staging", "hello v2 → production"] {
        let told = w.told_in(thread);
        let mut seen = told.clone();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), told.len(), "a line was told twice: {told:#?}");
        assert!(told[0].contains("asked to take v2"), "{told:#?}");
        assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
    }
    assert!(w.discord().threads().iter().all(|(_, _, archived)| *archived), "{:?}", w.discord().threads());
    let announced = w.lines_on_discord(ANNOUNCEMENTS);
    assert_eq!(announced.len(), 2, "{announced:#?}");
}

/// A release while this is wrong, and two minutes after it is right again.
async fn goes_on(mut w: World) -> World {
    let before = w.fly().discord_wire().lines().len();
    w.releases().await;
    w.pass(minutes(20)).await;
    let down = w.fly().discord_wire().lines().len() - before;
    // Half a dozen things wait to be said, and each is tried again once a minute.
    assert!(down < 250, "{down} requests while it was down");
    assert_eq!(w.lines_on_discord(DEPLOYMENTS), Vec::<String>::new());
    w.fly().works_again();
    w.discord().works_again();
    let before = w.discord().requests().len();
    w.pass(minutes(2)).await;
    is_told_once(&w);
    assert!(!w.discord().messages(DEPLOYMENTS).iter().any(|message| message.content.contains("<@")), "called too late");
    assert!(w.told_in("hello v2 → production").iter().all(|line| !line.contains("waits for you")), "called too late");
    let after = w.discord().requests().len() - before;
    assert!(after < 40, "{after} requests in two minutes");
    w
}

#[tokio::test]
async fn nothing_waits_for_a_discord_that_answers_500() {
    let w = world().await;
    w.fly().discord_wire().fails(None, ALL, Trouble::Says(500, "<html>Internal Server Error</html>"));
    let w = goes_on(w).await;
    assert_snapshot!(w.on_discord(DEPLOYMENTS), @r"
    shipgate
      | **hello v2 → staging · Succeeded** #2ecc71
      | v2 runs in staging and has passed everything.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **After the rollout**
      | ✅ **health** · passed · 2 of 2 in a row · http\://hello-staging/health answered 200 in 0 ms.
      | _ requested by ada · #········ · ledger ········
      [Roll back]!
      # hello v2 → staging (archived)

    shipgate
      | **hello v2 → production · Succeeded** #2ecc71
      | v2 runs in production and has passed everything.
      |
      | **Release** v2 · commit d7c2c805b · in place of v1
      | **Requested** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      | ✅ **Before** · 1 gate passed: approval (bob)
      | _ requested by ada · #········ · ledger ········
      [Roll back]!
      # hello v2 → production (archived)
    ");
}

#[tokio::test]
async fn nothing_waits_for_a_discord_that_wants_to_be_asked_more_slowly() {
    for fault in [Fault::status(429), Fault::limited(seconds(40))] {
        let w = world().await;
        w.discord().always_fails("", "", fault);
        goes_on(w).await;
    }
}

#[tokio::test]
async fn nothing_waits_for_a_discord_that_does_not_answer() {
    let w = world().await;
    w.fly().discord_wire().fails(None, ALL, Trouble::Deaf);
    goes_on(w).await;
}

#[tokio::test]
async fn nothing_waits_for_a_discord_that_drops_connections() {
    let w = world().await;
    w.fly().discord_wire().fails(None, ALL, Trouble::Cuts);
    goes_on(w).await;
}

#[tokio::test]
async fn nothing_waits_for_a_discord_that_refuses_the_token() {
    let w = world().await;
    w.discord().always_fails("", "", Fault::refuses(0));
    let w = goes_on(w).await;
    assert!(w.log().contains("Discord refuses DISCORD_TOKEN"), "{}", w.log());
}

#[tokio::test]
async fn what_is_posted_though_its_answer_is_lost_is_not_posted_again() {
    let mut w = world().await;
    w.fly().discord_wire().fails(Some(9), On("POST", ""), Trouble::LosesTheAnswer);
    w.releases().await;
    w.pass(minutes(3)).await;
    let cards = w.lines_on_discord(DEPLOYMENTS);
    assert_eq!(cards, ["hello v2 → staging · Succeeded", "hello v2 → production · Succeeded"]);
    let called = w.told_in("hello v2 → production").iter().filter(|line| line.contains("waits for you")).count();
    assert!(called <= 1, "called {called} times");
    is_told_once(&w);
}

#[tokio::test]
async fn a_program_that_dies_while_it_posts_posts_once() {
    // Each time between what Discord has and what is remembered of it, or between two details.
    for nth in [1, 2, 3, 4, 5, 6, 8] {
        let mut w = world().await;
        w.program().watcher.arm(Plug::Nth("about_to_commit remember".to_owned(), nth));
        w.ada().insists("/deploy staging").await.expect("a deployment");
        w.until_it("its death", World::is_dead).await;
        // What it was doing is taken up at once, while its lease on a machine may still hold.
        w.expects(Expected::Refusals);
        w.starts_again().await;
        w.until("v2 → staging · Succeeded").await;
        w.pass(minutes(2)).await;
        w.ada().presses("Promote").await;
        w.until("v2 → production · Waiting for people").await;
        w.bob().presses("Approve").await;
        w.until("v2 → production · Succeeded").await;
        w.pass(minutes(2)).await;
        is_told_once(&w);
    }
}

/// A release while the bot may not do this, and after it may again. What is seen meanwhile.
async fn without(permission: &str) -> (World, [Vec<String>; 2]) {
    let mut w = world().await;
    w.discord().denies(DEPLOYMENTS, permission);
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.ada().presses("Promote").await;
    w.until("v2 → production · Waiting for people").await;
    let before = w.discord().requests().len();
    w.pass(minutes(10)).await;
    let asked = w.discord().requests().len() - before;
    assert!(asked < 80, "{asked} requests in ten minutes without {permission}");
    let meanwhile = [w.lines_on_discord(DEPLOYMENTS), w.lines_on_discord(ANNOUNCEMENTS)];
    w.discord().allows(DEPLOYMENTS, permission);
    w.bob().presses("Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.pass(minutes(3)).await;
    (w, meanwhile)
}

#[tokio::test]
async fn without_the_right_to_write_the_rest_is_said_and_the_log_names_it() {
    let (w, [cards, announced]) = without("SEND_MESSAGES").await;
    assert_eq!(cards, Vec::<String>::new());
    assert_eq!(announced.len(), 1, "{announced:#?}");
    assert!(w.log().contains("permissions=\"View Channel, Send Messages"), "{}", w.log());
    is_told_once(&w);
}

#[tokio::test]
async fn without_the_right_to_embed_people_are_called_all_the_same() {
    let (w, [cards, _]) = without("EMBED_LINKS").await;
    assert_eq!(
        cards,
        ["<@&100000000000000010> hello v2 → production waits for you: approval. ada asked for it."],
        "people are called though there is no card"
    );
    assert!(w.log().contains("Embed Links"), "{}", w.log());
}

#[tokio::test]
async fn without_threads_cards_are_painted_and_people_are_called_beside_them() {
    for (permission, named) in
        [("CREATE_PUBLIC_THREADS", "Create Public Threads"), ("SEND_MESSAGES_IN_THREADS", "Send Messages in Threads")]
    {
        let (w, [cards, _]) = without(permission).await;
        assert_eq!(
            cards,
            [
                "hello v2 → staging · Succeeded",
                "hello v2 → production · Waiting for people",
                "<@&100000000000000010> hello v2 → production waits for you: approval. ada asked for it.",
            ],
            "{permission}"
        );
        assert!(w.log().contains(named), "{}", w.log());
        let told = w.told_in("hello v2 → production");
        assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
    }
}

#[tokio::test]
async fn without_the_right_to_manage_threads_nothing_is_missing() {
    let (w, _) = without("MANAGE_THREADS").await;
    is_told_once(&w);
}
