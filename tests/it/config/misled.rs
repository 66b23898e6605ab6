//! Mistakes that look like others: each is told as what it is.

use insta::assert_snapshot;
use shipgate::config;

use super::{HEAD, bad, bad_in_staging};

#[test]
fn names_that_commands_could_not_tell_apart_are_refused() {
    let told = bad_in_staging(
        r#"[[apps.environments]]
name = "Staging"
target = { kind = "fly", app = "a" }
[[apps.environments]]
name = "ALL"
target = { kind = "fly", app = "b" }
[[apps.environments]]
name = "next"
target = { kind = "fly", app = "c" }
[[apps.environments]]
name = "1h30m"
target = { kind = "fly", app = "d" }
[[apps.environments]]
name = "again2"
target = { kind = "fly", app = "e" }
[[apps.environments.before]]
name = "Approval"
approval = { from = "releasers" }
[[apps.environments.after]]
name = "approval"
confirm = { from = "releasers", within = "1h" }
[[apps]]
name = "HELLO"
[[apps.environments]]
name = "staging"
target = { kind = "fly", app = "f" }
[[apps]]
name = "for"
[[apps.environments]]
name = "staging"
target = { kind = "fly", app = "g" }"#,
    );
    assert_snapshot!(told, @r#"
    +2:8: the names "Staging" and "staging" differ in capitals only, and commands do not tell them apart
      Give this one another name.
    +5:8: "ALL" cannot be a name, because commands read that word as something else
      Use another name: not all, next, again or for, and no length of time such as 2h.
    +8:8: "next" cannot be a name, because commands read that word as something else
      Use another name: not all, next, again or for, and no length of time such as 2h.
    +11:8: "1h30m" cannot be a name, because commands read that word as something else
      Use another name: not all, next, again or for, and no length of time such as 2h.
    +20:8: the names "approval" and "Approval" differ in capitals only, and commands do not tell them apart
      Give this one another name.
    +23:8: the names "HELLO" and "hello" differ in capitals only, and commands do not tell them apart
      Give this one another name.
    +28:8: "for" cannot be a name, because commands read that word as something else
      Use another name: not all, next, again or for, and no length of time such as 2h.
    "#);
}

#[test]
fn a_space_at_the_end_of_a_word_is_what_is_wrong_with_it() {
    let told = bad(&HEAD
        .replace("\nname = \"hello\"", "\nname = \"hello \"")
        .replace("app = \"hello-staging\"", "app = \" hp\"")
        .replace("[\"ada\", \"bob\"]", "[\" ada\", \"terminal:cy \"]")
        .replace("promote = [\"releasers\"]", "\"promote \" = [\"releasers\"]")
        .replace("approve = [\"releasers\"]", "approve = [\" releasers\"]")
        .replace("\n[people]", "time_zone = \" Asia/Tokyo\"\nlocale = \"ja \"\n[people]\n\" zoe\" = []"));
    assert_snapshot!(told, @r#"
    shipgate.toml:1:13: a space stands at an end of "Asia/Tokyo"
      Write it without the space: "Asia/Tokyo".
    shipgate.toml:2:10: a space stands at an end of "ja"
      Write it without the space: "ja".
    shipgate.toml:4:1: a space stands at an end of "zoe"
      Write it without the space: "zoe".
    shipgate.toml:8:14: a space stands at an end of "ada"
      Write it without the space: "ada".
    shipgate.toml:8:22: a space stands at an end of "terminal:cy"
      Write it without the space: "terminal:cy".
    shipgate.toml:10:1: a space stands at an end of "promote"
      Write it without the space: "promote".
    shipgate.toml:11:12: a space stands at an end of "releasers"
      Write it without the space: "releasers".
    shipgate.toml:14:8: a space stands at an end of "hello"
      Write it without the space: "hello".
    shipgate.toml:18:32: a space stands at an end of "hp"
      Write it without the space: "hp".
    "#);
}

#[test]
fn a_group_holds_no_groups_and_nobody_is_called_everyone() {
    let told = bad(&HEAD
        .replace("bob = [", "everyone = [\"terminal:eve\"]\n\"\" = [\"terminal:nobody\"]\nbob = [")
        .replace("[\"ada\", \"bob\"]", "[\"ada\", \"ops\", \"everyone\", \"x\"]\nops = [\"bob\"]\n\"q q\" = []")
        .replace("approve = [\"releasers\"]", "approve = [\"q\"]"));
    assert_snapshot!(told, @r#"
    shipgate.toml:4:1: "everyone" is built in and cannot be defined
      Remove it, or use another name.
    shipgate.toml:5:1: "" cannot be a name here
      Use letters, digits and - _ . only, and no - at the beginning.
    shipgate.toml:8:21: "ops" is a group, and a group holds people and identities only
      Write the members of "ops" here; or name both groups where a list of groups is taken, as under [permissions].
    shipgate.toml:8:40: there is no person "x"
      Add them under [people], write an identity such as "terminal:x", or one of: `ada`, `bob`.
    shipgate.toml:10:1: "q q" cannot be a name here
      Use letters, digits and - _ . only, and no - at the beginning.
    shipgate.toml:13:12: there is no group "q"
      Add it under [groups], or write one of: `ops`, `releasers`, `everyone`.
    "#);
}

#[test]
fn what_stands_below_a_heading_that_is_missing_is_told_so() {
    let environment = "[[apps.environments]]\nname = \"staging\"\ntarget = { kind = \"fly\", app = \"a\" }\n";
    assert_snapshot!(bad(environment), @r#"
    shipgate.toml:1:3: [[apps]] is missing above this
      Write [[apps]] with a `name` first, and below it what belongs to it.
    "#);
    let gate = "[[apps.environments.after]]\nname = \"ok\"\nconfirm = { from = \"everyone\", within = \"1h\" }";
    assert_snapshot!(bad(&format!("[[apps]]\nname = \"hello\"\n{gate}")), @r#"
    shipgate.toml:3:8: [[apps.environments]] is missing above this
      Write [[apps.environments]] with a `name` first, and below it what belongs to it.
    "#);
    assert_snapshot!(bad("[apps]\nname = \"hello\""), @r#"
    shipgate.toml:1:1: `apps` must be a list
      Write it in brackets: ["…", "…"]; a list of sections has two brackets around each heading.
    "#);
}

#[test]
fn unknown_names_are_told_however_many_there_are() {
    let people: String = (0..3_000).map(|n| format!("person{n} = []\n")).collect();
    let members: Vec<String> = (0..1_000).map(|n| format!("\"persons{n}\"")).collect();
    let text = format!("[people]\n{people}{}", &HEAD[HEAD.find("[groups]").expect("groups")..]);
    let problems = config::read(&text.replace("\"ada\", \"bob\"", &members.join(",")), "x").expect_err("strangers");
    assert_eq!(problems.len(), members.len());
    let (near, far) = (&problems[0], &problems[999]);
    assert_eq!((near.note.args["near"].as_str(), near.note.key.as_str()), ("person0", "config-unknown-person-near"));
    assert_eq!(far.note.key, "config-unknown-person", "nobody reads a thousand suggestions");
}
