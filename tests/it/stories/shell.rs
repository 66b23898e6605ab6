//! The smallest shell round the core: it keeps the facts as the store would, and writes down what each step gave.

use std::collections::{BTreeMap, BTreeSet};

use shipgate::domain::{
    Action, Actor, Condition, Deployment, Ended, Entry, Environment, Event, Evidence, Facts, Found, FoundMachine, Id,
    Kind, Lock, Moment, Note, Permission, Phase, Policy, Reading, Release, Step, Subject, Verdict, What, Who, fold,
    step,
};

use super::setup::{self, span};

pub(super) struct Shell {
    pub(super) environment: Environment,
    pub(super) facts: Facts,
    pub(super) seen: BTreeSet<String>,
    pub(super) closed: Vec<Deployment>,
    pub(super) made: u32,
    pub(super) ledger: Vec<Entry>,
    /// How each deployment was last said to stand.
    pub(super) told: BTreeMap<Id, String>,
}

impl Default for Shell {
    fn default() -> Self {
        let now = setup::instant("2026-11-23T01:00:00Z");
        Self {
            environment: Environment::new("hello", "staging"),
            facts: Facts {
                now,
                actor: None,
                before: None,
                policy: Some(setup::policy()),
                releases: Vec::new(),
                evidence: Vec::new(),
                evidence_before: Vec::new(),
                quarantine: Vec::new(),
                lock: None,
                app_lock: None,
                halt: None,
                closed: None,
            },
            seen: BTreeSet::new(),
            closed: Vec::new(),
            made: 0,
            ledger: Vec::new(),
            told: BTreeMap::new(),
        }
    }
}

impl Shell {
    pub(super) fn policy(&mut self) -> &mut Policy {
        self.facts.policy.as_mut().expect("a policy")
    }

    pub(super) fn release(&self, version: &str) -> Release {
        let known = self.facts.releases.iter().find(|r| r.version == version).cloned();
        known.unwrap_or_else(|| setup::release(version, 0))
    }

    /// `ada` and `bob` are releasers, `eve` is nobody, `zed` is a releaser whom `[people]` does not name;
    /// `ada@slack` is another identity of the same person.
    pub(super) fn actor(&self, word: &str) -> Actor {
        let (name, chat) = word.split_once('@').unwrap_or((word, "terminal"));
        let releaser = name != "eve";
        let identity = format!("{chat}:{name}");
        let who = Who { identity, person: (name != "zed").then(|| name.to_owned()), name: name.to_owned() };
        let all = Permission::ALL.into_iter().filter(|p| releaser || p.open_by_default());
        let groups = if releaser { BTreeSet::from(["releasers".to_owned()]) } else { BTreeSet::new() };
        Actor { who, groups, may: all.collect() }
    }

    pub(super) fn hear(&mut self, line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["after", length] = words.as_slice() {
            self.facts.now = self.facts.now.plus(span(length));
            return self.take(&Event::Tick);
        }
        let event = self.world_event(&words).unwrap_or_else(|| self.persons_event(&words));
        let lines = self.take(&event);
        self.facts.actor = None;
        lines
    }

    fn world_event(&self, words: &[&str]) -> Option<Event> {
        let deployment = self.environment.current.as_ref().map(|d| d.id.clone());
        let event = match words {
            ["started"] => Event::Started,
            ["looked", "first", versions @ ..] => self.looked(None, versions),
            ["looked", versions @ ..] => self.looked(deployment, versions),
            ["look_failed", "first"] => Event::LookFailed { deployment: None, note: Note::new("fly-token-refused") },
            ["look_failed"] => Event::LookFailed { deployment, note: Note::new("fly-token-refused") },
            ["ended", how, rest @ ..] => {
                let current = self.environment.current.as_ref();
                let late = rest.iter().find_map(|word| word.strip_prefix("attempt="));
                let attempt = late.map_or(current.map_or(0, |d| d.attempt), |n| n.parse().expect("a number"));
                let deployment = deployment.unwrap_or_else(|| Id("d1".to_owned()));
                Event::TargetEnded { deployment, attempt, ended: ended(how, rest) }
            }
            ["pass" | "fail" | "unknown", name, rest @ ..] => self.answer(words[0], name, rest),
            _ => return None,
        };
        Some(event)
    }

