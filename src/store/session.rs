//! Transactions. Every write of the store that is more than one statement goes through [`writing!`]: the lock taken at
//! once, all of it or nothing, again from the start when the database was busy.
//!
//! Why not sqlx's own transactions: SQLite ends a transaction by itself on a full disk or a failed write; sqlx does
//! not notice, still counts it as open, and the only writer refuses every further BEGIN until the program is
//! restarted. Here a connection whose transaction did not end well is closed and a new one takes its place.
//!
//! A connection to a server may break while its commit is under way, and then nobody has said whether it was one. Such a
//! transaction is never done again before the server has told what became of it: see [`Store::find_out`].

use sqlx::any::Any;
use sqlx::pool::PoolConnection;
use sqlx::{AnyConnection, AnyPool, Row as _};

use super::trouble::ServerTrouble;
use super::{Store, StoreTrouble};
use crate::clock::{self, SystemClock};
use crate::domain::Span;

/// How often a transaction is tried while the database is busy. The engine itself waits during each.
pub(super) const TRIES: u32 = 3;

/// How long a server is asked what became of a commit, and how often: in real time, because it is another process.
const FINDING_OUT: Span = Span::seconds(20);
const ASKING_AGAIN: Span = Span(200);

/// A transaction on a connection of its own. Dropped before its end, it takes the connection with it.
pub(super) struct Session {
    connection: PoolConnection<Any>,
    open: bool,
    /// Under which name the engine can tell later what became of it.
    name: Option<String>,
}

impl Session {
    async fn begin(connection: PoolConnection<Any>, begin: &'static str) -> Result<Self, sqlx::Error> {
        let mut session = Self { connection, open: true, name: None };
        let rows = sqlx::raw_sql(begin).fetch_all(&mut *session.connection).await?;
        session.name = rows.first().map(|row| row.try_get(0)).transpose()?;
        Ok(session)
    }

    async fn end(mut self, how: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(how).execute(&mut *self.connection).await?;
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

/// A statement with what is bound to it.
pub(super) type Query<'q> = sqlx::query::Query<'q, Any, sqlx::any::AnyArguments>;

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
                    let worked = $store.bounded(async { $work }).await;
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

/// Reads in one transaction, so that everything read belongs together: `reading!(store, |tx| { … Ok(read) })`. Where the
/// connection breaks it is read again.
macro_rules! reading {
    ($store:expr, |$tx:ident| $work:expr) => {{
        let mut tries = 1;
        loop {
            let done = match $store.begin_read().await {
                Err(trouble) => Err(trouble),
                Ok(mut session) => {
                    let $tx = session.connection();
                    let worked = $store.bounded(async { $work }).await;
                    $store.end_read(session, worked).await
                }
            };
            match done {
                Err(trouble) if trouble.is_passing() && tries < $crate::store::session::TRIES => tries += 1,
                done => break done,
            }
        }
    }};
}
pub(super) use reading;

/// Does one thing that needs no transaction of its own, and that may be done twice: where the connection breaks it is.
macro_rules! single {
    ($store:expr, $connect:ident, |$connection:ident| $work:expr) => {{
        let mut tries = 1;
        loop {
            let working = async {
                let mut connection = $store.$connect().await?;
                let $connection = &mut *connection;
                $work
            };
            match $store.bounded(working).await {
                Err(trouble) if trouble.is_passing() && tries < $crate::store::session::TRIES => tries += 1,
                done => break done,
            }
        }
    }};
}
pub(super) use single;

/// Reads one thing: `looking!(store, |reader| { … Ok(seen) })`.
macro_rules! looking {
    ($store:expr, |$reader:ident| $work:expr) => {
        $crate::store::session::single!($store, reader, |$reader| $work)
    };
}
pub(super) use looking;

impl Store {
    pub(super) async fn begin_write(&self) -> Result<Session, StoreTrouble> {
        self.begin(self.writer().await?, self.0.place.dialect.begin_write).await
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
                self.commit(session).await?;
                self.counts_a_commit();
                self.0.observer.committed(what).await;
                Ok(done)
            }
            Ok(End::RollBack(done)) => {
                self.end(session, "ROLLBACK").await?;
                Ok(done)
            }
            // The server may have become another one's deputy, and this connection would go on leading there.
            Err(trouble @ StoreTrouble::Server { .. }) => Err(trouble),
            Err(trouble) => {
                // When this fails too, the session takes its connection with it.
                let _ = session.end("ROLLBACK").await;
                Err(trouble)
            }
        }
    }

