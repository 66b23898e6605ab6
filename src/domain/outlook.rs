//! What a deployment would do: the core's own steps, taken on a copy that is thrown away.
//!
//! What stands in its way now and may be gone in a moment (a lock, a halt, another deployment, that the release runs
//! already) is left out here, so that the plan behind it can be seen.

use super::{
    Actor, Deployment, Environment, Event, Facts, Found, FoundMachine, GateRule, GateState, Id, Kind, Lock, Permission,
    Refusal, Standing, Who, gates, halt, step,
};

/// What a deployment would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The deployment as it would be with its plan. It does not exist.
    pub deployment: Deployment,
    /// Its gates as they would stand now.
    pub gates: Vec<Standing>,
}

/// What taking an environment to a release would do, if the actor asked for it and might.
///
/// # Errors
/// There is no such release, or it may not go there: that is why there would be no deployment.
pub fn outlook(environment: &Environment, version: Option<&str>, facts: &Facts) -> Result<Outlook, Refusal> {
    let calm = Environment { current: None, queued: None, stuck: None, ..environment.clone() };
    let nobody = || Who { identity: String::new(), person: None, name: String::new() };
    let who = facts.actor.as_ref().map_or_else(nobody, |actor| actor.who.clone());
    let may = Permission::ALL.into_iter().collect();
    let actor = Some(Actor { who, groups: std::collections::BTreeSet::default(), may });
    let facts = Facts { actor, lock: None, app_lock: None, halt: None, ..facts.clone() };
    let id = Id("plan".to_owned());
    let version = version.map(str::to_owned);
    let asked = Event::Request { id: id.clone(), kind: Kind::Deploy, version, reason: None, again: true };
    let asked = step(&calm, &asked, &facts)?;
    let attempt = asked.environment.attempt;
    let looked = Event::Looked { deployment: Some(id), attempt, found: found(environment) };
    let planned = step(&asked.environment, &looked, &Facts { actor: None, ..facts.clone() })?;
    let held = planned.environment.current.or_else(|| planned.deployments.into_iter().next());
    let mut deployment = held.or(asked.environment.current).ok_or(Refusal::EnvironmentGone)?;
    for gate in deployment.gates.iter_mut().filter(|gate| matches!(gate.gate.rule, GateRule::Check(_))) {
        // Nobody has asked it.
        gate.state = GateState::Waiting;
    }
    Ok(Outlook { gates: gates::survey(&deployment, &facts), deployment })
}

/// What besides its gates keeps a deployment from starting or going on: that it is not fit to any more, locks, the halt.
/// Without one, those of a deployment that the actor would ask for.
#[must_use]
pub fn holdups(deployment: Option<&Deployment>, facts: &Facts) -> Vec<Refusal> {
    let starts = deployment.is_none_or(|d| !d.has_touched() && d.kind != Kind::Rollback);
    let halts = starts || deployment.is_some_and(|d| d.halted_at.is_some());
    let who = deployment.map(|d| &d.requested_by).or(facts.actor.as_ref().map(|actor| &actor.who));
    let own = |lock: &&Lock| lock.owner.as_ref().zip(who).is_some_and(|(owner, who)| owner.is(who));
    let unfit = deployment.and_then(|d| facts.unfit(d)).into_iter();
    let locks = facts.locks_now().into_iter().filter(|lock| starts && !own(lock)).map(Lock::refusal);
    unfit.chain(locks).chain(facts.halt_now().filter(|_| halts).map(halt::refuse)).collect()
}

/// What the target said last; where it was never asked, something that can be planned with.
fn found(environment: &Environment) -> Found {
    let mut machines = environment.machines.clone();
    if machines.is_empty() {
        machines.push(FoundMachine::default());
    }
    for machine in &mut machines {
        if let Some(running) = &environment.running {
            machine.image.clone_from(&running.image);
            machine.digest.clone_from(&running.digest);
        }
    }
    Found { machines, stamp: 0, gone: Vec::new() }
}
