//! Forms: they ask for the reason of a press, and of a command that was typed without one.
//!
//! Nothing is kept while a form is open: that of a press has the press in its id, and that of a command has what was
//! typed in its fields, where the person sees it and may change it; what can only be said yes to is in its id too. So both
//! work after a restart.

use super::button::{self, Pressed};
use crate::command::{self, Argument, Command, Given, Kind, Names, Spec};
use crate::domain::{Action, CardKey};
use crate::service::{Service, WayBack};
use crate::text::LONGEST_NAME;
use crate::view::No;
use crate::words::{Words, harmless};

/// What the id of a command's form begins with, before the name of the command.
const COMMAND: &str = "c.";

/// What stands before each argument that was said yes to.
const AND: char = '.';

/// The name of the field for the reason.
pub(super) const REASON: &str = "reason";

/// The command that says no.
const REJECT: &str = "reject";

/// The most fields that a form has.
const FIELDS: usize = 5;

/// The longest reason that is taken.
pub(super) const LONGEST_REASON: usize = 400;

/// The longest version in a title.
const VERSION: usize = 25;

/// What somebody is asked to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// What it carries.
    pub(super) id: String,
    /// What it is for.
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// One text to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: String,
    /// What stands there already.
    pub(super) value: String,
    /// What could stand there.
    pub(super) example: String,
    pub(super) required: bool,
    /// The longest text, in characters.
    pub(super) most: usize,
    /// Whether there is room for several lines.
    pub(super) tall: bool,
}

/// The form of a press. A no must be explained to whoever asked; going back must not wait for words, and says where to
/// if that is known: see [`way_back`].
pub(super) fn of_press(pressed: &Pressed, back: Option<WayBack>, words: &Words) -> Form {
    let says_no = says_no(pressed);
    let title = if says_no { words.get("form-reject") } else { goes_back(back, words) };
    let field = Field { required: says_no, ..reason(words) };
    Form { id: button::modal(pressed), title, fields: vec![field] }
}

/// Where a press leads back to. Nobody is kept from going back by not being told.
pub(super) async fn way_back(pressed: &Pressed, service: &Service) -> Option<WayBack> {
    let CardKey::Deployment(deployment) = pressed.card() else { return None };
    if says_no(pressed) {
        return None;
    }
    Box::pin(service.way_back(&deployment)).await.ok().flatten()
}

fn goes_back(back: Option<WayBack>, words: &Words) -> String {
    let anyway = back.as_ref().is_some_and(|back| back.is_stuck);
    let version = back.and_then(|back| back.to).map(|release| release.version);
    words.with(
        if anyway { "form-anyway" } else { "form-back" },
        &[
            ("known", &if version.is_some() { "yes" } else { "no" }),
            ("version", &harmless(&version.unwrap_or_default(), VERSION)),
        ],
    )
}

fn says_no(pressed: &Pressed) -> bool {
    matches!(pressed, Pressed::Act { action: Action::Reject, .. })
}

/// The form of a command that takes a reason and was typed without one; none where nothing is missing. Saying no asks why
/// here too, as its button does. What was written stands in the fields; what was said yes to is in the id, and in the title
/// so that people see it.
pub(super) fn of_command(spec: &Spec, given: &Given, words: &Words) -> Option<Form> {
    let is_asked = |argument: &Argument| argument.kind == Kind::Reason && (argument.required || spec.name == REJECT);
    if given.reason.is_some() || !spec.arguments.iter().any(is_asked) {
        return None;
    }
    let known = |(name, text): (&str, String)| {
        let argument = spec.arguments.iter().find(|argument| argument.word() == name)?;
        Some(Field {
            name: argument.word(),
            label: words.get(&format!("field-{name}")),
            value: harmless(&text, LONGEST_NAME),
            example: String::new(),
            required: argument.required,
            most: LONGEST_NAME,
            tall: false,
        })
    };
    let fields = given.texts().into_iter().filter_map(known).take(FIELDS - 1).chain([reason(words)]).collect();
    let (mut id, mut title) = (format!("{COMMAND}{}", spec.name), format!("/{}", spec.name));
    for word in given.said_yes() {
        id.push_str(&format!("{AND}{word}"));
        title.push_str(&format!(" {}", words.get(&format!("field-{word}"))));
    }
    Some(Form { id, title, fields })
}

/// The command that a form was filled in for; none where it is the form of a press.
pub(super) fn command<'a>(
    id: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
    names: &Names,
) -> Option<Result<Command, No>> {
    let mut parts = id.strip_prefix(COMMAND)?.split(AND);
    let spec = command::find(parts.next()?)?;
    let mut given = Given::default();
    if !parts.all(|word| given.say(word, true)) {
        return None;
    }
    for (name, text) in fields {
        if let Err(no) = put(&mut given, name, text) {
            return Some(Err(no));
        }
    }
    Some(command::complete(spec, given, names))
}

/// The reason that was filled in, if one was.
pub(super) fn reason_of<'a>(mut fields: impl Iterator<Item = (&'a str, &'a str)>) -> Option<&'a str> {
    let reason = fields.find(|(name, _)| *name == REASON)?.1.trim();
    Some(reason).filter(|reason| !harmless(reason, 1).is_empty())
}

/// Puts a text where it belongs. What nobody can see says nothing.
///
/// # Errors
/// It is no length of time where one belongs.
pub(super) fn put(given: &mut Given, name: &str, text: &str) -> Result<(), No> {
    let text = Some(text.trim().to_owned()).filter(|text| !harmless(text, 1).is_empty());
    match name {
        "environment" => given.environment = text,
        "app" => given.app = text,
        "version" => given.version = text,
        "image" => given.image = text,
        "gate" => given.gate = text,
        "reason" => given.reason = text,
        "command" => given.command = text.map(|text| text.trim_start_matches('/').to_owned()),
        "lasting" => {
            let Some(text) = text else { return Ok(()) };
            let span = command::span(&text).ok_or_else(|| No::new("bad_span").with("typed", &text))?;
            given.lasting = Some(span);
        }
        _ => {}
    }
    Ok(())
}

fn reason(words: &Words) -> Field {
    Field {
        name: REASON,
        label: words.get("form-reason"),
        value: String::new(),
        example: words.get("form-reason-example"),
        required: true,
        most: LONGEST_REASON,
        tall: true,
    }
}
