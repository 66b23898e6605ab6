//! Making and removing machines, where answers are lost, come late, or are a no. None is lost, none is left over.

use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Fault, On, When, tcp_check};
use shipgate::targets::Stage;
use tokio_util::sync::CancellationToken;

use super::stage::{APP, Play, failed, image, said, stopped};
use super::wire::Canned;

/// What is there once it is done, by strategy.
const ENDS: [(&str, &[&str]); 2] = [
    ("canary", &["v2 started in", "v2 started in"]),
    ("bluegreen", &["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started in"]),
];

/// The calls that only these strategies make.
const CALLS: [Action; 6] = [
    Action::MachineCreate,
    Action::MachineStart,
    Action::MachineUncordon,
    Action::MachineCordon,
    Action::MachineDelete,
    Action::MachineStop,
];

fn makes(strategy: &str, action: Action) -> bool {
    match action {
        Action::MachineDelete => strategy == "canary",
        Action::MachineStop => strategy == "bluegreen",
        _ => true,
    }
}

/// As the runner does it: what passes is tried again.
async fn to_its_end(play: &Play) -> Ended {
    for _ in 0..5 {
        match play.roll_out(1, "v2").await {
            Ok(ended) => return ended,
            Err(shipgate::targets::Stop::Trouble(trouble)) if trouble.again => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("it never came to an end");
}

/// Each of the calls once with each fault, before its effect and after it.
async fn answered_with_doubt(strategy: &str, end: &[&str]) {
    for action in CALLS.into_iter().filter(|action| makes(strategy, *action)) {
        for when in [When::Before, When::After] {
            for fault in [Fault::error(408, "deadline_exceeded"), Fault::error(500, "internal: no"), Fault::Silence] {
                let play = Play::with(2).await.by(strategy);
                play.sim.faults().next(1, On::action(action), when, fault.clone());
                let what = format!("{strategy} {action:?} {when:?} {fault:?}");
                assert_eq!(to_its_end(&play).await, Ended::Done, "{what}");
                play.met_all();
                play.pass(Span::seconds(20)).await;
                assert_eq!(play.stand(), end, "{what}");
                play.holds_no_lease();
            }
        }
    }
}

#[tokio::test]
async fn what_a_canary_needs_is_had_once_though_the_answer_is_lost_or_in_doubt() {
    let [(strategy, end), _] = ENDS;
    answered_with_doubt(strategy, end).await;
}

#[tokio::test]
async fn what_new_machines_need_is_had_once_though_the_answer_is_lost_or_in_doubt() {
    let [_, (strategy, end)] = ENDS;
    answered_with_doubt(strategy, end).await;
}

#[tokio::test]
async fn the_rate_limits_are_waited_for_as_long_as_fly_io_says() {
    for (strategy, end) in ENDS {
        for action in CALLS.into_iter().filter(|action| makes(strategy, *action)) {
            let play = Play::with(2).await.by(strategy);
            play.sim.faults().next(2, On::action(action), When::Before, Fault::error(429, "rate limit exceeded"));
            assert_eq!(to_its_end(&play).await, Ended::Done, "{strategy} {action:?}");
            play.pass(Span::seconds(5)).await;
            assert_eq!(play.stand(), end, "{strategy} {action:?}");
        }
        let play = Play::with(2).await.by(strategy);
        let body = r#"{"error": "rate limit exceeded"}"#;
        play.wire.next(Canned { status: 429, headers: vec![("retry-after", "20")], body, on: ("POST", "/machines") });
        assert_eq!(to_its_end(&play).await, Ended::Done);
        let made: Vec<_> = play.sim.calls().into_iter().filter(|c| c.action == Some(Action::MachineCreate)).collect();
        assert!(made.iter().any(|call| call.at.0 - 1_790_000_000_000 >= 20_000), "{made:?}");
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), end);
    }
}

