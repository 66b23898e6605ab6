//! The memory of rollouts: [`targets::Journal`](crate::targets::Journal) over rows. Outside the ledger, because
//! snapshots may hold secrets; nothing of a snapshot reaches a log, a note or an error.
//!
//! The journal is the second fence: it refuses to record for an attempt that is not the environment's newest, or for
//! somebody whose claim is another's by now, and a target changes nothing that it could not record. While everything is
//! halted it records no further machine for what goes forward, so that no further machine is changed.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::{AnyConnection, Row as _};

use super::project::json;
use super::session::{End, looking, reading, writing};
use super::{Claim, Store, StoreTrouble};
use crate::domain::{CardKey, Id, Note};
use crate::targets::{Journal, Snapshot, Stage, Stop, Trouble};
use crate::view::MachineView;

/// The journal of one deployment, for one attempt.
#[derive(Clone)]
pub struct StoredJournal {
    store: Store,
    app: String,
    environment: String,
    deployment: Id,
    attempt: i64,
    /// Whose right to write it is; none for whoever asks.
    claim: Option<Claim>,
}

impl Store {
    /// The journal that an attempt of a deployment writes.
    #[must_use]
    pub fn journal(&self, (app, environment): (&str, &str), deployment: &Id, attempt: u64) -> StoredJournal {
        StoredJournal {
            store: self.clone(),
            app: app.to_owned(),
            environment: environment.to_owned(),
            deployment: deployment.clone(),
            attempt: i64::try_from(attempt).unwrap_or(i64::MAX),
            claim: None,
        }
    }

    /// Where the work on each machine of a deployment stands.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn machines(&self, deployment: &Id) -> Result<Vec<MachineView>, StoreTrouble> {
        reading!(self, |tx| self.machines_of(tx, deployment).await)
    }

    pub(super) async fn machines_of(
        &self,
        tx: &mut AnyConnection,
        deployment: &Id,
    ) -> Result<Vec<MachineView>, StoreTrouble> {
        let rows = sqlx::query("SELECT machine, stage, note FROM journal WHERE deployment = $1 ORDER BY place")
            .bind(&deployment.0)
            .fetch_all(tx)
            .await
            .map_err(|e| self.trouble(&e))?;
        let unreadable = |e: serde_json::Error| StoreTrouble::unreadable("a machine", &e);
        rows.iter()
            .map(|row| {
                let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.trouble(&e));
                let note = text("note")?;
                Ok(MachineView {
                    machine: text("machine")?,
                    stage: serde_json::from_str(&text("stage")?).map_err(unreadable)?,
                    note: if note.is_empty() { None } else { serde_json::from_str(&note).map_err(unreadable)? },
                })
            })
            .collect()
    }
}

/// Whether something was written down.
enum Written {
    Done,
    /// Everything is halted: no further machine is touched.
    Halted,
}

