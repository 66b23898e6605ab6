//! What somebody can do about what an environment waits for. Each deed is tried by the core's own steps on a copy that
//! is thrown away, so what is said here is what the deed would be answered.
//!
//! To add one: a variant of [`Deed`], where it is tried, and its words `remedy-<deed>` in `locales/`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Action, Actor, Deployment, Environment, Event, Facts, GateRule, Id, Kind, Lock, Permission, Refusal, Who, awaits,
    overridable, step,
};

/// Something that a person could do about what is in the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What it is about.
    pub about: About,
    /// What is done.
    pub deed: Deed,
    /// Why it would be refused; none where it would be done.
    pub refusal: Option<Refusal>,
    /// Whether it would change nothing, because it is so already.
    pub is_so: bool,
}

/// What is in the way, or under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A gate that waits or is being checked.
    Gate(String),
    /// A deployment: its version.
    Deployment(String),
    /// The lock of the environment.
    Lock,
    /// The lock of the whole app.
    AppLock,
    /// The halt.
    Halt,
    /// A release that could come; none where none is known.
    Release(Option<String>),
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Approving.
    Approve,
    /// Ticking an item.
    Confirm,
    /// Passing a gate by word.
    Override,
    /// Stopping what has touched nothing.
    Abort,
    /// Going back.
    Rollback,
    /// Keeping what runs.
    Keep,
    /// Lifting a lock.
    Unlock,
    /// Asking to hold it next.
    Next,
    /// Taking what is reserved.
    Take,
    /// Lifting the halt.
    Resume,
    /// Asking for a deployment.
    Deploy,
    /// Asking for one out of order.
    Hotfix,
    /// Lifting a quarantine.
    Unquarantine,
}

/// What the actor could do, in the order in which it is told: the gates, the deployments, what holds the environment.
#[must_use]
pub fn remedies(environment: &Environment, facts: &Facts) -> Vec<Remedy> {
    let here = Here { environment, facts };
    let mut found = Vec::new();
    for d in environment.current.iter() {
        found.extend(here.gates(d));
        found.extend(here.deployment(d));
        if let Some(Refusal::Quarantined { asked, .. }) = facts.unfit(d) {
            found.push(here.unquarantine(&asked));
        }
    }
    found.extend(environment.queued.iter().flat_map(|d| here.deployment(d)));
    found.extend(environment.needs_people().into_iter().flat_map(|d| here.deployment(d)));
    if environment.current.is_none() {
        found.extend(here.release());
    }
    found.extend(facts.own_lock_now().into_iter().flat_map(|lock| here.lock(About::Lock, lock)));
    found.extend(facts.app_lock_now().into_iter().flat_map(|lock| here.app_lock(lock)));
    found.extend(facts.halt_now().map(|_| here.halt()));
    found
}

/// Where it is tried.
#[derive(Clone, Copy)]
struct Here<'f> {
    environment: &'f Environment,
    facts: &'f Facts,
}

