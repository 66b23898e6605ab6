//! The README says what the code does.

use shipgate::config;

use super::text;

/// Every command that people can type.
const COMMANDS: [&str; 16] = [
    "deploy",
    "promote",
    "rollback",
    "smoke",
    "status",
    "why",
    "history",
    "release",
    "approve",
    "reject",
    "confirm",
    "abort",
    "lock",
    "unlock",
    "unquarantine",
    "help",
];

#[test]
fn the_readme_names_every_command() {
    let readme = text("README.md");
    for command in COMMANDS {
        assert!(readme.contains(&format!("`/{command}")), "the README does not name /{command}");
    }
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
