//! The gateway: a connection that Shipgate keeps open, and a watch of our own on it.
//!
//! serenity reconnects by itself after most closes, but does not report all that are final (after 4010 and 4011 it goes on
//! only once a heartbeat has failed, after 4012 it tries for ever), so the shard is looked at, and a connection that
//! stays down is made anew. Interactions need no intent. <https://discord.com/developers/docs/topics/gateway>

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::FutureExt as _;
use poise::{FrameworkContext, FrameworkError, FrameworkOptions};
use secrecy::SecretString;
use serenity::all::{
    ClientBuilder, ConnectionStage, Context, Event, EventHandler, FullEvent, GatewayError, GatewayIntents, Interaction,
    RawEventHandler, Ready, ShardManager,
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

/// How long until it is tried again: doubling from the first to the last. What people must mend first is tried after the
/// last at once.
const FIRST: Span = Span::seconds(1);
const LAST: Span = Span::minutes(5);

/// How long a connection must have lasted, with the minute in which it was down, for the next pause to be the first
/// again.
const STEADY: Span = Span::minutes(3);

/// Whoever starts more sessions a day than Discord allows loses its token. Where so few are left, we wait for the next
/// day's: one connection of serenity may start a dozen before it is given up.
const RESERVE: u64 = 50;

/// How many sessions one connection may start within [`RESTLESS`] before it is given up.
const RESTARTS: usize = 5;
const RESTLESS: Span = Span::minutes(30);

/// How long finding out where the gateway is may take.
const FINDING: Span = Span::seconds(10);

/// How long saying goodbye may take.
const GOODBYE: Span = Span::seconds(2);

/// The way in over the gateway.
pub(super) struct Door<'a> {
    pub(super) token: &'a SecretString,
    pub(super) api_url: Option<&'a str>,
    pub(super) desk: &'a Arc<Desk>,
}

/// How a connection ended, in words for operators.
enum Ended {
    /// What may pass by itself.
    Down(String),
    /// What people must mend first.
    Refused(String),
    /// All sessions of the day are used up, until then.
    UsedUp(Moment),
}

impl Door<'_> {
    /// Keeps the connection open until the program stops.
    pub(super) async fn keep_open(&self, stop: &CancellationToken) {
        let (clock, metrics) = (&self.desk.clock, &self.desk.metrics);
        let mut pause = FIRST;
        metrics.connected("discord", false);
        while !stop.is_cancelled() {
            let since = clock.now();
            let ended = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                found = self.find() => match found {
                    Ok(url) => self.connect(url, stop).await,
                    Err(ended) => ended,
                },
            };
            metrics.connected("discord", false);
            if stop.is_cancelled() {
                return;
            }
            if clock.now().since(since) >= STEADY {
                pause = FIRST;
            }
            let again = match &ended {
                Ended::Down(reason) => {
                    tracing::error!(reason, "the connection to Discord has ended; it is made anew");
                    let again = clock.now().plus(pause);
                    pause = Span(pause.0.saturating_mul(2)).min(LAST);
                    again
                }
                Ended::Refused(reason) => {
                    tracing::error!(reason, "Discord does not let us in; it is tried again every 5 minutes");
                    clock.now().plus(LAST)
                }
                Ended::UsedUp(then) => {
                    let minutes = then.since(clock.now()).0 / 60_000;
                    tracing::error!(minutes, "too many connections to Discord today; it waits until there are more");
                    *then
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = clock.alarm(again) => {}
            }
        }
    }

    /// Where the gateway is, and whether a session may be started. We ask by ourselves, because serenity goes to the
    /// real Discord when it is not told.
    async fn find(&self) -> Result<String, Ended> {
        let http = rest::http(self.token, self.api_url);
        let clock = &self.desk.clock;
        let Some(told) = clock::timeout(&**clock, FINDING, http.get_bot_gateway()).await else {
            return Err(Ended::Down("Discord does not say where its gateway is".to_owned()));
        };
        let told = told.map_err(|error| reason(&error))?;
        if let Some(stand_in) = self.api_url
            && told.url.contains("discord.gg")
        {
            return Err(Ended::Refused(format!("{stand_in} stands in for Discord, but names the real gateway")));
        }
        let limit = &told.session_start_limit;
        if limit.remaining < RESERVE.min(limit.total / 2) {
            let wait = i64::try_from(limit.reset_after).unwrap_or(i64::MAX);
            return Err(Ended::UsedUp(clock.now().plus(Span(wait).min(Span::hours(24)))));
        }
        Ok(told.url)
    }

    /// Connects, and stays until something ends it. Says what did.
    async fn connect(&self, url: String, stop: &CancellationToken) -> Ended {
        let http = rest::http(self.token, self.api_url);
        let raw = Undecoded(self.desk.metrics.clone());
        let sessions = Arc::new(AtomicUsize::new(0));
        let builder = ClientBuilder::new_with_http(http, GatewayIntents::empty())
            .framework(framework(Arc::clone(self.desk)))
            .event_handler(Sessions(Arc::clone(&sessions)))
            .raw_event_handler(raw);
        let building = tokio::select! {
            () = stop.cancelled() => return Ended::Down(String::new()),
            built = clock::timeout(&*self.desk.clock, FINDING, builder.into_future()) => built,
        };
        let mut client = match building {
            Some(Ok(client)) => client,
            Some(Err(error)) => return reason(&error),
            None => return Ended::Down("Discord does not say where its gateway is".to_owned()),
        };
        // serenity has asked once more, and has taken the real gateway's address if it was not told.
        *client.ws_url.lock().await = url;
        let shards = Arc::clone(&client.shard_manager);
        // serenity's shards are tasks of their own: whoever lets go of this future lets go of them too.
        let _goodbye = Goodbye(Arc::clone(&shards));
        let mut started = pin!(client.start().fuse());
        let mut watch = pin!(self.watch(&shards, &sessions).fuse());
        let ended = futures::select_biased! {
            () = stop.cancelled().fuse() => Ended::Down(String::new()),
            ended = started => match ended {
                Err(error) => reason(&error),
                Ok(()) => Ended::Down("it was closed".to_owned()),
            },
            why = watch => Ended::Down(why.to_owned()),
        };
        let _ = clock::timeout(&*SystemClock::real(), GOODBYE, shards.shutdown_all()).await;
        ended
    }

    /// Ends when the shard has been down for too long, or starts one session after the other.
    async fn watch(&self, shards: &ShardManager, sessions: &AtomicUsize) -> &'static str {
        let (clock, metrics) = (&self.desk.clock, &self.desk.metrics);
        let (mut up_at, mut counted_at): (Moment, Moment) = (clock.now(), clock.now());
        loop {
            clock.alarm(clock.now().plus(LOOK)).await;
            let runners = shards.runners.lock().await;
            let up = !runners.is_empty() && runners.values().all(|shard| shard.stage == ConnectionStage::Connected);
            drop(runners);
            metrics.connected("discord", up);
            if up {
                up_at = clock.now();
            } else if clock.now().since(up_at) >= DOWN {
                return "it was down for a minute";
            }
            if sessions.load(Ordering::Relaxed) > RESTARTS {
                return "Discord ends one session after the other";
            }
            if clock.now().since(counted_at) >= RESTLESS {
                counted_at = clock.now();
                sessions.store(0, Ordering::Relaxed);
            }
        }
    }
}

