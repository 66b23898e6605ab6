//! Passing a gate by word: any gate that is still to be decided may be passed over by a permitted person with a reason,
//! or by several where the plan asks for that. It is announced, stays in the ledger, and holds for this deployment only.
//!
//! A hotfix passes over the order, soaks and windows at once, so it takes as many people: where that is more than its
//! requester, a gate of its own waits for the others' word.
//!
//! Not overridden by it: a lock, a halt, a quarantine, missing evidence (that is a hotfix).

use super::{
    Action, Actor, Call, CardKey, Channel, Deployment, Gate, GateProgress, GateRule, Override, Permission, Phase,
    Policy, Refusal, What, When,
    act::{Decision, wrong_phase},
    draft::Draft,
    gates,
    request::need,
};

/// The gates that are decided now, as the last step left them: some may have passed meanwhile.
pub fn overridable(d: &Deployment) -> impl Iterator<Item = &GateProgress> {
    let when = match d.phase {
        Phase::Entering => Some(When::Before),
        Phase::Verifying => Some(When::After),
        _ => None,
    };
    d.gates.iter().filter(move |gate| Some(gate.when) == when && gate.state.is_undecided())
}

/// The gate at which a hotfix waits for the others who must agree to it.
pub(super) fn hotfix(policy: &Policy) -> Gate {
    let taken = |name: &str| policy.before.iter().chain(&policy.after).any(|gate| gate.name.eq_ignore_ascii_case(name));
    let names = std::iter::once("hotfix".to_owned()).chain((2..).map(|n| format!("hotfix-{n}")));
    Gate { name: names.into_iter().find(|name| !taken(name)).unwrap_or_default(), rule: GateRule::Hotfix }
}

/// What the requester has said for a hotfix already, by asking for it.
pub(super) fn asked_for(d: &Deployment) -> Override {
    Override { by: d.requested_by.clone(), at: d.requested_at, reason: d.reason.clone().unwrap_or_default() }
}

pub(super) fn pass_over(
    draft: &mut Draft<'_>,
    d: &Deployment,
    actor: &Actor,
    decision: &Decision<'_>,
) -> Result<(), Refusal> {
    need(draft, Permission::Override)?;
    if !matches!(d.phase, Phase::Entering | Phase::Verifying) {
        return Err(wrong_phase(d, Action::Override));
    }
    let gate = pick(draft, d, decision.gate)?;
    if let Some(unfit) = draft.facts.unfit(d) {
        return Err(unfit);
    }
    let Some(reason) = decision.reason.cloned() else { return Err(Refusal::ReasonMissing) };
    let needed = d.plan.as_ref().map_or(1, |plan| plan.policy.override_by);
    if gate.overrides.iter().any(|word| word.by.is(&actor.who)) {
        return Err(Refusal::AlreadyOverridden);
    }
    if let Some(other) = gate.overrides.iter().map(|word| &word.by).find(|other| !actor.who.comparable(other)) {
        let unknown = if actor.who.person.is_none() { &actor.who } else { other };
        return Err(Refusal::UnknownPerson { identity: unknown.identity.clone() });
    }
    let is_last = u32::try_from(gate.overrides.len()).unwrap_or(u32::MAX).saturating_add(1) >= needed;
    draft.said(What::Overridden { deployment: d.id.clone(), gate: gate.gate.name.clone(), reason });
    let call = match is_last {
        true => Call::Person(d.requested_by.clone()),
        false => {
            let but = gate.overrides.iter().map(|word| &word.by).chain([&actor.who]).cloned().collect();
            Call::WhoeverElse { may: Permission::Override, but }
        }
    };
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Warnings, vec![call]);
    Ok(())
}

/// The gate that is meant: the named one, or the only one. One that has passed, though nothing is latched yet, is past
/// that: who gave their word to it would be forgotten.
fn pick<'d>(draft: &Draft<'_>, d: &'d Deployment, named: Option<&str>) -> Result<&'d GateProgress, Refusal> {
    let standings = gates::survey(d, &draft.facts);
    let has_passed = |gate: &GateProgress| standings.iter().any(|s| s.name == gate.gate.name && s.state.lets_through());
    let open: Vec<&GateProgress> = overridable(d).filter(|gate| !has_passed(gate)).collect();
    let waiting = || open.iter().map(|gate| gate.gate.name.clone()).collect();
    match (named, open.as_slice()) {
        (Some(name), _) => open
            .iter()
            .find(|gate| gate.gate.name.eq_ignore_ascii_case(name))
            .copied()
            .ok_or_else(|| Refusal::NoSuchGate { gate: Some(name.to_owned()), waiting: waiting() }),
        (None, []) => Err(Refusal::NoSuchGate { gate: None, waiting: Vec::new() }),
        (None, [only]) => Ok(only),
        (None, _) => Err(Refusal::WhichGate { waiting: waiting() }),
    }
}
