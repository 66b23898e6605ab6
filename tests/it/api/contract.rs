//! The description of the API: served, whole, and about all that there is. That answers keep to it is held by each
//! test that gets one.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::stage::{Stage, answer};
use crate::world::contract::description;

#[tokio::test]
async fn the_description_is_served_to_who_has_a_token() {
    let stage = Stage::new().await;
    let served = stage.get("/api/v1/openapi.json").await.with(200);
    assert_eq!(&served.body, description());
    assert_eq!(served.body["openapi"], "3.1.0");
    assert_eq!(served.body["info"]["version"], env!("CARGO_PKG_VERSION"));
    answer(stage.request(Method::GET, "/api/v1/openapi.json")).await.problem(401, "not_authenticated");
    stage.end().await;
}

#[test]
fn the_description_has_every_address_and_no_other() {
    let source = std::fs::read_to_string("src/http/mod.rs").expect("a source");
    let routes = source.split(".route(\"").skip(1).filter_map(|route| {
        let (path, rest) = route.split_once('"')?;
        let method = if rest.split(')').next()?.contains("post(") { "post" } else { "get" };
        let whole =
            if ["/health", "/ready", "/metrics"].contains(&path) { path.into() } else { format!("/api/v1{path}") };
        Some(format!("{method} {whole}"))
    });
    let known: BTreeSet<_> = routes.filter(|route| route != "get /metrics").collect();
    let paths = description()["paths"].as_object().expect("paths");
    let told: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("an item").keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(told, known);
}

#[test]
fn everything_that_the_description_refers_to_is_in_it_and_every_schema_is_one() {
    let mut references = BTreeSet::new();
    collect(description(), &mut references);
    assert!(references.len() > 10, "{references:?}");
    for reference in &references {
        let pointer = reference.strip_prefix('#').expect("a reference inside");
        assert!(description().pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (name, schema) in description()["components"]["schemas"].as_object().expect("schemas") {
        jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
