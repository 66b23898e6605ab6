//! Discord and Slack on one state: a card in each, and whoever presses first wins in both.

use futures::FutureExt as _;
use shipgate::clock::Clock as _;
use shipgate::command;
use shipgate::domain::What;

use crate::world::setup::{APPROVAL, Setup, minutes};
use crate::world::watcher::Plug;
use crate::world::wire::{ALL, Trouble, Wire};
use crate::world::{Expected, World, speaker};

const CARD: &str = "v2 → production";
const WAITING: &str = "v2 → production · Waiting for people";
const SUCCEEDED: &str = "hello v2 → production · Succeeded";

/// Both chats, in which ada and bob are known, and cy at the terminal, who asks for everything.
fn both(production: &str) -> Setup {
    Setup::production(production).on_discord("gateway").on_slack("socket").and_at_the_terminal().instantly()
}

async fn promoted_in(setup: Setup) -> World {
    let mut w = World::of(setup).await;
    w.cy().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.cy().says("/promote").await;
    w.until(WAITING).await;
    w.catches_up().await;
    w
}

async fn promoted() -> World {
    promoted_in(both(APPROVAL)).await
}

/// The titles of the card: on Discord, and on Slack without the sign before it.
#[track_caller]
fn titles(w: &World) -> [String; 2] {
    let on_discord = w.message(CARD).embeds[0]["title"].as_str().expect("a title").to_owned();
    let on_slack = w.slack_card(CARD);
    [on_discord, on_slack.title().trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_owned()]
}

/// Both cards, without what each chat has of its own.
#[track_caller]
fn cards(w: &World) -> [String; 2] {
    let words = |text: &str| text.replace("**", "*").replace("  |", "");
    [words(&w.card_on_discord(CARD)), words(&w.card_on_slack(CARD))]
}

/// Both show how it ended, and who decided it.
#[track_caller]
fn both_show(w: &World, title: &str, says: &str) {
    assert_eq!(titles(w), [title, title]);
    for card in cards(w) {
        assert!(card.contains(says), "`{says}` is not in:\n{card}");
        assert!(!card.contains("[Approve]") && !card.contains("[Abort]"), "still to be pressed:\n{card}");
    }
}

#[tokio::test]
async fn what_is_pressed_in_one_chat_is_shown_in_both() {
    let mut w = promoted().await;
    assert_eq!(titles(&w), ["hello v2 → production · Waiting for people"; 2]);
    assert!(w.on_slack("bob").presses(CARD, "Approve").await.contains("You approved v2"));
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    both_show(&w, SUCCEEDED, "approval (bob)");
    let mut w = promoted().await;
    assert!(w.clicks("ada", CARD, "Approve").await.contains("You approved v2"));
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    both_show(&w, SUCCEEDED, "approval (ada)");
}

#[tokio::test]
async fn of_two_who_press_in_both_chats_at_once_one_is_told_who_was_first() {
    for slack_first in [true, false] {
        let mut w = promoted().await;
        let (on_slack, on_discord) = if slack_first {
            let on_slack = w.reaches_on_slack("bob", CARD, "Approve");
            (on_slack, w.reaches("ada", CARD, "Approve"))
        } else {
            let on_discord = w.reaches("ada", CARD, "Approve");
            (w.reaches_on_slack("bob", CARD, "Approve"), on_discord)
        };
        let told = [("bob", w.hears_on_slack(&on_slack).await), ("ada", w.hears(&on_discord).await)];
        let [(winner, won), (loser, lost)] = if told[0].1.contains("You approved") {
            told
        } else {
            let [bob, ada] = told;
            [ada, bob]
        };
        assert!(won.contains("You approved v2 for production"), "{won}");
        assert!(lost.contains(&format!("{winner} was first: Approve")), "{lost}");
        for (name, text) in [(winner, &won), (loser, &lost)] {
            assert!(text.starts_with(&format!("shipgate to {name} (private)")), "{text}");
        }
        w.until("v2 → production · Succeeded").await;
        w.catches_up().await;
        both_show(&w, SUCCEEDED, &format!("approval ({winner})"));
        assert_eq!(w.fly().updates("hello-production"), [1, 1, 1], "rolled out once");
    }
}

