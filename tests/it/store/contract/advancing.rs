//! The narrow waist: all of it or nothing, once, and in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use shipgate::clock::Clock as _;
use shipgate::domain::{Cause, Ended, Event, Lock, Outcome, Phase, Refusal, Release, Span, What};
use shipgate::observer::Observer;
use shipgate::store::{Advance, Advanced, Known, StoreTrouble};
use tokio::sync::Notify;

use super::house::{
    House, ada, by_hand, done, id, is_look, is_roll_out, release, remark, request, runs, show, through_core,
};

/// Everything up to `v2` running in staging, through the real core.
async fn deploy(house: &House) {
    house.store.register(&release("v1")).await.expect("registered");
    house.store.register(&release("v2")).await.expect("registered");
    done(house.happen(request("d1")).await);
    let look = house.claim_one(is_look).await;
    let looked = Event::Looked { deployment: Some(id("d1")), attempt: 0, found: runs("v1") };
    done(house.result(Some(&look.claim), looked).await);
    let rollout = house.claim_one(is_roll_out).await;
    let ended = Event::TargetEnded { deployment: id("d1"), attempt: 1, ended: Ended::Done };
    done(house.result(Some(&rollout.claim), ended).await);
}

#[tokio::test]
async fn a_deployment_runs_through_the_store_and_the_ledger_replays() {
    let house = House::new().await;
    deploy(&house).await;
    let stored = house.store.deployment(&id("d1")).await.expect("readable").expect("stored");
    assert_eq!(stored.deployment.phase, Phase::Closed);
    assert_eq!(stored.deployment.outcome, Some(Outcome::Succeeded));
    let environment = stored.environment.environment;
    assert_eq!(environment.running, Some(release("v2")));
    assert_eq!(stored.environment.mark.len(), 8);
    let evidence = house.store.evidence("hello", "staging", 9).await.expect("evidence");
    let seen: Vec<_> = evidence.iter().map(|e| (e.release.version.as_str(), e.found)).collect();
    assert_eq!(seen, [("v2", false), ("v1", true)], "what succeeded, and what was there first");
    let entries = house.store.entries_about(&id("d1"), 0).await.expect("entries");
    let numbers: Vec<u64> = entries.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(numbers, (1..=environment.seq).collect::<Vec<_>>());
    assert_eq!(house.store.ledger("hello", "staging", 0, 99).await.expect("entries"), entries);
    let report = house.store.audit().await.expect("an audit");
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!((report.environments, report.entries), (1, environment.seq));
}

