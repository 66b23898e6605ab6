//! The program on a database server: two instances that share it, one that dies, a server that is restarted, and a person
//! whose deed nobody can tell the end of.

use shipgate::command;
use shipgate::domain::Outcome;

use crate::world::cutter::{Cut, Cutter};
use crate::world::postgres::{Server, Stop, shared};
use crate::world::setup::{APPROVAL, PRODUCTION, STAGING, Setup, minutes};
use crate::world::watcher::Plug;
use crate::world::{Expected, World, speaker};

async fn database() -> String {
    shared().url(&shared().database().await)
}

/// Both chats, and two instances.
async fn two_instances() -> World {
    let setup = Setup::production(APPROVAL).on_discord("gateway").on_slack("socket").and_at_the_terminal().instantly();
    let mut w = World::of(setup.on_database(database().await)).await;
    w.starts_another().await;
    w
}

#[tokio::test]
async fn two_instances_carry_a_release_to_its_end_and_tell_everything_once() {
    let mut w = two_instances().await;
    w.releases().await;
    w.pass(minutes(3)).await;
    w.is_told_once_on_discord("all is well");
    w.is_told_once_on_slack("all is well");
    assert_eq!((w.fly().updates(STAGING), w.fly().updates(PRODUCTION)), (vec![1, 1], vec![1, 1, 1]));
}

#[tokio::test]
async fn one_instance_dies_in_the_middle_of_a_rollout_and_the_other_goes_on() {
    for plug in ["committed before", "about_to_commit advance"] {
        let mut w = two_instances().await;
        w.expects(Expected::Refusals);
        w.ada().says("/deploy staging").await;
        w.one_will_die(&Plug::When(plug));
        w.until_one_dies().await;
        w.until("v2 → staging · Succeeded").await;
        w.pass(minutes(3)).await;
        assert_eq!(
            (w.fly().versions(STAGING), w.fly().updates(STAGING)),
            (vec!["v2".to_owned(); 2], vec![1, 1]),
            "{plug}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_restarted_in_the_middle_of_everything_changes_no_end() {
    for how in [Stop::Fast, Stop::Immediate] {
        let server = Server::start();
        let url = server.url(&server.database().await);
        let mut w = World::of(Setup::production(APPROVAL).machines(1, 2).on_database(url)).await;
        w.expects(Expected::Errors("the database server"));
        w.ada().says("/deploy staging v2").await;
        w.until("v2 → staging · Succeeded").await;
        w.ada().says("/promote").await;
        w.until("Waiting for people").await;
        server.stop(how);
        server.start_again();
        w.bob().presses("Approve").await;
        w.until_it("the first machine", |w| w.fly().updates(PRODUCTION) == [1, 0]).await;
        server.stop(how);
        server.start_again();
        w.until("v2 → production · Succeeded").await;
        assert_eq!((w.fly().versions(PRODUCTION), w.fly().updates(PRODUCTION)), (vec!["v2".to_owned(); 2], vec![1, 1]));
        drop(w);
    }
}

/// A release whose wire to the server is cut at one commit after the other.
async fn cut_at_commits(cut: Cut) {
    let cutter = Cutter::to(shared().port);
    for nth in (1..).step_by(7) {
        let url = database().await.replace(&format!(":{}/", shared().port), &format!(":{}/", cutter.port));
        let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_database(url)).await;
        w.expects(Expected::Errors("the database server"));
        cutter.cuts_at(nth, "COMMIT\0", cut);
        w.ada().says("/deploy staging v2").await;
        w.until("v2 → staging · Succeeded").await;
        assert_eq!(w.fly().updates(STAGING), [1], "at {nth}");
        let history = w.program().app.store().history("hello", None, 9, None).await.expect("a history");
        let ends: Vec<_> = history.iter().map(|deployment| deployment.outcome).collect();
        assert_eq!(ends, [Some(Outcome::Succeeded)], "at {nth}");
        if !cutter.has_cut() {
            assert!(nth > 10, "there were only {nth} commits");
            return;
        }
    }
}

#[tokio::test]
async fn commits_that_the_server_does_not_hear_change_no_end() {
    cut_at_commits(Cut::Before).await;
}

#[tokio::test]
async fn commits_whose_wire_is_gone_when_they_are_heard_change_no_end() {
    cut_at_commits(Cut::Heard).await;
}

#[tokio::test]
async fn commits_whose_answer_is_lost_change_no_end() {
    cut_at_commits(Cut::Answered).await;
}

#[tokio::test]
async fn whose_deed_nobody_can_tell_the_end_of_is_told_so_and_it_is_done_once() {
    let (name, cutter) = (shared().database().await, Cutter::to(shared().port));
    let forgets = "CREATE SCHEMA forgets; CREATE FUNCTION forgets.pg_xact_status(xid8) RETURNS text LANGUAGE sql AS \
                   $$ SELECT CAST(NULL AS text) $$";
    shared().sql(&name, forgets).await;
    let options = "?options=-csearch_path%3Dpublic,forgets,pg_catalog";
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}{options}", cutter.port);
    let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_database(url)).await;
    w.expects(Expected::Errors("the database server"));
    w.expects(Expected::Errors("whether it was committed could not be found out"));
    let service = w.program().app.service();
    let line = command::parse("/deploy staging v2", service.names()).expect("a command");
    cutter.cuts_at(1, "COMMIT\0", Cut::Answered);
    let no = Box::pin(service.handle(&speaker("ada"), &line)).await.expect_err("nobody knows");
    assert_eq!(no.code, "broke");
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().updates(STAGING), [1]);
}

#[tokio::test]
async fn a_letter_that_no_database_keeps_is_no_trouble_of_the_database() {
    let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_database(database().await)).await;
    let service = w.program().app.service();
    for line in
        ["/deploy staging v\u{0}2", "/lock staging a\u{0}b", "/plan staging v\u{0}2", "/unquarantine v\u{0}2 because"]
    {
        let Ok(command) = command::parse(line, service.names()) else { continue };
        match Box::pin(service.handle(&speaker("ada"), &command)).await {
            Ok(_) => {}
            Err(no) => assert!(!["out_of_order", "broke"].contains(&no.code.as_str()), "{line:?}: {no:?}"),
        }
    }
    let refused = w.api("ada").get("/api/v1/deployments/d%001").await;
    assert_eq!(refused.0, 404);
    w.settle().await;
}
