//! Every no that somebody on Discord can get, on the wire: private, in the person's language, over both ways in.

use futures::FutureExt as _;
use serde_json::{Value, json};
use shipgate::command;
use shipgate::service::Speaker;
use shipgate::sim::{AppConfig, tcp_check};

use super::over_either;
use crate::ways::{self, keep};
use crate::world::discord::{Asked, EVE, Person};
use crate::world::setup::{ALL_GATES, APPROVAL, NO_IMAGE, SHOP, Setup, image};
use crate::world::watcher::Plug;
use crate::world::{Expected, World};

/// What only clients of the API, the terminal and Slack can get: here each thing has a field of its own.
const ELSEWHERE: [&str; 21] = [
    "bad_after",
    "bad_key",
    "body_too_large",
    "body_too_slow",
    "form_not_opened",
    "groups_unknown",
    "key_reused",
    "malformed_body",
    "no_such_button",
    "no_such_method",
    "no_such_route",
    "no_tokens_set",
    "not_an_object",
    "not_authenticated",
    "not_json",
    "other_workspace",
    "too_many_arguments",
    "too_many_keys",
    "unknown_member",
    "workspace_unknown",
    "wrong_content_type",
];

/// With commands that another version has registered.
const OLD_COMMANDS: [(&str, &str, &str); 5] = [
    ("ada", "/deplyo", "unknown_command"),
    ("ada", "/help command:deplyo", "unknown_help"),
    ("ada", "/deploy version:v2", "missing_argument"),
    ("ada", "/deploy environment:stagign", "unknown_environment"),
    ("ada", "/lock environment:production reason:LONG", "too_long"),
];

/// Before anything was released.
const AT_FIRST: [(&str, &str, &str); 21] = [
    ("ada", "/deploy environment:staging version:v99", "unknown_version"),
    ("ada", "/deploy environment:staging version:v1", "already_running"),
    ("ada", "/promote", "no_evidence"),
    ("eve", "/promote", "not_permitted"),
    ("ada", "/approve", "nothing_waits"),
    ("ada", "/rollback environment:production version:v3-slow", "never_good_here"),
    ("ada", "/rollback environment:production", "nothing_to_go_back_to"),
    ("ada", "/smoke environment:production", "no_checks"),
    ("ada", "/unlock environment:staging", "not_locked"),
    ("ada", "/resume", "not_halted"),
    ("ada", "/unquarantine version:v4-late reason:it was the proxy", "not_quarantined"),
    ("ada", "/release version:v10 image:registry.fly.io/hello:v10", "image_not_pinned"),
    ("ada", "/release version:found-it image:OTHER", "bad_version"),
    ("ada", "/lock environment:staging reason:tests lasting:soon", "bad_span"),
    ("bob", "/lock environment:staging reason:mine", ""),
    ("ada", "/deploy environment:staging", "locked"),
    ("ada", "/lock environment:staging reason:mine too", "locked"),
    ("eve", "/unlock environment:staging", "locked_by_another"),
    ("ada", "/lock environment:staging reason:after you next:true", ""),
    ("bob", "/unlock environment:staging", ""),
    ("bob", "/deploy environment:staging", "reserved"),
];

/// Once nobody holds staging alone.
const HELD: [(&str, &str, &str); 8] = [
    ("ada", "/unlock environment:staging", ""),
    ("bob", "/lock environment:all reason:the whole of it", ""),
    ("ada", "/unlock environment:staging", "whole_app_locked"),
    ("bob", "/unlock environment:all", ""),
    ("bob", "/halt reason:the provider is down", ""),
    ("ada", "/deploy environment:staging", "halted"),
    ("bob", "/resume", ""),
    ("ada", "/deploy environment:staging", ""),
];

/// While v2 waits for production.
const WAITING: [(&str, &str, &str); 8] = [
    ("ada", "/promote", ""),
    ("bob", "/approve environment:production", "which_gate"),
    ("bob", "/approve environment:production gate:approval", "not_asked_yet"),
    ("ada", "/approve environment:production gate:approval", "own_request"),
    ("eve", "/confirm environment:production gate:support informed", "not_in_group"),
    ("bob", "/confirm environment:production gate:nonsense", "no_such_gate"),
    ("bob", "/override gate:soak environment:production reason:checkout is down", ""),
    ("bob", "/override gate:soak environment:production reason:checkout is down", "already_overridden"),
];

