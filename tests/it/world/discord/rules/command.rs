//! Rules of command registration.
//! <https://discord.com/developers/docs/interactions/application-commands#application-command-object>

use serde_json::{Value, json};
use twilight_model::application::command::Command;

use super::super::judge::read;
use super::super::reply::Problem;
use super::super::wire::without_padding;
use super::{each, problem, twice};

/// <https://discord.com/developers/docs/reference#locales>
const LOCALES: &[&str] = &[
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
];

/// What a list of commands breaks.
pub(in super::super) fn commands(sent: &[Value]) -> Vec<Problem> {
    let mut found = Vec::new();
    for (place, command) in sent.iter().enumerate() {
        let at = place.to_string();
        found.extend(one(&at, command));
        found.extend(locales(&at, command));
        found.extend(options(&at, &command["options"]));
    }
    // Names are unique by kind.
    let names = sent.iter().filter_map(|command| command["name"].as_str());
    found
        .extend(twice(names).map(|name| problem("", "APPLICATION_COMMANDS_DUPLICATE_NAME", format!("`{name}` twice"))));
    let languages = sent.iter().filter_map(|command| command["name_localizations"].as_object());
    let languages: std::collections::BTreeSet<&String> = languages.flat_map(serde_json::Map::keys).collect();
    for language in languages {
        let seen = |command: &'_ Value| {
            command["name_localizations"][language].as_str().or(command["name"].as_str()).map(str::to_owned)
        };
        let names: Vec<String> = sent.iter().filter_map(seen).collect();
        let again = twice(names.iter().map(String::as_str)).map(|name| format!("`{name}` twice in {language}"));
        found.extend(again.map(|says| problem("", "APPLICATION_COMMANDS_DUPLICATE_NAME", says)));
    }
    // 100 of the kind that is typed.
    if sent.len() > 100 {
        found.push(problem("", "APPLICATION_COMMAND_TOO_MANY", "more than 100 commands"));
    }
    found
}

/// Names, descriptions, the 8000 characters: twilight's, once the body has what Discord fills in.
fn one(at: &str, sent: &Value) -> Vec<Problem> {
    let mut command = without_padding(sent);
    command["version"] = json!("1");
    if command.get("type").is_none() {
        command["type"] = json!(1);
    }
    for key in ["description", "default_member_permissions"] {
        if command.get(key).is_none() {
            command[key] = if key == "description" { json!("") } else { Value::Null };
        }
    }
    if let Some(bits) = command["default_member_permissions"].as_u64() {
        command["default_member_permissions"] = json!(bits.to_string());
    }
    let command: Command = match read(at, &command) {
        Ok(command) => command,
        Err(unreadable) => return vec![unreadable],
    };
    let mut found = Vec::new();
    if let Err(error) = twilight_validate::command::command(&command) {
        found.push(problem(at, "APPLICATION_COMMAND_INVALID", error.to_string()));
    }
    if let Err(error) = twilight_validate::command::options(&command.options) {
        found.push(problem(format!("{at}.options"), "APPLICATION_COMMAND_OPTIONS_INVALID", error.to_string()));
    }
    found
}

fn locales(at: &str, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    for key in ["name_localizations", "description_localizations"] {
        for locale in value[key].as_object().into_iter().flat_map(serde_json::Map::keys) {
            if !LOCALES.contains(&locale.as_str()) {
                found.push(problem(format!("{at}.{key}"), "LOCALE_INVALID", format!("`{locale}` is no locale")));
            }
        }
    }
    found
}

/// The same for each level below a command, where twilight looks at the first only.
fn options(at: &str, list: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut optional = false;
    for (place, option) in each(list) {
        let at = format!("{at}.options.{place}");
        let name = option["name"].as_str().unwrap_or_default();
        if let Err(error) = twilight_validate::command::option_name(name) {
            found.push(problem(format!("{at}.name"), "APPLICATION_COMMAND_INVALID_NAME", error.to_string()));
        }
        for local in option["name_localizations"].as_object().into_iter().flat_map(serde_json::Map::values) {
            if let Err(error) = twilight_validate::command::option_name(local.as_str().unwrap_or_default()) {
                found.push(problem(
                    format!("{at}.name_localizations"),
                    "APPLICATION_COMMAND_INVALID_NAME",
                    error.to_string(),
                ));
            }
        }
        let choices = &option["choices"];
        if option["autocomplete"] == true && choices.as_array().is_some_and(|all| !all.is_empty()) {
            found.push(problem(&at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "choices and autocomplete"));
        }
        if !matches!(option["type"].as_u64(), Some(1 | 2)) {
            if option["required"] == true && optional {
                found.push(problem(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "required after optional"));
            }
            optional |= option["required"] != true;
        }
        let names = each(choices).filter_map(|(_, choice)| choice["name"].as_str());
        found.extend(twice(names).map(|name| problem(&at, "APPLICATION_COMMAND_OPTIONS_DUPLICATE_CHOICE", name)));
        found.extend(locales(&at, option));
        for (_, choice) in each(choices) {
            found.extend(locales(&at, choice));
        }
        found.extend(options(&at, &option["options"]));
    }
    let names = each(list).filter_map(|(_, option)| option["name"].as_str());
    let again = twice(names)
        .map(|name| problem(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_USED", format!("`{name}` twice")));
    found.extend(again);
    found
}
