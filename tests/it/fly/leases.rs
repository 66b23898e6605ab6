//! Leases that are in the way: our own ones of a program that was killed, and those of others.

use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Fault, On, When};
use shipgate::targets::{Journal as _, Stop};

use super::stage::{APP, Play, order, stopped};

#[tokio::test]
async fn a_lease_that_a_killed_attempt_held_is_used_again() {
    let play = Play::with(1).await;
    let id = play.machines()[0].id.clone();
    let nonce = play.wire.lease(APP, &id).await;
    play.journal.remember(&format!("fly-lease/{id}"), &nonce).await.unwrap();
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert!(!play.journal.notes().contains(&"fly-lease-held".to_owned()));
    play.holds_no_lease();
}

#[tokio::test]
async fn a_machine_that_somebody_holds_is_waited_for_and_the_holder_is_named() {
    let play = Play::with(1).await;
    let id = play.machines()[0].id.clone();
    play.sim.faults().foreign_lease(&id, "bob@example.com", Span::seconds(30));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.journal.notes(), ["fly-lease-held"]);

    play.sim.faults().foreign_lease(&id, "bob@example.com", Span::minutes(30));
    let trouble = stopped(play.roll_out(2, "v3-slow").await);
    assert_eq!((trouble.note.key.as_str(), trouble.again), ("fly-lease-held", true));
    assert_eq!(trouble.note.args["owner"], "bob@example.com");
    assert_eq!(play.updates(), [1]);
}

#[tokio::test]
async fn a_remembered_lease_is_not_given_up_because_a_call_fails() {
    for (status, text) in [(429, "rate limit exceeded"), (408, "deadline_exceeded"), (502, "bad gateway")] {
        let play = Play::with(1).await;
        let id = play.machines()[0].id.clone();
        let nonce = play.wire.lease(APP, &id).await;
        play.journal.remember(&format!("fly-lease/{id}"), &nonce).await.unwrap();
        play.sim.faults().next(1, On::action(Action::LeaseAcquire), When::Before, Fault::error(status, text));
        play.journal.cancel_at(shipgate::targets::Stage::Updating, &play.cancel);
        assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
        play.met_all();
        assert_eq!(play.journal.notes(), [""; 0], "{text}");
        assert!(play.seconds() < 5, "{text}: {} s", play.seconds());
    }
}

#[tokio::test]
async fn a_lease_that_was_taken_and_not_remembered_any_more_says_whose_it_is() {
    for attempt in [1, 2] {
        let play = Play::with(1).await;
        let mut taken = play.sim.faults().hold(On::action(Action::LeaseAcquire), When::After);
        tokio::select! {
            _ = play.roll_out(1, "v2") => panic!("it got an answer"),
            () = taken.arrived() => {}
        }
        drop(taken);
        assert!(play.machines()[0].leased_by.is_some() && play.journal.remembers().is_empty(), "killed in between");
        assert_eq!(play.roll_out(attempt, "v2").await, Ok(Ended::Done));
        assert!(play.seconds() < 27, "{} s", play.seconds());
        assert_eq!(play.journal.notes(), [""; 0], "nobody is told of another tool");
        play.holds_no_lease();
    }
}

#[tokio::test]
async fn a_lease_of_a_newer_attempt_or_of_another_deployment_is_waited_for() {
    let ours = order(1, "v2").deployment;
    let purposes = [
        format!("shipgate deployment {ours} attempt 2"),
        "shipgate deployment 0192f0c0-0000-7000-8000-000000000002 attempt 1".to_owned(),
        format!("shipgate deployment {ours} attempt"),
        "fly deploy".to_owned(),
    ];
    for purpose in purposes {
        let play = Play::with(1).await;
        let id = play.machines()[0].id.clone();
        play.wire.lease_for(APP, &id, &purpose).await;
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        assert_eq!(play.journal.notes(), ["fly-lease-held"], "{purpose}");
        assert!(play.seconds() > 30, "{purpose}: {} s", play.seconds());
    }
}

#[tokio::test]
async fn a_lease_says_whose_it_is_for_as_long_as_it_is_lengthened() {
    let play = Play::of(1, &shipgate::sim::tcp_check(), |config| config.timings.replacing = Span::seconds(30)).await;
    assert_eq!(play.roll_out(7, "v2").await, Ok(Ended::Done));
    let lines = play.wire.lines();
    let taken = lines.iter().filter(|l| l.method == "POST" && l.path.ends_with("/lease"));
    let said: Vec<String> = taken.map(|l| l.request.as_ref().unwrap()["description"].to_string()).collect();
    let wanted = format!("\"shipgate deployment {} attempt 7\"", order(7, "v2").deployment);
    assert!(said.len() > 5 && said.iter().all(|one| *one == wanted), "{said:?}");
}
