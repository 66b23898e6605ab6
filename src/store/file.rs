//! A database that is a file: where it is, and what a file needs besides its tables. It is made for its owner alone, one
//! starter at a time; and it can be deleted or replaced under the engine, which goes on writing into what is gone.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::StoreTrouble;
use super::open::{PATIENCE, PAUSE};
use crate::clock::{self, SystemClock};

/// How a file is opened that must be there.
const EXISTING: &str = "mode=rw";

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To look, and change nothing.
    Look,
    /// To make what is missing.
    Make,
    /// To work with what is there.
    Work,
}

/// A file, and how it is opened.
pub(super) struct FilePlace {
    path: PathBuf,
    mode: &'static str,
    pages: Option<u32>,
    /// Which file that is, once it is there.
    identity: Option<(u64, u64)>,
}

impl FilePlace {
    /// Reads an address such as `sqlite://shipgate.db` or `sqlite:///data/shipgate.db?max_pages=250000`, from behind its
    /// engine's name.
    pub(super) fn parse(rest: &str) -> Result<Self, StoreTrouble> {
        let bad = |reason: &str| StoreTrouble::BadUrl { reason: reason.to_owned() };
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = percent_decoded(path).ok_or_else(|| bad("its path is not UTF-8 once decoded"))?;
        if path.is_empty() || path.ends_with('/') {
            return Err(bad("it names no file"));
        }
        if path.contains(":memory:") {
            return Err(bad("a database in memory would forget everything; name a file"));
        }
        let path = std::path::absolute(path).map_err(|e| bad(&e.to_string()))?;
        let (mut mode, mut pages) = ("mode=rwc", None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("mode", "rwc")) => mode = "mode=rwc",
                Some(("mode", "rw")) => mode = EXISTING,
                Some(("mode", "ro")) => mode = "mode=ro",
                Some(("max_pages", n)) => pages = Some(n.parse().map_err(|_| bad("max_pages must be a number"))?),
                _ => return Err(bad("of options it knows mode=rwc, mode=rw, mode=ro and max_pages=<number>")),
            }
        }
        Ok(Self { path, mode, pages, identity: None })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A file that belongs to it, beside it.
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    }

    /// The address that the engine is given. The file is there once there is work to do: should it be deleted, a later
    /// connection must not make a new, empty one in its place.
    pub(super) fn url(&self, purpose: Purpose) -> String {
        let mode = match purpose {
            Purpose::Look => "mode=ro",
            Purpose::Make => self.mode,
            Purpose::Work if self.mode == "mode=ro" => self.mode,
            Purpose::Work => EXISTING,
        };
        format!("sqlite://{}?{mode}", percent_encoded(&self.path))
    }

    /// What its connections are told besides.
    pub(super) fn told(&self) -> Option<String> {
        self.pages.map(|n| format!("PRAGMA max_page_count = {n}"))
    }

    /// Whether there is anything in it yet.
    pub(super) fn is_empty(&self) -> Result<bool, StoreTrouble> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if !folder.is_dir() {
            return Err(StoreTrouble::NoFolder { path: folder.to_owned() });
        }
        Ok(std::fs::metadata(&self.path).map(|m| m.len()).unwrap_or(0) == 0)
    }

    /// Keeps other starters out. SQLite has no lock of its own around a migration, and its busy timeout does not
    /// cover the switch to WAL: of two that start at once on a new file, one in ten would fail.
    pub(super) async fn lock(&self) -> Result<File, StoreTrouble> {
        let refused = |e: std::io::Error| StoreTrouble::ReadOnly { path: self.path.clone(), text: e.to_string() };
        let name = self.beside(".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(name).map_err(refused)?;
        let real = SystemClock::real();
        let end = real.now().plus(PATIENCE);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if real.now() < end => clock::sleep(&*real, PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(StoreTrouble::Busy),
                Err(TryLockError::Error(e)) => return Err(refused(e)),
            }
        }
    }

    /// Makes a missing file so that only its owner can read it: snapshots of machines may hold secrets.
    pub(super) fn create_private(&self) -> Result<(), StoreTrouble> {
        if self.path.exists() || self.mode != "mode=rwc" {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let refused = |e: std::io::Error| StoreTrouble::ReadOnly { path: self.path.clone(), text: e.to_string() };
        options.open(&self.path).map(|_| ()).map_err(refused)
    }

    /// Remembers which file it is.
    pub(super) fn keep_in_mind(&mut self) {
        self.identity = identity(&self.path);
    }

    /// Whether it is the same file still: the engine goes on writing into one that was deleted or replaced under it, and
    /// that would be lost.
    pub(super) fn is_the_same(&self) -> Result<(), StoreTrouble> {
        if identity(&self.path) == self.identity {
            Ok(())
        } else {
            Err(StoreTrouble::NoFile { path: self.path.clone() })
        }
    }

    /// What the engine's error means. SQLite's result codes are in the low byte, their refinements above it.
    pub(super) fn trouble(&self, error: &sqlx::Error, text: String) -> StoreTrouble {
        let path = self.path.clone();
        let code = error.as_database_error().and_then(|e| e.code()).and_then(|code| code.parse::<i64>().ok());
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => StoreTrouble::Busy,
            Some(3 | 8 | 14 | 23) => StoreTrouble::ReadOnly { path, text },
            Some(10) => StoreTrouble::Io { path, text },
            Some(11 | 26) => StoreTrouble::NotADatabase { path, text },
            Some(13) => StoreTrouble::Full { path },
            Some(_) => StoreTrouble::Other { text },
            None => match error {
                sqlx::Error::PoolTimedOut => StoreTrouble::Busy,
                sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => StoreTrouble::Io { path, text },
                _ => StoreTrouble::Other { text },
            },
        }
    }
}

/// Which file a path leads to, whatever its name; none if there is none.
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn percent_encoded(path: &Path) -> String {
    let mut out = String::new();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
