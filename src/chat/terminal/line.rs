//! What a line of the demo's input is: who speaks, when, and what they say.

use crate::command::{Names, span, split};
use crate::domain::Span;
use crate::text::is_word;
use crate::view::No;

/// A line somebody spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Who: `ada` where no prefix says so.
    pub speaker: String,
    /// How long after the line before it; none is at once.
    pub after: Option<Span>,
    /// What they said.
    pub line: String,
}

/// Reads `bob: /press Approve` or `/after 5s LINE`, in either order. None for an empty line or a comment (`#`).
///
/// # Errors
/// A [`No`] where `/after` is not followed by a length of time.
pub fn parse_line(line: &str) -> Result<Option<Spoken>, No> {
    let mut spoken = Spoken { speaker: "ada".to_owned(), after: None, line: String::new() };
    let mut rest = line.trim();
    if let Some((speaker, said)) = prefix(rest) {
        spoken.speaker = speaker;
        rest = said;
    }
    if let Some(timed) = word(rest, "/after") {
        let (length, said) = timed.split_once(char::is_whitespace).unwrap_or((timed, ""));
        spoken.after = Some(span(length).ok_or_else(|| No::new("bad_span").with("typed", length))?);
        rest = said.trim_start();
        if let Some((speaker, said)) = prefix(rest) {
            spoken.speaker = speaker;
            rest = said;
        }
    }
    spoken.line = rest.to_owned();
    Ok(Some(spoken).filter(|spoken| !spoken.line.is_empty() && !spoken.line.starts_with('#')))
}

/// Reads `/press LABEL [ENVIRONMENT]`; none for any other line. A last word that is the name of an environment is
/// that, unless it is all there is.
#[must_use]
pub fn pressing(line: &str, names: &Names) -> Option<(String, Option<String>)> {
    let said = word(line.trim(), "/press").or_else(|| word(line.trim(), "press"))?;
    let mut words: Vec<String> = split(said).into_iter().map(|token| token.text).collect();
    let environment = words.last().and_then(|last| names.environment(last)).map(str::to_owned);
    let environment = environment.filter(|_| words.len() > 1);
    if environment.is_some() {
        words.pop();
    }
    Some((words.join(" "), environment))
}

fn prefix(line: &str) -> Option<(String, &str)> {
    let (name, said) = line.split_once(':')?;
    is_word(name).then(|| (name.to_lowercase(), said.trim_start()))
}

/// What follows a word at the start of a line.
fn word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}
