//! What an older program wrote down: it lacks what came later, and is read all the same.

use std::path::Path;

use serde_json::{Value, json};
use shipgate::clock::{Span, SystemClock};
use shipgate::domain::{Deployment, Effect, Found, Phase, Requested};
use shipgate::store::{MIGRATIONS, Room, Store};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, Connection as _, Executor as _, SqlSafeStr as _};

use super::house::show;

/// A database as the program left it that knew so many migrations.
async fn left_by(path: &Path, known: i64) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut database = AnyConnection::connect(&url).await.expect("a database");
    let migration = |(number, name, text): &(i64, &'static str, &'static str)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    let list = MIGRATIONS.iter().filter(|(number, ..)| *number <= known).map(migration).collect();
    Migrator::with_migrations(list).run_direct(None, &mut database, false).await.expect("migrated");
    database
}

#[tokio::test]
async fn effects_of_before_paces_were_kept_are_performed_and_what_was_taken_is_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shipgate.db");
    let mut database = left_by(&path, 5).await;
    let card = serde_json::to_string(&show("d1")).expect("JSON");
    let effect = sqlx::query(
        "INSERT INTO effects (id, bench, lane, app, environment, owner, card, chat, kind, body, created_at, due_at, tries, \
         claim, claimed_until, cancelled, generation, trouble, troubled_at) VALUES ('e1', 'chat', 'l', 'hello', 'staging', \
         'd1', 'deployment/d1', 'terminal', 'show', $1, 1, 1, 0, '', 0, 0, 1, '', 0)",
    );
    effect.bind(card).execute(&mut database).await.expect("an effect");
    let remembered = "INSERT INTO chat_memory (chat, name, value, at) VALUES ('slack', 'interaction/1', '', 1), \
                      ('slack', 'card/deployment/d1', '{}', 1)";
    database.execute(remembered).await.expect("memories");
    database.close().await.expect("closed");
    let observer = std::sync::Arc::new(shipgate::observer::Nobody);
    let chats = vec!["terminal".to_owned()];
    let store = Store::open(&format!("sqlite://{}", path.display()), chats, SystemClock::real(), observer).await;
    let store = store.expect("a store");
    let room = Room { targets: 1, checks: 1, chats: 1 };
    let claimed = store.claim_due(room, Span::seconds(15)).await.expect("claims");
    assert_eq!(claimed.iter().map(|one| &one.effect).collect::<Vec<_>>(), [&show("d1")]);
    let mut database = AnyConnection::connect(&format!("sqlite://{}", path.display())).await.expect("a database");
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM chat_memory").fetch_one(&mut database).await;
    assert_eq!(count.ok(), Some(1_i64));
}

#[test]
fn a_rollback_of_before_images_were_asked_about_is_read() {
    let release = json!({
        "app": "hello", "version": "v1", "image": "registry.fly.io/hello@sha256:1", "digest": "sha256:1",
        "one_way": false, "registered_at": 0,
    });
    let ada = json!({"identity": "terminal:ada", "person": "ada", "name": "ada"});
    let deployment: Deployment = read(json!({
        "id": "d1", "app": "hello", "environment": "staging", "kind": "rollback", "release": release, "from": null,
        "reason": null, "requested_by": ada, "requested_at": 0, "gives_up_at": 1, "phase": "queued", "phase_since": 0,
        "revision": 1, "plan": null, "gates": [], "asked_at": null, "attempt": 0, "settling": false, "rules": [],
        "undecided_until": null, "cause": null, "outcome": null, "closed_at": null,
    }));
    assert_eq!((deployment.phase, deployment.named, deployment.passed_over.len()), (Phase::Queued, false, 0));
    let requested: Requested =
        read(json!({"deployment": "d1", "kind": "rollback", "release": release, "reason": null, "gives_up_at": 1}));
    assert!(!requested.named);
    let target = json!({"kind": "fly", "settings": {}, "fenced": true});
    let look: Effect = read(json!({"effect": "look", "target": target, "deployment": "d1"}));
    assert!(matches!(look, Effect::Look { images, .. } if images.is_empty()));
    let found: Found = read(json!({"machines": [], "stamp": 3}));
    assert!(found.gone.is_empty());
}

/// Reads it, and sees that writing it again says no more than was said before.
fn read<T: serde::de::DeserializeOwned + serde::Serialize>(stored: Value) -> T {
    let value: T = serde_json::from_value(stored.clone()).expect("it can be read");
    assert_eq!(without_nulls(serde_json::to_value(&value).expect("JSON")), without_nulls(stored));
    value
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect(),
        other => other,
    }
}