/// Two apps, of which both wait.
const TWO_APPS: [(&str, &str, &str); 8] = [
    ("ada", "/promote", "which_app"),
    ("ada", "/promote app:shop", "no_later_environment"),
    ("ada", "/deploy environment:live app:shop", "no_releases"),
    ("bob", "/approve environment:production app:hello", ""),
    ("bob", "/approve environment:production app:hello", "already_approved"),
    ("eve", "/approve environment:production app:hello", "unknown_person"),
    ("ada", "/release version:v2 image:REAL app:shop", ""),
    ("ada", "/deploy environment:live app:shop", ""),
];

/// While staging goes back, and then.
const GOING_BACK: [(&str, &str, &str); 4] = [
    ("ada", "/rollback environment:staging version:v1", "under_way"),
    ("ada", "/abort environment:staging reason:wrong one", ""),
    ("ada", "/deploy environment:staging version:v4-late", "rolling_back"),
    ("ada", "/release version:v1 image:OTHER", "version_taken"),
];

/// Commands as a version may have registered them that knew one more, and had text for everything.
fn as_of_another_version(commands: &mut Vec<Value>) {
    for command in commands.iter_mut() {
        for option in command["options"].as_array_mut().into_iter().flatten() {
            for bound in ["choices", "required", "max_length"] {
                option.as_object_mut().expect("an option").remove(bound);
            }
        }
    }
    let mut more = commands[0].clone();
    (more["name"], more["options"]) = (json!("deplyo"), json!([]));
    commands.push(more);
}

/// A world, and every no that was heard in it, in both languages.
struct Nos {
    w: World,
    codes: Vec<String>,
    told: Vec<String>,
}

impl Nos {
    async fn of(setup: Setup, mode: &str) -> Self {
        Self::in_a(World::of(setup.on_discord(mode)).boxed_local().await)
    }

    fn in_a(w: World) -> Self {
        Self { w, codes: Vec::new(), told: Vec::new() }
    }

