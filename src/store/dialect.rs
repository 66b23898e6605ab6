//! What the SQL engines do not share, as constants. Every statement elsewhere in the store is one text for all.
//!
//! To add an engine: a [`Dialect`] here, an arm in [`Dialect::of`], and its feature of sqlx in `Cargo.toml`.

/// One engine's own words.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Opens a transaction that may write. On SQLite it must take the write lock at once: a transaction that reads
    /// first and writes later fails (517) as soon as another writer came in between, without waiting.
    pub(super) begin_write: &'static str,
    /// Opens a transaction that sees one moment and only reads.
    pub(super) begin_read: &'static str,
    /// What every connection is told first.
    pub(super) on_connect: &'static [&'static str],
    /// What a connection that only reads is told besides.
    pub(super) on_connect_reader: &'static [&'static str],
    /// Brings the log of writes into the database, without holding anybody up.
    pub(super) checkpoint: &'static str,
    /// Counts the tables that are not the engine's or the migrator's own.
    pub(super) count_tables: &'static str,
    /// Counts the tables named `schema_info`.
    pub(super) count_schema_info: &'static str,
}

/// SQLite: one file, one writer.
static SQLITE: Dialect = Dialect {
    begin_write: "BEGIN IMMEDIATE",
    begin_read: "BEGIN",
    on_connect: &[
        "PRAGMA busy_timeout = 3000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        // The backstop, 16 MiB: see `checkpoint`.
        "PRAGMA wal_autocheckpoint = 4000",
    ],
    on_connect_reader: &["PRAGMA query_only = ON"],
    checkpoint: "PRAGMA wal_checkpoint(PASSIVE)",
    count_tables: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' \
                   AND name <> '_sqlx_migrations'",
    count_schema_info: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_info'",
};

impl Dialect {
    /// The dialect of a database by its address; none for an engine that is not built in.
    pub(super) fn of(url: &str) -> Option<&'static Self> {
        url.starts_with("sqlite:").then_some(&SQLITE)
    }
}
