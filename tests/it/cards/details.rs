//! The lines of a deployment's thread, over whole stories.

use shipgate::card::{Detail, Story};
use shipgate::domain::{Entry, Note, Outcome};
use shipgate::targets::Stage;
use shipgate::view::DeploymentView;
use shipgate::words::Words;

use super::given::{machines, view};
use super::{LANGUAGES, keep};
use crate::stories::played;

const STORIES: &[(&str, &str)] = &[
    ("promoting.txt", "production waits for another's word, for soak, and is watched"),
    ("promoting.txt", "a checklist is ticked by people, each item once"),
    ("promoting.txt", "a no is a no"),
    ("going-back.txt", "abort by hand, at each phase"),
    ("going-back.txt", "nobody knows how the rollout ended: the target is asked"),
    ("going-back.txt", "the machines cannot be put back: people are needed"),
    ("deploying.txt", "machines run different things: nothing to fall back to"),
    ("going-back.txt", "a gate fails: back to what ran"),
    ("going-back.txt", "a rule is broken: three fails in a row"),
    ("going-back.txt", "a rule is broken: above a bound for a time"),
    ("going-back.txt", "the watch cannot tell: people keep it, without evidence"),
    ("snoozing.txt", "not now: the same people are called once more"),
    ("snoozing.txt", "the watch cannot tell: while it is snoozed, silence decides nothing"),
];

#[test]
fn the_thread_of_a_deployment() {
    for language in LANGUAGES {
        let words = Words::new(language);
        let mut sheet = String::new();
        for (file, title) in STORIES {
            sheet.push_str(&format!("── {title}\n"));
            let (entries, deployments) = played(file, title);
            let entries = spoken(entries);
            for d in deployments {
                let mut view = view(d);
                let back = matches!(view.deployment.outcome, Some(Outcome::RolledBack | Outcome::Failed));
                view.machines = machines(&[if back { Stage::Restored } else { Stage::Done }]);
                sheet.push_str(&format!("─ {}\n", view.deployment.id));
                for detail in told(&entries, &view, &words) {
                    sheet.push_str(&format!("{:>3} {}\n", detail.seq, detail.text));
                }
            }
            sheet.push('\n');
        }
        keep(&format!("details_{language}"), &sheet);
    }
}

/// The whole story at once.
fn told(entries: &[(u64, Entry)], view: &DeploymentView, words: &Words) -> Vec<Detail> {
    Story::default().goes_on(entries, view, words)
}

/// The entries with notes as a real check makes them.
fn spoken(entries: Vec<(u64, Entry)>) -> Vec<(u64, Entry)> {
    let ok = r#""note":{"key":"check-http-ok","args":{"url":"https://hello.fly.dev","status":"200","ms":"12"}}"#;
    let bad = ok.replace("-ok", "-status").replace("\"200\"", "\"503\",\"expected\":\"200\"");
    let speak = |(seq, entry): (u64, Entry)| {
        let json = serde_json::to_string(&entry).expect("json");
        let note = if json.contains("\"pass\"") { ok } else { &bad };
        (seq, serde_json::from_str(&json.replace(r#""note":{"key":"check-http-ok"}"#, note)).expect("an entry"))
    };
    entries.into_iter().map(speak).collect()
}

/// What was posted stays true: more entries add lines and change none.
#[test]
fn a_longer_ledger_only_adds_lines() {
    for (file, title) in STORIES {
        let (entries, deployments) = played(file, title);
        for d in deployments {
            let view = view(d);
            let all = told(&entries, &view, &Words::new("en"));
            for n in 0..entries.len() {
                let some = told(&entries[..n], &view, &Words::new("en"));
                assert_eq!(some, all[..some.len()], "{title}");
            }
        }
    }
}

/// Wherever a thread was told up to, what comes next reads as if all were told at once; nothing is read twice for it.
#[test]
fn a_story_that_is_told_in_parts_is_the_same_story() {
    let words = Words::new("en");
    for (file, title) in STORIES {
        let (entries, deployments) = played(file, title);
        for view in deployments.into_iter().map(view) {
            let whole = told(&entries, &view, &words);
            for n in 0..=entries.len() {
                let mut story = Story::default();
                let mut parts = story.goes_on(&entries[..n], &view, &words);
                assert_eq!(story.read, entries[..n].last().map_or(0, |(seq, _)| *seq), "{title}");
                assert_eq!(story.told, parts.last().map_or(0, |line| line.seq), "{title}");
                parts.extend(story.goes_on(&entries[n..], &view, &words));
                assert_eq!(parts, whole, "{title}, in parts of {n} and the rest");
            }
        }
    }
}

#[test]
fn what_comes_from_outside_is_harmless_in_a_thread_too() {
    let (mut entries, mut deployments) = played(STORIES[0].0, STORIES[0].1);
    let evil = format!("a`b\u{202e}\n{}", "x".repeat(5_000));
    for (_, entry) in &mut entries {
        if let Some(by) = &mut entry.by {
            by.name.clone_from(&evil);
        }
        let json = serde_json::to_string(&entry).expect("json");
        let json = json.replace("\"check-http-ok\"", "\"check-http-settings\",\"args\":{\"reason\":\"EVIL\"}");
        *entry = serde_json::from_str(&json.replace("EVIL", "a`b\\u202e\\n")).expect("an entry");
    }
    let d = deployments.remove(0);
    let mut view = view(d);
    view.deployment.release.version.clone_from(&evil);
    view.machines = machines(&[Stage::Failed]);
    view.machines[0].machine.clone_from(&evil);
    view.machines[0].note = Some(Note::new("fly-stays-down").with("state", &evil));
    for detail in told(&entries, &view, &Words::new("en")) {
        assert!(!detail.text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{}", detail.text);
        assert!(!detail.text.contains("a`b") && detail.text.chars().count() < 1_500, "{}", detail.text);
    }
}
