//! The description of the API in OpenAPI 3.1, made of the types that requests are read into and answers are made of.
//!
//! To add an address: its route in `mod.rs`, and a line in [`CALLS`]; a test compares the two.

use axum::Json;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::actions::{NewAction, NewDeployment, NewRelease, Spoken};
use super::{once, shapes};

/// One thing that can be asked.
struct Call {
    method: &'static str,
    path: &'static str,
    about: &'static str,
    body: Option<Shape>,
    /// The good answers, each with its shape.
    answers: &'static [(u16, Shape)],
    /// The other statuses.
    problems: &'static [u16],
}

/// How the schema of a type is come by.
type Shape = fn(&mut SchemaGenerator) -> Schema;

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What may stand in the query of an address that is read: a number by that name.
const QUERIES: &[(&str, &str)] = &[("/api/v1/deployments/{id}", "after")];

const READ: &[u16] = &[401, 404, 503];
const DONE: &[u16] = &[400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503];

const CALLS: &[Call] = &[
    Call {
        method: "get",
        path: "/health",
        about: "Whether it can do its work",
        body: None,
        answers: &[(200, of::<shapes::Health>), (503, of::<shapes::Health>)],
        problems: &[],
    },
    Call {
        method: "get",
        path: "/ready",
        about: "Whether it is migrated and listening",
        body: None,
        answers: &[(200, of::<shapes::Ready>)],
        problems: &[],
    },
    Call {
        method: "get",
        path: "/api/v1/openapi.json",
        about: "This description",
        body: None,
        answers: &[(200, of::<Map<String, Value>>)],
        problems: &[401],
    },
    Call {
        method: "get",
        path: "/api/v1/apps/{app}",
        about: "An app with its environments and its newest releases",
        body: None,
        answers: &[(200, of::<shapes::App>)],
        problems: READ,
    },
    Call {
        method: "post",
        path: "/api/v1/apps/{app}/releases",
        about: "Registers a release: 200 where it is there already",
        body: Some(of::<NewRelease>),
        answers: &[(201, of::<shapes::Release>), (200, of::<shapes::Release>)],
        problems: DONE,
    },
    Call {
        method: "get",
        path: "/api/v1/apps/{app}/environments/{environment}",
        about: "An environment as it is now",
        body: None,
        answers: &[(200, of::<shapes::Environment>)],
        problems: READ,
    },
    Call {
        method: "get",
        path: "/api/v1/apps/{app}/environments/{environment}/why",
        about: "What an environment waits for, and what the token's person can do about it",
        body: None,
        answers: &[(200, of::<shapes::Why>)],
        problems: READ,
    },
    Call {
        method: "post",
        path: "/api/v1/apps/{app}/environments/{environment}/deployments",
        about: "Asks for a deployment: 200 where it is under way already",
        body: Some(of::<NewDeployment>),
        answers: &[(202, of::<shapes::Story>), (200, of::<shapes::Story>)],
        problems: DONE,
    },
    Call {
        method: "get",
        path: "/api/v1/deployments/{id}",
        about: "A deployment with its last events, or with those after a number",
        body: None,
        answers: &[(200, of::<shapes::Story>)],
        problems: &[401, 404, 422, 503],
    },
    Call {
        method: "post",
        path: "/api/v1/deployments/{id}/actions",
        about: "Decides about a deployment",
        body: Some(of::<NewAction>),
        answers: &[(200, of::<shapes::Story>)],
        problems: DONE,
    },
    Call {
        method: "post",
        path: "/api/v1/commands",
        about: "Says a command, as in a chat",
        body: Some(of::<Spoken>),
        answers: &[(200, of::<shapes::Said>)],
        problems: DONE,
    },
];

pub(super) async fn openapi() -> Json<Value> {
    Json(description())
}

/// The description.
#[must_use]
pub fn description() -> Value {
    let settings = |s: &mut SchemaSettings| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    };
    // What is read may leave members out that what is written always has.
    let mut read = SchemaSettings::draft2020_12().with(settings).into_generator();
    let mut written = SchemaSettings::draft2020_12().with(settings).for_serialize().into_generator();
    let problem = of::<shapes::Problem>(&mut written);
    let mut paths = Map::new();
    for call in CALLS {
        let operation = operation(call, (&mut read, &mut written));
        let item = paths.entry(call.path).or_insert_with(|| json!({}));
        item[call.method] = operation;
    }
    let mut schemas = read.take_definitions(true);
    schemas.extend(written.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Shipgate", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Problem": {
                    "description": "An error (RFC 9457), with a stable code",
                    "content": { "application/problem+json": { "schema": problem } },
                },
            },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

fn operation(call: &Call, (read, written): (&mut SchemaGenerator, &mut SchemaGenerator)) -> Value {
    let mut responses = Map::new();
    for (status, shape) in call.answers {
        let content = json!({ "application/json": { "schema": shape(written) } });
        responses.insert(status.to_string(), json!({ "description": call.about, "content": content }));
    }
    for status in call.problems {
        responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    let names = call.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let text = json!({ "type": "string" });
    let mut parameters: Vec<Value> =
        names.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": text })).collect();
    let queries = QUERIES.iter().filter(|(path, _)| call.method == "get" && call.path == *path);
    let number = json!({ "type": "integer", "minimum": 0 });
    parameters.extend(queries.map(|(_, name)| json!({ "name": name, "in": "query", "schema": number })));
    let mut operation = json!({ "summary": call.about });
    if let Some(body) = call.body {
        let text = json!({ "type": "string", "minLength": 1, "maxLength": once::LONGEST });
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "schema": text }));
        operation["requestBody"] = json!({ "content": { "application/json": { "schema": body(read) } } });
    }
    operation["parameters"] = parameters.into();
    operation["responses"] = responses.into();
    let guarded = call.path.starts_with("/api");
    operation["security"] = if guarded { json!([{ "token": [] }]) } else { json!([]) };
    operation
}
