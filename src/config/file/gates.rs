//! Gates: `[[apps.environments.before]]` and `[[apps.environments.after]]`.
//!
//! To add a gate that people or the clock decide: a key in [`DECIDERS`], an arm in [`rule`].

use super::checks;
use super::formats::{self, Spelt as _, spell};
use super::people::group;
use super::table::Table;
use super::value::Value;
use super::{Scope, all, apart};
use crate::config::problem::list;
use crate::domain::{CheckGate, Freeze, Gate, GateRule, Note, Span, When, Window};

/// What decides a gate; each has exactly one.
const DECIDERS: [&str; 6] = ["approval", "confirm", "window", "freeze", "soak", "check"];
/// What goes with `check` only.
const OF_CHECK: [&str; 3] = ["times", "every", "within"];
/// How long a check has when it does not say.
const WITHIN: Span = Span::minutes(2);
/// The minutes of a day.
const DAY: u16 = 24 * 60;
/// More people than this never approve one release.
const MOST_APPROVALS: u32 = 20;

/// Reads all gates of an environment: those before, those after. A name counts for both.
pub(super) fn read(table: &mut Table<'_>, scope: &Scope<'_>) -> Option<(Vec<Gate>, Vec<Gate>)> {
    let mut names = Vec::new();
    let mut part = |key, when| all(table.tables(key)?.into_iter().map(|gate| read_one(gate, when, scope, &mut names)));
    let (before, after) = (part("before", When::Before), part("after", When::After));
    Some((before?, after?))
}

