//! What a step says about rows outside its environment: deployments, smoke tests, evidence, quarantine, locks.
//!
//! To add one: an arm in [`Store::project_entry`].

use serde::Serialize;
use sqlx::{AnyConnection, Row as _};

use super::session::Query;
use super::{Store, StoreTrouble};
use crate::domain::{
    CardKey, Deployment, Entry, Environment, Evidence, Id, Lock, Phase, Quarantine, Release, Smoke, Step, What,
};

impl Store {
    pub(super) async fn project(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
        (before, lock): (&Environment, Option<Lock>),
        step: &Step,
    ) -> Result<(), StoreTrouble> {
        let mut lock = lock;
        for deployment in &step.deployments {
            self.put_deployment(tx, deployment).await?;
        }
        if let Some(smoke) = &step.smoke {
            self.put_smoke(tx, smoke).await?;
        }
        for (seq, entry) in (before.seq + 1..).zip(&step.events) {
            let seq = i64::try_from(seq).unwrap_or(i64::MAX);
            if is_of_locks(&entry.what) {
                self.project_lock(tx, place, (entry, &mut lock)).await?;
            } else {
                self.project_entry(tx, place, (seq, entry), step).await?;
            }
        }
        Ok(())
    }

    async fn project_entry(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        (seq, entry): (i64, &Entry),
        step: &Step,
    ) -> Result<(), StoreTrouble> {
        let place = (app, environment);
        match &entry.what {
            What::Looked { running: Some(release), adopted: true, .. } => {
                self.put_found(tx, release).await?;
                let evidence = Evidence { release: release.clone(), at: entry.at, deployment: None, found: true };
                self.put_evidence(tx, place, seq, &evidence).await
            }
            What::Closed { deployment, evidence, running, .. } => {
                let Some(closed) = step.deployments.iter().find(|d| d.id == *deployment) else {
                    let text = format!("a step closes deployment {deployment} and does not hand it over");
                    return Err(StoreTrouble::Inconsistent { text });
                };
                if *evidence {
                    let evidence = Evidence {
                        release: running.as_ref().unwrap_or(&closed.release).clone(),
                        at: entry.at,
                        deployment: Some(deployment.clone()),
                        found: false,
                    };
                    self.put_evidence(tx, place, seq, &evidence).await?;
                }
                self.forget_journals(tx, place, closed, step).await
            }
            What::Quarantined { quarantine } => {
                self.put_quarantine(tx, app, quarantine).await?;
                self.wake_what_waits(tx, app, &quarantine.digest).await?;
                self.repaint_successes(tx, app, &quarantine.digest).await
            }
            What::Unquarantined { digest, .. } => {
                self.delete(tx, "DELETE FROM quarantine WHERE app = $1 AND digest = $2", app, digest).await?;
                self.wake_what_waits(tx, app, digest).await?;
                self.repaint_successes(tx, app, digest).await
            }
            What::Halted { halt } => self.put_halt(tx, halt).await,
            What::HaltReminded { halt } => self.remind_of_halt(tx, halt, entry.at).await,
            What::Resumed { halt } => self.end_halt(tx, halt, (entry.at, entry.by.as_ref())).await,
            _ => Ok(()),
        }
    }

