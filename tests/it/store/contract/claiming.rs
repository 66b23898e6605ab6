//! Effects: lanes, claims, leases, cancellation, and the one pending painting of a card.

use std::collections::BTreeSet;
use std::sync::Arc;

use shipgate::clock::{Clock as _, SharedClock};
use shipgate::domain::{Cancel, CardKey, Effect, Id, Note, Span, Subject};
use shipgate::observer::Nobody;
use shipgate::store::{Claim, Claimed, Room, Store};

use super::house::{
    House, LEASE, PLENTY, ask, card, id, is_look, is_roll_out, is_show, restore, roll_out, show, target,
};

fn look(deployment: Option<&str>) -> Effect {
    Effect::Look { target: target(), deployment: deployment.map(id), images: Vec::new(), attempt: 0 }
}

fn names(claimed: &[Claimed]) -> BTreeSet<Id> {
    claimed.iter().map(|one| one.claim.effect.clone()).collect()
}

#[tokio::test]
async fn a_lane_has_one_at_a_time_and_lanes_do_not_wait_for_each_other() {
    let house = House::new().await;
    let effects = vec![ask("d1", "health"), ask("d1", "health"), ask("d1", "load"), look(None), show("d1")];
    house.commit(vec![], effects, vec![]).await;
    let first = house.claim().await;
    assert_eq!(first.len(), 4, "the second question of the gate waits");
    assert_eq!(house.claim().await, []);
    let health = first.iter().find(|one| one.effect == ask("d1", "health")).expect("it").clone();
    assert!(house.store.finish(&health.claim).await.expect("finished"));
    let second = house.claim().await;
    assert_eq!(second.len(), 1);
    assert!(second[0].claim.effect > health.claim.effect, "in the order in which they were laid down");
}

#[tokio::test]
async fn a_newer_target_effect_takes_the_place_of_one_that_waits() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    house.commit(vec![], vec![restore("d1", 2)], vec![]).await;
    let claimed = house.claim().await;
    assert_eq!(claimed.iter().map(|one| &one.effect).collect::<Vec<_>>(), [&restore("d1", 2)]);
    assert_eq!(house.count("effects").await, 1);
}

#[tokio::test]
async fn a_newer_target_effect_waits_for_one_that_is_under_way() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let older = house.claim_one(is_roll_out).await;
    assert_eq!(house.store.is_cancelled(&older.claim).await.expect("known"), Some(false));
    house.commit(vec![], vec![restore("d1", 2)], vec![]).await;
    assert_eq!(house.claim().await, [], "the lane is taken");
    assert_eq!(house.store.cancelled().await.expect("a list"), std::slice::from_ref(&older.claim.effect));
    let renewed = house.store.renew(std::slice::from_ref(&older.claim), LEASE).await.expect("renewed");
    assert_eq!((renewed.cancelled, renewed.lost), (vec![older.claim.effect.clone()], vec![]));
    house.store.finish(&older.claim).await.expect("finished");
    assert_eq!(house.claim().await.len(), 1, "the lane is free");
}

#[tokio::test]
async fn a_look_waits_until_what_was_cancelled_has_let_go_of_the_machines() {
    let house = House::new().await;
    house.commit(vec![], vec![restore("d1", 1)], vec![]).await;
    let older = house.claim().await.remove(0);
    house.commit(vec![], vec![look(Some("d1"))], vec![]).await;
    let asked = house.claim_one(is_look).await;
    house.store.finish(&asked.claim).await.expect("finished");
    house.commit(vec![], vec![look(None), look(Some("d2"))], vec![Cancel::Target]).await;
    assert_eq!(house.claim().await, [], "a machine may be changed still");
    let next = house.store.next_due().await.expect("known");
    assert_eq!(next, Some(house.clock.now().plus(LEASE)), "neither is due before that");
    house.store.finish(&older.claim).await.expect("finished");
    assert_eq!(house.claim().await.len(), 2);
}

#[tokio::test]
async fn a_cancelled_effect_whose_claimer_died_frees_its_lane_by_itself() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    house.claim_one(is_roll_out).await;
    house.commit(vec![], vec![restore("d1", 2)], vec![]).await;
    let next = house.store.next_due().await.expect("known");
    assert_eq!(next, Some(house.clock.now().plus(LEASE)), "what waits for a lane is not due before the lane is free");
    house.clock.pass(LEASE);
    assert_eq!(house.claim().await.len(), 1);
    assert_eq!(house.count("effects").await, 1, "the cancelled one is gone");
}

