//! The languages that there are, and how one is picked.

use unic_langid::LanguageIdentifier;

/// A language with a file in `locales/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// `locales/en.ftl`.
    English,
    /// `locales/ja.ftl`.
    Japanese,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Japanese];

    /// The language of a locale, as a config, a chat or a shell writes it: `ja`, `ja-JP`, `ja_JP.UTF-8`. English
    /// where it is unknown.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        let tongue = locale.trim().split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|known| known.code().eq_ignore_ascii_case(tongue)).unwrap_or(Self::English)
    }

    /// Its short name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../../locales/en.ftl"),
            Self::Japanese => include_str!("../../locales/ja.ftl"),
        }
    }

    pub(super) fn tag(self) -> LanguageIdentifier {
        self.code().parse().unwrap_or_default()
    }
}
