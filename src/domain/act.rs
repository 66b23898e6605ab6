//! What people decide about a deployment: approve, reject, confirm, abort, go back, keep. What they put off is in
//! [`snooze`](super::snooze).

use super::{
    Action, Actor, CardKey, Cause, Deployment, GateProgress, GateRule, GateState, Halt, Id, Kind, Lock, Outcome,
    Permission, Phase, Refusal, Span, What, When,
    closing::{close, go_back, succeed},
    draft::Draft,
    gates, halt, lock, overriding,
    request::{self, Wish, look_again, need},
    snooze,
};

/// A decision as it was taken.
pub(super) struct Decision<'e> {
    pub(super) deployment: &'e Id,
    pub(super) action: Action,
    pub(super) gate: Option<&'e str>,
    pub(super) reason: Option<&'e String>,
    pub(super) revision: Option<u64>,
    pub(super) lasting: Option<Span>,
    pub(super) fresh: &'e Id,
}

/// Whether a deployment is one that such a decision could be about now.
#[must_use]
pub fn awaits(d: &Deployment, action: Action) -> bool {
    let open = |when: When, fits: fn(&GateRule) -> bool| {
        d.gates.iter().any(|g| g.when == when && g.state == GateState::Waiting && fits(&g.gate.rule))
    };
    let item = |rule: &GateRule| matches!(rule, GateRule::Confirm { .. });
    match action {
        Action::Approve | Action::Reject => {
            d.phase == Phase::Entering && open(When::Before, |rule| matches!(rule, GateRule::Approval { .. }))
        }
        Action::Confirm => match d.phase {
            Phase::Entering => open(When::Before, item),
            Phase::Verifying => open(When::After, item),
            _ => false,
        },
        Action::Override => overriding::overridable(d).next().is_some(),
        Action::Abort => !matches!(d.phase, Phase::RollingBack | Phase::Closed),
        Action::Rollback => d.has_touched() && d.phase != Phase::RollingBack,
        Action::Keep => d.undecided_until.is_some() || d.outcome == Some(Outcome::NeedsPeople),
        Action::Snooze => match d.phase {
            Phase::Entering => d.asked_at.is_some() && open(When::Before, gates::is_for_people),
            Phase::Verifying => open(When::After, gates::is_for_people),
            _ => d.undecided_until.is_some(),
        },
    }
}

/// Whether nothing goes on by itself any more: only a person's word moves it, be it that of who holds the lock.
#[must_use]
pub fn waits_for_people(d: &Deployment, locks: &[&Lock], halt: Option<&Halt>) -> bool {
    let when = if d.phase == Phase::Verifying { When::After } else { When::Before };
    let open = d.gates.iter().filter(|g| g.when == when && !g.state.lets_through());
    let by_lock = locks.iter().any(|lock| held(d, &[lock], None) && lock.expires_at.is_none());
    let by_halt = held(d, &[], halt) && halt.is_some_and(|halt| halt.expires_at.is_none());
    match d.phase {
        Phase::Entering => d.asked_at.is_some() || by_lock || by_halt,
        Phase::RollingOut => d.halted_at.is_some() && by_halt,
        Phase::Verifying => {
            let open: Vec<_> = open.collect();
            !open.is_empty() && open.iter().all(|g| gates::is_for_people(&g.gate.rule))
        }
        Phase::Watching => d.undecided_until.is_some(),
        _ => false,
    }
}

/// Whether a halt or a lock keeps a deployment from starting: whatever goes back may pass, and a lock lets those of its
/// owner through.
pub(super) fn held(d: &Deployment, locks: &[&Lock], halt: Option<&Halt>) -> bool {
    let own = |lock: &Lock| lock.owner.as_ref().is_some_and(|owner| owner.is(&d.requested_by));
    d.kind != Kind::Rollback && (halt.is_some() || locks.iter().any(|lock| !own(lock)))
}

