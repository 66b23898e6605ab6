//! What can be wrong with a database, told apart by what an operator would do about it. Which error of an engine is
//! which, `file` and `server` know.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::Note;

/// Why the store could not do what it was asked. Nothing is half done: a transaction that met trouble was rolled back, or
/// it was committed and nobody could hear so ([`StoreTrouble::is_open`]).
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
    #[error("{database} is a database of another program")]
    Foreign {
        /// Which.
        database: String,
    },
    /// A newer program has changed the database in a way that this one cannot read.
    #[error("{database} needs schema {needs}; this program knows {knows}")]
    Newer {
        /// Which.
        database: String,
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
    /// Something is wrong with a database server, or with the way there.
    #[error("the database server {server}: {wrong}: {text}")]
    Server {
        /// Host, port and database; never who it is asked as.
        server: String,
        /// What is wrong.
        wrong: ServerTrouble,
        /// What the server or the system said.
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
            Self::Foreign { database } => Note::new("store-foreign").with("database", database),
            Self::Newer { database, needs, knows } => {
                Note::new("store-newer").with("database", database).with("needs", needs).with("knows", knows)
            }
            Self::Busy => Note::new("store-busy"),
            Self::Full { path } => Note::new("store-full").with("path", path.display()),
            Self::Io { path, text } => at("store-io", path, text),
            Self::Inconsistent { text } => Note::new("store-inconsistent").with("text", text),
            Self::Other { text } => Note::new("store-other").with("text", text),
            Self::Server { server, wrong, text } => wrong.note().with("server", server).with("text", text),
        }
    }

    /// Whether the same may work at once, from the start: nothing of it was done.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Server { wrong: ServerTrouble::Cut, .. })
    }

    /// Whether nobody can say if it was done.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Server { wrong: ServerTrouble::Unknown, .. })
    }

    /// Whether nothing can be written down until a person has mended something. Who cannot write must not act.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        match self {
            Self::Full { .. } | Self::ReadOnly { .. } | Self::Io { .. } | Self::NotADatabase { .. } => true,
            Self::Server { wrong, .. } => wrong.is_lasting(),
            _ => false,
        }
    }

    /// The same where a connection was only to be made.
    pub(super) fn on_connecting(self) -> Self {
        match self {
            Self::Server { server, wrong: ServerTrouble::Cut, text } => {
                Self::Server { server, wrong: ServerTrouble::Unreachable, text }
            }
            other => other,
        }
    }

    /// The same where it came instead of the answer to a commit, and nobody can find out.
    pub(super) fn left_open(self) -> Self {
        match self {
            Self::Server { server, text, .. } => Self::Server { server, wrong: ServerTrouble::Unknown, text },
            other => other,
        }
    }

    /// JSON that does not read as what it should be.
    pub(super) fn unreadable(what: &str, error: &serde_json::Error) -> Self {
        Self::Inconsistent { text: format!("{what}: {}", cut(&error.to_string())) }
    }
}

/// What can be wrong with a database server.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ServerTrouble {
    /// No connection is to be had for now.
    #[error("cannot be reached")]
    Unreachable,
    /// The connection ended in the middle of something, of which nothing was done.
    #[error("the connection was cut")]
    Cut,
    /// The connection ended while something was committed.
    #[error("the connection was cut during a commit")]
    Unknown,
    /// It takes no writes for now: it stands by for another one, or somebody has closed it for writing.
    #[error("takes no writes")]
    ReadOnly,
    /// User or password are not right, or may not come from here.
    #[error("lets us not in")]
    Denied,
    /// It wants an encrypted connection, or ours could not be made.
    #[error("encryption")]
    Tls,
    /// There is no such database.
    #[error("no such database")]
    NoDatabase,
    /// The schema that names lead to does not exist.
    #[error("no schema")]
    NoSchema,
    /// Our tables are in another schema than new ones would be made in.
    #[error("the tables are in another schema")]
    Elsewhere,
    /// The user may not make or change our tables.
    #[error("no right to the tables")]
    NoRight,
    /// Our tables are not there any more.
    #[error("the tables are gone")]
    Gone,
    /// The version of the server is too old.
    #[error("too old")]
    TooOld,
    /// The database does not take every letter.
    #[error("not UTF-8")]
    Encoding,
    /// No room is left.
    #[error("no room is left")]
    Full,
    /// Its disk, or what is on it, is damaged.
    #[error("damaged")]
    Damaged,
}

impl ServerTrouble {
    fn note(self) -> Note {
        Note::new(match self {
            Self::Unreachable => "store-server-unreachable",
            Self::Cut => "store-server-cut",
            Self::Unknown => "store-server-unknown",
            Self::ReadOnly => "store-server-read-only",
            Self::Denied => "store-server-denied",
            Self::Tls => "store-server-tls",
            Self::NoDatabase => "store-server-no-database",
            Self::NoSchema => "store-server-no-schema",
            Self::Elsewhere => "store-server-elsewhere",
            Self::NoRight => "store-server-no-right",
            Self::Gone => "store-server-gone",
            Self::TooOld => "store-server-too-old",
            Self::Encoding => "store-server-encoding",
            Self::Full => "store-server-full",
            Self::Damaged => "store-server-damaged",
        })
    }

    /// A server that is away comes back by itself, and so does one that another takes the place of. What is in its
    /// settings, on its disk or in ours is for people.
    const fn is_lasting(self) -> bool {
        !matches!(self, Self::Unreachable | Self::Cut | Self::Unknown | Self::ReadOnly)
    }
}

fn at(key: &str, path: &Path, text: &str) -> Note {
    Note::new(key).with("path", path.display()).with("text", text)
}

/// Texts of the engine are for a line, not for a page.
pub(super) fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
