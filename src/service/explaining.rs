//! `/why`: what an environment waits for, what else is in the way, and what the asker can do about it, which the core
//! finds out by trying.

use super::advancing::Setting;
use super::{Place, Service, out_of_order};
use crate::domain::{Actor, Evidence, Lock, Note, Quarantine, Refusal, Release, remedies};
use crate::store::StoreTrouble;
use crate::view::{Answer, EnvironmentView, No, WhyView};

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
        let setting = Setting { now: self.now(), actor: Some(actor.clone()), before, policy };
        Ok(Answer::Why(Box::new(WhyView {
            obstacles: self.obstacles(place, &environment, candidate.as_ref(), &known.quarantine),
            remedies: remedies(&held, &setting.facts(&known)),
            is_first: self.before(place).is_none(),
            is_only_app: self.0.config.apps.len() == 1,
            quarantine: known.quarantine,
            environment,
            candidate,
        })))
    }

    /// What would be answered to somebody who asked for a deployment here now.
    pub(super) fn obstacles(
        &self,
        place: Place<'_>,
        view: &EnvironmentView,
        candidate: Option<&Release>,
        quarantine: &[Quarantine],
    ) -> Vec<Note> {
        let mut refusals = Vec::new();
        match (candidate, self.before(place)) {
            (Some(release), _) => {
                let barred = quarantine.iter().find(|q| q.digest == release.digest);
                refusals.extend(barred.map(|q| Refusal::Quarantined {
                    asked: release.version.clone(),
                    version: q.version.clone(),
                    environment: q.environment.clone(),
                    at: q.at,
                }));
            }
            (None, Some(before)) => refusals.push(Refusal::NoEvidence { version: None, before: before.to_owned() }),
            (None, None) => refusals.push(Refusal::NoReleases),
        }
        refusals.extend(view.lock.as_ref().map(Lock::refusal));
        refusals.extend(view.halt.as_ref().map(|halt| Refusal::Halted {
            owner: halt.owner.name.clone(),
            reason: halt.reason.clone(),
            expires_at: halt.expires_at,
        }));
        refusals.iter().map(|refusal| No::from(refusal).obstacle()).collect()
    }

    /// What a deployment without a version would take.
    async fn candidate(&self, place: Place<'_>, quarantine: &[Quarantine]) -> Result<Option<Release>, StoreTrouble> {
        let Some(before) = self.before(place) else {
            let newest = self.0.store.releases(place.app, 1).await?;
            return Ok(newest.into_iter().find(|release| !release.is_found()));
        };
        let proven = self.0.store.evidence(place.app, before, EVIDENCE).await?;
        let barred = |e: &Evidence| quarantine.iter().any(|q| q.digest == e.release.digest);
        Ok(proven.into_iter().find(|e| !e.found && !barred(e)).map(|e| e.release))
    }
}
