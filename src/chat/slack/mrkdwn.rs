//! Slack's markup. Only `&`, `<` and `>` can be escaped; everything else that would mean something is kept from it by a
//! space of no width beside it. <https://docs.slack.dev/messaging/formatting-message-text>
//!
//! To keep one more thing from meaning something: an arm in [`Mrkdwn::literal`].

use std::borrow::Cow;

use chrono::DateTime;

use super::manifest;
use crate::chat::markup::{Dialect, shown};
use crate::domain::Moment;

/// A space of no width.
const NOTHING: char = '\u{200B}';

/// As Slack reads it.
pub(super) struct Mrkdwn;

impl Dialect for Mrkdwn {
    fn literal(&self, said: &str) -> Vec<String> {
        let chars: Vec<char> = shown(said).collect();
        let mut begins = true;
        let mut escaped = Vec::with_capacity(chars.len());
        for (n, c) in chars.iter().enumerate() {
            let (before, after) = (n.checked_sub(1).map(|n| chars[n]), chars.get(n + 1).copied());
            let means = match c {
                '*' | '~' | '`' => true,
                // Inside of a word it is a character like another.
                '_' => !(is_of_word(before) && is_of_word(after)),
                // At the beginning of a line it begins a quotation, also when it is escaped.
                '>' => begins,
                // The name of an emoji; not in `14:30`, and not in an address.
                ':' => {
                    after.is_some_and(|c| c.is_ascii_lowercase() || matches!(c, '+' | '-' | '_'))
                        || is_of_emoji(&chars, n)
                }
                _ => false,
            };
            let shown = self.in_code(*c);
            escaped.push(match (means, c) {
                (true, ':') => format!("{shown}{NOTHING}"),
                (true, _) => format!("{NOTHING}{shown}"),
                (false, _) => shown,
            });
            begins &= *c == ' ';
        }
        escaped
    }

    fn in_code(&self, c: char) -> String {
        match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            c => c.to_string(),
        }
    }

    fn command<'a>(&self, said: &'a str) -> Cow<'a, str> {
        let line = said.strip_prefix('/').filter(|line| line.split(' ').next().is_some_and(manifest::is_built_in));
        line.map_or(Cow::Borrowed(said), |line| Cow::Owned(format!("{} {line}", manifest::ONE_FOR_ALL)))
    }

    fn bold(&self, inside: &str) -> String {
        format!("*{inside}*")
    }

    /// The words hold nothing that could end it: `|` is only special in the address, where it cannot be.
    fn anchor(&self, said: &str, url: &str) -> String {
        format!("<{}|{said}>", url.replace('&', "&amp;"))
    }

    fn address(&self, url: &str) -> String {
        format!("<{}>", url.replace('&', "&amp;"))
    }

    /// The time of the day in the reader's own zone. Slack has no token for what is left that is documented for times to
    /// come.
    fn left(&self, at: Moment) -> String {
        let seconds = at.0.div_euclid(1_000);
        let otherwise = DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%H:%M UTC");
        format!("<!date^{seconds}^{{date_short_pretty}} {{time}}|{otherwise}>")
    }

    fn after_name(&self) -> &'static str {
        "\n"
    }
}

/// How long the name of an emoji is at the most. What is longer is a digest, say, and is to be copied as it is.
const LONGEST_EMOJI: usize = 32;

/// Whether a colon begins the name of an emoji that begins with a digit: `:100:`, `:8ball:`. In `14:30:15` none does.
fn is_of_emoji(chars: &[char], colon: usize) -> bool {
    let name: Vec<char> = chars.iter().skip(colon + 1).take_while(|c| **c != ':').copied().collect();
    let ends = chars.get(colon + 1 + name.len()).is_some();
    let is_name = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '_' | '\'');
    let is_minutes = name.len() == 2 && name.iter().all(char::is_ascii_digit);
    ends && (1..=LONGEST_EMOJI).contains(&name.len()) && !is_minutes && name.iter().all(is_name)
}

fn is_of_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// How many people are looked up of one text.
const PEOPLE: usize = 5;

/// What is said to a user: what stands behind the first mention of them, or before it where nothing does.
pub(super) fn said_to<'a>(user: &str, text: &'a str) -> &'a str {
    let found = text.split_once(&format!("<@{user}")).filter(|_| !user.is_empty());
    let Some((before, rest)) = found.filter(|(_, rest)| rest.starts_with(['>', '|'])) else { return text };
    let after = rest.split_once('>').map_or("", |(_, after)| after);
    if after.trim().is_empty() { before } else { after }
}

/// The people that a text speaks of by their ids alone, each once.
pub(super) fn people(text: &str) -> Vec<&str> {
    let marks = text.split("<@").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    let mut ids: Vec<&str> =
        marks.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric())).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(PEOPLE);
    ids
}

/// What a person typed, as they meant it: Slack writes `&`, `<` and `>` as entities and turns addresses, channels and
/// people into marks of its own, with the words that were typed behind a bar.
pub(super) fn typed(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, mark)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((mark, after)) = mark.split_once('>') else {
            plain.push_str(mark);
            rest = "";
            break;
        };
        let (target, said) = mark.split_once('|').unwrap_or((mark, mark));
        match target.chars().next() {
            Some(kind @ ('#' | '@')) if target != said => plain.push_str(&format!("{kind}{said}")),
            Some('@' | '#' | '!') => plain.push_str(&format!("<{mark}>")),
            _ => plain.push_str(said.strip_prefix("mailto:").unwrap_or(said)),
        }
        rest = after;
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
