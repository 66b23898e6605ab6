//! The strategies that make machines, killed at each of their calls and at each thing that they write down: whatever the
//! moment, the same attempt finishes what was begun, and a later one takes it all back. Nothing is lost, doubled or left.

use shipgate::domain::{Ended, Span};
use shipgate::targets::Stop;
use tokio_util::sync::CancellationToken;

use super::stage::{Play, order};

/// Where it is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    /// When this call is on its way.
    Call(usize),
    /// When so much was written down.
    Writing(usize),
}

impl At {
    fn is_reached(self, play: &Play) -> bool {
        match self {
            Self::Call(n) => play.wire.lines().len() >= n,
            Self::Writing(n) => play.journal.written() >= n,
        }
    }
}

/// What comes after.
#[derive(Clone, Copy, Debug)]
enum Then {
    GoesOn,
    GoesBack,
}

/// As the runner does it: what passes is tried again.
async fn to_its_end(play: &Play, then: Then) -> Ended {
    for _ in 0..9 {
        let ended = match then {
            Then::GoesOn => play.roll_out(1, "v2").await,
            Then::GoesBack => play.restore(2, "v2").await,
        };
        match ended {
            Ok(ended) => return ended,
            Err(Stop::Trouble(trouble)) if trouble.again => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("it never came to an end");
}

fn ends(strategy: &str, then: Then) -> Vec<String> {
    let ends: &[&str] = match (strategy, then) {
        (_, Then::GoesBack) => &["v1 started in", "v1 started in"],
        ("canary", _) => &["v2 started in", "v2 started in"],
        _ => &["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started in"],
    };
    ends.iter().map(|one| (*one).to_owned()).collect()
}

/// Kills a rollout there; what comes after brings it to its end.
async fn killed(strategy: &str, at: At, then: Then) {
    let play = Play::with(2).await.by(strategy);
    let ids = play.ids_of("v1");
    let died = play.dies_when(play.roll_out(1, "v2"), || at.is_reached(&play)).await;
    assert_eq!(died, None, "{strategy} {at:?}");
    // Another program has other connections, and knows nothing of how often was called.
    let play = play.by(strategy);
    assert_eq!(to_its_end(&play, then).await, Ended::Done, "{strategy} {at:?} {then:?}");
    play.pass(Span::seconds(20)).await;
    assert_eq!(play.stand(), ends(strategy, then), "{strategy} {at:?} {then:?}");
    assert!(ids.iter().all(|id| play.machines().iter().any(|m| m.id == *id)), "{strategy} {at:?} {then:?}");
    play.holds_no_lease();
}

/// Every moment of an undisturbed rollout.
async fn moments(strategy: &str) -> Vec<At> {
    let play = Play::with(2).await.by(strategy);
    assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
    let (calls, writings) = (play.wire.lines().len(), play.journal.written());
    assert!(calls > 60 && writings > 20, "{calls} calls, {writings} writings");
    // How often is waited and looked hangs on pauses, which are never twice the same: the last few may not come.
    (1..calls - 8).map(At::Call).chain((1..writings).map(At::Writing)).collect()
}

async fn sweep(strategy: &str, then: Then, part: usize) {
    for at in moments(strategy).await.into_iter().skip(part).step_by(PARTS) {
        killed(strategy, at, then).await;
    }
}

const PARTS: usize = 3;

/// The parts of a sweep, as tests of their own.
macro_rules! killed_anywhere {
    ($name:ident, $strategy:expr, $then:expr) => {
        mod $name {
            #[tokio::test]
            async fn wherever_it_is_killed_1() {
                super::sweep($strategy, $then, 0).await;
            }

            #[tokio::test]
            async fn wherever_it_is_killed_2() {
                super::sweep($strategy, $then, 1).await;
            }

            #[tokio::test]
            async fn wherever_it_is_killed_3() {
                super::sweep($strategy, $then, 2).await;
            }
        }
    };
}

killed_anywhere!(a_canary_is_gone_on_with, "canary", super::Then::GoesOn);
killed_anywhere!(a_canary_is_taken_back, "canary", super::Then::GoesBack);
killed_anywhere!(a_bluegreen_rollout_is_gone_on_with, "bluegreen", super::Then::GoesOn);
killed_anywhere!(a_bluegreen_rollout_is_taken_back, "bluegreen", super::Then::GoesBack);

async fn back_and_killed(strategy: &str) {
    let order = order(2, "v2");
    let mut nth = 1;
    loop {
        let play = Play::with(2).await.by(strategy);
        assert_eq!(play.roll_out(1, "v2").await, Ok(Ended::Done));
        let begun = play.wire.lines().len();
        let cancel = CancellationToken::new();
        let work = play.until(play.target.restore(&order, &play.journal, &cancel));
        let died = play.dies_when(work, || play.wire.lines().len() >= begun + nth).await;
        let play = play.by(strategy);
        assert_eq!(to_its_end(&play, Then::GoesBack).await, Ended::Done, "{strategy} {nth}");
        play.pass(Span::seconds(20)).await;
        assert_eq!(play.stand(), ends(strategy, Then::GoesBack), "{strategy} {nth}");
        play.holds_no_lease();
        if died.is_some() {
            assert!(nth > 20, "{strategy} ended after {nth} calls");
            return;
        }
        nth += 1;
    }
}

#[tokio::test]
async fn going_back_after_a_canary_may_be_killed_at_every_call() {
    back_and_killed("canary").await;
}

#[tokio::test]
async fn going_back_from_bluegreen_may_be_killed_at_every_call() {
    back_and_killed("bluegreen").await;
}
