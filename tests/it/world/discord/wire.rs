//! Small things of Discord's wire: ids, times, bodies in parts.

use serde_json::{Value, json};
use shipgate::clock::Moment;

/// 2015-01-01, from which snowflakes count.
/// <https://discord.com/developers/docs/reference#snowflakes>
const EPOCH: i64 = 1_420_070_400_000;

/// Ids and bits are texts on the wire.
pub(super) fn text(number: u64) -> String {
    number.to_string()
}

/// An id in a path or a body.
pub(super) fn id(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// An id that is made at a moment.
pub(super) fn snowflake(now: Moment, count: u64) -> u64 {
    let since = u64::try_from(now.0 - EPOCH).unwrap_or_default();
    (since << 22) | (count & 0x3f_ffff)
}

/// A moment as Discord writes it.
pub(super) fn stamp(moment: Moment) -> String {
    let time = chrono::DateTime::from_timestamp_millis(moment.0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// The body of a request, and the names of the files beside it.
/// <https://discord.com/developers/docs/reference#uploading-files>
pub(super) fn body(content_type: &str, bytes: &[u8]) -> Result<(Option<Value>, Vec<String>), String> {
    if bytes.is_empty() {
        return Ok((None, Vec::new()));
    }
    let parse = |text: &str| serde_json::from_str(text).map(Some).map_err(|error| error.to_string());
    let Some(boundary) =
        content_type.strip_prefix("multipart/form-data").and_then(|rest| rest.split("boundary=").nth(1))
    else {
        return Ok((parse(&String::from_utf8_lossy(bytes))?, Vec::new()));
    };
    let (mut json, mut files) = (None, Vec::new());
    for part in String::from_utf8_lossy(bytes).split(&format!("--{}", boundary.trim_matches('"'))) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else { continue };
        let quoted = |key: &str| head.split(&format!("{key}=\"")).nth(1).and_then(|rest| rest.split('"').next());
        match (quoted(" name"), quoted("filename")) {
            (Some("payload_json"), _) => json = parse(content.trim_end_matches("\r\n"))?,
            (Some(name), Some(file)) if name.starts_with("files[") => files.push(file.to_owned()),
            other => return Err(format!("a part that is neither payload_json nor a file: {other:?}")),
        }
    }
    Ok((json, files))
}

/// Without null and empty lists, as Discord answers.
pub(super) fn without_padding(value: &Value) -> Value {
    let says = |value: &Value| !value.is_null() && *value != json!([]) && *value != json!(false);
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| says(value))
            .map(|(key, value)| (key.clone(), without_padding(value)))
            .collect(),
        Value::Array(all) => all.iter().map(without_padding).collect(),
        other => other.clone(),
    }
}
