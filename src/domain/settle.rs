//! What follows from what is so: gates that have opened, time that has passed, a watch that has ended. Runs after
//! every event until nothing follows any more.

use super::{
    Call, CardKey, Cause, Channel, Deployment, Effect, GateProgress, GateRule, GateState, Kind, Note, Outcome,
    Permission, Phase, What, When, act, back,
    closing::{self, close},
    draft::Draft,
    gates::{self, Standing},
    halt, lock, snooze,
    watch::{self, Judgement},
};

/// Lets everything follow. Bounded: each round moves the deployment under way to a later phase, or ends.
pub(super) fn settle(draft: &mut Draft<'_>) {
    halt::follow(draft);
    lock::follow(draft);
    give_up_queued(draft);
    for _ in 0..32 {
        if !follow(draft) {
            return;
        }
    }
}

fn give_up_queued(draft: &mut Draft<'_>) {
    if let Some(d) = draft.environment.queued.clone()
        && draft.now() >= d.gives_up_at
    {
        close(draft, &d, Outcome::Aborted, Some(Cause::GaveUp));
    }
}

/// One thing that follows; whether there was one.
fn follow(draft: &mut Draft<'_>) -> bool {
    let Some(d) = draft.environment.current.clone() else { return dequeue(draft) };
    let too_long = d.plan.as_ref().is_some_and(|p| draft.now() >= d.phase_since.plus(p.policy.rollout_within));
    match d.phase {
        Phase::Queued | Phase::Entering if draft.now() >= d.gives_up_at => {
            close(draft, &d, Outcome::Aborted, Some(Cause::GaveUp));
            true
        }
        Phase::Entering => entering(draft, &d) || snooze::remind(draft),
        Phase::RollingOut if d.halted_at.is_some() => resume(draft, &d),
        Phase::RollingOut if too_long => {
            closing::go_back(draft, &d, Cause::RolloutTooLong);
            true
        }
        Phase::RollingBack if too_long => {
            let note = Note::new("restore-too-long");
            closing::need_people(draft, &d, Cause::RestoreFailed { note });
            true
        }
        Phase::Verifying => verifying(draft, &d) || snooze::remind(draft),
        Phase::Watching => watching(draft, &d) || snooze::remind(draft),
        Phase::Queued | Phase::RollingOut | Phase::RollingBack | Phase::Closed => false,
    }
}

fn dequeue(draft: &mut Draft<'_>) -> bool {
    let Some(d) = draft.environment.queued.clone() else { return false };
    draft.noted(What::Dequeued { deployment: d.id.clone() });
    match &draft.facts.policy {
        Some(policy) => {
            let effect = back::look(draft, &d, &policy.target);
            draft.perform(effect);
        }
        None => close(draft, &d, Outcome::Aborted, Some(Cause::EnvironmentGone)),
    }
    true
}

fn entering(draft: &mut Draft<'_>, d: &Deployment) -> bool {
    let standings: Vec<Standing> =
        gates::survey(d, &draft.facts).into_iter().filter(|s| s.when == When::Before).collect();
    if latch(draft, d, &standings) || late(draft, d, &standings) {
        return true;
    }
    let held = act::held(d, &draft.facts.locks_now(), draft.facts.halt_now());
    if !held && standings.iter().all(|s| s.state.lets_through()) {
        start(draft, d);
        return true;
    }
    let only_people = !held && draft.facts.unfit(d).is_none() && only_people_are_missing(draft, d, &standings);
    match d.asked_at {
        None => only_people && ask(draft, d),
        Some(_) if !only_people => {
            let interrupts = !d.interrupted && !gates::awaited(d, draft.now()).is_empty();
            if interrupts {
                draft.noted(What::Interrupted { deployment: d.id.clone() });
            }
            interrupts
        }
        // Whoever put it off is called when that is over.
        Some(_) if d.snooze.is_some() => false,
        Some(asked_at) => (d.interrupted || gates::has_lapsed(d, asked_at, draft.now())) && ask(draft, d),
    }
}

/// Writes down a check or a soak that has passed.
fn latch(draft: &mut Draft<'_>, d: &Deployment, standings: &[Standing]) -> bool {
    let newly = d.gates.iter().zip_by_name(standings).find(|(gate, standing)| match &gate.gate.rule {
        GateRule::Soak(_) => gate.state != GateState::Passed && standing.state == GateState::Passed,
        GateRule::Check(check) => gate.state == GateState::Running && gate.in_a_row >= check.times,
        _ => false,
    });
    let Some((gate, _)) = newly else { return false };
    draft.noted(What::GatePassed { deployment: d.id.clone(), gate: gate.gate.name.clone() });
    true
}

/// Fails what took longer than it may.
fn late(draft: &mut Draft<'_>, d: &Deployment, standings: &[Standing]) -> bool {
    let now = draft.now();
    let late = d.gates.iter().zip_by_name(standings).find(|(gate, standing)| {
        let bounded = match &gate.gate.rule {
            GateRule::Check(_) => gate.state == GateState::Running,
            GateRule::Confirm { .. } => gate.when == When::After && standing.state == GateState::Waiting,
            _ => false,
        };
        bounded && standing.judge_at.is_some_and(|end| now >= end)
    });
    let Some((gate, _)) = late else { return false };
    let note = gate.last.as_ref().map_or_else(|| Note::new("gate-unanswered"), |reading| reading.note.clone());
    let (gate, deployment) = (gate.gate.name.clone(), d.id.clone());
    draft.noted(What::GateFailed { deployment, gate: gate.clone(), note: note.clone() });
    let cause = Cause::GateFailed { gate, note };
    match draft.environment.current.clone() {
        Some(d) if d.phase == Phase::Verifying => closing::go_back(draft, &d, cause),
        Some(d) => close(draft, &d, Outcome::Failed, Some(cause)),
        None => {}
    }
    true
}

