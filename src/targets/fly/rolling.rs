//! A rollout: each machine is recorded, updated in place and verified; one after the other, those that run first, or all
//! at once, as the strategy says. Where it says so, a canary tries the release before that, or all machines are replaced
//! by new ones instead.
//!
//! Not here: going back (`restore`). A rollout that fails leaves what it has updated as it is.

use std::collections::BTreeSet;

use super::bluegreen;
use super::canary;
use super::change::{Wanted, unreachable};
use super::end::{End, changed_by_others};
use super::lease::Lease;
use super::machine::{Machine, Recorded};
use super::run::Run;
use super::settings::Strategy;
use super::wait::{Expected, Flaw, POLL, flaw, patience};
use crate::domain::{Moment, Note};
use crate::targets::Stage;

/// Makes every machine run the release.
pub(super) async fn roll_out(run: &Run<'_>) -> Result<(), End> {
    let all = run.everything().await?;
    let mut group: Vec<Machine> = all.iter().filter(|m| m.is_ours()).cloned().collect();
    if group.is_empty() {
        return Err(End::Failed(Note::new("fly-nothing-to-update").with("app", run.client.app())));
    }
    may_begin(run, &group)?;
    run.sweep(&all).await?;
    match run.strategy {
        Strategy::BlueGreen => return Box::pin(bluegreen::replace(run)).await,
        Strategy::Canary => {
            Box::pin(canary::try_out(run)).await?;
            group = run.group().await?;
        }
        Strategy::Rolling | Strategy::Immediate => {}
    }
    update(run, group).await
}

/// Ends here where a machine is not as it must be before anything is changed.
fn may_begin(run: &Run<'_>, machines: &[Machine]) -> Result<(), End> {
    if let Some(machine) = machines.iter().find(|m| !m.is_reachable()) {
        return Err(unreachable(machine));
    }
    for machine in machines {
        run.is_nobody_elses(machine)?;
    }
    let bound = |m: &&Machine| m.has_mounts() && m.digest() != run.order.release.digest;
    match (run.strategy.makes_machines(), machines.iter().find(bound)) {
        (Some(strategy), Some(machine)) => {
            Err(End::Failed(Note::new("fly-mounts").with("machine", &machine.id).with("strategy", strategy)))
        }
        _ => Ok(()),
    }
}

/// Updates every machine in its place; those too that somebody adds meanwhile.
async fn update(run: &Run<'_>, mut group: Vec<Machine>) -> Result<(), End> {
    let mut done = BTreeSet::new();
    loop {
        let new: Vec<Machine> = group.iter().filter(|m| !done.contains(&m.id)).cloned().collect();
        if new.is_empty() {
            break;
        }
        replace_all(run, &new).await?;
        done.extend(new.into_iter().map(|m| m.id));
        group = run.group().await?;
    }
    for machine in &group {
        verify(run, &machine.id).await?;
    }
    Ok(())
}

/// These machines, as the strategy says.
async fn replace_all(run: &Run<'_>, machines: &[Machine]) -> Result<(), End> {
    may_begin(run, machines)?;
    run.raise_fence(machines).await?;
    for machine in machines {
        run.show(&machine.id, Stage::Waiting, None).await?;
    }
    let recorded = run.recorded().await?;
    let known = |id: &str| recorded.iter().find(|(known, _)| known == id).map(|(_, was)| was);
    let works = machines.iter().map(|machine| replace(run, &machine.id, known(&machine.id)));
    let ends = Box::pin(run.each(works, |end| run.strategy != Strategy::Immediate || end.is_the_end_of_all())).await;
    run.worst(ends.into_iter().filter_map(Result::err)).map_or(Ok(()), Err)
}

/// One machine, under its lease.
async fn replace(run: &Run<'_>, id: &str, known: Option<&Recorded>) -> Result<(), End> {
    run.go_on()?;
    let mut lease = run.lease(id, Stage::Waiting).await?;
    let done = replace_leased(run, &mut lease, id, known).await;
    run.release(lease).await;
    let note = failing(run, id, done).await?;
    run.show(id, Stage::Done, note).await
}

/// The same; where a machine is the reason for an end, that is shown of it.
pub(super) async fn failing<T>(run: &Run<'_>, id: &str, done: Result<T, End>) -> Result<T, End> {
    if let Err(End::Failed(note)) = &done {
        run.show(id, Stage::Failed, Some(note.clone())).await?;
    }
    done
}

