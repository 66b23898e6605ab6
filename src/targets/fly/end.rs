//! Why a piece of work stops before it is done, and which of several reasons counts.

use super::error::{Failure, Kind};
use super::machine::Machine;
use crate::domain::Note;
use crate::targets::{Stop, Trouble};

/// Why work stops before it is done.
pub(super) enum End {
    Cancelled,
    /// Everything is halted: no further machine is to be touched.
    Halted,
    /// A newer attempt has stamped a machine.
    Fenced(u64),
    /// A call failed for good, or too often.
    Call(Failure),
    /// It may work later.
    Later(Trouble),
    /// It will not work.
    Failed(Note),
    /// Nobody knows.
    Unknown(Note),
    /// A machine is not there any more.
    Gone(String),
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        Self::Later(trouble)
    }
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Cancelled => Self::Cancelled,
            Stop::Fenced { newer } => Self::Fenced(newer),
            Stop::Halted => Self::Halted,
            Stop::Trouble(trouble) => Self::Later(trouble),
        }
    }
}

impl End {
    /// For people; nothing where it is not about a machine or a call.
    pub(super) fn note(&self, app: &str) -> Option<Note> {
        match self {
            Self::Cancelled | Self::Halted | Self::Fenced(_) => None,
            Self::Call(failure) => Some(failure.note(app)),
            Self::Later(trouble) => Some(trouble.note.clone()),
            Self::Failed(note) | Self::Unknown(note) => Some(note.clone()),
            Self::Gone(machine) => Some(Note::new("fly-machine-gone").with("machine", machine).with("app", app)),
        }
    }

    /// The same, where it is about one machine, as the reason for something else.
    pub(super) fn within(self, key: &str) -> Self {
        match self {
            Self::Failed(note) => Self::Failed(Note { key: key.to_owned(), ..note.clone().with("note", note.key) }),
            other => other,
        }
    }

    /// Whether it makes the work on other machines pointless. What passes does not, nor a halt: what is under way is
    /// finished.
    pub(super) fn is_the_end_of_all(&self) -> bool {
        match self {
            Self::Cancelled | Self::Fenced(_) | Self::Failed(_) | Self::Unknown(_) => true,
            Self::Call(failure) => !failure.may_pass(),
            Self::Later(trouble) => !trouble.again,
            Self::Gone(_) | Self::Halted => false,
        }
    }

    /// Whether it concerns one machine only, and the others can be gone on with.
    pub(super) const fn is_survivable(&self) -> bool {
        !matches!(self, Self::Cancelled | Self::Fenced(_))
    }

    /// Whether trying again will not help, though nobody has stopped it.
    pub(super) fn is_for_good(&self) -> bool {
        match self {
            Self::Failed(_) => true,
            Self::Call(failure) => !failure.may_pass(),
            _ => false,
        }
    }

    /// Of several ends at once, the one that counts: the highest.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::Fenced(_) => 4,
            Self::Unknown(_) => 2,
            // The work on this machine was given up because of what came of another one.
            Self::Cancelled => 0,
            _ if self.is_the_end_of_all() => 3,
            _ => 1,
        }
    }
}

/// It runs something that is neither what it ran nor what it shall run.
pub(super) fn changed_by_others(machine: &Machine) -> Note {
    let note = Note::new("fly-changed-by-others").with("machine", &machine.id).with("state", &machine.state);
    note.with("digest", machine.digest())
}

/// A 404 on a machine means that it is gone.
pub(super) fn gone(id: &str, end: End) -> End {
    match end {
        End::Call(failure) if failure.kind == Kind::NotFound => End::Gone(id.to_owned()),
        other => other,
    }
}
