//! The JSON of the API, made from views. Ids are text, revisions integers, times RFC 3339 UTC with milliseconds in
//! members that end in `_at` (and `at`). The description of the API is made of these types.

mod why;

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::Value;

use crate::card;
use crate::domain::{self, GateState, Id, Kind, Moment, Outcome, Phase, RuleProgress, Standing, Verdict, When};
use crate::view::{AppView, DeploymentStory, DeploymentView, EnvironmentView};
use crate::words::Words;

pub(super) use why::{Why, why};

/// A moment: RFC 3339, UTC, milliseconds.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Time(String);

impl From<Moment> for Time {
    fn from(at: Moment) -> Self {
        let at = DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default();
        Self(at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
        })
    }
}

/// Whether it can do its work.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    /// `healthy` or `unhealthy`.
    pub(super) status: &'static str,
    pub(super) timestamp: Time,
    /// `ok`, or what is wrong.
    pub(super) database: &'static str,
    pub(super) version: &'static str,
}

/// That it is migrated and listening.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ready {
    pub(super) status: &'static str,
}

/// An error (RFC 9457).
#[derive(Serialize, JsonSchema)]
pub(super) struct Problem {
    /// `urn:shipgate:problem:` and the code.
    pub(super) r#type: String,
    pub(super) title: &'static str,
    pub(super) status: u16,
    /// What happened and what it means.
    pub(super) detail: String,
    /// Stable: script against it.
    pub(super) code: String,
    /// What to do.
    pub(super) next: String,
}

/// What a command was answered.
#[derive(Serialize, JsonSchema)]
pub(super) struct Said {
    pub(super) said: String,
    /// The deployment that it is about.
    pub(super) deployment: Option<Id>,
}

/// A release. It never changes once made.
#[derive(Serialize, JsonSchema)]
pub(super) struct Release {
    app: String,
    version: String,
    image: String,
    digest: String,
    commit: Option<String>,
    notes: Option<String>,
    /// Whether what came before cannot run after it.
    one_way: bool,
    registered_at: Time,
}

pub(super) fn release(release: &domain::Release) -> Release {
    Release {
        app: release.app.clone(),
        version: release.version.clone(),
        image: release.image.clone(),
        digest: release.digest.clone(),
        commit: release.commit.clone(),
        notes: release.notes.clone(),
        one_way: release.one_way,
        registered_at: release.registered_at.into(),
    }
}

/// A deployment with its part of the ledger.
#[derive(Serialize, JsonSchema)]
pub(super) struct Story {
    #[serde(flatten)]
    deployment: Deployment,
    /// The last 200; with `after`, the first 200 after that number.
    events: Vec<Event>,
    /// On which side of those there are more.
    more_events: Option<More>,
}

/// Where there are more events than are shown.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum More {
    /// Before the first: `?after=0` begins with them.
    Earlier,
    /// After the last, whose `seq` is the next `after`.
    Later,
}

pub(super) fn story(story: &DeploymentStory, after: Option<u64>, words: &Words) -> Story {
    let events = story.entries.iter().map(|(seq, entry)| event(*seq, entry)).collect();
    let side = if after.is_some() { More::Later } else { More::Earlier };
    Story { deployment: deployment(&story.view, words), events, more_events: story.has_more.then_some(side) }
}

/// A deployment without its events.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deployment {
    id: Id,
    app: String,
    environment: String,
    kind: Kind,
    phase: Phase,
    outcome: Option<Outcome>,
    release: Released,
    gates: Vec<Gate>,
    watch: Option<Watch>,
    /// Counts the changes: an action that carries an older one is refused.
    revision: u64,
    requested_by: String,
    reason: Option<String>,
    /// Why it ended as it did, in a word.
    cause: Option<String>,
    created_at: Time,
    closed_at: Option<Time>,
}

/// What a deployment takes its environment to.
#[derive(Serialize, JsonSchema)]
struct Released {
    version: String,
    image: String,
    digest: String,
    commit: Option<String>,
}

pub(super) fn deployment(view: &DeploymentView, words: &Words) -> Deployment {
    let words = &words.here(&view.time_zone, view.now);
    let d = &view.deployment;
    let cause = d.cause.as_ref().and_then(|cause| serde_json::to_value(cause).ok());
    Deployment {
        id: d.id.clone(),
        app: d.app.clone(),
        environment: d.environment.clone(),
        kind: d.kind,
        phase: d.phase,
        outcome: d.outcome,
        release: Released {
            version: d.release.version.clone(),
            image: d.release.image.clone(),
            digest: d.release.digest.clone(),
            commit: d.release.commit.clone(),
        },
        gates: view.gates.iter().map(|standing| gate(standing, view, words)).collect(),
        watch: watch(d, words),
        revision: d.revision,
        requested_by: d.requested_by.identity.clone(),
        reason: d.reason.clone(),
        cause: cause.and_then(|cause| cause["why"].as_str().map(str::to_owned)),
        created_at: d.requested_at.into(),
        closed_at: d.closed_at.map(Time::from),
    }
}

/// How a gate stands.
#[derive(Serialize, JsonSchema)]
struct Gate {
    name: String,
    when: When,
    state: GateState,
    /// The evidence, in words.
    detail: Option<String>,
    /// The earliest moment at which the clock alone opens it.
    opens_at: Option<Time>,
    /// The earliest moment at which it can be open, where that is known: by the clock, when a check can have passed often
    /// enough, or when people can be asked.
    earliest_at: Option<Time>,
    /// The group whose word is missing.
    waits_for: Option<String>,
}

