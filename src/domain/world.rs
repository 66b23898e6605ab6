//! What the world reports: what runs, how the target's work ended, what a check answered. Nothing here refuses:
//! a report that comes too late changes nothing.

use super::{
    Call, CardKey, Cause, Channel, CheckSpec, Condition, Deployment, Due, Effect, Ended, Facts, Found, FoundMachine,
    GateRule, GateState, Id, Kind, Note, Outcome, Phase, Plan, Reading, Release, Span, Subject, What, When, back,
    closing::{close, go_back, need_people, went_back},
    draft::Draft,
    gates, overriding,
    request::look_again,
};

/// How long a machine that is on its way is left before it is asked about again.
const LOOK_AGAIN: Span = Span::seconds(5);

/// Shipgate started: what runs may have changed meanwhile.
pub(super) fn started(draft: &mut Draft<'_>) {
    if draft.environment.current.is_none()
        && let Some(policy) = &draft.facts.policy
    {
        let effect = draft.look(&policy.target, None, Vec::new());
        draft.perform(effect);
    }
}

/// What was read before a newer attempt began may not be so any more: whoever needs it asks again.
pub(super) fn looked(draft: &mut Draft<'_>, deployment: Option<&Id>, attempt: u64, found: &Found) {
    let is_outdated = attempt != draft.environment.attempt;
    let Some(id) = deployment else {
        let touched = draft.environment.current.as_ref().is_some_and(Deployment::has_touched);
        if is_outdated {
            if !touched {
                look_again(draft);
            }
            return;
        }
        let known = draft.environment.running.as_ref().map(|r| r.digest.as_str());
        let same = known == found.common().map(|(_, digest)| digest);
        let outdated = found.stamp > draft.environment.attempt;
        if !touched && (draft.environment.looked_at.is_none() || outdated || !same) {
            note_found(draft, None, found);
        }
        return;
    };
    let Some(d) = draft.environment.current.clone().filter(|d| d.id == *id) else { return };
    match d.phase {
        Phase::Queued if is_outdated => {
            if let Some(policy) = draft.facts.policy.clone() {
                let effect = back::look(draft, &d, &policy.target);
                draft.perform(effect);
            }
        }
        _ if is_outdated && d.settling => look_later(draft, &d),
        Phase::Queued => plan(draft, &d, found),
        Phase::RollingOut | Phase::RollingBack if d.settling && found.is_moving() => look_later(draft, &d),
        Phase::RollingOut if d.settling => settle_rollout(draft, &d, found),
        Phase::RollingBack if d.settling => settle_restore(draft, &d, found),
        _ => {}
    }
}

/// Writes down what runs; a release that was not known to have run here can be gone back to from now on.
fn note_found(draft: &mut Draft<'_>, deployment: Option<&Id>, found: &Found) -> Option<Release> {
    let running = found.common().map(|(image, digest)| {
        let known = known_as(draft, digest);
        known.unwrap_or_else(|| Release::found(&draft.environment.app, image, digest, draft.now()))
    });
    // What a failed deployment left behind is no release to go back to; what was there first, or came from outside, is.
    let first = draft.environment.looked_at.is_none();
    let unproven = |r: &Release| !draft.facts.evidence.iter().any(|e| e.release.digest == r.digest);
    let adopted = running.as_ref().is_some_and(|r| unproven(r) && (first || r.is_found()));
    let (deployment, found) = (deployment.cloned(), found.clone());
    draft.noted(What::Looked { deployment, found, running: running.clone(), adopted });
    running
}

/// What an artifact that runs is called: as what it was put here, else as what it was registered first. Who registers it
/// once more changes nothing about what runs.
fn known_as(draft: &Draft<'_>, digest: &str) -> Option<Release> {
    let (environment, facts) = (&draft.environment, &draft.facts);
    let under_way = environment.current.iter().filter(|d| d.has_touched()).map(|d| &d.release);
    let mut put_here = under_way.chain(&environment.running).chain(facts.evidence.iter().map(|e| &e.release));
    let put_here = put_here.find(|r| r.digest == digest && !r.is_found());
    let found = || facts.releases.iter().find(|r| r.digest == digest);
    put_here.or_else(|| first_registered(facts, digest)).or_else(found).cloned()
}