#[tokio::test]
async fn a_refusal_writes_nothing() {
    let house = House::new().await;
    assert_eq!(house.happen(request("d1")).await, Advanced::Refused(Refusal::NoReleases));
    for table in ["environments", "ledger", "effects", "deployments"] {
        assert_eq!(house.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_result_of_a_claim_that_is_lost_is_not_recorded() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(request("d1")).await);
    let first = house.claim_one(is_look).await;
    house.clock.pass(Span::seconds(16));
    let second = house.claim_one(is_look).await;
    let looked = Event::Looked { deployment: Some(id("d1")), attempt: 0, found: runs("v1") };
    let before = house.store.environment("hello", "staging").await.expect("an environment");
    assert_eq!(house.result(Some(&first.claim), looked.clone()).await, Advanced::LostClaim);
    assert_eq!(house.store.environment("hello", "staging").await.expect("an environment"), before);
    done(house.result(Some(&second.claim), looked.clone()).await);
    assert_eq!(house.result(Some(&second.claim), looked).await, Advanced::LostClaim, "once is enough");
}

#[tokio::test]
async fn an_empty_step_still_puts_its_effect_down() {
    let house = House::new().await;
    house.commit(vec![], vec![super::house::ask("d1", "health")], vec![]).await;
    let asked = house.claim_one(|_| true).await;
    let advance =
        Advance { app: "hello", environment: "staging", acknowledge: Some(&asked.claim), ..Advance::default() };
    let now = house.clock.now();
    let advanced = house.store.advance(&advance, |environment, _| Ok(by_hand(environment, now, &[], &[], &[])));
    let advanced = done(advanced.await.expect("a store that works"));
    assert_eq!((advanced.first, advanced.last), (1, 0));
    assert_eq!((house.count("effects").await, house.count("environments").await), (0, 0));
}

#[tokio::test]
async fn a_step_that_miscounts_is_not_written() {
    let house = House::new().await;
    let now = house.clock.now();
    let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
    let advanced = house.store.advance(&advance, |environment, _| {
        let mut step = by_hand(environment, now, &[remark(1)], &[], &[]);
        step.environment.seq = 7;
        Ok(step)
    });
    assert!(matches!(advanced.await, Err(StoreTrouble::Inconsistent { .. })));
    assert_eq!(house.count("ledger").await, 0);
}

#[tokio::test]
async fn advances_side_by_side_lose_nothing() {
    let house = House::new().await;
    let other = house.another().await;
    let now = house.clock.now();
    let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
    let work = (0..20).map(|n| {
        let (store, entry) = (if n % 2 == 0 { &house.store } else { &other }, [remark(n)]);
        async move {
            let advanced = store.advance(&advance, |environment, _| Ok(by_hand(environment, now, &entry, &[], &[])));
            done(advanced.await.expect("a store that works")).last
        }
    });
    let mut numbers = futures::future::join_all(work).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    let report = house.store.audit().await.expect("an audit");
    assert!(report.is_clean(), "{report:#?}");
}

#[tokio::test]
async fn facts_come_from_the_same_moment() {
    let house = House::new().await;
    for n in 0..205 {
        house.store.register(&release(&format!("v{n}"))).await.expect("registered");
    }
    let lock =
        Lock { owner: Some(ada().who), reason: "database work".to_owned(), at: super::house::NOON, ..Lock::default() };
    let quarantine = shipgate::domain::Quarantine {
        digest: release("v7").digest,
        version: "v7".to_owned(),
        environment: "staging".to_owned(),
        at: super::house::NOON,
    };
    house
        .commit(
            vec![What::Locked { lock: lock.clone() }, What::Quarantined { quarantine: quarantine.clone() }],
            vec![],
            vec![],
        )
        .await;
    let digests = [release("v1").digest];
    let advance = Advance {
        app: "hello",
        environment: "staging",
        before: Some("nowhere"),
        version: Some("v0"),
        digests: &digests,
        ..Advance::default()
    };
    let mut seen = Known::default();
    let _ = house
        .store
        .advance(&advance, |_, known| {
            seen = known.clone();
            Err(Refusal::NoReleases)
        })
        .await;
    let versions: Vec<&str> = seen.releases.iter().map(|r| r.version.as_str()).collect();
    assert_eq!((versions[0], versions[199], versions.len()), ("v204", "v5", 202));
    assert_eq!(versions[200..], ["v0", "v1"], "those that were asked for by name");
    assert_eq!((seen.lock, seen.quarantine), (Some(lock), vec![quarantine.clone()]));
    let lifted = What::Unquarantined { digest: quarantine.digest, version: "v7".to_owned(), reason: None };
    house.commit(vec![What::Unlocked, lifted], vec![], vec![]).await;
    assert_eq!(house.store.quarantine("hello").await.expect("a list"), []);
    assert_eq!(house.store.environment("hello", "staging").await.expect("an environment").lock, None);
}

#[tokio::test]
async fn the_first_registration_of_an_artifact_is_among_the_facts_however_old_it_is() {
    let house = House::new().await;
    for n in 0..205 {
        house.store.register(&release(&format!("v{n}"))).await.expect("registered");
    }
    let again = Release { version: "again".to_owned(), ..release("v0") };
    house.store.register(&again).await.expect("registered");
    let digests = [again.digest.clone(), again.digest];
    let advance = Advance { app: "hello", environment: "staging", digests: &digests, ..Advance::default() };
    let mut seen = Known::default();
    let _ = house
        .store
        .advance(&advance, |_, known| {
            seen = known.clone();
            Err(Refusal::NoReleases)
        })
        .await;
    let versions: Vec<&str> = seen.releases.iter().map(|r| r.version.as_str()).collect();
    assert_eq!((versions[0], &versions[200..]), ("again", &["v0"][..]));
}

#[tokio::test]
async fn a_deployment_that_has_ended_is_among_the_facts_when_it_is_named() {
    let house = House::new().await;
    deploy(&house).await;
    let name = id("d1");
    let advance = Advance { app: "hello", environment: "staging", deployment: Some(&name), ..Advance::default() };
    let mut closed = None;
    let _ = house
        .store
        .advance(&advance, |_, known| {
            closed.clone_from(&known.closed);
            Err(Refusal::NoReleases)
        })
        .await;
    assert_eq!(closed.map(|d| d.id), Some(name));
}

#[tokio::test]
async fn what_was_found_is_older_than_anything_registered() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(Event::Started).await);
    let look = house.claim_one(is_look).await;
    done(house.result(Some(&look.claim), Event::Looked { deployment: None, attempt: 0, found: runs("other") }).await);
    house.store.register(&release("v2")).await.expect("registered");
    let versions: Vec<String> =
        house.store.releases("hello", 9).await.expect("releases").into_iter().map(|r| r.version).collect();
    assert_eq!(versions[..2], ["v2", "v1"]);
    assert!(versions[2].starts_with("found-"), "{versions:?}");
}

