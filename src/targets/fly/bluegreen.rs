//! The strategy bluegreen: each machine (blue) gets another one beside it (green), out of rotation. Once all greens are
//! well they come into rotation together, and once they are well there, the blues leave it and are stopped. They are kept
//! until the next deployment, so that going back takes seconds.
//!
//! Every step can be done again: who stands where is read from the machines themselves and from the journal.
//!
//! Not here: going back (`restore`), and how machines come and go (`made`, `aside`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use super::aside::DRAIN;
use super::config::standing_by;
use super::end::End;
use super::lease::Lease;
use super::machine::{Machine, REPLACES, Recorded, TEMPORARY};
use super::made::Twin;
use super::rolling::{asleep, failing, is_same, verify};
use super::run::Run;
use super::wait::Expected;
use crate::domain::{Moment, Note};
use crate::targets::Stage;

/// The machines to be replaced, and how far that is.
struct Fleet {
    blues: Vec<(Machine, Recorded)>,
    /// By the blue in whose place each is.
    greens: BTreeMap<String, Machine>,
    /// Whether greens have taken a place already.
    has_begun: bool,
}

/// A blue and its green.
struct Pair<'f> {
    blue: &'f Machine,
    was: &'f Recorded,
    green: Machine,
}

/// Replaces every machine; those too that somebody adds meanwhile.
pub(super) async fn replace(run: &Run<'_>) -> Result<(), End> {
    let mut done = BTreeSet::new();
    loop {
        let fleet = fleet(run, &done).await?;
        if fleet.blues.is_empty() {
            break;
        }
        if let Err(end) = Box::pin(wave(run, &fleet)).await {
            if end.is_for_good() && !run.touched.load(Ordering::Relaxed) {
                run.clean().await;
            }
            return Err(end);
        }
        done.extend(fleet.blues.into_iter().map(|(blue, _)| blue.id));
    }
    let all = run.everything().await?;
    let made = run.made(&all).await?.all();
    let spare: Vec<Machine> = made.into_iter().filter(Machine::is_temporary).collect();
    run.take_away(&spare, None).await?;
    for machine in all.iter().filter(|m| m.is_ours()) {
        verify(run, &machine.id).await?;
    }
    Ok(())
}

/// Raises the fence, and records every machine that is to be replaced.
async fn fleet(run: &Run<'_>, done: &BTreeSet<String>) -> Result<Fleet, End> {
    let all = run.everything().await?;
    run.raise_fence(&all).await?;
    let made = run.made(&all).await?;
    let has_begun = made.known.values().any(|green| !green.is_temporary());
    let recorded = run.recorded().await?;
    let is_recorded = |id: &str| recorded.iter().any(|(known, _)| known == id);
    let leaves = |m: &&Machine| match m.is_retired() {
        true => is_recorded(&m.id) && !m.is_down(),
        false => m.is_ours() && m.digest() != run.order.release.digest,
    };
    let blues: Vec<&Machine> = all.iter().filter(leaves).filter(|m| !done.contains(&m.id)).collect();
    for blue in &blues {
        // Once places are being taken, a halt would leave two releases side by side.
        if !has_begun || !is_recorded(&blue.id) {
            run.journal.before(&blue.id, blue.record()).await?;
        }
        if !blue.is_retired() {
            run.show(&blue.id, Stage::Leaving, None).await?;
        }
    }
    let mut recorded: BTreeMap<String, Recorded> = run.recorded().await?.into_iter().collect();
    let blues: Vec<_> = blues.into_iter().filter_map(|m| Some((m.clone(), recorded.remove(&m.id)?))).collect();
    if has_begun && blues.iter().any(|(blue, was)| blue.is_retired() || blue.is_cordoned() != was.cordoned) {
        run.touched.store(true, Ordering::Relaxed);
    }
    Ok(Fleet { blues, greens: made.known, has_begun })
}