/// The oldest registration of an artifact.
fn first_registered<'f>(facts: &'f Facts, digest: &str) -> Option<&'f Release> {
    facts.releases.iter().rev().filter(|r| r.digest == digest && !r.is_found()).min_by_key(|r| r.registered_at)
}

/// Freezes the plan; the gates before begin.
fn plan(draft: &mut Draft<'_>, d: &Deployment, found: &Found) {
    let fallback = note_found(draft, Some(&d.id), found);
    if found.machines.is_empty() {
        return close(draft, d, Outcome::Failed, Some(Cause::NothingToUpdate));
    }
    let Some(mut policy) = draft.facts.policy.clone() else {
        return close(draft, d, Outcome::Aborted, Some(Cause::EnvironmentGone));
    };
    let Some(d) = &back::choose(draft, d, found) else { return };
    match d.kind {
        Kind::Rollback => {
            policy.before.clear();
            policy.watch = None;
        }
        // It skips the order, and the clock.
        Kind::Hotfix => {
            policy.before.retain(|gate| !matches!(gate.rule, GateRule::Soak(_)) && !gates::is_timed(&gate.rule));
            if policy.override_by > 1 {
                policy.before.insert(0, overriding::hotfix(&policy));
            }
        }
        Kind::Deploy | Kind::Promote => {}
    }
    let one_way = if d.kind == Kind::Rollback { Vec::new() } else { one_way(draft, fallback.as_ref(), &d.release) };
    let checks: Vec<(String, CheckSpec)> = check_gates(policy.before.iter());
    let machines = u32::try_from(found.machines.len()).unwrap_or(u32::MAX);
    let plan = Box::new(Plan { policy, fallback, one_way, machines, found: found.machines.clone() });
    draft.noted(What::Planned { deployment: d.id.clone(), plan });
    ask_gates(draft, &d.id, checks);
}

/// The releases after the fallback, up to the one going out, that cannot be gone back from. Where nobody registered what
/// runs, it may be older than any of them; what was registered several times is as old as the first.
fn one_way(draft: &Draft<'_>, fallback: Option<&Release>, release: &Release) -> Vec<String> {
    let since = fallback.and_then(|f| first_registered(&draft.facts, &f.digest)).map(|f| f.registered_at);
    let is_there = |r: &Release| fallback.is_some_and(|f| f.digest == r.digest);
    let between =
        |r: &&Release| since.is_none_or(|at| r.registered_at > at) && r.registered_at <= release.registered_at;
    let one_way = draft.facts.releases.iter().filter(|r| r.one_way && !is_there(r));
    one_way.filter(between).map(|r| r.version.clone()).collect()
}

fn check_gates<'g>(gates: impl Iterator<Item = &'g super::Gate>) -> Vec<(String, CheckSpec)> {
    let checks = gates.filter_map(|gate| match &gate.rule {
        GateRule::Check(check) => Some((gate.name.clone(), check.check.clone())),
        _ => None,
    });
    checks.collect()
}

fn ask_gates(draft: &mut Draft<'_>, id: &Id, checks: Vec<(String, CheckSpec)>) {
    for (name, check) in checks {
        let subject = Subject::Gate { deployment: id.clone(), name };
        draft.perform(Effect::Ask { subject, round: 1, check });
    }
}

pub(super) fn look_failed(draft: &mut Draft<'_>, deployment: Option<&Id>, note: &Note) {
    let current = draft.environment.current.clone().filter(|d| Some(&d.id) == deployment);
    let Some(d) = current else {
        if deployment.is_none() {
            draft.noted(What::LookFailed { deployment: None, note: note.clone() });
        }
        return;
    };
    draft.noted(What::LookFailed { deployment: Some(d.id.clone()), note: note.clone() });
    match d.phase {
        Phase::Queued => close(draft, &d, Outcome::Failed, Some(Cause::LookFailed { note: note.clone() })),
        Phase::RollingOut if d.settling => go_back(draft, &d, Cause::RolloutFailed { note: note.clone() }),
        Phase::RollingBack if d.settling => {
            need_people(draft, &d, Cause::RestoreFailed { note: note.clone() });
        }
        _ => {}
    }
}

