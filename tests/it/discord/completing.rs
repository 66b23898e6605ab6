//! What is offered to somebody who types: versions and gates, and apps where there are many.

use insta::assert_snapshot;
use serde_json::{Value, json};
use shipgate::clock::{self, Clock as _, Span, SystemClock};
use shipgate::command::Command;
use shipgate::service::Speaker;
use shipgate::sim::demo_releases;

use super::over_either;
use super::registering::{option, values as choices};
use crate::world::World;
use crate::world::discord::Kind;
use crate::world::setup::{APPROVAL, ITEMS, Setup, minutes};

async fn world(production: &str) -> World {
    World::of(Setup::production(production).machines(1, 1).instantly().on_discord("gateway")).await
}

/// So many apps, none of which has a release.
async fn many_apps(count: usize, mode: &str) -> World {
    let mut w = World::that_does_not_run(Setup::apps(count).on_discord(mode)).await;
    w.starts_again().await;
    w.discord_is_ready().await;
    w
}

/// Releases more, as the pipeline registers them.
async fn registers(w: &World, numbers: std::ops::RangeInclusive<u32>, notes: &str) {
    let speaker = Speaker { identity: "api:ci".to_owned(), name: "ci".to_owned(), also: Vec::new(), unsure: false };
    for number in numbers {
        let (version, notes) = (format!("v1.{number}"), Some(notes.to_owned()));
        let image = format!("registry.fly.io/hello@sha256:{number:064x}");
        let command = Command::Release { version, image, app: None, commit: None, notes, one_way: false };
        w.program().app.service().handle(&speaker, &command).await.expect("a new release");
    }
}

/// The versions that are offered.
async fn values(w: &mut World, line: &str) -> Vec<String> {
    let offered = w.is_offered("ada", line, "version").await;
    offered.lines().filter_map(|shown| shown.split(" · ").next()).map(str::to_owned).collect()
}

