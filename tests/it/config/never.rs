//! Configs that are read and can never work: `shipgate check` warns of them.

use insta::assert_snapshot;
use shipgate::config;
use shipgate::domain::Moment;
use shipgate::words::Words;

use super::{HEAD, PRODUCTION, good, words};

/// 23 November 2026, at noon in UTC.
const NOW: Moment = Moment(1_795_435_200_000);

/// What is warned of where the second environment has these lines, in both languages' words; the first is shown.
fn warned_in(text: &str) -> String {
    let said = |note: &_| {
        for locale in config::LOCALES {
            words::say(locale, note);
        }
        Words::new("en").note(note)
    };
    let warnings = config::explain(&good(text), NOW).warnings;
    let others = ["explain-nobody-may"];
    let ours = warnings.iter().filter(|note| !others.contains(&note.key.as_str()));
    ours.map(said).collect::<Vec<_>>().join("\n")
}

fn warned(lines: &str) -> String {
    warned_in(&format!("{HEAD}{PRODUCTION}{lines}"))
}

fn gate(rule: &str) -> String {
    warned(&format!("[[apps.environments.before]]\nname = \"gate\"\n{rule}"))
}

#[test]
fn a_gate_that_the_calendar_never_opens_is_warned_of() {
    let never = gate(r#"freeze = { from = "2020-01-01", to = "2099-01-01" }"#);
    assert_snapshot!(never, @r#"
    hello production: "gate" opens at no time of the coming 400 days, so nothing gets past it. Change its days or hours, or the dates in it.
    "#);
    for rule in [
        r#"freeze = { days = "mon-sun", from = "00:00", to = "24:00" }"#,
        r#"freeze = [{ from = "00:00", to = "12:00", days = "mon-sun" }, { from = "12:00", to = "24:00", days = "mon-sun" }]"#,
        r#"window = { from = "09:00", to = "17:00", except = ["2020-01-01/2099-01-01"] }"#,
        r#"window = { days = "mon", from = "09:00", to = "17:00", except = ["2026-11-23/2028-01-01"] }"#,
    ] {
        assert_eq!(gate(rule), never, "{rule}");
    }
    for rule in [
        r#"freeze = { from = "2020-01-01", to = "2027-06-01" }"#,
        r#"freeze = { days = "mon-sat", from = "00:00", to = "24:00" }"#,
        r#"window = { from = "09:00", to = "17:00", except = ["2020-01-01/2027-06-01"] }"#,
    ] {
        assert_eq!(gate(rule), "", "{rule}");
    }
}

#[test]
fn a_soak_that_is_longer_than_a_deployment_waits_is_warned_of() {
    assert_snapshot!(gate("soak = \"48h\""), @r#"
    hello production: "gate" takes 2 d, and a deployment gives up after 1 d: one that is asked for early never gets past it. Make `give_up` longer, or the soak shorter.
    "#);
    assert_eq!(warned("give_up = \"49h\"\n[[apps.environments.before]]\nname = \"gate\"\nsoak = \"48h\""), "");
}

#[test]
fn a_group_that_only_a_chat_knows_is_warned_of_where_there_is_no_such_chat() {
    let with = |members: &str| HEAD.replace("[\"ada\", \"bob\"]", members);
    assert_snapshot!(warned_in(&with("[\"discord:role:10\"]")), @r#"
    The group "releasers" has nobody in it: only a chat knows who is in "discord:role:10", and there is no [discord] in the config. Add that section, or name people.
    "#);
    assert_snapshot!(warned_in(&with("[\"discord:role:10\", \"slack:group:S0REL\"]")), @r#"
    The group "releasers" has nobody in it: only a chat knows who is in "discord:role:10", and there is no [discord] in the config. Add that section, or name people.
    "#);
    let discord = "[discord]\nguild = \"100000000000000001\"\nchannels = { deployments = \"100000000000000002\" }\n";
    assert_eq!(warned_in(&format!("{discord}{}", with("[\"discord:role:10\", \"slack:group:S0REL\"]"))), "");
    assert_eq!(warned_in(&with("[\"discord:role:10\", \"bob\"]")), "", "somebody is in it");
}
