//! Windows of the week and freezes: whether the time is right, and when that next changes. Local time is the team's,
//! daylight saving included: an hour that does not exist begins at the next that does. Where an hour comes twice, what
//! begins in it begins at the first, a window that ends in it ends at the first too, and a freeze at the second: in
//! doubt nothing starts.
//!
//! Several windows are open when one of them is; several freezes hold when one of them does.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Freeze, GateRule, Moment, Span, Window};

/// How far ahead an opening is looked for. A window that opens later than this counts as never.
const HORIZON_DAYS: u64 = 400;

/// How many freezes may follow one upon the other before it counts as never.
const MOST_IN_A_ROW: usize = 1_000;

/// How a gate that the calendar decides stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    /// Whether the time is right.
    pub(super) is_open: bool,
    /// When it is next; the moment itself if it is now. None if not within sight.
    pub(super) opens_at: Option<Moment>,
    /// When it must be judged again: it opens, or something ends.
    pub(super) judge_at: Option<Moment>,
}

/// How windows stand at a moment.
pub(super) fn windows(windows: &[Window], at: Moment) -> Timing {
    let opens_at = windows.iter().filter_map(|window| opens_at(window, at)).min();
    let is_open = opens_at == Some(at);
    let shuts_at = windows.iter().filter_map(|window| shuts_at(window, at)).min();
    Timing { is_open, opens_at, judge_at: if is_open { shuts_at } else { opens_at } }
}

/// How freezes stand at a moment.
pub(super) fn freezes(freezes: &[Freeze], at: Moment) -> Timing {
    let mut opens_at = Some(at);
    for n in 0..=MOST_IN_A_ROW {
        let Some(moment) = opens_at.filter(|_| n < MOST_IN_A_ROW) else {
            opens_at = None;
            break;
        };
        match freezes.iter().filter_map(|freeze| thaws_at(freeze, moment)).max() {
            Some(later) => opens_at = Some(later),
            None => break,
        }
    }
    let is_open = opens_at == Some(at);
    let begins_at = freezes.iter().filter_map(|freeze| begins_at(freeze, at)).min();
    Timing { is_open, opens_at, judge_at: if is_open { begins_at } else { opens_at } }
}

/// Whether a gate opens by the calendar in the next 400 days; one that something else decides may at any time.
#[must_use]
pub fn opens_in_sight(rule: &GateRule, at: Moment) -> bool {
    let opens_at = match rule {
        GateRule::Window(several) => windows(several, at).opens_at,
        GateRule::Freeze(several) => freezes(several, at).opens_at,
        _ => Some(at),
    };
    let horizon = i64::try_from(HORIZON_DAYS).map_or(i64::MAX, |days| days * 24);
    opens_at.is_some_and(|opens| opens <= at.plus(Span::hours(horizon)))
}

/// The freeze that matters at a moment: one that holds, or the one that begins next.
#[must_use]
pub fn freeze_in_sight(freezes: &[Freeze], at: Moment) -> Option<&Freeze> {
    let holds =
        freezes.iter().filter(|freeze| thaws_at(freeze, at).is_some()).max_by_key(|freeze| thaws_at(freeze, at));
    let next = || freezes.iter().filter(|f| begins_at(f, at).is_some()).min_by_key(|freeze| begins_at(freeze, at));
    holds.or_else(next)
}

/// Whether the freeze that holds at a moment ends in another one, so that nothing starts at its end either.
#[must_use]
pub fn another_freeze_follows(freezes: &[Freeze], at: Moment) -> bool {
    let holds = freeze_in_sight(freezes, at).and_then(|freeze| thaws_at(freeze, at).map(|end| (freeze, end)));
    holds.is_some_and(|(first, end)| freezes.iter().any(|other| other != first && thaws_at(other, end).is_some()))
}

/// When a freeze that holds at a moment ends; none where it does not hold.
fn thaws_at(freeze: &Freeze, at: Moment) -> Option<Moment> {
    match freeze {
        Freeze::Dates { .. } => span(freeze).filter(|(from, to)| *from <= at && at < *to).map(|(_, to)| to),
        Freeze::Week(window) => end_of(spells(window, at, Twice::Second), at),
    }
}

