//! From a card to an embed and its buttons, and from a message to its content, within all of Discord's limits.
//!
//! What comes from outside is text here too: see `markup`. What a long card loses first is in `layout`.
//!
//! Not here: sending, editing, threads. Everything in this file is pure, and the same card gives the same bytes.

use serenity::all::{CreateActionRow, CreateAllowedMentions, CreateEmbed, CreateEmbedFooter, RoleId, UserId};

use super::controls;
use super::markup::Markdown;
use crate::card::{Card, Detail, Tone};
use crate::chat::markup::{self, Dialect as _};
use crate::chat::{Batch, Message, batch, layout};
use crate::words::Words;

const TITLE: usize = 256;
const DESCRIPTION: usize = 4_096;
const ALL: usize = 6_000;

/// Discord takes 2,048; with no more than this, the three of them are never over 6,000.
const FOOTER: usize = ALL - TITLE - DESCRIPTION;

const CONTENT: usize = 2_000;

/// How much of a content may go to calling people. A longer list of people leaves the words their room.
const CALLS: usize = 1_200;

/// How many people or groups one message may call.
const CALLED: usize = 100;

/// A card as Discord takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Painted {
    /// Everything that is read.
    pub embed: CreateEmbed,
    /// Everything that is pressed. To repaint a card without buttons, send the empty list.
    pub rows: Vec<CreateActionRow>,
}

/// A card as an embed and its buttons. Countdowns are each reader's Discord's own, so a card does not change as time goes by.
#[must_use]
pub fn paint(card: &Card, words: &Words) -> Painted {
    let words = &card.words(words).that_stay();
    let title = Markdown.text(&card.title).cut(TITLE);
    let description = layout::text(&card.rows, words, &Markdown, DESCRIPTION);
    let footer = markup::plain(&card.footer, FOOTER);
    let mut embed = CreateEmbed::new().colour(colour(card.tone));
    if !title.is_blank() {
        embed = embed.title(title.to_string());
    }
    // Discord takes no embed without a word in it.
    match (description.trim().is_empty(), title.is_blank()) {
        (false, _) => embed = embed.description(description),
        (true, true) => embed = embed.description("…"),
        (true, false) => {}
    }
    if !footer.is_empty() {
        embed = embed.footer(CreateEmbedFooter::new(footer));
    }
    Painted { embed, rows: controls::rows(&card.buttons, words) }
}

/// Something said once: its content, and who may be called by it. Nobody is called but by `message.call`, whatever the
/// words hold. Whether links in it grow previews is up to the flags of who posts it.
pub fn said(message: &Message) -> (String, CreateAllowedMentions) {
    let (mut users, mut roles, mut calls): (Vec<u64>, Vec<u64>, String) = (Vec::new(), Vec::new(), String::new());
    for identity in &message.call {
        let (called, id, mention) = match (number(identity, "discord:user:"), number(identity, "discord:role:")) {
            (Some(id), _) => (&mut users, id, format!("<@{id}> ")),
            (_, Some(id)) => (&mut roles, id, format!("<@&{id}> ")),
            (None, None) => continue,
        };
        let fits = called.len() < CALLED && markup::units(&calls) + markup::units(&mention) <= CALLS;
        if fits && !called.contains(&id) {
            called.push(id);
            calls.push_str(&mention);
        }
    }
    let text = Markdown.text(&message.text).cut(CONTENT - markup::units(&calls)).to_string();
    let content = if text.trim().is_empty() && calls.is_empty() { "…".to_owned() } else { format!("{calls}{text}") };
    let users = users.into_iter().map(UserId::new);
    let allowed = CreateAllowedMentions::new().users(users).roles(roles.into_iter().map(RoleId::new));
    (content.trim_end().to_owned(), allowed)
}

/// What is said with a link below, where there is room for it.
pub(super) fn with_link(content: &str, link: &str) -> String {
    let fits = markup::units(content) + 1 + markup::units(link) <= CONTENT;
    if fits { format!("{content}\n{link}") } else { content.to_owned() }
}

/// The lines of a thread, each message of at most 2,000 characters, with nobody allowed to be mentioned.
#[must_use]
pub fn lines(details: &[Detail]) -> Vec<Batch> {
    batch::batches(details, &Markdown, CONTENT)
}

/// The number of an identity of that sort. Discord's are never zero.
fn number(identity: &str, sort: &str) -> Option<u64> {
    let digits = identity.strip_prefix(sort)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten().filter(|id| *id > 0)
}

/// The title says in words what the colour says.
const fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Plain => 0x95_a5_a6,
        Tone::Busy => 0x34_98_db,
        Tone::Asking => 0x9b_59_b6,
        Tone::Good => 0x2e_cc_71,
        Tone::Warning => 0xe6_7e_22,
        Tone::Bad => 0xe7_4c_3c,
    }
}
