//! The README says what the code does: commands, keys of the config, variables, addresses, codes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shipgate::command::TABLE;
use shipgate::config;
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

/// The reference against what the reader does: the same keys, the same ones required, the same choices, the same words.
#[test]
fn the_reference_of_the_config_is_what_the_reader_does() {
    let known = keys();
    let mut told = BTreeSet::new();
    let mut complaints = Vec::new();
    for line in section("README.md", "## Configuration").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").map(str::trim).collect();
        let [key, kind, default, meaning] = cells[..] else { continue };
        let key = key.trim_matches('`');
        told.insert(key.to_owned());
        let Some(places) = known.get(key) else {
            complaints.push(format!("`{key}` is not read"));
            continue;
        };
        for place in places {
            if place.required && !default.starts_with("required") || !place.required && default == "required" {
                complaints.push(format!("`{key}`: {default:?}, and required: {}", place.required));
            }
            if place.schema["description"] != meaning {
                complaints.push(format!("`{key}`: {meaning:?} instead of {}", place.schema["description"]));
            }
            if let Some(fixed) = place.schema.get("default").filter(|fixed| !says(default, fixed)) {
                complaints.push(format!("`{key}`: {default:?}, and the default is {fixed}"));
            }
            if let (Some(least), Some(most)) = (place.schema["minimum"].as_i64(), place.schema["maximum"].as_i64())
                && !kind.contains(&format!("{least} to {most}"))
            {
                complaints.push(format!("`{key}`: {kind:?}, and it is {least} to {most}"));
            }
            let choices = place.schema["enum"].as_array().into_iter().flatten();
            complaints
                .extend(choices.filter(|c| !kind.contains(&format!("`{c}`"))).map(|c| format!("`{key}`: no {c}")));
        }
    }
    complaints.extend(known.keys().filter(|key| !told.contains(*key)).map(|key| format!("`{key}` is not there")));
    none(&complaints);
}

/// Whether the reference says that default, in whatever way.
fn says(cell: &str, default: &Value) -> bool {
    let cell = cell.split(':').next().unwrap_or_default().replace(['`', '"'], "");
    let seconds = |span: &str| {
        let (number, unit) = span.split_at(span.len().saturating_sub(1));
        let unit = ["s", "m", "h", "d"].iter().position(|known| *known == unit)?;
        Some(number.parse::<u64>().ok()? * [1, 60, 3_600, 86_400][unit])
    };
    match default {
        Value::Array(items) if items.is_empty() => cell == "none",
        Value::String(days) if days == "mon,tue,wed,thu,fri,sat,sun" => cell == "every day",
        Value::String(text) if seconds(text).is_some() => seconds(text) == seconds(&cell),
        Value::String(text) => cell == *text || text.starts_with(&cell),
        other => {
            let said = other.to_string();
            cell == said
        }
    }
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

/// What editors are pointed at, in `#:schema` lines.
#[test]
fn the_schema_for_editors_is_what_the_program_prints() {
    let words = Words::new("en");
    let schema = format!("{:#}\n", config::schema(|key| words.has(key).then(|| words.get(key))));
    if text("docs/shipgate.schema.json") != schema {
        let fresh = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("shipgate.schema.json");
        std::fs::write(&fresh, schema).unwrap();
        panic!("it is out of date: cp {} docs/shipgate.schema.json", fresh.display());
    }
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

/// A key in one place of the config.
struct Place {
    required: bool,
    schema: Value,
}

/// Every key that the config reads, by its section and name, with each place where it may stand.
fn keys() -> BTreeMap<String, Vec<Place>> {
    let words = Words::new("en");
    let mut keys = BTreeMap::new();
    collect(&config::schema(|key| words.has(key).then(|| words.get(key))), "", &mut keys);
    keys
}

fn collect(schema: &Value, section: &str, keys: &mut BTreeMap<String, Vec<Place>>) {
    let whole = |key: &str| if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let required = schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == key));
        keys.entry(whole(key)).or_default().push(Place { required, schema: inner.clone() });
        collect(inner, if matches!(key.as_str(), "before" | "after") { "gate" } else { key }, keys);
    }
    if let Some(inner) = schema.get("additionalProperties").filter(|inner| inner.is_object()) {
        keys.entry(whole("NAME")).or_default().push(Place { required: false, schema: inner.clone() });
    }
    for inner in schema.get("items").into_iter().chain(schema["anyOf"].as_array().into_iter().flatten()) {
        collect(inner, section, keys);
    }
}
