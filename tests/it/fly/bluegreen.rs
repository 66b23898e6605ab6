//! The strategy bluegreen: all new machines are well before any old one is touched, and the old ones wait, stopped, until
//! the next deployment.

use serde_json::json;
use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, MachineView, On, Reports, Seed, SimConfig, When, http_check, tcp_check};
use shipgate::targets::{Stage, Stop};
use tokio_util::sync::CancellationToken;

use super::stage::{APP, Play, failed, image, order, said, stopped};

const AS_BEFORE: [&str; 2] = ["v1 started in", "v1 started in"];
const REPLACED: [&str; 4] = ["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started in"];

async fn two() -> Play {
    Play::with(2).await.by("bluegreen")
}

async fn of(machines: usize, set: impl FnOnce(&mut SimConfig)) -> Play {
    Play::of(machines, &http_check(), set).await.by("bluegreen")
}

fn asleep(config: &mut SimConfig, machine: usize) {
    let seed = &mut config.apps[0].machines[machine];
    *seed = Seed { running: false, ..seed.clone() };
}

#[tokio::test]
async fn every_machine_gets_one_beside_it_that_takes_its_place_when_all_are_well() {
    let play = two().await;
    let blues = play.ids_of("v1");
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), REPLACED);
    assert_eq!(play.updates(), [0; 4], "nothing is updated");
    play.holds_no_lease();

    let changes = play.changes();
    let at = |action: Action, of: &[String]| -> Vec<usize> {
        let fits = |(n, (a, id)): (usize, &(Action, String))| (*a == action && of.contains(id)).then_some(n);
        changes.iter().enumerate().filter_map(fits).collect()
    };
    let greens = play.ids_of("v2");
    let (boots, ins) = (at(Action::MachineStart, &greens), at(Action::MachineUncordon, &greens));
    let (unmarked, outs) = (at(Action::MetadataDelete, &greens), at(Action::MachineCordon, &blues));
    let stops = at(Action::MachineStop, &blues);
    for (earlier, later) in [(&boots, &ins), (&ins, &unmarked), (&unmarked, &outs), (&outs, &stops)] {
        assert_eq!((earlier.len(), later.len()), (2, 2), "{changes:?}");
        assert!(earlier.iter().max() < later.iter().min(), "{changes:?}");
    }
    for (blue, green) in blues.iter().zip(made_after(&play, &blues)) {
        assert_eq!(play.journal.stages(blue).last(), Some(&Stage::Retired));
        let stages = [Stage::Starting, Stage::Checking, Stage::Waiting, Stage::Checking, Stage::Done];
        assert_eq!(play.journal.stages(&green.id), stages);
        let note = play.journal.note(&green.id).unwrap();
        assert_eq!((note.key.as_str(), &note.args["machine"]), ("fly-in-place-of", blue));
    }
    assert!((40..75).contains(&play.seconds()), "{} s", play.seconds());
}

/// The machines that were made after these, in their order.
fn made_after(play: &Play, models: &[String]) -> Vec<MachineView> {
    let machines = play.machines();
    let made = |model: &String| {
        let is_it = |m: &&MachineView| m.metadata.get("shipgate_replaces").is_some_and(|s| s.ends_with(model.as_str()));
        machines.iter().find(is_it).cloned().unwrap_or_else(|| panic!("nothing in place of {model}"))
    };
    models.iter().map(made).collect()
}

#[tokio::test]
async fn a_new_machine_has_the_whole_config_and_the_region_of_the_one_it_replaces() {
    let play = of(2, |config| config.apps[0].machines[1].region = "ams".to_owned()).await;
    let blues = play.machines();
    play.roll_out(7, "v2").await.unwrap();
    let ids: Vec<String> = blues.iter().map(|m| m.id.clone()).collect();
    for (blue, green) in blues.iter().zip(made_after(&play, &ids)) {
        let mut wanted = blue.config.clone();
        wanted["image"] = json!(image("v2"));
        let deployment = order(7, "v2").deployment.0;
        wanted["metadata"]["shipgate_attempt"] = json!("7");
        wanted["metadata"]["shipgate_replaces"] = json!(format!("{deployment}/{}", blue.id));
        wanted["metadata"]["shipgate_deployment"] = json!(deployment);
        assert_eq!(green.config, wanted);
    }
    let bodies = play.sim.calls().into_iter().filter(|c| c.action == Some(Action::MachineCreate)).map(|c| c.body);
    let mut regions: Vec<_> = bodies.map(|b| (b["region"].clone(), b["skip_service_registration"].clone())).collect();
    regions.sort_by_key(|(region, _)| region.to_string());
    assert_eq!(regions, [(json!("ams"), json!(true)), (json!("nrt"), json!(true))]);
}

