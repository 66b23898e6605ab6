//! The observer of the world: knows which effects are under way and in which task, and pulls the plug at a boundary.
//!
//! A boundary has a name, such as `claimed roll_out` or `about_to_commit advance`. Where the plug is pulled, the work
//! never goes on; the world then throws the program away, as a crash would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shipgate::clock::Clock as _;
use shipgate::observer::Observer;
use tokio::task;

use super::clock::ManualClock;
use super::story::Story;

/// When the plug is pulled.
#[derive(Clone, Debug, Default)]
pub(crate) enum Plug {
    /// Never.
    #[default]
    Stays,
    /// When a boundary of this name is reached for the first time since it was armed.
    When(&'static str),
    /// When it is reached for the time with this number, counted from 1.
    Nth(String, usize),
    /// Whoever reaches a boundary of this name first breaks there, and the program goes on.
    Breaks(&'static str),
    /// Whenever an effect was performed that is not among these yet; then it is, by its boundary and its name. Every start
    /// asks anew what runs, and paints anew how far a rollout is that was under way: until another effect was performed,
    /// only the first look and the first painting count, or a start that is killed at its painting each time would never
    /// get any further.
    Performed(Arc<Mutex<BTreeSet<String>>>),
}

/// Watches one running program.
#[derive(Debug)]
pub(crate) struct Watcher {
    clock: Arc<ManualClock>,
    story: Story,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// The effects under way, each with its task.
    flights: BTreeMap<String, Option<task::Id>>,
    plug: Plug,
    /// The boundaries that were reached since the plug was armed.
    boundaries: Vec<String>,
    dead: bool,
    /// Where work stands still until it is let go.
    held: Option<&'static str>,
    /// Whether only the first to come there stands still.
    first_alone: bool,
}

impl Seen {
    /// Whether whoever came to a boundary, and as the how manieth, stands still there.
    fn holds(&self, name: &str, number: usize) -> bool {
        self.held == Some(name) && (number == 1 || !self.first_alone)
    }
}

impl Watcher {
    pub(crate) fn new(clock: Arc<ManualClock>, story: Story) -> Arc<Self> {
        Arc::new(Self { clock, story, seen: Mutex::default() })
    }

    /// Counts boundaries from here on, and stops at one.
    pub(crate) fn arm(&self, plug: Plug) {
        let mut seen = self.seen();
        seen.plug = plug;
        seen.boundaries.clear();
    }

    /// The boundaries since it was armed.
    pub(crate) fn boundaries(&self) -> Vec<String> {
        self.seen().boundaries.clone()
    }

    /// Has all work stand still at boundaries of this name.
    pub(crate) fn holds(&self, boundary: &'static str) {
        let mut seen = self.seen();
        (seen.held, seen.first_alone) = (Some(boundary), false);
        seen.boundaries.clear();
    }

    /// Has the first to come to such a boundary stand still there; everybody else goes past.
    pub(crate) fn holds_the_first(&self, boundary: &'static str) {
        self.holds(boundary);
        self.seen().first_alone = true;
    }

    /// Returns when a boundary was reached since something is held.
    pub(crate) async fn reaches(&self, boundary: &str) {
        self.clock.until(|_| self.seen().boundaries.iter().any(|name| name == boundary)).await;
    }

    /// Returns when something stands still there.
    pub(crate) async fn holds_something(&self) {
        let held = self.seen().held.expect("something to hold");
        self.reaches(held).await;
    }

    /// Lets what stands still go on.
    pub(crate) fn lets_go(&self) {
        self.seen().held = None;
        self.clock.ring();
    }

    /// Whether the plug has been pulled.
    pub(crate) fn is_dead(&self) -> bool {
        self.seen().dead
    }

    /// Returns when the plug has been pulled.
    pub(crate) async fn dies(&self) {
        self.clock.until(|_| self.is_dead()).await;
    }

    /// The tasks of the effects under way.
    pub(crate) fn flights(&self) -> Vec<Option<task::Id>> {
        self.seen().flights.values().copied().collect()
    }

    /// One thread has all tasks, so from the moment at which it is dead nothing of the program gets past a boundary.
    async fn reach(&self, name: String) {
        self.reach_with(name, None).await;
    }

    /// The same, with the effect that was performed there.
    async fn reach_with(&self, name: String, effect: Option<&str>) {
        let (dead, number) = {
            let mut seen = self.seen();
            let before = seen.boundaries.iter().filter(|known| **known == name).count();
            let pulled = match &seen.plug {
                Plug::Stays => false,
                Plug::When(wanted) => name == *wanted,
                Plug::Nth(wanted, nth) => name == *wanted && before + 1 == *nth,
                Plug::Breaks(wanted) if name == *wanted && before == 0 => {
                    seen.boundaries.push(name.clone());
                    drop(seen);
                    panic!("it breaks at `{name}`, as the test has it");
                }
                Plug::Breaks(_) => false,
                Plug::Performed(known) => effect.is_some_and(|effect| is_new(known, &name, effect)),
            };
            if pulled && !seen.dead {
                self.story.tell(self.clock.now(), format!("☠ the program dies at `{name}`"));
            }
            seen.boundaries.push(name.clone());
            seen.dead |= pulled;
            (seen.dead, before + 1)
        };
        if dead {
            self.clock.ring();
            std::future::pending::<()>().await;
        }
        if self.seen().held.is_some() {
            self.clock.ring();
        }
        self.clock.until(|_| !self.seen().holds(&name, number)).await;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an effect is performed for the first time, and is none that every start has anew: see [`Plug::Performed`].
fn is_new(known: &Mutex<BTreeSet<String>>, boundary: &str, effect: &str) -> bool {
    const ANEW: [&str; 2] = ["performed look", "performed show"];
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if !known.insert(format!("{boundary} {effect}")) {
        return false;
    }
    if ANEW.contains(&boundary) {
        return known.insert(boundary.to_owned());
    }
    known.retain(|known| !ANEW.contains(&known.as_str()));
    true
}

#[async_trait]
impl Observer for Watcher {
    async fn about_to_commit(&self, what: &str) {
        self.reach(format!("about_to_commit {what}")).await;
    }

    async fn committed(&self, what: &str) {
        self.reach(format!("committed {what}")).await;
    }

    async fn claimed(&self, kind: &str, effect: &str) {
        self.seen().flights.insert(effect.to_owned(), task::try_id());
        self.clock.ring();
        self.story.tell(self.clock.now(), format!("does   {kind}"));
        self.reach(format!("claimed {kind}")).await;
    }

    async fn performed(&self, kind: &str, effect: &str) {
        self.reach_with(format!("performed {kind}"), Some(effect)).await;
    }

    async fn finished(&self, kind: &str, effect: &str) {
        self.reach(format!("finished {kind}")).await;
        self.story.tell(self.clock.now(), format!("ended  {kind}"));
        self.seen().flights.remove(effect);
        self.clock.ring();
    }
}
