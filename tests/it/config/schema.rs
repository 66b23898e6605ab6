//! The schema for editors: it takes what the reader takes, and refuses what only needs the shape to be refused. Every
//! config that another test reads is held against it too.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use shipgate::config::{self, EVERY_KEY, Problem};

/// What is wrong with the shape alone, so that an editor can say it too.
const OF_SHAPE: [&str; 8] = [
    "config-missing",
    "config-not-text",
    "config-not-whole",
    "config-not-number",
    "config-not-boolean",
    "config-not-span",
    "config-not-table",
    "config-not-list",
];

fn schema() -> &'static Validator {
    static SCHEMA: OnceLock<Validator> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let schema = config::schema(|_| None);
        jsonschema::draft202012::meta::validate(&schema).expect("a schema of the draft it names");
        jsonschema::draft202012::new(&schema).expect("a schema")
    })
}

/// A file as an editor's schema sees it; none where its notation is broken.
fn value(text: &str) -> Option<Value> {
    serde_json::to_value(text.parse::<toml::Table>().ok()?).ok()
}

/// That the schema takes a config.
#[track_caller]
pub(super) fn takes(text: &str) {
    let value = value(text).expect("a file");
    let wrong: Vec<String> =
        schema().iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "the reader takes it, and the schema does not: {wrong:#?}");
}

/// That the schema refuses a bad config whose shape is wrong.
#[track_caller]
pub(super) fn agrees(text: &str, problems: &[Problem]) {
    let is_of_shape =
        |p: &&Problem| OF_SHAPE.contains(&p.note.key.as_str()) || p.note.key.starts_with("config-unknown-key");
    let Some(problem) = problems.iter().find(is_of_shape) else { return };
    let value = value(text).expect("a file");
    assert!(!schema().is_valid(&value), "the reader says {}, and the schema takes it:\n{text}", problem.note.key);
}

#[test]
fn every_key_is_in_the_example_of_every_key() {
    config::read(EVERY_KEY, "every-key.toml").map_err(|problems| super::told(&problems)).unwrap();
    takes(EVERY_KEY);
    let asked = RefCell::new(BTreeSet::new());
    let schema = config::schema(|key| {
        asked.borrow_mut().insert(key.to_owned());
        Some(key.to_owned())
    });
    let mut shown = BTreeSet::new();
    collect(&schema, &mut shown);
    let forgotten: Vec<_> = asked.into_inner().difference(&shown).cloned().collect();
    assert!(forgotten.is_empty(), "give these a value in examples/every-key.toml: {forgotten:?}");
}

/// Every description.
fn collect(schema: &Value, shown: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            shown.extend(members.get("description").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|inner| collect(inner, shown));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, shown)),
        _ => {}
    }
}

#[test]
fn the_other_examples_are_taken_too() {
    for name in ["minimal.toml", "discord.toml"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        super::good(&std::fs::read_to_string(path).unwrap());
    }
}

#[test]
fn the_schema_names_choices_bounds_and_what_must_be_there() {
    let schema = config::schema(|key| Some(format!("the words of {key}")));
    let environment = &schema["properties"]["apps"]["items"]["properties"]["environments"]["items"];
    assert_eq!(schema["required"], json!(["apps"]));
    assert_eq!(environment["required"], json!(["name", "target"]));
    assert_eq!(environment["additionalProperties"], false);
    let target = &environment["properties"]["target"];
    assert_eq!(target["properties"]["kind"], json!({ "enum": ["fly"], "description": "the words of key-target-kind" }));
    assert_eq!(target["properties"]["strategy"]["enum"], json!(["rolling", "immediate"]));
    let by = json!({ "type": "integer", "minimum": 1, "maximum": 5, "description": "the words of key-environments-override_by" });
    assert_eq!(environment["properties"]["override_by"], by);
    let window = &environment["properties"]["before"]["items"]["properties"]["window"]["anyOf"];
    assert_eq!(window.as_array().map(Vec::len), Some(2), "one window, or a list of them: {window}");
    let people = &schema["properties"]["people"]["additionalProperties"];
    assert_eq!(
        people,
        &json!({ "type": "array", "items": { "type": "string" }, "description": "the words of key-people-NAME" })
    );
}
