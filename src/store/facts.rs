//! What a step may know besides its environment, read in the transaction that writes the step's result.

use std::collections::{BTreeSet, HashSet};

use serde::de::DeserializeOwned;
use sqlx::{AnyConnection, Row as _};

use super::session::{Query, reading};
use super::{Store, StoreTrouble};
use crate::domain::{Deployment, Environment, Evidence, Halt, Id, Lock, Quarantine, Release};

/// How many releases, and how much evidence, a step sees. What lies further back can be asked for by name.
const RELEASES: i64 = 200;
const EVIDENCE: i64 = 100;

/// What a step sees without asking for it by name; what is first of its sort comes first.
const NEWEST: &str = "SELECT what, body FROM (\
    SELECT 'release' AS what, body, ord AS place, '' AS tie FROM \
        (SELECT body, ord FROM releases WHERE app = $1 ORDER BY ord DESC LIMIT $4) AS r \
    UNION ALL SELECT 'here', body, seq, '' FROM \
        (SELECT body, seq FROM evidence WHERE app = $1 AND environment = $2 ORDER BY seq DESC LIMIT $5) AS h \
    UNION ALL SELECT 'before', body, seq, '' FROM \
        (SELECT body, seq FROM evidence WHERE app = $1 AND environment = $3 ORDER BY seq DESC LIMIT $5) AS b \
    UNION ALL SELECT 'barred', body, at, digest FROM quarantine WHERE app = $1 \
    UNION ALL SELECT CASE WHEN environment = $2 THEN 'lock' ELSE 'app_lock' END, body, 0, '' FROM locks \
        WHERE app = $1 AND environment IN ($2, '') \
    UNION ALL SELECT 'halt', body, 0, '' FROM \
        (SELECT body FROM halts WHERE ended_at = 0 ORDER BY at LIMIT 1) AS s\
    ) AS known ORDER BY what, place DESC, tie";

/// The stored part of [`Facts`](crate::domain::Facts).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The app's releases, newest first; what was only found running comes last. At most 200, and those that were
    /// asked for by version or digest; and every one-way release where a plan is made.
    pub releases: Vec<Release>,
    /// What succeeded or was found here, newest first; at most 100, and that of what was asked for or is under way.
    pub evidence: Vec<Evidence>,
    /// What succeeded in the environment before, newest first; likewise.
    pub evidence_before: Vec<Evidence>,
    /// The app's barred artifacts, the newest first.
    pub quarantine: Vec<Quarantine>,
    /// The lock of the environment, be it over.
    pub lock: Option<Lock>,
    /// The lock of the whole app, be it over.
    pub app_lock: Option<Lock>,
    /// What stops everything, if something does.
    pub halt: Option<Halt>,
    /// The deployment that was asked for, if it has ended.
    pub closed: Option<Deployment>,
}

/// What to look up besides the newest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Also<'a> {
    pub(super) before: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) digests: &'a [String],
    pub(super) deployment: Option<&'a Id>,
    pub(super) one_way: bool,
}

impl Store {
    pub(super) async fn known(
        &self,
        tx: &mut AnyConnection,
        held: &Environment,
        also: Also<'_>,
    ) -> Result<Known, StoreTrouble> {
        let (app, environment) = (held.app.as_str(), held.name.as_str());
        let mut known = self.newest(tx, (app, environment), also.before).await?;
        self.add_named(tx, app, also, &mut known.releases).await?;
        let named = known.releases.iter().filter(|release| also.version == Some(release.version.as_str()));
        let under_way = [&held.current, &held.queued].into_iter().flatten().map(|d| &d.release);
        let digests: Vec<&str> = named.chain(under_way).map(|release| release.digest.as_str()).collect();
        self.add_evidence(tx, (app, environment), &digests, &mut known.evidence).await?;
        if let Some(before) = also.before {
            self.add_evidence(tx, (app, before), &digests, &mut known.evidence_before).await?;
        }
        if let Some(id) = also.deployment {
            known.closed = self.closed(tx, id).await?;
        }
        Ok(known)
    }

    /// What is known without a name, in one statement: somebody waits for each.
    async fn newest(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        before: Option<&str>,
    ) -> Result<Known, StoreTrouble> {
        // What ran before is kept under names, and none is empty.
        let query = sqlx::query(NEWEST).bind(app).bind(environment).bind(before.unwrap_or_default());
        let rows = query.bind(RELEASES).bind(EVIDENCE).fetch_all(tx).await.map_err(|e| self.trouble(&e))?;
        let (mut known, now) = (Known::default(), self.0.clock.now());
        for row in rows {
            let text = |column: usize| row.try_get::<String, _>(column).map_err(|e| self.trouble(&e));
            let (what, body) = (text(0)?, text(1)?);
            let read = match what.as_str() {
                "release" => json(&body).map(|one| known.releases.push(one)),
                "here" => json(&body).map(|one| known.evidence.push(one)),
                "before" => json(&body).map(|one| known.evidence_before.push(one)),
                "barred" => json(&body).map(|one| known.quarantine.push(one)),
                "lock" => json(&body).map(|one| known.lock = Some(one)),
                "app_lock" => json(&body).map(|one| known.app_lock = Some(one)),
                _ => json(&body).map(|one| known.halt = Some(one)),
            };
            read.map_err(|e| StoreTrouble::unreadable(&format!("a fact ({what})"), &e))?;
        }
        known.halt = known.halt.filter(|halt| halt.holds(now));
        Ok(known)
    }

