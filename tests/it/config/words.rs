//! The words of `locales/`, looked up strictly: a missing message, argument or language fails the test.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use shipgate::domain::Note;

/// What a note says in a language.
#[track_caller]
pub(crate) fn say(locale: &str, note: &Note) -> String {
    let path = format!("{}/locales/{locale}.ftl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the words are there");
    let resource = FluentResource::try_new(text).expect("the words can be read");
    let mut bundle = FluentBundle::new(vec![locale.parse().expect("a language")]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).expect("no message twice");
    let message = bundle.get_message(&note.key).and_then(|message| message.value());
    let message = message.unwrap_or_else(|| panic!("{locale} has no words for {}", note.key));
    let args: FluentArgs<'_> = note.args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut errors = Vec::new();
    let said = bundle.format_pattern(message, Some(&args), &mut errors).into_owned();
    assert!(errors.is_empty(), "{locale} {}: {errors:?} with {:?}", note.key, note.args);
    said
}
