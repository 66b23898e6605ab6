//! From a line to a [`Command`]: forgiving about order and spelling where only one thing can be meant, and a no with
//! the known names where not.
//!
//! A word that is the name of an environment or of an app is that, wherever it stands; once a reason or a gate has
//! begun, the rest of the line belongs to it. Quotes keep words together.

use super::spelling::{Token, is_unit, resembles_span, span, split, written};
use super::table::{Given, Kind, Spec, find, likest, nearest};
use super::{ALL, AppNames, Command, Names};
use crate::view::No;

/// Reads a line such as `/deploy staging v2`; the slash may be missing.
///
/// # Errors
/// A [`No`] that says what is missing, unknown or too much.
pub fn parse(line: &str, names: &Names) -> Result<Command, No> {
    let mut tokens = split(line);
    let typed = if tokens.is_empty() { String::new() } else { tokens.remove(0).text };
    let Some(spec) = find(&typed) else {
        let near = nearest(&typed);
        return Err(No::new("unknown_command")
            .with("typed", typed.strip_prefix('/').unwrap_or(&typed))
            .with("near", if near.is_some() { "yes" } else { "no" })
            .with("nearest", near.unwrap_or("help")));
    };
    let mut line = Line { spec, names, given: Given::default() };
    line.take_endings(&mut tokens);
    line.assign(&tokens)?;
    line.check()?;
    Ok((spec.build)(line.given))
}

/// What was typed of a command without a reason, where nothing else is missing; none for every other line.
#[must_use]
pub fn without_reason(line: &str, names: &Names) -> Option<(&'static Spec, Given)> {
    let mut tokens = split(line);
    if tokens.is_empty() {
        return None;
    }
    let spec = find(&tokens.remove(0).text)?;
    let mut line = Line { spec, names, given: Given::default() };
    line.take_endings(&mut tokens);
    line.assign(&tokens).ok()?;
    let lacks_that_alone = line.check().map_or_else(|no| no.code == "reason_missing", |()| line.given.reason.is_none());
    lacks_that_alone.then_some((spec, line.given))
}

/// Makes a command of arguments that are known one by one, as chats with forms give them.
///
/// # Errors
/// A [`No`] that says what is missing or unknown.
pub fn complete(spec: &'static Spec, given: Given, names: &Names) -> Result<Command, No> {
    let mut line = Line { spec, names, given };
    line.check()?;
    Ok((spec.build)(line.given))
}

/// There is no such command to help with.
#[must_use]
pub fn unknown_help(command: &str) -> No {
    let near = nearest(command);
    No::new("unknown_help")
        .with("command", command)
        .with("near", if near.is_some() { "yes" } else { "no" })
        .with("nearest", near.unwrap_or("help"))
}

struct Line<'a> {
    spec: &'static Spec,
    names: &'a Names,
    given: Given,
}

