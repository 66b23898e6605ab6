//! The chat of the demo: cards as text on a terminal, or as lines in a file.
//!
//! Not here: reading lines and running them. Whoever owns the input asks [`parse_line`] what a line is, and
//! [`Terminal::pressed`] what a `/press` does. Nothing here blocks on anything but the writer it was given.

mod layout;
mod line;
mod press;
mod render;

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Again, Chat, ChatTrouble, Memory, Message};
use crate::card::{Card, Row};
use crate::clock::SharedClock;
use crate::command::Command;
use crate::domain::{CardKey, Id, Note};
use crate::view::No;
use crate::words::{NAME, Words, harmless};

pub use line::{Spoken, parse_line, pressing};
pub use render::{Look, render};

/// How many cards are remembered for `/press`.
const CARDS: usize = 100;

/// How many messages are remembered, so that a repeat is not said twice.
const MESSAGES: usize = 200;

/// What the terminal is told about its surroundings.
#[derive(Clone, Debug)]
pub struct Options {
    /// `en` or `ja`.
    pub locale: String,
    /// The zone in which people read times.
    pub time_zone: String,
    /// How many columns there are.
    pub width: usize,
    /// How many lines there are; a card that is taller cannot be changed in place.
    pub height: usize,
    /// Whether the output is a terminal, so that a card can be changed in place.
    pub is_terminal: bool,
    /// Whether colours may be used: a terminal, and no `NO_COLOR`.
    pub colours: bool,
}

