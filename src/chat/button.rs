//! What a button carries: the action, the deployment and the revision, in a custom id. Nothing is kept in memory, so a
//! press works after a restart, and on a card that this process never posted.
//!
//! Not here: whether the press is allowed or still fits; that is the core's to say.
//!
//! To change the form: raise `VERSION`. An older card's buttons are then foreign ([`decode`] gives none), and the
//! person is told to look at the card as it is now.

use sha2::{Digest, Sha256};

use crate::card::Press;
use crate::domain::{Action, CardKey, GateProgress, Id};

/// What every custom id of this form begins with.
const VERSION: &str = "sg1";

/// What the custom id of a modal begins with, before that of the button it came from.
const MODAL: &str = "m.";

/// What the words of the parts of the form are made of.
const PROMOTE: &str = "promote";
const RESUME: &str = "resume";
const NEXT: &str = "next";
const UNLOCK: &str = "unlock";
const PICK: &str = "pick-";
const BACK: &str = "-back";

/// The longest deployment id that is carried. Discord takes 100 characters in all; ids are 36 long.
const LONGEST_ID: usize = 48;

/// What was pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pressed {
    /// A decision about a deployment.
    Act {
        /// Which deployment.
        deployment: Id,
        /// What.
        action: Action,
        /// The mark of the gate that is meant: see [`mark`] and [`gate_of`].
        gate: Option<String>,
        /// The revision of the card it was painted on.
        revision: u64,
        /// Whether something may be touched already, so that stopping it is going back.
        goes_back: bool,
    },
    /// A select of several gates: which one is in its values. See [`Pressed::picking`].
    Pick {
        /// Which deployment.
        deployment: Id,
        /// What is done to the gate.
        action: Action,
        /// The revision of the card it was painted on.
        revision: u64,
    },
    /// Somebody wants to hold it next.
    Next {
        /// What another holds.
        lock: Id,
    },
    /// It is to be free.
    Unlock {
        /// The lock that is to end.
        lock: Id,
    },
    /// Everything may go on.
    Resume {
        /// The halt that is to end.
        halt: Id,
    },
    /// The release of this deployment is wanted in the next environment.
    Promote {
        /// The deployment that succeeded.
        deployment: Id,
    },
}

impl Pressed {
    /// The name of what it is about: a deployment, or a halt.
    const fn id(&self) -> &Id {
        match self {
            Self::Act { deployment, .. } | Self::Pick { deployment, .. } | Self::Promote { deployment } => deployment,
            Self::Next { lock } | Self::Unlock { lock } => lock,
            Self::Resume { halt } => halt,
        }
    }

    /// The card that it stands on.
    #[must_use]
    pub fn card(&self) -> CardKey {
        match self {
            Self::Resume { halt } => CardKey::Halt(halt.clone()),
            Self::Next { lock } | Self::Unlock { lock } => CardKey::Lock(lock.clone()),
            other => CardKey::Deployment(other.id().clone()),
        }
    }

    /// What was meant once an option of a select is known; a button stays what it is. None for a damaged value.
    #[must_use]
    pub fn picking(self, value: &str) -> Option<Self> {
        match self {
            Self::Pick { deployment, action, revision } => Some(Self::Act {
                deployment,
                action,
                gate: Some(is_mark(value).then(|| value.to_owned())?),
                revision,
                goes_back: false,
            }),
            other => Some(other),
        }
    }
}

/// The custom id of a button: at most 100 characters, the same for the same press.
#[must_use]
pub fn encode(press: &Press) -> String {
    write(&match press {
        Press::Act { deployment, action, gate, revision, goes_back } => Pressed::Act {
            deployment: deployment.clone(),
            action: *action,
            gate: gate.as_deref().map(mark),
            revision: *revision,
            goes_back: *goes_back,
        },
        Press::Next { lock } => Pressed::Next { lock: lock.clone() },
        Press::Unlock { lock } => Pressed::Unlock { lock: lock.clone() },
        Press::Resume { halt } => Pressed::Resume { halt: halt.clone() },
        Press::Promote { deployment, .. } => Pressed::Promote { deployment: deployment.clone() },
    })
}

/// The custom id of a select that does one thing to one of several gates. Its options' values are their [`mark`]s.
#[must_use]
pub fn select(deployment: &Id, action: Action, revision: u64) -> String {
    write(&Pressed::Pick { deployment: deployment.clone(), action, revision })
}

/// The custom id of the modal that asks for the reason of a press.
#[must_use]
pub fn modal(pressed: &Pressed) -> String {
    format!("{MODAL}{}", write(pressed))
}

