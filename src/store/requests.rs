//! Requests that carry a key, so that a repeat does nothing twice and is answered as the first one was.
//!
//! A row is written in the very transaction that does the thing, with what answers it: a crash before the answer was
//! written down leaves enough to make it again. What did nothing (a refusal, a reading) gets its row with its answer.
//! Rows are kept for a day, and so many of each token: beyond that a key is refused, because one that were not remembered
//! would be worth nothing. What people do in chats has rows of the same kind; of these there are no more than they do.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, Row as _};

use super::project::json;
use super::queries::StoredDeployment;
use super::session::{End, looking, single, writing};
use super::{Store, StoreTrouble};
use crate::domain::{CardKey, Event, Id, Moment, Span};

/// How long a key is remembered.
const KEPT: Span = Span::hours(24);

/// How often those that are too old are forgotten.
const EVERY: Span = Span::hours(1);

/// How many keys of one caller are remembered at once.
const MOST: i64 = 2_000;

/// A request that is to be carried out once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// Who asks.
    pub caller: String,
    /// The key, theirs alone.
    pub key: String,
    /// A hash of what is asked.
    pub hash: String,
}

/// What a request came to: enough to make its answer again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Moment,
    /// The name of what it would make, and did if that is the card.
    pub fresh: Option<Id>,
    /// The deployment that was acted on.
    pub on: Option<Id>,
    /// What answers it.
    pub card: Option<CardKey>,
    /// The deployment that does, as it was committed. Not written down: whoever asks again is shown it as it is then.
    #[serde(skip)]
    pub shown: Option<Box<StoredDeployment>>,
}

impl Deed {
    /// What an event would do; the card is known once it is done.
    #[must_use]
    pub fn of(event: &Event, at: Moment) -> Self {
        let (fresh, on) = match event {
            Event::Request { id, .. } | Event::SmokeAsked { id } => (Some(id.clone()), None),
            Event::Act { deployment, fresh, .. } => (Some(fresh.clone()), Some(deployment.clone())),
            _ => (None, None),
        };
        Self { at, fresh, on, card: None, shown: None }
    }

    /// Whether what answers it was there before.
    #[must_use]
    pub fn found(&self, id: &Id) -> bool {
        self.fresh.as_ref() != Some(id)
    }
}

/// What is remembered of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// A hash of what was asked.
    pub hash: String,
    /// What it did, if it did anything.
    pub deed: Option<Deed>,
    /// How it was answered, status and body, once that is written down.
    pub answer: Option<(u16, String)>,
}