#[tokio::test]
async fn a_look_sees_old_machines_then_new_ones_and_never_none() {
    let play = two().await;
    let seen = async {
        let mut seen: Vec<Vec<String>> = Vec::new();
        loop {
            let found = play.target.look(&[]).await.unwrap();
            let mut versions: Vec<String> = found.machines.iter().map(|m| m.digest.clone()).collect();
            versions.sort();
            assert!(versions.len() >= 2, "{versions:?}");
            if seen.last() != Some(&versions) {
                seen.push(versions);
            }
            shipgate::clock::sleep(&*play.clock, Span(300)).await;
            if play.stand() == REPLACED {
                return seen;
            }
        }
    };
    let order = order(1, "v2");
    let both = async { tokio::join!(play.target.roll_out(&order, &play.journal, &play.cancel), seen) };
    let (ended, seen) = play.until(both).await;
    assert_eq!(ended, Ok(Ended::Done));
    let [old, new] = ["v1", "v2"].map(|version| vec![super::stage::digest(version); 2]);
    assert_eq!((seen.first(), seen.last()), (Some(&old), Some(&new)));
}

#[tokio::test]
async fn new_machines_that_are_not_well_go_and_nothing_was_touched() {
    for (boot, key) in
        [(Boot::Fails, "fly-boot-failed"), (Boot::Leaves { after: Span::seconds(5) }, "fly-stopped-unexpectedly")]
    {
        let play = two().await;
        play.sim.faults().image_boots(&image("v2"), boot);
        let (note, untouched) = failed(play.roll_out(1, "v2").await);
        assert_eq!((said(&note), untouched), (key, true));
        assert_eq!(play.stand(), AS_BEFORE);
        assert!(play.updates().iter().all(|updates| *updates == 0));
        play.holds_no_lease();
    }
    let play = of(2, |_| {}).await;
    let (note, untouched) = failed(play.roll_out(1, "v3-broken").await);
    assert_eq!((said(&note), untouched), ("fly-checks-failing", true));
    assert_eq!(play.stand(), AS_BEFORE);
    assert!(play.changes().iter().all(|(action, _)| *action != Action::MachineUncordon), "none was in rotation");
}

#[tokio::test]
async fn new_machines_that_are_not_well_once_clients_reach_them_go_and_the_old_ones_were_never_out() {
    let play = of(2, |_| {}).await;
    let sick = async {
        loop {
            let reached = play.machines().into_iter().find(|m| m.version == "v2" && !m.cordoned);
            if let Some(machine) = reached {
                return play.sim.faults().checks(&machine.id, Reports::Failing);
            }
            tokio::task::yield_now().await;
        }
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), sick);
    let (note, untouched) = failed(ended);
    assert_eq!((said(&note), untouched), ("fly-checks-failing", true));
    assert_eq!(play.stand(), AS_BEFORE);
    let blues = play.ids_of("v1");
    let touched = |(action, id): &(Action, String)| blues.contains(id) && *action != Action::MetadataUpdate;
    assert!(!play.changes().iter().any(touched), "{:?}", play.changes());
}

#[tokio::test]
async fn going_back_from_the_watch_takes_seconds_and_leaves_everything_as_it_was() {
    let play = of(2, |_| {}).await;
    let before = play.machines();
    play.roll_out(1, "v2").await.unwrap();
    play.pass(Span::minutes(30)).await;
    let begun = play.seconds();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), AS_BEFORE);
    assert!(play.updates().iter().all(|updates| *updates == 0));
    assert!(play.seconds() - begun < 35, "{} s", play.seconds() - begun);
    let after = play.machines().into_iter().filter(|m| m.version == "v1");
    for (before, after) in before.iter().zip(after) {
        let mut config = after.config.clone();
        config["metadata"].as_object_mut().unwrap().retain(|key, _| !key.starts_with("shipgate_"));
        assert_eq!((config, &after.id), (before.config.clone(), &before.id));
        assert_eq!(play.journal.stages(&after.id).last(), Some(&Stage::Restored));
    }
    let changes = play.changes();
    let place = |wanted: Action| changes.iter().rposition(|(action, _)| *action == wanted);
    let first_destroyed = changes.iter().position(|(action, _)| *action == Action::MachineDelete);
    assert!(
        place(Action::MachineUncordon) < first_destroyed,
        "the old ones are in before the new ones go: {changes:?}"
    );
    play.holds_no_lease();
}

