//! What is offered to somebody who types: one line for each choice.

use super::parts;
use crate::view::VersionChoice;
use crate::words::{NAME, Words, harmless};

/// How much of a release's notes is shown.
const TITLE: usize = 40;

/// A version with what a person needs to recognise it: its age, what it is about, where it runs.
#[must_use]
pub fn version_choice(choice: &VersionChoice, words: &Words) -> String {
    let release = &choice.release;
    let age = words.with("choice-age", &[("span", &choice.now.since(release.registered_at).0)]);
    let runs = if choice.runs_in.is_empty() {
        String::new()
    } else {
        words.with("choice-runs", &[("environments", &words.list(&choice.runs_in))])
    };
    let first = |text: &String| harmless(text.lines().next().unwrap_or_default(), TITLE);
    let short = |commit: &String| harmless(commit, NAME).chars().take(7).collect();
    let title = release.notes.as_ref().map(first).or_else(|| release.commit.as_ref().map(short));
    parts(&[harmless(&release.version, NAME), runs, age, title.unwrap_or_default()])
}
