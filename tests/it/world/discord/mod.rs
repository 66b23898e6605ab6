//! A Discord of one guild: REST and gateway on the wire, people who type and click, time from the test's clock.
//!
//! | file | what |
//! |---|---|
//! | `server`, `routes/` | REST: reading, judging, answering, writing down |
//! | `judge`, `rules/` | what a request breaks: by the official description, by twilight, by rules that neither knows |
//! | `gateway/` | the websocket, its sessions, and how it misbehaves |
//! | `person`, `typed`, `envelope`, `delivery` | what people do, as Discord tells a bot of it |
//! | `asked` | what a bot answered |
//! | `guild`, `message`, `interaction`, `state` | what there is |
//! | `seen` | a channel as text, for snapshots |
//! | `faults` | what goes wrong on purpose |
//!
//! Every request that breaks a rule is refused as Discord would refuse it, and kept in [`FakeDiscord::violations`], which
//! a test asserts to be empty. Without the descriptions that part of the judging says that it did not run.
//!
//! Not here: anything of the program under test. Only its clock's trait is used, so that a bench can include this folder.
//!
//! To add a request: `routes/mod.rs`. To add something that people can do: `person`.

#![allow(dead_code, unused_imports, reason = "tests and benches use different parts")]

mod asked;
mod delivery;
mod envelope;
mod faults;
mod gateway;
mod guild;
mod interaction;
mod judge;
mod message;
mod person;
mod reply;
mod routes;
mod rules;
mod seen;
mod server;
mod state;
mod typed;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use serde_json::Value;
use shipgate::clock::{self, SharedClock, Span, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) use asked::{Answer, Asked, Kind, Modal};
pub(crate) use faults::Fault;
pub(crate) use gateway::session::Counts;
pub(crate) use guild::{
    ADA, ANNOUNCEMENTS, BOB, BOT, BOT_ROLE, DEPLOYMENTS, EVE, GUILD, INCIDENTS, RELEASERS, WARNINGS,
};
pub(crate) use message::Message;
pub(crate) use person::Person;
pub(crate) use state::Exchange;

use state::State;

/// The bot's token.
const TOKEN: &str = "MTAwMDAwMDAwMDAwMDAwMDkw.GaBcDe.not-a-real-token-0123456789abcdefghijkl";
/// How long anything is waited for, in real time, before a test is given up.
const PATIENCE: Span = Span::seconds(30);

/// The fake. Copies share it.
#[derive(Clone, Debug)]
pub(crate) struct FakeDiscord(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    http: reqwest::Client,
}

/// A channel or thread, by its name or its number.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Id(u64),
    Name(String),
}

/// What the fake waits for, or is waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Open {
    /// Interactions without a first answer that could still get one, in words.
    pub(crate) unanswered: Vec<String>,
    /// Interactions whose answer was deferred and could still come, in words.
    pub(crate) deferred: Vec<String>,
    /// REST exchanges under way, without those that never end.
    pub(crate) exchanges: usize,
    /// REST exchanges that will never have an answer.
    pub(crate) deaf: usize,
}

impl Open {
    /// Nobody waits for anything that can still come.
    pub(crate) fn is_quiet(&self) -> bool {
        self.unanswered.is_empty() && self.deferred.is_empty() && self.exchanges == 0
    }
}

impl FakeDiscord {
    /// Listens, with nobody connected and no commands registered.
    pub(crate) async fn start(clock: SharedClock) -> Self {
        let rest = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let websocket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", rest.local_addr().expect("an address"));
        let gateway_url = format!("ws://{}/", websocket.local_addr().expect("an address"));
        // Without certificates: everything is on this machine, and reading them takes long.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        let state = Mutex::new(State::new(clock, url, gateway_url));
        let fake = Self(Arc::new(Inner { state, changed: watch::Sender::new(()), http }));
        server::serve(fake.clone(), rest);
        gateway::serve(fake.clone(), websocket);
        fake
    }

    /// What `DISCORD_API_URL` gets.
    pub(crate) fn url(&self) -> String {
        self.lock().url.clone()
    }

