//! Small notations inside strings: spans, times of day, days of the week, dates. Pure: text in, value or none out.

use chrono::NaiveDate;
use serde_json::Value;

use crate::domain::Span;

/// How these notations look, for who cannot read them: a little wider than they are.
pub(super) const TIME: &str = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
/// See [`TIME`].
pub(super) const DAY_LIST: &str = "^ *[A-Za-z]{3}( *- *[A-Za-z]{3})?( *, *[A-Za-z]{3}( *- *[A-Za-z]{3})?)* *$";
/// See [`TIME`].
pub(super) const DATES: &str = "^ *[0-9]{4}-[0-9]{2}-[0-9]{2} *(/ *[0-9]{4}-[0-9]{2}-[0-9]{2} *)?$";
/// See [`TIME`].
pub(super) const MINUTE: &str = "^ *[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2})? *$";

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How some values look in a file, as JSON has it.
pub(super) trait Spelt {
    /// The value as it would be written.
    fn spelt(&self) -> Value;
}

impl Spelt for Span {
    fn spelt(&self) -> Value {
        spell(*self).into()
    }
}

impl Spelt for bool {
    fn spelt(&self) -> Value {
        (*self).into()
    }
}

impl Spelt for u16 {
    fn spelt(&self) -> Value {
        (*self).into()
    }
}

impl Spelt for u32 {
    fn spelt(&self) -> Value {
        (*self).into()
    }
}

impl Spelt for String {
    fn spelt(&self) -> Value {
        self.as_str().into()
    }
}

impl Spelt for &str {
    fn spelt(&self) -> Value {
        (*self).into()
    }
}

/// Days of the week, Monday = 0.
impl Spelt for Vec<u8> {
    fn spelt(&self) -> Value {
        let days: Vec<&str> = self.iter().filter_map(|day| DAYS.get(usize::from(*day)).copied()).collect();
        days.join(",").into()
    }
}

/// Days from and to.
impl Spelt for Vec<(String, String)> {
    fn spelt(&self) -> Value {
        self.iter().map(|(from, to)| format!("{from}/{to}")).collect()
    }
}

/// `90s`, `1h30m`, `2d`, `500ms`: whole numbers with units, the larger unit first.
pub(super) fn span(text: &str) -> Option<Span> {
    const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut rest = text;
    let mut total: i64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let amount: i64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |n| digits + n);
        // Units are looked for from where the last one was found, so that each comes once and in order.
        let (_, scale) = units.find(|(unit, _)| *unit == &rest[digits..unit_end])?;
        total = total.checked_add(amount.checked_mul(*scale)?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(Span(total))
}

/// A span as people write it: the inverse of [`span`].
pub(super) fn spell(span: Span) -> String {
    let Span(ms) = span;
    match ms {
        _ if ms % 86_400_000 == 0 && ms > 0 => format!("{}d", ms / 86_400_000),
        _ if ms % 3_600_000 == 0 && ms > 0 => format!("{}h", ms / 3_600_000),
        _ if ms % 60_000 == 0 && ms > 0 => format!("{}m", ms / 60_000),
        _ if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        _ => format!("{ms}ms"),
    }
}

/// `09:00`, `17:30`, `24:00`: minutes after midnight.
pub(super) fn time_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two =
        |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u16>().ok())?;
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let fits = hours < 24 && minutes < 60 || hours == 24 && minutes == 0;
    fits.then_some(hours * 60 + minutes)
}

/// `mon-fri`, `sat,sun`, `fri-mon`: days of the week, Monday = 0, sorted and without repeats.
pub(super) fn days(text: &str) -> Option<Vec<u8>> {
    let mut found = [false; DAYS.len()];
    for part in text.split(',') {
        let (first, last) = match part.trim().split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let length = (last + DAYS.len() - first) % DAYS.len();
        for step in 0..=length {
            found[(first + step) % DAYS.len()] = true;
        }
    }
    Some((0_u8..).zip(found).filter(|(_, found)| *found).map(|(day, _)| day).collect())
}

/// `2026-12-24` or `2026-12-29/2027-01-03`: the first day and the last, in whichever order they stand.
pub(super) fn dates(text: &str) -> Option<(String, String)> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    Some((date(first)?.to_string(), date(last)?.to_string()))
}

/// `2026-12-24 18:00` or `2026-12-24`, which is its first minute; for an end, `2027-01-03` is its last.
pub(super) fn minute_of_a_day(text: &str, is_end: bool) -> Option<String> {
    let text = text.trim();
    let (day, time) = match text.split_once([' ', 'T']) {
        Some((day, time)) => (date(day)?, time_of_day(time)?),
        None => (date(text)?, if is_end { 24 * 60 } else { 0 }),
    };
    let (days, minute) = (u64::from(time / (24 * 60)), time % (24 * 60));
    let day = day.checked_add_days(chrono::Days::new(days))?;
    Some(format!("{day} {:02}:{:02}", minute / 60, minute % 60))
}

fn day(text: &str) -> Option<usize> {
    let text = text.trim().to_lowercase();
    DAYS.iter().position(|day| *day == text)
}

fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}