pub(super) fn act(draft: &mut Draft<'_>, decision: &Decision<'_>) -> Result<(), Refusal> {
    let Some(actor) = draft.facts.actor.clone() else {
        return Err(Refusal::NotPermitted { permission: Permission::Approve });
    };
    draft.answer = Some(CardKey::Deployment(decision.deployment.clone()));
    let Some(d) = draft.environment.deployment(decision.deployment).cloned() else {
        return act_on_closed(draft, decision);
    };
    if let Some(pressed) = decision.revision
        && pressed != d.revision
    {
        return Err(Refusal::StaleCard { pressed, now: d.revision });
    }
    if d.phase == Phase::Closed {
        return unstick(draft, &d, decision);
    }
    match decision.action {
        Action::Approve => approve(draft, &d, &actor, decision),
        Action::Reject => reject(draft, &d, &actor, decision),
        Action::Confirm => confirm(draft, &d, &actor, decision),
        Action::Abort => abort(draft, &d, &actor, decision),
        Action::Rollback => roll_back(draft, &d, actor, decision),
        Action::Keep => keep(draft, &d, &actor),
        Action::Override => overriding::pass_over(draft, &d, &actor, decision),
        Action::Snooze => snooze::snooze(draft, &d, &actor, decision.lasting),
    }
}

/// Of what has ended, one thing can still be decided: to go back from a release that runs.
fn act_on_closed(draft: &mut Draft<'_>, decision: &Decision<'_>) -> Result<(), Refusal> {
    let closed = draft.facts.closed.clone().filter(|d| d.id == *decision.deployment);
    let Some(d) = closed else { return Err(Refusal::NoSuchDeployment) };
    let outcome = d.outcome.unwrap_or(Outcome::Failed);
    let runs = draft.environment.running.as_ref().is_some_and(|r| r.digest == d.release.digest);
    if decision.action != Action::Rollback || outcome != Outcome::Succeeded || !runs {
        return Err(Refusal::AlreadyClosed { outcome });
    }
    let (id, reason) = (decision.fresh, decision.reason);
    request::request(draft, &Wish { id, kind: Kind::Rollback, version: None, reason, again: false })
}

/// After `needs_people`: go back anyway, or keep what is there.
fn unstick(draft: &mut Draft<'_>, d: &Deployment, decision: &Decision<'_>) -> Result<(), Refusal> {
    let outcome = d.outcome.unwrap_or(Outcome::NeedsPeople);
    match decision.action {
        Action::Rollback => {
            need(draft, Permission::Rollback)?;
            let fallback = d.way_back().cloned().ok_or(Refusal::NothingToGoBackTo)?;
            let (id, reason) = (decision.fresh, decision.reason);
            // The button's card says where it goes, so it goes there or nowhere.
            let version = fallback.version.clone();
            let wish = Wish { id, kind: Kind::Rollback, version: Some(&version), reason, again: true };
            request::go_back_anyway(draft, &wish, fallback)
        }
        Action::Keep => {
            need(draft, Permission::Rollback)?;
            if draft.environment.needs_people().is_none() {
                return Err(Refusal::RollingBack);
            }
            draft.said(What::Unstuck { deployment: d.id.clone() });
            if let Some(lifted) = lock::lift_own(draft) {
                draft.said(lifted);
            }
            look_again(draft);
            Ok(())
        }
        _ => Err(Refusal::AlreadyClosed { outcome }),
    }
}

pub(super) fn wrong_phase(d: &Deployment, action: Action) -> Refusal {
    Refusal::WrongPhase { action, phase: d.phase }
}

/// The gate that is meant: the named one, or the only one that waits for such a word.
fn pick<'d>(
    d: &'d Deployment,
    named: Option<&str>,
    fits: impl Fn(&GateProgress) -> bool,
) -> Result<&'d GateProgress, Refusal> {
    let when = if d.phase == Phase::Verifying { When::After } else { When::Before };
    let open: Vec<&GateProgress> =
        d.gates.iter().filter(|g| g.when == when && g.state == GateState::Waiting && fits(g)).collect();
    let waiting = || open.iter().map(|g| g.gate.name.clone()).collect();
    match (named, open.as_slice()) {
        (Some(name), _) => open
            .iter()
            .find(|g| g.gate.name.eq_ignore_ascii_case(name))
            .copied()
            .ok_or_else(|| Refusal::NoSuchGate { gate: Some(name.to_owned()), waiting: waiting() }),
        (None, []) => Err(Refusal::NoSuchGate { gate: None, waiting: Vec::new() }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Refusal::WhichGate { waiting: waiting() }),
    }
}

