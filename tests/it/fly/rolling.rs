//! A rollout, machine by machine.

use serde_json::{Value, json};
use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, On, Seed, When, http_check};
use shipgate::targets::{Stage, Stop};

use super::stage::{APP, Play, failed, image, order};

#[tokio::test]
async fn every_machine_gets_the_release_one_after_the_other() {
    let play = Play::with(3).await;
    let before = play.machines();
    let ids: Vec<String> = before.iter().map(|m| m.id.clone()).collect();

    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));

    assert_eq!(play.versions(), ["v2", "v2", "v2"]);
    assert_eq!(play.updates(), [1, 1, 1]);
    assert_eq!(play.journal.order_of(Stage::Updating), ids);
    let recorded: Vec<String> = play.journal.recorded().into_iter().map(|s| s.machine).collect();
    assert_eq!(recorded, ids);
    for id in &ids {
        let stages = [Stage::Waiting, Stage::Updating, Stage::Starting, Stage::Checking, Stage::Done];
        assert_eq!(play.journal.stages(id), stages);
    }
    play.holds_no_lease();
    let remembered = play.journal.remembers();
    assert!(remembered.keys().all(|name| !name.starts_with("fly-lease/")), "a released lease is forgotten");
    // Each machine takes 8 s to boot and is watched for 10 s after it.
    assert!((50..90).contains(&play.seconds()), "{} s", play.seconds());
}

#[tokio::test]
async fn nothing_in_the_config_changes_but_the_image_and_the_stamps() {
    let play = Play::with(2).await;
    let before = play.machines();
    play.roll_out(7, "v2").await.unwrap();
    for (before, after) in before.iter().zip(play.machines()) {
        let mut wanted = Value::Object(before.config.clone());
        wanted["image"] = Value::from(image("v2"));
        wanted["metadata"]["shipgate_attempt"] = Value::from("7");
        wanted["metadata"]["shipgate_deployment"] = Value::from(order(7, "v2").deployment.0);
        assert_eq!(Value::Object(after.config), wanted);
        assert_eq!(after.metadata["fly_release_version"], "63");
        assert_eq!(wanted["x_future_field"], json!({"keep": ["me", 1, null]}));
    }
}

#[tokio::test]
async fn a_machine_is_recorded_whole_before_it_is_changed() {
    let play = Play::with(1).await;
    let before = play.machines().remove(0);
    play.roll_out(1, "v2").await.unwrap();
    let snapshot = play.journal.recorded().remove(0).snapshot;
    let mut config = snapshot["config"].clone();
    let metadata = config["metadata"].as_object_mut().unwrap();
    metadata.retain(|key, _| !key.starts_with("shipgate_"));
    assert_eq!(config, Value::Object(before.config));
    assert_eq!(snapshot["digest"], before.digest);
    assert_eq!(snapshot["image"], image("v1"));
    assert_eq!(snapshot["state"], "started");
    assert_eq!(snapshot["instance_id"], before.instance);
    assert_eq!(snapshot["cordoned"], false);
}

#[tokio::test]
async fn the_same_attempt_again_updates_nothing_twice() {
    let play = Play::with(3).await;
    play.roll_out(1, "v2").await.unwrap();
    let once = play.seconds();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1, 1, 1]);
    assert!(play.seconds() - once < 20, "what is done is not watched anew");
}

#[tokio::test]
async fn what_was_done_half_is_finished_by_the_next_try() {
    let play = Play::with(3).await;
    play.journal.cancel_at(Stage::Starting, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    assert_eq!(play.updates(), [1, 0, 0]);
    let order = order(1, "v2");
    let again = tokio_util::sync::CancellationToken::new();
    assert_eq!(play.until(play.target.roll_out(&order, &play.journal, &again)).await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1, 1, 1]);
}

#[tokio::test]
async fn an_older_attempt_does_nothing_once_a_newer_one_has_stamped() {
    let play = Play::with(2).await;
    play.roll_out(5, "v2").await.unwrap();
    assert_eq!(play.roll_out(4, "v3-slow").await, Err(Stop::Fenced { newer: 5 }));
    assert_eq!(play.updates(), [1, 1]);
    assert_eq!(play.restore(3, "v2").await, Err(Stop::Fenced { newer: 5 }));
    assert_eq!(play.versions(), ["v2", "v2"]);
}

