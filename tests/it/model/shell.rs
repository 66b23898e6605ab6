//! Everything round the core that can go wrong: the rows of the store, claims, calls that are under way or have outlived
//! their process, and the machines with their stamps and leases. An action is whatever may happen next.

use shipgate::domain::Kind;

use super::acts::Act;
use super::asking::{How, Question, Told};
use super::core::{Core, Decided, Rows};
use super::machines::{Call, Machine, Stage};
use super::setup::{EXPIRES, MACHINES};
use super::sight::{EffectSight, Kinds};

/// What is taken away from the real thing, to see that it is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Without {
    #[default]
    Nothing,
    /// Targets and journal take older attempts.
    Fence,
    /// Effects of a lane are claimed side by side.
    Lane,
    /// A newer target effect leaves the older one where it is.
    Cancellation,
    /// A result is recorded, and its effect put down afterwards.
    OneCommit,
    /// The journal takes machines though everything is halted.
    Halt,
    /// A look's answer is believed whatever happened since it was read.
    LooksAttempt,
    /// A look does not wait for what was cancelled.
    LooksTurn,
}

/// How much may happen in one history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) words: u8,
    pub(super) deaths: u8,
    pub(super) troubles: u8,
    pub(super) ticks: u8,
    /// Whether people also halt and resume.
    pub(super) halts: bool,
}

/// An effect that waits to be done, or is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) place: u8,
    pub(super) what: EffectSight,
    pub(super) due: u32,
    /// The claim; 0 for none.
    pub(super) token: u8,
    pub(super) cancelled: bool,
}

impl Row {
    pub(super) fn is_targets(&self) -> bool {
        matches!(self.what.kind, Kinds::RollOut | Kinds::Restore)
    }

    pub(super) fn shares_lane(&self, other: &Self) -> bool {
        match self.what.kind {
            Kinds::RollOut | Kinds::Restore => other.is_targets() && self.place == other.place,
            kind => {
                kind == other.what.kind && self.place == other.place && self.what.deployment == other.what.deployment
            }
        }
    }
}

/// One environment, and what is outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) rows: Rows,
    pub(super) machines: [Machine; 2],
    /// Whose journal it is, and what each machine ran before; 0 for not recorded.
    pub(super) journal: (u8, [u8; 2]),
    /// The last yes: on which deployment, when.
    pub(super) approved: (u8, u32),
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) places: [Place; 2],
    pub(super) quarantine: u32,
    pub(super) rows: Vec<Row>,
    pub(super) calls: Vec<Call>,
    pub(super) now: u32,
    pub(super) made: u8,
    pub(super) left: [u8; 4],
    pub(super) halts: bool,
    /// Everything is halted.
    pub(super) halted: bool,
    /// A rollout was halted, and went on.
    pub(super) resumed: bool,
    /// The invariants that a step or a write has broken, each a bit.
    pub(super) wrong: u16,
}

pub(super) const WORDS: usize = 0;
pub(super) const DEATHS: usize = 1;
pub(super) const TROUBLES: usize = 2;
pub(super) const TICKS: usize = 3;

impl World {
    /// Nothing is known but what runs. Until here nothing goes wrong.
    pub(super) fn begin(core: &Core, bounds: Bounds) -> Self {
        let place = |n: usize| {
            let machine = |m: usize| Machine { runs: u8::from(m < MACHINES[n]), ..Machine::default() };
            let rows = core.nothing(n).0;
            Place { rows, machines: [machine(0), machine(1)], journal: (0, [0; 2]), approved: (0, 0) }
        };
        let mut world = Self {
            places: [place(0), place(1)],
            quarantine: core.nothing(0).1,
            rows: Vec::new(),
            calls: Vec::new(),
            now: 1,
            made: 0,
            left: [bounds.words, bounds.deaths, bounds.troubles, bounds.ticks],
            halts: bounds.halts,
            halted: false,
            resumed: false,
            wrong: 0,
        };
        for place in 0..2 {
            world.tell(core, Without::Nothing, place, Told::Started);
            for act in [Act::Claims(0), Act::Goes(0), Act::Records(0)] {
                world = world.after(core, Without::Nothing, act).expect("it begins");
            }
        }
        world
    }

