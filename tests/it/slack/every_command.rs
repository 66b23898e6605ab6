//! Every command of the table, typed once as somebody on Slack does, over both ways in and in both languages.

use futures::FutureExt as _;

use super::{LANGUAGES, cards, over_either};
use crate::ways::{self, keep};
use crate::world::World;
use crate::world::screen::without_durations;
use crate::world::setup::{APPROVAL, HEALTH, ITEM, Setup};

/// Who types what, and how far it goes then.
const LINES: [(&str, &str, &str); 27] = [
    ("ada", "/deploy staging", "v2 → staging · Succeeded"),
    ("ada", "/smoke staging", ""),
    ("eve", "/plan production", ""),
    ("bob", "/halt the provider is down for 2h", ""),
    ("bob", "/resume", ""),
    ("ada", "/lock production database work for 2h", ""),
    ("ada", "/promote", "v2 → production · Waiting for people"),
    ("bob", "/why production", ""),
    ("ada", "/unlock production", ""),
    ("bob", "/snooze production for 15m", ""),
    ("bob", "/confirm notes written", ""),
    ("bob", "/reject production not on a monday", ""),
    ("ada", "/promote production v2", "v2 → production · Waiting for people"),
    ("bob", "/confirm production notes written", ""),
    ("bob", "/approve production", "v2 → production · Succeeded"),
    ("eve", "/shipgate status", ""),
    ("ada", "/deploy staging v4-late", ""),
    ("ada", "/abort staging wrong version", "v4-late → staging · Rolled back"),
    ("ada", "/rollback production errors since noon", "back to v1 in production · Succeeded"),
    ("ada", "/hotfix production v3-slow checkout is down", "v3-slow → production · Waiting for people"),
    ("bob", "/override approval production nobody else is awake", ""),
    ("ada", "/abort production not that one", ""),
    ("bob", "/unquarantine v2 the database was down", ""),
    (
        "ada",
        "/release v9 registry.fly.io/hello@sha256:00000000000000000000000000000000000000000000000000000000000000ab",
        "",
    ),
    ("eve", "/history production", ""),
    ("ada", "/shipgate help", ""),
    ("ada", "/help deploy", ""),
];

/// What is answered to every command, and the cards that everybody sees at the end.
async fn types_all(mode: &'static str, locale: &'static str) -> String {
    let production = format!("{APPROVAL}{ITEM}{HEALTH}");
    let setup = Setup::production(&production).machines(1, 1).on_slack(mode).instantly();
    let mut w = World::of(setup).boxed_local().await;
    for name in ["ada", "bob", "eve"] {
        w.slack().person(name).reads(locale);
    }
    let mut told = Vec::new();
    for (name, line, until) in LINES {
        let answer = w.on_slack(name).types(line).await;
        assert!(answer.starts_with(&format!("shipgate to {name} (private)\n")), "{line}: {answer}");
        told.push(format!("> {line}\n{}", without_durations(&answer)));
        if !until.is_empty() {
            w.until(until).await;
        }
    }
    w.slack_catches_up().await;
    assert_eq!(w.slack().violations(), [""; 0]);
    told.push(format!("everybody sees:\n{}", cards(&w).join("\n")));
    told.join("\n")
}

#[tokio::test]
async fn every_command_is_answered_privately_over_either_way_in_and_in_the_language_of_who_types() {
    for (language, locale) in LANGUAGES {
        let told = over_either(async |mode| types_all(mode, locale).await).await;
        keep(&format!("slack_typed_{language}"), &told);
    }
}

#[test]
fn no_command_of_the_table_is_left_out() {
    let typed = LINES.iter().map(|(_, line, _)| line.trim_start_matches("/shipgate ").trim_start_matches('/'));
    ways::are_all_commands(typed.filter_map(|line| line.split(' ').next()));
}