#[tokio::test]
async fn of_a_yes_and_a_no_at_once_one_counts() {
    let mut w = promoted().await;
    let (yes, no) = (w.reaches_on_slack("bob", CARD, "Approve"), w.reaches("ada", CARD, "Abort"));
    let (yes, no) = (w.hears_on_slack(&yes).await, w.hears(&no).await);
    let (approved, aborted) = (yes.contains("You approved v2"), no.contains("bob was first: Approve"));
    let (refused, stopped) = (yes.contains("ada was first: Abort"), !no.contains("was first"));
    assert!((approved && aborted) != (refused && stopped), "{yes}\n{no}");
    w.pass(minutes(1)).await;
    let [on_discord, on_slack] = titles(&w);
    assert_eq!(on_discord, on_slack);
    assert!(on_discord.ends_with(if approved { "Succeeded" } else { "Aborted" }), "{on_discord}");
}

#[tokio::test]
async fn of_a_no_with_its_reason_and_a_yes_in_the_other_chat_the_first_counts() {
    for yes_first in [true, false] {
        let mut w = promoted().await;
        // bob is asked why; the no is not said yet.
        let form = w.reaches_on_slack("bob", CARD, "Reject");
        w.hears_on_slack(&form).await;
        if yes_first {
            assert!(w.clicks("ada", CARD, "Approve").await.contains("You approved v2"));
            let said = w.submits_on_slack("bob", &form, &[("reason", "not on a monday")]).await;
            assert!(said.contains("ada was first: Approve") && said.contains("stale_card"), "{said}");
            w.until("v2 → production · Succeeded").await;
            w.catches_up().await;
            both_show(&w, SUCCEEDED, "approval (ada)");
        } else {
            let approve = w.message(CARD).custom_id("Approve");
            let said = w.submits_on_slack("bob", &form, &[("reason", "not on a monday")]).await;
            assert!(said.contains("You rejected v2"), "{said}");
            let message = w.message(CARD).id;
            let said = w.clicks_id("ada", message, &approve).await;
            assert!(said.contains("bob was first: Reject"), "{said}");
            w.catches_up().await;
            both_show(&w, "hello v2 → production · Aborted", "bob rejected it: not on a monday");
        }
    }
}

#[tokio::test]
async fn both_chats_are_heard_over_signed_requests() {
    let setup = Setup::production(APPROVAL).on_discord("http").on_slack("http").and_at_the_terminal().instantly();
    let mut w = promoted_in(setup).await;
    assert_eq!(w.slack().connections(), 0);
    let form = w.reaches_on_slack("bob", CARD, "Reject");
    w.hears_on_slack(&form).await;
    assert!(w.clicks("ada", CARD, "Approve").await.contains("You approved v2"));
    let said = w.submits_on_slack("bob", &form, &[("reason", "not on a monday")]).await;
    assert!(said.contains("ada was first: Approve"), "{said}");
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    both_show(&w, SUCCEEDED, "approval (ada)");
    let (on_slack, on_discord) = (w.on_slack("bob").types("/shipgate status").await, w.types("bob", "/status").await);
    assert!(on_slack.contains("*Runs* v2") && on_discord.contains("**Runs** v2"), "{on_slack}{on_discord}");
}

