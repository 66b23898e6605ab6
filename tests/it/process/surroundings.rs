//! Surroundings that do not fit: each is told in clear words on standard error, with exit code 1, and nothing is
//! spoilt by the attempt.

use std::path::Path;

use shipgate::clock::{self, Span, SystemClock};
use tokio::net::TcpListener;

use super::database::Database;
use super::run::{ADA, BOB, Home, url};
use crate::world::process::{Ended, shipgate};

/// That it ended at once with 1, with these words on standard error, and said nothing secret.
#[track_caller]
fn complains(ended: Ended, words: &[&str]) {
    let ended = ended.with(1);
    assert_eq!(ended.out, "");
    for words in words {
        assert!(ended.err.contains(words), "no {words:?} in:\n{}", ended.err);
    }
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    assert!(!ended.err.contains(ADA) && !ended.err.contains(BOB), "a token in:\n{}", ended.err);
}

#[test]
fn a_missing_config_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for args in [&["run"][..], &["check"], &["audit", "verify"]] {
        let ended = shipgate(args).inside(folder.path()).ended();
        complains(ended, &["shipgate.toml", "there is no such file", "--config PATH"]);
    }
    let ended = shipgate(&["check", "--config", "nowhere/else.toml"]).inside(folder.path()).ended();
    complains(ended, &["nowhere/else.toml", "there is no such file"]);
    let ended = shipgate(&["check"]).env("SHIPGATE_CONFIG", folder.path()).ended();
    complains(ended, &["this is a folder", "Name the file in it"]);
}

#[test]
fn every_problem_of_a_config_is_told_with_its_line_and_what_to_write() {
    let home = Home::new();
    let config = "tme_zone = \"Asia/Tokyo\"\nlocale = \"fr\"\n[[apps]]\nname = \"hello\"\n[[apps.environments]]\n\
                  name = \"staging\"\ntarget = { kind = \"fly\", app = \"hello\", strategy = \"rollin\" }\n";
    std::fs::write(home.file("shipgate.toml"), config).expect("a config");
    for args in [["run"], ["check"]] {
        let words = [
            "shipgate.toml:1:1",
            "did you mean \"time_zone\"?",
            "Write `time_zone`.",
            "shipgate.toml:2:",
            "`locale` cannot be \"fr\"",
            "shipgate.toml:7:",
            "did you mean \"rolling\"?",
        ];
        complains(home.shipgate(&args).ended(), &words);
    }
    std::fs::write(home.file("shipgate.toml"), "[[apps]\n").expect("a config");
    complains(home.shipgate(&["check"]).ended(), &["shipgate.toml:1:", "not valid TOML"]);
    std::fs::write(home.file("shipgate.toml"), b"\xff\xfe").expect("a config");
    complains(home.shipgate(&["check"]).ended(), &["not UTF-8"]);
    std::fs::write(home.file("shipgate.toml"), "").expect("a config");
    complains(home.shipgate(&["check"]).ended(), &["there is no app in this file"]);
    assert!(!home.database().exists(), "a database was made all the same");
}

