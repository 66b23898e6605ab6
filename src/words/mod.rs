//! The words: every sentence that a person reads, from `locales/`, in their language.
//!
//! Not here: which sentence is said (that is [`card`](crate::card)'s choice), and the logs, which are English.
//!
//! Arguments are text, and some names say what they hold, so that notes can be written down in no language:
//! `at`, `until` and `…_at` are moments in milliseconds, `span` and `…_span` are lengths in milliseconds, `…_number` is
//! a measured number, `days` are days of the week (`0,1,2`, Monday = 0); `phase`, `outcome`, `action`, `permission`,
//! `argument` and `deployment_kind` are stable words that have words of their own (`phase-rolling-out`); `note` is the key of another message, said with the same arguments. A whole number counts as
//! a number, so that plurals come out right. `said`, `what`, `trouble`, `verdict` and `commands` are
//! sentences of ours, made of harmless parts already. Everything else is text from outside and is made [`harmless()`].
//!
//! To add a language: a file in `locales/`, a variant of [`Language`], and an arm where the compiler asks for one.

mod harmless;
mod language;
mod time;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::sync::{Mutex, OnceLock, PoisonError};

use chrono_tz::Tz;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::domain::{Moment, Note, Span};

pub use harmless::{LINE, NAME, harmless, is_visible};
pub use language::Language;

type Bundle = FluentBundle<FluentResource>;

/// The words of one language, for people in one place.
#[derive(Clone)]
pub struct Words {
    language: Language,
    bundle: &'static Bundle,
    zone: Tz,
    now: Option<Moment>,
    typing: Typing,
    moments: Moments,
}

/// How what is left until a moment to come is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moments {
    /// In words, as it is now.
    Spoken,
    /// By whoever shows the text, each time it is shown: the moment itself is kept in it.
    Live,
}

/// How people type a command where these words are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    /// As one line, `/deploy staging v2 again`.
    Lines,
    /// Field by field, each with its name, as a chat that knows the commands offers them.
    Fields,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words").field("language", &self.language).field("zone", &self.zone).finish_non_exhaustive()
    }
}

impl Words {
    /// The words of a locale such as `ja`, `ja-JP` or `ja_JP.UTF-8`; English where it is unknown. Times are in UTC.
    #[must_use]
    pub fn new(locale: &str) -> Self {
        let language = Language::of(locale);
        Self {
            language,
            bundle: bundle(language),
            zone: Tz::UTC,
            now: None,
            typing: Typing::Lines,
            moments: Moments::Spoken,
        }
    }

    /// The same words for people in a time zone, at a time. A zone that does not exist is UTC.
    #[must_use]
    pub fn here(&self, zone: &str, now: Moment) -> Self {
        Self { now: Some(now), ..self.in_zone(zone) }
    }

    /// The same words for people in another time zone. One that does not exist is UTC.
    #[must_use]
    pub fn in_zone(&self, zone: &str) -> Self {
        Self { zone: zone.parse().unwrap_or(Tz::UTC), ..self.clone() }
    }

    /// The same words for people who fill in a command field by field: what they are told to type says so.
    #[must_use]
    pub fn in_fields(&self) -> Self {
        Self { typing: Typing::Fields, ..self.clone() }
    }

    /// The same words for a text that stays: what is left until a moment is put in where it is shown, by
    /// [`Words::counting`].
    #[must_use]
    pub fn that_stay(&self) -> Self {
        Self { moments: Moments::Live, ..self.clone() }
    }

    /// Whether commands are filled in field by field where these words are read.
    #[must_use]
    pub fn are_in_fields(&self) -> bool {
        self.typing == Typing::Fields
    }

    /// Which language it is.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// What time it is, if that was told.
    #[must_use]
    pub const fn now(&self) -> Option<Moment> {
        self.now
    }

    /// Whether there is such a message.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// A message without arguments. A missing one shows its key.
    #[must_use]
    pub fn get(&self, key: &str) -> String {
        self.say(key, &BTreeMap::new())
    }

