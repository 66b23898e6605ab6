//! How a deployment ends, and how it goes back.

use super::{
    Call, Cancel, CardKey, Cause, Channel, Deployment, Effect, Kind, Lock, Outcome, Permission, Quarantine, Release,
    What, draft::Draft, lock,
};

/// Ends a deployment that has touched nothing.
pub(super) fn close(draft: &mut Draft<'_>, d: &Deployment, outcome: Outcome, cause: Option<Cause>) {
    let told = !by_requester(d, cause.as_ref());
    let running = draft.environment.running.clone();
    end(draft, d, Ending { outcome, cause, running, evidence: false });
    if told {
        draft.say(CardKey::Deployment(d.id.clone()), Channel::Deployments, vec![Call::Person(d.requested_by.clone())]);
    }
}

/// Who ended it themselves need not be told.
fn by_requester(d: &Deployment, cause: Option<&Cause>) -> bool {
    match cause {
        Some(Cause::Aborted { by, .. } | Cause::Rejected { by, .. } | Cause::Superseded { by, .. }) => {
            by.is(&d.requested_by)
        }
        _ => false,
    }
}

/// The release runs and is good; with a cause (kept though the watch could not tell) it is no evidence.
pub(super) fn succeed(draft: &mut Draft<'_>, d: &Deployment, cause: Option<Cause>) {
    let (running, evidence) = (Some(d.release.clone()), cause.is_none());
    end(draft, d, Ending { outcome: Outcome::Succeeded, cause, running, evidence });
    // It is announced, and nobody has to act: nobody is called.
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Announcements, Vec::new());
    if d.kind == Kind::Rollback {
        bar(draft, d.from.as_ref(), &d.release);
        if let Some(stuck) = draft.environment.stuck.clone() {
            leave_behind(draft, &stuck, &d.release);
            draft.noted(What::Unstuck { deployment: stuck.id });
        }
        if let Some(lifted) = lock::lift_own(draft) {
            draft.noted(lifted);
        }
    }
}

/// The deployment goes back to what ran, if it can.
pub(super) fn go_back(draft: &mut Draft<'_>, d: &Deployment, cause: Cause) {
    let Some(plan) = d.plan.as_ref().filter(|_| !d.is_one_way() && d.kind != Kind::Rollback) else {
        need_people(draft, d, cause);
        return;
    };
    let attempt = draft.environment.attempt + 1;
    let by_a_person = matches!(cause, Cause::Aborted { .. });
    let note = What::RollbackStarted { deployment: d.id.clone(), attempt, cause };
    if by_a_person {
        draft.said(note)
    } else {
        draft.noted(note)
    }
    draft.cancels.push(Cancel::Checks(d.id.clone()));
    draft.cancels.push(Cancel::Look(d.id.clone()));
    draft.perform(Effect::Restore { target: plan.policy.target.clone(), deployment: d.id.clone(), attempt });
    let call = vec![Call::Person(d.requested_by.clone())];
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Warnings, call);
}

/// Every machine is as it was.
pub(super) fn went_back(draft: &mut Draft<'_>, d: &Deployment) {
    let fallback = d.plan.as_ref().and_then(|plan| plan.fallback.clone());
    let outcome = if fallback.is_some() { Outcome::RolledBack } else { Outcome::Failed };
    end(draft, d, Ending { outcome, cause: None, running: fallback.clone(), evidence: false });
    let call = vec![Call::Person(d.requested_by.clone())];
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Warnings, call);
    bar(draft, Some(&d.release), fallback.as_ref().unwrap_or(&d.release));
}

/// Nobody but people can judge what is so: the environment locks itself and the incidents channel is called.
pub(super) fn need_people(draft: &mut Draft<'_>, d: &Deployment, cause: Cause) {
    draft.cancels.push(Cancel::Target);
    // The rollback that was to leave it takes its place, and what it is to leave in turn may be a mix.
    let left = draft.environment.stuck.clone().filter(|_| d.kind == Kind::Rollback);
    let ending = Ending { outcome: Outcome::NeedsPeople, cause: Some(cause), running: None, evidence: false };
    end(draft, d, ending);
    let call = vec![Call::Whoever(Permission::Rollback), Call::Person(d.requested_by.clone())];
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Incidents, call);
    let lock = Lock::own(&d.release.version, draft.now(), draft.facts.own_lock_now());
    draft.noted(What::Locked { lock });
    if let Some(left) = left {
        leave_behind(draft, &left, &d.release);
    }
}

struct Ending {
    outcome: Outcome,
    cause: Option<Cause>,
    running: Option<Release>,
    evidence: bool,
}

fn end(draft: &mut Draft<'_>, d: &Deployment, ending: Ending) {
    let Ending { outcome, cause, running, evidence } = ending;
    let by_a_person = matches!(
        cause,
        Some(Cause::Aborted { .. } | Cause::Rejected { .. } | Cause::Superseded { .. } | Cause::Kept { by: Some(_) })
    );
    let what = What::Closed { deployment: d.id.clone(), outcome, cause, running, evidence };
    if by_a_person {
        draft.said(what)
    } else {
        draft.noted(what)
    }
    draft.cancels.push(Cancel::Checks(d.id.clone()));
    draft.cancels.push(Cancel::Look(d.id.clone()));
}

/// What needed people is left: its release is barred, and what it was itself to leave.
fn leave_behind(draft: &mut Draft<'_>, stuck: &Deployment, now_running: &Release) {
    bar(draft, Some(&stuck.release), now_running);
    bar(draft, stuck.from.as_ref().filter(|_| stuck.kind == Kind::Rollback), now_running);
}

/// Bars an artifact that was left, unless what runs now is the same artifact.
fn bar(draft: &mut Draft<'_>, left: Option<&Release>, now_running: &Release) {
    let Some(left) = left.filter(|left| left.digest != now_running.digest) else { return };
    if draft.facts.barred(&left.digest).is_some() {
        return;
    }
    let quarantine = Quarantine {
        digest: left.digest.clone(),
        version: left.version.clone(),
        environment: draft.environment.name.clone(),
        at: draft.now(),
    };
    draft.noted(What::Quarantined { quarantine });
}