/// A release through one chat, while the other is in trouble; then it works again.
async fn goes_on(trouble: Trouble, of_slack: bool) {
    let mut w = World::of(both(APPROVAL)).await;
    let wire = |w: &World| -> Wire { if of_slack { w.fly().slack_wire() } else { w.fly().discord_wire() }.clone() };
    wire(&w).fails(None, ALL, trouble);
    w.cy().says("/deploy staging").await;
    w.until("v2 → staging · Succeeded").await;
    let asked = w.clock.now();
    w.cy().says("/promote").await;
    w.until(WAITING).await;
    w.catches_up().await;
    let said = if of_slack {
        w.clicks("bob", CARD, "Approve").await
    } else {
        w.on_slack("bob").presses(CARD, "Approve").await
    };
    assert!(said.contains("You approved v2"), "{said}");
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    let took = w.clock.now().since(asked);
    assert!(took <= minutes(2), "{trouble:?} held it up for {took:?}");
    let shown = if of_slack { w.card_on_discord(CARD) } else { w.card_on_slack(CARD) };
    assert!(shown.contains(SUCCEEDED), "{shown}");
    wire(&w).works_again();
    w.pass(minutes(10)).await;
    both_show(&w, SUCCEEDED, "approval (bob)");
    let on_slack = w.slack().messages("C0DEPLOY").iter().filter(|one| one.title().contains(CARD)).count();
    let on_discord = w.lines_on_discord(crate::world::discord::DEPLOYMENTS);
    let on_discord = on_discord.iter().filter(|line| line.contains(CARD)).count();
    assert_eq!((on_discord, on_slack), (1, 1));
}

#[tokio::test]
async fn a_slack_that_answers_503_holds_nothing_up() {
    goes_on(Trouble::Says(503, "<html>no</html>"), true).await;
}

#[tokio::test]
async fn a_slack_that_hangs_holds_nothing_up() {
    goes_on(Trouble::Deaf, true).await;
}

#[tokio::test]
async fn a_discord_that_answers_503_holds_nothing_up() {
    goes_on(Trouble::Says(503, "<html>no</html>"), false).await;
}

#[tokio::test]
async fn a_discord_that_hangs_holds_nothing_up() {
    goes_on(Trouble::Deaf, false).await;
}

#[tokio::test]
async fn one_human_with_two_identities_counts_once() {
    let mut w = promoted_in(both(&APPROVAL.replace("expires", "count = 2, expires"))).await;
    assert!(w.on_slack("bob").presses(CARD, "Approve").await.contains("You approved v2"));
    w.catches_up().await;
    let again = w.clicks("bob", CARD, "Approve").await;
    assert!(again.contains("already_approved"), "{again}");
    w.catches_up().await;
    assert_eq!(titles(&w), ["hello v2 → production · Waiting for people"; 2]);
    assert!(w.clicks("ada", CARD, "Approve").await.contains("You approved v2"));
    w.until("v2 → production · Succeeded").await;
    w.catches_up().await;
    both_show(&w, SUCCEEDED, "bob");
    // Who asked for it in one chat does not approve it in the other.
    let mut w = World::of(both(APPROVAL)).await;
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.on_slack("ada").types("/promote").await;
    w.until(WAITING).await;
    w.catches_up().await;
    assert!(w.clicks("ada", CARD, "Approve").await.contains("own_request"));
}

#[tokio::test]
async fn buttons_of_both_chats_work_after_a_restart() {
    for (dies, on_slack) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut w = promoted().await;
        let before = (w.message(CARD).id, w.slack_card(CARD).ts);
        if dies {
            w.dies().await;
        } else {
            w.stops().await;
        }
        w.starts_again().await;
        w.discord_is_ready().await;
        w.slack_is_ready().await;
        let said = match on_slack {
            true => w.on_slack("bob").presses(CARD, "Approve").await,
            false => w.clicks("bob", CARD, "Approve").await,
        };
        assert!(said.contains("You approved v2"), "{said}");
        w.until("v2 → production · Succeeded").await;
        w.catches_up().await;
        both_show(&w, SUCCEEDED, "approval (bob)");
        assert_eq!((w.message(CARD).id, w.slack_card(CARD).ts), before, "the same cards");
    }
}

/// Two programs on one database, as while a new version takes over from the old one.
async fn two_programs() -> World {
    let setup = Setup::production(APPROVAL).on_discord("http").on_slack("http").and_at_the_terminal().instantly();
    let mut w = World::of(setup).await;
    w.starts_another().await;
    w
}

#[tokio::test]
async fn two_programs_at_once_tell_everything_once() {
    let mut w = two_programs().await;
    w.releases().await;
    w.pass(minutes(3)).await;
    w.is_told_once_on_discord("all is well");
    w.is_told_once_on_slack("all is well");
}

