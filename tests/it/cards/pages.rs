//! The pages that answer commands: status, why, history, help, smoke, refusals.

use serde_json::json;
use shipgate::card::{self, Card, SERVICE_CODES};
use shipgate::command::TABLE;
use shipgate::domain::{
    About, Action, CheckSpec, Deed, Deployment, Halt, Id, Lock, Note, Outcome, Permission, Phase, Quarantine, Refusal,
    Remedy, Smoke, SmokeCheck, Span, Verdict,
};
use shipgate::view::{
    Answer, EnvironmentView, HaltView, HistoryLine, LockView, No, WhyView, done, unlocked, unquarantined,
};
use shipgate::words::Words;

use super::every::every;
use super::given::{ASKED, NOW, deployment, reading, release, view, who};
use super::{LANGUAGES, keep, sheet, text};

const APPS: [&str; 10] =
    ["hello", "shop", "search", "mail", "billing", "auth", "images", "reports", "admin", "internal-tools"];

/// What is seen at once of a terminal.
const SCREEN: usize = 24;

fn environment(app: &str, name: &str, version: &str) -> EnvironmentView {
    EnvironmentView {
        app: app.to_owned(),
        name: name.to_owned(),
        url: Some(format!("https://{app}-{name}.fly.dev")),
        looked_at: Some(NOW),
        running: Some(release(version)),
        since: Some(ASKED),
        current: None,
        queued: None,
        stuck: None,
        lock: None,
        halt: None,
        troubles: Vec::new(),
        time_zone: "Asia/Tokyo".to_owned(),
        now: NOW,
    }
}

fn named(name: &str) -> shipgate::view::DeploymentView {
    every().into_iter().find(|(known, _)| *known == name).expect(name).1
}

fn held(environment: &str, lock: Lock, waits_behind: Option<usize>) -> Answer {
    let (app, environment, time_zone) = ("hello".to_owned(), environment.to_owned(), "Asia/Tokyo".to_owned());
    let view = LockView { app, environment, lock, ended_at: None, ended_by: None, time_zone, now: NOW };
    Answer::Lock { view: Box::new(view), waits_behind }
}

fn lock() -> Lock {
    Lock {
        owner: Some(who("cy")),
        reason: "database work".to_owned(),
        at: ASKED,
        expires_at: Some(NOW.plus(Span::hours(2))),
        ..Lock::default()
    }
}

fn one_app() -> Answer {
    let mut production = environment("hello", "production", "v1");
    production.current = Some(named("entering, waiting for people"));
    production.lock = Some(lock());
    let mut queued = deployment(Phase::Queued);
    queued.release = release("v2.1");
    production.queued = Some(view(queued));
    Answer::Status(vec![environment("hello", "staging", "v2"), production])
}

fn ten_apps() -> Answer {
    let mut all: Vec<EnvironmentView> =
        APPS.iter().flat_map(|app| [environment(app, "staging", "v2"), environment(app, "production", "v1")]).collect();
    all[1].current = Some(named("watching"));
    all[3].stuck = Some(named("needs people").deployment);
    all[4].lock = Some(lock());
    all[4].queued = Some(named("aborted"));
    all[5].current = Some(named("entering, waiting for people"));
    all[7].running = None;
    all[9].troubles = vec![Note::new("fly.io does not answer.")];
    Answer::Status(all)
}

fn why(name: Option<&str>, obstacles: Vec<Note>) -> Answer {
    let mut environment = environment("hello", "production", "v1");
    environment.current = name.map(named);
    let barred = Quarantine {
        digest: "sha256:bad".to_owned(),
        version: "v3-broken".to_owned(),
        environment: "staging".to_owned(),
        at: ASKED,
    };
    Answer::Why(Box::new(WhyView {
        environment,
        quarantine: if obstacles.is_empty() { Vec::new() } else { vec![barred] },
        obstacles,
        candidate: Some(release("v2")),
        remedies: Vec::new(),
        is_first: false,
        is_only_app: true,
    }))
}

