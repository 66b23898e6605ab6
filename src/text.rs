//! Text from outside, made fit to be shown. Not here: words of our own, which are in `locales/`.

/// No name may have more characters.
pub const LONGEST_NAME: usize = 64;

/// The text on one line, without control characters, and no longer than `limit` characters.
#[must_use]
pub fn cut(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, letter) in text.trim().chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        shown.push(if is_plain(letter) { letter } else { ' ' });
    }
    shown
}

/// Whether a character is shown as itself: no control character, and none that turns the direction of writing.
#[must_use]
pub fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether it is a name that people can type as one word of a command.
#[must_use]
pub fn is_word(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    !text.is_empty() && text.chars().count() <= LONGEST_NAME && text.chars().all(fits) && !text.starts_with('-')
}