#[tokio::test]
async fn going_back_works_from_before_the_switch_and_from_the_middle_of_it() {
    type When = fn(&Play) -> bool;
    let moments: [(&str, When); 7] = [
        ("one is made", |play| play.machines().len() == 3),
        ("all boot", |play| play.ids_of("v2").len() == 2 && play.machines().iter().any(|m| m.state == "starting")),
        ("one is in", |play| play.stand().iter().any(|m| m.starts_with("v2") && m.contains(" in"))),
        ("one has its place", |play| play.stand().contains(&"v2 started in".to_owned())),
        ("one is out", |play| play.stand().iter().any(|m| m.starts_with("v1 started out"))),
        ("all are out", |play| play.stand().iter().filter(|m| m.contains("retired")).count() == 2),
        ("one stops", |play| play.stand().iter().any(|m| m.contains("stopp"))),
    ];
    for (moment, holds) in moments {
        let play = two().await;
        play.goes_back_from(moment, holds, &AS_BEFORE).await;
    }
}

#[tokio::test]
async fn the_next_deployment_removes_what_was_kept_and_replaces_what_runs() {
    for (strategy, left) in [
        (
            "bluegreen",
            vec!["v2 stopped out retired", "v2 stopped out retired", "v4-late started in", "v4-late started in"],
        ),
        ("rolling", vec!["v4-late started in", "v4-late started in"]),
        ("canary", vec!["v4-late started in", "v4-late started in"]),
    ] {
        let play = two().await;
        play.roll_out(1, "v2").await.unwrap();
        let mut play = play.by(strategy);
        assert_eq!(play.next_deployment(2, "v4-late").await, Ok(Ended::Done));
        assert_eq!(play.stand(), left, "{strategy}");
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn the_same_attempt_again_makes_nothing_twice() {
    let play = two().await;
    play.roll_out(1, "v2").await.unwrap();
    let changes = play.changes();
    let once = play.seconds();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.changes(), changes);
    assert!(play.seconds() - once < 10, "what is done is not waited for anew");
    assert_eq!(play.stand(), REPLACED);
}

#[tokio::test]
async fn a_machine_that_lies_still_gets_one_that_lies_still() {
    let play = of(3, |config| {
        asleep(config, 0);
        for seed in &mut config.apps[0].machines {
            seed.config["services"][0]["autostop"] = json!("stop");
        }
    })
    .await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(
        play.stand(),
        [
            "v1 stopped out retired",
            "v1 stopped out retired",
            "v1 stopped out retired",
            "v2 started in",
            "v2 started in",
            "v2 stopped in"
        ]
    );
    assert!(play.journal.notes().contains(&"fly-in-place-of-down".to_owned()));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v1 started in", "v1 started in", "v1 stopped in"]);
}

#[tokio::test]
async fn one_that_stands_by_is_replaced_by_one_that_stands_by_for_the_new_one() {
    let play = of(2, |_| {}).await;
    let [first, second] = [0, 1].map(|n| play.machines()[n].id.clone());
    let play = {
        let mut standby = play.machines().remove(1);
        standby.config.insert("standbys".to_owned(), json!([first]));
        standby.config["env"]["FLY_STANDBY_FOR"] = json!(first);
        play.wire.configure(APP, &standby).await;
        play.pass(Span::seconds(15)).await;
        play.wire.post(APP, &second, "stop").await;
        play.pass(Span::seconds(15)).await;
        play
    };
    let before = play.stand();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let greens = made_after(&play, &[first.clone(), second]);
    assert_eq!(greens[1].config["standbys"], json!([greens[0].id]));
    assert_eq!(greens[1].config["env"]["FLY_STANDBY_FOR"], json!(greens[0].id));
    assert_eq!((greens[0].state.as_str(), greens[1].state.as_str()), ("started", "stopped"));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), before);
}

#[tokio::test]
async fn one_that_is_out_of_rotation_is_replaced_by_one_that_is_out_of_rotation() {
    let play = two().await;
    let first = play.machines()[0].id.clone();
    play.wire.post(APP, &first, "cordon").await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started out"]);
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v1 started in", "v1 started out"]);
    assert!(play.machines().iter().any(|m| m.id == first && m.cordoned));
}

