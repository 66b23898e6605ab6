//! Socket Mode: tickets, hello, envelopes, acknowledgements, and the ways in which it ends.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>
//!
//! To add a way to misbehave: a field of [`Sockets`] or an [`Order`], and where it is looked at below.

use std::collections::{BTreeMap, BTreeSet};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use super::FakeSlack;
use super::state::State;
use super::workspace::APP;

/// What a connection is told to do.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Send(Value),
    /// Ends without a goodbye.
    Drop,
    /// Hears nothing and says nothing more, and stays.
    Deafen,
}

#[derive(Debug, Default)]
pub(super) struct Sockets {
    /// Addresses that were given and not used.
    tickets: BTreeSet<String>,
    links: BTreeMap<u64, (UnboundedSender<Order>, bool)>,
    /// How many there ever were.
    pub(super) made: u64,
    /// How many there are at the most; one more is told that it is too much.
    pub(super) most: Option<usize>,
    /// Whether new ones are accepted and never greeted.
    pub(super) mute: bool,
    /// What was told last on which.
    turn: usize,
    /// How few were left when one ended.
    least: Option<usize>,
}

impl Sockets {
    /// How many are open and hear.
    pub(super) fn open(&self) -> usize {
        self.links.values().filter(|(_, deaf)| !deaf).count()
    }

    /// Tells one of them, each in its turn; whether there is any.
    pub(super) fn tell(&mut self, payload: Value) -> bool {
        self.turn += 1;
        let count = self.links.len();
        let Some((sender, _)) = self.links.values().nth(self.turn.checked_rem(count).unwrap_or(0)) else {
            return false;
        };
        sender.send(Order::Send(payload)).is_ok()
    }

    /// Tells all of them.
    fn tell_all(&mut self, order: &Order) {
        for (sender, deaf) in self.links.values_mut() {
            *deaf |= matches!(order, Order::Deafen);
            let _ = sender.send(order.clone());
        }
    }

    /// Tells the oldest.
    fn tell_one(&mut self, order: Order) {
        if let Some((sender, deaf)) = self.links.values_mut().next() {
            *deaf |= matches!(order, Order::Deafen);
            let _ = sender.send(order);
        }
    }
}

impl State {
    /// The address of a connection, for one use.
    pub(super) fn gives_ticket(&mut self) -> String {
        let ticket = format!("ticket{}", self.number());
        self.sockets.tickets.insert(ticket.clone());
        format!("{}?ticket={ticket}&app_id={APP}", self.socket_url)
    }
}

impl FakeSlack {
    /// The oldest connection is told that it will be closed, and why.
    pub(crate) fn disconnects(&self, reason: &str) {
        let told = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}});
        self.lock().sockets.tell_one(Order::Send(told));
    }

    /// The same without anything else said, as it comes when Socket Mode is turned off.
    pub(crate) fn disables(&self) {
        self.lock().sockets.tell_all(&Order::Send(json!({"type": "disconnect", "reason": "link_disabled"})));
    }

    /// The oldest connection ends without a goodbye.
    pub(crate) fn drops(&self) {
        self.lock().sockets.tell_one(Order::Drop);
    }

    /// The oldest connection dies, and nobody is told.
    pub(crate) fn deafens(&self) {
        self.lock().sockets.tell_one(Order::Deafen);
        self.ring();
    }

    /// From now on new connections are accepted, and nothing is said on them.
    pub(crate) fn is_mute(&self, mute: bool) {
        self.lock().sockets.mute = mute;
    }

    /// So many connections are taken, and no more.
    pub(crate) fn takes_at_most(&self, most: usize) {
        self.lock().sockets.most = Some(most);
    }

    /// Says something on the oldest connection, whatever it is.
    pub(crate) fn says(&self, payload: Value) {
        self.lock().sockets.tell_one(Order::Send(payload));
    }

    /// How few connections were left at any time when one ended; none if none did.
    pub(crate) fn least_connections(&self) -> Option<usize> {
        self.lock().sockets.least
    }

    /// How many connections there ever were.
    pub(crate) fn connections_made(&self) -> u64 {
        self.lock().sockets.made
    }
}