fn approve(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    need(draft, Permission::Approve)?;
    if d.phase != Phase::Entering {
        return Err(wrong_phase(d, Action::Approve));
    }
    let gate = pick(d, decision.gate, |g| matches!(g.gate.rule, GateRule::Approval { .. }))?;
    let GateRule::Approval { from, count, not_requester, .. } = &gate.gate.rule else { return Ok(()) };
    if !actor.is_in(from) {
        return Err(Refusal::NotInGroup { gate: gate.gate.name.clone(), group: from.clone() });
    }
    if *not_requester && actor.who.is(&d.requested_by) {
        return Err(Refusal::OwnRequest);
    }
    if let Some(unfit) = draft.facts.unfit(d) {
        return Err(unfit);
    }
    let words = gates::valid_words(gate, draft.now());
    if words.iter().any(|word| word.by.is(&actor.who)) {
        return Err(Refusal::AlreadyApproved);
    }
    if *not_requester || *count > 1 {
        let others = words.iter().map(|word| &word.by).chain([&d.requested_by]);
        if let Some(other) = others.into_iter().find(|other| !actor.who.comparable(other)) {
            let unknown = if actor.who.person.is_none() { &actor.who } else { other };
            return Err(Refusal::UnknownPerson { identity: unknown.identity.clone() });
        }
    }
    if d.asked_at.is_none() {
        return Err(not_asked_yet(draft, d));
    }
    draft.said(What::Approved { deployment: d.id.clone(), gate: gate.gate.name.clone() });
    Ok(())
}

/// That people will be asked, and have not been yet.
pub(super) fn too_early(draft: &Draft<'_>, d: &Deployment) -> Option<Refusal> {
    let awaits = |g: &GateProgress| g.when == When::Before && gates::lacks_a_word(g, draft.now());
    let early = d.phase == Phase::Entering && d.asked_at.is_none() && d.gates.iter().any(awaits);
    early.then(|| not_asked_yet(draft, d))
}

/// Why people have not been asked: who holds everything up, or what is missing besides them.
fn not_asked_yet(draft: &Draft<'_>, d: &Deployment) -> Refusal {
    let locked = draft.facts.locks_now().into_iter().find(|lock| held(d, &[lock], None));
    match (draft.facts.unfit(d), draft.facts.halt_now(), locked) {
        (Some(unfit), _, _) => unfit,
        (_, Some(halt), _) => halt::refuse(halt),
        (_, _, Some(lock)) => lock.refusal(),
        _ => Refusal::NotAskedYet { missing: missing(draft, d) },
    }
}

/// What keeps people from being asked.
fn missing(draft: &Draft<'_>, d: &Deployment) -> Vec<String> {
    let standings = gates::survey(d, &draft.facts).into_iter().zip(&d.gates);
    let open = standings.filter(|(s, _)| s.when == When::Before && !s.state.lets_through());
    open.filter(|(_, gate)| !gates::is_for_people(&gate.gate.rule)).map(|(s, _)| s.name).collect()
}