impl Store {
    /// What is remembered under a key.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn remembered(&self, request: &Keyed) -> Result<Option<Remembered>, StoreTrouble> {
        looking!(self, |reader| self.remembered_in(reader, request).await)
    }

    /// When a caller who has used up their keys has room for another; none where they have it now.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn next_key_at(&self, caller: &str) -> Result<Option<Moment>, StoreTrouble> {
        let old = self.0.clock.now().0.saturating_sub(KEPT.0);
        let row = looking!(self, |reader| {
            let query = sqlx::query("SELECT COUNT(*), MIN(at) FROM requests WHERE caller = $1 AND at > $2");
            query.bind(caller).bind(old).fetch_one(reader).await.map_err(|e| self.trouble(&e))
        })?;
        let read = |e: sqlx::Error| self.trouble(&e);
        let count: i64 = row.try_get(0).map_err(read)?;
        if count < MOST {
            return Ok(None);
        }
        let oldest: i64 = row.try_get(1).map_err(read)?;
        Ok(Some(Moment(oldest).plus(KEPT)))
    }

    /// Writes down how a request was answered. The first answer stays.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn answered(&self, request: &Keyed, status: u16, answer: &str) -> Result<(), StoreTrouble> {
        writing!(self, "answered", |tx| {
            self.forget_old(tx).await?;
            let query = sqlx::query(
                "INSERT INTO requests (caller, name, hash, at, deed, status, answer) VALUES ($1, $2, $3, $4, '', $5, $6) \
                 ON CONFLICT (caller, name) DO UPDATE SET status = excluded.status, answer = excluded.answer \
                 WHERE requests.status = 0 AND requests.hash = excluded.hash",
            );
            let query = query.bind(&request.caller).bind(&request.key).bind(&request.hash);
            let query = query.bind(self.0.clock.now().0).bind(i64::from(status)).bind(answer);
            self.run(tx, query).await?;
            Ok(End::Commit(()))
        })
    }

    /// Notes a request that did nothing, where it is not known yet. One statement, so that nobody is kept waiting in the
    /// middle of it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn note(&self, request: &Keyed) -> Result<(), StoreTrouble> {
        single!(self, writer, |writer| {
            let query = sqlx::query(
                "INSERT INTO requests (caller, name, hash, at, deed, status, answer) \
                 VALUES ($1, $2, $3, $4, '', 200, '') ON CONFLICT (caller, name) DO NOTHING",
            );
            let query = query.bind(&request.caller).bind(&request.key).bind(&request.hash);
            self.run(writer, query.bind(self.0.clock.now().0)).await
        })
    }

    /// Whether somebody has carried it out already, which the transaction that would do so must know.
    pub(super) async fn is_done(&self, tx: &mut AnyConnection, request: &Keyed) -> Result<bool, StoreTrouble> {
        // Somebody waits for each statement, and once in a while is enough.
        if self.is_time_to_forget() {
            self.forget_old(tx).await?;
        }
        Ok(self.remembered_in(tx, request).await?.is_some())
    }

    /// Notes, in the transaction that does it, what a request comes to. One that is there already is too old to count.
    pub(super) async fn note_deed(
        &self,
        tx: &mut AnyConnection,
        request: &Keyed,
        deed: &Deed,
    ) -> Result<(), StoreTrouble> {
        let query = sqlx::query(
            "INSERT INTO requests (caller, name, hash, at, deed, status, answer) VALUES ($1, $2, $3, $4, $5, 0, '') \
             ON CONFLICT (caller, name) DO UPDATE SET hash = excluded.hash, at = excluded.at, deed = excluded.deed, \
             status = 0, answer = ''",
        );
        let query = query.bind(&request.caller).bind(&request.key).bind(&request.hash);
        self.run(tx, query.bind(self.0.clock.now().0).bind(json(deed)?)).await
    }

    /// Whether it is time to forget what is remembered too long; then it counts as done.
    fn is_time_to_forget(&self) -> bool {
        let now = self.0.clock.now();
        let is_time = now.since(Moment(self.0.forgot_at.load(Ordering::Relaxed))) >= EVERY;
        if is_time {
            self.0.forgot_at.store(now.0, Ordering::Relaxed);
        }
        is_time
    }

    async fn forget_old(&self, tx: &mut AnyConnection) -> Result<(), StoreTrouble> {
        let old = self.0.clock.now().0.saturating_sub(KEPT.0);
        self.run(tx, sqlx::query("DELETE FROM requests WHERE at <= $1").bind(old)).await
    }

    async fn remembered_in(&self, tx: &mut AnyConnection, request: &Keyed) -> Result<Option<Remembered>, StoreTrouble> {
        let old = self.0.clock.now().0.saturating_sub(KEPT.0);
        let row =
            sqlx::query("SELECT hash, deed, status, answer FROM requests WHERE caller = $1 AND name = $2 AND at > $3")
                .bind(&request.caller)
                .bind(&request.key)
                .bind(old)
                .fetch_optional(tx)
                .await
                .map_err(|e| self.trouble(&e))?;
        let Some(row) = row else { return Ok(None) };
        let read = |e: sqlx::Error| self.trouble(&e);
        let (deed, status): (String, i64) = (row.try_get("deed").map_err(read)?, row.try_get("status").map_err(read)?);
        let deed = match deed.as_str() {
            "" => None,
            deed => Some(serde_json::from_str(deed).map_err(|e| StoreTrouble::unreadable("a request", &e))?),
        };
        let answer: String = row.try_get("answer").map_err(read)?;
        let answer = u16::try_from(status).ok().filter(|status| *status > 0).map(|status| (status, answer));
        Ok(Some(Remembered { hash: row.try_get("hash").map_err(read)?, deed, answer }))
    }
}
