//! The gateway: a connection that Shipgate keeps open, and a watch of our own on it.
//!
//! serenity reconnects by itself after most closes, but does not report all that are final (of the close codes 4010 and
//! 4011 it says nothing, after 4012 it tries for ever), so the shard is looked at, and a connection that stays down is
//! made anew. Interactions need no intent. <https://discord.com/developers/docs/topics/gateway>

use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use poise::{FrameworkContext, FrameworkOptions};
use secrecy::SecretString;
use serenity::all::{
    ClientBuilder, ConnectionStage, Context, Event, FullEvent, GatewayIntents, Interaction, RawEventHandler,
    ShardManager,
};
use tokio_util::sync::CancellationToken;

use super::commands::{self, Never};
use super::desk::Desk;
use super::rest;
use crate::clock::{self, SystemClock};
use crate::domain::{Moment, Span};
use crate::metrics::Metrics;

/// How often the shard is looked at, and how long it may be down before the connection is made anew.
const LOOK: Span = Span::seconds(10);
const DOWN: Span = Span::minutes(1);

/// How long until it is tried again: doubling from the first to the last. Discord allows 1,000 starts a day.
const FIRST: Span = Span::seconds(1);
const LAST: Span = Span::minutes(5);

/// How long a connection must have been up for the next pause to be the first again.
const STEADY: Span = Span::minutes(2);

/// How long saying goodbye may take.
const GOODBYE: Span = Span::seconds(2);

/// The way in over the gateway.
pub(super) struct Door<'a> {
    pub(super) token: &'a SecretString,
    pub(super) api_url: Option<&'a str>,
    pub(super) desk: &'a Arc<Desk>,
}

impl Door<'_> {
    /// Keeps the connection open until the program stops.
    pub(super) async fn keep_open(&self, stop: &CancellationToken) {
        let (clock, metrics) = (&self.desk.clock, &self.desk.metrics);
        let mut pause = FIRST;
        while !stop.is_cancelled() {
            let since = clock.now();
            let ended = self.connect(stop).await;
            metrics.connected("discord", false);
            if stop.is_cancelled() {
                return;
            }
            if clock.now().since(since) >= STEADY {
                pause = FIRST;
            }
            tracing::error!(reason = ended, "the connection to Discord has ended; it is made anew");
            tokio::select! {
                () = stop.cancelled() => {}
                () = clock.alarm(clock.now().plus(pause)) => {}
            }
            pause = Span(pause.0.saturating_mul(2)).min(LAST);
        }
    }

    /// Connects, and stays until something ends it. Says what did.
    async fn connect(&self, stop: &CancellationToken) -> String {
        let http = rest::http(self.token, self.api_url);
        let raw = Undecoded(self.desk.metrics.clone());
        let builder = ClientBuilder::new_with_http(http, GatewayIntents::empty())
            .framework(framework(Arc::clone(self.desk)))
            .raw_event_handler(raw);
        let building = tokio::select! {
            () = stop.cancelled() => return String::new(),
            built = builder.into_future() => built,
        };
        let mut client = match building {
            Ok(client) => client,
            Err(error) => return reason(&error),
        };
        if let Some(stand_in) = self.api_url {
            // When it cannot be asked where the gateway is, serenity goes to the real one.
            let url = client.ws_url.lock().await.clone();
            if url.contains("discord.gg") {
                return format!("{stand_in} does not say where its gateway is");
            }
        }
        let shards = Arc::clone(&client.shard_manager);
        // serenity's shards are tasks of their own: whoever lets go of this future lets go of them too.
        let _goodbye = Goodbye(Arc::clone(&shards));
        let mut started = pin!(client.start().fuse());
        let mut watch = pin!(self.watch(&shards).fuse());
        let ended = futures::select_biased! {
            () = stop.cancelled().fuse() => String::new(),
            ended = started => ended.map_or_else(|error| reason(&error), |()| "it was closed".to_owned()),
            () = watch => "it was down for a minute".to_owned(),
        };
        let _ = clock::timeout(&*SystemClock::real(), GOODBYE, shards.shutdown_all()).await;
        ended
    }

    /// Ends when the shard has been down for too long.
    async fn watch(&self, shards: &ShardManager) {
        let (clock, metrics) = (&self.desk.clock, &self.desk.metrics);
        let mut up_at: Moment = clock.now();
        loop {
            clock.alarm(clock.now().plus(LOOK)).await;
            let runners = shards.runners.lock().await;
            let up = !runners.is_empty() && runners.values().all(|shard| shard.stage == ConnectionStage::Connected);
            drop(runners);
            metrics.connected("discord", up);
            if up {
                up_at = clock.now();
            } else if clock.now().since(up_at) >= DOWN {
                return;
            }
        }
    }
}

fn framework(desk: Arc<Desk>) -> poise::Framework<Arc<Desk>, Never> {
    let options = FrameworkOptions {
        commands: commands::tree(),
        event_handler: |context, event| Box::pin(on_event(context, event)),
        on_error: |error| Box::pin(async move { tracing::error!(%error, "a command did not come to its end") }),
        ..FrameworkOptions::default()
    };
    poise::Framework::builder()
        .options(options)
        .initialize_owners(false)
        .setup(|_, _, _| Box::pin(async move { Ok(desk) }))
        .build()
}

/// Buttons, selects and modals. They carry all that they need, so they work after any restart.
async fn on_event(context: FrameworkContext<'_, Arc<Desk>, Never>, event: &FullEvent) -> Result<(), Never> {
    match event {
        FullEvent::Ready { .. } | FullEvent::Resume { .. } => context.user_data.metrics.connected("discord", true),
        FullEvent::InteractionCreate { interaction } => {
            let desk = context.user_data;
            match interaction {
                Interaction::Component(press) => desk.tasks.track_future(desk.component(press)).await,
                Interaction::Modal(modal) => desk.tasks.track_future(desk.modal(modal)).await,
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

/// Has the shards closed when it is dropped.
struct Goodbye(Arc<ShardManager>);

impl Drop for Goodbye {
    fn drop(&mut self) {
        let shards = Arc::clone(&self.0);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shards.shutdown_all().await });
        }
    }
}

/// serenity drops an event that it cannot read, with no more than a line for developers: a press that came to nothing.
struct Undecoded(Metrics);

#[async_trait]
impl RawEventHandler for Undecoded {
    async fn raw_event(&self, _: Context, event: Event) {
        if let Event::Unknown(unknown) = event
            && unknown.kind == "INTERACTION_CREATE"
        {
            self.0.undecoded("discord");
            let kind = unknown.value.get("type").and_then(serde_json::Value::as_u64);
            tracing::error!(kind, "an interaction cannot be read; whoever sent it sees that it failed");
        }
    }
}

/// Why a connection ended, for operators.
fn reason(error: &serenity::Error) -> String {
    match (rest::status(error), error) {
        (Some(401), _) => "DISCORD_TOKEN is refused".to_owned(),
        (Some(status), _) => format!("Discord answers {status}"),
        (None, serenity::Error::Gateway(error)) => format!("the gateway refuses: {error}"),
        (None, error) => crate::text::cut(&error.to_string(), 200),
    }
}
