//! The config of a fly target: `{ app, strategy }`.

use serde_json::Value;

use crate::domain::Note;

/// What may stand in the table.
const KEYS: [&str; 2] = ["app", "strategy"];
/// fly.io's own limit.
const LONGEST_APP: usize = 63;

/// What the config says of a fly target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The fly.io app.
    pub app: String,
    /// How its machines are replaced.
    pub strategy: Strategy,
}

/// How machines are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// One after the other.
    Rolling,
    /// All at once.
    Immediate,
    /// An extra machine tries the release first; then one after the other.
    Canary,
    /// New machines beside the old ones, which leave once all of the new ones are well.
    BlueGreen,
}

impl Strategy {
    /// Its word in the config, where it needs room for machines beside those that are there.
    pub(super) const fn makes_machines(self) -> Option<&'static str> {
        match self {
            Self::Rolling | Self::Immediate => None,
            Self::Canary => Some("canary"),
            Self::BlueGreen => Some("bluegreen"),
        }
    }
}

/// Reads the config of a fly target.
///
/// # Errors
/// Everything that is wrong with it. A note's argument `key` names the key it is about, where there is one.
pub fn settings(table: &Value) -> Result<Settings, Vec<Note>> {
    let Some(table) = table.as_object() else { return Err(vec![Note::new("fly-settings-no-table")]) };
    let mut wrong: Vec<Note> =
        table.keys().filter(|key| !KEYS.contains(&key.as_str())).map(|k| unknown_key(k)).collect();
    let app = app(table.get("app")).map_err(|note| wrong.push(note));
    let strategy = strategy(table.get("strategy")).map_err(|note| wrong.push(note));
    match (app, strategy) {
        (Ok(app), Ok(strategy)) if wrong.is_empty() => Ok(Settings { app, strategy }),
        _ => Err(wrong),
    }
}

fn app(value: Option<&Value>) -> Result<String, Note> {
    let Some(app) = value else { return Err(Note::new("fly-app-unset").with("key", "app")) };
    match app.as_str() {
        Some(app) if fits_a_host_name(app) => Ok(app.to_owned()),
        _ => Err(Note::new("fly-app-malformed").with("key", "app").with("app", shown(app))),
    }
}

/// Anything else would end up in a path of the API.
fn fits_a_host_name(app: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !app.is_empty() && app.len() <= LONGEST_APP && app.chars().all(fits) && !app.starts_with('-') && !app.ends_with('-')
}

fn strategy(value: Option<&Value>) -> Result<Strategy, Note> {
    let Some(value) = value else { return Ok(Strategy::Rolling) };
    match value.as_str() {
        Some("rolling") => Ok(Strategy::Rolling),
        Some("immediate") => Ok(Strategy::Immediate),
        Some("canary") => Ok(Strategy::Canary),
        Some("bluegreen") => Ok(Strategy::BlueGreen),
        _ => Err(Note::new("fly-strategy-unknown").with("key", "strategy").with("strategy", shown(value))),
    }
}

fn unknown_key(key: &str) -> Note {
    let nearest = KEYS.iter().max_by(|a, b| strsim::jaro(a, key).total_cmp(&strsim::jaro(b, key)));
    let nearest = nearest.copied().unwrap_or_default();
    Note::new("fly-setting-unknown").with("key", super::error::cut(key)).with("nearest", nearest)
}

fn shown(value: &Value) -> String {
    super::error::cut(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str())
}
