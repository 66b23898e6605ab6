//! Opening a database on a server: what is refused, and what people are told to do.

use std::sync::Arc;

use shipgate::clock::SystemClock;
use shipgate::observer::Nobody;
use shipgate::store::{SCHEMA, ServerTrouble, Store, StoreTrouble};

use crate::world::postgres::{Server, shared};

async fn open(url: &str) -> Result<Store, StoreTrouble> {
    Store::open(url, Vec::new(), SystemClock::real(), Arc::new(Nobody)).await
}

/// What opening and looking both say is wrong, which names no password.
async fn wrong(url: &str) -> ServerTrouble {
    let seen = Store::inspect(url).await.expect_err("it cannot be used");
    let trouble = open(url).await.err().expect("it cannot be opened");
    for said in [seen.to_string(), trouble.to_string(), format!("{seen:?} {trouble:?}")] {
        assert!(!said.contains("s3cret"), "{said}");
    }
    let (StoreTrouble::Server { wrong: before, .. }, StoreTrouble::Server { wrong, server, .. }) = (&seen, &trouble)
    else {
        panic!("{seen:?}, {trouble:?}")
    };
    assert!(server.contains("127.0.0.1:") && !server.contains('@'), "{server}");
    assert_eq!(before, wrong);
    *wrong
}

/// A server whose roles may be what a test needs.
async fn with_roles(server: &Server, database: &str) {
    let roles = "CREATE ROLE ada LOGIN PASSWORD 's3cret'; CREATE ROLE eve LOGIN; CREATE ROLE may_look LOGIN";
    server.sql(database, roles).await;
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why() {
    let server = Server::start();
    let name = server.empty().await;
    with_roles(&server, &name).await;
    let at = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{}/{database}", server.port);
    assert_eq!(wrong(&at("ada:s3cret-no", &name)).await, ServerTrouble::Denied);
    assert_eq!(wrong(&at("ada", &name)).await, ServerTrouble::Denied, "no password at all");
    assert_eq!(wrong(&at("nobody:s3cret", &name)).await, ServerTrouble::Denied);
    assert_eq!(wrong(&at("postgres:s3cret", "nothing")).await, ServerTrouble::NoDatabase);
    assert_eq!(wrong(&format!("{}?sslmode=disable", at("eve:s3cret", &name))).await, ServerTrouble::Tls);
    assert_eq!(wrong(&format!("{}?sslmode=require", at("ada:s3cret", &name))).await, ServerTrouble::Tls);
    assert_eq!(wrong(&at("may_look:s3cret", &name)).await, ServerTrouble::NoRight);
    let port = server.port;
    drop(server);
    assert_eq!(wrong(&format!("postgres://ada:s3cret@127.0.0.1:{port}/x")).await, ServerTrouble::Unreachable);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_or_cannot_do_what_it_must_is_refused() {
    let (server, name) = (shared(), shared().empty().await);
    let with = |options: &str| format!("{}?options={options}", server.url(&name));
    assert_eq!(wrong(&with("-cdefault_transaction_read_only%3Don")).await, ServerTrouble::ReadOnly);
    assert_eq!(wrong(&with("-csearch_path%3Dnowhere")).await, ServerTrouble::NoSchema);
    let tables = server.database().await;
    server.sql(&tables, "CREATE SCHEMA postgres").await;
    assert_eq!(wrong(&server.url(&tables)).await, ServerTrouble::Elsewhere, "it would begin anew there");
    // A function of that name before the server's own: there is no older server to be had.
    let older = "CREATE SCHEMA older; CREATE FUNCTION older.current_setting(name text) RETURNS text LANGUAGE sql AS \
                 $$ SELECT CASE name WHEN 'server_version_num' THEN '120022' ELSE pg_catalog.current_setting(name) END $$";
    server.sql(&name, older).await;
    assert_eq!(wrong(&with("-csearch_path%3Dolder,pg_catalog,public")).await, ServerTrouble::TooOld);
    let latin = format!("{name}_latin");
    let make = format!("CREATE DATABASE {latin} TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'");
    server.sql("postgres", &make).await;
    assert_eq!(wrong(&server.url(&latin)).await, ServerTrouble::Encoding);
}

#[tokio::test]
async fn what_is_another_programs_or_a_newer_ones_is_left_alone() {
    let (server, name) = (shared(), shared().empty().await);
    server.sql(&name, "CREATE TABLE photos (id BIGINT)").await;
    let database = format!("127.0.0.1:{}/{name}", server.port);
    assert_eq!(open(&server.url(&name)).await.err(), Some(StoreTrouble::Foreign { database }));
    // A schema of its own is as good as a database of its own.
    server.sql(&name, "CREATE SCHEMA ours").await;
    let ours = format!("{}?options=-csearch_path%3Dours", server.url(&name));
    open(&ours).await.expect("a store").close().await;
    assert_eq!(Store::inspect(&ours).await, Ok(Some(SCHEMA)));
    server.sql(&name, "UPDATE ours.schema_info SET version = 99, readable_from = 98").await;
    let database = format!("127.0.0.1:{}/{name}", server.port);
    assert_eq!(open(&ours).await.err(), Some(StoreTrouble::Newer { database, needs: 98, knows: SCHEMA }));
}

#[tokio::test]
async fn addresses_that_cannot_be_used_say_why() {
    for (url, why) in [
        ("postgres://", "write postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("postgres://ada:s3cret@db", "write postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("postgresql://db/shipgate", "write postgres://USER:PASSWORD@HOST:PORT/DATABASE"),
        (
            "postgres://ada@db/shipgate?pasword=s3cret",
            "of options it knows sslmode, sslrootcert, sslcert, sslkey, application_name, options, \
             statement-cache-capacity",
        ),
    ] {
        let trouble = open(url).await.err();
        assert_eq!(trouble, Some(StoreTrouble::BadUrl { reason: why.to_owned() }), "{url}");
    }
}
