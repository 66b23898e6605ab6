//! Opening: what is created, what is refused, and what a refusal leaves behind.

use std::path::Path;
use std::sync::Arc;

use shipgate::clock::SystemClock;
use shipgate::observer::Nobody;
use shipgate::store::{MIGRATIONS, SCHEMA, Store, StoreTrouble};
use sqlx::{AnyConnection, Connection as _};

use super::house::{House, release};

async fn open(url: &str) -> Result<Store, StoreTrouble> {
    Store::open(url, Vec::new(), SystemClock::real(), Arc::new(Nobody)).await
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

async fn sql(path: &Path, statements: &[&str]) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("{}?mode=rwc", url(path))).await.expect("a connection");
    for statement in statements {
        sqlx::raw_sql(sqlx::AssertSqlSafe(*statement)).execute(&mut connection).await.expect(statement);
    }
    connection.close().await.expect("closed");
}

#[test]
fn the_list_of_migrations_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("UTF-8"))
        .collect();
    files.sort();
    let listed: Vec<String> = MIGRATIONS.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
    assert_eq!(files, listed);
    let numbers: Vec<i64> = MIGRATIONS.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=SCHEMA).collect::<Vec<_>>(), "numbers without a gap");
}

#[test]
fn migrations_keep_to_portable_types() {
    for (_, name, text) in MIGRATIONS {
        let statements: String = text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join("\n");
        for word in ["BOOLEAN", "BLOB", "JSON", "UUID", "TIMESTAMP", "SERIAL", "IDENTITY", "STRICT", "ROWID", "LIKE"] {
            assert!(!statements.to_uppercase().contains(word), "{name} uses {word}");
        }
        for column in statements.lines().filter(|l| l.starts_with("    ") && !l.contains("PRIMARY KEY (")) {
            assert!(column.contains("NOT NULL"), "{name}: {column}");
        }
    }
}

#[tokio::test]
async fn a_new_file_is_made_and_is_durable() {
    let house = House::new().await;
    house.store.ping().await.expect("it answers");
    let mut connection = AnyConnection::connect(&house.url()).await.expect("a connection");
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.expect("a mode");
    assert_eq!(mode, "wal");
    #[cfg(unix)]
    for name in ["shipgate.db", "shipgate.db-wal"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(house.folder.path().join(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} is for its owner alone");
    }
    assert_eq!(house.count(&format!("schema_info WHERE version = {SCHEMA} AND readable_from = 1")).await, 1);
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("not here");
    let trouble = open(&url(&missing.join("shipgate.db"))).await.err();
    assert_eq!(trouble, Some(StoreTrouble::NoFolder { path: missing }));
}

#[tokio::test]
async fn odd_names_of_files_are_no_trouble() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("日本 #1 100%.db");
    let encoded = format!("sqlite://{}/日本 %231 100%25.db", folder.path().display());
    open(&encoded).await.expect("a store").close().await;
    assert!(path.is_file());
}

#[tokio::test]
async fn addresses_that_cannot_be_used_say_why() {
    for (url, why) in [
        ("mysql://host/db", "it must begin with sqlite:// or postgres://"),
        ("sqlite::memory:", "a database in memory would forget everything; name a file"),
        ("sqlite://", "it names no file"),
        ("sqlite:///tmp/x.db?cache=shared", "of options it knows mode=rwc, mode=rw, mode=ro and max_pages=<number>"),
    ] {
        let trouble = open(url).await.err();
        assert_eq!(trouble, Some(StoreTrouble::BadUrl { reason: why.to_owned() }), "{url}");
    }
}

#[tokio::test]
async fn something_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.txt");
    let letter = b"Dear diary, this is no database. ".repeat(100);
    std::fs::write(&path, &letter).expect("written");
    assert!(matches!(open(&url(&path)).await, Err(StoreTrouble::NotADatabase { .. })));
    assert_eq!(std::fs::read(&path).expect("read"), letter);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("photos.db");
    sql(&path, &["CREATE TABLE photos (id BIGINT)"]).await;
    let bytes = std::fs::read(&path).expect("read");
    assert_eq!(open(&url(&path)).await.err(), Some(StoreTrouble::Foreign { database: path.display().to_string() }));
    assert_eq!(std::fs::read(&path).expect("read"), bytes);
}

#[tokio::test]
async fn a_newer_database_that_cannot_be_read_is_refused_to_the_byte() {
    let house = House::new().await;
    house.tamper("UPDATE schema_info SET version = 99, readable_from = 98").await;
    house.store.close().await;
    let (bytes, database) = (std::fs::read(house.file()).expect("read"), house.file().display().to_string());
    let trouble = open(&house.url()).await.err();
    assert_eq!(trouble, Some(StoreTrouble::Newer { database, needs: 98, knows: SCHEMA }));
    assert_eq!(std::fs::read(house.file()).expect("read"), bytes);
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused() {
    let house = House::new().await;
    house.store.close().await;
    let trouble = open(&format!("{}?mode=ro", house.url())).await.err();
    assert!(matches!(trouble, Some(StoreTrouble::ReadOnly { .. })), "{trouble:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_only_be_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).expect("permissions");
    let root = std::fs::write(folder.path().join("probe"), "").is_ok();
    let opened = open(&url(&folder.path().join("shipgate.db"))).await;
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("permissions");
    // Nothing is read-only to the superuser.
    assert!(root || matches!(opened, Err(StoreTrouble::ReadOnly { .. })));
}

#[tokio::test]
async fn a_full_disk_is_named_and_leaves_a_valid_database() {
    let house = House::new().await;
    house.store.close().await;
    let pages = std::fs::metadata(house.file()).expect("a file").len() / 4096;
    let tight = open(&format!("{}?max_pages={}", house.url(), pages + 4)).await.expect("a store");
    let mut full = None;
    for n in 0..2_000 {
        let mut release = release(&format!("v{n}"));
        release.notes = Some("x".repeat(900));
        if let Err(trouble) = tight.register(&release).await {
            full = Some((n, trouble));
            break;
        }
    }
    let (written, trouble) = full.expect("it fills up");
    assert_eq!(trouble, StoreTrouble::Full { path: house.file() });
    assert!(matches!(tight.register(&release("again")).await, Ok(_) | Err(StoreTrouble::Full { .. })));
    assert!(tight.releases("hello", 9).await.is_ok(), "readings go on");
    tight.close().await;
    let roomy = house.another().await;
    let kept = roomy.releases("hello", 9_999).await.expect("releases").len();
    assert!(kept == written || kept == written + 1, "{kept} of {written}");
    roomy.register(&release("after")).await.expect("there is room again");
}
