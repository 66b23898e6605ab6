//! Who works on which effect: time-limited claims. Recovery goes by an expired claim alone, never by who held it.
//!
//! A claim is taken with one statement, so two claimers never share an effect. At most one effect of a lane is claimed
//! at a time, and of a lane's due effects the oldest goes first.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::effects::{CHAT, CHECK, TARGET};
use super::session::{End, looking, writing};
use super::{Store, StoreTrouble};
use crate::domain::{Effect, Id, Moment, Span};

/// The right to one effect, until it is given back, used up, or expires.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Which effect.
    pub effect: Id,
    /// What makes it ours.
    pub(super) token: String,
    /// The card's generation when it was claimed.
    pub(super) generation: i64,
}

/// An effect that somebody may work on now.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The right to it.
    pub claim: Claim,
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// For which chat; empty for what is not for a chat.
    pub chat: String,
    /// What to do.
    pub effect: Effect,
    /// Which try this is, from 1.
    pub tries: u32,
    /// When it was laid down.
    pub created_at: Moment,
    /// Since when it has not worked; none while it has not failed.
    pub troubled_since: Option<Moment>,
}

/// How many effects somebody can take on, by who would work on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Looks, rollouts and restores.
    pub targets: u32,
    /// Questions.
    pub checks: u32,
    /// Cards and messages.
    pub chats: u32,
}

/// Whose work is to be claimed.
pub(super) struct Bench<'a> {
    pub(super) name: &'static str,
    /// One lane of it; empty for all.
    pub(super) lane: &'a str,
    /// How much at the most.
    pub(super) room: u32,
}

/// What became of claims that were renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Effects that were cancelled meanwhile: stop.
    pub cancelled: Vec<Id>,
    /// Effects that are not ours any more: stop, and record nothing.
    pub lost: Vec<Id>,
}

