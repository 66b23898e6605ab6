//! Two bots against the stand-in: one on serenity, as the program is, and one by hand, so that the stand-in is not
//! shaped after a library. And everything that it emits, read by serenity and by twilight.

use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use serenity::all::{
    ClientBuilder, Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler, GatewayIntents,
    HttpBuilder, Interaction, async_trait,
};
use shipgate::clock::Span;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::world::BEGINNING;
use crate::world::clock::ManualClock;
use crate::world::discord::{BOT, Counts, DEPLOYMENTS, FakeDiscord, GUILD, Kind};

/// A bot by hand: its websocket, and REST.
pub(super) struct Bot {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(super) http: Rest,
}

/// REST by hand.
#[derive(Clone)]
pub(super) struct Rest {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Rest {
    pub(super) fn of(fake: &FakeDiscord) -> Self {
        let http = crate::world::wire::client();
        Self { http, url: fake.url(), token: format!("Bot {}", fake.token()) }
    }

    pub(super) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The status and the body of an answer.
    pub(super) async fn asks(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}/api/v10{path}", self.url));
        let request = request.header("authorization", &self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(super) async fn posts(&self, path: &str, body: &Value) -> (u16, Value) {
        self.asks("POST", path, Some(body)).await
    }

    /// A first answer to an interaction.
    pub(super) async fn calls_back(&self, event: &Value, body: &Value) -> (u16, Value) {
        let (id, token) = (event["id"].as_str().unwrap(), event["token"].as_str().unwrap());
        self.posts(&format!("/interactions/{id}/{token}/callback"), body).await
    }
}

impl Bot {
    pub(super) async fn connects(fake: &FakeDiscord) -> Self {
        let mut bot = Self::opens(fake).await;
        bot.identifies(fake.token(), 1).await;
        assert_eq!(bot.hears().await["t"], "READY");
        assert_eq!(bot.hears().await["t"], "GUILD_CREATE");
        bot
    }

    /// As far as the greeting.
    pub(super) async fn opens(fake: &FakeDiscord) -> Self {
        let http = Rest::of(fake);
        let (_, gateway) = http.asks("GET", "/gateway", None).await;
        let (socket, _) = tokio_tungstenite::connect_async(gateway["url"].as_str().unwrap()).await.expect("a socket");
        let mut bot = Self { socket, http };
        assert_eq!(bot.hears().await["d"]["heartbeat_interval"], 41_250);
        bot
    }

    pub(super) async fn says(&mut self, payload: &Value) {
        self.socket.send(Frame::Text(payload.to_string())).await.expect("an open socket");
    }

    pub(super) async fn identifies(&mut self, token: &str, intents: u64) {
        let properties = json!({"os": "linux", "browser": "hand", "device": "hand"});
        self.says(&json!({"op": 2, "d": {"token": token, "intents": intents, "properties": properties}})).await;
    }

    /// The next payload; of a close its code.
    pub(super) async fn hears(&mut self) -> Value {
        match self.socket.next().await {
            Some(Ok(Frame::Text(text))) => serde_json::from_str(&text).unwrap(),
            Some(Ok(Frame::Close(Some(frame)))) => json!({"closed": u16::from(frame.code)}),
            other => json!({"lost": format!("{other:?}")}),
        }
    }

