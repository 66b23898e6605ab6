//! From a signed slash command to its acknowledgement, durably committed first, against a bare axum handler that verifies
//! the signature and commits one row: `cargo bench --bench slack`.
//!
//! Both are programs of their own on one core, with a database on the same disk and of the same settings; who asks, the
//! stand-in for Slack and the simulated fly.io have the other core (without `taskset` that is left to the system, and said).
//! Commands come at a fixed rate, whether the one before was acknowledged or not, and times are taken from the moment at
//! which each was to be sent. Then as many as sixteen connections take; then forged ones come beside true ones.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its result and ends where it cannot go on"
)]

mod bare;
mod load;
mod program;
#[path = "../shared/mod.rs"]
mod shared;
#[path = "../../tests/it/world/slack/mod.rs"]
mod slack;
#[path = "../../tests/it/world/specs.rs"]
#[allow(unused_imports, dead_code, reason = "the tests use more of it")]
mod specs;

use std::net::SocketAddr;
use std::time::Duration;

use load::{Answered, Request};
use program::Program;
use shared::within;

/// Commands a second, and for how many seconds.
const RATES: [(u32, u32); 2] = [(50, 10), (200, 15)];

/// How many connections ask one thing after the other, and for how long.
const CONNECTIONS: usize = 16;
const SATURATED: Duration = Duration::from_secs(6);

/// Forged and true commands a second, and for how many seconds.
const FORGED: u32 = 5_000;
const TRUE: u32 = 50;
const FLOOD: u32 = 10;

fn main() {
    if let Some(database) = std::env::args().skip_while(|arg| arg != "bare").nth(1) {
        return bare::serve(&database);
    }
    shared::without_descriptions();
    let pinned = program::pins_itself();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(measure(pinned));
}

async fn measure(pinned: bool) {
    let shipgate = Program::shipgate(pinned).await;
    let bare = Program::bare(pinned).await;
    for program in [&shipgate, &bare] {
        answered(&load::open(program.address, 50, 3, Request::genuine).await);
    }
    println!(
        "{}; load before: {}",
        if pinned { "one core each" } else { "not on cores of their own" },
        program::load()
    );
    println!("{:>24}  {:>22}  {:>22}  {:>13}", "", "Shipgate p50 / p99 ms", "bare p50 / p99 ms", "ratio");
    for (rate, seconds) in RATES {
        let floor = load::open(bare.address, rate, seconds, Request::genuine).await;
        let own = load::open(shipgate.address, rate, seconds, Request::genuine).await;
        tell(&format!("{rate} a second"), &own, &floor);
    }
    let floor = saturate(bare.address).await;
    let own = saturate(shipgate.address).await;
    tell(&format!("{CONNECTIONS} connections"), &own, &floor);
    let [own, floor] = [&own, &floor].map(|all| rate(all));
    println!("{:>24}  {own:>20.0}/s  {floor:>20.0}/s  {:>12.2}x", "acknowledged", own / floor);
    flood(shipgate.address).await;
    let (acknowledged, committed) = (load::acknowledged(), shipgate.commands_committed().await);
    println!("acknowledged by Shipgate in all: {acknowledged}; committed: {committed}");
    assert!(committed >= acknowledged, "something was acknowledged that is not committed");
}

async fn saturate(address: SocketAddr) -> Vec<Answered> {
    let all = load::closed(address, CONNECTIONS, SATURATED, Request::genuine).await;
    answered(&all);
    all
}

/// Forged commands beside true ones.
async fn flood(address: SocketAddr) {
    let (forged, genuine) = tokio::join!(
        load::open(address, FORGED, FLOOD, Request::forged),
        load::open(address, TRUE, FLOOD, Request::genuine),
    );
    answered(&genuine);
    let refused = forged.iter().filter(|one| one.status == 401).count();
    let took = |share| within(genuine.iter().map(|one| one.took), share);
    println!(
        "{:>24}  {refused} of {} refused at {:.0}/s; true p50 / p99 ms {:.2} / {:.2}",
        format!("{FORGED} forged, {TRUE} true"),
        forged.len(),
        rate(&forged),
        took(50),
        took(99)
    );
    assert_eq!(refused, forged.len(), "a forged command was not refused");
}

/// All of them were acknowledged.
fn answered(all: &[Answered]) {
    let strange = all.iter().find(|one| one.status != 200);
    assert!(strange.is_none() && !all.is_empty(), "not acknowledged: {strange:?} of {}", all.len());
}

/// How many a second.
fn rate(all: &[Answered]) -> f64 {
    let ends = all.iter().map(|one| one.planned + one.took).max();
    let took = ends.zip(all.iter().map(|one| one.planned).min()).map_or(Duration::ZERO, |(end, begin)| end - begin);
    f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

fn tell(what: &str, own: &[Answered], floor: &[Answered]) {
    answered(own);
    answered(floor);
    let at = |all: &[Answered], share| within(all.iter().map(|one| one.took), share);
    let (own, floor) = ([50, 99].map(|share| at(own, share)), [50, 99].map(|share| at(floor, share)));
    println!(
        "{what:>24}  {:>10.2} / {:>9.2}  {:>10.2} / {:>9.2}  {:>5.2} / {:>5.2}",
        own[0],
        own[1],
        floor[0],
        floor[1],
        own[0] / floor[0],
        own[1] / floor[1]
    );
}