    /// The answer to a question that was laid down just now, or at `attempt=`.
    fn looked(&self, deployment: Option<Id>, words: &[&str]) -> Event {
        let laid = words.iter().find_map(|word| word.strip_prefix("attempt="));
        let attempt = laid.map_or(self.environment.attempt, |laid| laid.parse().expect("a number"));
        Event::Looked { deployment, attempt, found: self.found(words) }
    }

    fn found(&self, versions: &[&str]) -> Found {
        let stamp = versions.iter().find_map(|word| word.strip_prefix("stamp="));
        let stamp = stamp.map_or(0, |stamp| stamp.parse().expect("a number"));
        let gone = versions.iter().filter_map(|word| word.strip_prefix("gone=")).flat_map(|gone| gone.split(','));
        let gone = gone.map(|version| self.release(version).image).collect();
        let versions = versions.iter().filter(|word| **word != "none" && !word.contains('='));
        let machines = versions.enumerate().map(|(n, version)| {
            // `v2~` is a machine that has v2 and is not up with it, `v2?` one that is on its way.
            let condition = match version.chars().last() {
                Some('~') => Condition::Unsound,
                Some('?') => Condition::Moving,
                _ => Condition::Sound,
            };
            let version = version.trim_end_matches(['~', '?']);
            let (image, digest) = (format!("registry.example/hello@{version}"), setup::digest(version));
            FoundMachine { id: format!("m{}", n + 1), image, digest, state: "started".to_owned(), condition }
        });
        Found { machines: machines.collect(), stamp, gone }
    }

    fn answer(&self, verdict: &str, name: &str, rest: &[&str]) -> Event {
        let verdict = match verdict {
            "pass" => Verdict::Pass,
            "fail" => Verdict::Fail,
            _ => Verdict::Unknown,
        };
        let value = rest.iter().find_map(|word| word.parse().ok());
        let name = name.to_owned();
        let (subject, rounds) = match (&self.environment.smoke, &self.environment.current) {
            (_, Some(d)) if d.phase == Phase::Watching => {
                let rounds = d.rules.iter().find(|r| r.rule.name == name).map_or(0, |r| r.rounds);
                (Subject::Rule { deployment: d.id.clone(), name }, rounds)
            }
            (Some(smoke), None) => (Subject::Smoke { smoke: smoke.id.clone(), name }, 0),
            (_, current) => {
                let gates = current.iter().flat_map(|d| &d.gates);
                let rounds = gates.filter(|g| g.gate.name == name).map(|g| g.rounds).sum();
                let deployment = current.as_ref().map_or_else(|| Id("d1".to_owned()), |d| d.id.clone());
                (Subject::Gate { deployment, name }, rounds)
            }
        };
        let round = if rest.contains(&"stale") { rounds } else { rounds + 1 };
        let reading = Reading { at: self.facts.now, verdict, value, note: Note::new("check-http-ok") };
        Event::Answered { subject, round, reading }
    }

    fn persons_event(&mut self, words: &[&str]) -> Event {
        let [who, verb, rest @ ..] = words else { panic!("who does what? {words:?}") };
        self.facts.actor = Some(self.actor(who));
        let option = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
        let plain = rest
            .iter()
            .find(|word| !word.contains('=') && !["again", "next"].contains(word))
            .map(|word| (*word).to_owned());
        let (reason, again) = (option("reason="), rest.contains(&"again"));
        let fresh = Id(format!("d{}", self.made + 1));
        let request =
            |kind| Event::Request { id: fresh.clone(), kind, version: plain.clone(), reason: reason.clone(), again };
        let action = match *verb {
            "deploy" => return request(Kind::Deploy),
            "promote" => return request(Kind::Promote),
            "rollback" => return request(Kind::Rollback),
            "hotfix" => return request(Kind::Hotfix),
            "halt" => return self.halt(plain, option("for=")),
            "resume" => return Event::ResumeAsked { halt: plain.map(Id) },
            "smoke" => return Event::SmokeAsked { id: Id(format!("s{}", self.made + 1)) },
            "lock" => return self.lock(plain, option("for="), rest.contains(&"next")),
            "unlock" => return Event::UnlockAsked { lock: option("lock=").map(Id) },
            "be_next" => return Event::NextAsked { lock: Id(plain.expect("a lock")) },
            "unquarantine" => return Event::UnquarantineAsked { version: plain.expect("a version"), reason },
            "approve" => Action::Approve,
            "reject" => Action::Reject,
            "confirm" => Action::Confirm,
            "abort" => Action::Abort,
            "go_back" => Action::Rollback,
            "keep" => Action::Keep,
            "override" => Action::Override,
            "snooze" => Action::Snooze,
            _ => panic!("nobody can {verb}"),
        };
        let deployment = option("on=").map_or_else(|| self.meant(), Id);
        self.facts.closed = self.closed.iter().find(|d| d.id == deployment).cloned();
        let revision = option("r=").map(|n| n.parse().expect("a number"));
        let lasting = option("for=").map(|length| span(&length));
        Event::Act { deployment, action, gate: plain, reason, revision, lasting, fresh }
    }