/// The rollout starts in the one step in which all gates before are open.
fn start(draft: &mut Draft<'_>, d: &Deployment) {
    if draft.facts.unfit(d).is_some() {
        close(draft, d, Outcome::Failed, Some(Cause::Barred { version: d.release.version.clone() }));
        return;
    }
    let Some(plan) = &d.plan else { return };
    let (target, attempt) = (plan.policy.target.clone(), draft.environment.attempt + 1);
    draft.noted(What::RolloutStarted { deployment: d.id.clone(), attempt });
    let release = d.release.clone();
    draft.perform(Effect::RollOut { target, deployment: d.id.clone(), attempt, release });
}

/// A rollout that waited for a halt to end goes on where it was.
fn resume(draft: &mut Draft<'_>, d: &Deployment) -> bool {
    let Some(plan) = d.plan.as_ref().filter(|_| d.kind == Kind::Rollback || draft.facts.halt_now().is_none()) else {
        return false;
    };
    let (target, attempt) = (plan.policy.target.clone(), draft.environment.attempt + 1);
    draft.noted(What::RolloutResumed { deployment: d.id.clone(), attempt });
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Deployments, vec![Call::Person(d.requested_by.clone())]);
    let release = d.release.clone();
    draft.perform(Effect::RollOut { target, deployment: d.id.clone(), attempt, release });
    true
}

/// People are asked only when nothing but they is missing, or a window that opens before their word would expire.
fn only_people_are_missing(draft: &Draft<'_>, d: &Deployment, standings: &[Standing]) -> bool {
    let now = draft.now();
    let expiry = d.gates.iter().filter_map(|g| match &g.gate.rule {
        GateRule::Approval { expires, .. } => expires.map(|span| now.plus(span)),
        _ => None,
    });
    let expiry = expiry.min();
    d.gates.iter().zip_by_name(standings).all(|(gate, standing)| match &gate.gate.rule {
        _ if standing.state.lets_through() => true,
        rule if gates::is_for_people(rule) => true,
        rule if gates::is_timed(rule) => standing.opens_at.is_some_and(|opens| expiry.is_none_or(|end| opens < end)),
        _ => false,
    })
}

fn ask(draft: &mut Draft<'_>, d: &Deployment) -> bool {
    let missing = |gate: &&GateProgress| gate.when == When::Before && gates::lacks_a_word(gate, draft.now());
    let open: Vec<&GateProgress> = d.gates.iter().filter(missing).collect();
    if open.is_empty() {
        return false;
    }
    let gates = open.iter().map(|gate| gate.gate.name.clone()).collect();
    draft.noted(What::Asked { deployment: d.id.clone(), gates, again: d.asked_at.is_some() });
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Deployments, gates::calls(&open, d, draft.now()));
    true
}

fn verifying(draft: &mut Draft<'_>, d: &Deployment) -> bool {
    let standings: Vec<Standing> =
        gates::survey(d, &draft.facts).into_iter().filter(|s| s.when == When::After).collect();
    if latch(draft, d, &standings) || late(draft, d, &standings) {
        return true;
    }
    if !standings.iter().all(|s| s.state.lets_through()) {
        return false;
    }
    let Some(watch) = d.plan.as_ref().and_then(|p| p.policy.watch.clone()) else {
        closing::succeed(draft, d, None);
        return true;
    };
    draft.noted(What::WatchStarted { deployment: d.id.clone() });
    for rule in watch.rules {
        let subject = super::Subject::Rule { deployment: d.id.clone(), name: rule.name };
        draft.perform(Effect::Ask { subject, round: 1, check: rule.check });
    }
    true
}

fn watching(draft: &mut Draft<'_>, d: &Deployment) -> bool {
    let Some(watch) = d.plan.as_ref().and_then(|p| p.policy.watch.clone()) else { return false };
    let judgement = watch::judge(d);
    if let Judgement::Broken { rule, breach } = judgement {
        closing::go_back(draft, d, Cause::RuleBroken { rule, breach });
        return true;
    }
    if let Some(until) = d.undecided_until {
        // Somebody has answered: before they have been called again, silence decides nothing.
        if draft.now() < until || d.snooze.is_some() {
            return false;
        }
        match watch.inconclusive.roll_back {
            true => closing::go_back(draft, d, Cause::Undecided),
            false => closing::succeed(draft, d, Some(Cause::Kept { by: None })),
        }
        return true;
    }
    // A watch does not end in the middle of a bad run: the next samples tell.
    if draft.now() < d.phase_since.plus(watch.length) || judgement == Judgement::Suspicious {
        return false;
    }
    let rules = watch::without_verdict(d);
    if rules.is_empty() {
        closing::succeed(draft, d, None);
        return true;
    }
    let until = draft.now().plus(watch.inconclusive.within);
    draft.noted(What::WatchUndecided { deployment: d.id.clone(), rules, until_at: until });
    let call = vec![Call::Group(watch.inconclusive.ask), Call::Whoever(Permission::Rollback)];
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Warnings, call);
    true
}

/// Pairs gates with their standings; names are unique in an environment.
trait ZipByName<'g>: Iterator<Item = &'g GateProgress> + Sized {
    fn zip_by_name<'s>(self, standings: &'s [Standing]) -> impl Iterator<Item = (&'g GateProgress, &'s Standing)> {
        self.filter_map(|gate| standings.iter().find(|s| s.name == gate.gate.name).map(|s| (gate, s)))
    }
}

impl<'g, I: Iterator<Item = &'g GateProgress>> ZipByName<'g> for I {}
