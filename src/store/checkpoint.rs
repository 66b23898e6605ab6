//! The engine's log of writes is brought into the database beside the writer and not inside its commits, where somebody
//! would wait for it. Where that does not keep up, the engine does it in a commit after all (see `dialect`), so that the
//! log stays as small as it must. An engine that sees to this itself is left alone.

use std::sync::atomic::Ordering;

use super::Store;

/// After how many commits.
const EVERY: u32 = 64;

impl Store {
    /// Counts a commit, and has the log brought in where it is time for that.
    pub(super) fn counts_a_commit(&self) {
        let Some(checkpoint) = self.0.place.dialect.checkpoint else { return };
        if self.0.commits.fetch_add(1, Ordering::Relaxed) % EVERY == EVERY - 1 {
            let store = self.clone();
            tokio::spawn(async move { store.bring_the_log_in(checkpoint).await });
        }
    }

    async fn bring_the_log_in(&self, checkpoint: &'static str) {
        // One that is under way does it for both.
        let Ok(_one) = self.0.bringing_in.try_lock() else { return };
        let Ok(mut reader) = self.0.readers.acquire().await else { return };
        if let Err(error) = sqlx::query(checkpoint).execute(&mut *reader).await {
            tracing::warn!(%error, "the log of writes is not brought into the database; a commit will have to");
        }
    }
}
