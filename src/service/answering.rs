//! From what a command did to its answer. An answer is made from the deed alone, so that it can be made again for a
//! request that is repeated after a crash. It shows a deployment as the deed left it: the runner, which may be further by
//! then, has no part in what somebody is told that they did.

use super::{Service, out_of_order};
use crate::command::Command;
use crate::domain::{Action, CardKey, Id, Who};
use crate::store::{Deed, Keyed, StoreTrouble};
use crate::view::{self, Answer, DeploymentView, No};

impl Service {
    /// What answers somebody whose command did this.
    pub(super) async fn answer(&self, deed: &Deed, command: &Command, who: &Who) -> Result<Answer, No> {
        match command {
            Command::Deploy { .. } | Command::Promote { .. } | Command::Rollback { .. } | Command::Hotfix { .. } => {
                self.requested(deed).await
            }
            Command::Smoke { .. } => self.smoked(deed).await,
            Command::Act { action, .. } | Command::Decide { action, .. } => self.acted(deed, *action).await,
            Command::Lock { .. } | Command::Next { .. } => self.locked(deed, who).await,
            Command::Unlock { environment, app } => self.unlocked(self.held_place(app.as_deref(), environment)?).await,
            Command::Lift { lock } => self.lifted(lock).await,
            Command::Unquarantine { version, reason, .. } => {
                Ok(Answer::Done(view::unquarantined(version, reason.as_deref())))
            }
            Command::Halt { .. } | Command::Resume { .. } => self.halted(deed).await,
            Command::Release { app, version, .. } => {
                let app = &self.app_named(app.as_deref())?.name;
                let release = self.0.store.release(app, version).await.map_err(|t| out_of_order(&t))?;
                let release = release.ok_or_else(|| No::new("try_again"))?;
                Ok(Answer::Registered { release, already: false })
            }
            Command::Status { .. }
            | Command::Plan { .. }
            | Command::Why { .. }
            | Command::History { .. }
            | Command::Help { .. } => Err(No::new("try_again")),
        }
    }

    async fn requested(&self, deed: &Deed) -> Result<Answer, No> {
        let Some(CardKey::Deployment(id)) = &deed.card else { return Err(No::new("try_again")) };
        Ok(Answer::Deployment { view: self.left(deed, id).await?, already: deed.found(id) })
    }

    async fn smoked(&self, deed: &Deed) -> Result<Answer, No> {
        let Some(CardKey::Smoke(id)) = &deed.card else { return Err(No::new("try_again")) };
        let smoke = self.smoke(id).await.map_err(|t| out_of_order(&t))?.ok_or_else(|| No::new("try_again"))?;
        Ok(Answer::Smoke { smoke, already: deed.found(id) })
    }

    async fn acted(&self, deed: &Deed, action: Action) -> Result<Answer, No> {
        let Some(on) = &deed.on else { return Err(No::new("try_again")) };
        match &deed.card {
            Some(CardKey::Deployment(other)) if other != on => self.requested(deed).await,
            _ => {
                let view = self.left(deed, on).await?;
                Ok(Answer::Acted { note: view::done(action, &view.deployment), view })
            }
        }
    }

    /// A deployment as a deed left it, where that is known still.
    async fn left(&self, deed: &Deed, id: &Id) -> Result<Box<DeploymentView>, No> {
        match deed.shown.clone().filter(|shown| shown.deployment.id == *id) {
            Some(shown) => Box::pin(self.view_of(*shown)).await.map(Box::new).map_err(|t| out_of_order(&t)),
            None => self.known_view(id).await,
        }
    }

    /// What a request did that was carried out before, if it was and did anything.
    pub(super) async fn deed(&self, request: &Keyed) -> Result<Option<Deed>, No> {
        match self.0.store.remembered(request).await.map_err(|t| out_of_order(&t))? {
            Some(before) if before.hash != request.hash => Err(No::new("key_reused")),
            Some(before) => Ok(before.deed),
            None => Ok(None),
        }
    }

    /// The same where it is known to have been: by another process on this database, in this very moment.
    pub(super) async fn done_before(&self, request: Option<&Keyed>) -> Result<Deed, No> {
        let deed = match request {
            Some(request) => self.deed(request).await?,
            None => None,
        };
        deed.ok_or_else(|| No::new("try_again"))
    }

    /// How a request was answered, status and body, where it was asked before.
    ///
    /// # Errors
    /// The key stands for another request, the caller has used up their keys, or the database cannot be used.
    pub async fn answer_before(&self, request: &Keyed) -> Result<Option<(u16, String)>, No> {
        match self.0.store.remembered(request).await.map_err(|t| out_of_order(&t))? {
            Some(before) if before.hash != request.hash => Err(No::new("key_reused")),
            Some(before) => Ok(before.answer),
            None => match self.0.store.next_key_at(&request.caller).await.map_err(|t| out_of_order(&t))? {
                Some(until) => Err(No::new("too_many_keys").with("until", until.0)),
                None => Ok(None),
            },
        }
    }

    /// Whether a request came before, whatever became of it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn came_before(&self, request: &Keyed) -> Result<bool, StoreTrouble> {
        Ok(self.0.store.remembered(request).await?.is_some())
    }

    /// Notes that a request has come which did nothing: what did something was noted in the commit that did it.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn has_come(&self, request: &Keyed) -> Result<(), StoreTrouble> {
        if self.came_before(request).await? { Ok(()) } else { self.0.store.note(request).await }
    }

    /// Writes down how a request was answered.
    ///
    /// # Errors
    /// See [`StoreTrouble`].
    pub async fn was_answered(&self, request: &Keyed, status: u16, answer: &str) -> Result<(), StoreTrouble> {
        self.0.store.answered(request, status, answer).await
    }
}
