//! What a world on Discord shows of trouble: what was asked of Discord and when, what the log says, how often things
//! were said.
//!
//! To add a view: a method here, if more than one scenario needs it.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use shipgate::clock::{Moment, Span};
use sqlx::{AnyConnection, Connection as _};

use super::World;
use super::discord::{DEPLOYMENTS, Exchange, Place};
use super::setup::Setup;

impl Setup {
    /// The same, where ada and bob are releasers at the terminal too: they work on while Discord is down.
    pub(crate) fn and_at_the_terminal(mut self) -> Self {
        self.config = self.config.replace("\"cy\"]\nrobots", "\"terminal:ada\", \"terminal:bob\", \"cy\"]\nrobots");
        self
    }
}

impl World {
    /// The log, from warnings on.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// A channel or thread in one line for each message: the title of its card, or what it says.
    #[track_caller]
    pub(crate) fn lines_on_discord(&self, place: impl Into<Place>) -> Vec<String> {
        let line = |message: super::discord::Message| {
            let title = message.embeds.first().and_then(|embed| embed["title"].as_str()).unwrap_or_default().to_owned();
            let said =
                message.content.lines().filter(|line| !line.starts_with("https://")).collect::<Vec<_>>().join(" / ");
            [said, title].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        };
        self.discord().messages(place).into_iter().map(line).collect()
    }

    /// Every line that a thread tells, of whatever message.
    #[track_caller]
    pub(crate) fn told_in(&self, thread: &str) -> Vec<String> {
        let messages = self.discord().messages(thread);
        messages.iter().flat_map(|message| message.content.lines().map(str::to_owned)).collect()
    }

    /// The requests that reached Discord, or would have, by method and end of the path.
    pub(crate) fn asked_of_discord(&self, method: &str, path_end: &str) -> Vec<Exchange> {
        let fits = |one: &Exchange| {
            let path = one.path.split('?').next().unwrap_or_default();
            one.method == method && path.ends_with(path_end)
        };
        self.discord().requests().into_iter().filter(fits).collect()
    }

    /// When a message in the channel of the cards was edited.
    pub(crate) fn edits_of(&self, message: u64) -> Vec<Moment> {
        let path = format!("/channels/{DEPLOYMENTS}/messages/{message}");
        self.asked_of_discord("PATCH", &path).into_iter().map(|edit| edit.at).collect()
    }

    /// Whether the database's files hold a text.
    pub(crate) fn database_holds(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.folder.path()).expect("a folder");
        let bytes = files.map(|file| std::fs::read(file.expect("a file").path()).expect("bytes"));
        bytes.into_iter().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    /// A connection of somebody else's to the database.
    pub(crate) async fn opens_the_database(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        AnyConnection::connect(&self.database()).await.expect("a database")
    }

    /// Somebody else holds the database's write lock, until it is given back.
    pub(crate) async fn holds_the_database(&self) -> Held {
        let mut connection = self.opens_the_database().await;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.expect("the write lock");
        Held(connection)
    }

    /// Spoils what the ledgers have so far, or mends it again: nobody can read it in between.
    pub(crate) async fn spoils_the_ledgers(&self, spoilt: bool) {
        self.spoils("ledger", "data", spoilt).await;
    }

    /// Whenever the program wants to write an environment, somebody else was first; or nobody is any more.
    pub(crate) async fn loses_every_race(&self, loses: bool) {
        let mut connection = self.opens_the_database().await;
        let (begins, ends) =
            ("CREATE TRIGGER race BEFORE UPDATE ON environments BEGIN SELECT RAISE(IGNORE); END", "DROP TRIGGER race");
        sqlx::query(if loses { begins } else { ends }).execute(&mut connection).await.expect("a trigger");
        connection.close().await.expect("closed");
    }

    /// As many read the database as can at once, and none of them gets on: nobody else can read until these are dropped.
    pub(crate) fn holds_all_readers(&self) -> Vec<BoxFuture<'static, ()>> {
        /// More than the program has connections to read with.
        const MORE: usize = 16;
        let reads = |_| {
            let store = self.program().app.store();
            let read = async move {
                loop {
                    drop(store.environment("hello", "staging").await);
                }
            };
            let mut read = tokio::task::unconstrained(read).boxed();
            // It reads until it has to wait for the database once, and stays there with its connection.
            assert!((&mut read).now_or_never().is_none());
            read
        };
        (0..MORE).map(reads).collect()
    }

    /// The same with what is known of the releases.
    pub(crate) async fn spoils_the_releases(&self, spoilt: bool) {
        self.spoils("releases", "body", spoilt).await;
    }

    async fn spoils(&self, table: &str, column: &str, spoilt: bool) {
        let to = if spoilt { format!("'!' || {column}") } else { format!("substr({column}, 2)") };
        let which = if spoilt { "" } else { "!" };
        let statement = format!("UPDATE {table} SET {column} = {to} WHERE {column} LIKE '{which}%'");
        let mut connection = self.opens_the_database().await;
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("an update");
        connection.close().await.expect("closed");
    }
}

/// The write lock of a world's database.
pub(crate) struct Held(AnyConnection);

impl Held {
    /// Gives it back.
    pub(crate) async fn ends(self) {
        self.0.close().await.expect("closed");
    }
}

/// The shortest time between two moments that follow each other.
pub(crate) fn closest(moments: &[Moment]) -> Option<Span> {
    moments.windows(2).map(|pair| pair[1].since(pair[0])).min()
}
