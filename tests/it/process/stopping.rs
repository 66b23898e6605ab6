//! SIGINT and SIGTERM in the middle of a rollout: it ends in time, gives back what it holds, and goes on after the next
//! start as if nothing had been.

use shipgate::clock::SystemClock;
use shipgate::sim::{self, AppConfig, Limits, Timings, demo_config, demo_releases};

use super::database::Database;
use super::demo;
use super::run::{ADA, BOB, Fly, Home, apart};
use crate::world::process::{Ended, shipgate};

async fn stopped_in_a_rollout(signal: &'static str, after: &'static [&'static str]) {
    let (home, fly) = (Home::new(), Fly::start("20"));
    fly.stop_machines(0).await;
    let mut running = home.run(&fly.flaps);
    let id = running.deploy(&fly.image).await;
    assert_eq!(running.get_with_the_token_in_the_address("/api/v1/apps/hello").await, 401);
    running.program.line("taken on kind=\"roll_out\"");
    for line in after {
        running.program.line(line);
    }
    keeps_secrets(&running.program.stop(signal).with(0));
    let database = Database::at(&home);
    assert_eq!(database.count("effects WHERE claimed_until > 0").await, 0, "a claim is left");

    let mut running = home.run(&fly.flaps);
    running.program.line("put down kind=\"roll_out\"");
    let deployment = running.deployment(&id).await;
    assert_eq!((&deployment["phase"], &deployment["outcome"]), (&"closed".into(), &"succeeded".into()), "{deployment}");
    keeps_secrets(&running.program.stop(signal).with(0));
    fly.was_updated_once().await;
    assert_eq!(fly.program.stop(signal).with(0).err, "");
    home.shipgate(&["audit", "verify"]).ended().with(0);
}

/// The log of everything that Shipgate does has no token and no nonce of a lease in it.
#[track_caller]
fn keeps_secrets(ended: &Ended) {
    for secret in [ADA, BOB, "simulated-fly-token", "nonce", "Bearer"] {
        assert!(!ended.err.contains(secret), "{secret} is in the log:\n{}", ended.err);
    }
}

/// Before the first machine is changed, and between the two.
#[test]
fn sigterm_and_sigint_in_a_rollout_lose_nothing() {
    let before = apart(|| stopped_in_a_rollout("TERM", &[]));
    let between = apart(|| stopped_in_a_rollout("INT", &["what=\"before\"", "what=\"before\""]));
    before.join().expect("what is told above");
    between.join().expect("what is told above");
}

// The simulated fly.io is in this process, so it needs a thread of its own while the test waits for a line.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn sigterm_while_a_machine_is_watched() {
    let mut config = demo_config();
    let image = demo_releases()[0].image.clone();
    config.apps = vec![AppConfig::deployed("hello-staging", 1, &image, &sim::tcp_check())];
    config.timings = Timings::instant();
    config.limits = Limits::Off;
    let fly = sim::Fly::start(config, SystemClock::real()).await.expect("a simulated fly.io");
    let home = Home::new();
    let mut running = home.run(&fly.api_url());
    let v2 = demo_releases().into_iter().find(|release| release.version == "v2").expect("v2");
    let id = running.deploy(&v2.image).await;
    running.program.line("taken on kind=\"roll_out\"");
    // Waiting, the lease, the record, updating, starting, checking.
    for what in ["progress", "remember", "before", "progress", "progress", "progress"] {
        running.program.line(&format!("what=\"{what}\""));
    }
    running.program.stop("TERM").with(0);
    let machine = fly.machines("hello-staging").remove(0);
    assert_eq!((machine.version.as_str(), machine.leased_by), ("v2", None));

    let mut running = home.run(&fly.api_url());
    running.program.line("put down kind=\"roll_out\"");
    assert_eq!(running.deployment(&id).await["outcome"], "succeeded");
    assert_eq!(fly.machines("hello-staging").remove(0).updates, 1);
    running.program.stop("TERM").with(0);
    fly.stop().await;
}

/// The time a stop takes is real time, however slowly the other side answers.
#[tokio::test]
async fn sigterm_while_fly_does_not_answer() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let home = Home::new();
    let mut running = home.run(&format!("http://{}", silent.local_addr().expect("an address")));
    running.program.line("taken on kind=\"look\"");
    running.program.stop("TERM").with(0);
    assert_eq!(Database::at(&home).count("effects WHERE claimed_until > 0").await, 0, "a claim is left");
}

#[tokio::test]
async fn sigterm_while_another_program_holds_the_database() {
    let (home, fly) = (Home::new(), Fly::start("20"));
    let mut running = home.run(&fly.flaps);
    running.program.line("put down kind=\"look\"");
    let held = Database::at(&home).hold().await;
    running.program.stop("TERM").with(0);
    drop(held);
    home.shipgate(&["audit", "verify"]).ended().with(0);
}

/// Nothing can be given back then, and nothing need be: claims run out.
#[tokio::test]
async fn sigterm_with_work_to_give_back_while_another_program_holds_the_database() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let home = Home::new();
    let mut running = home.run(&format!("http://{}", silent.local_addr().expect("an address")));
    running.program.line("taken on kind=\"look\"");
    let held = Database::at(&home).hold().await;
    running.program.stop("TERM").with(0);
    drop(held);
    home.shipgate(&["audit", "verify"]).ended().with(0);
}

#[tokio::test]
async fn sigterm_while_a_client_keeps_half_a_request_open() {
    use tokio::io::AsyncWriteExt as _;
    let home = Home::new();
    let running = home.run("http://127.0.0.1:9");
    let mut client = tokio::net::TcpStream::connect(running.address.trim_start_matches("http://")).await.expect("in");
    client.write_all(b"POST /api/v1/commands HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{").await.expect("sent");
    running.program.stop("TERM").with(0);
}

#[test]
fn a_demo_stops_at_once_and_takes_its_folder_with_it() {
    for (signal, input) in [("INT", "/deploy staging\n/promote\n"), ("TERM", "/deploy staging\n")] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut program = demo::demo(&folder, &[]).input(input).start();
        program.line("staging · Rolling out");
        program.stop(signal).with(0);
        assert!(demo::is_empty(folder.path()), "the folder stays behind");
    }
}

#[test]
fn a_signal_is_heeded_from_the_first_line_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = demo::demo(&folder, &[]).open_input().start();
    program.line("http://");
    program.stop("TERM").with(0);
    assert!(demo::is_empty(folder.path()), "the folder stays behind");
    let mut program = shipgate(&["sim", "fly"]).start();
    program.line("FLY_FLAPS_BASE_URL=");
    program.stop("INT").with(0);
}
