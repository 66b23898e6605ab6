//! The checklist of a deployment: each gate with a mark, words that say the same, and the evidence.

use super::now::waits_for_people;
use super::{Mark, Row, parts, watch};
use crate::domain::{
    Deployment, Freeze, GateProgress, GateRule, GateState, Moment, Note, Phase, Standing, When, Window, Word,
    another_freeze_follows, freeze_in_sight, valid_words,
};
use crate::view::DeploymentView;
use crate::words::{NAME, Words, harmless};

/// What is known of a gate: the evidence, or what is missing. It says neither the state nor when the clock opens it,
/// which the card adds.
#[must_use]
pub fn evidence(gate: &GateProgress, d: &Deployment, now: Moment) -> Note {
    // A word that has expired does not count any more; once it has gone out, those remain that it went out on.
    let given: Vec<&Word> = match d.phase {
        Phase::Entering => valid_words(gate, now),
        _ => gate.words.iter().collect(),
    };
    let names = || given.iter().map(|word| word.by.name.as_str()).collect::<Vec<_>>().join(", ");
    if !gate.overrides.is_empty() {
        return overridden(gate, d);
    }
    match &gate.gate.rule {
        GateRule::Approval { count, not_requester, .. } => Note::new(match (given.is_empty(), not_requester) {
            (true, true) => "gate-approval-by-another",
            (true, false) => "gate-approval",
            (false, _) => "gate-approval-given",
        })
        .with("given", given.len())
        .with("count", count)
        .with("requester", &d.requested_by.name)
        .with("names", names()),
        GateRule::Confirm { .. } if gate.words.is_empty() => Note::new("gate-confirm"),
        GateRule::Confirm { .. } => {
            let at = gate.words.first().map_or(now, |word| word.at);
            Note::new("gate-confirm-given").with("names", names()).with("at", at.0)
        }
        GateRule::Window(windows) => match windows.as_slice() {
            [only] => week(["gate-window", "gate-window-day"], only),
            several => Note::new("gate-windows").with("count", several.len()),
        },
        GateRule::Freeze(freezes) => freeze(freezes, now),
        GateRule::Hotfix => overridden(gate, d),
        GateRule::Soak(span) => Note::new("gate-soak").with("span", span.0),
        GateRule::Check(_) => gate.last.as_ref().map_or_else(|| Note::new("gate-check"), |last| last.note.clone()),
    }
}

/// Who passes it over, each with their reason; and how many more it takes.
fn overridden(gate: &GateProgress, d: &Deployment) -> Note {
    let needed = d.plan.as_ref().map_or(1, |plan| plan.policy.override_by);
    let missing = needed.saturating_sub(u32::try_from(gate.overrides.len()).unwrap_or(u32::MAX));
    let said: Vec<String> = gate.overrides.iter().map(|word| format!("{}: {}", word.by.name, word.reason)).collect();
    let key = if gate.state == GateState::Overridden { "gate-overridden-by" } else { "gate-override-asked" };
    Note::new(key).with("said", said.join(", ")).with("missing", missing)
}

/// The freeze that holds or comes next, and whether its end is the end of it.
fn freeze(freezes: &[Freeze], now: Moment) -> Note {
    let note = match freeze_in_sight(freezes, now) {
        None => return Note::new("gate-freeze-none"),
        Some(Freeze::Week(window)) => week(["gate-freeze-week", "gate-freeze-week-day"], window),
        Some(Freeze::Dates { time_zone, from, to }) => {
            Note::new("gate-freeze").with("from", from).with("to", to).with("zone", time_zone)
        }
    };
    note.with("more", if another_freeze_follows(freezes, now) { "yes" } else { "no" })
}

