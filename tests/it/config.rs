//! The config: what a good one gives, and what a bad one is told.

mod design;
mod diagnostics;
mod gates;
mod misled;
mod mistakes;
mod never;
mod people;
mod prometheus;
mod reading;
mod schema;
mod variables;
pub(crate) mod words;

use shipgate::config::{self, Config, Problem};

/// A file in which everything is right; the parts that a test changes stand between these.
pub(crate) const HEAD: &str = r#"
[people]
ada = ["terminal:ada", "api:ada", "discord:user:20"]
bob = ["terminal:bob"]
[groups]
releasers = ["ada", "bob"]
[permissions]
promote = ["releasers"]
approve = ["releasers"]
rollback = ["releasers"]
[[apps]]
name = "hello"
[[apps.environments]]
name = "staging"
url = "https://hello-staging.example.org/"
target = { kind = "fly", app = "hello-staging" }
"#;

/// The heading of a second environment.
pub(crate) const PRODUCTION: &str = r#"
[[apps.environments]]
name = "production"
url = "https://hello.example.org"
target = { kind = "fly", app = "hello" }
"#;

/// Reads a file that must be good.
#[track_caller]
pub(crate) fn good(text: &str) -> Config {
    match config::read(text, "shipgate.toml") {
        Ok(config) => {
            schema::takes(text);
            config
        }
        Err(problems) => panic!("not good:\n{}", told(&problems)),
    }
}

/// The first environment with some lines added.
#[track_caller]
pub(crate) fn staging(lines: &str) -> config::Environment {
    good(&format!("{HEAD}{lines}")).apps[0].environments[0].clone()
}

/// The second environment with some lines added.
#[track_caller]
pub(crate) fn production(lines: &str) -> config::Environment {
    good(&format!("{HEAD}{PRODUCTION}{lines}")).apps[0].environments[1].clone()
}

/// What people are told about a bad file.
#[track_caller]
pub(crate) fn bad(text: &str) -> String {
    match config::read(text, "shipgate.toml") {
        Ok(_) => panic!("that was read as a good config"),
        Err(problems) => {
            schema::agrees(text, &problems);
            told(&problems)
        }
    }
}

/// What people are told about lines added to the first environment, counted from those lines.
#[track_caller]
pub(crate) fn bad_in_staging(lines: &str) -> String {
    numbered_from(&bad(&format!("{HEAD}{lines}")), HEAD)
}

/// The same for the second environment.
#[track_caller]
pub(crate) fn bad_in_production(lines: &str) -> String {
    numbered_from(&bad(&format!("{HEAD}{PRODUCTION}{lines}")), &format!("{HEAD}{PRODUCTION}"))
}

pub(crate) fn told(problems: &[Problem]) -> String {
    let both = |problem: &Problem| {
        // Every message must have words in every language, not only in the one that the test looks at.
        config::LOCALES.map(|locale| problem.render(|note| words::say(locale, note)))[0].clone()
    };
    problems.iter().map(both).collect::<Vec<_>>().join("\n")
}

fn numbered_from(told: &str, head: &str) -> String {
    let offset = head.matches('\n').count();
    let line = |line: &str| match line.strip_prefix("shipgate.toml:").and_then(|rest| rest.split_once(':')) {
        Some((number, rest)) => format!("+{}:{rest}", number.parse::<usize>().unwrap() - offset),
        None => line.to_owned(),
    };
    told.lines().map(line).collect::<Vec<_>>().join("\n")
}
