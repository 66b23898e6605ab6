//! A machine as the API tells of it: only what a rollout reads. The `config` stays a JSON value, because an update
//! replaces the whole of it and what is not known here must survive.
//!
//! Not here: `Debug` of a machine, whose config holds secrets.

use serde::Deserialize;
use serde_json::{Value, json};

use super::config::duration;
use crate::domain::Id;

/// The metadata key of the fence: the attempt that may change the machine.
pub(super) const ATTEMPT: &str = "shipgate_attempt";
/// The metadata key that names the deployment of that attempt.
pub(super) const DEPLOYMENT: &str = "shipgate_deployment";

/// The metadata key of a machine that was made to take another one's place: deployment and that one's name.
pub(super) const REPLACES: &str = "shipgate_replaces";
/// The same of a machine that was made to try a release before the others get it: the one it is a copy of.
pub(super) const CANARY: &str = "shipgate_canary";
/// The metadata key of a machine that was made and has nobody's place yet, with its deployment. Whoever rolls out next
/// may remove it.
pub(super) const TEMPORARY: &str = "shipgate_temporary";
/// The metadata key of a machine whose place another one has taken, with the deployment. It is kept until the next one.
pub(super) const RETIRED: &str = "shipgate_retired";

/// Process groups that `fly deploy` makes for itself.
const RESERVED: [&str; 3] = ["fly_app_release_command", "fly_app_test_machine_command", "fly_app_console"];
/// Check entries that the platform invents.
const COMPAT_CHECK: &str = "bg_deployments_compat";

/// One machine.
#[derive(Clone, Deserialize)]
pub(super) struct Machine {
    pub(super) id: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) region: String,
    #[serde(default)]
    pub(super) instance_id: String,
    #[serde(default)]
    pub(super) config: Option<Value>,
    #[serde(default)]
    incomplete_config: Option<Value>,
    #[serde(default)]
    image_ref: Option<ImageRef>,
    #[serde(default)]
    checks: Option<Vec<Check>>,
    #[serde(default)]
    events: Option<Vec<Event>>,
    #[serde(default)]
    host_status: Option<String>,
    #[serde(default)]
    cordoned: Option<bool>,
}

/// What the image resolved to.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ImageRef {
    registry: Option<String>,
    repository: Option<String>,
    digest: Option<String>,
}

/// A health check's last word.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) status: String,
    output: Option<String>,
}

/// Something that happened to the machine; they come newest first.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    status: Option<String>,
    timestamp: Option<i64>,
    request: Option<Value>,
}

/// How the main process ended, the last time it did.
pub(super) struct Exit {
    pub(super) asked_for: bool,
    pub(super) restarting: bool,
    pub(super) code: i64,
    pub(super) out_of_memory: bool,
    pub(super) restarts: u64,
}

/// What the checks say together.
pub(super) enum Health {
    /// There are none to ask.
    NoChecks,
    /// Some are configured, none has reported.
    Silent,
    /// All that have reported pass.
    Passing,
    /// These do not, with what the first of them says.
    Failing { names: String, output: String },
}

impl Machine {
    /// Whether it is one of the machines that the app consists of: `fly deploy`, and so Shipgate, looks after it, and it
    /// neither waits for another one's place nor has left its own.
    pub(super) fn is_ours(&self) -> bool {
        self.is_looked_after() && !self.is_temporary() && !self.is_retired()
    }

    /// The same with those that wait for a place or have left theirs.
    pub(super) fn is_looked_after(&self) -> bool {
        self.metadata("fly_platform_version") == Some("v2")
            && !RESERVED.contains(&self.process_group())
            && !self.is_gone()
    }

    /// The process group that it belongs to; empty if nothing says so.
    pub(super) fn process_group(&self) -> &str {
        self.metadata("fly_process_group").or_else(|| self.metadata("process_group")).unwrap_or_default()
    }

