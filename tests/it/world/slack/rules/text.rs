//! Text objects, and the marks that a text may hold. <https://docs.slack.dev/messaging/formatting-message-text>

use serde_json::Value;

use super::fits;

/// A text that is shown as it is.
pub(super) fn plain(at: &str, text: &Value, path: &str, wrong: &mut Vec<String>) {
    if text["type"] != "plain_text" {
        return wrong.push(format!("{at} is no plain text: {text}"));
    }
    members(at, text, &["type", "text", "emoji"], wrong);
    fits(at, &text["text"], path, wrong);
}

/// A text with marks.
pub(super) fn either(at: &str, text: &Value, path: &str, wrong: &mut Vec<String>) {
    if text["type"] == "plain_text" {
        return plain(at, text, path, wrong);
    }
    if text["type"] != "mrkdwn" {
        return wrong.push(format!("{at} is no text: {text}"));
    }
    members(at, text, &["type", "text", "verbatim"], wrong);
    fits(at, &text["text"], path, wrong);
    judge(at, text["text"].as_str().unwrap_or_default(), wrong);
}

/// Whether every mark is one that the app means: nobody is called whom it does not call by name, and whatever else
/// begins like a mark is escaped.
pub(super) fn judge(at: &str, text: &str, wrong: &mut Vec<String>) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        entities(at, before, wrong);
        let Some((mark, behind)) = after.split_once('>') else {
            return wrong.push(format!("{at} has a `<` that is no mark: {after}"));
        };
        if !is_meant(mark) {
            wrong.push(format!("{at} has a mark that nobody meant: <{mark}>"));
        }
        rest = behind;
    }
    entities(at, rest, wrong);
}

fn is_meant(mark: &str) -> bool {
    let id = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) && !text.is_empty();
    let (target, words) = mark.split_once('|').unwrap_or((mark, "words"));
    if words.is_empty() || target.contains(char::is_whitespace) && !target.starts_with("!date^") {
        return false;
    }
    match target {
        _ if target.starts_with('@') => id(&target[1..]),
        _ if target.starts_with("!subteam^") => id(&target[9..]),
        _ if target.starts_with("!date^") => {
            let parts: Vec<&str> = target.split('^').collect();
            parts.len() >= 3 && parts[1].parse::<i64>().is_ok() && parts[2].contains('{') && mark.contains('|')
        }
        _ => target.starts_with("https://") || target.starts_with("http://"),
    }
}

/// A `>` or a `&` of its own is one that was not escaped.
fn entities(at: &str, text: &str, wrong: &mut Vec<String>) {
    if text.contains('>') {
        wrong.push(format!("{at} has a `>` that is not escaped: {text}"));
    }
    let strange = |rest: &&str| !["amp;", "lt;", "gt;"].iter().any(|entity| rest.starts_with(entity));
    if text.split('&').skip(1).any(|rest| strange(&rest)) {
        wrong.push(format!("{at} has a `&` that is not escaped: {text}"));
    }
}

/// Nothing else than this is in an object.
pub(super) fn members(at: &str, value: &Value, known: &[&str], wrong: &mut Vec<String>) {
    let keys = value.as_object().into_iter().flat_map(|members| members.keys());
    wrong.extend(keys.filter(|key| !known.contains(&key.as_str())).map(|key| format!("{at} has no `{key}`")));
}
