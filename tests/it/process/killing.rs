//! `kill -9` of the real program at random moments of several stories, with the simulated fly.io in another process: the
//! next start takes up at once what was under way, and changes no machine twice by one rollout.
//!
//! Story and moment come from a seed. The seed of a failure is printed as a command that repeats it; `SHIPGATE_KILL_SEED`
//! has one seed tried alone.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;

use super::run::{Fly, Home, Running, apart};
use crate::world::process::Ended;

/// How many moments are tried in a run of the tests, and how many of them side by side.
const MOMENTS: u64 = 50;
const ABREAST: usize = 5;
/// At how many of them at least a target must be at work.
const AT_WORK: usize = 25;

/// What the machines go through.
struct Story {
    /// How machines are replaced.
    strategy: &'static str,
    /// What staging has beside its target; `FLY` is the address of the simulator.
    staging: &'static str,
    /// Whether the first machine runs; the others lie still, and need no watching after their update.
    boots: bool,
    approved: bool,
    outcome: &'static str,
    /// The target's work, in its order: moments are counted from the beginning of each, or from the request on.
    works: &'static [&'static str],
}

/// A rollout that nothing stands in the way of.
const PLAIN: Story = Story {
    strategy: "rolling",
    staging: "",
    boots: false,
    approved: false,
    outcome: "succeeded",
    works: &["roll_out"],
};

/// The same with a machine that boots with the release and is watched for a while.
const BOOTS: Story = Story { boots: true, ..PLAIN };

/// One that somebody has to say yes to.
const APPROVED: Story = Story {
    staging: r#"
[[apps.environments.before]]
name     = "approval"
approval = { from = "releasers", count = 1, not_requester = true, expires = "20m" }
"#,
    approved: true,
    ..PLAIN
};

/// One whose gate fails: the simulator has no such page.
const BAD_GATE: Story = Story {
    staging: r#"
[[apps.environments.after]]
name   = "health"
check  = { kind = "http", url = "FLY/nowhere", status = 200 }
times  = 1
every  = "1s"
within = "1s"
"#,
    outcome: "rolled_back",
    works: &["roll_out", "restore"],
    ..PLAIN
};

/// One that turns bad under the watch.
const BAD_WATCH: Story = Story {
    staging: r#"
[apps.environments.watch]
for          = "5m"
inconclusive = { ask = "releasers", within = "30m", otherwise = "keep" }

[[apps.environments.watch.rules]]
name  = "health"
check = { kind = "http", url = "FLY/nowhere", status = 200 }
every = "1s"
fails = 1
"#,
    outcome: "rolled_back",
    works: &["roll_out", "restore"],
    ..PLAIN
};

/// New machines that take over, and stay; and some that do not.
const BLUEGREEN: Story = Story { strategy: "bluegreen", ..PLAIN };
const BAD_BLUEGREEN: Story = Story { strategy: "bluegreen", ..BAD_GATE };

/// An extra machine that tries the release.
const CANARY: Story = Story { strategy: "canary", ..BOOTS };

/// The stories that seeds choose from. Those that take long are not told as often.
const STORIES: [Story; 12] = [
    PLAIN,
    APPROVED,
    APPROVED,
    BAD_GATE,
    BAD_GATE,
    BAD_WATCH,
    BAD_WATCH,
    BOOTS,
    BLUEGREEN,
    BAD_BLUEGREEN,
    BAD_BLUEGREEN,
    CANARY,
];

/// About how many lines the program writes while a target works on two machines.
const LINES: usize = 40;

/// Tells a story up to a moment, kills the program there and starts it again; whether a target was at work.
async fn killed_at(seed: u64) -> bool {
    let mut random = StdRng::seed_from_u64(seed);
    let story = &STORIES[random.random_range(0..STORIES.len())];
    let work = random.random_range(0..=story.works.len()).checked_sub(1).map(|n| story.works[n]);
    let lines = random.random_range(0..LINES);

    // Whoever judges how long a machine has been up goes by the same clock as the machine.
    let (home, fly) = (Home::new(), Fly::start(if story.boots { "1" } else { "20" }));
    home.staging_has_by(story.strategy, &story.staging.replace("FLY", &fly.flaps));
    fly.stop_machines(usize::from(story.boots)).await;
    let mut running = home.run(&fly.flaps);
    let id = running.deploy(&fly.image).await;
    if let Some(work) = work {
        approve(&mut running, &id, story).await;
        running.program.line(&format!("taken on kind=\"{work}\""));
    }
    let last = if story.approved && work.is_none() { "look" } else { story.works[story.works.len() - 1] };
    for _ in 0..lines {
        if running.program.line("").contains(&format!("put down kind=\"{last}\"")) {
            break;
        }
    }
    let killed = running.program.kill();
    assert_eq!(killed.code, 128 + 9);

    let mut running = home.run(&fly.flaps);
    approve(&mut running, &id, story).await;
    until(&mut running, &id, &["closed"]).await;
    let deployment = running.deployment(&id).await;
    assert_eq!(deployment["outcome"], story.outcome, "{deployment}");
    running.program.stop("TERM").with(0);
    let updates = if story.strategy == "bluegreen" { 0 } else { story.works.len() };
    fly.ends(story.outcome == "succeeded", updates).await;
    home.shipgate(&["audit", "verify"]).ended().with(0);
    is_at_work(&killed)
}

/// Bob says yes, where it waits for him.
async fn approve(running: &mut Running, id: &str, story: &Story) {
    if !story.approved || until(running, id, &["entering", "rolling_out", "closed"]).await != "entering" {
        return;
    }
    let actions = format!("/api/v1/deployments/{id}/actions");
    let (status, deployment) = running.bob_posts(&actions, json!({ "action": "approve", "gate": "approval" })).await;
    assert_eq!(status, 200, "{deployment}");
}

/// Goes on until the deployment is in one of these phases. What leads there is put down before or after it is asked for.
async fn until(running: &mut Running, id: &str, phases: &[&str]) -> String {
    loop {
        let phase = running.deployment(id).await["phase"].as_str().expect("a phase").to_owned();
        if phases.contains(&phase.as_str()) {
            return phase;
        }
        running.program.line("put down kind=");
    }
}

/// Whether a target had been taken on that was not put down.
fn is_at_work(killed: &Ended) -> bool {
    let times = |what: &str, kind: &str| killed.err.matches(&format!("{what} kind=\"{kind}\"")).count();
    ["roll_out", "restore"].iter().any(|kind| times("taken on", kind) > times("put down", kind))
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever reads a failure wants to repeat it")]
fn what_is_killed_at_any_moment_is_taken_up_at_once() {
    #[expect(clippy::disallowed_methods, reason = "a failure is repeated by its seed")]
    let only = std::env::var("SHIPGATE_KILL_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds = only.map_or(0..MOMENTS, |seed| seed..seed + 1);
    let (next, at_work) = (AtomicU64::new(seeds.start), AtomicUsize::new(0));
    let tell_some = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return;
            }
            match apart(move || killed_at(seed)).join() {
                Ok(was) => drop(at_work.fetch_add(usize::from(was), Ordering::Relaxed)),
                Err(panic) => {
                    let test = "what_is_killed_at_any_moment_is_taken_up_at_once";
                    println!("SHIPGATE_KILL_SEED={seed} cargo test --test it {test}");
                    std::panic::resume_unwind(panic);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..ABREAST {
            scope.spawn(tell_some);
        }
    });
    let at_work = at_work.into_inner();
    assert!(only.is_some() || at_work >= AT_WORK, "only {at_work} of {MOMENTS} were killed while a target worked");
}
