//! The README says what the code does: commands, keys of the config, variables, addresses, codes.

use std::collections::BTreeSet;

use shipgate::command::TABLE;
use shipgate::config;
use shipgate::domain::Permission;
use shipgate::words::Words;

use super::{files, none, text};

#[test]
fn the_readme_has_each_command_as_it_is_typed() {
    let words = Words::new("en");
    let commands = section("README.md", "## Commands");
    let usage = TABLE.iter().map(|spec| spec.usage(|argument| words.get(&format!("argument-{}", argument.word()))));
    let known: BTreeSet<_> = usage.collect();
    let told: BTreeSet<_> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("| `/")?.split('`').next())
        .map(|u| format!("/{u}"))
        .collect();
    assert_eq!(told, known);
}

#[test]
fn the_config_in_the_readme_is_a_good_one() {
    let readme = text("README.md");
    let blocks: Vec<_> = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(!blocks.is_empty(), "the README shows no config");
    for block in blocks {
        if let Err(problems) = config::read(block, "README.md") {
            panic!("{block}\n{}", crate::config::told(&problems));
        }
    }
}

#[test]
fn the_readme_has_each_key_of_the_config_and_no_other() {
    let told: BTreeSet<_> = rows(&section("README.md", "## Configuration"))
        .iter()
        .flat_map(|row| ticked(row))
        .filter_map(|key| key.split('.').next_back().map(str::to_owned))
        .filter(|key| key != "NAME")
        .collect();
    let known = keys();
    let apart: Vec<_> = told.symmetric_difference(&known).collect();
    assert!(apart.is_empty(), "on one side only: {apart:?}");
}

#[test]
fn the_readme_has_each_variable() {
    let read = text("src/config/variables.rs");
    let named = |part: &&str| part.len() > 3 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let known: BTreeSet<_> = read.split('"').filter(named).map(str::to_owned).collect();
    let told: BTreeSet<_> =
        rows(&section("README.md", "## Environment variables")).iter().flat_map(|row| ticked(row)).collect();
    assert_eq!(told, known);
}

#[test]
fn the_readme_has_each_address_with_a_call_of_it() {
    let readme = section("README.md", "## JSON API");
    let source: String = files("src/http", ".rs").iter().map(|path| text(path)).collect();
    let mut complaints = Vec::new();
    for route in source.split(".route(").skip(1) {
        // An address that is not written down in place is one that there is nothing at.
        let Some(path) = route.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        let method = if route.split(')').next().unwrap_or_default().contains("post(") { "POST" } else { "GET" };
        let whole = match path {
            "/health" | "/ready" | "/metrics" => path.to_owned(),
            _ => format!("/api/v1{path}"),
        };
        if !readme.contains(&format!("`{method} {whole}`")) {
            complaints.push(format!("the README does not name {method} {whole}"));
        }
    }
    none(&complaints);
}

#[test]
fn the_changelog_begins_with_what_is_not_released_yet() {
    let changelog = text("CHANGELOG.md");
    let first = changelog.lines().find_map(|line| line.strip_prefix("## ")).unwrap_or_default();
    assert_eq!(first, "[Unreleased]");
}

/// A section of a document, from its heading to the next of the same depth.
#[track_caller]
fn section(path: &str, heading: &str) -> String {
    let document = text(path);
    let begins = format!("\n{heading}\n");
    let Some((_, rest)) = document.split_once(&begins) else { panic!("{path} has no {heading}") };
    let depth = heading.chars().take_while(|letter| *letter == '#').count();
    let next = format!("\n{} ", "#".repeat(depth));
    rest.split(&next).next().unwrap_or_default().to_owned()
}

/// The first cells of a section's tables.
fn rows(section: &str) -> Vec<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.filter(|cell| cell.starts_with('`')).map(str::to_owned).collect()
}

/// What stands between backticks.
fn ticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every key that the config reads, out of its source: what its tables are asked for.
fn keys() -> BTreeSet<String> {
    let source: String = files("src/config/file", ".rs").iter().map(|path| text(path)).collect();
    let asked = ["required(", "optional(", "maybe(", "either(", "tables("].into_iter().flat_map(|call| {
        let after = source.split(call).skip(1);
        after.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
    });
    let mut keys: BTreeSet<String> = asked.filter(|key| *key != "database").map(str::to_owned).collect();
    let deciders = source.split("const DECIDERS").nth(1).and_then(|rest| rest.split(';').nth(1)).unwrap_or_default();
    keys.extend(deciders.split('"').skip(1).step_by(2).map(str::to_owned));
    keys.extend(["people", "groups", "permissions", "before", "after"].map(str::to_owned));
    keys.extend(Permission::ALL.map(|permission| permission.word().to_owned()));
    keys
}