/// What a custom id of a button or a select means; none where it is foreign, damaged, or of an older form.
#[must_use]
pub fn decode(custom_id: &str) -> Option<Pressed> {
    let [version, word, revision, gate, id] = custom_id.splitn(5, ':').collect::<Vec<_>>().try_into().ok()?;
    if version != VERSION || id.is_empty() {
        return None;
    }
    let pressed = read(word, revision, gate, Id(id.to_owned()))?;
    // What would have been written otherwise was not written here.
    (write(&pressed) == custom_id).then_some(pressed)
}

/// What the custom id of a modal means.
#[must_use]
pub fn decode_modal(custom_id: &str) -> Option<Pressed> {
    decode(custom_id.strip_prefix(MODAL)?)
}

/// Whether a press asks for a reason first: saying no, and going back.
#[must_use]
pub const fn asks_reason(pressed: &Pressed) -> bool {
    match pressed {
        Pressed::Act { action: Action::Reject | Action::Rollback, .. } => true,
        Pressed::Act { goes_back, .. } => *goes_back,
        Pressed::Pick { .. }
        | Pressed::Promote { .. }
        | Pressed::Resume { .. }
        | Pressed::Next { .. }
        | Pressed::Unlock { .. } => false,
    }
}

/// A short stable mark of a gate's name: the first 8 hex digits of its SHA-256.
#[must_use]
pub fn mark(gate: &str) -> String {
    Sha256::digest(gate.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The name of the gate with a mark among a deployment's gates; none where there is none, or more than one.
#[must_use]
pub fn gate_of<'a>(wanted: &str, gates: &'a [GateProgress]) -> Option<&'a str> {
    let mut found = gates.iter().map(|progress| progress.gate.name.as_str()).filter(|name| mark(name) == wanted);
    found.next().filter(|first| found.all(|other| other == *first))
}

/// `sg1:WORD:REVISION:MARK:ID`. An id that is not one of ours is made so that it fits; it then means no deployment.
fn write(pressed: &Pressed) -> String {
    let (word, revision, gate) = match pressed {
        Pressed::Act { action, gate, revision, goes_back, .. } => {
            let back = if *goes_back { BACK } else { "" };
            (format!("{}{back}", word(*action)), revision.to_string(), gate.as_deref().unwrap_or_default())
        }
        Pressed::Pick { action, revision, .. } => (format!("{PICK}{}", word(*action)), revision.to_string(), ""),
        Pressed::Promote { .. } => (PROMOTE.to_owned(), String::new(), ""),
        Pressed::Next { .. } => (NEXT.to_owned(), String::new(), ""),
        Pressed::Unlock { .. } => (UNLOCK.to_owned(), String::new(), ""),
        Pressed::Resume { .. } => (RESUME.to_owned(), String::new(), ""),
    };
    let sane = |c: char| if is_sane(c) { c } else { '_' };
    let id: String = pressed.id().0.chars().take(LONGEST_ID).map(sane).collect();
    format!("{VERSION}:{word}:{revision}:{gate}:{id}")
}

/// What a word, a revision and a mark say together, before it is held against what would have been written.
fn read(word: &str, revision: &str, gate: &str, deployment: Id) -> Option<Pressed> {
    if word == PROMOTE {
        return Some(Pressed::Promote { deployment });
    }
    match word {
        RESUME => return Some(Pressed::Resume { halt: deployment }),
        NEXT => return Some(Pressed::Next { lock: deployment }),
        UNLOCK => return Some(Pressed::Unlock { lock: deployment }),
        _ => {}
    }
    let revision = revision.parse().ok()?;
    if let Some(word) = word.strip_prefix(PICK) {
        return Some(Pressed::Pick { deployment, action: action(word)?, revision });
    }
    let (word, goes_back) = word.strip_suffix(BACK).map_or((word, false), |word| (word, true));
    let gate = match gate {
        "" => None,
        mark => Some(is_mark(mark).then(|| mark.to_owned())?),
    };
    Some(Pressed::Act { deployment, action: action(word)?, gate, revision, goes_back })
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Approve => "approve",
        Action::Reject => "reject",
        Action::Confirm => "confirm",
        Action::Abort => "abort",
        Action::Rollback => "rollback",
        Action::Keep => "keep",
        Action::Override => "override",
        Action::Snooze => "snooze",
    }
}

fn action(wanted: &str) -> Option<Action> {
    use Action::{Abort, Approve, Confirm, Keep, Override, Reject, Rollback, Snooze};
    let all = [Approve, Reject, Confirm, Abort, Rollback, Keep, Override, Snooze];
    all.into_iter().find(|action| word(*action) == wanted)
}

const fn is_sane(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn is_mark(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
