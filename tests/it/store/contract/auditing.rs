//! The audit: each way to touch a ledger behind Shipgate's back has its own name.

use shipgate::domain::Event;
use shipgate::store::Wrong;
use sqlx::{AnyConnection, Connection as _, Row as _};

use super::house::{House, done, id, is_look, release, remark, request, runs};

async fn ten_entries() -> House {
    let house = House::new().await;
    for n in 1..=10 {
        house.commit(vec![remark(n)], vec![], vec![]).await;
    }
    assert!(house.store.audit().await.expect("an audit").is_clean());
    house
}

async fn wrong(house: &House) -> Vec<Wrong> {
    let report = house.store.audit().await.expect("an audit");
    for finding in &report.findings {
        assert_eq!((finding.app.as_str(), finding.environment.as_str()), ("hello", "staging"));
    }
    report.findings.into_iter().map(|finding| finding.wrong).collect()
}

#[tokio::test]
async fn a_changed_row_is_named() {
    for change in ["data = '{}'", "who = 'null'", "at = at + 1", "kind = 'unlocked'", "owner = 'd9'", "hash = 'ff'"] {
        let house = ten_entries().await;
        house.tamper(&format!("UPDATE ledger SET {change} WHERE seq = 4")).await;
        assert_eq!(wrong(&house).await, [Wrong::Changed { seq: 4 }], "{change}");
    }
}

#[tokio::test]
async fn a_changed_first_or_last_row_is_named() {
    for seq in [1, 10] {
        let house = ten_entries().await;
        house.tamper(&format!("UPDATE ledger SET data = '{{}}' WHERE seq = {seq}")).await;
        assert_eq!(wrong(&house).await, [Wrong::Changed { seq }]);
    }
}

#[tokio::test]
async fn a_row_that_was_rewritten_with_its_hash_is_named() {
    for seq in [4, 10] {
        let house = ten_entries().await;
        forge(&house, seq, seq, "{}").await;
        assert_eq!(wrong(&house).await, [Wrong::Changed { seq }], "{seq}");
    }
}

#[tokio::test]
async fn removed_rows_are_named() {
    let house = ten_entries().await;
    house.tamper("DELETE FROM ledger WHERE seq IN (4, 5)").await;
    assert_eq!(wrong(&house).await, [Wrong::Removed { from: 4, to: 5 }]);
    house.tamper("UPDATE ledger SET seq = seq - 2 WHERE seq > 5").await;
    assert_eq!(wrong(&house).await, [Wrong::Removed { from: 4, to: 5 }], "renumbering hides nothing");
    let house = ten_entries().await;
    house.tamper("DELETE FROM ledger WHERE seq = 1").await;
    assert_eq!(wrong(&house).await, [Wrong::Removed { from: 1, to: 1 }]);
}

#[tokio::test]
async fn an_inserted_row_is_named() {
    let house = ten_entries().await;
    house.tamper("UPDATE ledger SET seq = -seq WHERE seq > 4").await;
    house.tamper("UPDATE ledger SET seq = 1 - seq WHERE seq < 0").await;
    forge(&house, 4, 5, "{}").await;
    assert_eq!(wrong(&house).await, [Wrong::Inserted { seq: 5 }]);
}

#[tokio::test]
async fn a_row_put_behind_the_end_is_named() {
    let house = ten_entries().await;
    forge(&house, 10, 11, "{}").await;
    assert_eq!(wrong(&house).await, [Wrong::Inserted { seq: 11 }]);
}

#[tokio::test]
async fn a_cut_end_is_named() {
    let house = ten_entries().await;
    house.tamper("DELETE FROM ledger WHERE seq > 7").await;
    assert_eq!(wrong(&house).await, [Wrong::Cut { from: 8, to: 10 }]);
    house.tamper("DELETE FROM ledger").await;
    assert_eq!(wrong(&house).await, [Wrong::Cut { from: 1, to: 10 }]);
}

#[tokio::test]
async fn a_lost_environment_is_named() {
    let house = ten_entries().await;
    house.tamper("DELETE FROM environments").await;
    assert!(wrong(&house).await.contains(&Wrong::NoRow));
}

#[tokio::test]
async fn two_things_that_are_wrong_are_both_named() {
    let house = ten_entries().await;
    house.tamper("UPDATE ledger SET data = '{}' WHERE seq = 3").await;
    house.tamper("DELETE FROM ledger WHERE seq = 7").await;
    assert_eq!(wrong(&house).await, [Wrong::Changed { seq: 3 }, Wrong::Removed { from: 7, to: 7 }]);
}

