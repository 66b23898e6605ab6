//! What a person could name next while they type a command: versions, and gates that wait for a word.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Place, Service, out_of_order};
use crate::domain::{GateRule, GateState, Release, overridable};
use crate::view::{No, VersionChoice};

/// How many releases and how much evidence are looked through: what is older is typed to its end.
const MOST: u32 = 1_000;

/// The newest releases of each app, and how many there were of it then.
pub(super) type Newest = Mutex<HashMap<String, (i64, Arc<Vec<Release>>)>>;

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
    /// The versions that can be meant, newest first: for `/rollback` those that succeeded there and may come back, for
    /// `/unquarantine` those that are barred, else the registered ones.
    ///
    /// # Errors
    /// It is not clear which app is meant, or the database cannot be used.
    pub async fn versions(&self, wish: &Wish<'_>) -> Result<Vec<VersionChoice>, No> {
        let app = self.app_named(wish.app)?;
        let mut running: Vec<(&str, Release)> = Vec::new();
        for environment in &app.environments {
            let stored = self.0.store.environment(&app.name, &environment.name).await.map_err(|t| out_of_order(&t))?;
            running.extend(stored.environment.running.map(|release| (environment.name.as_str(), release)));
        }
        let now = self.now();
        let choice = |release: Release| {
            let here = running.iter().filter(|(_, running)| running.digest == release.digest);
            VersionChoice { runs_in: here.map(|(name, _)| (*name).to_owned()).collect(), release, now }
        };
        let place = wish.environment.and_then(|environment| self.place(Some(&app.name), environment).ok());
        let barred = self.0.store.quarantine(&app.name).await.map_err(|t| out_of_order(&t))?;
        let is_barred = |release: &Release| barred.iter().any(|q| q.digest == release.digest);
        let releases = match (wish.command, place) {
            ("rollback", Some(Place { app: name, environment })) => {
                let evidence = self.0.store.evidence(name, environment, MOST).await.map_err(|t| out_of_order(&t))?;
                let here = running.iter().find(|(name, _)| *name == environment);
                let runs = |release: &Release| here.is_some_and(|(_, running)| running.digest == release.digest);
                let mut proven: Vec<Release> = Vec::new();
                for release in evidence.into_iter().map(|evidence| evidence.release) {
                    let is_known = proven.iter().any(|known| known.digest == release.digest);
                    if !is_known && !runs(&release) && !is_barred(&release) {
                        proven.push(release);
                    }
                }
                proven
            }
            ("unquarantine", _) => self.newest(&app.name).await?.iter().filter(|r| is_barred(r)).cloned().collect(),
            _ => self.newest(&app.name).await?.iter().filter(|release| !release.is_found()).cloned().collect(),
        };
        Ok(releases.into_iter().map(choice).collect())
    }

    /// The gates that wait for an approval, for somebody's tick, or that can be passed over; each once.
    ///
    /// # Errors
    /// There is no such environment, or the database cannot be used.
    pub async fn open_gates(&self, wish: &Wish<'_>) -> Result<Vec<String>, No> {
        let mut open: Vec<String> = Vec::new();
        for place in self.places(wish.app, wish.environment)? {
            let stored = self.0.store.environment(place.app, place.environment).await;
            let stored = stored.map_err(|t| out_of_order(&t))?.environment;
            let Some(current) = stored.current else { continue };
            // What has its words already waits no more, though nothing is latched yet.
            let view = self.known_view(&current.id).await?;
            let overridable: Vec<&str> =
                overridable(&view.deployment).map(|progress| progress.gate.name.as_str()).collect();
            let is_open = |name: &str| view.gates.iter().any(|g| g.name == name && g.state.is_undecided());
            let waits = |name: &str| view.gates.iter().any(|g| g.name == name && g.state == GateState::Waiting);
            for gate in view.deployment.gates.iter().map(|progress| &progress.gate) {
                let fits = match (wish.command, &gate.rule) {
                    ("override", _) => overridable.contains(&gate.name.as_str()) && is_open(&gate.name),
                    ("approve", GateRule::Approval { .. }) => waits(&gate.name),
                    ("confirm", GateRule::Confirm { .. }) => waits(&gate.name),
                    _ => false,
                };
                if fits && !open.contains(&gate.name) {
                    open.push(gate.name.clone());
                }
            }
        }
        Ok(open)
    }

    /// The newest releases. They never change, so they are read anew only when there are more: somebody who types asks
    /// for them with every letter.
    async fn newest(&self, app: &str) -> Result<Arc<Vec<Release>>, No> {
        let count = self.0.store.count_releases(app).await.map_err(|t| out_of_order(&t))?;
        let known = || self.0.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, newest)) = known().get(app).filter(|(then, _)| *then == count) {
            return Ok(Arc::clone(newest));
        }
        let newest = Arc::new(self.0.store.releases(app, MOST).await.map_err(|t| out_of_order(&t))?);
        known().insert(app.to_owned(), (count, Arc::clone(&newest)));
        Ok(newest)
    }
}
