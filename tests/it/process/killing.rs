//! `kill -9` of the real program at random moments of a rollout, with the simulated fly.io in another process: the next
//! start takes up at once what was under way, and changes no machine twice.
//!
//! Every moment comes from a seed. The seed of a failure is printed as a command that repeats it; `SHIPGATE_KILL_SEED`
//! has one seed tried alone.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::database::Database;
use super::run::{Fly, Home, apart};

/// How many moments are tried in a run of the tests, and how many of them side by side.
const MOMENTS: u64 = 50;
const ABREAST: usize = 5;

/// About how many lines the program writes from the request on until a rollout of two machines has ended.
const LINES: usize = 70;

/// Kills it after so many lines of its log from the request on, and starts it again.
async fn killed_at(seed: u64) {
    let lines = StdRng::seed_from_u64(seed).random_range(0..LINES);
    let (home, fly) = (Home::new(), Fly::start("20"));
    fly.stop_machines().await;
    let mut running = home.run(&fly.flaps);
    let id = running.deploy(&fly.image).await;
    for _ in 0..lines {
        if running.program.line("").contains("put down kind=\"roll_out\"") {
            break;
        }
    }
    assert_eq!(running.program.kill().code, 128 + 9);

    let mut running = home.run(&fly.flaps);
    let database = Database::at(&home);
    while database.count("effects WHERE kind IN ('look', 'roll_out', 'restore')").await > 0 {
        running.program.line("put down kind=");
    }
    let deployment = running.deployment(&id).await;
    assert_eq!((&deployment["phase"], &deployment["outcome"]), (&"closed".into(), &"succeeded".into()), "{deployment}");
    running.program.stop("TERM").with(0);
    fly.was_updated_once().await;
    home.shipgate(&["audit", "verify"]).ended().with(0);
}

#[test]
#[expect(clippy::print_stdout, reason = "whoever reads a failure wants to repeat it")]
fn a_rollout_that_is_killed_at_any_moment_is_taken_up_at_once() {
    #[expect(clippy::disallowed_methods, reason = "a failure is repeated by its seed")]
    let only = std::env::var("SHIPGATE_KILL_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let seeds: Vec<u64> = only.map_or_else(|| (0..MOMENTS).collect(), |seed| vec![seed]);
    for some in seeds.chunks(ABREAST) {
        let runs: Vec<_> = some
            .iter()
            .map(|seed| {
                (
                    *seed,
                    apart({
                        let seed = *seed;
                        move || killed_at(seed)
                    }),
                )
            })
            .collect();
        for (seed, run) in runs {
            if let Err(panic) = run.join() {
                println!("SHIPGATE_KILL_SEED={seed} cargo nextest run -E 'test(a_rollout_that_is_killed)'");
                std::panic::resume_unwind(panic);
            }
        }
    }
}
