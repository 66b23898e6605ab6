//! What chats remember: [`chat::Memory`](crate::chat::Memory) over rows.

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::effects::{card_id, card_text};
use super::session::{End, looking, writing};
use super::{Store, StoreTrouble};
use crate::chat::{Again, ChatTrouble, Memory, Pending};
use crate::domain::{CardKey, Moment, Span};

/// How far apart cards are posted that could not be posted in time: in their order, and without a flood.
const APART: Span = Span::seconds(1);

/// The memory of one chat.
#[derive(Clone)]
pub struct StoredMemory {
    store: Store,
    chat: String,
}

impl Store {
    /// The memory of a chat.
    #[must_use]
    pub fn memory(&self, chat: &str) -> StoredMemory {
        StoredMemory { store: self.clone(), chat: chat.to_owned() }
    }

    /// Has a card painted again as it is now, in every chat.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn paint(&self, place: (&str, &str), card: &CardKey) -> Result<(), StoreTrouble> {
        writing!(self, "paint", |tx| {
            self.lay_show(tx, place, card.clone()).await?;
            Ok(End::Commit(()))
        })?;
        self.poke();
        Ok(())
    }
}

impl StoredMemory {
    async fn read(&self, name: &str) -> Result<Option<String>, StoreTrouble> {
        looking!(self.store, |reader| {
            sqlx::query("SELECT value FROM chat_memory WHERE chat = $1 AND name = $2")
                .bind(&self.chat)
                .bind(name)
                .fetch_optional(reader)
                .await
                .and_then(|row| row.map(|row| row.try_get(0)).transpose())
                .map_err(|e| self.store.trouble(&e))
        })
    }

    async fn write(&self, name: &str, value: &str) -> Result<(), StoreTrouble> {
        let now = self.store.0.clock.now();
        writing!(self.store, "remember", |tx| {
            let query = sqlx::query(
                "INSERT INTO chat_memory (chat, name, value, at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (chat, name) DO UPDATE SET value = excluded.value, at = excluded.at",
            );
            self.store.run(tx, query.bind(&self.chat).bind(name).bind(value).bind(now.0)).await?;
            Ok(End::Commit(()))
        })
    }

    async fn painting(&self, card: &CardKey) -> Result<Option<Pending>, StoreTrouble> {
        let read = |row: AnyRow| {
            let tries = u32::try_from(row.try_get::<i64, _>(2)?).unwrap_or(u32::MAX);
            Ok(Pending { since: Moment(row.try_get(0)?), next: Moment(row.try_get(1)?), tries })
        };
        looking!(self.store, |reader| {
            let query = "SELECT created_at, due_at, tries FROM effects WHERE kind = 'show' AND chat = $1 AND card = $2";
            let row = sqlx::query(query).bind(&self.chat).bind(card_text(card)).fetch_optional(reader).await;
            row.and_then(|row| row.map(read).transpose()).map_err(|e| self.store.trouble(&e))
        })
    }

    /// The older cards that wait to be posted: their number, and when the first of them is tried next. Ids grow with time.
    async fn older(&self, card: &CardKey) -> Result<Option<(i64, Moment)>, StoreTrouble> {
        looking!(self.store, |reader| {
            let query = sqlx::query(
                "SELECT COUNT(*), COALESCE(MIN(e.due_at), 0) FROM effects e WHERE e.kind = 'show' AND e.chat = $1 \
                 AND e.owner < $2 AND NOT EXISTS (SELECT 1 FROM chat_memory m WHERE m.chat = e.chat \
                     AND m.name = 'card/' || e.card)",
            );
            let row = query.bind(&self.chat).bind(&card_id(card).0).fetch_one(reader).await;
            row.and_then(|row| Ok((row.try_get::<i64, _>(0)?, Moment(row.try_get(1)?))))
                .map(|older| Some(older).filter(|(count, _)| *count > 0))
                .map_err(|e| self.store.trouble(&e))
        })
    }
}

#[async_trait]
impl Memory for StoredMemory {
    async fn recall(&self, name: &str) -> Result<Option<String>, ChatTrouble> {
        self.read(name).await.map_err(|trouble| forgetful(&trouble))
    }

    async fn remember(&self, name: &str, value: &str) -> Result<(), ChatTrouble> {
        self.write(name, value).await.map_err(|trouble| forgetful(&trouble))
    }

    async fn pending(&self, card: &CardKey) -> Result<Option<Pending>, ChatTrouble> {
        self.painting(card).await.map_err(|trouble| forgetful(&trouble))
    }

    async fn turn(&self, card: &CardKey) -> Result<Option<Moment>, ChatTrouble> {
        let older = self.older(card).await.map_err(|trouble| forgetful(&trouble))?;
        let now = self.store.0.clock.now();
        Ok(older.map(|(count, next)| next.max(now).plus(Span(APART.0.saturating_mul(count)))))
    }
}

fn forgetful(trouble: &StoreTrouble) -> ChatTrouble {
    ChatTrouble { note: trouble.note(), again: Again::Soon }
}
