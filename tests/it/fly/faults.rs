//! What goes wrong at fly.io, one fault after the other, and where each ends: the new release everywhere, the old one
//! everywhere, or a note that names each machine that is neither. Those that a person hears of are in `tests/it/faults/`
//! too, with what they read.

use serde_json::json;
use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, On, Reports, When, http_check, tcp_check};
use shipgate::targets::Stage;

use super::stage::{APP, Play, digest, failed, image, stopped};

#[tokio::test]
async fn a_host_that_falls_silent_is_waited_for_and_nothing_is_sent_to_it() {
    let play = Play::with(2).await;
    let second = play.machines()[1].id.clone();
    play.sim.faults().silence_host(&second, true);
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-host-unreachable", true));
    assert_eq!((trouble.note.args["machine"].as_str(), play.updates()), (second.as_str(), vec![0, 0]));
    play.sim.faults().silence_host(&second, false);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1, 1]);
}

#[tokio::test]
async fn a_machine_that_was_not_changed_need_not_be_reached_to_go_back() {
    let play = Play::with(2).await;
    let [first, second] = [0, 1].map(|n| play.machines()[n].id.clone());
    let full = Fault::error(503, "unavailable: deploys to this host are temporarily disabled, please try again later");
    play.sim.faults().next(5, On::action(Action::MachineUpdate).machine(&second), When::Before, full);
    assert_eq!(failed(play.roll_out(1, "v2").await).0.key, "fly-no-room");
    play.met_all();
    play.sim.faults().silence_host(&second, true);
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![2, 0]));
    assert_eq!(play.journal.order_of(Stage::Restored), [second, first]);
}

#[tokio::test]
async fn a_changed_machine_whose_host_is_silent_is_named_and_the_others_go_back() {
    let play = Play::with(3).await;
    play.roll_out(1, "v2").await.unwrap();
    let last = play.machines()[2].id.clone();
    play.sim.faults().silence_host(&last, true);
    let begun = play.seconds();
    let trouble = stopped(play.restore(2, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-host-unreachable", true));
    assert_eq!(play.versions(), ["v1", "v1", "v2"]);
    assert_eq!(play.journal.note(&last).unwrap().key, "fly-host-unreachable", "the card says so at that machine");
    assert!(play.seconds() - begun < 60, "its lease is not waited for: {} s", play.seconds() - begun);
    play.sim.faults().silence_host(&last, false);
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 3], vec![2; 3]));
}

#[tokio::test]
async fn the_proxy_stops_a_machine_in_the_middle_of_its_update() {
    for (autostop, ends_well) in [("stop", true), ("off", false)] {
        let play = Play::of(2, &http_check(), |config| {
            for seed in &mut config.apps[0].machines {
                seed.config["services"][0]["autostop"] = json!(autostop);
            }
        })
        .await;
        let id = play.machines()[0].id.clone();
        let proxy = async {
            while play.machines()[0].state != "replacing" {
                tokio::task::yield_now().await;
            }
            play.sim.faults().autostop(&id);
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), proxy);
        if ends_well {
            assert_eq!(ended, Ok(Ended::Done));
            assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 2], vec![1, 1]));
            assert_eq!(play.machines()[0].state, "stopped");
            assert_eq!(play.journal.notes(), ["fly-stays-down"]);
        } else {
            assert_eq!(failed(ended).0.key, "fly-stopped-unexpectedly");
            assert!(play.seconds() < 60, "at once, not at the limit: {} s", play.seconds());
            assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
            assert!(play.machines().iter().all(|m| m.version == "v1" && m.state == "started"));
        }
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn a_machine_that_stays_replacing_there_and_back_is_named() {
    let play = Play::with(2).await;
    let first = play.machines()[0].id.clone();
    for _ in 0..2 {
        play.sim.faults().next_boot(&first, Boot::StaysReplacing);
    }
    assert_eq!(failed(play.roll_out(1, "v2").await).0.key, "fly-boot-timeout");
    let (note, _) = failed(play.restore(2, "v2").await);
    assert_eq!(
        (note.key.as_str(), note.args["machines"].as_str()),
        ("fly-not-restored", &*format!("{first} (replacing)"))
    );
    assert_eq!(play.journal.note(&first).unwrap().key, "fly-boot-timeout");
    play.holds_no_lease();
}

#[tokio::test]
async fn checks_that_never_report_are_no_pass() {
    let play = Play::with(2).await;
    play.sim.faults().checks(&play.machines()[0].id, Reports::Nothing);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-checks-silent", false));
    assert_eq!(play.updates(), [1, 0]);
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "the old release is not kept from coming back by that");
    assert_eq!(play.versions(), ["v1", "v1"]);
    assert_eq!(play.journal.notes().last().unwrap(), "fly-checks-silent", "but it is said");
}

