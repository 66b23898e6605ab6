//! What a demo is given to read: misspelt, broken, too long, nothing at all. None of it stops a demo.

use super::demo::{play, says};

#[test]
fn nothing_at_all_is_a_demo_that_ends() {
    for nothing in ["", "\n", "\n\n  \n\t\n", "# a comment\n", "ada:\n", "\r\n\r\n"] {
        let ended = play(nothing, &[]).with(0);
        assert!(ended.out.contains("/deploy staging"), "the first screen says what to type");
        assert!(!ended.out.contains("\n> "), "{nothing:?} was taken for a line");
    }
}

#[test]
fn misspelt_lines_get_what_was_probably_meant() {
    let story = "/deplyo staging\nhello there\n: /status\n/deploy nowhere\n/deploy stagin\n/deploy staging v9\n/deploy\n\
                 /press\n/press Aprove\n/after\n/after soon /status\n/after 5s\n/after 367d /status\n/after 99999999999999999d /status\n\
                 /after 9223372036854775807ms /status\n/approve\n/lock staging\n/unlock staging\n/help nothing\n/";
    let ended = play(story, &[]).with(0);
    says(
        &ended,
        &[
            "> /deplyo staging",
            "Did you mean `/deploy`?",
            "unknown_command",
            "> hello there",
            "unknown_command",
            "> : /status",
            "unknown_command",
            "> /deploy nowhere",
            "The environments: staging, production.",
            "unknown_environment",
            "> /deploy stagin",
            "unknown_environment",
            "> /deploy staging v9",
            "v4-late",
            "unknown_version",
            "> /deploy",
            "missing_argument",
            "> /press",
            "no_such_button",
            "> /press Aprove",
            "no_such_button",
            "bad_span",
            "bad_span",
            "bad_span",
            "bad_span",
            "bad_span",
            "> /approve",
            "nothing_waits",
            "> /lock staging",
            "reason_missing",
            "> /unlock staging",
            "not_locked",
            "> /help nothing",
            "unknown_help",
            "> /",
            "unknown_command",
        ],
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_and_the_next_line_is_heard() {
    let mut story = b"\xff\xfe\x00\x80\n/sta\xc3\n\x1b[2J\x1b]0;title\x07/status\n".to_vec();
    story.extend(b"\xe2\x80\xae/status\n/status\n");
    let ended = play(story, &[]).with(0);
    says(&ended, &["unknown_command", "unknown_command", "unknown_command", "> /status", "Status of hello"]);
    for hidden in ['\u{1b}', '\u{7}', '\u{0}', '\u{202e}'] {
        assert!(!ended.out.contains(hidden), "{hidden:?} reaches the screen raw");
    }
}

#[test]
fn long_lines_are_cut_before_they_are_repeated() {
    let long = "x".repeat(10_000);
    let story = format!(
        "{long}\n{long}: /status\n/deploy {long}\n/deploy staging {long}\n/lock staging {long}\n/status\n/unlock staging\n\
         /release {long} registry.fly.io/hello@sha256:{long}\n/press {long}\n/after {long} /status\n/status\n"
    );
    let ended = play(story, &[]).with(0);
    says(&ended, &["unknown_command", "unknown_environment", "unknown_version", "> /lock", "> /status", "Status of"]);
    let longest = ended.out.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!(longest < 500, "a line of {longest} characters");
    assert!(ended.out.len() < 40_000, "{} bytes in all", ended.out.len());
}

#[test]
fn a_line_without_an_end_fills_no_memory() {
    let mut story = vec![b'y'; 8 << 20];
    story.extend(b"\n/status");
    let ended = play(story, &[]).with(0);
    says(&ended, &["> yyy", "unknown_command", "> /status", "Status of hello"]);
}

#[test]
fn line_ends_of_other_systems_are_line_ends() {
    let ended = play("/status\r\n\r\nbob: /help deploy\r\n/history", &[]).with(0);
    says(&ended, &["> /status", "Status of hello", "> bob: /help deploy", "(only bob sees this)", "> /history"]);
    assert!(!ended.out.contains('\r'), "{:?}", ended.out);
}
