//! Who asks: signed commands over connections that are kept, at a fixed rate or one after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::slack::{ADA, DEPLOYMENTS, TEAM, sign};

/// Slack's secret, as the stand-in has it.
pub(crate) const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Over how many connections commands come that have a rate.
const LINES: usize = 32;

static NUMBER: AtomicU64 = AtomicU64::new(0);
static ACKNOWLEDGED: AtomicU64 = AtomicU64::new(0);

/// What is sent.
pub(crate) struct Request;

impl Request {
    /// A command as Slack signs it.
    pub(crate) fn genuine() -> Vec<u8> {
        Self::signed_with(SECRET)
    }

    /// One as somebody else would.
    pub(crate) fn forged() -> Vec<u8> {
        Self::signed_with("another secret")
    }

    fn signed_with(secret: &str) -> Vec<u8> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let body = format!(
            "token=x&team_id={TEAM}&team_domain=harbour&channel_id={DEPLOYMENTS}&channel_name=deployments&user_id={ADA}&\
             user_name=ada&command=%2Flock&text=staging+bench&api_app_id=A0SHIPGATE&is_enterprise_install=false&\
             response_url=http%3A%2F%2F127.0.0.1%3A9%2Fcommands%2F{number}&trigger_id={number}.bench"
        );
        let now = shipgate::clock::Clock::now(&*shipgate::clock::SystemClock::real()).0 / 1_000;
        let signature = sign(secret, &now.to_string(), body.as_bytes());
        format!(
            "POST /slack/commands HTTP/1.1\r\nhost: shipgate\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             x-slack-request-timestamp: {now}\r\nx-slack-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    /// When it was to be sent.
    pub(crate) planned: Instant,
    /// How long that was before the answer had come.
    pub(crate) took: Duration,
    pub(crate) status: u16,
}

/// How many commands that Shipgate would commit were acknowledged with words.
pub(crate) fn acknowledged() -> u64 {
    ACKNOWLEDGED.load(Ordering::Relaxed)
}

/// A connection that is kept.
struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, read: Vec::new() }
    }

    async fn ask(&mut self, request: &[u8], planned: Instant) -> Answered {
        self.stream.write_all(request).await.expect("it is sent");
        self.read.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.read).await.expect("an answer") > 0, "the connection ended");
            let Some(head) = self.read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.read[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let length: usize = length.unwrap_or(0);
            if self.read.len() >= head + 4 + length {
                let took = planned.elapsed();
                let status = text.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
                if status == 200 && length > 0 {
                    ACKNOWLEDGED.fetch_add(1, Ordering::Relaxed);
                }
                return Answered { planned, took, status };
            }
        }
    }
}

/// So many a second, whether the one before was answered or not. They are made before: signing is not measured.
pub(crate) async fn open(address: SocketAddr, rate: u32, seconds: u32, make: fn() -> Vec<u8>) -> Vec<Answered> {
    let requests: Vec<Vec<u8>> = (0..rate * seconds).map(|_| make()).collect();
    let mut lines = Vec::new();
    for _ in 0..LINES {
        lines.push(Line::open(address).await);
    }
    let (sends, planned) = mpsc::unbounded_channel();
    let planned = Arc::new(Mutex::new(planned));
    let begin = Instant::now() + Duration::from_millis(50);
    // A thread of its own: the kernel's timer is finer than the runtime's.
    let pace = std::thread::spawn(move || {
        for (number, request) in (0..).zip(requests) {
            let at = begin + Duration::from_secs(1) * number / rate;
            #[expect(clippy::disallowed_methods, reason = "a rate is real time")]
            std::thread::sleep(at.saturating_duration_since(Instant::now()));
            sends.send((at, request)).expect("somebody takes it");
        }
    });
    let mut asking = JoinSet::new();
    for mut line in lines {
        let planned = Arc::clone(&planned);
        asking.spawn(async move {
            let mut all = Vec::new();
            loop {
                let next = planned.lock().await.recv().await;
                let Some((at, request)) = next else { return all };
                all.push(line.ask(&request, at).await);
            }
        });
    }
    let all = asking.join_all().await.concat();
    pace.join().expect("no panic");
    all
}

/// One after the other on each of so many connections.
pub(crate) async fn closed(
    address: SocketAddr,
    lines: usize,
    lasting: Duration,
    make: fn() -> Vec<u8>,
) -> Vec<Answered> {
    let mut asking = JoinSet::new();
    let end = Instant::now() + lasting;
    for _ in 0..lines {
        asking.spawn(async move {
            let (mut line, mut all) = (Line::open(address).await, Vec::new());
            while Instant::now() < end {
                let request = make();
                all.push(line.ask(&request, Instant::now()).await);
            }
            all
        });
    }
    asking.join_all().await.concat()
}
