//! A Slack of one workspace: the Web API, Socket Mode and signed requests on the wire, people who type, press and speak,
//! time from the test's clock.
//!
//! | file | what |
//! |---|---|
//! | `server`, `routes/` | the Web API: reading, judging, answering, writing down |
//! | `judge`, `rules/` | what a request breaks: by the official description, by the documented limits, by rules of our own |
//! | `socket` | Socket Mode, and how it misbehaves |
//! | `person`, `payload`, `delivery` | what people do, as Slack tells an app of it, over either way in |
//! | `asked` | what came of it |
//! | `workspace`, `message`, `state` | what there is |
//! | `seen` | a channel as text, for snapshots |
//! | `groups` | user groups that change |
//! | `faults` | what goes wrong on purpose |
//!
//! Every request that breaks a rule is refused as Slack would refuse it, and kept in [`FakeSlack::violations`], which a
//! test asserts to be empty. Without the descriptions that part of the judging says that it did not run.
//!
//! Not here: anything of the program under test. Only its clock's trait is used, so that a bench can include this folder.
//!
//! To add a method: `routes/mod.rs`. To add something that people can do: `person`.

#![allow(dead_code, unused_imports, reason = "tests and benches use different parts")]

mod asked;
mod delivery;
mod faults;
mod groups;
mod judge;
mod message;
mod payload;
mod person;
mod routes;
mod rules;
mod seen;
mod server;
mod socket;
mod state;
mod workspace;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use shipgate::clock::{self, SharedClock, Span, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) use asked::Asked;
pub(crate) use delivery::sign;
pub(crate) use faults::Fault;
pub(crate) use message::{Message, Upload};
pub(crate) use payload::Kind;
pub(crate) use person::Person;
pub(crate) use rules::{message as judge_message, view as judge_view};
pub(crate) use seen::shown;
pub(crate) use state::{Exchange, SCOPES};
pub(crate) use workspace::{
    ADA, ANNOUNCEMENTS, BOB, BOT, DEPLOYMENTS, EVE, INCIDENTS, OTHER_TEAM, RELEASERS, TEAM, WARNINGS, ZED,
};

use state::State;

/// The tokens and the secret. None of them opens anything.
const BOT_TOKEN: &str = "xoxb-000000000000-not-a-real-token";
const APP_TOKEN: &str = "xapp-1-A0SHIPGATE-not-a-real-token";
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// How long anything is waited for, in real time, before a test is given up.
const PATIENCE: Span = Span::seconds(30);

/// The fake. Copies share it.
#[derive(Clone, Debug)]
pub(crate) struct FakeSlack(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    http: reqwest::Client,
}

impl FakeSlack {
    /// Listens, with nobody connected.
    pub(crate) async fn start(clock: SharedClock) -> Self {
        let rest = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let websocket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", rest.local_addr().expect("an address"));
        let socket_url = format!("ws://{}/link", websocket.local_addr().expect("an address"));
        // Without certificates: everything is on this machine, and reading them takes long.
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        let state = Mutex::new(State::new(clock, url, socket_url));
        let fake = Self(Arc::new(Inner { state, changed: watch::Sender::new(()), http }));
        server::serve(fake.clone(), rest);
        socket::serve(fake.clone(), websocket);
        fake
    }

    /// Where it is; `SLACK_API_URL` gets this with `/api` behind it.
    pub(crate) fn url(&self) -> String {
        self.lock().url.clone()
    }

