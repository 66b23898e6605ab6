//! A store on a real database of an engine, a clock whose hands the test moves, and the core in between.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use shipgate::clock::{Clock, SharedClock};
use shipgate::domain::{
    Actor, Cancel, CardKey, CheckSpec, Condition, Due, Effect, Entry, Environment, Event, Facts, Found, FoundMachine,
    Id, Kind, Moment, Note, Permission, Policy, Release, Span, Step, Subject, TargetSpec, What, Who, fold, step,
};
use shipgate::observer::{Nobody, Observer};
use shipgate::store::{Advance, Advanced, Claim, Claimed, Done, Room, Store};
use sqlx::{AnyConnection, Connection as _};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::world::postgres;

pub(crate) const NOON: Moment = Moment(1_790_000_000_000);
pub(crate) const PLENTY: Room = Room { targets: 99, checks: 99, chats: 99 };
pub(crate) const LEASE: Span = Span::seconds(15);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct Hands(watch::Sender<i64>);

impl Hands {
    pub(crate) fn at(now: Moment) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(now.0)))
    }

    pub(crate) fn pass(&self, span: Span) {
        self.0.send_modify(|now| *now += span.0);
    }
}

#[async_trait]
impl Clock for Hands {
    fn now(&self) -> Moment {
        Moment(*self.0.borrow())
    }

    async fn sleep_until(&self, then: Moment) {
        let _ = self.0.subscribe().wait_for(|now| *now >= then.0).await;
    }

    async fn alarm(&self, then: Moment) {
        self.sleep_until(then).await;
    }
}

/// An engine that the store runs on.
pub(crate) trait Engine {
    /// The address of a new database; `folder` is the test's own.
    async fn database(folder: &Path) -> String;

    /// The same without any table.
    async fn empty(folder: &Path) -> String;
}

/// A file.
pub(crate) struct Sqlite;

/// A server.
pub(crate) struct Postgres;

impl Engine for Sqlite {
    async fn database(folder: &Path) -> String {
        format!("sqlite://{}", folder.join("shipgate.db").display())
    }

    async fn empty(folder: &Path) -> String {
        Self::database(folder).await
    }
}

impl Engine for Postgres {
    async fn database(_: &Path) -> String {
        postgres::shared().url(&postgres::shared().database().await)
    }

    async fn empty(_: &Path) -> String {
        postgres::shared().url(&postgres::shared().empty().await)
    }
}

pub(crate) struct House<E = Sqlite> {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<Hands>,
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) engine: PhantomData<E>,
}

impl House<Sqlite> {
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("shipgate.db")
    }
}

impl<E: Engine> House<E> {
    pub(crate) async fn new() -> Self {
        Self::watched_by(Arc::new(Nobody)).await
    }

