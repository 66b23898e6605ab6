//! The strategy canary: an extra machine tries the release before any other is changed, and is never left behind.

use serde_json::json;
use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, On, Reports, Seed, SimConfig, When, http_check};
use shipgate::targets::{Stage, Stop};

use super::stage::{APP, Play, failed, image, order, said};

const AS_BEFORE: [&str; 2] = ["v1 started in", "v1 started in"];
const DONE: [&str; 2] = ["v2 started in", "v2 started in"];

async fn of(machines: usize, set: impl FnOnce(&mut SimConfig)) -> Play {
    Play::of(machines, &http_check(), set).await.by("canary")
}

/// Every machine that was made, in order.
fn canaries(play: &Play) -> Vec<String> {
    play.journal.order_of(Stage::Trying).into_iter().fold(Vec::new(), |mut all, id| {
        if !all.contains(&id) {
            all.push(id);
        }
        all
    })
}

#[tokio::test]
async fn an_extra_machine_is_well_out_of_rotation_and_in_it_before_any_other_is_changed() {
    let play = of(2, |_| {}).await;
    let ids = play.ids_of("v1");
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!((play.stand(), play.ids_of("v2")), (DONE.map(str::to_owned).to_vec(), ids.clone()));
    assert_eq!(play.updates(), [1, 1]);
    let canary = canaries(&play);
    assert_eq!(canary.len(), 1);
    let changes: Vec<Action> =
        play.changes().into_iter().filter(|(a, _)| *a != Action::MetadataUpdate).map(|(a, _)| a).collect();
    assert_eq!(
        changes,
        [
            Action::MachineCreate,
            Action::MachineStart,
            Action::MachineUncordon,
            Action::MachineCordon,
            Action::MachineDelete,
            Action::MachineUpdate,
            Action::MachineUpdate
        ]
    );
    assert_eq!(play.journal.stages(&canary[0]), [Stage::Trying, Stage::Trying, Stage::Removed]);
    assert_eq!(play.journal.notes()[..2], ["fly-canary-boots", "fly-canary-in-traffic"]);
    let (made, gone) = (at(&play, Action::MachineUncordon), at(&play, Action::MachineCordon));
    assert!(gone - made >= 10, "it is watched with requests for 10 s: {} s", gone - made);
    play.holds_no_lease();
}

/// When a call was first made, in seconds.
fn at(play: &Play, action: Action) -> i64 {
    play.sim.calls().into_iter().find(|call| call.action == Some(action)).unwrap().at.0 / 1_000
}

#[tokio::test]
async fn it_is_a_copy_that_nobody_finds_by_name_and_that_says_what_it_is() {
    let play = of(1, |config| config.apps[0].machines[0].region = "ams".to_owned()).await;
    let model = play.machines().remove(0);
    play.roll_out(3, "v2").await.unwrap();
    let calls = play.sim.calls();
    let body = &calls.iter().find(|c| c.action == Some(Action::MachineCreate)).unwrap().body;
    let deployment = order(3, "v2").deployment.0;
    let metadata = &body["config"]["metadata"];
    assert_eq!(metadata["shipgate_canary"], format!("{deployment}/{}", model.id));
    assert_eq!(metadata["shipgate_temporary"], deployment);
    assert_eq!((&metadata["fly_process_group"], &metadata["shipgate_attempt"]), (&json!("app"), &json!("3")));
    assert_eq!(body["config"]["dns"]["skip_registration"], true);
    assert_eq!((&body["config"]["image"], &body["region"]), (&json!(image("v2")), &json!("ams")));
    assert_eq!((&body["skip_launch"], &body["skip_service_registration"]), (&json!(true), &json!(true)));
    assert_eq!(body["config"]["services"], model.config["services"]);
}

