//! Columns and line breaks, by the width that characters take on a screen.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text, filled up with spaces.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text on lines of at most so many columns. Words stay whole where they fit; Japanese breaks between any two
/// characters, but no line begins with what belongs to the end of another.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = vec![String::new()];
    let mut spaced = false;
    for piece in pieces(text) {
        if piece == " " {
            spaced = true;
            continue;
        }
        let line = lines.last().map_or("", String::as_str);
        let gap = usize::from(spaced && !line.is_empty());
        if width(line) + gap + width(&piece) > columns && !line.is_empty() {
            lines.push(String::new());
        } else if gap == 1 {
            push(&mut lines, " ");
        }
        spaced = false;
        for part in split_long(&piece, columns) {
            if lines.last().is_some_and(|line| !line.is_empty() && width(line) + width(&part) > columns) {
                lines.push(String::new());
            }
            push(&mut lines, &part);
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Words, single wide characters (with what must follow them), and spaces.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut joins = false;
    for c in text.chars() {
        if c.is_whitespace() {
            pieces.push(" ".to_owned());
            joins = false;
        } else if is_wide(c) {
            let follows = pieces.last().is_some_and(|last| last != " ");
            match pieces.last_mut() {
                Some(last) if follows && (closes(c) || last.ends_with(opens)) => last.push(c),
                _ => pieces.push(c.to_string()),
            }
            joins = opens(c);
        } else {
            match pieces.last_mut() {
                Some(last) if joins => last.push(c),
                _ => pieces.push(c.to_string()),
            }
            joins = true;
        }
    }
    pieces
}

fn is_wide(c: char) -> bool {
    c.width().unwrap_or(0) > 1
}

const fn closes(c: char) -> bool {
    matches!(
        c,
        '。' | '、'
            | '」'
            | '』'
            | '）'
            | '・'
            | 'ー'
            | '？'
            | '！'
            | '：'
            | '〜'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
    )
}

const fn opens(c: char) -> bool {
    matches!(c, '「' | '『' | '（')
}

/// A piece that is longer than a line, in parts.
fn split_long(piece: &str, columns: usize) -> Vec<String> {
    if width(piece) <= columns {
        return vec![piece.to_owned()];
    }
    let mut parts = vec![String::new()];
    for c in piece.chars() {
        let full = parts.last().is_some_and(|part| width(part) + c.width().unwrap_or(0) > columns);
        if full {
            parts.push(String::new());
        }
        push(&mut parts, &c.to_string());
    }
    parts
}
