//! The real program on a database server: one of two instances is killed, and what cannot be used is told apart.

use super::run::{Fly, Home, Running};
use crate::world::postgres::shared;

#[tokio::test]
async fn of_two_instances_one_is_killed_in_the_middle_of_a_rollout_and_the_other_ends_it() {
    let (home, fly) = (Home::new(), Fly::start("20"));
    fly.stop_machines(0).await;
    let url = shared().url(&shared().empty().await);
    let instance = || home.shipgate(&["run"]).env("DATABASE_URL", &url);
    let start =
        || Running::wait_for(instance().env("FLY_FLAPS_BASE_URL", &fly.flaps).env("FLY_REGISTRY_HOST", &fly.flaps));
    let (mut first, mut second) = (start(), start());
    // Which of them takes it on is left to chance otherwise.
    second.program.signal("STOP");
    let id = first.deploy(&fly.image).await;
    first.program.line("taken on kind=\"roll_out\"");
    first.program.kill();
    second.program.signal("CONT");
    second.program.line("put down kind=\"roll_out\"");
    while second.deployment(&id).await["phase"] != "closed" {
        second.program.line("put down kind=");
    }
    let deployment = second.deployment(&id).await;
    assert_eq!(deployment["outcome"], "succeeded", "{deployment}");
    second.program.stop("TERM").with(0);
    fly.was_updated_once().await;
    home.shipgate(&["audit", "verify"]).env("DATABASE_URL", &url).ended().with(0);
}

#[tokio::test]
async fn a_database_server_that_cannot_be_used_is_told_apart_and_its_password_never_repeated() {
    let home = Home::new();
    let port = shared().port;
    for (url, words) in [
        ("postgres://u:s3cret@127.0.0.1:9/shipgate".to_owned(), "127.0.0.1:9/shipgate cannot be reached"),
        (format!("postgres://ada:s3cret@127.0.0.1:{port}/postgres"), "does not let Shipgate in"),
        (format!("postgres://postgres:s3cret@127.0.0.1:{port}/nothing"), "There is no such database"),
        ("postgres://u:s3cret@127.0.0.1/db?sslmod=s3cret".to_owned(), "sslmode"),
    ] {
        for args in [&["run"][..], &["check"], &["audit", "verify"]] {
            let ended = home.shipgate(args).env("DATABASE_URL", &url).env("RUST_LOG", "trace").ended().with(1);
            let said = [ended.out, ended.err].concat();
            let lines = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(lines.contains(words), "{args:?} {url}:\n{said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_database_server_that_can_be_used_is_said_to_be_there_before_and_after_its_tables() {
    let home = Home::new();
    let url = shared().url(&shared().empty().await);
    let check = || home.shipgate(&["check"]).env("DATABASE_URL", &url).ended();
    assert!(check().out.contains("There is no database yet"), "nothing is made by looking");
    assert!(check().out.contains("There is no database yet"));
    let running = Running::wait_for(home.shipgate(&["run"]).env("DATABASE_URL", &url));
    running.program.stop("TERM").with(0);
    assert!(check().out.contains("The database can be used: schema"));
}