    fn lock(&mut self, reason: Option<String>, length: Option<String>, or_next: bool) -> Event {
        self.made += 1;
        let id = Id(format!("l{}", self.made));
        let actor = self.facts.actor.as_ref().expect("somebody");
        let expires_at = length.map(|length| self.facts.now.plus(span(&length)));
        let (owner, at) = (Some(actor.who.clone()), self.facts.now);
        let lock = Lock { id, owner, reason: reason.unwrap_or_default(), at, expires_at, ..Lock::default() };
        Event::LockAsked { lock, or_next }
    }

    fn halt(&mut self, reason: Option<String>, length: Option<String>) -> Event {
        self.made += 1;
        let (owner, at) = (self.facts.actor.as_ref().expect("somebody").who.clone(), self.facts.now);
        let expires_at = length.map(|length| at.plus(span(&length)));
        let reason = reason.unwrap_or_default();
        Event::HaltAsked { halt: setup::halt(&format!("h{}", self.made), owner, &reason, (at, expires_at)) }
    }

    fn meant(&self) -> Id {
        let held = self.environment.current.as_ref().or(self.environment.stuck.as_ref()).or(self.closed.last());
        held.map_or_else(|| Id("d0".to_owned()), |d| d.id.clone())
    }

    fn take(&mut self, event: &Event) -> Vec<String> {
        let step = match step(&self.environment, event, &self.facts) {
            Ok(step) => step,
            Err(refusal) => {
                self.seen.insert(format!("no:{}", refusal.code()));
                return vec![format!("NO {refusal:?}")];
            }
        };
        let replayed = step.events.iter().fold(self.environment.clone(), |env, entry| fold(env, entry).environment);
        assert_eq!(replayed, step.environment, "replaying the entries gives another environment");
        let mut lines = self.describe(&step);
        self.project(&step);
        self.ledger.extend(step.events.iter().cloned());
        self.environment = step.environment;
        lines.extend(self.standings());
        lines
    }

    /// What the store does with the entries of a step.
    fn project(&mut self, step: &Step) {
        for entry in &step.events {
            match &entry.what {
                What::Requested(_) | What::SmokeStarted { .. } => self.made += 1,
                What::Looked { running: Some(release), adopted: true, .. } => {
                    self.evidence(release.clone(), entry.at, true);
                    if !self.facts.releases.iter().any(|r| r.version == release.version) {
                        self.facts.releases.push(release.clone());
                    }
                }
                What::Closed { running: Some(release), evidence: true, .. } => {
                    self.evidence(release.clone(), entry.at, false);
                }
                What::Quarantined { quarantine } => self.facts.quarantine.insert(0, quarantine.clone()),
                What::Unquarantined { digest, .. } => self.facts.quarantine.retain(|q| q.digest != *digest),
                What::Locked { lock } => self.facts.lock = Some(lock.clone()),
                What::Unlocked => self.facts.lock = None,
                What::LockWanted { .. } => {
                    self.facts.lock.iter_mut().for_each(|lock| lock.next.extend(entry.by.clone()));
                }
                What::LockReminded { .. } => self.facts.lock.iter_mut().for_each(|lock| lock.reminded = true),
                _ => {}
            }
        }
        self.closed.extend(step.deployments.iter().filter(|d| d.phase == Phase::Closed).cloned());
    }

    fn evidence(&mut self, release: Release, at: Moment, found: bool) {
        self.facts.evidence.insert(0, Evidence { release, at, deployment: None, found });
    }
}

fn ended(how: &str, rest: &[&str]) -> Ended {
    let note = Note::new("rollout-incomplete");
    match how {
        "done" => Ended::Done,
        "halted" => Ended::Halted,
        "failed" => Ended::Failed { note, untouched: rest.contains(&"untouched") },
        _ => Ended::Unknown { note },
    }
}