    /// A message with arguments.
    #[must_use]
    pub fn with(&self, key: &str, args: &[(&str, &dyn Display)]) -> String {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
        self.say(key, &args)
    }

    /// What a note says.
    #[must_use]
    pub fn note(&self, note: &Note) -> String {
        self.say(&note.key, &note.args)
    }

    /// A message with arguments that are at hand as text. Where people type field by field, what tells them to type has
    /// a form of its own, `…-fields`.
    #[must_use]
    pub fn say(&self, key: &str, args: &BTreeMap<String, String>) -> String {
        let fields = Some(format!("{key}-fields")).filter(|fields| self.are_in_fields() && self.has(fields));
        let key = fields.as_deref().unwrap_or(key);
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            once(key, "a message is missing from the words");
            return key.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, text) in args {
            values.set(name.clone(), self.value(name, text, args));
        }
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned();
        if !errors.is_empty() {
            once(key, "a message was said without all of its arguments");
        }
        said
    }

    /// Several things, one after the other.
    #[must_use]
    pub fn list<T: AsRef<str>>(&self, items: &[T]) -> String {
        items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(&self.get("list-separator"))
    }

    fn value(&self, name: &str, text: &str, args: &BTreeMap<String, String>) -> FluentValue<'static> {
        let said = match name {
            "at" | "until" => text.parse().ok().map(|ms| self.time(Moment(ms))),
            "span" => text.parse().ok().map(|ms| self.span(Span(ms))),
            _ if name.ends_with("_at") => text.parse().ok().map(|ms| self.time(Moment(ms))),
            _ if name.ends_with("_span") => text.parse().ok().map(|ms| self.span(Span(ms))),
            _ if name.ends_with("_number") => text.parse().ok().map(|number| self.number(number)),
            "phase" | "outcome" | "action" | "permission" | "argument" | "deployment_kind" => self.stable(name, text),
            "days" => self.days(text),
            "said" | "what" | "trouble" | "verdict" | "commands" => {
                Some(harmless::line(text, LINE)).filter(|_| whole(text).is_none())
            }
            "note" if self.has(text) => {
                let rest: BTreeMap<_, _> =
                    args.iter().filter(|(n, _)| *n != "note").map(|(n, v)| (n.clone(), v.clone())).collect();
                Some(self.say(text, &rest))
            }
            _ => None,
        };
        match said {
            Some(said) => FluentValue::from(said),
            None => whole(text).map_or_else(|| FluentValue::from(harmless(text, LINE)), FluentValue::from),
        }
    }

    fn stable(&self, name: &str, text: &str) -> Option<String> {
        let key = format!("{name}-{text}").replace('_', "-");
        self.has(&key).then(|| self.get(&key))
    }
}

/// A whole number as people write it. `007` and a long hash of digits are names, not numbers.
fn whole(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (text.len() <= 15 && number.to_string() == text).then_some(number)
}

fn bundle(language: Language) -> &'static Bundle {
    static ENGLISH: OnceLock<Bundle> = OnceLock::new();
    static JAPANESE: OnceLock<Bundle> = OnceLock::new();
    let home = match language {
        Language::English => &ENGLISH,
        Language::Japanese => &JAPANESE,
    };
    home.get_or_init(|| load(language))
}

fn load(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.tag()]);
    // The marks that isolate directions show as boxes in terminals, and arguments are freed of such marks anyway.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(resource, errors)| {
        tracing::error!(language = language.code(), errors = errors.len(), "the words have lines that cannot be read");
        resource
    });
    bundle.add_resource_overriding(resource);
    bundle
}

/// Logs each trouble with a message once, however often it is said.
fn once(key: &str, trouble: &'static str) {
    static SEEN: Mutex<Option<HashSet<(String, &'static str)>>> = Mutex::new(None);
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.get_or_insert_default().insert((key.to_owned(), trouble)) {
        tracing::warn!(key, "{trouble}");
    }
}
