//! When the app may sleep: nothing is under way, nothing is left to do, and nobody has asked anything for a while.
//!
//! Whoever stops a machine for being idle goes by its requests, and a rollout or a watch makes none. So Shipgate is
//! never stopped by others for that: it ends by itself, and the next request starts it. A deployment that is open, be
//! it that it waits for a person, keeps it awake: its deadlines and its effects need somebody who is there.

use super::App;
use crate::domain::{Moment, Span};
use crate::store::StoreTrouble;

/// How often it looks while it waits once.
const LOOKS: i64 = 10;

/// The last moment before never.
const EVER: Moment = Moment(i64::MAX - 1);

impl App {
    /// Ends when nothing has gone on for so long. What it cannot see keeps it awake.
    pub async fn has_rested(&self, span: Span) {
        let clock = self.0.store.clock();
        let mut since = clock.now();
        loop {
            clock.alarm(clock.now().plus(Span(span.0 / LOOKS))).await;
            let now = clock.now();
            match self.is_at_rest().await {
                Ok(true) => since = since.max(self.0.site.asked_at()),
                Ok(false) => since = now,
                Err(trouble) => {
                    tracing::warn!(%trouble, "the database does not say whether anything is left to do");
                    since = now;
                }
            }
            if now.since(since) >= span {
                tracing::info!("nothing is left to do; it ends, and starts again with the next request");
                return;
            }
        }
    }

    /// Whether nobody works on anything and nothing will ever be due by itself.
    async fn is_at_rest(&self) -> Result<bool, StoreTrouble> {
        self.0.store.is_quiet(EVER).await
    }
}
