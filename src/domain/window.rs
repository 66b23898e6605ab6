//! Windows of the week: whether one is open at a moment, and when it next opens or shuts. Local time is the team's,
//! daylight saving included: an hour that does not exist opens at the next that does, one that comes twice is one
//! long hour.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::{Moment, Span, Window};

/// How far ahead an opening is looked for. A window that opens later than this counts as never.
const HORIZON_DAYS: u64 = 400;

/// Whether the window is open then.
pub(super) fn is_open(window: &Window, at: Moment) -> bool {
    spells(window, at).any(|(from, to)| from <= at && at < to)
}

/// When it next opens; the moment itself if it is open. None if not within [`HORIZON_DAYS`].
pub(super) fn opens_at(window: &Window, at: Moment) -> Option<Moment> {
    spells(window, at).find(|(_, to)| at < *to).map(|(from, _)| from.max(at))
}

/// When it next shuts, if it is open then.
pub(super) fn shuts_at(window: &Window, at: Moment) -> Option<Moment> {
    spells(window, at).find(|(from, to)| *from <= at && at < *to).map(|(_, to)| to)
}

/// The open spells from the day before the moment on (a spell may run past midnight), in order.
fn spells(window: &Window, at: Moment) -> impl Iterator<Item = (Moment, Moment)> + '_ {
    let zone: Tz = window.time_zone.parse().unwrap_or(Tz::UTC);
    let today = DateTime::<Utc>::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone).date_naive();
    let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    (0..HORIZON_DAYS).filter_map(move |n| first.checked_add_days(Days::new(n))).filter_map(move |day| {
        if !is_open_day(window, day) {
            return None;
        }
        let last = if window.to > window.from { day } else { day.checked_add_days(Days::new(1))? };
        let spell = (moment(zone, day, window.from), moment(zone, last, window.to));
        (spell.0 < spell.1).then_some(spell)
    })
}

fn is_open_day(window: &Window, day: NaiveDate) -> bool {
    let weekday = u8::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
    let text = day.format("%Y-%m-%d").to_string();
    window.days.contains(&weekday) && !window.except.iter().any(|(first, last)| *first <= text && text <= *last)
}

/// A local minute as a moment. Midnight may be written 24:00.
fn moment(zone: Tz, day: NaiveDate, minute: u16) -> Moment {
    let (day, minute) = match minute {
        0..1440 => (day, minute),
        _ => (day.checked_add_days(Days::new(1)).unwrap_or(day), 0),
    };
    let time = NaiveTime::from_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0).unwrap_or_default();
    let mut local = day.and_time(time);
    // A gap of daylight saving is at most a day, in Samoa; an hour or less everywhere else.
    for _ in 0..96 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return Moment(found.timestamp_millis());
        }
        local += chrono::Duration::minutes(15);
    }
    Moment(zone.from_utc_datetime(&local).timestamp_millis()).plus(Span(0))
}
