//! Going back: what the journal recorded is what runs again.

use serde_json::{Value, json};
use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, On, Seed, When, http_check};
use shipgate::targets::{Stage, Stop};

use super::stage::{APP, Play, failed, image, stopped};

#[tokio::test]
async fn a_rollout_that_was_cancelled_goes_back_at_once() {
    let play = Play::with(3).await;
    let first = play.machines()[0].id.clone();
    play.journal.cancel_at(Stage::Starting, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    play.holds_no_lease();
    let begun = play.seconds();

    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));

    assert_eq!(play.versions(), ["v1", "v1", "v1"]);
    assert_eq!(play.updates(), [2, 0, 0], "the others were never touched");
    assert_eq!(play.journal.stages(&first)[3..], [Stage::Restoring, Stage::Restored]);
    assert!(play.seconds() - begun < 20, "{} s", play.seconds() - begun);
    assert!(play.machines().iter().all(|m| m.metadata["shipgate_attempt"] == "2"), "the fence is up on all");
    play.holds_no_lease();
}

#[tokio::test]
async fn the_last_machine_changed_is_the_first_to_go_back() {
    let play = Play::of(3, &http_check(), |_| {}).await;
    let before = play.machines();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    let mut ids: Vec<String> = before.iter().map(|m| m.id.clone()).collect();
    ids.reverse();
    assert_eq!(play.journal.order_of(Stage::Restored), ids);
    for (before, after) in before.iter().zip(play.machines()) {
        let mut config = Value::Object(after.config);
        config["metadata"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("shipgate_"));
        assert_eq!(config, Value::Object(before.config.clone()), "every field is as it was");
        assert_eq!((after.digest, after.state.as_str()), (before.digest.clone(), "started"));
    }
}

#[tokio::test]
async fn going_back_twice_changes_nothing_more() {
    let play = Play::with(2).await;
    play.roll_out(1, "v2").await.unwrap();
    play.restore(2, "v2").await.unwrap();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [2, 2]);
}

#[tokio::test]
async fn with_nothing_recorded_there_is_nothing_to_put_back() {
    let play = Play::with(2).await;
    assert_eq!(play.restore(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [0, 0]);
}

#[tokio::test]
async fn the_image_goes_back_by_digest_though_it_was_a_tag() {
    let play = Play::of(1, &http_check(), |config| {
        config.apps[0].machines[0].config["image"] = json!("registry.fly.io/hello:v1");
    })
    .await;
    play.roll_out(1, "v2").await.unwrap();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.machines()[0].config["image"], image("v1"));
}

#[tokio::test]
async fn a_machine_that_was_stopped_is_stopped_again() {
    let play = Play::of(2, &http_check(), |config| {
        let seed = &mut config.apps[0].machines[0];
        *seed = Seed { running: false, ..seed.clone() };
    })
    .await;
    let before = play.machines();
    let asleep = before.iter().find(|m| m.state == "stopped").unwrap().id.clone();
    play.roll_out(1, "v2").await.unwrap();
    play.wire.post(APP, &asleep, "start").await;
    play.until(shipgate::clock::sleep(&*play.clock, Span::seconds(5))).await;
    assert!(play.machines().iter().all(|m| m.state == "started"));

    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));

    let states = |machines: Vec<shipgate::sim::MachineView>| machines.into_iter().map(|m| m.state).collect::<Vec<_>>();
    assert_eq!(states(play.machines()), states(before));
    assert_eq!(play.versions(), ["v1", "v1"]);
}

#[tokio::test]
async fn a_machine_that_the_release_brought_down_is_started_again() {
    let play = Play::with(2).await;
    play.sim.faults().next_boot(&play.machines()[0].id, Boot::Crashes { times: 1 });
    failed(play.roll_out(1, "v2").await);
    assert_eq!(play.machines()[0].state, "stopped");
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.versions(), ["v1", "v1"]);
    assert!(play.machines().iter().all(|m| m.state == "started"));
}

#[tokio::test]
async fn a_machine_that_failed_to_boot_goes_back_and_boots() {
    let play = Play::with(1).await;
    play.sim.faults().next_boot(&play.machines()[0].id, Boot::Fails);
    failed(play.roll_out(1, "v2").await);
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.machines()[0].state.as_str()), (vec!["v1".to_owned()], "started"));
}

#[tokio::test]
async fn a_machine_that_is_stuck_in_its_update_goes_back() {
    let play = Play::with(2).await;
    play.sim.faults().next_boot(&play.machines()[0].id, Boot::StaysReplacing);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-boot-timeout", false));
    assert_eq!(note.args["state"], "replacing");
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.versions(), ["v1", "v1"]);
}

#[tokio::test]
async fn a_machine_that_cannot_be_put_back_does_not_keep_the_others_from_it() {
    let play = Play::with(3).await;
    play.roll_out(1, "v2").await.unwrap();
    let ids: Vec<String> = play.machines().into_iter().map(|m| m.id).collect();
    for boot in [Boot::Fails; 5] {
        play.sim.faults().next_boot(&ids[1], boot);
    }
    let (note, untouched) = failed(play.restore(2, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-not-restored", false));
    assert_eq!(note.args["machines"], format!("{} (failed)", ids[1]));
    assert_eq!(play.versions(), ["v1", "v1", "v1"]);
    assert_eq!(play.journal.order_of(Stage::Restored), [ids[2].clone(), ids[0].clone()]);
    play.holds_no_lease();
}

#[tokio::test]
async fn a_machine_that_is_gone_is_named() {
    let play = Play::with(2).await;
    play.roll_out(1, "v2").await.unwrap();
    let id = play.machines()[0].id.clone();
    play.wire.destroy(APP, &id).await;
    play.until(shipgate::clock::sleep(&*play.clock, Span::seconds(60))).await;
    let (note, _) = failed(play.restore(2, "v2").await);
    assert_eq!(note.key, "fly-not-restored");
    assert_eq!(note.args["machines"], format!("{id} (destroyed)"));
    assert_eq!(play.versions(), ["v1"]);
}

#[tokio::test]
async fn going_back_is_tried_again_where_fly_io_is_unwell_but_the_others_go_first() {
    let play = Play::with(2).await;
    play.roll_out(1, "v2").await.unwrap();
    let last = play.machines()[1].id.clone();
    let unwell = Fault::error(503, "unavailable: try again");
    play.sim.faults().next(60, On::action(Action::LeaseAcquire).machine(&last), When::Before, unwell);
    let trouble = stopped(play.restore(2, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-unwell", true));
    assert_eq!(play.versions(), ["v1", "v2"]);
    play.sim.faults().clear();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.versions(), ["v1", "v1"]);
}
