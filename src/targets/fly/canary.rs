//! The strategy canary, before the others have their turn: in each process group one extra machine gets the release, a copy
//! of one that runs. It must be well out of rotation, and then with requests; then it goes, and `rolling` goes on. If it
//! is not well it goes too, and no other machine has been touched.

use std::collections::BTreeMap;

use super::config::without_dns;
use super::end::End;
use super::lease::Lease;
use super::machine::{CANARY, Machine};
use super::made::{Made, Twin};
use super::rolling::{failing, is_same};
use super::run::Run;
use super::wait::Expected;
use crate::domain::Note;
use crate::targets::Stage;

/// What the journal knows once all canaries were well.
const PASSED: &str = "fly-canary-passed";

/// Tries the release, unless that was done.
pub(super) async fn try_out(run: &Run<'_>) -> Result<(), End> {
    if run.journal.remembered(PASSED).await?.is_none() {
        let all = run.everything().await?;
        run.raise_fence(&all).await?;
        let made = run.made(&all).await?;
        let models = models(run, &all, &made);
        let works = models.iter().map(|model| try_one(run, model, made.known.get(&model.id)));
        let ends = Box::pin(
            run.abreast(models.len().max(1), works, |done| done.as_ref().err().is_some_and(End::is_the_end_of_all)),
        )
        .await;
        if let Some(end) = run.worst(ends.into_iter().filter_map(Result::err)) {
            if end.is_for_good() {
                run.clean().await;
            }
            return Err(end);
        }
        run.journal.remember(PASSED, "yes").await?;
    }
    let made = run.made(&run.everything().await?).await?;
    run.take_away(&made.all(), Some(Note::new("fly-canary-well"))).await
}

/// In each process group the machine that is copied: one that runs and that clients reach, and the one of before where
/// this was begun already.
fn models(run: &Run<'_>, all: &[Machine], made: &Made) -> Vec<Machine> {
    let digest = run.order.release.digest.as_str();
    let mut models: BTreeMap<&str, &Machine> = BTreeMap::new();
    let fits = |m: &&Machine| m.is_ours() && m.is_launched() && m.state == "started" && m.digest() != digest;
    let rank = |m: &Machine| (!made.known.contains_key(&m.id), m.is_cordoned());
    for machine in all.iter().filter(fits) {
        let place = models.entry(machine.process_group()).or_insert(machine);
        if rank(machine) < rank(place) {
            *place = machine;
        }
    }
    models.into_values().cloned().collect()
}

/// One canary, from its making to its last check with requests.
async fn try_one(run: &Run<'_>, model: &Machine, known: Option<&Machine>) -> Result<(), End> {
    run.go_on()?;
    run.journal.before(&model.id, model.record()).await?;
    let canary = match known {
        Some(canary) => canary.clone(),
        None => {
            let model = is_same(run, model).await?;
            let config = without_dns(model.config.as_ref().unwrap_or_default());
            run.make(&Twin { kind: CANARY, model: &model, config }).await?
        }
    };
    run.show(&canary.id, Stage::Trying, Some(Note::new("fly-canary-boots"))).await?;
    let mut lease = run.lease(&canary.id, Stage::Trying).await?;
    let done = try_leased(run, &mut lease, &canary.id, model).await;
    run.release(lease).await;
    failing(run, &canary.id, done).await.map_err(|end| end.within("fly-canary-sick"))
}

async fn try_leased(run: &Run<'_>, lease: &mut Lease, id: &str, model: &Machine) -> Result<(), End> {
    let digest = run.order.release.digest.as_str();
    let expected = Expected { machine: id, digest, runs: true, stage: Stage::Trying };
    // A newer attempt may have begun without knowing of this machine.
    run.machine(&model.id).await?;
    run.launch(lease, &expected).await?;
    run.boot(lease, &expected).await?;
    run.healthy(lease, &expected, run.clock.now()).await?;
    run.machine(&model.id).await?;
    let canary = run.machine(id).await?;
    run.show(id, Stage::Trying, Some(Note::new("fly-canary-in-traffic"))).await?;
    run.same_cordon(lease, &canary, model.is_cordoned()).await?;
    run.healthy(lease, &expected, run.clock.now()).await.map(drop)
}