    pub(crate) async fn watched_by(observer: Arc<dyn Observer>) -> Self {
        let (folder, clock) = (tempfile::tempdir().expect("a folder"), Hands::at(NOON));
        let url = E::database(folder.path()).await;
        let shared: SharedClock = Arc::clone(&clock) as SharedClock;
        let store = Store::open(&url, vec!["terminal".to_owned()], shared, observer).await.expect("a store");
        Self { folder, clock, store, url, engine: PhantomData }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The address of a database without any table.
    pub(crate) async fn empty(folder: &Path) -> String {
        E::empty(folder).await
    }

    /// A second program on the same file, or the first one started again.
    pub(crate) async fn another(&self) -> Store {
        let shared: SharedClock = Arc::clone(&self.clock) as SharedClock;
        Store::open(&self.url(), vec!["terminal".to_owned()], shared, Arc::new(Nobody)).await.expect("a store")
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn tamper(&self, statement: &str) -> u64 {
        let mut connection = AnyConnection::connect(&self.url()).await.expect("a connection");
        let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect(statement);
        connection.close().await.expect("closed");
        done.rows_affected()
    }

    pub(crate) async fn count(&self, what: &str) -> i64 {
        let mut connection = AnyConnection::connect(&self.url()).await.expect("a connection");
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {what}")))
            .fetch_one(&mut connection)
            .await
            .expect(what);
        connection.close().await.expect("closed");
        count
    }

    /// Puts an event through the real core.
    pub(crate) async fn happen(&self, event: Event) -> Advanced {
        self.result(None, event).await
    }

    /// The same, as the result of an effect.
    pub(crate) async fn result(&self, claim: Option<&Claim>, event: Event) -> Advanced {
        let advance = Advance { app: "hello", environment: "staging", acknowledge: claim, ..Advance::default() };
        through_core(&self.store, self.clock.now(), &advance, &event).await.expect("a store that works")
    }

    /// Commits a step made by hand, on whatever there is.
    pub(crate) async fn commit(&self, entries: Vec<What>, effects: Vec<Effect>, cancels: Vec<Cancel>) -> Done {
        let now = self.clock.now();
        let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
        let advanced =
            self.store.advance(&advance, |environment, _| Ok(by_hand(environment, now, &entries, &effects, &cancels)));
        done(advanced.await.expect("a store that works"))
    }

    pub(crate) async fn claim(&self) -> Vec<Claimed> {
        self.store.claim_due(PLENTY, LEASE).await.expect("claims")
    }

    pub(crate) async fn claim_one(&self, kind: fn(&Effect) -> bool) -> Claimed {
        let claimed = self.claim().await;
        let found = claimed.iter().position(|one| kind(&one.effect));
        let found = found.unwrap_or_else(|| panic!("no such effect among {claimed:#?}"));
        claimed.into_iter().nth(found).expect("it")
    }
}

pub(crate) async fn through_core(
    store: &Store,
    now: Moment,
    advance: &Advance<'_>,
    event: &Event,
) -> Result<Advanced, shipgate::store::StoreTrouble> {
    store
        .advance(advance, |environment, known| {
            let known = known.clone();
            let facts = Facts {
                now,
                actor: Some(ada()),
                before: advance.before.map(ToOwned::to_owned),
                policy: Some(policy()),
                releases: known.releases,
                evidence: known.evidence,
                evidence_before: known.evidence_before,
                quarantine: known.quarantine,
                lock: known.lock,
                app_lock: known.app_lock,
                halt: known.halt,
                closed: known.closed,
            };
            step(environment, event, &facts)
        })
        .await
}

pub(crate) fn by_hand(
    environment: &Environment,
    now: Moment,
    entries: &[What],
    effects: &[Effect],
    cancels: &[Cancel],
) -> Step {
    let entries: Vec<Entry> =
        entries.iter().map(|what| Entry { at: now, by: Some(ada().who), what: what.clone() }).collect();
    let (mut after, mut closed) = (environment.clone(), Vec::new());
    for entry in &entries {
        let folded = fold(after, entry);
        after = folded.environment;
        closed.extend(folded.closed);
    }
    closed.extend(after.current.clone());
    Step {
        environment: after,
        events: entries,
        effects: effects.iter().map(|effect| Due { effect: effect.clone(), at: now }).collect(),
        cancels: cancels.to_vec(),
        deployments: closed,
        smoke: None,
        wake_at: None,
        answer: None,
    }
}

pub(crate) fn done(advanced: Advanced) -> Done {
    match advanced {
        Advanced::Done(done) => *done,
        other => panic!("not done: {other:?}"),
    }
}

pub(crate) fn ada() -> Actor {
    let who = Who { identity: "terminal:ada".to_owned(), person: Some("ada".to_owned()), name: "ada".to_owned() };
    Actor { who, groups: ["releasers".to_owned()].into(), may: Permission::ALL.into() }
}

pub(crate) fn release(version: &str) -> Release {
    let digest = format!("sha256:{:0>64}", version.bytes().map(|b| format!("{b:02x}")).collect::<String>());
    let image = format!("registry.example/hello@{digest}");
    let (app, version) = ("hello".to_owned(), version.to_owned());
    let (commit, notes, one_way, registered_at) = (None, None, false, NOON);
    Release { app, version, image, digest, commit, notes, one_way, registered_at }
}

pub(crate) fn policy() -> Policy {
    Policy {
        target: target(),
        url: None,
        time_zone: "UTC".to_owned(),
        before: Vec::new(),
        after: Vec::new(),
        watch: None,
        give_up: Span::hours(24),
        rollout_within: Span::minutes(15),
        override_by: 1,
    }
}

pub(crate) fn target() -> TargetSpec {
    TargetSpec { kind: "scripted".to_owned(), settings: serde_json::json!({}), fenced: true }
}

pub(crate) fn runs(version: &str) -> Found {
    let Release { image, digest, .. } = release(version);
    Found {
        machines: vec![FoundMachine {
            id: "m1".to_owned(),
            image,
            digest,
            state: "started".to_owned(),
            condition: Condition::Sound,
        }],
        stamp: 0,
        gone: Vec::new(),
    }
}

pub(crate) fn id(name: &str) -> Id {
    Id(name.to_owned())
}

pub(crate) fn request(name: &str) -> Event {
    Event::Request { id: id(name), kind: Kind::Deploy, version: None, reason: None, again: false }
}

pub(crate) fn card(name: &str) -> CardKey {
    CardKey::Deployment(id(name))
}

pub(crate) fn show(name: &str) -> Effect {
    Effect::Show { card: card(name) }
}

pub(crate) fn roll_out(name: &str, attempt: u64) -> Effect {
    Effect::RollOut { target: target(), deployment: id(name), attempt, release: release("v2") }
}

pub(crate) fn restore(name: &str, attempt: u64) -> Effect {
    Effect::Restore { target: target(), deployment: id(name), attempt }
}

pub(crate) fn ask(name: &str, gate: &str) -> Effect {
    let subject = Subject::Gate { deployment: id(name), name: gate.to_owned() };
    let check = CheckSpec { kind: "scripted".to_owned(), settings: serde_json::json!({ "gate": gate }) };
    Effect::Ask { subject, round: 1, check }
}

/// An entry that says nothing in particular.
pub(crate) fn remark(n: usize) -> What {
    What::LookFailed { deployment: None, note: Note::new("remark").with("n", n) }
}

pub(crate) fn is_show(effect: &Effect) -> bool {
    matches!(effect, Effect::Show { .. })
}

pub(crate) fn is_look(effect: &Effect) -> bool {
    matches!(effect, Effect::Look { .. })
}

pub(crate) fn is_roll_out(effect: &Effect) -> bool {
    matches!(effect, Effect::RollOut { .. })
}
