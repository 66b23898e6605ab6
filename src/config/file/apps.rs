//! `[[apps]]` and their environments.

use chrono_tz::{TZ_VARIANTS, Tz};
use reqwest::Url;

use super::table::Table;
use super::value::Value;
use super::{Scope, all, apart, gates, targets, watch};
use crate::command;
use crate::config::people::People;
use crate::config::problem::{Report, shown};
use crate::config::{App, Environment};
use crate::domain::{Note, Policy, Span};

/// What commands read as something else: `/lock all`, `/lock staging next`, `/deploy staging again`, `/halt for 2h`.
const OF_COMMANDS: [&str; 4] = [command::ALL, "next", "again", "for"];
/// How long a deployment may wait before its rollout.
const GIVE_UP: Span = Span::hours(24);
/// How long a rollout may take.
const ROLLOUT_WITHIN: Span = Span::minutes(15);

/// What counts for all apps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<'a> {
    pub(super) people: &'a People,
    pub(super) time_zone: &'a str,
    pub(super) report: &'a Report<'a>,
}

/// Reads all apps.
pub(super) fn read(file: &mut Table<'_>, shared: Shared<'_>) -> Option<Vec<App>> {
    let (mut names, mut taken) = (Vec::new(), Vec::new());
    let tables = file.some_tables("apps", "config-no-apps")?;
    all(tables.into_iter().map(|table| read_app(table, shared, &mut names, &mut taken)))
}

/// A time zone that there is.
pub(super) fn time_zone(value: Value<'_>) -> Option<String> {
    let name = value.text()?;
    if name.parse::<Tz>().is_ok() {
        return Some(name.to_owned());
    }
    let known: Vec<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
    value.unknown("config-unknown-zone", name, &known)
}

/// `taken` are the targets of all environments so far: two on one target would undo each other's work.
fn read_app(
    mut table: Table<'_>,
    shared: Shared<'_>,
    names: &mut Vec<String>,
    taken: &mut Vec<serde_json::Value>,
) -> Option<App> {
    let name = table.required("name", r#"name = "hello""#).and_then(|v| typed(v, names));
    let repository = table.maybe("repository", repository);
    let tables = table.some_tables("environments", "config-no-environments");
    let mut known = Vec::new();
    let mut read = |(index, table)| read_environment(table, index == 0, shared, &mut known, taken);
    let environments = tables.and_then(|tables| all(tables.into_iter().enumerate().map(&mut read)));
    table.finish();
    Some(App { name: name?, repository: repository?, environments: environments? })
}

fn read_environment(
    mut table: Table<'_>,
    is_first: bool,
    shared: Shared<'_>,
    names: &mut Vec<String>,
    taken: &mut Vec<serde_json::Value>,
) -> Option<Environment> {
    let place = shared.report.place(table.at());
    let name = table.required("name", r#"name = "staging""#).and_then(|v| typed(v, names));
    let zone = table.optional("time_zone").map_or_else(|| Some(shared.time_zone.to_owned()), time_zone);
    let url = table.maybe("url", address);
    let target = table.required("target", r#"target = { kind = "fly", app = "hello-staging" }"#).and_then(|value| {
        let target = targets::read(value)?;
        let same = serde_json::json!([target.kind, target.settings["app"]]);
        if taken.contains(&same) {
            return value.fail(Note::new("config-target-twice"));
        }
        taken.push(same);
        Some(target)
    });
    let base = url.as_ref().and_then(Option::as_ref);
    let time_zone = zone.as_deref().unwrap_or(shared.time_zone);
    let scope = Scope { people: shared.people, time_zone, url: base, is_first };
    let gates = gates::read(&mut table, &scope);
    let watch = table.maybe("watch", |value| watch::read(value, &scope));
    let give_up = table.either("give_up", GIVE_UP, Value::span);
    let rollout_within =
        table.either("rollout_within", ROLLOUT_WITHIN, |v| v.span_of(Span::seconds(10)..=Span::hours(24)));
    let override_by = table.either("override_by", 1, |value| value.whole(1..=5));
    table.finish();
    let (before, after) = gates?;
    let policy = Policy {
        target: target?,
        url: url?.map(|url| url.as_str().trim_end_matches('/').to_owned()),
        time_zone: zone?,
        before,
        after,
        watch: watch?,
        give_up: give_up?,
        rollout_within: rollout_within?,
        override_by: override_by?,
    };
    Some(Environment { name: name?, policy, place })
}

/// A name that people type in commands, where it stands for nothing else.
fn typed(value: Value<'_>, names: &mut Vec<String>) -> Option<String> {
    let name = value.word()?;
    let is_ours = OF_COMMANDS.iter().any(|word| name.eq_ignore_ascii_case(word));
    if is_ours || command::span(&name).is_some() {
        return value.fail(Note::new("config-word-of-commands").with("name", shown(&name)));
    }
    apart(value, name, names)
}

/// The environment's own address: checks and cards put a path behind it.
fn address(value: Value<'_>) -> Option<Url> {
    let url = value.url()?;
    match (url.query(), url.fragment()) {
        (None, None) => Some(url),
        _ => value.fail(Note::new("config-url-with-query")),
    }
}

fn repository(value: Value<'_>) -> Option<String> {
    let text = value.like("^[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}$").text()?;
    let part = |part: &str| {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        !part.is_empty() && part.len() <= 100 && part.chars().all(fits)
    };
    match text.split_once('/') {
        Some((owner, name)) if part(owner) && part(name) => Some(text.to_owned()),
        _ => value.fail(Note::new("config-bad-repository").with("repository", shown(text))),
    }
}