#[tokio::test]
async fn a_row_that_differs_from_its_ledger_is_named() {
    let house = ten_entries().await;
    house.tamper(r#"UPDATE environments SET state = replace(state, '"attempt":0', '"attempt":5')"#).await;
    assert_eq!(wrong(&house).await, [Wrong::RowDiffers]);
}

#[tokio::test]
async fn a_deployment_that_differs_from_its_ledger_is_named() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(request("d1")).await);
    let look = house.claim_one(is_look).await;
    let note = shipgate::domain::Note::new("down");
    done(house.result(Some(&look.claim), Event::LookFailed { deployment: Some(id("d1")), note }).await);
    assert_eq!(wrong(&house).await, []);
    house.tamper(r#"UPDATE deployments SET state = replace(state, 'terminal:ada', 'terminal:eve')"#).await;
    assert_eq!(wrong(&house).await, [Wrong::DeploymentDiffers { deployment: "d1".to_owned() }]);
}

#[tokio::test]
async fn an_entry_of_a_newer_program_is_verified_and_not_read() {
    let house = ten_entries().await;
    forge(&house, 10, 11, "{}").await;
    house.tamper("UPDATE ledger SET kind = 'danced' WHERE seq = 11").await;
    rehash(&house, 11).await;
    house.tamper("UPDATE environments SET seq = 11, state = replace(state, '\"seq\":10', '\"seq\":11'), head = (SELECT hash FROM ledger WHERE seq = 11)").await;
    assert_eq!(wrong(&house).await, [Wrong::Unreadable { seq: 11 }]);
}

#[tokio::test]
async fn environments_do_not_mix() {
    let house = ten_entries().await;
    house.store.register(&release("v1")).await.expect("registered");
    done(house.happen(Event::Started).await);
    let look = house.claim_one(is_look).await;
    done(house.result(Some(&look.claim), Event::Looked { deployment: None, attempt: 0, found: runs("v1") }).await);
    let report = house.store.audit().await.expect("an audit");
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!((report.environments, report.entries), (1, 11));
    for note in report.findings.iter().map(shipgate::store::Finding::note) {
        assert!(note.key.starts_with("audit-"));
    }
}

/// Writes a row with other data where `seq` is, made from the row at `from`, with a hash that fits it.
async fn forge(house: &House, from: i64, seq: i64, data: &str) {
    let mut connection = AnyConnection::connect(&house.url()).await.expect("a connection");
    let previous: String = sqlx::query(if from == seq {
        "SELECT previous FROM ledger WHERE seq = $1"
    } else {
        "SELECT hash FROM ledger WHERE seq = $1"
    })
    .bind(from)
    .fetch_one(&mut connection)
    .await
    .expect("a row")
    .get(0);
    sqlx::query("DELETE FROM ledger WHERE seq = $1").bind(seq).execute(&mut connection).await.expect("deleted");
    sqlx::query(
        "INSERT INTO ledger (app, environment, seq, at, kind, who, data, owner, previous, hash) \
         VALUES ('hello', 'staging', $1, 1790000000000, 'look_failed', 'null', $2, '', $3, '')",
    )
    .bind(seq)
    .bind(data)
    .bind(previous)
    .execute(&mut connection)
    .await
    .expect("inserted");
    connection.close().await.expect("closed");
    rehash(house, seq).await;
}

/// The forger knows how hashes are made.
async fn rehash(house: &House, seq: i64) {
    use sha2::Digest as _;
    let mut connection = AnyConnection::connect(&house.url()).await.expect("a connection");
    let row = sqlx::query("SELECT * FROM ledger WHERE seq = $1").bind(seq).fetch_one(&mut connection).await;
    let row = row.expect("a row");
    let text = |name: &str| row.get::<String, _>(name);
    let (at, who, data) = (row.get::<i64, _>("at"), text("who"), text("data"));
    let whole =
        serde_json::json!([text("previous"), text("app"), text("environment"), seq, at, text("kind"), who, data]);
    let hash: String =
        sha2::Sha256::digest(whole.to_string().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    sqlx::query("UPDATE ledger SET hash = $1 WHERE seq = $2")
        .bind(hash)
        .bind(seq)
        .execute(&mut connection)
        .await
        .expect("rehashed");
    connection.close().await.expect("closed");
}
