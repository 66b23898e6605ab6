//! The consistency boundary: an environment with the deployment under way, the one that waits, its attempt and
//! what runs. Everything here is made by folding the ledger ([`fold`](super::fold())); locks, quarantine and
//! evidence are rows of their own and come in as [`Facts`].

use serde::{Deserialize, Serialize};

use super::{
    Actor, CheckSpec, Deployment, Evidence, FoundMachine, Halt, Id, Kind, Lock, Moment, Policy, Quarantine, Reading,
    Refusal, Release, Who,
};

/// One environment of one app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The app.
    pub app: String,
    /// Its name in the config.
    pub name: String,
    /// How many ledger entries it has; the number of the last one.
    pub seq: u64,
    /// Counts the target effects; the fence refuses an older one.
    pub attempt: u64,
    /// When the target was last asked what runs.
    pub looked_at: Option<Moment>,
    /// The machines, as the target last said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<FoundMachine>,
    /// What runs, as the target last said or a deployment last verified.
    pub running: Option<Release>,
    /// The deployment under way.
    pub current: Option<Deployment>,
    /// The one that waits behind it.
    pub queued: Option<Deployment>,
    /// The last one that ended with [`NeedsPeople`](super::Outcome::NeedsPeople), until a rollback has worked or
    /// somebody has decided to keep what there is.
    pub stuck: Option<Deployment>,
    /// The smoke test under way.
    pub smoke: Option<Smoke>,
    /// The halt that holds. Only of the house: to all others it is a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
}

impl Environment {
    /// An environment of which nothing is known yet.
    #[must_use]
    pub fn new(app: &str, name: &str) -> Self {
        Self {
            app: app.to_owned(),
            name: name.to_owned(),
            seq: 0,
            attempt: 0,
            looked_at: None,
            machines: Vec::new(),
            running: None,
            current: None,
            queued: None,
            stuck: None,
            smoke: None,
            halt: None,
        }
    }

    /// The deployment that needs people's decision now: none while a rollback is under way.
    #[must_use]
    pub fn needs_people(&self) -> Option<&Deployment> {
        let goes_back = self.current.as_ref().is_some_and(|d| d.kind == Kind::Rollback);
        self.stuck.as_ref().filter(|_| !goes_back)
    }

    /// A deployment that the environment still holds: under way, waiting, or stuck.
    #[must_use]
    pub fn deployment(&self, id: &Id) -> Option<&Deployment> {
        [&self.current, &self.queued, &self.stuck].into_iter().flatten().find(|d| d.id == *id)
    }
}

/// One run of an environment's http checks, asked for by a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Smoke {
    /// Its name.
    pub id: Id,
    /// The app.
    pub app: String,
    /// The environment.
    pub environment: String,
    /// Who asked.
    pub by: Who,
    /// When.
    pub at: Moment,
    /// What runs there, as far as it is known.
    pub running: Option<Release>,
    /// The checks, by the name of their gate or rule, and what each answered.
    pub checks: Vec<SmokeCheck>,
    /// When the last one answered.
    pub closed_at: Option<Moment>,
}

/// One question of a smoke test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmokeCheck {
    /// The name of the gate or rule it comes from.
    pub name: String,
    /// What is asked.
    pub check: CheckSpec,
    /// The answer.
    pub reading: Option<Reading>,
}

/// What a step may know besides the environment: read in the same transaction that writes its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What time it is.
    pub now: Moment,
    /// The person who acts; none when the world or the clock does.
    pub actor: Option<Actor>,
    /// The environment before this one; none for the first.
    pub before: Option<String>,
    /// What the config says; none when the environment is gone from it.
    pub policy: Option<Policy>,
    /// The app's releases, newest first.
    pub releases: Vec<Release>,
    /// What succeeded here, newest first, found releases included.
    pub evidence: Vec<Evidence>,
    /// What succeeded in the environment before, newest first.
    pub evidence_before: Vec<Evidence>,
    /// The app's barred artifacts.
    pub quarantine: Vec<Quarantine>,
    /// The lock of this environment, be it over.
    pub lock: Option<Lock>,
    /// The lock of its whole app.
    pub app_lock: Option<Lock>,
    /// What stops everything, if something does.
    pub halt: Option<Halt>,
    /// The deployment that a person acts on, if it has ended.
    pub closed: Option<Deployment>,
}

impl Facts {
    /// The quarantine that bars an artifact, if one does.
    #[must_use]
    pub fn barred(&self, digest: &str) -> Option<&Quarantine> {
        self.quarantine.iter().find(|q| q.digest == digest)
    }

    /// What somebody is told who asks for a release that is barred.
    #[must_use]
    pub fn refuses(&self, release: &Release) -> Option<Refusal> {
        self.barred(&release.digest).map(|quarantine| Refusal::Quarantined {
            asked: release.version.clone(),
            version: quarantine.version.clone(),
            environment: quarantine.environment.clone(),
            at: quarantine.at,
        })
    }

    /// Why a deployment that waits could not start though every gate were open: its release was barred meanwhile, or has
    /// lost its evidence. Judged anew each time, because a quarantine may be lifted.
    #[must_use]
    pub fn unfit(&self, d: &Deployment) -> Option<Refusal> {
        if d.has_touched() || d.outcome.is_some() {
            return None;
        }
        let proven = self.evidence_before.iter().any(|e| !e.found && e.release.digest == d.release.digest);
        let before = self.before.clone().filter(|_| d.kind == Kind::Promote && !proven);
        let unproven = before.map(|before| Refusal::NoEvidence { version: Some(d.release.version.clone()), before });
        self.refuses(&d.release).or(unproven)
    }

    /// The environment's own lock, if it still holds.
    #[must_use]
    pub fn own_lock_now(&self) -> Option<&Lock> {
        self.lock.as_ref().filter(|lock| lock.holds(self.now))
    }

    /// The lock of the whole app, if it still holds.
    #[must_use]
    pub fn app_lock_now(&self) -> Option<&Lock> {
        self.app_lock.as_ref().filter(|lock| lock.holds(self.now))
    }

    /// Every lock that holds here: the environment's own first.
    #[must_use]
    pub fn locks_now(&self) -> Vec<&Lock> {
        self.own_lock_now().into_iter().chain(self.app_lock_now()).collect()
    }

    /// The halt, if it still holds.
    #[must_use]
    pub fn halt_now(&self) -> Option<&Halt> {
        self.halt.as_ref().filter(|halt| halt.holds(self.now))
    }
}
