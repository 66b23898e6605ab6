//! How ledger entries become state: one function for a live step and for a replay, so that a replay is no second
//! implementation. Total: an entry that fits nothing changes nothing but the count.

use super::{
    Deployment, Entry, Environment, GateProgress, GateRule, GateState, Id, Outcome, Override, Phase, Plan, Reading,
    RuleProgress, Smoke, Snooze, Subject, Verdict, What, When, Word, gates, ledger::Requested, overriding, watch,
};

/// What one entry made of an environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// The environment after it.
    pub environment: Environment,
    /// The deployment that it closed.
    pub closed: Option<Deployment>,
    /// The smoke test that it ended.
    pub smoked: Option<Smoke>,
}

/// Folds one ledger entry into an environment.
#[must_use]
pub fn fold(mut environment: Environment, entry: &Entry) -> Folded {
    environment.seq += 1;
    let (mut closed, mut smoked) = (None, None);
    match &entry.what {
        What::Requested(requested) => request(&mut environment, entry, requested),
        What::Dequeued { .. } => dequeue(&mut environment, entry),
        What::Looked { running, found, .. } => {
            environment.looked_at = Some(entry.at);
            environment.attempt = environment.attempt.max(found.stamp);
            environment.machines.clone_from(&found.machines);
            environment.running.clone_from(running);
        }
        What::Closed { deployment, outcome, .. } => closed = close(&mut environment, entry, deployment, *outcome),
        What::Unstuck { .. } => environment.stuck = None,
        What::SmokeStarted { smoke, checks } => start_smoke(&mut environment, entry, smoke, checks.clone()),
        What::SmokeEnded { .. } => smoked = end_smoke(&mut environment, entry),
        What::Answered { subject: Subject::Smoke { name, .. }, reading, .. } => {
            smoke_answer(&mut environment, name, reading)
        }
        What::Halted { halt } => environment.halt = Some(halt.clone()),
        What::HaltReminded { .. } => {
            if let Some(halt) = &mut environment.halt {
                halt.reminded_at = Some(entry.at);
            }
        }
        What::Resumed { .. } => environment.halt = None,
        What::RolloutStarted { attempt, .. }
        | What::RolloutResumed { attempt, .. }
        | What::RollbackStarted { attempt, .. } => {
            environment.attempt = *attempt;
            progress(&mut environment, entry);
        }
        _ => progress(&mut environment, entry),
    }
    Folded { environment, closed, smoked }
}

fn request(environment: &mut Environment, entry: &Entry, requested: &Requested) {
    let Some(by) = entry.by.clone() else { return };
    let deployment = Deployment {
        id: requested.deployment.clone(),
        app: environment.app.clone(),
        environment: environment.name.clone(),
        kind: requested.kind,
        release: requested.release.clone(),
        named: requested.named,
        passed_over: Vec::new(),
        from: None,
        reason: requested.reason.clone(),
        requested_by: by,
        requested_at: entry.at,
        gives_up_at: requested.gives_up_at,
        phase: Phase::Queued,
        phase_since: entry.at,
        revision: 1,
        plan: None,
        gates: Vec::new(),
        asked_at: None,
        interrupted: false,
        attempt: 0,
        settling: false,
        halted_at: None,
        rules: Vec::new(),
        undecided_until: None,
        snooze: None,
        cause: None,
        outcome: None,
        closed_at: None,
    };
    match environment.current {
        None => environment.current = Some(deployment),
        Some(_) => environment.queued = Some(deployment),
    }
}

fn dequeue(environment: &mut Environment, entry: &Entry) {
    if environment.current.is_none() {
        environment.current = environment.queued.take();
        if let Some(d) = &mut environment.current {
            d.phase_since = entry.at;
            d.revision += 1;
        }
    }
}

fn close(environment: &mut Environment, entry: &Entry, id: &Id, outcome: Outcome) -> Option<Deployment> {
    let What::Closed { cause, running, .. } = &entry.what else { return None };
    let slot = [&mut environment.current, &mut environment.queued]
        .into_iter()
        .find(|slot| slot.as_ref().is_some_and(|d| d.id == *id))?;
    let mut d = slot.take()?;
    enter(&mut d, Phase::Closed, entry);
    d.outcome = Some(outcome);
    d.closed_at = Some(entry.at);
    d.settling = false;
    d.undecided_until = None;
    if cause.is_some() {
        d.cause.clone_from(cause);
    }
    for gate in &mut d.gates {
        if gate.state.is_undecided() {
            gate.state = GateState::Skipped;
        }
    }
    if d.has_touched() {
        environment.running.clone_from(running);
    }
    if outcome == Outcome::NeedsPeople {
        environment.stuck = Some(d.clone());
    }
    Some(d)
}