/// A machine as it is now, after it was recorded; ends here if it is another version meanwhile: a copy would lack what
/// was changed in it.
pub(super) async fn is_same(run: &Run<'_>, seen: &Machine) -> Result<Machine, End> {
    let machine = run.machine(&seen.id).await?;
    if machine.is_gone() {
        return Err(End::Gone(machine.id));
    }
    if !machine.is_reachable() {
        return Err(unreachable(&machine));
    }
    if machine.instance_id != seen.instance_id {
        return Err(End::Failed(changed_by_others(&machine)));
    }
    Ok(machine)
}

async fn replace_leased(
    run: &Run<'_>,
    lease: &mut Lease,
    id: &str,
    known: Option<&Recorded>,
) -> Result<Option<Note>, End> {
    let digest = run.order.release.digest.as_str();
    let machine = run.machine(id).await?;
    let mut expected = Expected { machine: id, digest, runs: false, stage: Stage::Starting };
    if machine.digest() == digest {
        if known.is_none() && machine.is_settled() && machine.state != "failed" {
            return Ok(asleep(&machine));
        }
        // An earlier try of this rollout changed it, and may have ended before it was known to be well.
        expected.runs = known.is_some_and(Recorded::ran);
        let machine = run.boot(lease, &expected).await?;
        let up = Moment(machine.up_since().unwrap_or(run.clock.now().0));
        return prove(run, lease, expected, up).await;
    }
    let machine = run.rest(lease, machine).await?;
    if !machine.is_reachable() {
        return Err(unreachable(&machine));
    }
    run.is_nobody_elses(&machine)?;
    run.journal.before(id, machine.record()).await?;
    // Read again after it was recorded: who raises the fence and then reads the records misses no machine that way.
    let machine = run.machine(id).await?;
    let (launch, cordoned) = (machine.is_launched(), machine.is_cordoned());
    run.show(id, Stage::Updating, None).await?;
    let image = run.order.release.image.as_str();
    let wanted = Wanted { image, digest, config: None, launch, instead_of: None, stage: Stage::Updating };
    run.change(lease, machine, &wanted).await?;
    run.show(id, Stage::Starting, None).await?;
    expected.runs = launch;
    let machine = run.boot(lease, &expected).await?;
    let up = run.clock.now();
    run.same_cordon(lease, &machine, cordoned).await?;
    prove(run, lease, expected, up).await
}

/// Waits until a machine that shall run is healthy.
async fn prove(run: &Run<'_>, lease: &mut Lease, expected: Expected<'_>, up: Moment) -> Result<Option<Note>, End> {
    let expected = Expected { stage: Stage::Checking, ..expected };
    if expected.runs {
        run.show(expected.machine, Stage::Checking, None).await?;
        let machine = run.healthy(lease, &expected, up).await?;
        return Ok(asleep(&machine));
    }
    Ok(asleep(&run.machine(expected.machine).await?))
}

/// A machine that does not run is done too; people are told so.
pub(super) fn asleep(machine: &Machine) -> Option<Note> {
    (machine.state != "started").then(|| Note::new("fly-stays-down").with("state", &machine.state))
}

/// The last word: the machine runs the release, and is well still. While the others had their turn it may have died.
pub(super) async fn verify(run: &Run<'_>, id: &str) -> Result<(), End> {
    let begun = run.clock.now();
    let note = loop {
        let machine = run.machine(id).await?;
        if machine.is_gone() {
            return Err(End::Gone(machine.id));
        }
        if machine.digest() != run.order.release.digest {
            let note = Note::new("fly-not-verified").with("machine", id).with("state", &machine.state);
            break note.with("digest", machine.digest());
        }
        match flaw(&machine) {
            None => return Ok(()),
            // A check that fails once, or a restart, is no reason to take everything back.
            Some(Flaw::Passing(_)) if run.clock.now().since(begun) < patience(&machine) => run.pause(POLL).await?,
            Some(Flaw::Passing(note) | Flaw::Lasting(note)) => break note,
        }
    };
    run.show(id, Stage::Failed, Some(note.clone())).await?;
    Err(End::Failed(note))
}

impl Run<'_> {
    /// In or out of the proxy's rotation, as it was before.
    pub(super) async fn same_cordon(&self, lease: &Lease, machine: &Machine, cordoned: bool) -> Result<(), End> {
        match (machine.is_cordoned(), cordoned) {
            (false, true) => self.insist(|| self.client.cordon(&machine.id, &lease.nonce)).await,
            (true, false) => self.insist(|| self.client.uncordon(&machine.id, &lease.nonce)).await,
            _ => Ok(()),
        }
    }
}