#[tokio::test]
async fn a_wake_is_kept_and_comes_due() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(request("d1")).await);
    let give_up = house.clock.now().plus(Span::hours(24));
    assert_eq!(house.store.due_wakes().await.expect("wakes"), []);
    house.clock.pass(Span::hours(24));
    let wakes = house.store.due_wakes().await.expect("wakes");
    assert_eq!(wakes, [("hello".to_owned(), "staging".to_owned(), give_up)]);
    done(house.happen(Event::Tick).await);
    assert_eq!(house.store.due_wakes().await.expect("wakes"), []);
    let gone = house.store.deployment(&id("d1")).await.expect("readable").expect("stored").deployment;
    assert_eq!((gone.outcome, gone.cause), (Some(Outcome::Aborted), Some(Cause::GaveUp)));
}

/// Stops the world at the last moment before a commit.
#[derive(Default)]
struct Plug(AtomicBool, Notify);

#[async_trait]
impl Observer for Plug {
    async fn about_to_commit(&self, what: &str) {
        if what == "advance" && self.0.load(Ordering::SeqCst) {
            self.1.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_nothing_half_done() {
    let plug = Arc::new(Plug::default());
    let house = House::watched_by(Arc::clone(&plug) as Arc<dyn Observer>).await;
    house.commit(vec![remark(1)], vec![show("d1")], vec![]).await;
    plug.0.store(true, Ordering::SeqCst);
    let now = house.clock.now();
    let store = house.store.clone();
    let crashed = tokio::spawn(async move {
        let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
        store
            .advance(&advance, |environment, _| {
                Ok(by_hand(environment, now, &[remark(2), remark(3)], &[super::house::roll_out("d1", 1)], &[]))
            })
            .await
    });
    // It holds the only writer until it is killed; readers see the state before it.
    plug.1.notified().await;
    assert_eq!(house.store.environment("hello", "staging").await.expect("readable").environment.seq, 1);
    crashed.abort();
    assert!(crashed.await.is_err());
    plug.0.store(false, Ordering::SeqCst);
    let again = house.another().await;
    assert_eq!(again.environment("hello", "staging").await.expect("readable").environment.seq, 1);
    assert_eq!((house.count("ledger").await, house.count("effects").await), (1, 1));
    house.commit(vec![remark(2)], vec![], vec![]).await;
    assert!(again.audit().await.expect("an audit").is_clean());
}

#[tokio::test]
async fn the_future_of_an_advance_can_move_between_threads() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    let (store, now) = (house.store.clone(), house.clock.now());
    let moved = tokio::spawn(async move {
        let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
        through_core(&store, now, &advance, &request("d1")).await
    });
    done(moved.await.expect("no panic").expect("a store that works"));
}
