//! What people are told about a bad file: everything at once, each with its place and what to write.

use insta::assert_snapshot;
use shipgate::config;
use shipgate::domain::Note;

use super::{HEAD, bad, bad_in_production, bad_in_staging, words};

#[test]
fn every_problem_of_a_file_is_told_at_once() {
    let told = bad(r#"
time_zone = "Asia/Tokio"
locale = "jp"
[database]
url = "mysql://localhost"
[groups]
releasers = ["ada"]
[permisions]
promote = ["releasers"]
[[apps]]
nmae = "hello"
repository = "hello"
[[apps.environments]]
name = "staging area"
url = "hello.fly.dev"
target = { kind = "fly", ap = "hello", strategy = "roling" }
give_up = 24
"#);
    assert_snapshot!(told, @r#"
    shipgate.toml:2:13: there is no time zone "Asia/Tokio"; did you mean "Asia/Tokyo"?
      Write "Asia/Tokyo".
    shipgate.toml:3:10: `locale` cannot be "jp"; did you mean "ja"?
      Write "ja".
    shipgate.toml:5:7: this is not a database that Shipgate knows
      Write "sqlite://" and a file, such as "sqlite://shipgate.db", or the address of a PostgreSQL database: "postgres://USER@HOST/DATABASE".
    shipgate.toml:7:14: there is no person "ada", because there is nobody under [people]
      Add `ada = ["terminal:ada"]` under [people], or write an identity here.
    shipgate.toml:8:2: unknown key "permisions"; did you mean "permissions"?
      Write `permissions`.
    shipgate.toml:10:1: `name` is missing
      Write, for example: name = "hello"
    shipgate.toml:11:1: unknown key "nmae"; did you mean "name"?
      Write `name`.
    shipgate.toml:12:14: "hello" is not a repository
      Write the owner and the name: "acme/hello".
    shipgate.toml:14:8: "staging area" cannot be a name, because people type it in commands
      Use 1 to 64 letters, digits and - _ . only, and no - at the beginning.
    shipgate.toml:15:7: `url` must be a web address
      Write it whole: "https://hello.example.org".
    shipgate.toml:16:10: `app` is missing
      Write, for example: app = "hello-staging"
    shipgate.toml:16:26: unknown key "ap"; did you mean "app"?
      Write `app`.
    shipgate.toml:16:51: `strategy` cannot be "roling"; did you mean "rolling"?
      Write "rolling".
    shipgate.toml:17:11: `give_up` must be a length of time
      Write whole numbers with units, the larger first, in quotes: "90s", "30m", "1h30m", "2d".
    "#);
}

#[test]
fn unknown_keys_get_the_nearest_known_one_wherever_they_stand() {
    let told = bad_in_production(
        r#"rollout-within = "10m"
[[apps.environments.before]]
name = "approval"
approval = { form = "releasers", requester = false }
[[apps.environments.after]]
name = "health"
chek = { kind = "http" }
within = "1m"
[[apps.environments.after]]
name = "health again"
check = { kind = "http", url = "{url}/health", latency = "2s", json = { path = "/status", is = [1] } }
[apps.environments.watch]
For = "10m"
inconclusive = { ask = "everyone", otherwise = "rollback" }"#,
    );
    assert_snapshot!(told, @r#"
    +1:1: unknown key "rollout-within"; did you mean "rollout_within"?
      Write `rollout_within`.
    +4:12: `from` is missing
      Write, for example: from = "releasers"
    +4:14: unknown key "form"; did you mean "from"?
      Write `from`.
    +4:34: unknown key "requester"; did you mean "not_requester"?
      Write `not_requester`.
    +5:1: nothing decides this gate
      Give it one of: `approval`, `confirm`, `window`, `freeze`, `soak`, `check`.
    +7:1: unknown key "chek"; did you mean "check"?
      Write `check`.
    +11:48: unknown key "latency"; did you mean "latency_below"?
      Write `latency_below`.
    +11:71: `field` is missing
      Write, for example: field = "/status"
    +11:73: unknown key "path"
      Remove it. Known here: `field`, `is`.
    +11:96: `is` must be text, a number, true or false
      Write a single value, such as "ok".
    +12:1: `for` is missing
      Write, for example: for = "30m"
    +12:1: the watch has no rules
      Add [[apps.environments.watch.rules]], or remove the watch.
    +13:1: unknown key "For"; did you mean "for"?
      Write `for`.
    +14:48: `otherwise` cannot be "rollback"; did you mean "roll_back"?
      Write "roll_back".
    "#);
}

#[test]
fn what_is_planned_is_refused_by_name_and_not_ignored() {
    let told = bad(&format!(
        r#"
[discord]
guild = "1"
[github]
mode = "app"
{HEAD}
[[apps.environments.after]]
name = "load"
check = {{ kind = "load", url = "{{url}}" }}
[[apps.environments]]
name = "cluster"
target = {{ kind = "kubernetes", namespace = "hello" }}
"#
    ));
    assert_snapshot!(told, @r#"
    shipgate.toml:2:1: `channels` is missing
      Write, for example: channels = { deployments = "100000000000000002" }
    shipgate.toml:3:9: `guild` must be an id of Discord's
      In Discord, turn on the developer mode, right-click the server or channel, choose "Copy ID", and put it in quotes.
    shipgate.toml:4:2: `github` is not in this version of Shipgate
      Remove this section for now.
    shipgate.toml:25:18: checks of kind "load" are not in this version of Shipgate
      This version has: `http`, `prometheus`.
    shipgate.toml:28:19: targets of kind "kubernetes" are not in this version of Shipgate
      This version has: `fly`.
    "#);
    assert_snapshot!(bad(&format!("[database]\nurl = \"mysql://u:secret@h/db\"\n{HEAD}")), @r#"
    shipgate.toml:2:7: this is not a database that Shipgate knows
      Write "sqlite://" and a file, such as "sqlite://shipgate.db", or the address of a PostgreSQL database: "postgres://USER@HOST/DATABASE".
    "#);
}

#[test]
fn names_are_unique_and_can_be_typed() {
    let app =
        "[[apps]]\nname = \"hello\"\n[[apps.environments]]\nname = \"x\"\ntarget = { kind = \"fly\", app = \"x\" }";
    assert_snapshot!(bad(&format!("{HEAD}{app}")), @r#"
    shipgate.toml:18:8: the name "hello" is taken already
      Give this one another name.
    "#);
    let told = bad_in_staging(
        r#"[[apps.environments]]
name = "staging"
target = { kind = "fly", app = "hello-staging" }
[[apps.environments]]
name = ""
target = { kind = "fly", app = "Hello World/../x" }
[[apps.environments]]
name = "-rf"
target = "fly"
[[apps.environments.after]]
name = "two\nlines"
check = "http"
[[apps.environments.after]]
name = 7
check = { kind = "htpp", url = "{url}" }"#,
    );
    assert_snapshot!(told, @r#"
    +2:8: the name "staging" is taken already
      Give this one another name.
    +3:10: another environment runs on this target already
      Give each environment a target of its own; two on one would undo each other's work.
    +5:8: "" cannot be a name, because people type it in commands
      Use 1 to 64 letters, digits and - _ . only, and no - at the beginning.
    +6:32: "Hello World/../x" cannot be the name of an app on fly.io
      Write it as `fly apps list` does: small letters, digits and hyphens.
    +8:8: "-rf" cannot be a name, because people type it in commands
      Use 1 to 64 letters, digits and - _ . only, and no - at the beginning.
    +9:10: `target` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    +11:8: "two lines" cannot be a name
      A name is 1 to 64 characters on one line, without spaces at its ends.
    +12:9: `check` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    +14:8: `name` must be text
      Put it in quotes: "…"
    +15:18: `kind` cannot be "htpp"; did you mean "http"?
      Write "http".
    "#);
}

#[test]
fn an_address_is_whole_and_without_a_password() {
    let check = |url: &str| {
        bad_in_staging(&format!(
            "[[apps.environments.after]]\nname = \"health\"\ncheck = {{ kind = \"http\", url = \"{url}\" }}"
        ))
    };
    assert_snapshot!(check("https://ada:hunter2@hello.example.org/"), @"
    +3:32: `url` holds a user name or password, which would end up in the ledger
      Write the address without it, and let the app answer health checks without a password.
    ");
    assert_snapshot!(check("{uri}/health"), @r#"
    +3:32: "{uri}" means nothing here; did you mean "{url}"?
      Write `{url}`, at the very beginning of the address.
    "#);
    assert_snapshot!(check("{url}.evil.example.org/"), @r#"
    +3:32: "{url}.evil.example.org/" makes no address under the environment's own
      Put a slash behind it: "{url}/health".
    "#);
    assert_snapshot!(check("ftp://hello.example.org/"), @r#"
    +3:32: `url` must be a web address
      Write it whole: "https://hello.example.org".
    "#);
    assert_snapshot!(check("https://hello.example.org/{version}"), @r#"
    +3:32: "{version}" means nothing here
      The only one there is: `{url}`, the environment's own address.
    "#);
    let told = bad(&HEAD.replace("https://hello-staging.example.org/", "https://x.example.org/?token=1"));
    assert_snapshot!(told, @"
    shipgate.toml:15:7: `url` has something after a ? or #
      Write the address alone; checks put a path behind it.
    ");
    let told = bad(&format!(
        "{}[[apps.environments.after]]\nname = \"health\"\ncheck = {{ kind = \"http\", url = \"{{url}}/\" }}",
        HEAD.replace("url = ", "# url = ")
    ));
    assert_snapshot!(told, @r#"
    shipgate.toml:19:32: "{url}" stands for the environment's address, and it has none
      Give the environment one: url = "https://hello.example.org"
    "#);
}

#[test]
fn a_head_request_has_no_json_to_look_into() {
    let told = bad_in_staging(
        r#"[[apps.environments.after]]
name = "health"
check = { kind = "http", url = "{url}/", method = "HEAD", status = 99, json = { field = "status" }, timeout = "2m" }
[[apps.environments.after]]
name = "again"
check = { kind = "http", url = "{url}/", method = "HEAD", json = { field = "/status" } }"#,
    );
    assert_snapshot!(told, @r#"
    +3:68: `status` must be between 100 and 599
      Write a number in that range.
    +3:89: `field` must be the path of a JSON field
      Begin with a slash and put one between the names: "/database/status".
    +3:111: `timeout` must be between 100ms and 1m
      Write a length of time in that range, such as "100ms".
    +6:59: the answer to HEAD has no JSON
      Remove `json`, or `method`.
    "#);
}

#[test]
fn a_name_where_a_chat_has_ids_would_match_nobody_and_is_refused() {
    let told = bad(&HEAD
        .replace("[\"terminal:bob\"]", "[\"discord:user:bob\", \"slack:user:bob\", \"slack:user:S0REL\"]")
        .replace(
            "[\"ada\", \"bob\"]",
            "[\"ada\", \"discord:role:releasers\", \"slack:group:@releasers\", \"slack:group:S\"]",
        ));
    assert_snapshot!(told, @r#"
    shipgate.toml:4:8: "discord:user:bob" names no id of Discord
      Write the number: turn on Developer Mode in Discord's settings, right-click the person or the role, and choose Copy ID.
    shipgate.toml:4:28: "slack:user:bob" names no member id of Slack
      Write the id, such as U0123ABCD: in Slack, open the person's profile, then ⋮ and Copy member ID.
    shipgate.toml:4:46: "slack:user:S0REL" names no member id of Slack
      Write the id, such as U0123ABCD: in Slack, open the person's profile, then ⋮ and Copy member ID.
    shipgate.toml:6:21: "discord:role:releasers" names no id of Discord
      Write the number: turn on Developer Mode in Discord's settings, right-click the person or the role, and choose Copy ID.
    shipgate.toml:6:47: "slack:group:@releasers" names no user group id of Slack
      Write the id, such as S0123ABCD: in Slack, open People, User groups, the group, then ⋮ and Copy group ID.
    shipgate.toml:6:73: "slack:group:S" names no user group id of Slack
      Write the id, such as S0123ABCD: in Slack, open People, User groups, the group, then ⋮ and Copy group ID.
    "#);
}

#[test]
fn people_groups_and_permissions_hold_together() {
    let told = bad(&HEAD
        .replace(
            "bob = [\"terminal:bob\"]",
            "bob = [\"terminal:ada\", \"irc:bob\", \"discord:role:1\", \"discord:user:\"]\n\"c d\" = [\"api:cd\"]",
        )
        .replace("[\"ada\", \"bob\"]", "[\"ada\", \"bbo\", \"zoe\", \"discord:role:1\"]\neveryone = [\"ada\"]")
        .replace("promote = [\"releasers\"]", "promote = \"releasers\"\nrolback = [\"releasers\"]")
        .replace("approve = [\"releasers\"]", "approve = [\"ada\", \"release\", \"api:ci\", \"ops\"]"));
    assert_snapshot!(told, @r#"
    shipgate.toml:4:8: "terminal:ada" is ada already
      One identity is one person: remove it from one of them.
    shipgate.toml:4:24: "irc:bob" is not an identity
      An identity begins with one of: `terminal:…`, `api:…`, `discord:user:…`, `discord:role:…`, `slack:user:…`, `slack:group:…`.
    shipgate.toml:4:35: "discord:role:1" may be several people
      List it under [groups]; [people] takes identities of one human only.
    shipgate.toml:4:53: "discord:user:" is not an identity
      An identity begins with one of: `terminal:…`, `api:…`, `discord:user:…`, `discord:role:…`, `slack:user:…`, `slack:group:…`.
    shipgate.toml:5:1: "c d" cannot be a name here
      Use letters, digits and - _ . only, and no - at the beginning.
    shipgate.toml:7:21: there is no person "bbo"; did you mean "bob"?
      Write "bob", or add "bbo" under [people].
    shipgate.toml:7:28: there is no person "zoe"
      Add them under [people], write an identity such as "terminal:zoe", or one of: `ada`, `bob`.
    shipgate.toml:8:1: "everyone" is built in and cannot be defined
      Remove it, or use another name.
    shipgate.toml:10:11: `promote` must be a list
      Write it in brackets: ["…", "…"]; a list of sections has two brackets around each heading.
    shipgate.toml:11:1: unknown key "rolback"; did you mean "rollback"?
      Write `rollback`.
    shipgate.toml:12:12: "ada" is not a group
      Make a group of it under [groups], such as `team = ["ada"]`, and write "team" here.
    shipgate.toml:12:19: there is no group "release"; did you mean "releasers"?
      Write "releasers", or add "release" under [groups].
    shipgate.toml:12:30: "api:ci" is not a group
      Make a group of it under [groups], such as `team = ["api:ci"]`, and write "team" here.
    shipgate.toml:12:40: there is no group "ops"
      Add it under [groups], or write one of: `releasers`, `everyone`.
    "#);
}

#[test]
fn lengths_of_time_are_whole_numbers_with_units() {
    for good in ["90s", "30m", "1h30m", "2d", "1d2h3m4s5ms"] {
        assert!(config::read(&format!("{HEAD}give_up = \"{good}\""), "x").is_ok(), "{good}");
    }
    for wrong in ["", "30", "30 m", "m", "1m1h", "1m1m", "1.5h", "-1m", "30min", "１m", "99999999999999999999d"] {
        let told = bad_in_staging(&format!("give_up = \"{wrong}\""));
        assert!(
            told.contains("`give_up` must be a length of time\n  Write whole numbers with units"),
            "{wrong}: {told}"
        );
    }
    assert_snapshot!(bad_in_staging("give_up = \"0s\"\nrollout_within = \"2s\""), @r#"
    +1:11: `give_up` must be between 1s and 366d
      Write a length of time in that range, such as "1s".
    +2:18: `rollout_within` must be between 10s and 1d
      Write a length of time in that range, such as "10s".
    "#);
    assert_snapshot!(bad_in_staging("give_up = \"1000d\""), @r#"
    +1:11: `give_up` must be between 1s and 366d
      Write a length of time in that range, such as "1s".
    "#);
}

#[test]
fn broken_notation_is_told_alone() {
    assert_snapshot!(bad("name = \nage = [1,\n"), @"
    shipgate.toml:1:8: this is not valid TOML: string values must be quoted, expected literal string
      Mend this first; the rest of the file is read after that.
    shipgate.toml:2:10: this is not valid TOML: unclosed array, expected `]`
      Mend this first; the rest of the file is read after that.
    ");
    assert_snapshot!(bad("[apps\nname = 1"), @"
    shipgate.toml:1:6: this is not valid TOML: unclosed table, expected `]`
      Mend this first; the rest of the file is read after that.
    ");
    assert_snapshot!(bad("日本 = \"東京\"\nlocale = \"en\"\nlocale = \"ja\""), @"
    shipgate.toml:1:1: this is not valid TOML: invalid unquoted key, expected letters, numbers, `-`, `_`
      Mend this first; the rest of the file is read after that.
    shipgate.toml:3:1: this is not valid TOML: duplicate key
      Mend this first; the rest of the file is read after that.
    ");
}

#[test]
fn columns_count_characters() {
    assert_snapshot!(bad_in_staging("time_zone = \"東京\" # 東京\n\"鍵\" = 1"), @r#"
    +1:13: there is no time zone "東京"
      Write a name such as "Asia/Tokyo", "Europe/Berlin" or "UTC".
    +2:1: unknown key "鍵"
      Remove it. Known here: `name`, `time_zone`, `url`, `target`, `before`, `after`, `watch`, `give_up`, `rollout_within`, `override_by`.
    "#);
}

#[test]
fn nothing_makes_it_panic_and_nothing_is_silent() {
    assert_snapshot!(bad(""), @"
    shipgate.toml:1:1: there is no app in this file
      Add one: [[apps]] with a name, and [[apps.environments]] below it.
    ");
    assert_snapshot!(bad("apps = 1\npeople = []\ngroups = 2\npermissions = \"x\"\ndatabase = true"), @r#"
    shipgate.toml:1:8: `apps` must be a list
      Write it in brackets: ["…", "…"]; a list of sections has two brackets around each heading.
    shipgate.toml:2:10: `people` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    shipgate.toml:3:10: `groups` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    shipgate.toml:4:15: `permissions` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    shipgate.toml:5:12: `database` must be a section with keys of its own
      Write { … = … } behind it, or give it a heading in brackets.
    "#);
    // Cut the good file anywhere: it is a smaller good file, or told about, never a panic.
    let whole = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/minimal.toml")).unwrap();
    for end in (0..whole.len()).step_by(7) {
        if let Err(problems) = config::read(&whole[..end], "shipgate.toml") {
            assert!(!problems.is_empty());
            super::told(&problems);
        }
    }
}

#[test]
fn every_message_says_what_to_write_in_every_language() {
    for locale in config::LOCALES {
        let path = format!("{}/locales/{locale}.ftl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let keys: Vec<_> = text.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
        for key in keys.iter().filter(|key| key.starts_with("config-") && !key.ends_with("-next")) {
            assert!(keys.contains(&format!("{key}-next").as_str()), "{locale}: {key} does not say what to write");
        }
    }
    let note = Note::new("config-name-twice").with("name", "staging");
    assert_snapshot!(words::say("ja", &note), @"名前「staging」はすでに使われています");
}

#[test]
fn broken_notation_hides_no_other_mistake_but_what_it_may_have_caused() {
    let keys = |text: &str| -> Vec<String> {
        let problems = shipgate::config::read(text, "shipgate.toml").expect_err("mistakes");
        problems.into_iter().map(|problem| problem.note.key).collect()
    };
    let found = keys(
        "time_zone = \"Asia/Tokio\"\n\n[groups]\nreleasers = [\"api:ci\"\n\n[permissions]\nrollbak = [\"releasers\"]\n",
    );
    assert!(found.iter().any(|key| key == "config-syntax"), "{found:?}");
    assert!(found.iter().any(|key| key.starts_with("config-unknown-zone")), "{found:?}");
    assert!(!found.iter().any(|key| key.starts_with("config-missing") || key.starts_with("config-no-")), "{found:?}");
    assert!(!found.iter().any(|key| key.starts_with("config-unknown-group")), "{found:?}");
}
