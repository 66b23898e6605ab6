//! Forms: why, and what was typed without it.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use insta::assert_snapshot;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use shipgate::clock::{Clock as _, Span};
use shipgate::command::{Kind, Spec, TABLE};

use super::{LANGUAGES, cards, over_either};
use crate::cards::strange::outside;
use crate::ways::keep;
use crate::world::World;
use crate::world::setup::{APPROVAL, Setup};
use crate::world::slack::{Fault, WARNINGS};

async fn waits_for_people(mode: &str) -> World {
    waits_for_people_who_read(mode, "en-US").await
}

async fn waits_for_people_who_read(mode: &str, locale: &'static str) -> World {
    let mut w = World::of(Setup::production(APPROVAL).on_slack(mode).instantly()).boxed_local().await;
    for name in ["ada", "bob"] {
        w.slack().person(name).reads(locale);
    }
    w.is_promoted_on_slack("Waiting for people").await;
    w
}

/// What opens a form.
#[derive(Clone, Copy, Debug)]
enum Opens {
    Typing(&'static str),
    Pressing(&'static str, &'static str),
}

/// Who opens which form, why, and how far it goes then.
const FORMS: [(&str, Opens, &str, &str); 7] = [
    ("bob", Opens::Typing("/lock production for 2h"), "the database & <more>", ""),
    ("bob", Opens::Typing("/halt for 2h"), "the provider is down", ""),
    ("bob", Opens::Pressing("v2 → production", "Reject"), "the sale is <on> & running", ""),
    ("bob", Opens::Typing("/override approval production"), "checkout is down", "v2 → production · Succeeded"),
    ("bob", Opens::Pressing("v2 → production", "Roll back"), "pages are blank", "back to v1 in production · Succeeded"),
    ("bob", Opens::Typing("/unquarantine v2"), "it was the proxy", ""),
    ("ada", Opens::Typing("/hotfix production v3-slow"), "checkout is down again", ""),
];

/// Every form, opened and sent: what is asked, and what is answered.
async fn fills_in_all(mode: &str, locale: &'static str) -> String {
    let mut w = waits_for_people_who_read(mode, locale).boxed_local().await;
    let mut told = Vec::new();
    for (name, opens, why, until) in FORMS {
        if matches!(opens, Opens::Typing(line) if line.starts_with("/override")) {
            w.on_slack("bob").types("/resume").await;
            w.on_slack("bob").types("/unlock production").await;
            w.on_slack("ada").types("/promote").await;
            w.until("v2 → production · Waiting for people").await;
            w.slack_catches_up().await;
        }
        let asked = match opens {
            Opens::Typing(line) => w.slack().person(name).types(line),
            Opens::Pressing(card, label) => w.reaches_on_slack(name, card, label),
        };
        let form = w.hears_on_slack(&asked).await;
        assert!(asked.form().is_some(), "{opens:?}: {form}");
        let said = w.submits_on_slack(name, &asked, &[("reason", why)]).await;
        assert!(said.starts_with(&format!("shipgate to {name} (private)\n")), "{opens:?}: {said}");
        told.push(format!("> {name}: {opens:?}\n{form}> {why}\n{said}"));
        if !until.is_empty() {
            w.until(until).await;
        }
        w.slack_catches_up().await;
    }
    assert_eq!(w.slack().violations(), [""; 0]);
    told.push(cards(&w).join("\n"));
    told.join("\n")
}

#[tokio::test]
async fn every_form_asks_why_over_either_way_in_and_in_the_language_of_who_is_asked() {
    for (language, locale) in LANGUAGES {
        let told = over_either(async |mode| fills_in_all(mode, locale).await).await;
        keep(&format!("slack_forms_{language}"), &told);
    }
}

#[test]
fn no_command_that_takes_a_reason_is_left_out() {
    let asks = |spec: &&Spec| spec.arguments.iter().any(|argument| argument.kind == Kind::Reason && argument.required);
    let must: BTreeSet<&str> = TABLE.iter().filter(asks).map(|spec| spec.name).collect();
    let line = |opens| if let Opens::Typing(line) = opens { Some(line) } else { None };
    let lines = FORMS.iter().filter_map(|(_, opens, ..)| line(*opens));
    let typed: BTreeSet<&str> = lines.filter_map(|line: &str| line[1..].split(' ').next()).collect();
    assert_eq!(typed, must);
}

#[tokio::test]
async fn a_no_that_is_typed_without_its_reason_is_asked_for_it_too() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode).await;
        let asked = w.slack().person("bob").types("/reject production");
        let form = w.hears_on_slack(&asked).await;
        format!("{form}{}", w.submits_on_slack("bob", &asked, &[("reason", "not on a monday")]).await)
    })
    .await;
    assert_snapshot!(told, @"
    form `/reject`
      environment (optional): production
      Why?:
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.
    ");
}