/// From the making of the greens to the end of the blues.
async fn wave(run: &Run<'_>, fleet: &Fleet) -> Result<(), End> {
    let pairs = stand_up(run, fleet).await?;
    if !fleet.has_begun
        && let Some((blue, _)) = fleet.blues.first()
    {
        run.journal.before(&blue.id, blue.record()).await?;
    }
    for pair in pairs.iter().filter(|pair| !pair.blue.is_retired()) {
        is_same(run, pair.blue).await?;
    }
    take_places(run, &pairs).await?;
    for (blue, _) in fleet.blues.iter().filter(|(blue, _)| !blue.is_retired()) {
        match run.retire(&blue.id).await {
            Ok(()) => run.show(&blue.id, Stage::Retired, None).await?,
            Err(End::Gone(_)) => {}
            Err(other) => return Err(other),
        }
    }
    if fleet.blues.iter().any(|(blue, _)| !blue.is_down()) {
        run.pause(DRAIN).await?;
    }
    all_of(run, fleet.blues.iter().map(|(blue, _)| put_down(run, &blue.id))).await.map(drop)
}

/// All of it, several at once; the worst end if there is one.
async fn all_of<T, W: Future<Output = Result<T, End>>>(
    run: &Run<'_>,
    works: impl ExactSizeIterator<Item = W>,
) -> Result<Vec<T>, End> {
    let done = Box::pin(run.each(works, End::is_the_end_of_all)).await;
    let (mut all, mut ends) = (Vec::new(), Vec::new());
    for one in done {
        match one {
            Ok(one) => all.push(one),
            Err(end) => ends.push(end),
        }
    }
    run.worst(ends.into_iter()).map_or(Ok(all), Err)
}

/// A green for every blue, well where it runs. Those that stand by for others are made when it is known for which.
async fn stand_up<'f>(run: &Run<'_>, fleet: &'f Fleet) -> Result<Vec<Pair<'f>>, End> {
    let mut pairs: Vec<Pair<'f>> = Vec::new();
    for standing_by in [false, true] {
        let names: BTreeMap<&str, &str> = pairs.iter().map(|p| (p.blue.id.as_str(), p.green.id.as_str())).collect();
        let is_it = |(blue, _): &&(Machine, Recorded)| blue.has_standbys() == standing_by;
        // One that has left its place and has nobody in it any more: somebody has taken that one away.
        let is_replaced = |(blue, _): &&(Machine, Recorded)| !blue.is_retired() || fleet.greens.contains_key(&blue.id);
        let blues: Vec<_> = fleet.blues.iter().filter(is_it).filter(is_replaced).collect();
        let works = blues.iter().map(|(blue, was)| stand_up_one(run, blue, was, fleet.greens.get(&blue.id), &names));
        let greens = all_of(run, works).await?;
        pairs.extend(blues.iter().zip(greens).map(|((blue, was), green)| Pair { blue, was, green }));
    }
    Ok(pairs)
}

async fn stand_up_one(
    run: &Run<'_>,
    blue: &Machine,
    was: &Recorded,
    known: Option<&Machine>,
    names: &BTreeMap<&str, &str>,
) -> Result<Machine, End> {
    let green = match known {
        Some(green) => green.clone(),
        None => {
            let model = is_same(run, blue).await?;
            let config = standing_by(model.config.as_ref().unwrap_or_default(), names);
            run.make(&Twin { kind: REPLACES, model: &model, config }).await?
        }
    };
    if !was.is_launched() {
        run.show(&green.id, Stage::Waiting, Some(stands_for(blue, &green))).await?;
        return Ok(green);
    }
    run.show(&green.id, Stage::Starting, Some(in_place_of(blue))).await?;
    let mut lease = run.lease(&green.id, Stage::Starting).await?;
    let done = boot(run, &mut lease, &green.id, blue).await;
    run.release(lease).await;
    let done = failing(run, &green.id, done).await.map_err(|end| sick(run, end));
    done?;
    // Well, and not reached by anybody before all the others are.
    run.show(&green.id, Stage::Waiting, Some(in_place_of(blue))).await.map(|()| green)
}

async fn boot(run: &Run<'_>, lease: &mut Lease, id: &str, blue: &Machine) -> Result<(), End> {
    let digest = run.order.release.digest.as_str();
    let expected = Expected { machine: id, digest, runs: true, stage: Stage::Starting };
    // A newer attempt may have begun without knowing of this machine.
    run.machine(&blue.id).await?;
    run.launch(lease, &expected).await?;
    let machine = run.boot(lease, &expected).await?;
    run.show(id, Stage::Checking, Some(in_place_of(blue))).await?;
    let up = Moment(machine.up_since().unwrap_or(run.clock.now().0));
    run.healthy(lease, &Expected { stage: Stage::Checking, ..expected }, up).await.map(drop)
}

