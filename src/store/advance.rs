//! The narrow waist: the one transaction in which an environment changes.
//!
//! Read the environment and the facts, let the core decide, and write everything that follows from the decision: the
//! row under its revision, the ledger, what the ledger says about other rows, the new effects; and take the effect
//! away whose result this was. All of it, or nothing.

use sqlx::{AnyConnection, Row as _};

use super::claims::Claim;
use super::facts::{Also, Known};
use super::queries::StoredDeployment;
use super::requests::{Deed, Keyed};
use super::session::{End, writing};
use super::{Store, StoreTrouble, mark};
use crate::domain::{CardKey, Environment, Id, Lock, Moment, Refusal, Step};

/// What is to be advanced, and what the decision needs to know.
#[derive(Clone, Copy, Debug, Default)]
pub struct Advance<'a> {
    /// The app.
    pub app: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The environment before it, if there is one.
    pub before: Option<&'a str>,
    /// A version that the event names, so that it is among the facts however old it is.
    pub version: Option<&'a str>,
    /// Digests that the event names, likewise.
    pub digests: &'a [String],
    /// The deployment that a person acts on: it is among the facts if it has ended.
    pub deployment: Option<&'a Id>,
    /// The effect whose result this is.
    pub acknowledge: Option<&'a Claim>,
    /// The request that asks for it, where it is to be carried out once, and what it would do.
    pub request: Option<(&'a Keyed, &'a Deed)>,
}

/// How it went.
#[derive(Clone, Debug, PartialEq)]
pub enum Advanced {
    /// It is committed.
    Done(Box<Done>),
    /// The core said no; nothing was written.
    Refused(Refusal),
    /// The effect is not ours any more: somebody else records its result. Nothing was written.
    LostClaim,
    /// The request was carried out before. Nothing was written.
    Repeated,
}

/// What was committed.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The environment after it.
    pub environment: Environment,
    /// The number of the first new ledger entry; one above `last` when there is none.
    pub first: u64,
    /// The number of the last ledger entry.
    pub last: u64,
    /// The first 8 characters of the ledger's head.
    pub mark: String,
    /// What answers the person who asked.
    pub answer: Option<CardKey>,
    /// The deployment that does, as it is committed: the runner may be further by the time at which it is shown.
    pub shown: Option<Box<StoredDeployment>>,
    /// The new effects.
    pub effects: Vec<Id>,
}

/// An environment as stored, with what guards it.
pub(super) struct Row {
    pub(super) environment: Environment,
    pub(super) revision: i64,
    pub(super) head: String,
    wake_at: i64,
}

impl Store {
    /// Advances an environment. `decide` may be called again when the database was busy.
    ///
    /// # Errors
    /// See [`StoreTrouble`]. Nothing was written then; where it [is open](StoreTrouble::is_open), nothing or all of it.
    pub async fn advance(
        &self,
        advance: &Advance<'_>,
        mut decide: impl FnMut(&Environment, &Known) -> Result<Step, Refusal> + Send,
    ) -> Result<Advanced, StoreTrouble> {
        let advanced = writing!(self, "advance", |tx| Box::pin(self.advance_in(tx, advance, &mut decide)).await)?;
        self.poke();
        Ok(advanced)
    }

    async fn advance_in(
        &self,
        tx: &mut AnyConnection,
        advance: &Advance<'_>,
        decide: &mut (impl FnMut(&Environment, &Known) -> Result<Step, Refusal> + Send),
    ) -> Result<End<Advanced>, StoreTrouble> {
        let place = (advance.app, advance.environment);
        let repaint = match advance.acknowledge {
            None => None,
            Some(claim) => match self.use_up(tx, claim).await? {
                None => return Ok(End::RollBack(Advanced::LostClaim)),
                Some(used) => used.repaint,
            },
        };
        if let Some((request, _)) = advance.request
            && self.is_done(tx, request).await?
        {
            return Ok(End::RollBack(Advanced::Repeated));
        }
        let row = self.row(tx, place).await?;
        let also = Also {
            before: advance.before,
            version: advance.version,
            digests: advance.digests,
            deployment: advance.deployment,
            one_way: row.environment.current.as_ref().is_some_and(|d| d.plan.is_none()),
        };
        let known = self.known(tx, &row.environment, also).await?;
        let step = match decide(&row.environment, &known) {
            Ok(step) => step,
            Err(refusal) => return Ok(End::RollBack(Advanced::Refused(refusal))),
        };
        let idle = advance.acknowledge.is_none() && advance.request.is_none() && changes_nothing(&row, &step);
        let done = Box::pin(self.record(tx, place, (row, known.lock), step)).await?;
        if idle {
            return Ok(End::RollBack(Advanced::Done(Box::new(done))));
        }
        if let Some(card) = repaint {
            self.lay_show(tx, place, card).await?;
        }
        if let Some((request, deed)) = advance.request {
            self.note_deed(tx, request, &Deed { card: done.answer.clone(), ..deed.clone() }).await?;
        }
        Ok(End::Commit(Advanced::Done(Box::new(done))))
    }

