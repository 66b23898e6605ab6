//! `[discord]`: which guild, which channels, and how interactions come in.

use super::table::Table;
use super::value::Value;
use crate::config::{Discord, Mode};
use crate::domain::Note;

/// Reads the section; none where there is none.
pub(super) fn read(value: Value<'_>) -> Option<Discord> {
    let mut table = value.table()?;
    let guild = table.required("guild", r#"guild = "100000000000000001""#).and_then(snowflake);
    let mode = table.choice("mode", &[("gateway", Mode::Connection), ("http", Mode::Http)]);
    let channels = table.required("channels", r#"channels = { deployments = "100000000000000002" }"#);
    let channels = channels.and_then(Value::table).and_then(read_channels);
    table.finish();
    let (deployments, [warnings, incidents, announcements]) = channels?;
    Some(Discord { guild: guild?, mode: mode?, deployments, warnings, incidents, announcements })
}

fn read_channels(mut table: Table<'_>) -> Option<(u64, [Option<u64>; 3])> {
    let deployments = table.required("deployments", r#"deployments = "100000000000000002""#).and_then(snowflake);
    let warnings = table.maybe("warnings", snowflake);
    let incidents = table.maybe("incidents", snowflake);
    let announcements = table.maybe("announcements", snowflake);
    table.finish();
    Some((deployments?, [warnings?, incidents?, announcements?]))
}

/// An id of Discord's: a text, because a number of that size loses digits in many tools.
fn snowflake(value: Value<'_>) -> Option<u64> {
    let text = value.like("^[0-9]{15,20}$").text()?;
    let fits = (15..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let id = text.parse().ok().filter(|id| fits && *id != 0);
    id.or_else(|| value.fail(Note::new("config-not-snowflake")))
}
