//! The command table and its parser: forgiving where one thing can be meant, and a no with the real names where not.

use insta::assert_snapshot;
use shipgate::card;
use shipgate::command::{ALL, AppNames, Command, Names, TABLE, nearest, parse, span, without_reason};
use shipgate::domain::{Action, Span};
use shipgate::view::{Answer, No};
use shipgate::words::Words;

fn one_app() -> Names {
    names(&[("hello", &["staging", "production"])])
}

fn two_apps() -> Names {
    names(&[("hello", &["staging", "production"]), ("shop", &["test", "production"])])
}

fn names(apps: &[(&str, &[&str])]) -> Names {
    let app = |(name, environments): &(&str, &[&str])| AppNames {
        name: (*name).to_owned(),
        environments: environments.iter().map(|e| (*e).to_owned()).collect(),
    };
    Names { apps: apps.iter().map(app).collect() }
}

#[track_caller]
fn read(line: &str) -> Command {
    parse(line, &one_app()).unwrap_or_else(|no| panic!("{line}: {no:?}"))
}

/// The no to a line, as a person reads it.
#[track_caller]
fn refused(line: &str, names: &Names) -> String {
    let no = parse(line, names).expect_err(line);
    said(&no)
}

fn said(no: &No) -> String {
    let card = card::no(no, &Words::new("en"));
    let next = card.rows.iter().map(|row| match row {
        card::Row::Text { text } => text.clone(),
        other => format!("{other:?}"),
    });
    format!("{} {} ({})", card.title, next.collect::<String>(), card.footer)
}

fn deploy(version: Option<&str>, app: Option<&str>, again: bool) -> Command {
    Command::Deploy {
        environment: "staging".to_owned(),
        version: version.map(str::to_owned),
        app: app.map(str::to_owned),
        reason: None,
        again,
    }
}

fn rollback(version: Option<&str>, reason: Option<&str>) -> Command {
    Command::Rollback {
        environment: "production".to_owned(),
        version: version.map(str::to_owned),
        app: None,
        reason: reason.map(str::to_owned),
    }
}

fn decide(action: Action, gate: Option<&str>, environment: Option<&str>, reason: Option<&str>) -> Command {
    Command::Decide {
        action,
        gate: gate.map(str::to_owned),
        environment: environment.map(str::to_owned),
        app: None,
        reason: reason.map(str::to_owned),
        lasting: None,
    }
}

#[test]
fn a_deploy_is_read_in_any_order_with_or_without_its_slash() {
    assert_eq!(read("/deploy staging"), deploy(None, None, false));
    assert_eq!(read("deploy staging v2"), deploy(Some("v2"), None, false));
    assert_eq!(read("  /DEPLOY  Staging   v2 hello "), deploy(Some("v2"), Some("hello"), false));
    assert_eq!(read("/deploy staging hello"), deploy(None, Some("hello"), false));
    assert_eq!(read("/deploy v2 staging"), deploy(Some("v2"), None, false));
    assert_eq!(read("/deploy hello staging latest again"), deploy(Some("latest"), Some("hello"), true));
    assert_eq!(read("/deploy staging \"v2\""), deploy(Some("v2"), None, false));
}

#[test]
fn a_promote_needs_nothing_and_takes_anything() {
    let promote = |environment: Option<&str>, version: Option<&str>, again| Command::Promote {
        environment: environment.map(str::to_owned),
        version: version.map(str::to_owned),
        app: None,
        reason: None,
        again,
    };
    assert_eq!(read("/promote"), promote(None, None, false));
    assert_eq!(read("/promote production"), promote(Some("production"), None, false));
    assert_eq!(read("/promote v2"), promote(None, Some("v2"), false));
    assert_eq!(read("/promote v2 production again"), promote(Some("production"), Some("v2"), true));
}

#[test]
fn what_remains_of_a_rollback_is_the_reason() {
    assert_eq!(read("/rollback production"), rollback(None, None));
    assert_eq!(read("/rollback production v1"), rollback(Some("v1"), None));
    assert_eq!(read("/rollback production v1 because of errors"), rollback(Some("v1"), Some("because of errors")));
    assert_eq!(read("/rollback production it's slow"), rollback(None, Some("it's slow")));
    assert_eq!(read("/rollback production found-aabbccdd"), rollback(Some("found-aabbccdd"), None));
    assert_eq!(read("/rollback production \"500 errors\""), rollback(None, Some("500 errors")));
    assert_eq!(read("/rollback production v1 staging was fine"), rollback(Some("v1"), Some("staging was fine")));
    assert_eq!(read("/rollback production v1 「遅い 応答」"), rollback(Some("v1"), Some("遅い 応答")));
}