fn read_one(mut table: Table<'_>, when: When, scope: &Scope<'_>, names: &mut Vec<String>) -> Option<Gate> {
    let name = table.required("name", r#"name = "approval""#).and_then(|v| apart(v, v.name()?, names));
    let found = table.one_of(&DECIDERS);
    table.only_with(&OF_CHECK, &["check"]);
    let rule = match found.as_slice() {
        [only] => {
            if only.key != "check" {
                table.refuse(&OF_CHECK, "config-only-with-check");
            }
            rule(&mut table, *only, when, scope)
        }
        [] => {
            table.settle(&OF_CHECK);
            table.fail(Note::new("config-no-decider").with("known", list(&DECIDERS)));
            None
        }
        [first, others @ ..] => {
            table.settle(&OF_CHECK);
            for other in others {
                other.fail_key::<()>(Note::new("config-two-deciders").with("first", first.key));
            }
            None
        }
    };
    table.finish();
    Some(Gate { name: name?, rule: rule? })
}

fn rule(table: &mut Table<'_>, decider: Value<'_>, when: When, scope: &Scope<'_>) -> Option<GateRule> {
    match (decider.key, when) {
        ("check", _) => check(table, decider, scope).map(GateRule::Check),
        ("confirm", _) => confirm(decider, when, scope),
        (_, When::After) => decider.fail_key(Note::new("config-only-before")),
        ("soak", When::Before) if scope.is_first => decider.fail_key(Note::new("config-soak-in-first")),
        ("soak", When::Before) => decider.span().map(GateRule::Soak),
        ("window", When::Before) => several(decider, |value| window(value, scope)).map(GateRule::Window),
        ("freeze", When::Before) => several(decider, |value| freeze(value, scope)).map(GateRule::Freeze),
        _ => approval(decider, scope),
    }
}

fn approval(value: Value<'_>, scope: &Scope<'_>) -> Option<GateRule> {
    let mut table = value.table()?;
    let from = table.required("from", r#"from = "releasers""#).and_then(|v| group(v, scope.people));
    let count = table.either("count", 1, |v| v.whole(1..=MOST_APPROVALS));
    let not_requester = table.either("not_requester", false, Value::boolean);
    let expires = table.maybe("expires", Value::span);
    table.finish();
    Some(GateRule::Approval { from: from?, count: count?, not_requester: not_requester?, expires: expires? })
}

fn confirm(value: Value<'_>, when: When, scope: &Scope<'_>) -> Option<GateRule> {
    let mut table = value.table()?;
    let from = table.required("from", r#"from = "everyone""#).and_then(|v| group(v, scope.people));
    let within = match when {
        When::After => table.required("within", r#"within = "30m""#).and_then(Value::span).map(Some),
        When::Before => {
            table.refuse(&["within"], "config-within-before");
            Some(None)
        }
    };
    table.finish();
    Some(GateRule::Confirm { from: from?, within: within? })
}

/// One table, or a list of them.
fn several<'v, T>(value: Value<'v>, read: impl Fn(Value<'v>) -> Option<T>) -> Option<Vec<T>> {
    value.several();
    if !value.is_list() {
        return Some(vec![read(value)?]);
    }
    let list = value.list()?;
    if list.is_empty() {
        return value.fail(Note::new("config-empty-list"));
    }
    all(list.into_iter().map(read))
}

/// Dates, once; or days and hours, every week.
fn freeze(value: Value<'_>, scope: &Scope<'_>) -> Option<Freeze> {
    if value.names("days") {
        let mut table = value.table()?;
        let days = table.optional("days").and_then(days);
        return hours(table, days, scope).map(Freeze::Week);
    }
    let minute = |is_end: bool| {
        move |v: Value<'_>| {
            formats::minute_of_a_day(v.like(formats::MINUTE).text()?, is_end)
                .or_else(|| v.fail(Note::new("config-not-minute")))
        }
    };
    let mut table = value.table()?;
    table.only_with(&["except"], &["days"]);
    let from = table.required("from", r#"from = "2026-12-24 18:00""#).and_then(minute(false));
    let end = table.required("to", r#"to = "2027-01-04 09:00""#);
    let to = end.and_then(minute(true));
    table.finish();
    let (from, to) = (from?, to?);
    if to <= from {
        return end?.fail(Note::new("config-freeze-backwards"));
    }
    Some(Freeze::Dates { time_zone: scope.time_zone.to_owned(), from, to })
}

fn window(value: Value<'_>, scope: &Scope<'_>) -> Option<Window> {
    let mut table = value.table()?;
    let days = table.either("days", (0..7).collect(), days);
    hours(table, days, scope)
}

fn days(value: Value<'_>) -> Option<Vec<u8>> {
    formats::days(value.like(formats::DAY_LIST).text()?).or_else(|| value.fail(Note::new("config-not-days")))
}

fn hours(mut table: Table<'_>, days: Option<Vec<u8>>, scope: &Scope<'_>) -> Option<Window> {
    let time = |v: Value<'_>| {
        formats::time_of_day(v.like(formats::TIME).text()?).or_else(|| v.fail(Note::new("config-not-time")))
    };
    let from = table.required("from", r#"from = "09:00""#).and_then(time);
    let end = table.required("to", r#"to = "17:30""#);
    let to = end.and_then(time);
    let except = table.either("except", Vec::new(), |v| all(v.list()?.into_iter().map(dates)));
    table.finish();
    let (from, to) = (from?, to?);
    // `24:00` is the midnight at which the next day begins; only from the first midnight to the second is it a day.
    if from % DAY == to % DAY && (from, to) != (0, DAY) {
        return end?.fail(Note::new("config-empty-window"));
    }
    Some(Window { time_zone: scope.time_zone.to_owned(), days: days?, from, to, except: except? })
}

fn dates(value: Value<'_>) -> Option<(String, String)> {
    match formats::dates(value.like(formats::DATES).text()?) {
        None => value.fail(Note::new("config-not-dates")),
        Some((first, last)) if last < first => value.fail(Note::new("config-dates-backwards")),
        dates => dates,
    }
}

/// By default: once, or every 10 s until it has passed as often as it must, for 2 minutes.
fn check(table: &mut Table<'_>, value: Value<'_>, scope: &Scope<'_>) -> Option<CheckGate> {
    let check = checks::read(value, scope.url, checks::Use::Verdict);
    let times = table.either("times", 1, |v| v.whole(1..=1_000));
    let every = table.either("every", Span::seconds(10), |v| v.span_of(Span::seconds(1)..=Span::hours(24)));
    table.otherwise("within", WITHIN.spelt());
    let limit = table.optional("within");
    let within = limit.map_or(Some(WITHIN), Value::span);
    let (times, every, within) = (times?, every?, within?);
    let least = Span(every.0.saturating_mul(i64::from(times) - 1));
    if within.0 <= least.0 {
        let note = Note::new("config-gate-too-short").with("times", times).with("every", spell(every));
        return limit.unwrap_or(value).fail_key(note.with("least", spell(least)).with("within", spell(within)));
    }
    Some(CheckGate { check: check?, times, every, within })
}
