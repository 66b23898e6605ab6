//! The websocket: hello, identify, heartbeats, events, resumption, and the ways in which it ends.
//! <https://discord.com/developers/docs/events/gateway>
//!
//! Not here: compression, sharding, voice. Threads and messages are not told of, only interactions are.
//!
//! To add a way to misbehave: a field of [`session::Sessions`] and where it is looked at below.

mod orders;
pub(super) mod session;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use shipgate::clock::Span;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use self::session::{Order, Session};
use super::guild::{BOT, GUILD};
use super::wire::text;
use super::{FakeDiscord, TOKEN};

/// <https://discord.com/developers/docs/events/gateway#sending-events>
const LARGEST: usize = 4_096;
/// <https://discord.com/developers/docs/events/gateway#rate-limiting>
const SENDS: usize = 120;
const WINDOW: Span = Span::seconds(60);
/// The intents that must be asked for first: members, presences, the content of messages.
const PRIVILEGED: u64 = (1 << 1) | (1 << 8) | (1 << 15);
/// All that there are.
const INTENTS: u64 = ((1 << 17) - 1) | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

/// What comes of something the client said.
enum Step {
    On(Vec<Value>),
    End(u16),
}

/// Serves until the process ends.
pub(super) fn serve(fake: FakeDiscord, listener: TcpListener) {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let refused = {
                let mut state = fake.lock();
                state.sessions.told.connections += 1;
                state.sessions.refuses
            };
            fake.ring();
            if !refused {
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(fake.clone(), stream));
            }
        }
    });
}

async fn connection(fake: FakeDiscord, stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (sender, orders) = unbounded_channel();
    let (number, interval) = {
        let sessions = &mut fake.lock().sessions;
        sessions.made += 1;
        sessions.connections.insert(sessions.made, sender);
        (sessions.made, sessions.interval)
    };
    let hello = json!({"op": 10, "s": null, "t": null, "d": {"heartbeat_interval": interval, "_trace": []}});
    let ended = match send(&mut socket, &hello).await {
        Ok(()) => converse(&fake, number, &mut socket, orders).await,
        Err(()) => false,
    };
    fake.lock().sessions.gone(number, ended);
    fake.ring();
}

/// Talks until the connection ends; whether the session ends with it.
async fn converse(
    fake: &FakeDiscord,
    number: u64,
    socket: &mut WebSocketStream<TcpStream>,
    mut orders: UnboundedReceiver<Order>,
) -> bool {
    loop {
        let heard = tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Send(payload)) => match send(socket, &payload).await {
                    Ok(()) => continue,
                    Err(()) => return false,
                },
                Some(Order::Close(code)) => return close(socket, code).await,
                Some(Order::Drop) | None => return false,
            },
            heard = socket.next() => heard,
        };
        let payload = match heard {
            Some(Ok(Message::Text(text))) => text.into_bytes(),
            Some(Ok(Message::Binary(bytes))) => bytes,
            // Who says goodbye in order ends the session.
            Some(Ok(Message::Close(Some(frame)))) => return matches!(u16::from(frame.code), 1_000 | 1_001),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Ok(Message::Close(None)) | Err(_)) | None => return false,
        };
        let step = fake.hears(number, &payload);
        fake.ring();
        match step {
            Step::End(code) => return close(socket, code).await,
            Step::On(said) => {
                for payload in &said {
                    if send(socket, payload).await.is_err() {
                        return false;
                    }
                }
            }
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, payload: &Value) -> Result<(), ()> {
    socket.send(Message::Text(payload.to_string())).await.map_err(|_| ())
}

/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
async fn close(socket: &mut WebSocketStream<TcpStream>, code: u16) -> bool {
    let frame = CloseFrame { code: code.into(), reason: "".into() };
    let _ = socket.close(Some(frame)).await;
    // Until the other side has closed too, or is gone: what was sent must arrive.
    while let Some(Ok(_)) = socket.next().await {}
    matches!(code, 1_000 | 1_001 | 4_003 | 4_004 | 4_007 | 4_009..=4_014)
}