#[test]
fn decisions_name_what_they_are_about_as_far_as_they_must() {
    assert_eq!(read("/approve"), decide(Action::Approve, None, None, None));
    assert_eq!(read("/approve production"), decide(Action::Approve, None, Some("production"), None));
    assert_eq!(read("/approve second pair of eyes"), decide(Action::Approve, Some("second pair of eyes"), None, None));
    assert_eq!(
        read("/confirm production release notes written"),
        decide(Action::Confirm, Some("release notes written"), Some("production"), None)
    );
    assert_eq!(
        read("/confirm \"checked in staging\" production"),
        decide(Action::Confirm, Some("checked in staging"), Some("production"), None)
    );
    assert_eq!(read("/reject too risky now"), decide(Action::Reject, None, None, Some("too risky now")));
    assert_eq!(read("/abort staging"), decide(Action::Abort, None, Some("staging"), None));
}

#[test]
fn a_snooze_may_say_how_long() {
    let snooze = |environment: Option<&str>, app: Option<&str>, lasting| Command::Decide {
        action: Action::Snooze,
        gate: None,
        environment: environment.map(str::to_owned),
        app: app.map(str::to_owned),
        reason: None,
        lasting,
    };
    assert_eq!(read("/snooze"), snooze(None, None, None));
    assert_eq!(read("/snooze for 2h"), snooze(None, None, Some(Span::hours(2))));
    assert_eq!(read("/snooze 2h"), snooze(None, None, Some(Span::hours(2))));
    assert_eq!(
        read("/snooze production hello for 90s"),
        snooze(Some("production"), Some("hello"), Some(Span::seconds(90)))
    );
}

#[test]
fn a_lock_has_a_reason_and_may_have_an_end() {
    let lock = |reason: &str, lasting| Command::Lock {
        environment: "production".to_owned(),
        app: None,
        reason: reason.to_owned(),
        lasting,
        next: false,
    };
    assert_eq!(read("/lock production database work"), lock("database work", None));
    assert_eq!(read("/lock production database work for 2h"), lock("database work", Some(Span::hours(2))));
    assert_eq!(read("/lock production waiting for bob"), lock("waiting for bob", None));
    let Command::Lock { environment, next: true, .. } = read("/lock all database work for 2h next") else {
        panic!("the whole app, or next")
    };
    assert_eq!(environment, ALL);
    assert_eq!(read("/lock production \"wait for 2h\""), lock("wait for 2h", None));
    assert_eq!(read("/lock 2h production database work"), lock("database work", Some(Span::hours(2))));
    assert_eq!(read("/lock production for 2h database work"), lock("database work", Some(Span::hours(2))));
    assert_eq!(read("/lock production wait 2h"), lock("wait 2h", None));
}

#[test]
fn next_at_the_end_of_a_lock_is_no_reason() {
    let elsewhere = names(&[("hello", &["next", "production"])]);
    // What is typed, the place that is meant, whether to be next, and for how long.
    for (line, place, next, lasting) in [
        ("/lock production next", "production", true, None),
        ("/lock production NEXT", "production", true, None),
        ("/lock hello production next", "production", true, None),
        ("/lock all next", ALL, true, None),
        ("/lock production for 2h next", "production", true, Some(Span::hours(2))),
        ("/lock production next for 2h", "production", true, Some(Span::hours(2))),
        ("/lock next", "next", false, None),
        ("/lock hello next", "next", false, None),
        ("/lock next for 2h", "next", false, Some(Span::hours(2))),
        ("/lock next next", "next", true, None),
    ] {
        let known = if place == "next" { &elsewhere } else { &one_app() };
        let (_, given) = without_reason(line, known).unwrap_or_else(|| panic!("{line}: it lacks more than a reason"));
        let read = (given.environment.as_deref(), given.reason.as_deref(), given.next, given.lasting);
        assert_eq!(read, (Some(place), None, next, lasting), "{line}");
        assert_eq!(parse(line, known).expect_err(line).code, "reason_missing", "{line}");
    }
}

#[test]
fn beside_a_reason_next_stands_on_either_side_of_how_long() {
    let lock = |reason: &str, lasting, next| Command::Lock {
        environment: "production".to_owned(),
        app: None,
        reason: reason.to_owned(),
        lasting,
        next,
    };
    let long = Some(Span::hours(2));
    assert_eq!(read("/lock production database work next"), lock("database work", None, true));
    assert_eq!(read("/lock production database work for 2h next"), lock("database work", long, true));
    assert_eq!(read("/lock production database work next for 2h"), lock("database work", long, true));
    assert_eq!(read("/lock production next week's release"), lock("next week's release", None, false));
    assert_eq!(read("/lock production \"next\""), lock("next", None, false));
    assert_eq!(read("/lock production next next"), lock("next", None, true));
}

