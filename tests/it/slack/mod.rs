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

use crate::ways;
use crate::world::World;
use crate::world::slack::DEPLOYMENTS;

/// The ways in.
const WAYS: [&str; 2] = ["socket", "http"];

/// Who reads which language on Slack.
const LANGUAGES: [(&str, &str); 2] = [("en", "en-US"), ("ja", "ja-JP")];

/// What a story tells, which must be the same over either way in.
async fn over_either(story: impl AsyncFn(&'static str) -> String) -> String {
    ways::over_either(WAYS, story).await
}

/// Every card in the channel, oldest first, as everybody sees it. Whether the last one was edited already depends on how
/// fast everything was.
fn cards(w: &World) -> Vec<String> {
    let cards: Vec<_> = w.slack().messages(DEPLOYMENTS).into_iter().filter(|one| !one.title().is_empty()).collect();
    let seen = |ts: &str| w.stable_on_slack(&w.slack().seen_message(ts)).replace("shipgate (edited)\n", "shipgate\n");
    cards.iter().map(|card| seen(&card.ts)).collect()
}