fn gate(standing: &Standing, view: &DeploymentView, words: &Words) -> Gate {
    let d = &view.deployment;
    let progress = d.gates.iter().find(|gate| gate.gate.name == standing.name && gate.when == standing.when);
    Gate {
        name: standing.name.clone(),
        when: standing.when,
        state: standing.state,
        detail: progress.map(|progress| words.note(&card::evidence(progress, d, view.now))),
        opens_at: standing.opens_at.map(Time::from),
        earliest_at: standing.earliest_at.map(Time::from),
        waits_for: standing.waits_for.clone(),
    }
}

/// The watch after the gates.
#[derive(Serialize, JsonSchema)]
struct Watch {
    ends_at: Option<Time>,
    /// Until when people are awaited, where the samples did not suffice.
    undecided_until_at: Option<Time>,
    rules: Vec<Rule>,
}

fn watch(d: &domain::Deployment, words: &Words) -> Option<Watch> {
    let watch = d.plan.as_ref().and_then(|plan| plan.policy.watch.as_ref()).filter(|_| !d.rules.is_empty())?;
    let watching = d.phase == Phase::Watching;
    Some(Watch {
        ends_at: watching.then(|| d.phase_since.plus(watch.length).into()),
        undecided_until_at: d.undecided_until.map(Time::from),
        rules: d.rules.iter().map(|progress| rule(progress, words)).collect(),
    })
}

/// A rule of a watch.
#[derive(Serialize, JsonSchema)]
struct Rule {
    name: String,
    /// How many samples counted.
    samples: u32,
    bad_in_a_row: u32,
    last: Option<Sample>,
}

/// What a rule's check answered last.
#[derive(Serialize, JsonSchema)]
struct Sample {
    at: Time,
    verdict: Verdict,
    value: Option<f64>,
    detail: String,
}

fn rule(progress: &RuleProgress, words: &Words) -> Rule {
    let last = progress.last.as_ref().map(|reading| Sample {
        at: reading.at.into(),
        verdict: reading.verdict,
        value: reading.value,
        detail: words.note(&reading.note),
    });
    let (samples, bad_in_a_row) = (progress.samples, progress.bad_in_a_row);
    Rule { name: progress.rule.name.clone(), samples, bad_in_a_row, last }
}

/// An entry of the ledger.
#[derive(Serialize, JsonSchema)]
struct Event {
    seq: u64,
    at: Time,
    kind: String,
    /// Who, where a person or a token did it.
    by: Option<String>,
    /// What belongs to its kind. Lengths of time are milliseconds.
    data: Value,
}

fn event(seq: u64, entry: &domain::Entry) -> Event {
    let mut what = serde_json::to_value(&entry.what).unwrap_or_default();
    say_times(&mut what);
    Event {
        seq,
        at: entry.at.into(),
        kind: what["kind"].as_str().unwrap_or_default().to_owned(),
        by: entry.by.as_ref().map(|by| by.identity.clone()),
        data: what["data"].take(),
    }
}

/// An entry is stored with times in milliseconds; the API says them as everywhere else.
fn say_times(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_i64().filter(|_| name == "at" || name.ends_with("_at")) {
                    Some(at) => *member = Value::String(Time::from(Moment(at)).0),
                    None => say_times(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(say_times),
        _ => {}
    }
}

/// An environment as it is now.
#[derive(Serialize, JsonSchema)]
pub(super) struct Environment {
    app: String,
    environment: String,
    running: Option<Running>,
    /// What is under way.
    deployment: Option<Deployment>,
    /// What waits for that.
    queued: Option<Deployment>,
    lock: Option<Lock>,
}

/// What runs.
#[derive(Serialize, JsonSchema)]
struct Running {
    version: String,
    digest: String,
}

pub(super) fn environment(view: &EnvironmentView, words: &Words) -> Environment {
    let running = |r: &domain::Release| Running { version: r.version.clone(), digest: r.digest.clone() };
    Environment {
        app: view.app.clone(),
        environment: view.name.clone(),
        running: view.running.as_ref().map(running),
        deployment: view.current.as_ref().map(|view| deployment(view, words)),
        queued: view.queued.as_ref().map(|view| deployment(view, words)),
        lock: view.lock.as_ref().map(lock),
    }
}

/// Who holds an environment.
#[derive(Serialize, JsonSchema)]
struct Lock {
    /// Nobody where Shipgate itself does.
    owner: Option<String>,
    reason: String,
    locked_at: Time,
    expires_at: Option<Time>,
}

fn lock(lock: &domain::Lock) -> Lock {
    Lock {
        owner: lock.owner.as_ref().map(|owner| owner.identity.clone()),
        reason: lock.reason.clone(),
        locked_at: lock.at.into(),
        expires_at: lock.expires_at.map(Time::from),
    }
}

/// An app with its environments, in the order of promotion, and its newest releases.
#[derive(Serialize, JsonSchema)]
pub(super) struct App {
    app: String,
    environments: Vec<Environment>,
    releases: Vec<Release>,
}

pub(super) fn app(view: &AppView, words: &Words) -> App {
    App {
        app: view.name.clone(),
        environments: view.environments.iter().map(|view| environment(view, words)).collect(),
        releases: view.releases.iter().map(release).collect(),
    }
}
