//! Steady traffic: a client asks the edge of an app fifty times a second, of the clock that the program has too, and
//! is answered well each time while machines are exchanged one after the other.

use std::collections::BTreeMap;

use shipgate::clock::{Clock as _, Span};

use crate::world::World;
use crate::world::setup::{HEALTH, STAGING, Setup};
use crate::world::wire::client;

/// Fifty a second.
const EVERY: Span = Span(20);

/// What a client saw.
#[derive(Debug, Default)]
struct Seen {
    asked: u64,
    /// The first of those that were not answered with 200, with the moment.
    failed: Vec<String>,
    by_version: BTreeMap<String, u64>,
}

/// Asks until a card says this.
async fn until(w: &mut World, seen: &mut Seen, title: &str) {
    let (http, url) = (client(), w.fly().edge_url(STAGING));
    let (begun, asked) = (w.clock.now(), seen.asked);
    while w.screen.card(title).is_none() {
        let answer = http.get(&url).send().await;
        seen.asked += 1;
        match answer {
            Ok(answer) if answer.status() == 200 => {
                let body: serde_json::Value =
                    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
                *seen.by_version.entry(body["version"].as_str().expect("a version").to_owned()).or_default() += 1;
            }
            other => {
                seen.failed.push(format!("{:?} after {:?}", other.map(|a| a.status()), w.clock.now().since(begun)))
            }
        }
        w.tick(EVERY).await;
        assert!(w.clock.now().since(begun) < Span::minutes(20), "it never came to this: {title}");
    }
    let lasted = w.clock.now().since(begun).0;
    assert_eq!(i64::try_from(seen.asked - asked).expect("a number") * EVERY.0, lasted, "fifty a second");
}

#[tokio::test]
async fn nobody_notices_a_rollout_of_two_machines_nor_the_way_back() {
    let mut w = World::of(Setup::production(HEALTH).machines(2, 1)).await;
    let mut seen = Seen::default();
    w.ada().says("/deploy staging v2").await;
    until(&mut w, &mut seen, "v2 → staging · Succeeded").await;
    assert!(seen.by_version["v1"] > 100 && seen.by_version["v2"] > 100, "{seen:?}");
    w.ada().says("/rollback staging").await;
    until(&mut w, &mut seen, "back to v1 in staging · Succeeded").await;
    assert_eq!(seen.failed, Vec::<String>::new(), "{} asked", seen.asked);
    assert!(seen.asked > 3_000, "{seen:?}");
}

#[tokio::test]
async fn nobody_notices_a_rollout_of_three_machines_that_is_stopped_and_taken_back() {
    let mut w = World::of(Setup::production(HEALTH).machines(3, 1)).await;
    let mut seen = Seen::default();
    w.ada().says("/deploy staging v2").await;
    until(&mut w, &mut seen, "v2 → staging · Checking").await;
    w.ada().says("/abort").await;
    until(&mut w, &mut seen, "v2 → staging · Rolled back").await;
    assert_eq!(w.fly().updates(STAGING), [2, 2, 2]);
    assert_eq!(seen.failed, Vec::<String>::new(), "{} asked", seen.asked);
}

#[tokio::test]
async fn nobody_notices_a_canary_nor_new_machines_that_take_over_nor_the_way_back_from_them() {
    for strategy in ["canary", "bluegreen"] {
        let mut setup = Setup::production(HEALTH).machines(2, 1);
        let app = "app = \"hello-staging\"";
        setup.config = setup.config.replace(app, &format!("{app}, strategy = \"{strategy}\""));
        let mut w = World::of(setup).await;
        let mut seen = Seen::default();
        w.ada().says("/deploy staging v2").await;
        until(&mut w, &mut seen, "v2 → staging · Checking").await;
        w.ada().says("/abort").await;
        until(&mut w, &mut seen, "v2 → staging · Rolled back").await;
        assert!(seen.by_version["v1"] > 100 && seen.by_version["v2"] > 100, "{strategy}: {seen:?}");
        assert_eq!(seen.failed, Vec::<String>::new(), "{strategy}: {} asked", seen.asked);
    }
}

#[tokio::test]
async fn nobody_notices_that_a_machine_does_not_boot_with_the_release() {
    let mut w = World::of(Setup::production(HEALTH).machines(2, 1)).await;
    let mut seen = Seen::default();
    w.fly().next_boot(STAGING, 1, shipgate::sim::Boot::Crashes { times: 10 });
    w.ada().says("/deploy staging v2").await;
    until(&mut w, &mut seen, "v2 → staging · Rolled back").await;
    assert_eq!(w.fly().updates(STAGING), [2, 2]);
    assert_eq!(seen.failed, Vec::<String>::new(), "{} asked", seen.asked);
}
