//! The memory of the real program under bad input: it has a bound, whatever comes.

use futures::future::join_all;
use serde_json::json;
use shipgate::clock::{Span, SystemClock, timeout};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::run::{ADA, Home, Running};

/// How much more than before it may ever have held, in KiB: 512 connections with 64 KiB each, and as much again.
const ROOM: u64 = 64 * 1_024;

/// One that is larger than any that is read.
const HUGE: usize = 10 << 20;

async fn connection(running: &Running) -> TcpStream {
    let address = running.address.trim_start_matches("http://");
    TcpStream::connect(address).await.expect("a connection")
}

fn head(length: &str) -> String {
    format!(
        "POST /api/v1/commands HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ADA}\r\n\
         content-type: application/json\r\n{length}\r\n\r\n"
    )
}

/// Sends a body of ten megabytes, or as much of it as is taken.
async fn sends_a_lot(running: &Running, is_announced: bool) {
    let mut stream = connection(running).await;
    let length = if is_announced { format!("content-length: {HUGE}") } else { "transfer-encoding: chunked".to_owned() };
    let mut sent = stream.write_all(head(&length).as_bytes()).await;
    let (piece, mut left) = (vec![b' '; 64 << 10], HUGE);
    while sent.is_ok() && left > 0 {
        if !is_announced {
            sent = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await;
        }
        if sent.is_ok() {
            sent = stream.write_all(&piece).await;
        }
        if sent.is_ok() && !is_announced {
            sent = stream.write_all(b"\r\n").await;
        }
        left = left.saturating_sub(piece.len());
    }
    // It is answered, or hung up on: either way it is over.
    let mut answer = vec![0; 1_024];
    let read = timeout(&*SystemClock::real(), Span::seconds(20), stream.read(&mut answer)).await;
    assert!(read.is_some(), "it is still being listened to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_stays_flat_under_bodies_connections_and_keys_without_end() {
    let home = Home::new();
    let running = home.run("http://127.0.0.1:9");
    for _ in 0..20 {
        assert_eq!(running.get("/api/v1/openapi.json").await.0, 200);
    }
    let before = running.program.most_resident();
    for is_announced in [true, false] {
        for _ in 0..2 {
            join_all((0..32).map(|_| sends_a_lot(&running, is_announced))).await;
        }
    }
    // Half a head each, and answers that nobody reads; they stay while the rest goes on.
    let mut open = Vec::new();
    for n in 0..300 {
        let mut stream = connection(&running).await;
        let ask = format!("GET /api/v1/openapi.json HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ADA}\r\n\r\n");
        let said = if n % 3 == 0 { ask.repeat(50) } else { ask[..40].to_owned() };
        stream.write_all(said.as_bytes()).await.expect("sent");
        open.push(stream);
    }
    for n in 1..=150 {
        let line = json!({ "line": format!("/status {}", "x".repeat(n * 250)) });
        let status = running.post_once(&format!("key-{n}"), "/api/v1/commands", line).await;
        assert!([404, 422].contains(&status), "{n}: {status}");
    }
    let after = running.program.most_resident();
    drop(open);
    assert_eq!(running.get("/api/v1/apps/hello").await.0, 200);
    assert!(after < before + ROOM, "it held {before} KiB before and {after} KiB at most");
    running.program.stop("TERM").with(0);
}