#[test]
fn the_rest_is_read_too() {
    let release = Command::Release {
        version: "v5".to_owned(),
        image: "r/hello@sha256:00".to_owned(),
        app: None,
        commit: None,
        notes: None,
        one_way: false,
    };
    assert_eq!(read("/release v5 r/hello@sha256:00"), release);
    assert_eq!(read("/status"), Command::Status { app: None });
    assert_eq!(read("/history"), Command::History { environment: None, app: None });
    assert_eq!(read("/help /deploy"), Command::Help { command: Some("deploy".to_owned()) });
    let lifted =
        Command::Unquarantine { version: "v3".to_owned(), app: None, reason: Some("it was the database".to_owned()) };
    assert_eq!(read("/unquarantine v3 it was the database"), lifted);
    let unlock = Command::Unlock { environment: "production".to_owned(), app: Some("shop".to_owned()) };
    assert_eq!(parse("/unlock shop production", &two_apps()), Ok(unlock));
}

#[test]
fn a_no_names_what_is_real() {
    let lines = [
        "/deplyo staging",
        "/roll production",
        "/xyzzy",
        "",
        "/deploy",
        "/deploy v2",
        "/deploy stagin v2",
        "/promote prod",
        "/deploy staging v2 helo",
        "/deploy staging v2 hello and more",
        "/smoke staging please",
        "/lock production",
        "/lock production next",
        "/lock next",
        "/unquarantine v3",
        "/release v5",
    ];
    let mut said: Vec<String> = lines.iter().map(|line| format!("{line}\n  {}", refused(line, &one_app()))).collect();
    let elsewhere = "/deploy staging shop";
    said.push(format!("{elsewhere}\n  {}", refused(elsewhere, &two_apps())));
    assert_snapshot!(said.join("\n"));
}

#[test]
fn an_environment_is_the_one_of_the_app_that_is_named_whatever_its_capitals() {
    let both = names(&[("web", &["Staging", "Production"]), ("db", &["staging", "production"])]);
    for (line, app, environment) in [
        ("/deploy production db", "db", "production"),
        ("/deploy db production", "db", "production"),
        ("/deploy PRODUCTION db", "db", "production"),
        ("/deploy production web", "web", "Production"),
        ("/deploy Production db", "db", "production"),
    ] {
        let Ok(Command::Deploy { environment: found, app: Some(named), .. }) = parse(line, &both) else {
            panic!("{line} is no deployment");
        };
        assert_eq!((named.as_str(), found.as_str()), (app, environment), "{line}");
    }
    let twice = names(&[("hello", &["production", "Production"])]);
    for name in ["production", "Production"] {
        let line = format!("/deploy {name}");
        assert!(
            matches!(parse(&line, &twice), Ok(Command::Deploy { environment, .. }) if environment == name),
            "{line}"
        );
    }
    assert_snapshot!(refused("/deploy nope db", &both), @"There is no environment “nope” in db. The environments: staging, production. (code for questions about this: unknown_environment)");
    assert_snapshot!(refused("/deploy nope", &both), @"There is no environment “nope” in web, db. The environments: Staging, Production, staging, production. (code for questions about this: unknown_environment)");
}

#[test]
fn lengths_of_time_are_read() {
    assert_eq!(span("5s"), Some(Span::seconds(5)));
    assert_eq!(span("1h30m"), Some(Span::minutes(90)));
    assert_eq!(span("200ms"), Some(Span(200)));
    for nonsense in ["", "5", "h", "5x", "-5s", "99999999999999999999d", "9223372036854775807d"] {
        assert_eq!(span(nonsense), None, "{nonsense}");
    }
}

#[test]
fn every_command_is_near_to_itself_and_has_help() {
    let words = Words::new("en");
    for spec in &TABLE {
        assert_eq!(nearest(spec.name), Some(spec.name));
        let card = card::answer(&Answer::Help(Some(spec.name.to_owned())), &words);
        assert!(card.title.starts_with(&format!("/{}", spec.name)), "{}", card.title);
        let example = words.get(&format!("command-{}-example", spec.name));
        let read =
            parse(&example.replace("v5 registry.fly.io/hello@sha256:0f3a… (64 digits)", "v5 r@sha256:0"), &one_app());
        assert!(read.is_ok(), "{example}: {read:?}");
    }
}

#[test]
fn nothing_that_is_typed_panics() {
    for line in
        ["\"", "'", "/", "/ /", "/help \u{202e}", "「」", "/deploy \"staging", "/lock production for 2h", "/confirm"]
    {
        let _read = parse(line, &two_apps());
    }
}
