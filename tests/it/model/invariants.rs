//! What must hold in every state, each by its number in ARCHITECTURE.md; and what must be reached by some, so that
//! nothing holds only because nothing happens.

use shipgate::domain::Phase;
use stateright::Property;

use super::Exploration;
use super::machines::Stage;
use super::setup::MACHINES;
use super::shell::World;
use super::sight::Kinds;

/// What a step or a write can break; see [`World::wrong`].
#[derive(Clone, Copy, Debug)]
pub(super) enum Invariant {
    Evidence,
    Approval,
    Fold,
    Untouched,
    Halt,
}

impl Invariant {
    pub(super) const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

type Holds = fn(&Exploration, &World) -> bool;

const ALWAYS: [(&str, Holds); 9] = [
    ("1 one deployment and one target effect at a time", |_, w| one_at_a_time(w)),
    ("2 nothing is rolled out without evidence", |_, w| w.wrong & Invariant::Evidence.bit() == 0),
    ("3 an approval counts for one deployment, from another person, for a while", |_, w| {
        w.wrong & Invariant::Approval.bit() == 0
    }),
    ("4 what is said to run is what runs", |_, w| (0..2).all(|p| says_the_truth(w, p))),
    ("5 going back is held by nothing", |_, w| (0..2).all(|p| goes_back_freely(w, p))),
    ("6 nothing waits in silence", |_, w| (0..2).all(|p| waits_aloud(w, p))),
    ("7 folding the ledger gives the row", |_, w| w.wrong & Invariant::Fold.bit() == 0),
    ("8 what has ended touches nothing", |_, w| w.wrong & Invariant::Untouched.bit() == 0),
    ("9 while a halt holds nothing begins and no further machine is touched, unless to go back", |_, w| {
        w.wrong & Invariant::Halt.bit() == 0
    }),
];

const SOMETIMES: [(&str, Holds); 14] = [
    ("production succeeds", |_, w| w.places[1].rows.sight.current == 0 && w.places[1].rows.sight.running == 2),
    ("production goes back", |e, w| {
        let last = w.places[1].rows.sight;
        last.current == 0 && last.newest > 1 && last.running == 1 && e.core.is_barred(w.quarantine)
    }),
    ("people are needed, and the environment is locked", |e, w| {
        w.places.iter().any(|p| p.rows.sight.stuck > 0 && e.core.is_locked(p.rows.lock))
    }),
    ("one waits behind one that is rolling out", |_, w| {
        w.places.iter().any(|p| p.rows.sight.queued > 0 && p.rows.sight.attempt > 0)
    }),
    ("nobody knows how a rollout ended", |_, w| w.places.iter().any(|p| p.rows.sight.settling)),
    ("a rollout is half done", |_, w| w.places[1].machines[0].runs != w.places[1].machines[1].runs),
    ("a call that outlived its process meets the fence", |_, w| {
        w.calls.iter().any(|c| !c.lives && c.answer == Some(Stage::Fenced))
    }),
    ("a call that outlived its process works beside one that goes back", |_, w| {
        let restores = w.calls.iter().any(|c| c.lives && c.what.kind == Kinds::Restore);
        restores && w.calls.iter().any(|c| !c.lives && c.what.kind == Kinds::RollOut)
    }),
    ("a call that outlived its process holds a lease", |_, w| {
        let leases = || w.places.iter().flat_map(|p| &p.machines).map(|m| m.lease);
        w.calls.iter().any(|c| !c.lives && leases().any(|lease| lease == c.token))
    }),
    ("a cancelled effect is still being done", |_, w| w.rows.iter().any(|row| row.cancelled && row.token > 0)),
    ("both environments change at once", |_, w| w.places.iter().all(|p| p.rows.sight.attempt > 0)),
    ("a rollout was halted and went on", |_, w| w.resumed),
    ("what runs is asked again, because a deployment was between", |_, w| {
        w.rows.iter().any(|row| {
            row.what.kind == Kinds::Look
                && row.what.deployment == 0
                && w.places[usize::from(row.place)].rows.sight.newest > 0
        })
    }),
    ("a rollback of its own is under way", |_, w| w.places[1].rows.sight.rollback),
];

pub(super) fn properties() -> Vec<Property<Exploration>> {
    let always = ALWAYS.map(|(name, holds)| Property::always(name, holds));
    always.into_iter().chain(SOMETIMES.map(|(name, holds)| Property::sometimes(name, holds))).collect()
}

const fn is(phase: u8, wanted: Phase) -> bool {
    phase == wanted as u8
}

pub(super) fn sometimes() -> impl Iterator<Item = &'static str> {
    SOMETIMES.into_iter().map(|(name, _)| name)
}

