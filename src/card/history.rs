//! What was deployed: one app with why each ended as it did, several in a line each, so that it stays on a screen.

use super::deployment::{mark, status_of};
use super::{Card, Row, Tone, cause, parts};
use crate::domain::{Kind, Moment};
use crate::view::HistoryLine;
use crate::words::{LINE, NAME, Words, harmless};

/// More lines than this say in brief why each ended so.
const FEW: usize = 8;
const BRIEF: usize = 60;

/// The page of one app or several, everywhere or in one environment.
pub(super) fn page(
    (apps, environment): (&[String], Option<&str>),
    lines: &[HistoryLine],
    now: Moment,
    words: &Words,
) -> Card {
    let key = match (apps, environment) {
        ([_], None) => "history-title",
        ([_], Some(_)) => "history-title-in",
        (_, None) => "history-title-all",
        (_, Some(_)) => "history-title-all-in",
    };
    let (app, environment) = (apps.first().cloned().unwrap_or_default(), environment.unwrap_or_default());
    let title = words.with(key, &[("app", &app), ("environment", &environment), ("n", &apps.len())]);
    let zone = lines.first().map(|line| line.time_zone.as_str());
    let is_one_zone = lines.iter().all(|line| Some(line.time_zone.as_str()) == zone);
    let look = Look { is_one_app: apps.len() == 1, is_one_zone, most: if lines.len() > FEW { BRIEF } else { LINE } };
    let mut rows: Vec<Row> = lines.iter().map(|line| past(line, &look, &words.here(&line.time_zone, now))).collect();
    if rows.is_empty() {
        rows.push(Row::text(words.get("history-empty")));
    } else if apps.len() > 1 {
        rows.push(Row::text(words.get("history-foot")));
    }
    let mut card = Card::page(title, Tone::Plain, rows);
    let said = zone.filter(|_| is_one_zone).map(|zone| words.with("history-zone", &[("zone", &zone)]));
    card.footer = said.unwrap_or_default();
    card
}

/// What the lines of a page have in common.
struct Look {
    is_one_app: bool,
    is_one_zone: bool,
    /// How long the reason of an end may be.
    most: usize,
}

/// A deployment in a line: how it ended, when, who asked; of one app how long it took, and why it did not succeed.
fn past(line: &HistoryLine, look: &Look, words: &Words) -> Row {
    let d = &line.deployment;
    let took = |end: Moment| words.with("history-took", &[("span", &end.since(d.requested_at).0)]);
    let key = if d.kind == Kind::Rollback { "history-line-back" } else { "history-line" };
    let what = words.with(key, &[("version", &d.release.version), ("environment", &d.environment)]);
    let at = if look.is_one_zone { words.time_short(d.requested_at) } else { words.time(d.requested_at) };
    let mut detail = vec![status_of(d, words), at, harmless(&d.requested_by.name, NAME)];
    if look.is_one_app {
        let why = d.cause.as_ref().and_then(|why| cause::sentence(why, d, words)).unwrap_or_default();
        detail.extend([d.closed_at.map(took).unwrap_or_default(), cut(&why, look.most)]);
    } else {
        detail.insert(0, what.clone());
    }
    let text = if look.is_one_app { what } else { harmless(&d.app, NAME) };
    Row::item(mark(d), text, parts(&detail))
}

/// A sentence of ours, not longer than that.
fn cut(said: &str, most: usize) -> String {
    let mut cut: String = said.chars().take(most).collect();
    if cut.len() < said.len() {
        cut.push('…');
    }
    cut
}
