//! What a call does outside, step by step, as the target for fly.io does it: the stamps first, then each machine under
//! its lease, with the stamp read again and the machine recorded before it is changed.

use super::asking::{How, Told};
use super::invariants::Invariant;
use super::setup::MACHINES;
use super::shell::{Place, Without, World};
use super::sight::{EffectSight, Kinds};

/// A machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Machine {
    /// The version; 0 where there is no machine.
    pub(super) runs: u8,
    pub(super) stamp: u8,
    /// The claim of the call that holds its lease; 0 for nobody.
    pub(super) lease: u8,
    /// The deployment whose call changed it last.
    pub(super) by: u8,
}

/// A call to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) place: u8,
    pub(super) what: EffectSight,
    pub(super) token: u8,
    /// Whether its process lives and works on it.
    pub(super) lives: bool,
    /// How far it is: 0 reads the stamps, 1 writes them, then two steps for each machine.
    at: u8,
    /// The stamps as they were read.
    seen: [u8; 2],
    /// The machines that it recorded itself.
    mine: [bool; 2],
    pub(super) answer: Option<Stage>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    Told(Told),
    /// Machines or journal know a newer attempt.
    Fenced,
}

impl Call {
    pub(super) fn new(place: u8, what: EffectSight, token: u8) -> Self {
        Self { place, what, token, lives: true, at: 0, seen: [0; 2], mine: [false; 2], answer: None }
    }

    fn ends(&mut self, how: How) {
        self.answer = Some(Stage::Told(Told::Ended { effect: self.what.effect, how }));
    }
}

impl World {
    /// One step of a call.
    pub(super) fn go(&mut self, n: usize, without: Without) {
        let mut call = self.calls[n];
        let at = usize::from(call.place);
        match (call.what.kind, call.at) {
            (Kinds::Look, _) => {
                let machines = self.places[at].machines;
                let stamp = machines[0].stamp.max(machines[1].stamp);
                let effect = call.what.effect;
                call.answer = Some(Stage::Told(Told::Looked { effect, machines: machines.map(|m| m.runs), stamp }));
            }
            (_, 0) => {
                call.seen = self.places[at].machines.map(|machine| machine.stamp);
                let newer = without != Without::Fence && call.seen.iter().any(|stamp| *stamp > call.what.attempt);
                call.at = 1;
                call.answer = newer.then_some(Stage::Fenced);
            }
            (_, 1) => {
                for (machine, seen) in self.places[at].machines.iter_mut().zip(call.seen) {
                    // Blindly: metadata has no condition.
                    machine.stamp = if seen < call.what.attempt { call.what.attempt } else { machine.stamp };
                }
                call.at = 2;
            }
            (_, step) if usize::from(step - 2) / 2 >= MACHINES[at] => self.end(&mut call),
            (_, step) if step % 2 == 0 => self.take(&mut call, without),
            _ => self.write(&mut call),
        }
        self.calls[n] = call;
    }

    /// Takes a machine's lease, looks whether it may go on, and records the machine.
    fn take(&mut self, call: &mut Call, without: Without) {
        let m = usize::from(call.at - 2) / 2;
        let holds = self.rows.iter().any(|row| row.token == call.token);
        let place = &mut self.places[usize::from(call.place)];
        let machine = &mut place.machines[m];
        if machine.lease > 0 {
            return;
        }
        let newer = machine.stamp > call.what.attempt || place.rows.sight.newest > call.what.attempt;
        if without != Without::Fence && (newer || !holds) {
            call.answer = Some(Stage::Fenced);
            return;
        }
        let (wanted, known) = wanted(call, place, m);
        if wanted == 0 || place.machines[m].runs == wanted {
            call.at += 2;
            return;
        }
        let held = self.halted && call.what.kind == Kinds::RollOut && !place.rows.sight.rollback;
        if held && without != Without::Halt {
            return call.ends(How::Halted);
        }
        if held {
            self.wrong |= Invariant::Halt.bit();
        }
        if call.what.kind == Kinds::RollOut && !known {
            if place.journal.0 != call.what.deployment {
                place.journal = (call.what.deployment, [0; 2]);
            }
            place.journal.1[m] = place.machines[m].runs;
            call.mine[m] = true;
        }
        place.machines[m].lease = call.token;
        call.at += 1;
    }

    /// Changes the machine, if the lease is its own still.
    fn write(&mut self, call: &mut Call) {
        let m = usize::from(call.at - 3) / 2;
        let place = &mut self.places[usize::from(call.place)];
        if place.machines[m].lease != call.token {
            call.at -= 1;
            return;
        }
        let (runs, _) = wanted(call, place, m);
        let machine = &mut place.machines[m];
        *machine = Machine { runs, by: call.what.deployment, lease: 0, ..*machine };
        call.at += 1;
        let sight = place.rows.sight;
        // What needs people is in nobody's hands: its last call may still arrive, and so may one that was cancelled and has
        // not noticed. What runs is asked only then.
        let lets_go = self.rows.iter().any(|row| row.token == call.token && row.cancelled);
        if !lets_go && ![sight.current, sight.stuck].contains(&call.what.deployment) {
            self.wrong |= Invariant::Untouched.bit();
        }
    }

    /// The last word: every machine is read back.
    fn end(&mut self, call: &mut Call) {
        let place = &self.places[usize::from(call.place)];
        let there = MACHINES[usize::from(call.place)];
        let done = (0..there).all(|m| match wanted(call, place, m).0 {
            0 => true,
            version => place.machines[m].runs == version,
        });
        call.ends(if done { How::Done } else { How::Touched });
    }

    /// It does not work, or nobody knows.
    pub(super) fn breaks(&mut self, n: usize, how: How) {
        let mut call = self.calls[n];
        let place = &self.places[usize::from(call.place)];
        let effect = call.what.effect;
        let recorded = |m: usize| place.journal.0 == call.what.deployment && place.journal.1[m] > 0;
        // What an earlier try recorded may still be changed by it, if it has outlived its process.
        let same = |m: usize| !recorded(m) || (call.mine[m] && place.machines[m].runs == place.journal.1[m]);
        match (call.what.kind, how) {
            (Kinds::Look, _) => call.answer = Some(Stage::Told(Told::LookFailed { effect })),
            (Kinds::RollOut, How::Touched) if (0..2).all(same) => call.ends(How::Untouched),
            _ => call.ends(how),
        }
        self.calls[n] = call;
        self.free_lease(call.place, call.token);
    }

    pub(super) fn free_lease(&mut self, place: u8, token: u8) {
        for machine in &mut self.places[usize::from(place)].machines {
            if machine.lease == token {
                machine.lease = 0;
            }
        }
    }
}

/// The version that a call wants on a machine, 0 for none; and whether the machine is recorded.
fn wanted(call: &Call, place: &Place, m: usize) -> (u8, bool) {
    let recorded = if place.journal.0 == call.what.deployment { place.journal.1[m] } else { 0 };
    match call.what.kind {
        Kinds::RollOut => (call.what.version, recorded > 0),
        _ => (recorded, recorded > 0),
    }
}
