//! Going back: every machine that the journal recorded gets its whole config and its image back, the last one changed
//! first. One machine that cannot be put back does not keep the others from it.
//!
//! Not here: a later `/rollback`, which is a rollout of an older release.

use super::change::Wanted;
use super::error::Kind;
use super::lease::Lease;
use super::machine::{Machine, Recorded};
use super::run::{Halt, Run};
use super::wait::{BOOT, Expected, fallen, too_slow, unhealthy};
use crate::domain::{Note, Span};
use crate::targets::Stage;

/// How long the old release's checks are waited for: it was good before.
const CHECKS: Span = Span::seconds(30);
/// The pause between two readings of them.
const POLL: Span = Span::seconds(2);
/// How often a machine that lies still is started.
const STARTS: u32 = 3;

/// Puts every recorded machine back.
pub(super) async fn restore(run: &Run<'_>) -> Result<(), Halt> {
    let group = run.group().await?;
    for machine in &group {
        run.fence_holds(machine)?;
    }
    for machine in group.iter().filter(|m| m.stamp() < run.order.attempt) {
        // A host that takes no stamp takes no update from an older attempt either.
        run.stamp(&machine.id).await.or_else(survivable)?;
    }
    let mut lost = Vec::new();
    let mut later = None;
    let recorded = run.recorded().await?;
    for (id, was) in recorded.iter().rev() {
        match put_back(run, id, was).await {
            Ok(()) => {}
            Err(halt @ (Halt::Cancelled | Halt::Fenced(_))) => return Err(halt),
            Err(halt @ (Halt::Failed(_) | Halt::Gone(_))) => lost.push(give_up(run, id, halt).await?),
            Err(Halt::Call(failure)) if !failure.may_pass() => {
                lost.push(give_up(run, id, Halt::Call(failure)).await?);
            }
            // The others first; then it is tried again.
            Err(halt) => later = Some(halt),
        }
    }
    if let Some(halt) = later {
        return Err(halt);
    }
    if lost.is_empty() {
        lost = verify(run, &recorded).await?;
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(Halt::Failed(Note::new("fly-not-restored").with("app", run.client.app()).with("machines", lost.join(", "))))
}

/// Errors that concern one machine only.
fn survivable(halt: Halt) -> Result<(), Halt> {
    match halt {
        Halt::Cancelled | Halt::Fenced(_) => Err(halt),
        _ => Ok(()),
    }
}

/// One machine, under its lease.
async fn put_back(run: &Run<'_>, id: &str, was: &Recorded) -> Result<(), Halt> {
    run.go_on()?;
    run.show(id, Stage::Restoring, None).await?;
    let mut lease = run.lease(id, Stage::Restoring).await?;
    let done = put_back_leased(run, &mut lease, id, was).await;
    run.release(lease).await;
    let note = done?;
    run.show(id, Stage::Restored, note).await
}

async fn put_back_leased(run: &Run<'_>, lease: &mut Lease, id: &str, was: &Recorded) -> Result<Option<Note>, Halt> {
    let machine = run.machine(id).await?;
    if machine.is_gone() {
        return Err(Halt::Gone(machine.id));
    }
    if machine.instance_id == was.instance_id {
        run.same_cordon(lease, &machine, was.cordoned).await?;
        return Ok(None);
    }
    let runs = was.ran();
    if was.digest.is_empty() || machine.digest() != was.digest {
        let (image, digest) = (was.image.as_str(), was.digest.as_str());
        let wanted = Wanted {
            image,
            digest,
            config: Some(&was.config),
            launch: runs || was.had_failed(),
            stage: Stage::Restoring,
        };
        run.change(lease, machine, &wanted).await?;
    }
    let expected = Expected { machine: id, digest: &was.digest, runs, stage: Stage::Restoring };
    let machine = match was.had_failed() {
        // It did not run before, and need not now.
        true => run.machine(id).await?,
        false if runs => wake(run, lease, &expected).await?,
        false => run.boot(lease, &expected).await?,
    };
    run.same_cordon(lease, &machine, was.cordoned).await?;
    if runs { checks(run, lease, id).await } else { Ok(None) }
}

/// Waits until the machine runs again. An update does not boot a machine that the bad release has brought down, so
/// such a one is started.
async fn wake(run: &Run<'_>, lease: &mut Lease, expected: &Expected<'_>) -> Result<Machine, Halt> {
    let (begun, mut starts) = (run.clock.now(), STARTS);
    loop {
        let note = match run.boot(lease, &Expected { runs: false, ..*expected }).await {
            Ok(machine) if machine.state == "started" => return Ok(machine),
            Ok(machine) => fallen(&machine, "fly-stopped-unexpectedly"),
            Err(Halt::Failed(note)) => note,
            Err(other) => return Err(other),
        };
        let machine = run.machine(expected.machine).await?;
        let gone = run.clock.now().since(begun);
        if gone > BOOT {
            return Err(Halt::Failed(too_slow(&machine, gone)));
        }
        if matches!(machine.state.as_str(), "stopped" | "suspended" | "failed") {
            if starts == 0 || machine.digest() != expected.digest && !expected.digest.is_empty() {
                return Err(Halt::Failed(note));
            }
            starts -= 1;
            run.go_on()?;
            match run.client.start(expected.machine, &lease.nonce).await {
                Ok(()) => {}
                // It starts already, or is not ready to: the next look tells.
                Err(failure) if failure.may_pass() => run.pause_after(&failure, POLL).await?,
                Err(failure) => return Err(Halt::Call(failure)),
            }
        }
        run.slice(&machine.id, &machine.instance_id, "started").await?;
    }
}

/// Gives the old release a moment to pass its checks; it goes on without, and says so.
async fn checks(run: &Run<'_>, lease: &mut Lease, id: &str) -> Result<Option<Note>, Halt> {
    let end = run.clock.now().plus(CHECKS);
    loop {
        let machine = run.machine(id).await?;
        let note = unhealthy(&machine);
        if note.is_none() || run.clock.now() >= end {
            return Ok(note);
        }
        run.pause(POLL).await?;
        run.keep(lease, Stage::Restoring).await?;
    }
}

/// Writes down a machine that cannot be put back, with the state that it is in.
async fn give_up(run: &Run<'_>, id: &str, halt: Halt) -> Result<String, Halt> {
    let note = match halt {
        Halt::Failed(note) => note,
        Halt::Call(failure) => failure.note(run.client.app()),
        _ => Note::new("fly-machine-gone").with("machine", id).with("app", run.client.app()),
    };
    run.show(id, Stage::Failed, Some(note)).await?;
    let state = match run.client.machine(id).await {
        Ok(machine) => machine.state,
        Err(failure) if failure.kind == Kind::NotFound => "destroyed".to_owned(),
        Err(_) => "unknown".to_owned(),
    };
    Ok(format!("{id} ({state})"))
}

/// The machines that are not as they were, after all.
async fn verify(run: &Run<'_>, recorded: &[(String, Recorded)]) -> Result<Vec<String>, Halt> {
    let mut lost = Vec::new();
    for (id, was) in recorded {
        let machine = run.machine(id).await?;
        let right = was.digest.is_empty() || machine.digest() == was.digest;
        let up = !was.ran()
            || machine.state == "started"
            || machine.has_autostop()
            || machine.instance_id == was.instance_id;
        if !(right && up) {
            lost.push(format!("{id} ({})", machine.state));
        }
    }
    Ok(lost)
}
