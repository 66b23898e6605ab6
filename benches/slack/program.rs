//! The programs that are measured: children of this one, on a core of their own.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use shipgate::clock::SystemClock;
use shipgate::sim::{self, DEMO_TOKEN, Limits, SimConfig, Timings};
use sqlx::{AnyConnection, Connection as _};
use tokio::net::TcpStream;

use super::load::SECRET;
use super::slack::FakeSlack;

/// Where the bare one listens.
pub(crate) const ADDRESS: &str = "BENCH_ADDRESS";

const CONFIG: &str = r#"
[slack]
mode     = "http"
channels = { deployments = "C0DEPLOY" }

[permissions]
lock = ["everyone"]

[[apps]]
name = "hello"

[[apps.environments]]
name   = "staging"
target = { kind = "fly", app = "hello-staging" }
"#;

/// A program that runs. It is killed when this is dropped.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    database: PathBuf,
    _fly: Option<sim::Fly>,
    _folder: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// The program as it ships.
    pub(crate) async fn shipgate(pinned: bool) -> Self {
        let fake = FakeSlack::start(SystemClock::real()).await;
        assert_eq!(fake.signing_secret(), SECRET);
        let instant = SimConfig { timings: Timings::instant(), limits: Limits::Off, ..sim::demo_config() };
        let fly = sim::Fly::start(instant, SystemClock::real()).await.expect("a simulated fly.io");
        let (address, folder) = (free(), tempfile::tempdir().expect("a folder"));
        let database = folder.path().join("shipgate.db");
        std::fs::write(folder.path().join("shipgate.toml"), CONFIG).expect("a config");
        let mut command = on_core(0, env!("CARGO_BIN_EXE_shipgate"), pinned);
        command.arg("run").current_dir(folder.path()).env("RUST_LOG", "shipgate=info");
        command.env("LISTEN_ADDR", address.to_string()).env("DATABASE_URL", format!("sqlite://{}", database.display()));
        command.env("FLY_API_TOKEN", DEMO_TOKEN).env("FLY_FLAPS_BASE_URL", fly.api_url());
        command.env("FLY_REGISTRY_HOST", fly.registry_url()).env("SLACK_API_URL", format!("{}/api", fake.url()));
        command.env("SLACK_BOT_TOKEN", fake.bot_token()).env("SLACK_SIGNING_SECRET", fake.signing_secret());
        Self::begin(command, address, database, (folder, Some(fly))).await
    }

    /// The one that does the least.
    pub(crate) async fn bare(pinned: bool) -> Self {
        let (address, folder) = (free(), tempfile::tempdir().expect("a folder"));
        let database = folder.path().join("bare.db");
        let this = std::env::current_exe().expect("a path");
        let mut command = on_core(0, &this.display().to_string(), pinned);
        command.arg("bare").arg(&database).env(ADDRESS, address.to_string());
        Self::begin(command, address, database, (folder, None)).await
    }

    async fn begin(
        mut command: Command,
        address: SocketAddr,
        database: PathBuf,
        (folder, fly): (tempfile::TempDir, Option<sim::Fly>),
    ) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a child");
        let mut program = Self { address, child, database, _fly: fly, _folder: folder };
        while TcpStream::connect(address).await.is_err() {
            assert!(program.child.try_wait().expect("a child").is_none(), "it ended by itself");
            tokio::task::yield_now().await;
        }
        program
    }

    /// How many commands were committed with what they did.
    pub(crate) async fn commands_committed(&self) -> u64 {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}", self.database.display());
        let mut database = AnyConnection::connect(&url).await.expect("a database");
        let count = sqlx::query_scalar("SELECT COUNT(*) FROM requests WHERE caller = 'slack' AND deed <> ''");
        let count: i64 = count.fetch_one(&mut database).await.expect("a count");
        u64::try_from(count).unwrap_or(0)
    }
}

/// An address at which nobody listens.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

#[expect(clippy::disallowed_methods, reason = "what is measured is a program of its own")]
fn command(program: &str) -> Command {
    Command::new(program)
}

fn on_core(core: usize, program: &str, pinned: bool) -> Command {
    if !pinned {
        return command(program);
    }
    let mut taskset = command("taskset");
    taskset.args(["-c", &core.to_string(), program]);
    taskset
}

/// Leaves the first core to those that are measured. Whether that can be done here.
pub(crate) fn pins_itself() -> bool {
    let several = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let mut taskset = command("taskset");
    taskset.args(["-a", "-p", "-c", "1", &std::process::id().to_string()]).stdout(Stdio::null());
    several && taskset.status().is_ok_and(|status| status.success())
}

/// How busy the machine is: processes that ran or waited to, on average over the last minute.
pub(crate) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
