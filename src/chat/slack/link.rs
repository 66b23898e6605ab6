//! One connection of Socket Mode, from its opening to its end. <https://docs.slack.dev/apis/events-api/using-socket-mode>
//!
//! It reads on while what came is attended to, acknowledges each envelope as soon as that may be, and notices when the
//! other side is silent. It never waits for the other side without a limit: Slack does not end a connection that is
//! closed.
//!
//! The connection is made by the client that also makes the calls, and taken over from it: one way of TLS, one proxy.

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use reqwest::{StatusCode, Upgraded, Url, header};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

use super::api::{Failure, unreached};
use super::desk::{Ack, Desk};
use super::incoming::{Incoming, Sort};
use crate::clock::{self, Clock};
use crate::domain::Span;

/// How long opening a connection may take, and hearing that it is ready.
const OPENING: Span = Span::seconds(10);

/// After how much silence the other side is asked whether it is there; and after how many times it is given up.
const BEAT: Span = Span::seconds(10);
const BEATS: u32 = 3;

/// How long sending something may take.
const SENDING: Span = Span::seconds(5);

/// How long a connection that is left waits for what is attended to, and for the other side to say goodbye.
const LEAVING: Span = Span::seconds(3);
const GOODBYE: Span = Span::seconds(1);

/// How much is attended to at a time. What is not acknowledged comes again.
const AT_ONCE: usize = 200;

/// The largest thing that is read, in bytes.
const LARGEST: usize = 2 << 20;

/// A connection that is ready.
pub(super) struct Link {
    socket: WebSocketStream<Upgraded>,
}

/// Why a connection is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Slack will close it, and wants another first. It is read until it is closed.
    Replace,
    /// There are too many connections of this app.
    TooMany,
    /// It has ended, and why.
    Down(&'static str),
    /// Socket Mode was turned off.
    Disabled,
}

/// What goes on in a connection.
struct Going {
    /// Acknowledgements that are ready.
    ready: mpsc::UnboundedReceiver<Option<Value>>,
    gives: mpsc::UnboundedSender<Option<Value>>,
    /// How much is attended to.
    open: usize,
    /// Told once.
    tells: Option<oneshot::Sender<Left>>,
}

impl Link {
    /// Opens a connection at an address that Slack gave for it, and waits until it is ready.
    pub(super) async fn open(http: &reqwest::Client, url: Url, clock: &dyn Clock) -> Result<Self, Failure> {
        let opening = async {
            let mut link = Self { socket: Self::connect(http, url).await? };
            link.is_greeted().await?;
            Ok(link)
        };
        clock::timeout(clock, OPENING, opening).await.unwrap_or(Err(Failure::Unreached("no connection in time")))
    }

