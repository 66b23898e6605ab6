//! What people do is done once, however often a chat sends it, and nothing of it is lost.
//!
//! That a thing is done once is held by the store, in the commit that does it; nothing is written before. So what was
//! not committed when the program ended may come again and is done then, and what was is known. Of two that come at once
//! the second waits for the first. What did nothing (a question, a refusal, a form that was opened) is noted once the
//! person is answered, so that it is not done again either when somebody repeats it.
//!
//! Of what every connected program hears, each once, nothing is noted but what was done: there is no repeat of it, and of
//! several programs the one that commits first has done it.

use crate::service::{Keyed, Service, Turn};
use crate::view::No;

/// Something that people did, which nobody has attended to before.
pub(super) struct First {
    service: Service,
    /// What tells it apart; none for what can come only once.
    request: Option<Keyed>,
    /// Its turn, where it comes to one program at a time.
    turn: Option<Turn>,
}

impl First {
    /// What has come in a chat under this key, once it has its turn; none where it was attended to before.
    ///
    /// # Errors
    /// The database cannot be read.
    pub(super) async fn take(service: &Service, chat: &str, key: Option<String>) -> Result<Option<Self>, No> {
        let Some(key) = key else { return Ok(Some(Self { service: service.clone(), request: None, turn: None })) };
        let keyed = keyed(chat, key);
        let turn = service.turn(&keyed).await;
        let before = service.came_before(&keyed).await.map_err(|trouble| {
            tracing::error!(%trouble, "whether something has come before cannot be found out");
            No::new("try_again")
        })?;
        let (request, turn) = (Some(keyed), Some(turn));
        Ok((!before).then(|| Self { service: service.clone(), request, turn }))
    }

    /// What every program hears that is connected, each once: whichever carries it out first has done it.
    pub(super) fn heard_by_all(service: &Service, chat: &str, key: String) -> Self {
        Self { service: service.clone(), request: Some(keyed(chat, key)), turn: None }
    }

    pub(super) const fn service(&self) -> &Service {
        &self.service
    }

    pub(super) const fn request(&self) -> Option<&Keyed> {
        self.request.as_ref()
    }

    /// Whether another program that has heard it too has carried it out: what is refused here is refused for that.
    pub(super) async fn is_done_elsewhere(&self) -> bool {
        match (&self.request, &self.turn) {
            (Some(keyed), None) => self.service.came_before(keyed).await.unwrap_or(false),
            _ => false,
        }
    }

    /// It was attended to for good. Who is let go of without this may come again.
    pub(super) async fn ends(self) {
        let (Some(keyed), Some(_turn)) = (self.request, self.turn) else { return };
        if let Err(trouble) = self.service.has_come(&keyed).await {
            tracing::warn!(%trouble, "what was attended to could not be noted; it would be done again if it came again");
        }
    }
}

fn keyed(chat: &str, key: String) -> Keyed {
    Keyed { caller: chat.to_owned(), key, hash: String::new() }
}