/// People are needed, and what ran before is barred.
fn stuck() -> Answer {
    let Answer::Why(mut view) = why(None, Vec::new()) else { panic!("the answer to /why") };
    view.environment.running = None;
    view.environment.stuck = Some(named("needs people").deployment);
    let (asked, environment) = ("v1".to_owned(), "staging".to_owned());
    let refusal = Some(Refusal::Quarantined { version: asked.clone(), asked, environment, at: ASKED });
    let about = About::Deployment("v2".to_owned());
    view.remedies = vec![
        Remedy { about: about.clone(), deed: Deed::Rollback, refusal, is_so: false },
        Remedy { about, deed: Deed::Keep, refusal: None, is_so: false },
    ];
    Answer::Why(view)
}

fn history() -> Answer {
    let names = ["succeeded, a rollback", "rolled back, by a rule of failures", "aborted", "watching", "needs people"];
    Answer::History {
        apps: vec!["hello".to_owned()],
        environment: None,
        lines: names.map(|name| line(named(name).deployment)).into(),
        now: NOW,
    }
}

/// The last ones of ten apps.
fn history_of_ten() -> Answer {
    let names = ["succeeded, a rollback", "rolled back, by a rule of failures", "aborted", "watching", "needs people"];
    let line = |n: usize| {
        let mut one = line(named(names[n % names.len()]).deployment);
        APPS[n % APPS.len()].clone_into(&mut one.deployment.app);
        one
    };
    Answer::History {
        apps: APPS.map(str::to_owned).into(),
        environment: None,
        lines: (0..15).map(line).collect(),
        now: NOW,
    }
}

fn history_in_two_zones() -> Answer {
    let far = HistoryLine { time_zone: "Europe/Berlin".to_owned(), ..line(named("aborted").deployment) };
    let lines = vec![line(named("watching").deployment), far];
    Answer::History { apps: vec!["hello".to_owned()], environment: None, lines, now: NOW }
}

fn line(deployment: Deployment) -> HistoryLine {
    HistoryLine { deployment, time_zone: "Asia/Tokyo".to_owned() }
}

fn smoke(answers: &[Option<(Verdict, &str)>]) -> Smoke {
    let check = |(name, answer): (&str, &Option<(Verdict, &str)>)| SmokeCheck {
        name: name.to_owned(),
        check: CheckSpec { kind: "http".to_owned(), settings: json!({}) },
        reading: answer.map(|(verdict, said)| reading(verdict, None, said)),
    };
    Smoke {
        id: Id("01990b6e-7a10-7cc3-98c4-dc0c00000002".to_owned()),
        app: "hello".to_owned(),
        environment: "staging".to_owned(),
        by: who("ada"),
        at: ASKED,
        running: Some(release("v2")),
        checks: ["health", "home page"].into_iter().zip(answers).map(check).collect(),
        closed_at: answers.iter().all(Option::is_some).then_some(NOW),
    }
}

