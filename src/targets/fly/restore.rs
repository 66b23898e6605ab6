//! Going back: every machine that the journal recorded gets its whole config and its image back, the last one changed
//! first, or several at once where they were changed so. One that only left its place is started and gets it back. Then
//! what was made in their place goes. One machine that cannot be put back does not keep the others from it.
//!
//! Not here: a later `/rollback`, which is a rollout of an older release.

use super::change::{Wanted, unreachable};
use super::end::End;
use super::error::Kind;
use super::lease::Lease;
use super::machine::{Machine, RETIRED, Recorded};
use super::made::Made;
use super::run::Run;
use super::wait::{BOOT, Expected, fallen, too_slow, unhealthy};
use crate::domain::{Note, Span};
use crate::targets::Stage;

/// How long the old release's checks are waited for: it was good before.
const CHECKS: Span = Span::seconds(30);
/// The pause between two readings of them.
const POLL: Span = Span::seconds(2);
/// How long one is waited for that was asked for and of which nobody knows whether it was made.
const MAY_COME: Span = Span::seconds(3);
/// How often a machine that lies still is started.
const STARTS: u32 = 3;

/// A machine that is not as it was.
struct Lost {
    id: String,
    state: String,
}

/// Puts every recorded machine back, and takes away what was made.
pub(super) async fn restore(run: &Run<'_>) -> Result<(), End> {
    let mut all = run.everything().await?;
    raise_fence(run, &all).await?;
    let recorded = run.recorded().await?;
    for (id, _) in &recorded {
        if run.may_come(id).await? {
            run.pause(MAY_COME).await?;
            all = run.everything().await?;
        }
    }
    let made = run.made(&all).await?;
    for machine in made.known.values() {
        run.show(&machine.id, Stage::Leaving, None).await?;
    }
    let works = recorded.iter().rev().map(|(id, was)| {
        let reachable = all.iter().find(|m| m.id == *id).is_none_or(Machine::is_reachable);
        put_back(run, id, was, reachable)
    });
    let (mut lost, mut ends, mut away) = (Vec::new(), Vec::new(), Vec::new());
    let done = Box::pin(run.each(works, |end| !end.is_survivable())).await;
    for ((id, _), done) in recorded.iter().rev().zip(done) {
        match done {
            Ok(None) => away.push(id),
            Ok(Some(left)) => lost.push(left),
            // The others first; then it is tried again.
            Err(end) => ends.push(end),
        }
    }
    if ends.iter().all(End::is_survivable) {
        ends.extend(take_away(run, made, &away).await.err());
    }
    if let Some(end) = run.worst(ends.into_iter()) {
        return Err(end);
    }
    lost.extend(verify(run, &recorded, &lost).await?);
    if lost.is_empty() {
        return Ok(());
    }
    let lost: Vec<String> = lost.iter().map(|one| format!("{} ({})", one.id, one.state)).collect();
    Err(End::Failed(Note::new("fly-not-restored").with("app", run.client.app()).with("machines", lost.join(", "))))
}

async fn raise_fence(run: &Run<'_>, all: &[Machine]) -> Result<(), End> {
    for machine in all {
        run.fence_holds(machine)?;
    }
    for machine in all.iter().filter(|m| m.stamp() < run.order.attempt) {
        // A host that takes no stamp takes no update from an older attempt either.
        run.stamp(&machine.id).await.or_else(|end| if end.is_survivable() { Ok(()) } else { Err(end) })?;
    }
    Ok(())
}

/// What was made goes, but for what has the place of a machine that is not back: without it nothing would be there.
async fn take_away(run: &Run<'_>, made: Made, back: &[&String]) -> Result<(), End> {
    let goes = |(model, machine): (String, Machine)| {
        let goes = machine.is_temporary() || back.contains(&&model);
        goes.then_some(machine)
    };
    let away: Vec<Machine> = made.known.into_iter().filter_map(goes).chain(made.others).collect();
    run.take_away(&away, None).await
}

/// One machine. Answers it, with the state that it is in, where it cannot be put back.
async fn put_back(run: &Run<'_>, id: &str, was: &Recorded, reachable: bool) -> Result<Option<Lost>, End> {
    run.go_on()?;
    run.show(id, Stage::Restoring, None).await?;
    let done = match reachable {
        true => put_back_by_lease(run, id, was).await,
        false => put_back_unreachable(run, id, was).await,
    };
    match done {
        Ok(note) => run.show(id, Stage::Restored, note).await.map(|()| None),
        Err(end @ (End::Failed(_) | End::Gone(_))) => give_up(run, id, end).await.map(Some),
        Err(End::Call(failure)) if !failure.may_pass() => give_up(run, id, End::Call(failure)).await.map(Some),
        Err(end) => {
            if let Some(note) = end.note(run.client.app()) {
                // Should the time for going back run out, this is the last that people hear of it.
                run.show(id, Stage::Restoring, Some(note)).await?;
            }
            Err(end)
        }
    }
}

/// What its host does not let us touch needs not be touched if it never was.
async fn put_back_unreachable(run: &Run<'_>, id: &str, was: &Recorded) -> Result<Option<Note>, End> {
    let machine = run.machine(id).await?;
    if machine.instance_id == was.instance_id && !run.is_in_doubt(&machine).await? {
        return Ok(None);
    }
    Err(unreachable(&machine))
}

async fn put_back_by_lease(run: &Run<'_>, id: &str, was: &Recorded) -> Result<Option<Note>, End> {
    let mut lease = run.lease(id, Stage::Restoring).await?;
    let done = put_back_leased(run, &mut lease, id, was).await;
    run.release(lease).await;
    done
}