    async fn record(
        &self,
        tx: &mut AnyConnection,
        place: (&str, &str),
        (row, lock): (Row, Option<Lock>),
        step: Step,
    ) -> Result<Done, StoreTrouble> {
        let first = row.environment.seq + 1;
        let last = row.environment.seq + step.events.len() as u64;
        if step.environment.seq != last {
            let text = format!("a step counts {} entries where there are {last}", step.environment.seq);
            return Err(StoreTrouble::Inconsistent { text });
        }
        let seq = i64::try_from(row.environment.seq).unwrap_or(i64::MAX);
        let head = self.append(tx, place, (seq, &row.head), &step.events).await?;
        if !keeps_row(&row, &step) {
            self.write_row(tx, place, (row.revision, &head), &step).await?;
        }
        self.project(tx, place, (&row.environment, lock), &step).await?;
        for cancel in &step.cancels {
            self.cancel(tx, place, cancel).await?;
        }
        let effects = self.lay(tx, place, &step.effects).await?;
        let mark = mark(&head);
        let shown = match &step.answer {
            Some(CardKey::Deployment(id)) => Box::pin(self.deployment_in(tx, id)).await?.map(Box::new),
            _ => None,
        };
        Ok(Done { environment: step.environment, first, last, mark, answer: step.answer, shown, effects })
    }

    /// The environment; a new one where there is none yet.
    pub(super) async fn row(&self, tx: &mut AnyConnection, (app, name): (&str, &str)) -> Result<Row, StoreTrouble> {
        let row = sqlx::query("SELECT revision, head, wake_at, state FROM environments WHERE app = $1 AND name = $2")
            .bind(app)
            .bind(name)
            .fetch_optional(tx)
            .await
            .map_err(|e| self.trouble(&e))?;
        let Some(row) = row else {
            return Ok(Row {
                environment: Environment::new(app, name),
                revision: 0,
                head: String::new(),
                wake_at: i64::MAX,
            });
        };
        let state: String = row.try_get("state").map_err(|e| self.trouble(&e))?;
        Ok(Row {
            environment: serde_json::from_str(&state)
                .map_err(|e| StoreTrouble::unreadable(&format!("environment {app}/{name}"), &e))?,
            revision: row.try_get("revision").map_err(|e| self.trouble(&e))?,
            head: row.try_get("head").map_err(|e| self.trouble(&e))?,
            wake_at: row.try_get("wake_at").map_err(|e| self.trouble(&e))?,
        })
    }

    /// Writes the row if nobody has written it since it was read. Nobody can have while there is one writer at a time; the
    /// guard is for whoever writes without asking.
    async fn write_row(
        &self,
        tx: &mut AnyConnection,
        (app, name): (&str, &str),
        (revision, head): (i64, &str),
        step: &Step,
    ) -> Result<(), StoreTrouble> {
        let environment = &step.environment;
        let state = serde_json::to_string(environment).map_err(|e| StoreTrouble::unreadable("an environment", &e))?;
        let statement = if revision == 0 {
            "INSERT INTO environments (app, name, revision, seq, head, attempt, wake_at, state) \
             VALUES ($1, $2, $3 + 1, $4, $5, $6, $7, $8) ON CONFLICT (app, name) DO NOTHING"
        } else {
            "UPDATE environments SET revision = $3 + 1, seq = $4, head = $5, attempt = $6, wake_at = $7, state = $8 \
             WHERE app = $1 AND name = $2 AND revision = $3"
        };
        let done = sqlx::query(statement)
            .bind(app)
            .bind(name)
            .bind(revision)
            .bind(i64::try_from(environment.seq).unwrap_or(i64::MAX))
            .bind(head)
            .bind(i64::try_from(environment.attempt).unwrap_or(i64::MAX))
            .bind(wake_at(step))
            .bind(&state)
            .execute(tx)
            .await
            .map_err(|e| self.trouble(&e))?;
        // A lost race counts as a busy database: the whole transaction is done again, from the reading.
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreTrouble::Busy) }
    }
}

fn changes_nothing(row: &Row, step: &Step) -> bool {
    keeps_row(row, step)
        && step.effects.is_empty()
        && step.cancels.is_empty()
        && step.deployments.is_empty()
        && step.smoke.is_none()
}

/// Whether the environment's row stays as it is.
fn keeps_row(row: &Row, step: &Step) -> bool {
    step.events.is_empty() && step.environment == row.environment && wake_at(step) == row.wake_at
}

fn wake_at(step: &Step) -> i64 {
    step.wake_at.unwrap_or(Moment(i64::MAX)).0
}