/// Counts the sessions that a connection starts.
struct Sessions(Arc<AtomicUsize>);

#[async_trait]
impl EventHandler for Sessions {
    async fn ready(&self, _: Context, _: Ready) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn framework(desk: Arc<Desk>) -> poise::Framework<Arc<Desk>, Never> {
    let options = FrameworkOptions {
        commands: commands::tree(),
        event_handler: |context, event| Box::pin(on_event(context, event)),
        on_error: |error| Box::pin(on_error(error)),
        ..FrameworkOptions::default()
    };
    poise::Framework::builder()
        .options(options)
        .initialize_owners(false)
        .setup(|_, _, _| Box::pin(async move { Ok(desk) }))
        .build()
}

/// A command that an older or newer program has registered is answered like any other that nobody knows.
async fn on_error(error: FrameworkError<'_, Arc<Desk>, Never>) {
    match error {
        FrameworkError::UnknownInteraction { framework, interaction, .. } => {
            let desk = framework.user_data;
            desk.tasks.track(Box::pin(desk.command(interaction, desk.arrival(interaction.id)))).await;
        }
        error => tracing::error!(%error, "a command did not come to its end"),
    }
}

/// Buttons, selects and modals. They carry all that they need, so they work after any restart.
async fn on_event(context: FrameworkContext<'_, Arc<Desk>, Never>, event: &FullEvent) -> Result<(), Never> {
    match event {
        FullEvent::Ready { .. } | FullEvent::Resume { .. } => context.user_data.metrics.connected("discord", true),
        FullEvent::InteractionCreate { interaction } => {
            let desk = context.user_data;
            match interaction {
                Interaction::Component(press) => {
                    desk.tasks.track(Box::pin(desk.component(press, desk.arrival(press.id)))).await
                }
                Interaction::Modal(modal) => {
                    desk.tasks.track(Box::pin(desk.modal(modal, desk.arrival(modal.id)))).await
                }
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

/// Why a connection ended, for operators, with what to do where only they can mend it.
fn reason(error: &serenity::Error) -> Ended {
    const TOKEN: &str =
        "DISCORD_TOKEN is refused; reset the token on the page Bot of the application, and put the new one there";
    const INTENTS: &str = "the gateway refuses our intents, though none is asked for; is the application in order?";
    match (rest::status(error), error) {
        (Some(401), _) => Ended::Refused(TOKEN.to_owned()),
        (Some(status), _) => Ended::Down(format!("Discord answers {status}")),
        (None, serenity::Error::Gateway(refusal)) => Ended::Refused(match refusal {
            GatewayError::InvalidAuthentication => TOKEN.to_owned(),
            GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents => INTENTS.to_owned(),
            other => format!("the gateway refuses: {other}"),
        }),
        (None, error) => Ended::Down(rest::unreached(error)),
    }
}