    async fn commit(&self, session: Session) -> Result<(), StoreTrouble> {
        let name = session.name.clone();
        match self.end(session, "COMMIT").await {
            Err(cut @ StoreTrouble::Server { wrong: ServerTrouble::Cut, .. }) => self.find_out(name, cut).await,
            done => done,
        }
    }

    /// Asks what became of a transaction whose commit was not answered. Where it is known not to have been committed, it
    /// may be done again; where nobody can say, it may not.
    async fn find_out(&self, name: Option<String>, cut: StoreTrouble) -> Result<(), StoreTrouble> {
        let Some((question, name)) = self.0.place.dialect.outcome.zip(name) else { return Err(cut.left_open()) };
        let real = SystemClock::real();
        let end = real.now().plus(FINDING_OUT);
        loop {
            let known = looking!(self, |reader| {
                let row = sqlx::query(question).bind(&name).fetch_one(reader).await;
                row.and_then(|row| row.try_get::<Option<String>, _>(0)).map_err(|e| self.trouble(&e))
            });
            match known.as_ref().map(Option::as_deref) {
                Ok(Some("committed")) => return Ok(()),
                Ok(Some("aborted")) => return Err(cut),
                // It is under way still: the server has not noticed that nobody is there any more, or it is away.
                Ok(Some(_)) | Err(_) if real.now() < end => clock::sleep(&*real, ASKING_AGAIN).await,
                _ => {
                    tracing::error!(transaction = %name, "whether it was committed could not be found out");
                    return Err(cut.left_open());
                }
            }
        }
    }

    /// A connection to read one thing with.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Any>, StoreTrouble> {
        self.connection(&self.0.readers).await
    }

    /// The connection to write one thing with.
    pub(super) async fn writer(&self) -> Result<PoolConnection<Any>, StoreTrouble> {
        self.connection(&self.0.writer).await
    }

    pub(super) async fn begin_read(&self) -> Result<Session, StoreTrouble> {
        self.begin(self.reader().await?, self.0.place.dialect.begin_read).await
    }

    pub(super) async fn end_read<T>(
        &self,
        session: Session,
        worked: Result<T, StoreTrouble>,
    ) -> Result<T, StoreTrouble> {
        let read = worked?;
        self.end(session, "COMMIT").await?;
        Ok(read)
    }

    /// A connection out of a pool. One that is cut while it is made is made again, like whatever else is cut.
    async fn connection(&self, pool: &AnyPool) -> Result<PoolConnection<Any>, StoreTrouble> {
        let mut tries = 1;
        loop {
            match pool.acquire().await.map_err(|e| self.trouble(&e)) {
                Err(StoreTrouble::Server { wrong: ServerTrouble::Cut, .. }) if tries < TRIES => tries += 1,
                done => return done.map_err(StoreTrouble::on_connecting),
            }
        }
    }

    async fn begin(&self, connection: PoolConnection<Any>, begin: &'static str) -> Result<Session, StoreTrouble> {
        self.bounded(async { Session::begin(connection, begin).await.map_err(|e| self.trouble(&e)) }).await
    }

    async fn end(&self, session: Session, how: &'static str) -> Result<(), StoreTrouble> {
        self.bounded(async { session.end(how).await.map_err(|e| self.trouble(&e)) }).await
    }

    /// Waits no longer for a server than it may be silent: a way there that was cut without a word looks like one that
    /// is slow.
    pub(super) fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, StoreTrouble>>,
    ) -> impl Future<Output = Result<T, StoreTrouble>> {
        // Boxed: callers would carry it in their futures.
        let work = Box::pin(work);
        async move {
            let Some(silence) = self.0.place.silence() else { return work.await };
            let done = clock::timeout(&*SystemClock::real(), silence, work).await;
            done.unwrap_or_else(|| Err(self.0.place.silent(ServerTrouble::Cut)))
        }
    }

    pub(super) fn trouble(&self, error: &sqlx::Error) -> StoreTrouble {
        let trouble = self.0.place.trouble(error);
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
