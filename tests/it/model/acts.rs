//! What may happen next in a state of the world.

use shipgate::domain::{Action, Kind};

use super::asking::{How, Told};
use super::machines::Call;
use super::setup::EXPIRES;
use super::shell::{DEATHS, Row, TICKS, TROUBLES, WORDS, Without, World};
use super::sight::Kinds;

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// A person says something about an environment.
    Says(u8, Told),
    /// Bob stops everything, or lets it go on.
    Halts(bool),
    /// The runner claims a row.
    Claims(usize),
    /// A call goes on by one step outside.
    Goes(usize),
    /// What a call asked a check is answered so.
    Answered(usize, bool),
    /// A call goes wrong.
    Breaks(usize, How),
    /// What came of a call is recorded.
    Records(usize),
    /// The effect of a result is put down, where that is a commit of its own.
    PutsDown(usize),
    /// A call whose effect was cancelled notices it.
    LetsGo(usize),
    /// The process dies, or stands still for so long that another takes over; its calls may go on.
    Dies,
    /// The lease of a call whose process is gone ends.
    LeaseEnds(u8, u8),
    /// The clock goes on to the next moment at which anything is due.
    Ticks,
    /// An environment hears that its moment has come.
    Wakes(u8),
}

impl World {
    pub(super) fn acts(&self, without: Without, acts: &mut Vec<Act>) {
        self.words(acts);
        for (n, row) in self.rows.iter().enumerate() {
            if self.may_be_claimed(n, row, without) {
                acts.push(Act::Claims(n));
            }
            if row.token > 0 && without == Without::OneCommit && self.calls.iter().all(|call| call.token != row.token) {
                acts.push(Act::PutsDown(n));
            }
        }
        for (n, call) in self.calls.iter().enumerate() {
            self.steps(n, call, acts);
        }
        for (p, place) in (0..).zip(&self.places) {
            if place.rows.wake > 0 && place.rows.wake <= self.now {
                acts.push(Act::Wakes(p));
            }
            for (m, machine) in (0..).zip(&place.machines) {
                if machine.lease > 0 && self.calls.iter().all(|c| !c.lives || c.token != machine.lease) {
                    acts.push(Act::LeaseEnds(p, m));
                }
            }
        }
        // Between commit and claim too. Where nothing is on record, a death leaves only a start as any other.
        if self.left[DEATHS] > 0 && !self.rows.is_empty() {
            acts.push(Act::Dies);
        }
        // A cancelled call notices it within seconds, and moments are further apart than that.
        let lingers = (0..2).any(|p| self.lingers(p));
        if self.left[TICKS] > 0 && !lingers && self.next_moment().is_some() {
            acts.push(Act::Ticks);
        }
    }

    fn words(&self, acts: &mut Vec<Act>) {
        if self.left[WORDS] == 0 {
            return;
        }
        if self.halts {
            acts.push(Act::Halts(!self.halted));
        }
        for (p, place) in (0..).zip(&self.places) {
            let sight = place.rows.sight;
            let ask = |kind, version| Act::Says(p, Told::Requested { by: 0, kind, version });
            match p {
                0 => acts.extend([ask(Kind::Deploy, 2), ask(Kind::Deploy, 3)]),
                _ => acts.extend([ask(Kind::Promote, 0), ask(Kind::Rollback, 0)]),
            }
            let act = |by, action, on| Act::Says(p, Told::Acted { by, action, on });
            if p > 0 && sight.current > 0 {
                acts.extend([act(0, Action::Approve, sight.current), act(1, Action::Approve, sight.current)]);
                acts.extend([act(1, Action::Reject, sight.current), Act::Says(p, Told::Locked { by: 1 })]);
            }
            if sight.current > 0 {
                acts.push(act(1, Action::Abort, sight.current));
            }
            // People take longer to decide what nobody else can than the lease of a dead process lasts.
            if sight.stuck > 0 && !self.haunted(p) {
                acts.extend([act(1, Action::Keep, sight.stuck), act(1, Action::Rollback, sight.stuck)]);
                acts.push(Act::Says(p, Told::Unlocked { by: 0 }));
            }
        }
    }

    /// Whether a call of this environment goes on that should not: it has not noticed yet that it was cancelled, or it has
    /// outlived its process and holds a lease.
    fn lingers(&self, p: u8) -> bool {
        self.haunted(p) || self.rows.iter().any(|row| row.place == p && row.cancelled && row.token > 0)
    }

    /// Whether a call that has outlived its process holds a lease.
    fn haunted(&self, p: u8) -> bool {
        let leased = |call: &Call| self.places[usize::from(p)].machines.iter().any(|m| m.lease == call.token);
        self.calls.iter().any(|call| call.place == p && !call.lives && leased(call))
    }

    fn may_be_claimed(&self, n: usize, row: &Row, without: Without) -> bool {
        let others = || self.rows.iter().enumerate().filter(|(other, _)| *other != n).map(|(_, row)| row);
        let due = |row: &Row| !row.cancelled && row.due <= self.now;
        let lane = without != Without::Lane;
        let busy = others().any(|other| row.shares_lane(other) && other.token > 0);
        let older = self.rows[..n].iter().any(|other| row.shares_lane(other) && due(other) && other.due <= row.due);
        let left = |other: &Row| other.place == row.place && other.is_targets() && other.cancelled && other.token > 0;
        let waits = row.what.kind == Kinds::Look && without != Without::LooksTurn && others().any(left);
        row.token == 0 && due(row) && !(lane && (busy || older)) && !waits
    }

    fn steps(&self, n: usize, call: &Call, acts: &mut Vec<Act>) {
        let cancelled = self.rows.iter().any(|row| row.token == call.token && row.cancelled);
        if call.lives && cancelled && call.answer.is_none() {
            acts.push(Act::LetsGo(n));
        }
        match (call.answer, call.what.kind) {
            (Some(_), _) => acts.push(Act::Records(n)),
            (None, Kinds::Ask) => acts.extend([Act::Answered(n, true), Act::Answered(n, false)]),
            (None, kind) => {
                acts.push(Act::Goes(n));
                if call.lives && self.left[TROUBLES] > 0 {
                    acts.push(Act::Breaks(n, How::Touched));
                    if kind != Kinds::Look {
                        acts.push(Act::Breaks(n, How::Unknown));
                    }
                }
            }
        }
    }

    /// The next moment at which anything is due.
    pub(super) fn next_moment(&self) -> Option<u32> {
        let wakes = self.places.iter().map(|place| place.rows.wake);
        let dues = self.rows.iter().filter(|row| !row.cancelled).map(|row| row.due);
        let said = self.places.iter().map(|place| place.approved.1 + EXPIRES).filter(|at| *at > EXPIRES);
        wakes.chain(dues).chain(said).filter(|at| *at > self.now).min()
    }
}
