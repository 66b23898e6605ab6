//! The fence: what a program that died has sent may arrive late, and undoes nothing.

use shipgate::domain::Ended;
use shipgate::sim::{Action, Fault, Hold, On, When};
use shipgate::targets::{Journal, Stage, Stop};

use super::stage::{Play, failed};

/// A rollout that dies while its first update is on its way.
async fn killed_on_the_way(play: &Play) -> Hold {
    let mut update = play.sim.faults().hold(On::action(Action::MachineUpdate), When::Before);
    tokio::select! {
        ended = play.roll_out(1, "v2") => panic!("it ended: {ended:?}"),
        () = update.arrived() => {}
    }
    update
}

/// The late update arrives, and has been answered.
async fn arrives(play: &Play, update: Hold) -> Option<u16> {
    update.release();
    let late = || play.sim.calls().into_iter().find(|call| call.action == Some(Action::MachineUpdate));
    while late().is_some_and(|call| call.status.is_none()) {
        tokio::task::yield_now().await;
    }
    late().and_then(|call| call.status)
}

#[tokio::test]
async fn an_update_that_outlives_its_program_does_not_undo_the_way_back() {
    let play = Play::with(2).await;
    let update = killed_on_the_way(&play).await;
    assert_eq!(play.updates(), [0, 0]);

    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![1, 0]), "only that one is made anew");
    play.holds_no_lease();

    assert_eq!(arrives(&play, update).await, Some(409), "nobody holds the lease, but the version is another one");
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![1, 0]));
}

#[tokio::test]
async fn an_update_that_lands_while_it_goes_back_is_taken_back() {
    let play = Play::with(1).await;
    let update = killed_on_the_way(&play).await;
    // The restore has looked; its own update is on its way when the late one lands.
    let mut own = play.sim.faults().hold(On::action(Action::MachineUpdate), When::Before);
    let late = async {
        own.arrived().await;
        assert_eq!(arrives(&play, update).await, Some(200));
        assert_eq!(play.versions(), ["v2"]);
        own.release();
    };
    let (ended, ()) = tokio::join!(play.restore(2, "v2"), late);
    assert_eq!(ended, Ok(Ended::Done));
    assert_eq!(play.versions(), ["v1"]);
    play.holds_no_lease();
}

#[tokio::test]
async fn an_update_that_outlives_its_program_is_not_done_twice_by_the_next_one() {
    let play = Play::with(2).await;
    let update = killed_on_the_way(&play).await;
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [1, 1]);
    assert_eq!(arrives(&play, update).await, Some(409));
    assert_eq!(play.updates(), [1, 1]);
}

#[tokio::test]
async fn what_may_be_on_its_way_still_is_not_untouched() {
    let play = Play::with(2).await;
    let update = killed_on_the_way(&play).await;
    play.sim.faults().lose_image(&super::stage::image("v2"));
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-image-missing", false));
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    arrives(&play, update).await;
    assert_eq!(play.versions(), ["v1", "v1"]);
}

#[tokio::test]
async fn an_update_that_was_certainly_refused_leaves_no_doubt() {
    let play = Play::with(2).await;
    let second = play.machines()[1].id.clone();
    let full = Fault::error(409, "aborted: could not reserve resource for machine: insufficient memory");
    play.sim.faults().next(9, On::action(Action::MachineUpdate).machine(&second), When::Before, full);
    let (note, untouched) = failed(play.roll_out(1, "v2").await);
    assert_eq!((note.key.as_str(), untouched), ("fly-no-room", false));
    play.sim.faults().clear();
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done));
    assert_eq!(play.updates(), [2, 0], "a host without room is not asked to make the machine anew");
}

#[tokio::test]
async fn a_program_that_slept_wakes_up_fenced() {
    let play = Play::with(2).await;
    let mut read = play.sim.faults().hold(On::action(Action::LeaseAcquire), When::Before);
    let meanwhile = async {
        read.arrived().await;
        assert_eq!(
            play.target.restore(&super::stage::order(2, "v2"), &play.journal, &Default::default()).await,
            Ok(Ended::Done)
        );
        read.release();
    };
    let (ended, ()) = tokio::join!(play.roll_out(1, "v2"), meanwhile);
    assert_eq!(ended, Err(Stop::Fenced { newer: 2 }));
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 2], vec![0, 0]));
    play.holds_no_lease();
    assert_eq!(play.journal.order_of(Stage::Updating), Vec::<String>::new());
    assert_eq!(play.journal.snapshots().await.unwrap(), []);
}
