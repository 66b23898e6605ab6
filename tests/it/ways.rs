//! Each chat has two ways in, and what people see must be the same over both; and nothing that there is may be left out.

use std::collections::BTreeSet;

use shipgate::command::TABLE;
use shipgate::words::Words;

use crate::tidy::codes::codes;

/// What a story tells, which must be the same over either way in.
pub(crate) async fn over_either(ways: [&'static str; 2], story: impl AsyncFn(&'static str) -> String) -> String {
    let [one, other] = ways.map(|way| Box::pin(story(way)));
    let told = one.await;
    assert_eq!(told, other.await, "what is seen over either of {ways:?}");
    told
}

/// Keeps a text in a file of its own.
pub(crate) fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// That just these buttons were pressed, by the keys of their words.
#[track_caller]
pub(crate) fn are_pressed(pressed: &[String], keys: &[&str]) {
    let words = Words::new("en");
    let mut expected: Vec<String> = keys.iter().map(|key| words.get(key)).collect();
    expected.sort();
    assert_eq!(pressed, expected);
}

/// That these are all the buttons there are, by the keys of their words.
#[track_caller]
pub(crate) fn are_all_buttons(keys: &[&str]) {
    let words = std::fs::read_to_string("locales/en.ftl").expect("the words");
    let known =
        words.lines().filter_map(|line| Some(line.split_once(" =")?.0)).filter(|key| key.starts_with("button-"));
    // That one is made of the others, where there is no menu.
    let known: BTreeSet<&str> = known.filter(|key| *key != "button-which").collect();
    assert_eq!(keys.iter().copied().collect::<BTreeSet<_>>(), known);
}

/// That these are all the commands there are.
#[track_caller]
pub(crate) fn are_all_commands<'a>(names: impl Iterator<Item = &'a str>) {
    let known: BTreeSet<&str> = TABLE.iter().map(|spec| spec.name).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), known);
}

/// That these are all the codes there are, but for those that can only be heard elsewhere.
#[track_caller]
pub(crate) fn are_all_codes<'a>(heard: impl Iterator<Item = &'a String>, elsewhere: &[&str]) {
    let heard: BTreeSet<&String> = heard.collect();
    let (there, here): (Vec<String>, Vec<String>) =
        codes().into_iter().partition(|code| elsewhere.contains(&code.as_str()));
    let never: Vec<&String> = here.iter().filter(|code| !heard.contains(code)).collect();
    assert_eq!((never.len(), there.len()), (0, elsewhere.len()), "nobody was refused with {never:?}");
}
