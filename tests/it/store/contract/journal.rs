//! The memory of rollouts.

use serde_json::json;
use shipgate::domain::{Ended, Event, Note};
use shipgate::store::Advance;
use shipgate::targets::{Journal as _, Stage, Stop, Trouble};

use super::house::{
    House, LEASE, by_hand, done, id, is_look, is_roll_out, is_show, release, request, roll_out, runs, show,
};
use shipgate::clock::Clock as _;

const PLACE: (&str, &str) = ("hello", "staging");

#[tokio::test]
async fn the_first_snapshot_of_a_machine_is_the_one_to_go_back_to() {
    let house = House::new().await;
    let journal = house.store.journal(PLACE, &id("d1"), 1);
    journal.progress("m2", Stage::Waiting, None).await.expect("noted");
    journal.before("m1", json!({"image": "old"})).await.expect("recorded");
    journal.before("m2", json!({"image": "older"})).await.expect("recorded");
    journal.before("m1", json!({"image": "new"})).await.expect("recorded");
    let again = house.another().await.journal(PLACE, &id("d1"), 2);
    let snapshots = again.snapshots().await.expect("readable");
    let seen: Vec<_> = snapshots.iter().map(|s| (s.machine.as_str(), s.snapshot["image"].as_str())).collect();
    assert_eq!(seen, [("m1", Some("old")), ("m2", Some("older"))], "in the order of recording");
}

#[tokio::test]
async fn progress_is_kept_and_repaints_the_card_once() {
    let house = House::new().await;
    let journal = house.store.journal(PLACE, &id("d1"), 1);
    for stage in [Stage::Updating, Stage::Starting, Stage::Checking] {
        journal.progress("m1", stage, Some(Note::new("fly-waits"))).await.expect("noted");
    }
    journal.before("m0", json!({})).await.expect("recorded");
    let machines = house.store.machines(&id("d1")).await.expect("readable");
    let seen: Vec<_> = machines.iter().map(|m| (m.machine.as_str(), m.stage, m.note.is_some())).collect();
    assert_eq!(seen, [("m1", Stage::Checking, true), ("m0", Stage::Waiting, false)]);
    assert_eq!(house.claim_one(is_show).await.effect, show("d1"));
    assert_eq!(house.count("effects").await, 1);
}

#[tokio::test]
async fn small_things_are_remembered_and_forgotten() {
    let house = House::new().await;
    let journal = house.store.journal(PLACE, &id("d1"), 1);
    journal.remember("nonce", "abc").await.expect("remembered");
    journal.remember("nonce", "def").await.expect("remembered");
    assert_eq!(journal.remembered("nonce").await.expect("readable").as_deref(), Some("def"));
    journal.remember("nonce", "").await.expect("forgotten");
    assert_eq!(journal.remembered("nonce").await.expect("readable"), None);
}

#[tokio::test]
async fn an_older_attempt_may_not_write_any_more() {
    let house = House::new().await;
    let now = house.clock.now();
    let advance = Advance { app: PLACE.0, environment: PLACE.1, ..Advance::default() };
    let advanced = house.store.advance(&advance, |environment, _| {
        let mut step = by_hand(environment, now, &[], &[], &[]);
        step.environment.attempt = 2;
        Ok(step)
    });
    done(advanced.await.expect("a store that works"));
    let (late, newest) = (house.store.journal(PLACE, &id("d1"), 1), house.store.journal(PLACE, &id("d1"), 2));
    let refused = late.before("m1", json!({"secret": "hunter2"})).await.expect_err("refused");
    let trouble = Trouble { note: Note::new("store-newer-attempt"), again: false, after: None };
    assert_eq!(refused, Stop::Trouble(trouble));
    assert!(late.progress("m1", Stage::Updating, None).await.is_err());
    newest.before("m1", json!({})).await.expect("recorded");
    assert_eq!(newest.snapshots().await.expect("readable").len(), 1);
}

#[tokio::test]
async fn snapshots_go_when_a_later_deployment_has_closed() {
    let house = House::new().await;
    for version in ["v1", "v2", "v3"] {
        house.store.register(&release(version)).await.expect("registered");
    }
    let mut running = "v1";
    for (n, name, version) in [(1, "d1", "v2"), (2, "d2", "v3")] {
        let Event::Request { id: deployment, kind, reason, again, .. } = request(name) else { panic!("a request") };
        let asked = Event::Request { id: deployment, kind, version: Some(version.to_owned()), reason, again };
        done(house.happen(asked).await);
        let look = house.claim_one(is_look).await;
        let looked = Event::Looked { deployment: Some(id(name)), attempt: n - 1, found: runs(running) };
        done(house.result(Some(&look.claim), looked).await);
        let rollout = house.claim_one(is_roll_out).await;
        let journal = house.store.journal(PLACE, &id(name), n);
        journal.before("m1", json!({"image": running})).await.expect("recorded");
        journal.remember("nonce", "abc").await.expect("remembered");
        let ended = Event::TargetEnded { deployment: id(name), attempt: n, ended: Ended::Done };
        done(house.result(Some(&rollout.claim), ended).await);
        assert_eq!(journal.snapshots().await.expect("readable").len(), 1, "the last one's stay");
        running = version;
    }
    assert_eq!(house.count("journal WHERE deployment = 'd1'").await, 0);
    assert_eq!(house.count("journal_memory WHERE deployment = 'd1'").await, 0);
}

#[tokio::test]
async fn who_has_lost_the_claim_may_not_write_any_more() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let mine = house.claim().await.remove(0).claim;
    let journal = house.store.journal(PLACE, &id("d1"), 1).under(&mine);
    journal.before("m1", json!({})).await.expect("written down");
    house.clock.pass(LEASE);
    let theirs = house.claim().await.remove(0).claim;
    let refused = journal.before("m2", json!({})).await.expect_err("a no");
    let trouble = Trouble { note: Note::new("store-newer-attempt"), again: false, after: None };
    assert_eq!(refused, Stop::Trouble(trouble));
    house.store.journal(PLACE, &id("d1"), 1).under(&theirs).before("m2", json!({})).await.expect("written down");
}