/// When a freeze next begins.
fn begins_at(freeze: &Freeze, at: Moment) -> Option<Moment> {
    match freeze {
        Freeze::Dates { .. } => span(freeze).map(|(from, _)| from).filter(|from| at < *from),
        Freeze::Week(window) => spells(window, at, Twice::Second).map(|(from, _)| from).find(|from| at < *from),
    }
}

/// From when to when a freeze with dates holds.
fn span(freeze: &Freeze) -> Option<(Moment, Moment)> {
    let Freeze::Dates { time_zone, from, to } = freeze else { return None };
    let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
    let minute = |text: &str| NaiveDateTime::parse_from_str(text, Freeze::FORMAT).ok();
    Some((local(zone, minute(from)?, Twice::First), local(zone, minute(to)?, Twice::Second)))
}

/// When a window is next open; the moment itself if it is open. None if not within [`HORIZON_DAYS`].
fn opens_at(window: &Window, at: Moment) -> Option<Moment> {
    spells(window, at, Twice::First).find(|(_, to)| at < *to).map(|(from, _)| from.max(at))
}

/// When a window next shuts, if it is open then.
fn shuts_at(window: &Window, at: Moment) -> Option<Moment> {
    end_of(spells(window, at, Twice::First), at)
}

/// The end of the spell that a moment is in.
fn end_of(spells: impl Iterator<Item = (Moment, Moment)>, at: Moment) -> Option<Moment> {
    spells.take_while(|(from, _)| *from <= at).find(|(_, to)| at < *to).map(|(_, to)| to)
}

/// Which of two moments a local time is that comes twice.
#[derive(Clone, Copy)]
enum Twice {
    First,
    Second,
}

/// The open spells from the day before the moment on (a spell may run past midnight), in order. What begins on one day
/// and would run into an exception ends at midnight.
fn spells(window: &Window, at: Moment, ends: Twice) -> impl Iterator<Item = (Moment, Moment)> + '_ {
    let zone: Tz = window.time_zone.parse().unwrap_or(Tz::UTC);
    let today = DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone).date_naive();
    let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    (0..HORIZON_DAYS).filter_map(move |n| first.checked_add_days(Days::new(n))).filter_map(move |day| {
        let weekday = u8::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
        if !window.days.contains(&weekday) || is_excepted(window, day) {
            return None;
        }
        let next = day.checked_add_days(Days::new(1))?;
        let (last, to) = match () {
            () if window.to > window.from => (day, window.to),
            () if is_excepted(window, next) => (next, 0),
            () => (next, window.to),
        };
        let spell = (minute(zone, (day, window.from), Twice::First), minute(zone, (last, to), ends));
        (spell.0 < spell.1).then_some(spell)
    })
}

fn is_excepted(window: &Window, day: NaiveDate) -> bool {
    let text = day.format("%Y-%m-%d").to_string();
    window.except.iter().any(|(first, last)| *first <= text && text <= *last)
}

/// A minute of a local day as a moment. Midnight may be written 24:00.
fn minute(zone: Tz, (day, minute): (NaiveDate, u16), twice: Twice) -> Moment {
    let (day, minute) = match minute {
        0..1440 => (day, minute),
        _ => (day.checked_add_days(Days::new(1)).unwrap_or(day), 0),
    };
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0).unwrap_or_default();
    local(zone, day.and_time(time), twice)
}

/// A local time as a moment; where the clocks jump over it, that at which they have jumped.
fn local(zone: Tz, mut local: NaiveDateTime, twice: Twice) -> Moment {
    /// A gap of daylight saving is a day at most, in Samoa; an hour or less everywhere else.
    const LONGEST_GAP: u16 = 24 * 60;
    const MINUTE: chrono::Duration = chrono::Duration::minutes(1);
    for _ in 0..=LONGEST_GAP {
        let found = zone.from_local_datetime(&local);
        // At its very first minute the hour that comes twice has not begun to come again.
        let is_within = || zone.from_local_datetime(&(local - MINUTE)).single().is_none();
        let found = match twice {
            Twice::Second if is_within() => found.latest(),
            Twice::First | Twice::Second => found.earliest(),
        };
        if let Some(found) = found {
            return Moment(found.timestamp_millis());
        }
        local += MINUTE;
    }
    Moment(zone.from_utc_datetime(&local).timestamp_millis())
}
