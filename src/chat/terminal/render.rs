//! A card as lines of text: a bar at the left, names and marks in columns, the buttons at the end.

use super::layout::{pad, width, wrap};
use crate::card::{Card, Mark, Row, Tone};
use crate::chat::Message;
use crate::words::Words;

/// How wide a card may be, and whether in colour.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// In columns.
    pub width: usize,
    /// By ANSI codes.
    pub colours: bool,
}

/// The widest column of names. Longer names push their own value aside.
const NAMES: usize = 30;

/// How wide a progress bar is.
const BAR: u32 = 20;

/// The lines of a card. Countdowns count from the words' present time.
#[must_use]
pub fn render(card: &Card, words: &Words, look: &Look) -> Vec<String> {
    let words = &card.words(words);
    let ink = Ink { colours: look.colours, tone: card.tone };
    let inside = look.width.clamp(24, 100).saturating_sub(2);
    let mut lines: Vec<String> =
        wrap(&card.title, inside).iter().enumerate().map(|(n, line)| ink.head(n, line)).collect();
    let column = names_column(card, inside);
    for row in &card.rows {
        for line in self::row(row, column, inside, words) {
            lines.push(ink.line(&line, matches!(row, Row::Heading { .. })));
        }
    }
    for line in buttons(card, inside, words) {
        lines.push(ink.line(&line, false));
    }
    let footer = wrap(&card.footer, inside);
    let last = footer.len() - 1;
    lines.extend(footer.iter().enumerate().map(|(n, line)| ink.foot(n == last, line)));
    lines
}

/// The lines of a card made up to so many, so that one that has become shorter still covers what stood there.
pub(super) fn filled(mut lines: Vec<String>, height: usize, card: &Card, look: &Look) -> Vec<String> {
    let ink = Ink { colours: look.colours, tone: card.tone };
    while lines.len() < height {
        lines.insert(lines.len().saturating_sub(1), ink.line("", false));
    }
    lines
}

/// A message that is said once.
pub(super) fn message(message: &Message, words: &Words, look: &Look) -> Vec<String> {
    let names: Vec<&str> =
        message.call.iter().map(|who| who.rsplit_once(':').map_or(who.as_str(), |(_, name)| name)).collect();
    let names: String = names.iter().map(|name| format!("@{name} ")).collect();
    let columns = look.width.clamp(24, 100).saturating_sub(2);
    let said = format!("{names}{}", counted(&message.text, words));
    let lines = wrap(&said, columns);
    lines.iter().enumerate().map(|(n, line)| if n == 0 { format!("» {line}") } else { format!("  {line}") }).collect()
}

/// What of a card is worth printing again: all of it when the title or the buttons change, else the rows that are
/// new; none when nothing is.
pub(super) fn changes(before: &Card, now: &Card) -> Option<Card> {
    let labels = |card: &Card| card.buttons.iter().map(|button| button.label.clone()).collect::<Vec<_>>();
    if before.title != now.title || before.tone != now.tone || labels(before) != labels(now) {
        return Some(now.clone());
    }
    let rows: Vec<Row> = now.rows.iter().filter(|row| !before.rows.contains(row)).cloned().collect();
    (!rows.is_empty()).then(|| Card { rows, buttons: Vec::new(), footer: String::new(), ..now.clone() })
}

fn names_column(card: &Card, inside: usize) -> usize {
    let names = card.rows.iter().filter_map(|row| match row {
        Row::Field { name, .. } => Some(width(name)),
        Row::Item { text, .. } => Some(width(text) + 3),
        _ => None,
    });
    names.filter(|columns| *columns <= NAMES.min(inside / 2)).max().unwrap_or(0)
}

