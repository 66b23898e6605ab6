//! Whether a rollout that failed has left everything as it was.

use std::sync::atomic::Ordering;

use super::end::End;
use super::machine::{Machine, Recorded};
use super::run::Run;

impl Run<'_> {
    /// Whether it is certain that no machine was changed, and none that was made is left, by this attempt or by one before
    /// it.
    pub(super) async fn is_untouched(&self) -> bool {
        !self.touched.load(Ordering::Relaxed) && self.is_as_recorded().await.unwrap_or(false)
    }

    async fn is_as_recorded(&self) -> Result<bool, End> {
        for (id, was) in self.recorded().await? {
            if !self.is_unchanged(&id, &was).await? {
                return Ok(false);
            }
        }
        if self.strategy.makes_machines().is_none() {
            return Ok(true);
        }
        let all = self.client.list().await.map_err(End::Call)?;
        let is_left = |m: &Machine| !m.is_gone() && m.made_after(&self.order.deployment).is_some();
        Ok(!all.iter().any(is_left))
    }

    async fn is_unchanged(&self, id: &str, was: &Recorded) -> Result<bool, End> {
        let machine = self.client.machine(id).await.map_err(End::Call)?;
        let in_doubt = self.is_in_doubt(&machine).await? || self.may_come(id).await?;
        let moved = machine.is_retired() || machine.is_cordoned() != was.cordoned;
        let aside = moved && self.strategy.makes_machines().is_some();
        Ok(machine.instance_id == was.instance_id && !in_doubt && !aside)
    }
}
