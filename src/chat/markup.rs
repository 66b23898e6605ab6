//! Marked-up text, whatever the chat's markup is: what comes from outside stays text, what we set apart by backticks is
//! code, and what is left until a moment is counted by each reader's client.
//!
//! A [`Markup`] is made of atoms that are never cut in two: an escaped character, a moment, a link. Lengths are UTF-16
//! code units, the greatest of the ways in which a chat may count, of what is sent: what fits by this count fits by every
//! other.
//!
//! To add a chat's markup: a [`Dialect`] in its folder.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;

use crate::domain::Moment;
use crate::words::Words;

/// The longest address that becomes a link.
const LONGEST_ADDRESS: usize = 512;

/// How a chat writes what is meant.
pub(super) trait Dialect {
    /// Each character of what can be shown on one line, with whatever keeps it from meaning something.
    fn literal(&self, said: &str) -> Vec<String>;

    /// The same, with what is left until each moment that was kept in the text.
    fn escaped(&self, said: &str) -> Vec<String> {
        /// Stands for the next moment while the words around it are escaped.
        const HERE: &str = "\u{FFFC}";
        let moments = RefCell::new(VecDeque::new());
        let said = Words::counting(&said.replace(HERE, ""), |moment| {
            moments.borrow_mut().push_back(moment);
            HERE.to_owned()
        });
        let mut escaped = self.literal(&said);
        for here in escaped.iter_mut().filter(|atom| *atom == HERE) {
            *here = self.left(moments.borrow_mut().pop_front().unwrap_or_default());
        }
        escaped
    }

    /// A character inside of code.
    fn in_code(&self, c: char) -> String {
        c.to_string()
    }

    /// A command, where it is one, as it is to be typed there: a chat may keep a name to itself.
    fn command<'a>(&self, said: &'a str) -> Cow<'a, str> {
        Cow::Borrowed(said)
    }

    /// What stands out. It is marked up already.
    fn bold(&self, inside: &str) -> String;

    /// A link under words, which are marked up already; the address is safe.
    fn anchor(&self, said: &str, url: &str) -> String;

    /// An address that leads to itself; it is safe.
    fn address(&self, url: &str) -> String {
        url.to_owned()
    }

    /// What is left until a moment, as each reader's client says it, whenever it is read.
    fn left(&self, at: Moment) -> String;

    /// What stands between a name and its value.
    fn after_name(&self) -> &'static str {
        " "
    }

    /// Text of a card: what is between two backticks is code, everything else is text.
    fn text(&self, said: &str) -> Markup {
        let parts: Vec<&str> = said.split('`').collect();
        let mut markup = Markup::default();
        for (n, part) in parts.iter().enumerate() {
            // The last part has no backtick behind it: before it, one is left open.
            let is_code = n % 2 == 1 && n + 1 < parts.len();
            let is_left_open = n % 2 == 1 && !is_code;
            if is_left_open {
                markup.0.extend(self.escaped("`").into_iter().map(Atom::Whole));
            }
            match self.coded(part).filter(|_| is_code) {
                Some(code) => markup = markup.then(code),
                None if is_code => markup.0.extend(self.escaped(&format!("`{part}`")).into_iter().map(Atom::Whole)),
                None => markup.0.extend(self.escaped(part).into_iter().map(Atom::Whole)),
            }
        }
        markup
    }

    /// Text without any markup of its own, for inside of bold and links.
    fn flat(&self, said: &str) -> Markup {
        Markup(self.escaped(&said.replace('`', "'")).into_iter().map(Atom::Whole).collect())
    }

    /// All of it as code.
    fn code(&self, said: &str) -> Markup {
        let plain = said.replace('`', "'");
        self.coded(&plain).unwrap_or_else(|| Markup(self.escaped(said).into_iter().map(Atom::Whole).collect()))
    }

    /// A link. Where the words are the address itself, or cannot be seen, the bare address; where the address is none
    /// that can be written down safely, it stays text.
    fn link(&self, said: &str, url: &str) -> Markup {
        let words = self.flat(said);
        match (is_safe(url), said == url || words.is_blank()) {
            (true, true) => whole(self.address(url)),
            (true, false) => whole(self.anchor(&words.to_string(), url)),
            (false, _) => words,
        }
    }

    /// As code; none where nothing of it can be seen.
    fn coded(&self, said: &str) -> Option<Markup> {
        let inside: Vec<String> = shown(&self.command(said)).map(|c| self.in_code(c)).collect();
        let is_seen = !inside.concat().trim().is_empty();
        is_seen.then(|| Markup(vec![Atom::Code(inside)]))
    }
}

