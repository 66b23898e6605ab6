//! Gates: how each stands at a moment, and why. Approvals and windows are judged anew each time and never latched;
//! soak and checks latch; a tick stays.
//!
//! To add one that people or the clock decide: a variant of [`GateRule`] and an arm in [`standing`].

use super::{
    Call, CheckGate, Deployment, Facts, GateProgress, GateRule, GateState, Moment, Permission, Phase, When, Who, Word,
    window,
};

/// How a gate stands, and what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its name in the config.
    pub name: String,
    /// Before or after the rollout.
    pub when: When,
    /// How it stands.
    pub state: GateState,
    /// The earliest moment at which the clock alone opens it.
    pub opens_at: Option<Moment>,
    /// The moment after which it must be judged again though nothing happened: a window shuts, an approval expires.
    pub judge_at: Option<Moment>,
    /// The group whose word is missing.
    pub waits_for: Option<String>,
    /// The earliest moment at which it can be open, where that is known and still to come: by the clock, when a check
    /// has passed often enough, or when people can be asked at all.
    pub earliest_at: Option<Moment>,
}

/// How every gate of a deployment stands at `facts.now`.
#[must_use]
pub fn survey(deployment: &Deployment, facts: &Facts) -> Vec<Standing> {
    let mut standings: Vec<Standing> = deployment.gates.iter().map(|gate| standing(gate, deployment, facts)).collect();
    let asked_at = asked_at(deployment, &standings, facts.now);
    for (standing, gate) in
        standings.iter_mut().zip(&deployment.gates).filter(|(standing, _)| standing.state.is_undecided())
    {
        standing.earliest_at = match &gate.gate.rule {
            rule if is_for_people(rule) => asked_at.filter(|_| gate.when == When::Before),
            GateRule::Check(check) => passes_at(gate, check, facts.now),
            _ => standing.opens_at,
        };
    }
    standings
}

/// When people can be asked to decide the gates before, where that is still to come and the clock alone decides it.
fn asked_at(d: &Deployment, standings: &[Standing], now: Moment) -> Option<Moment> {
    if d.phase != Phase::Entering || d.asked_at.is_some() {
        return None;
    }
    let expiry = |gate: &GateProgress| match gate.gate.rule {
        GateRule::Approval { expires, .. } => expires,
        _ => None,
    };
    let lasts = d.gates.iter().filter_map(expiry).min();
    let missing = d.gates.iter().zip(standings).filter(|(gate, standing)| {
        gate.when == When::Before && !standing.state.lets_through() && !is_for_people(&gate.gate.rule)
    });
    let moments = missing.map(|(gate, standing)| match (&gate.gate.rule, lasts) {
        // They are asked as soon as their word lasts until it opens.
        (rule, Some(lasts)) if is_timed(rule) => standing.opens_at.map(|at| Moment(at.0 - lasts.0 + 1)),
        (rule, None) if is_timed(rule) => Some(now),
        (GateRule::Check(check), _) => passes_at(gate, check, now),
        _ => standing.opens_at,
    });
    let all: Option<Vec<Moment>> = moments.collect();
    all?.into_iter().max().filter(|at| *at > now)
}

/// When a check that is being asked can have passed often enough, if it answers well from now on and in time.
fn passes_at(gate: &GateProgress, check: &CheckGate, now: Moment) -> Option<Moment> {
    let since = gate.since.filter(|_| gate.state == GateState::Running)?;
    let missing = i64::from(check.times.saturating_sub(gate.in_a_row));
    let every = check.every.0;
    let at = match &gate.last {
        Some(last) => Moment(last.at.0.saturating_add(every.saturating_mul(missing))),
        None => Moment(since.0.saturating_add(every.saturating_mul(missing - 1))),
    };
    (at > now && at < since.plus(check.within)).then_some(at)
}

/// The words on an approval gate that count at a moment.
#[must_use]
pub fn valid_words(gate: &GateProgress, now: Moment) -> Vec<&Word> {
    let GateRule::Approval { expires, .. } = &gate.gate.rule else { return gate.words.iter().collect() };
    gate.words.iter().filter(|word| expires.is_none_or(|span| now < word.at.plus(span))).collect()
}

