//! The strategies that make machines, as people meet them: what the card says on the way and at the end.

use insta::assert_snapshot;
use shipgate::clock::Span;
use shipgate::sim::{Boot, Reports, demo_releases};

use crate::world::World;
use crate::world::setup::{HEALTH, STAGING, Setup, WATCH, minutes};

/// Staging replaces its two machines so.
fn by(strategy: &str) -> Setup {
    let mut setup = Setup::production(HEALTH).machines(2, 1);
    let app = "app = \"hello-staging\"";
    setup.config = setup.config.replace(app, &format!("{app}, strategy = \"{strategy}\""));
    setup
}

/// The same with a watch.
fn watched(strategy: &str) -> Setup {
    let mut setup = by(strategy);
    let production = "\n[[apps.environments]]\nname   = \"production\"";
    setup.config = setup.config.replace(production, &format!("{WATCH}{production}"));
    setup
}

const AS_BEFORE: [&str; 2] = ["v1 started in", "v1 started in"];
const REPLACED: [&str; 4] = ["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started in"];

fn image(version: &str) -> String {
    demo_releases().into_iter().find(|release| release.version == version).expect("a version of the demo").image
}

#[tokio::test]
async fn new_machines_stand_beside_the_old_ones_until_all_are_well() {
    let mut w = World::of(by("bluegreen")).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the second new machine", |w| w.fly().machines(STAGING).len() == 4).await;
    w.pass(Span::seconds(2)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ New machines with v2 are started beside those with v1. Once all are well, they take over together.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ⏳ 61992bff87e0c9  stays until another machine has taken over
    │ ⏳ 8430318e2cd164  stays until another machine has taken over
    │ ⏳ c6be55865058d7  its turn has not come · in place of 61992bff87e0c9
    │ ▶  c8635ced6af966  v2, waiting for its own health checks · in place of 8430318e2cd164
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until_it("the first one to leave", |w| w.fly().stand(STAGING).iter().any(|m| m.contains("retired"))).await;
    w.pass(Span::seconds(4)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ New machines with v2 are started beside those with v1. Once all are well, they take over together.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ████████████████████ 2 of 2 run the new release
    │ ✅ 61992bff87e0c9  out of rotation, kept until the next deployment
    │ ✅ 8430318e2cd164  out of rotation, kept until the next deployment
    │ ✅ c6be55865058d7  runs v2, verified · in place of 61992bff87e0c9
    │ ✅ c8635ced6af966  runs v2, verified · in place of 8430318e2cd164
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().stand(STAGING), REPLACED);
    let plan = w.ada().says("/plan staging v4-late").await;
    assert!(plan.contains("strategy bluegreen") && plan.contains("2 machines"), "{plan}");
    w.ada().says("/deploy staging v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    assert_eq!(
        w.fly().stand(STAGING),
        ["v2 stopped out retired", "v2 stopped out retired", "v4-late started in", "v4-late started in"]
    );
    w.ada().says("/rollback staging").await;
    w.until("back to v2 in staging · Succeeded").await;
    assert_eq!(w.fly().stand(STAGING)[2..], ["v4-late stopped out retired", "v4-late stopped out retired"]);
}

#[tokio::test]
async fn the_old_machines_come_back_from_the_watch() {
    let mut w = World::of(watched("bluegreen")).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Watching").await;
    let begun = w.clock_says();
    w.ada().says("/abort").await;
    w.until_it("an old machine in its place", |w| w.fly().stand(STAGING).contains(&"v1 started in".to_owned())).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling back
    │ staging goes back to v1. Nothing to do; this card says when it is there.
    │ ada stopped it.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ✅ health          passed · 2 of 2 in a row · http://hello-staging/health answered 200 in 0 ms.
    │
    │ Machines
    │ ██████████░░░░░░░░░░ 1 of 2 put back
    │ ▶  61992bff87e0c9  being put back to v1
    │ ✅ 8430318e2cd164  runs v1 again, verified
    │ ⏳ c6be55865058d7  stays until another machine has taken over
    │ ⏳ c8635ced6af966  stays until another machine has taken over
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → staging · Rolled back").await;
    assert_eq!(w.fly().stand(STAGING), AS_BEFORE);
    assert!(w.clock_says().1 - begun.1 <= 1, "within the minute");
}

#[tokio::test]
async fn new_machines_that_do_not_boot_touch_nothing() {
    let mut w = World::of(by("bluegreen")).await;
    w.fly().faults().image_boots(&image("v2"), Boot::Fails);
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Failed").await;
    let card = w.card("v2 → staging");
    for part in ["Nothing was touched: staging runs what it ran before.", "did not boot: it is `failed`"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert_eq!(w.fly().stand(STAGING), AS_BEFORE);
}

#[tokio::test]
async fn a_halt_stops_new_machines_before_they_take_over() {
    let mut w = World::of(by("bluegreen")).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the second new machine", |w| w.fly().machines(STAGING).len() == 4).await;
    w.bob().says("/halt the payment provider is down").await;
    w.until("v2 → staging · Halted half-way").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Halted half-way
    │ The rollout of v2 was halted before its machines took over; v1 still runs everywhere. It goes on
    │ by itself when the halt ends; Roll back works now too.
    │ Release               v2 · commit d7c2c805b · in place of v1
    │ Requested             by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │ Everything is halted  by bob: the payment provider is down
    │
    │ After the rollout
    │ ⏳ health             2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ⏳ 61992bff87e0c9     stays until another machine has taken over
    │ ⏳ 8430318e2cd164     stays until another machine has taken over
    │ ⏳ c6be55865058d7     its turn has not come · in place of 61992bff87e0c9
    │ ⏳ c8635ced6af966     its turn has not come · in place of 8430318e2cd164
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    assert_eq!(w.fly().stand(STAGING)[..2], AS_BEFORE);
    w.bob().says("/resume").await;
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().stand(STAGING), REPLACED);
}

#[tokio::test]
async fn an_extra_machine_tries_the_release_and_the_others_follow() {
    let mut w = World::of(by("canary")).await;
    w.ada().says("/deploy staging v2").await;
    w.until_it("the canary in rotation", |w| w.fly().stand(STAGING).contains(&"v2 started in temporary".to_owned()))
        .await;
    w.pass(Span::seconds(2)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ An extra machine tries v2 first. If it is well, v2 takes the place of v1, machine by machine.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ⏳ 61992bff87e0c9  its turn has not come
    │ ▶  c6be55865058d7  tries v2 first · the canary: clients reach it now
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until_it("the first machine", |w| w.fly().updates(STAGING).contains(&1)).await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Rolling out
    │ An extra machine tries v2 first. If it is well, v2 takes the place of v1, machine by machine.
    │ Release            v2 · commit d7c2c805b · in place of v1
    │ Requested          by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    │
    │ After the rollout
    │ ⏳ health          2 in a row, within 40 s
    │
    │ Machines
    │ ░░░░░░░░░░░░░░░░░░░░ 0 of 2 run the new release
    │ ▶  61992bff87e0c9  starting with v2
    │ ✅ c6be55865058d7  removed · the canary: it was well
    │ ⏳ 8430318e2cd164  its turn has not come
    │
    │ [Roll back]
    │ Type /press Roll back
    └ requested by ada · #········ · ledger ········
    ");
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.fly().stand(STAGING), ["v2 started in", "v2 started in"]);
}

#[tokio::test]
async fn an_extra_machine_that_is_sick_with_requests_keeps_all_others_from_the_release() {
    let mut w = World::of(by("canary")).await;
    w.ada().says("/deploy staging v2").await;
    let reached = |w: &World| w.fly().machines(STAGING).into_iter().find(|m| m.version == "v2" && !m.cordoned);
    w.until_it("the canary in rotation", |w| reached(w).is_some()).await;
    w.fly().faults().checks(&reached(&w).expect("a canary").id, Reports::Failing);
    w.until("v2 → staging · Failed").await;
    assert_snapshot!(w.card("v2 → staging"), @"
    ┌ hello v2 → staging · Failed
    │ Nothing was touched: staging runs what it ran before.
    │ The rollout failed: The canary was not well, so no other machine got the release. These checks of
    │ machine `c6be55865058d7` do not pass: servicecheck-00-tcp-8080. The first says: `500 Internal
    │ Server Error`.
    │ Put right what is said above, then ask for it again.
    │ Release    v2 · commit d7c2c805b · in place of v1
    │ Requested  by ada at ··:·· Mon 23 Nov, Asia/Tokyo
    └ requested by ada · #········ · ledger ········
    ");
    w.pass(minutes(1)).await;
    assert_eq!((w.fly().stand(STAGING), w.fly().machines(STAGING).len()), (AS_BEFORE.map(str::to_owned).to_vec(), 2));
}

#[tokio::test]
async fn a_canary_is_taken_back_with_the_machines_that_followed_it() {
    let mut w = World::of(watched("canary")).await;
    w.ada().says("/deploy staging v2").await;
    w.until("v2 → staging · Watching").await;
    w.ada().says("/abort").await;
    w.until("v2 → staging · Rolled back").await;
    assert_eq!((w.fly().stand(STAGING), w.fly().updates(STAGING)), (AS_BEFORE.map(str::to_owned).to_vec(), vec![2, 2]));
}