    /// The same, with v2 proven in staging.
    pub(super) fn begin_proven(core: &Core, bounds: Bounds) -> Self {
        let mut world = Self::begin(core, Bounds { words: 1, ..bounds });
        let deploys = Act::Says(0, Told::Requested { by: 0, kind: Kind::Deploy, version: 2 });
        let looks = [deploys, Act::Claims(0), Act::Goes(0), Act::Records(0)];
        let rolls_out = [Act::Claims(0)].into_iter().chain([Act::Goes(0); 5]).chain([Act::Records(0)]);
        for act in looks.into_iter().chain(rolls_out).chain([Act::Claims(0), Act::Answered(0, true)]) {
            world = world.after(core, Without::Nothing, act).expect("it succeeds");
        }
        world.left[WORDS] = bounds.words;
        world
    }

    /// The state after an action; none if it changes nothing.
    pub(super) fn after(&self, core: &Core, without: Without, act: Act) -> Option<Self> {
        let mut next = self.clone();
        match act {
            Act::Says(place, told) => {
                next.left[WORDS] -= 1;
                next.tell(core, without, place, told).then_some(())?;
            }
            Act::Claims(n) => next.claim(n),
            Act::Halts(halted) => {
                next.left[WORDS] -= 1;
                next.halted = halted;
                // Each environment is told as if a moment had come that it waits for.
                next.places.iter_mut().for_each(|place| place.rows.wake = next.now);
            }
            Act::Goes(n) => next.go(n, without),
            Act::Answered(n, passes) => {
                let call = next.calls.remove(n);
                let effect = call.what.effect;
                next.record(core, without, &call, Told::Answered { effect, passes });
            }
            Act::Breaks(n, how) => {
                next.left[TROUBLES] -= 1;
                match (next.calls[n].what.kind, how) {
                    (Kinds::Restore, How::Unknown) => next.tries_again(n),
                    _ => next.breaks(n, how),
                }
            }
            Act::Records(n) => {
                let call = next.calls.remove(n);
                match call.answer.expect("an answer") {
                    Stage::Told(told) => next.record(core, without, &call, told),
                    Stage::Fenced => next.fenced(core, without, &call),
                }
            }
            Act::PutsDown(n) => drop(next.rows.remove(n)),
            Act::LetsGo(n) => {
                let call = next.calls.remove(n);
                next.rows.retain(|row| row.token != call.token);
                next.free_lease(call.place, call.token);
            }
            Act::Dies => {
                next.left[DEATHS] -= 1;
                next.die(core, without);
            }
            Act::LeaseEnds(p, m) => next.places[usize::from(p)].machines[usize::from(m)].lease = 0,
            Act::Ticks => {
                next.left[TICKS] -= 1;
                next.now = self.next_moment()?;
            }
            Act::Wakes(p) => drop(next.tell(core, without, p, Told::Ticked)),
        }
        Some(next)
    }

    fn claim(&mut self, n: usize) {
        let used = |token: u8| {
            let leased = self.places.iter().flat_map(|place| &place.machines).any(|m| m.lease == token);
            leased || self.rows.iter().any(|row| row.token == token) || self.calls.iter().any(|c| c.token == token)
        };
        let token = (1..).find(|token| !used(*token)).expect("a number");
        let row = &mut self.rows[n];
        row.token = token;
        self.calls.push(Call::new(row.place, row.what, token));
    }

    /// Where nobody knows how going back ended, it is done again.
    fn tries_again(&mut self, n: usize) {
        let call = self.calls.remove(n);
        self.free_lease(call.place, call.token);
        self.rows.iter_mut().filter(|row| row.token == call.token).for_each(|row| row.token = 0);
        self.rows.retain(|row| !row.cancelled || row.token > 0);
    }

    /// The process is gone. What it held is free for the next one, which tells every environment that it has started.
    fn die(&mut self, core: &Core, without: Without) {
        self.rows.retain(|row| !row.cancelled);
        self.rows.iter_mut().for_each(|row| row.token = 0);
        self.calls.retain(|call| call.answer.is_none() && matches!(call.what.kind, Kinds::RollOut | Kinds::Restore));
        self.calls.iter_mut().for_each(|call| call.lives = false);
        for place in 0..2 {
            self.tell(core, without, place, Told::Started);
        }
    }

