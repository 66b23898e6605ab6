//! Every command of the table, typed once as somebody on Discord does, over both ways in and in both languages.

use futures::FutureExt as _;

use super::{LANGUAGES, cards, over_either};
use crate::ways::{self, keep};
use crate::world::World;
use crate::world::screen::without_durations;
use crate::world::setup::{APPROVAL, HEALTH, ITEM, Setup};

/// A release by hand.
const RELEASE: &str = "/release version:v9 image:registry.fly.io/hello@sha256:\
                       00000000000000000000000000000000000000000000000000000000000000ab";

/// Every command at least once: by whom, and which state is waited for then.
const LINES: [(&str, &str, &str); 27] = [
    ("ada", "/deploy environment:staging", "v2 → staging · Succeeded"),
    ("ada", "/smoke environment:staging", ""),
    ("eve", "/plan environment:production", ""),
    ("bob", "/halt reason:the provider is down lasting:2h", ""),
    ("bob", "/resume", ""),
    ("ada", "/lock environment:production reason:database work lasting:2h", ""),
    ("ada", "/promote", "v2 → production · Waiting for people"),
    ("bob", "/why environment:production", ""),
    ("bob", "/snooze environment:production lasting:1h", ""),
    ("ada", "/unlock environment:production", ""),
    ("bob", "/confirm gate:notes written", ""),
    ("bob", "/reject environment:production reason:not on a monday", ""),
    ("ada", "/promote environment:production version:v2", "v2 → production · Waiting for people"),
    ("bob", "/confirm environment:production gate:notes written", ""),
    ("bob", "/approve environment:production", "v2 → production · Succeeded"),
    ("eve", "/status", ""),
    ("ada", "/deploy environment:staging version:v4-late", ""),
    ("ada", "/abort environment:staging reason:wrong version", "v4-late → staging · Rolled back"),
    ("ada", "/rollback environment:production reason:errors since noon", "back to v1 in production · Succeeded"),
    (
        "ada",
        "/hotfix environment:production version:v3-slow reason:checkout is down",
        "v3-slow → production · Waiting for people",
    ),
    ("bob", "/override gate:approval environment:production reason:nobody else is awake", ""),
    ("ada", "/abort environment:production reason:not that one", ""),
    ("bob", "/unquarantine version:v2 reason:the database was down", ""),
    ("eve", "/history environment:production", ""),
    ("ada", RELEASE, ""),
    ("ada", "/help", ""),
    ("ada", "/help command:deploy", ""),
];

/// What is answered to every command, and the cards that everybody sees at the end.
async fn types_all(mode: &'static str, locale: &'static str) -> String {
    let production = format!("{APPROVAL}{ITEM}{HEALTH}");
    let setup = Setup::production(&production).machines(1, 1).on_discord(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    let mut told = Vec::new();
    for (name, line, until) in LINES {
        let answer = w.types_in(locale, name, line).await;
        assert!(answer.starts_with(&format!("shipgate to {name} (private)\n")), "{line}: {answer}");
        told.push(format!("> {line}\n{}", without_durations(&answer)));
        if !until.is_empty() {
            w.until(until).await;
        }
    }
    w.catches_up().await;
    assert_eq!(w.discord().violations(), [""; 0]);
    told.push(format!("everybody sees:\n{}", cards(&w).join("\n")));
    told.join("\n")
}

#[tokio::test]
async fn every_command_is_answered_privately_over_either_way_in_and_in_the_language_of_who_types() {
    for (language, locale) in LANGUAGES {
        let told = over_either(async |mode| types_all(mode, locale).await).await;
        keep(&format!("discord_typed_{language}"), &told);
    }
}

#[test]
fn no_command_of_the_table_is_left_out() {
    ways::are_all_commands(LINES.iter().filter_map(|(_, line, _)| line[1..].split(' ').next()));
}