#[test]
fn a_missing_or_broken_variable_is_named_and_never_repeated() {
    let home = Home::new();
    for args in [["run"], ["check"]] {
        let ended = home.shipgate(&args).env("FLY_API_TOKEN", "").ended();
        complains(ended, &["FLY_API_TOKEN is not set", "fly tokens create deploy -a hello-staging"]);
    }
    let secret = "fo1_this-is-secret";
    for (name, value, words) in [
        ("FLY_API_TOKEN", format!("{secret}\nX: y"), "FLY_API_TOKEN"),
        ("SHIPGATE_API_TOKENS", secret.to_owned(), "SHIPGATE_API_TOKENS"),
        ("SHIPGATE_API_TOKENS", format!("a={secret},b={secret}"), "SHIPGATE_API_TOKENS"),
        ("DATABASE_URL", format!("postgres://u:{secret}@host"), "DATABASE_URL"),
        ("DATABASE_URL", format!("mysql://u:{secret}@host/db"), "DATABASE_URL"),
        ("FLY_FLAPS_BASE_URL", format!("ftp://u:{secret}@host"), "FLY_FLAPS_BASE_URL"),
        ("FLY_REGISTRY_HOST", format!("https://u:{secret}@host"), "FLY_REGISTRY_HOST"),
        ("LISTEN_ADDR", "localhost".to_owned(), "LISTEN_ADDR"),
        ("PORT", "70000".to_owned(), "PORT"),
    ] {
        let start = home.shipgate(&["run"]).env(name, &value);
        let start = if name == "PORT" { start.env("LISTEN_ADDR", "") } else { start };
        let ended = start.ended();
        assert!(!ended.err.contains("secret"), "{}", ended.err);
        complains(ended, &[words]);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for args in [&["run"][..], &["demo"], &["sim", "fly", "--listen", &address]] {
        let mut words = vec!["in use"];
        words.extend((args[0] != "sim").then_some(address.as_str()));
        complains(home.shipgate(args).env("LISTEN_ADDR", &address).ended(), &words);
    }
    complains(home.shipgate(&["sim", "fly", "--listen", "0.0.0.0:0"]).ended(), &["loopback"]);
}

#[test]
fn a_database_that_cannot_be_opened_is_told_apart() {
    let home = Home::new();
    let run = |url: String| home.shipgate(&["run"]).env("DATABASE_URL", url).ended();
    complains(run(url(&home.file("no/folder/shipgate.db"))), &["no/folder", "does not exist"]);
    std::fs::create_dir(home.file("a-folder")).expect("a folder");
    complains(run(url(&home.file("a-folder"))), &["a-folder"]);
    complains(run("sqlite://".to_owned()), &["DATABASE_URL"]);
    complains(run("sqlite://:memory:".to_owned()), &["memory"]);
    complains(run(format!("{}?mode=memory", url(&home.database()))), &["mode=rwc"]);
    complains(run(format!("{}?mode=rw", url(&home.database()))), &["shipgate.db"]);
    assert!(!home.database().exists());
}

#[test]
fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let home = Home::new();
    let garbage = b"SQLite format 3\0 but only so far, the rest is a letter to a friend".repeat(100);
    for bytes in [&b"hello, I am a letter, not a database, and long enough to be one"[..], &garbage] {
        std::fs::write(home.database(), bytes).expect("a file");
        for args in [&["run"][..], &["audit", "verify"]] {
            complains(home.shipgate(args).ended(), &["shipgate.db"]);
        }
        assert_eq!(std::fs::read(home.database()).expect("the file"), bytes);
        assert!(!home.file("shipgate.db-wal").exists());
    }
}

