//! Standard streams that are closed, full, or not there.

use super::demo::{self, demo};
use super::run::Home;
use crate::world::process::shipgate;

#[test]
fn an_output_that_nobody_reads_any_more_ends_a_demo() {
    for lines in [0, 1, 30] {
        let folder = tempfile::tempdir().expect("a folder");
        let ended = demo(&folder, &[]).input("/help\n/status\n/deploy staging\n/help\n").reads_out(lines).ended();
        assert_eq!(ended.code, 1, "{lines}: {}", ended.err);
        assert_eq!(ended.err.lines().filter(|line| line.contains("cannot be written")).count(), 1, "{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(demo::is_empty(folder.path()), "the folder stays behind");
    }
}

#[test]
fn an_output_that_nobody_reads_ends_whatever_only_prints() {
    let home = Home::new();
    for args in [["check", "--config", "shipgate.toml"], ["audit", "verify", "--config=shipgate.toml"]] {
        let ended = home.shipgate(&args).reads_out(0).ended();
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(ended.code <= 1, "{}", ended.code);
    }
    for args in [&["--help"][..], &["run", "--help"], &["--version"]] {
        let ended = shipgate(args).reads_out(0).ended();
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_changes_nothing() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let home = Home::new();
    // One line is read; every later one, the one about the signal included, meets a broken pipe.
    let mut program = home
        .shipgate(&["run"])
        .env("LISTEN_ADDR", port.to_string())
        .env("RUST_LOG", "shipgate=trace")
        .reads_err(1)
        .start();
    program.line("TRACE");
    while reqwest::get(format!("http://{port}/ready")).await.is_err() {}
    let health = reqwest::get(format!("http://{port}/health")).await.expect("an answer");
    assert_eq!(health.status(), 200);
    program.stop("TERM").with(0);
}

#[test]
fn an_output_that_is_full_does_not_keep_a_signal_from_ending_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = demo(&folder, &[]).input("/help\n".repeat(5_000)).stalls_out(40).start();
    program.line("> /help");
    let ended = program.stop("TERM");
    assert!(ended.code <= 1, "{}", ended.code);
}

#[test]
fn without_a_terminal_there_are_no_colours() {
    for no_color in ["", "1"] {
        let folder = tempfile::tempdir().expect("a folder");
        let ended = demo(&folder, &[]).env("NO_COLOR", no_color).env("TERM", "xterm").input("/status\n/x\n").ended();
        assert!(!ended.with(0).out.contains('\u{1b}'));
    }
    let ended = Home::new().shipgate(&["run"]).env("FLY_API_TOKEN", "").ended().with(1);
    assert!(!ended.err.contains('\u{1b}'), "{}", ended.err);
}

#[test]
fn logs_go_to_standard_error_and_results_to_standard_output() {
    let home = Home::new();
    let ended = home.shipgate(&["check", "--offline"]).env("RUST_LOG", "trace").ended().with(0);
    assert!(ended.out.contains("hello/staging"), "{}", ended.out);
    let ended = home.shipgate(&["audit", "verify"]).ended().with(1);
    assert_eq!(ended.out, "");
    let mut running = home.run("http://127.0.0.1:9");
    running.program.line("put down");
    assert_eq!(running.program.stop("INT").with(0).out, "");
}
