//! The rows of a card as marked-up text, made to fit whatever comes in.
//!
//! What does not fit gives way in this order: the details of items are cut; then the longest list loses its last rows,
//! and says how many; then whole lists go, the last first. The sentence on what is going on stays.
//!
//! To add a sort of row: an arm in [`line`], and one in [`Section::of`] if it belongs to a list.

use super::markup::{self, Dialect, Markup};
use crate::card::{Mark, Row};
use crate::words::Words;

/// How wide a progress bar is at most.
const BAR: u32 = 12;

/// How long the parts of a row may be, from what is comfortable down to what fits in any case.
const ROOMS: [Room; 5] = [
    Room { name: usize::MAX, detail: usize::MAX, text: usize::MAX },
    Room { name: 200, detail: 240, text: 1_500 },
    Room { name: 120, detail: 120, text: 1_200 },
    Room { name: 80, detail: 60, text: 1_000 },
    Room { name: 60, detail: 30, text: 800 },
];

#[derive(Clone, Copy)]
struct Room {
    name: usize,
    detail: usize,
    text: usize,
}

/// How much a chat takes, in units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Of everything.
    pub(super) all: usize,
    /// Of one line.
    pub(super) line: usize,
}

/// Rows that stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// In order.
    pub(super) lines: Vec<Line>,
}

/// A row as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Marked up.
    pub(super) text: String,
    /// Whether it is a name and a value.
    pub(super) is_field: bool,
}

/// The rows as parts that are not too long together; with a blank line between each two.
pub(super) fn parts(rows: &[Row], words: &Words, dialect: &dyn Dialect, most: Most) -> Vec<Part> {
    let sections = sections(rows);
    let of = |room: &Room| Page::of(&sections, &Writer { room: *room, words, dialect, longest: most.line });
    let Some(mut page) = ROOMS.iter().map(of).find(|page| page.units() <= most.all).or_else(|| ROOMS.last().map(of))
    else {
        return Vec::new();
    };
    while page.units() > most.all && page.give_way() {}
    page.parts()
}

/// The rows as one text.
pub(super) fn text(rows: &[Row], words: &Words, dialect: &dyn Dialect, most: usize) -> String {
    joined(&parts(rows, words, dialect, Most { all: most, line: most }))
}

fn joined(parts: &[Part]) -> String {
    let text = |part: &Part| part.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    parts.iter().map(text).collect::<Vec<_>>().join("\n\n")
}

/// Rows that belong together: what stands under a heading, or what is of one sort before the first heading.
struct Section<'a> {
    heading: Option<&'a str>,
    is_prose: bool,
    rows: Vec<&'a Row>,
}

impl<'a> Section<'a> {
    fn of(row: &'a Row) -> Self {
        match row {
            Row::Heading { text } => Self { heading: Some(text), is_prose: false, rows: Vec::new() },
            Row::Text { .. } => Self { heading: None, is_prose: true, rows: vec![row] },
            _ => Self { heading: None, is_prose: false, rows: vec![row] },
        }
    }
}

fn sections(rows: &[Row]) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for row in rows {
        let fits = |last: &Section<'_>| last.heading.is_some() || last.is_prose == matches!(row, Row::Text { .. });
        match sections.last_mut() {
            Some(last) if !matches!(row, Row::Heading { .. }) && fits(last) => last.rows.push(row),
            _ => sections.push(Section::of(row)),
        }
    }
    sections
}

/// The lines as they stand, and what of them is hidden.
struct Page {
    blocks: Vec<Block>,
    /// Rows of blocks that are gone.
    gone: usize,
    words: Words,
}

struct Block {
    heading: Option<String>,
    is_prose: bool,
    lines: Vec<Line>,
    hidden: usize,
}

impl Page {
    fn of(sections: &[Section<'_>], writer: &Writer<'_>) -> Self {
        let block = |section: &Section<'_>| Block {
            heading: section.heading.and_then(|heading| writer.heading(heading)),
            is_prose: section.is_prose,
            lines: section.rows.iter().map(|row| writer.line(row)).filter(|line| !line.text.is_empty()).collect(),
            hidden: 0,
        };
        Self { blocks: sections.iter().map(block).collect(), gone: 0, words: writer.words.clone() }
    }

    /// Hides the least that is worth hiding; false when only what must stay is left.
    fn give_way(&mut self) -> bool {
        let lists = self.blocks.iter_mut().filter(|block| !block.is_prose && block.lines.len() > 1);
        if let Some(longest) = lists.max_by_key(|block| block.lines.len()) {
            longest.lines.pop();
            longest.hidden += 1;
            return true;
        }
        let first = self.blocks.iter().position(|block| block.is_prose).unwrap_or(0);
        if let Some(last) = (0..self.blocks.len()).rev().find(|n| *n != first && !self.blocks[*n].is_prose) {
            let block = self.blocks.remove(last);
            self.gone += block.lines.len() + block.hidden;
            return true;
        }
        let Some(last) = self.blocks.len().checked_sub(1) else { return false };
        let block = &mut self.blocks[last];
        if last == first && block.lines.len() <= 1 {
            return false;
        }
        self.gone += usize::from(block.lines.pop().is_some());
        if block.lines.is_empty() {
            self.blocks.remove(last);
        }
        true
    }