pub(super) fn target_ended(draft: &mut Draft<'_>, id: &Id, attempt: u64, ended: &Ended) {
    draft.noted(What::TargetEnded { deployment: id.clone(), attempt, ended: ended.clone() });
    let current = draft.environment.current.clone();
    let Some(d) = current.filter(|d| d.id == *id && d.attempt == attempt) else { return };
    match (d.phase, ended) {
        (Phase::RollingOut, Ended::Done) => verify(draft, &d),
        (Phase::RollingOut, Ended::Failed { note, untouched: true }) => {
            close(draft, &d, Outcome::Failed, Some(Cause::RolloutFailed { note: note.clone() }));
        }
        (Phase::RollingOut, Ended::Failed { note, untouched: false }) => {
            go_back(draft, &d, Cause::RolloutFailed { note: note.clone() });
        }
        (Phase::RollingBack, Ended::Done) => went_back(draft, &d),
        (Phase::RollingBack, Ended::Failed { note, .. }) => {
            need_people(draft, &d, Cause::RestoreFailed { note: note.clone() });
        }
        (Phase::RollingOut | Phase::RollingBack, Ended::Unknown { note }) => ask_target(draft, &d, note),
        // Without a halt it goes on in this same step.
        (Phase::RollingOut, Ended::Halted) if draft.facts.halt_now().is_some() => {
            let call = vec![Call::Person(d.requested_by.clone())];
            draft.say(CardKey::Deployment(d.id.clone()), Channel::Deployments, call);
        }
        _ => {}
    }
}

/// An unknown outcome is settled by asking the target; without a fence only people can.
fn ask_target(draft: &mut Draft<'_>, d: &Deployment, note: &Note) {
    let Some(plan) = &d.plan else { return };
    if plan.policy.target.fenced {
        let effect = draft.look(&plan.policy.target, Some(&d.id), Vec::new());
        draft.perform(effect);
    } else {
        need_people(draft, d, Cause::RolloutFailed { note: note.clone() });
    }
}

/// A machine is on its way still. The limit of the phase ends this.
fn look_later(draft: &mut Draft<'_>, d: &Deployment) {
    let Some(plan) = &d.plan else { return };
    let effect = draft.look(&plan.policy.target, Some(&d.id), Vec::new());
    draft.effects.push(Due { effect, at: draft.now().plus(LOOK_AGAIN) });
}

fn settle_rollout(draft: &mut Draft<'_>, d: &Deployment, found: &Found) {
    note_found(draft, Some(&d.id), found);
    let everywhere = found.common().is_some_and(|(_, digest)| digest == d.release.digest);
    match (everywhere, found.is_sound()) {
        (true, true) => verify(draft, d),
        (true, false) => go_back(draft, d, Cause::RolloutFailed { note: Note::new("rollout-unsound") }),
        (false, _) => go_back(draft, d, Cause::RolloutFailed { note: Note::new("rollout-incomplete") }),
    }
}

fn settle_restore(draft: &mut Draft<'_>, d: &Deployment, found: &Found) {
    note_found(draft, Some(&d.id), found);
    if d.plan.as_ref().is_some_and(|plan| is_as_before(plan, found)) {
        went_back(draft, d);
    } else {
        need_people(draft, d, Cause::RestoreFailed { note: Note::new("restore-incomplete") });
    }
}

