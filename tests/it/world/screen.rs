//! The chat of the world: the real terminal on paper, with a memory of every card and message.
//!
//! It outlives the program, as a chat does. Ports, and what is random by design, are put out of texts here, after a
//! look at their shape, so that snapshots can hold whole cards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use shipgate::card::Card;
use shipgate::chat::terminal::{Look, Options, Terminal, render};
use shipgate::chat::{Chat, ChatTrouble, Memory, Message};
use shipgate::clock::Clock as _;
use shipgate::domain::CardKey;
use shipgate::words::Words;

use super::clock::ManualClock;
use super::story::{Paper, Story};

/// How wide cards are in snapshots.
const LOOK: Look = Look { width: 100, colours: false };

/// The chat.
pub(crate) struct Screen {
    pub(crate) terminal: Terminal,
    pub(crate) paper: Paper,
    clock: Arc<ManualClock>,
    story: Story,
    seen: Mutex<Seen>,
    /// What an address is called in snapshots.
    names: BTreeMap<String, String>,
}

#[derive(Default)]
struct Seen {
    /// In the order in which they first came.
    cards: Vec<(CardKey, Card)>,
    /// The title of every card whenever it changed.
    titles: Vec<String>,
    said: Vec<Message>,
}

impl Screen {
    pub(crate) fn new(
        locale: &str,
        clock: &Arc<ManualClock>,
        story: &Story,
        names: BTreeMap<String, String>,
    ) -> Arc<Self> {
        let options = Options {
            locale: locale.to_owned(),
            time_zone: "Asia/Tokyo".to_owned(),
            width: LOOK.width,
            height: 50,
            is_terminal: false,
            colours: false,
        };
        let paper = Paper::default();
        let terminal = Terminal::new(options, clock.clone(), Box::new(paper.clone()));
        let (clock, story, seen) = (Arc::clone(clock), story.clone(), Mutex::default());
        Arc::new(Self { terminal, paper, clock, story, seen, names })
    }

    /// The newest card whose title contains this.
    pub(crate) fn card(&self, what: &str) -> Option<Card> {
        self.seen().cards.iter().rev().map(|(_, card)| card).find(|card| card.title.contains(what)).cloned()
    }

    /// The titles of cards, in the order in which they were painted, each time they changed.
    pub(crate) fn titles(&self) -> Vec<String> {
        self.seen().titles.clone()
    }

    /// What was said once, and who was called.
    pub(crate) fn said(&self) -> Vec<Message> {
        self.seen().said.clone()
    }

    /// A card as its readers have it.
    pub(crate) fn text(&self, card: &Card) -> String {
        self.stable(&render(card, &self.words(), &LOOK).join("\n"))
    }

    /// The same with the minutes of the day.
    pub(crate) fn text_with_times(&self, card: &Card) -> String {
        self.stable_but_times(&render(card, &self.words(), &LOOK).join("\n"))
    }

    /// The words of this chat, at its place and time.
    pub(crate) fn words(&self) -> Words {
        self.terminal.words()
    }

    /// A text in which names stand for addresses, and dots for what is random by design: ids, ledger marks, and the
    /// minutes of the day, because pauses at fly.io are never twice the same.
    pub(crate) fn stable(&self, text: &str) -> String {
        without_times(&self.stable_but_times(text))
    }

    /// The same with the minutes of the day.
    pub(crate) fn stable_but_times(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (address, name) in &self.names {
            text = text.replace(address, name);
        }
        for label in ["#", "ledger ", "記録 ", "台帳 "] {
            text = without_hex_behind(&text, label);
        }
        text
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dots for eight hex digits behind a label.
fn without_hex_behind(text: &str, label: &str) -> String {
    let mut parts: Vec<String> = text.split(label).map(str::to_owned).collect();
    for part in parts.iter_mut().skip(1) {
        let head: String = part.chars().take(8).collect();
        if head.len() == 8 && head.bytes().all(|b| b.is_ascii_hexdigit()) {
            *part = part.replacen(&head, "········", 1);
        }
    }
    parts.join(label)
}

/// Dots for `14:03` and `14:03:59`, where these stand alone.
fn without_times(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for at in 0..chars.len() {
        let two_digits = |at: usize| chars.get(at..at + 2).is_some_and(|two| two.iter().all(char::is_ascii_digit));
        let free = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_none_or(|c| !c.is_alphanumeric());
        let colon = |at: usize| chars.get(at) == Some(&':');
        if !(free(at.checked_sub(1)) && two_digits(at) && colon(at + 2) && two_digits(at + 3)) {
            continue;
        }
        let long = colon(at + 5) && two_digits(at + 6);
        let end = if long { at + 8 } else { at + 5 };
        if free(Some(end)) {
            chars[at..end].iter_mut().filter(|c| **c != ':').for_each(|c| *c = '·');
        }
    }
    chars.into_iter().collect()
}

#[async_trait]
impl Chat for Screen {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn speaks(&self) -> Words {
        self.terminal.speaks()
    }

    async fn show(&self, key: &CardKey, card: &Card, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        {
            let mut seen = self.seen();
            let known = seen.cards.iter_mut().find(|(known, _)| known == key);
            let before = known.map(|(_, known)| std::mem::replace(known, card.clone()));
            if before.is_none() {
                seen.cards.push((key.clone(), card.clone()));
            }
            if before.is_none_or(|before| before.title != card.title) {
                seen.titles.push(card.title.clone());
                self.story.tell(self.clock.now(), format!("shows  {}", card.title));
            }
        }
        self.terminal.show(key, card, memory).await
    }

    async fn say(&self, message: &Message, memory: &dyn Memory) -> Result<(), ChatTrouble> {
        let known = self.seen().said.iter().any(|said| said.key == message.key);
        if !known {
            self.story.tell(self.clock.now(), format!("says   {} {}", message.call.join(" "), message.text));
            // As it was read when it was said.
            let words = self.words();
            let text = Words::counting(&message.text, |moment| words.left(moment));
            self.seen().said.push(Message { text, ..message.clone() });
        }
        self.terminal.say(message, memory).await
    }
}

/// How long a rollout takes is chance.
pub(crate) fn without_durations(answer: &str) -> String {
    let mut said = answer.to_owned();
    for before in ["took ", "所要時間 "] {
        let parts: Vec<&str> = said.split(before).collect();
        let cut = |part: &&str| part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
        let rest: Vec<String> = parts.iter().skip(1).map(cut).collect();
        said = std::iter::once(parts[0].to_owned()).chain(rest).collect::<Vec<_>>().join(&format!("{before}…"));
    }
    said
}