    fn units(&self) -> usize {
        markup::units(&joined(&self.parts()))
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = self.blocks.iter().map(|block| block.part(&self.words)).collect();
        parts.extend((self.gone > 0).then(|| Part { lines: vec![more(self.gone, &self.words)] }));
        parts.retain(|part| !part.lines.is_empty());
        parts
    }
}

impl Block {
    fn part(&self, words: &Words) -> Part {
        let heading = self.heading.clone().map(|text| Line { text, is_field: false });
        let more = (self.hidden > 0).then(|| more(self.hidden, words));
        Part { lines: heading.into_iter().chain(self.lines.iter().cloned()).chain(more).collect() }
    }
}

fn more(n: usize, words: &Words) -> Line {
    Line { text: words.with("card-more", &[("n", &n)]), is_field: false }
}

/// Writes rows, each within its room.
struct Writer<'a> {
    room: Room,
    words: &'a Words,
    dialect: &'a dyn Dialect,
    longest: usize,
}

impl Writer<'_> {
    fn heading(&self, said: &str) -> Option<String> {
        let heading = self.dialect.flat(said);
        (!heading.is_blank()).then(|| self.bold(heading.cut(self.room.name.min(self.longest))))
    }

    fn line(&self, row: &Row) -> Line {
        let text = self.markup(row).cut(self.longest).to_string();
        Line { text, is_field: matches!(row, Row::Field { .. }) }
    }

    fn markup(&self, row: &Row) -> Markup {
        let Self { room, words, dialect, .. } = self;
        match row {
            Row::Text { text } => dialect.text(text).cut(room.text),
            Row::Heading { text } => markup::whole(self.heading(text).unwrap_or_default()),
            Row::Field { name, value, link } => {
                let around = link.as_ref().and_then(|link| value.split_once(&link.text).map(|around| (link, around)));
                let value = match around {
                    Some((link, (before, after))) => {
                        dialect.text(before).then(dialect.link(&link.text, &link.url)).then(dialect.text(after))
                    }
                    None => dialect.text(value),
                };
                self.named(name, value.cut(room.detail), dialect.after_name())
            }
            Row::Item { mark, text, detail, until } => {
                let detail = dialect.text(detail).cut(room.detail);
                let detail = match until
                    .map(|until| dialect.text(&words.with("card-opens", &[("what", &words.countdown(until))])))
                {
                    Some(counted) if detail.is_blank() => counted,
                    Some(counted) => detail.then(markup::whole(" · ")).then(counted),
                    None => detail,
                };
                markup::whole(format!("{} ", glyph(*mark))).then(self.named(text, detail, " · "))
            }
            Row::Progress { text, done, of } => {
                let said = words.with("card-progress", &[("what", text), ("done", done), ("of", of)]);
                markup::whole(format!("{} ", bar(*done, *of))).then(dialect.text(&said).cut(room.name))
            }
            Row::Countdown { text, until } => markup::whole("⏱ ")
                .then(dialect.text(text).cut(room.name))
                .then(markup::whole(" "))
                .then(dialect.text(&words.countdown(*until))),
            Row::Code { text } => dialect.code(text).cut(room.name),
        }
    }

    /// A name in bold, and what there is to say of it. A name leaves its value some room.
    fn named(&self, name: &str, value: Markup, between: &str) -> Markup {
        let name = self.dialect.flat(&self.dialect.command(name)).cut(self.room.name.min(self.longest / 2));
        match (name.is_blank(), value.is_blank()) {
            (true, _) => value,
            (false, true) => markup::whole(self.bold(name)),
            (false, false) => markup::whole(self.bold(name)).then(markup::whole(between)).then(value),
        }
    }

    fn bold(&self, text: Markup) -> String {
        self.dialect.bold(text.to_string().trim())
    }
}

/// Never alone: the words beside it say the same.
const fn glyph(mark: Mark) -> &'static str {
    match mark {
        Mark::Passed => "✅",
        Mark::Waiting => "⏳",
        Mark::Running => "🔄",
        Mark::Failed => "❌",
        Mark::Skipped => "➖",
        Mark::Asking => "🙋",
    }
}

/// As many parts as there are, while they are few.
fn bar(done: u32, of: u32) -> String {
    let parts = if (1..=BAR).contains(&of) { of } else { BAR };
    let full = (u64::from(done.min(of)) * u64::from(parts)).checked_div(u64::from(of)).unwrap_or(0);
    let full = usize::try_from(full).unwrap_or(0);
    format!("{}{}", "▰".repeat(full), "▱".repeat(parts as usize - full))
}
