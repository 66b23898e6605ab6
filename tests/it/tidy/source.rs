//! What every source file must have, and must not.

use super::{files, none, text};

/// The hard stop; 400 is what to aim at.
const LONGEST_FILE: usize = 600;

fn sources() -> Vec<String> {
    [files("src", ".rs"), files("tests", ".rs")].concat()
}

#[test]
fn every_file_begins_with_what_it_is() {
    let lacks = |path: &String| !text(path).starts_with("//! ");
    none(&sources().into_iter().filter(lacks).map(|path| format!("{path} has no module docs")).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long() {
    let lines = |path: String| (text(&path).lines().count(), path);
    let long = sources().into_iter().map(lines).filter(|(lines, _)| *lines > LONGEST_FILE);
    none(&long.map(|(lines, path)| format!("{path} has {lines} lines; make a folder of it")).collect::<Vec<_>>());
}

#[test]
fn the_process_under_test_is_the_process_that_ships() {
    let seam = ["cfg", "(test)"].concat();
    let has = |path: &String| text(path).contains(&seam) || text(path).contains("cfg!(test)");
    none(
        &files("src", ".rs")
            .into_iter()
            .filter(has)
            .map(|path| format!("{path} switches on {seam}"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn no_test_is_skipped_or_waits_for_the_clock() {
    let banned = [["#[ign", "ore"].concat(), ["thread::sl", "eep"].concat(), ["tokio::time::sl", "eep("].concat()];
    let mut complaints = Vec::new();
    for path in files("tests", ".rs") {
        for word in &banned {
            if text(&path).contains(word) {
                complaints.push(format!("{path} has {word}"));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let places = [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat()];
    let mut complaints = Vec::new();
    let folders = ["src", "docs", "locales", "examples", "script", ".github"].map(|folder| files(folder, ""));
    let documents = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(String::from);
    let alone = ["Dockerfile", "fly.toml", "fly-staging.toml", "Cargo.toml", ".ci/run"].map(String::from);
    let tests = files("tests/it", ".rs");
    for path in folders.into_iter().flatten().chain(tests).chain(documents).chain(alone) {
        for place in &places {
            if text(&path).contains(place.as_str()) {
                complaints.push(format!("{path} names a place on somebody's machine: {place}"));
            }
        }
    }
    none(&complaints);
}
