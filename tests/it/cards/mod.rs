//! Every card and page as a person reads it on the terminal, in both languages.

mod details;
mod every;
mod given;
mod late;
mod pages;
mod papers;
pub(crate) mod strange;

use insta::assert_snapshot;
use shipgate::card::{self, Card, Link, Row, Tone};
use shipgate::chat::terminal::{Look, render};
use shipgate::domain::{Cause, Deployment, Entry, Id, Moment, Note, Outcome, Phase, What, Word};
use shipgate::words::Words;

use given::{NOW, deployment, view, who};

const LANGUAGES: [&str; 2] = ["en", "ja"];

/// Every card and page, each with its name, for what else paints them.
pub(crate) fn sheets(words: &Words) -> Vec<(&'static str, Vec<(String, Card)>)> {
    let deployments = every::every().into_iter();
    let deployments = deployments.map(|(name, view)| (name.to_owned(), card::deployment(&view, words))).collect();
    let [answers, help, refusals] = pages::sheets(words);
    vec![("deployment", deployments), ("answers", answers), ("help", help), ("refusals", refusals)]
}

/// Every state of a deployment, each with its name.
pub(crate) fn deployments() -> Vec<(&'static str, shipgate::view::DeploymentView)> {
    every::every()
}

/// The words in which they are made.
pub(crate) fn here(language: &str) -> Words {
    Words::new(language).here("Asia/Tokyo", NOW)
}

/// The card as 80 columns of text.
fn text(card: &Card, words: &Words) -> String {
    let look = Look { width: 80, colours: false };
    render(card, &words.here("Asia/Tokyo", NOW), &look).join("\n")
}

/// Pages one below the other, each under its name.
fn sheet(pages: &[(String, String)]) -> String {
    pages.iter().map(|(name, text)| format!("── {name}\n{text}\n")).collect::<Vec<_>>().join("\n")
}

/// Holds a sheet against the file of that name in `tests/it/snapshots/`.
fn keep(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true },
        { assert_snapshot!(name, text) });
}

#[test]
fn the_card_of_a_deployment_in_every_phase_and_outcome() {
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        let pages: Vec<(String, String)> = every::every()
            .iter()
            .map(|(name, view)| ((*name).to_owned(), text(&card::deployment(view, &words), &words)))
            .collect();
        keep(&format!("deployment_{language}"), &sheet(&pages));
    }
}

#[test]
fn the_same_state_paints_the_same_card() {
    for (name, view) in every::every() {
        let words = Words::new("en");
        assert_eq!(card::deployment(&view, &words), card::deployment(&view, &words), "{name}");
    }
}

#[test]
fn a_card_that_waits_for_people_says_so_by_its_tone_and_has_something_to_press() {
    for (name, view) in every::every() {
        let card = card::deployment(&view, &Words::new("en"));
        let asks = matches!(card.tone, Tone::Asking | Tone::Bad);
        let named = name.contains("people") && !name.contains("settled") || name.contains("undecided");
        assert_eq!(asks, named, "{name}");
        assert!(!asks || !card.buttons.is_empty(), "{name}");
        let mut labels: Vec<&str> = card.buttons.iter().map(|button| button.english.as_str()).collect();
        labels.dedup();
        assert_eq!(labels.len(), card.buttons.len(), "two buttons look alike: {name}");
    }
}

/// Whatever is in a version, a reason or a note: one line each, of a sane length, and no mark that turns or hides text.
#[test]
fn what_comes_from_outside_is_harmless_wherever_it_is_shown() {
    let evil = format!("v\u{1b}[2J\u{202e}\r\n{}", "x".repeat(5_000));
    for (name, mut view) in every::every() {
        view.deployment.release.version.clone_from(&evil);
        view.deployment.release.commit = Some(evil.clone());
        view.deployment.release.notes = Some(evil.clone());
        view.deployment.reason = Some(evil.clone());
        view.deployment.requested_by.name.clone_from(&evil);
        view.deployment.app.clone_from(&evil);
        view.troubles = vec![Note::new("fly-unreachable").with("reason", &evil)];
        for gate in &mut view.deployment.gates {
            gate.gate.name.clone_from(&evil);
            gate.words = vec![Word { by: view.deployment.requested_by.clone(), at: view.now }];
        }
        for gate in &mut view.gates {
            gate.name.clone_from(&evil);
        }
        let mut card = card::deployment(&view, &Words::new("en"));
        card.buttons.clear();
        assert!(card.title.chars().count() <= 256, "{name}: the title is long");
        let json = serde_json::to_string(&card.rows).expect("json") + &card.title + &card.footer;
        let bad = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!json.contains(bad) && !json.contains("\\u001b") && !json.contains("\\n"), "{name}: {json}");
        for row in &card.rows {
            let length = serde_json::to_string(row).expect("json").chars().count();
            assert!(length <= 1_500, "{name}: {length} characters: {row:?}");
        }
    }
}

