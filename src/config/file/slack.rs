//! `[slack]`: how interactions come in, and which channels it speaks in. Which workspace it is, the token says.

use super::table::Table;
use super::value::Value;
use crate::config::{Mode, Slack};
use crate::domain::Note;

/// Reads the section; none where there is none.
pub(super) fn read(value: Value<'_>) -> Option<Slack> {
    let mut table = value.table()?;
    let mode = table.choice("mode", &[("socket", Mode::Connection), ("http", Mode::Http)]);
    let channels = table.required("channels", r#"channels = { deployments = "C0DEPLOY" }"#);
    let channels = channels.and_then(Value::table).and_then(read_channels);
    table.finish();
    let (deployments, [warnings, incidents, announcements]) = channels?;
    Some(Slack { mode: mode?, deployments, warnings, incidents, announcements })
}

fn read_channels(mut table: Table<'_>) -> Option<(String, [Option<String>; 3])> {
    let deployments = table.required("deployments", r#"deployments = "C0DEPLOY""#).and_then(conversation);
    let warnings = table.maybe("warnings", conversation);
    let incidents = table.maybe("incidents", conversation);
    let announcements = table.maybe("announcements", conversation);
    table.finish();
    Some((deployments?, [warnings?, incidents?, announcements?]))
}

/// An id of a channel: `C…`, or `G…` of an old private one. A name would change, and cannot be posted to for certain.
fn conversation(value: Value<'_>) -> Option<String> {
    let text = value.like("^[CG][A-Z0-9]{2,39}$").text()?;
    let fits = text.starts_with(['C', 'G'])
        && (3..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if fits { Some(text.to_owned()) } else { value.fail(Note::new("config-not-conversation")) }
}
