//! `shipgate audit verify`: clean, missing, and touched behind Shipgate's back.

use serde_json::json;

use super::database::Database;
use super::run::{Home, url};

/// A database with a few entries in one ledger: looks, a lock, and that it was lifted.
async fn with_a_ledger() -> (Home, Database) {
    let home = Home::new();
    let mut running = home.run("http://127.0.0.1:9");
    running.program.line("put down");
    for line in ["/lock staging one", "/unlock staging", "/lock staging two", "/unlock staging", "/lock staging three"]
    {
        let (status, said) = running.post("/api/v1/commands", json!({ "line": line })).await;
        assert_eq!(status, 200, "{said}");
    }
    running.program.stop("TERM").with(0);
    let database = Database::at(&home);
    assert!(database.count("ledger").await >= 5);
    (home, database)
}

#[tokio::test]
async fn a_whole_ledger_is_called_whole() {
    let (home, database) = with_a_ledger().await;
    let ended = home.shipgate(&["audit", "verify"]).ended().with(0);
    let entries = database.count("ledger").await.to_string();
    assert!(ended.out.contains(&entries) && ended.err.is_empty(), "{ended:?}");
    // Without DATABASE_URL the file says where it is; with neither there is nothing to verify.
    let config = std::fs::read_to_string(home.file("shipgate.toml")).expect("the config");
    let config = format!("[database]\nurl = \"{}\"\n{config}", url(&home.database()));
    std::fs::write(home.file("other.toml"), config).expect("a config");
    let args = ["audit", "verify", "--config", "other.toml"];
    assert_eq!(home.shipgate(&args).env("DATABASE_URL", "").ended().with(0).out, ended.out);
}

#[test]
fn a_missing_database_is_told_and_not_made() {
    let home = Home::new();
    let ended = home.shipgate(&["audit", "verify"]).ended().with(1);
    assert!(ended.err.contains("shipgate.db") && ended.err.contains("DATABASE_URL"), "{}", ended.err);
    assert!(!home.database().exists());
}

#[tokio::test]
async fn every_touched_row_is_named() {
    let (home, database) = with_a_ledger().await;
    let whole = std::fs::read(home.database()).expect("a database");
    let columns = "app, environment, seq, at, kind, owner, who, data, previous, hash";
    for (touch, named) in [
        ("UPDATE ledger SET data = '{}' WHERE seq = 2", "2"),
        ("UPDATE ledger SET who = 'null' WHERE seq = 3", "3"),
        ("DELETE FROM ledger WHERE seq = 3", "3"),
        (
            "INSERT INTO ledger (COLUMNS) SELECT app, environment, (SELECT MAX(seq) + 1 FROM ledger), at, kind, owner, \
             who, data, previous, hash FROM ledger WHERE seq = 2",
            "last",
        ),
        ("DELETE FROM ledger WHERE seq = (SELECT MAX(seq) FROM ledger)", "cut"),
    ] {
        std::fs::write(home.database(), &whole).expect("a copy");
        let last = database.number("SELECT MAX(seq) FROM ledger").await;
        database.tamper(&touch.replace("COLUMNS", columns)).await;
        let ended = home.shipgate(&["audit", "verify"]).ended().with(1);
        let named = match named {
            "last" => (last + 1).to_string(),
            "cut" => last.to_string(),
            seq => seq.to_owned(),
        };
        let first = ended.out.lines().next().unwrap_or_default();
        assert!(first.contains("hello") && first.contains("staging") && first.contains(&named), "{touch}: {ended:?}");
        assert_eq!(ended.err, "", "{touch}");
        let japanese = home.shipgate(&["audit", "verify"]).env("LANG", "ja_JP.UTF-8").ended().with(1);
        assert!(japanese.out.contains(&named) && japanese.out != ended.out, "{touch}: {japanese:?}");
    }
}

#[tokio::test]
async fn a_changed_state_is_named_though_the_ledger_is_whole() {
    let (home, database) = with_a_ledger().await;
    database.tamper("UPDATE environments SET state = replace(state, '\"attempt\":0', '\"attempt\":7')").await;
    let ended = home.shipgate(&["audit", "verify"]).ended().with(1);
    assert!(ended.out.contains("staging"), "{ended:?}");
}

/// It may be verified at any time, also while it runs.
#[tokio::test]
async fn a_database_in_use_is_verified() {
    let home = Home::new();
    let mut running = home.run("http://127.0.0.1:9");
    running.program.line("put down");
    home.shipgate(&["audit", "verify"]).ended().with(0);
    assert_eq!(running.get("/health").await.0, 200);
    running.program.stop("TERM").with(0);
}