    /// The next interaction.
    pub(super) async fn is_asked(&mut self) -> Value {
        let event = self.hears().await;
        assert_eq!(event["t"], "INTERACTION_CREATE", "{event}");
        event["d"].clone()
    }
}

pub(super) async fn fake() -> (FakeDiscord, Arc<ManualClock>) {
    let clock = ManualClock::at(BEGINNING);
    (FakeDiscord::start(clock.clone()).await, clock)
}

/// A command with every kind of option that a person can type.
pub(super) fn deploy() -> Value {
    json!({"name": "deploy", "description": "Deploys", "name_localizations": {"ja": "展開"}, "options": [
        {"type": 3, "name": "environment", "description": "Where to", "required": true, "choices": [
            {"name": "staging", "value": "staging"}, {"name": "production", "value": "production"}]},
        {"type": 3, "name": "version", "description": "What", "autocomplete": true},
        {"type": 5, "name": "again", "description": "Once more"},
    ]})
}

pub(super) async fn registers(bot: &Rest, commands: &Value) -> (u16, Value) {
    bot.asks("PUT", &format!("/applications/{BOT}/guilds/{GUILD}/commands"), Some(commands)).await
}

#[tokio::test]
async fn a_bot_by_hand_is_greeted_asked_and_answers() {
    let (fake, clock) = fake().await;
    let mut bot = Bot::connects(&fake).await;
    assert_eq!(registers(&bot.http, &json!([deploy()])).await.0, 200);
    let asked = fake.person("ada").locale("ja").types("/deploy environment:staging version:v2 again:true");
    assert!(!fake.open().is_quiet());
    let event = bot.is_asked().await;
    assert_eq!(event["locale"], "ja");
    assert_eq!(event["data"]["options"][2], json!({"name": "again", "type": 5, "value": true}));
    clock.advance(Span::seconds(2));
    let (status, _) = bot.http.calls_back(&event, &json!({"type": 4, "data": {"content": "Yes", "flags": 64}})).await;
    assert_eq!(status, 204);
    let answer = asked.answered().await.unwrap();
    assert_eq!((answer.kind, answer.content.as_str(), answer.ephemeral), (Kind::Message, "Yes", true));
    assert_eq!(asked.acked_after(), Some(Span::seconds(2)));
    assert!(asked.span().is_some());
    fake.settles().await;
    assert_eq!(asked.seen(), "shipgate to ada (private)\n  Yes\n");
    assert!(fake.messages(DEPLOYMENTS).is_empty(), "private answers are nobody else's");
    assert_eq!(fake.violations(), [""; 0]);
}

/// Answers a command with a constant.
struct Constant;

#[async_trait]
impl EventHandler for Constant {
    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let Interaction::Command(command) = interaction else { return };
        let message = CreateInteractionResponseMessage::new().content("Here").ephemeral(true);
        command.create_response(&context, CreateInteractionResponse::Message(message)).await.expect("a yes");
    }
}

#[tokio::test]
async fn a_bot_on_serenity_connects_and_answers() {
    let (fake, _) = fake().await;
    registers(&Rest::of(&fake), &json!([deploy()])).await;
    let http = HttpBuilder::new(fake.token()).proxy(fake.url()).ratelimiter_disabled(true).build();
    let mut client =
        ClientBuilder::new_with_http(http, GatewayIntents::GUILDS).event_handler(Constant).await.expect("a client");
    let shards = Arc::clone(&client.shard_manager);
    let running = tokio::spawn(async move { client.start().await });
    fake.connected().await;
    let asked = fake.person("bob").types("/deploy environment:production");
    assert_eq!(asked.said().await, "Here");
    shards.shutdown_all().await;
    running.await.unwrap().unwrap();
    fake.until("the bot to leave", |fake| fake.bots() == 0).await;
    let told = fake.gateway();
    assert_eq!(told, Counts { connections: 1, identifies: 1, resumes: 0, heartbeats: told.heartbeats });
    assert_eq!(fake.violations(), [""; 0]);
}

/// Every kind of interaction that people can make here, as the gateway tells of it.
async fn all_kinds() -> (FakeDiscord, Vec<Value>) {
    let (fake, _) = fake().await;
    let mut bot = Bot::connects(&fake).await;
    let sub = json!({"name": "lock", "description": "Locks", "options": [
        {"type": 1, "name": "list", "description": "All"},
        {"type": 1, "name": "add", "description": "One", "options": [
            {"type": 6, "name": "owner", "description": "Whose"}, {"type": 4, "name": "hours", "description": "How long"}]}]});
    registers(&bot.http, &json!([deploy(), sub])).await;
    let menu = json!({"type": 3, "custom_id": "m", "options": [{"label": "One", "value": "1"}]});
    let body = json!({"content": "card", "embeds": [{"title": "t", "fields": [{"name": "n", "value": "v"}]}],
        "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]},
            {"type": 1, "components": [menu]}]});
    let path = format!("/channels/{DEPLOYMENTS}/messages");
    let card: u64 = bot.http.posts(&path, &body).await.1["id"].as_str().unwrap().parse().unwrap();
    let parts = json!([{"type": 17, "components": [{"type": 10, "content": "text"},
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Deep", "custom_id": "deep"}]}]}]);
    let flat = bot.http.posts(&path, &json!({"flags": 32_768, "components": parts})).await.1;
    let ada = fake.person("ada");
    ada.types("/deploy environment:staging version:v2 again:false");
    ada.types("/lock list");
    ada.types("/lock add owner:bob hours:2");
    ada.completes("/deploy environment:staging version:", "version");
    ada.clicks(card, "Go");
    ada.clicks(flat["id"].as_str().unwrap().parse().unwrap(), "Deep");
    let selected = ada.selects(card, "m", &["One"]);
    let mut events = Vec::new();
    for _ in 0..7 {
        events.push(bot.is_asked().await);
    }
    let rows = json!([{"type": 1, "components": [{"type": 4, "custom_id": "r", "style": 1, "label": "Reason"}]}]);
    let form = json!({"type": 9, "data": {"custom_id": "f", "title": "Why?", "components": rows}});
    bot.http.calls_back(&events[6], &form).await;
    let submitted = ada.submit(&selected, &[("r", "because")]);
    events.push(bot.is_asked().await);
    let yes = json!({"type": 4, "data": {"content": "private", "flags": 64, "components": body["components"]}});
    bot.http.calls_back(&events[7], &yes).await;
    // A button on a private answer.
    ada.clicks(submitted.answered().await.unwrap().message.unwrap(), "Go");
    events.push(bot.is_asked().await);
    assert_eq!(fake.violations(), [""; 0]);
    (fake, events)
}

#[tokio::test]
async fn everything_that_people_do_is_read_by_serenity_and_by_twilight() {
    let (_, events) = all_kinds().await;
    for event in events {
        let read = serde_json::from_value::<Interaction>(event.clone());
        assert!(read.is_ok(), "serenity: {read:?}: {event:#}");
        let read = serde_json::from_value::<twilight_model::application::interaction::Interaction>(event.clone());
        assert!(read.is_ok(), "twilight: {read:?}: {event:#}");
    }
}

#[tokio::test]
async fn the_greeting_is_read_by_serenity_and_by_twilight() {
    let (fake, _) = fake().await;
    let mut bot = Bot::opens(&fake).await;
    bot.identifies(fake.token(), 1).await;
    let (ready, guild) = (bot.hears().await["d"].clone(), bot.hears().await["d"].clone());
    serde_json::from_value::<serenity::all::Ready>(ready.clone()).expect("serenity reads READY");
    serde_json::from_value::<twilight_model::gateway::payload::incoming::Ready>(ready).expect("twilight reads READY");
    serde_json::from_value::<serenity::all::Guild>(guild.clone()).expect("serenity reads the guild");
    serde_json::from_value::<twilight_model::guild::Guild>(guild).expect("twilight reads the guild");
}
