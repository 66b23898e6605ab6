//! The card of a person's lock: posted when somebody holds an environment or a whole app, edited until it is free.

use super::deployment::short;
use super::{Button, ButtonStyle, Card, Press, Row, Tone};
use crate::domain::{Entry, What};
use crate::view::LockView;
use crate::words::{LINE, NAME, Words, harmless};

/// The card of a lock.
#[must_use]
pub fn lock(view: &LockView, words: &Words) -> Card {
    let words = &words.here(&view.time_zone, view.now);
    let (lock, holds) = (&view.lock, view.ended_at.is_none());
    let owner = harmless(&lock.owner.as_ref().map(|owner| owner.name.clone()).unwrap_or_default(), NAME);
    let place = place(view, words);
    let (title, means) = match (holds, lock.reserved) {
        (false, _) => ("lock-title-over", "lock-over"),
        (true, true) => ("lock-title-reserved", "lock-reserved"),
        (true, false) => ("lock-title", "lock-means"),
    };
    let args: [(&str, &dyn std::fmt::Display); 3] = [("place", &place), ("name", &owner), ("typed", &typed(view))];
    let mut rows = vec![Row::text(words.with(means, &args))];
    if !lock.reason.is_empty() {
        rows.push(Row::field(words.get("card-reason"), harmless(&lock.reason, LINE)));
    }
    let by = words.with("card-asked-by", &[("name", &owner), ("at", &lock.at.0)]);
    if !lock.reserved {
        rows.push(Row::field(words.get("lock-by"), by));
    }
    rows.extend(lifted(view, words));
    if holds {
        let next: Vec<String> = lock.next.iter().map(|who| harmless(&who.name, NAME)).collect();
        if !next.is_empty() {
            rows.push(Row::field(words.get("lock-next"), words.list(&next)));
        }
        match lock.expires_at {
            Some(until) => rows.push(Row::Countdown { text: words.get("halt-ends"), until }),
            None => rows.push(Row::text(words.get("lock-endless"))),
        }
    }
    Card {
        title: words.with(title, &args),
        tone: if holds { Tone::Warning } else { Tone::Plain },
        rows,
        buttons: if holds { buttons(view, words) } else { Vec::new() },
        footer: words.with("lock-footer", &[("id", &short(&lock.id))]),
        environment: Some(view.environment.clone()).filter(|name| !name.is_empty()),
        time_zone: Some(view.time_zone.clone()),
    }
}

/// The answer to the person who asked.
pub(super) fn answer(view: &LockView, waits_behind: Option<usize>, words: &Words) -> Card {
    let card = lock(view, words);
    let said = match waits_behind {
        None => card.title,
        Some(0) => words.get("done-next"),
        Some(others) => {
            let before = view.lock.next.get(others - 1).map(|who| harmless(&who.name, NAME)).unwrap_or_default();
            words.with("done-next-later", &[("place", &(others + 1)), ("name", &before)])
        }
    };
    Card::page(said, Tone::Good, card.rows).in_zone(&view.time_zone)
}

/// What is said once about a lock.
#[must_use]
pub fn lock_message(entry: &Entry, view: &LockView, words: &Words) -> String {
    let words = &words.here(&view.time_zone, view.now);
    let name = |who: &crate::domain::Who| harmless(&who.name, NAME);
    let by = entry.by.as_ref().map(name).unwrap_or_default();
    // Whom the entry names: by now it may be another's.
    let then = match &entry.what {
        What::Locked { lock } => lock,
        _ => &view.lock,
    };
    let owner = then.owner.as_ref().map(name).unwrap_or_default();
    let args: [(&str, &dyn std::fmt::Display); 6] = [
        ("place", &place(view, words)),
        ("by", &by),
        ("name", &owner),
        ("typed", &typed(view)),
        ("reason", &harmless(&view.lock.reason, LINE)),
        ("until", &then.expires_at.unwrap_or_default().0),
    ];
    words.with(
        match (&entry.what, &entry.by) {
            (What::LockWanted { .. }, _) => "say-lock-wanted",
            (What::LockReminded { .. }, _) => "say-lock-reminded",
            (What::Locked { lock }, _) if lock.reserved => "say-lock-reserved",
            (_, Some(_)) => "say-unlocked-by",
            (_, None) if then.reserved => "say-not-taken",
            (_, None) => "say-unlocked",
        },
        &args,
    )
}

/// Whether what an entry tells of a lock is no news any more: a chat that was away is not to call people to what is over.
#[must_use]
pub fn lock_is_past(entry: &Entry, view: &LockView) -> bool {
    let (lock, is_over) = (&view.lock, view.ended_at.is_some());
    match &entry.what {
        What::LockWanted { .. } => {
            let waits = entry.by.as_ref().is_some_and(|by| lock.next.iter().any(|next| next.is(by)));
            // Once it was handed on, its owner is not the one who was asked.
            is_over || !waits || lock.at > entry.at
        }
        What::LockReminded { .. } => is_over || !lock.reminded,
        What::Locked { lock: then } if then.reserved => is_over || !lock.reserved || lock.owner != then.owner,
        _ => false,
    }
}

/// What is held: an environment of an app, or all of it.
fn place(view: &LockView, words: &Words) -> String {
    let app = harmless(&view.app, NAME);
    if view.environment.is_empty() {
        return words.with("lock-place-app", &[("app", &app)]);
    }
    words.with("lock-place", &[("app", &app), ("environment", &harmless(&view.environment, NAME))])
}

/// How it is named in a command.
fn typed(view: &LockView) -> String {
    if view.environment.is_empty() { crate::command::ALL.to_owned() } else { view.environment.clone() }
}

fn lifted(view: &LockView, words: &Words) -> Option<Row> {
    let at = view.ended_at?;
    let said = match &view.ended_by {
        Some(who) => words.with("card-asked-by", &[("name", &harmless(&who.name, NAME)), ("at", &at.0)]),
        None => words.with("halt-lifted-by-clock", &[("at", &at.0)]),
    };
    Some(Row::field(words.get("halt-lifted"), said))
}

fn buttons(view: &LockView, words: &Words) -> Vec<Button> {
    let english = Words::new("en");
    let button = |key: &str, style: ButtonStyle, press: Press| Button {
        label: words.get(key),
        english: english.get(key),
        style,
        press,
    };
    let lock = || view.lock.id.clone();
    vec![
        button("button-next", ButtonStyle::Secondary, Press::Next { lock: lock() }),
        button("button-unlock", ButtonStyle::Danger, Press::Unlock { lock: lock() }),
    ]
}