    /// An environment with what a step would know of it now: for looking only.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn known_now(
        &self,
        place: (&str, &str),
        before: Option<&str>,
        version: Option<&str>,
    ) -> Result<(Environment, Known), StoreTrouble> {
        reading!(self, |tx| {
            let environment = self.row(tx, place).await?.environment;
            let running = environment.running.iter().map(|release| release.digest.clone());
            let digests: Vec<String> =
                environment.machines.iter().map(|machine| machine.digest.clone()).chain(running).collect();
            let also = Also { before, version, digests: &digests, one_way: true, ..Also::default() };
            let known = self.known(tx, &environment, also).await?;
            Ok((environment, known))
        })
    }

    async fn closed(&self, tx: &mut AnyConnection, id: &Id) -> Result<Option<Deployment>, StoreTrouble> {
        let query = sqlx::query("SELECT state FROM deployments WHERE id = $1 AND phase = 'closed'").bind(&id.0);
        Ok(self.bodies(tx, "a deployment", query).await?.into_iter().next())
    }

    async fn add_named(
        &self,
        tx: &mut AnyConnection,
        app: &str,
        also: Also<'_>,
        releases: &mut Vec<Release>,
    ) -> Result<(), StoreTrouble> {
        let by_version = "SELECT body FROM releases WHERE app = $1 AND version = $2";
        // The first one: how old an artifact is goes by that.
        let by_digest = "SELECT body FROM releases WHERE app = $1 AND digest = $2 ORDER BY found, ord LIMIT 1";
        let named = also.version.map(|version| (by_version, version)).into_iter();
        let digests: BTreeSet<&str> = also.digests.iter().map(String::as_str).collect();
        for (statement, name) in named.chain(digests.into_iter().map(|digest| (by_digest, digest))) {
            if !is_name(name) || releases.iter().any(|r| r.version == name) {
                continue;
            }
            let query = sqlx::query(statement).bind(app).bind(name);
            let found: Vec<Release> = self.bodies(tx, "a release", query).await?;
            let new = found.into_iter().find(|one| releases.iter().all(|r| r.version != one.version));
            releases.extend(new);
        }
        if also.one_way {
            let query = sqlx::query("SELECT body FROM releases WHERE app = $1 AND one_way = 1 ORDER BY ord DESC");
            let all: Vec<Release> = self.bodies(tx, "a release", query.bind(app)).await?;
            let known: HashSet<String> = releases.iter().map(|release| release.version.clone()).collect();
            releases.extend(all.into_iter().filter(|release| !known.contains(&release.version)));
        }
        Ok(())
    }

    /// To the newest evidence, that of some artifacts however far back it lies.
    async fn add_evidence(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        digests: &[&str],
        evidence: &mut Vec<Evidence>,
    ) -> Result<(), StoreTrouble> {
        let is_all = (evidence.len() as i64) < EVIDENCE;
        for digest in digests.iter().filter(|_| !is_all) {
            if evidence.iter().any(|e| !e.found && e.release.digest == *digest) {
                continue;
            }
            let query = sqlx::query(
                "SELECT body FROM evidence WHERE app = $1 AND environment = $2 AND digest = $3 \
                 ORDER BY found, seq DESC LIMIT 1",
            );
            let query = query.bind(app).bind(environment).bind(*digest);
            evidence.extend(self.bodies::<Evidence>(tx, "evidence", query).await?);
        }
        Ok(())
    }

    pub(super) async fn newest_releases(
        &self,
        tx: &mut AnyConnection,
        app: &str,
        limit: i64,
    ) -> Result<Vec<Release>, StoreTrouble> {
        let query = sqlx::query("SELECT body FROM releases WHERE app = $1 ORDER BY ord DESC LIMIT $2");
        self.bodies(tx, "a release", query.bind(app).bind(limit)).await
    }

    pub(super) async fn newest_evidence(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        limit: i64,
    ) -> Result<Vec<Evidence>, StoreTrouble> {
        let query =
            sqlx::query("SELECT body FROM evidence WHERE app = $1 AND environment = $2 ORDER BY seq DESC LIMIT $3");
        self.bodies(tx, "evidence", query.bind(app).bind(environment).bind(limit)).await
    }

    pub(super) async fn barred(&self, tx: &mut AnyConnection, app: &str) -> Result<Vec<Quarantine>, StoreTrouble> {
        let query = sqlx::query("SELECT body FROM quarantine WHERE app = $1 ORDER BY at DESC, digest");
        self.bodies(tx, "a quarantine", query.bind(app)).await
    }

    /// The lock that holds an environment: its own, else the app's.
    pub(super) async fn lock_of(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
    ) -> Result<Option<Lock>, StoreTrouble> {
        let (own, whole) = self.locks_of(tx, place).await?;
        let now = self.0.clock.now();
        Ok(own.into_iter().chain(whole).find(|lock| lock.holds(now)))
    }

    /// The first column of every row, which is JSON.
    pub(super) async fn bodies<'q, T: DeserializeOwned>(
        &self,
        tx: &mut AnyConnection,
        what: &str,
        query: Query<'q>,
    ) -> Result<Vec<T>, StoreTrouble> {
        let rows = query.fetch_all(tx).await.map_err(|e| self.trouble(&e))?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get(0).map_err(|e| self.trouble(&e))?;
                serde_json::from_str(&text).map_err(|e| StoreTrouble::unreadable(what, &e))
            })
            .collect()
    }
}

/// Whether anything can be called so: nothing has a NUL in its name, and not every engine can even be asked.
pub(super) fn is_name(text: &str) -> bool {
    !text.contains('\0')
}

fn json<T: DeserializeOwned>(body: &str) -> serde_json::Result<T> {
    serde_json::from_str(body)
}