fn start_smoke(environment: &mut Environment, entry: &Entry, id: &Id, checks: Vec<super::SmokeCheck>) {
    let Some(by) = entry.by.clone() else { return };
    environment.smoke = Some(Smoke {
        id: id.clone(),
        app: environment.app.clone(),
        environment: environment.name.clone(),
        by,
        at: entry.at,
        running: environment.running.clone(),
        checks,
        closed_at: None,
    });
}

fn smoke_answer(environment: &mut Environment, name: &str, reading: &Reading) {
    let check = environment.smoke.as_mut().and_then(|s| s.checks.iter_mut().find(|c| c.name == name));
    if let Some(check) = check {
        check.reading = Some(reading.clone());
    }
}

fn end_smoke(environment: &mut Environment, entry: &Entry) -> Option<Smoke> {
    let mut smoke = environment.smoke.take()?;
    smoke.closed_at = Some(entry.at);
    Some(smoke)
}

/// Entries that move the deployment under way.
fn progress(environment: &mut Environment, entry: &Entry) {
    let Some(id) = entry.what.deployment().cloned() else { return };
    let Some(d) = environment.current.as_mut().filter(|d| d.id == id) else { return };
    match &entry.what {
        What::PassedOver { gone, release, .. } => {
            d.passed_over.extend(gone.iter().cloned());
            d.release = release.clone();
            d.revision += 1;
        }
        What::Planned { plan, .. } => planned(d, plan, entry),
        // Who is called once more can press what they could before: that is no change.
        What::Asked { again, .. } => {
            (d.asked_at, d.interrupted) = (Some(entry.at), false);
            d.revision += u64::from(!again);
        }
        What::Interrupted { .. } => d.interrupted = true,
        What::RolloutResumed { attempt, .. } => {
            d.attempt = *attempt;
            // It has all its time again: how long it was held is not its doing.
            d.phase_since = entry.at;
            d.halted_at = None;
        }
        What::Overridden { gate, reason, .. } => pass_over(d, gate, reason, entry),
        What::Approved { gate, .. } | What::Confirmed { gate, .. } => word(d, gate, entry),
        What::Answered { subject: Subject::Gate { name, .. }, round, reading } => gate_answer(d, name, *round, reading),
        What::Answered { subject: Subject::Rule { name, .. }, round, reading } => sample(d, name, *round, reading),
        What::GatePassed { gate, .. } => set_gate(d, gate, GateState::Passed),
        What::GateFailed { gate, .. } => set_gate(d, gate, GateState::Failed),
        What::RolloutStarted { attempt, .. } => {
            d.attempt = *attempt;
            for gate in d.gates.iter_mut().filter(|g| g.when == When::Before) {
                if gate.state != GateState::Overridden {
                    gate.state = GateState::Passed;
                }
                // What remains are the words it went out on.
                gate.words = gates::valid_words(gate, entry.at).into_iter().cloned().collect();
            }
            enter(d, Phase::RollingOut, entry);
        }
        What::TargetEnded { attempt, ended, .. } if *attempt == d.attempt => {
            d.settling = matches!(ended, super::Ended::Unknown { .. });
            d.halted_at = matches!(ended, super::Ended::Halted).then_some(entry.at);
        }
        What::VerifyingStarted { .. } => {
            d.settling = false;
            enter(d, Phase::Verifying, entry);
            start_gates(d, When::After, entry);
        }
        What::WatchStarted { .. } => {
            d.rules =
                d.plan.iter().flat_map(|p| &p.policy.watch).flat_map(|w| &w.rules).map(RuleProgress::new).collect();
            enter(d, Phase::Watching, entry);
        }
        What::WatchUndecided { until_at: until, .. } => {
            d.undecided_until = Some(*until);
            d.revision += 1;
        }
        // Neither of these counts as a change: they decide nothing, and what could be pressed before still can be and
        // means the same. A yes that was painted before somebody snoozed must count.
        What::Snoozed { until_at, decide_until_at, .. } => {
            let until_at = *until_at;
            d.snooze = entry.by.clone().map(|by| Box::new(Snooze { by, at: entry.at, until_at }));
            d.undecided_until = decide_until_at.or(d.undecided_until);
        }
        What::Reminded { decide_until_at, .. } => {
            d.snooze = None;
            d.asked_at = d.asked_at.map(|_| entry.at);
            d.undecided_until = decide_until_at.or(d.undecided_until);
        }
        What::RollbackStarted { attempt, cause, .. } => {
            d.attempt = *attempt;
            d.cause = Some(cause.clone());
            d.settling = false;
            d.undecided_until = None;
            enter(d, Phase::RollingBack, entry);
        }
        _ => {}
    }
}

