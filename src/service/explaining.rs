//! `/why`: what an environment waits for, what else is in the way, and what the asker can do about it, which the core
//! finds out by trying.

use super::advancing::Setting;
use super::{Place, Service, out_of_order};
use crate::domain::{Actor, Evidence, Facts, Note, Quarantine, Refusal, Release, holdups, remedies};
use crate::store::StoreTrouble;
use crate::view::{Answer, No, WhyView};

/// How much evidence of the environment before is looked through.
const EVIDENCE: u32 = 100;

impl Service {
    pub(super) async fn why(&self, actor: &Actor, place: Place<'_>) -> Result<Answer, No> {
        let wrong = |trouble| out_of_order(&trouble);
        let environment = self.environment_view(place).await.map_err(wrong)?;
        let before = self.before(place).map(str::to_owned);
        let known = self.0.store.known_now((place.app, place.environment), before.as_deref(), None).await;
        let (held, known) = known.map_err(wrong)?;
        let candidate = self.candidate(place, &known.quarantine).await.map_err(wrong)?;
        let policy = self.configured(place).map(|environment| environment.policy.clone());
        let facts = Setting { now: self.now(), actor: Some(actor.clone()), before, policy }.facts(&known);
        // What could come next is of no concern to what is under way.
        let of_release = match &held.current {
            None => self.release_obstacle(place, candidate.as_ref(), &facts),
            Some(_) => None,
        };
        Ok(Answer::Why(Box::new(WhyView {
            obstacles: obstacles(of_release, holdups(held.current.as_ref(), &facts)),
            remedies: remedies(&held, &facts),
            is_first: self.before(place).is_none(),
            is_only_app: self.0.config.apps.len() == 1,
            quarantine: known.quarantine,
            environment,
            candidate,
        })))
    }

    /// Why a release could not come here now: what somebody who asked for it would be answered.
    pub(super) fn release_obstacle(
        &self,
        place: Place<'_>,
        candidate: Option<&Release>,
        facts: &Facts,
    ) -> Option<Refusal> {
        match (candidate, self.before(place)) {
            (Some(release), _) => facts.refuses(release),
            (None, Some(before)) => Some(Refusal::NoEvidence { version: None, before: before.to_owned() }),
            (None, None) => Some(Refusal::NoReleases),
        }
    }

    /// What a deployment without a version would take.
    async fn candidate(&self, place: Place<'_>, quarantine: &[Quarantine]) -> Result<Option<Release>, StoreTrouble> {
        let Some(before) = self.before(place) else {
            let newest = self.0.store.releases(place.app, 1).await?;
            return Ok(newest.into_iter().find(|release| !release.is_found()));
        };
        let proven = self.0.store.evidence(place.app, before, EVIDENCE).await?;
        let barred = |e: &Evidence| quarantine.iter().any(|q| q.digest == e.release.digest);
        let mut proven: Vec<Evidence> = proven.into_iter().filter(|e| !e.found).collect();
        // Where all of them are barred, it is the latest that would be.
        let at = proven.iter().position(|e| !barred(e)).unwrap_or(0);
        Ok((at < proven.len()).then(|| proven.swap_remove(at).release))
    }
}

/// What is in the way, in the order in which it is told.
pub(super) fn obstacles(of_release: Option<Refusal>, holdups: Vec<Refusal>) -> Vec<Note> {
    of_release.iter().chain(&holdups).map(|refusal| No::from(refusal).obstacle()).collect()
}
