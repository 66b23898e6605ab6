//! The files of a deployment that is over: the report as it stands in the file, the charts as they look.

use std::io::Cursor;

use insta::assert_binary_snapshot;
use serde_json::json;
use shipgate::card::{Paper, papers};
use shipgate::checks::prometheus::Settings;
use shipgate::domain::{Breaks, Cause, Entry, Moment, Note, Outcome, Reading, Span, Subject, Verdict, What};
use shipgate::view::DeploymentView;
use shipgate::words::Words;

use super::given::{ASKED, breach, closed, view, who};
use super::{LANGUAGES, keep};

/// The rule that counts time, and the one that counts errors.
const LATENCY: &str = "応答 | time_out";
const ERRORS: &str = "errors";

/// A deployment that was watched and went back.
fn watched() -> DeploymentView {
    let cause = Cause::RuleBroken { rule: ERRORS.to_owned(), breach: breach() };
    let mut view = view(closed(Outcome::RolledBack, Some(cause)));
    let d = &mut view.deployment;
    d.closed_at = Some(ASKED.plus(Span::minutes(28)));
    let watch = d.plan.as_mut().and_then(|plan| plan.policy.watch.as_mut()).expect("a watch");
    watch.rules[0].name = LATENCY.to_owned();
    watch.rules[0].check.settings = json!({"url": "https://hello.fly.dev/health", "latency_below": 2_000});
    watch.rules[1].name = ERRORS.to_owned();
    view
}

/// So many samples of each rule: the time goes over its bound once and there is one without an answer, errors grow.
fn entries(view: &DeploymentView, samples: u32) -> Vec<(u64, Entry)> {
    let id = || view.deployment.id.clone();
    let begin = ASKED.plus(Span::minutes(10));
    let entry = |at: Moment, by: Option<&str>, what: What| Entry { at, by: by.map(who), what };
    let mut all = vec![
        entry(ASKED, Some("bob"), What::Approved { deployment: id(), gate: "approval".to_owned() }),
        entry(ASKED, None, What::RolloutStarted { deployment: id(), attempt: 1 }),
        entry(begin, None, What::WatchStarted { deployment: id() }),
    ];
    for n in 0..samples {
        let at = begin.plus(Span::seconds(i64::from(n) * 10));
        let took = match n % 41 {
            20 => 2.4,
            n => 0.12 + 0.03 * f64::from(n % 5),
        };
        let is_slow = took > 2.0;
        let note = Note::new(if is_slow { "check-http-slow" } else { "check-http-ok" });
        let note = note.with("url", "https://hello.fly.dev/health").with("status", 200);
        let note = note.with("ms", (took * 1_000.0).round()).with("limit", 2_000);
        let answer = |name: &str, verdict, value, note| What::Answered {
            subject: Subject::Rule { deployment: id(), name: name.to_owned() },
            round: n + 1,
            reading: Reading { at, verdict, value, note },
        };
        let broken = Note::new("check-http-refused").with("url", "https://hello.fly.dev/health");
        all.push(entry(
            at,
            None,
            match n % 41 {
                30 => answer(LATENCY, Verdict::Fail, None, broken),
                _ if is_slow => answer(LATENCY, Verdict::Fail, Some(took), note),
                _ => answer(LATENCY, Verdict::Pass, Some(took), note),
            },
        ));
        let errors = 0.01 + f64::from(n.saturating_sub(samples / 2)) * 0.004;
        let unknown = Note::new("check-http-no-name").with("url", "https://metrics/");
        all.push(entry(
            at,
            None,
            match n % 41 {
                10 => answer(ERRORS, Verdict::Unknown, None, unknown),
                _ => answer(
                    ERRORS,
                    Verdict::Pass,
                    Some(errors),
                    Note::new("check-http-ok").with("url", "https://metrics/").with("status", 200).with("ms", 12),
                ),
            },
        ));
    }
    let cause = view.deployment.cause.clone().expect("a cause");
    let end = view.deployment.closed_at.expect("an end");
    all.push(entry(end, None, What::RollbackStarted { deployment: id(), attempt: 2, cause: cause.clone() }));
    let closed = What::Closed {
        deployment: id(),
        outcome: Outcome::RolledBack,
        cause: Some(cause),
        running: None,
        evidence: false,
    };
    all.push(entry(end, None, closed));
    (12..).zip(all).collect()
}

