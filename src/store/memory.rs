//! What chats remember: [`chat::Memory`](crate::chat::Memory) over rows.

use async_trait::async_trait;
use sqlx::Row as _;

use super::session::{End, writing};
use super::{Store, StoreTrouble};
use crate::chat::{ChatTrouble, Memory};
use crate::domain::CardKey;

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
        sqlx::query("SELECT value FROM chat_memory WHERE chat = $1 AND name = $2")
            .bind(&self.chat)
            .bind(name)
            .fetch_optional(&self.store.0.readers)
            .await
            .and_then(|row| row.map(|row| row.try_get(0)).transpose())
            .map_err(|e| self.store.trouble(&e))
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
}

#[async_trait]
impl Memory for StoredMemory {
    async fn recall(&self, name: &str) -> Result<Option<String>, ChatTrouble> {
        self.read(name).await.map_err(|trouble| forgetful(&trouble))
    }

    async fn remember(&self, name: &str, value: &str) -> Result<(), ChatTrouble> {
        self.write(name, value).await.map_err(|trouble| forgetful(&trouble))
    }
}

fn forgetful(trouble: &StoreTrouble) -> ChatTrouble {
    ChatTrouble { note: trouble.note(), again: true, after: None }
}