#[tokio::test]
async fn an_older_attempt_that_was_under_way_stops_at_the_next_machine() {
    let play = Play::with(2).await;
    let mut update = play.sim.faults().hold(On::action(Action::LeaseAcquire), When::Before);
    let newer = async {
        update.arrived().await;
        play.wire.stamp(APP, &play.machines()[0].id, "9").await;
        update.release();
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), newer);
    assert_eq!(ended, Err(Stop::Fenced { newer: 9 }));
    assert_eq!(play.updates(), [0, 0]);
    play.holds_no_lease();
}

#[tokio::test]
async fn a_machine_that_is_stopped_stays_stopped_and_comes_last() {
    let play = Play::of(3, &http_check(), |config| {
        for seed in config.apps[0].machines.iter_mut().take(1) {
            *seed = Seed { running: false, ..seed.clone() };
        }
    })
    .await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let machines = play.machines();
    let asleep = machines.iter().find(|m| m.state == "stopped").unwrap();
    assert_eq!(play.versions(), ["v2", "v2", "v2"]);
    assert_eq!(play.updates(), [1, 1, 1]);
    assert_eq!(play.journal.order_of(Stage::Updating).last(), Some(&asleep.id));
    assert_eq!(play.journal.notes(), ["fly-stays-down"]);
}

#[tokio::test]
async fn machines_that_fly_deploy_does_not_look_after_are_left_alone() {
    let play = Play::of(3, &http_check(), |config| {
        config.apps[0].machines[0].config["metadata"] = json!({});
        config.apps[0].machines[1].config["metadata"]["fly_process_group"] = json!("fly_app_release_command");
    })
    .await;
    assert_eq!(play.until(play.target.look(&[])).await.unwrap().machines.len(), 1);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates().iter().sum::<usize>(), 1);
    assert_eq!(play.machines().iter().filter(|m| m.metadata.contains_key("shipgate_attempt")).count(), 1);
}

#[tokio::test]
async fn what_runs_is_told_by_its_digest() {
    let play = Play::with(2).await;
    let found = play.until(play.target.look(&[])).await.unwrap();
    let (reference, digest) = found.common().unwrap();
    assert_eq!(reference, image("v1"));
    assert_eq!(format!("registry.fly.io/hello@{digest}"), image("v1"));
    assert_eq!(found.machines[0].state, "started");
}

#[tokio::test]
async fn an_app_without_machines_has_nothing_to_update() {
    let play = Play::with(0).await;
    assert!(play.until(play.target.look(&[])).await.unwrap().machines.is_empty());
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-nothing-to-update", true));
}