/// A window in the words for hours of a day, or in those for the whole of it.
fn week([of_hours, of_days]: [&str; 2], window: &Window) -> Note {
    let is_whole_day = (window.from, window.to) == (0, 24 * 60);
    Note::new(if is_whole_day { of_days } else { of_hours })
        .with("days", window.days.iter().map(u8::to_string).collect::<Vec<_>>().join(","))
        .with("from", clock(window.from))
        .with("to", clock(window.to))
        .with("zone", &window.time_zone)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The rows of the checklist.
pub(super) fn checklist(view: &DeploymentView, words: &Words) -> Vec<Row> {
    checklist_with(view, words, |_| String::new())
}

/// The same with more to say of each gate that is open still.
pub(super) fn checklist_with(view: &DeploymentView, words: &Words, more: impl Fn(&Standing) -> String) -> Vec<Row> {
    let of = |when: When| view.gates.iter().filter(move |gate| gate.when == when && matters(gate, view));
    let items = |when: When| of(when).map(|gate| item(gate, &more(gate), view, words)).collect::<Vec<Row>>();
    let under = |key: &str, items: Vec<Row>| {
        let heading = (!items.is_empty()).then(|| Row::heading(words.get(key)));
        heading.into_iter().chain(items).collect::<Vec<Row>>()
    };
    let is_past = of(When::Before).count() > 0
        && !matches!(view.deployment.phase, Phase::Queued | Phase::Entering)
        && of(When::Before).all(|gate| gate.state.lets_through());
    let mut rows = if is_past {
        vec![passed(&of(When::Before).collect::<Vec<_>>(), view, words)]
    } else {
        under("card-gates-before", items(When::Before))
    };
    let mut after = items(When::After);
    after.extend(watch::planned(view, words));
    rows.extend(under("card-gates-after", after));
    rows
}

/// A gate that was never asked, and will not be, is no news.
fn matters(gate: &Standing, view: &DeploymentView) -> bool {
    let is_over = matches!(view.deployment.phase, Phase::RollingBack | Phase::Closed);
    gate.state != GateState::Skipped && !(is_over && gate.state == GateState::Waiting)
}

/// All the gates before, in one line once they are behind it, with the people who gave their word.
fn passed(gates: &[&Standing], view: &DeploymentView, words: &Words) -> Row {
    let name = |gate: &&Standing| {
        let name = harmless(&gate.name, NAME);
        let progress = view.deployment.gates.iter().find(|g| g.gate.name == gate.name && g.when == gate.when);
        let people: Vec<&str> = progress.into_iter().flat_map(|g| &g.words).map(|word| word.by.name.as_str()).collect();
        if let Some(passed_over) = progress.filter(|g| g.state == GateState::Overridden) {
            let note = words.note(&overridden(passed_over, &view.deployment));
            return words.with("gate-by", &[("gate", &name), ("names", &note)]);
        }
        if people.is_empty() { name } else { words.with("gate-by", &[("gate", &name), ("names", &people.join(", "))]) }
    };
    let names: Vec<String> = gates.iter().map(name).collect();
    let detail = words.with("gates-passed", &[("n", &names.len()), ("gates", &words.list(&names))]);
    Row::item(Mark::Passed, words.get("card-gates"), detail)
}

/// One gate in one line.
fn item(gate: &Standing, more: &str, view: &DeploymentView, words: &Words) -> Row {
    let progress = view.deployment.gates.iter().find(|g| g.gate.name == gate.name && g.when == gate.when);
    let waits = gate.state == GateState::Waiting;
    // A check that has its turn is being asked; one that waits is only planned.
    let planned = waits && progress.is_some_and(|progress| matches!(progress.gate.rule, GateRule::Check(_)));
    let turn = is_its_turn(gate, view) && !planned;
    let of_hotfix = progress.is_some_and(|progress| progress.gate.rule == GateRule::Hotfix);
    let overriders = of_hotfix.then(|| words.get("group-may-override"));
    let people = gate.waits_for.as_ref().map(|name| group(name, words)).or(overriders).filter(|_| waits && turn);
    let asked = gate.when == When::After || waits_for_people(view);
    let waits_for = if asked { "gate-waits-for" } else { "gate-asked-last" };
    let detail = if turn || !waits {
        parts(&[
            people
                .as_ref()
                .map_or_else(|| words.get(state_key(gate.state)), |people| words.with(waits_for, &[("group", people)])),
            progress.map(|progress| in_a_row(progress, gate.state, words)).unwrap_or_default(),
            progress.map(|progress| words.note(&evidence(progress, &view.deployment, view.now))).unwrap_or_default(),
        ])
    } else {
        later(progress, words)
    };
    let detail = parts(&[detail.as_str(), more]);
    Row::Item {
        mark: mark(gate, people.is_some() && asked),
        text: harmless(&gate.name, NAME),
        detail,
        until: gate.opens_at.filter(|_| waits && turn),
    }
}

/// A group of the config; the one that is built in has words of its own.
pub(super) fn group(name: &str, words: &Words) -> String {
    if name == "everyone" { words.get("group-everyone") } else { harmless(name, NAME) }
}

/// What a gate will ask when its turn comes.
fn later(progress: Option<&GateProgress>, words: &Words) -> String {
    match progress.map(|progress| &progress.gate.rule) {
        Some(GateRule::Check(check)) => {
            words.with("gate-check-planned", &[("times", &check.times), ("span", &check.within.0)])
        }
        _ => words.get("gate-later"),
    }
}

/// The gates after the rollout are not asked before it has ended.
fn is_its_turn(gate: &Standing, view: &DeploymentView) -> bool {
    gate.when == When::Before || !matches!(view.deployment.phase, Phase::Queued | Phase::Entering | Phase::RollingOut)
}

pub(super) fn in_a_row(progress: &GateProgress, state: GateState, words: &Words) -> String {
    match &progress.gate.rule {
        GateRule::Check(check) if check.times > 1 && matches!(state, GateState::Running | GateState::Passed) => {
            words.with("gate-in-a-row", &[("n", &progress.in_a_row), ("times", &check.times)])
        }
        _ => String::new(),
    }
}

const fn mark(gate: &Standing, asks: bool) -> Mark {
    match gate.state {
        GateState::Waiting if asks => Mark::Asking,
        GateState::Waiting => Mark::Waiting,
        GateState::Running => Mark::Running,
        GateState::Passed | GateState::Overridden => Mark::Passed,
        GateState::Failed => Mark::Failed,
        GateState::Skipped => Mark::Skipped,
    }
}

pub(super) const fn state_key(state: GateState) -> &'static str {
    match state {
        GateState::Waiting => "gate-waiting",
        GateState::Running => "gate-running",
        GateState::Passed => "gate-passed",
        GateState::Failed => "gate-failed",
        GateState::Skipped => "gate-skipped",
        GateState::Overridden => "gate-overridden",
    }
}
