//! Idempotency keys of the API: the same key from the same token gets the same answer.

use sqlx::Row as _;

use super::session::{End, writing};
use super::{Store, StoreTrouble};
use crate::domain::Span;

/// A key as one token uses it.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The token's name.
    pub token: &'a str,
    /// The key that the client chose.
    pub key: &'a str,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Nothing: it is now reserved for this request, which must answer it.
    New,
    /// Another request with it is under way.
    UnderWay,
    /// It was used for another request.
    Mismatch,
    /// It was answered so.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

impl Store {
    /// Reserves a key, or tells what became of it. A reservation that nobody answered for `patience` is taken over:
    /// its request died.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn reserve_key(&self, key: Key<'_>, fingerprint: &str, patience: Span) -> Result<Reserved, StoreTrouble> {
        let now = self.0.clock.now().0;
        writing!(self, "reserve", |tx| {
            let done = sqlx::query(
                "INSERT INTO api_answers (token, name, fingerprint, status, body, at) VALUES ($1, $2, $3, 0, '', $4) \
                 ON CONFLICT (token, name) DO UPDATE SET at = excluded.at WHERE api_answers.status = 0 \
                 AND api_answers.fingerprint = excluded.fingerprint AND api_answers.at <= $5",
            )
            .bind(key.token)
            .bind(key.key)
            .bind(fingerprint)
            .bind(now)
            .bind(now.saturating_sub(patience.0))
            .execute(&mut *tx)
            .await
            .map_err(|e| self.trouble(&e))?;
            if done.rows_affected() > 0 {
                return Ok(End::Commit(Reserved::New));
            }
            let row = sqlx::query("SELECT fingerprint, status, body FROM api_answers WHERE token = $1 AND name = $2")
                .bind(key.token)
                .bind(key.key)
                .fetch_one(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
            let known: String = row.try_get("fingerprint").map_err(|e| self.trouble(&e))?;
            let status: i64 = row.try_get("status").map_err(|e| self.trouble(&e))?;
            let body = row.try_get("body").map_err(|e| self.trouble(&e))?;
            Ok(End::RollBack(match u16::try_from(status).unwrap_or(0) {
                _ if known != fingerprint => Reserved::Mismatch,
                0 => Reserved::UnderWay,
                status => Reserved::Answered { status, body },
            }))
        })
    }

    /// Writes the answer under a reserved key.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn answer_key(&self, key: Key<'_>, status: u16, body: &str) -> Result<(), StoreTrouble> {
        writing!(self, "answer", |tx| {
            let query = sqlx::query("UPDATE api_answers SET status = $1, body = $2 WHERE token = $3 AND name = $4");
            self.run(tx, query.bind(i64::from(status)).bind(body).bind(key.token).bind(key.key)).await?;
            Ok(End::Commit(()))
        })
    }

    /// Lets a reserved key go: the request was not carried out, and may be sent again.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn free_key(&self, key: Key<'_>) -> Result<(), StoreTrouble> {
        writing!(self, "free", |tx| {
            let query = sqlx::query("DELETE FROM api_answers WHERE token = $1 AND name = $2 AND status = 0");
            self.run(tx, query.bind(key.token).bind(key.key)).await?;
            Ok(End::Commit(()))
        })
    }

    /// Forgets answers that are older than a span.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn forget_keys(&self, older: Span) -> Result<(), StoreTrouble> {
        let limit = self.0.clock.now().0.saturating_sub(older.0);
        writing!(self, "forget", |tx| {
            self.run(tx, sqlx::query("DELETE FROM api_answers WHERE at < $1").bind(limit)).await?;
            Ok(End::Commit(()))
        })
    }
}
