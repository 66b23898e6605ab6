//! Every no that somebody on Slack can get, on the wire: private, in the person's language, over both ways in.

use futures::FutureExt as _;
use serde_json::{Value, json};
use shipgate::command;
use shipgate::service::Speaker;
use shipgate::sim::{AppConfig, tcp_check};

use super::{LANGUAGES, over_either};
use crate::ways::{self, keep};
use crate::world::setup::{ALL_GATES, APPROVAL, NO_IMAGE, SHOP, Setup, image};
use crate::world::slack::Fault;
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

/// What only clients of the API, the terminal and Discord can get.
const ELSEWHERE: [&str; 17] = [
    "bad_after",
    "bad_key",
    "body_too_large",
    "body_too_slow",
    "key_reused",
    "malformed_body",
    "no_such_button",
    "no_such_method",
    "no_such_route",
    "no_tokens_set",
    "not_an_object",
    "not_authenticated",
    "not_json",
    "other_guild",
    "too_many_keys",
    "unknown_member",
    "wrong_content_type",
];

/// Before anything was released.
const AT_FIRST: [(&str, &str, &str); 26] = [
    ("zed", "/deploy staging", "other_workspace"),
    ("ada", "/shipgate deplyo staging", "unknown_command"),
    ("ada", "/help deplyo", "unknown_help"),
    ("ada", "/deploy", "missing_argument"),
    ("ada", "/deploy staging v2 hello twice", "too_many_arguments"),
    ("ada", "/deploy staging v2 helo", "unknown_app"),
    ("ada", "/deploy stagign", "unknown_environment"),
    ("ada", "/deploy staging v99", "unknown_version"),
    ("ada", "/deploy staging v1", "already_running"),
    ("ada", "/promote", "no_evidence"),
    ("eve", "/promote", "not_permitted"),
    ("ada", "/approve", "nothing_waits"),
    ("ada", "/rollback production v3-slow", "never_good_here"),
    ("ada", "/rollback production", "nothing_to_go_back_to"),
    ("ada", "/smoke production", "no_checks"),
    ("ada", "/unlock staging", "not_locked"),
    ("ada", "/resume", "not_halted"),
    ("ada", "/unquarantine v4-late it was the proxy", "not_quarantined"),
    ("ada", "/release v10 registry.fly.io/hello:v10", "image_not_pinned"),
    ("bob", "/lock staging mine", ""),
    ("ada", "/deploy staging", "locked"),
    ("ada", "/lock staging mine too", "locked"),
    ("eve", "/unlock staging", "locked_by_another"),
    ("ada", "/lock staging after you next", ""),
    ("bob", "/unlock staging", ""),
    ("bob", "/deploy staging", "reserved"),
];

/// Once nobody holds staging alone.
const HELD: [(&str, &str, &str); 8] = [
    ("ada", "/unlock staging", ""),
    ("bob", "/lock all the whole of it", ""),
    ("ada", "/unlock staging", "whole_app_locked"),
    ("bob", "/unlock all", ""),
    ("bob", "/halt the provider is down", ""),
    ("ada", "/deploy staging", "halted"),
    ("bob", "/resume", ""),
    ("ada", "/deploy staging", ""),
];

/// While v2 waits for production.
const WAITING: [(&str, &str, &str); 8] = [
    ("ada", "/promote", ""),
    ("bob", "/approve production", "which_gate"),
    ("bob", "/approve production approval", "not_asked_yet"),
    ("ada", "/approve production approval", "own_request"),
    ("eve", "/confirm production support informed", "not_in_group"),
    ("bob", "/confirm production nonsense", "no_such_gate"),
    ("bob", "/override soak production checkout is down", ""),
    ("bob", "/override soak production checkout is down", "already_overridden"),
];

/// Two apps, of which both wait.
const TWO_APPS: [(&str, &str, &str); 9] = [
    ("ada", "/promote", "which_app"),
    ("ada", "/promote shop", "no_later_environment"),
    ("ada", "/deploy live shop", "no_releases"),
    ("bob", "/approve production hello", ""),
    ("bob", "/approve production hello", "already_approved"),
    ("eve", "/approve production hello", "unknown_person"),
    ("ada", "/release v2 REAL shop", ""),
    ("ada", "/deploy live shop", ""),
    ("bob", "/approve", "which_deployment"),
];

