//! Opening a database: refused untouched when this program cannot use it, created when there is none, and brought to
//! the schema of this program by one starter at a time.
//!
//! Not here: any statement on what the tables hold.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use sqlx::any::AnyConnectOptions;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Row as _, SqlSafeStr as _};

use super::StoreTrouble;
use super::dialect::Dialect;
use crate::clock::{self, SystemClock};
use crate::domain::Span;

/// Every migration, oldest first: number, name, text. Never changed once released; a new one goes at the end.
pub const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "spine", include_str!("../../migrations/0001_spine.sql")),
    (2, "chats", include_str!("../../migrations/0002_chats.sql")),
    (3, "halts", include_str!("../../migrations/0003_halts.sql")),
    (4, "requests", include_str!("../../migrations/0004_requests.sql")),
    (5, "locks", include_str!("../../migrations/0005_locks.sql")),
    (6, "far_back", include_str!("../../migrations/0006_far_back.sql")),
    (7, "paces", include_str!("../../migrations/0007_paces.sql")),
];

/// The newest schema that this program knows.
pub const SCHEMA: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// How long a starter waits for another one: in real time, because it waits for another process.
const PATIENCE: Span = Span::seconds(20);
const PAUSE: Span = Span(25);

/// How a file is opened that must be there.
const EXISTING: &str = "mode=rw";

/// Which file a path leads to, whatever its name; none if there is none.
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Where a database is, and how it is spoken to.
pub(super) struct Place {
    pub(super) dialect: &'static Dialect,
    pub(super) path: PathBuf,
    mode: &'static str,
    pages: Option<u32>,
}

