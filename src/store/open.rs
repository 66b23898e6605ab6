//! Opening a database: refused untouched when this program cannot use it, created when there is none, and brought to
//! the schema of this program by one starter at a time. It is a file or on a server; what only one of these needs is in
//! `file` and `server`.
//!
//! Not here: any statement on what the tables hold.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Row as _};

use super::StoreTrouble;
use super::dialect::{Dialect, POSTGRES, SQLITE};
use super::file::{FilePlace, Purpose};
use super::server::{CONNECTING, SILENCE, ServerPlace};
use super::trouble::{ServerTrouble, cut};
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
pub(super) const PATIENCE: Span = Span::seconds(20);
pub(super) const PAUSE: Span = Span(25);

/// Where a database is, and how it is spoken to.
pub(super) struct Place {
    pub(super) dialect: &'static Dialect,
    kind: Kind,
}

enum Kind {
    File(FilePlace),
    Server(ServerPlace),
}

impl Place {
    /// Reads an address, such as `sqlite://shipgate.db` or `postgres://shipgate:secret@db.example.org/shipgate`.
    pub(super) fn parse(url: &str) -> Result<Self, StoreTrouble> {
        match url.split_once(':') {
            Some(("sqlite", rest)) => Ok(Self { dialect: &SQLITE, kind: Kind::File(FilePlace::parse(rest)?) }),
            Some(("postgres" | "postgresql", _)) => {
                Ok(Self { dialect: &POSTGRES, kind: Kind::Server(ServerPlace::parse(url)?) })
            }
            _ => Err(StoreTrouble::BadUrl { reason: "it must begin with sqlite:// or postgres://".to_owned() }),
        }
    }

    /// Everything that must be so before the pools are opened.
    pub(super) async fn prepare(&mut self) -> Result<(), StoreTrouble> {
        self.inspect().await?;
        let lock = self.lock().await?;
        let done = self.migrate_patiently().await;
        drop(lock);
        if let Kind::File(file) = &mut self.kind {
            file.keep_in_mind();
        }
        done
    }

    /// What is there, seen through a connection that changes nothing, so that a refusal leaves no trace: the schema; none
    /// where there is nothing yet.
    pub(super) async fn inspect(&self) -> Result<Option<i64>, StoreTrouble> {
        sqlx::any::install_default_drivers();
        if let Kind::File(file) = &self.kind
            && file.is_empty()?
        {
            return Ok(None);
        }
        self.on_one(Purpose::Look, async |connection| self.judge(connection).await).await
    }

    /// That there is a database which could be looked into.
    pub(super) fn is_there(&self) -> Result<(), StoreTrouble> {
        match &self.kind {
            Kind::File(file) if !file.path().exists() => Err(StoreTrouble::NoFile { path: file.path().to_owned() }),
            _ => Ok(()),
        }
    }

    /// That it is the same database still.
    pub(super) fn is_the_same(&self) -> Result<(), StoreTrouble> {
        match &self.kind {
            Kind::File(file) => file.is_the_same(),
            Kind::Server(_) => Ok(()),
        }
    }

    /// A file beside the database that every program on this host finds; none where they may be on several.
    pub(super) fn beside(&self, ending: &str) -> Option<PathBuf> {
        match &self.kind {
            Kind::File(file) => Some(file.beside(ending)),
            Kind::Server(_) => None,
        }
    }

    /// How long the other side may be silent; none where it is in this very process.
    pub(super) const fn silence(&self) -> Option<Span> {
        match &self.kind {
            Kind::File(_) => None,
            Kind::Server(_) => Some(SILENCE),
        }
    }

