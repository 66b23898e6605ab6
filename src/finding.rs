//! What `shipgate check` found out about one part of the world. Not here: words, and whether anything follows from it.

use crate::domain::Note;

/// Something that was looked at by `shipgate check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is so.
    pub note: Note,
    /// What to do about it; none where it is well.
    pub next: Option<Note>,
}

impl Finding {
    /// It is well.
    #[must_use]
    pub const fn fine(note: Note) -> Self {
        Self { note, next: None }
    }

    /// It is not well: the words of the key say what is wrong, those of `<key>-next` what to do.
    #[must_use]
    pub fn wrong(key: &str, with: impl Fn(Note) -> Note) -> Self {
        Self { note: with(Note::new(key)), next: Some(with(Note::new(&format!("{key}-next")))) }
    }
}
