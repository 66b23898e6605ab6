//! Who is who, who may do what, and the gates that nobody could pass.

use insta::assert_snapshot;
use shipgate::config::{self, Config};
use shipgate::domain::{Moment, Permission};

use super::{HEAD, PRODUCTION, good, words};

const TEAM: &str = r#"
[people]
ada = ["terminal:ada", "api:ada", "discord:user:20"]
bob = ["terminal:bob", "slack:user:U0BOB"]
[groups]
releasers = ["ada", "discord:role:10", "api:ci"]
watchers = ["slack:user:U0BOB"]
empty = []
[permissions]
deploy = ["releasers", "watchers"]
promote = ["releasers"]
halt = ["everyone"]
release = []
[[apps]]
name = "hello"
[[apps.environments]]
name = "staging"
target = { kind = "fly", app = "hello-staging" }
"#;

/// Whenever that is: nothing here goes by the clock.
const NOW: Moment = Moment(0);

fn may(identity: &str, also: &[&str]) -> Vec<&'static str> {
    let also: Vec<_> = also.iter().map(|one| (*one).to_owned()).collect();
    good(TEAM).people.actor(identity, "someone", &also).may.into_iter().map(Permission::word).collect()
}

#[test]
fn an_identity_is_a_person_where_the_file_says_so() {
    let people = good(TEAM).people;
    let ada = people.actor("api:ada", "ada's token", &[]);
    assert_eq!((ada.who.person.as_deref(), ada.who.name.as_str()), (Some("ada"), "ada"));
    assert!(ada.is_in("releasers") && ada.is_in("everyone") && !ada.is_in("watchers"));
    assert!(ada.who.is(&people.who("terminal:ada", "x")));
    let eve = people.actor("terminal:eve", "eve", &[]);
    assert_eq!((eve.who.person, eve.who.name.as_str(), eve.groups.len()), (None, "eve", 0));
}

#[test]
fn a_group_holds_people_identities_and_what_a_chat_knows() {
    assert_eq!(may("terminal:ada", &[]), ["deploy", "promote", "halt"]);
    assert_eq!(may("api:ci", &[]), ["deploy", "promote", "halt"]);
    assert_eq!(may("discord:user:99", &["discord:role:10"]), ["deploy", "promote", "halt"]);
    // Listed by one identity, acting by another one of the same person.
    assert_eq!(may("terminal:bob", &[]), ["deploy", "halt"]);
    assert_eq!(may("terminal:eve", &["discord:role:11"]), ["halt"]);
}

#[test]
fn what_the_file_does_not_name_is_deploying_for_everyone_and_the_rest_for_nobody() {
    let text = TEAM.split("[permissions]").next().unwrap().to_owned();
    let text = text + "[[apps]]" + TEAM.split("[[apps]]").nth(1).unwrap();
    let eve = good(&text).people.actor("terminal:eve", "eve", &[]);
    assert_eq!(eve.may.into_iter().collect::<Vec<_>>(), [Permission::Deploy, Permission::Release]);
    assert!(may("terminal:ada", &[]).iter().all(|word| *word != "release"), "an empty list is nobody");
}

#[test]
fn calling_a_group_calls_all_its_identities() {
    let people = good(TEAM).people;
    assert_eq!(
        people.identities("releasers"),
        ["terminal:ada", "api:ada", "discord:user:20", "discord:role:10", "api:ci"]
    );
    assert!(people.identities("everyone").is_empty() && people.identities("empty").is_empty());
}

