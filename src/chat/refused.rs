//! Requests to a chat's own address that are refused. All of them are counted; the log has one line a second at the most,
//! so that whoever sends thousands fills no disk.

use std::sync::{Mutex, PoisonError};

use super::Reply;
use crate::clock::SharedClock;
use crate::domain::{Moment, Span};
use crate::metrics::Metrics;

/// How far lines in the log are apart.
const APART: Span = Span::seconds(1);

/// The refusals of one chat.
pub(super) struct Refused {
    chat: &'static str,
    clock: SharedClock,
    metrics: Metrics,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    written_at: Option<Moment>,
    /// How many came since.
    held: u64,
}

impl Refused {
    pub(super) fn new(chat: &'static str, clock: &SharedClock, metrics: &Metrics) -> Self {
        Self { chat, clock: SharedClock::clone(clock), metrics: metrics.clone(), log: Mutex::default() }
    }

    /// The answer to a request that is refused.
    pub(super) fn reply(&self, status: u16, why: &str) -> Reply {
        self.metrics.refused(self.chat);
        if let Some(count) = self.count_for_the_log() {
            tracing::warn!(
                chat = self.chat,
                count,
                status,
                why,
                "requests in a chat's name are refused; why the last was"
            );
        }
        Reply { status, body: serde_json::json!({ "error": why }).to_string() }
    }

    /// How many came since the last line, where it is time for one.
    fn count_for_the_log(&self) -> Option<u64> {
        let now = self.clock.now();
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.held += 1;
        if log.written_at.is_some_and(|at| at <= now && now.since(at) < APART) {
            return None;
        }
        log.written_at = Some(now);
        Some(std::mem::take(&mut log.held))
    }
}
