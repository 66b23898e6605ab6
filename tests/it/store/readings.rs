//! Readings: releases, history, smoke tests, answers by idempotency key.

use shipgate::domain::{Event, Note, Span};
use shipgate::store::{Registered, StoreTrouble};

use super::house::{House, done, id, is_look, release, request};

#[tokio::test]
async fn a_version_never_changes_its_image() {
    let house = House::new().await;
    let (first, mut other) = (release("v1"), release("v1"));
    assert_eq!(house.store.register(&first).await.expect("answered"), Registered::New);
    let mut noted = first.clone();
    noted.notes = Some("other words".to_owned());
    assert_eq!(house.store.register(&noted).await.expect("answered"), Registered::Same(first.clone()));
    other.digest = release("v2").digest;
    assert_eq!(house.store.register(&other).await.expect("answered"), Registered::Clash(first.clone()));
    assert_eq!(house.store.release("hello", "v1").await.expect("readable"), Some(first));
    assert_eq!(house.store.release("other", "v1").await.expect("readable"), None);
}

/// Asks for a deployment and lets it fail at once.
async fn fail(house: &House, name: &str) {
    done(house.happen(request(name)).await);
    let look = house.claim_one(is_look).await;
    let failed = Event::LookFailed { deployment: Some(id(name)), note: Note::new("down") };
    done(house.result(Some(&look.claim), failed).await);
}

#[tokio::test]
async fn history_is_newest_first_and_has_pages() {
    let house = House::new().await;
    house.store.register(&release("v1")).await.expect("registered");
    for n in 1..=5 {
        // Two in the same millisecond, too.
        house.clock.pass(Span(n % 2));
        fail(&house, &format!("d{n}")).await;
    }
    let names = |list: &[shipgate::domain::Deployment]| list.iter().map(|d| d.id.0.clone()).collect::<Vec<_>>();
    let first = house.store.history("hello", Some("staging"), 3, None).await.expect("readable");
    assert_eq!(names(&first), ["d5", "d4", "d3"]);
    let rest = house.store.history("hello", None, 9, first.last()).await.expect("readable");
    assert_eq!(names(&rest), ["d2", "d1"]);
    assert_eq!(house.store.history("hello", Some("production"), 9, None).await.expect("readable"), []);
    assert_eq!(house.store.open_deployments().await.expect("readable"), []);
    done(house.happen(request("d6")).await);
    assert_eq!(names(&house.store.open_deployments().await.expect("readable")), ["d6"]);
}

#[tokio::test]
async fn history_stays_flat_by_its_indexes() {
    let house = House::new().await;
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&house.url()).await.expect("a connection");
    for (statement, index) in [
        ("SELECT state FROM deployments WHERE phase <> 'closed'", "deployments_open"),
        (
            "SELECT state FROM deployments WHERE app = 'a' AND environment = 'b' AND created_at < 9 \
             ORDER BY created_at DESC, id DESC LIMIT 5",
            "deployments_of_environment",
        ),
        ("SELECT data FROM ledger WHERE owner = 'd' AND owner <> '' ORDER BY seq", "ledger_of_owner"),
        ("SELECT app FROM environments WHERE wake_at <= 5 AND wake_at < 9223372036854775807", "environments_wake"),
    ] {
        let plan: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .fetch_all(&mut connection)
            .await
            .expect(statement)
            .iter()
            .map(|row| sqlx::Row::get(row, "detail"))
            .collect();
        assert!(plan.iter().any(|line| line.contains(index)), "{statement}: {plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{statement}: {plan:?}");
    }
}

#[test]
fn every_trouble_has_words_in_every_language() {
    let path = std::path::PathBuf::from("/data/shipgate.db");
    let text = "x".to_owned();
    let troubles = [
        StoreTrouble::BadUrl { reason: text.clone() },
        StoreTrouble::NoFolder { path: path.clone() },
        StoreTrouble::ReadOnly { path: path.clone(), text: text.clone() },
        StoreTrouble::NotADatabase { path: path.clone(), text: text.clone() },
        StoreTrouble::Foreign { path: path.clone() },
        StoreTrouble::Newer { path: path.clone(), needs: 2, knows: 1 },
        StoreTrouble::Busy,
        StoreTrouble::Full { path: path.clone() },
        StoreTrouble::Io { path, text: text.clone() },
        StoreTrouble::Inconsistent { text: text.clone() },
        StoreTrouble::Other { text },
    ];
    for locale in [include_str!("../../../locales/en.ftl"), include_str!("../../../locales/ja.ftl")] {
        for note in troubles.iter().map(StoreTrouble::note) {
            let head = format!("{} = ", note.key);
            let line = locale.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("{}", note.key));
            for name in note.args.keys() {
                assert!(line.contains(&format!("{{ ${name} }}")), "{line} leaves {name} out");
            }
        }
    }
}