fn answers() -> Vec<(&'static str, Answer)> {
    let (started, kept) = (Box::new(named("queued")), Box::new(named("needed people, settled")));
    let acted = |action| Answer::Acted {
        note: done(action, &named("rolling out, machine 2 of 3").deployment),
        view: Box::new(named("rolling out, machine 2 of 3")),
    };
    let obstacle = No::from(&Refusal::Locked {
        owner: Some("cy".to_owned()),
        reason: "database work".to_owned(),
        expires_at: Some(NOW.plus(Span::hours(2))),
    });
    let mut barred = release("v2");
    barred.one_way = true;
    vec![
        ("started", Answer::Deployment { view: started.clone(), already: false }),
        ("under way already", Answer::Deployment { view: started, already: true }),
        ("goes back now", Answer::Deployment { view: Box::new(named("rolling back")), already: true }),
        ("needs people at once", Answer::Deployment { view: Box::new(named("needs people")), already: true }),
        ("approved", acted(Action::Approve)),
        ("kept as it is", Answer::Acted { note: done(Action::Keep, &kept.deployment), view: kept }),
        ("status of one app", one_app()),
        ("status of ten apps", ten_apps()),
        ("status of nothing", Answer::Status(Vec::new())),
        ("why, waiting for people", why(Some("entering, waiting for people"), Vec::new())),
        ("why, window shut", why(Some("entering, window shut and locked"), Vec::new())),
        ("why, nothing under way but locked", why(None, vec![obstacle.obstacle()])),
        ("why, nothing under way", why(None, Vec::new())),
        ("why, people are needed and what ran before is barred", stuck()),
        ("history", history()),
        ("history of ten apps", history_of_ten()),
        ("history in two zones", history_in_two_zones()),
        ("registered", Answer::Registered { release: release("v2"), already: false }),
        ("registered already, one way", Answer::Registered { release: barred, already: true }),
        ("smoke started", Answer::Smoke { smoke: smoke(&[None, None]), already: false }),
        ("locked", held("production", lock(), None)),
        ("locked for good", held("production", Lock { expires_at: None, ..lock() }, None)),
        ("the whole app locked", held("", lock(), None)),
        ("next in line", held("production", Lock { next: vec![who("bob")], ..lock() }, Some(0))),
        ("second in line", held("production", Lock { next: vec![who("bob"), who("ada")], ..lock() }, Some(1))),
        ("reserved", held("production", Lock { reserved: true, reason: String::new(), ..lock() }, None)),
        ("unlocked", Answer::Done(unlocked("production", None))),
        ("unlocked, and held by a person again", Answer::Done(unlocked("production", Some(&lock())))),
        ("unquarantined", Answer::Done(unquarantined("v3-broken", Some("the database was down")))),
    ]
}

/// The pages as cards.
pub(super) fn sheets(words: &Words) -> [Vec<(String, Card)>; 3] {
    let said = |(name, answer): (&str, Answer)| (name.to_owned(), card::answer(&answer, words));
    let mut pages: Vec<(String, Card)> = answers().into_iter().map(said).collect();
    pages.extend(held_cards(words));
    pages.extend(smokes().map(|(name, smoke)| (name.to_owned(), card::smoke(&smoke, words))));
    let named = TABLE.iter().map(|spec| spec.name).chain(["depoy", "xyzzy"]).map(|name| Some(name.to_owned()));
    let help = [None].into_iter().chain(named).map(|command| {
        (command.clone().unwrap_or_else(|| "help".to_owned()), card::answer(&Answer::Help(command), words))
    });
    let refusals = every_no().into_iter().map(|no| (no.code.clone(), card::no(&no, words)));
    [pages, help.collect(), refusals.collect()]
}

/// The cards of halts and locks, in force and over.
fn held_cards(words: &Words) -> Vec<(String, Card)> {
    let halt = Halt {
        id: Id("01990b6e-7a10-7cc3-98c4-dc0c00000003".to_owned()),
        owner: who("bob"),
        reason: "the payment provider is down".to_owned(),
        at: ASKED,
        expires_at: Some(NOW.plus(Span::hours(2))),
        changed_at: None,
        reminded_at: None,
        lifted_at: None,
        lifted_by: None,
    };
    let waits = vec![("hello".to_owned(), "v2".to_owned(), "production".to_owned())];
    let halted = HaltView { halt, held: waits, is_halted_again: false, time_zone: "Asia/Tokyo".to_owned(), now: NOW };
    let by_clock = HaltView { halt: halted.halt.clone().lifted(NOW, None), held: Vec::new(), ..halted.clone() };
    let Answer::Lock { view: locked, .. } = held("production", Lock { next: vec![who("ada")], ..lock() }, None) else {
        return Vec::new();
    };
    let unlocked = LockView { ended_at: Some(NOW), ended_by: Some(who("ada")), ..(*locked).clone() };
    vec![
        ("halt".to_owned(), card::halt(&halted, words)),
        ("halt that is over".to_owned(), card::halt(&by_clock, words)),
        ("lock".to_owned(), card::lock(&locked, words)),
        ("lock that is over".to_owned(), card::lock(&unlocked, words)),
    ]
}

