//! `/plan`: what a deployment would do, read and never done.

use super::advancing::Setting;
use super::explaining::obstacles;
use super::{Place, Service, out_of_order};
use crate::domain::{Actor, Deployment, Outlook, Permission, holdups, outlook};
use crate::view::{Answer, DeploymentView, EnvironmentView, No, PlanView};

impl Service {
    pub(super) async fn plan(&self, actor: &Actor, place: Place<'_>, version: Option<&str>) -> Result<Answer, No> {
        let wrong = |trouble| out_of_order(&trouble);
        let environment = self.environment_view(place).await.map_err(wrong)?;
        let before = self.before(place).map(str::to_owned);
        let known = self.0.store.known_now((place.app, place.environment), before.as_deref(), version).await;
        let (held, known) = known.map_err(wrong)?;
        let policy = self.configured(place).map(|environment| environment.policy.clone());
        let permission = if before.is_some() { Permission::Promote } else { Permission::Deploy };
        let facts = Setting { now: self.now(), actor: Some(actor.clone()), before, policy }.facts(&known);
        let outlook = outlook(&held, version, &facts);
        let outlook = outlook.map_err(|refusal| No::from(&refusal).in_zone(environment.time_zone.clone()))?;
        let release = &outlook.deployment.release;
        let touched = held.current.as_ref().filter(|d| d.has_touched());
        let untouched = held.current.as_ref().filter(|d| !Deployment::has_touched(d));
        Ok(Answer::Plan(Box::new(PlanView {
            obstacles: obstacles(self.release_obstacle(place, Some(release), &facts), holdups(None, &facts)),
            behind: touched.map(|d| d.release.version.clone()),
            replaces: untouched.filter(|d| d.release.digest != release.digest).map(|d| d.release.version.clone()),
            machines: held.machines,
            may: actor.may.contains(&permission),
            permission,
            view: self.as_it_would_be(place, outlook, &environment),
            environment,
        })))
    }

    fn as_it_would_be(&self, place: Place<'_>, outlook: Outlook, environment: &EnvironmentView) -> DeploymentView {
        DeploymentView {
            gates: outlook.gates,
            machines: Vec::new(),
            troubles: Vec::new(),
            behind: None,
            next_environment: self.next(place),
            next_runs_it: false,
            is_barred: false,
            unfit: None,
            lock: environment.lock.clone(),
            halt: environment.halt.clone(),
            is_running: false,
            is_stuck: false,
            repository: self.0.config.app(place.app).and_then(|app| app.repository.clone()),
            time_zone: environment.time_zone.clone(),
            seq: 0,
            mark: String::new(),
            now: environment.now,
            deployment: outlook.deployment,
        }
    }
}
