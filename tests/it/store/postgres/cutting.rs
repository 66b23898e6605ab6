//! A wire that is cut at every message, a server that is away, stands by, or is held by another: nothing is lost, nothing
//! is done twice, and what cannot be known is said to be unknown.

use std::sync::Arc;

use shipgate::chat::Memory as _;
use shipgate::clock::{Clock as _, SharedClock, Span};
use shipgate::domain::Id;
use shipgate::observer::Nobody;
use shipgate::store::{Advance, Advanced, Deed, Keyed, ServerTrouble, Store, StoreTrouble};
use sqlx::{AnyConnection, Connection as _};

use super::house::{House, LEASE, NOON, PLENTY, ask, by_hand, done, release, remark};
use crate::world::cutter::{Cut, Cutter};
use crate::world::postgres::{Server, Stop, shared};

/// The store of a house by way of a wire.
async fn by_way_of(house: &House, cutter: &Cutter, more: &str) -> Store {
    let url = house.url().replace(&format!(":{}/", shared().port), &format!(":{}/", cutter.port)) + more;
    let clock: SharedClock = Arc::clone(&house.clock) as SharedClock;
    Store::open(&url, vec!["terminal".to_owned()], clock, Arc::new(Nobody)).await.expect("a store")
}

/// Everything that a deed passes through: asked for with a key, its effect claimed, the result recorded, something
/// remembered, something noted.
async fn deed(store: &Store, n: usize) {
    let keyed = |key: &str| Keyed { caller: "ada".to_owned(), key: format!("{key} {n}"), hash: String::new() };
    let request = (keyed("asked"), Deed { at: NOON, fresh: None, on: None, card: None, shown: None });
    let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
    let asks = [ask(&format!("d{n}"), "health")];
    let asked = Advance { request: Some((&request.0, &request.1)), ..advance };
    let asked = store.advance(&asked, |place, _| Ok(by_hand(place, NOON, &[remark(n)], &asks, &[]))).await;
    let asked = done(asked.expect("it is asked for"));
    let claimed = store.claim_due(PLENTY, LEASE).await.expect("claims");
    let claims: Vec<(&Id, u32)> = claimed.iter().map(|one| (&one.claim.effect, one.tries)).collect();
    assert_eq!(claims, [(&asked.effects[0], 1)], "one, and for the first time");
    let ended = Advance { acknowledge: Some(&claimed[0].claim), ..advance };
    let ended = store.advance(&ended, |place, _| Ok(by_hand(place, NOON, &[remark(n)], &[], &[]))).await;
    assert_eq!(done(ended.expect("it is recorded")).last, asked.last + 1);
    store.memory("terminal").remember("last", &n.to_string()).await.expect("remembered");
    assert_eq!(store.memory("terminal").recall("last").await.expect("recalled"), Some(n.to_string()));
    store.note(&keyed("noted")).await.expect("noted");
    assert!(store.remembered(&keyed("noted")).await.expect("readable").is_some());
}

#[tokio::test]
async fn a_wire_that_is_cut_at_any_message_loses_nothing_and_does_nothing_twice() {
    let (house, cutter) = (House::new().await, Cutter::to(shared().port));
    let (store, mut deeds) = (by_way_of(&house, &cutter, "").await, 0);
    for cut in [Cut::Before, Cut::Heard, Cut::Answered] {
        for nth in 1.. {
            cutter.cuts_at(nth, "", cut);
            deeds += 1;
            deed(&store, deeds).await;
            if !cutter.has_cut() {
                assert!(nth > 20, "there were only {nth} messages");
                break;
            }
        }
    }
    let rows = i64::try_from(deeds).expect("not many") * 2;
    assert_eq!((house.count("ledger").await, house.count("requests").await), (rows, rows));
    assert_eq!(house.count("effects").await, 0);
    let report = house.store.audit().await.expect("an audit");
    assert!(report.is_clean(), "{report:#?}");
}