/// The greens come into rotation, must be well there, and are ordinary machines from then on.
async fn take_places(run: &Run<'_>, pairs: &[Pair<'_>]) -> Result<(), End> {
    let since = all_of(run, pairs.iter().map(|pair| come_in(run, pair))).await?;
    let is_up = |(pair, _): &(&Pair<'_>, Moment)| pair.was.is_launched();
    let up: Vec<_> = pairs.iter().zip(since).filter(is_up).collect();
    all_of(run, up.iter().map(|(pair, since)| stay_well(run, pair, *since))).await?;
    for pair in pairs.iter().filter(|pair| pair.green.is_temporary()) {
        // The last look at the fence before something cannot be told from what was there.
        run.machine(&pair.blue.id).await?;
        run.machine(&pair.green.id).await?;
        run.forget(&pair.green.id, TEMPORARY).await?;
    }
    for pair in pairs {
        let green = run.machine(&pair.green.id).await?;
        run.show(&green.id, Stage::Done, Some(stands_for(pair.blue, &green))).await?;
    }
    Ok(())
}

/// Answers since when it is in rotation.
async fn come_in(run: &Run<'_>, pair: &Pair<'_>) -> Result<Moment, End> {
    let lease = run.lease(&pair.green.id, Stage::Checking).await?;
    let done = async {
        run.machine(&pair.blue.id).await?;
        let green = run.machine(&pair.green.id).await?;
        if green.state == "created" && !pair.was.is_launched() {
            lie_down(run, &lease, &green.id).await?;
        }
        let is_new = green.is_cordoned() && !pair.was.cordoned;
        run.same_cordon(&lease, &green, pair.was.cordoned).await?;
        Ok(if is_new { run.clock.now() } else { Moment(green.up_since().unwrap_or(0)) })
    };
    let done = done.await;
    run.release(lease).await;
    done
}

/// One that was never launched becomes one that is stopped, as its blue: it is not known that the proxy starts any other.
async fn lie_down(run: &Run<'_>, lease: &Lease, id: &str) -> Result<(), End> {
    match run.insist(|| run.client.stop(id, &lease.nonce)).await {
        Err(end) if !end.is_survivable() => Err(end),
        _ => Ok(()),
    }
}

async fn stay_well(run: &Run<'_>, pair: &Pair<'_>, since: Moment) -> Result<(), End> {
    let (id, note) = (pair.green.id.as_str(), Note::new("fly-in-place-of-reached").with("machine", &pair.blue.id));
    run.show(id, Stage::Checking, Some(note)).await?;
    let digest = run.order.release.digest.as_str();
    let expected = Expected { machine: id, digest, runs: true, stage: Stage::Checking };
    let mut lease = run.lease(id, Stage::Checking).await?;
    let done = run.healthy(&mut lease, &expected, since).await;
    run.release(lease).await;
    failing(run, id, done.map(drop)).await.map_err(|end| sick(run, end))
}

/// A green that is not well keeps all of them from their places, as long as none has left its own.
fn sick(run: &Run<'_>, end: End) -> End {
    if run.touched.load(Ordering::Relaxed) { end } else { end.within("fly-green-sick") }
}

/// What does not stop takes no requests all the same; the next deployment removes it.
async fn put_down(run: &Run<'_>, id: &str) -> Result<(), End> {
    let note = match run.put_down(id).await {
        Ok(()) => None,
        Err(End::Gone(_)) => return run.show(id, Stage::Removed, None).await,
        Err(end) if end.is_survivable() => end.note(run.client.app()),
        Err(end) => return Err(end),
    };
    run.show(id, Stage::Retired, note).await
}

fn in_place_of(blue: &Machine) -> Note {
    Note::new("fly-in-place-of").with("machine", &blue.id)
}

/// In whose place it is; and that it does not run, where it does not.
fn stands_for(blue: &Machine, green: &Machine) -> Note {
    match asleep(green) {
        None => in_place_of(blue),
        Some(_) => Note::new("fly-in-place-of-down").with("machine", &blue.id).with("state", &green.state),
    }
}
