//! Socket Mode: two connections that Shipgate keeps open, so that it needs no address of its own. Either may be told
//! anything. Before one is closed another is opened, so nobody's press falls into a gap.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>
//!
//! What only people can mend ends it, with the reason in the log: trying on would bar the app. Everything else is tried
//! again, after a pause that grows and differs from one time to the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::SecretString;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::api::{Failure, NO_ENTRY};
use super::desk::Desk;
use super::link::{Left, Link};
use crate::domain::Span;

/// How long until it is tried again: doubling from the first to the last.
const FIRST: Span = Span(500);
const LAST: Span = Span::seconds(30);

/// How long a connection must have lasted for the next one to be opened at once, and the next pause to be the first
/// again.
const STEADY: Span = Span::minutes(1);

/// What a new app token alone can mend, besides what no token can.
const NOT_THIS_TOKEN: [&str; 4] = ["not_allowed_token_type", "missing_scope", "no_permission", "link_disabled"];

/// The way in over connections.
pub(super) struct Socket<'a> {
    pub(super) app_token: &'a SecretString,
    pub(super) desk: &'a Arc<Desk>,
    up: AtomicUsize,
}

/// Why no connection was opened.
enum Unopened {
    /// What may pass by itself, and when it is to be tried again if Slack says so.
    Down(String, Option<Span>),
    /// What people must mend first.
    Refused(String),
}

impl<'a> Socket<'a> {
    pub(super) fn new(app_token: &'a SecretString, desk: &'a Arc<Desk>) -> Self {
        Self { app_token, desk, up: AtomicUsize::new(0) }
    }

    /// Keeps both open until the program stops, or until that is of no use any more.
    pub(super) async fn keep_open(&self, stop: &CancellationToken) {
        self.desk.metrics.connected("slack", false);
        let over = stop.child_token();
        let first = CancellationToken::new();
        let second = async {
            tokio::select! {
                () = first.cancelled() => self.keep_one(&over, &CancellationToken::new()).await,
                () = over.cancelled() => {}
            }
        };
        futures::join!(self.keep_one(&over, &first), second);
        self.desk.metrics.connected("slack", false);
    }

    /// Keeps one open; `up` is told when it is for the first time.
    async fn keep_one(&self, over: &CancellationToken, up: &CancellationToken) {
        let clock = &self.desk.clock;
        let mut links = JoinSet::new();
        let mut close = CancellationToken::new();
        let mut pause = FIRST;
        while !over.is_cancelled() {
            // Those that have ended are forgotten.
            while links.try_join_next().is_some() {}
            let opened = tokio::select! {
                biased;
                () = over.cancelled() => break,
                opened = self.open() => opened,
            };
            let wait = match opened {
                Ok(link) => {
                    let (tells, left) = oneshot::channel();
                    let new = CancellationToken::new();
                    links.spawn(link.listen(Arc::clone(self.desk), new.clone(), tells));
                    std::mem::replace(&mut close, new).cancel();
                    up.cancel();
                    let since = clock.now();
                    let Some(wait) = self.stays(over, &close, left).await else { break };
                    let lasted = clock.now().since(since) >= STEADY;
                    pause = if lasted { FIRST } else { pause };
                    if lasted && wait.0 == 0 {
                        continue;
                    }
                    wait
                }
                Err(Unopened::Down(reason, after)) => {
                    tracing::error!(reason, "no connection to Slack; it is tried again");
                    after.unwrap_or(Span(0))
                }
                Err(Unopened::Refused(reason)) => {
                    tracing::error!(
                        reason,
                        "Slack does not let us in, and commands and presses are not heard until this is mended and Shipgate is started again"
                    );
                    over.cancel();
                    break;
                }
            };
            // No two at the same time: when Slack comes back, everybody does.
            let again = Span(wait.0.max(jittered(pause).0));
            pause = Span(pause.0.saturating_mul(2)).min(LAST);
            tokio::select! {
                () = over.cancelled() => {}
                () = clock.alarm(clock.now().plus(again)) => {}
            }
        }
        close.cancel();
        while links.join_next().await.is_some() {}
    }

    /// Waits until a connection is to be left, and says how long until the next is to be opened at the least; none where
    /// there shall be no other. Where there are too many it is closed at once: another beside it would be one more.
    async fn stays(
        &self,
        over: &CancellationToken,
        close: &CancellationToken,
        left: oneshot::Receiver<Left>,
    ) -> Option<Span> {
        self.counts(1);
        let left = tokio::select! {
            biased;
            () = over.cancelled() => None,
            left = left => Some(left.unwrap_or(Left::Down("it ended"))),
        };
        self.counts(-1);
        match left? {
            Left::Replace => Some(Span(0)),
            Left::TooMany => {
                close.cancel();
                tracing::error!("this app has too many connections to Slack; is it running elsewhere too?");
                Some(LAST)
            }
            Left::Down(reason) => {
                tracing::warn!(reason, "a connection to Slack has ended; another is opened");
                Some(Span(0))
            }
            Left::Disabled => {
                tracing::error!(
                    "Socket Mode was turned off for the app, and commands and presses are not heard; turn it on and start \
                     Shipgate again, or set [slack] mode = \"http\""
                );
                over.cancel();
                None
            }
        }
    }

    fn counts(&self, change: isize) {
        let before = match change {
            1 => self.up.fetch_add(1, Ordering::Relaxed),
            _ => self.up.fetch_sub(1, Ordering::Relaxed),
        };
        self.desk.metrics.connected("slack", before.saturating_add_signed(change) > 0);
    }

    async fn open(&self) -> Result<Link, Unopened> {
        let api = &self.desk.workspace.api;
        let url = api.open_connection(self.app_token).await.map_err(|failure| unopened(&failure))?;
        Link::open(api.http(), url, &*self.desk.clock).await.map_err(|failure| unopened(&failure))
    }
}

fn unopened(failure: &Failure) -> Unopened {
    match failure {
        Failure::Unreached(why) => Unopened::Down((*why).to_owned(), None),
        Failure::Status(status) => Unopened::Down(format!("Slack answers {status}"), None),
        Failure::Limited(after) => Unopened::Down("Slack wants to be asked more slowly".to_owned(), Some(*after)),
        Failure::Said(word, _) if word == "too_many_websockets" => {
            Unopened::Down("this app has too many connections to Slack".to_owned(), Some(LAST))
        }
        Failure::Said(word, needed) => {
            let word = word.as_str();
            if NO_ENTRY.contains(&word) || NOT_THIS_TOKEN.contains(&word) {
                let needed = needed.as_deref().unwrap_or("connections:write");
                return Unopened::Refused(format!(
                    "SLACK_APP_TOKEN is refused ({word}); on the app's page Basic Information generate an app-level token \
                     with the scope {needed}, and see that Socket Mode is on"
                ));
            }
            Unopened::Down(format!("Slack says {word}"), None)
        }
    }
}

/// Between half of it and all of it.
fn jittered(pause: Span) -> Span {
    let half = pause.0 / 2;
    Span(half + rand::random_range(0..=half))
}
