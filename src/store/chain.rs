//! The ledger's rows: how an entry is written, numbered and chained, and how it is read again.
//!
//! An entry's hash covers the hash before it and everything stored of the entry, as the very texts that are stored,
//! so that a newer program's entries can be verified by an older one that cannot read them.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::{Store, StoreTrouble};
use crate::domain::{Entry, Moment};

/// One stored line of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) app: String,
    pub(super) environment: String,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) kind: String,
    pub(super) who: String,
    pub(super) data: String,
    pub(super) owner: String,
    pub(super) previous: String,
    pub(super) hash: String,
}

impl Line {
    /// An entry at its place in a chain.
    pub(super) fn new(
        app: &str,
        environment: &str,
        seq: i64,
        previous: &str,
        entry: &Entry,
    ) -> Result<Self, StoreTrouble> {
        let unreadable = |e: serde_json::Error| StoreTrouble::unreadable("an entry", &e);
        let what = serde_json::to_value(&entry.what).map_err(unreadable)?;
        let data = what.get("data").unwrap_or(&Value::Null);
        let mut line = Self {
            app: app.to_owned(),
            environment: environment.to_owned(),
            seq,
            at: entry.at.0,
            kind: what.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
            who: serde_json::to_string(&entry.by).map_err(unreadable)?,
            data: data.to_string(),
            owner: owner_of(data).to_owned(),
            previous: previous.to_owned(),
            hash: String::new(),
        };
        line.hash = line.hash_as(previous, seq);
        Ok(line)
    }

    /// The hash that this line would have behind another one and with another number.
    pub(super) fn hash_as(&self, previous: &str, seq: i64) -> String {
        let whole =
            serde_json::json!([previous, self.app, self.environment, seq, self.at, self.kind, self.who, self.data]);
        Sha256::digest(whole.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the column that finds an owner's entries says what the entry says.
    pub(super) fn owner_is_right(&self) -> bool {
        serde_json::from_str::<Value>(&self.data).is_ok_and(|data| owner_of(&data) == self.owner)
    }

    /// The entry.
    pub(super) fn entry(&self) -> Result<Entry, StoreTrouble> {
        let unreadable = |e: serde_json::Error| {
            StoreTrouble::unreadable(&format!("entry {} of {}/{}", self.seq, self.app, self.environment), &e)
        };
        let mut what = serde_json::Map::new();
        what.insert("kind".to_owned(), Value::String(self.kind.clone()));
        if self.data != "null" {
            what.insert("data".to_owned(), serde_json::from_str(&self.data).map_err(unreadable)?);
        }
        Ok(Entry {
            at: Moment(self.at),
            by: serde_json::from_str(&self.who).map_err(unreadable)?,
            what: serde_json::from_value(Value::Object(what)).map_err(unreadable)?,
        })
    }

    pub(super) fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            app: row.try_get("app")?,
            environment: row.try_get("environment")?,
            seq: row.try_get("seq")?,
            at: row.try_get("at")?,
            kind: row.try_get("kind")?,
            who: row.try_get("who")?,
            data: row.try_get("data")?,
            owner: row.try_get("owner")?,
            previous: row.try_get("previous")?,
            hash: row.try_get("hash")?,
        })
    }

    async fn insert(&self, tx: &mut AnyConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO ledger (app, environment, seq, at, kind, who, data, owner, previous, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&self.app)
        .bind(&self.environment)
        .bind(self.seq)
        .bind(self.at)
        .bind(&self.kind)
        .bind(&self.who)
        .bind(&self.data)
        .bind(&self.owner)
        .bind(&self.previous)
        .bind(&self.hash)
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// The deployment or smoke test that an entry is about; empty for none.
fn owner_of(data: &Value) -> &str {
    [Some(data), data.get("subject")]
        .into_iter()
        .flatten()
        .flat_map(|part| [part.get("deployment"), part.get("smoke")])
        .flatten()
        .find_map(Value::as_str)
        .unwrap_or_default()
}

impl Store {
    /// Appends entries behind `seq` and `head`; gives the new head.
    pub(super) async fn append(
        &self,
        tx: &mut AnyConnection,
        (app, environment): (&str, &str),
        (seq, head): (i64, &str),
        entries: &[Entry],
    ) -> Result<String, StoreTrouble> {
        let mut head = head.to_owned();
        for (number, entry) in (seq + 1..).zip(entries) {
            let line = Line::new(app, environment, number, &head, entry)?;
            line.insert(tx).await.map_err(|e| self.trouble(&e))?;
            head = line.hash;
        }
        Ok(head)
    }
}
