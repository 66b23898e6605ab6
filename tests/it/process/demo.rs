//! `shipgate demo` as a script: what it prints, when it reads the next line, and how it ends.

use std::path::Path;

use tempfile::TempDir;

use crate::world::process::{Ended, Start, shipgate};

/// Simulated time, so many times faster. More would measure this machine: 2 seconds must be long for a request.
const SPEED: &str = "15";

/// A demo with a temporary folder of its own.
pub(super) fn demo(folder: &TempDir, args: &[&str]) -> Start {
    let args = [&["demo", "--speed", SPEED], args].concat();
    shipgate(&args).env("TMPDIR", folder.path())
}

/// Plays a story to its end. What holds for every story is looked at here.
#[track_caller]
pub(super) fn play(story: impl Into<Vec<u8>>, args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a folder");
    let ended = demo(&folder, args).input(story).ended();
    assert!(is_empty(folder.path()), "the demo left something in its temporary folder");
    let first = ended.out.lines().next().unwrap_or_default();
    assert!(first.starts_with("http://127.0.0.1:"), "the address comes first, not {first:?}");
    assert_eq!(ended.err, "", "the log has something to say");
    ended
}

pub(super) fn is_empty(folder: &Path) -> bool {
    folder.read_dir().expect("a folder").next().is_none()
}

/// That the output has lines with these words, in this order. Only what lasts is waited for: a state that is over
/// before it was painted is not painted any more.
#[track_caller]
pub(super) fn says(ended: &Ended, wanted: &[&str]) {
    let mut lines = ended.out.lines();
    for words in wanted {
        assert!(lines.any(|line| line.contains(words)), "no line with {words:?} in its place in\n{}", ended.out);
    }
}

/// The long stories, side by side: most of their time is waiting.
#[test]
fn stories_end_as_they_should() {
    let stories: [fn(); 8] = [
        a_release_goes_all_the_way_and_back_again,
        a_release_that_turns_bad_in_production_is_put_back_by_the_watch,
        a_broken_release_fails_its_gate_and_is_put_back,
        a_slow_release_fails_its_gate_with_the_time_it_took,
        a_line_is_read_when_everything_rests_and_its_cards_are_shown,
        it_ends_with_3_while_somebody_is_awaited,
        an_aborted_promotion_is_no_reason_to_wait,
        it_speaks_japanese_and_takes_the_english_labels,
    ];
    // Two at a time, for as many processors as the least machine has.
    for lane in [0, 1].map(|lane| std::thread::spawn(move || stories.iter().skip(lane).step_by(2).for_each(|s| s()))) {
        lane.join().expect("the story that is told above");
    }
}

fn a_release_goes_all_the_way_and_back_again() {
    let story = "/deploy staging\n/promote\nada: /press Approve\neve: /press Approve\nbob: /press Approve production\n\
                 /status\n/rollback production\n/status\n/history production\n";
    let ended = play(story, &[]).with(0);
    says(
        &ended,
        &[
            "> /deploy staging",
            "hello v2 → staging · Rolling out",
            "hello v2 → staging · Succeeded",
            "> /promote",
            "hello v2 → production · Waiting for people",
            "> ada: /press Approve",
            "(only ada sees this)",
            "own_request",
            "> eve: /press Approve",
            "(only eve sees this)",
            "not_permitted",
            "> bob: /press Approve production",
            "(only bob sees this)",
            "hello v2 → production · Rolling out",
            "hello v2 → production · Watching",
            "hello v2 → production · Succeeded",
            "> /status",
            "Runs     v2",
            "Runs     v2",
            "> /rollback production",
            "> /status",
            "Runs     v2",
            "Runs     v1",
            "> /history production",
        ],
    );
    assert!(!ended.out.contains('\u{1b}'), "colours, though nobody looks");
}

fn a_broken_release_fails_its_gate_and_is_put_back() {
    let ended = play("/deploy staging v3-broken\n/status\n/promote\n/deploy staging v3-broken\n", &[]).with(0);
    says(
        &ended,
        &[
            "hello v3-broken → staging · Rolling back",
            "answered 500 instead of 200",
            "hello v3-broken → staging · Rolled back",
            "> /status",
            "Runs     v1",
            "> /promote",
            "no_evidence",
            "> /deploy staging v3-broken",
            "quarantined",
        ],
    );
}

