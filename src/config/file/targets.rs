//! `target = { kind = …, … }`: where an environment runs.
//!
//! To add a kind: an arm in [`read`] that makes its settings; what they mean is the target's own business.

use serde_json::json;

use super::checks::not_yet;
use super::value::Value;
use crate::config::problem::shown;
use crate::domain::{Note, TargetSpec};

/// Kinds that this version has, and those that are planned.
const KINDS: [&str; 1] = ["fly"];
const LATER: [&str; 3] = ["kubernetes", "docker_ssh", "program"];

/// How machines are replaced; the first one where nothing is said.
const STRATEGIES: [&str; 4] = ["rolling", "immediate", "canary", "bluegreen"];

/// Reads a target.
pub(super) fn read(value: Value<'_>) -> Option<TargetSpec> {
    let mut table = value.table()?;
    let kind = table.required("kind", r#"kind = "fly""#)?;
    match kind.among(&KINDS)? {
        "fly" => {
            let app = table.required("app", r#"app = "hello-staging""#).and_then(fly_app);
            let strategy = table.either("strategy", STRATEGIES[0], strategy);
            table.finish();
            let settings = json!({ "app": app?, "strategy": strategy? });
            Some(TargetSpec { kind: "fly".to_owned(), settings, fenced: true })
        }
        later if LATER.contains(&later) => kind.fail(not_yet("target", later, &KINDS)),
        other => kind.unknown("config-unknown-word", other, &KINDS),
    }
}

fn strategy(value: Value<'_>) -> Option<&'static str> {
    let word = value.among(&STRATEGIES)?;
    let known = STRATEGIES.into_iter().find(|known| *known == word);
    known.or_else(|| value.unknown("config-unknown-word", word, &STRATEGIES))
}

/// fly.io's own rule for names; anything else would end up in a path of its API.
fn fly_app(value: Value<'_>) -> Option<String> {
    let name = value.like("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$").text()?;
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if name.is_empty() || name.len() > 63 || !name.chars().all(fits) || name.starts_with('-') || name.ends_with('-') {
        return value.fail(Note::new("config-bad-fly-app").with("name", shown(name)));
    }
    Some(name.to_owned())
}
