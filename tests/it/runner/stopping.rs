//! Stopping: a call that a newer one takes the place of, a claim that is lost, and the end of the program.

use std::sync::Arc;

use shipgate::clock::SystemClock;
use shipgate::domain::{Action, Cancel, Ended, Event, Outcome, Phase, Span};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::script::{Act, Scene};
use crate::store::house::{LEASE, PLENTY, ask, done, id, is_roll_out, release, request, restore, roll_out};

fn run(scene: &Arc<Scene>) -> (JoinHandle<()>, CancellationToken) {
    let (runner, stop) = (scene.runner(), CancellationToken::new());
    let token = stop.clone();
    (tokio::spawn(async move { runner.run(token).await }), stop)
}

#[tokio::test]
async fn an_abort_stops_the_rollout_under_way_and_goes_back_at_once() {
    let scene = Scene::new([Act::Runs("v1"), Act::UntilStopped, Act::Ends(Ended::Done), Act::Runs("v1")]).await;
    for version in ["v1", "v2"] {
        scene.house.store.register(&release(version)).await.expect("registered");
    }
    let (running, stop) = run(&scene);
    done(scene.house.happen(request("d1")).await);
    scene.seen.reach("call roll_out", 1).await;
    let abort = Event::Act {
        deployment: id("d1"),
        action: Action::Abort,
        gate: None,
        reason: None,
        revision: None,
        lasting: None,
        fresh: id("d2"),
    };
    done(scene.house.happen(abort).await);
    scene.seen.reach("finished restore", 1).await;
    assert_eq!(scene.seen.lines("let go").len(), 1);
    assert_eq!(scene.seen.lines("committed hand_over").len(), 1, "it was put down and the next taken up in one commit");
    assert_eq!(scene.seen.lines("call restore"), ["call restore from v2 attempt 2 machines 1"]);
    assert!(
        !scene.seen.lines("deliver").iter().any(|line| line.contains("attempt: 1")),
        "its end is nobody's business"
    );
    scene.seen.reach("call show d1 Closed", 1).await;
    let stored = scene.house.store.deployment(&id("d1")).await.expect("readable").expect("stored").deployment;
    assert_eq!((stored.phase, stored.outcome), (Phase::Closed, Some(Outcome::RolledBack)));
    stop.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn a_call_that_does_not_stop_is_dropped_after_its_grace() {
    let scene = Scene::new([Act::Deaf, Act::Deaf]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let (running, _stop) = run(&scene);
    scene.seen.reach("call roll_out", 1).await;
    scene.house.commit(vec![], vec![roll_out("d1", 2)], vec![]).await;
    scene.seen.reach("committed advance", 2).await;
    for round in 1..=3 {
        scene.house.clock.pass(Span::seconds(5));
        scene.seen.reach("committed renew", round).await;
    }
    assert_eq!(scene.seen.lines("finished"), Vec::<String>::new(), "it may take its time to let go");
    scene.house.clock.pass(Span::seconds(10));
    scene.seen.reach("call roll_out v2 attempt 2", 1).await;
    assert_eq!(scene.seen.lines("finished roll_out").len(), 1);
    running.abort();
}

#[tokio::test]
async fn a_check_that_lost_its_purpose_is_dropped_at_once() {
    let scene = Scene::new([Act::Deaf]).await;
    scene.house.commit(vec![], vec![ask("d1", "health")], vec![]).await;
    let (running, stop) = run(&scene);
    scene.seen.reach("call ask", 1).await;
    scene.house.commit(vec![], vec![], vec![Cancel::Checks(id("d1"))]).await;
    scene.seen.reach("finished ask", 1).await;
    assert_eq!(scene.house.count("effects").await, 0);
    assert_eq!(scene.seen.lines("deliver"), Vec::<String>::new());
    stop.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn a_long_call_keeps_its_claim() {
    let scene = Scene::new([Act::UntilStopped]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let (running, stop) = run(&scene);
    scene.seen.reach("call roll_out", 1).await;
    let other = scene.house.another().await;
    for round in 1..=8 {
        scene.house.clock.pass(Span::seconds(5));
        scene.seen.reach("committed renew", round).await;
        assert_eq!(other.claim_due(PLENTY, LEASE).await.expect("claims"), []);
    }
    stop.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn a_call_whose_claim_somebody_else_took_is_stopped_and_not_recorded() {
    let scene = Scene::new([Act::UntilStopped]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let (running, stop) = run(&scene);
    scene.seen.reach("call roll_out", 1).await;
    scene.house.tamper("UPDATE effects SET claim = 'theirs'").await;
    scene.house.clock.pass(Span::seconds(5));
    scene.seen.reach("finished roll_out", 1).await;
    assert_eq!(scene.seen.lines("deliver"), Vec::<String>::new());
    assert_eq!(scene.house.count("effects WHERE claim = 'theirs'").await, 1);
    stop.cancel();
    running.await.expect("no panic");
}

#[tokio::test]
async fn the_end_of_the_program_gives_the_claim_back_and_the_next_one_takes_it_up() {
    let scene = Scene::new([Act::UntilStopped]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let (running, stop) = run(&scene);
    scene.seen.reach("call roll_out", 1).await;
    stop.cancel();
    running.await.expect("no panic");
    assert_eq!(scene.seen.lines("let go").len(), 1, "the target has let go of its leases");
    let next = scene.house.another().await.claim_due(PLENTY, LEASE).await.expect("claims");
    assert_eq!((next.len(), next[0].tries), (1, 1));
    assert!(is_roll_out(&next[0].effect));
}

#[tokio::test]
async fn the_end_of_the_program_waits_for_nobody_longer_than_five_seconds() {
    let scene = Scene::new([Act::Deaf, Act::Deaf]).await;
    scene.house.commit(vec![], vec![restore("d1", 1), ask("d1", "health")], vec![]).await;
    scene.house.commit(vec![], vec![roll_out("d1", 2)], vec![]).await;
    let (running, stop) = run(&scene);
    scene.seen.reach("claimed", 2).await;
    let real = SystemClock::real();
    let start = real.now();
    stop.cancel();
    running.await.expect("no panic");
    assert!(real.now().since(start) < Span::seconds(5));
    assert_eq!(scene.house.count("effects WHERE claim = '' AND tries = 0").await, 2, "given back");
}

#[tokio::test]
async fn nothing_is_begun_once_the_program_ends() {
    let scene = Scene::new([]).await;
    scene.house.commit(vec![], vec![ask("d1", "health")], vec![]).await;
    let stop = CancellationToken::new();
    stop.cancel();
    scene.runner().run(stop).await;
    assert_eq!(scene.seen.lines("claimed"), Vec::<String>::new());
}