#[test]
fn it_can_be_told_who_may_do_what() {
    let explained = config::explain(&good(TEAM), NOW);
    let line = |one: &config::Granted| {
        let named = if one.named { "named" } else { "default" };
        format!("{} ({named}): [{}] [{}]", one.permission.word(), one.groups.join(", "), one.people.join(", "))
    };
    assert_snapshot!(explained.permissions.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    deploy (named): [releasers, watchers] [ada, api:ci, discord:role:10, slack:user:U0BOB]
    promote (named): [releasers] [ada, api:ci, discord:role:10]
    release (named): [] []
    rollback (default): [] []
    approve (default): [] []
    override (default): [] []
    lock (default): [] []
    halt (named): [everyone] []
    quarantine (default): [] []
    ");
    assert_snapshot!(warnings(&good(TEAM)), @"
    Nobody has the permission `release`. Name a group for it under [permissions].
    Nobody has the permission `rollback`. Name a group for it under [permissions].
    Nobody has the permission `override`. Name a group for it under [permissions].
    Nobody has the permission `lock`. Name a group for it under [permissions].
    Nobody has the permission `quarantine`. Name a group for it under [permissions].
    ");
    let with_gates = format!(
        "{HEAD}{PRODUCTION}[[apps.environments.before]]\nname = \"approval\"\napproval = {{ from = \"releasers\" }}\n\
         [[apps.environments.after]]\nname = \"looked at\"\nconfirm = {{ from = \"everyone\", within = \"1h\" }}"
    );
    let explained = config::explain(&good(&with_gates), NOW);
    let needs = |one: &config::Needs| {
        let asked: Vec<_> =
            one.asked.iter().map(|asked| format!("{} from {} {}", asked.gate, asked.count, asked.from)).collect();
        format!("{} {}: {} [{}]", one.app, one.environment, one.permission.word(), asked.join(", "))
    };
    assert_snapshot!(explained.environments.iter().map(needs).collect::<Vec<_>>().join("\n"), @"
    hello staging: deploy []
    hello production: promote [approval from 1 releasers, looked at from 1 everyone]
    ");
    assert_snapshot!(warnings(&good(&with_gates)), @"
    Nobody has the permission `override`. Name a group for it under [permissions].
    Nobody has the permission `lock`. Name a group for it under [permissions].
    Nobody has the permission `halt`. Name a group for it under [permissions].
    Nobody has the permission `quarantine`. Name a group for it under [permissions].
    ");
}

#[test]
fn gates_that_nobody_could_pass_are_warned_of() {
    let warned = |permissions: &str, gate: &str| {
        warnings(&good(&format!(
            r#"
[discord]
guild = "100000000000000001"
channels = {{ deployments = "100000000000000002" }}
[people]
ada = ["terminal:ada", "discord:user:1"]
bob = ["terminal:bob"]
[groups]
one = ["ada", "terminal:ada"]
both = ["ada", "bob"]
crowd = ["discord:role:1"]
nobody = []
ci = ["api:ci"]
[permissions]
rollback = ["both"]
override = ["both"]
lock = ["both"]
halt = ["both"]
quarantine = ["both"]
{permissions}
[[apps]]
name = "hello"
[[apps.environments]]
name = "staging"
target = {{ kind = "fly", app = "hello-staging" }}
[[apps.environments.before]]
name = "gate"
{gate}
"#
        )))
    };
    let approval = |from: &str, more: &str| format!("approval = {{ from = \"{from}\"{more} }}");
    assert_snapshot!(warned("", &approval("both", "")), @r#"hello staging: nobody can approve "gate": it takes a member of "both" who also has the permission `approve`."#);
    assert_snapshot!(warned("approve = [\"nobody\"]", &approval("everyone", "")), @r#"hello staging: nobody can approve "gate": it takes a member of "everyone" who also has the permission `approve`."#);
    assert_snapshot!(warned("approve = [\"one\"]", &approval("both", ", count = 2")), @r#"hello staging: "gate" wants 2 approvals, but fewer people in "both" may approve."#);
    assert_snapshot!(warned("approve = [\"one\"]", &approval("one", ", not_requester = true")), @r#"hello staging: "gate" can never pass for what a member of "one" requests: their own approval does not count, and too few others may approve."#);
    assert_snapshot!(warned("approve = [\"both\"]", "confirm = { from = \"nobody\" }"), @r#"hello staging: nobody can tick "gate": the group "nobody" is empty."#);
    let passed = approval("both", "");
    let several = |override_by: u32| {
        let with = format!(
            "{passed}\n[[apps]]\nname = \"other\"\n[[apps.environments]]\nname = \"staging\"\noverride_by = {override_by}\ntarget = {{ kind = \"fly\", app = \"other\" }}"
        );
        warned("approve = [\"both\"]", &with)
    };
    assert_snapshot!(several(3), @"other staging: it takes 3 people to override a gate or to send a hotfix, and only 2 may.");
    assert_eq!(several(2), "");
    let watch = |ask: &str| {
        let rule = "[[apps.environments.watch.rules]]\nname = \"health\"\nfails = 3\ncheck = { kind = \"http\", url = \"https://a.example\" }";
        let watch = format!("[apps.environments.watch]\nfor = \"10m\"\ninconclusive = {{ ask = \"{ask}\" }}\n{rule}");
        warned("approve = [\"both\"]", &format!("{passed}\n{watch}"))
    };
    assert_snapshot!(watch("nobody"), @r#"hello staging: when its watch cannot tell, the group "nobody" is asked, and it is empty: only who has the permission `rollback` decides."#);
    assert_eq!(watch("both"), "");
    // These can be passed.
    assert_eq!(warned("approve = [\"one\"]", &approval("one", "")), "");
    assert_eq!(warned("approve = [\"both\"]", &approval("both", ", not_requester = true")), "");
    assert_eq!(warned("approve = [\"crowd\"]", &approval("crowd", ", count = 3, not_requester = true")), "");
    assert_eq!(warned("approve = [\"everyone\"]", &approval("crowd", ", count = 3")), "");
    assert_eq!(warned("approve = [\"one\"]\ndeploy = [\"ci\"]", &approval("one", ", not_requester = true")), "");
}

fn warnings(config: &Config) -> String {
    let said = |note| config::LOCALES.map(|locale| words::say(locale, note))[0].clone();
    config::explain(config, NOW).warnings.iter().map(said).collect::<Vec<_>>().join("\n")
}
