//! Commands that take a reason and were typed without one: a form asks for it.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use insta::assert_snapshot;
use shipgate::command::{Kind, Spec, TABLE};

use super::{LANGUAGES, cards, over_either};
use crate::ways::keep;
use crate::world::World;
use crate::world::setup::{APPROVAL, PRODUCTION, Setup};

async fn guild(mode: &str) -> World {
    let setup = Setup::production(APPROVAL).machines(1, 1).instantly().on_discord(mode);
    let mut w = World::of(setup).await;
    w.is_staged_on_discord().await;
    w
}

/// Somebody types a command without a reason, reads the form, and fills it in.
async fn asked_why(w: &mut World, name: &str, line: &str, why: &str) -> String {
    let form = w.discord().person(name).types(line);
    let seen = w.hears(&form).await;
    let said = w.submits(name, &form, why).await;
    format!("{seen}\n{said}")
}

#[tokio::test]
async fn a_halt_asks_why_and_its_card_has_a_button() {
    let mut w = guild("gateway").await;
    let said = asked_why(&mut w, "bob", "/halt lasting:2h", "the payment provider is down").await;
    assert_snapshot!(said, @"
    form `/halt`: lasting, Why?
    shipgate to bob (private)
      | **Everything is halted until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>: the payment provider is down** #e67e22
      | No new rollout starts. One under way finishes its present machine and waits. Checks, watches and rollbacks go on.
    ");
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("Everything is halted"), @"
    shipgate
      | **Everything is halted** #e67e22
      | No new rollout starts. One under way finishes its present machine and waits. Checks, watches and rollbacks go on.
      |
      | **Reason** the payment provider is down
      | **Halted** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      | ⏱ It ends by itself ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>
      | _ halt #········
      [Resume]
    ");
    assert_snapshot!(w.types("ada", "/promote").await, @"
    shipgate to ada (private)
      | **bob halted everything until ··:·· Mon 23 Nov, Asia/Tokyo, <t:…:R>: the payment provider is down** #e67e22
      | Ask bob, or `/resume` if you may. `/rollback` works all the same.
      | _ code for questions about this: halted
    ");
    assert_snapshot!(w.clicks("eve", "Everything is halted", "Resume").await, @r"
    shipgate to eve (private)
      | **You may not halt everything or let it go on.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `halt` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    w.clicks("bob", "Everything is halted", "Resume").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("The halt is over"), @"
    shipgate (edited)
      | **The halt is over** #95a5a6
      | Everything may go on.
      |
      | **Reason** the payment provider is down
      | **Halted** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      | **Lifted** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      | _ halt #········
      # Everything is halted
    ");
    assert!(w.message("The halt is over").buttons().is_empty());
}

#[tokio::test]
async fn an_override_asks_why_and_keeps_what_was_typed() {
    let mut w = guild("gateway").await;
    w.types("ada", "/promote").await;
    w.until("v2 → production · Waiting for people").await;
    let form = w.discord().person("ada").types("/override gate:approval environment:production");
    assert_snapshot!(w.hears(&form).await, @"form `/override`: environment, gate, Why?");
    // The program that asked is gone when the reason comes.
    w.dies().await;
    w.starts_again().await;
    w.discord_is_ready().await;
    assert_snapshot!(w.submits("ada", &form, "checkout is down").await, @"
    shipgate to ada (private)
      | **Your word to override a gate of v2 in production is in, with your reason. It is announced.** #2ecc71
      | v2 takes the place of v1, machine by machine.
    ");
    w.until("v2 → production · Succeeded").await;
    assert_eq!(w.fly().updates(PRODUCTION), [1]);
}

#[tokio::test]
async fn a_lock_and_a_hotfix_ask_why_in_japanese_too() {
    let mut w = guild("gateway").await;
    let lock = w.discord().person("bob").locale("ja").types("/lock environment:production");
    assert_snapshot!(w.hears(&lock).await, @"form `/lock`: 環境, 理由");
    let hotfix = w.discord().person("bob").locale("ja").types("/hotfix environment:production version:v2");
    assert_snapshot!(w.hears(&hotfix).await, @"form `/hotfix`: 環境, バージョン, 理由");
}

/// What can only be said yes to has no field: it is in the form's id, and in its title.
#[tokio::test]
async fn what_was_said_yes_to_is_kept_while_a_form_asks_why() {
    let mut heard = Vec::new();
    for mode in ["gateway", "http"] {
        let mut w = guild(mode).await;
        w.types("bob", "/lock environment:production reason:database work").await;
        let form = w.discord().person("ada").types("/lock environment:production lasting:2h next:true");
        let seen = w.hears(&form).await;
        // The program that asked is gone when the reason comes.
        w.dies().await;
        w.starts_again().await;
        w.discord_is_ready().await;
        heard.push(format!("{seen}\n{}", w.submits("ada", &form, "the load test").await));
        let form = w.discord().person("ada").locale("ja").types("/lock environment:production next:true");
        assert_eq!(w.hears(&form).await, "form `/lock 次`: 環境, 理由");
        let form = w.discord().person("ada").types("/lock environment:production next:false");
        heard.push(w.hears(&form).await);
        heard.push(w.submits("ada", &form, "the load test").await);
    }
    let (gateway, http) = heard.split_at(3);
    assert_eq!(gateway, http);
    assert_snapshot!(gateway.join("\n"), @"
    form `/lock next`: environment, lasting, Why?
    shipgate to ada (private)
      | **You are next. You are told when it is free, and it is kept for you for 10 minutes then.** #2ecc71
      | Only bob can start anything there. Rolling back always works.
      |
      | **Reason** database work
      | **Locked** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      | **Next** ada
      |
      | It holds until somebody unlocks it.

    form `/lock`: environment, Why?
    shipgate to ada (private)
      | **bob holds this environment: database work** #e67e22
      | Ask bob, or `/unlock` it if you may. `/rollback` works all the same.
      | _ code for questions about this: locked
    ");
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anybody_is_asked_why() {
    let mut w = guild("gateway").await;
    assert_snapshot!(w.types("bob", "/halt lasting:soon").await, @"
    shipgate to bob (private)
      | **“soon” is not a length of time.** #e67e22
      | Write it like 30s, 5m, 2h or 1h30m.
      | _ code for questions about this: bad_span
    ");
}

#[tokio::test]
async fn a_form_that_is_filled_in_with_nonsense_is_refused() {
    let mut w = guild("gateway").await;
    let form = w.discord().person("bob").types("/halt lasting:2h");
    w.hears(&form).await;
    let asked = w.discord().person("bob").submit(&form, &[("reason", "\u{200b}"), ("lasting", "2h")]);
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to bob (private)
      | **A reason is missing.** #e67e22
      | Fill in the field `reason`: others will read it.
      | _ code for questions about this: reason_missing
    ");
    let asked = w.discord().person("bob").submit(&form, &[("reason", "down"), ("lasting", "a while")]);
    assert_snapshot!(w.hears(&asked).await, @"
    shipgate to bob (private)
      | **“a while” is not a length of time.** #e67e22
      | Write it like 30s, 5m, 2h or 1h30m.
      | _ code for questions about this: bad_span
    ");
    assert_snapshot!(asked_why(&mut w, "eve", "/halt", "I want it").await, @r"
    form `/halt`: Why?
    shipgate to eve (private)
      | **You may not halt everything or let it go on.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `halt` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
}

#[tokio::test]
async fn the_card_of_a_lock_has_buttons() {
    let mut w = guild("gateway").await;
    w.types("bob", "/lock environment:production reason:database work").await;
    w.catches_up().await;
    assert_snapshot!(w.card_on_discord("is locked"), @"
    shipgate
      | **production of hello is locked** #e67e22
      | Only bob can start anything there. Rolling back always works.
      |
      | **Reason** database work
      | **Locked** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      |
      | It holds until somebody unlocks it.
      | _ lock #········
      [Be next] [Unlock]!
    ");
    assert_snapshot!(w.clicks("eve", "is locked", "Be next").await, @r"
    shipgate to eve (private)
      | **You may not lock environments.** #e67e22
      | Ask somebody who may. Whoever keeps the config grants it with `lock` under \[permissions\].
      | _ code for questions about this: not_permitted
    ");
    assert_snapshot!(w.clicks("ada", "is locked", "Be next").await, @"
    shipgate to ada (private)
      | **You are next. You are told when it is free, and it is kept for you for 10 minutes then.** #2ecc71
      | Only bob can start anything there. Rolling back always works.
      |
      | **Reason** database work
      | **Locked** by bob at ··:·· Mon 23 Nov, Asia/Tokyo
      | **Next** ada
      |
      | It holds until somebody unlocks it.
    ");
    w.catches_up().await;
    assert_snapshot!(w.clicks("bob", "is locked", "Unlock").await, @"
    shipgate to bob (private)
      | **That lock on production is lifted. It is reserved for ada now, who asked to be next.** #2ecc71
    ");
    w.catches_up().await;
    assert_snapshot!(w.clicks("ada", "is reserved for ada", "Unlock").await, @"
    shipgate to ada (private)
      | **production is unlocked.** #2ecc71
    ");
    w.catches_up().await;
    assert!(w.message("The lock on production").buttons().is_empty());
}

/// What opens a form.
#[derive(Clone, Copy, Debug)]
enum Opens {
    Typing(&'static str),
    Pressing(&'static str, &'static str),
}

/// Who opens which form, why, and how far it goes then.
const FORMS: [(&str, Opens, &str, &str); 8] = [
    ("bob", Opens::Typing("/lock environment:production lasting:2h"), "the database & <more>", ""),
    ("bob", Opens::Typing("/halt lasting:2h"), "the provider is down", ""),
    ("bob", Opens::Pressing("v2 → production", "Reject"), "the sale is <on> & running", ""),
    ("bob", Opens::Typing("/reject environment:production"), "not on a monday", ""),
    (
        "bob",
        Opens::Typing("/override gate:approval environment:production"),
        "checkout is down",
        "v2 → production · Succeeded",
    ),
    ("bob", Opens::Pressing("v2 → production", "Roll back"), "pages are blank", "back to v1 in production · Succeeded"),
    ("bob", Opens::Typing("/unquarantine version:v2"), "it was the proxy", ""),
    ("ada", Opens::Typing("/hotfix environment:production version:v3-slow"), "checkout is down again", ""),
];

/// v2 waits for people before production, whatever was in its way.
async fn waits_for_people(w: &mut World) {
    for (name, line) in [("bob", "/resume"), ("bob", "/unlock environment:production"), ("ada", "/promote")] {
        w.types(name, line).await;
    }
    w.until("v2 → production · Waiting for people").await;
    w.catches_up().await;
}

/// Every form, opened and sent: what is asked, and what is answered.
async fn fills_in_all(mode: &str, locale: &'static str) -> String {
    let mut w = guild(mode).boxed_local().await;
    let mut told = Vec::new();
    waits_for_people(&mut w).await;
    for (name, opens, why, until) in FORMS {
        if matches!(opens, Opens::Typing(line) if line.starts_with("/reject") || line.starts_with("/override")) {
            waits_for_people(&mut w).await;
        }
        let person = w.discord().person(name).locale(locale);
        let asked = match opens {
            Opens::Typing(line) => person.types(line),
            Opens::Pressing(card, label) => person.clicks(w.message(card).id, label),
        };
        let form = w.hears(&asked).await;
        assert!(form.starts_with("form `"), "{opens:?}: {form}");
        let sent = person.submit(&asked, &[("reason", why)]);
        let said = w.hears(&sent).await;
        assert!(said.starts_with(&format!("shipgate to {name} (private)\n")), "{opens:?}: {said}");
        told.push(format!("> {name}: {opens:?}\n{form}\n> {why}\n{said}"));
        if !until.is_empty() {
            w.until(until).await;
        }
        w.catches_up().await;
    }
    assert_eq!(w.discord().violations(), [""; 0]);
    told.push(cards(&w).join("\n"));
    told.join("\n")
}

#[tokio::test]
async fn every_form_asks_why_over_either_way_in_and_in_the_language_of_who_is_asked() {
    for (language, locale) in LANGUAGES {
        let told = over_either(async |mode| fills_in_all(mode, locale).await).await;
        keep(&format!("discord_forms_{language}"), &told);
    }
}

#[test]
fn no_command_that_asks_for_a_reason_is_left_out() {
    let asks = |spec: &&Spec| spec.arguments.iter().any(|argument| argument.kind == Kind::Reason && argument.required);
    // A no is explained, however it is said.
    let must: BTreeSet<&str> = TABLE.iter().filter(asks).map(|spec| spec.name).chain(["reject"]).collect();
    let line = |opens| if let Opens::Typing(line) = opens { Some(line) } else { None };
    let lines = FORMS.iter().filter_map(|(_, opens, ..)| line(*opens));
    let typed: BTreeSet<&str> = lines.filter_map(|line: &str| line[1..].split(' ').next()).collect();
    assert_eq!(typed, must);
}

#[tokio::test]
async fn where_nothing_is_done_nobody_is_asked_why_before_they_are_told_so() {
    let told = over_either(async |mode| {
        let mut w = guild(mode).await;
        waits_for_people(&mut w).await;
        let bob = w.discord().person("bob");
        let card = w.message("v2 → production");
        let mut told = Vec::new();
        for person in [bob.in_another_guild(), bob.in_a_direct_message()] {
            for asked in [person.types("/halt lasting:2h"), person.clicks_id(card.id, &card.custom_id("Reject"))] {
                told.push(w.hears(&asked).await);
            }
        }
        told.dedup();
        w.catches_up().await;
        assert_eq!(w.message("v2 → production").embeds, card.embeds, "nothing was done");
        told.join("\n")
    })
    .await;
    assert_snapshot!(told, @r"
    shipgate to bob (private)
      | **Shipgate does not work here, only on its own Discord server.** #e67e22
      | Use its commands and buttons there. Its config says which server that is: `guild` under \[discord\].
      | _ code for questions about this: other_guild
    ");
}
