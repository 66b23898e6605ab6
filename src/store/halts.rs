//! Halts as rows. The one that holds is a fact for every environment; those that are over are kept for their cards.

use sqlx::AnyConnection;

use super::project::json;
use super::session::looking;
use super::{Store, StoreTrouble};
use crate::domain::{Halt, Id, Moment, Who};

impl Store {
    /// A halt, whether it holds or is over.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn halt(&self, id: &Id) -> Result<Option<Halt>, StoreTrouble> {
        looking!(self, |reader| self.halt_in(reader, id).await)
    }

    /// The halt that holds.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn halted(&self) -> Result<Option<Halt>, StoreTrouble> {
        looking!(self, |reader| self.halt_in_force(reader).await)
    }

    pub(super) async fn halt_in_force(&self, tx: &mut AnyConnection) -> Result<Option<Halt>, StoreTrouble> {
        let query = sqlx::query("SELECT body FROM halts WHERE ended_at = 0 ORDER BY at LIMIT 1");
        let halt: Option<Halt> = self.bodies(tx, "a halt", query).await?.into_iter().next();
        let now = self.0.clock.now();
        Ok(halt.filter(|halt| halt.holds(now)))
    }

    pub(super) async fn put_halt(&self, tx: &mut AnyConnection, halt: &Halt) -> Result<(), StoreTrouble> {
        self.write_halt(tx, halt).await?;
        self.wake(tx, None).await
    }

    /// That its owner was reminded of it, which concerns no environment.
    pub(super) async fn remind_of_halt(&self, tx: &mut AnyConnection, id: &Id, at: Moment) -> Result<(), StoreTrouble> {
        match self.halt_in(tx, id).await? {
            Some(halt) => self.write_halt(tx, &Halt { reminded_at: Some(at), ..halt }).await,
            None => Ok(()),
        }
    }

    async fn write_halt(&self, tx: &mut AnyConnection, halt: &Halt) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO halts (id, at, expires_at, ended_at, body) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, ended_at = excluded.ended_at, \
             body = excluded.body",
        );
        let query = query
            .bind(&halt.id.0)
            .bind(halt.at.0)
            .bind(halt.expires_at.map_or(i64::MAX, |at| at.0))
            .bind(halt.lifted_at.map_or(0, |at| at.0))
            .bind(json(halt)?);
        self.run(tx, query).await
    }

    async fn halt_in(&self, tx: &mut AnyConnection, id: &Id) -> Result<Option<Halt>, StoreTrouble> {
        let query = sqlx::query("SELECT body FROM halts WHERE id = $1").bind(&id.0);
        Ok(self.bodies(tx, "a halt", query).await?.into_iter().next())
    }

    pub(super) async fn end_halt(
        &self,
        tx: &mut AnyConnection,
        id: &Id,
        (at, by): (Moment, Option<&Who>),
    ) -> Result<(), StoreTrouble> {
        let Some(halt) = self.halt_in(tx, id).await? else { return Ok(()) };
        self.put_halt(tx, &halt.lifted(at, by)).await
    }

    /// What is stopped or held as a whole concerns every environment, of an app or of all: each is told as if a moment
    /// had come that it waits for.
    pub(super) async fn wake(&self, tx: &mut AnyConnection, app: Option<&str>) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "UPDATE environments SET wake_at = $1 WHERE name <> '' AND wake_at > $1 AND ($2 = '' OR app = $2)",
        );
        self.run(tx, query.bind(self.0.clock.now().0).bind(app.unwrap_or_default())).await
    }
}