    /// What `DISCORD_TOKEN` gets.
    pub(crate) fn token(&self) -> &'static str {
        TOKEN
    }

    /// What `DISCORD_PUBLIC_KEY` gets.
    pub(crate) fn public_key_hex(&self) -> String {
        let key = self.lock().endpoint.as_ref().map(|(_, key)| key.clone());
        key_hex(&key.unwrap_or_else(signing_key))
    }

    /// The key that answers to the fake's own signatures.
    pub(crate) fn own_key_hex() -> String {
        key_hex(&signing_key())
    }

    /// Somebody of the guild: `ada` and `bob` are releasers, `eve` is not. They write in `deployments`, in English.
    #[track_caller]
    pub(crate) fn person(&self, name: &str) -> Person {
        let known = self.lock().guild.members.iter().find(|member| member.name == name).map(|member| member.id);
        Person::new(self.clone(), known.unwrap_or_else(|| panic!("nobody is called {name}")))
    }

    /// The bot may not do this in a channel any more.
    pub(crate) fn denies(&self, channel: impl Into<Place>, permission: &str) {
        self.rules_that(channel.into(), permission, false);
    }

    /// The bot may do this in a channel.
    pub(crate) fn allows(&self, channel: impl Into<Place>, permission: &str) {
        self.rules_that(channel.into(), permission, true);
    }

    /// Nobody may mention a role any more.
    #[track_caller]
    pub(crate) fn mutes(&self, role: u64) {
        let mut state = self.lock();
        state.guild.roles.iter_mut().find(|one| one.id == role).expect("a role").mentionable = false;
    }

    /// Somebody deletes a message.
    #[track_caller]
    pub(crate) fn deletes_message(&self, id: u64) {
        self.lock().messages.get_mut(&id).expect("a message").deleted = true;
        self.ring();
    }

    /// Somebody archives a thread.
    #[track_caller]
    pub(crate) fn archives(&self, thread: impl Into<Place>) {
        self.changes_thread(thread.into(), |thread| thread.archived = true);
    }

    /// Somebody locks a thread.
    #[track_caller]
    pub(crate) fn locks(&self, thread: impl Into<Place>) {
        self.changes_thread(thread.into(), |thread| thread.locked = true);
    }

    /// Somebody deletes a channel or a thread.
    #[track_caller]
    pub(crate) fn deletes_channel(&self, place: impl Into<Place>) {
        let mut state = self.lock();
        let id = state.place(&place.into());
        state.guild.channels.retain(|channel| channel.id != id);
        state.messages.values_mut().filter(|one| one.channel == id).for_each(|one| one.deleted = true);
        drop(state);
        self.ring();
    }

    /// The next requests that fit go wrong so; by method and end of the path without its query, empty texts mean all.
    pub(crate) fn fails(&self, times: usize, method: &'static str, path_end: &'static str, fault: Fault) {
        self.lock().script.add(Some(times), method, path_end, fault);
    }

    /// All requests that fit go wrong so, from now on.
    pub(crate) fn always_fails(&self, method: &'static str, path_end: &'static str, fault: Fault) {
        self.lock().script.add(None, method, path_end, fault);
    }

    /// Nothing more goes wrong.
    pub(crate) fn works_again(&self) {
        self.lock().script.clear();
    }

    /// Every request.
    pub(crate) fn requests(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// Everything in which the bot, or the fake itself, broke a rule.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// The commands as they are registered.
    pub(crate) fn commands(&self) -> Vec<Value> {
        self.lock().commands.clone()
    }

    /// The guild gets one more command, as if another program had registered it.
    pub(crate) fn offers(&self, name: &str) {
        let mut state = self.lock();
        let mut command = state.commands.first().expect("a command").clone();
        command["name"] = Value::from(name);
        command["options"] = Value::Array(Vec::new());
        state.commands.push(command);
    }

    /// The commands are as another program, or another version, has registered them.
    pub(crate) fn are_registered_otherwise(&self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.lock().commands);
    }

    /// What a channel or thread shows to everybody, oldest first.
    #[track_caller]
    pub(crate) fn messages(&self, place: impl Into<Place>) -> Vec<Message> {
        let state = self.lock();
        let channel = state.place(&place.into());
        state.listed(channel).cloned().collect()
    }

    /// A message as it is, or as it was when it was deleted.
    #[track_caller]
    pub(crate) fn message(&self, id: u64) -> Message {
        self.lock().messages.get(&id).unwrap_or_else(|| panic!("there never was a message {id}")).clone()
    }

    /// The threads: number, name, whether archived.
    pub(crate) fn threads(&self) -> Vec<(u64, String, bool)> {
        let state = self.lock();
        let now = state.now();
        let threads = state.guild.channels.iter().filter_map(|one| one.thread.as_ref().map(|thread| (one, thread)));
        threads.map(|(one, thread)| (one.id, one.name.clone(), thread.is_archived(now))).collect()
    }

    /// What the buttons say that people have pressed, in the order of the alphabet.
    pub(crate) fn pressed(&self) -> Vec<String> {
        let mut pressed = self.lock().pressed.clone();
        pressed.sort();
        pressed
    }

    /// What is waited for at this moment.
    pub(crate) fn open(&self) -> Open {
        let state = self.lock();
        let now = state.now();
        let mut open = Open::default();
        for one in state.interactions.values().filter(|one| !one.is_dead(now) && one.failed.is_none()) {
            match &one.ack {
                None => open.unanswered.push(one.words.clone()),
                // A deferred update need not be followed by anything.
                Some(ack) if ack.kind == 5 && one.loading => open.deferred.push(one.words.clone()),
                Some(_) => {}
            }
        }
        open.deaf = state.open.values().filter(|deaf| **deaf).count();
        open.exchanges = state.open.len() - open.deaf;
        open
    }

    /// Rings whenever anything changes here.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// Waits until something holds, in real time. The words say what for.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let mut changes = self.changes();
        let wait = async {
            while !holds(self) {
                changes.changed().await.expect("the fake is there");
            }
        };
        let waited = clock::timeout(&*SystemClock::real(), PATIENCE, wait).await;
        assert!(waited.is_some(), "waited in vain for {what}: {:#?}\n{:#?}", self.open(), self.tail());
    }

    /// Waits until nobody waits for anything that can still come.
    pub(crate) async fn settles(&self) {
        self.until("everything to be answered", |fake| fake.open().is_quiet()).await;
    }

    fn rules_that(&self, place: Place, permission: &str, allowed: bool) {
        let mut state = self.lock();
        let channel = state.place(&place);
        state.guild.rule(channel, permission, allowed);
    }

    #[track_caller]
    fn changes_thread(&self, place: Place, change: impl FnOnce(&mut guild::Thread)) {
        let mut state = self.lock();
        let id = state.place(&place);
        let thread = state.guild.channel_mut(id).and_then(|channel| channel.thread.as_mut());
        change(thread.expect("a thread"));
        drop(state);
        self.ring();
    }

    /// The last requests, for who reads a failure.
    fn tail(&self) -> Vec<String> {
        let state = self.lock();
        let last = state.exchanges.iter().rev().take(10).rev();
        last.map(|one| format!("{} {} {:?} → {:?}", one.method, one.path, one.body, one.answer)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.0.changed.send_replace(());
    }
}

impl From<u64> for Place {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// The key that the fake signs with. Any would do.
fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn key_hex(key: &SigningKey) -> String {
    hex(key.verifying_key().as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