    /// What `SLACK_BOT_TOKEN` gets.
    pub(crate) fn bot_token(&self) -> &'static str {
        BOT_TOKEN
    }

    /// What `SLACK_APP_TOKEN` gets.
    pub(crate) fn app_token(&self) -> &'static str {
        APP_TOKEN
    }

    /// What `SLACK_SIGNING_SECRET` gets.
    pub(crate) fn signing_secret(&self) -> &'static str {
        SECRET
    }

    /// From now on people's doings are posted below this address, instead of over a connection.
    pub(crate) fn endpoint(&self, url: &str) {
        self.lock().endpoint = Some(url.to_owned());
    }

    /// Somebody of the workspace: `ada` and `bob` are releasers, `eve` is not; `zed` is of another, and comes into shared
    /// channels.
    #[track_caller]
    pub(crate) fn person(&self, name: &str) -> Person {
        let known = self.lock().workspace.people.iter().find(|person| person.name == name).map(|person| person.id);
        Person::new(self.clone(), known.unwrap_or_else(|| panic!("nobody is called {name}")))
    }

    /// The next calls of a method go wrong so; an empty text means every method.
    pub(crate) fn fails(&self, times: usize, method: &'static str, fault: Fault) {
        self.lock().script.add(Some(times), method, fault);
    }

    /// All calls of a method go wrong so, from now on.
    pub(crate) fn always_fails(&self, method: &'static str, fault: Fault) {
        self.lock().script.add(None, method, fault);
    }

    /// Nothing more goes wrong.
    pub(crate) fn works_again(&self) {
        self.lock().script.clear();
    }

    /// Every call.
    pub(crate) fn calls(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    /// The calls of a method.
    pub(crate) fn calls_of(&self, method: &str) -> Vec<Exchange> {
        self.calls().into_iter().filter(|one| one.method == method).collect()
    }

    /// Everything in which the app, or the fake itself, broke a rule.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// What a channel shows to everybody, oldest first; threads are below their messages.
    pub(crate) fn messages(&self, channel: &str) -> Vec<Message> {
        let state = self.lock();
        state.messages.iter().filter(|one| one.channel == channel && one.is_public()).cloned().collect()
    }

    /// What a thread shows, oldest first, without what it is below.
    pub(crate) fn thread(&self, ts: &str) -> Vec<Message> {
        let state = self.lock();
        let fits = |one: &&Message| one.thread.as_deref() == Some(ts) && one.is_public();
        state.messages.iter().filter(fits).cloned().collect()
    }

    /// A message as it is now.
    #[track_caller]
    pub(crate) fn message(&self, ts: &str) -> Message {
        let state = self.lock();
        state.messages.iter().find(|one| one.ts == ts).unwrap_or_else(|| panic!("there is no message {ts}")).clone()
    }

    /// Somebody deletes a message.
    pub(crate) fn deletes(&self, ts: &str) {
        self.lock().messages.iter_mut().filter(|one| one.ts == ts).for_each(|one| one.deleted = true);
        self.ring();
    }

    /// Somebody puts a channel away, or takes it out again.
    pub(crate) fn archives(&self, channel: &str, archived: bool) {
        self.lock().workspace.channel_mut(channel).archived = archived;
    }

    /// The bot is thrown out of a channel.
    pub(crate) fn throws_out(&self, channel: &str) {
        self.lock().workspace.channel_mut(channel).joined = false;
    }

    /// The app was installed without a scope.
    pub(crate) fn lacks(&self, scope: &str) {
        self.lock().scopes.retain(|known| *known != scope);
    }

    /// Whom people wait for: what they did and saw no answer to, as far as one can come still.
    pub(crate) fn unanswered(&self) -> Vec<String> {
        let state = self.lock();
        let now = state.now();
        state.asks.values().filter(|ask| ask.waits(now)).map(|ask| ask.words.clone()).collect()
    }

    /// What the buttons say that people have pressed, in the order of the alphabet.
    pub(crate) fn pressed(&self) -> Vec<String> {
        let state = self.lock();
        let actions = state.asks.values().map(|ask| &ask.payload["actions"][0]);
        let buttons = actions.filter(|action| action["type"] == "button");
        let mut pressed: Vec<String> =
            buttons.map(|action| action["text"]["text"].as_str().unwrap_or_default().to_owned()).collect();
        pressed.sort();
        pressed
    }

    /// How many connections are open that are read.
    pub(crate) fn connections(&self) -> usize {
        self.lock().sockets.open()
    }

    /// Waits until so many connections are open.
    pub(crate) async fn connected(&self, count: usize) {
        self.until("the connections", |fake| fake.connections() == count).await;
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
        assert!(waited.is_some(), "waited in vain for {what}: {:#?}\n{:#?}", self.unanswered(), self.tail());
    }

    /// The last calls, for who reads a failure.
    fn tail(&self) -> Vec<String> {
        let state = self.lock();
        let last = state.exchanges.iter().rev().take(10).rev();
        last.map(|one| format!("{} {} → {:?}", one.method, one.body, one.answer)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        self.0.changed.send_replace(());
    }
}
