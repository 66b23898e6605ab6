//! Not now; call us again later: people put off what is awaited of them, and are called once more.
//!
//! Nothing is decided by it. It makes sense only while people are awaited, and whatever ends that ends it. What was to
//! end by itself meanwhile (giving up, a checklist item's `within`) still does; only the time to decide on a watch is
//! made longer, because somebody has answered and silence is silence no more.

use super::{
    Actor, Call, CardKey, Channel, Deployment, GateProgress, GateRule, Moment, Permission, Phase, Refusal, Span, What,
    act, draft::Draft, gates, request::need,
};

/// How long it lasts when nobody says.
const USUAL: Span = Span::minutes(30);
const SHORTEST: Span = Span::minutes(1);
const LONGEST: Span = Span::hours(24);

/// Whether people are awaited, so that they can put it off.
#[must_use]
pub fn may_be_snoozed(d: &Deployment, now: Moment) -> bool {
    d.undecided_until.is_some() || !gates::awaited(d, now).is_empty()
}

pub(super) fn snooze(
    draft: &mut Draft<'_>,
    d: &Deployment,
    actor: &Actor,
    lasting: Option<Span>,
) -> Result<(), Refusal> {
    let now = draft.now();
    if !may_be_snoozed(d, now) {
        return Err(act::too_early(draft, d).unwrap_or_else(|| act::wrong_phase(d, super::Action::Snooze)));
    }
    permitted(draft, d, actor)?;
    let wanted = now.plus(lasting.unwrap_or(USUAL).clamp(SHORTEST, LONGEST));
    let until_at = ends_by_itself(d, now).map_or(wanted, |end| end.min(wanted));
    let decide_until_at = time_to_decide(d, until_at);
    draft.said(What::Snoozed { deployment: d.id.clone(), until_at, decide_until_at });
    Ok(())
}

/// Calls those who are still awaited once more when a snooze is over; whether it did.
pub(super) fn remind(draft: &mut Draft<'_>) -> bool {
    let Some(d) = draft.environment.current.clone() else { return false };
    let Some(snooze) = d.snooze.clone().filter(|snooze| draft.now() >= snooze.until_at) else { return false };
    let open = gates::awaited(&d, draft.now());
    let gates = open.iter().map(|gate| gate.gate.name.clone()).collect();
    // They have their time from when they are called, be it late because nobody was there to do it.
    let decide_until_at = time_to_decide(&d, draft.now());
    let (call, channel) = match act::undecided_group(&d).filter(|_| d.undecided_until.is_some()) {
        Some(group) => (vec![Call::Group(group.to_owned()), Call::Whoever(Permission::Rollback)], Channel::Warnings),
        None => (gates::calls(&open, &d, draft.now()), Channel::Deployments),
    };
    draft.noted(What::Reminded { deployment: d.id.clone(), gates, snooze, decide_until_at });
    draft.say(CardKey::Deployment(d.id), channel, call);
    true
}

/// Whoever may decide what is awaited, or could stop it altogether.
fn permitted(draft: &Draft<'_>, d: &Deployment, actor: &Actor) -> Result<(), Refusal> {
    let in_group = |gate: &&GateProgress| gates::group(&gate.gate.rule).is_some_and(|group| actor.is_in(group));
    let open = gates::awaited(d, draft.now());
    let asked = d.undecided_until.is_some() && act::undecided_group(d).is_some_and(|group| actor.is_in(group));
    if asked || actor.who.is(&d.requested_by) || open.iter().any(in_group) {
        return Ok(());
    }
    let refused =
        open.first().and_then(|gate| Some((gate.gate.name.clone(), gates::group(&gate.gate.rule)?.to_owned())));
    match (need(draft, Permission::Rollback), refused) {
        (Err(_), Some((gate, group))) => Err(Refusal::NotInGroup { gate, group }),
        (permitted, _) => permitted,
    }
}

/// When the waiting ends whatever people do: nobody is called after that.
fn ends_by_itself(d: &Deployment, now: Moment) -> Option<Moment> {
    let within = |gate: &GateProgress| match gate.gate.rule {
        GateRule::Confirm { within: Some(within), .. } => gate.since.map(|since| since.plus(within)),
        _ => None,
    };
    match d.phase {
        Phase::Entering => Some(d.gives_up_at),
        Phase::Verifying => gates::awaited(d, now).into_iter().filter_map(within).min(),
        _ => None,
    }
}

/// Until when people may decide what a watch could not, if they have all their time from a moment on.
fn time_to_decide(d: &Deployment, from: Moment) -> Option<Moment> {
    let watch = d.plan.as_ref()?.policy.watch.as_ref()?;
    d.undecided_until.map(|until| until.max(from.plus(watch.inconclusive.within)))
}
