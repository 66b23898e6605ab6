//! How a line is written: words, quotes, and lengths of time.

use crate::domain::Span;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it says, without quotes.
    pub text: String,
    /// Whether it was quoted, so that it is taken as it is.
    pub quoted: bool,
}

/// The words of a line. A quote that is never closed is an apostrophe.
#[must_use]
pub fn split(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let inside = &rest[first.len_utf8()..];
        let closed = closing(first).and_then(|end| inside.split_once(end)).filter(|(_, after)| ends_word(after));
        if let Some((text, after)) = closed {
            tokens.push(Token { text: text.trim().to_owned(), quoted: true });
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            tokens.push(Token { text: rest[..end].to_owned(), quoted: false });
            rest = rest[end..].trim_start();
        }
    }
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

const fn closing(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '\'' => Some('\''),
        '`' => Some('`'),
        '“' => Some('”'),
        '「' => Some('」'),
        _ => None,
    }
}

fn ends_word(after: &str) -> bool {
    after.chars().next().is_none_or(char::is_whitespace)
}

/// The longest length of time that means anything here; one that reaches beyond every calendar would never end.
const LONGEST: i64 = 366 * 86_400_000;

/// A length of time such as `90s`, `2h` or `1h30m`, of a year at most.
#[must_use]
pub fn span(text: &str) -> Option<Span> {
    let mut total: i64 = 0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let milliseconds = match &rest[..unit] {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(count.checked_mul(milliseconds)?)?;
        rest = &rest[unit..];
    }
    (total <= LONGEST).then_some(Span(total))
}

/// Whether a word is meant for a length of time, be it one that cannot be: `-2h`, `1.5h`, `2w`, `999999999d`.
pub(super) fn resembles_span(word: &str) -> bool {
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let mut rest = word.strip_prefix(['-', '+']).unwrap_or(word);
    let mut units = 0;
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        rest = rest.trim_start_matches(is_number);
        let unit = rest.find(is_number).unwrap_or(rest.len());
        if !is_unit(&rest[..unit]) {
            return false;
        }
        rest = &rest[unit..];
        units += 1;
    }
    units > 0 && rest.is_empty()
}

/// Whether a word is a unit of time, be it none that is read.
pub(super) fn is_unit(word: &str) -> bool {
    const SHORT: [&str; 12] = ["ms", "s", "sec", "secs", "m", "min", "mins", "h", "hr", "hrs", "d", "w"];
    const LONG: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];
    let word = word.to_ascii_lowercase();
    SHORT.contains(&word.as_str()) || LONG.contains(&word.strip_suffix('s').unwrap_or(&word))
}

/// A length of time as [`span`] reads it.
pub(super) fn written(span: Span) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let mut left = span.0.max(0);
    let mut written = String::new();
    for (unit, length) in units {
        let count = left / length;
        left %= length;
        if count > 0 {
            written.push_str(&format!("{count}{unit}"));
        }
    }
    if written.is_empty() { "0s".to_owned() } else { written }
}
