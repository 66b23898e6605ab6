//! Locks as rows, and what their cards show once they are over.

use sqlx::{AnyConnection, Row as _};

use super::facts::is_name;
use super::project::json;
use super::session::looking;
use super::{Store, StoreTrouble};
use crate::domain::{Entry, Id, Lock, Moment, What, Who};

/// A lock, in force or over.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLock {
    /// The app.
    pub app: String,
    /// The environment; empty for the whole app.
    pub environment: String,
    /// The lock as it was last.
    pub lock: Lock,
    /// When it was lifted.
    pub ended_at: Option<Moment>,
    /// Who lifted it; none when its time was up.
    pub ended_by: Option<Who>,
}

impl Store {
    /// A lock of a person, by its name.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn lock(&self, id: &Id) -> Result<Option<StoredLock>, StoreTrouble> {
        if !is_name(&id.0) {
            return Ok(None);
        }
        let row = looking!(self, |reader| {
            let query = "SELECT app, environment, ended_at, ended_by, body FROM lock_cards WHERE id = $1";
            sqlx::query(query).bind(&id.0).fetch_optional(reader).await.map_err(|e| self.trouble(&e))
        })?;
        let Some(row) = row else { return Ok(None) };
        let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.trouble(&e));
        let at: i64 = row.try_get("ended_at").map_err(|e| self.trouble(&e))?;
        let unreadable = |e: serde_json::Error| StoreTrouble::unreadable("a lock", &e);
        Ok(Some(StoredLock {
            app: text("app")?,
            environment: text("environment")?,
            lock: serde_json::from_str(&text("body")?).map_err(unreadable)?,
            ended_at: (at > 0).then_some(Moment(at)),
            ended_by: serde_json::from_str(&text("ended_by")?).map_err(unreadable)?,
        }))
    }

    /// An environment's own lock and that of its whole app, be they over.
    pub(super) async fn locks_of(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
    ) -> Result<(Option<Lock>, Option<Lock>), StoreTrouble> {
        let own = self.lock_row(tx, (app, environment)).await?;
        let whole = if environment.is_empty() { None } else { self.lock_row(tx, (app, "")).await? };
        Ok((own, whole))
    }

    async fn lock_row(&self, tx: &mut AnyConnection, place: (&str, &str)) -> Result<Option<Lock>, StoreTrouble> {
        let query = sqlx::query("SELECT body FROM locks WHERE app = $1 AND environment = $2");
        Ok(self.bodies(tx, "a lock", query.bind(place.0).bind(place.1)).await?.into_iter().next())
    }

    /// What an entry says of the lock of a place, which is `held` before it and after it.
    pub(super) async fn project_lock(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
        (entry, held): (&Entry, &mut Option<Lock>),
    ) -> Result<(), StoreTrouble> {
        let before = held.clone();
        let now = match (&entry.what, before.clone()) {
            (What::Locked { lock }, _) => Some(lock.clone()),
            (What::LockWanted { .. }, Some(mut lock)) => {
                lock.next.extend(entry.by.clone());
                Some(lock)
            }
            (What::LockReminded { .. }, Some(lock)) => Some(Lock { reminded: true, ..lock }),
            _ => None,
        };
        let is_over = |old: &Lock| now.as_ref().is_none_or(|now| now.id != old.id && now.over.is_none());
        if let Some(over) = before.filter(|old| !old.id.is_empty() && is_over(old)) {
            self.end_lock(tx, &over.id, entry).await?;
        }
        match &now {
            Some(lock) => self.put_lock(tx, place, lock).await?,
            None => {
                let query = sqlx::query("DELETE FROM locks WHERE app = $1 AND environment = $2");
                self.run(tx, query.bind(place.0).bind(place.1)).await?;
            }
        }
        *held = now;
        if place.1.is_empty() { self.wake(tx, Some(place.0)).await } else { Ok(()) }
    }

    async fn put_lock(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        lock: &Lock,
    ) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO locks (app, environment, body) VALUES ($1, $2, $3) \
             ON CONFLICT (app, environment) DO UPDATE SET body = excluded.body",
        );
        self.run(tx, query.bind(app).bind(environment).bind(json(lock)?)).await?;
        if lock.id.is_empty() {
            return Ok(());
        }
        let query = sqlx::query(
            "INSERT INTO lock_cards (id, app, environment, ended_at, ended_by, body) VALUES ($1, $2, $3, 0, 'null', $4) \
             ON CONFLICT (id) DO UPDATE SET ended_at = 0, body = excluded.body",
        );
        self.run(tx, query.bind(&lock.id.0).bind(app).bind(environment).bind(json(lock)?)).await
    }

    async fn end_lock(&self, tx: &mut AnyConnection, id: &Id, entry: &Entry) -> Result<(), StoreTrouble> {
        let query = sqlx::query("UPDATE lock_cards SET ended_at = $1, ended_by = $2 WHERE id = $3");
        self.run(tx, query.bind(entry.at.0).bind(json(&entry.by)?).bind(&id.0)).await
    }
}
