//! The rules of the repository, held against the repository: what may import what, what each file must have, and
//! that the files around the code (fly.io, workflows, README, examples) say what the code does.

pub(crate) mod codes;
mod documents;
mod imports;
mod program;
mod project;
mod readme;
mod source;
mod tokens;

use std::path::{Path, PathBuf};

/// A path in the repository.
fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file in the repository.
#[track_caller]
fn text(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder with an ending, as paths in the repository, in order.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![at(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

/// Fails with every complaint at once.
#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