fn a_slow_release_fails_its_gate_with_the_time_it_took() {
    let ended = play("/deploy staging v3-slow", &[]).with(0);
    says(&ended, &["it must take less than 2000 ms", "hello v3-slow → staging · Rolled back"]);
}

fn a_release_that_turns_bad_in_production_is_put_back_by_the_watch() {
    let story = "/deploy staging v4-late\n/promote\nbob: /press Approve\n/status\n";
    let ended = play(story, &[]).with(0);
    says(
        &ended,
        &[
            "hello v4-late → staging · Succeeded",
            "hello v4-late → production · Watching",
            "hello v4-late → production · Rolling back",
            "The rule “health” broke: 3 samples failed in a row",
            "hello v4-late → production · Rolled back",
            "> /status",
            "Runs     v4-late",
            "Runs     v1",
        ],
    );
}

fn a_line_is_read_when_everything_rests_and_its_cards_are_shown() {
    let ended = play("/deploy staging v3-broken\n/smoke staging\n/status\n", &[]).with(0);
    let at = |words: &str| ended.out.find(words).unwrap_or_else(|| panic!("no {words:?} in\n{}", ended.out));
    assert!(at("staging · Rolled back") < at("> /smoke staging"), "{}", ended.out);
    let smoke = &ended.out[at("> /smoke staging")..at("> /status")];
    assert!(smoke.contains("answered 200"), "the answers come before the next line:\n{smoke}");
}

#[test]
fn a_line_after_some_time_does_not_wait_for_rest() {
    let ended = play("/deploy staging\n/after 20s /press Roll back\n/status\n", &[]).with(0);
    says(
        &ended,
        &[
            "staging · Rolling out",
            "> /after 20s /press Roll back",
            "staging · Rolling back",
            "staging · Rolled back",
            "> /status",
            "v1",
        ],
    );
    assert!(!ended.out.contains("Succeeded"), "{}", ended.out);
}

fn it_ends_with_3_while_somebody_is_awaited() {
    let ended = play("/deploy staging\nbob: /promote\n", &[]).with(3);
    says(&ended, &["hello v2 → staging · Succeeded", "hello v2 → production · Waiting for people"]);
}

fn an_aborted_promotion_is_no_reason_to_wait() {
    let ended = play("/deploy staging\nbob: /promote\nbob: /press Abort\n", &[]).with(0);
    says(&ended, &["hello v2 → production · Waiting for people", "hello v2 → production · Aborted"]);
}

fn it_speaks_japanese_and_takes_the_english_labels() {
    let story = "/deploy staging\n/promote\nbob: /press Reject production\n/deplyo\n/status\n/help\n";
    let ended = play(story, &["--locale", "ja"]).with(0);
    says(
        &ended,
        &[
            "これはデモです",
            "> /deploy staging",
            "hello v2 → staging",
            "成功",
            "> /promote",
            "承認",
            "> bob: /press Reject production",
            "中止",
            "> /deplyo",
            "unknown_command",
            "> /status",
            "> /help",
        ],
    );
    for english in ["Succeeded", "Waiting", "Requested", "Gates before"] {
        assert!(!ended.out.contains(english), "{english:?} in\n{}", ended.out);
    }
}

#[test]
fn questions_are_answered_without_touching_anything() {
    let ended = play("/status\n/why production\n/history\n/help\n/help deploy\n/smoke production\n", &[]).with(0);
    says(
        &ended,
        &[
            "> /status",
            "staging",
            "v1",
            "production",
            "v1",
            "> /why production",
            "> /history",
            "> /help",
            "/deploy",
            "/unquarantine",
            "> /help deploy",
            "/deploy staging",
            "> /smoke production",
            "answered 200",
        ],
    );
}

#[test]
fn every_start_is_a_new_beginning() {
    let first = play("/deploy staging v1 again\n/history\n", &[]).with(0);
    says(&first, &["hello v1 → staging · Succeeded", "> /history", "v1 → staging"]);
    let second = play("/history\n", &[]).with(0);
    assert!(!second.out.contains("v1 → staging"), "{}", second.out);
}
