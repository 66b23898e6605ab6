//! What becomes of a machine in time.

use serde_json::{Value, json};
use shipgate::clock::Span;
use shipgate::sim::Boot;

use super::client::{Sim, path_of, with_image};

/// The states that a machine goes through, looked at each half second, with the moment of each.
async fn states(sim: &Sim, path: &str, seconds: i64) -> Vec<(i64, String)> {
    let mut seen: Vec<(i64, String)> = Vec::new();
    for half in 0..=seconds * 2 {
        let state = sim.get(path).await.expect(200)["state"].as_str().expect("a state").to_owned();
        if seen.last().is_none_or(|(_, last)| *last != state) {
            seen.push((half * 500, state));
        }
        sim.pass(Span(500));
    }
    seen
}

fn went(seen: &[(i64, String)]) -> Vec<(i64, &str)> {
    seen.iter().map(|(at, state)| (*at, state.as_str())).collect()
}

fn events(machine: &Value) -> Vec<String> {
    let text = |event: &Value| ["type", "status", "source"].map(|key| event[key].as_str().unwrap_or("?")).join("/");
    machine["events"].as_array().expect("events").iter().rev().map(text).collect()
}

#[tokio::test]
async fn an_update_of_a_machine_that_runs_replaces_and_starts_it() {
    let sim = Sim::start().await;
    let machine = sim.first();
    let reply = sim.update("hello-staging", &machine, "v2").await.expect(200);
    assert_eq!(reply["state"], "replacing");
    assert_ne!(reply["instance_id"], machine.instance.as_str(), "the new version is named at once");
    let seen = states(&sim, &sim.path(), 10).await;
    assert_eq!(went(&seen), [(0, "replacing"), (6_000, "starting"), (8_000, "started")]);
    let after = sim.get(&sim.path()).await.expect(200);
    assert_eq!(events(&after)[3..], ["update/replacing/user", "start/started/flyd"]);
    let view = sim.first();
    assert_eq!((view.version.as_str(), view.updates, view.digests.len()), ("v2", 1, 2));
}

#[tokio::test]
async fn an_update_of_a_machine_that_is_stopped_leaves_it_stopped() {
    let sim = Sim::with(|config| config.apps[0].machines[0].running = false).await;
    assert_eq!(sim.first().state, "stopped");
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
    let seen = states(&sim, &sim.path(), 8).await;
    assert_eq!(went(&seen), [(0, "replacing"), (6_000, "stopped")]);
    sim.poke(&format!("{}/start", sim.path())).await.expect(200);
    let seen = states(&sim, &sim.path(), 3).await;
    assert_eq!(went(&seen), [(0, "starting"), (2_000, "started")]);
}

#[tokio::test]
async fn an_update_that_skips_the_launch_stops_a_machine() {
    let sim = Sim::start().await;
    let body = json!({"config": with_image(&sim.first(), "v2"), "skip_launch": true});
    sim.post(&sim.path(), body).await.expect(200);
    let seen = states(&sim, &sim.path(), 8).await;
    assert_eq!(went(&seen), [(0, "replacing"), (6_000, "stopped")]);
}

#[tokio::test]
async fn a_version_on_its_way_can_be_replaced_by_another() {
    let sim = Sim::start().await;
    sim.update("hello-staging", &sim.first(), "v2").await.expect(200);
    sim.pass(Span::seconds(4));
    sim.update("hello-staging", &sim.first(), "v1").await.expect(200);
    let seen = states(&sim, &sim.path(), 10).await;
    assert_eq!(went(&seen), [(0, "replacing"), (6_000, "starting"), (8_000, "started")], "it still wants to run");
    assert_eq!((sim.first().version.as_str(), sim.first().updates), ("v1", 2));
}

#[tokio::test]
async fn a_new_machine_is_created_and_launches_by_itself() {
    let sim = Sim::start().await;
    let create = async |skip: bool| {
        let body =
            json!({"config": with_image(&sim.first(), "v1"), "skip_launch": skip, "skip_service_registration": true});
        let made = sim.post("/v1/apps/hello-staging/machines", body).await.expect(200);
        assert_eq!((&made["state"], &made["cordoned"]), (&json!("created"), &json!(true)));
        format!("/v1/apps/hello-staging/machines/{}", made["id"].as_str().expect("an id"))
    };
    let seen = states(&sim, &create(false).await, 6).await;
    assert_eq!(went(&seen), [(0, "created"), (3_000, "starting"), (5_000, "started")]);
    let idle = create(true).await;
    assert_eq!(went(&states(&sim, &idle, 6).await), [(0, "created")]);
    sim.poke(&format!("{idle}/start")).await.expect(200);
}