impl Store {
    /// Claims what is due, at most as much as there is room for.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn claim_due(&self, room: Room, lease: Span) -> Result<Vec<Claimed>, StoreTrouble> {
        let now = self.0.clock.now();
        if self.count_due(now).await? == 0 {
            return Ok(Vec::new());
        }
        writing!(self, "claim", |tx| {
            let gone = sqlx::query("DELETE FROM effects WHERE cancelled = 1 AND claimed_until <= $1")
                .bind(now.0)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
            let (mut claimed, mut changed) = (Vec::new(), gone.rows_affected() > 0);
            for (name, room) in [(TARGET, room.targets), (CHECK, room.checks), (CHAT, room.chats)] {
                if room > 0 {
                    let bench = Bench { name, lane: "", room };
                    changed |= self.claim_on(tx, bench, (now, now.plus(lease)), &mut claimed).await?;
                }
            }
            Ok(if changed { End::Commit(claimed) } else { End::RollBack(claimed) })
        })
    }

    async fn count_due(&self, now: Moment) -> Result<i64, StoreTrouble> {
        looking!(self, |reader| {
            sqlx::query("SELECT COUNT(*) FROM effects WHERE claimed_until <= $1 AND (cancelled = 1 OR due_at <= $1)")
                .bind(now.0)
                .fetch_one(reader)
                .await
                .and_then(|row| row.try_get(0))
                .map_err(|e| self.trouble(&e))
        })
    }

    pub(super) async fn claim_on(
        &self,
        tx: &mut AnyConnection,
        bench: Bench<'_>,
        (now, until): (Moment, Moment),
        claimed: &mut Vec<Claimed>,
    ) -> Result<bool, StoreTrouble> {
        let token = uuid::Uuid::now_v7().to_string();
        let rows = sqlx::query(
            "UPDATE effects SET claim = $1, claimed_until = $2, tries = tries + 1 WHERE id IN ( \
                 SELECT e.id FROM effects e WHERE e.bench = $3 AND e.cancelled = 0 AND e.due_at <= $4 \
                 AND e.claimed_until <= $4 AND ($6 = '' OR e.lane = $6) \
                 AND NOT EXISTS (SELECT 1 FROM effects o WHERE o.lane = e.lane AND o.claimed_until > $4) \
             AND NOT (e.kind = 'look' AND EXISTS (SELECT 1 FROM effects o WHERE o.app = e.app \
                 AND o.environment = e.environment AND o.kind IN ('roll_out', 'restore') AND o.cancelled = 1 \
                 AND o.claimed_until > $4)) \
                 AND NOT EXISTS (SELECT 1 FROM effects o WHERE o.lane = e.lane AND o.cancelled = 0 \
                     AND o.due_at <= $4 AND (o.due_at < e.due_at OR (o.due_at = e.due_at AND o.id < e.id))) \
                 ORDER BY e.due_at, e.id LIMIT $5) \
             RETURNING id, app, environment, chat, body, tries, created_at, generation, troubled_at",
        )
        .bind(&token)
        .bind(until.0)
        .bind(bench.name)
        .bind(now.0)
        .bind(i64::from(bench.room))
        .bind(bench.lane)
        .fetch_all(&mut *tx)
        .await
        .map_err(|e| self.trouble(&e))?;
        for row in &rows {
            match self.claimed(row, &token) {
                Ok(one) => claimed.push(one),
                // A newer program's effect, most likely, with that program starting or stopping just now.
                Err(trouble) => {
                    let id: String = row.try_get("id").map_err(|e| self.trouble(&e))?;
                    tracing::error!(effect = %id, %trouble, "this effect cannot be read and is left for a minute");
                    self.put_off(tx, &id, now.plus(Span::minutes(1))).await?;
                }
            }
        }
        claimed.sort_by(|a, b| a.claim.effect.cmp(&b.claim.effect));
        Ok(!rows.is_empty())
    }

    fn claimed(&self, row: &AnyRow, token: &str) -> Result<Claimed, StoreTrouble> {
        let read = || -> Result<_, sqlx::Error> {
            let troubled_at: i64 = row.try_get("troubled_at")?;
            let claim = Claim {
                effect: Id(row.try_get("id")?),
                token: token.to_owned(),
                generation: row.try_get("generation")?,
            };
            let tries: i64 = row.try_get("tries")?;
            Ok((
                claim,
                row.try_get("app")?,
                row.try_get("environment")?,
                row.try_get("chat")?,
                row.try_get::<String, _>("body")?,
                u32::try_from(tries).unwrap_or(u32::MAX),
                Moment(row.try_get("created_at")?),
                (troubled_at != 0).then_some(Moment(troubled_at)),
            ))
        };
        let (claim, app, environment, chat, body, tries, created_at, troubled_since) =
            read().map_err(|e| self.trouble(&e))?;
        let effect = serde_json::from_str(&body).map_err(|e| StoreTrouble::unreadable("an effect", &e))?;
        Ok(Claimed { claim, app, environment, chat, effect, tries, created_at, troubled_since })
    }

    async fn put_off(&self, tx: &mut AnyConnection, id: &str, at: Moment) -> Result<(), StoreTrouble> {
        sqlx::query("UPDATE effects SET claim = '', claimed_until = 0, due_at = $1 WHERE id = $2")
            .bind(at.0)
            .bind(id)
            .execute(tx)
            .await
            .map(|_| ())
            .map_err(|e| self.trouble(&e))
    }

    /// Keeps claims for another lease, and says which of them there is no sense in keeping.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn renew(&self, claims: &[Claim], lease: Span) -> Result<Renewed, StoreTrouble> {
        if claims.is_empty() {
            return Ok(Renewed::default());
        }
        let until = self.0.clock.now().plus(lease);
        writing!(self, "renew", |tx| {
            let mut renewed = Renewed::default();
            for claim in claims {
                let row = sqlx::query(
                    "UPDATE effects SET claimed_until = $1 WHERE id = $2 AND claim = $3 RETURNING cancelled",
                )
                .bind(until.0)
                .bind(&claim.effect.0)
                .bind(&claim.token)
                .fetch_optional(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
                match row.map(|row| row.try_get::<i64, _>(0)).transpose().map_err(|e| self.trouble(&e))? {
                    None => renewed.lost.push(claim.effect.clone()),
                    Some(0) => {}
                    Some(_) => renewed.cancelled.push(claim.effect.clone()),
                }
            }
            Ok(End::Commit(renewed))
        })
    }

    /// Every effect that was cancelled while somebody worked on it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn cancelled(&self) -> Result<Vec<Id>, StoreTrouble> {
        looking!(self, |reader| {
            sqlx::query("SELECT id FROM effects WHERE cancelled = 1")
                .fetch_all(reader)
                .await
                .and_then(|rows| rows.iter().map(|row| row.try_get(0).map(Id)).collect())
                .map_err(|e| self.trouble(&e))
        })
    }

    /// Whether nobody works on any effect and nothing is due until then. One look: between two, an effect that was due
    /// can be taken on, and be seen by neither.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn is_quiet(&self, until: Moment) -> Result<bool, StoreTrouble> {
        looking!(self, |reader| {
            sqlx::query(
                "SELECT (SELECT COUNT(*) FROM effects WHERE claimed_until > $1 OR due_at <= $2) \
                 + (SELECT COUNT(*) FROM environments WHERE wake_at <= $2)",
            )
            .bind(self.0.clock.now().0)
            .bind(until.0)
            .fetch_one(reader)
            .await
            .and_then(|row| row.try_get::<i64, _>(0))
            .map(|busy| busy == 0)
            .map_err(|e| self.trouble(&e))
        })
    }

    /// Whether an effect was cancelled; none when the claim is not ours any more.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn is_cancelled(&self, claim: &Claim) -> Result<Option<bool>, StoreTrouble> {
        looking!(self, |reader| {
            sqlx::query("SELECT cancelled FROM effects WHERE id = $1 AND claim = $2")
                .bind(&claim.effect.0)
                .bind(&claim.token)
                .fetch_optional(reader)
                .await
                .and_then(|row| row.map(|row| row.try_get::<i64, _>(0).map(|flag| flag != 0)).transpose())
                .map_err(|e| self.trouble(&e))
        })
    }

    /// When there is next something to do: an effect, an expired claim, or an environment that waits for the clock.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn next_due(&self) -> Result<Option<Moment>, StoreTrouble> {
        let mut next: Option<i64> = None;
        for statement in [
            "SELECT CASE WHEN e.cancelled = 1 OR e.claimed_until > $1 THEN e.claimed_until ELSE e.due_at END \
             FROM effects e WHERE e.cancelled = 1 OR e.claimed_until > $1 \
             OR NOT EXISTS (SELECT 1 FROM effects o WHERE o.claimed_until > $1 AND (o.lane = e.lane \
                 OR (e.kind = 'look' AND o.cancelled = 1 AND o.app = e.app AND o.environment = e.environment \
                     AND o.kind IN ('roll_out', 'restore')))) \
             ORDER BY 1 LIMIT 1",
            "SELECT wake_at FROM environments WHERE wake_at < 9223372036854775807 AND $1 = $1 \
             ORDER BY wake_at LIMIT 1",
        ] {
            let at: Option<i64> = looking!(self, |reader| {
                let row = sqlx::query(statement).bind(self.0.clock.now().0).fetch_optional(reader).await;
                row.and_then(|row| row.map(|row| row.try_get(0)).transpose()).map_err(|e| self.trouble(&e))
            })?;
            next = [next, at].into_iter().flatten().min();
        }
        Ok(next.map(Moment))
    }

    /// The environments that wait for a moment that has come, with that moment.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn due_wakes(&self) -> Result<Vec<(String, String, Moment)>, StoreTrouble> {
        looking!(self, |reader| {
            let query = sqlx::query(
                "SELECT app, name, wake_at FROM environments WHERE wake_at <= $1 AND wake_at < 9223372036854775807 \
                 ORDER BY wake_at, app, name",
            );
            let rows = query.bind(self.0.clock.now().0).fetch_all(reader).await.map_err(|e| self.trouble(&e))?;
            let wakes = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, Moment(row.try_get(2)?))));
            wakes.collect::<Result<_, sqlx::Error>>().map_err(|e| self.trouble(&e))
        })
    }
}
