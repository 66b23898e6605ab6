//! The three seconds and the fifteen minutes that Discord gives, and answers that it does not take. The deed is done
//! once, whatever becomes of the answer.

use insta::assert_snapshot;
use shipgate::clock::{Clock as _, Span};

use crate::world::World;
use crate::world::discord::{Asked, FakeDiscord, Fault, Kind};
use crate::world::setup::{APPROVAL, PRODUCTION, Setup, minutes};
use crate::world::wire::{On, Trouble};

const CARD: &str = "v2 → production";
const LOCK: &str = "/lock environment:staging reason:tests";
const CALLBACK: On = On("POST", "/callback");

/// After how long an answer is deferred, and how far apart tries are.
const DEFER: Span = Span(1_500);
const PAUSE: Span = Span(200);
/// How long a first answer may take to be taken.
const CALL: Span = Span(800);

async fn world(mode: &str) -> World {
    World::of(Setup::production("").machines(1, 1).instantly().on_discord(mode)).await
}

async fn promoted(mode: &str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).machines(1, 1).instantly().on_discord(mode)).await;
    w.is_promoted_on_discord("Waiting for people").await;
    w
}

/// Waits until something waits for the moment after so long, and lets it come.
async fn passes(w: &World, span: Span) {
    let then = w.clock.now().plus(span);
    w.clock.until(|clock| clock.is_awaited(then)).await;
    w.clock.advance_to(then);
}

/// How many locks the ledger of staging has.
async fn locks(w: &World) -> usize {
    let entries = w.program().app.store().ledger("hello", "staging", 0, 100).await.expect("a ledger");
    let kind = |entry: &shipgate::domain::Entry| serde_json::to_value(entry).expect("JSON")["kind"].clone();
    entries.iter().filter(|(_, entry)| kind(entry) == "locked").count()
}

fn kind(asked: &Asked) -> Option<Kind> {
    asked.answer().map(|answer| answer.kind)
}

#[tokio::test]
async fn a_commit_that_takes_long_is_answered_by_an_edit() {
    let mut heard = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = world(mode).await;
        w.program().watcher.holds("about_to_commit advance");
        let asked = w.discord().person("ada").types(LOCK);
        passes(&w, DEFER).await;
        let answer = asked.acked().await.expect("a deferral");
        assert_eq!((answer.kind, asked.acked_after()), (Kind::Deferred, Some(DEFER)));
        assert_eq!(locks(&w).await, 0, "nothing is said before it is so");
        w.program().watcher.lets_go();
        heard.push(w.hears(&asked).await);
        assert_eq!(locks(&w).await, 1);
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @"
    shipgate to ada (private)
      | **staging of hello is locked** #2ecc71
      | Only ada can start anything there. Rolling back always works.
      |
      | **Reason** tests
      | **Locked** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | It holds until somebody unlocks it.
    ");
}

#[tokio::test]
async fn what_is_said_late_is_in_the_language_of_the_person_too() {
    let mut w = world("gateway").await;
    w.program().watcher.holds("about_to_commit advance");
    let asked = w.discord().person("ada").locale("ja").types(LOCK);
    passes(&w, DEFER).await;
    asked.acked().await.expect("a deferral");
    w.program().watcher.lets_go();
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to ada (private)
      | **hello の staging 環境はロック中です** #2ecc71
      | 展開を始められるのは ada さんだけです。ロールバックはいつでもできます。
      |
      | **理由** tests
      | **ロック** ada さん（11月23日(月) ··:·· Asia/Tokyo）
      |
      | 解除されるまで続きます。
    ");
}