/// The terminal as a chat.
pub struct Terminal {
    options: Options,
    words: Words,
    clock: SharedClock,
    state: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    /// The cards, the newest last.
    cards: VecDeque<(CardKey, Card)>,
    /// The card that is the last thing on the screen, and the lines it takes.
    last: Option<(CardKey, usize)>,
    said: VecDeque<Id>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Terminal {
    /// A terminal that writes there.
    #[must_use]
    pub fn new(options: Options, clock: SharedClock, out: Box<dyn Write + Send>) -> Self {
        let state = State { out, cards: VecDeque::new(), last: None, said: VecDeque::new() };
        Self { words: Words::new(&options.locale), options, clock, state: Mutex::new(state) }
    }

    /// The words it speaks, at its place and time.
    #[must_use]
    pub fn words(&self) -> Words {
        self.words.here(&self.options.time_zone, self.clock.now())
    }

    /// Answers a person, and nobody else: a terminal has one screen, so the answer says for whom it is.
    ///
    /// # Errors
    /// When the output is gone.
    pub fn answer(&self, person: &str, card: &Card) -> std::io::Result<()> {
        let words = self.words();
        let only = words.with("terminal-only-for", &[("name", &harmless(person, NAME))]);
        let mut lines = vec![only];
        lines.extend(render(card, &words, &self.look()));
        self.lock().print(&lines)
    }

    /// Prints lines as they are: the first screen, or the echo of a line that was read from a file.
    ///
    /// # Errors
    /// When the output is gone.
    pub fn print(&self, text: &str) -> std::io::Result<()> {
        self.lock().print(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    /// Says that a person has typed a line: what stood last on the screen is not the last thing any more.
    pub fn heard(&self) {
        self.lock().last = None;
    }

    /// Lets countdowns count: paints the last card again where it stands. Nothing happens where that cannot be.
    ///
    /// # Errors
    /// When the output is gone.
    pub fn tick(&self) -> std::io::Result<()> {
        let words = self.words();
        let mut state = self.lock();
        let Some((key, height)) = state.last.clone().filter(|_| self.options.is_terminal) else { return Ok(()) };
        let Some(card) = state.card(&key).filter(|card| counts(card)).cloned() else { return Ok(()) };
        let lines = render::filled(render(&card, &words, &self.look()), height, &card, &self.look());
        if lines.len() == height { state.repaint(&lines, height) } else { Ok(()) }
    }

    /// What pressing a button does, on the newest card that has it. The English label always works, the one on the
    /// card too, in any case.
    ///
    /// # Errors
    /// A [`No`] with the buttons that there are.
    pub fn pressed(&self, label: &str, environment: Option<&str>) -> Result<Command, No> {
        let state = self.lock();
        press::find(state.cards.iter().rev().map(|(_, card)| card), label, environment)
    }

    fn look(&self) -> Look {
        Look { width: self.options.width, colours: self.options.colours }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn paint(&self, key: &CardKey, card: &Card) -> std::io::Result<()> {
        let words = self.words();
        let mut state = self.lock();
        let before = state.remember(key, card);
        if before.as_ref() == Some(card) {
            return Ok(());
        }
        let lines = render(card, &words, &self.look());
        let fits = self.options.is_terminal && lines.len() + 1 < self.options.height;
        match (state.last.clone(), before) {
            (Some((last, height)), _) if fits && last == *key => state.repaint(&lines, height)?,
            (_, Some(before)) if !self.options.is_terminal => {
                let Some(part) = render::changes(&before, card) else { return Ok(()) };
                state.print(&render(&part, &words, &self.look()))?;
            }
            _ => state.print(&lines)?,
        }
        state.last = fits.then(|| (key.clone(), lines.len()));
        Ok(())
    }
}

#[async_trait]
impl Chat for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn speaks(&self) -> Words {
        self.words.that_stay()
    }

    async fn show(&self, key: &CardKey, card: &Card, _memory: &dyn Memory) -> Result<(), ChatTrouble> {
        self.paint(key, card).map_err(|error| gone(&error))
    }

    async fn say(&self, message: &Message, _memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let mut state = self.lock();
        if state.said.contains(&message.key) {
            return Ok(());
        }
        state.print(&render::message(message, &self.words(), &self.look())).map_err(|error| gone(&error))?;
        state.said.push_back(message.key.clone());
        if state.said.len() > MESSAGES {
            state.said.pop_front();
        }
        Ok(())
    }
}

fn gone(error: &std::io::Error) -> ChatTrouble {
    ChatTrouble { note: Note::new("terminal-gone").with("error", error), again: Again::Never }
}

impl State {
    /// Keeps the card as it is painted now; gives what it was before.
    fn remember(&mut self, key: &CardKey, card: &Card) -> Option<Card> {
        if let Some((_, known)) = self.cards.iter_mut().find(|(known, _)| known == key) {
            return Some(std::mem::replace(known, card.clone()));
        }
        self.cards.push_back((key.clone(), card.clone()));
        if self.cards.len() > CARDS {
            self.cards.pop_front();
        }
        None
    }

    fn card(&self, key: &CardKey) -> Option<&Card> {
        self.cards.iter().find(|(known, _)| known == key).map(|(_, card)| card)
    }

    fn print(&mut self, lines: &[String]) -> std::io::Result<()> {
        self.last = None;
        let mut text = lines.join("\n");
        text.push('\n');
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Paints over the last thing on the screen. With as many lines as before, the cursor returns to where it was, so
    /// that what a person is typing stays.
    fn repaint(&mut self, lines: &[String], height: usize) -> std::io::Result<()> {
        let mut text = String::new();
        if lines.len() == height {
            text.push_str(&format!("\u{1b}7\u{1b}[{height}A\r"));
            text.extend(lines.iter().map(|line| format!("{line}\u{1b}[K\n")));
            text.push_str("\u{1b}8");
        } else {
            text.push_str(&format!("\u{1b}[{height}A\r\u{1b}[J"));
            text.extend(lines.iter().map(|line| format!("{line}\n")));
        }
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

/// Whether the card shows time that passes.
fn counts(card: &Card) -> bool {
    card.rows.iter().any(|row| matches!(row, Row::Countdown { .. } | Row::Item { until: Some(_), .. }))
}