impl Here<'_> {
    fn attempt(self, about: About, deed: Deed, event: &Event) -> Remedy {
        match step(self.environment, event, self.facts) {
            // What only the clock or the world would have done is not the actor's.
            Ok(done) => Remedy { about, deed, refusal: None, is_so: !done.events.iter().any(|e| e.by.is_some()) },
            Err(refusal) => Remedy { about, deed, refusal: Some(refusal), is_so: false },
        }
    }

    fn gates(self, d: &Deployment) -> Vec<Remedy> {
        let mut found = Vec::new();
        for gate in overridable(d) {
            let about = About::Gate(gate.gate.name.clone());
            let word = match &gate.gate.rule {
                GateRule::Approval { .. } => Some((Deed::Approve, Action::Approve)),
                GateRule::Confirm { .. } => Some((Deed::Confirm, Action::Confirm)),
                _ => None,
            };
            for (deed, action) in word.into_iter().chain([(Deed::Override, Action::Override)]) {
                found.push(self.attempt(about.clone(), deed, &acting(d, action, Some(&gate.gate.name))));
            }
        }
        // A gate that people have passed needs nobody any more, though it is judged anew each time.
        let standings = super::survey(d, self.facts);
        let is_open = |name: &str| standings.iter().any(|s| s.name == name && s.state.lets_through());
        found.retain(|remedy| !matches!(&remedy.about, About::Gate(name) if is_open(name)));
        found
    }

    fn deployment(self, d: &Deployment) -> Vec<Remedy> {
        let stop = if d.has_touched() { (Deed::Rollback, Action::Rollback) } else { (Deed::Abort, Action::Abort) };
        let deeds = [stop, (Deed::Keep, Action::Keep)].into_iter();
        deeds
            .filter(|(_, action)| awaits(d, *action))
            .map(|(deed, action)| {
                self.attempt(About::Deployment(d.release.version.clone()), deed, &acting(d, action, None))
            })
            .collect()
    }

    /// What could be asked for while nothing is under way. What a lock or a halt refuses is not repeated here.
    fn release(self) -> Vec<Remedy> {
        let usual = self.attempt(About::Release(None), Deed::Deploy, &asking(Kind::Deploy));
        let newest = self.facts.releases.iter().find(|release| !release.is_found()).map(|r| r.version.clone());
        match &usual.refusal {
            None => vec![usual],
            // Whoever may not is told so only where it would be done for who may.
            Some(Refusal::NotPermitted { .. }) if self.would_do(&asking(Kind::Deploy)) => vec![usual],
            Some(Refusal::NoEvidence { .. }) if newest.is_some() => {
                let hotfix = self.attempt(About::Release(newest), Deed::Hotfix, &asking(Kind::Hotfix));
                match &hotfix.refusal {
                    Some(Refusal::Quarantined { asked, .. }) => vec![self.unquarantine(asked)],
                    _ => vec![hotfix],
                }
            }
            Some(Refusal::Quarantined { asked, .. }) => vec![self.unquarantine(asked)],
            Some(_) => Vec::new(),
        }
    }

    fn unquarantine(self, version: &str) -> Remedy {
        let event = Event::UnquarantineAsked { version: version.to_owned(), reason: Some(String::new()) };
        self.attempt(About::Release(Some(version.to_owned())), Deed::Unquarantine, &event)
    }

    /// Whether it would be done for somebody who may everything.
    fn would_do(self, event: &Event) -> bool {
        let actor = self.facts.actor.clone().map(|actor| Actor { may: Permission::ALL.into_iter().collect(), ..actor });
        let facts = Facts { actor, ..self.facts.clone() };
        step(self.environment, event, &facts).is_ok()
    }

    fn lock(self, about: About, lock: &Lock) -> Vec<Remedy> {
        let Some(who) = self.facts.actor.as_ref().map(|actor| actor.who.clone()) else { return Vec::new() };
        let unlock = || self.attempt(about.clone(), Deed::Unlock, &Event::UnlockAsked { lock: None });
        let holding = |or_next| Event::LockAsked { lock: held_by(&who), or_next };
        let is_own = lock.owner.as_ref().is_some_and(|owner| owner.is(&who));
        match (is_own, lock.reserved, &lock.owner) {
            (true, true, _) => vec![self.attempt(about.clone(), Deed::Take, &holding(false))],
            (true, false, _) | (false, _, None) => vec![unlock()],
            (false, _, Some(_)) => vec![unlock(), self.attempt(about.clone(), Deed::Next, &holding(true))],
        }
    }

    /// The whole app's lock is kept by the app's own house, where it is the only one.
    fn app_lock(self, lock: &Lock) -> Vec<Remedy> {
        let house = Environment::new(&self.environment.app, "");
        let facts = Facts { lock: Some(lock.clone()), app_lock: None, ..self.facts.clone() };
        Here { environment: &house, facts: &facts }.lock(About::AppLock, lock)
    }

    /// The halt is kept by the house of all.
    fn halt(self) -> Remedy {
        let (app, name) = super::HOUSE;
        let house = Environment { halt: self.facts.halt.clone(), ..Environment::new(app, name) };
        let there = Here { environment: &house, facts: self.facts };
        there.attempt(About::Halt, Deed::Resume, &Event::ResumeAsked { halt: None })
    }
}

/// Names what a deed would make.
fn nameless() -> Id {
    Id("remedy".to_owned())
}

fn acting(d: &Deployment, action: Action, gate: Option<&str>) -> Event {
    Event::Act {
        deployment: d.id.clone(),
        action,
        gate: gate.map(str::to_owned),
        reason: Some(String::new()),
        revision: None,
        lasting: None,
        fresh: nameless(),
    }
}

fn asking(kind: Kind) -> Event {
    Event::Request { id: nameless(), kind, version: None, reason: Some(String::new()), again: false }
}

fn held_by(who: &Who) -> Lock {
    Lock { id: nameless(), owner: Some(who.clone()), ..Lock::default() }
}