#[tokio::test]
async fn after_fifteen_minutes_nothing_is_answered_and_the_deed_is_done() {
    let mut w = world("gateway").await;
    w.program().watcher.holds("committed advance");
    let asked = w.discord().person("ada").types(LOCK);
    passes(&w, DEFER).await;
    asked.acked().await.expect("a deferral");
    w.program().watcher.holds_something().await;
    w.clock.advance(minutes(15));
    w.program().watcher.lets_go();
    w.settle().await;
    assert_eq!(kind(&asked), Some(Kind::Deferred), "it is too late for any answer");
    assert_eq!(locks(&w).await, 1);
    assert_snapshot!(w.types("ada", "/unlock environment:staging").await, @r"
    shipgate to ada (private)
      | **staging is unlocked.** #2ecc71
    ");
}

#[tokio::test]
async fn an_answer_that_is_not_taken_does_not_undo_the_deed() {
    for fault in [Fault::refuses(10_062), Fault::refuses(40_060), Fault::LosesTheAnswer] {
        for mode in ["gateway", "http"] {
            let mut w = promoted(mode).await;
            w.discord().fails(1, "POST", "/callback", fault.clone());
            let asked = w.reaches("bob", CARD, "Approve");
            let discord = w.discord().clone();
            let told = |fake: &FakeDiscord| {
                let callbacks = fake.requests().into_iter().filter(|one| one.path.contains(&asked.id().to_string()));
                callbacks.filter(|one| one.answer.is_some()).count()
            };
            discord.until("the callback", |fake| told(fake) == 1).await;
            w.clock.advance(Span::seconds(3));
            w.until("v2 → production · Succeeded").await;
            assert_eq!(w.fly().updates(PRODUCTION), [1]);
            w.catches_up().await;
            assert!(w.message("v2 → production · Succeeded").pings.is_empty());
        }
    }
}

#[tokio::test]
async fn an_answer_is_tried_again_while_there_is_time() {
    let mut w = world("gateway").await;
    w.discord().fails(2, "POST", "/callback", Fault::status(500));
    let asked = w.discord().person("ada").types(LOCK);
    passes(&w, PAUSE).await;
    passes(&w, PAUSE).await;
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to ada (private)
      | **staging of hello is locked** #2ecc71
      | Only ada can start anything there. Rolling back always works.
      |
      | **Reason** tests
      | **Locked** by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | It holds until somebody unlocks it.
    ");
    assert_eq!((asked.acked_after(), locks(&w).await), (Some(Span(400)), 1));
}

#[tokio::test]
async fn an_answer_that_hangs_is_given_again_in_time() {
    let mut heard = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = promoted(mode).await;
        w.fly().discord_wire().fails(Some(1), CALLBACK, Trouble::Deaf);
        let asked = w.reaches("bob", CARD, "Approve");
        w.clock.until(|_| w.fly().discord_wire().open().1 == 1).await;
        passes(&w, CALL).await;
        passes(&w, PAUSE).await;
        heard.push(w.hears(&asked).await);
        assert_eq!(asked.acked_after(), Some(Span(CALL.0 + PAUSE.0)));
        w.until("v2 → production · Succeeded").await;
        assert_eq!(w.fly().updates(PRODUCTION), [1]);
    }
    heard.dedup();
    assert_snapshot!(heard.join("\n"), @"
    shipgate to bob (private)
      | **You approved v2 for production.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
}

#[tokio::test]
async fn an_answer_that_was_taken_though_nobody_heard_so_is_answered() {
    let mut w = world("gateway").await;
    w.discord().fails(1, "POST", "/callback", Fault::LosesTheAnswer);
    let asked = w.discord().person("ada").types(LOCK);
    asked.acked().await.expect("the lock");
    passes(&w, CALL).await;
    passes(&w, PAUSE).await;
    w.settle().await;
    let callbacks = w.heard_by_discord("POST", "/callback");
    assert_eq!((callbacks, locks(&w).await, asked.followups().len()), (2, 1, 0));
    let counted = w.program().metrics.text();
    assert!(counted.contains("shipgate_chat_acknowledgement_seconds_count{chat=\"discord\"} 1"), "{counted}");
    assert!(!w.log().contains("a person was not answered"), "{}", w.log());
}

#[tokio::test]
async fn where_discord_stays_deaf_the_deed_is_done_once_and_the_answer_is_counted_as_lost() {
    for mode in ["gateway", "http"] {
        let mut w = promoted(mode).await;
        w.fly().discord_wire().fails(None, CALLBACK, Trouble::Deaf);
        let asked = w.reaches("bob", CARD, "Approve");
        for span in [CALL, PAUSE, CALL, PAUSE, CALL] {
            passes(&w, span).await;
        }
        w.clock.advance(PAUSE);
        w.until("v2 → production · Succeeded").await;
        w.catches_up().await;
        assert_eq!((kind(&asked), w.fly().updates(PRODUCTION)), (None, vec![1]));
        let counted = w.program().metrics.text();
        assert!(counted.contains("shipgate_chat_unanswered_interactions_total{chat=\"discord\"} 1"), "{counted}");
        w.fly().works_again();
        assert!(w.types("bob", "/approve").await.contains("Nothing waits for that: Approve."));
    }
}

/// The three seconds begin when Discord sends an interaction, not when it comes.
#[tokio::test]
async fn what_comes_late_is_deferred_the_sooner() {
    for mode in ["gateway", "http"] {
        for (late, deferred) in [(Span(0), 1_500), (Span(900), 1_500), (Span(1_400), 1_500), (Span(2_600), 2_600)] {
            let mut w = world(mode).await;
            w.program().watcher.holds("about_to_commit advance");
            w.discord().delivers_late(late);
            let asked = w.discord().person("ada").types(LOCK);
            if late.0 > 0 {
                passes(&w, late).await;
            }
            if deferred > late.0 {
                passes(&w, Span(deferred - late.0)).await;
            }
            let answer = asked.acked().await.expect("a deferral");
            assert_eq!((answer.kind, asked.acked_after()), (Kind::Deferred, Some(Span(deferred))), "{mode} {late:?}");
            w.program().watcher.lets_go();
            assert!(w.hears(&asked).await.contains("is locked"));
        }
    }
}

/// Where the clocks differ by more than an answer may take, the arrival counts.
#[tokio::test]
async fn a_clock_that_is_far_ahead_takes_no_time_from_an_answer() {
    let mut w = world("gateway").await;
    w.program().watcher.holds("about_to_commit advance");
    w.discord().is_behind(Span::seconds(4));
    let asked = w.discord().person("ada").types(LOCK);
    passes(&w, DEFER).await;
    assert_eq!(asked.acked().await.map(|answer| answer.kind), Some(Kind::Deferred));
    w.program().watcher.lets_go();
    assert!(w.hears(&asked).await.contains("is locked"));
}
