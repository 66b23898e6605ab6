//! Transactions. Every write of the store that is more than one statement goes through [`writing!`]: the lock taken at
//! once, all of it or nothing, again from the start when the database was busy.
//!
//! Why not sqlx's own transactions: SQLite ends a transaction by itself on a full disk or a failed write; sqlx does
//! not notice, still counts it as open, and the only writer refuses every further BEGIN until the program is
//! restarted. Here a connection whose transaction did not end well is closed and a new one takes its place.

use sqlx::any::Any;
use sqlx::pool::PoolConnection;
use sqlx::{AnyConnection, AnyPool};

use super::{Store, StoreTrouble};

/// How often a transaction is tried while the database is busy. The engine itself waits during each.
pub(super) const TRIES: u32 = 3;

/// A transaction on a connection of its own. Dropped before its end, it takes the connection with it.
pub(super) struct Session {
    connection: PoolConnection<Any>,
    open: bool,
}

impl Session {
    async fn begin(pool: &AnyPool, begin: &'static str) -> Result<Self, sqlx::Error> {
        let mut session = Self { connection: pool.acquire().await?, open: true };
        sqlx::query(begin).execute(&mut *session.connection).await?;
        Ok(session)
    }

    async fn end(mut self, how: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(how).execute(&mut *self.connection).await?;
        self.open = false;
        Ok(())
    }

    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.open {
            self.connection.close_on_drop();
        }
    }
}

/// How a piece of work wants its transaction to end.
pub(super) enum End<T> {
    /// What was written stays.
    Commit(T),
    /// Nothing was, or shall be, written.
    RollBack(T),
}

/// Does some work in one transaction that may write, again from the start when the database was busy.
/// `writing!(store, "what", |tx| { … Ok(End::Commit(done)) })`.
///
/// Why not a method that takes an async closure: the compiler cannot prove of such a closure that it may move between
/// threads once it borrows anything.
macro_rules! writing {
    ($store:expr, $what:expr, |$tx:ident| $work:expr) => {{
        let mut tries = 1;
        loop {
            let done = match $store.begin_write().await {
                Err(trouble) => Err(trouble),
                Ok(mut session) => {
                    let $tx = session.connection();
                    let worked: Result<$crate::store::session::End<_>, $crate::store::StoreTrouble> =
                        async { $work }.await;
                    $store.end_write($what, session, worked).await
                }
            };
            match done {
                Err(trouble) if trouble.is_passing() && tries < $crate::store::session::TRIES => tries += 1,
                done => break done,
            }
        }
    }};
}
pub(super) use writing;

/// Reads in one transaction, so that everything read belongs together: `reading!(store, |tx| { … Ok(read) })`.
macro_rules! reading {
    ($store:expr, |$tx:ident| $work:expr) => {
        match $store.begin_read().await {
            Err(trouble) => Err(trouble),
            Ok(mut session) => {
                let $tx = session.connection();
                let worked = async { $work }.await;
                $store.end_read(session, worked).await
            }
        }
    };
}
pub(super) use reading;

impl Store {
    pub(super) async fn begin_write(&self) -> Result<Session, StoreTrouble> {
        Session::begin(&self.0.writer, self.0.dialect.begin_write).await.map_err(|e| self.trouble(&e))
    }

    pub(super) async fn end_write<T>(
        &self,
        what: &'static str,
        session: Session,
        worked: Result<End<T>, StoreTrouble>,
    ) -> Result<T, StoreTrouble> {
        match worked {
            Ok(End::Commit(done)) => {
                self.0.observer.about_to_commit(what).await;
                session.end("COMMIT").await.map_err(|e| self.trouble(&e))?;
                self.counts_a_commit();
                self.0.observer.committed(what).await;
                Ok(done)
            }
            Ok(End::RollBack(done)) => {
                session.end("ROLLBACK").await.map_err(|e| self.trouble(&e))?;
                Ok(done)
            }
            Err(trouble) => {
                // When this fails too, the session takes its connection with it.
                let _ = session.end("ROLLBACK").await;
                Err(trouble)
            }
        }
    }

    /// A connection to read one thing with: one statement needs no transaction of its own.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Any>, StoreTrouble> {
        self.0.readers.acquire().await.map_err(|e| self.trouble(&e))
    }

    pub(super) async fn begin_read(&self) -> Result<Session, StoreTrouble> {
        Session::begin(&self.0.readers, self.0.dialect.begin_read).await.map_err(|e| self.trouble(&e))
    }

    pub(super) async fn end_read<T>(
        &self,
        session: Session,
        worked: Result<T, StoreTrouble>,
    ) -> Result<T, StoreTrouble> {
        let read = worked?;
        session.end("COMMIT").await.map_err(|e| self.trouble(&e))?;
        Ok(read)
    }

    pub(super) fn trouble(&self, error: &sqlx::Error) -> StoreTrouble {
        let trouble = StoreTrouble::from_sqlx(error, &self.0.path);
        if trouble.is_lasting() {
            self.0.broken.send_if_modified(|known| {
                let first = known.is_none();
                known.get_or_insert_with(|| trouble.clone());
                first
            });
        }
        trouble
    }
}
