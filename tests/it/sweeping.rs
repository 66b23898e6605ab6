//! The crash sweep: a story is told once, and the boundaries that the program passes are counted; then it is told again
//! for every one of them, and the program is killed there and started again on the same file. Whatever the moment, the
//! story has the same end: the same card, each machine updated once by each attempt, none left over or doubled, no lease
//! left, every stamp raised, the same words to people. Then every effect of it is performed twice.
//!
//! The stories are told in an environment that has none before it: what it takes to get that far is no part of them. Each
//! is swept in four parts, which can run side by side.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use shipgate::clock::{Clock as _, Span};
use shipgate::sim::Limits;

use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, WATCH, minutes, seconds};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

/// A story in production, and its end.
struct Tale {
    version: &'static str,
    /// The gates and the watch of production.
    production: String,
    approved: bool,
    /// What the card says at the end.
    end: &'static str,
    /// How machines are replaced.
    strategy: &'static str,
    /// How the machines stand at the end.
    left: &'static [&'static str],
    updates: usize,
    /// How often a target was told to do something.
    attempts: &'static str,
    /// The effects that it takes, besides looks, cards and words to people.
    effects: &'static [&'static str],
    /// Whether calls are limited as fly.io says.
    limited: bool,
    /// Of how many moments one is tried: the target alone is killed at all of its own in `tests/it/fly/crashing.rs`.
    one_of: usize,
}

/// What came of a telling.
struct Told {
    /// The boundaries that the first program passed.
    boundaries: Vec<String>,
    died: bool,
    said: Vec<String>,
}

impl Tale {
    fn approved() -> Self {
        let production = [APPROVAL, HEALTH].concat();
        let (end, effects) = ("Succeeded", ["roll_out", "ask"].as_slice());
        let (left, attempts, approved) = (["v2 started in", "v2 started in"].as_slice(), "1", true);
        let (strategy, updates, limited, one_of) = ("rolling", 1, false, 1);
        Self { version: "v2", production, approved, end, strategy, left, updates, attempts, effects, limited, one_of }
    }

    /// A story of a release that does not stay.
    fn bad(version: &'static str, production: String) -> Self {
        let (end, effects) = ("Rolled back", ["roll_out", "ask", "restore"].as_slice());
        let (left, attempts, approved) = (["v1 started in", "v1 started in"].as_slice(), "2", false);
        let (strategy, updates, limited, one_of) = ("rolling", 2, false, 1);
        Self { version, production, approved, end, strategy, left, updates, attempts, effects, limited, one_of }
    }

    /// A canary, and all is well.
    fn canary() -> Self {
        let production = HEALTH.to_owned();
        Self { strategy: "canary", approved: false, production, one_of: 4, ..Self::approved() }
    }

    /// New machines take over, and all is well.
    fn bluegreen() -> Self {
        let left = ["v1 stopped out retired", "v1 stopped out retired", "v2 started in", "v2 started in"].as_slice();
        Self { strategy: "bluegreen", left, updates: 0, ..Self::canary() }
    }

    /// All is well until a gate after the rollout fails.
    fn canary_goes_back() -> Self {
        Self { strategy: "canary", one_of: 4, ..Self::bad("v3-broken", HEALTH.to_owned()) }
    }

    fn bluegreen_goes_back() -> Self {
        Self { strategy: "bluegreen", updates: 0, ..Self::canary_goes_back() }
    }

    fn failed_gate() -> Self {
        Self { limited: true, ..Self::bad("v3-broken", HEALTH.to_owned()) }
    }

    fn broken_rule() -> Self {
        Self::bad("v4-late", WATCH.replace("\"1m\"", "\"5m\""))
    }

    /// Up to where the sweep begins.
    async fn begun(&self) -> World {
        let mut setup = Setup::production(&self.production).machines(1, 2).instantly();
        let environments: Vec<usize> = setup.config.match_indices("[[apps.environments]]").map(|(at, _)| at).collect();
        setup.config.replace_range(environments[0]..environments[1], "");
        let app = "app = \"hello-production\"";
        setup.config = setup.config.replace(app, &format!("{app}, strategy = \"{}\"", self.strategy));
        if self.limited {
            setup.sim.limits = Limits::AsDocumented;
        }
        World::of(setup).await
    }

    fn about(&self) -> String {
        format!("{} → production", self.version)
    }

    /// Told to its end, with a program that dies by the plug.
    async fn told(&self, plug: Plug) -> Told {
        let mut w = self.begun().await;
        // Killed between taking a lease and remembering it, or just before its limits were used up.
        w.expects(Expected::Refusals);
        let at = format!("{plug:?}");
        let watcher = Arc::clone(&w.program().watcher);
        if matches!(plug, Plug::Performed(_)) {
            w.plug = plug.clone();
        }
        watcher.arm(plug);
        let _ = w.ada().insists(&format!("/deploy production {}", self.version)).await;
        goes_on(&mut w, seconds(5)).await;
        if self.approved {
            let _ = w.bob().insists("/press Approve").await;
        }
        let late = w.clock.now().plus(minutes(9));
        while !w.screen.card(&self.about()).is_some_and(|card| card.title.ends_with(self.end)) {
            assert!(w.clock.now() < late, "it does not come to its end: {at}");
            goes_on(&mut w, seconds(5)).await;
        }
        // Nothing more comes of it.
        goes_on(&mut w, seconds(20)).await;
        self.ends(&w, &at);
        Told { boundaries: watcher.boundaries(), died: watcher.is_dead(), said: w.said() }
    }

