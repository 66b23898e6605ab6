//! What the SQL engines do not share, as constants. Every statement elsewhere in the store is one text for all.
//!
//! To add an engine: a [`Dialect`] here, an arm in `Place::parse`, and its feature of sqlx in `Cargo.toml`.

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// One engine's own words.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Opens a transaction that may write, as the only one: what is read in it is still so when it writes. Where the
    /// engine can tell later what became of a transaction, a row says under which name.
    pub(super) begin_write: &'static str,
    /// Opens a transaction that sees one moment and only reads.
    pub(super) begin_read: &'static str,
    /// What every connection is told first.
    pub(super) on_connect: &'static [&'static str],
    /// What a connection that only reads is told besides.
    pub(super) on_connect_reader: &'static [&'static str],
    /// What a connection that migrates is told besides.
    pub(super) on_connect_migrator: &'static [&'static str],
    /// Brings the log of writes into the database, without holding anybody up; none where the engine does so itself.
    pub(super) checkpoint: Option<&'static str>,
    /// What became of a transaction by its name; none where a commit is never left open.
    pub(super) outcome: Option<&'static str>,
    /// What columns of text are called, so that text is ordered by its bytes on every engine.
    pub(super) text: &'static str,
    /// Counts the tables that are not the engine's or the migrator's own.
    pub(super) count_tables: &'static str,
    /// Counts the tables named `schema_info`.
    pub(super) count_schema_info: &'static str,
}

/// SQLite: one file, one writer. The write lock is taken at once: a transaction that reads first and writes later fails
/// (517) as soon as another writer came in between, without waiting.
pub(super) static SQLITE: Dialect = Dialect {
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
    on_connect_migrator: &[],
    checkpoint: Some("PRAGMA wal_checkpoint(PASSIVE)"),
    outcome: None,
    text: "TEXT",
    count_tables: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' \
                   AND name <> '_sqlx_migrations'",
    count_schema_info: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_info'",
};

/// PostgreSQL: one writer at a time by a lock that belongs to our very tables, whoever finds them by whatever name. It
/// ends with the transaction, and a transaction ends with its connection; one that stands still in the middle is ended
/// by the server after ten seconds, and a host that is gone is noticed in 25.
pub(super) static POSTGRES: Dialect = Dialect {
    begin_write: "BEGIN ISOLATION LEVEL READ COMMITTED; \
                  SELECT CAST(pg_current_xact_id() AS TEXT) FROM pg_advisory_xact_lock(1397246288, \
                  CAST(CAST(CAST('schema_info' AS regclass) AS oid) AS integer))",
    begin_read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    on_connect: &["SET client_min_messages = 'warning'; SET statement_timeout = '15s'; SET lock_timeout = '5s'; \
                   SET idle_in_transaction_session_timeout = '10s'; SET tcp_keepalives_idle = 10; \
                   SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; \
                   SELECT CASE WHEN current_setting('synchronous_commit') = 'off' \
                   THEN set_config('synchronous_commit', 'on', false) ELSE '' END"],
    on_connect_reader: &["SET default_transaction_read_only = on"],
    // A large table takes longer than a statement may, and so does waiting for another starter.
    on_connect_migrator: &["SET statement_timeout = 0; SET lock_timeout = '20s'"],
    checkpoint: None,
    outcome: Some("SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS xid8))"),
    text: "TEXT COLLATE \"C\"",
    count_tables: "SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'f') \
                   AND c.relname <> '_sqlx_migrations' \
                   AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
    count_schema_info: "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_info')",
};

impl Dialect {
    /// A migration in the engine's own words.
    pub(super) fn migration(&self, text: &'static str) -> SqlStr {
        if self.text == "TEXT" {
            return text.into_sql_str();
        }
        AssertSqlSafe(text.replace(" TEXT ", &format!(" {} ", self.text))).into_sql_str()
    }
}
