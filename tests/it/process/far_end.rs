//! A fly.io that refuses, says nonsense, or does not know the token: the card and the API say so. (One that says nothing
//! at all is in `api`, where time can run faster.)

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::run::{Home, Running};
use crate::world::process::shipgate;

/// A far end that answers every request with these bytes.
async fn answering(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                    drop(stream.write_all(bytes).await);
                }
            });
        }
    });
    format!("http://{address}")
}

/// Asks for a deployment; gives it as it is after the first look at the target has failed, and what `/status` says.
async fn deployed(flaps: &str) -> (Running, Value, String) {
    let home = Home::new();
    let mut running = home.run(flaps);
    running.program.line("put down kind=\"look\"");
    let image = format!("registry.fly.io/hello@sha256:{}", "a".repeat(64));
    let id = running.deploy(&image).await;
    running.program.line("put down kind=\"look\"");
    let deployment = running.deployment(&id).await;
    let (status, said) = running.post("/api/v1/commands", json!({ "line": "/why staging" })).await;
    assert_eq!(status, 200, "{said}");
    let said = said["said"].as_str().expect("words").to_owned();
    (running, deployment, said)
}

/// What may pass is tried again, and the deployment waits and says for what.
#[track_caller]
fn waits(deployment: &Value, said: &str, words: &str) {
    assert_eq!((&deployment["phase"], &deployment["outcome"]), (&"queued".into(), &Value::Null), "{deployment}");
    assert!(said.contains(words), "no {words:?} in:\n{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_listens_there() {
    let (running, deployment, said) = deployed("http://127.0.0.1:9").await;
    waits(&deployment, &said, "fly.io cannot be reached");
    running.program.stop("TERM").with(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_answers_with_nonsense() {
    for nonsense in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n<html>oh</html"[..],
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 2\r\n\r\nno",
        b"220 mail.example.org ESMTP\r\n",
    ] {
        let (running, deployment, said) = deployed(&answering(nonsense).await).await;
        waits(&deployment, &said, "fly.io");
        running.program.stop("TERM").with(0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_token_is_not_known() {
    let mut program = shipgate(&["sim", "fly"]).env("FLY_API_TOKEN", "another-token").start();
    let flaps = program.line("FLY_FLAPS_BASE_URL=").trim().replace("FLY_FLAPS_BASE_URL=", "");
    let (running, deployment, said) = deployed(&flaps).await;
    assert_eq!(deployment["phase"], "closed", "{deployment}");
    assert_eq!(deployment["outcome"], "failed", "{deployment}");
    assert!(!said.contains("another-token"), "{said}");
    let (_, history) = running.post("/api/v1/commands", json!({ "line": "/history" })).await;
    let history = history["said"].as_str().expect("words");
    assert!(history.contains("FLY_API_TOKEN"), "{history}");
    running.program.stop("TERM").with(0);
    program.stop("TERM").with(0);
}