#[tokio::test]
async fn cancelling_follows_the_core() {
    let house = House::new().await;
    let smoke = Subject::Smoke { smoke: id("s1"), name: "health".to_owned() };
    let Effect::Ask { check, .. } = ask("x", "y") else { panic!("an ask") };
    let smoke = Effect::Ask { subject: smoke, round: 1, check };
    let effects = vec![
        ask("d1", "health"),
        ask("d2", "health"),
        smoke,
        look(Some("d1")),
        look(None),
        roll_out("d1", 1),
        show("d1"),
    ];
    house.commit(vec![], effects, vec![]).await;
    let left = async |cancel: Cancel| {
        house.commit(vec![], vec![], vec![cancel]).await;
        house.count("effects").await
    };
    assert_eq!(left(Cancel::Checks(id("d1"))).await, 6);
    assert_eq!(left(Cancel::Look(id("d1"))).await, 5);
    assert_eq!(left(Cancel::Target).await, 4);
    let kinds = house.count("effects WHERE kind = 'look' AND owner = ''").await;
    assert_eq!(kinds, 1, "what is asked at first contact is for nobody to cancel");
}

#[tokio::test]
async fn asking_what_runs_once_more_takes_the_older_question_away() {
    let house = House::new().await;
    house.commit(vec![], vec![look(None), look(Some("d1"))], vec![]).await;
    house.commit(vec![], vec![look(None)], vec![]).await;
    assert_eq!(house.count("effects").await, 2);
}

#[tokio::test]
async fn two_claimers_never_share_an_effect() {
    let house = House::new().await;
    let other = house.another().await;
    let effects = (0..60).map(|n| ask("d1", &format!("gate {n}"))).collect();
    house.commit(vec![], effects, vec![]).await;
    let some = Room { checks: 7, ..PLENTY };
    let claims = (0..10).map(|n| {
        let store = if n % 2 == 0 { &house.store } else { &other };
        async move { store.claim_due(some, LEASE).await.expect("claims") }
    });
    let claimed: Vec<Claimed> = futures::future::join_all(claims).await.into_iter().flatten().collect();
    assert_eq!((claimed.len(), names(&claimed).len()), (60, 60));
}

#[tokio::test]
async fn room_is_kept() {
    let house = House::new().await;
    house.commit(vec![], vec![ask("d1", "a"), ask("d1", "b"), ask("d1", "c"), roll_out("d1", 1)], vec![]).await;
    let claimed = house.store.claim_due(Room { targets: 0, checks: 2, chats: 1 }, LEASE).await.expect("claims");
    assert_eq!(claimed.iter().map(|one| &one.effect).collect::<Vec<_>>(), [&ask("d1", "a"), &ask("d1", "b")]);
}

#[tokio::test]
async fn a_claim_that_ran_out_is_taken_by_another_and_a_renewed_one_is_not() {
    let house = House::new().await;
    let other = house.another().await;
    house.commit(vec![], vec![roll_out("d1", 1), ask("d1", "health")], vec![]).await;
    let mine = house.claim().await;
    let (kept, dropped) = if is_roll_out(&mine[0].effect) { (&mine[0], &mine[1]) } else { (&mine[1], &mine[0]) };
    house.clock.pass(Span::seconds(10));
    house.store.renew(std::slice::from_ref(&kept.claim), LEASE).await.expect("renewed");
    house.clock.pass(Span::seconds(10));
    let theirs = other.claim_due(PLENTY, LEASE).await.expect("claims");
    assert_eq!(names(&theirs), BTreeSet::from([dropped.claim.effect.clone()]));
    assert_eq!(theirs[0].tries, 2);
    let renewed = house.store.renew(std::slice::from_ref(&dropped.claim), LEASE).await.expect("renewed");
    assert_eq!(renewed.lost, std::slice::from_ref(&dropped.claim.effect));
    assert_eq!(house.store.is_cancelled(&dropped.claim).await.expect("known"), None);
    assert!(!house.store.finish(&dropped.claim).await.expect("answered"), "a lost claim finishes nothing");
    assert!(!house.store.retry(&dropped.claim, house.clock.now(), &Note::new("x")).await.expect("answered"));
    assert_eq!(house.count("effects").await, 2);
}

#[tokio::test]
async fn a_card_waits_once_and_its_last_state_is_always_painted() {
    let house = House::new().await;
    house.commit(vec![], vec![show("d1"), show("d2")], vec![]).await;
    house.commit(vec![], vec![show("d1")], vec![]).await;
    assert_eq!(house.count("effects").await, 2);
    let painted: Vec<Claim> = house.claim().await.into_iter().map(|one| one.claim).collect();
    house.commit(vec![], vec![show("d1")], vec![]).await;
    for claim in &painted {
        assert!(house.store.finish(claim).await.expect("finished"));
    }
    let again = house.claim_one(is_show).await;
    assert_eq!((again.effect.clone(), again.tries), (show("d1"), 1), "it changed while it was painted");
    assert!(house.store.finish(&again.claim).await.expect("finished"));
    assert_eq!(house.count("effects").await, 0);
}

