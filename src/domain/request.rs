//! What people ask for: deployments, smoke tests, locks, the end of a quarantine.

use super::{
    Actor, Call, CardKey, Cause, Channel, CheckSpec, Deployment, Effect, GateRule, Id, Kind, Outcome, Permission,
    Phase, Refusal, Release, SmokeCheck, Subject, What, act, back,
    closing::{close, go_back},
    draft::Draft,
    halt,
    ledger::Requested,
    lock,
};

/// How many known versions a refusal names.
const NAMED: usize = 8;

/// A deployment as it was asked for.
pub(super) struct Wish<'e> {
    pub(super) id: &'e Id,
    pub(super) kind: Kind,
    pub(super) version: Option<&'e str>,
    pub(super) reason: Option<&'e String>,
    pub(super) again: bool,
}

/// Who asks.
pub(super) fn actor<'d>(draft: &'d Draft<'_>) -> Option<&'d Actor> {
    draft.facts.actor.as_ref()
}

/// Permission follows what is done, not the word that was typed.
pub(super) fn need(draft: &Draft<'_>, permission: Permission) -> Result<(), Refusal> {
    match &draft.facts.actor {
        Some(actor) if actor.may.contains(&permission) => Ok(()),
        _ => Err(Refusal::NotPermitted { permission }),
    }
}

pub(super) fn request(draft: &mut Draft<'_>, wish: &Wish<'_>) -> Result<(), Refusal> {
    if draft.facts.policy.is_none() {
        return Err(Refusal::EnvironmentGone);
    }
    let kind = match (wish.kind, &draft.facts.before) {
        (Kind::Rollback, _) => Kind::Rollback,
        (Kind::Hotfix, _) => Kind::Hotfix,
        (_, None) => Kind::Deploy,
        (_, Some(_)) => Kind::Promote,
    };
    if kind != Kind::Rollback || !act::may_go_back(draft) {
        need(draft, permission(kind))?;
    }
    if kind == Kind::Hotfix && wish.reason.is_none() {
        return Err(Refusal::ReasonMissing);
    }
    if kind == Kind::Rollback && rolls_back_current(draft, wish)? {
        return Ok(());
    }
    let release = match kind {
        Kind::Rollback => earlier(draft, wish.version)?,
        Kind::Promote => proven(draft, wish.version)?,
        Kind::Deploy | Kind::Hotfix => registered(draft, wish.version)?,
    };
    begin(draft, wish, kind, release)
}

/// After `needs_people`, back to what the card says, unless that is under way already.
pub(super) fn go_back_anyway(draft: &mut Draft<'_>, wish: &Wish<'_>, fallback: Release) -> Result<(), Refusal> {
    if rolls_back_current(draft, wish)? {
        return Ok(());
    }
    begin(draft, wish, Kind::Rollback, fallback)
}

fn begin(draft: &mut Draft<'_>, wish: &Wish<'_>, kind: Kind, release: Release) -> Result<(), Refusal> {
    if let Some(under_way) = already_under_way(draft, kind, &release)? {
        draft.answer = Some(CardKey::Deployment(under_way));
        return Ok(());
    }
    allowed(draft, kind, &release, wish.again)?;
    place(draft, wish, kind, release)
}

const fn permission(kind: Kind) -> Permission {
    match kind {
        Kind::Deploy => Permission::Deploy,
        Kind::Promote => Permission::Promote,
        Kind::Rollback => Permission::Rollback,
        Kind::Hotfix => Permission::Override,
    }
}

/// `/rollback` while something is being released means that: it goes back.
fn rolls_back_current(draft: &mut Draft<'_>, wish: &Wish<'_>) -> Result<bool, Refusal> {
    let Some(d) = draft.environment.current.clone().filter(Deployment::has_touched) else { return Ok(false) };
    draft.answer = Some(CardKey::Deployment(d.id.clone()));
    let goes_to = d.way_back().map(|r| r.version.clone());
    let back = d.phase == Phase::RollingBack || d.kind == Kind::Rollback;
    if wish.version.is_some() && wish.version != goes_to.as_deref() {
        return Err(match (back, goes_to) {
            (true, None) => Refusal::RollingBack,
            (true, Some(version)) => Refusal::UnderWay { version, back },
            (false, _) => Refusal::UnderWay { version: d.release.version, back },
        });
    }
    if !back {
        let Some(actor) = draft.facts.actor.clone() else { return Ok(true) };
        go_back(draft, &d, Cause::Aborted { by: actor.who, reason: wish.reason.cloned() });
    }
    Ok(true)
}