fn row(row: &Row, column: usize, inside: usize, words: &Words) -> Vec<String> {
    match row {
        Row::Text { text } => wrap(&counted(text, words), inside),
        Row::Heading { text } => std::iter::once(String::new()).chain(wrap(text, inside)).collect(),
        Row::Field { name, value, .. } => named(name, &counted(value, words), column, inside),
        Row::Item { mark, text, detail, until } => {
            let opens = until.as_ref().map(|until| words.with("card-opens", &[("what", &words.countdown(*until))]));
            let detail = match (detail.is_empty(), opens) {
                (true, Some(opens)) => opens,
                (false, Some(opens)) => format!("{detail} · {opens}"),
                (_, None) => detail.clone(),
            };
            let text = counted(text, words);
            named(&format!("{} {text}", pad(glyph(*mark), 2)), &counted(&detail, words), column, inside)
        }
        Row::Progress { text, done, of } => {
            let said = words.with("card-progress", &[("what", text), ("done", done), ("of", of)]);
            wrap(&format!("{} {said}", bar(*done, *of)), inside)
        }
        Row::Countdown { text, until } => wrap(&format!("⏱ {text} {}", words.countdown(*until)), inside),
        Row::Code { text } => wrap(text, inside.saturating_sub(4)).iter().map(|line| format!("    {line}")).collect(),
    }
}

/// A text of a card, with what is left until the moments in it.
fn counted(text: &str, words: &Words) -> String {
    Words::counting(text, |moment| words.left(moment))
}

/// A name in its column and a value beside it. Names that are sentences take lines of their own.
fn named(name: &str, value: &str, column: usize, inside: usize) -> Vec<String> {
    if value.is_empty() {
        return hanging(name, inside, 3);
    }
    if width(name) > column {
        let mut lines = hanging(name, inside, 3);
        lines.extend(wrap(value, inside.saturating_sub(3)).iter().map(|line| format!("   {line}")));
        return lines;
    }
    let indent = column + 2;
    let values = wrap(value, inside.saturating_sub(indent));
    let first = |n: usize| if n == 0 { pad(name, indent) } else { " ".repeat(indent) };
    values.iter().enumerate().map(|(n, line)| format!("{}{line}", first(n))).collect()
}

fn hanging(text: &str, inside: usize, indent: usize) -> Vec<String> {
    let lines = wrap(text, inside.saturating_sub(indent));
    lines
        .iter()
        .enumerate()
        .map(|(n, line)| if n == 0 { line.clone() } else { format!("{}{line}", " ".repeat(indent)) })
        .collect()
}

const fn glyph(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "✅",
        Mark::Waiting => "⏳",
        Mark::Running => "▶",
        Mark::Failed => "❌",
        Mark::Skipped => "–",
        Mark::Asking => "✋",
    }
}

fn bar(done: u32, of: u32) -> String {
    let full = (u64::from(done.min(of)) * u64::from(BAR)).checked_div(u64::from(of)).unwrap_or(0);
    let full = usize::try_from(full).unwrap_or(0);
    format!("{}{}", "█".repeat(full), "░".repeat(BAR as usize - full))
}

/// The buttons, and how to press them.
fn buttons(card: &Card, inside: usize, words: &Words) -> Vec<String> {
    if card.buttons.is_empty() {
        return Vec::new();
    }
    let faces: Vec<String> = card.buttons.iter().map(|button| format!("[{}]", button.label)).collect();
    let presses: Vec<String> = card.buttons.iter().map(|button| format!("/press {}", button.english)).collect();
    let mut lines = vec![String::new()];
    lines.extend(wrap(&faces.join(" "), inside));
    lines.extend(wrap(&words.with("terminal-press", &[("presses", &presses.join(" · "))]), inside));
    lines
}

struct Ink {
    colours: bool,
    tone: Tone,
}

impl Ink {
    fn head(&self, n: usize, line: &str) -> String {
        format!("{} {}", self.bar(if n == 0 { "┌" } else { "│" }), self.bold(line))
    }

    fn line(&self, line: &str, is_heading: bool) -> String {
        if line.is_empty() {
            return self.bar("│");
        }
        format!("{} {}", self.bar("│"), if is_heading { self.bold(line) } else { line.to_owned() })
    }

    fn foot(&self, is_last: bool, line: &str) -> String {
        let bar = self.bar(if is_last { "└" } else { "│" });
        if line.is_empty() { bar } else { format!("{bar} {}", self.dim(line)) }
    }

    fn bar(&self, glyph: &str) -> String {
        let code = match self.tone {
            Tone::Plain => "37",
            Tone::Busy => "36",
            Tone::Asking => "35",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
        };
        self.with(code, glyph)
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
