//! The card of a halt: posted when everything is stopped, edited when it may go on.

use super::deployment::short;
use super::{Button, ButtonStyle, Card, Press, Row, Tone};
use crate::domain::{Entry, What};
use crate::view::HaltView;
use crate::words::{LINE, NAME, Words, harmless};

/// The card of a halt.
#[must_use]
pub fn halt(view: &HaltView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let holds = view.halt.lifted_at.is_none();
    let mut rows = vec![Row::text(words.get(if holds { "halt-means" } else { "halt-over" }))];
    rows.push(Row::field(words.get("card-reason"), harmless(&view.halt.reason, LINE)));
    let asked =
        words.with("card-asked-by", &[("name", &harmless(&view.halt.owner.name, NAME)), ("at", &view.halt.at.0)]);
    rows.push(Row::field(words.get("halt-by"), asked));
    rows.extend(lifted(view, words));
    if holds {
        if !view.held.is_empty() {
            rows.push(Row::field(words.get("halt-held"), words.list(&held(view, words))));
        }
        match view.halt.expires_at {
            Some(until) => rows.push(Row::Countdown { text: words.get("halt-ends"), until }),
            None => rows.push(Row::text(words.get("halt-endless"))),
        }
    }
    Card {
        title: words.get(if holds { "halt-title" } else { "halt-title-over" }),
        tone: if holds { Tone::Warning } else { Tone::Plain },
        rows,
        buttons: if holds { vec![button(view, words)] } else { Vec::new() },
        footer: words.with("halt-footer", &[("id", &short(&view.halt.id))]),
        environment: None,
        time_zone: Some(view.time_zone.clone()),
    }
}

/// The answer to the person who asked.
pub(super) fn answer(view: &HaltView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let said = match (view.halt.lifted_at, view.halt.expires_at) {
        (Some(_), _) => words.get("done-resume"),
        (None, None) => words.with("done-halt", &[("reason", &view.halt.reason)]),
        (None, Some(until)) => words.with("done-halt-until", &[("reason", &view.halt.reason), ("until", &until.0)]),
    };
    let is_over = view.halt.lifted_at.is_some();
    let next = if is_over { "done-resume-next" } else { "halt-means" };
    let mut rows = vec![Row::text(words.get(next))];
    // Where a command is one line, its end is told from its reason by how it is written.
    if view.halt.expires_at.is_some() && !is_over && !words.are_in_fields() {
        rows.push(Row::text(words.get("done-halt-until-next")));
    }
    Card::page(said, if is_over { Tone::Good } else { Tone::Warning }, rows)
}

/// What is said once about a halt.
#[must_use]
pub fn halt_message(entry: &Entry, view: &HaltView, words: &Words) -> String {
    let words = &words.here(&view.time_zone, view.now);
    let reason = harmless(&view.halt.reason, LINE);
    let again = if view.is_halted_again { "yes" } else { "no" };
    match (&entry.what, &entry.by) {
        (What::Resumed { .. }, Some(by)) => {
            words.with("say-resumed-by", &[("name", &by.name), ("reason", &reason), ("again", &again)])
        }
        (What::Resumed { .. }, None) => words.with("say-resumed", &[("reason", &reason), ("again", &again)]),
        _ => words.with("say-halt-reminded", &[("at", &view.halt.at.0), ("reason", &reason)]),
    }
}

/// Whether what an entry tells of a halt is no news any more: it is over, was changed, or was reminded of again.
#[must_use]
pub fn halt_is_past(entry: &Entry, view: &HaltView) -> bool {
    let reminds = matches!(entry.what, What::HaltReminded { .. });
    reminds && (view.halt.lifted_at.is_some() || view.halt.reminded_at != Some(entry.at))
}

fn lifted(view: &HaltView, words: &Words) -> Option<Row> {
    let at = view.halt.lifted_at?;
    let said = match &view.halt.lifted_by {
        Some(who) => words.with("card-asked-by", &[("name", &harmless(&who.name, NAME)), ("at", &at.0)]),
        None => words.with("halt-lifted-by-clock", &[("at", &at.0)]),
    };
    Some(Row::field(words.get("halt-lifted"), said))
}

fn held(view: &HaltView, words: &Words) -> Vec<String> {
    let line = |(app, version, environment): &(String, String, String)| {
        words.with("card-thread", &[("app", app), ("version", version), ("environment", environment)])
    };
    view.held.iter().map(line).collect()
}

fn button(view: &HaltView, words: &Words) -> Button {
    let press = Press::Resume { halt: view.halt.id.clone() };
    let (label, english) = (words.get("button-resume"), Words::new("en").get("button-resume"));
    Button { label, english, style: ButtonStyle::Primary, press }
}