/// Whether every machine runs what it ran when the plan was made, and is up unless it was not up then either. Where
/// one release ran everywhere, another machine may have come in place of one.
fn is_as_before(plan: &Plan, found: &Found) -> bool {
    let fallback = plan.fallback.as_ref().map(|r| r.digest.as_str());
    let everywhere = fallback.is_some() && found.common().map(|(_, digest)| digest) == fallback;
    let before = |m: &FoundMachine| plan.found.iter().find(|was| was.id == m.id);
    let same = |m: &FoundMachine| !m.digest.is_empty() && before(m).is_some_and(|was| was.digest == m.digest);
    let each = plan.found.len() == found.machines.len() && found.machines.iter().all(same);
    let up =
        |m: &FoundMachine| m.condition == Condition::Sound || before(m).is_some_and(|was| was.condition == m.condition);
    (everywhere || each) && !found.machines.is_empty() && found.machines.iter().all(up)
}

fn verify(draft: &mut Draft<'_>, d: &Deployment) {
    draft.noted(What::VerifyingStarted { deployment: d.id.clone() });
    let checks = check_gates(d.gates.iter().filter(|g| g.when == When::After).map(|g| &g.gate));
    ask_gates(draft, &d.id, checks);
}

pub(super) fn answered(draft: &mut Draft<'_>, subject: &Subject, round: u32, reading: &Reading) {
    match subject {
        Subject::Gate { name, .. } => gate_answered(draft, subject, name, round, reading),
        Subject::Rule { name, .. } => rule_answered(draft, subject, name, round, reading),
        Subject::Smoke { name, .. } => smoke_answered(draft, subject, name, round, reading),
    }
}

fn record(draft: &mut Draft<'_>, subject: &Subject, round: u32, reading: &Reading) {
    draft.noted(What::Answered { subject: subject.clone(), round, reading: reading.clone() });
}

fn ask_again(draft: &mut Draft<'_>, subject: &Subject, round: u32, check: CheckSpec, every: Span) {
    let effect = Effect::Ask { subject: subject.clone(), round: round + 1, check };
    draft.effects.push(Due { effect, at: draft.now().plus(every) });
}

fn gate_answered(draft: &mut Draft<'_>, subject: &Subject, name: &str, round: u32, reading: &Reading) {
    let current = draft.environment.current.as_ref().filter(|d| d.id == *subject.owner());
    let gate = current.and_then(|d| {
        let when = if d.phase == Phase::Verifying { When::After } else { When::Before };
        let open = matches!(d.phase, Phase::Entering | Phase::Verifying);
        d.gates.iter().find(|g| open && g.when == when && g.gate.name == name && g.rounds + 1 == round)
    });
    let Some(gate) = gate.filter(|g| g.state == GateState::Running) else { return };
    let GateRule::Check(check) = gate.gate.rule.clone() else { return };
    let passed = reading.verdict == super::Verdict::Pass && gate.in_a_row + 1 >= check.times;
    record(draft, subject, round, reading);
    if !passed {
        ask_again(draft, subject, round, check.check, check.every);
    }
}

fn rule_answered(draft: &mut Draft<'_>, subject: &Subject, name: &str, round: u32, reading: &Reading) {
    let current = draft.environment.current.as_ref();
    let watching = current.filter(|d| d.id == *subject.owner() && d.phase == Phase::Watching);
    let rule = watching.and_then(|d| d.rules.iter().find(|r| r.rule.name == name && r.rounds + 1 == round));
    let Some(rule) = rule.map(|r| r.rule.clone()) else { return };
    record(draft, subject, round, reading);
    ask_again(draft, subject, round, rule.check, rule.every);
}

fn smoke_answered(draft: &mut Draft<'_>, subject: &Subject, name: &str, round: u32, reading: &Reading) {
    let smoke = draft.environment.smoke.as_ref().filter(|s| s.id == *subject.owner());
    if !smoke.is_some_and(|s| s.checks.iter().any(|c| c.name == name && c.reading.is_none())) {
        return;
    }
    record(draft, subject, round, reading);
    let done = draft.environment.smoke.as_ref().filter(|s| s.checks.iter().all(|c| c.reading.is_some()));
    if let Some((smoke, by)) = done.map(|s| (s.id.clone(), s.by.clone())) {
        draft.noted(What::SmokeEnded { smoke: smoke.clone() });
        draft.say(CardKey::Smoke(smoke), Channel::Deployments, vec![Call::Person(by)]);
    }
}