fn files(samples: u32, language: &str) -> Vec<Paper> {
    let view = watched();
    papers(&view, &entries(&view, samples), &Words::new(language)).files
}

fn text(paper: &Paper) -> String {
    String::from_utf8(paper.bytes.clone()).expect("text")
}

#[test]
fn the_report_says_everything_in_both_languages() {
    for language in LANGUAGES {
        let papers = papers(&watched(), &entries(&watched(), 41), &Words::new(language));
        let named = papers
            .files
            .iter()
            .map(|file| format!("{} | {} | {}\n", file.name, file.title, file.alt.as_deref().unwrap_or("-")));
        let named: String = named.collect();
        keep(&format!("report_{language}"), &format!("{}\n{named}\n{}", papers.text, text(&papers.files[0])));
    }
}

#[test]
fn a_chart_shows_the_numbers_their_bound_and_what_was_bad() {
    let files = files(41, "en");
    assert_eq!(files.len(), 3);
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_binary_snapshot!("chart_of_a_time.png", files[1].bytes.clone());
        assert_binary_snapshot!("chart_of_errors.png", files[2].bytes.clone());
    });
}

/// A rule that counts failures has no bound of its own, but its check may.
#[test]
fn a_chart_has_the_bound_of_the_check_where_the_rule_has_none() {
    let mut view = watched();
    let watch = view.deployment.plan.as_mut().and_then(|plan| plan.policy.watch.as_mut()).expect("a watch");
    let settings =
        Settings { query: "errors".to_owned(), url: None, above: None, below: Some(0.02), timeout: Settings::TIMEOUT };
    (watch.rules[1].check, watch.rules[1].breaks) = (settings.spec(), Breaks::Consecutive { fails: 3 });
    let files = papers(&view, &entries(&view, 41), &Words::new("en")).files;
    let says = files[2].alt.as_deref().expect("words");
    assert!(says.contains("below 0.02"), "{says}");
}

/// The pixels, and how many of them are as red as what is bad.
fn red(paper: &Paper) -> ((u32, u32), usize) {
    let mut reader = png::Decoder::new(Cursor::new(&paper.bytes)).read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("pixels");
    let red = pixels.chunks(3).filter(|pixel| pixel[0] > 190 && pixel[1] < 60 && pixel[2] < 60).count();
    ((info.width, info.height), red)
}

#[test]
fn a_chart_of_a_whole_day_has_no_more_pixels_and_shows_what_was_bad() {
    for samples in [2, 41, 8_640] {
        for chart in &files(samples, "ja")[1..] {
            let (size, red) = red(chart);
            assert_eq!(size, (960, 420), "{samples}");
            assert!(red > 100, "{samples}: {red}");
            assert!(chart.bytes.len() < 200_000, "{samples}: {}", chart.bytes.len());
        }
    }
}

#[test]
fn a_report_has_an_end_and_says_what_is_left_out() {
    let report = text(&files(8_640, "en")[0]);
    assert!(report.len() <= 513 * 1024, "{}", report.len());
    assert!(report.trim_end().ends_with("All of it is in the ledger."), "{}", &report[report.len() - 200..]);
    assert!(report.contains("Ledger b81f0e64"), "what matters is not what is left out");
}

#[test]
fn where_nothing_was_watched_there_is_a_report_alone() {
    let view = view(super::given::untouched(Outcome::Aborted, Cause::GaveUp));
    let files = papers(&view, &[], &Words::new("en")).files;
    assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["hello-v2-production.md"]);
}

#[test]
fn what_comes_from_outside_is_no_markup_and_no_path() {
    let mut view = watched();
    view.deployment.app = "../../etc".to_owned();
    view.deployment.release.version = "v2*|<!channel>\n# no".to_owned();
    view.deployment.requested_by.name = "[ada](https://evil.example)".to_owned();
    let files = papers(&view, &entries(&view, 1), &Words::new("en")).files;
    assert_eq!(files[0].name, "..-..-etc-v2----channel----no-production.md");
    let report = text(&files[0]);
    assert!(report.contains("v2\\*\\|\\<!channel> # no"), "{report}");
    assert!(report.contains("\\[ada\\](https"), "{report}");
    assert!(!report.contains("\n# no"), "{report}");
}
