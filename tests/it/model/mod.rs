//! A model check: stateright explores what can become of a small plan when people, the clock, crashes and the outside do
//! their worst in every order. The core in it is `domain::step` itself; modelled is what is round it. Then parts are
//! taken away from the model, and it must notice.

mod acts;
mod asking;
mod core;
mod invariants;
mod machines;
mod pool;
mod setup;
mod shell;
mod sight;

use std::collections::BTreeSet;
use std::sync::Arc;

use stateright::{Checker as _, HasDiscoveries, Model, Property};

use self::core::Core;
use acts::Act;
use shell::{Bounds, Without, World};
use sight::Kinds;

impl Kinds {
    fn is_targets(self) -> bool {
        matches!(self, Self::RollOut | Self::Restore)
    }
}

/// What is explored.
#[derive(Clone)]
struct Exploration {
    core: Arc<Core>,
    bounds: Bounds,
    without: Without,
    /// Whether v2 is proven in staging already.
    proven: bool,
}

impl Model for Exploration {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let begin = if self.proven { World::begin_proven } else { World::begin };
        vec![begin(&self.core, self.bounds)]
    }

    fn actions(&self, state: &World, acts: &mut Vec<Act>) {
        state.acts(self.without, acts);
    }

    fn next_state(&self, state: &World, act: Act) -> Option<World> {
        state.after(&self.core, self.without, act)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::properties()
    }
}

/// From nothing, and from v2 proven in staging: people, a crash and the clock in every order; then trouble in place of a
/// crash; then a third word, by which both environments change at once; then with words that stop everything and let it
/// go on, and with a crash among them. Each is explored to its end.
fn explorations(without: Without) -> Vec<Exploration> {
    let bounds = |words, deaths, troubles, ticks| Bounds { words, deaths, troubles, ticks, halts: false };
    // What it was asked in one, it knows in the next.
    let core = Arc::new(Core::new());
    [
        (true, bounds(2, 1, 0, 1)),
        (false, bounds(2, 1, 0, 1)),
        (true, bounds(2, 0, 1, 1)),
        (false, bounds(2, 0, 1, 2)),
        (true, bounds(3, 0, 0, 1)),
        (false, Bounds { halts: true, ..bounds(3, 0, 0, 1) }),
        (false, Bounds { halts: true, ..bounds(2, 1, 0, 0) }),
    ]
    .map(|(proven, bounds)| Exploration { core: Arc::clone(&core), bounds, without, proven })
    .into()
}

/// What was broken first, and how it came to that.
fn broken(without: Without) -> String {
    let halts = without == Without::Halt;
    for exploration in explorations(without).into_iter().filter(|exploration| exploration.bounds.halts == halts) {
        let checker = exploration.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
        let fails = |name: &str| name.starts_with(char::is_numeric);
        if let Some((name, path)) = checker.discoveries().into_iter().find(|(name, _)| fails(name)) {
            return format!("{name}: {:?}", path.into_actions());
        }
    }
    "nothing".to_owned()
}

#[test]
fn every_invariant_holds_in_a_million_states() {
    let (mut states, mut missing): (usize, BTreeSet<&str>) = (0, invariants::sometimes().collect());
    for exploration in explorations(Without::Nothing) {
        let bounds = exploration.bounds;
        let checker = exploration.checker().threads(2).spawn_dfs().join();
        assert!(checker.is_done(), "{bounds:?}");
        for (name, path) in checker.discoveries() {
            assert!(missing.remove(name) || !name.starts_with(char::is_numeric), "{name}: {:#?}", path.into_actions());
        }
        states += checker.unique_state_count();
    }
    assert_eq!(missing, BTreeSet::new(), "never reached");
    assert!(states >= 1_000_000, "only {states} states");
}

#[test]
fn without_the_fence_what_has_ended_goes_on() {
    let broken = broken(Without::Fence);
    assert!(broken.starts_with("4 ") || broken.starts_with("8 "), "{broken}");
}

#[test]
fn without_the_lane_two_work_at_once() {
    let broken = broken(Without::Lane);
    assert!(broken.starts_with("1 "), "{broken}");
}

#[test]
fn without_the_cancellation_an_older_attempt_is_made_still() {
    let broken = broken(Without::Cancellation);
    assert!(broken.starts_with("1 "), "{broken}");
}

#[test]
fn without_the_one_commit_a_result_and_its_effect_part() {
    let broken = broken(Without::OneCommit);
    assert!(!broken.starts_with("nothing"), "{broken}");
}

#[test]
fn without_the_journals_word_a_rollout_passes_a_halt() {
    let broken = broken(Without::Halt);
    assert!(broken.starts_with("9 "), "{broken}");
}

#[test]
fn without_its_attempt_a_look_is_believed_that_is_too_old() {
    let broken = broken(Without::LooksAttempt);
    assert!(broken.starts_with("4 "), "{broken}");
}

#[test]
fn without_waiting_its_turn_a_look_sees_what_is_still_being_changed() {
    let broken = broken(Without::LooksTurn);
    assert!(broken.starts_with("4 "), "{broken}");
}
