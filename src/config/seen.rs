//! What the reader asks a file for, written down while it reads. So the config's shape has one home, the reader; the
//! [schema](super::schema()) is what was seen over a file that has every key.
//!
//! Not here: what is wrong with a file (`problem`).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// What a value is read as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    /// A text of that pattern, as regular expressions of JSON Schema have it.
    Like(&'static str),
    /// A text, one of these.
    Among(Vec<&'static str>),
    Span,
    /// From, to.
    Whole(u32, u32),
    Number,
    Truth,
    /// A text, a number or a truth.
    Scalar,
    List,
    /// A list that is not empty.
    Filled,
    Table,
    /// One table, or a list of such tables that is not empty.
    Several,
}

/// How a table is asked for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    MayBeAbsent,
    MustBeThere,
}

/// Everything seen of one file. A value or table is known by where it is in memory: the file's tree stays in place
/// while it is read.
#[derive(Debug, Default)]
pub(super) struct Seen {
    kinds: RefCell<BTreeMap<usize, BTreeSet<Kind>>>,
    keys: RefCell<BTreeMap<usize, BTreeMap<&'static str, Asked>>>,
    named: RefCell<BTreeSet<usize>>,
    together: RefCell<BTreeMap<usize, Together>>,
}

/// What the keys of a table mean together.
#[derive(Clone, Debug, Default)]
pub(super) struct Together {
    /// What counts where a key is absent.
    pub(super) defaults: BTreeMap<&'static str, Value>,
    /// Exactly one of these must be there.
    pub(super) one_of: Option<&'static [&'static str]>,
    /// A key that goes only with another: one of these.
    pub(super) only_with: BTreeMap<&'static str, &'static [&'static str]>,
    /// A key that another must go with.
    pub(super) never_without: BTreeMap<&'static str, &'static str>,
    /// What it is, of what there are several kinds, and which kind.
    pub(super) is_a: Option<(&'static str, &'static str)>,
}

impl Seen {
    /// A value was read as this.
    pub(super) fn value(&self, value: &DeValue<'_>, kind: Kind) {
        self.kinds.borrow_mut().entry(place(value)).or_default().insert(kind);
    }

    /// A table was asked for a key. That it must be there is not taken back.
    pub(super) fn key(&self, table: &DeTable<'_>, key: &'static str, asked: Asked) {
        let mut keys = self.keys.borrow_mut();
        let known = keys.entry(place(table)).or_default().entry(key).or_insert(asked);
        if asked == Asked::MustBeThere {
            *known = asked;
        }
    }

    /// The keys of a table are names that the operator chooses.
    pub(super) fn names(&self, table: &DeTable<'_>) {
        self.named.borrow_mut().insert(place(table));
    }

    /// Notes what the keys of a table mean together.
    pub(super) fn together(&self, table: &DeTable<'_>, note: impl FnOnce(&mut Together)) {
        note(self.together.borrow_mut().entry(place(table)).or_default());
    }

    /// What the keys of a table mean together.
    pub(super) fn together_in(&self, table: &DeTable<'_>) -> Together {
        self.together.borrow().get(&place(table)).cloned().unwrap_or_default()
    }

    /// What a value was read as.
    pub(super) fn kinds_of(&self, value: &DeValue<'_>) -> BTreeSet<Kind> {
        self.kinds.borrow().get(&place(value)).cloned().unwrap_or_default()
    }

    /// What a table was asked for.
    pub(super) fn keys_of(&self, table: &DeTable<'_>) -> BTreeMap<&'static str, Asked> {
        self.keys.borrow().get(&place(table)).cloned().unwrap_or_default()
    }

    /// Whether the keys of a table are names.
    pub(super) fn is_named(&self, table: &DeTable<'_>) -> bool {
        self.named.borrow().contains(&place(table))
    }
}

fn place<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}
