//! The rows of a card as the description of an embed, made to fit whatever comes in.
//!
//! What does not fit gives way in this order: the details of items are cut; then the longest list loses its last rows,
//! and says how many; then whole lists go, the last first. The sentence on what is going on stays.
//!
//! To add a sort of row: an arm in [`line`], and one in [`Section::of`] if it belongs to a list.

use super::markup::{self, Markup};
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

struct Room {
    name: usize,
    detail: usize,
    text: usize,
}

/// The rows as one text of at most so many units.
pub(super) fn description(rows: &[Row], words: &Words, most: usize) -> String {
    let sections = sections(rows);
    let mut pages = ROOMS.iter().map(|room| Page::of(&sections, room, words));
    let Some(mut page) = pages
        .find_map(|page| (page.units() <= most).then_some(page))
        .or_else(|| ROOMS.last().map(|room| Page::of(&sections, room, words)))
    else {
        return String::new();
    };
    while page.units() > most && page.give_way() {}
    page.text()
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
    lines: Vec<String>,
    hidden: usize,
}

impl Page {
    fn of(sections: &[Section<'_>], room: &Room, words: &Words) -> Self {
        let block = |section: &Section<'_>| Block {
            heading: section.heading.map(markup::flat).filter(|h| !h.is_blank()).map(|h| bold(h.cut(room.name))),
            is_prose: section.is_prose,
            lines: section
                .rows
                .iter()
                .map(|row| line(row, room, words).to_string())
                .filter(|l| !l.is_empty())
                .collect(),
            hidden: 0,
        };
        Self { blocks: sections.iter().map(block).collect(), gone: 0, words: words.clone() }
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
        markup::units(&self.text())
    }

    fn text(&self) -> String {
        let mut parts: Vec<String> = self.blocks.iter().map(|block| block.text(&self.words)).collect();
        parts.extend((self.gone > 0).then(|| more(self.gone, &self.words)));
        parts.retain(|part| !part.is_empty());
        parts.join("\n\n")
    }
}

impl Block {
    fn text(&self, words: &Words) -> String {
        let more = (self.hidden > 0).then(|| more(self.hidden, words));
        let lines = self.heading.iter().chain(&self.lines).cloned().chain(more);
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn more(n: usize, words: &Words) -> String {
    words.with("card-more", &[("n", &n)])
}

fn line(row: &Row, room: &Room, words: &Words) -> Markup {
    match row {
        Row::Text { text } => markup::text(text).cut(room.text),
        Row::Heading { text } => markup::whole(bold(markup::flat(text).cut(room.name))),
        Row::Field { name, value, link } => {
            let value = match link.as_ref().and_then(|link| value.split_once(&link.text).map(|around| (link, around))) {
                Some((link, (before, after))) => {
                    markup::text(before).then(markup::link(&link.text, &link.url)).then(markup::text(after))
                }
                None => markup::text(value),
            };
            named(name, value, " ", room)
        }
        Row::Item { mark, text, detail, until } => {
            let detail = markup::text(detail).cut(room.detail);
            let counted = until.map(|until| words.with("card-opens", &[("what", &words.countdown(until))]));
            let counted = counted.map(|counted| markup::text(&counted));
            let detail = match counted {
                Some(counted) if detail.is_blank() => counted,
                Some(counted) => detail.then(markup::whole(" · ")).then(counted),
                None => detail,
            };
            let around = Room { detail: usize::MAX, ..*room };
            markup::whole(format!("{} ", glyph(*mark))).then(named(text, detail, " · ", &around))
        }
        Row::Progress { text, done, of } => {
            let said = words.with("card-progress", &[("what", text), ("done", done), ("of", of)]);
            markup::whole(format!("{} ", bar(*done, *of))).then(markup::text(&said).cut(room.name))
        }
        Row::Countdown { text, until } => markup::whole("⏱ ")
            .then(markup::text(text).cut(room.name))
            .then(markup::whole(" "))
            .then(markup::text(&words.countdown(*until))),
        Row::Code { text } => markup::code(text).cut(room.name),
    }
}

/// A name in bold, and what there is to say of it.
fn named(name: &str, value: Markup, between: &str, room: &Room) -> Markup {
    let name = markup::flat(name).cut(room.name);
    match (name.is_blank(), value.is_blank()) {
        (true, _) => value.cut(room.detail),
        (false, true) => markup::whole(bold(name)),
        (false, false) => markup::whole(bold(name)).then(markup::whole(between)).then(value.cut(room.detail)),
    }
}

fn bold(text: Markup) -> String {
    format!("**{}**", text.to_string().trim())
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