#[tokio::test]
async fn checks_that_fail_on_one_machine_take_the_release_back() {
    let play = Play::with(2).await;
    let second = play.machines()[1].id.clone();
    play.sim.faults().checks(&second, Reports::Failing);
    let (note, _) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), note.args["machine"].as_str()), ("fly-checks-failing", second.as_str()));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![2, 2]));
}

#[tokio::test]
async fn checks_that_flap_are_waited_for_until_they_pass() {
    let play = Play::with(1).await;
    play.sim.faults().checks(&play.machines()[0].id, Reports::Flapping(Span::seconds(7)));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert!((22..40).contains(&play.seconds()), "they fail from the 9th to the 16th second: {} s", play.seconds());
}

#[tokio::test]
async fn another_tool_that_deploys_to_a_machine_whose_turn_has_not_come_is_not_overwritten() {
    let play = Play::with(2).await;
    let other = async {
        while play.updates() != [1, 0] {
            tokio::task::yield_now().await;
        }
        play.wire.deploy(APP, &play.machines()[1], &image("v3-slow")).await;
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), other);
    let (note, untouched) = failed(ended);
    assert_eq!((note.key.as_str(), untouched), ("fly-changed-by-others", false));
    assert_eq!(note.args["digest"], digest("v3-slow"));
    let second = play.machines()[1].id.clone();
    let (note, _) = failed(play.restore(2, "v2").await);
    assert_eq!(
        (note.key.as_str(), note.args["machines"].as_str()),
        ("fly-not-restored", &*format!("{second} (started)"))
    );
    assert_eq!(play.versions(), ["v1", "v3-slow"], "ours is put back, theirs is left");
    assert_eq!(play.updates(), [2, 1]);
    play.holds_no_lease();
}

#[tokio::test]
async fn another_tool_that_deploys_over_the_release_is_noticed_and_not_overwritten() {
    let play = Play::with(2).await;
    let other = async {
        while play.updates() != [1, 1] {
            tokio::task::yield_now().await;
        }
        play.wire.deploy(APP, &play.machines()[0], &image("v3-slow")).await;
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), other);
    assert_eq!(failed(ended).0.key, "fly-not-verified");
    let first = play.machines()[0].id.clone();
    let (note, _) = failed(play.restore(2, "v2").await);
    assert_eq!(note.args["machines"], format!("{first} (started)"));
    assert_eq!(play.journal.note(&first).unwrap().key, "fly-changed-by-others");
    assert_eq!(play.versions(), ["v3-slow", "v1"]);
}

#[tokio::test]
async fn what_another_tool_deployed_since_the_plan_was_made_is_not_overwritten() {
    let play = Play::with(2).await;
    play.wire.deploy(APP, &play.machines()[1], &image("v3-slow")).await;
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-changed-by-others", true));
    assert_eq!(play.updates(), [0, 1]);
    assert!(play.machines().iter().all(|m| !m.metadata.contains_key("shipgate_attempt")), "no stamp is left");
}

#[tokio::test]
async fn a_machine_that_is_added_meanwhile_gets_the_release_too() {
    for appearing in [0, 5] {
        let play = Play::of(2, &tcp_check(), |config| config.timings.appearing = Span::seconds(appearing)).await;
        let somebody = async {
            while play.updates() != [1, 0] {
                tokio::task::yield_now().await;
            }
            play.wire.clone_machine(APP, &play.machines()[1]).await;
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), somebody);
        assert_eq!(ended, Ok(Ended::Done));
        assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 3], vec![1; 3]));
    }
}

#[tokio::test]
async fn a_machine_that_cannot_be_read_just_after_it_was_made_is_tried_again() {
    let play = Play::of(1, &tcp_check(), |config| config.timings.appearing = Span::minutes(1)).await;
    play.wire.clone_machine(APP, &play.machines()[0]).await;
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-machine-gone", true));
    play.pass(Span::minutes(1)).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 2], vec![1, 1]));
}

#[tokio::test]
async fn a_clone_of_the_release_that_is_left_behind_is_named() {
    let play = Play::with(2).await;
    play.roll_out(1, "v2").await.unwrap();
    play.wire.clone_machine(APP, &play.machines()[1]).await;
    let mut order = super::stage::order(2, "v2");
    order.before = vec![digest("v1")];
    let cancel = tokio_util::sync::CancellationToken::new();
    let (note, _) = failed(play.until(play.target.restore(&order, &play.journal, &cancel)).await);
    let clone = play.machines().into_iter().find(|m| m.updates == 0).unwrap();
    assert_eq!(note.args["machines"], format!("{} (started)", clone.id));
    assert_eq!(play.journal.note(&clone.id).unwrap().key, "fly-not-as-before");
}