impl Line<'_> {
    /// `again`, `next` and `for 2h` stand at the end, in any order, and are no part of what is before them.
    fn take_endings(&mut self, tokens: &mut Vec<Token>) {
        while let Some(count) = self.take_ending(tokens) {
            tokens.truncate(tokens.len() - count);
        }
    }

    /// Takes what stands at the end, and says how many words that was.
    fn take_ending(&mut self, tokens: &[Token]) -> Option<usize> {
        let (last, before) = tokens.split_last()?;
        if !self.given.again && self.spec.takes(Kind::Again) && plain(last, "again") {
            self.given.again = true;
            return Some(1);
        }
        if !self.given.next && self.spec.takes(Kind::Next) && plain(last, "next") && self.is_placed(last, before) {
            self.given.next = true;
            return Some(1);
        }
        if self.given.lasting.is_none()
            && self.spec.takes(Kind::Lasting)
            && before.last().is_some_and(|word| plain(word, "for"))
        {
            self.given.lasting = span(&last.text);
            return self.given.lasting.map(|_| 2);
        }
        None
    }

    /// Whether a word does not have to be the place: something stands before it, and where it could be the place, that is
    /// named there.
    fn is_placed(&self, word: &Token, before: &[Token]) -> bool {
        let names = |token: &Token| self.environment(&token.text).is_some();
        !before.is_empty() && (!names(word) || before.iter().any(names))
    }

    fn assign(&mut self, tokens: &[Token]) -> Result<(), No> {
        let is_named = tokens.iter().any(|token| self.environment(&token.text).is_some());
        let app = tokens.iter().find_map(|token| self.names.app(&token.text)).or(self.names.meant(None));
        for (at, token) in tokens.iter().enumerate() {
            if self.take_name(token) || self.take_lasting(&tokens[at..]) {
                continue;
            }
            self.refuse_bad_span(&tokens[at..])?;
            self.refuse_misspelt(token, is_named, app)?;
            let Some(kind) = self.place_for(token) else { return Err(self.too_much(token)) };
            let text = token.text.clone();
            match kind {
                Kind::Version => self.given.version = Some(text),
                Kind::Image => self.given.image = Some(text),
                Kind::Command => self.given.command = Some(text.strip_prefix('/').unwrap_or(&text).to_owned()),
                // A quoted gate or reason is whole; an unquoted one takes the rest of the line. Before a reason a gate
                // is one word: which more of them belong to its name is known where the gates are.
                Kind::Gate if token.quoted || self.spec.takes(Kind::Reason) => self.given.gate = Some(text),
                Kind::Reason if token.quoted && self.given.reason.is_none() => self.given.reason = Some(text),
                Kind::Gate | Kind::Reason => return self.take_rest(kind, &tokens[at..]),
                Kind::Environment | Kind::Place | Kind::App | Kind::Again | Kind::Next | Kind::Lasting => {
                    return Err(self.too_much(token));
                }
            }
        }
        Ok(())
    }

    /// The rest of the line as one text, appended to a reason that was quoted before it.
    fn take_rest(&mut self, kind: Kind, rest: &[Token]) -> Result<(), No> {
        let text = rest.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ");
        match (kind, self.given.reason.take()) {
            (Kind::Gate, _) => self.given.gate = Some(text),
            (_, Some(begun)) => self.given.reason = Some(format!("{begun} {text}")),
            (_, None) => self.given.reason = Some(text),
        }
        Ok(())
    }

    /// Takes a word that is the name of an environment or an app.
    fn take_name(&mut self, token: &Token) -> bool {
        let names = self.spec.takes_environment() && self.given.environment.is_none();
        if names && let Some(name) = self.environment(&token.text) {
            self.given.environment = Some(name.to_owned());
            return true;
        }
        if self.spec.takes(Kind::App)
            && self.given.app.is_none()
            && let Some(app) = self.names.app(&token.text)
        {
            self.given.app = Some(app.name.clone());
            return true;
        }
        self.take_app_at_version(token)
    }

    /// Takes `app@version`, where both are still free.
    fn take_app_at_version(&mut self, token: &Token) -> bool {
        let are_free = self.spec.takes(Kind::App)
            && self.spec.takes(Kind::Version)
            && self.given.app.is_none()
            && self.given.version.is_none();
        let Some((app, version)) = token.text.split_once('@').filter(|_| are_free && !token.quoted) else {
            return false;
        };
        let Some(app) = self.names.app(app).filter(|_| !version.is_empty() && !version.contains(['@', ':', '/']))
        else {
            return false;
        };
        (self.given.app, self.given.version) = (Some(app.name.clone()), Some(version.to_owned()));
        true
    }

    /// Takes a length of time that stands before any reason: `/halt 1h no database`, `/lock staging for 1h …`.
    fn take_lasting(&mut self, tokens: &[Token]) -> bool {
        if !self.spec.takes(Kind::Lasting) || self.given.lasting.is_some() || self.given.reason.is_some() {
            return false;
        }
        let length = |token: &Token| if token.quoted { None } else { span(&token.text) };
        if let [word, next, ..] = tokens
            && plain(word, "for")
            && length(next).is_some()
        {
            return true;
        }
        self.given.lasting = length(&tokens[0]);
        self.given.lasting.is_some()
    }

    /// What is meant for a length of time and can be none is no part of a reason: without it, what is held has no end. A
    /// reason may hold such words where they are quoted, or not at an end.
    fn refuse_bad_span(&self, tokens: &[Token]) -> Result<(), No> {
        if !self.spec.takes(Kind::Lasting) || self.given.lasting.is_some() {
            return Ok(());
        }
        let is_bad = |word: &Token| !word.quoted && resembles_span(&word.text);
        let is_number = |word: &Token| word.text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
        let bad = match tokens {
            [bad, ..] if self.given.reason.is_none() && is_bad(bad) => bad.text.clone(),
            [word, bad, ..] if self.given.reason.is_none() && plain(word, "for") && is_bad(bad) => bad.text.clone(),
            [.., word, bad] if plain(word, "for") && is_bad(bad) => bad.text.clone(),
            [.., word, number, unit] if plain(word, "for") && is_number(number) && is_unit(&unit.text) => {
                format!("{} {}", number.text, unit.text)
            }
            _ => return Ok(()),
        };
        Err(No::new("bad_span").with("typed", bad))
    }

    /// The environment that a word names, or the word for all of them where that may be meant.
    fn environment(&self, word: &str) -> Option<&str> {
        self.names.environment(word).or_else(|| self.is_all(word).then_some(ALL))
    }

    fn is_all(&self, word: &str) -> bool {
        self.spec.takes(Kind::Place) && word.eq_ignore_ascii_case(ALL)
    }

    /// A word that stands for an environment but is the name of none.
    fn refuse_misspelt(&self, token: &Token, is_named: bool, app: Option<&AppNames>) -> Result<(), No> {
        if !self.spec.takes_environment() || is_named || token.quoted {
            return Ok(());
        }
        let required =
            self.spec.arguments.iter().any(|a| matches!(a.kind, Kind::Environment | Kind::Place) && a.required);
        let near = self.names.resembles_environment(&token.text);
        let has_text = self.spec.takes(Kind::Gate) || self.spec.takes(Kind::Reason);
        let misspelt = if required { near || !resembles_version(&token.text) } else { near && !has_text };
        if misspelt { Err(self.unknown_environment(&token.text, app)) } else { Ok(()) }
    }

    /// The next free argument that this word can be.
    fn place_for(&self, token: &Token) -> Option<Kind> {
        let has_reason = self.spec.takes(Kind::Reason);
        self.spec.arguments.iter().find_map(|argument| {
            let free = match argument.kind {
                // Before a reason, an optional version is only what looks like one.
                Kind::Version if has_reason && !argument.required => {
                    self.given.version.is_none()
                        && self.given.reason.is_none()
                        && !token.quoted
                        && resembles_version(&token.text)
                }
                Kind::Version => self.given.version.is_none(),
                Kind::Image => self.given.image.is_none(),
                Kind::Command => self.given.command.is_none(),
                Kind::Gate => self.given.gate.is_none(),
                Kind::Reason => true,
                Kind::Environment | Kind::Place | Kind::App | Kind::Again | Kind::Next | Kind::Lasting => false,
            };
            free.then_some(argument.kind)
        })
    }

    fn too_much(&self, token: &Token) -> No {
        let known: Vec<&str> = self.names.apps.iter().map(|app| app.name.as_str()).collect();
        // Where there is one app, nobody names it: only what resembles its name can be meant for that.
        let may_be_app = known.len() > 1 || likest(&token.text, known.iter().copied()).is_some();
        if self.spec.takes(Kind::App) && self.given.app.is_none() && may_be_app {
            return No::new("unknown_app").with("app", &token.text).with("known", known.join(", "));
        }
        self.about("too_many_arguments").with("extra", &token.text)
    }

    /// What is required is there, and the environment is one of the app's, by the name that it has there.
    fn check(&mut self) -> Result<(), No> {
        let given = &self.given;
        if let Some(none) = given.lasting.filter(|lasting| lasting.0 == 0) {
            return Err(No::new("bad_span").with("typed", written(none)));
        }
        for argument in self.spec.arguments.iter().filter(|argument| argument.required) {
            let there = match argument.kind {
                Kind::Environment | Kind::Place => given.environment.is_some(),
                Kind::App => given.app.is_some(),
                Kind::Version => given.version.is_some(),
                Kind::Image => given.image.is_some(),
                Kind::Gate => given.gate.is_some(),
                Kind::Reason if given.reason.is_none() => return Err(self.without_reason()),
                Kind::Command => given.command.is_some(),
                Kind::Reason | Kind::Again | Kind::Next | Kind::Lasting => true,
            };
            if !there {
                return Err(self.about("missing_argument").with("argument", argument.word()));
            }
        }
        if let Some(command) = given.command.as_deref().filter(|command| find(command).is_none()) {
            return Err(unknown_help(command));
        }
        let (Some(typed), Some(app)) = (&given.environment, self.names.meant(given.app.as_deref())) else {
            return Ok(());
        };
        match app.environment(typed).or_else(|| self.is_all(typed).then_some(ALL)) {
            Some(name) => self.given.environment = Some(name.to_owned()),
            None => return Err(self.unknown_environment(typed, Some(app))),
        }
        Ok(())
    }

    fn without_reason(&self) -> No {
        No::new("reason_missing").with("next", if self.given.next { "yes" } else { "no" })
    }

    fn about(&self, code: &str) -> No {
        No::new(code).with("command", self.spec.name)
    }

    fn unknown_environment(&self, typed: &str, app: Option<&AppNames>) -> No {
        let apps: Vec<&str> = match app {
            Some(app) => vec![app.name.as_str()],
            None => self.names.apps.iter().map(|app| app.name.as_str()).collect(),
        };
        No::new("unknown_environment")
            .with("environment", typed)
            .with("known", self.names.environments(app).join(", "))
            .with("app", apps.join(", "))
    }
}

/// Whether a token is this very word, not quoted.
fn plain(token: &Token, word: &str) -> bool {
    !token.quoted && token.text.eq_ignore_ascii_case(word)
}

/// Versions have a digit in them, or are named after a digest; words of a sentence mostly do not.
fn resembles_version(text: &str) -> bool {
    text.starts_with("found-") || text.chars().any(|c| c.is_ascii_digit())
}