    /// A result: with its effect put down in the same commit; none of it if the claim is not ours any more.
    pub(super) fn record(&mut self, core: &Core, without: Without, call: &Call, told: Told) {
        let Some(at) = self.rows.iter().position(|row| row.token == call.token) else { return };
        if without != Without::OneCommit {
            self.rows.remove(at);
        }
        self.tell(core, without, call.place, told);
    }

    fn fenced(&mut self, core: &Core, without: Without, call: &Call) {
        let cancelled = self.rows.iter().any(|row| row.token == call.token && row.cancelled);
        if cancelled {
            self.rows.retain(|row| row.token != call.token);
        } else {
            self.record(core, without, call, Told::Ended { effect: call.what.effect, how: How::Touched });
        }
    }

    /// Through the core, and everything that follows into the rows; whether it was not refused.
    fn tell(&mut self, core: &Core, without: Without, place: u8, told: Told) -> bool {
        let at = usize::from(place);
        let question = Question {
            place,
            rows: self.places[at].rows,
            evidence_before: if place > 0 { self.places[0].rows.evidence } else { 0 },
            quarantine: self.quarantine,
            now: self.now,
            halted: self.halted,
            believes: without == Without::LooksAttempt,
            fresh: self.made + 1,
            told,
        };
        let Some(decided) = core.ask(&question) else { return false };
        self.judge(at, &decided);
        self.places[at].rows = decided.rows;
        self.quarantine = decided.quarantine;
        self.made += u8::from(decided.requested);
        for (kind, deployment) in &decided.cancels {
            self.cancel(place, *kind, *deployment);
        }
        for (what, due) in &decided.effects {
            self.lay(without, Row { place, what: *what, due: *due, token: 0, cancelled: false });
        }
        true
    }

    fn cancel(&mut self, place: u8, kind: Kinds, deployment: u8) {
        let falls = |row: &Row| {
            row.place == place && row.what.kind == kind && (deployment == 0 || row.what.deployment == deployment)
        };
        self.rows.retain(|row| !(falls(row) && row.token == 0));
        self.rows.iter_mut().filter(|row| falls(row)).for_each(|row| row.cancelled = true);
    }

    fn lay(&mut self, without: Without, row: Row) {
        match row.what.kind {
            Kinds::RollOut | Kinds::Restore if without != Without::Cancellation => {
                self.cancel(row.place, Kinds::RollOut, 0);
                self.cancel(row.place, Kinds::Restore, 0);
            }
            Kinds::Look => self.rows.retain(|known| !(row.shares_lane(known) && known.token == 0)),
            _ => {}
        }
        self.rows.push(row);
    }

    /// What a step shows to be wrong.
    fn judge(&mut self, at: usize, decided: &Decided) {
        use super::invariants::Invariant::{Approval, Evidence, Fold, Halt, Untouched};
        let now = self.now;
        let place = &mut self.places[at];
        let mut wrong = 0;
        if !decided.folds {
            wrong |= Fold.bit();
        }
        if !decided.unhalted {
            wrong |= Halt.bit();
        }
        self.resumed |= decided.resumed;
        if !decided.proven {
            wrong |= Evidence.bit();
        }
        if let Some((deployment, by)) = decided.approved {
            place.approved = (deployment, now);
            // Ada asks for everything, and her own word must not count.
            wrong |= if by == 0 { Approval.bit() } else { 0 };
        }
        if let Some((deployment, true)) = decided.started
            && (place.approved.0 != deployment || now >= place.approved.1 + EXPIRES)
        {
            wrong |= Approval.bit();
        }
        for (closed, _, touched) in &decided.closed {
            if place.approved.0 == *closed {
                place.approved = (0, 0);
            }
            let changed = place.machines.iter().any(|machine| machine.by == *closed);
            wrong |= if !touched && changed { Untouched.bit() } else { 0 };
        }
        self.wrong |= wrong;
    }
}
