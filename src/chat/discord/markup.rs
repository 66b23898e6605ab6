//! Text as Discord's markup: what comes from outside stays text, what we set apart by backticks is code, and what is left
//! until a moment is counted by each reader's Discord.
//!
//! A [`Markup`] is made of atoms that are never cut in two: an escaped character, a `<t:…>`, a link. Lengths are
//! UTF-16 code units, the greatest of the ways in which Discord may count (its clients count so; nothing that Discord
//! counts as one is less than one here), so what fits by this count fits by every other.
//!
//! To escape one more thing: an arm in [`escaped`].

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::domain::Moment;
use crate::words::Words;

/// The longest address that becomes a link.
const LONGEST_ADDRESS: usize = 512;

/// Marked-up text, in parts that are not cut in two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(Vec<Atom>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Atom {
    /// As it is: it cannot be cut.
    Whole(String),
    /// In backticks, which stay around it when it is cut.
    Code(String),
}

/// The length as the strictest of Discord's counters has it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text of a card: what is between two backticks is code, everything else is text.
pub(super) fn text(said: &str) -> Markup {
    let parts: Vec<&str> = said.split('`').collect();
    let mut markup = Markup::default();
    for (n, part) in parts.iter().enumerate() {
        // The last part has no backtick behind it: before it, one is left open.
        let is_code = n % 2 == 1 && n + 1 < parts.len();
        let is_left_open = n % 2 == 1 && !is_code;
        if is_left_open {
            markup.0.push(Atom::Whole("\\`".to_owned()));
        }
        if is_code { markup.push_code(part) } else { markup.0.extend(escaped(part)) }
    }
    markup
}

/// Text without any markup of its own, for inside of bold and links.
pub(super) fn flat(said: &str) -> Markup {
    Markup(escaped(&said.replace('`', "'")))
}

/// All of it as code.
pub(super) fn code(said: &str) -> Markup {
    let mut markup = Markup::default();
    markup.push_code(&said.replace('`', "'"));
    markup
}

/// A link. Where the words are the address itself, Discord makes one of the bare address; where the address is none
/// that can be written down safely, it stays text.
pub(super) fn link(said: &str, url: &str) -> Markup {
    match (is_safe(url), said == url) {
        (true, true) => whole(url),
        (true, false) => whole(format!("[{}]({url})", flat(said))),
        (false, _) => flat(said),
    }
}

/// Markup of our own, which stays together.
pub(super) fn whole(markup: impl Into<String>) -> Markup {
    Markup(vec![Atom::Whole(markup.into())])
}

/// Text that Discord shows as it is: labels, footers. On one line, cut to a length.
pub(super) fn plain(said: &str, most: usize) -> String {
    let said = Words::counting(said, |_| String::new());
    let atoms = shown(&said).map(|c| Atom::Whole(c.to_string())).collect();
    let cut = Markup(atoms).cut(most).to_string();
    cut.trim().to_owned()
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
            self.0.push(between_codes());
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

    fn push_code(&mut self, said: &str) {
        let inside: String = shown(said).collect();
        if inside.trim().is_empty() {
            self.0.push(Atom::Whole("\\`".to_owned()));
            self.0.extend(escaped(said));
            self.0.push(Atom::Whole("\\`".to_owned()));
            return;
        }
        if matches!(self.0.last(), Some(Atom::Code(_))) {
            self.0.push(between_codes());
        }
        self.0.push(Atom::Code(inside));
    }
}

impl std::fmt::Display for Markup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|atom| match atom {
            Atom::Whole(text) => f.write_str(text),
            Atom::Code(text) => write!(f, "`{text}`"),
        })
    }
}

impl Atom {
    fn units(&self) -> usize {
        match self {
            Self::Whole(text) => units(text),
            Self::Code(text) => units(text) + 2,
        }
    }

    /// What of it fits; only code can be cut.
    fn cut(self, most: usize) -> Option<Self> {
        let Self::Code(text) = self else { return None };
        let mut left = most.checked_sub(2)?;
        let kept: String = text
            .chars()
            .take_while(|c| {
                let fits = c.len_utf16() <= left;
                left = left.saturating_sub(c.len_utf16());
                fits
            })
            .collect();
        (!kept.trim().is_empty()).then_some(Self::Code(kept))
    }
}

/// Two codes side by side would be read as one: something that is not seen goes between them.
fn between_codes() -> Atom {
    Atom::Whole("\u{200B}".to_owned())
}

/// An address that cannot end a link early or begin something else.
fn is_safe(url: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'+,;=%".contains(c);
    (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= LONGEST_ADDRESS && url.chars().all(fits)
}

/// What can be shown on one line.
fn shown(said: &str) -> impl Iterator<Item = char> + '_ {
    said.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control())
}

/// Each character as an atom, with a backslash where it would mean something; a moment as a time from now.
fn escaped(said: &str) -> Vec<Atom> {
    /// Stands for the next moment while the words around it are escaped.
    const HERE: char = '\u{FFFC}';
    let moments = RefCell::new(VecDeque::new());
    let said = Words::counting(&said.replace(HERE, ""), |moment| {
        moments.borrow_mut().push_back(moment);
        HERE.to_string()
    });
    let mut atoms = literal(&said);
    let here = HERE.to_string();
    for atom in atoms.iter_mut().filter(|atom| **atom == Atom::Whole(here.clone())) {
        let moment: Moment = moments.borrow_mut().pop_front().unwrap_or_default();
        *atom = Atom::Whole(format!("<t:{}:R>", moment.0.div_euclid(1_000)));
    }
    atoms
}

/// Each character as an atom, with a backslash where it would mean something.
fn literal(said: &str) -> Vec<Atom> {
    let chars: Vec<char> = shown(said).collect();
    let mut atoms = Vec::with_capacity(chars.len());
    let (mut begins, mut digits) = (true, 0);
    for (n, c) in chars.iter().enumerate() {
        let rest = &chars[n + 1..];
        let means = match c {
            '\\' | '*' | '_' | '~' | '|' | '[' | ']' | '<' | '`' => true,
            '#' | '-' | '+' | '>' => begins,
            // It would begin a list.
            '.' => digits > 0 && rest.first().is_none_or(|next| *next == ' '),
            ':' => names_something(&chars[..n], rest),
            _ => false,
        };
        let text = match c {
            '@' if calls_all(rest) => "@\u{200B}".to_owned(),
            _ if means => format!("\\{c}"),
            _ => c.to_string(),
        };
        atoms.push(Atom::Whole(text));
        digits = if c.is_ascii_digit() && (begins || digits > 0) { digits + 1 } else { 0 };
        begins &= *c == ' ';
    }
    atoms
}

/// Whether a colon begins what follows the scheme of an address, or may begin the name of an emoji. Not in `14:30`.
fn names_something(before: &[char], rest: &[char]) -> bool {
    let is_in_number = before.last().is_some_and(char::is_ascii_digit);
    rest.starts_with(&['/', '/'])
        || rest.first().is_some_and(|next| match next {
            '+' | '-' => true,
            '0'..='9' => !is_in_number,
            _ => next.is_ascii_alphabetic(),
        })
}

/// `@everyone` and `@here`.
fn calls_all(rest: &[char]) -> bool {
    ["everyone", "here"].iter().any(|all| {
        let begins = rest.iter().zip(all.chars()).all(|(c, wanted)| c.to_ascii_lowercase() == wanted);
        begins && rest.len() >= all.len()
    })
}
