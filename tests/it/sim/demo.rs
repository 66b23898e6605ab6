//! The preset, and the simulator as a program of its own.

use shipgate::clock::{Moment, SystemClock};
use shipgate::sim::{self, Fly, Options};
use tokio_util::sync::CancellationToken;

use crate::world::clock::ManualClock;

#[tokio::test]
async fn the_preset_is_what_the_demo_promises() {
    let clock = ManualClock::at(Moment(1_790_000_000_000));
    let fly = Fly::start(sim::demo_config(), clock).await.expect("it starts");
    for (app, count) in [("hello-staging", 2), ("hello-production", 3)] {
        let machines = fly.machines(app);
        assert_eq!(machines.len(), count);
        assert!(machines.iter().all(|machine| machine.state == "started" && machine.version == "v1"));
        assert_eq!(machines[0].metadata["fly_process_group"], "app");
    }
    let releases = sim::demo_releases();
    let versions: Vec<_> = releases.iter().map(|release| release.version.as_str()).collect();
    assert_eq!(versions, ["v1", "v2", "v3-slow", "v3-broken", "v4-late"]);
    for release in &releases {
        let (_, digest) = release.image.split_once("@sha256:").expect("pinned");
        assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", release.image);
        assert_eq!(release.commit.len(), 40);
    }
}

#[tokio::test]
async fn it_runs_alone_until_it_is_told_to_stop() {
    let stop = CancellationToken::new();
    let mut out = Vec::new();
    let options = Options { listen: "127.0.0.1:0".parse().expect("an address"), token: Some("mine".into()) };
    stop.cancel();
    sim::run(options, SystemClock::faster(10.0), stop, &mut out).await.expect("it ran");
    let said = String::from_utf8(out).expect("text");
    let lines: Vec<_> = said.lines().map(|line| line.split_once('=').expect("name=value")).collect();
    assert!(lines[0].0 == "FLY_FLAPS_BASE_URL" && lines[0].1.starts_with("http://127.0.0.1:"), "{said}");
    assert_eq!(lines[1], ("FLY_REGISTRY_HOST", lines[0].1));
    assert!(lines.iter().any(|(name, address)| *name == "hello-staging" && address.starts_with("http://127.0.0.1:")));
    assert!(lines.iter().any(|(name, _)| *name == "v4-late"));
    assert!(!said.contains("mine"), "a token that was given is not repeated");
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let clock = ManualClock::at(Moment(1_790_000_000_000));
    let mut config = sim::demo_config();
    config.listen = "0.0.0.0:0".parse().expect("an address");
    let error = Fly::start(config.clone(), clock.clone()).await.expect_err("not loopback");
    assert!(error.to_string().contains("loopback addresses only"), "{error}");
    config = sim::demo_config();
    config.apps[1].edge = "0.0.0.0:0".parse().expect("an address");
    Fly::start(config, clock).await.expect_err("not loopback either");
}

#[tokio::test]
async fn a_machine_whose_image_is_unknown_is_refused_at_the_start() {
    let mut config = sim::demo_config();
    config.images.remove(0);
    let error = Fly::start(config, ManualClock::at(Moment(0))).await.expect_err("no such image");
    assert!(error.to_string().contains("MANIFEST_UNKNOWN"), "{error}");
}

#[tokio::test]
async fn when_it_stops_every_port_is_free_and_every_call_is_cut() {
    let clock = ManualClock::at(Moment(1_790_000_000_000));
    let fly = Fly::start(sim::demo_config(), clock.clone()).await.expect("it starts");
    let api = fly.api_url();
    let machine = fly.machines("hello-staging").remove(0);
    let path = format!("{api}/v1/apps/hello-staging/machines/{}/wait?state=stopped", machine.id);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let waits = tokio::spawn(http.get(path).bearer_auth(sim::DEMO_TOKEN).send());
    clock.until_sleeping(1).await;
    fly.stop().await;
    waits.await.expect("no panic").expect_err("it was cut");
    let address: std::net::SocketAddr = api.trim_start_matches("http://").parse().expect("an address");
    tokio::net::TcpListener::bind(address).await.expect("the port is free");

    let fly = Fly::start(sim::demo_config(), clock).await.expect("it starts again");
    let edge = fly.edge_url("hello-staging").expect("an edge");
    drop(fly);
    http.get(edge).send().await.expect_err("dropping it stops it");
}