#[tokio::test]
async fn what_is_made_late_is_never_launched_and_goes_with_the_rollout() {
    for (strategy, end) in ENDS {
        let play = Play::with(2).await.by(strategy);
        let mut create = play.sim.faults().hold(On::action(Action::MachineCreate), When::Before);
        let late = async {
            create.arrived().await;
            play.clock.advance(Span::seconds(15));
            // It is asked for once more, and that one boots, before the first one lands.
            while play.machines().iter().filter(|m| m.version == "v2" && m.state == "started").count() < 1 {
                tokio::task::yield_now().await;
            }
            create.release();
        };
        let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), late);
        assert_eq!(ended, Ok(Ended::Done));
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), end, "{strategy}");
        assert_eq!(launches_of_strangers(&play), 0);
    }
}

/// How many of those that are gone, and were never adopted, were started.
fn launches_of_strangers(play: &Play) -> usize {
    let shown = |id: &String| [Stage::Trying, Stage::Starting].iter().any(|s| play.journal.order_of(*s).contains(id));
    play.changes().iter().filter(|(action, id)| *action == Action::MachineStart && !shown(id)).count()
}

#[tokio::test]
async fn what_is_made_after_everything_is_over_lies_still_until_the_next_deployment() {
    for (strategy, _) in ENDS {
        let play = Play::with(2).await.by(strategy);
        let mut create = play.sim.faults().hold(On::action(Action::MachineCreate), When::Before);
        let died = tokio::select! {
            _ = play.roll_out(1, "v2") => false,
            () = create.arrived() => true,
        };
        assert!(died);
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
        create.release();
        while play.machines().iter().filter(|m| m.version == "v2").count() < 1 {
            tokio::task::yield_now().await;
        }
        play.pass(Span::minutes(5)).await;
        let late = "v2 created out temporary".to_owned();
        assert_eq!(play.stand().iter().filter(|m| **m == late).count(), 1, "{:?}", play.stand());
        let found = play.until(play.target.look(&[])).await.unwrap();
        assert_eq!(found.machines.len(), 2, "nobody counts it");
        let mut play = play.by("rolling");
        assert_eq!(play.next_deployment(3, "v4-late").await, Ok(Ended::Done));
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), ["v4-late started in", "v4-late started in"]);
    }
}

#[tokio::test]
async fn what_was_asked_for_by_a_program_that_died_is_found_and_gone_on_with() {
    for (strategy, end) in ENDS {
        let play = Play::with(2).await.by(strategy);
        play.sim.faults().next(1, On::action(Action::MachineCreate), When::After, Fault::Silence);
        let died = play.dies_when(play.roll_out(1, "v2"), || play.ids_of("v2").len() == 1).await;
        assert_eq!(died, None);
        let play = play.by(strategy);
        assert_eq!(to_its_end(&play).await, Ended::Done);
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), end);
        let made = play.changes().iter().filter(|(action, _)| *action == Action::MachineCreate).count();
        assert_eq!(made, if strategy == "canary" { 1 } else { 2 }, "{strategy}");
    }
}

#[tokio::test]
async fn a_machine_that_cannot_be_read_just_after_it_was_made_is_waited_for() {
    for (strategy, end) in ENDS {
        let play = Play::of(2, &tcp_check(), |c| c.timings.appearing = Span::seconds(6)).await.by(strategy);
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done), "{strategy}");
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), end);
    }
}

#[tokio::test]
async fn where_there_is_no_room_it_fails_untouched_and_says_what_to_do() {
    for (strategy, _) in ENDS {
        for (fault, key) in [
            (
                Fault::error(409, "aborted: insufficient resources available to fulfill request: no memory"),
                "fly-no-room-for-more",
            ),
            (Fault::error(409, "aborted: no capacity"), "fly-no-room-for-more"),
            (Fault::coded(422, "insufficient_capacity", "could not find a candidate host"), "fly-no-room-for-more"),
            (Fault::error(422, "your organization has reached its machine limit"), "fly-not-made"),
            (Fault::error(409, "aborted: something is in the way"), "fly-not-made"),
            (Fault::error(400, "failed to get manifest: MANIFEST_UNKNOWN"), "fly-image-missing"),
        ] {
            let play = Play::with(2).await.by(strategy);
            play.sim.faults().next(99, On::action(Action::MachineCreate), When::Before, fault.clone());
            let (note, untouched) = failed(play.roll_out(1, "v2").await);
            assert_eq!((said(&note), untouched), (key, true), "{strategy} {fault:?}");
            assert_eq!(play.stand(), ["v1 started in", "v1 started in"]);
            play.holds_no_lease();
        }
    }
}

