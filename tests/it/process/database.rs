//! A look into the database file, and a hand in it, behind Shipgate's back.

use sqlx::{AnyConnection, Connection as _};

use super::run::{Home, url};

pub(super) struct Database(String);

impl Database {
    pub(super) fn at(home: &Home) -> Self {
        sqlx::any::install_default_drivers();
        Self(url(&home.database()))
    }

    async fn open(&self) -> AnyConnection {
        let mut connection = AnyConnection::connect(&self.0).await.expect("a database");
        sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut connection).await.expect("a pragma");
        connection
    }

    /// How many rows there are of this.
    pub(super) async fn count(&self, what: &str) -> i64 {
        self.number(&format!("SELECT COUNT(*) FROM {what}")).await
    }

    /// The one number that a query gives.
    pub(super) async fn number(&self, query: &str) -> i64 {
        let mut connection = self.open().await;
        let number = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut connection).await.expect(query);
        connection.close().await.expect("closed");
        number
    }

    /// Runs statements.
    pub(super) async fn tamper(&self, statements: &str) {
        let mut connection = self.open().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.expect(statements);
        connection.close().await.expect("closed");
    }

    /// Holds the write lock until it is dropped.
    pub(super) async fn hold(&self) -> AnyConnection {
        let mut connection = self.open().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the write lock");
        connection
    }
}
