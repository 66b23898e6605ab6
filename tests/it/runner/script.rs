//! Adapters that play a script, a service that is nothing but the core, and an observer that remembers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use shipgate::card::{Card, Papers, Tone};
use shipgate::chat::{Again, Chat, ChatTrouble, Details, Memory, Message};
use shipgate::checks::{Answer, Check};
use shipgate::clock::Clock as _;
use shipgate::domain::{CardKey, CheckSpec, Ended, Event, Found, Note, Span, TargetSpec, Verdict};
use shipgate::metrics::Metrics;
use shipgate::observer::Observer;
use shipgate::runner::{Adapters, Deliver, Delivered, Outcome, Runner, Saying};
use shipgate::store::{Advance, Advanced, StoreTrouble};
use shipgate::targets::{Journal, Order, Stop, Target, Trouble};
use shipgate::words::Words;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::house::{House, runs, through_core};

/// What an adapter does when it is called.
#[derive(Debug)]
pub(crate) enum Act {
    /// A target says what runs.
    Runs(&'static str),
    /// Work ends.
    Ends(Ended),
    /// It does not work.
    Fails { again: bool, after: Option<Span> },
    /// A newer stamp is on the machines.
    Fenced(u64),
    /// It works until it is told to stop.
    UntilStopped,
    /// It hears nothing and never ends.
    Deaf,
    /// A bug.
    Panics,
    /// A check answers, or a chat takes it.
    Passes,
}

/// Everything that tests look at, and can wait for.
pub(crate) struct Scene {
    pub(crate) house: House,
    script: Mutex<VecDeque<Act>>,
    chat: Mutex<VecDeque<Act>>,
    pub(crate) seen: Arc<Seen>,
}

/// What happened, in order.
pub(crate) struct Seen(watch::Sender<Vec<String>>);

impl Seen {
    fn note(&self, line: String) {
        self.0.send_modify(|lines| lines.push(line));
    }

    pub(crate) fn lines(&self, start: &str) -> Vec<String> {
        self.0.borrow().iter().filter(|line| line.starts_with(start)).cloned().collect()
    }

    /// Waits until so many lines with that beginning are there.
    pub(crate) async fn reach(&self, start: &str, times: usize) {
        let there = |lines: &Vec<String>| lines.iter().filter(|line| line.starts_with(start)).count() >= times;
        self.0.subscribe().wait_for(there).await.expect("the scene goes on");
    }
}

#[async_trait]
impl Observer for Seen {
    async fn about_to_commit(&self, what: &str) {
        self.note(format!("about to commit {what}"));
        let parks = self.0.borrow().iter().any(|line| line == &format!("park at {what}"));
        if parks {
            self.note("parked".to_owned());
            std::future::pending::<()>().await;
        }
    }

    async fn committed(&self, what: &str) {
        self.note(format!("committed {what}"));
    }

    async fn claimed(&self, kind: &str, _: &str) {
        self.note(format!("claimed {kind}"));
    }

    async fn performed(&self, kind: &str, _: &str) {
        self.note(format!("performed {kind}"));
    }

    async fn finished(&self, kind: &str, _: &str) {
        self.note(format!("finished {kind}"));
    }
}

impl Scene {
    /// Targets and checks play the script in the order in which they are called.
    pub(crate) async fn new(script: impl IntoIterator<Item = Act>) -> Arc<Self> {
        let seen = Arc::new(Seen(watch::Sender::new(Vec::new())));
        let house = House::watched_by(Arc::clone(&seen) as Arc<dyn Observer>).await;
        Arc::new(Self { house, script: Mutex::new(script.into_iter().collect()), chat: Mutex::default(), seen })
    }

    /// What the chat does with the next messages; it takes those after them.
    pub(crate) fn chat_plays(&self, acts: impl IntoIterator<Item = Act>) {
        self.chat.lock().expect("no panic while it was held").extend(acts);
    }

    pub(crate) fn runner(self: &Arc<Self>) -> Runner {
        let parts: Arc<Parts> = Arc::new(Parts(Arc::clone(self)));
        Runner::new(self.house.store.clone(), Arc::clone(&parts) as Arc<dyn Deliver>, parts, Metrics::default())
    }

    /// From now on, every such commit is the last.
    pub(crate) fn park_at(&self, what: &str) {
        self.seen.note(format!("park at {what}"));
    }

    fn next(&self, call: String) -> Option<Act> {
        self.seen.note(call);
        self.script.lock().expect("no panic while it was held").pop_front()
    }
}

struct Parts(Arc<Scene>);

impl Adapters for Parts {
    fn target(&self, spec: &TargetSpec) -> Result<Arc<dyn Target>, Note> {
        if spec.kind == "scripted" { Ok(Arc::new(Parts(Arc::clone(&self.0)))) } else { Err(Note::new("no-target")) }
    }

    fn check(&self, spec: &CheckSpec) -> Result<Arc<dyn Check>, Note> {
        if spec.kind == "scripted" { Ok(Arc::new(Parts(Arc::clone(&self.0)))) } else { Err(Note::new("no-check")) }
    }