/// One thing to write down.
enum Jotting<'a> {
    Before { machine: &'a str, snapshot: String },
    Progress { machine: &'a str, stage: Stage, note: Option<Note> },
    Remember { name: &'a str, value: &'a str },
}

impl StoredJournal {
    /// The same, closed to its holder once the claim is lost: a process that stood still for long must not go on where
    /// another has taken over under the same attempt.
    #[must_use]
    pub fn under(self, claim: &Claim) -> Self {
        Self { claim: Some(claim.clone()), ..self }
    }

    /// Writes something down, unless a newer attempt has taken over.
    async fn put(&self, what: &'static str, jotting: Jotting<'_>) -> Result<Written, Trouble> {
        let written = writing!(self.store, what, |tx| {
            if self.newest_attempt(tx).await? > self.attempt || self.has_lost_claim(tx).await? {
                return Ok(End::RollBack(None));
            }
            if matches!(jotting, Jotting::Before { .. }) && self.is_halted(tx).await? {
                return Ok(End::RollBack(Some(Written::Halted)));
            }
            self.jot(tx, &jotting).await?;
            Ok(End::Commit(Some(Written::Done)))
        });
        match written {
            Ok(Some(written)) => Ok(written),
            Ok(None) => Err(Trouble { note: Note::new("store-newer-attempt"), again: false, after: None }),
            Err(trouble) => Err(to_target(&trouble)),
        }
    }

    /// Whether a halt holds, and this is not a rollback: a rollback is never held.
    async fn is_halted(&self, tx: &mut AnyConnection) -> Result<bool, StoreTrouble> {
        if self.store.halt_in_force(tx).await?.is_none() {
            return Ok(false);
        }
        let query = sqlx::query("SELECT 1 FROM deployments WHERE id = $1 AND kind = 'rollback'");
        let back = query.bind(&self.deployment.0).fetch_optional(tx).await.map_err(|e| self.store.trouble(&e))?;
        Ok(back.is_none())
    }

    async fn newest_attempt(&self, tx: &mut AnyConnection) -> Result<i64, StoreTrouble> {
        sqlx::query("SELECT attempt FROM environments WHERE app = $1 AND name = $2")
            .bind(&self.app)
            .bind(&self.environment)
            .fetch_optional(tx)
            .await
            .and_then(|row| row.map_or(Ok(0), |row| row.try_get(0)))
            .map_err(|e| self.store.trouble(&e))
    }

    async fn has_lost_claim(&self, tx: &mut AnyConnection) -> Result<bool, StoreTrouble> {
        let Some(claim) = &self.claim else { return Ok(false) };
        let held = sqlx::query("SELECT COUNT(*) FROM effects WHERE id = $1 AND claim = $2")
            .bind(&claim.effect.0)
            .bind(&claim.token)
            .fetch_one(&mut *tx)
            .await
            .and_then(|row| row.try_get::<i64, _>(0))
            .map_err(|e| self.store.trouble(&e))?;
        Ok(held == 0)
    }

    async fn jot(&self, tx: &mut AnyConnection, jotting: &Jotting<'_>) -> Result<(), StoreTrouble> {
        let deployment = &self.deployment.0;
        match jotting {
            Jotting::Before { machine, snapshot } => {
                self.know(tx, machine).await?;
                let query = sqlx::query(
                    "UPDATE journal SET snapshot = $1, recorded = (SELECT MAX(recorded) + 1 FROM journal \
                     WHERE deployment = $2) WHERE deployment = $2 AND machine = $3 AND recorded = 0",
                );
                self.store.run(tx, query.bind(snapshot).bind(deployment).bind(*machine)).await
            }
            Jotting::Progress { machine, stage, note } => {
                self.know(tx, machine).await?;
                let query =
                    sqlx::query("UPDATE journal SET stage = $1, note = $2 WHERE deployment = $3 AND machine = $4");
                let note = note.as_ref().map(json).transpose()?.unwrap_or_default();
                self.store.run(tx, query.bind(json(stage)?).bind(note).bind(deployment).bind(*machine)).await?;
                let card = CardKey::Deployment(self.deployment.clone());
                self.store.lay_show(tx, (&self.app, &self.environment), card).await
            }
            Jotting::Remember { name, value: "" } => {
                let query = sqlx::query("DELETE FROM journal_memory WHERE deployment = $1 AND name = $2");
                self.store.run(tx, query.bind(deployment).bind(*name)).await
            }
            Jotting::Remember { name, value } => {
                let query = sqlx::query(
                    "INSERT INTO journal_memory (deployment, name, app, environment, value) \
                     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (deployment, name) DO UPDATE SET value = excluded.value",
                );
                let query = query.bind(deployment).bind(*name).bind(&self.app).bind(&self.environment).bind(*value);
                self.store.run(tx, query).await
            }
        }
    }

    async fn know(&self, tx: &mut AnyConnection, machine: &str) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO journal (deployment, machine, app, environment, place, recorded, snapshot, stage, note) \
             SELECT $1, $2, $3, $4, (SELECT COUNT(*) + 1 FROM journal WHERE deployment = $1), 0, '', $5, '' \
             WHERE 1 = 1 ON CONFLICT (deployment, machine) DO NOTHING",
        );
        let query = query.bind(&self.deployment.0).bind(machine).bind(&self.app).bind(&self.environment);
        self.store.run(tx, query.bind(json(&Stage::Waiting)?)).await
    }

    async fn recorded(&self) -> Result<Vec<Snapshot>, StoreTrouble> {
        let store = &self.store;
        let rows = looking!(store, |reader| {
            let query = sqlx::query(
                "SELECT machine, snapshot FROM journal WHERE deployment = $1 AND recorded > 0 ORDER BY recorded",
            );
            query.bind(&self.deployment.0).fetch_all(reader).await.map_err(|e| store.trouble(&e))
        })?;
        rows.iter()
            .map(|row| {
                let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.store.trouble(&e));
                // The parser's own words about bad JSON could quote the snapshot.
                let snapshot = serde_json::from_str(&text("snapshot")?)
                    .map_err(|_| StoreTrouble::Inconsistent { text: "a snapshot is not JSON".to_owned() })?;
                Ok(Snapshot { machine: text("machine")?, snapshot })
            })
            .collect()
    }
}

#[async_trait]
impl Journal for StoredJournal {
    async fn before(&self, machine: &str, snapshot: Value) -> Result<(), Stop> {
        let written = self.put("before", Jotting::Before { machine, snapshot: snapshot.to_string() }).await;
        match written.map_err(Stop::Trouble)? {
            Written::Done => Ok(()),
            Written::Halted => Err(Stop::Halted),
        }
    }

    async fn snapshots(&self) -> Result<Vec<Snapshot>, Trouble> {
        self.recorded().await.map_err(|trouble| to_target(&trouble))
    }

    async fn progress(&self, machine: &str, stage: Stage, note: Option<Note>) -> Result<(), Trouble> {
        self.put("progress", Jotting::Progress { machine, stage, note }).await?;
        self.store.poke();
        Ok(())
    }

    async fn remember(&self, name: &str, value: &str) -> Result<(), Trouble> {
        self.put("remember", Jotting::Remember { name, value }).await.map(|_| ())
    }

    async fn remembered(&self, name: &str) -> Result<Option<String>, Trouble> {
        let store = &self.store;
        let remembered = looking!(store, |reader| {
            sqlx::query("SELECT value FROM journal_memory WHERE deployment = $1 AND name = $2")
                .bind(&self.deployment.0)
                .bind(name)
                .fetch_optional(reader)
                .await
                .and_then(|row| row.map(|row| row.try_get(0)).transpose())
                .map_err(|e| store.trouble(&e))
        });
        remembered.map_err(|trouble| to_target(&trouble))
    }
}

/// Trouble with the database is never the target's last word: it may be better in a moment.
fn to_target(trouble: &StoreTrouble) -> Trouble {
    Trouble { note: trouble.note(), again: true, after: None }
}
