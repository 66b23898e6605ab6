//! Machine configs as they are taken in, and the registry in which their images are looked up.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::config::Image;
use super::machine::Resolved;
use super::wire::Answer;

/// A config as it will be kept: unknown fields stay, defaults are filled in, and `autostop` is written as fly.io
/// reports it (`false` and `true` for `"off"` and `"stop"`).
pub(crate) fn settings(config: &Value) -> Result<Map<String, Value>, Answer> {
    let Value::Object(config) = config else {
        let text =
            format!("json: cannot unmarshal {} into Go struct field .config of type fly.MachineConfig", kind(config));
        return Err(Answer::error(400, &text));
    };
    let mut config = config.clone();
    for field in ["env", "metadata"] {
        texts(&config, field)?;
    }
    config.entry("init").or_insert_with(|| json!({}));
    config.entry("guest").or_insert_with(|| json!({"cpu_kind": "shared", "cpus": 1, "memory_mb": 256}));
    config.entry("restart").or_insert_with(|| json!({"policy": "on-failure", "max_retries": 10}));
    for service in config.get_mut("services").and_then(Value::as_array_mut).into_iter().flatten() {
        match service.get("autostop").and_then(Value::as_str) {
            Some("off") => service["autostop"] = json!(false),
            Some("stop") => service["autostop"] = json!(true),
            _ => {}
        }
    }
    Ok(config)
}

/// The image of a config, as the registry knows it.
pub(crate) fn resolve(images: &[Arc<Image>], config: &Map<String, Value>) -> Result<Resolved, Answer> {
    let Some(reference) = config.get("image").and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Err(Answer::rpc("invalid_argument", "config.image is required"));
    };
    let (place, digest) = match reference.split_once('@') {
        Some((place, digest)) => (place, Some(digest)),
        None => (reference, None),
    };
    let (path, tag) = match place.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (place, None),
    };
    let fits = |image: &&Arc<Image>| {
        path == format!("{}/{}", image.registry, image.repository)
            && match digest {
                Some(digest) => image.digest == digest,
                None => image.tag.as_deref() == Some(tag.unwrap_or("latest")),
            }
    };
    match images.iter().find(fits) {
        Some(image) => Ok(Resolved { image: Arc::clone(image), tag: tag.map(str::to_owned) }),
        None => Err(Answer::error(400, &unknown(reference))),
    }
}

fn unknown(reference: &str) -> String {
    let answer = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]});
    format!("failed to get manifest {reference}: request failed: not found [http 404]: {answer}")
}

/// Refuses a map that holds anything but texts, as Go does.
fn texts(config: &Map<String, Value>, field: &str) -> Result<(), Answer> {
    let wrong = match config.get(field) {
        None | Some(Value::Null) => None,
        Some(Value::Object(map)) => map.values().find(|value| !value.is_string()),
        Some(other) => Some(other),
    };
    match wrong {
        None => Ok(()),
        Some(value) => {
            let text = format!(
                "json: cannot unmarshal {} into Go struct field MachineConfig.config.{field} of type string",
                kind(value)
            );
            Err(Answer::error(400, &text))
        }
    }
}

/// What Go calls a JSON value.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