    /// They type this, and are refused with these codes, or not where there is none.
    async fn type_all(&mut self, lines: &[(&'static str, &str, &str)]) {
        for (name, line, code) in lines {
            let typed =
                line.replace("OTHER", NO_IMAGE).replace("REAL", &image("v2")).replace("LONG", &"long ".repeat(201));
            if code.is_empty() {
                let said = self.w.types(name, &typed).await;
                assert!(!said.contains("code for questions"), "{name}: {line}: {said}");
            } else {
                self.refused(name, line, code, |person| person.types(&typed)).await;
            }
        }
    }

    /// Somebody does this in either language, and is refused.
    async fn refused(&mut self, name: &str, what: &str, code: &str, does: impl Fn(&Person) -> Asked) {
        let mut told = format!("> {name}: {what}\n");
        for (locale, small_print) in [("en-US", "code for questions about this: "), ("ja", "お問い合わせ用コード：")]
        {
            let asked = does(&self.w.discord().person(name).locale(locale));
            let said = self.w.hears(&asked).await;
            assert!(said.starts_with(&format!("shipgate to {name} (private)\n")), "{what}: {said}");
            let heard = said.lines().find_map(|line| Some(line.split_once(small_print)?.1)).unwrap_or_default();
            assert_eq!(heard, code, "{name}: {what}: {said}");
            told.push_str(&said);
        }
        self.codes.push(code.to_owned());
        self.told.push(told);
    }

    /// Somebody presses what a card does not show, or not any more.
    async fn presses(&mut self, name: &str, card: &str, (label, id): (&str, &str), code: &str) {
        let message = self.w.message(card).id;
        self.refused(name, &format!("[{label}] of {card}"), code, |person| person.clicks_id(message, id)).await;
    }

    /// The custom id of a button as its card has it now.
    #[track_caller]
    fn button(&self, card: &str, label: &str) -> String {
        self.w.message(card).custom_id(label)
    }

    async fn goes_to(&mut self, title: &str) {
        self.w.until(title).await;
        self.w.catches_up().await;
    }
}

/// Everything that one app can refuse.
async fn one_app(mode: &str) -> Nos {
    let mut n = Nos::of(Setup::production(&format!("{ALL_GATES}{APPROVAL}")).machines(1, 1).instantly(), mode).await;
    let commands = n.w.discord().commands();
    n.w.discord().are_registered_otherwise(as_of_another_version);
    n.type_all(&OLD_COMMANDS).await;
    n.w.discord().are_registered_otherwise(|known| *known = commands);
    n.type_all(&AT_FIRST).await;
    let form = n.w.discord().person("ada").types("/lock environment:production");
    n.w.hears(&form).await;
    let nothing = [("reason", "\u{200b}")];
    n.refused("ada", "/lock, with no reason that can be seen", "reason_missing", |person| {
        person.submit(&form, &nothing)
    })
    .await;
    n.w.catches_up().await;
    let next = n.button("is reserved for ada", "Unlock").replace(":unlock:", ":next:");
    n.presses("ada", "is reserved for ada", ("Be next", &next), "own_lock").await;
    n.type_all(&HELD).await;
    n.goes_to("v2 → staging · Succeeded").await;
    let promote = n.button("v2 → staging", "Promote");
    n.type_all(&WAITING).await;
    n.w.catches_up().await;
    let card = "v2 → production";
    let abort = n.button(card, "Abort");
    n.presses("bob", card, ("Keep", &abort.replace(":abort:", ":keep:")), "wrong_phase").await;
    n.presses("bob", card, ("Abort", &abort.replace("sg1:", "sg0:")), "button_foreign").await;
    let elsewhere = format!("{}:elsewhere", abort.rsplit_once(':').expect("an id").0);
    n.presses("bob", card, ("Abort", &elsewhere), "no_such_deployment").await;
    n.type_all(&[("ada", "/override gate:soak environment:production reason:checkout is down", "")]).await;
    n.presses("bob", card, ("Abort", &abort), "stale_card").await;
    n.type_all(&[("ada", "/abort environment:production", "")]).await;
    n.presses("bob", card, ("Abort", &abort), "already_closed").await;
    n.type_all(&[("ada", "/deploy environment:staging version:v4-late", "")]).await;
    n.goes_to("v4-late → staging · Succeeded").await;
    n.presses("ada", "v2 → staging", ("Promote", &promote), "button_gone").await;
    n
}

async fn two_apps(mode: &str) -> Nos {
    let mut setup = Setup::production(&APPROVAL.replace("expires", "count = 2, expires")).machines(1, 1).instantly();
    let first = setup.sim.images[0].reference();
    setup.sim.apps.push(AppConfig::deployed("shop-live", 1, &first, &tcp_check()));
    let mut setup = setup.on_discord(mode);
    let eve = format!("\"cy\", \"discord:user:{EVE}\"]\nrobots");
    setup.config = setup.config.replace("\"cy\"]\nrobots", &eve) + SHOP;
    let mut w = World::that_does_not_run(setup).boxed_local().await;
    w.starts_again().await;
    w.discord_is_ready().await;
    let mut n = Nos::in_a(w);
    n.w.cy().says(&format!("/release v2 {} hello", image("v2"))).await;
    n.w.cy().says("/deploy staging hello").await;
    n.w.until("v2 → staging · Succeeded").await;
    n.w.cy().says("/promote hello").await;
    n.w.until("v2 → production · Waiting for people").await;
    n.type_all(&TWO_APPS).await;
    n.goes_to("v2 → live · Waiting for people").await;
    n.type_all(&[("bob", "/approve", "which_deployment")]).await;
    n.w.discord().are_registered_otherwise(as_of_another_version);
    n.type_all(&[("ada", "/deploy environment:live app:shpo", "unknown_app")]).await;
    n
}

async fn going_back(mode: &str) -> Nos {
    let mut n = Nos::of(Setup::production("").machines(1, 1), mode).await;
    n.type_all(&[("ada", "/deploy environment:staging", "")]).await;
    n.goes_to("v2 → staging · Succeeded").await;
    n.type_all(&[("ada", "/promote", "")]).await;
    n.goes_to("v2 → production · Succeeded").await;
    n.type_all(&[("ada", "/deploy environment:staging version:v4-late", "")]).await;
    n.w.until("v4-late → staging · Rolling out").await;
    n.type_all(&GOING_BACK).await;
    n.goes_to("v4-late → staging · Rolled back").await;
    n.type_all(&[("ada", "/deploy environment:staging version:v4-late", "quarantined")]).await;
    let card = n.w.message("v2 → production");
    let form = n.w.discord().person("bob").clicks(card.id, "Roll back");
    n.w.hears(&form).await;
    n.w.stops().await;
    n.w.is_configured(|config| {
        let production = config.rfind("[[apps.environments]]\nname   = \"production\"").expect("production");
        config[..production].to_owned()
    });
    n.w.starts_again().await;
    n.w.discord_is_ready().await;
    n.refused("bob", "[Roll back] of v2 → production", "environment_gone", |person| person.submit(&form, &[])).await;
    n
}

/// More people want to be next than may wait.
async fn many_wait(mode: &str) -> Nos {
    let waiting: Vec<String> = (0..10).map(|n| format!("terminal:waiting-{n}")).collect();
    let mut setup = Setup::production(APPROVAL).instantly().on_discord(mode);
    let releasers = format!("\"cy\", \"{}\"]\nrobots", waiting.join("\", \""));
    setup.config = setup.config.replace("\"cy\"]\nrobots", &releasers);
    let mut n = Nos::in_a(World::of(setup).boxed_local().await);
    n.type_all(&[("bob", "/lock environment:staging reason:mine", "")]).await;
    let service = n.w.program().app.service().clone();
    let line = command::parse("/lock staging after you next", service.names()).expect("a command");
    for identity in waiting {
        let speaker = Speaker { name: identity.clone(), identity, also: Vec::new(), unsure: false };
        service.handle(&speaker, &line).boxed_local().await.expect("a place");
    }
    n.type_all(&[("ada", "/lock environment:staging reason:after you next:true", "lock_queue_full")]).await;
    n
}

/// What is no fault of theirs, and what is of another place.
async fn something_is_wrong(mode: &str) -> Nos {
    let mut n = Nos::of(Setup::production(APPROVAL).instantly(), mode).await;
    n.w.expects(Expected::Errors("a command could not be carried out"));
    n.w.loses_every_race(true).await;
    n.type_all(&[("bob", "/lock environment:staging reason:one", "try_again")]).await;
    n.w.loses_every_race(false).await;
    n.w.spoils_the_releases(true).await;
    n.type_all(&[("eve", "/plan environment:staging", "out_of_order")]).await;
    n.w.spoils_the_releases(false).await;
    n.w.expects(Expected::Errors("what somebody asked for broke on the way"));
    let watcher = std::sync::Arc::clone(&n.w.program().watcher);
    n.refused("bob", "/lock environment:staging reason:one", "broke", |person| {
        watcher.arm(Plug::Breaks("committed advance"));
        person.types("/lock environment:staging reason:one")
    })
    .await;
    n.refused("ada", "/status, in another guild", "other_guild", |person| person.in_another_guild().types("/status"))
        .await;
    n.w.catches_up().await;
    let (card, unlock) = (n.w.message("is locked").id, n.button("is locked", "Unlock"));
    n.refused("bob", "[Unlock] in another guild", "other_guild", |person| {
        person.in_another_guild().clicks_id(card, &unlock)
    })
    .await;
    let line = "/deploy environment:staging";
    let asked = n.w.discord().person("ada").in_another_guild().completes(line, "version");
    assert_eq!(n.w.hears(&asked).await, "", "nothing is offered there");
    n
}

/// Every no, in words; that all of them were heard is seen to here.
async fn everything(mode: &'static str) -> String {
    let all = [
        one_app(mode).boxed_local().await,
        two_apps(mode).boxed_local().await,
        going_back(mode).boxed_local().await,
        many_wait(mode).boxed_local().await,
        something_is_wrong(mode).boxed_local().await,
    ];
    for one in &all {
        assert_eq!(one.w.discord().violations(), [""; 0]);
    }
    ways::are_all_codes(all.iter().flat_map(|one| &one.codes), &ELSEWHERE);
    all.iter().flat_map(|one| one.told.clone()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn every_no_is_private_and_in_the_persons_language_over_either_way_in() {
    let told = over_either(everything).await;
    keep("discord_refused", &told);
}
