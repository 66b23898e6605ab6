//! Starting: on what is there, on what is not, and beside others.

use std::sync::Arc;

use shipgate::clock::SystemClock;
use shipgate::domain::Event;
use shipgate::observer::Nobody;
use shipgate::store::{MIGRATIONS, Store};

use super::house::{House, done, release, remark};

#[tokio::test]
async fn releases_of_before_are_known_as_one_way_by_their_bodies() {
    let house = House::new().await;
    let (mut marked, plain) = (release("v1"), release("v2"));
    marked.one_way = true;
    let wordy = shipgate::domain::Release { notes: Some(r#"not "one_way":true"#.to_owned()), ..release("v3") };
    for release in [&marked, &plain, &wordy] {
        house.store.register(release).await.expect("registered");
    }
    let backfill =
        MIGRATIONS.iter().flat_map(|(.., text)| text.lines()).find(|line| line.starts_with("UPDATE releases"));
    house.tamper("UPDATE releases SET one_way = 0").await;
    house.tamper(backfill.expect("a statement")).await;
    assert_eq!(house.count("releases WHERE one_way = 1 AND version = 'v1'").await, 1);
    assert_eq!(house.count("releases WHERE one_way = 1").await, 1);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(Event::Started).await);
    house.commit(vec![remark(1)], vec![], vec![]).await;
    let before = house.store.environment("hello", "staging").await.expect("an environment");
    house.store.close().await;
    let again = house.another().await;
    assert_eq!(again.environment("hello", "staging").await.expect("an environment"), before);
    assert_eq!(again.releases("hello", 9).await.expect("releases"), [release("v1")]);
}

#[tokio::test]
async fn a_newer_database_that_says_it_can_be_read_is_taken() {
    let house = House::new().await;
    house.tamper("UPDATE schema_info SET version = 99").await;
    house.tamper("ALTER TABLE environments ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'").await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (99, 'mood', TRUE, 'ab', 1)";
    house.tamper(newer).await;
    house.store.close().await;
    let store = house.another().await;
    assert_eq!(store.environment("hello", "staging").await.expect("an environment").mark, "");
}

#[tokio::test]
async fn those_that_start_at_once_on_a_new_database_all_come_up() {
    for _ in 0..10 {
        let folder = tempfile::tempdir().expect("a folder");
        let url = House::empty(folder.path()).await;
        let open = || Store::open(&url, Vec::new(), SystemClock::real(), Arc::new(Nobody));
        let stores = futures::future::join_all([open(), open(), open()]).await;
        let stores: Vec<Store> = stores.into_iter().map(|store| store.expect("a store")).collect();
        stores[0].register(&release("v1")).await.expect("registered");
        for store in &stores {
            assert_eq!(store.releases("hello", 9).await.expect("releases").len(), 1);
            store.close().await;
        }
    }
}