#[tokio::test]
async fn a_volume_is_refused_before_anything_is_made() {
    for strategy in ["canary", "bluegreen"] {
        let play = of(2, |config| {
            config.apps[0].machines[1].config["mounts"] = json!([{"volume": "vol_1", "path": "/data"}]);
        })
        .await
        .by(strategy);
        let (note, untouched) = failed(play.roll_out(1, "v2").await);
        assert_eq!((said(&note), untouched), ("fly-mounts", true));
        assert_eq!(note.args["strategy"], strategy);
        assert_eq!(play.changes(), [], "not even a stamp");
        let found = play.until(play.target.check()).await;
        assert!(found.iter().any(|one| one.note.key == "fly-check-mounts" && one.next.is_some()), "{found:?}");
        assert_eq!(play.by("rolling").roll_out(1, "v2").await, Ok(Ended::Done));
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_waited_for_before_anything_is_made() {
    let play = two().await;
    let second = play.machines()[1].id.clone();
    play.sim.faults().silence_host(&second, true);
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-host-unreachable", true));
    assert_eq!(play.changes(), []);
    play.sim.faults().silence_host(&second, false);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), REPLACED);
}

#[tokio::test]
async fn a_halt_stops_it_before_anything_is_made_and_once_more_before_the_switch() {
    for (recordings, there) in [(0, 2), (1, 2), (2, 4)] {
        let play = two().await;
        play.journal.halt_after(Some(recordings));
        assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Halted));
        assert_eq!(play.machines().len(), there, "{recordings}");
        assert!(play.changes().iter().all(|(action, _)| *action != Action::MachineUncordon));
        play.holds_no_lease();
        play.journal.halt_after(None);
        assert_eq!(play.roll_out(2, "v2").await, Ok(Ended::Done), "{recordings}");
        assert_eq!(play.stand(), REPLACED);
        assert_eq!(creations(&play), 2, "what was made before the halt is gone on with");
    }
}

fn creations(play: &Play) -> usize {
    play.changes().iter().filter(|(action, _)| *action == Action::MachineCreate).count()
}

#[tokio::test]
async fn once_the_switch_has_begun_a_halt_does_not_leave_two_releases_side_by_side() {
    let play = two().await;
    let died = play.dies_when(play.roll_out(1, "v2"), || play.stand().contains(&"v2 started in".to_owned())).await;
    assert_eq!(died, None);
    play.journal.halt_after(Some(0));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), REPLACED);
}

#[tokio::test]
async fn a_cancel_is_obeyed_at_each_stage_and_going_back_clears_up() {
    for stage in [Stage::Leaving, Stage::Starting, Stage::Checking, Stage::Done, Stage::Retired] {
        let play = two().await;
        play.journal.cancel_at(stage, &play.cancel);
        assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled), "{stage:?}");
        play.holds_no_lease();
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "{stage:?}");
        assert_eq!(play.stand(), AS_BEFORE, "{stage:?}");
    }
}

#[tokio::test]
async fn a_newer_attempt_stops_it_at_every_stage() {
    for action in [Action::MachineCreate, Action::MachineStart, Action::MachineUncordon, Action::MachineCordon] {
        let play = two().await;
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
        let later = play.changes().iter().filter(|(a, _)| *a == action).count();
        assert!(later <= 2, "{action:?}: no more than was under way: {:?}", play.changes());
        assert!(play.ids_of("v1").len() == 2 && play.changes().iter().all(|(a, _)| *a != Action::MachineDelete));
        assert_eq!(play.restore(10, "v2").await, Ok(Ended::Done), "{action:?}");
        assert_eq!(play.stand(), AS_BEFORE, "{action:?}");
    }
}

#[tokio::test]
async fn what_another_tool_changes_before_the_switch_is_not_overwritten() {
    let play = two().await;
    let second = play.machines().remove(1);
    let other = async {
        while play.ids_of("v2").len() < 2 {
            tokio::task::yield_now().await;
        }
        play.wire.deploy(APP, &second, &image("v3-slow")).await;
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), other);
    let (note, untouched) = failed(ended);
    assert_eq!((said(&note), untouched), ("fly-changed-by-others", false));
    let (note, _) = failed(play.restore(2, "v2").await);
    assert_eq!(note.args["machines"], format!("{} (started)", second.id));
    assert_eq!(play.stand(), ["v1 started in", "v3-slow started in"], "theirs is left, and ours are gone");
}

