//! Text from outside (versions, reasons, notes, answers of other systems), made harmless once, before it is shown.
//!
//! Not here: what a chat's own markup means (mentions, asterisks); that is the chat's to escape. Only backticks are
//! taken out here: in our own sentences they set commands apart, and a chat must be able to trust them.

use crate::text::LONGEST_NAME;

/// The most characters of a name: a version, a person, a gate. None that is allowed is cut, because people type what
/// they read.
pub const NAME: usize = LONGEST_NAME;

/// The most characters of a sentence from outside.
pub const LINE: usize = 400;

/// The text on one line, without control characters, marks that turn or hide text, and backticks, cut to a length.
#[must_use]
pub fn harmless(text: &str, most: usize) -> String {
    line(text, most).replace('`', "'").replace(is_ours, "")
}

/// What sets our own marks apart, and is no character of any text.
const fn is_ours(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}')
}

/// The same for a sentence of ours that stands in another one: what it sets apart by backticks stays so.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(most * 4));
    let mut count = 0;
    for c in text.chars().filter_map(shown) {
        if c == ' ' && (clean.is_empty() || clean.ends_with(' ')) {
            continue;
        }
        if count == most {
            while clean.ends_with(' ') {
                clean.pop();
            }
            clean.pop();
            clean.push('…');
            return clean;
        }
        clean.push(c);
        count += 1;
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Whether anything of a text is seen once it is harmless.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    harmless(text, text.len()).chars().any(|c| !c.is_whitespace() && !only_joins(c))
}

/// What changes the letters beside it and is nothing alone: taking it out would change how those look.
const fn only_joins(c: char) -> bool {
    matches!(c, '\u{034F}' | '\u{200D}' | '\u{180B}'..='\u{180D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn shown(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Letters without a shape, as wide as one.
        '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}' => Some(' '),
        _ if c.is_control() || turns(c) => None,
        _ => Some(c),
    }
}

/// Marks that turn the direction of text, and characters that are there but cannot be seen.
const fn turns(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}
