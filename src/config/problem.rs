//! What is wrong with the config, and where. A problem has no words yet: its note is a key of `locales/`, and the
//! same key with `-next` says what to write. Nothing secret is ever an argument.

use std::cell::{Cell, RefCell};
use std::fmt;

use super::seen::Seen;
use crate::domain::Note;
use crate::text;

/// How much of a value a message repeats.
const SHOWN: usize = 60;

/// With how many known words the unknown ones of a file are compared. Whoever has more of both has another list of
/// names to look at, and not slips of the finger.
const COMPARED: usize = 100_000;

/// Something in the config that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub note: Note,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An environment variable.
    Variable(String),
    /// A whole file.
    Whole(String),
    /// A spot in a file.
    Spot {
        /// The file, as it was named.
        file: String,
        /// The line; the first is 1.
        line: usize,
        /// The character in the line; the first is 1.
        column: usize,
    },
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub const fn new(place: Place, note: Note) -> Self {
        Self { place, note }
    }

    /// What to write instead: the note's words with `-next`.
    #[must_use]
    pub fn next(&self) -> Note {
        Note { key: format!("{}-next", self.note.key), args: self.note.args.clone() }
    }

    /// Two lines, `shipgate.toml:12:1: what is wrong` and what to write, in the words that `say` finds.
    pub fn render(&self, say: impl Fn(&Note) -> String) -> String {
        format!("{}: {}\n  {}", self.place, say(&self.note), say(&self.next()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Whole(file) => f.write_str(file),
            Self::Spot { file, line, column } => write!(f, "{file}:{line}:{column}"),
        }
    }
}

/// Collects every problem of one file, so that all are told at once.
#[derive(Debug)]
pub(super) struct Report<'a> {
    file: &'a str,
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    /// How many known words were compared with unknown ones.
    compared: Cell<usize>,
    /// What the file was asked for.
    pub(super) seen: Seen,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, text, lines, problems: RefCell::default(), compared: Cell::default(), seen: Seen::default() }
    }

    /// Notes a problem at a byte of the file.
    pub(super) fn add(&self, at: usize, note: Note) {
        self.problems.borrow_mut().push(Problem::new(self.place(at), note));
    }

    /// The line and column of a byte.
    pub(super) fn place(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|begins| *begins <= at);
        let begins = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or_default();
        let column = self.text.get(begins..at).unwrap_or_default().chars().count() + 1;
        Place::Spot { file: self.file.to_owned(), line, column }
    }

    /// Leaves out what may only follow from broken notation: what misses something, or stands between a broken line and
    /// the next section; and where the line of a section is broken, all that comes after it.
    pub(super) fn keep_certain(&self, broken: &[usize]) {
        let lines: Vec<&str> = self.text.lines().collect();
        let line_of = |place: &Place| if let Place::Spot { line, .. } = place { *line } else { 0 };
        let is_section = |line: usize| lines.get(line - 1).is_some_and(|text| text.trim_start().starts_with('['));
        let doubtful: Vec<_> = broken
            .iter()
            .map(|at| {
                let line = line_of(&self.place(*at)).max(1);
                let next = (line + 1..=lines.len()).find(|next| !is_section(line) && is_section(*next));
                line..next.unwrap_or(usize::MAX)
            })
            .collect();
        let misses = |note: &Note| {
            let beginnings = ["config-missing", "config-no-", "config-unknown-group", "config-unknown-person"];
            !broken.is_empty() && beginnings.iter().any(|beginning| note.key.starts_with(beginning))
        };
        self.problems.borrow_mut().retain(|problem| {
            !misses(&problem.note) && !doubtful.iter().any(|lines| lines.contains(&line_of(&problem.place)))
        });
    }

    /// A note about a word that is not one of the known ones: `<key>-near` names the nearest, and where none is near,
    /// `<key>` alone lists them, or `<key>-none` says that there are none.
    pub(super) fn unknown(&self, key: &str, word: &str, known: &[&str]) -> Note {
        let note = |key: &str| spaced(word, Note::new(key).with("word", shown(word)));
        let compared = self.compared.get() + known.len();
        self.compared.set(compared);
        match Some(word).filter(|_| compared <= COMPARED).and_then(|word| nearest(word, known)) {
            Some(near) => note(&format!("{key}-near")).with("near", near),
            None if known.is_empty() => note(&format!("{key}-none")),
            None => note(key).with("known", list(known)),
        }
    }

    /// All problems, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        problems
    }
}

/// A note that repeats a text, as it is to be said: a text is shown without the spaces at its ends, so where it has
/// some, that is what is wrong with it.
pub(super) fn spaced(text: &str, note: Note) -> Note {
    let shown = shown(text);
    let is_spaced = text.trim() != text && !shown.is_empty();
    if is_spaced && note.args.values().any(|arg| *arg == shown) {
        return Note::new("config-spaced").with("text", shown);
    }
    note
}

/// Words as a list for a message; a long one is cut.
pub(super) fn list(words: &[&str]) -> String {
    const MANY: usize = 20;
    let mut shown: Vec<_> = words.iter().take(MANY).map(|word| format!("`{word}`")).collect();
    if words.len() > MANY {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}

/// A value as a message repeats it.
pub(super) fn shown(value: &str) -> String {
    text::cut(value, SHOWN)
}

/// The known word that was probably meant: one with few letters changed, or a longer one that holds it.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let wanted = plain(word);
    let length = wanted.chars().count();
    let far = |name: &str| 1 + length.min(name.chars().count()) / 4;
    let near = known.iter().filter(|name| length.abs_diff(name.chars().count()) <= far(name));
    let near = near.map(|name| (strsim::damerau_levenshtein(&wanted, &plain(name)), *name)).min();
    if let Some((_, near)) = near.filter(|(distance, near)| *distance <= far(near)) {
        return Some(near);
    }
    known.iter().copied().find(|candidate| length >= 4 && plain(candidate).contains(&wanted))
}