fn reject(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    need(draft, Permission::Approve)?;
    if d.phase != Phase::Entering {
        return Err(wrong_phase(d, Action::Reject));
    }
    let approvals = |g: &&GateProgress| matches!(g.gate.rule, GateRule::Approval { .. });
    let named = |g: &&GateProgress| decision.gate.is_none_or(|name| g.gate.name.eq_ignore_ascii_case(name));
    let gates: Vec<&GateProgress> = d.gates.iter().filter(approvals).filter(named).collect();
    // A no to one of several is a no to all, so any gate that this person decides will do.
    let theirs = |g: &&GateProgress| matches!(&g.gate.rule, GateRule::Approval { from, .. } if actor.is_in(from));
    if !gates.iter().any(theirs) {
        return Err(match gates.first().map(|g| (&g.gate.name, &g.gate.rule)) {
            Some((gate, GateRule::Approval { from, .. })) => {
                Refusal::NotInGroup { gate: gate.clone(), group: from.clone() }
            }
            _ => Refusal::NoSuchGate { gate: decision.gate.map(str::to_owned), waiting: Vec::new() },
        });
    }
    let cause = Cause::Rejected { by: actor.who.clone(), reason: decision.reason.cloned() };
    close(draft, d, Outcome::Aborted, Some(cause));
    Ok(())
}

fn confirm(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    if !matches!(d.phase, Phase::Entering | Phase::Verifying) {
        return Err(wrong_phase(d, Action::Confirm));
    }
    let open = |g: &GateProgress| matches!(g.gate.rule, GateRule::Confirm { .. }) && g.words.is_empty();
    let gate = pick(d, decision.gate, open)?;
    let GateRule::Confirm { from, .. } = &gate.gate.rule else { return Ok(()) };
    if !actor.is_in(from) {
        return Err(Refusal::NotInGroup { gate: gate.gate.name.clone(), group: from.clone() });
    }
    draft.said(What::Confirmed { deployment: d.id.clone(), gate: gate.gate.name.clone() });
    Ok(())
}

fn abort(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    if !actor.who.is(&d.requested_by) {
        need(draft, Permission::Rollback)?;
    }
    stop(draft, d, actor, decision)
}

fn roll_back(draft: &mut Draft<'_>, d: &Deployment, actor: Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    if !decides_on(d, &actor) {
        need(draft, Permission::Rollback)?;
    }
    stop(draft, d, &actor, decision)
}

/// Whether somebody may make a deployment go back without any permission: the requester, and who is asked about it.
fn decides_on(d: &Deployment, actor: &Actor) -> bool {
    let asked = d.undecided_until.is_some() && undecided_group(d).is_some_and(|group| actor.is_in(group));
    asked || actor.who.is(&d.requested_by)
}

/// Whether the actor may, by whatever word, make go back what is being released.
pub(super) fn may_go_back(draft: &Draft<'_>) -> bool {
    let under_way = draft.environment.current.as_ref().filter(|d| d.has_touched() && d.kind != Kind::Rollback);
    under_way.zip(request::actor(draft)).is_some_and(|(d, actor)| decides_on(d, actor))
}

/// Untouched, it ends; touched, it goes back. What goes back already cannot be stopped.
fn stop(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor, decision: &Decision<'_>) -> Result<(), Refusal> {
    let cause = Cause::Aborted { by: actor.who.clone(), reason: decision.reason.cloned() };
    match d.phase {
        Phase::Queued | Phase::Entering => close(draft, d, Outcome::Aborted, Some(cause)),
        Phase::RollingBack => return Err(Refusal::RollingBack),
        _ if d.kind == Kind::Rollback => return Err(Refusal::RollingBack),
        _ => go_back(draft, d, cause),
    }
    Ok(())
}

/// The group that decides what the watch could not.
pub(super) fn undecided_group(d: &Deployment) -> Option<&str> {
    d.plan.as_ref().and_then(|p| p.policy.watch.as_ref()).map(|w| w.inconclusive.ask.as_str())
}

fn keep(draft: &mut Draft<'_>, d: &Deployment, actor: &Actor) -> Result<(), Refusal> {
    if d.phase != Phase::Watching || d.undecided_until.is_none() {
        return Err(wrong_phase(d, Action::Keep));
    }
    if !undecided_group(d).is_some_and(|group| actor.is_in(group)) {
        need(draft, Permission::Rollback)?;
    }
    succeed(draft, d, Some(Cause::Kept { by: Some(actor.who.clone()) }));
    Ok(())
}