#[tokio::test]
async fn a_database_of_another_program_or_a_newer_one_is_refused_untouched() {
    let home = Home::new();
    let mut running = home.run("http://127.0.0.1:9");
    running.program.line("put down");
    running.program.stop("TERM").with(0);
    Database::at(&home).tamper("UPDATE schema_info SET readable_from = 99, version = 99").await;
    let before = std::fs::read(home.database()).expect("a database");
    for args in [&["run"][..], &["audit", "verify"]] {
        complains(home.shipgate(args).ended(), &["newer", "99"]);
    }
    assert!(std::fs::read(home.database()).expect("a database") == before, "its bytes have changed");

    std::fs::remove_file(home.database()).expect("removed");
    std::fs::write(home.database(), "").expect("an empty file");
    Database::at(&home).tamper("CREATE TABLE songs (title TEXT)").await;
    let before = std::fs::read(home.database()).expect("a database");
    complains(home.shipgate(&["run"]).ended(), &["another program"]);
    assert!(std::fs::read(home.database()).expect("a database") == before, "its bytes have changed");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused_and_stays_valid() {
    let home = Home::new();
    home.run("http://127.0.0.1:9").program.stop("TERM").with(0);
    let read_only = format!("{}?mode=ro", url(&home.database()));
    complains(home.shipgate(&["run"]).env("DATABASE_URL", read_only).ended(), &["shipgate.db", "opened for writing"]);
    home.shipgate(&["audit", "verify"]).ended().with(0);
    valid(&home).await;
}

/// Full at once, full a little later, full in the middle of the work.
#[tokio::test]
async fn a_full_disk_stops_it_with_clear_words_and_a_valid_database() {
    let home = Home::new();
    let full = |pages: u32| format!("{}?max_pages={pages}", url(&home.database()));
    complains(home.shipgate(&["run"]).env("DATABASE_URL", full(3)).ended(), &["No room", "shipgate.db"]);
    home.run("http://127.0.0.1:9").program.stop("TERM").with(0);
    let pages = u32::try_from(Database::at(&home).number("PRAGMA page_count").await).expect("a few");

    let start = home.shipgate(&["run"]).env("DATABASE_URL", full(pages + 2));
    let running = super::run::Running::wait_for(start);
    let image = format!("registry.fly.io/hello@sha256:{}", "a".repeat(64));
    let mut answers = Vec::new();
    for n in 0..100 {
        let body = serde_json::json!({ "version": format!("v{n}"), "image": image, "notes": "x".repeat(2_000) });
        match reqwest::Client::new()
            .post(format!("{}/api/v1/apps/hello/releases", running.address))
            .bearer_auth(ADA)
            .json(&body)
            .send()
            .await
        {
            Ok(answer) if answer.status() == 201 => answers.push(201),
            Ok(answer) => {
                assert_eq!(answer.status(), 503);
                let problem: serde_json::Value = answer.json().await.expect("a problem");
                assert_eq!(problem["code"], "out_of_order", "{problem}");
                assert!(problem["next"].as_str().is_some_and(|next| next.contains("No room")), "{problem}");
                break;
            }
            Err(_) => break,
        }
    }
    assert!(answers.len() < 100, "it never got full");
    let ended = running.program.end();
    assert!(ended.err.contains("No room"), "{}", ended.err);
    assert_eq!(ended.code, 1);
    valid(&home).await;
    home.shipgate(&["audit", "verify"]).ended().with(0);
    let kept = Database::at(&home).count("releases").await;
    assert_eq!(kept, i64::try_from(answers.len()).expect("a few"), "what was promised is there, and nothing else");
}

/// Whoever deletes the file under it must hear of it from the health check, not from the lost history.
#[tokio::test]
async fn a_database_that_is_deleted_under_it_is_not_healthy() {
    let home = Home::new();
    // Whoever is called and does not answer: nothing is written meanwhile, which would end the program.
    let far = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let running = home.run(&format!("http://{}", far.local_addr().expect("an address")));
    let called = clock::timeout(&*SystemClock::real(), Span::seconds(60), far.accept()).await;
    let _kept = called.expect("a call in time").expect("a call");
    assert_eq!(running.get("/health").await.0, 200);
    std::fs::remove_file(home.database()).expect("removed");
    // Both at once: the next thing that it would write ends it.
    let ((status, health), (ready, _)) = tokio::join!(running.get("/health"), running.get("/ready"));
    assert_eq!((status, &health["status"]), (503, &"unhealthy".into()), "{health}");
    assert_eq!(ready, 200);
}

#[test]
fn a_command_line_that_makes_no_sense_is_told_what_there_is() {
    for args in [&["rum"][..], &[], &["demo", "--speed", "0"], &["demo", "--speed", "nan"], &["demo", "--locale", "fr"]]
    {
        let ended = shipgate(args).ended().with(2);
        assert!(ended.err.contains("Usage") || ended.err.contains("help"), "{}", ended.err);
    }
    for args in [&["--help"][..], &["run", "--help"], &["demo", "--help"], &["check", "--help"], &["sim", "--help"]] {
        assert!(shipgate(args).ended().with(0).out.contains("Usage"));
    }
}

#[test]
fn check_says_who_may_do_what_in_the_minimal_example() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal.toml");
    let start = |args: &[&str]| shipgate(args).env("SHIPGATE_CONFIG", &example);
    complains(start(&["check"]).ended(), &["minimal.toml:", "FLY_API_TOKEN"]);
    let offline = || start(&["check", "--offline"]);
    let unset = offline().ended().with(0);
    assert!(unset.out.contains("Still to be set") && unset.out.contains("FLY_API_TOKEN"), "{}", unset.out);
    let ended = offline().env("FLY_API_TOKEN", "x").ended().with(0);
    assert_eq!(ended.err, "");
    insta::assert_snapshot!(ended.out);
    let ended = offline().env("FLY_API_TOKEN", "x").env("LANG", "ja_JP.UTF-8").ended().with(0);
    assert!(ended.out.contains("この設定は使えます。"), "{}", ended.out);
}

async fn valid(home: &Home) {
    sqlx::any::install_default_drivers();
    use sqlx::Connection as _;
    let mut connection = sqlx::AnyConnection::connect(&url(&home.database())).await.expect("a database");
    let verdict: String =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.expect("a verdict");
    assert_eq!(verdict, "ok");
    connection.close().await.expect("closed");
}
