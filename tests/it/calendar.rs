//! Windows and freezes in every zone, round each change of the clocks, compared with what a clock on the wall says there.

use std::collections::BTreeMap;

use chrono::{
    DateTime, Datelike as _, Duration, NaiveDateTime, NaiveTime, Offset as _, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde_json::json;
use shipgate::domain::{
    Deployment, Facts, Freeze, Gate, GateProgress, GateRule, GateState, Moment, When, Window, survey,
};

/// How far round a change it is looked, and in what steps.
const ROUND: Duration = Duration::hours(5);
const STEP: Duration = Duration::minutes(5);

/// Where, as seen from the time that the clocks show when they change, windows begin and end, in minutes.
const MARKS: [i64; 8] = [-75, -45, -30, 0, 15, 30, 60, 90];

#[test]
fn windows_and_freezes_keep_to_the_clock_on_the_wall_round_every_change_of_the_clocks() {
    let changes = changes();
    assert!(changes.len() >= 8, "few changes: {changes:?}");
    for change in changes {
        let wall = Wall::round(change);
        for (n, from) in MARKS.iter().enumerate() {
            for to in &MARKS[n + 1..] {
                wall.compare(Duration::minutes(*from), Duration::minutes(*to));
            }
        }
    }
}

#[test]
fn whole_days_keep_to_the_date_on_the_wall_round_every_change_of_the_clocks() {
    for change in changes() {
        let wall = Wall::round(change);
        let today = change.shown.date();
        for day in [today - Duration::days(1), today, today + Duration::days(1)] {
            let weekday = u8::try_from(day.weekday().num_days_from_monday()).expect("a day of the week");
            let (from, to) = (day.and_time(NaiveTime::MIN), (day + Duration::days(1)).and_time(NaiveTime::MIN));
            wall.compare_with(wall.window(vec![weekday], 0, 1_440), from, to);
        }
    }
}

/// A change of the clocks: where, the first minute after it, and what they showed as it came.
#[derive(Clone, Copy, Debug)]
struct Change {
    zone: Tz,
    at: DateTime<Utc>,
    shown: NaiveDateTime,
}

fn offset(zone: Tz, at: DateTime<Utc>) -> Duration {
    Duration::seconds(i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()))
}

/// Every change of two years, one of those that are alike: from the same time of day by as much.
fn changes() -> Vec<Change> {
    let begin = Utc.with_ymd_and_hms(2025, 1, 1, 0, 0, 0).single().expect("a moment");
    let mut found = BTreeMap::new();
    for zone in TZ_VARIANTS {
        for n in 0..365 {
            let (mut before, mut after) = (begin + Duration::days(2 * n), begin + Duration::days(2 * n + 2));
            let by = offset(zone, after) - offset(zone, before);
            if by.is_zero() {
                continue;
            }
            while after - before > Duration::minutes(1) {
                let middle = before + Duration::minutes((after - before).num_minutes() / 2);
                if offset(zone, middle) == offset(zone, before) { before = middle } else { after = middle }
            }
            let shown = after.naive_utc() + offset(zone, before);
            let alike = (shown.num_seconds_from_midnight(), by.num_minutes());
            found.entry(alike).or_insert(Change { zone, at: after, shown });
        }
    }
    found.into_values().collect()
}

/// What the wall shows round a change: for each moment the time, and the latest shown before and the earliest shown
/// after it, which differ from it where an hour comes twice.
struct Wall {
    change: Change,
    minutes: Vec<(DateTime<Utc>, NaiveDateTime, NaiveDateTime)>,
}

impl Wall {
    fn round(change: Change) -> Self {
        let count = i32::try_from(2 * ROUND.num_minutes() / STEP.num_minutes()).expect("few");
        let moments: Vec<_> = (0..count).map(|n| change.at - ROUND + STEP * n).collect();
        let shown: Vec<_> = moments.iter().map(|at| at.naive_utc() + offset(change.zone, *at)).collect();
        let minutes = moments.iter().enumerate().map(|(n, at)| {
            let latest = shown[..=n].iter().max().expect("itself");
            let earliest = shown[n..].iter().min().expect("itself");
            (*at, *latest, *earliest)
        });
        Self { change, minutes: minutes.collect() }
    }

    /// A window, and freezes, from one time to another.
    fn compare(&self, from: Duration, to: Duration) {
        let (from, to) = (self.change.shown + from, self.change.shown + to);
        let minute =
            |at: NaiveDateTime| u16::try_from(at.num_seconds_from_midnight() / 60).expect("a minute of the day");
        self.compare_with(self.window((0..7).collect(), minute(from), minute(to)), from, to);
    }

    fn window(&self, days: Vec<u8>, from: u16, to: u16) -> Window {
        Window { time_zone: self.change.zone.name().to_owned(), days, from, to, except: Vec::new() }
    }

    /// A window that is open from one time to another, and freezes from the one to the other.
    fn compare_with(&self, window: Window, from: NaiveDateTime, to: NaiveDateTime) {
        let time_zone = window.time_zone.clone();
        let text = |at: NaiveDateTime| at.format(Freeze::FORMAT).to_string();
        let once = Freeze::Dates { time_zone, from: text(from), to: text(to) };
        let open = Gated::by(GateRule::Window(vec![window.clone()]));
        let weekly = Gated::by(GateRule::Freeze(vec![Freeze::Week(window)]));
        let once = Gated::by(GateRule::Freeze(vec![once]));
        for (at, latest, earliest) in &self.minutes {
            let said = |what: &str| format!("{what} {from} to {to}, at {at}: {:?}", self.change);
            assert_eq!(open.is_open(*at), from <= *latest && *latest < to, "{}", said("a window"));
            let freezes = from <= *latest && *earliest < to;
            assert_eq!(!weekly.is_open(*at), freezes, "{}", said("a freeze of every week"));
            assert_eq!(!once.is_open(*at), freezes, "{}", said("a freeze"));
        }
    }
}

/// A deployment that one gate decides.
struct Gated(Deployment);

impl Gated {
    fn by(rule: GateRule) -> Self {
        let who = json!({"identity": "terminal:ada", "name": "ada"});
        let release = json!({
            "app": "hello", "version": "v1", "image": "i", "digest": "d", "one_way": false, "registered_at": 0,
        });
        let mut deployment: Deployment = serde_json::from_value(json!({
            "id": "d1", "app": "hello", "environment": "staging", "kind": "deploy", "release": release, "from": null,
            "reason": null, "requested_by": who, "requested_at": 0, "gives_up_at": 1, "phase": "entering",
            "phase_since": 0, "revision": 1, "plan": null, "gates": [], "asked_at": null, "attempt": 0,
            "settling": false, "rules": [], "undecided_until": null, "cause": null, "outcome": null, "closed_at": null,
        }))
        .expect("a deployment");
        deployment.gates = vec![GateProgress::new(&Gate { name: "when".to_owned(), rule }, When::Before)];
        Self(deployment)
    }

    fn is_open(&self, at: DateTime<Utc>) -> bool {
        let facts = Facts {
            now: Moment(at.timestamp_millis()),
            actor: None,
            before: None,
            policy: None,
            releases: Vec::new(),
            evidence: Vec::new(),
            evidence_before: Vec::new(),
            quarantine: Vec::new(),
            lock: None,
            app_lock: None,
            halt: None,
            closed: None,
        };
        survey(&self.0, &facts)[0].state == GateState::Passed
    }
}
