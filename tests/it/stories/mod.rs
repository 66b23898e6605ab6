//! Transcripts of the pure core: a story is a text of setup lines, event lines (`>`) and questions (`?`); its golden file
//! shows what the core made of each. One check for all; operators can read them.
//!
//! A step's entries are folded a second time from the state before, and must give the state after: that is done here
//! for every line of every story.

mod looking;
mod setup;
mod shell;
mod telling;
mod written;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use shell::Shell;
use shipgate::domain::{Deployment, Entry};

#[test]
fn every_story_goes_as_written() {
    let mut seen = BTreeSet::new();
    for path in story_files() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a readable story");
        let (transcript, codes) = tell(&text);
        seen.extend(codes);
        insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, transcript);
        });
    }
    let missing: Vec<&str> = every_word().into_iter().filter(|word| !seen.contains(*word)).collect();
    assert!(missing.is_empty(), "no story shows: {}", missing.join(", "));
}

/// The ledger that a story leaves, numbered, and its deployments.
pub(crate) fn played(file: &str, title: &str) -> (Vec<(u64, Entry)>, Vec<Deployment>) {
    let text = std::fs::read_to_string(Path::new("tests/it/stories").join(file)).expect("a readable story");
    let stories: Vec<&str> = text.split("== ").collect();
    let story = stories.iter().find(|story| story.starts_with(&format!("{title}\n"))).expect(title);
    let mut shell = Shell::default();
    for line in story.lines().skip(1) {
        match line.strip_prefix("> ") {
            Some(event) => drop(shell.hear(event)),
            None if line.trim().is_empty() || line.starts_with('#') => {}
            None => setup::prepare(&mut shell, line),
        }
    }
    let held = [shell.environment.current.clone(), shell.environment.queued.clone()];
    let deployments = shell.closed.into_iter().chain(held.into_iter().flatten()).collect();
    ((1..).zip(shell.ledger).collect(), deployments)
}

/// Everything that some story must reach: phases, outcomes, causes, ledger kinds and refusal codes.
fn every_word() -> Vec<&'static str> {
    include_str!("words.txt").split_whitespace().collect()
}

fn story_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stories");
    let files = std::fs::read_dir(folder).expect("the stories").filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|p| p.extension().is_some_and(|e| e == "txt") && !p.ends_with("words.txt")).collect();
    files.sort();
    files
}

fn tell(text: &str) -> (String, BTreeSet<String>) {
    let mut shell = Shell::default();
    let mut out = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("== ") {
            shell = Shell { seen: std::mem::take(&mut shell.seen), ..Shell::default() };
            out.push_str(&format!("\n== {title}\n"));
        } else if let Some(event) = line.strip_prefix("> ") {
            out.push_str(&format!("> {event}\n"));
            for line in shell.hear(event) {
                out.push_str(&format!("    {line}\n"));
            }
        } else if let Some(question) = line.strip_prefix("? ") {
            out.push_str(&format!("? {question}\n"));
            for line in shell.look(question) {
                out.push_str(&format!("    {line}\n"));
            }
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            setup::prepare(&mut shell, line);
            out.push_str(&format!("{line}\n"));
        }
    }
    (out, shell.seen)
}