/// The gates whose word is missing while nothing but people is awaited: before the rollout those who were called,
/// after it those whose items are all that is open.
#[must_use]
pub fn awaited(d: &Deployment, now: Moment) -> Vec<&GateProgress> {
    let open = |when: When| d.gates.iter().filter(move |g| g.when == when && g.state.is_undecided());
    match d.phase {
        Phase::Entering if d.asked_at.is_some() => open(When::Before).filter(|gate| lacks_a_word(gate, now)).collect(),
        Phase::Verifying if open(When::After).all(|gate| is_for_people(&gate.gate.rule)) => {
            open(When::After).filter(|gate| lacks_a_word(gate, now)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether people decide it and have not done so.
pub(super) fn lacks_a_word(gate: &GateProgress, now: Moment) -> bool {
    if gate.state.lets_through() {
        return false;
    }
    match &gate.gate.rule {
        GateRule::Approval { count, .. } => u32::try_from(valid_words(gate, now).len()).unwrap_or(u32::MAX) < *count,
        GateRule::Confirm { .. } => gate.words.is_empty(),
        GateRule::Hotfix => true,
        _ => false,
    }
}

/// Whether a word that counted when people were called last has lapsed since, and is missing.
pub(super) fn has_lapsed(d: &Deployment, asked_at: Moment, now: Moment) -> bool {
    let lapsed = |gate: &GateProgress| match gate.gate.rule {
        GateRule::Approval { expires: Some(span), .. } => {
            gate.words.iter().map(|word| word.at.plus(span)).any(|end| asked_at < end && end <= now)
        }
        _ => false,
    };
    d.gates.iter().any(|gate| gate.when == When::Before && lacks_a_word(gate, now) && lapsed(gate))
}

/// Who is called to decide some gates, each once.
pub(super) fn calls(open: &[&GateProgress], d: &Deployment, now: Moment) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for call in open.iter().filter_map(|gate| called(gate, d, now)) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

/// Who is called for a gate whose word is missing: its group, without those who have given theirs, and without who asked
/// where that is the one who may not.
fn called(gate: &GateProgress, d: &Deployment, now: Moment) -> Option<Call> {
    if gate.gate.rule == GateRule::Hotfix {
        let but = gate.overrides.iter().map(|word| word.by.clone()).collect();
        return Some(Call::WhoeverElse { may: Permission::Override, but });
    }
    let group = group(&gate.gate.rule)?.to_owned();
    let mut but: Vec<Who> = valid_words(gate, now).into_iter().map(|word| word.by.clone()).collect();
    if matches!(gate.gate.rule, GateRule::Approval { not_requester: true, .. }) {
        but.push(d.requested_by.clone());
    }
    Some(if but.is_empty() { Call::Group(group) } else { Call::Others { group, but } })
}

/// The group that decides it, where people do.
pub(super) fn group(rule: &GateRule) -> Option<&str> {
    match rule {
        GateRule::Approval { from, .. } | GateRule::Confirm { from, .. } => Some(from),
        _ => None,
    }
}

/// Whether the calendar decides it.
pub(super) const fn is_timed(rule: &GateRule) -> bool {
    matches!(rule, GateRule::Window(_) | GateRule::Freeze(_))
}

/// Whether only people decide it.
pub(super) const fn is_for_people(rule: &GateRule) -> bool {
    matches!(rule, GateRule::Approval { .. } | GateRule::Confirm { .. } | GateRule::Hotfix)
}

fn standing(gate: &GateProgress, d: &Deployment, facts: &Facts) -> Standing {
    let mut standing = Standing {
        name: gate.gate.name.clone(),
        when: gate.when,
        state: gate.state,
        opens_at: None,
        judge_at: None,
        waits_for: None,
        earliest_at: None,
    };
    let latched = !gate.state.is_undecided();
    match &gate.gate.rule {
        GateRule::Approval { from, count, .. } => approval(&mut standing, gate, (from, *count), facts.now, latched),
        GateRule::Confirm { from, within } => confirm(&mut standing, gate, from, *within),
        GateRule::Window(w) => timed(&mut standing, window::windows(w, facts.now), latched),
        GateRule::Freeze(f) => timed(&mut standing, window::freezes(f, facts.now), latched),
        GateRule::Soak(span) => soak(&mut standing, *span, d, facts, latched),
        // Those who pass it over are its people.
        GateRule::Hotfix => {}
        GateRule::Check(check) => {
            standing.judge_at = gate.since.filter(|_| !latched).map(|since| since.plus(check.within));
        }
    }
    standing
}

fn approval(standing: &mut Standing, gate: &GateProgress, (from, count): (&str, u32), now: Moment, latched: bool) {
    if latched {
        return;
    }
    let words = valid_words(gate, now);
    if let GateRule::Approval { expires: Some(span), .. } = &gate.gate.rule {
        standing.judge_at = words.iter().map(|word| word.at.plus(*span)).min();
    }
    if u32::try_from(words.len()).unwrap_or(u32::MAX) >= count {
        standing.state = GateState::Passed;
    } else {
        standing.waits_for = Some(from.to_owned());
    }
}

fn confirm(standing: &mut Standing, gate: &GateProgress, from: &str, within: Option<super::Span>) {
    if !gate.words.is_empty() && gate.state != GateState::Overridden {
        standing.state = GateState::Passed;
    } else if gate.state == GateState::Waiting {
        standing.waits_for = Some(from.to_owned());
        standing.judge_at = gate.since.zip(within).map(|(since, span)| since.plus(span));
    }
}

fn timed(standing: &mut Standing, timing: window::Timing, latched: bool) {
    if latched {
        return;
    }
    standing.judge_at = timing.judge_at;
    if timing.is_open {
        standing.state = GateState::Passed;
    } else {
        standing.opens_at = timing.opens_at;
    }
}

fn soak(standing: &mut Standing, span: super::Span, d: &Deployment, facts: &Facts, latched: bool) {
    if latched {
        return;
    }
    let succeeded = facts.evidence_before.iter().find(|e| !e.found && e.release.digest == d.release.digest);
    match succeeded.map(|e| e.at.plus(span)) {
        Some(opens) if facts.now >= opens => standing.state = GateState::Passed,
        opens => {
            standing.opens_at = opens;
            standing.judge_at = opens;
        }
    }
}
