//! Other people's official API descriptions, as a judge of what is said on the wire: by us, and by our stand-ins.
//!
//! The descriptions are not part of this repository: `script/specs` fetches them, and the variable `SHIPGATE_SPECS` names
//! the folder that holds them. What is not there is not judged by: that is said, and with `CI=true` it is a failure.
//!
//! Most descriptions leave every field optional and every object open, so that a misspelt name would pass. So objects
//! are closed here: what a description does not name is a violation, except below the [`Gaps::open`] ones, and except
//! null, false and empty where clients are known to pad ([`Gaps::padding`]). Where a description is known to be wrong,
//! [`Gaps`] says so, with the reason.
//!
//! To add a description: a constructor beside [`Spec::fly`] with its gaps, and a line in `script/specs`.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// One request and its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'a> {
    /// In capitals.
    pub(crate) method: &'a str,
    /// With the query, if any.
    pub(crate) path: &'a str,
    /// The body of the request.
    pub(crate) request: Option<&'a Value>,
    /// The status and the body of the answer. None: only the request is judged.
    pub(crate) answer: Option<(u16, Option<&'a Value>)>,
}

/// Where reality is known to differ from a description.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gaps {
    /// In which dialect its schemas are written.
    pub(crate) draft: Draft,
    /// Unknown fields may be there if they say nothing: null, false or empty.
    pub(crate) padding: bool,
    /// Fields in which a number may be sent as digits in a text, and the other way round: schema, field, why.
    pub(crate) digits: &'static [(&'static str, &'static str, &'static str)],
    /// Schemas whose names begin so are left open, because unknown fields are carried in them on purpose. An empty text
    /// opens all: for a description that composes objects with `allOf`.
    pub(crate) open: &'static [&'static str],
    /// Fields that exist and are not described: schema, field, why.
    pub(crate) fields: &'static [(&'static str, &'static str, &'static str)],
    /// Fields whose described type or values are too narrow: schema, field, why.
    pub(crate) loose: &'static [(&'static str, &'static str, &'static str)],
    /// Query parameters that exist and are not described; a trailing `*` stands for anything.
    pub(crate) queries: &'static [(&'static str, &'static str)],
    /// Answers that are wrapped, and in which member the described body is: method, end of the path, member, why.
    pub(crate) wrapped: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// The schema of an error that is not described.
    pub(crate) error: &'static str,
    /// The undescribed error statuses that occur, and why.
    pub(crate) statuses: (&'static [u16], &'static str),
}

/// A description that judges.
pub(crate) struct Spec {
    document: Value,
    gaps: Gaps,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Spec {
    /// The Machines API of fly.io; none if there are no descriptions here.
    pub(crate) fn fly() -> Option<&'static Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        SPEC.get_or_init(|| Self::load("fly-machines.openapi.json", FLY)).as_ref()
    }