    #[track_caller]
    fn ends(&self, w: &World, at: &str) {
        let card = w.screen.card(&self.about()).unwrap_or_else(|| panic!("no card: {at}"));
        assert_eq!(card.title, format!("hello {} · {}", self.about(), self.end), "{at}");
        assert_eq!(w.fly().stand(PRODUCTION), self.left, "{at}");
        w.fly().holds_no_lease(PRODUCTION);
        let machines = w.fly().machines(PRODUCTION);
        let there: Vec<_> = machines.iter().filter(|m| m.state != "destroying").collect();
        assert!(there.iter().all(|m| m.updates == self.updates), "{at}: {:?}", w.fly().updates(PRODUCTION));
        assert!(there.iter().all(|m| m.metadata["shipgate_attempt"] == self.attempts), "{at}");
    }
}

/// Lets time pass, and starts the program again whenever it dies.
async fn goes_on(w: &mut World, span: Span) {
    let end = w.clock.now().plus(span);
    loop {
        while w.is_dead() {
            w.starts_again().await;
        }
        if w.clock.now() >= end {
            return;
        }
        w.pass(end.since(w.clock.now())).await;
    }
}

/// Whether how often it comes is left to chance. One claim takes what is due at once, so that there may be fewer of them
/// another time; and how often claims are renewed and cards painted hangs on pauses at fly.io, which are never twice the
/// same.
fn varies(boundary: &str) -> bool {
    ["claim", "renew", "show", "finish"].iter().any(|kind| boundary.ends_with(kind))
}

/// Tells a story once, and then once for each boundary in this part of it.
async fn sweep(tale: Tale, part: usize) {
    let Told { boundaries, said, .. } = tale.told(Plug::Stays).await;
    let times = |until: &[String], name: &String| until.iter().filter(|known| *known == name).count();
    let tried: BTreeSet<(String, usize)> = (0..boundaries.len())
        .map(|n| (&boundaries[n], times(&boundaries[..=n], &boundaries[n])))
        .map(|(name, nth)| (name.clone(), nth))
        .collect();
    assert!(tried.len() > 40, "{boundaries:#?}");
    let tried: Vec<_> = tried.into_iter().step_by(tale.one_of).skip(part).step_by(PARTS).collect();
    let mut missed = Vec::new();
    for (name, nth) in &tried {
        let told = tale.told(Plug::Nth(name.clone(), *nth)).await;
        assert!(told.died || varies(name), "it does not come to this: {name} {nth}");
        assert_eq!(told.said, said, "{name} {nth}");
        missed.extend((!told.died).then_some((name, nth)));
    }
    assert!(missed.len() * 10 <= tried.len().max(10), "of {} moments it did not come to {missed:?}", tried.len());
}

const PARTS: usize = 4;

/// The parts of a story's sweep, as tests of their own.
macro_rules! swept {
    ($story:ident, $tale:expr) => {
        mod $story {
            #[tokio::test]
            async fn wherever_the_program_is_killed_1() {
                super::sweep($tale, 0).await;
            }

            #[tokio::test]
            async fn wherever_the_program_is_killed_2() {
                super::sweep($tale, 1).await;
            }

            #[tokio::test]
            async fn wherever_the_program_is_killed_3() {
                super::sweep($tale, 2).await;
            }

            #[tokio::test]
            async fn wherever_the_program_is_killed_4() {
                super::sweep($tale, 3).await;
            }
        }
    };
}

swept!(an_approved_release_succeeds, super::Tale::approved());
swept!(a_failed_gate_goes_back, super::Tale::failed_gate());
swept!(a_broken_rule_goes_back, super::Tale::broken_rule());
swept!(a_canary_succeeds, super::Tale::canary());
swept!(a_canary_goes_back, super::Tale::canary_goes_back());
swept!(a_bluegreen_release_succeeds, super::Tale::bluegreen());
swept!(a_bluegreen_release_goes_back, super::Tale::bluegreen_goes_back());

#[tokio::test]
async fn every_effect_may_be_performed_twice() {
    let of_machines = [Tale::canary_goes_back(), Tale::bluegreen()];
    for tale in [Tale::approved(), Tale::failed_gate(), Tale::broken_rule()].into_iter().chain(of_machines) {
        let undisturbed = tale.told(Plug::Stays).await;
        let performed = Arc::default();
        let told = tale.told(Plug::Performed(Arc::clone(&performed))).await;
        // The screen knows the keys of what is said, so nobody is called twice there.
        assert_eq!(told.said, undisturbed.said, "{}", tale.version);
        let performed = performed.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(performed.len() > 15, "{performed:?}");
        let kinds: BTreeSet<&str> = performed.iter().filter_map(|effect| effect.split(' ').nth(1)).collect();
        let wanted = ["look", "show", "say"].iter().chain(tale.effects).copied().collect();
        assert_eq!(kinds, wanted, "{}: it died at each of these", tale.version);
    }
}
