//! A step while it is being made: records entries, folds them at once, and keeps the facts true to them, so that what
//! is decided next sees what was decided before.

use super::{
    Call, Cancel, CardKey, Channel, Deployment, Due, Effect, Entry, Environment, Facts, GateProgress, GateRule, Halt,
    Id, Lock, Moment, Smoke, Step, TargetSpec, What, fold, fold::Folded, gates,
};

pub(super) struct Draft<'a> {
    before: &'a Environment,
    /// The lock before it.
    lock: Option<Lock>,
    pub(super) environment: Environment,
    pub(super) facts: Facts,
    pub(super) effects: Vec<Due>,
    pub(super) cancels: Vec<Cancel>,
    pub(super) answer: Option<CardKey>,
    entries: Vec<Entry>,
    closed: Vec<Deployment>,
    smoked: Option<Smoke>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(environment: &'a Environment, facts: &Facts) -> Self {
        Self {
            before: environment,
            lock: facts.lock.clone(),
            environment: environment.clone(),
            facts: facts.clone(),
            effects: Vec::new(),
            cancels: Vec::new(),
            answer: None,
            entries: Vec::new(),
            closed: Vec::new(),
            smoked: None,
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.facts.now
    }

    /// Records something that a person did.
    pub(super) fn said(&mut self, what: What) {
        let by = self.facts.actor.as_ref().map(|actor| actor.who.clone());
        self.push(Entry { at: self.facts.now, by, what });
    }

    /// Records something that the world or the clock did, or that follows from what is so.
    pub(super) fn noted(&mut self, what: What) {
        self.push(Entry { at: self.facts.now, by: None, what });
    }

    fn push(&mut self, entry: Entry) {
        match &entry.what {
            What::Quarantined { quarantine } => self.facts.quarantine.insert(0, quarantine.clone()),
            What::Unquarantined { digest, .. } => self.facts.quarantine.retain(|q| q.digest != *digest),
            What::Locked { lock } => self.facts.lock = Some(lock.clone()),
            What::Unlocked => self.facts.lock = None,
            What::LockWanted { .. } => self.facts.lock.iter_mut().for_each(|lock| lock.next.extend(entry.by.clone())),
            What::LockReminded { .. } => self.facts.lock.iter_mut().for_each(|lock| lock.reminded = true),
            _ => {}
        }
        let Folded { environment, closed, smoked } = fold::fold(self.environment.clone(), &entry);
        self.environment = environment;
        self.closed.extend(closed);
        self.smoked = smoked.or(self.smoked.take());
        self.entries.push(entry);
    }

    /// An effect that is due now.
    pub(super) fn perform(&mut self, effect: Effect) {
        self.effects.push(Due { effect, at: self.facts.now });
    }

    /// The question what runs, and which of these images are gone.
    pub(super) fn look(&self, target: &TargetSpec, deployment: Option<&Id>, images: Vec<String>) -> Effect {
        let (target, deployment) = (target.clone(), deployment.cloned());
        Effect::Look { target, deployment, images, attempt: self.environment.attempt }
    }

    /// Tells people about the last entry, once.
    pub(super) fn say(&mut self, card: CardKey, channel: Channel, call: Vec<Call>) {
        let seq = self.environment.seq;
        self.perform(Effect::Say { seq, card, call, channel });
    }

    /// Paints the card again though nothing was written down: an approval may have expired, a window shut.
    pub(super) fn repaint(&mut self) {
        if let Some(d) = &self.environment.current {
            self.perform(Effect::Show { card: CardKey::Deployment(d.id.clone()) });
        }
    }

    pub(super) fn finish(mut self) -> Step {
        let deployments = self.changed();
        let cancels = std::mem::take(&mut self.cancels);
        self.effects.retain(|due| !cancels.iter().any(|cancel| due.effect.falls_to(cancel)));
        self.cancels = cancels;
        let smoke = self
            .smoked
            .clone()
            .or_else(|| self.environment.smoke.clone().filter(|smoke| self.before.smoke.as_ref() != Some(smoke)));
        for id in deployments.iter().map(|d| d.id.clone()).chain(self.needed(&deployments)) {
            self.perform(Effect::Show { card: CardKey::Deployment(id) });
        }
        self.show_halts();
        self.show_locks();
        if let Some(smoke) = &smoke {
            self.perform(Effect::Show { card: CardKey::Smoke(smoke.id.clone()) });
        }
        Step {
            wake_at: self.wake_at(),
            environment: self.environment,
            events: self.entries,
            effects: self.effects,
            cancels: self.cancels,
            deployments,
            smoke,
            answer: self.answer,
        }
    }

    /// The cards of halts that have changed.
    fn show_halts(&mut self) {
        if self.before.halt == self.environment.halt {
            return;
        }
        let id = |halt: &Option<Halt>| halt.as_ref().map(|halt| halt.id.clone());
        let now = id(&self.environment.halt);
        for id in id(&self.before.halt).filter(|id| now.as_ref() != Some(id)).into_iter().chain(now.clone()) {
            self.perform(Effect::Show { card: CardKey::Halt(id) });
        }
    }

    /// The cards of locks that have changed.
    fn show_locks(&mut self) {
        let (before, now) = (self.lock.take(), self.facts.lock.clone());
        if before == now {
            return;
        }
        let id = |lock: &Option<Lock>| lock.as_ref().map(|lock| lock.id.clone()).filter(|id| !id.is_empty());
        let now = id(&now);
        for id in id(&before).filter(|id| now.as_ref() != Some(id)).into_iter().chain(now.clone()) {
            self.perform(Effect::Show { card: CardKey::Lock(id) });
        }
    }

    fn changed(&self) -> Vec<Deployment> {
        let held = [&self.environment.current, &self.environment.queued];
        let now = held.into_iter().flatten().filter(|d| self.before.deployment(&d.id) != Some(d));
        self.closed.iter().chain(now).cloned().collect()
    }

    /// The cards whose buttons come or go though their deployments have ended: people are needed, or no more.
    fn needed(&self, shown: &[Deployment]) -> Vec<Id> {
        let needs = |environment: &Environment| environment.needs_people().map(|d| d.id.clone());
        let (before, now) = (needs(self.before), needs(&self.environment));
        let changed = if before == now { [None, None] } else { [before, now] };
        changed.into_iter().flatten().filter(|id| shown.iter().all(|d| d.id != *id)).collect()
    }

    /// The next moment at which the clock alone may change something.
    fn wake_at(&self) -> Option<Moment> {
        let current = self.environment.current.iter().flat_map(|d| self.moments(d));
        let snooze = self.environment.current.iter().filter_map(|d| d.snooze.as_ref()).map(|snooze| snooze.until_at);
        let queued = self.environment.queued.iter().map(|d| d.gives_up_at);
        let halt = self.environment.halt.iter().flat_map(|halt| [halt.expires_at, halt.reminds_at()]).flatten();
        let lock = self.facts.lock.iter().flat_map(|lock| [lock.expires_at, lock.reminds_at()]).flatten();
        current.chain(lock).chain(snooze).chain(queued).chain(halt).filter(|at| *at > self.facts.now).min()
    }

    fn moments(&self, d: &Deployment) -> Vec<Moment> {
        use super::Phase::{Closed, Entering, Queued, RollingBack, RollingOut, Verifying, Watching};
        let policy = d.plan.as_ref().map(|plan| &plan.policy);
        let halt = self.facts.halt_now().and_then(|halt| halt.expires_at);
        let gates = || gates::survey(d, &self.facts).into_iter().filter_map(|s| s.judge_at);
        match d.phase {
            Queued => vec![d.gives_up_at],
            Entering => {
                let lock = self.facts.locks_now().into_iter().filter_map(|lock| lock.expires_at);
                gates().chain(lock).chain(halt).chain([d.gives_up_at]).chain(self.asks_at(d)).collect()
            }
            RollingOut if d.halted_at.is_some() => halt.into_iter().collect(),
            RollingOut | RollingBack => policy.map(|p| d.phase_since.plus(p.rollout_within)).into_iter().collect(),
            Verifying => gates().collect(),
            Watching => {
                let end = policy.and_then(|p| p.watch.as_ref()).map(|w| d.phase_since.plus(w.length));
                end.into_iter().chain(d.undecided_until).collect()
            }
            Closed => Vec::new(),
        }
    }

    /// When people can be asked though a window is shut: as soon as their word lasts until it opens.
    fn asks_at(&self, d: &Deployment) -> Option<Moment> {
        let expiry = |gate: &GateProgress| match gate.gate.rule {
            GateRule::Approval { expires, .. } => expires,
            _ => None,
        };
        let lasts = d.gates.iter().filter_map(expiry).min().filter(|_| d.asked_at.is_none() || d.interrupted)?;
        let windows = d.gates.iter().filter(|gate| gates::is_timed(&gate.gate.rule));
        let opens_at =
            |name: &str| gates::survey(d, &self.facts).into_iter().find(|standing| standing.name == name)?.opens_at;
        let opens = windows.filter_map(|gate| opens_at(&gate.gate.name)).max()?;
        Some(Moment(opens.0 - lasts.0 + 1))
    }
}