#[tokio::test]
async fn a_commit_of_which_the_server_does_not_say_whether_it_was_one_is_not_done_again() {
    let (house, cutter) = (House::new().await, Cutter::to(shared().port));
    // The server has forgotten what became of it: so it answers about what is very old.
    let name = house.url().rsplit('/').next().expect("a name").to_owned();
    let forgets = "CREATE SCHEMA forgets; CREATE FUNCTION forgets.pg_xact_status(xid8) RETURNS text LANGUAGE sql AS \
                   $$ SELECT CAST(NULL AS text) $$";
    shared().sql(&name, forgets).await;
    let store = by_way_of(&house, &cutter, "?options=-csearch_path%3Dpublic,forgets,pg_catalog").await;
    let advance = Advance { app: "hello", environment: "staging", ..Advance::default() };
    for (cut, entries) in [(Cut::Answered, 1), (Cut::Before, 1)] {
        cutter.cuts_at(1, "COMMIT\0", cut);
        let advanced = store.advance(&advance, |place, _| Ok(by_hand(place, NOON, &[remark(1)], &[], &[]))).await;
        let trouble = advanced.expect_err("nobody knows");
        assert!(trouble.is_open() && !trouble.is_passing() && !trouble.is_lasting(), "{trouble:?}");
        assert_eq!(house.count("ledger").await, entries);
    }
    let again = store.advance(&advance, |place, _| Ok(by_hand(place, NOON, &[remark(2)], &[], &[]))).await;
    assert!(matches!(again, Ok(Advanced::Done(done)) if done.last == 2));
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for_and_does_not_break_the_store() {
    let (house, cutter) = (House::new().await, Cutter::to(shared().port));
    let store = by_way_of(&house, &cutter, "").await;
    cutter.is_down(true);
    cutter.cuts_at(1, "", Cut::Before);
    let trouble = store.register(&release("v1")).await.expect_err("nobody is there");
    assert!(matches!(&trouble, StoreTrouble::Server { wrong: ServerTrouble::Unreachable, .. }), "{trouble:?}");
    assert!(!trouble.is_lasting());
    cutter.is_down(false);
    store.register(&release("v1")).await.expect("it is back");
    assert_eq!(house.count("releases").await, 1);
}

#[tokio::test]
async fn a_server_that_is_restarted_is_gone_on_with() {
    let server = Server::start();
    let url = server.url(&server.database().await);
    let store = Store::open(&url, Vec::new(), shipgate::clock::SystemClock::real(), Arc::new(Nobody)).await;
    let store = store.expect("a store");
    for (how, version) in [(Stop::Fast, "v1"), (Stop::Immediate, "v2")] {
        server.stop(how);
        server.start_again();
        store.register(&release(version)).await.expect("registered");
        assert_eq!(store.releases("hello", 1).await.expect("readable")[0].version, version);
    }
}

#[tokio::test]
async fn a_server_that_takes_no_writes_for_a_while_is_waited_for_and_one_whose_tables_are_gone_is_not() {
    let house = House::new().await;
    let name = house.url().rsplit('/').next().expect("a name").to_owned();
    let cutter = Cutter::to(shared().port);
    let store = by_way_of(&house, &cutter, "").await;
    // Its next connection leads to a server that stands by.
    shared().sql(&name, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
    cutter.cuts_at(1, "", Cut::Before);
    let trouble = store.register(&release("v1")).await.expect_err("it takes no writes");
    assert!(matches!(&trouble, StoreTrouble::Server { wrong: ServerTrouble::ReadOnly, .. }), "{trouble:?}");
    shared().sql("postgres", &format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await;
    store.register(&release("v1")).await.expect("it takes writes again");
    assert_eq!(store.releases("hello", 9).await.expect("readable").len(), 1);
    house.tamper("ALTER TABLE releases RENAME TO elsewhere").await;
    let trouble = store.register(&release("v2")).await.expect_err("it is not there");
    assert!(matches!(&trouble, StoreTrouble::Server { wrong: ServerTrouble::Gone, .. }), "{trouble:?}");
    assert_eq!(store.broken().await, trouble, "people must see to that");
}

#[tokio::test]
async fn a_database_that_another_holds_for_too_long_is_busy_and_can_be_read() {
    let house = House::new().await;
    let mut holder = AnyConnection::connect(&house.url()).await.expect("a connection");
    let hold = "BEGIN; SELECT 1 FROM pg_advisory_xact_lock(1397246288, CAST(CAST(CAST('schema_info' AS regclass) AS oid) \
                AS integer))";
    sqlx::raw_sql(hold).execute(&mut holder).await.expect("held");
    let (first, read) = (release("v1"), house.store.releases("hello", 9));
    let (written, read) = tokio::join!(house.store.register(&first), read);
    assert_eq!((written, read), (Err(StoreTrouble::Busy), Ok(Vec::new())));
    let waiting = house.store.register(&first);
    let letting_go = async {
        sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.expect("let go of");
    };
    let (written, ()) = tokio::join!(waiting, letting_go);
    written.expect("it waited for its turn");
    assert_eq!(house.clock.now().since(NOON), Span(0));
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes_whatever_the_order_of_the_server() {
    let house = House::new().await;
    let mut connection = AnyConnection::connect(&house.url()).await.expect("a connection");
    let words = "SELECT string_agg(word, ' ' ORDER BY word) FROM (VALUES ('b'), ('A'), ('a'), ('B')) AS v (word)";
    let theirs: String = sqlx::query_scalar(words).fetch_one(&mut connection).await.expect("an order");
    assert_eq!(theirs, "a A b B", "else this shows nothing");
    for name in ["d-b", "d-A", "d-a", "d-B"] {
        house.commit(vec![], vec![ask(name, "health")], vec![]).await;
    }
    let ours = "SELECT string_agg(owner, ' ' ORDER BY owner) FROM effects";
    let ours: String = sqlx::query_scalar(ours).fetch_one(&mut connection).await.expect("an order");
    assert_eq!(ours, "d-A d-B d-a d-b");
    connection.close().await.expect("closed");
}