    /// The API of Discord; none if there are no descriptions here.
    pub(crate) fn discord() -> Option<&'static Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        SPEC.get_or_init(|| Self::load("discord.openapi.json", DISCORD)).as_ref()
    }

    /// Every way in which an exchange differs from the description.
    pub(crate) fn check(&self, exchange: &Exchange<'_>) -> Result<(), Vec<String>> {
        if exchange.path.starts_with("/v2/") {
            let violations = registry(exchange);
            return if violations.is_empty() { Ok(()) } else { Err(violations) };
        }
        let (path, query) = exchange.path.split_once('?').unwrap_or((exchange.path, ""));
        let Some((template, operation)) = self.operation(exchange.method, path) else {
            return Err(vec![format!("{} {path} is not described", exchange.method)]);
        };
        let mut violations = self.query(&operation, query);
        violations.extend(self.request(&template, &operation, exchange));
        if let Some((status, body)) = exchange.answer {
            violations.extend(self.answer(&template, &operation, exchange, (status, body)));
        }
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }

    fn load(file: &str, gaps: Gaps) -> Option<Self> {
        let text = text_of(file)?;
        let mut document: Value = serde_json::from_str(&text).expect("a description is JSON");
        let schemas = document["components"]["schemas"].as_object_mut().expect("a description has schemas");
        for (name, schema) in schemas {
            loosen(name, schema, &gaps);
            convert(schema, &gaps, !gaps.open.iter().any(|open| name.starts_with(open)));
        }
        Some(Self { document, gaps, compiled: Mutex::default() })
    }

    /// The operation of a method and path, with the path as the description writes it.
    fn operation(&self, method: &str, path: &str) -> Option<(String, Value)> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let wanted: Vec<&str> = template.split('/').collect();
            wanted.len() == parts.len()
                && wanted.iter().zip(&parts).all(|(want, is)| want == is || (want.starts_with('{') && !is.is_empty()))
        };
        let paths = self.document["paths"].as_object()?;
        // A literal path wins over one with a parameter in the same place.
        let found = paths.iter().filter(|(template, _)| fits(template)).min_by_key(|(t, _)| t.matches('{').count())?;
        let operation = found.1.get(method.to_lowercase())?;
        Some((found.0.clone(), operation.clone()))
    }

    fn query(&self, operation: &Value, query: &str) -> Vec<String> {
        let described: Vec<&Value> = operation["parameters"].as_array().into_iter().flatten().collect();
        let known = |name: &str| described.iter().find(|p| p["in"] == "query" && p["name"] == name);
        let gap = |name: &str| {
            self.gaps.queries.iter().any(|(gap, _)| gap.strip_suffix('*').map_or(*gap == name, |p| name.starts_with(p)))
        };
        let mut violations = Vec::new();
        for (name, value) in
            query.split('&').filter(|pair| !pair.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")))
        {
            match known(name).map(|parameter| &parameter["schema"]) {
                Some(schema) if schema["type"] == "integer" && value.parse::<i64>().is_err() => {
                    violations.push(format!("query {name}={value} is not an integer"));
                }
                Some(schema) if schema["type"] == "boolean" && !matches!(value, "true" | "false") => {
                    violations.push(format!("query {name}={value} is not a boolean"));
                }
                Some(schema) => {
                    let allowed = schema["enum"].as_array();
                    let strange = |one: &&str| allowed.is_some_and(|all| !all.iter().any(|value| value == one));
                    violations.extend(
                        value.split(',').filter(strange).map(|one| format!("query {name}={one} is not allowed")),
                    );
                }
                None if gap(name) => {}
                None => violations.push(format!("query {name} is not described")),
            }
        }
        let missing = |p: &&&Value| {
            p["in"] == "query"
                && p["required"] == true
                && !query.split('&').any(|pair| pair.split('=').next() == p["name"].as_str())
        };
        violations.extend(described.iter().filter(missing).map(|p| format!("query {} is missing", p["name"])));
        violations
    }

    fn request(&self, template: &str, operation: &Value, exchange: &Exchange<'_>) -> Vec<String> {
        let described = &operation["requestBody"];
        let schema = &described["content"]["application/json"]["schema"];
        match exchange.request {
            Some(body) if schema.is_null() => vec![format!("request: no body is described, and this was sent: {body}")],
            Some(body) => self.judge(&format!("{} {template}", exchange.method), schema, body, "request"),
            None if described["required"] == true && !self.may_be_in_query(exchange) => {
                vec!["request: the body is missing".into()]
            }
            None => Vec::new(),
        }
    }

    /// A lease may be asked for with `?ttl=` and no body, which is not described.
    fn may_be_in_query(&self, exchange: &Exchange<'_>) -> bool {
        exchange.path.contains("?ttl=") && self.gaps.queries.iter().any(|(name, _)| *name == "ttl")
    }

    fn answer(
        &self,
        template: &str,
        operation: &Value,
        exchange: &Exchange<'_>,
        (status, body): (u16, Option<&Value>),
    ) -> Vec<String> {
        let key = format!("{} {template} {status}", exchange.method);
        let described = self.described(&operation["responses"], status);
        let empty = Value::Null;
        if described.is_null() {
            if !self.gaps.statuses.0.contains(&status) {
                return vec![format!("answer: status {status} is neither described nor a known gap")];
            }
            let envelope = self.gaps.wrapped.iter().any(|gap| exchange.method == gap.0 && template.ends_with(gap.1));
            if envelope && body.is_some_and(|body| body["status"] == "error" && body["message"].is_string()) {
                return Vec::new();
            }
            let schema = json!({"$ref": format!("#/components/schemas/{}", self.gaps.error)});
            return self.judge(&key, &schema, body.unwrap_or(&empty), "answer");
        }
        let schema = &described["content"]["application/json"]["schema"];
        let Some(body) = body else {
            return if schema.is_null() { Vec::new() } else { vec!["answer: the body is missing".into()] };
        };
        if schema.is_null() {
            return Vec::new();
        }
        let wrapped = self.gaps.wrapped.iter().find(|gap| exchange.method == gap.0 && template.ends_with(gap.1));
        let body = wrapped.map_or(body, |gap| &body[gap.2]);
        self.judge(&key, schema, body, "answer")
    }

    /// What is described for a status: by itself, or for all of its hundred.
    fn described<'a>(&'a self, responses: &'a Value, status: u16) -> &'a Value {
        let (one, all) = (&responses[status.to_string()], &responses[format!("{}XX", status / 100)]);
        let described = if one.is_null() { all } else { one };
        let elsewhere = described["$ref"].as_str().and_then(|to| self.document.pointer(to.trim_start_matches('#')));
        elsewhere.unwrap_or(described)
    }

    fn judge(&self, key: &str, schema: &Value, body: &Value, side: &str) -> Vec<String> {
        let key = format!("{key} {side}");
        let mut compiled = self.compiled.lock().expect("no judge panicked");
        let validator = Arc::clone(compiled.entry(key).or_insert_with(|| {
            let mut schema = schema.clone();
            convert(&mut schema, &self.gaps, true);
            let mut needed = Map::new();
            self.collect(&schema, &mut needed);
            let whole = json!({"allOf": [schema], "components": {"schemas": needed}});
            let built = jsonschema::options().with_draft(self.gaps.draft).build(&whole);
            Arc::new(built.expect("a description's schema can be compiled"))
        }));
        drop(compiled);
        validator.iter_errors(body).map(|error| format!("{side}{}: {error}", error.instance_path())).collect()
    }

    /// The schemas that one needs, directly or by others: compiling a whole description takes too long.
    fn collect(&self, schema: &Value, needed: &mut Map<String, Value>) {
        match schema {
            Value::Array(all) => all.iter().for_each(|one| self.collect(one, needed)),
            Value::Object(map) => {
                let name = map.get("$ref").and_then(|to| to.as_str()?.strip_prefix("#/components/schemas/"));
                if let Some(name) = name.filter(|name| !needed.contains_key(*name)) {
                    let found = &self.document["components"]["schemas"][name];
                    needed.insert(name.to_owned(), found.clone());
                    self.collect(found, needed);
                }
                map.values().for_each(|below| self.collect(below, needed));
            }
            _ => {}
        }
    }
}

