//! Readings: releases, history, smoke tests.

use shipgate::domain::{Event, Note, Smoke, Span, What};
use shipgate::store::{Advance, Registered};

use super::house::{House, NOON, ada, by_hand, done, id, is_look, release, request, runs};

#[tokio::test]
async fn a_version_never_changes() {
    let house = House::new().await;
    let (first, mut other) = (release("v1"), release("v1"));
    assert_eq!(house.store.register(&first).await.expect("answered"), Registered::New);
    let mut noted = first.clone();
    noted.notes = Some("other words".to_owned());
    assert_eq!(house.store.register(&noted).await.expect("answered"), Registered::Same(first.clone()));
    other.digest = release("v2").digest;
    other.image = release("v2").image;
    assert_eq!(house.store.register(&other).await.expect("answered"), Registered::Clash(first.clone()));
    other = first.clone();
    other.image = other.image.replace("hello@", "copy-of-hello@");
    assert_eq!(house.store.register(&other).await.expect("answered"), Registered::Clash(first.clone()));
    other = first.clone();
    other.one_way = true;
    assert_eq!(house.store.register(&other).await.expect("answered"), Registered::Clash(first.clone()));
    assert_eq!(house.store.release("hello", "v1").await.expect("readable"), Some(first));
    assert_eq!(house.store.release("other", "v1").await.expect("readable"), None);
}

/// Asks for a deployment and lets it fail at once.
async fn fail(house: &House, name: &str) {
    done(house.happen(request(name)).await);
    let look = house.claim_one(is_look).await;
    let failed = Event::LookFailed { deployment: Some(id(name)), note: Note::new("down") };
    done(house.result(Some(&look.claim), failed).await);
}

#[tokio::test]
async fn history_is_newest_first_and_has_pages() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    for n in 1..=5 {
        // Two in the same millisecond, too.
        house.clock.pass(Span(n % 2));
        fail(&house, &format!("d{n}")).await;
    }
    let names = |list: &[shipgate::domain::Deployment]| list.iter().map(|d| d.id.0.clone()).collect::<Vec<_>>();
    let first = house.store.history("hello", Some("staging"), 3, None).await.expect("readable");
    assert_eq!(names(&first), ["d5", "d4", "d3"]);
    let rest = house.store.history("hello", None, 9, first.last()).await.expect("readable");
    assert_eq!(names(&rest), ["d2", "d1"]);
    assert_eq!(house.store.history("hello", Some("production"), 9, None).await.expect("readable"), []);
    assert_eq!(house.store.open_deployments().await.expect("readable"), []);
    done(house.happen(request("d6")).await);
    assert_eq!(names(&house.store.open_deployments().await.expect("readable")), ["d6"]);
}

#[tokio::test]
async fn a_smoke_test_is_kept_while_it_runs_and_after() {
    let house = House::new().await;
    let mut smoke = Smoke {
        id: id("s1"),
        app: "hello".to_owned(),
        environment: "staging".to_owned(),
        by: ada().who,
        at: NOON,
        running: None,
        checks: vec![],
        closed_at: None,
    };
    let started = What::SmokeStarted { smoke: id("s1"), checks: vec![] };
    for (what, closed_at) in [(started, None), (What::SmokeEnded { smoke: id("s1") }, Some(NOON))] {
        smoke.closed_at = closed_at;
        let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
        let advanced = house.store.advance(&advance, |environment, _| {
            let mut step = by_hand(environment, NOON, std::slice::from_ref(&what), &[], &[]);
            step.smoke = Some(smoke.clone());
            Ok(step)
        });
        let mark = done(advanced.await.expect("a store that works")).mark;
        assert_eq!(house.store.smoke(&id("s1")).await.expect("readable"), Some((smoke.clone(), mark)));
    }
    assert_eq!(house.store.entries_about(&id("s1"), 0).await.expect("readable").len(), 2);
    let first = house.store.entries_about(&id("s1"), 0).await.expect("readable")[0].0;
    let later = house.store.entries_about(&id("s1"), first).await.expect("readable");
    assert_eq!(later.len(), 1, "only what comes after");
    let second = house.store.entry("hello", "staging", 2).await.expect("readable").map(|entry| entry.what);
    assert_eq!(second, Some(What::SmokeEnded { smoke: id("s1") }));
    assert_eq!(house.store.entry("hello", "staging", 3).await.expect("readable"), None);
    assert_eq!(house.store.smoke(&id("s2")).await.expect("readable"), None);
}

#[tokio::test]
async fn what_was_written_down_of_a_deployment_is_read_in_parts() {
    let house = House::new().await;
    let about = |n: usize| What::LookFailed { deployment: Some(id("d1")), note: Note::new("remark").with("n", n) };
    house.commit((1..=5).map(about).collect(), vec![], vec![]).await;
    for (after, limit, expected, has_more) in [
        (None, 2, &[4, 5][..], true),
        (None, 5, &[1, 2, 3, 4, 5], false),
        (Some(0), 2, &[1, 2], true),
        (Some(3), 2, &[4, 5], false),
        (Some(5), 2, &[], false),
    ] {
        let (entries, more) = house.store.some_entries_about(&id("d1"), after, 5, limit).await.expect("readable");
        let numbers: Vec<u64> = entries.iter().map(|(seq, _)| *seq).collect();
        assert_eq!((numbers.as_slice(), more), (expected, has_more), "after {after:?}, {limit} at once");
    }
}

#[tokio::test]
async fn what_a_plan_must_know_is_found_however_far_back_it_lies() {
    let house = House::new().await;
    let mut one_way = release("v0");
    one_way.one_way = true;
    house.store.register(&one_way).await.expect("registered");
    for n in 1..=201 {
        house.store.register(&release(&format!("v{n}"))).await.expect("registered");
    }
    // A hundred others were good here after it.
    for n in [0].into_iter().chain(50..=151) {
        let running = Some(release(&format!("v{n}")));
        let looked = What::Looked { deployment: None, found: runs(&format!("v{n}")), running, adopted: true };
        house.commit(vec![looked], vec![], vec![]).await;
    }
    let place = ("hello", "staging");
    let (_, known) = house.store.known_now(place, Some("staging"), None).await.expect("readable");
    assert!(known.releases.contains(&one_way), "the one-way release is among {}", known.releases.len());
    assert!(known.releases.iter().any(|r| r.version == "v151"), "what runs is known");
    assert!(!known.evidence.iter().any(|e| e.release.version == "v0"), "nobody has asked for it");
    let (_, known) = house.store.known_now(place, Some("staging"), Some("v0")).await.expect("readable");
    for evidence in [known.evidence, known.evidence_before] {
        assert_eq!(evidence.len(), 101);
        assert_eq!(evidence.iter().filter(|e| e.release.version == "v0").count(), 1);
    }
}
