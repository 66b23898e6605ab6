//! The file: text in, [`Config`] or every problem out. Each section has its own file here; all of them read through
//! [`Table`] and [`Value`], which note what is wrong and where.
//!
//! Not here: the environment variables (`variables`), and whether a far end can be reached.
//!
//! To add a key: ask its table for it. To add a section: a file here and a line in [`read`].

mod apps;
mod checks;
mod discord;
mod formats;
mod gates;
mod people;
mod slack;
mod table;
mod targets;
mod value;
mod watch;

pub(super) use value::LONGEST as LONGEST_TEXT;

use reqwest::Url;
use toml::de::DeTable;

use self::apps::Shared;
use self::table::Table;
use self::value::Value;
use super::people::People;
use super::problem::{Place, Problem, Report, shown};
use super::{Config, DEFAULT_DATABASE, LOCALES, names_an_engine};
use crate::domain::Note;
use crate::text;

/// A config is a page or two; what is longer than this is not one.
const LONGEST: usize = 1 << 20;

/// Sections that are planned and not built.
const LATER: [&str; 2] = ["github", "notify"];

/// What the parts of one environment need to know of what is around them.
#[derive(Clone, Copy, Debug)]
struct Scope<'a> {
    people: &'a People,
    time_zone: &'a str,
    url: Option<&'a Url>,
    is_first: bool,
}

/// Reads a config; `path` is what problems call the file.
///
/// # Errors
/// Every problem of the file, in its order. Where the notation itself is broken, what stands around that cannot be
/// trusted, and is left out until it is mended.
pub fn read(text: &str, path: &str) -> Result<Config, Vec<Problem>> {
    if text.len() > LONGEST {
        return Err(vec![Problem::new(Place::Whole(path.to_owned()), Note::new("config-file-too-long"))]);
    }
    let report = Report::new(path, text);
    let (tree, errors) = DeTable::parse_recoverable(text);
    let config = read_tree(tree.get_ref(), &report);
    let broken: Vec<usize> = errors.iter().map(|error| error.span().map_or(0, |span| span.start)).collect();
    report.keep_certain(&broken);
    for (error, at) in errors.iter().zip(broken) {
        report.add(at, Note::new("config-syntax").with("message", text::cut(error.message(), 120)));
    }
    let problems = report.into_problems();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// Reads a file whose notation is right; what is wrong with it goes into the report, and so does what it was asked for.
pub(super) fn read_tree(tree: &DeTable<'_>, report: &Report<'_>) -> Option<Config> {
    let mut file = Table::new(tree, 0, report);
    file.refuse(&LATER, "config-section-not-yet");
    let zone = file.either("time_zone", "UTC".to_owned(), apps::time_zone);
    let locale = file.choice("locale", &LOCALES.map(|locale| (locale, locale)));
    let database = file.optional("database").map_or_else(|| Some(DEFAULT_DATABASE.to_owned()), database);
    let discord = file.maybe("discord", discord::read);
    let slack = file.maybe("slack", slack::read);
    let people = people::read(&mut file);
    let time_zone = zone.as_deref().unwrap_or("UTC");
    let apps = apps::read(&mut file, Shared { people: &people, time_zone, report });
    file.finish();
    Some(Config {
        time_zone: zone?,
        locale: locale?.to_owned(),
        database: database?,
        discord: discord?,
        slack: slack?,
        people,
        apps: apps?,
    })
}

fn database(value: Value<'_>) -> Option<String> {
    let mut table = value.table()?;
    let url = table.either("url", DEFAULT_DATABASE.to_owned(), |value| {
        let url = value.like("^(sqlite|postgres|postgresql)://.").text()?;
        match names_an_engine(url) {
            Ok(()) => Some(url.to_owned()),
            Err(note) => value.fail(note),
        }
    });
    table.finish();
    url
}

/// A name that none before it has.
fn unique(value: Value<'_>, name: String, names: &mut Vec<String>) -> Option<String> {
    if names.contains(&name) {
        return value.fail(Note::new("config-name-twice").with("name", shown(&name)));
    }
    names.push(name.clone());
    Some(name)
}

/// The same of a name that people type, which differs from each before it in more than capitals.
fn apart(value: Value<'_>, name: String, names: &mut Vec<String>) -> Option<String> {
    match names.iter().find(|other| **other != name && other.to_lowercase() == name.to_lowercase()) {
        Some(other) => {
            value.fail(Note::new("config-name-alike").with("name", shown(&name)).with("other", shown(other)))
        }
        None => unique(value, name, names),
    }
}

/// Everything, or none: but every item is read first, so that each tells its own problem.
fn all<T>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    items.collect::<Vec<_>>().into_iter().collect()
}
