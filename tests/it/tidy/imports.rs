//! Which module may use what. The table is the rule; the rest reads the paths out of the source.
//!
//! To add a rule: a line in [`RULES`] or [`HOMES`].

use std::collections::BTreeSet;

use super::tokens::{is_name, tokens};
use super::{files, none, text};

/// A module, and the beginnings of paths that it must not use.
struct Rule {
    inside: &'static str,
    not: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        inside: "domain",
        not: &["tokio", "sqlx", "reqwest", "serenity", "poise", "axum", "tracing", "rand", "std::time", "std::env"],
    },
    Rule {
        inside: "command",
        not: &["tokio", "sqlx", "reqwest", "serenity", "axum", "std::fs", "std::net", "crate::service", "crate::chat"],
    },
    Rule {
        inside: "card",
        not: &["tokio", "sqlx", "reqwest", "serenity", "axum", "std::fs", "std::net", "crate::service", "crate::chat"],
    },
    Rule { inside: "store", not: &["crate::service", "crate::runner"] },
    Rule { inside: "service", not: &["crate::runner", "axum", "serenity"] },
    Rule { inside: "runner", not: &["axum", "serenity", "sqlx"] },
    Rule {
        inside: "targets",
        not: &["crate::store", "crate::service", "crate::runner", "crate::chat", "crate::checks", "crate::notify"],
    },
    Rule {
        inside: "checks",
        not: &["crate::store", "crate::service", "crate::runner", "crate::chat", "crate::targets", "crate::notify"],
    },
    Rule {
        inside: "notify",
        not: &["crate::store", "crate::service", "crate::runner", "crate::chat", "crate::targets", "crate::checks"],
    },
    Rule { inside: "chat", not: &["crate::store", "crate::domain::step", "crate::targets", "crate::checks"] },
    Rule { inside: "sim", not: &["crate::targets", "crate::domain", "crate::store", "crate::service"] },
];

/// What has few homes, and where they are.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("serenity", &["chat::discord"]),
    ("poise", &["chat::discord"]),
    ("axum", &["http", "sim"]),
    ("std::process::Command", &["process"]),
    ("tokio::process", &["process"]),
];

/// These know the traits of adapters, and no adapter.
const TRAITS_ONLY: &[&str] = &["store", "service", "runner"];

/// Adapters know nothing of each other: `targets::fly` must not use `targets::kubernetes`.
const ADAPTERS: &[(&str, &[&str])] = &[
    ("targets", &["fly", "kubernetes", "docker_ssh", "program"]),
    ("checks", &["http", "load", "prometheus", "github", "program", "logs"]),
    ("chat", &["discord", "slack", "terminal", "web"]),
    ("notify", &["pagerduty", "statuspage", "webhook", "email"]),
];