    /// What the engine's error means.
    pub(super) fn trouble(&self, error: &sqlx::Error) -> StoreTrouble {
        let text = cut(&error.to_string());
        match error {
            sqlx::Error::Configuration(_) => StoreTrouble::BadUrl { reason: text },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
                StoreTrouble::Inconsistent { text }
            }
            _ => match &self.kind {
                Kind::File(file) => file.trouble(error, text),
                Kind::Server(server) => server.trouble(error, text),
            },
        }
    }

    /// That no answer came.
    pub(super) fn silent(&self, wrong: ServerTrouble) -> StoreTrouble {
        match &self.kind {
            Kind::File(_) => StoreTrouble::Busy,
            Kind::Server(server) => server.wrong(wrong, "no answer".to_owned()),
        }
    }

    /// What people may read of where it is.
    fn name(&self) -> String {
        match &self.kind {
            Kind::File(file) => file.path().display().to_string(),
            Kind::Server(server) => server.name().to_owned(),
        }
    }

    /// A pool whose connections have all been told what the dialect wants.
    pub(super) async fn pool(&self, size: u32, reader: bool) -> Result<AnyPool, StoreTrouble> {
        let besides = if reader { self.dialect.on_connect_reader } else { &[] };
        let told = self.on_connect(besides);
        let options = AnyPoolOptions::new()
            .max_connections(size)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let told = told.clone();
                Box::pin(async move { tell(connection, told).await })
            });
        let options = match &self.kind {
            Kind::File(_) => options.min_connections(1),
            // A server that was restarted leaves connections behind that lead nowhere, and one that is made ahead may be
            // to a server that is not the right one any more once it is wanted.
            Kind::Server(server) => {
                let doubts = Arc::new(server.doubts());
                let patience = std::time::Duration::from_millis(CONNECTING.0.unsigned_abs());
                options.acquire_timeout(patience).before_acquire(move |connection, so_far| {
                    let doubts = Arc::clone(&doubts);
                    Box::pin(async move {
                        if doubts(so_far.idle_for) {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
            }
        };
        let pool = options.connect_with(self.connect_options(Purpose::Work)?).await;
        pool.map_err(|e| self.trouble(&e).on_connecting())
    }

    fn on_connect(&self, besides: &[&'static str]) -> Vec<String> {
        let mut told: Vec<String> = self.dialect.on_connect.iter().chain(besides).map(ToString::to_string).collect();
        if let Kind::File(file) = &self.kind {
            told.extend(file.told());
        }
        told
    }

    fn connect_options(&self, purpose: Purpose) -> Result<AnyConnectOptions, StoreTrouble> {
        let url = match &self.kind {
            Kind::File(file) => file.url(purpose),
            Kind::Server(server) => server.url().to_owned(),
        };
        let parsed = url.parse::<AnyConnectOptions>().map_err(|e| self.trouble(&e))?;
        Ok(parsed.disable_statement_logging())
    }

    /// Does something on a connection of its own, which is closed then.
    async fn on_one<T>(
        &self,
        purpose: Purpose,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, StoreTrouble>,
    ) -> Result<T, StoreTrouble> {
        let options = self.connect_options(purpose)?;
        let connecting = clock::timeout(&*SystemClock::real(), CONNECTING, AnyConnection::connect_with(&options)).await;
        let connected = connecting.ok_or_else(|| self.silent(ServerTrouble::Unreachable))?;
        let mut connection = connected.map_err(|e| self.trouble(&e).on_connecting())?;
        let done = work(&mut connection).await;
        let closed = connection.close().await.map_err(|e| self.trouble(&e));
        let done = done?;
        closed.map(|()| done)
    }

    async fn judge(&self, connection: &mut AnyConnection) -> Result<Option<i64>, StoreTrouble> {
        let trouble = |e: sqlx::Error| self.trouble(&e);
        if let Kind::Server(server) = &self.kind {
            server.is_fit(connection).await?;
        }
        // In this order: another starter may make all tables between the two, and they are not another program's.
        let others = count(connection, self.dialect.count_tables).await.map_err(trouble)?;
        if count(connection, self.dialect.count_schema_info).await.map_err(trouble)? == 0 {
            return if others == 0 { Ok(None) } else { Err(StoreTrouble::Foreign { database: self.name() }) };
        }
        let (needs, version) = sqlx::query("SELECT readable_from, version FROM schema_info WHERE id = 1")
            .fetch_one(connection)
            .await
            .and_then(|row| Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?)))
            .map_err(trouble)?;
        if needs > SCHEMA {
            return Err(StoreTrouble::Newer { database: self.name(), needs, knows: SCHEMA });
        }
        Ok(Some(version))
    }

    /// Keeps other starters out, where the engine does not do so itself while it migrates.
    async fn lock(&self) -> Result<Option<File>, StoreTrouble> {
        let Kind::File(file) = &self.kind else { return Ok(None) };
        let lock = file.lock().await?;
        file.create_private()?;
        Ok(Some(lock))
    }

    async fn migrate_patiently(&self) -> Result<(), StoreTrouble> {
        let real = SystemClock::real();
        for _ in 0..5 {
            match self.on_one(Purpose::Make, async |connection| self.migrate(connection).await).await {
                Err(StoreTrouble::Busy) => clock::sleep(&*real, Span(PAUSE.0 * 2)).await,
                done => return done,
            }
        }
        Err(StoreTrouble::Busy)
    }

    async fn migrate(&self, connection: &mut AnyConnection) -> Result<(), StoreTrouble> {
        let trouble = |e: sqlx::Error| self.trouble(&e);
        // Another starter may have brought it further since it was looked at without the lock.
        self.judge(connection).await?;
        tell(connection, self.on_connect(self.dialect.on_connect_migrator)).await.map_err(trouble)?;
        let migration = |(number, name, text): &(i64, &'static str, &'static str)| {
            Migration::new(*number, (*name).into(), MigrationType::Simple, self.dialect.migration(text), false)
        };
        let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect());
        // A newer program may have left migrations that this one does not know; it said that we can read them.
        migrator.set_ignore_missing(true);
        migrator.run_direct(None, connection, false).await.map_err(|e| match e {
            MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => trouble(e),
            e => StoreTrouble::Inconsistent { text: e.to_string() },
        })?;
        // A database that cannot be written opens without a word; better said now than at the first release.
        for statement in [self.dialect.begin_write, "UPDATE schema_info SET id = id WHERE id = 1", "COMMIT"] {
            sqlx::raw_sql(statement).execute(&mut *connection).await.map_err(trouble)?;
        }
        Ok(())
    }
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
