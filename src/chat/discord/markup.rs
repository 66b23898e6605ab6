//! Discord's markup. To escape one more thing: an arm in [`Markdown::literal`].

use crate::chat::markup::{Dialect, shown};
use crate::domain::Moment;

/// As Discord reads it.
pub(super) struct Markdown;

impl Dialect for Markdown {
    /// Each character, with a backslash where it would mean something.
    fn literal(&self, said: &str) -> Vec<String> {
        let chars: Vec<char> = shown(said).collect();
        let mut escaped = Vec::with_capacity(chars.len());
        let (mut begins, mut digits) = (true, 0);
        for (n, c) in chars.iter().enumerate() {
            let rest = &chars[n + 1..];
            let means = match c {
                '\\' | '*' | '_' | '~' | '|' | '[' | ']' | '<' | '`' => true,
                '#' | '-' | '+' | '>' => begins,
                // It would begin a list.
                '.' => digits > 0 && rest.first().is_none_or(|next| *next == ' '),
                ':' => names_something(&chars[..n], rest),
                _ => false,
            };
            escaped.push(match c {
                '@' if calls_all(rest) => "@\u{200B}".to_owned(),
                _ if means => format!("\\{c}"),
                _ => c.to_string(),
            });
            digits = if c.is_ascii_digit() && (begins || digits > 0) { digits + 1 } else { 0 };
            begins &= *c == ' ';
        }
        escaped
    }

    fn bold(&self, inside: &str) -> String {
        format!("**{inside}**")
    }

    fn anchor(&self, said: &str, url: &str) -> String {
        format!("[{said}]({url})")
    }

    fn left(&self, at: Moment) -> String {
        format!("<t:{}:R>", at.0.div_euclid(1_000))
    }
}

/// Whether a colon begins what follows the scheme of an address, or may begin the name of an emoji. Not in `14:30`.
fn names_something(before: &[char], rest: &[char]) -> bool {
    let is_in_number = before.last().is_some_and(char::is_ascii_digit);
    rest.starts_with(&['/', '/'])
        || rest.first().is_some_and(|next| match next {
            '+' | '-' => true,
            '0'..='9' => !is_in_number,
            _ => next.is_ascii_alphabetic(),
        })
}

/// `@everyone` and `@here`.
fn calls_all(rest: &[char]) -> bool {
    ["everyone", "here"].iter().any(|all| {
        let begins = rest.iter().zip(all.chars()).all(|(c, wanted)| c.to_ascii_lowercase() == wanted);
        begins && rest.len() >= all.len()
    })
}
