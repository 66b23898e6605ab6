//! The lines that are told beside a card, in as few messages as hold them.

use super::markup::{Dialect, units};
use crate::card::Detail;

/// Some of the lines in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The number of the last entry that is told to its end once this is posted.
    pub last: u64,
    /// What to post, marked up.
    pub content: String,
}

/// The lines in order, at most so many units in a message. The lines of one entry stay together where they can.
pub(super) fn batches(details: &[Detail], dialect: &dyn Dialect, most: usize) -> Vec<Batch> {
    let fits = |content: &str, line: &str| units(content) + 1 + units(line) <= most;
    let mut batches: Vec<Batch> = Vec::new();
    for entry in details.chunk_by(|one, other| one.seq == other.seq) {
        let seq = entry.iter().map(|detail| detail.seq).next().unwrap_or_default();
        let told = entry.iter().map(|detail| dialect.text(&detail.text).cut(most).to_string());
        let parts = packed(told.filter(|line| !line.trim().is_empty()), fits);
        let whole = parts.len() == 1;
        for part in parts {
            match batches.last_mut() {
                Some(last) if whole && fits(&last.content, &part) => {
                    last.content = format!("{}\n{part}", last.content);
                    last.last = seq;
                }
                // Of what is not told to its end, a restart must tell again.
                _ => batches.push(Batch { last: seq.saturating_sub(1), content: part }),
            }
        }
        if let Some(batch) = batches.last_mut() {
            batch.last = seq;
        }
    }
    batches
}

/// Lines in as few contents as hold them.
fn packed(lines: impl Iterator<Item = String>, fits: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let mut contents: Vec<String> = Vec::new();
    for line in lines {
        match contents.last_mut() {
            Some(last) if fits(last, &line) => *last = format!("{last}\n{line}"),
            _ => contents.push(line),
        }
    }
    contents
}
