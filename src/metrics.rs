//! What operators can count: a registry of Prometheus metrics, read at `GET /metrics`.
//!
//! Names follow the Prometheus conventions. Not here: what people are told. To add one: a field, a line in
//! [`Metrics::default`], and a line in the README.

use std::collections::BTreeMap;
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

/// Bounds of a phase's length, in seconds: from a gate that is open at once to a wait of days for people.
const PHASES: [f64; 12] =
    [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0];

/// The phases that something can be in.
const OPEN: [&str; 6] = ["queued", "entering", "rolling_out", "verifying", "watching", "rolling_back"];

/// The kinds of deployments, and how they end.
const KINDS: [&str; 4] = ["deploy", "promote", "rollback", "hotfix"];
const OUTCOMES: [&str; 6] = ["succeeded", "rolled_back", "failed", "aborted", "superseded", "needs_people"];

/// The kinds of effects.
const EFFECTS: [&str; 6] = ["look", "roll_out", "restore", "ask", "show", "say"];

/// What can come of each effect, of a target's work, and of a check.
const RESULTS: [&str; 5] = ["done", "retried", "put_off", "given_back", "dropped"];
const ENDED: [&str; 3] = ["failed", "unknown", "halted"];
const VERDICTS: [&str; 3] = ["pass", "fail", "unknown"];

/// The metrics. Copies share them. Labels are words of the program, never anything from outside: their number is fixed.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    undecoded: Family<OfChat, Counter>,
    refused: Family<OfChat, Counter>,
    connected: Family<OfChat, Gauge>,
    acknowledged: Family<OfChat, Histogram>,
    unanswered: Family<OfChat, Counter>,
    closed: Family<Closed, Counter>,
    phases: Family<OfPhase, Histogram>,
    performed: Family<Performed, Counter>,
    open: Family<OfPhase, Gauge>,
    waiting: Gauge,
    pending: Family<OfEffect, Gauge>,
}

/// What is open, what waits and what is to be done at one moment.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    /// Open deployments by their phase.
    pub open: BTreeMap<String, i64>,
    /// How many of them go on only when a person says so.
    pub waiting: i64,
    /// Effects that are to be performed, by their kind.
    pub pending: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Closed {
    kind: String,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPhase {
    phase: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Performed {
    kind: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEffect {
    kind: &'static str,
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
        let metrics = Self {
            registry: Arc::default(),
            undecoded,
            refused: Family::default(),
            connected,
            acknowledged,
            unanswered: Family::default(),
            closed: Family::default(),
            phases: Family::new_with_constructor((|| Histogram::new(PHASES)) as fn() -> Histogram),
            performed: Family::default(),
            open: Family::default(),
            waiting: Gauge::default(),
            pending: Family::default(),
        };
        metrics.describe(&mut registry);
        metrics.begin();
        Self { registry: Arc::new(registry), ..metrics }
    }
}

impl Metrics {
    fn describe(&self, registry: &mut Registry) {
        registry.register(
            "chat_refused_requests",
            "Requests to a chat's own address that were refused: forged, too old, a repeat, or not to be read",
            self.refused.clone(),
        );
        registry.register(
            "chat_unanswered_interactions",
            "Interactions whose first answer the chat did not take: what was asked for is done all the same",
            self.unanswered.clone(),
        );
        registry.register(
            "deployments_closed",
            "Deployments that have ended since the start of this process, by kind and outcome",
            self.closed.clone(),
        );
        registry.register(
            "deployment_phase_seconds",
            "How long deployments were in a phase, once they have left it",
            self.phases.clone(),
        );
        registry.register("deployments_open", "Deployments that have not ended, by phase", self.open.clone());
        registry.register(
            "deployments_waiting_for_people",
            "Deployments that go on only when a person says so",
            self.waiting.clone(),
        );
        registry.register(
            "effects",
            "Work on the outside that was put down, by kind and by what came of it",
            self.performed.clone(),
        );
        registry.register("effects_pending", "Work on the outside that is to be done, by kind", self.pending.clone());
    }

    /// Has every counter there from the beginning, at zero: what has never happened is otherwise not to be told from what
    /// is not counted, and a first time is no increase.
    fn begin(&self) {
        for kind in KINDS {
            for outcome in OUTCOMES {
                let (kind, outcome) = (kind.to_owned(), outcome.to_owned());
                drop(self.closed.get_or_create(&Closed { kind, outcome }));
            }
        }
        for kind in EFFECTS {
            let own: &[&str] = match kind {
                "look" => &ENDED[..1],
                "roll_out" | "restore" => &ENDED,
                "ask" => &VERDICTS,
                _ => &[],
            };
            for result in RESULTS.iter().chain(own) {
                drop(self.performed.get_or_create(&Performed { kind, result }));
            }
        }
        for phase in OPEN {
            drop(self.phases.get_or_create(&OfPhase { phase: phase.to_owned() }));
        }
    }

    /// A deployment has ended.
    pub fn closed(&self, kind: &str, outcome: &str) {
        self.closed.get_or_create(&Closed { kind: kind.to_owned(), outcome: outcome.to_owned() }).inc();
    }

    /// A deployment has left a phase after so many seconds.
    pub fn phase(&self, phase: &str, seconds: f64) {
        self.phases.get_or_create(&OfPhase { phase: phase.to_owned() }).observe(seconds);
    }

    /// An effect was put down.
    pub fn performed(&self, kind: &'static str, result: &'static str) {
        self.performed.get_or_create(&Performed { kind, result }).inc();
    }

    /// What is open, what waits and what is to be done, as it is now.
    pub fn stock(&self, stock: &Stock) {
        for phase in OPEN {
            let open = stock.open.get(phase).copied().unwrap_or_default();
            self.open.get_or_create(&OfPhase { phase: phase.to_owned() }).set(open);
        }
        for kind in EFFECTS {
            let pending = stock.pending.get(kind).copied().unwrap_or_default();
            self.pending.get_or_create(&OfEffect { kind }).set(pending);
        }
        self.waiting.set(stock.waiting);
    }

    /// An interaction could not be read.
    pub fn undecoded(&self, chat: &'static str) {
        self.undecoded.get_or_create(&OfChat { chat }).inc();
    }

    /// A request to a chat's own address was refused.
    pub fn refused(&self, chat: &'static str) {
        self.refused.get_or_create(&OfChat { chat }).inc();
    }

    /// A chat's connection is up, or is not.
    pub fn connected(&self, chat: &'static str, up: bool) {
        self.connected.get_or_create(&OfChat { chat }).set(i64::from(up));
    }

    /// A person's interaction was acknowledged after so many seconds.
    pub fn acknowledged(&self, chat: &'static str, seconds: f64) {
        self.acknowledged.get_or_create(&OfChat { chat }).observe(seconds);
    }

    /// A person's interaction got no answer, because the chat did not take it.
    pub fn unanswered(&self, chat: &'static str) {
        self.unanswered.get_or_create(&OfChat { chat }).inc();
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
