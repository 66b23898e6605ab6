//! PostgreSQL servers of the tests' own: on the loopback, as they come, in a temporary folder that is in memory where
//! there is room. One is shared by all tests that need nothing but a database of their own; who stops it, or cuts its
//! wires, starts another one.
//!
//! A shell keeps each server. It holds a pipe from this process, and when that closes, however the process ends, it stops
//! the server and removes its folder. So no server outlives the tests, even those that were killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use shipgate::clock::SystemClock;
use shipgate::observer::Nobody;
use shipgate::store::Store;
use sqlx::{AnyConnection, Connection as _};
use tokio::sync::OnceCell;

/// Makes a server, answers each order with a line, and ends with its input. `initdb` refuses root, so root becomes the
/// user `postgres`. Its order of letters is not that of bytes, which the store must not notice.
const KEEPER: &str = r#"
trap '' INT TERM HUP
port=$1
if ! command -v initdb >/dev/null; then
  for bin in /usr/lib/postgresql/*/bin; do [ -x "$bin/initdb" ] && PATH="$bin:$PATH"; done
fi
command -v initdb >/dev/null || { echo "there is no PostgreSQL here: script/setup says what is missing"; exit; }
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -gt 2000000 ] && export TMPDIR=/dev/shm
folder=$(mktemp -d)
if [ "$(id -u)" = 0 ]; then
  chown postgres "$folder"
  as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
else
  as() { "$@"; }
fi
cd "$folder"
made() { as initdb -D data -U postgres -A trust -E UTF8 --no-sync "$@" >>log 2>&1; }
made --locale=C.UTF-8 --locale-provider=icu --icu-locale=en || { as rm -rf data; made; } || made --locale=C
cat >hba <<HBA
host    all ada 127.0.0.1/32 scram-sha-256
hostssl all eve 127.0.0.1/32 trust
host    all eve 127.0.0.1/32 reject
host    all all 127.0.0.1/32 trust
HBA
cp hba data/pg_hba.conf
start() {
  as pg_ctl -D data -s -w -t 60 -l server.log \
    -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c max_connections=400 -c client_connection_check_interval=1s" start
}
touch server.log; [ "$(id -u)" = 0 ] && chown postgres server.log
start >>log 2>&1 && echo ready || { cat log server.log; exit; }
while read -r order; do
  case $order in
    start) start ;;
    *) as pg_ctl -D data -s -w -m "$order" stop ;;
  esac >>log 2>&1
  echo "$order"
done
as pg_ctl -D data -s -w -m immediate stop >/dev/null 2>&1
cd /
rm -rf "$folder"
"#;

/// How a server is stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// It ends its sessions and what they are at.
    Fast,
    /// As by the power.
    Immediate,
}

/// A server.
pub(crate) struct Server {
    pub(crate) port: u16,
    keeper: Mutex<Keeper>,
    /// A database with all tables, which others are copied from.
    made: OnceCell<()>,
}

struct Keeper {
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// The one that tests share.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

impl Server {
    pub(crate) fn start() -> Self {
        sqlx::any::install_default_drivers();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        #[expect(clippy::disallowed_methods, reason = "a server is a process of its own")]
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper", &port.to_string()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut answers = BufReader::new(child.stdout.take().expect("an output"));
        let mut said = String::new();
        answers.read_line(&mut said).expect("an answer");
        if said.trim() != "ready" {
            std::io::Read::read_to_string(&mut answers, &mut said).expect("what is wrong");
            panic!("no PostgreSQL: {said}");
        }
        Self { port, keeper: Mutex::new(Keeper { child, answers }), made: OnceCell::new() }
    }

    /// Stops it, and says so when it has ended.
    pub(crate) fn stop(&self, how: Stop) {
        self.order(match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        });
    }

    /// Starts it again.
    pub(crate) fn start_again(&self) {
        self.order("start");
    }

    fn order(&self, order: &str) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        let input = keeper.child.stdin.as_mut().expect("an input");
        writeln!(input, "{order}").expect("the keeper lives");
        let mut done = String::new();
        keeper.answers.read_line(&mut done).expect("an answer");
        assert_eq!(done.trim(), order);
    }

    /// The address of a database as its superuser.
    pub(crate) fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    pub(crate) fn url_as(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// A database of one's own without anything in it.
    pub(crate) async fn empty(&self) -> String {
        let name = fresh();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        name
    }

    /// A database of one's own with every table.
    pub(crate) async fn database(&self) -> String {
        let made = async {
            self.sql("postgres", "CREATE DATABASE made TEMPLATE template0").await;
            let store = Store::open(&self.url("made"), Vec::new(), SystemClock::real(), Arc::new(Nobody)).await;
            store.expect("a store").close().await;
        };
        self.made.get_or_init(|| made).await;
        let name = fresh();
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE made")).await;
        name
    }

    /// Runs a statement behind everybody's back.
    pub(crate) async fn sql(&self, database: &str, statement: &str) {
        let mut connection = AnyConnection::connect(&self.url(database)).await.expect("a connection");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect(statement);
        connection.close().await.expect("closed");
    }
}

fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
