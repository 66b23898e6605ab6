//! A database on a server that several instances may share: where it is, whether it is fit, and what its errors mean.
//!
//! A server comes back by itself: it is restarted, or another one takes its place. So what a file never is, passing, is
//! here the rule; lasting is only what a person must mend before anything can be written.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::{AnyConnection, Row as _};

use super::StoreTrouble;
use super::trouble::ServerTrouble;
use crate::clock::SystemClock;
use crate::domain::{Moment, Span};

/// How long a connection, with all that is asked of the server at its beginning, may take.
pub(super) const CONNECTING: Span = Span::seconds(10);

/// How long the server may be silent in the middle of something. More than its own bounds, which have a better word.
pub(super) const SILENCE: Span = Span::seconds(30);

/// After how long unused a connection is tried before it is worked with.
const UNUSED: Duration = Duration::from_secs(1);

/// The oldest version of PostgreSQL that has what is asked of it.
const OLDEST: i64 = 13;

/// What may follow the `?` of an address.
const OPTIONS: [&str; 7] =
    ["sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "options", "statement-cache-capacity"];

/// Whether the server can do what is asked of it.
const FITNESS: &str = "SELECT CAST(current_setting('server_version_num') AS BIGINT) / 10000, \
    current_setting('server_version'), current_setting('server_encoding'), \
    current_setting('transaction_read_only'), COALESCE(CAST(current_schema() AS TEXT), ''), \
    CASE WHEN has_schema_privilege(current_schema(), 'CREATE') THEN 'yes' ELSE 'no' END, \
    CAST(current_user AS TEXT), COALESCE((SELECT CAST(n.nspname AS TEXT) FROM pg_class c JOIN pg_namespace n \
    ON n.oid = c.relnamespace WHERE c.oid = to_regclass('schema_info') AND n.nspname <> current_schema()), '')";

/// A server, and the database on it.
pub(super) struct ServerPlace {
    url: String,
    /// What people may read of it: `db.example.org:5432/shipgate`.
    name: String,
    /// When a connection was cut last, in real time: those that were made before may lead nowhere either.
    cut_at: Arc<AtomicI64>,
}

impl ServerPlace {
    /// Reads an address such as `postgres://shipgate:secret@db.example.org/shipgate?sslmode=verify-full`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreTrouble> {
        let bad = |reason: &str| StoreTrouble::BadUrl { reason: reason.to_owned() };
        let rest = url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, place) = place.rsplit_once('@').unwrap_or(("", place));
        let (host, database) = place.split_once('/').unwrap_or((place, ""));
        if user.is_empty() || host.is_empty() || database.is_empty() {
            return Err(bad("write postgres://USER:PASSWORD@HOST:PORT/DATABASE"));
        }
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let name = pair.split('=').next().unwrap_or_default();
            if !OPTIONS.contains(&name) {
                return Err(bad(&format!("of options it knows {}", OPTIONS.join(", "))));
            }
        }
        let named = query.split('&').any(|pair| pair.starts_with("application_name="));
        let url = match (named, query) {
            (true, _) => url.to_owned(),
            (false, "") => format!("{}?application_name=shipgate", url.trim_end_matches('?')),
            (false, _) => format!("{url}&application_name=shipgate"),
        };
        Ok(Self { url, name: format!("{host}/{database}"), cut_at: Arc::default() })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether a connection that was not used for so long must be tried before it is worked with.
    pub(super) fn doubts(&self) -> impl Fn(Duration) -> bool + Send + Sync + 'static {
        let cut_at = Arc::clone(&self.cut_at);
        move |idle| {
            let since = SystemClock::real().now().since(Moment(cut_at.load(Ordering::Relaxed)));
            idle >= UNUSED || idle.as_millis() >= u128::from(since.0.unsigned_abs())
        }
    }

    /// Whether everything is there that the tables need before they are made.
    pub(super) async fn is_fit(&self, connection: &mut AnyConnection) -> Result<(), StoreTrouble> {
        let row = sqlx::query(FITNESS).fetch_one(connection).await.map_err(|e| self.told(&e))?;
        let text = |column: usize| row.try_get::<String, _>(column).map_err(|e| self.told(&e));
        let major: i64 = row.try_get(0).map_err(|e| self.told(&e))?;
        if major < OLDEST {
            return Err(self.wrong(ServerTrouble::TooOld, text(1)?));
        }
        if text(2)? != "UTF8" {
            return Err(self.wrong(ServerTrouble::Encoding, text(2)?));
        }
        if text(3)? == "on" {
            return Err(self.wrong(ServerTrouble::ReadOnly, String::new()));
        }
        if text(4)?.is_empty() {
            return Err(self.wrong(ServerTrouble::NoSchema, String::new()));
        }
        if text(5)? == "no" {
            return Err(self.wrong(ServerTrouble::NoRight, text(6)?));
        }
        // What the migrator made would stand in front of them, and be empty.
        if !text(7)?.is_empty() {
            return Err(self.wrong(ServerTrouble::Elsewhere, text(7)?));
        }
        Ok(())
    }

    pub(super) fn wrong(&self, wrong: ServerTrouble, text: String) -> StoreTrouble {
        StoreTrouble::Server { server: self.name.clone(), wrong, text }
    }

    fn told(&self, error: &sqlx::Error) -> StoreTrouble {
        self.trouble(error, super::trouble::cut(&error.to_string()))
    }

    /// What the server's error means, by its SQLSTATE; and what a connection that fails means.
    pub(super) fn trouble(&self, error: &sqlx::Error, text: String) -> StoreTrouble {
        use ServerTrouble as S;
        if let Some(code) = error.as_database_error().and_then(|e| e.code()) {
            return self.by_code(&code, text);
        }
        let wrong = match error {
            sqlx::Error::PoolTimedOut => S::Unreachable,
            sqlx::Error::Tls(_) => S::Tls,
            // What its certificate lacks comes as trouble of the connection.
            sqlx::Error::Io(_) if text.contains("certificate") => S::Tls,
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => S::Cut,
            _ => return StoreTrouble::Other { text },
        };
        self.noted(wrong, text)
    }

    fn noted(&self, wrong: ServerTrouble, text: String) -> StoreTrouble {
        if wrong == ServerTrouble::Cut {
            self.cut_at.store(SystemClock::real().now().0, Ordering::Relaxed);
        }
        self.wrong(wrong, text)
    }

    fn by_code(&self, code: &str, text: String) -> StoreTrouble {
        use ServerTrouble as S;
        let wrong = match code {
            // Serialization, deadlock, a lock not had in time, a statement that took too long.
            "40001" | "40P01" | "55P03" | "57014" => return StoreTrouble::Busy,
            // The server ends, has crashed, or starts; it has ended a session that stood still.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => S::Cut,
            "25006" => S::ReadOnly,
            "28P01" => S::Denied,
            "28000" if text.contains("no encryption") || text.contains("SSL off") => S::Tls,
            "3D000" | "57P04" => S::NoDatabase,
            "3F000" => S::NoSchema,
            "42501" => S::NoRight,
            "42P01" => S::Gone,
            "53100" => S::Full,
            _ if code.starts_with("08") || code.starts_with("53") => S::Unreachable,
            _ if code.starts_with("28") => S::Denied,
            _ if code.starts_with("XX001") || code.starts_with("XX002") || code.starts_with("58") => S::Damaged,
            _ => return StoreTrouble::Other { text },
        };
        self.noted(wrong, text)
    }
}
