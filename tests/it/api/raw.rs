//! Requests that no proper client sends.

use shipgate::clock::{Span, SystemClock, timeout};
use tokio::io::Interest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::stage::{ADA, Stage};
use crate::world::contract;

/// What a server says, or 0 for nothing, to what it cannot read as a request.
const NO_REQUEST: [u16; 3] = [0, 400, 431];

/// A connection of one's own.
pub(super) struct Raw {
    stream: TcpStream,
    /// The first line that was sent.
    asked: Option<String>,
}

impl Raw {
    pub(super) async fn to(stage: &Stage) -> Self {
        let stream = TcpStream::connect(stage.app.address()).await.expect("a connection");
        Self { stream, asked: None }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        if self.asked.is_none() {
            self.asked = String::from_utf8_lossy(bytes).lines().next().map(str::to_owned);
        }
        self.stream.write_all(bytes).await.expect("sent");
    }

    /// The head of a request by ada; what follows is up to the test.
    pub(super) async fn head(&mut self, line: &str, headers: &str) {
        let head = format!("{line} HTTP/1.1\r\nhost: shipgate\r\nauthorization: Bearer {ADA}\r\n{headers}\r\n");
        self.send(head.as_bytes()).await;
    }

    /// Says that nothing more comes.
    pub(super) async fn shut(&mut self) {
        self.stream.shutdown().await.expect("shut");
    }

    /// Whether the other side ends it while nothing of what it says is read.
    pub(super) async fn is_shut_out(&self) -> bool {
        timeout(&*SystemClock::real(), Span::seconds(40), self.stream.ready(Interest::ERROR)).await.is_some()
    }

    /// The status and everything that comes until the other side ends, or has sent a whole body. That is what the API's
    /// own description says; or nothing at all, from a server to which this was no request.
    pub(super) async fn answer(&mut self) -> (u16, String) {
        let (status, text) = timeout(&*SystemClock::real(), Span::seconds(20), self.read()).await.expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let asked: Vec<_> = self.asked.as_deref().unwrap_or_default().split(' ').collect();
        let kind = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
        match asked.as_slice() {
            [method, path, "HTTP/1.1"] if !NO_REQUEST.contains(&status) || !body.is_empty() => {
                contract::hold(method, path, status, kind, body);
            }
            _ => assert_eq!(body, "", "{text}"),
        }
        (status, text)
    }

    async fn read(&mut self) -> (u16, String) {
        let mut got = Vec::new();
        let mut piece = vec![0; 8192];
        loop {
            let read = self.stream.read(&mut piece).await.unwrap_or(0);
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
