//! Discord: the stand-in, how cards look there, and the program's face there.

mod buttons;
mod checking;
mod colliding;
mod completing;
mod deciding;
mod down;
mod endpoint;
mod every_command;
mod every_no;
mod fake;
mod forms;
mod gateway;
mod limits;
mod looking;
mod metrics;
mod moving;
mod naming;
mod old_cards;
mod outside;
mod pressing;
mod refusing;
mod registering;
mod releasing;
mod render;
mod restarting;

use crate::ways;
use crate::world::World;
use crate::world::discord::DEPLOYMENTS;

/// The ways in.
const WAYS: [&str; 2] = ["gateway", "http"];

/// Who reads which language on Discord.
const LANGUAGES: [(&str, &str); 2] = [("en", "en-US"), ("ja", "ja")];

/// What a story tells, which must be the same over either way in.
async fn over_either(story: impl AsyncFn(&'static str) -> String) -> String {
    ways::over_either(WAYS, story).await
}

/// Every card in the channel, oldest first, as everybody sees it. Whether the last one was edited already depends on how
/// fast everything was.
fn cards(w: &World) -> Vec<String> {
    let cards = w.discord().messages(DEPLOYMENTS).into_iter().filter(|one| !one.embeds.is_empty());
    let seen =
        |id: u64| w.stable_on_discord(&w.discord().seen_message(id)).replace("shipgate (edited)\n", "shipgate\n");
    cards.map(|card| seen(card.id)).collect()
}
