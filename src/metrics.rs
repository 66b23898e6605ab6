//! What operators can count: a registry of Prometheus metrics, read at `GET /metrics`.
//!
//! Names follow the Prometheus conventions. Not here: what people are told. To add one: a field, and a line in
//! [`Metrics::default`].

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// Bounds of the time until a person's interaction is acknowledged, in seconds; a chat allows three.
const ACKS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];

/// The metrics. Copies share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    undecoded: Family<OfChat, Counter>,
    connected: Family<OfChat, Gauge>,
    acknowledged: Family<OfChat, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfChat {
    chat: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("shipgate");
        let (undecoded, connected) = (Family::default(), Family::default());
        let acknowledged = Family::new_with_constructor((|| Histogram::new(ACKS)) as fn() -> Histogram);
        registry.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register(
            "chat_undecoded_interactions",
            "Interactions that could not be read: a press or a command that came to nothing",
            undecoded.clone(),
        );
        registry.register("chat_connected", "Whether the chat's connection is up", connected.clone());
        registry.register(
            "chat_acknowledgement_seconds",
            "From an interaction's arrival to its acknowledgement",
            acknowledged.clone(),
        );
        Self { registry: Arc::new(registry), undecoded, connected, acknowledged }
    }
}

impl Metrics {
    /// An interaction could not be read.
    pub fn undecoded(&self, chat: &'static str) {
        self.undecoded.get_or_create(&OfChat { chat }).inc();
    }

    /// A chat's connection is up, or is not.
    pub fn connected(&self, chat: &'static str, up: bool) {
        self.connected.get_or_create(&OfChat { chat }).set(i64::from(up));
    }

    /// A person's interaction was acknowledged after so many seconds.
    pub fn acknowledged(&self, chat: &'static str, seconds: f64) {
        self.acknowledged.get_or_create(&OfChat { chat }).observe(seconds);
    }

    /// All of them in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
