//! The least that a program can do that verifies the signature and commits before it acknowledges.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use secrecy::SecretString;
use shipgate::chat::slack::signature::is_genuine;
use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Executor as _};
use tokio::net::TcpListener;

use super::load::SECRET;
use super::program::ADDRESS;

struct Site {
    secret: SecretString,
    writer: AnyPool,
}

/// Serves until it is killed.
pub(crate) fn serve(database: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let told = AnyPoolOptions::new().max_connections(1).after_connect(|connection, _| {
            Box::pin(async move {
                for pragma in ["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"] {
                    connection.execute(pragma).await?;
                }
                Ok(())
            })
        });
        let writer = told.connect(&format!("sqlite://{database}?mode=rwc")).await.expect("a database");
        writer.execute("CREATE TABLE taken (id TEXT NOT NULL PRIMARY KEY, body TEXT NOT NULL)").await.expect("a table");
        let site = Arc::new(Site { secret: SecretString::from(SECRET), writer });
        let router = Router::new().route("/slack/commands", post(take)).with_state(site);
        #[expect(clippy::disallowed_methods, reason = "a bench tells its child where to listen")]
        let address = std::env::var(ADDRESS).expect("an address");
        let listener = TcpListener::bind(address).await.expect("a port").tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await.expect("it serves");
    });
}

async fn take(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_genuine(&site.secret, text("x-slack-request-timestamp"), &body, text("x-slack-signature")) {
        return StatusCode::UNAUTHORIZED;
    }
    let query = sqlx::query("INSERT INTO taken (id, body) VALUES ($1, $2)");
    let query = query.bind(uuid::Uuid::now_v7().to_string()).bind(String::from_utf8_lossy(&body).into_owned());
    match query.execute(&site.writer).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
