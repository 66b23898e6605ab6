//! A table of the file, read key by key. It remembers which keys were asked for, so that [`Table::finish`] can name
//! the nearest one for each key that nobody knows.

use toml::de::DeTable;

use super::formats::Spelt;
use super::value::Value;
use crate::config::problem::Report;
use crate::config::seen::{Asked, Kind};
use crate::domain::Note;

/// A table with the place it stands at.
#[derive(Debug)]
pub(super) struct Table<'a> {
    tree: &'a DeTable<'a>,
    at: usize,
    report: &'a Report<'a>,
    known: Vec<&'static str>,
    settled: Vec<&'static str>,
}

impl<'a> Table<'a> {
    pub(super) const fn new(tree: &'a DeTable<'a>, at: usize, report: &'a Report<'a>) -> Self {
        Self { tree, at, report, known: Vec::new(), settled: Vec::new() }
    }

    /// The value of a key that may be absent.
    pub(super) fn optional(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.ask(key, Asked::MayBeAbsent)
    }

    /// The value of a key that must be there; `example` is a line to write.
    pub(super) fn required(&mut self, key: &'static str, example: &str) -> Option<Value<'a>> {
        let found = self.ask(key, Asked::MustBeThere);
        if found.is_none() {
            self.fail(Note::new("config-missing").with("key", key).with("example", example));
        }
        found
    }

    /// What `read` makes of a key, or the default where it is absent; none where `read` has found a problem.
    pub(super) fn either<T: Spelt>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Option<T> {
        self.otherwise(key, default.spelt());
        self.optional(key).map_or(Some(default), read)
    }

    /// One of a few words, or what the first of them stands for where the key is absent.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        let (word, first) = *choices.first()?;
        self.otherwise(key, word.into());
        self.optional(key).map_or(Some(first), |value| value.one_of(choices))
    }

    /// Notes what counts where a key is absent, as it would be written.
    pub(super) fn otherwise(&self, key: &'static str, default: serde_json::Value) {
        self.report.seen.together(self.tree, |together| {
            together.defaults.insert(key, default);
        });
    }

    /// Those of a few keys that are there, of which there must be exactly one; who asks tells where there is not.
    pub(super) fn one_of(&mut self, keys: &'static [&'static str]) -> Vec<Value<'a>> {
        self.report.seen.together(self.tree, |together| together.one_of = Some(keys));
        keys.iter().filter_map(|key| self.optional(key)).collect()
    }

    /// Notes what this is, of what there are several kinds with keys of their own: its `kind` says which.
    pub(super) fn is_a(&self, what: &'static str, kind: &'static str) {
        self.report.seen.together(self.tree, |together| together.is_a = Some((what, kind)));
    }

    /// Notes that some keys go only with one of others.
    pub(super) fn only_with(&self, keys: &[&'static str], others: &'static [&'static str]) {
        self.report.seen.together(self.tree, |together| {
            together.only_with.extend(keys.iter().map(|key| (*key, others)));
        });
    }

    /// Notes that some keys never go without another.
    pub(super) fn never_without(&self, keys: &[&'static str], other: &'static str) {
        self.report.seen.together(self.tree, |together| {
            together.never_without.extend(keys.iter().map(|key| (*key, other)));
        });
    }

    /// What `read` makes of a key that may be absent; none only where `read` has found a problem.
    #[expect(clippy::option_option, reason = "absent and wrong are two things here, and `?` takes the outer one")]
    pub(super) fn maybe<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        self.optional(key).map_or(Some(None), |value| read(value).map(Some))
    }

    /// The tables under a key, `[[key]]`; no tables where it is absent, none where it is something else.
    pub(super) fn tables(&mut self, key: &'static str) -> Option<Vec<Self>> {
        let list = self.optional(key).map_or(Some(Vec::new()), Value::list)?;
        Some(list.into_iter().filter_map(Value::table).collect())
    }

    /// The tables under a key, of which there must be one at least; `none` is told where there is none.
    pub(super) fn some_tables(&mut self, key: &'static str, none: &str) -> Option<Vec<Self>> {
        if let Some(value) = self.optional(key).filter(|value| value.is_headless()) {
            let heading = if key == "environments" { "[[apps.environments]]".to_owned() } else { format!("[[{key}]]") };
            return value.fail_key(Note::new("config-no-heading").with("heading", heading));
        }
        let tables = self.tables(key)?;
        self.report.seen.key(self.tree, key, Asked::MustBeThere);
        if let Some((_, list)) = self.tree.get_key_value(key) {
            self.report.seen.value(list.get_ref(), Kind::Filled);
        }
        if tables.is_empty() {
            self.fail(Note::new(none));
        }
        Some(tables)
    }

    /// Refuses keys that have a meaning, but not here; `note` says which.
    pub(super) fn refuse(&mut self, keys: &[&'static str], note: &str) {
        for key in keys.iter().copied() {
            if let Some(value) = self.look(key) {
                value.fail_key::<()>(Note::new(note));
            }
        }
        self.settle(keys);
    }

    /// Lets keys pass, where another problem says enough already.
    pub(super) fn settle(&mut self, keys: &[&'static str]) {
        self.settled.extend(keys);
    }

    /// Every key and value, where keys are names.
    pub(super) fn entries(&self) -> Vec<Value<'a>> {
        self.report.seen.names(self.tree);
        self.tree.iter().map(|(key, value)| Value::new(key, value, self.report)).collect()
    }

    /// Notes a problem of the table as a whole.
    pub(super) fn fail(&self, note: Note) {
        self.report.add(self.at, note);
    }

    /// Where the table begins.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for (key, _) in self.tree {
            let word = key.get_ref().as_ref();
            if !self.known.contains(&word) && !self.settled.contains(&word) {
                self.report.add(key.span().start, self.report.unknown("config-unknown-key", word, &self.known));
            }
        }
    }

    fn ask(&mut self, key: &'static str, asked: Asked) -> Option<Value<'a>> {
        self.known.push(key);
        self.report.seen.key(self.tree, key, asked);
        self.look(key)
    }

    fn look(&self, key: &str) -> Option<Value<'a>> {
        self.tree.get_key_value(key).map(|(key, value)| Value::new(key, value, self.report))
    }
}
