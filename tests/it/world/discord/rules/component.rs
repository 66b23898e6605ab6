//! Rules of buttons, selects and rows. <https://discord.com/developers/docs/components/reference>

use serde_json::Value;
use twilight_model::channel::message::Component;

use super::super::judge::read;
use super::super::message::numbered;
use super::super::reply::Problem;
use super::{each, problem, twice};

pub(super) fn of_message(components: &Value, v2: bool) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut all: Vec<Component> = Vec::new();
    let mut count = 0;
    for (place, sent) in each(components) {
        match read(&format!("components.{place}"), &numbered(sent, &mut count)) {
            Ok(component) => all.push(component),
            Err(unreadable) => found.push(unreadable),
        }
    }
    // 5 rows, what may stand in a row, 40 components with the flag for V2 and none of its kinds without.
    if let Err(error) = twilight_validate::message::components(&all, v2) {
        found.push(problem("components", "BASE_TYPE_BAD_LENGTH", error.to_string()));
    }
    found.extend(ids(components));
    parts("components", components, &mut found);
    found
}

/// What single parts need.
fn parts(at: &str, list: &Value, found: &mut Vec<Problem>) {
    for (place, one) in each(list) {
        let at = format!("{at}.{place}");
        let lacks = |key: &str| one.get(key).is_none_or(|value| value.is_null() || *value == "");
        // <https://discord.com/developers/docs/components/reference#button>
        if one["type"] == 2 && one["style"] != 6 && lacks("label") && lacks("emoji") {
            found.push(problem(&at, "BASE_TYPE_REQUIRED", "a button that says nothing"));
        }
        if let Some(url) = one["url"].as_str().filter(|url| !is_link(url)) {
            found.push(problem(
                format!("{at}.url"),
                "URL_TYPE_INVALID_SCHEME",
                format!("`{url}` is not http or https"),
            ));
        }
        // <https://discord.com/developers/docs/components/reference#string-select>
        let options = one["options"].as_array().map_or(0, Vec::len) as u64;
        if one["type"] == 3 && one["max_values"].as_u64().is_some_and(|most| most > options) {
            found.push(problem(format!("{at}.options"), "BASE_TYPE_BAD_LENGTH", "fewer options than can be selected"));
        }
        parts(&format!("{at}.components"), &one["components"], found);
    }
}

/// Where a button or a title may lead.
pub(super) fn is_link(url: &str) -> bool {
    ["http://", "https://", "discord://"].iter().any(|scheme| url.starts_with(scheme))
}

/// <https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id>: unique in a message.
pub(super) fn ids(components: &Value) -> Option<Problem> {
    let mut ids = Vec::new();
    collect(components, &mut ids);
    let again = twice(ids)?;
    Some(problem("components", "COMPONENT_CUSTOM_ID_DUPLICATED", format!("the custom id `{again}` is there twice")))
}

fn collect<'a>(value: &'a Value, ids: &mut Vec<&'a str>) {
    for (_, one) in each(value) {
        ids.extend(one["custom_id"].as_str());
        ids.extend(one["accessory"]["custom_id"].as_str());
        ids.extend(one["component"]["custom_id"].as_str());
        collect(&one["components"], ids);
        let values: Vec<&str> = each(&one["options"]).filter_map(|(_, option)| option["value"].as_str()).collect();
        // Values of one select are unique too; told apart from ids by their own list.
        if let Some(again) = twice(values) {
            ids.extend([again, again]);
        }
    }
}
