//! What goes wrong with single calls: answers that are lost before or after the effect, bursts of bad gateways, rate
//! limits. Each call that changes something is made in each of these tests, and each fault is met.

use shipgate::domain::{Ended, Span};
use shipgate::sim::{Action, Boot, Fault, On, When};
use shipgate::targets::{Stop, Trouble};

use super::stage::{APP, Play, failed, stopped};

#[tokio::test]
async fn a_burst_of_bad_gateways_on_every_call_is_got_through() {
    let play = Play::with(2).await;
    let bad = || Fault::Answer { status: 502, body: String::new() };
    let met = std::cell::Cell::new(0);
    let bursts = async {
        loop {
            play.sim.faults().next(2, On::default(), When::Before, bad());
            play.sim.faults().next(1, On::default(), When::After, Fault::error(503, "unavailable"));
            let end = play.sim.calls().len() + 12;
            while play.sim.calls().len() < end {
                tokio::task::yield_now().await;
            }
            play.met_all();
            met.set(met.get() + 1);
        }
    };
    let done = async {
        for _ in 0..20 {
            if let Ok(ended) = play.roll_out(1, "v2").await {
                return ended;
            }
        }
        panic!("it never came to an end");
    };
    let ended = tokio::select! { ended = done => ended, () = bursts => unreachable!() };
    assert_eq!(ended, Ended::Done);
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 2], vec![1, 1]));
    assert!(met.get() >= 3, "it met {} bursts", met.get());
    play.sim.faults().clear();
    play.pass(Span::seconds(15)).await;
    play.holds_no_lease();
}

/// Every call of the target that changes something.
const CHANGES: [Action; 7] = [
    Action::LeaseAcquire,
    Action::LeaseRelease,
    Action::MachineUpdate,
    Action::MachineStart,
    Action::MachineCordon,
    Action::MachineUncordon,
    Action::MetadataUpdate,
];

/// Goes there and back with every call of [`CHANGES`] made on the way, and those for this action going wrong: the first
/// machine is out of rotation and is put there again, the second one is put back into it, and the third one leaves by
/// itself and is started again.
async fn there_and_back(action: Action, when: When, fault: &Fault) {
    let play = Play::with(3).await;
    let [first, second, third] = [0, 1, 2].map(|n| play.machines()[n].id.clone());
    play.wire.post(APP, &first, "cordon").await;
    play.sim.faults().next_boot(&third, Boot::Leaves { after: Span::seconds(4) });
    // What is known to have started is not started again.
    let times = if (action, when) == (Action::MachineStart, When::After) { 1 } else { 2 };
    let goes_wrong = || play.sim.faults().next(times, On::action(action), when, fault.clone());
    let others_call_it = matches!(action, Action::MachineCordon | Action::MachineUncordon);
    if !others_call_it {
        goes_wrong();
    }
    let (note, _) = failed(until_it_ends(&play).await);
    assert_eq!(note.key, "fly-stopped-unexpectedly", "{action:?}");
    play.wire.post(APP, &first, "uncordon").await;
    play.wire.post(APP, &second, "cordon").await;
    if others_call_it {
        goes_wrong();
    }
    assert_eq!(play.restore(2, "v2").await, Ok(Ended::Done), "{action:?}");
    assert_eq!(play.sim.faults().clear(), 0, "{action:?} met its faults");
    assert_eq!((play.versions(), play.updates()), (vec!["v1".to_owned(); 3], vec![2; 3]), "{action:?}");
    assert!(play.machines().iter().all(|machine| machine.state == "started"), "{action:?}");
    assert_eq!(play.machines().iter().map(|machine| machine.cordoned).collect::<Vec<_>>(), [true, false, false]);
    play.pass(Span::seconds(15)).await;
    play.holds_no_lease();
}

/// As the runner does it: what passes is tried again.
async fn until_it_ends(play: &Play) -> Result<Ended, Stop> {
    for _ in 0..5 {
        match play.roll_out(1, "v2").await {
            Err(Stop::Trouble(Trouble { again: true, .. })) => {}
            ended => return ended,
        }
    }
    panic!("it never came to an end");
}

#[tokio::test]
async fn effects_that_are_answered_408_are_had_once() {
    for action in CHANGES {
        there_and_back(action, When::After, &Fault::error(408, "deadline_exceeded")).await;
    }
}

#[tokio::test]
async fn what_is_answered_408_and_had_no_effect_is_done_again() {
    for action in CHANGES {
        there_and_back(action, When::Before, &Fault::error(408, "deadline_exceeded")).await;
    }
}

#[tokio::test]
async fn calls_that_meet_the_rate_limits_are_made_again_and_have_their_effect_once() {
    let readings = [Action::MachinesList, Action::MachineGet, Action::MachineWait];
    for action in CHANGES.into_iter().chain(readings) {
        there_and_back(action, When::Before, &Fault::error(429, "rate limit exceeded")).await;
    }
}

#[tokio::test]
async fn two_programs_that_count_the_rate_limits_alone_update_nothing_twice() {
    let play = Play::with(3).await;
    let rival = super::stage::target(&play.clock, &play.wire.url, shipgate::sim::DEMO_TOKEN, APP).unwrap();
    let (order, cancel) = (super::stage::order(1, "v2"), tokio_util::sync::CancellationToken::new());
    let again = async {
        // As its runner does it: trouble is tried again.
        for _ in 0..9 {
            if let Ok(ended) = rival.roll_out(&order, &play.journal, &cancel).await {
                return ended;
            }
        }
        panic!("it never came to an end");
    };
    // Whoever ends first leaves the hands of the clock to the other.
    let both = async { tokio::join!(play.roll_out(1, "v2"), again) };
    let (one, other) = play.until(both).await;
    assert_eq!(other, Ended::Done);
    assert!(one.is_ok() || stopped(one).again);
    assert_eq!((play.versions(), play.updates()), (vec!["v2".to_owned(); 3], vec![1; 3]));
    play.pass(Span::seconds(15)).await;
    play.holds_no_lease();
}

#[tokio::test]
async fn a_lease_whose_release_meets_the_rate_limit_is_let_go_of_all_the_same() {
    let play = Play::with(1).await;
    play.sim.faults().next(1, On::action(Action::LeaseRelease), When::Before, Fault::error(429, "rate limit exceeded"));
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    play.met_all();
    play.holds_no_lease();
}