/// A document that is no description of an API but judges too: a list of limits, a sample, an older description.
pub(crate) struct Document;

impl Document {
    /// A file of Slack's, below the folder of the descriptions; none if it is not there.
    pub(crate) fn slack(file: &str) -> Option<&'static Value> {
        static KNOWN: Mutex<Option<HashMap<String, Option<&'static Value>>>> = Mutex::new(None);
        let mut known = KNOWN.lock().expect("nobody panicked while reading");
        let known = known.get_or_insert_default();
        if let Some(found) = known.get(file) {
            return *found;
        }
        let text = text_of(file);
        let value: Option<Value> = text.map(|text| serde_json::from_str(&text).expect("a document is JSON"));
        let found = value.map(|value| &*Box::leak(Box::new(value)));
        known.insert(file.to_owned(), found);
        found
    }
}

/// What stands in one of the descriptions; said where it is not there.
fn text_of(file: &str) -> Option<String> {
    let Some(folder) = variable("SHIPGATE_SPECS") else {
        missing(file, "SHIPGATE_SPECS does not name a folder");
        return None;
    };
    let read = std::fs::read_to_string(std::path::Path::new(&folder).join(file));
    read.map_err(|error| missing(file, &format!("{folder} does not have it ({error}); script/specs fetches it"))).ok()
}

fn missing(file: &str, why: &str) {
    let said = format!("the checks against {file} DID NOT RUN: {why}");
    assert!(variable("CI").as_deref() != Some("true"), "{said}");
    // Not `eprintln!`, which is only seen when a test fails.
    let _ = writeln!(std::io::stderr(), "{said}");
}

/// What may be said to the registry. It has no description of this kind: these are the rules of the OCI distribution
/// specification for the one question that is asked.
fn registry(exchange: &Exchange<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let (name, digest) = exchange.path.trim_start_matches("/v2/").split_once("/manifests/").unwrap_or_default();
    let hex = digest.strip_prefix("sha256:").unwrap_or_default();
    let pinned = hex.len() == 64 && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    if !matches!(exchange.method, "GET" | "HEAD") || name.is_empty() || !pinned || exchange.request.is_some() {
        violations.push("request: only the manifest of a digest is asked for".to_owned());
    }
    match exchange.answer {
        None | Some((200, _)) => {}
        Some((401 | 404, Some(body))) if body["errors"][0]["code"].is_string() => {}
        Some((status, body)) => violations.push(format!("answer: a registry does not say {status} {body:?}")),
    }
    violations
}