fn registered(draft: &Draft<'_>, version: Option<&str>) -> Result<Release, Refusal> {
    match version {
        Some(version) => named(draft, version),
        None => draft.facts.releases.iter().find(|r| !r.is_found()).cloned().ok_or(Refusal::NoReleases),
    }
}

fn named(draft: &Draft<'_>, version: &str) -> Result<Release, Refusal> {
    let releases = &draft.facts.releases;
    releases.iter().find(|r| r.version == version).cloned().ok_or_else(|| {
        let known = releases.iter().filter(|r| !r.is_found()).take(NAMED).map(|r| r.version.clone()).collect();
        Refusal::UnknownVersion { version: version.to_owned(), known }
    })
}

/// The named release, or the one whose success in the environment before is the latest.
fn proven(draft: &Draft<'_>, version: Option<&str>) -> Result<Release, Refusal> {
    let before = draft.facts.before.clone().unwrap_or_default();
    let successes = || draft.facts.evidence_before.iter().filter(|e| !e.found).map(|e| &e.release);
    let Some(version) = version else {
        let latest = successes().find(|r| draft.facts.barred(&r.digest).is_none());
        if latest.is_none()
            && let Some(release) = successes().next()
        {
            barred(draft, release)?;
        }
        return latest.cloned().ok_or(Refusal::NoEvidence { version: None, before });
    };
    let release = named(draft, version)?;
    barred(draft, &release)?;
    match successes().any(|r| r.digest == release.digest) {
        true => Ok(release),
        false => Err(Refusal::NoEvidence { version: Some(release.version), before }),
    }
}

/// The named release, or the newest that was good here and neither runs nor is barred.
fn earlier(draft: &Draft<'_>, version: Option<&str>) -> Result<Release, Refusal> {
    let Some(version) = version else {
        return back::candidates(draft).next().cloned().ok_or(Refusal::NothingToGoBackTo);
    };
    let release = named(draft, version)?;
    match draft.facts.evidence.iter().any(|e| e.release.digest == release.digest) {
        true => Ok(release),
        false => Err(Refusal::NeverGoodHere { version: release.version }),
    }
}

fn already_under_way(draft: &Draft<'_>, kind: Kind, release: &Release) -> Result<Option<Id>, Refusal> {
    let held = [&draft.environment.queued, &draft.environment.current].into_iter().flatten();
    let rollback = kind == Kind::Rollback;
    // What waits in order is no answer to who wants it out of order.
    let in_order = |d: &Deployment| kind == Kind::Hotfix && d.kind != Kind::Hotfix && !d.has_touched();
    let same = held
        .into_iter()
        .find(|d| d.release.digest == release.digest && (d.kind == Kind::Rollback) == rollback && !in_order(d));
    match same {
        Some(d) if d.phase == Phase::RollingBack => Err(Refusal::RollingBack),
        Some(d) => Ok(Some(d.id.clone())),
        None => Ok(None),
    }
}

fn allowed(draft: &Draft<'_>, kind: Kind, release: &Release, again: bool) -> Result<(), Refusal> {
    barred(draft, release)?;
    if kind != Kind::Rollback {
        lock::locked(draft)?;
        if let Some(halt) = draft.facts.halt_now() {
            return Err(halt::refuse(halt));
        }
    }
    let changing = draft.environment.current.as_ref().is_some_and(Deployment::has_touched);
    let running = draft.environment.running.as_ref().is_some_and(|r| r.digest == release.digest);
    if running && !changing && !again {
        return Err(Refusal::AlreadyRunning { version: release.version.clone() });
    }
    Ok(())
}

fn barred(draft: &Draft<'_>, release: &Release) -> Result<(), Refusal> {
    draft.facts.refuses(release).map_or(Ok(()), Err)
}