#[tokio::test]
async fn where_one_of_several_finds_no_room_the_others_go_again() {
    let play = Play::with(4).await.by("bluegreen");
    let full = || Fault::error(422, "your organization has reached its machine limit");
    let fills_up = async {
        while play.ids_of("v2").len() < 2 {
            tokio::task::yield_now().await;
        }
        play.sim.faults().next(99, On::action(Action::MachineCreate), When::Before, full());
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), fills_up);
    let (note, untouched) = failed(ended);
    assert_eq!((said(&note), untouched), ("fly-not-made", true));
    play.pass(Span::seconds(5)).await;
    assert_eq!(play.stand(), ["v1 started in"; 4]);
}

#[tokio::test]
async fn an_image_that_reaches_the_registry_late_is_waited_for() {
    for (strategy, end) in ENDS {
        let play = Play::with(2).await.by(strategy);
        play.sim.faults().image_is_late(&image("v2"), Span::seconds(5));
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), end);
    }
}

#[tokio::test]
async fn a_start_that_comes_too_early_is_made_again() {
    for text in [
        "failed_precondition: unable to start machine from current state: 'created'",
        "failed_precondition: machine still active, refusing to start",
    ] {
        let play = Play::with(1).await.by("bluegreen");
        play.sim.faults().next(4, On::action(Action::MachineStart), When::Before, Fault::error(412, text));
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        play.met_all();
        assert_eq!(play.stand(), ["v1 stopped out retired", "v2 started in"]);
    }
}

#[tokio::test]
async fn what_is_gone_before_it_is_removed_is_gone() {
    let play = Play::with(2).await.by("bluegreen");
    play.roll_out(1, "v2").await.unwrap();
    let green = play.ids_of("v2").remove(0);
    play.wire.destroy(APP, &green).await;
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    play.pass(Span::seconds(5)).await;
    assert_eq!(play.stand(), ["v1 started in", "v1 started in"]);
}

#[tokio::test]
async fn what_resists_its_removal_keeps_no_other_and_is_tried_again_until_it_goes() {
    for (fault, times) in [
        (Fault::error(400, "invalid_argument: no"), 1),
        (Fault::error(408, "deadline_exceeded"), 4),
        (Fault::error(412, "failed_precondition: machine still active"), 4),
    ] {
        let play = Play::with(2).await.by("bluegreen");
        play.roll_out(1, "v2").await.unwrap();
        let green = play.ids_of("v2").remove(0);
        play.sim.faults().next(times, On::action(Action::MachineDelete).machine(&green), When::Before, fault.clone());
        let order = super::stage::order(2, "v2");
        let ended = play.until(play.target.restore(&order, &play.journal, &CancellationToken::new())).await;
        match fault {
            Fault::Answer { status: 400, .. } => assert_eq!(failed(ended).0.key, "fly-not-removed"),
            _ => assert!(stopped(ended).again),
        }
        assert_eq!(play.ids_of("v2").iter().filter(|id| **id == green).count(), 1);
        assert_eq!(play.stand(), ["v1 started in", "v1 started in", "v2 started out"]);
        assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "{fault:?}");
        play.pass(Span::seconds(5)).await;
        assert_eq!(play.stand(), ["v1 started in", "v1 started in"]);
    }
}

#[tokio::test]
async fn what_an_earlier_deployment_left_and_cannot_be_removed_holds_nothing_up_where_no_client_reaches_it() {
    let play = Play::with(1).await.by("bluegreen");
    play.roll_out(1, "v2").await.unwrap();
    let blue = play.ids_of("v1").remove(0);
    play.sim.faults().silence_host(&blue, true);
    let mut play = play;
    assert_eq!(play.next_deployment(2, "v4-late").await, Ok(Ended::Done));
    assert_eq!(play.ids_of("v1"), std::slice::from_ref(&blue));
    play.sim.faults().silence_host(&blue, false);
    assert_eq!(play.next_deployment(3, "v2").await, Ok(Ended::Done));
    assert_eq!(play.stand(), ["v2 started in", "v4-late stopped out retired"]);
}
