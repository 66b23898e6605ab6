//! A fly.io that answers nothing, nonsense, no, later, or something that cannot be trusted.

use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, DEMO_TOKEN, Fault, On, When};
use shipgate::targets::Stage;

use super::stage::{APP, Play, failed, stopped, target};
use super::wire::Canned;

#[tokio::test]
async fn a_token_that_is_not_accepted_is_said_so() {
    let play = Play::with(1).await;
    let target = target(&play.clock, &play.wire.url, "another-secret-token", APP).unwrap();
    let trouble = play.until(target.look(&[])).await.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-unauthorized", false));
    assert!(trouble.note.args["request"].ends_with("-nrt"), "fly.io's own number of the call is kept: {trouble:?}");
    assert!(!format!("{trouble:?}").contains("another-secret-token"));
}

#[tokio::test]
async fn a_token_for_another_app_is_said_so() {
    let play = Play::of(1, &shipgate::sim::tcp_check(), |config| config.tokens[0].apps = vec!["other".into()]).await;
    let trouble = play.until(play.target.look(&[])).await.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-forbidden", false));
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-forbidden", true));
}

#[tokio::test]
async fn an_app_that_does_not_exist_is_said_so() {
    let play = Play::with(1).await;
    let target = target(&play.clock, &play.wire.url, DEMO_TOKEN, "nowhere").unwrap();
    let trouble = play.until(target.look(&[])).await.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-app-not-found", false));
    assert_eq!(trouble.note.args["app"], "nowhere");
}

#[tokio::test]
async fn nobody_there_is_said_so_and_tried_again() {
    let play = Play::with(1).await;
    let target = target(&play.clock, "http://127.0.0.1:9", DEMO_TOKEN, APP).unwrap();
    let trouble = play.until(target.look(&[])).await.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-unreachable", true));
}

#[tokio::test]
async fn a_web_page_is_not_the_machines_api() {
    let play = Play::with(1).await;
    for _ in 0..2 {
        play.wire.next(Canned {
            status: 200,
            headers: vec![("content-type", "text/html")],
            body: "<!DOCTYPE html><html><title>Welcome</title></html>",
            on: ("GET", "/machines"),
        });
    }
    let trouble = play.until(play.target.look(&[])).await.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-nonsense", true));
    assert!(trouble.note.args["error"].starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn json_of_another_shape_and_empty_answers_are_nonsense_too() {
    for (body, key) in [(r#"{"machines": 3}"#, "fly-nonsense"), ("", "fly-empty"), (r#"[{"id": 7}]"#, "fly-nonsense")] {
        let play = Play::with(1).await;
        for _ in 0..2 {
            play.wire.next(Canned { status: 200, headers: vec![], body, on: ("GET", "/machines") });
        }
        let trouble = play.until(play.target.look(&[])).await.unwrap_err();
        assert_eq!((trouble.note.key.as_str(), trouble.again), (key, true));
    }
}

#[tokio::test]
async fn no_answer_is_waited_for_only_so_long() {
    let play = Play::with(1).await;
    let mut holds = [(); 2].map(|()| play.sim.faults().hold(On::action(Action::MachinesList), When::Before));
    let late = async {
        for hold in &mut holds {
            hold.arrived().await;
            play.clock.advance(Span::seconds(15));
        }
    };
    let (looked, ()) = tokio::join!(play.until(play.target.look(&[])), late);
    let trouble = looked.unwrap_err();
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-no-answer", true));
}

#[tokio::test]
async fn a_reading_that_breaks_once_is_tried_again() {
    let play = Play::with(1).await;
    play.sim.faults().next(1, On::action(Action::MachinesList), When::Before, Fault::Silence);
    assert_eq!(play.until(play.target.look(&[])).await.unwrap().machines.len(), 1);
}

#[tokio::test]
async fn too_many_requests_are_repeated_when_fly_io_says_and_not_before() {
    let play = Play::with(1).await;
    play.wire.next(Canned {
        status: 429,
        headers: vec![("retry-after", "20")],
        body: r#"{"error": "rate limit exceeded"}"#,
        on: ("POST", "/lease"),
    });
    let id = play.machines()[0].id.clone();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let first = play.sim.calls().into_iter().find(|c| c.action == Some(Action::LeaseAcquire)).unwrap();
    assert!(first.at.0 - 1_790_000_000_000 >= 20_000, "{}", first.at.0);
    assert_eq!(play.journal.stages(&id).last(), Some(&Stage::Done));
}

#[tokio::test]
async fn a_pause_that_is_too_long_is_handed_on() {
    let play = Play::with(1).await;
    play.wire.next(Canned { status: 429, headers: vec![("retry-after", "600")], body: "", on: ("GET", "/machines") });
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.after), ("fly-limited", Some(Span::minutes(10))));
}

#[tokio::test]
async fn the_documented_limits_are_never_met() {
    let play = Play::with(4).await;
    play.roll_out(1, "v2").await.unwrap();
    play.restore(2, "v2").await.unwrap();
    let limited = play.sim.calls().into_iter().filter(|call| call.status == Some(429)).count();
    assert_eq!(limited, 0);
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_not_sent_twice() {
    for fault in [Fault::Silence, Fault::error(503, "unavailable"), Fault::error(408, "deadline_exceeded"), html()] {
        let play = Play::with(2).await;
        play.sim.faults().next(1, On::action(Action::MachineUpdate), When::After, fault);
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        assert_eq!(play.updates(), [1, 1]);
    }
}

#[tokio::test]
async fn an_update_that_was_lost_on_the_way_is_sent_again() {
    for fault in [Fault::Silence, Fault::error(503, "unavailable"), Fault::error(429, "rate limit exceeded")] {
        let play = Play::with(2).await;
        play.sim.faults().next(1, On::action(Action::MachineUpdate), When::Before, fault);
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        assert_eq!(play.updates(), [1, 1]);
    }
}

#[tokio::test]
async fn an_update_that_lands_after_its_time_is_not_done_twice() {
    let play = Play::with(1).await;
    let mut update = play.sim.faults().hold(On::action(Action::MachineUpdate), When::Before);
    let late = async {
        update.arrived().await;
        play.clock.advance(Span::seconds(15));
        tokio::task::yield_now().await;
        update.release();
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), late);
    assert_eq!(ended, Ok(Ended::Done));
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn an_update_that_lands_after_its_repetition_is_refused() {
    let play = Play::with(1).await;
    let mut update = play.sim.faults().hold(On::action(Action::MachineUpdate), When::Before);
    let late = async {
        update.arrived().await;
        play.clock.advance(Span::seconds(15));
        while play.updates() != [1] {
            tokio::task::yield_now().await;
        }
        update.release();
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), late);
    assert_eq!(ended, Ok(Ended::Done));
    assert_eq!(play.updates(), [1], "it named the version that it was made from");
    let sent = play.sim.calls().into_iter().filter(|c| c.action == Some(Action::MachineUpdate)).count();
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn a_lease_that_is_lost_on_the_way_is_taken_again() {
    let play = Play::with(1).await;
    let id = play.machines()[0].id.clone();
    let thief = async {
        while play.updates() != [1] {
            tokio::task::yield_now().await;
        }
        play.sim.faults().foreign_lease(&id, "bob@example.com", Span::seconds(20));
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), thief);
    assert_eq!(ended, Ok(Ended::Done));
    assert!(play.journal.notes().contains(&"fly-lease-held".to_owned()));
    play.holds_no_lease();
}

#[tokio::test]
async fn a_machine_on_a_host_that_does_not_answer_is_not_touched() {
    let play = Play::with(1).await;
    let body = r#"[{"id": "e784079b449483", "state": "started", "host_status": "unreachable",
        "incomplete_config": {"metadata": {"fly_platform_version": "v2"}}}]"#;
    play.wire.next(Canned { status: 200, headers: vec![], body, on: ("GET", "/machines") });
    let trouble = stopped(play.roll_out(1, "v2").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-host-unreachable", true));
    assert_eq!(play.wire.lines().len(), 1);
}

