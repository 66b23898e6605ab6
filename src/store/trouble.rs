//! What can be wrong with a database, told apart by what an operator would do about it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::Note;

/// Why the store could not do what it was asked. Nothing is half done: a transaction that met trouble was rolled back.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreTrouble {
    /// The address is not one that this program can use.
    #[error("the database address cannot be used: {reason}")]
    BadUrl {
        /// Why; never the address itself, which may hold a password.
        reason: String,
    },
    /// The folder of the database file does not exist.
    #[error("the folder {} does not exist", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// There is no such database.
    #[error("there is no database {}", path.display())]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file, or its folder, may not be written or opened.
    #[error("the database {} cannot be written: {text}", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What the system said.
        text: String,
    },
    /// The file is something else, or damaged.
    #[error("{} is not a usable database: {text}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        text: String,
    },
    /// The database belongs to another program.
    #[error("{} is a database of another program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program has changed the database in a way that this one cannot read.
    #[error("{} needs schema {needs}; this program knows {knows}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The oldest schema that can read it.
        needs: i64,
        /// The schema of this program.
        knows: i64,
    },
    /// Another writer held the database for too long.
    #[error("the database was held by another writer for too long")]
    Busy,
    /// No room is left.
    #[error("no room is left for the database {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The disk, or the way to the database, failed.
    #[error("reading or writing the database {} failed: {text}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        text: String,
    },
    /// What is stored, or what was to be stored, contradicts itself: a bug, or somebody edited rows.
    #[error("the database contradicts itself: {text}")]
    Inconsistent {
        /// How.
        text: String,
    },
    /// Anything else the engine said.
    #[error("the database said: {text}")]
    Other {
        /// What.
        text: String,
    },
}

impl StoreTrouble {
    /// The words for people: what happened, what it means, what to do.
    #[must_use]
    pub fn note(&self) -> Note {
        match self {
            Self::BadUrl { reason } => Note::new("store-bad-url").with("reason", reason),
            Self::NoFolder { path } => Note::new("store-no-folder").with("path", path.display()),
            Self::NoFile { path } => Note::new("store-no-file").with("path", path.display()),
            Self::ReadOnly { path, text } => at("store-read-only", path, text),
            Self::NotADatabase { path, text } => at("store-not-a-database", path, text),
            Self::Foreign { path } => Note::new("store-foreign").with("path", path.display()),
            Self::Newer { path, needs, knows } => {
                Note::new("store-newer").with("path", path.display()).with("needs", needs).with("knows", knows)
            }
            Self::Busy => Note::new("store-busy"),
            Self::Full { path } => Note::new("store-full").with("path", path.display()),
            Self::Io { path, text } => at("store-io", path, text),
            Self::Inconsistent { text } => Note::new("store-inconsistent").with("text", text),
            Self::Other { text } => Note::new("store-other").with("text", text),
        }
    }

    /// Whether the same may work a moment later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy)
    }

    /// Whether nothing can be written down until a person has mended the disk or the file. Who cannot write must not act.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::ReadOnly { .. } | Self::Io { .. } | Self::NotADatabase { .. })
    }

    /// What the engine's error means. SQLite's result codes are in the low byte, their refinements above it.
    pub(super) fn from_sqlx(error: &sqlx::Error, path: &Path) -> Self {
        let (path, text) = (path.to_owned(), cut(&error.to_string()));
        let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i64>().ok());
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy,
            Some(3 | 8 | 14 | 23) => Self::ReadOnly { path, text },
            Some(10) => Self::Io { path, text },
            Some(11 | 26) => Self::NotADatabase { path, text },
            Some(13) => Self::Full { path },
            Some(_) => Self::Other { text },
            None => match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
                sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Self::Io { path, text },
                sqlx::Error::Configuration(_) => Self::BadUrl { reason: text },
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                    Self::Inconsistent { text }
                }
                _ => Self::Other { text },
            },
        }
    }

    /// JSON that does not read as what it should be.
    pub(super) fn unreadable(what: &str, error: &serde_json::Error) -> Self {
        Self::Inconsistent { text: format!("{what}: {}", cut(&error.to_string())) }
    }
}

fn at(key: &str, path: &Path, text: &str) -> Note {
    Note::new(key).with("path", path.display()).with("text", text)
}

/// Texts of the engine are for a line, not for a page.
fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