    async fn connect(http: &reqwest::Client, mut url: Url) -> Result<WebSocketStream<Upgraded>, Failure> {
        let scheme = if url.scheme() == "ws" { "http" } else { "https" };
        url.set_scheme(scheme).map_err(|()| Failure::Unreached("an address that is none"))?;
        let key = generate_key();
        let request = http
            .get(url)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, &key);
        let response = request.send().await.map_err(|error| Failure::Unreached(unreached(&error)))?;
        let accepts = response.headers().get(header::SEC_WEBSOCKET_ACCEPT).and_then(|value| value.to_str().ok());
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(Failure::Status(response.status().as_u16()));
        }
        if accepts != Some(derive_accept_key(key.as_bytes()).as_str()) {
            return Err(Failure::Unreached("something that is no websocket"));
        }
        let stream = response.upgrade().await.map_err(|error| Failure::Unreached(unreached(&error)))?;
        let most = WebSocketConfig {
            max_message_size: Some(LARGEST),
            max_frame_size: Some(LARGEST),
            ..WebSocketConfig::default()
        };
        Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(most)).await)
    }

    /// The first thing that is said; what comes instead ends it.
    async fn is_greeted(&mut self) -> Result<(), Failure> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let said: Value = serde_json::from_str(&text).unwrap_or_default();
                    return match said["type"].as_str() {
                        Some("hello") => Ok(()),
                        Some("disconnect") => {
                            let reason = said["reason"].as_str().unwrap_or_default();
                            Err(Failure::Said(crate::text::cut(reason, 60), None))
                        }
                        _ => Err(Failure::Unreached("no greeting")),
                    };
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(Failure::Unreached("the connection broke")),
            }
        }
    }

    /// Listens until it ends, or until it is to be closed and everything that came is acknowledged. Tells once why it is
    /// to be left.
    pub(super) async fn listen(mut self, desk: Arc<Desk>, close: CancellationToken, tells: oneshot::Sender<Left>) {
        let (gives, ready) = mpsc::unbounded_channel();
        let mut going = Going { ready, gives, open: 0, tells: Some(tells) };
        let why = self.goes_on(&desk, &close, &mut going).await;
        going.leaves(Left::Down(why));
        let _ = clock::timeout(&*desk.clock, GOODBYE, self.socket.close(None)).await;
    }

    async fn goes_on(&mut self, desk: &Arc<Desk>, close: &CancellationToken, going: &mut Going) -> &'static str {
        let clock = &*desk.clock;
        let (mut heard_at, mut beats) = (clock.now(), 0);
        let mut leaving = None;
        loop {
            if leaving.is_some() && going.open == 0 {
                return "it was left";
            }
            let until = heard_at.plus(Span(BEAT.0 * i64::from(beats + 1)));
            let until = leaving.map_or(until, |end| until.min(end));
            tokio::select! {
                biased;
                () = close.cancelled(), if leaving.is_none() => leaving = Some(clock.now().plus(LEAVING)),
                Some(ack) = going.ready.recv() => {
                    going.open -= 1;
                    if let Some(ack) = ack
                        && !self.sends(clock, Message::Text(ack.to_string())).await
                    {
                        return "nothing can be sent";
                    }
                }
                frame = self.socket.next() => {
                    (heard_at, beats) = (clock.now(), 0);
                    match frame {
                        Some(Ok(Message::Text(text))) => going.hears(desk, &text),
                        Some(Ok(Message::Close(_))) | None => return "it was closed",
                        Some(Err(_)) => return "the connection broke",
                        Some(Ok(_)) => {}
                    }
                }
                () = clock.alarm(until) => {
                    if leaving.is_some_and(|end| clock.now() >= end) {
                        return "it was left";
                    }
                    beats += 1;
                    if beats >= BEATS {
                        return "it is silent";
                    }
                    if !self.sends(clock, Message::Ping(Vec::new())).await {
                        return "nothing can be sent";
                    }
                }
            }
        }
    }

    async fn sends(&mut self, clock: &dyn Clock, message: Message) -> bool {
        matches!(clock::timeout(clock, SENDING, self.socket.send(message)).await, Some(Ok(())))
    }
}

impl Going {
    fn leaves(&mut self, why: Left) {
        if let Some(tells) = self.tells.take() {
            let _ = tells.send(why);
        }
    }

    /// What was said: an envelope, or that the connection is to be left.
    fn hears(&mut self, desk: &Arc<Desk>, text: &str) {
        let Ok(said) = serde_json::from_str::<Value>(text) else {
            desk.metrics.undecoded("slack");
            tracing::error!("something that Slack says cannot be read");
            return;
        };
        let kind = said["type"].as_str().unwrap_or_default();
        let sort = match kind {
            "disconnect" => return self.is_told_to_leave(said["reason"].as_str().unwrap_or_default()),
            "slash_commands" => Some(Sort::Command),
            "interactive" => Some(Sort::Interaction),
            "events_api" => Some(Sort::Event),
            _ => None,
        };
        let Some(id) = said["envelope_id"].as_str().map(str::to_owned) else { return };
        if self.open >= AT_ONCE {
            tracing::error!(kind, "too much is going on; this is not taken");
            return;
        }
        self.open += 1;
        let (gives, desk) = (self.gives.clone(), Arc::clone(desk));
        let may_say = said["accepts_response_payload"] == true;
        let incoming = sort.map(|sort| Incoming::read(sort, said["payload"].clone()));
        if let Some(Err(error)) = &incoming {
            desk.metrics.undecoded("slack");
            tracing::error!(kind, line = error.line(), "something that people did cannot be read");
        }
        let Some(Ok(incoming)) = incoming else {
            // It would be of no more use the next time.
            let _ = gives.send(Some(json!({ "envelope_id": id })));
            return;
        };
        if let Some(again) = said["retry_attempt"].as_u64().filter(|again| *again > 0) {
            tracing::info!(again, reason = said["retry_reason"].as_str(), "Slack sends something again");
        }
        let tasks = desk.tasks.clone();
        tasks.spawn(async move {
            let ack = match desk.take(incoming, &id, may_say).await {
                Ack::Taken | Ack::Repeat => Some(json!({ "envelope_id": id })),
                Ack::Says(answer) => Some(json!({ "envelope_id": id, "payload": answer })),
                Ack::Busy => None,
            };
            let _ = gives.send(ack);
        });
    }

    fn is_told_to_leave(&mut self, reason: &str) {
        tracing::info!(reason, "Slack will close a connection");
        self.leaves(match reason {
            "link_disabled" => Left::Disabled,
            "too_many_websockets" => Left::TooMany,
            // `warning`, `refresh_requested`, and whatever may come to be said.
            _ => Left::Replace,
        });
    }
}
