//! What a test can see of the gateway, and order it to do.

use serde_json::{Value, json};
use shipgate::clock::{self, Span, SystemClock};

use super::super::FakeDiscord;
use super::session::{Counts, Order};

impl FakeDiscord {
    /// Waits until a bot is at the gateway.
    pub(crate) async fn connected(&self) {
        self.until("a bot at the gateway", |fake| fake.lock().sessions.ready() > 0).await;
    }

    /// How many bots are at the gateway now.
    pub(crate) fn bots(&self) -> usize {
        self.lock().sessions.ready()
    }

    /// How many sessions could be resumed or are in use.
    pub(crate) fn sessions(&self) -> usize {
        self.lock().sessions.sessions.len()
    }

    /// Lets what is on its way over connections arrive: a client on this thread needs no more time than some turns. What
    /// a client does by a clock of its own is waited for a little.
    pub(crate) async fn turns(&self) {
        let mut changes = self.changes();
        let _ =
            clock::timeout(&*SystemClock::real(), Span(40), async { while changes.changed().await.is_ok() {} }).await;
    }

    /// Whether something comes to hold within a span of real time: clients have clocks of their own.
    pub(crate) async fn holds_within(&self, span: Span, holds: impl Fn(&Self) -> bool) -> bool {
        let mut changes = self.changes();
        let wait = async {
            while !holds(self) {
                changes.changed().await.expect("the fake is there");
            }
        };
        clock::timeout(&*SystemClock::real(), span, wait).await.is_some()
    }

    /// What has happened at the gateway so far.
    pub(crate) fn gateway(&self) -> Counts {
        self.lock().sessions.told
    }

    /// How often a client is told to say that it lives; before it connects.
    pub(crate) fn heartbeats_every(&self, interval: Span) {
        self.lock().sessions.interval = u64::try_from(interval.0).expect("a span");
    }

    /// Any event, as it is.
    pub(crate) fn send_raw(&self, event: &str, data: &Value) {
        self.lock().sessions.dispatch(event, data);
    }

    /// Closes all connections with a code.
    pub(crate) fn close_gateway(&self, code: u16) {
        self.lock().sessions.order(&Order::Close(code));
    }

    /// Drops all connections without a word.
    pub(crate) fn drop_gateway(&self) {
        self.lock().sessions.order(&Order::Drop);
    }

    /// Asks all clients to connect again and resume.
    pub(crate) fn asks_to_reconnect(&self) {
        let ask = json!({"op": 7, "s": null, "t": null, "d": null});
        self.lock().sessions.order(&Order::Send(ask));
    }

    /// Tells all clients that their session is no more; it is so only if it cannot be resumed.
    pub(crate) fn invalidates_sessions(&self, resumable: bool) {
        let mut state = self.lock();
        let tell = json!({"op": 9, "s": null, "t": null, "d": resumable});
        state.sessions.order(&Order::Send(tell));
        if !resumable {
            state.sessions.sessions.clear();
        }
    }

    /// Whether heartbeats stay without an answer.
    pub(crate) fn deaf_gateway(&self, deaf: bool) {
        self.lock().sessions.deaf = deaf;
    }

    /// Whether new connections are dropped at once.
    pub(crate) fn refuse_gateway(&self, refuses: bool) {
        self.lock().sessions.refuses = refuses;
    }

    /// With which code every `IDENTIFY` is closed, if with any.
    pub(crate) fn refuse_identify(&self, code: Option<u16>) {
        self.lock().sessions.refuses_with = code;
    }
}
