//! Requests that no proper client sends.

use shipgate::clock::{Span, SystemClock, timeout};
use tokio::io::Interest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::stage::{ADA, Stage};

/// A connection of one's own.
pub(super) struct Raw(TcpStream);

impl Raw {
    pub(super) async fn to(stage: &Stage) -> Self {
        Self(TcpStream::connect(stage.app.address()).await.expect("a connection"))
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    /// The head of a request by ada; what follows is up to the test.
    pub(super) async fn head(&mut self, line: &str, headers: &str) {
        let head = format!("{line} HTTP/1.1\r\nhost: shipgate\r\nauthorization: Bearer {ADA}\r\n{headers}\r\n");
        self.send(head.as_bytes()).await;
    }

    /// Says that nothing more comes.
    pub(super) async fn shut(&mut self) {
        self.0.shutdown().await.expect("shut");
    }

    /// Whether the other side ends it while nothing of what it says is read.
    pub(super) async fn is_shut_out(&self) -> bool {
        timeout(&*SystemClock::real(), Span::seconds(40), self.0.ready(Interest::ERROR)).await.is_some()
    }

    /// The status and everything that comes until the other side ends, or has sent a whole body.
    pub(super) async fn answer(&mut self) -> (u16, String) {
        timeout(&*SystemClock::real(), Span::seconds(20), self.read()).await.expect("an answer, or an end")
    }

    async fn read(&mut self) -> (u16, String) {
        let mut got = Vec::new();
        let mut piece = vec![0; 8192];
        loop {
            let read = self.0.read(&mut piece).await.unwrap_or(0);
            got.extend(&piece[..read]);
            let text = String::from_utf8_lossy(&got);
            let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                length.and_then(|length| length.parse().ok()).is_some_and(|length: usize| body.len() >= length)
            });
            if whole || read == 0 {
                let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
                return (status, text.into_owned());
            }
        }
    }
}
