//! The crash sweep: a story is told once, and the boundaries that the program passes are counted; then it is told again
//! for every one of them, and the program is killed there and started again on the same file. Whatever the moment, the
//! story has the same end: the same card, each machine updated once by each attempt, no lease left, every stamp raised,
//! the same words to people. Then every effect of it is performed twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::world::setup::{APPROVAL, HEALTH, PRODUCTION, Setup, WATCH, minutes};
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
    runs: &'static str,
    updates: [usize; 2],
}

impl Tale {
    fn approved() -> Self {
        let production = [APPROVAL, HEALTH].concat();
        Self { version: "v2", production, approved: true, end: "Succeeded", runs: "v2", updates: [1, 1] }
    }

    fn failed_gate() -> Self {
        let production = HEALTH.to_owned();
        Self { version: "v3-broken", production, approved: false, end: "Rolled back", runs: "v1", updates: [2, 2] }
    }

    fn broken_rule() -> Self {
        let production = WATCH.replace("\"1m\"", "\"5m\"");
        Self { version: "v4-late", production, approved: false, end: "Rolled back", runs: "v1", updates: [2, 2] }
    }

    /// Up to where the sweep begins: the release has proven itself in staging, which asks nothing here.
    async fn begun(&self) -> World {
        let mut setup = Setup::production(&self.production).machines(1, 2).instantly();
        let asks = setup.config.find("[[apps.environments.after]]").expect("a gate in staging");
        let next = setup.config[asks..].find("[[apps.environments]]").expect("production") + asks;
        setup.config.replace_range(asks..next, "");
        let mut w = World::of(setup).await;
        w.ada().says(&format!("/deploy staging {}", self.version)).await;
        w.until(&format!("{} → staging · Succeeded", self.version)).await;
        w
    }

    /// Told to its end, with a program that dies by the plug. Gives the boundaries that the first program passed, and
    /// what was said.
    async fn told(&self, plug: Plug) -> (Vec<String>, Vec<String>) {
        let mut w = self.begun().await;
        // Killed between taking a lease and remembering it, or just before its limits were used up.
        w.expects(Expected::Refusals);
        let at = format!("{plug:?}");
        let watcher = Arc::clone(&w.program().watcher);
        if matches!(plug, Plug::Performed(_)) {
            w.plug = plug.clone();
        }
        watcher.arm(plug);
        let _ = w.ada().insists("/promote").await;
        self.goes_on(&mut w, minutes(1)).await;
        if self.approved {
            let _ = w.bob().insists("/press Approve").await;
        }
        self.goes_on(&mut w, minutes(9)).await;
        self.ends(&w, &at);
        (watcher.boundaries(), w.said())
    }

    /// Lets time pass, and starts the program again whenever it dies.
    async fn goes_on(&self, w: &mut World, span: shipgate::clock::Span) {
        use shipgate::clock::Clock as _;
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

    #[track_caller]
    fn ends(&self, w: &World, at: &str) {
        let about = format!("{} → production", self.version);
        let card = w.screen.card(&about).unwrap_or_else(|| panic!("no card: {at}"));
        assert_eq!(card.title, format!("hello {about} · {}", self.end), "{at}");
        assert_eq!(w.fly().versions(PRODUCTION), [self.runs; 2], "{at}");
        assert_eq!(w.fly().updates(PRODUCTION), self.updates, "{at}");
        w.fly().holds_no_lease(PRODUCTION);
        let stamps: Vec<String> =
            w.fly().machines(PRODUCTION).iter().map(|m| m.metadata["shipgate_attempt"].clone()).collect();
        let attempts = if self.runs == "v1" { "2" } else { "1" };
        assert_eq!(stamps, [attempts; 2], "{at}");
    }
}

/// Where one time is as good as another: the painting of a card, the rounds of a check, and the commits that every effect
/// has alike. The boundaries right beside these are tried each.
const ALIKE: [&str; 5] = ["show", "claim", "finish", "progress", "ask"];

/// Tells a story once, and then once for each boundary of it; of those that are alike, the first and the last.
async fn sweep(tale: Tale) {
    let (boundaries, said) = tale.told(Plug::Stays).await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for name in boundaries {
        *times.entry(name).or_default() += 1;
    }
    assert!(times.len() > 20, "{times:#?}");
    for (name, last) in times {
        let alike = ALIKE.iter().any(|kind| name.ends_with(&format!(" {kind}")));
        let tried: BTreeSet<usize> = if alike { [1, last].into() } else { (1..=last).collect() };
        for nth in tried {
            let (_, now) = tale.told(Plug::Nth(name.clone(), nth)).await;
            assert_eq!(now, said, "{name} {nth}");
        }
    }
}

#[tokio::test]
async fn an_approved_release_succeeds_wherever_the_program_is_killed() {
    sweep(Tale::approved()).await;
}

#[tokio::test]
async fn a_failed_gate_goes_back_wherever_the_program_is_killed() {
    sweep(Tale::failed_gate()).await;
}

#[tokio::test]
async fn a_broken_rule_goes_back_wherever_the_program_is_killed() {
    sweep(Tale::broken_rule()).await;
}

#[tokio::test]
async fn every_effect_may_be_performed_twice() {
    for tale in [Tale::approved(), Tale::failed_gate(), Tale::broken_rule()] {
        tale.told(Plug::Performed(Arc::default())).await;
    }
}
