//! Registering releases, and finding them again.

use sqlx::{AnyConnection, Row as _};

use super::facts::is_name;
use super::project::json;
use super::requests::{Deed, Keyed};
use super::session::{End, looking, writing};
use super::{Store, StoreTrouble};
use crate::domain::Release;

/// What became of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It is new.
    New,
    /// It was there already, the same; this is what is stored.
    Same(Release),
    /// The version is taken: by another image, or by one that was said to be one-way and now is not, or the other way
    /// round. This is what is stored.
    Clash(Release),
    /// The request was carried out before.
    Repeated,
}

impl Store {
    /// Registers a release. A version never changes.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn register(&self, release: &Release) -> Result<Registered, StoreTrouble> {
        self.register_once(release, None).await
    }

    /// The same for a request that is to be carried out once: it is noted in the commit that makes the release.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn register_once(&self, release: &Release, request: Option<&Keyed>) -> Result<Registered, StoreTrouble> {
        writing!(self, "register", |tx| {
            if let Some(request) = request
                && self.is_done(tx, request).await?
            {
                return Ok(End::RollBack(Registered::Repeated));
            }
            if let Some(known) = self.release_in(tx, &release.app, &release.version).await? {
                let same = (&known.image, known.one_way) == (&release.image, release.one_way);
                return Ok(End::RollBack(if same { Registered::Same(known) } else { Registered::Clash(known) }));
            }
            let query = sqlx::query(
                "INSERT INTO releases (app, version, ord, digest, registered_at, found, one_way, body) \
                 SELECT $1, $2, (SELECT CASE WHEN COUNT(*) = 0 OR MAX(ord) < 1 THEN 1 ELSE MAX(ord) + 1 END \
                 FROM releases WHERE app = $1), $3, $4, 0, $5, $6",
            );
            let query = query
                .bind(&release.app)
                .bind(&release.version)
                .bind(&release.digest)
                .bind(release.registered_at.0)
                .bind(i64::from(release.one_way))
                .bind(json(release)?);
            self.run(tx, query).await?;
            if let Some(request) = request {
                let deed = Deed { at: release.registered_at, fresh: None, on: None, card: None, shown: None };
                self.note_deed(tx, request, &deed).await?;
            }
            Ok(End::Commit(Registered::New))
        })
    }

    /// An app's releases, newest first; what was only found running comes last.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn releases(&self, app: &str, limit: u32) -> Result<Vec<Release>, StoreTrouble> {
        looking!(self, |reader| self.newest_releases(reader, app, i64::from(limit)).await)
    }

    /// How many releases an app has. None is ever taken out, nor changed.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn count_releases(&self, app: &str) -> Result<i64, StoreTrouble> {
        looking!(self, |reader| {
            let row = sqlx::query("SELECT COUNT(*) FROM releases WHERE app = $1").bind(app).fetch_one(reader).await;
            row.and_then(|row| row.try_get(0)).map_err(|e| self.trouble(&e))
        })
    }

    /// One release.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn release(&self, app: &str, version: &str) -> Result<Option<Release>, StoreTrouble> {
        looking!(self, |reader| self.release_in(reader, app, version).await)
    }

    async fn release_in(
        &self,
        tx: &mut AnyConnection,
        app: &str,
        version: &str,
    ) -> Result<Option<Release>, StoreTrouble> {
        if !is_name(version) {
            return Ok(None);
        }
        let query = sqlx::query("SELECT body FROM releases WHERE app = $1 AND version = $2");
        Ok(self.bodies(tx, "a release", query.bind(app).bind(version)).await?.into_iter().next())
    }
}