#[tokio::test]
async fn what_a_program_posted_and_did_not_live_to_remember_is_not_posted_again_by_the_one_beside_it() {
    // A card and what is told below it are remembered in each chat; a message is not, its effect ends.
    for nth in 1..=5 {
        let mut w = two_programs().await;
        w.expects(Expected::Refusals);
        w.one_will_die(&Plug::Nth("about_to_commit remember".to_owned(), nth));
        let service = w.program().app.service().clone();
        let line = command::parse("/deploy staging", service.names()).expect("a command");
        service.handle(&speaker("ada"), &line).boxed().await.expect("it is on its way");
        w.until_one_dies().await;
        w.until("v2 → staging · Succeeded").await;
        w.promotes().await;
        w.pass(minutes(3)).await;
        w.is_told_once_on_discord(&format!("it died at {nth}"));
        w.is_told_once_on_slack(&format!("it died at {nth}"));
    }
    let mut w = two_programs().await;
    w.ada().says("/deploy staging").await;
    w.one_will_die(&Plug::When("performed say"));
    w.until_one_dies().await;
    w.until("v2 → staging · Succeeded").await;
    w.promotes().await;
    w.pass(minutes(3)).await;
    w.is_told_once_on_discord("it died after a message");
    w.is_told_once_on_slack("it died after a message");
}

/// The config of the contract, as it is but for where fly.io and the apps are.
#[tokio::test]
async fn the_config_of_the_contract_releases_in_both_chats_by_people_the_clock_and_what_is_measured() {
    let mut w = World::of(Setup::design()).await;
    w.prometheus().gives("0.004");
    w.types("ada", "/deploy environment:staging").await;
    w.until("v2 → staging · Succeeded").await;
    w.catches_up().await;
    w.types("ada", "/promote").await;
    w.until(WAITING).await;
    w.catches_up().await;
    assert!(w.clicks("bob", CARD, "Approve").await.contains("You approved v2"));
    insta::assert_snapshot!(w.on_slack("bob").presses(CARD, "Confirm").await, @"
    shipgate to bob (private)
      # 🟢 Ticked, for v2 to production.
      v2 takes the place of v1, machine by machine.
    ");
    w.until("v2 → production · Watching").await;
    w.until(SUCCEEDED).await;
    w.catches_up().await;
    assert_eq!(titles(&w), [SUCCEEDED; 2]);
    assert!(w.prometheus().queries().len() >= 20, "the watch asked: {:?}", w.prometheus().queries().len());
}

#[tokio::test]
async fn what_two_programs_hear_at_once_is_done_once_and_answered_as_it_was_done() {
    let mut w = World::of(both(APPROVAL)).await;
    w.starts_another().await;
    w.discord().until("two bots", |fake| fake.bots() == 2).await;
    w.settle().await;
    for (line, answer) in [
        ("/lock environment:staging reason:tests", "staging of hello is locked"),
        ("/unlock environment:staging", "staging is unlocked"),
        ("/deploy environment:staging", "On its way: v2 to staging"),
    ] {
        let said = w.types("bob", line).await;
        assert!(said.contains(answer), "{line}: {said}");
    }
    let ledger = w.program().app.store().ledger("hello", "staging", 0, 100).await.expect("a ledger");
    let count = |fits: fn(&What) -> bool| ledger.iter().filter(|(_, entry)| fits(&entry.what)).count();
    assert_eq!(count(|what| matches!(what, What::Locked { .. } | What::Unlocked)), 2, "{ledger:#?}");
    w.until("v2 → staging · Succeeded").await;
    for by_button in [true, false] {
        w.cy().says("/promote").await;
        w.until(WAITING).await;
        w.catches_up().await;
        let said = if by_button {
            w.clicks("ada", CARD, "Abort").await
        } else {
            w.types("ada", "/abort environment:production reason:not today").await
        };
        assert!(said.contains("You stopped v2 to production"), "{said}");
    }
    assert!(w.types("ada", "/status").await.contains("v2"));
    assert!(!w.log().contains("a person was not answered"), "{}", w.log());
}
