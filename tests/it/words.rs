//! The words: both languages say the same things with the same arguments, nothing is missing and nothing is left over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use shipgate::card::SERVICE_CODES;
use shipgate::command::TABLE;
use shipgate::domain::{Moment, Note, Span};
use shipgate::words::{Language, Words, harmless};

/// 2026-11-23 09:00:10 in Tokyo, a Monday.
const MONDAY: Moment = Moment(1_795_392_010_000);

fn english() -> Words {
    Words::new("en").here("Asia/Tokyo", MONDAY)
}

fn japanese() -> Words {
    Words::new("ja").here("Asia/Tokyo", MONDAY)
}

#[test]
fn a_locale_is_picked_from_what_chats_and_shells_write() {
    for (locale, language) in [
        ("ja", Language::Japanese),
        ("ja-JP", Language::Japanese),
        ("ja_JP.UTF-8", Language::Japanese),
        ("JA", Language::Japanese),
        ("en-US", Language::English),
        ("C.UTF-8", Language::English),
        ("javanese", Language::English),
        ("", Language::English),
    ] {
        assert_eq!(Words::new(locale).language(), language, "{locale}");
    }
}

#[test]
fn times_are_said_with_their_day_and_zone() {
    assert_snapshot!(english().time(MONDAY), @"
    09:00 Mon 23 Nov, Asia/Tokyo
    ");
    assert_snapshot!(english().here("Nowhere/Else", MONDAY).time(MONDAY), @"
    00:00 Mon 23 Nov, UTC
    ");
    assert_snapshot!(english().time(MONDAY.plus(Span::hours(24 * 60))), @"
    09:00 Fri 22 Jan 2027, Asia/Tokyo, in 60 d
    ");
    assert_snapshot!(japanese().time(MONDAY), @"
    11月23日(月) 09:00 Asia/Tokyo
    ");
    assert_snapshot!(japanese().here("Europe/Berlin", MONDAY).time(MONDAY), @"
    11月23日(月) 01:00 Europe/Berlin
    ");
    assert_snapshot!(english().clock(MONDAY), @"09:00:10");
}

#[test]
fn spans_are_said_in_their_two_greatest_units() {
    let said = |ms: i64| format!("{} | {}", english().span(Span(ms)), japanese().span(Span(ms)));
    assert_snapshot!(said(0), @"0 s | 0秒");
    assert_snapshot!(said(350), @"350 ms | 350ミリ秒");
    assert_snapshot!(said(270_000), @"4 min 30 s | 4分30秒");
    assert_snapshot!(said(7_200_000), @"2 h | 2時間");
    assert_snapshot!(said(7_205_000), @"2 h | 2時間");
    assert_snapshot!(said(97_200_000), @"1 d 3 h | 1日3時間");
}

#[test]
fn numbers_lose_digits_that_mean_nothing() {
    let words = english();
    let usual = [(0.05, "0.05"), (12.0, "12"), (0.123_456, "0.1235"), (1200.0, "1200"), (f64::NAN, "NaN"), (0.0, "0")];
    let small = [(0.000_49, "0.0005"), (0.000_031_4, "0.000031"), (-0.000_000_2, "-0.0000002"), (1e-15, "0")];
    for (value, said) in usual.into_iter().chain(small) {
        assert_eq!(words.number(value), said);
        let note = Note::new("check-prometheus-ok").with("query", "up").with("value_number", value);
        assert_eq!(words.note(&note), format!("`up` is {said}."));
    }
}

#[test]
fn a_missing_key_shows_itself_and_a_missing_argument_does_not_panic() {
    assert_eq!(english().get("no-such-key"), "no-such-key");
    assert!(english().get("now-watching").contains("{$version}"));
}

#[test]
fn plurals_follow_whole_numbers_and_names_stay_names() {
    let samples = |n: &str| english().note(&Note::new("watch-samples").with("n", n));
    assert_eq!(samples("1"), "1 sample");
    assert_eq!(samples("2"), "2 samples");
    for version in ["007", "1.10", "1e3", "12345678901234567890", "inf"] {
        let said = english().with("command-deploy-example", &[]);
        assert!(!said.is_empty());
        assert!(english().with("done-unquarantine", &[("version", &version)]).starts_with(version), "{version}");
    }
}

#[test]
fn a_note_may_carry_another() {
    let note = Note::new("refusal-out_of_order-next").with("note", "gate-check");
    assert!(english().note(&note).starts_with("not asked yet What is under way"), "{}", english().note(&note));
    let text = Note::new("refusal-out_of_order-next").with("note", "disk full");
    assert!(english().note(&text).starts_with("disk full What is under way"), "{}", english().note(&text));
}

#[test]
fn text_from_outside_is_made_harmless() {
    assert_eq!(harmless("a\u{1b}[31mb\nc\u{202e}d\u{200b}", 60), "a[31mb cd");
    assert_eq!(harmless("  much   room \t", 60), "much room");
    assert_eq!(harmless("123456", 6), "123456");
    assert_eq!(harmless("1234567", 6), "12345…");
    assert_eq!(harmless("あいうえお", 3), "あい…");
    assert_eq!(harmless("`rm` it", 60), "'rm' it");
    assert_eq!(harmless("a\u{3164}b\u{2800}c\u{200c}d\u{115f}\u{1160}", 60), "a b cd");
    // Joined letters stay joined.
    assert_eq!(
        harmless("\u{1f469}\u{200d}\u{1f680} \u{2764}\u{fe0f}", 60),
        "\u{1f469}\u{200d}\u{1f680} \u{2764}\u{fe0f}"
    );
    let said = english().with("done-unquarantine", &[("version", &"v1\u{1b}]0;x\u{7}\nfoo")]);
    assert_eq!(said, "v1]0;x foo may be released again.");
}

/// Backticks set commands of ours apart. Those of a sentence of ours inside another one stay, those from outside go.
#[test]
fn only_our_own_words_have_backticks() {
    let inner = english().note(&Note::new("refusal-quarantined-next").with("version", "v2` @everyone `"));
    assert!(inner.ends_with("`/unquarantine v2' @everyone ' reason`."), "{inner}");
    let outer = english().note(&Note::new("watch-last").with("said", inner));
    assert!(outer.ends_with("`/unquarantine v2' @everyone ' reason`."), "{outer}");
}

/// A line with its arguments can be typed in a terminal, and not where each field is filled in by itself.
#[test]
fn what_is_to_be_typed_as_a_line_has_a_form_for_fields() {
    for language in ["en", "ja"] {
        let text = read(Path::new(&format!("locales/{language}.ftl")));
        let (mut key, mut lines) = (String::new(), BTreeMap::<String, String>::new());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                name.clone_into(&mut key);
            }
            lines.entry(key.clone()).or_default().push_str(line);
        }
        let is_line = |text: &str| {
            let mut quoted = text.split('`').skip(1).step_by(2).filter_map(|piece| piece.strip_prefix('/'));
            quoted.any(|command| command.starts_with(|c: char| c.is_ascii_lowercase()) && command.contains(' '))
        };
        for (key, _) in lines.iter().filter(|(_, text)| is_line(text)) {
            assert!(!key.ends_with("-fields"), "{language}: `{key}` has a line to type");
            assert!(lines.contains_key(&format!("{key}-fields")), "{language}: `{key}` has no form for fields");
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    let (english, japanese) = (messages("en"), messages("ja"));
    let keys = |messages: &BTreeMap<String, BTreeSet<String>>| messages.keys().cloned().collect::<BTreeSet<_>>();
    let apart: Vec<_> = keys(&english).symmetric_difference(&keys(&japanese)).cloned().collect();
    assert!(apart.is_empty(), "in one language only: {apart:?}");
    for (key, arguments) in &english {
        // Japanese needs no plural, and so no number only for it; every argument that English shows is shown.
        assert_eq!(arguments, &japanese[key], "the arguments of {key}");
    }
}

#[test]
fn every_message_can_be_read_by_fluent() {
    for language in Language::ALL {
        let words = Words::new(language.code());
        for key in messages(language.code()).keys() {
            assert!(words.has(key), "{} cannot read {key}", language.code());
        }
    }
}

#[test]
fn every_key_in_the_sources_is_there_and_every_key_there_is_used() {
    let known: BTreeSet<String> = messages("en").into_keys().collect();
    let sources: String = sources(Path::new("src")).iter().map(|path| read(path)).collect();
    let literals: BTreeSet<&str> = sources.split('"').collect();

    let made = made_of_tables();
    let missing: Vec<&String> = made.iter().filter(|key| !known.contains(*key)).collect();
    assert!(missing.is_empty(), "named by a table, but not in the words: {missing:?}");

    let said: BTreeSet<String> = ["Note::new(", "words.get(", "words.with(", "words.has("]
        .into_iter()
        .flat_map(|call| literals_after(&sources, call))
        .collect();
    let missing: Vec<&String> = said.iter().filter(|key| !known.contains(*key)).collect();
    assert!(missing.is_empty(), "said in the sources, but not in the words: {missing:?}");

    // What `shipgate check` finds wrong says what to do.
    let found = |key: &str| key.strip_suffix("-next").is_some_and(|stem| literals.contains(stem));
    // The config's problems say what is wrong, then what to write; and name the nearest, where there is one.
    let problem = |key: &str| {
        let stem = key.strip_suffix("-next").unwrap_or(key);
        let stem = stem.strip_suffix("-near").or_else(|| stem.strip_suffix("-none")).unwrap_or(stem);
        key.starts_with("config-") && literals.contains(stem)
    };
    // What is typed field by field is said in place of what is typed as a line.
    let plain = |key: &str| key.strip_suffix("-fields").unwrap_or(key).to_owned();
    let used = |key: &str| {
        let key = &plain(key);
        made.contains(key) || literals.contains(key.as_str()) || problem(key) || found(key)
    };
    let unused: Vec<&String> = known.iter().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "in the words, but never said: {unused:?}");
}

/// Keys that are put together: refusals, help, stable words.
fn made_of_tables() -> BTreeSet<String> {
    let refusals = read(Path::new("src/domain/refusal.rs"));
    let core = refusals.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    let service = SERVICE_CODES.iter().map(|(code, _)| *code);
    let mut keys: BTreeSet<String> =
        core.chain(service).flat_map(|code| [format!("refusal-{code}"), format!("refusal-{code}-next")]).collect();
    let remedies = read(Path::new("src/card/remedy.rs"));
    let deeds = remedies.split("Deed::").filter_map(|arm| arm.split_once("=> \"")?.1.split('"').next());
    // Two of them are other commands where they are typed.
    let deeds = deeds.filter(|deed| !["lock", "promote"].contains(deed));
    keys.extend(deeds.map(|deed| format!("remedy-{deed}")));
    keys.insert("remedy-next-done".to_owned());
    for spec in &TABLE {
        keys.extend(["", "-name", "-help", "-example"].map(|what| format!("command-{}{what}", spec.name)));
        for argument in spec.arguments {
            keys.insert(format!("argument-{}", argument.word()));
            keys.extend(["", "-about"].map(|what| format!("field-{}{what}", argument.word())));
        }
    }
    let people = read(Path::new("src/domain/people.rs"));
    let permissions = people.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    keys.extend(permissions.map(|word| format!("permission-{word}")));
    let actions = ["approve", "reject", "confirm", "abort", "rollback", "keep", "override", "snooze"];
    keys.extend(actions.map(|word| format!("action-{word}")));
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let _schema = shipgate::config::schema(|key| {
        asked.borrow_mut().insert(key.to_owned());
        None
    });
    keys.extend(asked.into_inner());
    keys
}

/// Each code that the sources refuse with is in one of the two lists, so that it has words.
#[test]
fn every_code_that_is_refused_with_has_words() {
    let sources: String = sources(Path::new("src")).iter().map(|path| read(path)).collect();
    let known: BTreeSet<String> = messages("en").into_keys().collect();
    let codes = literals_after(&sources, "No::new(");
    let missing: Vec<_> = codes.iter().filter(|code| !known.contains(&format!("refusal-{code}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The string literals that follow a call at once, as `rustfmt` may have broken the line.
fn literals_after(sources: &str, call: &str) -> BTreeSet<String> {
    let calls = sources.split(call).skip(1);
    calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).map(str::to_owned).collect()
}

/// The messages of a language, each with the arguments it names.
fn messages(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages = BTreeMap::new();
    let mut key = String::new();
    for line in read(&PathBuf::from(format!("locales/{language}.ftl"))).lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if let Some((name, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase())) {
            key = name.to_owned();
            assert!(messages.insert(key.clone(), BTreeSet::new()).is_none(), "{key} is there twice in {language}");
        }
        let arguments = line
            .split('$')
            .skip(1)
            .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>());
        messages.entry(key.clone()).or_default().extend(arguments);
    }
    messages
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