/// Takes the known mistakes out of a schema.
fn loosen(name: &str, schema: &mut Value, gaps: &Gaps) {
    for (_, field, _) in gaps.digits.iter().filter(|(of, _, _)| *of == name) {
        let digits =
            json!([schema["properties"][field], {"type": "integer"}, {"type": "string", "pattern": "^[0-9]+$"}]);
        schema["properties"][field] = json!({"anyOf": digits});
    }
    for (_, field, _) in gaps.fields.iter().chain(gaps.loose).filter(|(of, _, _)| *of == name) {
        schema["properties"][field] = json!({});
    }
}

/// OpenAPI to JSON Schema: `nullable` becomes a type, and an object with fields is closed if it shall be.
fn convert(schema: &mut Value, gaps: &Gaps, closed: bool) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(|one| convert(one, gaps, closed)),
        Value::Object(map) => {
            if map.remove("nullable") == Some(Value::Bool(true)) {
                allow_null(map);
            }
            let fields =
                map.get("properties").is_some_and(|fields| fields.as_object().is_some_and(|all| !all.is_empty()));
            if closed && fields && !map.contains_key("additionalProperties") {
                let unknown = if gaps.padding { json!({"enum": [null, false, "", [], {}]}) } else { json!(false) };
                map.insert("additionalProperties".into(), unknown);
            }
            if let Some(Value::Object(fields)) = map.get_mut("properties") {
                fields.values_mut().for_each(|field| convert(field, gaps, closed));
            }
            for key in ["items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"] {
                if let Some(below) = map.get_mut(key) {
                    convert(below, gaps, closed);
                }
            }
        }
        _ => {}
    }
}

fn allow_null(map: &mut Map<String, Value>) {
    if let Some(kind) = map.get("type").cloned() {
        map.insert("type".into(), json!([kind, "null"]));
    }
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.push(Value::Null);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where tests read the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where fly.io is known to differ from its own description.
const FLY: Gaps = Gaps {
    draft: Draft::Draft4,
    padding: false,
    digits: &[],
    open: &["fly."],
    fields: &[
        ("Machine", "version", "the official client reads it"),
        ("StrippedLease", "description", "the official client reads it"),
        ("CreateLeaseRequest", "description", "documented in prose"),
        ("StopRequest", "id", "the official client sends it"),
    ],
    loose: &[
        ("fly.MachineService", "autostop", "answers hold booleans, and both forms may be sent"),
        ("updateMetadataRequest", "metadata", "null removes a key, as the operation's own text says"),
        ("ErrorResponse", "status", "newer clients know more codes than are described"),
    ],
    queries: &[
        ("kill", "the official client destroys with it"),
        ("ttl", "the official client leases with it"),
        ("force_stop", "the official client restarts with it"),
        ("metadata.*", "documented in prose: a filter of the list"),
    ],
    wrapped: &[
        ("GET", "/lease", "data", "the description shows the content of the envelope only"),
        ("POST", "/lease", "data", "the description shows the content of the envelope only"),
        ("DELETE", "/lease", "data", "the description shows the content of the envelope only"),
    ],
    error: "ErrorResponse",
    statuses: (
        &[400, 401, 403, 404, 408, 409, 412, 422, 429, 500, 502, 503],
        "most errors are not described; all that are seen have the same body",
    ),
};

/// Where Discord is known to differ from its own description.
const DISCORD: Gaps = Gaps {
    draft: Draft::Draft202012,
    padding: true,
    digits: &[
        ("ApplicationCommandUpdateRequest", "default_member_permissions", "its README: digits in a text are accepted"),
        ("MessageAttachmentRequest", "id", "its README: digits in a text are accepted, and numbers for ids"),
    ],
    open: &["Error", "Ratelimited"],
    fields: &[],
    loose: &[("Error", "code", "the codes of single fields are words, as the reference of errors shows")],
    queries: &[],
    wrapped: &[],
    error: "ErrorResponse",
    statuses: (&[500, 502, 503], "not described"),
};
