//! The strategy immediate: all machines at once, judged as ever, and all at once back.

use shipgate::domain::{Ended, Span};
use shipgate::sim::{Boot, Fault, On, Seed, When, http_check};
use shipgate::targets::{Stage, Stop};

use super::stage::{APP, Play, failed, stopped};

#[tokio::test]
async fn all_machines_get_the_release_at_once() {
    let play = Play::with(4).await.at_once();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 4], vec![1; 4]));
    for machine in play.machines() {
        let stages = [Stage::Waiting, Stage::Updating, Stage::Starting, Stage::Checking, Stage::Done];
        assert_eq!(play.journal.stages(&machine.id), stages);
    }
    // One machine takes 8 s to boot and is watched for 10 s.
    assert!((18..35).contains(&play.seconds()), "{} s", play.seconds());
    play.holds_no_lease();
    assert!(play.journal.remembers().keys().all(|name| !name.starts_with("fly-lease/")));

    let begun = play.seconds();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 4], vec![2; 4]));
    assert!(play.seconds() - begun < 25, "{} s", play.seconds() - begun);
    play.holds_no_lease();
}

#[tokio::test]
async fn one_machine_that_does_not_boot_ends_the_wait_for_the_others() {
    let play = Play::of(3, &http_check(), |_| {}).await.at_once();
    let bad = play.machines()[1].id.clone();
    play.sim.faults().next_boot(&bad, Boot::Fails);
    let (note, untouched) = failed(play.roll_out(1, "v3-broken").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-boot-failed", false));
    assert_eq!(note.args["machine"], bad);
    assert!(play.seconds() < 20, "nobody waits two minutes for the checks of the others: {} s", play.seconds());
    play.holds_no_lease();
}

#[tokio::test]
async fn what_does_not_pass_its_checks_is_not_done_either() {
    let play = Play::of(2, &http_check(), |_| {}).await.at_once();
    let (note, untouched) = failed(play.roll_out(1, "v3-broken").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-checks-failing", false));
    assert_eq!(play.updates(), [1, 1]);
    assert_eq!(play.restore(2, "v3-broken").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![2, 2]));
}

#[tokio::test]
async fn a_stopped_machine_stays_stopped_though_all_are_updated_at_once() {
    let play = Play::of(3, &http_check(), |config| {
        let seed = &mut config.apps[0].machines[0];
        *seed = Seed { running: false, ..seed.clone() };
    })
    .await
    .at_once();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 3], vec![1; 3]));
    assert_eq!(play.machines().iter().filter(|m| m.state == "stopped").count(), 1);
}

#[tokio::test]
async fn a_cancel_stops_the_work_on_all_machines() {
    let play = Play::with(3).await.at_once();
    play.journal.cancel_at(Stage::Starting, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    play.holds_no_lease();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.versions(), ["v1", "v1", "v1"]);
}

#[tokio::test]
async fn trouble_with_one_machine_keeps_no_other_and_is_tried_again() {
    let play = Play::with(3).await.at_once();
    let slow = play.machines()[0].id.clone();
    play.sim.faults().next(60, On::action(shipgate::sim::Action::LeaseAcquire).machine(&slow), When::Before, unwell());
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-unwell", true));
    play.sim.faults().clear();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 3], vec![1; 3]));
}

#[tokio::test]
async fn trouble_with_one_machine_does_not_stop_the_work_on_slower_ones() {
    let play = Play::of(3, &http_check(), |config| config.timings.replacing = Span::seconds(90)).await.at_once();
    let held = play.machines()[0].id.clone();
    play.sim.faults().foreign_lease(&held, "bob@example.com", Span::minutes(3));
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-lease-held", true), "nobody has cancelled anything");
    assert_eq!((play.updates(), play.versions()), (vec![0, 1, 1], vec!["v1".into(), "v2".into(), "v2".into()]));
    assert_eq!(play.journal.order_of(Stage::Done).len(), 2, "the others were brought to their end");
    play.pass(Span::minutes(1)).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1, 1, 1]);
    play.holds_no_lease();
}

#[tokio::test]
async fn a_cancel_counts_though_one_machine_meets_trouble() {
    let play = Play::with(2).await.at_once();
    let held = play.machines()[0].id.clone();
    play.sim.faults().foreign_lease(&held, "bob@example.com", Span::minutes(30));
    play.journal.cancel_at(Stage::Checking, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
}

#[tokio::test]
async fn an_older_attempt_stops_everywhere_at_once() {
    let play = Play::with(3).await.at_once();
    play.wire.stamp(APP, &play.machines()[2].id, "9").await;
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Fenced { newer: 9 }));
    assert_eq!(play.updates(), [0, 0, 0]);
}

fn unwell() -> Fault {
    Fault::error(503, "unavailable: try again")
}