fn one_at_a_time(w: &World) -> bool {
    let lives = |p: u8| w.calls.iter().filter(|c| c.lives && c.place == p && c.what.kind.is_targets()).count();
    let claimed = |p: u8| w.rows.iter().filter(|row| row.place == p && row.is_targets() && row.token > 0).count();
    // Of an environment's target effects, one is wanted: that of the newest attempt, of the deployment under way.
    let wanted = |p: u8| {
        let sight = w.places[usize::from(p)].rows.sight;
        let mine = |row: &super::shell::Row| row.what.deployment == sight.current && row.what.attempt == sight.attempt;
        w.rows.iter().filter(|row| row.place == p && row.is_targets() && !row.cancelled).all(mine)
    };
    (0..2).all(|p| lives(p) <= 1 && claimed(p) <= 1 && wanted(p))
}

/// While nothing is being changed, every machine runs what the core says. Where it needs people, or the target is being
/// asked, it says nothing.
fn says_the_truth(w: &World, p: usize) -> bool {
    let (sight, machines) = (w.places[p].rows.sight, &w.places[p].machines[..MACHINES[p]]);
    let asked = w.rows.iter().any(|row| usize::from(row.place) == p && row.what.kind == Kinds::Look);
    if is(sight.phase, Phase::Verifying) || is(sight.phase, Phase::Watching) {
        return machines.iter().all(|m| m.runs == sight.release);
    }
    let changes = sight.current > 0 && sight.attempt > 0;
    changes || asked || sight.stuck > 0 || sight.running == 0 || machines.iter().all(|m| m.runs == sight.running)
}

/// No gate, approval, lock or queue is ever between the decision and the call; and a rollback is not rolled back.
fn goes_back_freely(w: &World, p: usize) -> bool {
    let sight = w.places[p].rows.sight;
    let held = sight.rollback && (is(sight.phase, Phase::Entering) || is(sight.phase, Phase::RollingBack));
    let goes =
        w.rows.iter().any(|row| usize::from(row.place) == p && row.what.kind == Kinds::Restore && !row.cancelled);
    !held && (!is(sight.phase, Phase::RollingBack) || sight.settling || goes)
}

/// A phase that is not final has its effect, and a deadline where it can have one.
fn waits_aloud(w: &World, p: usize) -> bool {
    let rows = w.places[p].rows;
    let sight = rows.sight;
    if sight.current == 0 {
        return sight.queued == 0;
    }
    let laid = |kind: Kinds| {
        let mine = |row: &&super::shell::Row| {
            usize::from(row.place) == p
                && row.what.kind == kind
                && row.what.deployment == sight.current
                && !row.cancelled
        };
        w.rows.iter().filter(mine).count()
    };
    if sight.silent {
        return false;
    }
    // Whose halt it is, is known and is reminded of it.
    if sight.halted {
        return w.halted || (rows.wake > 0 && rows.wake <= w.now);
    }
    let effect = if sight.settling || is(sight.phase, Phase::Queued) {
        laid(Kinds::Look) > 0
    } else if is(sight.phase, Phase::RollingOut) {
        laid(Kinds::RollOut) > 0
    } else if is(sight.phase, Phase::RollingBack) {
        laid(Kinds::Restore) > 0
    } else {
        laid(Kinds::Ask) >= usize::from(sight.asks)
    };
    effect && (rows.wake > 0)
}
