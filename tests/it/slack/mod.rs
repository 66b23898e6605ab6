//! Slack: the stand-in, how cards look there, and the program's face there.

mod breaking;
mod buttons;
mod checking;
mod commands;
mod deciding;
mod down;
mod endpoint;
mod every_command;
mod files;
mod forms;
mod limits;
mod manifest;
mod moving;
mod outside;
mod painting;
mod people;
mod pressing;
mod refusing;
mod releasing;
mod render;
mod restarting;
mod socket;

use shipgate::words::Words;

use crate::world::World;
use crate::world::slack::DEPLOYMENTS;

/// The ways in.
const WAYS: [&str; 2] = ["socket", "http"];

/// Who reads which language on Slack.
const LANGUAGES: [(&str, &str); 2] = [("en", "en-US"), ("ja", "ja-JP")];

/// What a story tells, which must be the same over either way in.
async fn over_either(story: impl AsyncFn(&'static str) -> String) -> String {
    let [socket, http] = WAYS.map(|way| Box::pin(story(way)));
    let told = socket.await;
    assert_eq!(told, http.await, "what is seen over Socket Mode, and over signed requests");
    told
}

/// What is pressed in a story, which must be just these buttons, by the keys of their words.
#[track_caller]
fn pressed(w: &World, keys: &[&str]) {
    let words = Words::new("en");
    let mut expected: Vec<String> = keys.iter().map(|key| words.get(key)).collect();
    expected.sort();
    assert_eq!(w.slack().pressed(), expected);
}

/// Every card in the channel, oldest first, as everybody sees it. Whether the last one was edited already depends on how
/// fast everything was.
fn cards(w: &World) -> Vec<String> {
    let cards: Vec<_> = w.slack().messages(DEPLOYMENTS).into_iter().filter(|one| !one.title().is_empty()).collect();
    let seen = |ts: &str| w.stable_on_slack(&w.slack().seen_message(ts)).replace("shipgate (edited)\n", "shipgate\n");
    cards.iter().map(|card| seen(&card.ts)).collect()
}

/// Keeps a text in a file of its own.
fn keep(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
