//! A typed line, read by the registered commands as a client does.

use serde_json::{Value, json};

use super::wire::text;

/// What can be named in a line.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) members: Vec<(String, u64)>,
    pub(super) channels: Vec<(String, u64)>,
}

/// The data of a command; with an option that is being typed, of its completion.
#[track_caller]
pub(super) fn command(commands: &[Value], names: &Names, line: &str, focused: Option<&str>) -> Value {
    let mut words = line.split_whitespace().peekable();
    let first = words.next().and_then(|word| word.strip_prefix('/'));
    let first = first.unwrap_or_else(|| panic!("a command begins with a slash: {line}"));
    let known = || commands.iter().filter_map(|command| command["name"].as_str()).collect::<Vec<_>>();
    let command = commands.iter().find(|command| is_called(command, first));
    let command =
        command.unwrap_or_else(|| panic!("no command is called `{first}`, or not for this person: {:?}", known()));
    let mut data = json!({
        "id": command["id"], "name": command["name"], "type": 1, "guild_id": command["guild_id"], "options": [],
        "resolved": {},
    });
    // Down through groups and subcommands.
    let (mut level, mut path) = (command, Vec::new());
    while let Some(below) = words.peek().and_then(|word| below(level, word)) {
        path.push((below["name"].clone(), below["type"].clone()));
        level = below;
        words.next();
    }
    let open = level["options"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| matches!(one["type"].as_u64(), Some(1 | 2))));
    assert!(!open, "`{line}` stops before its subcommand");
    let rest: Vec<&str> = words.collect();
    let mut options = values(level, &rest, line);
    if let Some(focused) = focused
        && !options.iter().any(|(option, _)| option["name"] == focused)
    {
        let option = of_name(level, focused).unwrap_or_else(|| panic!("`{first}` has no option `{focused}`"));
        options.push((option, String::new()));
    }
    if focused.is_none() {
        required(level, &options, line);
    }
    let mut resolved = json!({});
    let mut list: Value =
        options.iter().map(|(option, said)| value(option, said, names, focused, &mut resolved)).collect();
    for (name, kind) in path.into_iter().rev() {
        list = json!([{"name": name, "type": kind, "options": list}]);
    }
    data["options"] = list;
    data["resolved"] = resolved;
    data
}

/// The subcommand or group that a word names.
fn below<'a>(level: &'a Value, word: &str) -> Option<&'a Value> {
    let all = level["options"].as_array()?.iter();
    all.filter(|one| matches!(one["type"].as_u64(), Some(1 | 2))).find(|one| is_called(one, word))
}

fn of_name<'a>(level: &'a Value, name: &str) -> Option<&'a Value> {
    level["options"].as_array()?.iter().find(|one| is_called(one, name))
}

/// Clients find things by their default name and by that in the person's language; what is sent is the default one.
/// <https://discord.com/developers/docs/interactions/application-commands#localization>
fn is_called(one: &Value, word: &str) -> bool {
    one["name"] == word
        || one["name_localizations"].as_object().is_some_and(|all| all.values().any(|name| name == word))
}

/// Each option with what was typed for it. A word that begins no option belongs to the one before.
#[track_caller]
fn values<'a>(level: &'a Value, words: &[&str], line: &str) -> Vec<(&'a Value, String)> {
    let mut found: Vec<(&Value, String)> = Vec::new();
    for word in words {
        let split = word.split_once(':');
        if let Some((option, said)) = split.and_then(|(name, said)| Some((of_name(level, name)?, said))) {
            assert!(!found.iter().any(|(known, _)| known == &option), "`{}` twice in `{line}`", option["name"]);
            found.push((option, said.to_owned()));
            continue;
        }
        let name_like = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        let names: Vec<&Value> = level["options"].as_array().into_iter().flatten().map(|one| &one["name"]).collect();
        assert!(
            !split.is_some_and(|(name, rest)| name_like(name)
                && !rest.starts_with("//")
                && !found.is_empty()
                && !name.is_empty()),
            "no option `{word}` in `{line}`, only {names:?}",
        );
        let (_, said) =
            found.last_mut().unwrap_or_else(|| panic!("`{word}` in `{line}` is for no option of {names:?}"));
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(word);
    }
    found
}

#[track_caller]
fn required(level: &Value, options: &[(&Value, String)], line: &str) {
    let needed = level["options"].as_array().into_iter().flatten().filter(|one| one["required"] == true);
    for option in needed {
        let there = options.iter().any(|(known, said)| known["name"] == option["name"] && !said.is_empty());
        assert!(there, "`{line}` lacks {}, which is required", option["name"]);
    }
}

#[track_caller]
fn value(option: &Value, said: &str, names: &Names, focused: Option<&str>, resolved: &mut Value) -> Value {
    let (name, kind) = (&option["name"], option["type"].as_u64().unwrap_or_default());
    let mut sent = json!({"name": name, "type": kind});
    if focused.is_some_and(|focused| *name == focused) {
        assert!(option["autocomplete"] == true, "{name} is not completed");
        sent["focused"] = json!(true);
        sent["value"] = json!(said);
        return sent;
    }
    let choices: Vec<&Value> = option["choices"].as_array().into_iter().flatten().collect();
    if !choices.is_empty() {
        let number = |one: &Value| said.parse::<f64>().is_ok_and(|said| one["value"].as_f64() == Some(said));
        let named = |one: &&&Value| is_called(one, said) || one["value"] == said || number(one);
        let choice = choices.iter().find(named);
        sent["value"] =
            choice.unwrap_or_else(|| panic!("{name} does not offer `{said}`: {choices:?}"))["value"].clone();
        return sent;
    }
    let number = || said.parse::<f64>().unwrap_or_else(|_| panic!("{name} wants a number, not `{said}`"));
    sent["value"] = match kind {
        3 => {
            let (least, most) = (option["min_length"].as_u64(), option["max_length"].as_u64());
            let length = said.chars().count() as u64;
            assert!(length >= least.unwrap_or(0) && length <= most.unwrap_or(6_000), "{name} is too short or too long");
            json!(said)
        }
        4 => json!(said.parse::<i64>().unwrap_or_else(|_| panic!("{name} wants a whole number, not `{said}`"))),
        5 => json!(said.parse::<bool>().unwrap_or_else(|_| panic!("{name} wants true or false, not `{said}`"))),
        6 | 7 => json!(text(entity(kind, said, names, resolved))),
        10 => json!(number()),
        other => panic!("the fake cannot type an option of type {other}"),
    };
    if matches!(kind, 4 | 10) {
        let (least, most) = (option["min_value"].as_f64(), option["max_value"].as_f64());
        let fits = least.is_none_or(|least| number() >= least) && most.is_none_or(|most| number() <= most);
        assert!(fits, "{name} is out of bounds");
    }
    sent
}

/// A person or a channel, by name.
#[track_caller]
fn entity(kind: u64, said: &str, names: &Names, resolved: &mut Value) -> u64 {
    let (all, key) = if kind == 6 { (&names.members, "users") } else { (&names.channels, "channels") };
    let wanted = said.trim_start_matches(['@', '#']);
    let found = all.iter().find(|(name, _)| name == wanted).map(|(_, id)| *id);
    let id = found.unwrap_or_else(|| panic!("nothing is called `{said}`"));
    resolved[key][text(id)] = if kind == 6 {
        json!({"id": text(id), "username": wanted, "discriminator": "0", "avatar": null, "bot": false})
    } else {
        json!({"id": text(id), "name": wanted, "type": 0, "permissions": "0"})
    };
    id
}