#[tokio::test]
async fn a_machine_that_is_added_meanwhile_is_replaced_too() {
    let play = two().await;
    let somebody = async {
        while play.ids_of("v2").len() < 2 {
            tokio::task::yield_now().await;
        }
        let first = play.machines().into_iter().find(|m| m.version == "v1").unwrap();
        play.wire.clone_machine(APP, &first).await;
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), somebody);
    assert_eq!(ended, Ok(Ended::Done));
    assert_eq!(play.ids_of("v2").len(), 3);
    assert_eq!(play.stand().iter().filter(|m| m.as_str() == "v1 stopped out retired").count(), 3);
}

#[tokio::test]
async fn an_old_machine_that_is_removed_meanwhile_leaves_no_new_one_behind() {
    let play = two().await;
    let first = play.machines()[0].id.clone();
    let somebody = async {
        while play.ids_of("v2").len() < 2 {
            tokio::task::yield_now().await;
        }
        play.wire.destroy(APP, &first).await;
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), somebody);
    assert_eq!(stopped(ended).note.key, "fly-machine-gone");
    play.pass(Span::seconds(20)).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v1 stopped out retired", "v2 started in"]);
}

#[tokio::test]
async fn where_an_old_machine_cannot_come_back_the_new_one_stays_and_both_are_named() {
    let play = two().await;
    let first = play.machines()[0].id.clone();
    play.roll_out(1, "v2").await.unwrap();
    let green = made_after(&play, std::slice::from_ref(&first)).remove(0).id;
    play.wire.destroy(APP, &first).await;
    play.pass(Span::seconds(60)).await;
    let mut order = order(2, "v2");
    order.before = vec![super::stage::digest("v1")];
    let cancel = CancellationToken::new();
    let (note, _) = failed(play.until(play.target.restore(&order, &play.journal, &cancel)).await);
    assert_eq!(note.key, "fly-not-restored");
    assert_eq!(note.args["machines"], format!("{first} (destroyed), {green} (started)"));
    assert_eq!(play.stand(), ["v1 started in", "v2 started in"]);
}

#[tokio::test]
async fn somebody_elses_copy_of_a_new_machine_is_not_removed_with_it() {
    let play = two().await;
    play.roll_out(1, "v2").await.unwrap();
    let green = play.machines().into_iter().find(|m| m.version == "v2").unwrap();
    play.wire.clone_machine(APP, &green).await;
    let mut order = order(2, "v2");
    order.before = vec![super::stage::digest("v1")];
    let cancel = CancellationToken::new();
    let (note, _) = failed(play.until(play.target.restore(&order, &play.journal, &cancel)).await);
    assert_eq!(note.key, "fly-not-restored");
    assert_eq!(play.stand(), ["v1 started in", "v1 started in", "v2 started in"]);
}

#[tokio::test]
async fn an_old_machine_that_does_not_stop_is_out_of_rotation_and_said_so() {
    let play = two().await;
    let first = play.machines()[0].id.clone();
    let refused = Fault::error(400, "invalid_argument: no");
    play.sim.faults().next(1, On::action(Action::MachineStop).machine(&first), When::Before, refused);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.journal.note(&first).unwrap().key, "fly-refused");
    assert!(play.stand().contains(&"v1 started out retired".to_owned()));
    let mut play = play;
    assert_eq!(play.next_deployment(2, "v4-late").await, Ok(Ended::Done), "and goes with the next deployment");
    assert!(play.ids_of("v1").is_empty());
}

#[tokio::test]
async fn nothing_is_removed_where_nothing_else_runs_in_its_place() {
    let play = two().await;
    play.roll_out(1, "v2").await.unwrap();
    for id in play.ids_of("v2") {
        play.wire.destroy(APP, &id).await;
    }
    play.pass(Span::seconds(60)).await;
    let mut play = play;
    let (note, untouched) = failed(play.next_deployment(2, "v4-late").await);
    assert_eq!((said(&note), untouched), ("fly-nothing-to-update", true));
    assert_eq!(play.stand(), ["v1 stopped out retired", "v1 stopped out retired"]);
}

#[tokio::test]
async fn the_documented_limits_are_never_met_with_many_machines() {
    let play = Play::of(7, &tcp_check(), |_| {}).await.by("bluegreen");
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v1 started in"; 7]);
    assert_eq!(play.sim.calls().into_iter().filter(|call| call.status == Some(429)).count(), 0);
}