#[tokio::test]
async fn one_that_is_not_well_goes_and_nothing_was_touched() {
    for (boot, key) in [
        (Boot::Fails, "fly-boot-failed"),
        (Boot::Crashes { times: 10 }, "fly-exit-loop"),
        (Boot::Leaves { after: Span::seconds(5) }, "fly-stopped-unexpectedly"),
    ] {
        let play = of(2, |_| {}).await;
        play.sim.faults().image_boots(&image("v2"), boot);
        let (note, untouched) = failed(play.roll_out(1, "v2").await);
        assert_eq!((said(&note), untouched), (key, true));
        assert_eq!(play.stand(), AS_BEFORE);
        assert!(play.updates().iter().all(|updates| *updates == 0));
        assert_eq!(play.journal.stages(&canaries(&play)[0]).last(), Some(&Stage::Removed));
        assert!(play.changes().iter().all(|(action, _)| *action != Action::MachineUncordon));
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn one_whose_checks_fail_goes_before_a_client_has_reached_it() {
    let play = of(2, |_| {}).await;
    let (note, untouched) = failed(play.roll_out(1, "v3-broken").await);
    assert_eq!((said(&note), untouched), ("fly-checks-failing", true));
    assert_eq!(play.stand(), AS_BEFORE);
    assert!(play.changes().iter().all(|(action, _)| *action != Action::MachineUncordon));
}

#[tokio::test]
async fn one_that_is_well_only_without_requests_goes_too() {
    for dies in [true, false] {
        let play = of(2, |_| {}).await;
        let sick = async {
            loop {
                if let Some(canary) = play.machines().into_iter().find(|m| m.version == "v2" && !m.cordoned) {
                    return match dies {
                        true => play.sim.faults().autostop(&canary.id),
                        false => play.sim.faults().checks(&canary.id, Reports::Failing),
                    };
                }
                tokio::task::yield_now().await;
            }
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), sick);
        let (note, untouched) = failed(ended);
        let key = if dies { "fly-stopped-unexpectedly" } else { "fly-checks-failing" };
        assert_eq!((said(&note), untouched), (key, true));
        assert_eq!(play.stand(), AS_BEFORE);
        assert!(play.updates().iter().all(|updates| *updates == 0));
    }
}

#[tokio::test]
async fn each_process_group_has_one_of_its_own() {
    let play = of(4, |config| {
        for seed in config.apps[0].machines.iter_mut().take(2) {
            seed.config["metadata"]["fly_process_group"] = json!("worker");
        }
        let sleeper = config.apps[0].machines[3].config.clone();
        let mut sleeper = Seed { running: false, config: sleeper, region: "nrt".to_owned() };
        sleeper.config["metadata"]["fly_process_group"] = json!("sleeper");
        config.apps[0].machines.push(sleeper);
    })
    .await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let calls = play.sim.calls();
    let made = calls.iter().filter(|c| c.action == Some(Action::MachineCreate));
    let mut groups: Vec<_> = made.map(|c| c.body["config"]["metadata"]["fly_process_group"].clone()).collect();
    groups.sort_by_key(ToString::to_string);
    assert_eq!(groups, ["app", "worker"], "and none where nothing runs");
    assert_eq!(play.updates(), [1; 5]);
    assert_eq!(play.machines().len(), 5);
}

#[tokio::test]
async fn one_sick_group_keeps_all_from_the_release() {
    let play = of(2, |config| {
        config.apps[0].machines[0].config["metadata"]["fly_process_group"] = json!("worker");
    })
    .await;
    let sick = async {
        while play.ids_of("v2").len() < 2 {
            tokio::task::yield_now().await;
        }
        play.sim.faults().checks(&play.ids_of("v2")[1], Reports::Failing);
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), sick);
    assert!(failed(ended).1);
    assert_eq!(play.stand(), AS_BEFORE);
    assert!(play.updates().iter().all(|updates| *updates == 0));
}

#[tokio::test]
async fn going_back_from_any_moment_of_it_leaves_none_behind() {
    type When = fn(&Play) -> bool;
    let moments: [(&str, When); 5] = [
        ("it is made", |play| play.machines().len() == 3),
        ("it boots", |play| play.machines().iter().any(|m| m.state == "starting")),
        ("clients reach it", |play| play.machines().iter().any(|m| m.version == "v2" && !m.cordoned)),
        ("it goes", |play| play.machines().iter().any(|m| m.state == "destroying")),
        ("the first machine is updated", |play| play.machines().iter().any(|m| m.updates == 1)),
    ];
    for (moment, holds) in moments {
        let play = of(2, |_| {}).await;
        play.goes_back_from(moment, holds, &AS_BEFORE).await;
    }
}

#[tokio::test]
async fn a_rollout_that_goes_on_after_its_canary_makes_no_other_one() {
    let play = of(2, |_| {}).await;
    play.journal.cancel_at(Stage::Updating, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    let cancel = tokio_util::sync::CancellationToken::new();
    let order = order(1, "v2");
    assert_eq!(play.until(play.target.roll_out(&order, &play.journal, &cancel)).await, Ok(Ended::Done));
    assert_eq!((canaries(&play).len(), play.updates()), (1, vec![1, 1]));
    assert_eq!(play.stand(), DONE);
}

#[tokio::test]
async fn a_halt_stops_it_before_one_is_made() {
    let play = of(2, |_| {}).await;
    play.journal.halt_after(Some(0));
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Halted));
    assert_eq!(play.stand(), AS_BEFORE);
    play.journal.halt_after(None);
    assert_eq!(play.roll_out(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), DONE);
}

#[tokio::test]
async fn a_cancel_is_obeyed_and_going_back_clears_up() {
    for stage in [Stage::Trying, Stage::Removed, Stage::Starting] {
        let play = of(2, |_| {}).await;
        play.journal.cancel_at(stage, &play.cancel);
        assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled), "{stage:?}");
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "{stage:?}");
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), AS_BEFORE, "{stage:?}");
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn a_newer_attempt_stops_it_at_every_stage() {
    for action in [Action::MachineCreate, Action::MachineStart, Action::MachineUncordon, Action::MachineDelete] {
        let play = of(2, |_| {}).await;
        let mut call = play.sim.faults().hold(On::action(action), When::Before);
        let newer = async {
            call.arrived().await;
            for machine in play.machines() {
                play.wire.stamp(APP, &machine.id, "9").await;
            }
            call.release();
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), newer);
        assert_eq!(ended, Err(Stop::Fenced { newer: 9 }), "{action:?}");
        assert_eq!(play.updates().iter().sum::<usize>(), 0, "{action:?}");
        assert_eq!(play.restore(10, "v2").await, Ok(Ended::Done), "{action:?}");
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), AS_BEFORE, "{action:?}");
    }
}

#[tokio::test]
async fn one_that_cannot_be_removed_is_named_and_tried_again() {
    let play = of(2, |_| {}).await;
    let no = Fault::error(400, "invalid_argument: no");
    play.sim.faults().next(1, On::action(Action::MachineDelete), When::Before, no);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((said(&note), untouched), ("fly-not-removed", false));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    play.pass(Span::seconds(5)).await;
    assert_eq!(play.stand(), AS_BEFORE);
}