#[tokio::test]
async fn a_card_is_painted_in_every_chat_and_said_there_too() {
    let house = House::new().await;
    let chats = vec!["discord".to_owned(), "slack".to_owned()];
    let clock: SharedClock = house.clock.clone();
    let store = Store::open(&house.url(), chats, clock, Arc::new(Nobody)).await.expect("a store");
    let house = House { store, ..house };
    let say = Effect::Say { seq: 1, card: card("d1"), call: vec![], channel: shipgate::domain::Channel::Incidents };
    house.commit(vec![], vec![show("d1"), say.clone(), say], vec![]).await;
    let claimed = house.claim().await;
    let seen: Vec<(&str, bool)> = claimed.iter().map(|one| (one.chat.as_str(), is_show(&one.effect))).collect();
    assert_eq!(seen, [("discord", true), ("slack", true)], "a card before what is said in its thread");
    assert_eq!(house.count("effects").await, 6);
}

#[tokio::test]
async fn trouble_shows_on_the_card_until_it_is_over() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let (note, at) = (Note::new("fly-down"), house.clock.now().plus(Span::seconds(2)));
    let first = house.claim_one(is_roll_out).await;
    assert_eq!(first.troubled_since, None);
    let since = house.clock.now();
    assert!(house.store.retry(&first.claim, at, &note).await.expect("retried"));
    let troubles = house.store.environment("hello", "staging").await.expect("readable").troubles;
    assert_eq!((&troubles[0].note, troubles[0].since, troubles[0].again_at), (&note, since, at));
    assert_eq!(troubles[0].owner, Some(id("d1")));
    let painted = house.claim_one(is_show).await;
    assert_eq!(painted.effect, show("d1"));
    house.store.finish(&painted.claim).await.expect("finished");
    assert_eq!(house.claim().await, [], "not due yet");
    house.clock.pass(Span::seconds(2));
    let second = house.claim_one(is_roll_out).await;
    assert_eq!((second.tries, second.troubled_since), (2, Some(since)));
    house.store.retry(&second.claim, house.clock.now(), &note).await.expect("retried");
    let third = house.claim_one(|_| true).await;
    assert_eq!(third.tries, 3, "the same trouble again is not painted again");
    house.store.finish(&third.claim).await.expect("finished");
    assert_eq!(house.store.environment("hello", "staging").await.expect("readable").troubles, []);
}

#[tokio::test]
async fn a_chat_that_asked_to_be_left_alone_is_not_hurried_by_a_newer_state() {
    let house = House::new().await;
    house.commit(vec![], vec![show("d1")], vec![]).await;
    let shown = house.claim_one(is_show).await;
    let later = house.clock.now().plus(Span::minutes(1));
    house.store.retry(&shown.claim, later, &Note::new("rate-limited")).await.expect("retried");
    house.commit(vec![], vec![show("d1")], vec![]).await;
    assert_eq!(house.claim().await, []);
    assert_eq!(house.store.next_due().await.expect("known"), Some(later));
    house.clock.pass(Span::minutes(1));
    assert!(house.store.finish(&house.claim_one(is_show).await.claim).await.expect("finished"));
    assert_eq!(house.count("effects").await, 0);
}

#[tokio::test]
async fn a_card_that_keeps_its_distance_is_not_hurried_by_a_newer_state() {
    let house = House::new().await;
    house.commit(vec![], vec![show("d1")], vec![]).await;
    let later = house.clock.now().plus(Span::seconds(2));
    house.store.postpone(&house.claim_one(is_show).await.claim, later).await.expect("postponed");
    for _ in 0..3 {
        house.commit(vec![], vec![show("d1")], vec![]).await;
        assert_eq!(house.claim().await, []);
    }
    assert_eq!(house.store.next_due().await.expect("known"), Some(later));
    house.clock.pass(Span::seconds(2));
    let painted = house.claim_one(is_show).await;
    house.store.resume_at(&painted.claim, house.clock.now().plus(Span::minutes(1))).await.expect("put back");
    assert_eq!(house.claim().await, []);
    house.commit(vec![], vec![show("d1")], vec![]).await;
    assert!(
        house.store.finish(&house.claim_one(is_show).await.claim).await.expect("finished"),
        "what is told beside it"
    );
    assert_eq!(house.count("effects").await, 0);
}

