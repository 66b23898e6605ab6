//! Readings. Each sees one moment, and none waits for a writer.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::chain::Line;
use super::facts::is_name;
use super::session::{Query, looking, reading};
use super::{Store, StoreTrouble, mark};
use crate::domain::{Deployment, Entry, Environment, Evidence, Halt, Id, Lock, Moment, Note, Quarantine, Smoke};
use crate::view::MachineView;

/// An environment and the mark of its ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEnvironment {
    /// The environment; a new one where nothing is known yet.
    pub environment: Environment,
    /// The first 8 characters of the ledger's head; empty where there is no entry yet.
    pub mark: String,
    /// What goes wrong outside and is being tried again.
    pub troubles: Vec<PendingTrouble>,
    /// The lock of the environment, or that of the whole app.
    pub lock: Option<Lock>,
    /// What stops everything, if something does.
    pub halt: Option<Halt>,
}

/// A deployment and what its card shows besides.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDeployment {
    /// The deployment.
    pub deployment: Deployment,
    /// Its environment.
    pub environment: StoredEnvironment,
    /// Its machines, in the order in which they were first heard of.
    pub machines: Vec<MachineView>,
}

/// An effect that does not work for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingTrouble {
    /// For which deployment or smoke test; none for first contact.
    pub owner: Option<Id>,
    /// In which chat, if it is for one.
    pub chat: Option<String>,
    /// What is wrong.
    pub note: Note,
    /// Since when.
    pub since: Moment,
    /// When it is tried again.
    pub again_at: Moment,
}

/// A ledger entry with its number.
pub type Numbered = (u64, Entry);