#[tokio::test]
async fn an_image_that_reaches_the_registry_late_is_waited_for() {
    let play = Play::with(1).await;
    play.sim.faults().image_is_late(&image("v2"), Span::seconds(5));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn an_image_or_a_host_that_needs_minutes_is_waited_for() {
    for of_the_image in [true, false] {
        let play = Play::with(2).await;
        let first = play.machines()[0].id.clone();
        match of_the_image {
            true => play.sim.faults().image_is_slow(&image("v2"), Span::minutes(2)),
            false => play.sim.faults().slow_pull(&first, Span::minutes(4)),
        }
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 2], vec![1, 1]));
        assert!((240..330).contains(&play.seconds()), "{} s", play.seconds());
        let begun = play.seconds();
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
        assert!(play.seconds() - begun < 60, "what it ran before is there: {} s", play.seconds() - begun);
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn an_image_that_boots_nowhere_stops_at_the_first_machine() {
    for (boot, key) in
        [(Boot::Fails, "fly-boot-failed"), (Boot::Leaves { after: Span::seconds(5) }, "fly-stopped-unexpectedly")]
    {
        let play = Play::with(3).await;
        play.sim.faults().image_boots(&image("v2"), boot);
        assert_eq!(failed(play.roll_out(1, "v2").await).0.key, key);
        assert_eq!(play.updates(), [1, 0, 0]);
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
        assert!(play.machines().iter().all(|machine| machine.version == "v1" && machine.state == "started"));
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn a_machine_that_dies_while_the_others_have_their_turn_fails_the_rollout() {
    let play = Play::with(3).await;
    let first = play.machines()[0].id.clone();
    play.sim.faults().next_boot(&first, Boot::Leaves { after: Span::seconds(25) });
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-stopped-unexpectedly", false));
    assert_eq!(note.args["machine"], first);
    assert_eq!(play.journal.note(&first).unwrap().key, "fly-stopped-unexpectedly");
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert!(play.machines().iter().all(|machine| machine.version == "v1" && machine.state == "started"));
}

#[tokio::test]
async fn checks_that_fail_at_the_very_end_have_their_time_to_pass_again() {
    for (reports, ends_well) in [(Reports::Truly, true), (Reports::Failing, false)] {
        let play = Play::with(2).await;
        let [first, second] = [0, 1].map(|n| play.machines()[n].id.clone());
        let late = async {
            while play.journal.stages(&second).last() != Some(&Stage::Checking) {
                tokio::task::yield_now().await;
            }
            play.sim.faults().checks(&first, Reports::Failing);
            let end = play.seconds() + 60;
            while play.seconds() < end {
                tokio::task::yield_now().await;
            }
            play.sim.faults().checks(&first, reports);
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), late);
        if ends_well {
            assert_eq!(ended, Ok(Ended::Done));
        } else {
            let (note, _) = failed(ended);
            assert_eq!((note.key.as_str(), note.args["machine"].as_str()), ("fly-checks-failing", first.as_str()));
        }
    }
}

#[tokio::test]
async fn a_host_without_room_says_so_in_any_of_its_words() {
    let volume = "insufficient resources to create new machine with existing volume id 'vol_1'";
    for full in [
        Fault::error(
            409,
            "aborted: could not reserve resource for machine: insufficient CPUs available to fulfill request on the current host",
        ),
        Fault::error(409, "aborted: no capacity"),
        Fault::coded(422, "insufficient_capacity", "could not find a candidate host"),
        Fault::coded(412, "volume_placement_capacity", volume),
        Fault::error(503, "unavailable: deploys to this host are temporarily disabled, please try again later"),
    ] {
        let play = Play::with(2).await;
        let second = play.machines()[1].id.clone();
        let on = || On::action(Action::MachineUpdate).machine(&second);
        // As often as an update is sent.
        play.sim.faults().next(5, on(), When::Before, full.clone());
        let (note, untouched) = failed(play.roll_out(1, "v2").await);
        assert_eq!((note.key.as_str(), untouched), ("fly-no-room", false), "{full:?}");
        play.met_all();
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
        assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![2, 0]));
    }
}

#[tokio::test]
async fn a_start_that_comes_too_early_or_too_late_is_no_failure() {
    for (status, text) in [
        (412, "failed_precondition: unable to start machine from current state: 'replacing'"),
        (412, "failed_precondition: machine getting replaced, refusing to start"),
        (412, "failed_precondition: machine still active, refusing to start"),
        (409, "aborted: machine still attempting to start"),
    ] {
        let play = Play::with(1).await;
        let id = play.machines()[0].id.clone();
        play.sim.faults().next_boot(&id, Boot::Crashes { times: 1 });
        failed(play.roll_out(1, "v2").await);
        play.sim.faults().next(2, On::action(Action::MachineStart), When::Before, Fault::error(status, text));
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "{text}");
        play.met_all();
        assert_eq!((play.versions()[0].as_str(), play.machines()[0].state.as_str()), ("v1", "started"));
    }
}
