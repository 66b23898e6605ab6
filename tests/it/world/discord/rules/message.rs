//! Rules of a message's body.

use serde_json::{Value, json};
use twilight_model::channel::message::Embed;

use super::super::judge::read;
use super::super::message::{COMPONENTS_V2, EPHEMERAL, SUPPRESS_NOTIFICATIONS};
use super::super::reply::Problem;
use super::super::wire::without_padding;
use super::{At, component, each, problem};

/// What a message's body breaks, if anything.
pub(in super::super) fn message(body: &Value, files: &[String], at: At<'_>) -> Result<(), Vec<Problem>> {
    let mut found = Vec::new();
    let v2 = is_v2(body, at);
    found.extend(flags(body, at));
    found.extend(emptiness(body, files, at, v2));
    // <https://discord.com/developers/docs/resources/message#create-message-jsonform-params>: 2000, though the
    // description says 4000.
    if let Some(content) = body["content"].as_str()
        && let Err(error) = twilight_validate::message::content(content)
    {
        found.push(problem("content", "BASE_TYPE_MAX_LENGTH", error.to_string()));
    }
    found.extend(embeds(body));
    found.extend(component::of_message(&body["components"], v2));
    found.extend(mentions(body));
    if v2 {
        // <https://discord.com/developers/docs/components/reference#component-reference>: with the flag, text and
        // embeds are components.
        for key in ["content", "embeds", "poll", "sticker_ids"] {
            if says(&body[key]) {
                found.push(problem(
                    key,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    "not with the flag for V2",
                ));
            }
        }
        if let At::Edit(before) = at
            && before.flags & COMPONENTS_V2 == 0
            && ((!before.content.is_empty() && body.get("content").is_none())
                || (!before.embeds.is_empty() && body.get("embeds").is_none()))
        {
            found.push(problem(
                "flags",
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                "what was there must be nulled",
            ));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn is_v2(body: &Value, at: At<'_>) -> bool {
    let was = matches!(at, At::Edit(before) if before.flags & COMPONENTS_V2 != 0);
    was || body["flags"].as_u64().is_some_and(|flags| flags & COMPONENTS_V2 != 0)
}

/// <https://discord.com/developers/docs/resources/message#message-object-message-flags>: who may set which.
fn flags(body: &Value, at: At<'_>) -> Option<Problem> {
    let sent = body["flags"].as_u64()?;
    let suppress_embeds = 1 << 2;
    let allowed = match at {
        At::Create => suppress_embeds | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2,
        At::Callback => suppress_embeds | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2 | EPHEMERAL,
        At::Edit(before) => suppress_embeds | COMPONENTS_V2 | before.flags,
    };
    (sent & !allowed != 0)
        .then(|| problem("flags", "BASE_TYPE_CHOICES", format!("{sent} has flags that cannot be set here")))
}

/// <https://discord.com/developers/docs/resources/message#create-message>: at least one of them.
fn emptiness(body: &Value, files: &[String], at: At<'_>, v2: bool) -> Option<Problem> {
    let stays = |key: &str| match at {
        At::Edit(before) if body.get(key).is_none() => match key {
            "content" => !before.content.is_empty(),
            "embeds" => !before.embeds.is_empty(),
            "components" => !before.components.is_empty(),
            _ => !before.attachments.is_empty(),
        },
        _ => says(&body[key]),
    };
    let text = stays("content") || stays("embeds") || stays("components") || stays("attachments");
    let other = says(&body["sticker_ids"]) || says(&body["poll"]) || !files.is_empty();
    let components = !v2 || stays("components");
    let nothing = (!text && !other) || !components;
    nothing.then(|| problem("", "EMPTY", "an empty message"))
}

/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
fn embeds(body: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut embeds: Vec<Embed> = Vec::new();
    for (place, sent) in each(&body["embeds"]) {
        let at = format!("embeds.{place}");
        let mut embed = without_padding(sent);
        if embed.as_object().is_none_or(|embed| embed.keys().all(|key| matches!(key.as_str(), "type" | "color"))) {
            found.push(problem(at, "BASE_TYPE_REQUIRED", "an embed that says nothing"));
            continue;
        }
        if let Some(url) = embed["url"].as_str().filter(|url| !component::is_link(url)) {
            found.push(problem(
                format!("{at}.url"),
                "URL_TYPE_INVALID_SCHEME",
                format!("`{url}` is not http or https"),
            ));
        }
        embed["type"] = json!("rich");
        for (number, field) in embed.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
            if field.get("inline").is_none() {
                field["inline"] = json!(false);
            }
            for key in ["name", "value"] {
                if field[key].as_str().is_none_or(|text| text.trim().is_empty()) {
                    found.push(problem(format!("{at}.fields.{number}.{key}"), "BASE_TYPE_REQUIRED", "required"));
                }
            }
        }
        match read(&at, &embed) {
            Ok(embed) => embeds.push(embed),
            Err(unreadable) => found.push(unreadable),
        }
    }
    // 6000 characters over all embeds of a message, among others.
    if let Err(error) = twilight_validate::message::embeds(&embeds) {
        found.push(problem("embeds", "MAX_EMBED_SIZE_EXCEEDED", error.to_string()));
    }
    found
}

/// <https://discord.com/developers/docs/resources/message#allowed-mentions-object>: a list or all of them, not both.
fn mentions(body: &Value) -> Vec<Problem> {
    let allowed = &body["allowed_mentions"];
    let all = |kind: &str| each(&allowed["parse"]).any(|(_, one)| one == kind);
    let both = ["users", "roles"].into_iter().filter(|kind| all(kind) && says(&allowed[kind]));
    both.map(|kind| {
        problem("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", format!("{kind}: all, and a list"))
    })
    .collect()
}

fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}