#[test]
fn modules_use_only_what_they_may() {
    let mut complaints = Vec::new();
    for (path, module, used) in modules() {
        let inside = |place: &str| begins(&module, place);
        let mut forbid = |what: &str, why: &str| {
            for used in used.iter().filter(|used| begins(used, what)) {
                complaints.push(format!("{path} uses {used}: {why}"));
            }
        };
        for rule in RULES.iter().filter(|rule| inside(rule.inside)) {
            rule.not.iter().for_each(|what| forbid(what, &format!("`{}` must not use `{what}`", rule.inside)));
        }
        for (what, homes) in HOMES.iter().filter(|(_, homes)| !homes.iter().any(|home| inside(home))) {
            forbid(what, &format!("only {homes:?} may"));
        }
        for (folder, adapters) in ADAPTERS {
            for traits_only in TRAITS_ONLY.iter().filter(|place| inside(place)) {
                let why = format!("`{traits_only}` knows traits, not adapters");
                adapters.iter().for_each(|adapter| forbid(&format!("crate::{folder}::{adapter}"), &why));
            }
            for own in adapters.iter().filter(|own| inside(&format!("{folder}::{own}"))) {
                for other in adapters.iter().filter(|other| other != &own) {
                    forbid(&format!("crate::{folder}::{other}"), "adapters know nothing of each other");
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_core_uses_no_other_module() {
    let mut complaints = Vec::new();
    for (path, module, used) in modules() {
        let foreign = |used: &&String| begins(used, "crate") && !begins(used, "crate::domain");
        if begins(&module, "domain") {
            complaints.extend(used.iter().filter(foreign).map(|used| format!("{path} uses {used}")));
        }
    }
    none(&complaints);
}

#[test]
fn imports_are_read_as_they_are_written() {
    let source = r#"
        //! In a comment: sqlx::Pool.
        use crate::{card, domain::{Note, step}};
        use super::super::store::Row;
        pub(crate) use self::part::Thing as Other;
        const WORDS: &str = "axum::Router"; // and reqwest::Url
        fn f() -> ::tokio::time::Instant { serde_json::json!({}) }
    "#;
    let found = paths(source, &["chat".into(), "discord".into()]);
    let expected = [
        "crate::card",
        "crate::chat::discord::part::Thing",
        "crate::domain::Note",
        "crate::domain::step",
        "crate::store::Row",
        "serde_json::json",
        "tokio::time::Instant",
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

/// Every source file with its module and the paths in it.
fn modules() -> Vec<(String, String, BTreeSet<String>)> {
    let read = |path: String| {
        let inside = path.trim_start_matches("src/").trim_end_matches(".rs");
        let module: Vec<_> =
            inside.split('/').filter(|part| *part != "mod" && *part != "lib").map(str::to_owned).collect();
        let used = paths(&text(&path), &module);
        (path, module.join("::"), used)
    };
    files("src", ".rs").into_iter().map(read).collect()
}

/// Whether a path is at or below another one.
fn begins(path: &str, with: &str) -> bool {
    path == with || path.strip_prefix(with).is_some_and(|rest| rest.starts_with("::"))
}

/// Every path of two or more parts in a source, with `self` and `super` worked out and groups taken apart.
fn paths(source: &str, module: &[String]) -> BTreeSet<String> {
    let tokens = tokens(source);
    let mut found = BTreeSet::new();
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        rest = if is_name(token) && after.first().is_some_and(|next| next == "::") {
            path(rest, &[], module, &mut found)
        } else {
            after
        };
    }
    found
}

/// Reads one path from the front, with what stands before its group; gives what comes after it.
fn path<'a>(
    mut rest: &'a [String],
    before: &[String],
    module: &[String],
    found: &mut BTreeSet<String>,
) -> &'a [String] {
    let mut parts = before.to_vec();
    while let [token, after @ ..] = rest {
        if token == "{" {
            rest = after;
            while rest.first().is_some_and(|token| token != "}") {
                rest = path(rest, &parts, module, found);
                rest = rest.strip_prefix(&[",".to_owned()]).unwrap_or(rest);
            }
            return rest.get(1..).unwrap_or_default();
        }
        if !is_name(token) {
            // A glob, turbofish or something else that ends the path.
            rest = if token == "*" { after } else { rest };
            break;
        }
        parts.push(token.clone());
        match after {
            [next, after @ ..] if next == "::" => rest = after,
            _ => {
                rest = after;
                break;
            }
        }
    }
    if rest.first().is_some_and(|token| token == "as") {
        rest = rest.get(2..).unwrap_or_default();
    }
    if rest.is_empty() || parts.len() > before.len() {
        found.insert(absolute(&parts, module));
    }
    // Something unexpected inside a group is stepped over, so that reading always comes to an end.
    match rest.first() {
        Some(token) if !before.is_empty() && token != "," && token != "}" => &rest[1..],
        _ => rest,
    }
}

fn absolute(parts: &[String], module: &[String]) -> String {
    let mut here = module.to_vec();
    let mut rest = parts;
    if !matches!(rest.first().map(String::as_str), Some("self" | "super")) {
        return rest.join("::");
    }
    while let [first, after @ ..] = rest {
        match first.as_str() {
            "self" => {}
            "super" => drop(here.pop()),
            _ => break,
        }
        rest = after;
    }
    let whole: Vec<_> = ["crate".to_owned()].into_iter().chain(here).chain(rest.iter().cloned()).collect();
    whole.join("::")
}
