//! A value of the file, read as what it should be. Each reading notes its own problem and gives none.

use std::ops::RangeInclusive;

use reqwest::Url;
use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::formats;
use super::table::Table;
use crate::config::problem::{Report, shown, spaced};
use crate::config::seen::Kind;
use crate::domain::{Note, Span};
use crate::text::{LONGEST_NAME, is_plain, is_word};

/// No text in the file may be longer.
pub(in crate::config) const LONGEST: usize = 2_000;
/// No span may be longer: a year.
const LONGEST_SPAN: Span = Span::hours(24 * 366);

/// A value with its key and both places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) key: &'a str,
    pub(super) key_at: usize,
    pub(super) at: usize,
    value: &'a DeValue<'a>,
    report: &'a Report<'a>,
}

impl<'a> Value<'a> {
    pub(super) fn new(key: &'a Spanned<DeString<'a>>, value: &'a Spanned<DeValue<'a>>, report: &'a Report<'a>) -> Self {
        let (key_at, at) = (key.span().start, value.span().start);
        Self { key: key.get_ref(), key_at, at, value: value.get_ref(), report }
    }

    fn seen(self, kind: Kind) {
        self.report.seen.value(self.value, kind);
    }

    /// Notes a problem at the value.
    pub(super) fn fail<T>(self, note: Note) -> Option<T> {
        let note = if let DeValue::String(text) = self.value { spaced(text, note) } else { note };
        self.report.add(self.at, note.with("key", shown(self.key)));
        None
    }

    /// Notes a problem at the key.
    pub(super) fn fail_key<T>(self, note: Note) -> Option<T> {
        self.report.add(self.key_at, spaced(self.key, note.with("key", shown(self.key))));
        None
    }

    /// Notes that the value is a word that is not one of the known ones.
    pub(super) fn unknown<T>(self, key: &str, word: &str, known: &[&str]) -> Option<T> {
        self.fail(self.report.unknown(key, word, known))
    }

    /// The same, which is to look like this; what exactly it is, is found out by reading it.
    pub(super) fn like(self, pattern: &'static str) -> Self {
        self.seen(Kind::Like(pattern));
        self
    }