#[tokio::test]
async fn a_stop_and_a_restart_take_their_time_and_are_told() {
    let sim = Sim::start().await;
    let path = sim.path();
    sim.poke(&format!("{path}/stop")).await.expect(200);
    assert_eq!(went(&states(&sim, &path, 2).await), [(0, "stopping"), (1_000, "stopped")]);
    let exit = sim.get(&path).await.expect(200)["events"][0].clone();
    assert_eq!((&exit["type"], &exit["request"]["exit_event"]["requested_stop"]), (&json!("exit"), &json!(true)));
    sim.poke(&format!("{path}/start")).await.expect(200);
    sim.pass(Span::seconds(5));
    sim.poke(&format!("{path}/restart")).await.expect(200);
    assert_eq!(went(&states(&sim, &path, 4).await), [(0, "stopping"), (1_000, "starting"), (3_000, "started")]);
    assert_eq!(sim.first().updates, 0, "the same version");
}

#[tokio::test]
async fn checks_are_silent_at_first_and_then_say_what_the_app_answers() {
    let sim = Sim::start().await;
    let checks = async |machine: usize| {
        let machine = sim.fly.machines("hello-production").remove(machine);
        let got = sim.get(&path_of("hello-production", &machine)).await.expect(200);
        got["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .map(|c| (c["status"].clone(), c["output"].clone()))
            .collect::<Vec<_>>()
    };
    for (machine, version) in [(0, "v3-broken"), (1, "v3-slow"), (2, "v4-late")] {
        let view = sim.fly.machines("hello-production").remove(machine);
        sim.update("hello-production", &view, version).await.expect(200);
    }
    sim.pass(Span(9_900));
    assert_eq!(checks(0).await, [], "none before the grace period is over");
    sim.pass(Span(100));
    assert_eq!(checks(0).await, [(json!("critical"), json!("500 Internal Server Error"))]);
    assert_eq!(checks(1).await, [(json!("critical"), json!("context deadline exceeded"))]);
    assert_eq!(checks(2).await, [(json!("passing"), json!("200 OK"))]);
    sim.pass(Span::seconds(100));
    assert_eq!(checks(2).await[0].0, "critical", "it turned bad 100 s after it had started");
}

#[tokio::test]
async fn a_boot_can_fail_crash_or_hang() {
    let sim = Sim::start().await;
    let machines = sim.fly.machines("hello-production");
    let faults = sim.fly.faults();
    faults.next_boot(&machines[0].id, Boot::Fails);
    faults.next_boot(&machines[1].id, Boot::Crashes { times: 3 });
    faults.next_boot(&machines[2].id, Boot::StaysReplacing);
    for machine in &machines {
        sim.update("hello-production", machine, "v2").await.expect(200);
    }
    sim.pass(Span::minutes(10));
    let state = |place: usize| sim.fly.machines("hello-production").remove(place).state;
    assert_eq!([state(0), state(1), state(2)], ["failed", "stopped", "replacing"]);
    let crashed = sim.get(&path_of("hello-production", &machines[1])).await.expect(200);
    let exits: Vec<_> = crashed["events"].as_array().expect("events").iter().filter(|e| e["type"] == "exit").collect();
    assert_eq!(exits.len(), 3);
    assert_eq!(exits[0]["request"]["exit_event"]["restarting"], false);
    assert_eq!(
        (&exits[1]["request"]["restart_count"], &exits[1]["request"]["exit_event"]["restarting"]),
        (&json!(2), &json!(true))
    );
    for machine in &machines {
        sim.update("hello-production", machine, "v1").await.expect(200);
    }
    sim.pass(Span::minutes(1));
    assert_eq!([state(0), state(1), state(2)], ["started", "stopped", "started"], "each fault is for one boot");
}