async fn put_back_leased(run: &Run<'_>, lease: &mut Lease, id: &str, was: &Recorded) -> Result<Option<Note>, End> {
    let machine = run.machine(id).await?;
    if machine.is_gone() {
        return Err(End::Gone(machine.id));
    }
    // An update that may be on its way still lands only on the version that it was made from: so that goes.
    let in_doubt = run.is_in_doubt(&machine).await?;
    let version = machine.instance_id.clone();
    let (runs, retired) = (was.ran(), machine.is_retired());
    let expected = Expected { machine: id, digest: &was.digest, runs, stage: Stage::Restoring };
    if version == was.instance_id && !in_doubt {
        if retired && runs {
            wake(run, lease, &expected).await?;
            checks(run, lease, id).await?;
        }
        run.same_cordon(lease, &machine, was.cordoned).await?;
        return if retired { run.forget(id, RETIRED).await.map(|()| None) } else { Ok(None) };
    }
    if in_doubt || was.digest.is_empty() || machine.digest() != was.digest {
        let (image, digest) = (was.image.as_str(), was.digest.as_str());
        let wanted = Wanted {
            image,
            digest,
            config: Some(&was.config),
            launch: runs || was.had_failed(),
            instead_of: in_doubt.then_some(&version),
            stage: Stage::Restoring,
        };
        run.change(lease, machine, &wanted).await?;
    }
    let machine = match was.had_failed() {
        // It did not run before, and need not now.
        true => run.machine(id).await?,
        false if runs => wake(run, lease, &expected).await?,
        false => run.boot(lease, &expected).await?,
    };
    run.same_cordon(lease, &machine, was.cordoned).await?;
    if machine.is_retired() {
        run.forget(id, RETIRED).await?;
    }
    if runs { checks(run, lease, id).await } else { Ok(None) }
}

/// Waits until the machine runs again. An update does not boot a machine that the bad release has brought down, so
/// such a one is started.
async fn wake(run: &Run<'_>, lease: &mut Lease, expected: &Expected<'_>) -> Result<Machine, End> {
    let (begun, mut starts) = (run.clock.now(), STARTS);
    loop {
        let note = match run.boot(lease, &Expected { runs: false, ..*expected }).await {
            Ok(machine) if machine.state == "started" => return Ok(machine),
            Ok(machine) => fallen(&machine, "fly-stopped-unexpectedly"),
            Err(End::Failed(note)) => note,
            Err(other) => return Err(other),
        };
        let machine = run.machine(expected.machine).await?;
        let gone = run.clock.now().since(begun);
        if gone > BOOT {
            return Err(End::Failed(too_slow(&machine, gone)));
        }
        if matches!(machine.state.as_str(), "stopped" | "suspended" | "failed") {
            if starts == 0 || machine.digest() != expected.digest && !expected.digest.is_empty() {
                return Err(End::Failed(note));
            }
            starts -= 1;
            run.go_on()?;
            match run.client.start(expected.machine, &lease.nonce).await {
                Ok(()) => {}
                // It starts already, or is not ready to: the next look tells.
                Err(failure) if failure.may_pass() => run.pause_after(&failure, POLL).await?,
                Err(failure) => return Err(End::Call(failure)),
            }
        }
        run.slice(&machine.id, &machine.instance_id, "started").await?;
    }
}

/// Gives the old release a moment to pass its checks; it goes on without, and says so.
async fn checks(run: &Run<'_>, lease: &mut Lease, id: &str) -> Result<Option<Note>, End> {
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
async fn give_up(run: &Run<'_>, id: &str, end: End) -> Result<Lost, End> {
    run.show(id, Stage::Failed, end.note(run.client.app())).await?;
    let state = match run.client.machine(id).await {
        Ok(machine) => machine.state,
        Err(failure) if failure.kind == Kind::NotFound => "destroyed".to_owned(),
        Err(_) => "unknown".to_owned(),
    };
    Ok(Lost { id: id.to_owned(), state })
}

/// The machines that are not as they were, after all; the ones that are lost anyway are left out.
async fn verify(run: &Run<'_>, recorded: &[(String, Recorded)], known: &[Lost]) -> Result<Vec<Lost>, End> {
    let (mut lost, group) = (Vec::new(), run.group().await?);
    for (id, _) in recorded {
        if group.iter().all(|m| m.id != *id) && known.iter().all(|one| one.id != *id) {
            lost.push(give_up(run, id, End::Gone(id.clone())).await?);
        }
    }
    for machine in group {
        if known.iter().any(|one| one.id == machine.id) {
            continue;
        }
        let was = recorded.iter().find(|(id, _)| *id == machine.id).map(|(_, was)| was);
        if !is_right(run, &machine, was) {
            let note = Note::new("fly-not-as-before").with("machine", &machine.id).with("state", &machine.state);
            let note = match run.is_nobody_elses(&machine) {
                Err(End::Failed(theirs)) => theirs,
                _ => note.with("digest", machine.digest()),
            };
            run.show(&machine.id, Stage::Failed, Some(note)).await?;
            lost.push(Lost { id: machine.id, state: machine.state });
        }
    }
    Ok(lost)
}

/// Whether it is as it was; and one that was never changed, that it does not run what was to be left, nor anything that
/// nobody knows of.
fn is_right(run: &Run<'_>, machine: &Machine, was: Option<&Recorded>) -> bool {
    let Some(was) = was else {
        let before = &run.order.before;
        return before.is_empty() || machine.digest().is_empty() || before.iter().any(|d| d == machine.digest());
    };
    let up =
        !was.ran() || machine.state == "started" || machine.has_autostop() || machine.instance_id == was.instance_id;
    up && (was.digest.is_empty() || machine.digest() == was.digest)
}
