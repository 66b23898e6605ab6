//! `[people]`, `[groups]` and `[permissions]`.
//!
//! To add a chat's identities: its notations in [`IDENTITIES`].

use std::collections::{BTreeMap, BTreeSet};

use super::table::Table;
use super::value::Value;
use crate::config::people::{EVERYONE, People};
use crate::config::problem::{list, shown};
use crate::domain::{Note, Permission};
use crate::text::{is_plain, is_word};

/// How identities begin, and whether such a one is always the same human.
const IDENTITIES: [(&str, bool); 6] = [
    ("terminal:", true),
    ("api:", true),
    ("discord:user:", true),
    ("discord:role:", false),
    ("slack:user:", true),
    ("slack:group:", false),
];

/// Reads the three sections. A group with a mistake in it is known all the same, so that one mistake is one problem.
pub(super) fn read(file: &mut Table<'_>) -> People {
    let people = section(file, "people").map(|table| read_people(&table)).unwrap_or_default();
    let groups = section(file, "groups").map(|table| read_groups(&table, &people)).unwrap_or_default();
    let mut all = People { people, groups, permissions: BTreeMap::new() };
    if let Some(table) = section(file, "permissions") {
        all.permissions = read_permissions(table, &all);
    }
    all
}

/// A group that there is.
pub(super) fn group(value: Value<'_>, people: &People) -> Option<String> {
    let group = value.text()?;
    if people.has_group(group) {
        return Some(group.to_owned());
    }
    if people.people.contains_key(group) || group.contains(':') {
        return value.fail(Note::new("config-not-a-group").with("name", shown(group)));
    }
    let known: Vec<_> = names(&people.groups).chain([EVERYONE]).collect();
    value.unknown("config-unknown-group", group, &known)
}

fn section<'a>(file: &mut Table<'a>, key: &'static str) -> Option<Table<'a>> {
    file.optional(key).and_then(Value::table)
}

fn read_people(table: &Table<'_>) -> BTreeMap<String, Vec<String>> {
    let (mut people, mut owners) = (BTreeMap::new(), BTreeMap::new());
    for entry in table.entries() {
        check_key(entry);
        let mut identities = Vec::new();
        for item in entry.list().unwrap_or_default() {
            let Some(identity) = identity(item, true) else { continue };
            match owners.get(&identity).filter(|owner| **owner != entry.key) {
                Some(owner) => {
                    let note = Note::new("config-identity-twice").with("identity", &identity);
                    item.fail::<()>(note.with("person", owner));
                }
                None => {
                    owners.insert(identity.clone(), entry.key);
                    identities.push(identity);
                }
            }
        }
        people.insert(entry.key.to_owned(), identities);
    }
    people
}

fn read_groups(table: &Table<'_>, people: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut groups = BTreeMap::new();
    let entries = table.entries();
    let known: BTreeSet<&str> = entries.iter().map(|entry| entry.key).chain([EVERYONE]).collect();
    for entry in entries {
        check_key(entry);
        let members = entry.list().unwrap_or_default();
        let members = members.into_iter().filter_map(|item| member(item, people, &known)).collect::<Vec<_>>();
        groups.insert(entry.key.to_owned(), members);
    }
    groups
}

fn read_permissions(mut table: Table<'_>, people: &People) -> BTreeMap<Permission, Vec<String>> {
    let mut permissions = BTreeMap::new();
    for permission in Permission::ALL {
        if let Some(groups) = table.optional(permission.word()).and_then(Value::list) {
            let groups = groups.into_iter().filter_map(|item| group(item, people)).collect::<Vec<_>>();
            permissions.insert(permission, groups);
        }
    }
    table.finish();
    permissions
}

fn member(item: Value<'_>, people: &BTreeMap<String, Vec<String>>, groups: &BTreeSet<&str>) -> Option<String> {
    let text = item.text()?;
    if text.contains(':') {
        return identity(item, false);
    }
    if people.contains_key(text) {
        return Some(text.to_owned());
    }
    if groups.contains(text) {
        let key = if text == EVERYONE { "config-everyone-in-group" } else { "config-group-in-group" };
        return item.fail(Note::new(key).with("name", shown(text)));
    }
    item.unknown("config-unknown-person", text, &names(people).collect::<Vec<_>>())
}

/// The names that can be written as they are: nobody is told to write one that is refused itself.
fn names(all: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = &str> {
    all.keys().map(String::as_str).filter(|name| is_word(name) && *name != EVERYONE)
}

/// An identity in a chat; `human` asks for one that is always the same human.
fn identity(item: Value<'_>, human: bool) -> Option<String> {
    let text = item.text()?;
    let found = IDENTITIES.iter().find(|(start, _)| text.starts_with(start));
    let rest = found.map_or("", |(start, _)| &text[start.len()..]);
    let fits = !rest.is_empty() && rest.len() <= 200 && rest.chars().all(|c| is_plain(c) && !c.is_whitespace());
    if let Some(wrong) = found.filter(|_| fits).and_then(|(start, _)| no_id(start, rest)) {
        return item.fail(wrong.with("identity", shown(text)));
    }
    match found {
        Some((_, is_human)) if fits && (*is_human || !human) => Some(text.to_owned()),
        Some((_, false)) if fits => item.fail(Note::new("config-not-a-person").with("identity", shown(text))),
        _ => {
            let known = IDENTITIES.map(|(start, _)| format!("{start}…"));
            let known = list(&known.each_ref().map(String::as_str));
            item.fail(Note::new("config-bad-identity").with("identity", shown(text)).with("known", known))
        }
    }
}

/// A name where a chat's own id is needed: it would match nobody, without a word. Discord's ids are numbers; Slack's begin
/// with a letter that says what they are of.
fn no_id(start: &str, rest: &str) -> Option<Note> {
    let is_slack = |first: &[char]| {
        rest.starts_with(first) && rest.len() > 1 && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let (is_id, key) = match start {
        "discord:user:" | "discord:role:" => (rest.chars().all(|c| c.is_ascii_digit()), "config-no-discord-id"),
        "slack:user:" => (is_slack(&['U', 'W']), "config-no-slack-user"),
        "slack:group:" => (is_slack(&['S']), "config-no-slack-group"),
        _ => return None,
    };
    (!is_id).then(|| Note::new(key))
}

fn check_key(entry: Value<'_>) {
    if !is_word(entry.key) {
        entry.fail_key::<()>(Note::new("config-bad-key"));
    }
    if entry.key == EVERYONE {
        entry.fail_key::<()>(Note::new("config-everyone"));
    }
}
