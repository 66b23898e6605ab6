//! `kill -9` at some moments of a rollout: the next start takes up what was under way, once its claim has run out, and
//! changes no machine twice. (A sweep over every moment is a test of its own.)

use shipgate::clock::SystemClock;

use super::database::Database;
use super::run::{Fly, Home, apart};

/// How long a claim holds; after that its effect is taken up again.
const LEASE: i64 = 15_000;

/// Kills it after so many commits of a rollout of two machines, and starts it again.
async fn killed_after(commits: usize) {
    let (home, fly) = (Home::new(), Fly::start("20"));
    fly.stop_machines().await;
    let mut running = home.run(&fly.flaps);
    let id = running.deploy(&fly.image).await;
    running.program.line("taken on kind=\"roll_out\"");
    for _ in 0..commits {
        running.program.line("committed what=");
    }
    assert_eq!(running.program.kill().code, 128 + 9);

    let database = Database::at(&home);
    let now = SystemClock::real().now().0;
    let held = database.number("SELECT COALESCE(MAX(claimed_until), 0) FROM effects").await;
    assert!(held <= now + LEASE, "a claim outlives its holder by {} ms", held - now);
    // What waiting for 15 seconds comes to.
    database.tamper("UPDATE effects SET claimed_until = 1 WHERE claimed_until > 1").await;

    let mut running = home.run(&fly.flaps);
    if held > 0 && database.count("effects WHERE kind = 'roll_out'").await > 0 {
        running.program.line("put down kind=\"roll_out\"");
    }
    let deployment = running.deployment(&id).await;
    assert_eq!((&deployment["phase"], &deployment["outcome"]), (&"closed".into(), &"succeeded".into()), "{deployment}");
    running.program.stop("TERM").with(0);
    assert_eq!(database.count("effects WHERE kind IN ('roll_out', 'restore')").await, 0);
    fly.was_updated_once().await;
    home.shipgate(&["audit", "verify"]).ended().with(0);
}

/// When the first lease is taken, while the first and while the second machine is updated, and at the very end.
#[test]
fn a_killed_rollout_is_taken_up_where_it_was() {
    for killed in [3, 5, 11, 15].map(|commits| apart(move || killed_after(commits))) {
        killed.join().expect("what is told above");
    }
}