fn smokes() -> [(&'static str, Smoke); 3] {
    let (bad, good) = (Some((Verdict::Fail, "503 in 3 ms, want 200")), Some((Verdict::Pass, "200 in 12 ms")));
    let unknown = Some((Verdict::Unknown, "no connection"));
    [
        ("smoke under way", smoke(&[good, None])),
        ("smoke passed", smoke(&[good, good])),
        ("smoke failed", smoke(&[bad, unknown])),
    ]
}

fn barred(asked: &str) -> Refusal {
    let (asked, version) = (asked.to_owned(), "v3-broken".to_owned());
    Refusal::Quarantined { asked, version, environment: "staging".to_owned(), at: ASKED }
}

fn every_no() -> Vec<No> {
    let core = refusals();
    let service = SERVICE_CODES.iter().map(|(code, arguments)| service_no(code, arguments));
    core.iter().map(No::from).chain(service).collect()
}

#[test]
fn the_answers_to_commands() {
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        let mut pages: Vec<(String, String)> = answers()
            .iter()
            .map(|(name, answer)| ((*name).to_owned(), text(&card::answer(answer, &words), &words)))
            .collect();
        for (name, smoke) in smokes() {
            pages.push((name.to_owned(), text(&card::smoke(&smoke, &words), &words)));
            pages.push((format!("{name}, in a line"), card::smoke_message(&smoke, &words)));
        }
        keep(&format!("answers_{language}"), &sheet(&pages));
    }
}

#[test]
fn ten_apps_fit_on_one_screen() {
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        let lines = text(&card::answer(&ten_apps(), &words), &words).lines().count();
        assert!(lines <= 24, "{lines} lines in {language}");
    }
}

#[test]
fn help_on_everything_and_on_each_command() {
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        let mut pages = vec![("help".to_owned(), text(&card::answer(&Answer::Help(None), &words), &words))];
        for name in TABLE.iter().map(|spec| spec.name).chain(["depoy", "xyzzy"]) {
            let answer = Answer::Help(Some(name.to_owned()));
            pages.push((format!("help {name}"), text(&card::answer(&answer, &words), &words)));
        }
        keep(&format!("help_{language}"), &sheet(&pages));
    }
}

/// Every refusal of the core, those with options in each of their forms.
fn refusals() -> Vec<Refusal> {
    let some = |text: &str| Some(text.to_owned());
    let two = || vec!["v2".to_owned(), "v1".to_owned()];
    let gates = || vec!["approval".to_owned(), "release notes written".to_owned()];
    vec![
        Refusal::NotPermitted { permission: Permission::Promote },
        Refusal::NotInGroup { gate: "approval".to_owned(), group: "releasers".to_owned() },
        Refusal::UnknownVersion { version: "v9".to_owned(), known: two() },
        Refusal::UnknownVersion { version: "v9".to_owned(), known: Vec::new() },
        Refusal::NoReleases,
        Refusal::NeverGoodHere { version: "v1".to_owned() },
        Refusal::UnderWay { version: "v2".to_owned(), back: false },
        Refusal::UnderWay { version: "v1".to_owned(), back: true },
        Refusal::NoEvidence { version: some("v2"), before: "staging".to_owned() },
        Refusal::NoEvidence { version: None, before: "staging".to_owned() },
        barred("v3-broken"),
        barred("v3.1"),
        Refusal::AlreadyRunning { version: "v2".to_owned() },
        Refusal::NothingToGoBackTo,
        Refusal::Locked { owner: some("cy"), reason: "database work".to_owned(), expires_at: Some(NOW) },
        Refusal::Locked { owner: some("cy"), reason: "database work".to_owned(), expires_at: None },
        Refusal::Locked { owner: None, reason: "v2".to_owned(), expires_at: None },
        Refusal::Halted {
            owner: "cy".to_owned(),
            reason: "the payment provider is down".to_owned(),
            expires_at: Some(NOW),
        },
        Refusal::Halted { owner: "cy".to_owned(), reason: "the payment provider is down".to_owned(), expires_at: None },
        Refusal::NotHalted,
        Refusal::ReasonMissing,
        Refusal::AlreadyOverridden,
        Refusal::NotLocked,
        Refusal::WholeAppLocked { owner: "cy".to_owned() },
        Refusal::OwnLock,
        Refusal::LockQueueFull { owner: "ada".to_owned(), count: 10 },
        Refusal::Reserved { owner: "cy".to_owned(), until_at: NOW },
        Refusal::LockedByAnother { owner: some("cy") },
        Refusal::LockedByAnother { owner: None },
        Refusal::RollingBack,
        Refusal::EnvironmentGone,
        Refusal::NoSuchDeployment,
        Refusal::AlreadyClosed { outcome: Outcome::RolledBack },
        Refusal::StaleCard { pressed: 6, now: 7 },
        Refusal::WrongPhase { action: Action::Approve, phase: Phase::RollingOut },
        Refusal::NoSuchGate { gate: some("aproval"), waiting: gates() },
        Refusal::NoSuchGate { gate: None, waiting: Vec::new() },
        Refusal::WhichGate { waiting: gates() },
        Refusal::NotAskedYet { missing: vec!["soaked in staging".to_owned()] },
        Refusal::OwnRequest,
        Refusal::AlreadyApproved,
        Refusal::UnknownPerson { identity: "discord:user:20".to_owned() },
        Refusal::NoChecks,
        Refusal::NotQuarantined { version: "v2".to_owned(), barred: vec!["v3-broken".to_owned()] },
        Refusal::NotQuarantined { version: "v2".to_owned(), barred: Vec::new() },
    ]
}