impl Store {
    /// An environment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn environment(&self, app: &str, name: &str) -> Result<StoredEnvironment, StoreTrouble> {
        reading!(self, |tx| self.environment_in(tx, (app, name)).await)
    }

    async fn environment_in(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
    ) -> Result<StoredEnvironment, StoreTrouble> {
        let row = self.row(tx, place).await?;
        Ok(StoredEnvironment {
            environment: row.environment,
            mark: mark(&row.head),
            troubles: self.troubles_of(tx, place).await?,
            lock: self.lock_of(tx, place).await?,
            halt: self.halt_in_force(tx).await?,
        })
    }

    /// A deployment, open or closed.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn deployment(&self, id: &Id) -> Result<Option<StoredDeployment>, StoreTrouble> {
        reading!(self, |tx| self.deployment_in(tx, id).await)
    }

    pub(super) async fn deployment_in(
        &self,
        tx: &mut AnyConnection,
        id: &Id,
    ) -> Result<Option<StoredDeployment>, StoreTrouble> {
        if !is_name(&id.0) {
            return Ok(None);
        }
        let query = sqlx::query("SELECT state FROM deployments WHERE id = $1").bind(&id.0);
        let Some(deployment) = self.bodies::<Deployment>(tx, "a deployment", query).await?.into_iter().next() else {
            return Ok(None);
        };
        let place = (deployment.app.as_str(), deployment.environment.as_str());
        let environment = self.environment_in(tx, place).await?;
        let machines = self.machines_of(tx, id).await?;
        Ok(Some(StoredDeployment { deployment, environment, machines }))
    }

    /// A deployment, open or closed, without anything around it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn deployment_alone(&self, id: &Id) -> Result<Option<Deployment>, StoreTrouble> {
        if !is_name(&id.0) {
            return Ok(None);
        }
        looking!(self, |reader| {
            let query = sqlx::query("SELECT state FROM deployments WHERE id = $1").bind(&id.0);
            Ok(self.bodies(reader, "a deployment", query).await?.into_iter().next())
        })
    }

    /// Every open deployment, the oldest first.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn open_deployments(&self) -> Result<Vec<Deployment>, StoreTrouble> {
        looking!(self, |reader| {
            let query = sqlx::query("SELECT state FROM deployments WHERE phase <> 'closed' ORDER BY created_at, id");
            self.bodies(reader, "a deployment", query).await
        })
    }

    /// How many effects are to be performed, by kind.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn pending_by_kind(&self) -> Result<BTreeMap<String, i64>, StoreTrouble> {
        let rows = looking!(self, |reader| {
            let query = sqlx::query("SELECT kind, COUNT(*) FROM effects WHERE cancelled = 0 GROUP BY kind");
            query.fetch_all(reader).await.map_err(|e| self.trouble(&e))
        })?;
        let counted = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        counted.collect::<Result<_, sqlx::Error>>().map_err(|e| self.trouble(&e))
    }

    /// An app's deployments, newest first: in one environment or in all, and if so asked, only those before one.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn history(
        &self,
        app: &str,
        environment: Option<&str>,
        limit: u32,
        before: Option<&Deployment>,
    ) -> Result<Vec<Deployment>, StoreTrouble> {
        let (at, id) = before.map_or((i64::MAX, ""), |d| (d.requested_at.0, d.id.0.as_str()));
        let (everywhere, here) = (
            "SELECT state FROM deployments WHERE app = $1 AND $2 = '' \
             AND (created_at < $3 OR (created_at = $3 AND id < $4)) ORDER BY created_at DESC, id DESC LIMIT $5",
            "SELECT state FROM deployments WHERE app = $1 AND environment = $2 \
             AND (created_at < $3 OR (created_at = $3 AND id < $4)) ORDER BY created_at DESC, id DESC LIMIT $5",
        );
        looking!(self, |reader| {
            let query = sqlx::query(if environment.is_some() { here } else { everywhere });
            let query = query.bind(app).bind(environment.unwrap_or_default()).bind(at).bind(id);
            self.bodies(reader, "a deployment", query.bind(i64::from(limit))).await
        })
    }

    /// A smoke test, with the mark of its environment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn smoke(&self, id: &Id) -> Result<Option<(Smoke, String)>, StoreTrouble> {
        reading!(self, |tx| {
            let query = sqlx::query("SELECT state FROM smokes WHERE id = $1").bind(&id.0);
            let Some(smoke) = self.bodies::<Smoke>(tx, "a smoke test", query).await?.into_iter().next() else {
                return Ok(None);
            };
            let row = self.row(tx, (&smoke.app, &smoke.environment)).await?;
            Ok(Some((smoke, mark(&row.head))))
        })
    }

    /// What succeeded or was found in an environment, newest first.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn evidence(&self, app: &str, environment: &str, limit: u32) -> Result<Vec<Evidence>, StoreTrouble> {
        looking!(self, |reader| self.newest_evidence(reader, (app, environment), i64::from(limit)).await)
    }

    /// An app's barred artifacts, the newest first.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn quarantine(&self, app: &str) -> Result<Vec<Quarantine>, StoreTrouble> {
        looking!(self, |reader| self.barred(reader, app).await)
    }

    /// One ledger entry of an environment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn entry(&self, app: &str, environment: &str, seq: u64) -> Result<Option<Entry>, StoreTrouble> {
        let query = || {
            let query = sqlx::query(
                "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger WHERE app = $1 AND environment = $2 AND seq = $3",
            );
            query.bind(app).bind(environment).bind(number(seq))
        };
        Ok(self.entries(query).await?.into_iter().next().map(|(_, entry)| entry))
    }

    /// An environment's entries after a number, oldest first.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn ledger(
        &self,
        app: &str,
        environment: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Numbered>, StoreTrouble> {
        let query = || {
            let query = sqlx::query(
                "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger WHERE app = $1 AND environment = $2 AND seq > $3 ORDER BY seq LIMIT $4",
            );
            query.bind(app).bind(environment).bind(number(after)).bind(i64::from(limit))
        };
        self.entries(query).await
    }

    /// The entries about one deployment or smoke test after a number, oldest first.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn entries_about(&self, owner: &Id, after: u64) -> Result<Vec<Numbered>, StoreTrouble> {
        // The second condition repeats the index's own, without which the index may not be used.
        let query = || {
            let query = sqlx::query(
                "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger WHERE owner = $1 AND owner <> '' AND seq > $2 ORDER BY seq",
            );
            query.bind(&owner.0).bind(number(after))
        };
        self.entries(query).await
    }

    /// Some of them up to a number, oldest first: the first after another, or the last of all; and whether there are more
    /// on that side.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn some_entries_about(
        &self,
        owner: &Id,
        after: Option<u64>,
        up_to: u64,
        limit: usize,
    ) -> Result<(Vec<Numbered>, bool), StoreTrouble> {
        let statement = match after {
            Some(_) => {
                "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger WHERE owner = $1 AND owner <> '' AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4"
            }
            None => {
                "SELECT app, environment, seq, at, kind, who, data, owner, previous, hash FROM ledger WHERE owner = $1 AND owner <> '' AND seq > $2 AND seq <= $3 ORDER BY seq DESC LIMIT $4"
            }
        };
        let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let query = || {
            let query = sqlx::query(statement).bind(&owner.0).bind(number(after.unwrap_or(0))).bind(number(up_to));
            query.bind(one_more)
        };
        let mut entries = self.entries(query).await?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        if after.is_none() {
            entries.reverse();
        }
        Ok((entries, has_more))
    }

    async fn entries<'q>(&self, query: impl Fn() -> Query<'q> + Sync) -> Result<Vec<Numbered>, StoreTrouble> {
        let rows = looking!(self, |reader| query().fetch_all(reader).await.map_err(|e| self.trouble(&e)))?;
        rows.iter()
            .map(|row| {
                let line = Line::from_row(row).map_err(|e| self.trouble(&e))?;
                Ok((u64::try_from(line.seq).unwrap_or(0), line.entry()?))
            })
            .collect()
    }

    async fn troubles_of(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
    ) -> Result<Vec<PendingTrouble>, StoreTrouble> {
        let rows = sqlx::query(
            "SELECT owner, chat, trouble, troubled_at, due_at FROM effects \
             WHERE app = $1 AND environment = $2 AND trouble <> '' AND cancelled = 0 ORDER BY troubled_at, id",
        )
        .bind(app)
        .bind(environment)
        .fetch_all(tx)
        .await
        .map_err(|e| self.trouble(&e))?;
        rows.iter().map(|row| self.pending_trouble(row)).collect()
    }

    fn pending_trouble(&self, row: &AnyRow) -> Result<PendingTrouble, StoreTrouble> {
        let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.trouble(&e));
        let at = |name: &str| row.try_get(name).map(Moment).map_err(|e| self.trouble(&e));
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(PendingTrouble {
            owner: some(text("owner")?).map(Id),
            chat: some(text("chat")?),
            note: serde_json::from_str(&text("trouble")?).map_err(|e| StoreTrouble::unreadable("a note", &e))?,
            since: at("troubled_at")?,
            again_at: at("due_at")?,
        })
    }
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