/// Serves until the process ends.
pub(super) fn serve(fake: FakeSlack, listener: TcpListener) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(connection(fake.clone(), stream));
        }
    });
}

#[expect(clippy::result_large_err, reason = "the type is the library's")]
async fn connection(fake: FakeSlack, stream: TcpStream) {
    let admits = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let ticket = request.uri().query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("ticket="));
        let is_known = ticket.is_some_and(|ticket| fake.lock().sockets.tickets.remove(ticket));
        if is_known { Ok(response) } else { Err(ErrorResponse::new(Some("no ticket".to_owned()))) }
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, admits).await else { return };
    let (sender, orders) = unbounded_channel();
    let (number, mute) = {
        let sockets = &mut fake.lock().sockets;
        sockets.made += 1;
        if !sockets.mute {
            sockets.links.insert(sockets.made, (sender, false));
        }
        (sockets.made, sockets.mute)
    };
    if mute {
        fake.ring();
        return std::future::pending().await;
    }
    let (count, is_full) = {
        let sockets = &fake.lock().sockets;
        (sockets.links.len(), sockets.most.is_some_and(|most| sockets.links.len() > most))
    };
    if is_full {
        let _ = send(&mut socket, &json!({"type": "disconnect", "reason": "too_many_websockets"})).await;
        fake.lock().sockets.links.remove(&number);
        return fake.ring();
    }
    let hello = json!({
        "type": "hello", "num_connections": count, "connection_info": {"app_id": APP},
        "debug_info": {"host": "applink-1", "approximate_connection_time": 18_060},
    });
    if send(&mut socket, &hello).await.is_ok() {
        fake.ring();
        converse(&fake, &mut socket, orders).await;
    }
    {
        let sockets = &mut fake.lock().sockets;
        sockets.links.remove(&number);
        let left = sockets.open();
        sockets.least = Some(sockets.least.map_or(left, |least| least.min(left)));
    }
    fake.ring();
}

async fn converse(fake: &FakeSlack, socket: &mut WebSocketStream<TcpStream>, mut orders: UnboundedReceiver<Order>) {
    loop {
        let heard = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(payload)) => match send(socket, &payload).await {
                    Ok(()) => continue,
                    Err(()) => return,
                },
                Some(Order::Deafen) => return deaf(orders).await,
                Some(Order::Drop) | None => return,
            },
            heard = socket.next() => heard,
        };
        match heard {
            Some(Ok(Message::Text(text))) => fake.hears(&text),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            Some(Ok(_)) => {}
        }
    }
}

/// Nothing is read and nothing is said, until the fake lets go.
async fn deaf(mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        if matches!(order, Order::Drop) {
            return;
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, payload: &Value) -> Result<(), ()> {
    socket.send(Message::Text(payload.to_string())).await.map_err(|_| ())
}

impl FakeSlack {
    /// What an app says: nothing but that an envelope has come, and perhaps an answer.
    fn hears(&self, text: &str) {
        let mut state = self.lock();
        let said: Value = serde_json::from_str(text).unwrap_or_default();
        let id = said["envelope_id"].as_str().unwrap_or_default();
        let keys = said.as_object().into_iter().flat_map(|said| said.keys());
        let strange = keys.filter(|key| !["envelope_id", "payload"].contains(&key.as_str())).count();
        let found = state.asks.values().find(|ask| ask.envelopes.iter().any(|known| known == id)).map(|ask| ask.id);
        match found {
            Some(ask) if strange == 0 => state.acknowledges(ask, said.get("payload").cloned()),
            _ => state.breaks(format!("socket: this acknowledges nothing: {text}")),
        }
        drop(state);
        self.ring();
    }
}
