//! A look: what is said of machines that nobody waits for.

use shipgate::domain::{Condition, FoundMachine};
use shipgate::sim::{Boot, Seed, http_check};
use shipgate::targets::{Stage, Stop};

use super::stage::{Play, failed};

async fn look(play: &Play) -> Vec<FoundMachine> {
    play.until(play.target.look(&[])).await.unwrap().machines
}

fn conditions(machines: &[FoundMachine]) -> Vec<Condition> {
    machines.iter().map(|m| m.condition).collect()
}

#[tokio::test]
async fn what_runs_is_as_it_should_be_and_so_is_what_was_stopped_before_and_after() {
    let play = Play::of(2, &http_check(), |config| {
        let first = &mut config.apps[0].machines[0];
        *first = Seed { running: false, ..first.clone() };
    })
    .await;
    assert_eq!(conditions(&look(&play).await), [Condition::Sound; 2]);
    play.roll_out(1, "v2").await.unwrap();
    let machines = look(&play).await;
    assert!(machines.iter().any(|m| m.state == "stopped"));
    assert_eq!(conditions(&machines), [Condition::Sound; 2]);
}

#[tokio::test]
async fn a_machine_that_did_not_boot_or_left_by_itself_is_not_as_it_should_be() {
    for boot in [Boot::Fails, Boot::Crashes { times: 10 }] {
        let play = Play::with(1).await;
        play.sim.faults().next_boot(&play.machines()[0].id, boot);
        failed(play.roll_out(1, "v2").await);
        let machines = look(&play).await;
        assert_eq!(conditions(&machines), [Condition::Unsound], "{machines:?}");
    }
}

#[tokio::test]
async fn a_machine_whose_checks_do_not_pass_in_time_is_not_as_it_should_be() {
    let play = Play::of(1, &http_check(), |_| {}).await;
    failed(play.roll_out(1, "v3-broken").await);
    let machines = look(&play).await;
    assert_eq!((machines[0].state.as_str(), machines[0].condition), ("started", Condition::Unsound));
}

#[tokio::test]
async fn a_machine_that_boots_still_is_on_its_way() {
    let play = Play::with(1).await;
    play.journal.cancel_at(Stage::Starting, &play.cancel);
    assert_eq!(play.roll_out(1, "v2").await, Err(Stop::Cancelled));
    assert_eq!(conditions(&look(&play).await), [Condition::Moving]);
}