#[tokio::test]
async fn whatever_is_typed_a_form_is_one_that_slack_takes() {
    let mut w = waits_for_people("socket").await;
    let long = "v".repeat(64);
    let image = shipgate::sim::demo_releases().into_iter().find(|release| release.version == "v1").expect("v1").image;
    w.on_slack("ada").types(&format!("/release {long} {image}")).await;
    let mut runner = TestRunner::deterministic();
    let mut lines = vec![format!("/hotfix production {long}"), "/lock production for 1h".to_owned()];
    for _ in 0..25 {
        let text = outside().new_tree(&mut runner).expect("a text").current();
        lines.push(format!("/override \"{text}\" production"));
        lines.push(format!("/hotfix production \"{text}\""));
        lines.push(format!("/unquarantine \"{text}\""));
    }
    let mut opened = 0;
    for line in lines {
        let asked = w.slack().person("bob").types(&line);
        w.hears_on_slack(&asked).await;
        opened += usize::from(asked.form().is_some());
    }
    assert!(opened > 30, "{opened} forms were opened");
    assert_eq!(w.slack().violations(), [""; 0]);
}

#[tokio::test]
async fn a_title_that_is_too_long_stands_in_the_form() {
    let mut w = World::of(Setup::production("").on_slack("socket").instantly()).await;
    let long = format!("v1.2.3-{}", "x".repeat(40));
    let image = shipgate::sim::demo_releases().into_iter().find(|release| release.version == "v2").expect("v2").image;
    w.on_slack("ada").types(&format!("/release {long} {image}")).await;
    w.on_slack("ada").types(&format!("/deploy staging {long}")).await;
    w.until(&format!("{long} → staging · Succeeded")).await;
    w.on_slack("ada").types("/deploy staging v4-late").await;
    w.until("v4-late → staging · Succeeded").await;
    w.slack_catches_up().await;
    assert_snapshot!(w.on_slack("bob").presses("v4-late → staging", "Roll back").await, @"
    form `Shipgate`
      *Roll back to v1.2.3-xxxxxxxxxxxxxxxxx…*
      Why? (optional):
      [Cancel] [Send]
    ");
    assert_eq!(w.slack().violations(), [""; 0]);
}

#[tokio::test]
async fn going_back_does_not_wait_for_words() {
    let mut w = waits_for_people("socket").await;
    w.on_slack("bob").presses("v2 → production", "Approve").await;
    w.until("v2 → production · Succeeded").await;
    w.slack_catches_up().await;
    assert_snapshot!(w.on_slack("bob").presses_because("v2 → production", "Roll back", "").await, @"
    form `Roll back to v1`
      Why? (optional):
      [Cancel] [Send]
    shipgate to bob (private)
      # ⚪ On its way: v1 to production
      Asking what runs in production now. Nothing is touched yet.
    ");
}

#[tokio::test]
async fn a_command_without_its_reason_opens_a_form_with_what_was_typed() {
    let mut w = waits_for_people("socket").await;
    let asked = w.slack().person("ada").types("/lock production for 2h");
    assert_snapshot!(w.hears_on_slack(&asked).await, @"
    form `/lock`
      environment: production
      lasting (optional): 2h
      Why?:
      [Cancel] [Send]
    ");
    let wrong = w.submits_on_slack("ada", &asked, &[("lasting", "a while"), ("reason", "database work")]).await;
    assert_snapshot!(wrong, @r#"
    wrong in the form: {"lasting":"“a while” is not a length of time.\nWrite it like 30s, 5m, 2h or 1h30m."}
    "#);
    assert_snapshot!(w.submits_on_slack("ada", &asked, &[("reason", "database work")]).await, @"
    shipgate to ada (private)
      # 🟢 production of hello is locked
      Only ada can start anything there. Rolling back always works.
      *Reason* database work
      *Locked* by ada at ··:·· Mon 23 Nov, Asia/Tokyo
      ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, <!date^…>
    ");
}

#[tokio::test]
async fn what_was_said_yes_to_is_kept_while_a_form_asks_why() {
    let mut w = World::of(Setup::production(APPROVAL).on_slack("socket").instantly()).await;
    w.on_slack("bob").types("/lock production database work").await;
    let form = w.slack().person("ada").types("/lock production next");
    assert_snapshot!(w.hears_on_slack(&form).await, @"
    form `/lock next`
      environment: production
      Why?:
      [Cancel] [Send]
    ");
    let form = w.slack().person("ada").types("/lock production for 2h next");
    assert_snapshot!(w.hears_on_slack(&form).await, @"
    form `/lock next`
      environment: production
      lasting (optional): 2h
      Why?:
      [Cancel] [Send]
    ");
    assert_snapshot!(w.submits_on_slack("ada", &form, &[("reason", "the load test")]).await, @"
    shipgate to ada (private)
      # 🟢 You are next. You are told when it is free, and it is kept for you for 10 minutes then.
      Only bob can start anything there. Rolling back always works.
      *Reason* database work
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      *Next* ada
      It holds until somebody unlocks it.
    ");
    let form = w.slack().person("ada").types("/lock production for 2h");
    w.hears_on_slack(&form).await;
    let said = w.submits_on_slack("ada", &form, &[("reason", "the load test")]).await;
    assert!(said.contains("code for questions about this: locked"), "{said}");
}

#[tokio::test]
async fn what_is_wrong_in_a_form_is_said_in_it_though_nothing_can_be_written() {
    let mut w = World::of(Setup::production(APPROVAL).on_slack("http").instantly()).await;
    w.expects(crate::world::Expected::Errors(""));
    let form = w.slack().person("ada").types("/lock production");
    assert!(w.hears_on_slack(&form).await.contains("form"));
    let busy = w.holds_the_database().await;
    let sent = w.slack().person("ada").submits(&form, &[("environment", "nowhere"), ("reason", "work")]);
    w.slack().until("an acknowledgement", |_| sent.acked_after().is_some()).await;
    let said = sent.errors().expect("what is wrong, in the form").to_string();
    assert!(said.contains("There is no environment “nowhere” in hello."), "{said}");
    busy.ends().await;
    w.settle().await;
}

#[tokio::test]
async fn where_no_form_can_be_opened_people_are_told_what_is_missing() {
    let mut w = waits_for_people("socket").await;
    w.slack().fails(1, "views.open", Fault::Limited(20));
    w.slack().always_fails("views.open", Fault::Says("expired_trigger_id"));
    assert_snapshot!(w.on_slack("ada").types("/lock production").await, @"
    shipgate to ada (private)
      # 🟠 A reason is missing.
      Write it at the end of the line: others will read it.
      _ code for questions about this: reason_missing
    ");
    assert_snapshot!(w.on_slack("bob").presses("v2 → production", "Reject").await, @"
    shipgate to bob (private)
      # 🟠 Slack did not open the form for the reason. Nothing was done.
      Press it again, or type the command with the reason: `/help` lists them all.
      _ code for questions about this: form_not_opened
    ");
}

#[tokio::test]
async fn where_slack_hangs_over_a_form_people_are_told_in_time() {
    let told = over_either(async |mode| {
        let mut w = waits_for_people(mode).await;
        w.slack().always_fails("views.open", Fault::Deaf);
        let asked = w.reaches_on_slack("bob", "v2 → production", "Reject");
        // Slack must hear that it came, and cannot open the form any more.
        let ends = [Span(1_500), Span::seconds(3)].map(|span| w.clock.now().plus(span));
        w.clock.until(|clock| ends.iter().all(|end| clock.is_awaited(*end))).await;
        w.clock.advance(Span(1_500));
        w.slack().until("an acknowledgement", |_| asked.acked_after().is_some()).await;
        w.clock.advance(Span(1_500));
        w.slack().until("an answer", |_| !asked.said().is_empty()).await;
        assert_eq!(asked.acked_after(), Some(Span(1_500)));
        w.slack().works_again();
        w.hears_on_slack(&asked).await
    })
    .await;
    assert!(told.contains("form_not_opened"), "{told}");
}

#[tokio::test]
async fn who_types_where_the_bot_is_not_is_answered_also_by_way_of_a_form() {
    let told = over_either(async |mode| {
        let mut w = World::of(Setup::production(APPROVAL).on_slack(mode).instantly()).boxed_local().await;
        w.slack().throws_out(WARNINGS);
        let bob = w.slack().person("bob").in_channel(WARNINGS);
        let typed = bob.types("/lock staging tests");
        let mut told = w.hears_on_slack(&typed).await;
        let form = bob.types("/lock production for 2h");
        told += &w.hears_on_slack(&form).await;
        let sent = bob.submits(&form, &[("reason", "database work")]);
        told += &w.hears_on_slack(&sent).await;
        assert_eq!(w.slack().calls_of("chat.postEphemeral").len(), 0);
        told
    })
    .await;
    assert_snapshot!(told, @"
    shipgate to bob (private)
      # 🟢 staging of hello is locked
      Only bob can start anything there. Rolling back always works.
      *Reason* tests
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      It holds until somebody unlocks it.
    form `/lock`
      environment: production
      lasting (optional): 2h
      Why?:
      [Cancel] [Send]
    shipgate to bob (private)
      # 🟢 production of hello is locked
      Only bob can start anything there. Rolling back always works.
      *Reason* database work
      *Locked* by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, <!date^…>
    ");
}

#[tokio::test]
async fn a_form_that_was_sent_when_its_address_has_expired_is_answered_beside_it() {
    let mut w = waits_for_people("socket").await;
    let form = w.slack().person("bob").types("/lock staging");
    w.hears_on_slack(&form).await;
    w.pass(Span::minutes(31)).await;
    let said = w.submits_on_slack("bob", &form, &[("reason", "database work")]).await;
    assert!(said.contains("staging of hello is locked"), "{said}");
    assert_eq!(w.slack().calls_of("chat.postEphemeral").len(), 1);
}

#[tokio::test]
async fn a_form_that_was_opened_before_a_restart_works_after_it() {
    let mut w = waits_for_people("socket").await;
    let asked = w.reaches_on_slack("bob", "v2 → production", "Reject");
    w.hears_on_slack(&asked).await;
    w.stops().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    w.pass(Span::minutes(5)).await;
    assert_snapshot!(w.submits_on_slack("bob", &asked, &[("reason", "no")]).await, @"
    shipgate to bob (private)
      # 🟢 You rejected v2 for production.
      Nothing was touched: production runs what it ran before.
    ");
}