#[tokio::test]
async fn what_was_put_off_for_a_chat_is_due_at_a_start_and_what_failed_keeps_its_wait() {
    let house = House::new().await;
    house.commit(vec![], vec![show("d1"), show("d2"), show("d3"), look(None)], vec![]).await;
    let claimed = house.claim().await;
    let held = |wanted: &Effect| claimed.iter().find(|one| one.effect == *wanted).expect("it is claimed").claim.clone();
    let later = house.clock.now().plus(Span::minutes(15));
    house.store.resume_at(&held(&show("d1")), later).await.expect("put back");
    house.store.postpone(&held(&show("d2")), later).await.expect("postponed");
    house.store.retry(&held(&show("d3")), later, &Note::new("rate-limited")).await.expect("retried");
    house.store.retry(&held(&look(None)), later, &Note::new("x")).await.expect("retried");
    assert_eq!(house.claim().await, []);
    house.store.hasten_chats().await.expect("hastened");
    let due: BTreeSet<String> = house.claim().await.iter().map(|one| format!("{:?}", one.effect)).collect();
    assert_eq!(due, [show("d1"), show("d2")].map(|effect| format!("{effect:?}")).into());
    house.clock.pass(Span::minutes(15));
    house.claim_one(is_look).await;
}

#[tokio::test]
async fn what_took_the_place_of_a_cancelled_effect_is_taken_up_in_the_commit_that_puts_it_down() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let first = house.claim_one(is_roll_out).await;
    house.commit(vec![], vec![restore("d1", 2), look(None)], vec![]).await;
    let next = house.store.hand_over(&first.claim, LEASE).await.expect("handed over").expect("what took its place");
    assert_eq!((&next.effect, next.tries), (&restore("d1", 2), 1));
    assert_eq!(house.store.hand_over(&first.claim, LEASE).await, Ok(None), "it is not ours any more");
    let claimed = house.claim_one(is_look).await;
    assert!(house.store.finish(&claimed.claim).await.expect("finished"));
    assert_eq!(house.store.hand_over(&next.claim, LEASE).await, Ok(None), "nothing waits behind it");
    assert_eq!(house.count("effects").await, 0);
}

#[tokio::test]
async fn a_cancelled_effect_is_not_tried_again() {
    let house = House::new().await;
    house.commit(vec![], vec![ask("d1", "health")], vec![]).await;
    let asked = house.claim_one(|_| true).await;
    house.commit(vec![], vec![], vec![Cancel::Checks(id("d1"))]).await;
    assert!(!house.store.retry(&asked.claim, house.clock.now(), &Note::new("x")).await.expect("answered"));
    assert_eq!(house.count("effects").await, 0);
}

#[tokio::test]
async fn an_effect_that_is_given_back_runs_as_if_never_tried() {
    let house = House::new().await;
    house.commit(vec![], vec![look(None)], vec![]).await;
    let first = house.claim_one(is_look).await;
    house.store.give_back(std::slice::from_ref(&first.claim)).await.expect("given back");
    let second = house.another().await.claim_due(PLENTY, LEASE).await.expect("claims");
    assert_eq!((second.len(), second[0].tries), (1, 1));
    assert_eq!(house.store.is_cancelled(&first.claim).await.expect("known"), None);
}

#[tokio::test]
async fn what_was_begun_for_a_chat_stays_begun_when_it_is_given_back() {
    let house = House::new().await;
    house.commit(vec![], vec![show("d1")], vec![]).await;
    let first = house.claim_one(is_show).await;
    house.store.give_back(std::slice::from_ref(&first.claim)).await.expect("given back");
    let second = house.another().await.claim_due(PLENTY, LEASE).await.expect("claims");
    assert_eq!((second.len(), second[0].tries), (1, 2), "it may have been posted");
}

#[tokio::test]
async fn an_effect_that_cannot_be_read_is_left_for_a_minute() {
    let house = House::new().await;
    house.commit(vec![], vec![ask("d1", "a"), ask("d1", "b")], vec![]).await;
    house.tamper(r#"UPDATE effects SET body = '{"effect":"dance"}' WHERE lane LIKE '%a'"#).await;
    assert_eq!(house.claim().await.len(), 1);
    let next = house.store.next_due().await.expect("known");
    assert!(next > Some(house.clock.now()), "it does not spin");
    assert_eq!(house.count("effects WHERE claim = ''").await, 1);
}

#[tokio::test]
async fn a_smoke_test_has_a_card_of_its_own() {
    let house = House::new().await;
    house.commit(vec![], vec![Effect::Show { card: CardKey::Smoke(id("s1")) }, show("s1")], vec![]).await;
    assert_eq!(house.claim().await.len(), 2);
}
