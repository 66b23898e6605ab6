//! `shipgate init` of the real binary, and its questions: what it writes passes `shipgate check --offline`, and what is
//! there is never overwritten by mistake.

use shipgate::config;
use shipgate::domain::Moment;
use shipgate::init::{self, Answers, Conversation, Given, InitTrouble, Room};
use shipgate::words::Words;

use crate::world::process::{Ended, shipgate};

fn in_folder(folder: &tempfile::TempDir, args: &[&str]) -> Ended {
    shipgate(args).inside(folder.path()).ended()
}

fn written(folder: &tempfile::TempDir) -> String {
    std::fs::read_to_string(folder.path().join("shipgate.toml")).expect("a config")
}

#[test]
fn what_it_writes_passes_the_check_in_both_languages() {
    for locale in ["en", "ja"] {
        let folder = tempfile::tempdir().expect("a folder");
        let made = in_folder(&folder, &["init", "--app", "hello", "--people", "ada,bob", "--locale", locale]).with(0);
        assert!(made.out.contains("FLY_API_TOKEN") && made.out.contains("SHIPGATE_API_TOKENS"), "{}", made.out);
        assert!(made.out.contains("shipgate check --config shipgate.toml"), "{}", made.out);
        in_folder(&folder, &["check", "--offline"]).with(0);
        let text = written(&folder);
        insta::with_settings!(
            { snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true },
            { insta::assert_snapshot!(format!("init_{locale}"), text) }
        );
        let config = config::read(&text, "shipgate.toml").expect("a good config");
        assert_eq!(config::explain(&config, Moment(0)).warnings, []);
    }
}

#[test]
fn options_say_everything_that_it_would_ask() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = "init --app shop --environments test,live --fly-app test=shop-t --fly-app=live=shop-l --people ada \
                --time-zone Asia/Tokyo --discord-guild 100000000000000001 --discord-channel 100000000000000002 \
                --discord-role 100000000000000010 --out my.toml";
    let made = in_folder(&folder, &args.split_whitespace().collect::<Vec<_>>()).with(0);
    assert!(made.out.contains("DISCORD_TOKEN"), "{}", made.out);
    let config = config::load(&folder.path().join("my.toml")).expect("a good config");
    let names: Vec<_> =
        config.apps[0].environments.iter().map(|e| (&*e.name, e.policy.target.settings["app"].as_str())).collect();
    assert_eq!(names, [("test", Some("shop-t")), ("live", Some("shop-l"))]);
    assert_eq!(
        config.discord.as_ref().map(|d| (d.guild, d.deployments)),
        Some((100_000_000_000_000_001, 100_000_000_000_000_002))
    );
    assert_eq!(config.time_zone, "Asia/Tokyo");
    assert_eq!(config.apps[0].environments[1].policy.before.len(), 1, "somebody with the role approves");
    in_folder(&folder, &["check", "--offline", "--config", "my.toml"]).with(0);
}

#[test]
fn a_team_on_slack_gets_its_channel_and_its_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = "init --app hello --people ada --slack-channel C0DEPLOY --slack-group S0REL";
    let made = in_folder(&folder, &args.split_whitespace().collect::<Vec<_>>()).with(0);
    assert!(made.out.contains("SLACK_BOT_TOKEN") && made.out.contains("SLACK_APP_TOKEN"), "{}", made.out);
    let config = config::read(&written(&folder), "shipgate.toml").expect("a good config");
    assert_eq!(config.slack.map(|slack| slack.deployments).as_deref(), Some("C0DEPLOY"));
    assert!(config.people.groups["releasers"].iter().any(|member| member == "slack:group:S0REL"));
    in_folder(&folder, &["check", "--offline"]).with(0);
    in_folder(&folder, &["init", "--app", "a", "--people", "b", "--slack-group", "S0REL"]).with(2);
}

#[test]
fn a_file_that_is_there_stays_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("shipgate.toml"), "# mine\n").expect("a file");
    let init = ["init", "--app", "hello", "--people", "ada", "--force"];
    let kept = in_folder(&folder, &init[..5]).with(1);
    assert!(kept.err.contains("is there already") && kept.err.contains("--force"), "{}", kept.err);
    assert_eq!(written(&folder), "# mine\n");
    in_folder(&folder, &init).with(0);
    assert!(written(&folder).contains("name = \"hello\""));
}

