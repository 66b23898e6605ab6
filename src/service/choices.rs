//! What a person could name next while they type a command: versions, and gates that wait for a word.

use super::{Place, Service, out_of_order};
use crate::domain::{GateRule, GateState};
use crate::view::{No, VersionChoice};

/// How many releases and how much evidence are looked through.
const MOST: u32 = 100;

/// What is known of a command that is being typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// The command's word.
    pub command: &'a str,
    /// The environment, if it is there already.
    pub environment: Option<&'a str>,
    /// The app, if it is there already.
    pub app: Option<&'a str>,
}

impl Service {
    /// The versions that can be meant, newest first: for `/rollback` those that succeeded there, for `/unquarantine`
    /// those that are barred, else the registered ones.
    ///
    /// # Errors
    /// It is not clear which app is meant, or the database cannot be used.
    pub async fn versions(&self, wish: &Wish<'_>) -> Result<Vec<VersionChoice>, No> {
        // Boxed: what the app's environments hold would be part of every chat's future.
        let app = Box::pin(self.app(&self.app_named(wish.app)?.name)).await?;
        let now = self.now();
        let choice = |release: crate::domain::Release| {
            let runs = |digest: &str| digest == release.digest;
            let here = app.environments.iter().filter(|e| e.running.as_ref().is_some_and(|r| runs(&r.digest)));
            VersionChoice { runs_in: here.map(|e| e.name.clone()).collect(), release, now }
        };
        let place = wish.environment.and_then(|environment| self.place(Some(&app.name), environment).ok());
        let releases = match (wish.command, place) {
            ("rollback", Some(Place { app, environment })) => {
                let evidence = self.0.store.evidence(app, environment, MOST).await.map_err(|t| out_of_order(&t))?;
                let mut proven: Vec<crate::domain::Release> = Vec::new();
                for release in evidence.into_iter().map(|evidence| evidence.release) {
                    if !proven.iter().any(|known| known.digest == release.digest) {
                        proven.push(release);
                    }
                }
                proven
            }
            ("unquarantine", _) => {
                let barred = self.0.store.quarantine(&app.name).await.map_err(|t| out_of_order(&t))?;
                let is_barred = |release: &crate::domain::Release| barred.iter().any(|q| q.digest == release.digest);
                app.releases.iter().filter(|release| is_barred(release)).cloned().collect()
            }
            ("release", _) => Vec::new(),
            _ => app.releases.iter().filter(|release| !release.is_found()).cloned().collect(),
        };
        Ok(releases.into_iter().map(choice).collect())
    }

    /// The gates that wait for an approval or for somebody's tick, each once.
    ///
    /// # Errors
    /// There is no such environment, or the database cannot be used.
    pub async fn open_gates(&self, wish: &Wish<'_>) -> Result<Vec<String>, No> {
        let approves = wish.command == "approve";
        let mut open: Vec<String> = Vec::new();
        for place in self.places(wish.app, wish.environment)? {
            let stored = self.0.store.environment(place.app, place.environment).await;
            let stored = stored.map_err(|t| out_of_order(&t))?.environment;
            for gate in stored.current.iter().flat_map(|d| &d.gates).filter(|g| g.state == GateState::Waiting) {
                let fits = match gate.gate.rule {
                    GateRule::Approval { .. } => approves,
                    GateRule::Confirm { .. } => !approves,
                    _ => false,
                };
                if fits && !open.contains(&gate.gate.name) {
                    open.push(gate.gate.name.clone());
                }
            }
        }
        Ok(open)
    }
}
