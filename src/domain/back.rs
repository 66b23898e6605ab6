//! Where a rollback goes: the newest release that was good here, neither runs nor is barred, and whose image is not
//! known to be gone. The target is asked about the images together with what runs.
//!
//! Not here: going back inside a deployment, which puts recorded machines back and chooses nothing (`closing`).

use std::collections::BTreeSet;

use super::{
    Call, CardKey, Cause, Channel, Deployment, Effect, Environment, Facts, Found, Kind, Outcome, Plan, Release,
    TargetSpec, What, closing::close, draft::Draft,
};

/// How many images one look asks about.
const AT_ONCE: usize = 5;

/// The releases to go back to when none is named, the best one first. What a rollback under way has passed over already
/// is not among them.
pub(super) fn candidates<'d>(draft: &'d Draft<'_>) -> impl Iterator<Item = &'d Release> {
    among(&draft.environment, &draft.facts)
}

fn among<'d>(environment: &'d Environment, facts: &'d Facts) -> impl Iterator<Item = &'d Release> {
    let running = environment.running.as_ref().map(|r| r.digest.as_str());
    let under_way = environment.current.as_ref().filter(|d| d.kind == Kind::Rollback);
    let passed = move |r: &Release| under_way.is_some_and(|d| d.passed_over.contains(&r.version));
    let barred = |r: &Release| facts.barred(&r.digest).is_some();
    good(facts).filter(move |r| Some(r.digest.as_str()) != running && !barred(r) && !passed(r))
}

impl Deployment {
    /// Whether there is no way back once it has begun, so that people are called instead.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        self.plan.as_ref().is_some_and(Plan::is_one_way)
    }
}

/// Where going back from a deployment leads as things stand, for who is about to: from a success to the newest good
/// release, else to what the deployment itself would put back.
#[must_use]
pub fn goes_back_to<'d>(d: &'d Deployment, environment: &'d Environment, facts: &'d Facts) -> Option<&'d Release> {
    match d.outcome {
        Some(Outcome::Succeeded) => among(environment, facts).next(),
        None if d.is_one_way() => None,
        _ => d.way_back(),
    }
}

/// Those of them that come after the one that a rollback goes to now. What it was to leave comes before that one, and
/// must not be chosen though something else should run meanwhile.
fn next<'d>(draft: &'d Draft<'_>, d: &Deployment) -> impl Iterator<Item = &'d Release> {
    let later: BTreeSet<&str> = good(&draft.facts)
        .map(|r| r.version.as_str())
        .skip_while(|version| *version != d.release.version)
        .skip(1)
        .collect();
    candidates(draft).filter(move |r| later.contains(r.version.as_str()))
}

/// What was good here, each once, the latest first.
fn good(facts: &Facts) -> impl Iterator<Item = &Release> {
    let mut seen = BTreeSet::new();
    facts.evidence.iter().map(|e| &e.release).filter(move |r| seen.insert(r.version.as_str()))
}

/// The question what runs, for a deployment that is next; a rollback's asks too which of its candidates are there still.
pub(super) fn look(draft: &Draft<'_>, d: &Deployment, target: &TargetSpec) -> Effect {
    let mut images: Vec<String> = Vec::new();
    if d.kind == Kind::Rollback {
        let others = next(draft, d).filter(|_| !d.named);
        for release in [&d.release].into_iter().chain(others) {
            if images.len() < AT_ONCE && !images.contains(&release.image) {
                images.push(release.image.clone());
            }
        }
    }
    draft.look(target, Some(&d.id), images)
}

/// The rollback with the release that it goes to, now that it is known which images are gone. None: it has ended, or
/// asks on.
pub(super) fn choose(draft: &mut Draft<'_>, d: &Deployment, found: &Found) -> Option<Deployment> {
    let gone = |r: &Release| found.gone.contains(&r.image);
    if d.kind != Kind::Rollback || !gone(&d.release) {
        return Some(d.clone());
    }
    if d.named {
        let cause = Cause::ImageGone { version: d.release.version.clone() };
        close(draft, d, Outcome::Failed, Some(cause));
        return None;
    }
    let mut versions = vec![d.release.version.clone()];
    versions.extend(next(draft, d).filter(|r| gone(r)).map(|r| r.version.clone()));
    let Some(other) = next(draft, d).find(|r| !gone(r)).cloned() else {
        let all = d.passed_over.iter().cloned().chain(versions).collect();
        close(draft, d, Outcome::Failed, Some(Cause::NothingToGoBackTo { gone: all }));
        return None;
    };
    draft.noted(What::PassedOver { deployment: d.id.clone(), gone: versions, release: other });
    draft.say(CardKey::Deployment(d.id.clone()), Channel::Deployments, vec![Call::Person(d.requested_by.clone())]);
    let d = draft.environment.current.clone()?;
    // Nobody has asked about that one yet.
    if found.gone.len() >= AT_ONCE
        && let Some(policy) = &draft.facts.policy
    {
        let effect = look(draft, &d, &policy.target);
        draft.perform(effect);
        return None;
    }
    Some(d)
}