    /// Any text.
    pub(super) fn text(self) -> Option<&'a str> {
        self.seen(Kind::Text);
        let DeValue::String(text) = self.value else { return self.fail(Note::new("config-not-text")) };
        if text.chars().count() > LONGEST {
            return self.fail(Note::new("config-too-long").with("limit", LONGEST));
        }
        Some(text)
    }

    /// A name that people read: one line, not empty.
    pub(super) fn name(self) -> Option<String> {
        let name = self.like(r"^\S(.{0,62}\S)?$").text()?;
        let fits = !name.is_empty() && name.trim() == name && name.chars().all(is_plain);
        if !fits || name.chars().count() > LONGEST_NAME {
            return self.fail(Note::new("config-bad-name").with("name", shown(name)).with("limit", LONGEST_NAME));
        }
        Some(name.to_owned())
    }

    /// A name that people type in commands: a name without spaces.
    pub(super) fn word(self) -> Option<String> {
        let word = self.like(r"^[^\s-][^\s]{0,63}$").text()?;
        if !is_word(word) {
            return self.fail(Note::new("config-bad-word").with("name", shown(word)).with("limit", LONGEST_NAME));
        }
        Some(word.to_owned())
    }

    /// A whole number in a range.
    pub(super) fn whole(self, range: RangeInclusive<u32>) -> Option<u32> {
        self.seen(Kind::Whole(*range.start(), *range.end()));
        let DeValue::Integer(number) = self.value else { return self.fail(Note::new("config-not-whole")) };
        let number = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|n| range.contains(n));
        let (least, most) = range.into_inner();
        number.or_else(|| self.fail(Note::new("config-out-of-range").with("least", least).with("most", most)))
    }

    /// A finite number.
    pub(super) fn number(self) -> Option<f64> {
        self.seen(Kind::Number);
        let number = match self.value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(lossy),
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            _ => None,
        };
        number.filter(|n| n.is_finite()).or_else(|| self.fail(Note::new("config-not-number")))
    }

    /// Yes or no.
    pub(super) fn boolean(self) -> Option<bool> {
        self.seen(Kind::Truth);
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.fail(Note::new("config-not-boolean")),
        }
    }

    /// A length of time from a second to a year.
    pub(super) fn span(self) -> Option<Span> {
        self.span_of(Span::seconds(1)..=LONGEST_SPAN)
    }

    /// A length of time in a range.
    pub(super) fn span_of(self, range: RangeInclusive<Span>) -> Option<Span> {
        self.seen(Kind::Span);
        let DeValue::String(text) = self.value else { return self.fail(Note::new("config-not-span")) };
        let Some(span) = formats::span(text) else { return self.fail(Note::new("config-not-span")) };
        if range.contains(&span) {
            return Some(span);
        }
        let (least, most) = range.into_inner();
        let note = Note::new("config-span-out-of-range");
        self.fail(note.with("least", formats::spell(least)).with("most", formats::spell(most)))
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(self, choices: &[(&'static str, T)]) -> Option<T> {
        let known: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
        let word = self.among(&known)?;
        let found = choices.iter().find(|(choice, _)| *choice == word).map(|(_, value)| *value);
        found.or_else(|| self.unknown("config-unknown-word", word, &known))
    }

    /// A text that should be one of these; what else it may mean is the caller's to tell.
    pub(super) fn among(self, known: &[&'static str]) -> Option<&'a str> {
        self.seen(Kind::Among(known.to_vec()));
        self.text()
    }

    /// A web address. A password in it would reach the ledger, so there may be none.
    pub(super) fn url(self) -> Option<Url> {
        let text = self.like("^https?://.").text()?;
        self.address(text)
    }

    /// The same of a text that was read already.
    pub(super) fn address(self, text: &str) -> Option<Url> {
        let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        match Url::parse(text).ok().filter(web) {
            None => self.fail(Note::new("config-not-url")),
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                self.fail(Note::new("config-url-password"))
            }
            Some(url) => Some(url),
        }
    }

    /// A table: `[key]` or `{ … }`.
    pub(super) fn table(self) -> Option<Table<'a>> {
        self.seen(Kind::Table);
        match self.value {
            DeValue::Table(tree) => Some(Table::new(tree, self.at, self.report)),
            _ => self.fail(Note::new("config-not-table")),
        }
    }

    /// Notes that one table may stand here, or several of them in a list.
    pub(super) fn several(self) {
        self.seen(Kind::Several);
    }

    /// Whether it is a list.
    pub(super) const fn is_list(self) -> bool {
        matches!(self.value, DeValue::Array(_))
    }

    /// Whether it is a table with that key.
    pub(super) fn names(self, key: &str) -> bool {
        matches!(self.value, DeValue::Table(tree) if tree.keys().any(|known| known.get_ref() == key))
    }

    /// Whether it is a table that is only there because headings of its parts are: `[[apps.environments]]` without
    /// `[[apps]]` above.
    pub(super) fn is_headless(self) -> bool {
        matches!(self.value, DeValue::Table(tree) if !tree.is_empty() && tree.values().all(|part| part.get_ref().is_array() || part.get_ref().is_table()))
    }

    /// A list: `[ … ]` or `[[key]]`.
    pub(super) fn list(self) -> Option<Vec<Self>> {
        self.seen(Kind::List);
        let DeValue::Array(items) = self.value else { return self.fail(Note::new("config-not-list")) };
        Some(items.iter().map(|item| Self { at: item.span().start, value: item.get_ref(), ..self }).collect())
    }

    /// A text, number or boolean, as JSON has it.
    pub(super) fn scalar(self) -> Option<serde_json::Value> {
        self.seen(Kind::Scalar);
        match self.value {
            DeValue::String(text) => Some(text.as_ref().into()),
            DeValue::Boolean(value) => Some((*value).into()),
            DeValue::Integer(number) => {
                let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
                number.map(Into::into).or_else(|| self.fail(Note::new("config-not-number")))
            }
            DeValue::Float(_) => self.number().map(Into::into),
            _ => self.fail(Note::new("config-not-scalar")),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bound that a person wrote: the nearest double is what they mean")]
const fn lossy(number: i64) -> f64 {
    number as f64
}