#[test]
fn without_a_terminal_it_says_which_options_are_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let both = in_folder(&folder, &["init"]).with(2);
    assert!(both.err.contains("these options are needed: --app, --people."), "{}", both.err);
    let one = in_folder(&folder, &["init", "--app", "hello", "--locale", "ja"]).with(2);
    assert!(one.err.contains("次のオプションが必要です：--people。"), "{}", one.err);
    let odd = in_folder(&folder, &["init", "--app", "a", "--people", "b", "--fly-app", "live=x"]).with(2);
    assert!(odd.err.contains("--fly-app names the environment live"), "{}", odd.err);
    let bad = in_folder(&folder, &["init", "--app", "my app", "--people", "ada"]).with(2);
    assert!(bad.err.contains("\"my app\" cannot be a name") && bad.err.contains("nothing was written"), "{}", bad.err);
    assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none(), "nothing is left behind");
}

#[test]
fn one_mistake_is_told_once_and_by_the_option_that_makes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let init = |args: &[&str]| in_folder(&folder, &[&["init"], args].concat()).with(2).err;
    insta::assert_snapshot!(init(&["--app", "hello world", "--people", "ada"]), @r#"
    --app: "hello world" cannot be a name, because people type it in commands
      Use 1 to 64 letters, digits and - _ . only, and no - at the beginning.
    These options make no config, so nothing was written.
    "#);
    insta::assert_snapshot!(init(&["--app", "my_app", "--people", "everyone", "--time-zone", "Tokyo", "--environments", "a,a"]), @r#"
    --time-zone: there is no time zone "Tokyo"; did you mean "Asia/Tokyo"?
      Write "Asia/Tokyo".
    --environments: the name "a" is taken already
      Give this one another name.
    --people: "everyone" is built in and cannot be defined
      Remove it, or use another name.
    These options make no config, so nothing was written.
    "#);
    insta::assert_snapshot!(init(&["--app", "hello", "--people", "ada bob", "--slack-channel", "general"]), @r#"
    --people: "ada bob" cannot be a name here
      Use letters, digits and - _ . only, and no - at the beginning.
    --slack-channel: `deployments` must be the id of a channel on Slack
      In Slack, click the channel's name; the id is at the bottom of what opens. It begins with C.
    These options make no config, so nothing was written.
    "#);
    insta::assert_snapshot!(init(&["--app", "my_app", "--people", "ada"]), @r#"
    --fly-app: "my_app-staging" cannot be the name of an app on fly.io
      Write it as `fly apps list` does: small letters, digits and hyphens.
    These options make no config, so nothing was written.
    "#);
    insta::assert_snapshot!(init(&["--app", "a", "--people", "b", "--fly-app", "staging=x", "--fly-app", "staging=y"]), @r#"
    --fly-app names the environment staging twice. Give it once.
    "#);
    insta::assert_snapshot!(init(&["--app", "a", "--people", ","]), @r#"
    There is no terminal to ask at, so these options are needed: --people. See `shipgate init --help`.
    "#);
    let pair = init(&["--app", "a", "--people", "b", "--fly-app", "x"]);
    assert!(pair.contains("write the environment, = and its name on fly.io, such as staging=hello-staging"), "{pair}");
    assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none(), "nothing is left behind");
    // Who is named twice is one person, and no name on fly.io has capitals.
    in_folder(&folder, &["init", "--app", "A", "--people", "ada,,ada"]).with(0);
    let config = config::read(&written(&folder), "shipgate.toml").expect("a good config");
    assert_eq!(config.people.people.len(), 1);
    assert_eq!(config.apps[0].environments[0].policy.target.settings["app"], "a-staging");
}

#[test]
fn a_wrong_answer_is_told_at_once_and_asked_again() {
    let given = || Given { locale: "en".to_owned(), ..Given::default() };
    let typed = "my app\nmy_app\n,\ntest,test\ntest,live\n\nmy-app-test\nLIVE\nmy-app\neveryone\nada\nTokyo\nAsia/Tokyo\n\
                 1\n100000000000000001\n\n100000000000000002\nreleasers\n\n";
    let (answers, out) = asked(given(), typed);
    let answers = answers.expect("answers");
    assert_eq!(answers.environments, [("test".into(), "my-app-test".into()), ("live".into(), "my-app".into())]);
    config::read(&init::write(&answers, &Words::new("en")), "x").expect("a good config");
    insta::assert_snapshot!(out, @r#"
    A few questions for a first config. An empty line takes what stands in brackets.
    What is the app called? [hello]   "my app" cannot be a name, because people type it in commands
      Use 1 to 64 letters, digits and - _ . only, and no - at the beginning.
    What is the app called? [hello] Its environments, in the order of promotion? [staging,production] Its environments, in the order of promotion? [staging,production]   the name "test" is taken already
      Give this one another name.
    Its environments, in the order of promotion? [staging,production] What is test called on fly.io? [my_app-test]   "my_app-test" cannot be the name of an app on fly.io
      Write it as `fly apps list` does: small letters, digits and hyphens.
    What is test called on fly.io? [my_app-test] What is live called on fly.io? [my_app-live]   "LIVE" cannot be the name of an app on fly.io
      Write it as `fly apps list` does: small letters, digits and hyphens.
    What is live called on fly.io? [my_app-live] Who may release? (names, with commas) [me]   "everyone" is built in and cannot be defined
      Remove it, or use another name.
    Who may release? (names, with commas) [me] In which time zone do people read times? [UTC]   there is no time zone "Tokyo"; did you mean "Asia/Tokyo"?
      Write "Asia/Tokyo".
    In which time zone do people read times? [UTC] The id of your Discord server? (empty: no Discord)   `guild` must be an id of Discord's
      In Discord, turn on the developer mode, right-click the server or channel, choose "Copy ID", and put it in quotes.
    The id of your Discord server? (empty: no Discord) The id of the channel for the cards?   `deployments` must be an id of Discord's
      In Discord, turn on the developer mode, right-click the server or channel, choose "Copy ID", and put it in quotes.
    The id of the channel for the cards? The id of the role of those who may release? (empty: none)   "discord:role:releasers" names no id of Discord
      Write the number: turn on Developer Mode in Discord's settings, right-click the person or the role, and choose Copy ID.
    The id of the role of those who may release? (empty: none)
    "#);
}

/// What a person at a terminal is asked, and what comes of the answers.
fn asked(given: Given, typed: &str) -> (Result<Answers, InitTrouble>, String) {
    let mut out = Vec::new();
    let answers = init::ask(given, &mut typed.as_bytes(), &mut out, &Words::new("en"));
    (answers, String::from_utf8(out).expect("text"))
}

#[test]
fn a_person_is_asked_little_and_an_empty_line_takes_the_default() {
    let given = || Given { locale: "en".to_owned(), ..Given::default() };
    let (answers, out) = asked(given(), &"\n".repeat(8));
    let answers = answers.expect("answers");
    insta::assert_snapshot!(out);
    config::read(&init::write(&answers, &Words::new("en")), "x").expect("a good config");
    let (answers, _) =
        asked(given(), "shop\ntest, live\nshop-t\n\nada, bob\nAsia/Tokyo\n100000000000000001\n100000000000000002\n\n");
    let discord = Room { guild: "100000000000000001".into(), channel: "100000000000000002".into(), role: None };
    assert_eq!(
        answers.expect("answers"),
        Answers {
            locale: "en".into(),
            time_zone: "Asia/Tokyo".into(),
            app: "shop".into(),
            environments: vec![("test".into(), "shop-t".into()), ("live".into(), "shop-live".into())],
            people: vec!["ada".into(), "bob".into()],
            discord: Some(discord),
            slack: None,
        }
    );
    let (answers, _) = asked(given(), "\n\n\n\n\n\n\nC0DEPLOY\nS0REL\n");
    let slack = answers.expect("answers").slack;
    assert_eq!(slack, Some(Conversation { channel: "C0DEPLOY".into(), group: Some("S0REL".into()) }));
    let told = Given { app: Some("shop".into()), people: Some(vec!["ada".into()]), ..given() };
    let (_, out) = asked(told, &"\n".repeat(5));
    assert!(!out.contains("What is the app called?") && !out.contains("Who may release?"), "{out}");
    let (cut, _) = asked(given(), "hello\n");
    let trouble = cut.expect_err("the terminal is gone").note();
    assert_eq!(trouble.key, "init-terminal");
}