/// The new deployment takes the place of one that has touched nothing, or waits behind one that has.
fn place(draft: &mut Draft<'_>, wish: &Wish<'_>, kind: Kind, release: Release) -> Result<(), Refusal> {
    let policy = draft.facts.policy.clone().ok_or(Refusal::EnvironmentGone)?;
    let waits = draft.environment.current.as_ref().is_some_and(Deployment::has_touched);
    let older = if waits { &draft.environment.queued } else { &draft.environment.current };
    if let (Some(older), Some(actor)) = (older.clone(), draft.facts.actor.clone()) {
        let cause = Cause::Superseded { version: release.version.clone(), by: actor.who };
        close(draft, &older, Outcome::Superseded, Some(cause));
    }
    draft.said(What::Requested(Box::new(Requested {
        deployment: wish.id.clone(),
        kind,
        release,
        named: wish.version.is_some(),
        reason: wish.reason.cloned(),
        gives_up_at: draft.now().plus(policy.give_up),
    })));
    draft.answer = Some(CardKey::Deployment(wish.id.clone()));
    if kind == Kind::Hotfix {
        let but = draft.facts.actor.iter().map(|actor| actor.who.clone()).collect();
        let call = Call::WhoeverElse { may: Permission::Override, but };
        draft.say(CardKey::Deployment(wish.id.clone()), Channel::Warnings, vec![call]);
    }
    if !waits && let Some(d) = &draft.environment.current {
        let effect = back::look(draft, d, &policy.target);
        draft.perform(effect);
    }
    Ok(())
}

pub(super) fn smoke(draft: &mut Draft<'_>, id: &Id) -> Result<(), Refusal> {
    if let Some(under_way) = &draft.environment.smoke {
        draft.answer = Some(CardKey::Smoke(under_way.id.clone()));
        return Ok(());
    }
    let checks = smoke_checks(draft)?;
    draft.said(What::SmokeStarted { smoke: id.clone(), checks: checks.clone() });
    draft.answer = Some(CardKey::Smoke(id.clone()));
    for SmokeCheck { name, check, .. } in checks {
        draft.perform(Effect::Ask { subject: Subject::Smoke { smoke: id.clone(), name }, round: 1, check });
    }
    Ok(())
}

/// The environment's http checks, each once: those of the gates after, then those of the watch.
fn smoke_checks(draft: &Draft<'_>) -> Result<Vec<SmokeCheck>, Refusal> {
    let policy = draft.facts.policy.as_ref().ok_or(Refusal::EnvironmentGone)?;
    let gates = policy.after.iter().filter_map(|gate| match &gate.rule {
        GateRule::Check(check) => Some((&gate.name, &check.check)),
        _ => None,
    });
    let rules = policy.watch.iter().flat_map(|watch| &watch.rules).map(|rule| (&rule.name, &rule.check));
    let mut checks: Vec<SmokeCheck> = Vec::new();
    for (name, check) in gates.chain(rules).filter(|(_, check)| check.kind == "http") {
        if checks.iter().any(|known| known.check == *check) {
            continue;
        }
        checks.push(SmokeCheck { name: unique(name, &checks), check: CheckSpec::clone(check), reading: None });
    }
    if checks.is_empty() { Err(Refusal::NoChecks) } else { Ok(checks) }
}

/// A gate and a rule may share a name and ask different things.
fn unique(name: &str, taken: &[SmokeCheck]) -> String {
    let used = |candidate: &str| taken.iter().any(|check| check.name == candidate);
    let numbered = (2..).map(|n| format!("{name} ({n})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|candidate| !used(candidate)).unwrap_or_default()
}

/// Nobody is sure what runs: the target is asked.
pub(super) fn look_again(draft: &mut Draft<'_>) {
    if let Some(policy) = &draft.facts.policy {
        let effect = draft.look(&policy.target, None, Vec::new());
        draft.perform(effect);
    }
}

pub(super) fn unquarantine(draft: &mut Draft<'_>, version: &str, reason: Option<&String>) -> Result<(), Refusal> {
    need(draft, Permission::Quarantine)?;
    // The same artifact may have been registered under several versions: each of them names it.
    let named = draft.facts.releases.iter().find(|r| r.version == version).map(|r| r.digest.as_str());
    let barred = &draft.facts.quarantine;
    let found =
        barred.iter().find(|q| q.version == version).or(barred.iter().find(|q| Some(q.digest.as_str()) == named));
    let Some(quarantine) = found.cloned() else {
        let barred = draft.facts.quarantine.iter().take(NAMED).map(|q| q.version.clone()).collect();
        return Err(Refusal::NotQuarantined { version: version.to_owned(), barred });
    };
    let (digest, version) = (quarantine.digest, quarantine.version);
    draft.said(What::Unquarantined { digest, version, reason: reason.cloned() });
    Ok(())
}