    fn chat(&self, name: &str) -> Option<Arc<dyn Chat>> {
        (name == "terminal").then(|| Arc::new(Parts(Arc::clone(&self.0))) as Arc<dyn Chat>)
    }
}

fn trouble(again: bool, after: Option<Span>) -> Trouble {
    Trouble { note: Note::new("it-is-down"), again, after }
}

impl Parts {
    async fn change(&self, call: String, cancel: &CancellationToken) -> Result<Ended, Stop> {
        match self.0.next(call).expect("a line in the script") {
            Act::Ends(ended) => Ok(ended),
            Act::Fails { again, after } => Err(Stop::Trouble(trouble(again, after))),
            Act::Fenced(newer) => Err(Stop::Fenced { newer }),
            Act::UntilStopped => {
                cancel.cancelled().await;
                self.0.seen.note("let go".to_owned());
                Err(Stop::Cancelled)
            }
            Act::Deaf => std::future::pending().await,
            act => panic!("as the script has it: {act:?}"),
        }
    }
}

#[async_trait]
impl Target for Parts {
    async fn look(&self, _images: &[String]) -> Result<Found, Trouble> {
        match self.0.next("call look".to_owned()).expect("a line in the script") {
            Act::Runs(version) => Ok(runs(version)),
            Act::Fails { again, after } => Err(trouble(again, after)),
            Act::Deaf => std::future::pending().await,
            act => panic!("as the script has it: {act:?}"),
        }
    }

    async fn roll_out(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop> {
        journal.before("m1", serde_json::json!({})).await?;
        self.change(format!("call roll_out {} attempt {}", order.release.version, order.attempt), cancel).await
    }

    async fn restore(&self, order: &Order, journal: &dyn Journal, cancel: &CancellationToken) -> Result<Ended, Stop> {
        let machines = journal.snapshots().await.map_err(Stop::Trouble)?.len();
        let call = format!("call restore from {} attempt {} machines {machines}", order.release.version, order.attempt);
        self.change(call, cancel).await
    }
}

#[async_trait]
impl Check for Parts {
    async fn ask(&self) -> Answer {
        match self.0.next("call ask".to_owned()) {
            Some(Act::Passes) => {
                Answer { verdict: Verdict::Pass, value: Some(f64::NAN), note: Note::new("it-is-well"), mend: None }
            }
            Some(Act::Deaf) => std::future::pending().await,
            act => panic!("as the script has it: {act:?}"),
        }
    }
}

#[async_trait]
impl Chat for Parts {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn speaks(&self) -> Words {
        Words::new("en")
    }

    async fn show(&self, _: &CardKey, card: &Card, _: &dyn Memory) -> Result<(), ChatTrouble> {
        self.0.seen.note(format!("call show {}", card.title));
        Ok(())
    }

    async fn say(&self, message: &Message, _: &dyn Memory) -> Result<(), ChatTrouble> {
        self.0.seen.note(format!("call say {}", message.text));
        match self.0.chat.lock().expect("no panic while it was held").pop_front() {
            Some(Act::Fails { again, after }) => {
                let again = match after {
                    _ if !again => Again::Never,
                    Some(span) => Again::After(span),
                    None => Again::Soon,
                };
                Err(ChatTrouble { note: Note::new("chat-is-down"), again })
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Deliver for Parts {
    async fn deliver(&self, outcome: Outcome<'_>) -> Result<Delivered, StoreTrouble> {
        self.0.seen.note(format!("deliver {:?}", outcome.event));
        let (app, environment, acknowledge) = (outcome.app, outcome.environment, Some(outcome.claim));
        let digests: Vec<String> = match &outcome.event {
            Event::Looked { found, .. } => found.machines.iter().map(|m| m.digest.clone()).collect(),
            _ => Vec::new(),
        };
        let advance = Advance { app, environment, acknowledge, digests: &digests, ..Advance::default() };
        let house = &self.0.house;
        match through_core(&house.store, house.clock.now(), &advance, &outcome.event).await? {
            Advanced::LostClaim => Ok(Delivered::LostClaim),
            _ => Ok(Delivered::Recorded),
        }
    }

    async fn tick(&self, app: &str, environment: &str) -> Result<(), StoreTrouble> {
        self.0.seen.note(format!("tick {app}/{environment}"));
        let advance = Advance { app, environment, ..Advance::default() };
        let house = &self.0.house;
        through_core(&house.store, house.clock.now(), &advance, &Event::Tick).await.map(|_| ())
    }

    async fn is_over(&self, _: &CardKey) -> Result<bool, StoreTrouble> {
        Ok(false)
    }

    async fn card(&self, key: &CardKey, words: &Words) -> Result<Option<Card>, StoreTrouble> {
        let CardKey::Deployment(id) = key else { return Ok(None) };
        let stored = self.0.house.store.deployment(id).await?;
        let title = stored.map(|s| format!("{} {:?} {}", s.deployment.id, s.deployment.phase, words.language().code()));
        Ok(title.map(|title| Card {
            title,
            tone: Tone::Plain,
            environment: None,
            time_zone: None,
            rows: vec![],
            buttons: vec![],
            footer: String::new(),
        }))
    }

    async fn details(&self, _: &CardKey, _: u64, _: &Words) -> Result<Option<Details>, StoreTrouble> {
        Ok(None)
    }

    async fn papers(&self, _: &CardKey, _: &str) -> Result<Option<Papers>, StoreTrouble> {
        Ok(None)
    }

    async fn message(&self, saying: Saying<'_>) -> Result<Option<Message>, StoreTrouble> {
        Ok(Some(Message {
            key: saying.key.clone(),
            since: saying.since,
            tries: saying.tries,
            card: saying.card.clone(),
            channel: saying.channel,
            title: "a deployment".to_owned(),
            text: format!("entry {}", saying.seq),
            call: vec![],
        }))
    }
}