/// A no of the service with arguments as it would pass them.
fn service_no(code: &str, arguments: &[&str]) -> No {
    let sample = |name: &str| match name {
        "typed" => "deplyo",
        "near" => "yes",
        "nearest" | "command" => "deploy",
        "argument" => "environment",
        "extra" => "please",
        "app" => "hello",
        "known" if code.ends_with("_app") => "hello, shop",
        "known" if code.ends_with("_button") => "Approve, Abort",
        "known" => "staging, production",
        "environment" => "stagin",
        "action" => "approve",
        "image" => "registry.fly.io/hello:latest",
        "version" => "v 2",
        "label" => "Aprove",
        "next" => "production",
        "count" => "2",
        _ => "disk full",
    };
    arguments.iter().fold(No::new(code), |no, name| no.with(name, sample(name)))
}

#[test]
fn every_refusal_says_what_happened_and_what_to_do() {
    let all = every_no();
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        let said: Vec<String> = all.iter().map(|no| text(&card::no(no, &words), &words)).collect();
        for text in &said {
            assert!(!text.contains("{$") && !text.contains("refusal-"), "an argument or a message is missing: {text}");
        }
        keep(&format!("refusals_{language}"), &said.join("\n"));
    }
}

#[test]
fn every_refusal_of_the_core_is_among_those() {
    let shown: std::collections::BTreeSet<&str> = refusals().iter().map(Refusal::code).collect();
    let source = std::fs::read_to_string("src/domain/refusal.rs").expect("the refusals");
    let codes = source.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    for code in codes {
        assert!(shown.contains(code), "{code} is not among the refusals that are shown");
    }
}

#[test]
fn no_page_shows_a_key_or_a_hole() {
    for language in LANGUAGES {
        let words = Words::new(language).here("Asia/Tokyo", NOW);
        for (name, answer) in answers() {
            let text = text(&card::answer(&answer, &words), &words);
            assert!(!text.contains("{$"), "{name}: {text}");
        }
        for (name, view) in every() {
            let text = text(&card::deployment(&view, &words), &words);
            assert!(!text.contains("{$"), "{name}: {text}");
        }
    }
}

#[test]
fn ten_apps_fit_on_a_screen_and_nothing_that_matters_is_left_out() {
    for language in LANGUAGES {
        let words = super::here(language);
        for answer in [ten_apps(), history_of_ten()] {
            let said = text(&card::answer(&answer, &words), &words);
            assert!(said.lines().count() <= SCREEN, "{language}: {said}");
            assert!(APPS.iter().all(|app| said.contains(app)), "{language}: {said}");
        }
    }
}