#[tokio::test]
async fn versions_come_newest_first_with_what_one_recognises_them_by() {
    let mut w = world("").await;
    w.types("ada", "/deploy environment:staging version:v2").await;
    w.until("v2 → staging · Succeeded").await;
    w.pass(minutes(90)).await;
    registers(&w, 7..=7, "Pay by invoice\n\nand much more below the first line").await;
    assert_snapshot!(w.is_offered("ada", "/deploy environment:staging", "version").await, @r"
    v1.7 · 0 s ago · Pay by invoice
    v2 · runs in staging · 1 h 30 min ago · d7c2c80
    v4-late · 1 h 30 min ago · b1e2e0e
    v3-broken · 1 h 30 min ago · b62c9a8
    v3-slow · 1 h 30 min ago · 161f578
    v1 · runs in production · 1 h 30 min ago · 7bf6161
    ");
    let asked = w.discord().person("ada").locale("ja").completes("/promote", "version");
    assert_snapshot!(w.hears(&asked).await, @r"
    v1.7 · 0秒前 · Pay by invoice
    v2 · staging で稼働中 · 1時間30分前 · d7c2c80
    v4-late · 1時間30分前 · b1e2e0e
    v3-broken · 1時間30分前 · b62c9a8
    v3-slow · 1時間30分前 · 161f578
    v1 · production で稼働中 · 1時間30分前 · 7bf6161
    ");
    let values: Vec<_> = asked.answer().expect("an answer").choices.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, ["v1.7", "v2", "v4-late", "v3-broken", "v3-slow", "v1"].map(|version| json!(version)));
}

#[tokio::test]
async fn what_is_typed_filters() {
    let mut w = world("").await;
    registers(&w, 7..=7, "Pay by invoice").await;
    assert_snapshot!(w.is_offered("ada", "/deploy environment:staging version:V3", "version").await, @r"
    v3-broken · 3 s ago · b62c9a8
    v3-slow · 4 s ago · 161f578
    ");
    assert_snapshot!(w.is_offered("ada", "/deploy environment:staging version:invoice", "version").await, @"v1.7 · 0 s ago · Pay by invoice");
    assert_snapshot!(w.is_offered("ada", "/deploy environment:staging version:production", "version").await, @"v1 · runs in staging, production · 5 s ago · 7bf6161");
    assert_eq!(w.is_offered("ada", "/deploy environment:staging version:nothing", "version").await, "");
}

#[tokio::test]
async fn only_what_was_good_there_can_be_gone_back_to_and_only_what_is_barred_let_out() {
    let mut w = world("").await;
    w.types("ada", "/deploy environment:staging version:v2").await;
    w.until("v2 → staging · Succeeded").await;
    assert_eq!(w.is_offered("ada", "/unquarantine", "version").await, "");
    w.types("ada", "/deploy environment:staging version:v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    assert_eq!(values(&mut w, "/rollback environment:staging").await, ["v2", "v1"]);
    assert_eq!(values(&mut w, "/rollback environment:production").await, [""; 0]);
    w.types("ada", "/rollback environment:staging").await;
    w.until("back to v2 in staging · Succeeded").await;
    assert_eq!(values(&mut w, "/unquarantine").await, ["v4-late"]);
    assert_eq!(values(&mut w, "/rollback environment:staging").await, ["v1"]);
}

#[tokio::test]
async fn gates_that_wait_are_offered_and_no_other() {
    let mut w = world(&format!("{APPROVAL}{ITEMS}")).await;
    assert_eq!(w.is_offered("bob", "/confirm", "gate").await, "");
    w.is_staged_on_discord().await;
    w.types("ada", "/promote").await;
    w.until("v2 → production · Waiting for people").await;
    assert_eq!(w.is_offered("bob", "/approve", "gate").await, "approval");
    assert_eq!(w.is_offered("bob", "/confirm environment:production", "gate").await, "notes written\nsupport informed");
    assert_eq!(w.is_offered("bob", "/confirm environment:staging", "gate").await, "");
    assert_eq!(w.is_offered("bob", "/confirm gate:SUPP", "gate").await, "support informed");
    w.types("bob", "/confirm gate:support informed").await;
    assert_eq!(w.is_offered("bob", "/confirm", "gate").await, "notes written");
}

#[tokio::test]
async fn with_a_thousand_releases_the_one_that_is_typed_is_offered_and_they_are_read_once() {
    let mut w = world("").await;
    registers(&w, 1..=995, &"a long story of what is in it ".repeat(20)).await;
    let asked = w.discord().person("ada").locale("ja").completes("/deploy environment:staging", "version");
    w.hears(&asked).await;
    let answer = asked.answer().expect("an answer");
    assert_eq!((answer.kind, answer.choices.len()), (Kind::Choices, 25));
    assert!(answer.offered().iter().all(|name| name.chars().count() <= 100), "{:?}", answer.offered());
    assert!(answer.choices[0].1 == "v1.995" && answer.choices[24].1 == "v1.971", "{:?}", answer.offered());
    w.spoils_the_releases(true).await;
    for typed in ["v1.2", "v1.29", "v4-late"] {
        let offered = w.is_offered("ada", &format!("/deploy environment:staging version:{typed}"), "version").await;
        assert!(offered.starts_with(&format!("{typed} · ")), "{typed}: {offered}");
    }
}

#[tokio::test]
async fn more_apps_than_choices_are_completed_over_either_way_in() {
    let told = over_either(async |mode| {
        let mut w = many_apps(26, mode).await;
        let image = demo_releases().into_iter().find(|release| release.version == "v2").expect("v2").image;
        w.types("ada", &format!("/release version:v2 image:{image} app:app-25")).await;
        let known = option(&w, "deploy", "app");
        assert_eq!((&known["autocomplete"], choices(&known).len()), (&Value::Bool(true), 0));
        let all = w.is_offered("ada", "/deploy environment:staging", "app").await;
        assert_eq!(all.lines().collect::<Vec<_>>(), (0..25).map(|n| format!("app-{n}")).collect::<Vec<_>>());
        let mut told = Vec::new();
        for typed in ["P-25", "app-2", "shop"] {
            let offered = w.is_offered("ada", &format!("/deploy environment:staging app:{typed}"), "app").await;
            let offered = if offered.is_empty() { "nothing".to_owned() } else { offered.replace('\n', " ") };
            told.push(format!("{typed}? {offered}"));
        }
        let line = "/deploy environment:staging app:app-25";
        told.push(format!("{line} version? {}", w.is_offered("ada", line, "version").await));
        told.push(w.types("ada", line).await);
        w.until("app-25 v2 → staging · Succeeded").await;
        for line in ["/status app:app-25", "/deploy environment:staging app:shop", "/deploy environment:staging"] {
            told.push(w.types("ada", line).await);
        }
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @"
    P-25? app-25
    app-2? app-2 app-20 app-21 app-22 app-23 app-24 app-25
    shop? nothing
    /deploy environment:staging app:app-25 version? v2 · 0 s ago
    shipgate to ada (private)
      | **On its way: v2 to staging** #95a5a6
      | Asking what runs in staging now. Nothing is touched yet.

    shipgate to ada (private)
      | **Status of app-25** #95a5a6
      | **staging**
      | **Runs** v2 · since ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | **production**
      | **Runs** found-d461299c

    shipgate to ada (private)
      | **There is no app “shop”.** #e67e22
      | The apps: app-0, app-1, app-2, app-3, app-4, app-5, app-6, app-7, app-8, app-9, app-10, app-11, app-12, app-13, app-14, app-15, app-16, app-17, app-18, app-19, app-20, app-21, app-22, app-23, app-24, app-25.
      | _ code for questions about this: unknown_app

    shipgate to ada (private)
      | **There are several apps. Which one do you mean?** #e67e22
      | Choose one in the field `app`: app-0, app-1, app-2, app-3, app-4, app-5, app-6, app-7, app-8, app-9, app-10, app-11, app-12, app-13, app-14, app-15, app-16, app-17, app-18, app-19, app-20, app-21, app-22, app-23, app-24, app-25.
      | _ code for questions about this: which_app
    ");
}

#[tokio::test]
async fn twenty_five_apps_are_choices_still() {
    let w = many_apps(25, "gateway").await;
    assert_eq!(choices(&option(&w, "status", "app")).len(), 25);
}

/// What is offered to somebody whose client stops waiting after 3 seconds, once this much time has passed.
async fn offered_after(w: &World, waits: Span) -> Vec<String> {
    let asked = w.discord().person("ada").completes("/deploy environment:staging", "version");
    if waits > Span(0) {
        let then = w.clock.now().plus(waits);
        let awaits = w.clock.until(|clock| clock.is_awaited(then));
        let awaited = clock::timeout(&*SystemClock::real(), Span::seconds(30), awaits).await;
        assert!(awaited.is_some(), "nobody waits until {waits:?} are over");
        w.clock.advance_to(then);
    }
    w.discord().until("what is offered", |_| asked.answer().is_some()).await;
    assert_eq!(asked.acked_after(), Some(waits));
    asked.answer().expect("an answer").offered().into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_waited_for_less_than_a_second() {
    for mode in ["gateway", "http"] {
        let w = World::of(Setup::production("").machines(1, 1).instantly().on_discord(mode)).await;
        let reads = w.holds_all_readers();
        assert_eq!(offered_after(&w, Span(800)).await, [""; 0], "{mode}");
        drop(reads);
        assert_eq!(offered_after(&w, Span(0)).await.len(), 5, "{mode}");
    }
}

#[tokio::test]
async fn somebody_who_writes_keeps_nobody_waiting_who_types() {
    for mode in ["gateway", "http"] {
        let w = World::of(Setup::production("").machines(1, 1).instantly().on_discord(mode)).await;
        let busy = w.holds_the_database().await;
        assert_eq!(offered_after(&w, Span(0)).await.len(), 5, "{mode}");
        busy.ends().await;
    }
}