    /// Whether it was made and has nobody's place yet.
    pub(super) fn is_temporary(&self) -> bool {
        self.metadata(TEMPORARY).is_some()
    }

    /// Whether another one has its place.
    pub(super) fn is_retired(&self) -> bool {
        self.metadata(RETIRED).is_some()
    }

    /// Whether that deployment made it, or retired it, and it stands aside for that.
    pub(super) fn is_aside_for(&self, deployment: &Id) -> bool {
        [TEMPORARY, RETIRED].iter().any(|key| self.metadata(key) == Some(deployment.0.as_str()))
    }

    /// The machine after which a deployment made this one, if it did.
    pub(super) fn made_after(&self, deployment: &Id) -> Option<&str> {
        let said = self.metadata(REPLACES).or_else(|| self.metadata(CANARY))?;
        said.strip_prefix(deployment.0.as_str())?.strip_prefix('/')
    }

    /// Whether it has a volume, which is on one host and belongs to one machine.
    pub(super) fn has_mounts(&self) -> bool {
        self.list("mounts").next().is_some()
    }

    /// Whether it was ever told to start, in its present version.
    pub(super) fn was_started(&self) -> bool {
        self.recent().any(|event| event.kind == "start")
    }

    /// Whether it is destroyed, or about to be.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state.as_str(), "destroyed" | "destroying")
    }

    /// Whether its host answers and its whole config is known, so that it can be updated from it.
    pub(super) fn is_reachable(&self) -> bool {
        self.config.is_some() && self.host_status.as_deref().is_none_or(|s| s == "ok")
    }

    /// Whether it is in a state that it stays in by itself.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state.as_str(), "created" | "started" | "stopped" | "suspended" | "failed")
    }

    /// Whether it is down, and stays so by itself.
    pub(super) fn is_down(&self) -> bool {
        self.is_settled() && self.state != "started"
    }

    /// Whether an update boots it: the rule of `fly deploy`.
    pub(super) fn is_launched(&self) -> bool {
        launches(&self.state) && !self.has_standbys()
    }

    /// Whether it only starts when the host of another one fails.
    pub(super) fn has_standbys(&self) -> bool {
        self.list("standbys").next().is_some()
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.config.as_ref().and_then(|c| c.get(name)?.as_array()).into_iter().flatten()
    }

    pub(super) fn is_cordoned(&self) -> bool {
        self.cordoned.unwrap_or(false)
    }

    /// The attempt that stamped it last; 0 when none has.
    pub(super) fn stamp(&self) -> u64 {
        self.metadata(ATTEMPT).and_then(|v| v.parse().ok()).unwrap_or(0)
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        let config = self.config.as_ref().or(self.incomplete_config.as_ref())?;
        config.get("metadata")?.get(key)?.as_str().filter(|value| !value.is_empty())
    }

    /// The digest that it runs; empty if the API does not say.
    pub(super) fn digest(&self) -> &str {
        self.image_ref.as_ref().and_then(|i| i.digest.as_deref()).unwrap_or_default()
    }

    /// The whole image reference, by digest where that is known.
    pub(super) fn image(&self) -> String {
        let Some(ImageRef { registry: Some(registry), repository: Some(repository), digest: Some(digest) }) =
            &self.image_ref
        else {
            let sent = self.config.as_ref().and_then(|c| c.get("image")?.as_str());
            return sent.unwrap_or_default().to_owned();
        };
        format!("{registry}/{repository}@{digest}")
    }

    /// Whether the proxy may stop it when nobody asks for it.
    pub(super) fn has_autostop(&self) -> bool {
        let on = |v: &Value| v.as_bool().unwrap_or_else(|| v.as_str().is_some_and(|s| s != "off"));
        self.services().any(|service| service.get("autostop").is_some_and(on))
    }

    fn services(&self) -> impl Iterator<Item = &Value> {
        self.list("services")
    }

    /// Every check in the config.
    fn configured_checks(&self) -> impl Iterator<Item = &Value> {
        let top = self.config.as_ref().and_then(|c| c.get("checks")?.as_object());
        let of_services = self.services().filter_map(|s| s.get("checks")?.as_array()).flatten();
        top.into_iter().flat_map(|checks| checks.values()).chain(of_services)
    }

    /// The longest grace period of its checks, in milliseconds.
    pub(super) fn grace(&self) -> i64 {
        self.configured_checks().filter_map(|c| duration(c.get("grace_period")?)).max().unwrap_or(0)
    }

    /// How long it may take to stop when it is asked to, in milliseconds.
    pub(super) fn kill_timeout(&self) -> i64 {
        let timeout = self.config.as_ref().and_then(|c| duration(c.get("stop_config")?.get("timeout")?));
        timeout.unwrap_or(5_000)
    }

    /// What its checks say together.
    pub(super) fn health(&self) -> Health {
        if self.configured_checks().next().is_none() {
            return Health::NoChecks;
        }
        let reported: Vec<&Check> =
            self.checks.iter().flatten().filter(|c| !c.name.starts_with(COMPAT_CHECK)).collect();
        let failing: Vec<&&Check> = reported.iter().filter(|c| c.status != "passing").collect();
        match failing.first() {
            _ if reported.is_empty() => Health::Silent,
            None => Health::Passing,
            Some(first) => Health::Failing {
                names: failing.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
                output: first.output.clone().unwrap_or_default(),
            },
        }
    }

    /// What happened since the present version was made, newest first.
    fn recent(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().flatten().take_while(|e| e.kind != "update" && e.kind != "launch")
    }

    /// How the present version ended last, if it has.
    pub(super) fn last_exit(&self) -> Option<Exit> {
        let request = self.recent().find(|e| e.kind == "exit")?.request.as_ref()?;
        let exit = request.get("exit_event").or_else(|| request.get("MonitorEvent")?.get("exit_event"))?;
        let flag = |name: &str| exit.get(name).and_then(Value::as_bool).unwrap_or(false);
        Some(Exit {
            asked_for: flag("requested_stop"),
            restarting: flag("restarting"),
            code: exit.get("exit_code").and_then(Value::as_i64).unwrap_or(0),
            out_of_memory: flag("oom_killed"),
            restarts: request.get("restart_count").and_then(Value::as_u64).unwrap_or(0),
        })
    }

    /// Since when the present version runs, in milliseconds since 1970, if an event says so.
    pub(super) fn up_since(&self) -> Option<i64> {
        self.recent().find(|e| e.kind == "start" && e.status.as_deref() == Some("started"))?.timestamp
    }

    /// What is needed to put it back as it is now.
    pub(super) fn record(&self) -> Value {
        json!({
            "config": self.config,
            "image": self.image(),
            "digest": self.digest(),
            "state": self.state,
            "cordoned": self.is_cordoned(),
            "instance_id": self.instance_id,
        })
    }
}

/// Whether an update boots a machine that is in this state.
fn launches(state: &str) -> bool {
    matches!(state, "started" | "starting" | "failed" | "restarting")
}

/// A machine as it was recorded before its first change.
#[derive(Clone, Deserialize)]
pub(super) struct Recorded {
    pub(super) config: Value,
    pub(super) image: String,
    pub(super) digest: String,
    state: String,
    pub(super) cordoned: bool,
    pub(super) instance_id: String,
}

impl Recorded {
    /// Whether it ran, or was about to.
    pub(super) fn ran(&self) -> bool {
        let standby = self.config.get("standbys").and_then(Value::as_array).is_some_and(|s| !s.is_empty());
        launches(&self.state) && !self.had_failed() && !standby
    }

    /// Whether what takes its place is booted: as an update boots it.
    pub(super) fn is_launched(&self) -> bool {
        self.ran() || self.had_failed()
    }

    /// Whether it was broken already.
    pub(super) fn had_failed(&self) -> bool {
        self.state == "failed"
    }
}