fn planned(d: &mut Deployment, plan: &Plan, entry: &Entry) {
    d.from.clone_from(&plan.fallback);
    d.gates = gates(plan);
    // Who asks for a hotfix agrees to it.
    let agreed = overriding::asked_for(d);
    for gate in d.gates.iter_mut().filter(|gate| gate.gate.rule == GateRule::Hotfix) {
        gate.overrides.push(agreed.clone());
    }
    d.plan = Some(plan.clone());
    enter(d, Phase::Entering, entry);
    start_gates(d, When::Before, entry);
}

fn enter(d: &mut Deployment, phase: Phase, entry: &Entry) {
    d.phase = phase;
    d.phase_since = entry.at;
    d.snooze = None;
    d.halted_at = None;
    d.revision += 1;
}

fn gates(plan: &Plan) -> Vec<GateProgress> {
    let before = plan.policy.before.iter().map(|g| GateProgress::new(g, When::Before));
    let after = plan.policy.after.iter().map(|g| GateProgress::new(g, When::After));
    before.chain(after).collect()
}

fn start_gates(d: &mut Deployment, when: When, entry: &Entry) {
    for gate in d.gates.iter_mut().filter(|g| g.when == when) {
        gate.since = Some(entry.at);
        if matches!(gate.gate.rule, GateRule::Check(_)) {
            gate.state = GateState::Running;
        }
    }
}

fn word(d: &mut Deployment, gate: &str, entry: &Entry) {
    let Some(by) = entry.by.clone() else { return };
    if let Some(gate) = d.gates.iter_mut().find(|g| g.gate.name == gate) {
        gate.words.retain(|w| !w.by.is(&by));
        gate.words.push(Word { by, at: entry.at });
        d.revision += 1;
    }
    // With the last word that was missing, nobody is put off any more.
    if gates::awaited(d, entry.at).is_empty() {
        d.snooze = None;
    }
}

fn pass_over(d: &mut Deployment, gate: &str, reason: &str, entry: &Entry) {
    let Some(by) = entry.by.clone() else { return };
    let needed = d.plan.as_ref().map_or(1, |plan| plan.policy.override_by);
    if let Some(gate) = d.gates.iter_mut().find(|g| g.gate.name == gate) {
        gate.overrides.push(Override { by, at: entry.at, reason: reason.to_owned() });
        if u32::try_from(gate.overrides.len()).unwrap_or(u32::MAX) >= needed {
            gate.state = GateState::Overridden;
        }
        d.revision += 1;
    }
    if gates::awaited(d, entry.at).is_empty() {
        d.snooze = None;
    }
}

fn set_gate(d: &mut Deployment, gate: &str, state: GateState) {
    if let Some(gate) = d.gates.iter_mut().find(|g| g.gate.name == gate) {
        gate.state = state;
    }
}

fn gate_answer(d: &mut Deployment, name: &str, round: u32, reading: &Reading) {
    if let Some(gate) = d.gates.iter_mut().find(|g| g.gate.name == name) {
        gate.rounds = round;
        gate.in_a_row = if reading.verdict == Verdict::Pass { gate.in_a_row + 1 } else { 0 };
        gate.last = Some(reading.clone());
    }
}

fn sample(d: &mut Deployment, name: &str, round: u32, reading: &Reading) {
    if let Some(rule) = d.rules.iter_mut().find(|r| r.rule.name == name) {
        rule.rounds = round;
        watch::count(rule, reading);
    }
}

impl GateProgress {
    /// A gate that nobody has asked yet.
    #[must_use]
    pub fn new(gate: &super::Gate, when: When) -> Self {
        Self {
            gate: gate.clone(),
            when,
            state: GateState::Waiting,
            words: Vec::new(),
            overrides: Vec::new(),
            since: None,
            rounds: 0,
            in_a_row: 0,
            last: None,
        }
    }
}

impl RuleProgress {
    /// A rule without samples.
    #[must_use]
    pub fn new(rule: &super::Rule) -> Self {
        Self { rule: rule.clone(), rounds: 0, samples: 0, bad_since: None, bad_in_a_row: 0, last: None }
    }
}