/// The address is made of parts that cannot become others, and of nothing that is no commit.
#[test]
fn a_commit_leads_to_where_it_can_be_read() {
    let link = |repository: Option<&str>, commit: &str| {
        let mut view = view(deployment(Phase::Watching));
        view.repository = repository.map(str::to_owned);
        view.deployment.release.commit = Some(commit.to_owned());
        let rows = card::deployment(&view, &Words::new("en")).rows;
        let linked = |row| if let Row::Field { link, .. } = row { link } else { None };
        rows.into_iter().find_map(linked).map(|link: Link| format!("{} {}", link.text, link.url))
    };
    let good = "https://github.com/acme/hello/commit/4f2c9a1d7be0";
    assert_eq!(link(Some("acme/hello"), "4f2c9a1d7be0"), Some(format!("4f2c9a1d7 {good}")));
    let odd = link(Some("a/../b?c"), "4f2c9a1d7be0").expect("a link");
    assert!(odd.ends_with("https://github.com/a/..%2Fb%3Fc/commit/4f2c9a1d7be0"), "{odd}");
    for commit in ["main", "4f2c", "4f2c9a1d7be0/../../x", "", "4f2c9a1d7be0)"] {
        assert_eq!(link(Some("acme/hello"), commit), None, "{commit}");
    }
    assert_eq!(link(None, "4f2c9a1d7be0"), None);
}

#[test]
fn what_is_said_once() {
    for language in LANGUAGES {
        let words = Words::new(language);
        let said: Vec<String> = messages().iter().map(|(what, d)| said(what, d, &words)).collect();
        keep(&format!("messages_{language}"), &said.join("\n"));
    }
}

fn said(what: &What, d: &Deployment, words: &Words) -> String {
    let entry = Entry { at: NOW, by: None, what: what.clone() };
    card::message(&entry, &view(d.clone()), words)
}

fn messages() -> Vec<(What, Deployment)> {
    let id = || Id("x".to_owned());
    let under_way = deployment(Phase::Watching);
    let broken = Cause::RuleBroken { rule: "health".to_owned(), breach: given::breach() };
    let mut all = vec![
        (
            What::Asked { deployment: id(), gates: vec!["approval".to_owned()], again: false },
            deployment(Phase::Entering),
        ),
        (What::WatchUndecided { deployment: id(), rules: vec!["errors".to_owned()], until_at: NOW }, under_way.clone()),
        (reminded(&["approval"], None), deployment(Phase::Entering)),
        (reminded(&[], Some(NOW)), under_way.clone()),
        (What::RollbackStarted { deployment: id(), attempt: 2, cause: broken.clone() }, under_way.clone()),
        (What::WatchStarted { deployment: id() }, under_way),
        (passed_over(&["v1.9"]), deployment(Phase::Queued)),
        (passed_over(&["v1.9", "v1.8"]), deployment(Phase::Queued)),
    ];
    let closed = |outcome: Outcome, cause: Option<Cause>| {
        let d = Deployment { outcome: Some(outcome), cause: cause.clone(), ..deployment(Phase::Closed) };
        (What::Closed { deployment: id(), outcome, cause, running: None, evidence: false }, d)
    };
    let superseded = Cause::Superseded { version: "v2.1".to_owned(), by: who("bob") };
    all.extend([
        closed(Outcome::Succeeded, None),
        closed(Outcome::Succeeded, Some(Cause::Kept { by: None })),
        closed(Outcome::RolledBack, Some(broken)),
        closed(Outcome::Failed, None),
        closed(Outcome::Failed, Some(Cause::RolloutFailed { note: Note::new("fly.io does not have the image.") })),
        closed(Outcome::Aborted, Some(Cause::GaveUp)),
        closed(Outcome::Superseded, Some(superseded)),
        closed(Outcome::NeedsPeople, Some(Cause::RestoreFailed { note: Note::new("fly.io said 500.") })),
    ]);
    all
}

fn passed_over(gone: &[&str]) -> What {
    let gone = gone.iter().map(|version| (*version).to_owned()).collect();
    What::PassedOver { deployment: Id("x".to_owned()), gone, release: given::release("v1") }
}

fn reminded(gates: &[&str], decide_until_at: Option<Moment>) -> What {
    let gates = gates.iter().map(|gate| (*gate).to_owned()).collect();
    What::Reminded { deployment: Id("x".to_owned()), gates, snooze: every::snooze(), decide_until_at }
}

#[test]
fn who_has_decided_or_snoozed_again_is_not_reminded() {
    let past = |what: &What, d: Deployment| card::is_past(&Entry { at: NOW, by: None, what: what.clone() }, &view(d));
    let asked = || Deployment { asked_at: Some(NOW), ..deployment(Phase::Entering) };
    let gate = reminded(&["approval"], None);
    assert!(!past(&gate, asked()));
    assert!(past(&gate, Deployment { snooze: Some(every::snooze()), ..asked() }));
    assert!(past(&gate, deployment(Phase::RollingOut)));
    let mut approved = asked();
    approved.gates[0].words = vec![Word { by: who("bob"), at: NOW }];
    assert!(past(&gate, approved));
    let watch = reminded(&[], Some(NOW));
    assert!(!past(&watch, Deployment { undecided_until: Some(NOW), ..deployment(Phase::Watching) }));
    assert!(past(&watch, deployment(Phase::Closed)));
}