impl FakeDiscord {
    fn hears(&self, number: u64, bytes: &[u8]) -> Step {
        let mut state = self.lock();
        let now = state.now();
        let sessions = &mut state.sessions;
        sessions.sends.retain(|(_, at)| now.since(*at) < WINDOW);
        sessions.sends.push((number, now));
        if bytes.len() > LARGEST || sessions.sends.iter().filter(|(of, _)| *of == number).count() > SENDS {
            let code = if bytes.len() > LARGEST { 4_002 } else { 4_008 };
            state.violations.push(format!("gateway: a send of {} bytes, closed with {code}", bytes.len()));
            return Step::End(code);
        }
        let Ok(payload) = serde_json::from_slice::<Value>(bytes) else {
            state.violations.push("gateway: not JSON".to_owned());
            return Step::End(4_002);
        };
        drop(state);
        match payload["op"].as_u64() {
            Some(1) => self.beats(),
            Some(2) => self.identifies(number, &payload["d"]),
            Some(6) => self.resumes(number, &payload["d"]),
            // Presence, voice, members, soundboard: nothing comes of them here.
            Some(3 | 4 | 8 | 31) => Step::On(Vec::new()),
            other => {
                self.lock().violations.push(format!("gateway: opcode {other:?}"));
                Step::End(4_001)
            }
        }
    }

    fn beats(&self) -> Step {
        let sessions = &mut self.lock().sessions;
        sessions.told.heartbeats += 1;
        let ack = json!({"op": 11, "s": null, "t": null, "d": null});
        Step::On(if sessions.deaf { Vec::new() } else { vec![ack] })
    }

    /// Three liberties of a client in wide use are let pass: the token with `Bot ` before it, `compress`, which only
    /// says what it could read, and a presence whose `since` is no number.
    fn identifies(&self, number: u64, data: &Value) -> Step {
        let mut state = self.lock();
        state.sessions.told.identifies += 1;
        if state.sessions.sessions.values().any(|session| session.connection == Some(number)) {
            return Step::End(4_005);
        }
        if data["token"].as_str().map(|token| token.strip_prefix("Bot ").unwrap_or(token)) != Some(TOKEN) {
            return Step::End(4_004);
        }
        if let Some(code) = state.sessions.refuses_with {
            return Step::End(code);
        }
        let properties = ["os", "browser", "device"].iter().all(|key| data["properties"][key].is_string());
        let Some(intents) = data["intents"].as_u64().filter(|intents| properties && intents & !INTENTS == 0) else {
            state.violations.push(format!("gateway: IDENTIFY without good intents and properties: {data}"));
            return Step::End(4_013);
        };
        if intents & PRIVILEGED != 0 {
            return Step::End(4_014);
        }
        let session = format!("session-{number}");
        let mut user = state.guild.user_json(BOT);
        (user["verified"], user["mfa_enabled"], user["email"]) = (json!(true), json!(true), Value::Null);
        let ready = json!({
            "v": 10, "user": user, "guilds": [{"id": text(GUILD), "unavailable": true}], "session_id": session,
            "resume_gateway_url": state.gateway_url, "shard": data.get("shard").cloned().unwrap_or(json!([0, 1])),
            "application": {"id": text(BOT), "flags": 0}, "session_type": "normal", "private_channels": [],
            "presences": [], "relationships": [], "user_settings": {}, "geo_ordered_rtc_regions": [],
            "guild_join_requests": [], "_trace": [],
        });
        let guild = state.guild.create_json(state.now());
        let mut events = vec![json!({"op": 0, "s": 1, "t": "READY", "d": ready})];
        if intents & 1 != 0 {
            events.push(json!({"op": 0, "s": 2, "t": "GUILD_CREATE", "d": guild}));
        }
        let known = Session { events: events.clone(), connection: Some(number) };
        state.sessions.sessions.insert(session, known);
        Step::On(events)
    }

    fn resumes(&self, number: u64, data: &Value) -> Step {
        let mut state = self.lock();
        state.sessions.told.resumes += 1;
        let (id, seq) = (data["session_id"].as_str().unwrap_or_default(), data["seq"].as_u64().unwrap_or(u64::MAX));
        let missed = state.sessions.resume(id, seq, number);
        let Some(mut events) = missed else {
            return Step::On(vec![json!({"op": 9, "s": null, "t": null, "d": false})]);
        };
        let session = state.sessions.sessions.get_mut(id).expect("just resumed");
        let resumed = json!({"op": 0, "s": session.events.len() + 1, "t": "RESUMED", "d": {"_trace": []}});
        session.events.push(resumed.clone());
        events.push(resumed);
        Step::On(events)
    }
}