/// Marked-up text, in parts that are not cut in two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(Vec<Atom>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Atom {
    /// As it is: it cannot be cut.
    Whole(String),
    /// In backticks, which stay around it when it is cut between two characters.
    Code(Vec<String>),
}

/// The length as the strictest counter has it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Markup of our own, which stays together.
pub(super) fn whole(markup: impl Into<String>) -> Markup {
    Markup(vec![Atom::Whole(markup.into())])
}

/// Text that a chat shows as it is: labels, footers. On one line, cut to a length.
pub(super) fn plain(said: &str, most: usize) -> String {
    let said = Words::counting(said, |_| String::new());
    let atoms = shown(&said).map(|c| Atom::Whole(c.to_string())).collect();
    let cut = Markup(atoms).cut(most).to_string();
    cut.trim().to_owned()
}

/// A label, which no chat takes empty.
pub(super) fn label(said: &str, most: usize) -> String {
    let label = plain(said, most);
    if label.is_empty() { "…".to_owned() } else { label }
}

/// What can be shown on one line.
pub(super) fn shown(said: &str) -> impl Iterator<Item = char> + '_ {
    said.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control())
}

impl Markup {
    /// How long it is.
    pub(super) fn units(&self) -> usize {
        self.0.iter().map(Atom::units).sum()
    }

    /// Whether nothing of it can be seen.
    pub(super) fn is_blank(&self) -> bool {
        self.0.iter().all(|atom| matches!(atom, Atom::Whole(text) if text.trim().is_empty()))
    }

    /// One behind the other.
    pub(super) fn then(mut self, other: Self) -> Self {
        let touches = matches!((self.0.last(), other.0.first()), (Some(Atom::Code(_)), Some(Atom::Code(_))));
        if touches {
            // Two codes side by side would be read as one: something that is not seen goes between them.
            self.0.push(Atom::Whole("\u{200B}".to_owned()));
        }
        self.0.extend(other.0);
        self
    }

    /// The same, not longer than that; what is cut ends in an ellipsis.
    pub(super) fn cut(self, most: usize) -> Self {
        if self.units() <= most {
            return self;
        }
        let mut left = most.saturating_sub(1);
        let mut kept = Vec::new();
        for atom in self.0 {
            let units = atom.units();
            if units > left {
                kept.extend(atom.cut(left));
                break;
            }
            left -= units;
            kept.push(atom);
        }
        while kept.last().is_some_and(|atom| matches!(atom, Atom::Whole(text) if text == " ")) {
            kept.pop();
        }
        if most > 0 {
            kept.push(Atom::Whole("…".to_owned()));
        }
        Self(kept)
    }
}

impl std::fmt::Display for Markup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|atom| match atom {
            Atom::Whole(text) => f.write_str(text),
            Atom::Code(text) => write!(f, "`{}`", text.concat()),
        })
    }
}

impl Atom {
    fn units(&self) -> usize {
        match self {
            Self::Whole(text) => units(text),
            Self::Code(text) => text.iter().map(|c| units(c)).sum::<usize>() + 2,
        }
    }

    /// What of it fits; only code can be cut.
    fn cut(self, most: usize) -> Option<Self> {
        let Self::Code(text) = self else { return None };
        let mut left = most.checked_sub(2)?;
        let fits = |c: &String| {
            let fits = units(c) <= left;
            left = left.saturating_sub(units(c));
            fits
        };
        let kept: Vec<String> = text.into_iter().take_while(fits).collect();
        (!kept.concat().trim().is_empty()).then_some(Self::Code(kept))
    }
}

/// An address that cannot end a link early or begin something else.
fn is_safe(url: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'+,;=%".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= LONGEST_ADDRESS && url.chars().all(fits)
}
