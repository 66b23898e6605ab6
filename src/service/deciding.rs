//! What people decide about a deployment: the one they named by its id, or the only one that waits for such a word.
//!
//! Whether they may, and what comes of it, the core says.

use super::{Asker, Place, Service, fresh, out_of_order, word};
use crate::domain::{Action, Deployment, Event, GateProgress, Id, Span, awaits};
use crate::store::Deed;
use crate::view::No;

/// A decision as it was said.
pub(super) struct Said<'c> {
    pub(super) action: Action,
    pub(super) gate: &'c Option<String>,
    pub(super) reason: &'c Option<String>,
    pub(super) revision: Option<u64>,
    pub(super) lasting: Option<Span>,
}

impl Service {
    pub(super) async fn act(&self, by: Asker, deployment: &Id, said: Said<'_>) -> Result<Option<Deed>, No> {
        let place = self.known(deployment).await?;
        let (app, environment) = (place.app.as_str(), place.environment.as_str());
        let (gate, reason) = apart(said.gate, said.reason, &place.gates);
        let event = Event::Act {
            deployment: deployment.clone(),
            action: said.action,
            gate,
            reason,
            revision: said.revision,
            lasting: said.lasting,
            fresh: fresh(),
        };
        let who = by.actor.who.clone();
        match self.ask(by, Place { app, environment }, event).await {
            Ok(deed) => Ok(deed),
            Err(no) => Err(self.naming_the_first(no, deployment, &who).await),
        }
    }

    async fn known(&self, id: &Id) -> Result<Deployment, No> {
        let known = self.deployment(id).await.map_err(|t| out_of_order(&t))?;
        known.ok_or_else(|| No::new("no_such_deployment"))
    }

    /// The deployment that waits for such a decision; it must be one only.
    pub(super) async fn awaiting(&self, places: &[Place<'_>], action: Action) -> Result<Id, No> {
        let mut found = Vec::new();
        for place in places {
            let stored = self.0.store.environment(place.app, place.environment).await;
            let stored = stored.map_err(|t| out_of_order(&t))?.environment;
            let held = [&stored.current, &stored.queued, &stored.stuck].into_iter().flatten();
            found.extend(held.filter(|d| awaits(d, action)).map(|d| (d.id.clone(), place.environment)));
        }
        match found.as_slice() {
            [] => Err(No::new("nothing_waits").with("action", word(&action))),
            [(id, _)] => Ok(id.clone()),
            several => {
                let known: Vec<&str> = several.iter().map(|(_, environment)| *environment).collect();
                Err(No::new("which_deployment").with("action", word(&action)).with("known", known.join(", ")))
            }
        }
    }
}

/// Where a gate's name has several words and was typed without quotes, its end stands at the beginning of the reason.
fn apart(gate: &Option<String>, reason: &Option<String>, gates: &[GateProgress]) -> (Option<String>, Option<String>) {
    let names = || gates.iter().map(|progress| progress.gate.name.as_str());
    let (Some(typed), Some(rest)) = (gate, reason) else { return (gate.clone(), reason.clone()) };
    let line = format!("{typed} {rest}");
    let begins = |name: &str| {
        let head = line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
        head && line[name.len()..].starts_with(' ')
    };
    match names().filter(|name| begins(name)).max_by_key(|name| name.len()) {
        Some(name) => (Some(name.to_owned()), Some(line[name.len()..].trim().to_owned())),
        None => (gate.clone(), reason.clone()),
    }
}
