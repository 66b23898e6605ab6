//! Times, spans and numbers as people say them.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use super::{Moments, Words};
use crate::domain::{Moment, Span};

/// What stands around a moment that a chat counts towards by itself. No text from outside can have them: see
/// [`harmless()`](super::harmless()).
const BEGINS: char = '\u{FDD0}';
const ENDS: char = '\u{FDD1}';

const UNITS: [(&str, i64); 4] =
    [("span-days", 86_400_000), ("span-hours", 3_600_000), ("span-minutes", 60_000), ("span-seconds", 1_000)];

impl Words {
    /// A moment with its day and its zone, and of one to come how far away it is:
    /// `09:00 Mon 23 Nov, Asia/Tokyo, in 13 h`.
    #[must_use]
    pub fn time(&self, moment: Moment) -> String {
        if self.now.is_some_and(|now| moment > now) { self.countdown(moment) } else { self.time_in_zone(moment) }
    }

    /// A moment that is waited for, with how far away it is, be it past: then it is any moment.
    #[must_use]
    pub fn countdown(&self, moment: Moment) -> String {
        let left = match self.moments {
            Moments::Spoken => self.left(moment),
            Moments::Live => format!("{BEGINS}{}{ENDS}", moment.0),
        };
        self.with("time-to-come", &[("time", &self.time_in_zone(moment)), ("what", &left)])
    }

    /// Puts what is left until each moment that was kept into a text, as a chat says it.
    #[must_use]
    pub fn counting(text: &str, said: impl Fn(Moment) -> String) -> String {
        let mut parts = text.split(BEGINS);
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (moment, rest) = part.split_once(ENDS).unwrap_or((part, ""));
            whole.push_str(&moment.parse().map(|ms| said(Moment(ms))).unwrap_or_default());
            whole.push_str(rest);
        }
        whole
    }

    /// How far away a moment is, to the second or, where it is long, to the minute: `in 13 h`.
    #[must_use]
    pub fn left(&self, moment: Moment) -> String {
        /// From when on seconds are no news.
        const LONG: Span = Span::minutes(10);
        let left = self.now.map_or(0, |now| moment.since(now).0);
        let unit = if left < LONG.0 { 1_000 } else { 60_000 };
        match (left + unit / 2) / unit * unit {
            0 if left == 0 => self.get("time-any-moment"),
            rounded => self.with("time-left", &[("span", &rounded.max(unit))]),
        }
    }

    fn time_in_zone(&self, moment: Moment) -> String {
        self.with("time-with-zone", &[("time", &self.time_short(moment)), ("zone", &self.zone.name())])
    }

    /// A moment with its day, where the zone is said already. The year is named when it is another than now.
    #[must_use]
    pub fn time_short(&self, moment: Moment) -> String {
        let Some(local) = self.local(moment) else { return moment.0.to_string() };
        let this_year = self.now.and_then(|now| self.local(now)).is_none_or(|now| now.year() == local.year());
        self.with(
            if this_year { "time" } else { "time-with-year" },
            &[
                ("clock", &self.with("time-clock", &[("hour", &two(local.hour())), ("minute", &two(local.minute()))])),
                ("weekday", &self.with("weekday", &[("n", &local.weekday().number_from_monday())])),
                ("month", &self.with("month", &[("n", &local.month())])),
                ("day", &local.day()),
                ("year", &local.year()),
            ],
        )
    }

    /// Whether two moments are on one day here.
    #[must_use]
    pub fn is_same_day(&self, one: Moment, other: Moment) -> bool {
        self.local(one).map(|local| local.date_naive()) == self.local(other).map(|local| local.date_naive())
    }

    /// A moment of the day to the second, for the window of some samples: `09:00:10`.
    #[must_use]
    pub fn clock(&self, moment: Moment) -> String {
        self.local(moment).map_or_else(|| moment.0.to_string(), |local| local.format("%H:%M:%S").to_string())
    }

    /// A moment to the second with its whole day, for what is kept for years: `2026-11-23 09:00:10`.
    #[must_use]
    pub fn stamp(&self, moment: Moment) -> String {
        let said = self.local(moment).map(|local| local.format("%Y-%m-%d %H:%M:%S").to_string());
        said.unwrap_or_else(|| moment.0.to_string())
    }

    /// A length of time in its two greatest units: `4 min 30 s`.
    #[must_use]
    pub fn span(&self, span: Span) -> String {
        if span.0 > 0 && span.0 < 1_000 {
            return self.with("span-milliseconds", &[("n", &span.0)]);
        }
        let mut left = span.0;
        let mut parts: Vec<String> = Vec::new();
        for (key, unit) in UNITS {
            let n = left / unit;
            left %= unit;
            if n > 0 {
                parts.push(self.with(key, &[("n", &n)]));
            }
            if parts.len() == 2 || (n == 0 && !parts.is_empty()) {
                break;
            }
        }
        match parts.as_slice() {
            [] => self.with("span-seconds", &[("n", &0)]),
            [one] => one.clone(),
            [first, second, ..] => self.with("span-two", &[("first", first), ("second", second)]),
        }
    }

    /// A measured number, without digits that mean nothing: `0.0532`, `12`, `0.00003`.
    #[must_use]
    pub fn number(&self, value: f64) -> String {
        if !value.is_finite() {
            return value.to_string();
        }
        // What is not nothing must not look like it.
        let shows = |digits: &usize| format!("{value:.digits$}").contains(|c: char| matches!(c, '1'..='9'));
        let digits = match (4..=12).find(shows) {
            _ if value.abs() >= 100.0 => 1,
            Some(more @ 5..) => more + 1,
            _ => 4,
        };
        let text = format!("{value:.digits$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// Days of the week, Monday = 0: those that follow each other as a range.
    pub(super) fn days(&self, text: &str) -> Option<String> {
        let days: Vec<u8> =
            text.split(',').map(|day| day.parse().ok().filter(|day| *day < 7)).collect::<Option<_>>()?;
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for day in days {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => ranges.push((day, day)),
            }
        }
        let name = |day: u8| self.with("weekday", &[("n", &(day + 1))]);
        let said: Vec<String> = ranges
            .into_iter()
            .map(|(first, last)| match last - first {
                0 => name(first),
                _ => self.with("weekday-range", &[("first", &name(first)), ("last", &name(last))]),
            })
            .collect();
        Some(self.list(&said))
    }

    fn local(&self, moment: Moment) -> Option<DateTime<Tz>> {
        DateTime::from_timestamp_millis(moment.0).map(|utc| utc.with_timezone(&self.zone))
    }
}

fn two(n: u32) -> String {
    format!("{n:02}")
}
