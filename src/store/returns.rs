//! How an effect is put down again: done, to be tried later, or given back untouched. Each only by a claim that is
//! still ours.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::claims::{Bench, Claim, Claimed};
use super::effects::{CHAT, TARGET, card_named};
use super::session::{End, writing};
use super::{Store, StoreTrouble};
use crate::domain::{CardKey, Moment, Note, Span};

/// What an effect that was taken away leaves behind.
pub(super) struct Used {
    /// The card that still shows the trouble the effect had.
    pub(super) repaint: Option<CardKey>,
    lane: String,
}

impl Store {
    /// Puts an effect down that changes no environment: done, or given up. A card that has got a newer state since it
    /// was claimed stays, due at once. Says whether the claim was still ours.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn finish(&self, claim: &Claim) -> Result<bool, StoreTrouble> {
        let ours = writing!(self, "finish", |tx| {
            let ours = self.use_up(tx, claim).await?.is_some();
            Ok(if ours { End::Commit(true) } else { End::RollBack(false) })
        })?;
        self.poke();
        Ok(ours)
    }

    /// Puts an effect of a target down that was cancelled, and takes up the one that took its place, if that is due: in
    /// one commit, so that going back does not wait for another.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn hand_over(&self, claim: &Claim, lease: Span) -> Result<Option<Claimed>, StoreTrouble> {
        let now = self.0.clock.now();
        let next = writing!(self, "hand_over", |tx| {
            let Some(used) = self.use_up(tx, claim).await? else { return Ok(End::RollBack(None)) };
            let mut next = Vec::new();
            let spot = Bench { name: TARGET, lane: &used.lane, room: 1 };
            self.claim_on(tx, spot, (now, now.plus(lease)), &mut next).await?;
            Ok(End::Commit(next.pop()))
        })?;
        self.poke();
        Ok(next)
    }

    /// Takes a claimed effect away, in the transaction that records its result. None when the claim is not ours any
    /// more; else its environment and the card on which its trouble shows, if it had any.
    pub(super) async fn use_up(&self, tx: &mut AnyConnection, claim: &Claim) -> Result<Option<Used>, StoreTrouble> {
        let gone = sqlx::query(
            "DELETE FROM effects WHERE id = $1 AND claim = $2 AND (generation = $3 OR cancelled = 1) \
             RETURNING bench, lane, card, trouble",
        )
        .bind(&claim.effect.0)
        .bind(&claim.token)
        .bind(claim.generation)
        .fetch_optional(&mut *tx)
        .await
        .map_err(|e| self.trouble(&e))?;
        if let Some(row) = gone {
            let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.trouble(&e));
            let troubled = text("bench")? != CHAT && !text("trouble")?.is_empty();
            let repaint = if troubled { card_named(&text("card")?) } else { None };
            return Ok(Some(Used { repaint, lane: text("lane")? }));
        }
        let released = sqlx::query(
            "UPDATE effects SET claim = '', claimed_until = 0, tries = 0, trouble = '', troubled_at = 0, due_at = $1 \
             WHERE id = $2 AND claim = $3",
        )
        .bind(self.0.clock.now().0)
        .bind(&claim.effect.0)
        .bind(&claim.token)
        .execute(tx)
        .await
        .map_err(|e| self.trouble(&e))?;
        Ok((released.rows_affected() > 0).then_some(Used { repaint: None, lane: String::new() }))
    }

    /// Gives an effect back because something outside did not work: it is due again later, and what is wrong shows on
    /// its card. Says whether the claim was still ours and the effect still wanted.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn retry(&self, claim: &Claim, at: Moment, trouble: &Note) -> Result<bool, StoreTrouble> {
        let text = serde_json::to_string(trouble).map_err(|e| StoreTrouble::unreadable("a note", &e))?;
        let now = self.0.clock.now();
        let kept = writing!(self, "retry", |tx| {
            let known = sqlx::query("SELECT trouble, cancelled FROM effects WHERE id = $1 AND claim = $2")
                .bind(&claim.effect.0)
                .bind(&claim.token)
                .fetch_optional(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
            let Some(known) = known else { return Ok(End::RollBack(false)) };
            let before: String = known.try_get(0).map_err(|e| self.trouble(&e))?;
            if known.try_get::<i64, _>(1).map_err(|e| self.trouble(&e))? != 0 {
                self.use_up(tx, claim).await?;
                return Ok(End::Commit(false));
            }
            let row = sqlx::query(
                "UPDATE effects SET claim = '', claimed_until = 0, due_at = $1, trouble = $2, \
                     troubled_at = CASE WHEN troubled_at = 0 THEN $3 ELSE troubled_at END WHERE id = $4 \
                     RETURNING bench, card, app, environment",
            )
            .bind(at.0)
            .bind(&text)
            .bind(now.0)
            .bind(&claim.effect.0)
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| self.trouble(&e))?;
            if before != text {
                self.show_trouble(tx, &row).await?;
            }
            Ok(End::Commit(true))
        })?;
        self.poke();
        Ok(kept)
    }

    async fn show_trouble(&self, tx: &mut AnyConnection, row: &AnyRow) -> Result<(), StoreTrouble> {
        let text = |name: &str| row.try_get::<String, _>(name).map_err(|e| self.trouble(&e));
        if text("bench")? == CHAT {
            return Ok(());
        }
        match card_named(&text("card")?) {
            Some(card) => self.lay_show(tx, (&text("app")?, &text("environment")?), card).await,
            None => Ok(()),
        }
    }

    /// Puts an effect off, because it is too early for it: nothing is wrong, and it counts as never tried. Nothing that
    /// happens meanwhile makes it due sooner.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn postpone(&self, claim: &Claim, at: Moment) -> Result<(), StoreTrouble> {
        self.put_back(claim, at, at).await
    }

    /// The same where it may be due sooner: a card that is painted, and something beside it is not told yet.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn resume_at(&self, claim: &Claim, at: Moment) -> Result<(), StoreTrouble> {
        self.put_back(claim, at, Moment(0)).await
    }

    /// What was put off for a chat is due now. For a program that starts: whoever started it may have mended what was in the
    /// way. What a chat named a time for, or what failed otherwise, keeps its wait.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn hasten_chats(&self) -> Result<(), StoreTrouble> {
        let now = self.0.clock.now();
        writing!(self, "hasten_chats", |tx| {
            let hastened = sqlx::query(
                "UPDATE effects SET due_at = $1 \
                 WHERE bench = $2 AND due_at > $1 AND claimed_until <= $1 AND trouble = ''",
            )
            .bind(now.0)
            .bind(CHAT)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.trouble(&e))?;
            Ok(if hastened.rows_affected() > 0 { End::Commit(()) } else { End::RollBack(()) })
        })
    }

    async fn put_back(&self, claim: &Claim, at: Moment, not_before: Moment) -> Result<(), StoreTrouble> {
        writing!(self, "postpone", |tx| {
            let query = sqlx::query(
                "UPDATE effects SET claim = '', claimed_until = 0, tries = tries - 1, due_at = $1, not_before = $2, \
                 trouble = '', troubled_at = 0 WHERE id = $3 AND claim = $4",
            );
            self.run(tx, query.bind(at.0).bind(not_before.0).bind(&claim.effect.0).bind(&claim.token)).await?;
            Ok(End::Commit(()))
        })?;
        self.poke();
        Ok(())
    }

    /// Gives effects back untouched, because whoever held them stops: due at once, as if never tried. What was for a chat
    /// may have been posted all the same, so that it was begun is kept.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn give_back(&self, claims: &[Claim]) -> Result<(), StoreTrouble> {
        if claims.is_empty() {
            return Ok(());
        }
        writing!(self, "give_back", |tx| {
            for claim in claims {
                sqlx::query(
                    "UPDATE effects SET claim = '', claimed_until = 0, \
                     tries = CASE WHEN bench = $3 THEN tries ELSE tries - 1 END WHERE id = $1 AND claim = $2",
                )
                .bind(&claim.effect.0)
                .bind(&claim.token)
                .bind(CHAT)
                .execute(&mut *tx)
                .await
                .map_err(|e| self.trouble(&e))?;
            }
            Ok(End::Commit(()))
        })
    }
}