    async fn put_deployment(&self, tx: &mut AnyConnection, deployment: &Deployment) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO deployments (id, app, environment, kind, version, digest, requested_by, created_at, \
             closed_at, phase, outcome, revision, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, version = excluded.version, \
             digest = excluded.digest, closed_at = excluded.closed_at, phase = excluded.phase, \
             outcome = excluded.outcome, revision = excluded.revision, state = excluded.state",
        );
        let query = query
            .bind(&deployment.id.0)
            .bind(&deployment.app)
            .bind(&deployment.environment)
            .bind(word(&deployment.kind)?)
            .bind(&deployment.release.version)
            .bind(&deployment.release.digest)
            .bind(&deployment.requested_by.identity)
            .bind(deployment.requested_at.0)
            .bind(deployment.closed_at.map_or(0, |at| at.0))
            .bind(word(&deployment.phase)?)
            .bind(deployment.outcome.as_ref().map(word).transpose()?.unwrap_or_default())
            .bind(i64::try_from(deployment.revision).unwrap_or(i64::MAX))
            .bind(json(deployment)?);
        self.run(tx, query).await
    }

    async fn put_smoke(&self, tx: &mut AnyConnection, smoke: &Smoke) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO smokes (id, app, environment, created_at, closed_at, state) \
             VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, state = excluded.state",
        );
        let query = query
            .bind(&smoke.id.0)
            .bind(&smoke.app)
            .bind(&smoke.environment)
            .bind(smoke.at.0)
            .bind(smoke.closed_at.map_or(0, |at| at.0))
            .bind(json(smoke)?);
        self.run(tx, query).await
    }

    /// What was found running was there before anything was registered, so it goes behind all of that.
    async fn put_found(&self, tx: &mut AnyConnection, release: &Release) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO releases (app, version, ord, digest, registered_at, found, body) \
             SELECT $1, $2, (SELECT CASE WHEN COUNT(*) = 0 OR MIN(ord) > 0 THEN 0 ELSE MIN(ord) - 1 END \
             FROM releases WHERE app = $1), $3, $4, 1, $5 WHERE 1 = 1 ON CONFLICT (app, version) DO NOTHING",
        );
        let query = query
            .bind(&release.app)
            .bind(&release.version)
            .bind(&release.digest)
            .bind(release.registered_at.0)
            .bind(json(release)?);
        self.run(tx, query).await
    }

    async fn put_evidence(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        seq: i64,
        evidence: &Evidence,
    ) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO evidence (app, environment, seq, at, version, digest, deployment, found, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let query = query
            .bind(app)
            .bind(environment)
            .bind(seq)
            .bind(evidence.at.0)
            .bind(&evidence.release.version)
            .bind(&evidence.release.digest)
            .bind(evidence.deployment.as_ref().map_or("", |id| &id.0))
            .bind(i64::from(evidence.found))
            .bind(json(evidence)?);
        self.run(tx, query).await
    }

    async fn put_quarantine(
        &self,
        tx: &mut AnyConnection,
        app: &str,
        quarantine: &Quarantine,
    ) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO quarantine (app, digest, at, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (app, digest) DO UPDATE SET at = excluded.at, body = excluded.body",
        );
        self.run(tx, query.bind(app).bind(&quarantine.digest).bind(quarantine.at.0).bind(json(quarantine)?)).await
    }

    /// Where an artifact waits for its rollout, that it is barred, or no more, is told as a moment that has come.
    async fn wake_what_waits(&self, tx: &mut AnyConnection, app: &str, digest: &str) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "UPDATE environments SET wake_at = $1 WHERE app = $2 AND wake_at > $1 AND name IN \
             (SELECT environment FROM deployments WHERE app = $2 AND phase <> 'closed' AND phase = 'entering' \
             AND digest = $3)",
        );
        self.run(tx, query.bind(self.0.clock.now().0).bind(app).bind(digest)).await
    }

    /// Cards of other environments offer what succeeded there, and must not offer what is barred.
    async fn repaint_successes(&self, tx: &mut AnyConnection, app: &str, digest: &str) -> Result<(), StoreTrouble> {
        let rows = sqlx::query(
            "SELECT environment, MAX(deployment) FROM evidence WHERE app = $1 AND digest = $2 AND deployment <> '' \
             GROUP BY environment",
        )
        .bind(app)
        .bind(digest)
        .fetch_all(&mut *tx)
        .await
        .map_err(|e| self.trouble(&e))?;
        for row in rows {
            let text = |column: usize| row.try_get::<String, _>(column).map_err(|e| self.trouble(&e));
            let (environment, deployment) = (text(0)?, text(1)?);
            self.lay_show(tx, (app, &environment), CardKey::Deployment(Id(deployment))).await?;
        }
        Ok(())
    }

    /// Snapshots may hold secrets, so they go as soon as a later deployment that touched the machines has closed. Those
    /// of one that still needs people stay.
    async fn forget_journals(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        closed: &Deployment,
        step: &Step,
    ) -> Result<(), StoreTrouble> {
        if !closed.has_touched() || closed.phase != Phase::Closed {
            return Ok(());
        }
        let kept = |deployment: &Option<Deployment>| deployment.as_ref().map_or(String::new(), |d| d.id.0.clone());
        let Environment { current, stuck, .. } = &step.environment;
        for statement in [
            "DELETE FROM journal WHERE app = $1 AND environment = $2 AND deployment <> $3 AND deployment <> $4 \
             AND deployment <> $5",
            "DELETE FROM journal_memory WHERE app = $1 AND environment = $2 AND deployment <> $3 \
             AND deployment <> $4 AND deployment <> $5",
        ] {
            let query = sqlx::query(statement).bind(app).bind(environment).bind(closed.id.0.clone());
            self.run(tx, query.bind(kept(current)).bind(kept(stuck))).await?;
        }
        Ok(())
    }

    async fn delete(
        &self,
        tx: &mut AnyConnection,
        statement: &'static str,
        app: &str,
        which: &str,
    ) -> Result<(), StoreTrouble> {
        self.run(tx, sqlx::query(statement).bind(app).bind(which)).await
    }

    pub(super) async fn run(&self, tx: &mut AnyConnection, query: Query<'_>) -> Result<(), StoreTrouble> {
        query.execute(tx).await.map(|_| ()).map_err(|e| self.trouble(&e))
    }
}

const fn is_of_locks(what: &What) -> bool {
    matches!(what, What::Locked { .. } | What::Unlocked | What::LockWanted { .. } | What::LockReminded { .. })
}

pub(super) fn json(value: &impl Serialize) -> Result<String, StoreTrouble> {
    serde_json::to_string(value).map_err(|e| StoreTrouble::unreadable("a value", &e))
}

/// A unit variant's word in JSON.
fn word(value: &impl Serialize) -> Result<String, StoreTrouble> {
    let value = serde_json::to_value(value).map_err(|e| StoreTrouble::unreadable("a word", &e))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
