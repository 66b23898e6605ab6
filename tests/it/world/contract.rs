//! Every answer of the JSON API, held against the description that the program serves of it: address, method, status,
//! type and shape. Shapes are held strictly: a member that is not described is a complaint.

use std::sync::OnceLock;

use serde_json::{Value, json};

/// Complains about an answer that the description does not allow.
#[track_caller]
pub(crate) fn hold(method: &str, path: &str, status: u16, kind: &str, text: &str) {
    let is_described = path == "/api" || path.starts_with("/api/") || path == "/health" || path == "/ready";
    // The heads alone; and a plain address that takes nothing but a GET.
    let has_no_body = method == "HEAD" || (status == 405 && !path.starts_with("/api"));
    if !is_described || (has_no_body && text.is_empty()) {
        return;
    }
    let problem = "/components/responses/Problem/content".to_owned();
    let content = match responses(method, path) {
        Some(responses) => {
            let response = format!("{responses}/{status}");
            let described = description().pointer(&response);
            let described = described.unwrap_or_else(|| panic!("{method} {path} does not answer {status}: {text}"));
            if described.get("$ref").is_some() { problem } else { format!("{response}/content") }
        }
        // Nobody is told what there is without a token; with one, that there is nothing, or not this.
        None if [401, 404, 405].contains(&status) => problem,
        None => panic!("{method} {path} is not described and answers {status}: {text}"),
    };
    let content = description().pointer(&content).expect("a content");
    let schema = content.get(kind).unwrap_or_else(|| panic!("{method} {path} answers {status} with {kind}: {text}"));
    let mut schema = schema["schema"].clone();
    schema["components"] = strict(description()["components"].clone());
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let body: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
    let wrong: Vec<_> = validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{method} {path} → {status}: {wrong:#?}\n{text}");
}

/// The description.
pub(crate) fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(shipgate::http::description)
}

/// Where the answers of an address are described, if it is.
fn responses(method: &str, path: &str) -> Option<String> {
    let paths = description()["paths"].as_object().expect("paths");
    let fits = |template: &&String| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        let same = wanted.by_ref().zip(given.by_ref()).all(|(w, g)| w == g || (w.starts_with('{') && !g.is_empty()));
        same && template.split('/').count() == path.split('/').count()
    };
    let template = paths.keys().find(fits)?;
    let method = method.to_ascii_lowercase();
    paths[template].get(&method)?;
    Some(format!("/paths/{}/{method}/responses", template.replace('/', "~1")))
}

/// The same schemas, with no members but those that are described.
fn strict(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| *member = strict(member.take()));
            if members.get("type") == Some(&json!("object")) && members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = strict(item.take())),
        _ => {}
    }
    value
}