/// While staging goes back, and then.
const GOING_BACK: [(&str, &str, &str); 4] = [
    ("ada", "/rollback staging v1", "under_way"),
    ("ada", "/abort staging wrong one", ""),
    ("ada", "/deploy staging v4-late", "rolling_back"),
    ("ada", "/release v1 OTHER", "version_taken"),
];

/// A world in which everybody reads a language, and every no that was heard in it.
struct Nos {
    w: World,
    locale: &'static str,
    codes: Vec<String>,
    told: Vec<String>,
}

impl Nos {
    async fn of(setup: Setup, mode: &str, locale: &'static str) -> Self {
        Self::in_a(World::of(setup.on_slack(mode)).boxed_local().await, locale)
    }

    fn in_a(w: World, locale: &'static str) -> Self {
        for name in ["ada", "bob", "eve", "zed"] {
            w.slack().person(name).reads(locale);
        }
        Self { w, locale, codes: Vec::new(), told: Vec::new() }
    }

    /// They type this, and are refused with these codes, or not where there is none.
    async fn type_all(&mut self, lines: &[(&'static str, &str, &str)]) {
        for (name, line, code) in lines {
            let line = line.replace("OTHER", NO_IMAGE).replace("REAL", &image("v2"));
            let said = self.w.on_slack(name).types(&line).await;
            self.hears(name, &line, code, said);
        }
    }

    /// Somebody presses what a card does not show, or not any more.
    async fn presses(&mut self, name: &'static str, card: &str, button: &Value, code: &str) {
        let ts = self.w.slack_card(card).ts;
        let asked = self.w.slack().person(name).presses_value(&ts, button);
        let said = self.w.hears_on_slack(&asked).await;
        self.hears(name, &format!("[{}] of {card}", button["text"]["text"]), code, said);
    }

    /// What is wrong in a form stands beside its field, without the small print.
    async fn misspells_a_length(&mut self) {
        let form = self.w.slack().person("bob").types("/lock production for 2h");
        self.w.hears_on_slack(&form).await;
        let said = self.w.submits_on_slack("bob", &form, &[("lasting", "a while"), ("reason", "work")]).await;
        assert!(said.starts_with("wrong in the form: {\"lasting\":"), "{said}");
        self.codes.push("bad_span".to_owned());
        self.told.push(format!("> bob: /lock production for “a while”\n{said}\n"));
    }

    #[track_caller]
    fn hears(&mut self, name: &str, what: &str, expected: &str, said: String) {
        assert!(said.starts_with(&format!("shipgate to {name} (private)\n")), "{what}: {said}");
        let small_print = if self.locale == "ja-JP" {
            "お問い合わせ用コード："
        } else {
            "code for questions about this: "
        };
        let code = said.lines().find_map(|line| Some(line.split_once(small_print)?.1)).unwrap_or_default().to_owned();
        assert_eq!(code, expected, "{name}: {what}: {said}");
        if !code.is_empty() {
            self.codes.push(code);
            self.told.push(format!("> {name}: {}\n{said}", what.chars().take(100).collect::<String>()));
        }
    }

    /// A button of a card as it is now.
    #[track_caller]
    fn button(&self, card: &str, label: &str) -> Value {
        let card = self.w.slack_card(card);
        let found = card.controls().into_iter().find(|one| one["text"]["text"] == label).cloned();
        found.unwrap_or_else(|| panic!("no button says `{label}`: {:?}", card.buttons()))
    }

    async fn goes_to(&mut self, title: &str) {
        self.w.until(title).await;
        self.w.slack_catches_up().await;
    }
}

/// The same button with another value.
fn with_value(button: &Value, change: impl FnOnce(&str) -> String) -> Value {
    let mut changed = button.clone();
    changed["value"] = json!(change(button["value"].as_str().expect("a value")));
    changed
}

/// Everything that one app can refuse.
async fn one_app(mode: &str, locale: &'static str) -> Nos {
    let mut n =
        Nos::of(Setup::production(&format!("{ALL_GATES}{APPROVAL}")).machines(1, 1).instantly(), mode, locale).await;
    n.type_all(&AT_FIRST).await;
    n.type_all(&[("ada", &format!("/release found-it {NO_IMAGE}"), "bad_version")]).await;
    n.type_all(&[("ada", &format!("/lock production {}", "long ".repeat(201)), "too_long")]).await;
    n.w.slack().always_fails("views.open", Fault::Says("expired_trigger_id"));
    n.type_all(&[("ada", "/lock production", "reason_missing")]).await;
    n.w.slack().works_again();
    n.misspells_a_length().await;
    n.w.slack_catches_up().await;
    let unlock = n.button("is reserved for ada", "Unlock");
    let next = with_value(&unlock, |value| value.replace(":unlock:", ":next:"));
    n.presses("ada", "is reserved for ada", &next, "own_lock").await;
    n.type_all(&HELD).await;
    n.goes_to("v2 → staging · Succeeded").await;
    let back = n.button("v2 → staging", "Roll back");
    n.w.slack().always_fails("views.open", Fault::Says("expired_trigger_id"));
    n.presses("bob", "v2 → staging", &back, "form_not_opened").await;
    n.w.slack().works_again();
    n.type_all(&WAITING).await;
    n.w.slack_catches_up().await;
    let card = "v2 → production";
    let abort = n.button(card, "Abort");
    n.presses("bob", card, &with_value(&abort, |value| value.replace(":abort:", ":keep:")), "wrong_phase").await;
    n.presses("bob", card, &with_value(&abort, |value| value.replace("sg1:", "sg0:")), "button_foreign").await;
    let elsewhere = |value: &str| format!("{}:elsewhere", value.rsplit_once(':').expect("an id").0);
    n.presses("bob", card, &with_value(&abort, elsewhere), "no_such_deployment").await;
    n.type_all(&[("ada", "/override soak production checkout is down", "")]).await;
    n.presses("bob", card, &abort, "stale_card").await;
    n.type_all(&[("ada", "/abort production", "")]).await;
    n.presses("bob", card, &abort, "already_closed").await;
    let promote = n.button("v2 → staging", "Promote");
    n.type_all(&[("ada", "/deploy staging v4-late", "")]).await;
    n.goes_to("v4-late → staging · Succeeded").await;
    n.presses("ada", "v2 → staging", &promote, "button_gone").await;
    n
}

async fn two_apps(mode: &str, locale: &'static str) -> Nos {
    let mut setup = Setup::production(&APPROVAL.replace("expires", "count = 2, expires")).machines(1, 1).instantly();
    setup.config = setup.config.replace("\"bob\", \"cy\"]", "\"bob\", \"cy\", \"slack:user:U0EVE\"]") + SHOP;
    let first = setup.sim.images[0].reference();
    setup.sim.apps.push(AppConfig::deployed("shop-live", 1, &first, &tcp_check()));
    let mut w = World::that_does_not_run(setup.on_slack(mode)).boxed_local().await;
    w.starts_again().await;
    w.slack_is_ready().await;
    let mut n = Nos::in_a(w, locale);
    n.w.cy().says(&format!("/release v2 {} hello", image("v2"))).await;
    n.w.cy().says("/deploy staging hello").await;
    n.w.until("v2 → staging · Succeeded").await;
    n.w.cy().says("/promote hello").await;
    n.w.until("v2 → production · Waiting for people").await;
    n.type_all(&TWO_APPS[..8]).await;
    n.goes_to("v2 → live · Waiting for people").await;
    n.type_all(&TWO_APPS[8..]).await;
    n
}

async fn going_back(mode: &str, locale: &'static str) -> Nos {
    let mut n = Nos::of(Setup::production("").machines(1, 1), mode, locale).await;
    n.type_all(&[("ada", "/deploy staging", "")]).await;
    n.goes_to("v2 → staging · Succeeded").await;
    n.type_all(&[("ada", "/promote", "")]).await;
    n.goes_to("v2 → production · Succeeded").await;
    n.type_all(&[("ada", "/deploy staging v4-late", "")]).await;
    n.w.until("v4-late → staging · Rolling out").await;
    n.type_all(&GOING_BACK).await;
    n.goes_to("v4-late → staging · Rolled back").await;
    n.type_all(&[("ada", "/deploy staging v4-late", "quarantined")]).await;
    let back = n.button("v2 → production", "Roll back");
    n.w.stops().await;
    n.w.is_configured(|config| {
        let production = config.rfind("[[apps.environments]]\nname   = \"production\"").expect("production");
        config[..production].to_owned()
    });
    n.w.starts_again().await;
    n.w.slack_is_ready().await;
    let ts = n.w.slack_card("v2 → production").ts;
    let form = n.w.slack().person("bob").presses_value(&ts, &back);
    n.w.hears_on_slack(&form).await;
    let said = n.w.submits_on_slack("bob", &form, &[]).await;
    n.hears("bob", "[Roll back] of v2 → production", "environment_gone", said);
    n
}

async fn what_is_needed_is_not_there(mode: &str, locale: &'static str) -> Nos {
    let mut n = Nos::of(Setup::production(APPROVAL).by_user_group().instantly(), mode, locale).await;
    n.w.slack().always_fails("auth.test", Fault::Status(503));
    n.type_all(&[("bob", "/lock staging one", "workspace_unknown")]).await;
    n.w.slack().works_again();
    n.w.slack().always_fails("usergroups.users.list", Fault::Says("internal_error"));
    n.type_all(&[("bob", "/lock staging one", "groups_unknown")]).await;
    n.w.expects(Expected::Errors("a command could not be carried out"));
    n.w.spoils_the_releases(true).await;
    n.type_all(&[("eve", "/plan staging", "out_of_order")]).await;
    n.w.spoils_the_releases(false).await;
    n.w.expects(Expected::Errors("what somebody asked for broke on the way"));
    n.w.program().watcher.arm(Plug::Breaks("about_to_commit advance"));
    n.type_all(&[("ada", "/deploy staging", "broke"), ("ada", "/deploy staging", "")]).await;
    n
}

/// More people want to be next than may wait.
async fn many_wait(mode: &str, locale: &'static str) -> Nos {
    let waiting: Vec<String> = (0..10).map(|n| format!("terminal:waiting-{n}")).collect();
    let mut setup = Setup::production(APPROVAL).instantly();
    let releasers = format!("\"cy\", \"{}\"]\nrobots", waiting.join("\", \""));
    setup.config = setup.config.replace("\"cy\"]\nrobots", &releasers);
    let mut n = Nos::of(setup, mode, locale).await;
    n.type_all(&[("bob", "/lock staging mine", "")]).await;
    let service = n.w.program().app.service().clone();
    let line = command::parse("/lock staging after you next", service.names()).expect("a command");
    for identity in waiting {
        let speaker = Speaker { name: identity.clone(), identity, also: Vec::new(), unsure: false };
        service.handle(&speaker, &line).boxed_local().await.expect("a place");
    }
    n.type_all(&[("ada", "/lock staging after you next", "lock_queue_full")]).await;
    n.w.expects(Expected::Errors("a command could not be carried out"));
    n.w.loses_every_race(true).await;
    n.type_all(&[("bob", "/unlock staging", "try_again")]).await;
    n.w.loses_every_race(false).await;
    n
}

/// Every no, in words; that all of them were heard is seen to here.
async fn everything(mode: &str, locale: &'static str) -> String {
    let all = [
        one_app(mode, locale).boxed_local().await,
        two_apps(mode, locale).boxed_local().await,
        going_back(mode, locale).boxed_local().await,
        many_wait(mode, locale).boxed_local().await,
        what_is_needed_is_not_there(mode, locale).boxed_local().await,
    ];
    for one in &all {
        assert_eq!(one.w.slack().violations(), [""; 0]);
    }
    ways::are_all_codes(all.iter().flat_map(|one| &one.codes), &ELSEWHERE);
    all.iter().flat_map(|one| one.told.clone()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_no_is_private_and_in_the_persons_language_over_either_way_in() {
    for (language, locale) in LANGUAGES {
        let told = over_either(async |mode| everything(mode, locale).await).await;
        keep(&format!("slack_refused_{language}"), &told);
    }
}