impl Place {
    /// Reads an address such as `sqlite://shipgate.db` or `sqlite:///data/shipgate.db?max_pages=250000`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreTrouble> {
        let bad = |reason: &str| StoreTrouble::BadUrl { reason: reason.to_owned() };
        let dialect = Dialect::of(url).ok_or_else(|| bad("it must begin with sqlite://"))?;
        let rest = url.strip_prefix("sqlite:").unwrap_or(url);
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
        Ok(Self { dialect, path, mode, pages })
    }

    /// Everything that must be so before the pools are opened.
    pub(super) async fn prepare(&self) -> Result<(), StoreTrouble> {
        sqlx::any::install_default_drivers();
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if !folder.is_dir() {
            return Err(StoreTrouble::NoFolder { path: folder.to_owned() });
        }
        self.check_before_touching().await?;
        let lock = self.lock().await?;
        self.create_private()?;
        let done = self.migrate_patiently().await;
        drop(lock);
        done
    }

    /// What is there, seen through a connection that cannot write: the schema; none where there is nothing yet.
    pub(super) async fn inspect(&self) -> Result<Option<i64>, StoreTrouble> {
        sqlx::any::install_default_drivers();
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        if !folder.is_dir() {
            return Err(StoreTrouble::NoFolder { path: folder.to_owned() });
        }
        self.check_before_touching().await
    }

    /// A pool whose connections have all been told what the dialect wants. The file is there by then: should it be
    /// deleted, a later connection must not make a new, empty one in its place.
    pub(super) async fn pool(&self, size: u32, reader: bool) -> Result<AnyPool, StoreTrouble> {
        let told: Vec<String> = self.on_connect(reader);
        sqlx::any::AnyPoolOptions::new()
            .max_connections(size)
            .min_connections(1)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let told = told.clone();
                Box::pin(async move { tell(connection, told).await })
            })
            .connect_with(self.connect_options(if self.mode == "mode=ro" { self.mode } else { EXISTING })?)
            .await
            .map_err(|e| StoreTrouble::from_sqlx(&e, &self.path))
    }

    fn on_connect(&self, reader: bool) -> Vec<String> {
        let mut told: Vec<String> = self.dialect.on_connect.iter().map(ToString::to_string).collect();
        if reader {
            told.extend(self.dialect.on_connect_reader.iter().map(ToString::to_string));
        }
        told.extend(self.pages.map(|n| format!("PRAGMA max_page_count = {n}")));
        told
    }

    fn connect_options(&self, options: &str) -> Result<AnyConnectOptions, StoreTrouble> {
        let url = format!("sqlite://{}?{options}", percent_encoded(&self.path));
        let parsed = url.parse::<AnyConnectOptions>().map_err(|e| StoreTrouble::from_sqlx(&e, &self.path))?;
        Ok(parsed.disable_statement_logging())
    }

    /// Looks at an existing file through a connection that cannot write, so that a refusal leaves no trace.
    async fn check_before_touching(&self) -> Result<Option<i64>, StoreTrouble> {
        let size = std::fs::metadata(&self.path).map(|m| m.len()).unwrap_or(0);
        if size == 0 {
            return Ok(None);
        }
        let trouble = |e: sqlx::Error| StoreTrouble::from_sqlx(&e, &self.path);
        let mut connection = AnyConnection::connect_with(&self.connect_options("mode=ro")?).await.map_err(trouble)?;
        let verdict = self.judge(&mut connection).await;
        connection.close().await.map_err(trouble)?;
        verdict
    }

    async fn judge(&self, connection: &mut AnyConnection) -> Result<Option<i64>, StoreTrouble> {
        let trouble = |e: sqlx::Error| StoreTrouble::from_sqlx(&e, &self.path);
        if count(connection, self.dialect.count_schema_info).await.map_err(trouble)? == 0 {
            let others = count(connection, self.dialect.count_tables).await.map_err(trouble)?;
            return if others == 0 { Ok(None) } else { Err(StoreTrouble::Foreign { path: self.path.clone() }) };
        }
        let (needs, version) = sqlx::query("SELECT readable_from, version FROM schema_info WHERE id = 1")
            .fetch_one(connection)
            .await
            .and_then(|row| Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?)))
            .map_err(trouble)?;
        if needs > SCHEMA {
            return Err(StoreTrouble::Newer { path: self.path.clone(), needs, knows: SCHEMA });
        }
        Ok(Some(version))
    }

    /// Keeps other starters out. SQLite has no lock of its own around a migration, and its busy timeout does not
    /// cover the switch to WAL: of two that start at once on a new file, one in ten would fail.
    async fn lock(&self) -> Result<File, StoreTrouble> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let refused = |e: std::io::Error| StoreTrouble::ReadOnly { path: self.path.clone(), text: e.to_string() };
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
    fn create_private(&self) -> Result<(), StoreTrouble> {
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

    async fn migrate_patiently(&self) -> Result<(), StoreTrouble> {
        let real = SystemClock::real();
        for _ in 0..5 {
            match self.migrate().await {
                Err(StoreTrouble::Busy) => clock::sleep(&*real, Span(PAUSE.0 * 2)).await,
                done => return done,
            }
        }
        Err(StoreTrouble::Busy)
    }

    async fn migrate(&self) -> Result<(), StoreTrouble> {
        let trouble = |e: sqlx::Error| StoreTrouble::from_sqlx(&e, &self.path);
        let mut connection = AnyConnection::connect_with(&self.connect_options(self.mode)?).await.map_err(trouble)?;
        let done = self.migrate_on(&mut connection).await;
        let closed = connection.close().await.map_err(trouble);
        done.and(closed)
    }

    async fn migrate_on(&self, connection: &mut AnyConnection) -> Result<(), StoreTrouble> {
        let trouble = |e: sqlx::Error| StoreTrouble::from_sqlx(&e, &self.path);
        // Another starter may have brought it further since it was looked at without the lock.
        self.judge(connection).await?;
        tell(connection, self.on_connect(false)).await.map_err(trouble)?;
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect());
        // A newer program may have left migrations that this one does not know; it said that we can read them.
        migrator.set_ignore_missing(true);
        migrator.run_direct(None, connection, false).await.map_err(|e| match e {
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => trouble(e),
            e => StoreTrouble::Inconsistent { text: e.to_string() },
        })?;
        // A file that cannot be written opens without a word; better said now than at the first release.
        sqlx::query(self.dialect.begin_write).execute(&mut *connection).await.map_err(trouble)?;
        sqlx::query("UPDATE schema_info SET id = id WHERE id = 1").execute(&mut *connection).await.map_err(trouble)?;
        sqlx::query("COMMIT").execute(&mut *connection).await.map_err(trouble)?;
        Ok(())
    }
}

fn migration((number, name, text): &(i64, &'static str, &'static str)) -> Migration {
    Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
}

async fn tell(connection: &mut AnyConnection, told: Vec<String>) -> Result<(), sqlx::Error> {
    for statement in told {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn count(connection: &mut AnyConnection, statement: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query(statement).fetch_one(connection).await?.try_get(0)
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