#[tokio::test]
async fn an_image_that_the_registry_does_not_have_touches_nothing() {
    let play = Play::with(2).await;
    let (note, untouched) = failed(play.roll_out(1, "v9").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-image-missing", true));
    assert_eq!(note.args["image"], image("v9"));
    assert!(note.args["error"].contains("MANIFEST_UNKNOWN"), "{note:?}");
    assert_eq!(play.updates(), [0, 0]);
    play.holds_no_lease();
    let (again, untouched) = failed(play.roll_out(1, "v9").await);
    assert_eq!((again.key, untouched), (note.key, true), "and so does the next try");
}

#[tokio::test]
async fn an_image_that_the_registry_has_a_little_later_is_waited_for() {
    let play = Play::with(1).await;
    let lag = Fault::error(400, "failed to get manifest registry.fly.io/hello: MANIFEST_UNKNOWN");
    play.sim.faults().next(2, On::action(Action::MachineUpdate), When::Before, lag);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn a_machine_that_does_not_boot_fails_the_rollout_at_once() {
    let play = Play::with(3).await;
    let first = play.machines()[0].id.clone();
    play.sim.faults().next_boot(&first, Boot::Fails);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-boot-failed", false));
    assert_eq!((note.args["machine"].as_str(), note.args["state"].as_str()), (first.as_str(), "failed"));
    assert_eq!(play.updates(), [1, 0, 0], "the others are not touched");
    assert_eq!(play.journal.stages(&first).last(), Some(&Stage::Failed));
    assert!(play.seconds() < 20, "{} s", play.seconds());
    play.holds_no_lease();
}

#[tokio::test]
async fn a_machine_that_exits_again_and_again_fails_the_rollout() {
    let play = Play::with(2).await;
    play.sim.faults().next_boot(&play.machines()[0].id, Boot::Crashes { times: 10 });
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-exit-loop", false), "{note:?}");
    assert_eq!(play.updates(), [1, 0]);
    assert!(play.seconds() < 30, "{} s", play.seconds());
}

#[tokio::test]
async fn a_machine_that_leaves_after_its_boot_fails_the_rollout() {
    let play = Play::with(1).await;
    play.sim.faults().next_boot(&play.machines()[0].id, Boot::Crashes { times: 1 });
    let (note, _) = failed(play.roll_out(1, "v2").await);
    assert_eq!(note.key, "fly-stopped-unexpectedly");
}

#[tokio::test]
async fn a_machine_whose_checks_do_not_pass_fails_the_rollout_with_their_words() {
    let play = Play::of(2, &http_check(), |_| {}).await;
    let (note, untouched) = failed(play.roll_out(1, "v3-broken").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-checks-failing", false));
    assert_eq!(note.args["checks"], "servicecheck-00-http-8080");
    assert_eq!(note.args["output"], "500 Internal Server Error");
    assert_eq!(play.updates(), [1, 0]);
    assert!((120..150).contains(&play.seconds()), "{} s", play.seconds());
    play.holds_no_lease();
}

#[tokio::test]
async fn checks_that_have_not_reported_are_no_pass() {
    let mut check = http_check();
    check["grace_period"] = json!("90s");
    let play = Play::of(1, &check, |_| {}).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert!(play.seconds() >= 98, "it waited for the first report: {} s", play.seconds());
}

#[tokio::test]
async fn a_lease_is_kept_alive_while_a_slow_machine_boots() {
    let play = Play::of(1, &http_check(), |config| config.timings.replacing = Span::seconds(70)).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let leases = play.wire.lines().iter().filter(|l| l.method == "POST" && l.path.ends_with("/lease")).count();
    assert!(leases >= 15, "lengthened {leases} times");
    assert!(play.wire.lines().iter().all(|l| l.answer.as_ref().is_some_and(|(status, _)| *status != 409)));
}

#[tokio::test]
async fn a_cordoned_machine_is_updated_and_stays_out_of_rotation() {
    let play = Play::with(1).await;
    let id = play.machines()[0].id.clone();
    play.wire.post(APP, &id, "cordon").await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert!(play.machines()[0].cordoned);
    assert_eq!(play.journal.recorded()[0].snapshot["cordoned"], true);
}

#[tokio::test]
async fn a_machine_that_is_stopped_on_the_way_counts_only_where_the_proxy_may_stop_it() {
    for autostop in [json!("stop"), json!("off")] {
        let play = Play::of(1, &http_check(), |config| {
            config.apps[0].machines[0].config["services"][0]["autostop"] = autostop.clone();
        })
        .await;
        let id = play.machines()[0].id.clone();
        let proxy = async {
            while play.machines()[0].version != "v2" || play.machines()[0].state != "started" {
                tokio::task::yield_now().await;
            }
            let nonce = play.journal.remembers()[&format!("fly-lease/{id}")].clone();
            play.wire.post_with(&nonce, APP, &id, "stop").await;
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), proxy);
        if autostop == "stop" {
            assert_eq!(ended, Ok(Ended::Done));
            assert_eq!(play.journal.notes(), ["fly-stays-down"]);
        } else {
            assert_eq!(failed(ended).0.key, "fly-stopped-unexpectedly");
        }
    }
}

#[tokio::test]
async fn a_cancel_is_noticed_in_the_middle_of_a_long_wait() {
    let play = Play::of(2, &http_check(), |config| config.timings.replacing = Span::minutes(4)).await;
    play.journal.cancel_at(Stage::Starting, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    assert!(play.seconds() < 5, "{} s", play.seconds());
    play.holds_no_lease();
    assert_eq!(play.updates(), [1, 0]);
}

#[tokio::test]
async fn an_update_that_is_under_way_is_finished_before_a_cancel_counts() {
    let play = Play::with(2).await;
    let mut update = play.sim.faults().hold(On::action(Action::MachineUpdate), When::Before);
    let stop = async {
        update.arrived().await;
        play.cancel.cancel();
        update.release();
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), stop);
    assert_eq!(ended, Err(Stop::Cancelled));
    assert_eq!(play.updates(), [1, 0], "it was not dropped half-way");
    play.holds_no_lease();
}
