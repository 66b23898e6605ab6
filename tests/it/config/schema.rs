//! The schema for editors: it takes what the reader takes, and refuses what only needs the shape to be refused. Every
//! config that another test reads is held against it too.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use shipgate::config::{self, EVERY_KEY, Problem};

/// What is wrong with the shape alone, so that an editor can say it too.
const OF_SHAPE: [&str; 30] = [
    "config-no-heading",
    "config-missing",
    "config-not-text",
    "config-not-whole",
    "config-not-number",
    "config-not-boolean",
    "config-not-span",
    "config-not-table",
    "config-not-list",
    "config-no-decider",
    "config-two-deciders",
    "config-only-with-check",
    "config-only-before",
    "config-within-before",
    "config-no-breaks",
    "config-two-breaks",
    "config-only-with-threshold",
    "config-out-of-range",
    "config-unknown-word",
    "config-not-yet",
    "config-empty-list",
    "config-no-apps",
    "config-no-environments",
    "config-no-rules",
    "config-not-time",
    "config-not-minute",
    "config-not-snowflake",
    "config-not-conversation",
    "config-bad-fly-app",
    "config-bad-repository",
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
    for name in ["minimal.toml", "discord.toml", "slack.toml"] {
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
    assert_eq!(target["properties"]["strategy"]["enum"], json!(["rolling", "immediate", "canary", "bluegreen"]));
    let by = json!({ "type": "integer", "minimum": 1, "maximum": 5, "description": "the words of key-environments-override_by", "default": 1 });
    assert_eq!(environment["properties"]["override_by"], by);
    let window = &environment["properties"]["before"]["items"]["properties"]["window"]["anyOf"];
    assert_eq!(window.as_array().map(Vec::len), Some(2), "one window, or a list of them: {window}");
    let people = &schema["properties"]["people"]["additionalProperties"];
    assert_eq!(
        people,
        &json!({ "type": "array", "items": { "type": "string", "maxLength": 2_000 }, "description": "the words of key-people-NAME" })
    );
}

#[test]
fn the_schema_says_what_keys_mean_together() {
    let schema = config::schema(|_| None);
    let environment = &schema["properties"]["apps"]["items"]["properties"]["environments"]["items"]["properties"];
    let before = &environment["before"]["items"];
    let one = |keys: &[&str]| json!(keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>());
    assert_eq!(before["oneOf"], one(&["approval", "confirm", "window", "freeze", "soak", "check"]));
    assert_eq!(environment["after"]["items"]["oneOf"], one(&["confirm", "check"]), "what can be after a rollout");
    assert_eq!(before["dependentSchemas"]["times"], json!({ "anyOf": [{ "required": ["check"] }] }));
    let rule = &environment["watch"]["properties"]["rules"]["items"];
    assert_eq!(rule["oneOf"], one(&["fails", "above", "below"]));
    assert_eq!(rule["dependentSchemas"]["above"], json!({ "required": ["for"] }));
    assert_eq!(environment["watch"]["properties"]["rules"]["minItems"], 1);
}

#[test]
fn a_check_is_the_same_wherever_it_stands() {
    let schema = config::schema(|_| None);
    let environment = &schema["properties"]["apps"]["items"]["properties"]["environments"]["items"]["properties"];
    let rule = &environment["watch"]["properties"]["rules"]["items"]["properties"]["check"];
    let kinds = rule["anyOf"].as_array().expect("several kinds");
    let kind = |kind: &Value| kind["properties"]["kind"]["enum"].clone();
    assert_eq!(kinds.iter().map(kind).collect::<Vec<_>>(), [json!(["http"]), json!(["prometheus"])]);
    assert_eq!(kinds[0]["required"], json!(["kind", "url"]));
    assert_eq!(kinds[1]["required"], json!(["kind", "query"]));
    for gates in ["before", "after"] {
        assert_eq!(&environment[gates]["items"]["properties"]["check"]["anyOf"], &rule["anyOf"], "{gates}");
    }
}

/// Writes every default of the schema into a config, where the key is absent and may stand.
fn fill_in(value: &mut Value, schema: &Value) {
    let ways = std::iter::once(schema).chain(schema["anyOf"].as_array().into_iter().flatten());
    // Of tables of several kinds, those of another kind are not meant.
    let is_meant = |schema: &&Value| match (schema["properties"]["kind"]["enum"].as_array(), value.get("kind")) {
        (Some(kinds), Some(kind)) => kinds.contains(kind),
        _ => true,
    };
    for schema in ways.filter(is_meant).collect::<Vec<_>>() {
        match value {
            Value::Object(members) => {
                for (key, property) in schema["properties"].as_object().into_iter().flatten() {
                    let goes_with = schema["dependentSchemas"][key]["anyOf"].as_array();
                    let may_stand = goes_with.is_none_or(|others| {
                        others.iter().any(|other| members.contains_key(other["required"][0].as_str().unwrap_or("")))
                    });
                    if let (Some(default), true) = (property.get("default"), may_stand) {
                        members.entry(key.clone()).or_insert_with(|| default.clone());
                    }
                    if let Some(inner) = members.get_mut(key) {
                        fill_in(inner, property);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| fill_in(item, &schema["items"])),
            _ => {}
        }
    }
}

/// A value in TOML, all on one line.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => format!("{{ {} }}", pairs(members).join(", ")),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

fn pairs(members: &serde_json::Map<String, Value>) -> Vec<String> {
    members.iter().map(|(key, value)| format!("{key:?} = {}", inline(value))).collect()
}

fn file(value: &Value) -> String {
    pairs(value.as_object().expect("a table")).join("\n")
}

#[test]
fn every_default_of_the_schema_is_what_the_reader_takes_for_granted() {
    let schema = config::schema(|_| None);
    let mut filled = value(EVERY_KEY).expect("a file");
    for section in ["time_zone", "locale"] {
        filled.as_object_mut().expect("a table").remove(section);
    }
    let bare = file(&filled);
    let before = filled.clone();
    fill_in(&mut filled, &schema);
    assert_ne!(filled, before, "defaults were written");
    let whole = file(&filled);
    let read = |text: &str| config::read(text, "shipgate.toml").map_err(|problems| super::told(&problems)).unwrap();
    let (mut bare, mut whole) = (read(&bare), read(&whole));
    // Where in the file an environment stands is not what it says.
    for app in bare.apps.iter_mut().zip(&mut whole.apps) {
        for (one, other) in app.0.environments.iter_mut().zip(&mut app.1.environments) {
            other.place = one.place.clone();
        }
    }
    assert_eq!(format!("{bare:?}"), format!("{whole:?}"));
}

/// The tree with one value in another shape: alone in a list, an item without its list, a key left out; all of them.
fn reshaped(value: &Value) -> Vec<Value> {
    let mut all = vec![json!([value])];
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                let with = |inner: Option<Value>| {
                    let mut members = members.clone();
                    match inner {
                        Some(inner) => members.insert(key.clone(), inner),
                        None => members.remove(key),
                    };
                    Value::Object(members)
                };
                all.push(with(None));
                all.extend(reshaped(inner).into_iter().map(|inner| with(Some(inner))));
            }
        }
        Value::Array(items) => {
            all.extend(items.iter().cloned());
            for (n, inner) in items.iter().enumerate() {
                let with = |inner: Value| {
                    let mut items = items.clone();
                    items[n] = inner;
                    Value::Array(items)
                };
                all.extend(reshaped(inner).into_iter().map(with));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn in_whatever_shape_a_value_stands_reader_and_schema_take_or_refuse_it() {
    let mut taken = 0;
    for other in reshaped(&value(EVERY_KEY).expect("a file")).iter().filter(|other| other.is_object()) {
        let text = file(other);
        match config::read(&text, "every-key.toml") {
            Ok(_) => {
                takes(&text);
                taken += 1;
            }
            Err(problems) => agrees(&text, &problems),
        }
    }
    assert!(taken > 50, "{taken}");
}

#[test]
fn what_one_window_may_have_each_of_several_may_have() {
    for gate in ["window", "freeze"] {
        let one = r#"{ days = "mon", from = "09:00", to = "10:00", except = ["2026-12-24"] }"#;
        super::staging(&format!("[[apps.environments.before]]\nname = \"hours\"\n{gate} = {one}"));
        super::staging(&format!("[[apps.environments.before]]\nname = \"hours\"\n{gate} = [{one}]"));
    }
}

/// What a value may be mistaken for.
const OTHERS: [&str; 14] = [
    "0",
    "-1",
    "1.5",
    "nan",
    "true",
    "\"\"",
    "\"x\"",
    "\"1h\"",
    "\"{url}\"",
    "[]",
    "[1]",
    "{}",
    "{ kind = \"http\" }",
    "2026-12-24",
];

#[test]
fn whatever_stands_in_the_place_of_a_value_is_told_or_fits_the_schema_too() {
    let lines: Vec<&str> = EVERY_KEY.lines().collect();
    let mut told = 0;
    for (number, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
        let others = OTHERS.iter().map(|other| format!("{key}= {other}"));
        for other in others.chain([String::new()]) {
            let text: Vec<&str> =
                lines.iter().enumerate().map(|(n, line)| if n == number { &other } else { *line }).collect();
            let text = text.join("\n");
            match config::read(&text, "every-key.toml") {
                Ok(_) => takes(&text),
                Err(problems) => {
                    agrees(&text, &problems);
                    super::told(&problems);
                    told += 1;
                }
            }
        }
    }
    assert!(told > 500, "{told}");
}
