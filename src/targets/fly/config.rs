//! A machine's config as a JSON value: copies of it in which one thing is another, and what its durations mean.
//!
//! Not here: what a rollout reads in it (`machine`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How all metadata keys begin that only Shipgate writes.
const OURS: &str = "shipgate_";

/// The config with another image and these notes, and nothing else changed.
pub(super) fn with_image<'n>(config: &Value, image: &str, notes: impl IntoIterator<Item = (&'n str, String)>) -> Value {
    let mut config = config.clone();
    if let Some(fields) = config.as_object_mut() {
        fields.insert("image".to_owned(), Value::from(image));
        let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            for (key, value) in notes {
                metadata.insert(key.to_owned(), Value::from(value));
            }
        }
    }
    config
}

/// The config without what Shipgate has noted in it.
pub(super) fn without_notes(config: &Value) -> Value {
    let mut config = config.clone();
    if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !key.starts_with(OURS));
    }
    config
}

/// The config of a machine that nobody finds by its name inside the organisation.
pub(super) fn without_dns(config: &Value) -> Value {
    let mut config = config.clone();
    if let Some(fields) = config.as_object_mut() {
        let dns = fields.entry("dns").or_insert_with(|| json!({}));
        if let Some(dns) = dns.as_object_mut() {
            dns.insert("skip_registration".to_owned(), Value::from(true));
        }
    }
    config
}

/// The config of a machine that stands by for others which have new names.
pub(super) fn standing_by(config: &Value, names: &BTreeMap<&str, &str>) -> Value {
    let mut config = config.clone();
    let mut name = |place: &mut Value| {
        let new =
            place.as_str().map(|text| text.split(',').map(|id| *names.get(id).unwrap_or(&id)).collect::<Vec<_>>());
        if let Some(new) = new {
            *place = Value::from(new.join(","));
        }
    };
    config.get_mut("standbys").and_then(Value::as_array_mut).into_iter().flatten().for_each(&mut name);
    config.get_mut("env").and_then(|env| env.get_mut("FLY_STANDBY_FOR")).into_iter().for_each(name);
    config
}

/// A duration of the API in milliseconds: a number of nanoseconds, or Go's text such as `1m30s`.
pub(super) fn duration(value: &Value) -> Option<i64> {
    if let Some(nanoseconds) = value.as_i64() {
        return Some(nanoseconds / 1_000_000);
    }
    let mut rest = value.as_str()?;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        total += number
            * match &rest[..unit] {
                "h" => 3_600_000.0,
                "m" => 60_000.0,
                "s" => 1_000.0,
                "ms" => 1.0,
                "us" | "µs" | "ns" => 0.0,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    Some(total as i64)
}
