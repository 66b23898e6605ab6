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

/// A release while this is wrong, and two minutes after it is right again.
async fn goes_on(w: World) -> World {
    let w = is_down(w).await;
    w.fly().works_again();
    w.discord().works_again();
    is_back(w).await
}

/// A release while something is wrong.
async fn is_down(mut w: World) -> World {
    let before = w.fly().discord_wire().lines().len();
    w.releases().await;
    w.pass(minutes(20)).await;
    let down = w.fly().discord_wire().lines().len() - before;
    // Half a dozen things wait to be said, and each is tried again once a minute.
    assert!(down < 250, "{down} requests while it was down");
    assert_eq!(w.lines_on_discord(DEPLOYMENTS), Vec::<String>::new());
    w
}

/// The two minutes after it is right again.
async fn is_back(mut w: World) -> World {
    let before = w.discord().requests().len();
    w.pass(minutes(2)).await;
    w.is_told_once_on_discord("");
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
    let mut w = is_down(w).await;
    w.discord().works_again();
    // With a token that works.
    w.starts_again().await;
    let w = is_back(w).await;
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
    w.is_told_once_on_discord("");
}

#[tokio::test]
async fn a_program_that_dies_while_it_posts_posts_once() {
    // Each time between what Discord has and what is remembered of it, or between two details.
    for nth in [1, 2, 3, 4, 5, 6, 8] {
        let mut w = world().await;
        assert!(w.is_staged_though_it_dies(nth).await, "{nth}");
        w.promotes().await;
        w.pass(minutes(2)).await;
        w.is_told_once_on_discord(&format!("died at {nth}"));
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
    // What was refused for ten minutes is tried again within as many.
    w.pass(minutes(12)).await;
    (w, meanwhile)
}

#[tokio::test]
async fn without_the_right_to_write_the_rest_is_said_and_the_log_names_it() {
    let (w, [cards, announced]) = without("SEND_MESSAGES").await;
    assert_eq!(cards, Vec::<String>::new());
    assert_eq!(announced.len(), 1, "{announced:#?}");
    assert!(w.log().contains("permissions=\"View Channel, Send Messages"), "{}", w.log());
    w.is_told_once_on_discord("");
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
    w.is_told_once_on_discord("");
}

/// Staging takes one release after the other, each at once.
async fn busy() -> World {
    let mut setup = Setup::production("").machines(1, 1).instantly().on_discord("http");
    let gate = setup.config.find("[[apps.environments.after]]").expect("a gate");
    let end = setup.config.find("[[apps.environments]]\nname   = \"production\"").expect("production");
    setup.config.replace_range(gate..end, "");
    World::of(setup.and_at_the_terminal()).await
}

/// So many deployments to staging, one after the other.
async fn deploys(w: &mut World, times: usize) {
    for version in ["v2", "v1"].into_iter().cycle().take(times) {
        w.ada().says(&format!("/deploy staging {version}")).await;
        w.until(&format!("{version} → staging · Succeeded")).await;
    }
}

/// What was done since the plug was looked at last: requests, commits, lines in the log.
fn done(w: &World) -> [usize; 3] {
    let commits = w.program().watcher.boundaries().iter().filter(|name| name.starts_with("committed")).count();
    [w.discord().requests().len(), commits, w.log().lines().count()]
}

#[tokio::test]
async fn what_nobody_mends_is_tried_less_and_less_and_given_up_once_it_is_over() {
    let mut w = busy().await;
    w.discord().denies(DEPLOYMENTS, "CREATE_PUBLIC_THREADS");
    w.program().watcher.arm(Plug::Stays);
    w.sleeps_after(minutes(10)).await;
    deploys(&mut w, 30).await;
    let before = done(&w);
    w.pass(minutes(60)).await;
    let [requests, commits, lines] = [0, 1, 2].map(|what| done(&w)[what] - before[what]);
    // Each of the thirty is tried after 1, 2, 4, 8, 16 and 32 minutes, and one try is two commits and two lines.
    assert!(requests <= 30 * 6, "{requests} requests in an hour");
    assert!(commits <= 30 * 6 * 2, "{commits} commits in an hour");
    assert!(lines <= 30 * 6 * 2, "{lines} lines in an hour");
    assert!(w.would_sleep(), "nothing of what is over keeps it awake");
    w.discord().allows(DEPLOYMENTS, "CREATE_PUBLIC_THREADS");
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    let told = w.told_in("hello v2 → staging");
    assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{told:#?}");
}

#[tokio::test]
async fn cards_that_cannot_be_posted_wait_for_the_oldest_and_come_in_order_also_after_a_restart() {
    let mut w = busy().await;
    w.fly().discord_wire().fails(None, ALL, Trouble::Says(502, "<html>Bad Gateway</html>"));
    deploys(&mut w, 12).await;
    w.pass(minutes(5)).await;
    let heard = |w: &World| w.fly().discord_wire().lines().len();
    w.program().watcher.arm(Plug::Stays);
    let before = heard(&w);
    w.pass(minutes(10)).await;
    let (requests, commits) = (heard(&w) - before, done(&w)[1]);
    assert!(requests <= 25, "only the oldest is tried: {requests} requests in ten minutes");
    // Eleven cards and what is said about each look once after each of these tries; one look is two commits.
    assert!(commits <= 2 * 12 * 2 * 25, "{commits} commits in ten minutes");
    w.starts_again().await;
    w.expects(Expected::Errors("the commands are not registered"));
    w.ada().says("/promote production v2").await;
    w.until("v2 → production · Succeeded").await;
    w.fly().works_again();
    w.pass(minutes(2)).await;
    let mut wanted: Vec<String> =
        ["v2", "v1"].into_iter().cycle().take(12).map(|v| format!("hello {v} → staging · Succeeded")).collect();
    wanted.push("hello v2 → production · Succeeded".to_owned());
    assert_eq!(w.lines_on_discord(DEPLOYMENTS), wanted);
}

#[tokio::test]
async fn a_card_that_is_as_it_should_be_is_not_edited() {
    let mut w = world().await;
    w.ada().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    let (card, before) = (w.message("v2 → staging"), w.heard_by_discord("PATCH", ""));
    for _ in 0..3 {
        // Whoever is refused has the card painted again.
        let late = card.custom_id("Roll back").replace(":rollback-back:", ":abort:");
        let said = w.clicks_id("ada", card.id, &late).await;
        assert!(said.contains("code for questions about this: already_closed"), "{said}");
        w.catches_up().await;
    }
    assert_eq!(w.message("v2 → staging").edits, card.edits);
    assert_eq!(w.heard_by_discord("PATCH", "") - before, 0);
}

/// Discord knows a nonce again for a few minutes only.
#[tokio::test]
async fn what_is_posted_though_its_answer_is_lost_is_found_again_after_ten_minutes() {
    for nth in 0..4 {
        let mut w = world().await;
        let posts = On("POST", "/messages");
        // The card, what is told beside it, who is called, what is announced: whichever comes at this place.
        w.fly().discord_wire().fails(Some(nth), posts, Trouble::Passes);
        w.fly().discord_wire().fails(Some(1), posts, Trouble::LosesTheAnswer);
        w.ada().says("/deploy staging").await;
        let is_lost = |w: &World| w.fly().discord_wire().lines().iter().any(|line| line.scripted);
        w.until_it("the loss of an answer", is_lost).await;
        w.fly().discord_wire().fails(None, ALL, Trouble::Says(500, "no"));
        w.until("v2 → staging · Succeeded").await;
        w.pass(minutes(10)).await;
        w.fly().works_again();
        w.pass(minutes(3)).await;
        assert_eq!(w.lines_on_discord(DEPLOYMENTS), ["hello v2 → staging · Succeeded"], "{nth}");
        let told = w.told_in("hello v2 → staging");
        let mut seen = told.clone();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), told.len(), "{nth}: a line was told twice: {told:#?}");
        assert!(told.last().expect("lines").contains("It has ended: Succeeded"), "{nth}: {told:#?}");
        let announced = w.lines_on_discord(ANNOUNCEMENTS);
        assert_eq!(announced.len(), 1, "{nth}: {announced:#?}");
    }
}