#[tokio::test]
async fn when_fly_io_falls_silent_after_an_update_nobody_knows() {
    let play = Play::with(1).await;
    let faults = play.sim.faults();
    faults.next(1, On::action(Action::MachineUpdate), When::After, Fault::Silence);
    let quiet = async {
        // The readings before the update go well; those after it do not.
        while play.updates() != [1] {
            tokio::task::yield_now().await;
        }
        faults.next(100, On::action(Action::MachineGet), When::Before, Fault::Silence);
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), quiet);
    match ended {
        Ok(Ended::Unknown { note }) => assert_eq!(note.key, "fly-outcome-unknown"),
        other => panic!("{other:?}"),
    }
    faults.clear();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done), "asking again tells");
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn a_host_without_room_fails_the_rollout_with_its_words() {
    let play = Play::with(1).await;
    let full = "aborted: could not reserve resource for machine: insufficient memory available to fulfill request";
    play.sim.faults().next(9, On::action(Action::MachineUpdate), When::Before, Fault::error(409, full));
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-no-room", true));
    assert!(note.args["error"].contains("insufficient memory"));
}

#[tokio::test]
async fn a_machine_that_others_change_meanwhile_is_read_anew() {
    let play = Play::with(1).await;
    let stale = "aborted: machine update failed due to concurrent update";
    play.sim.faults().next(1, On::action(Action::MachineUpdate), When::Before, Fault::error(409, stale));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn a_stamp_whose_answer_is_lost_is_read_back() {
    let play = Play::with(2).await;
    play.sim.faults().next(1, On::action(Action::MetadataUpdate), When::After, Fault::error(408, "deadline_exceeded"));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let stamps = play.sim.calls().into_iter().filter(|c| c.action == Some(Action::MetadataUpdate)).count();
    assert_eq!(stamps, 2);
}

#[tokio::test]
async fn secrets_are_in_no_note() {
    let play = Play::with(1).await;
    let echo = Fault::error(400, &format!("bad request: authorization was Bearer {DEMO_TOKEN}"));
    play.sim.faults().next(1, On::action(Action::MachineUpdate), When::Before, echo);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-refused", true));
    assert_eq!(note.args["error"], "bad request: authorization was Bearer …");
}

fn html() -> Fault {
    Fault::Answer { status: 502, body: "<html>Bad gateway</html>".to_owned() }
}
