//! The environment variables: what they give, and what is told of bad ones.

use insta::assert_snapshot;
use secrecy::ExposeSecret;
use shipgate::config::Variables;

use super::{HEAD, PRODUCTION, good, told};

fn read(pairs: &[(&str, &str)]) -> Result<Variables, String> {
    let look_up = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Variables::read(look_up).map_err(|problems| told(&problems))
}

#[test]
fn nothing_set_is_a_machine_of_ones_own() {
    let variables = read(&[]).unwrap();
    assert_eq!(variables.config.to_str(), Some("shipgate.toml"));
    assert_eq!(variables.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(variables.fly.flaps_url, "https://api.machines.dev");
    assert_eq!(variables.fly.api_url, "https://api.fly.io");
    assert_eq!(variables.fly.registry_url, "https://registry.fly.io");
    assert!(variables.database_url.is_none() && variables.fly.token.is_none() && variables.api_tokens.is_empty());
    assert!(variables.prometheus.url.is_none() && variables.prometheus.token.is_none());
    assert!(variables.log.is_none() && variables.locale.is_none() && !variables.no_color);
}

#[test]
fn each_variable_is_heard() {
    let variables = read(&[
        ("DATABASE_URL", "sqlite:///data/shipgate.db"),
        ("PORT", "3000"),
        ("SHIPGATE_API_TOKENS", "ci=abc=, ada=def ,"),
        ("FLY_API_TOKEN", "FlyV1 fm2_a,fm2_b\n"),
        ("FLY_FLAPS_BASE_URL", "http://127.0.0.1:4280/"),
        ("SHIPGATE_CONFIG", "/etc/shipgate.toml"),
        ("PROMETHEUS_URL", "https://api.fly.io/prometheus/acme/"),
        ("PROMETHEUS_TOKEN", "FlyV1 fm2_metrics"),
        ("RUST_LOG", "shipgate=debug"),
        ("NO_COLOR", "1"),
        ("LC_ALL", ""),
        ("LANG", "ja_JP.UTF-8"),
    ])
    .unwrap();
    assert_eq!(variables.database_url.as_deref(), Some("sqlite:///data/shipgate.db"));
    assert_eq!(variables.listen.to_string(), "0.0.0.0:3000");
    let tokens = variables.api_tokens.iter().map(|one| (one.name.as_str(), one.token.expose_secret()));
    assert_eq!(tokens.collect::<Vec<_>>(), [("ci", "abc="), ("ada", "def")]);
    assert_eq!(variables.fly.token.as_ref().unwrap().expose_secret(), "FlyV1 fm2_a,fm2_b");
    assert_eq!(variables.fly.flaps_url, "http://127.0.0.1:4280");
    assert_eq!(variables.config.to_str(), Some("/etc/shipgate.toml"));
    assert_eq!(
        (variables.log.as_deref(), variables.locale, variables.no_color),
        (Some("shipgate=debug"), Some("ja"), true)
    );
    assert_eq!(variables.prometheus.url.as_deref(), Some("https://api.fly.io/prometheus/acme"));
    assert_eq!(variables.prometheus.token.as_ref().unwrap().expose_secret(), "FlyV1 fm2_metrics");
    let shown = format!("{variables:?}");
    assert!(!shown.contains("fm2_metrics") && !shown.contains("fm2_a") && !shown.contains("abc"), "{shown}");
}

#[test]
fn an_address_to_listen_on_wins_over_a_port() {
    let variables = read(&[("LISTEN_ADDR", "[::1]:9000"), ("PORT", "3000")]).unwrap();
    assert_eq!(variables.listen.to_string(), "[::1]:9000");
}

#[test]
fn a_registry_is_a_host_or_a_whole_address() {
    for (set, meant) in [
        ("registry.example.org", "https://registry.example.org"),
        ("127.0.0.1:5000", "https://127.0.0.1:5000"),
        ("http://127.0.0.1:4280/", "http://127.0.0.1:4280"),
        ("https://registry.example.org", "https://registry.example.org"),
    ] {
        assert_eq!(read(&[("FLY_REGISTRY_HOST", set)]).unwrap().fly.registry_url, meant);
    }
    for wrong in
        ["ftp://s3cret", "s3cret/path", "https://u:s3cret@host", "u@s3cret", "s3cret?x", "a s3cret", "://s3cret"]
    {
        let told = read(&[("FLY_REGISTRY_HOST", wrong)]).expect_err(wrong);
        assert!(told.starts_with("FLY_REGISTRY_HOST: ") && !told.contains("s3cret"), "{told}");
    }
}

#[test]
fn the_first_language_that_is_set_counts() {
    let locale = |pairs: &[(&str, &str)]| read(pairs).unwrap().locale;
    assert_eq!(locale(&[("LC_ALL", "en_GB.UTF-8"), ("LANG", "ja_JP.UTF-8")]), Some("en"));
    assert_eq!(locale(&[("LC_MESSAGES", "ja"), ("LANG", "en_US.UTF-8")]), Some("ja"));
    assert_eq!(locale(&[("LANG", "C.UTF-8")]), None);
}

#[test]
fn the_database_of_the_environment_wins() {
    let config = good(HEAD);
    assert_eq!(config.database_url(&read(&[]).unwrap()), "sqlite://shipgate.db");
    let variables = read(&[("DATABASE_URL", "sqlite://other.db")]).unwrap();
    assert_eq!(config.database_url(&variables), "sqlite://other.db");
}

#[test]
fn bad_ones_are_all_told_and_no_secret_is_repeated() {
    let told = read(&[
        ("DATABASE_URL", "mysql://ada:s3cret@db/shipgate"),
        ("PORT", "http"),
        ("SHIPGATE_API_TOKENS", "s3cret,ci=s3cret,ci=s3cret2,bob=s3cret,e ve=s3cret3,dan=s3 cret4,=s3cret5,zoe="),
        ("FLY_API_TOKEN", "FlyV1 s3cret\u{fffd}"),
        ("FLY_FLAPS_BASE_URL", "api.machines.dev"),
        ("FLY_REGISTRY_HOST", "registry.fly.io/hello"),
        ("FLY_API_BASE_URL", "file:///etc/passwd"),
        ("PROMETHEUS_URL", "https://ada:s3cret@prometheus.example.org"),
        ("PROMETHEUS_TOKEN", "s3cret\n"),
    ])
    .unwrap_err();
    assert!(!told.contains("s3cret"), "{told}");
    assert_snapshot!(told, @r#"
    DATABASE_URL: this is not a database that Shipgate knows
      Write "sqlite://" and a file, such as "sqlite://shipgate.db", or the address of a PostgreSQL database: "postgres://USER@HOST/DATABASE".
    PORT: "http" is not a port
      Write a number from 1 to 65535.
    SHIPGATE_API_TOKENS: entry 1 is not of the form name=token
      Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
    SHIPGATE_API_TOKENS: entry 3 repeats the name "ci"
      Give each token a name of its own.
    SHIPGATE_API_TOKENS: entry 4 repeats the token of another name
      Make a token for each name, or nobody can tell them apart.
    SHIPGATE_API_TOKENS: entry 5 is not of the form name=token
      Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
    SHIPGATE_API_TOKENS: entry 6 is not of the form name=token
      Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
    SHIPGATE_API_TOKENS: entry 7 is not of the form name=token
      Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
    SHIPGATE_API_TOKENS: entry 8 is not of the form name=token
      Write name=token, with a comma between two; letters, digits and - _ . in names, no spaces in tokens.
    FLY_API_TOKEN: the token holds characters that no token has
      Set it again; perhaps a line break or a quotation mark came with it.
    FLY_FLAPS_BASE_URL: `FLY_FLAPS_BASE_URL` must be a web address
      Write it whole: "https://hello.example.org".
    FLY_REGISTRY_HOST: `FLY_REGISTRY_HOST` must be the name of a host, or a web address
      Write the name alone, as in registry.fly.io; or the whole address of a stand-in: http://127.0.0.1:4280
    FLY_API_BASE_URL: `FLY_API_BASE_URL` must be a web address
      Write it whole: "https://hello.example.org".
    PROMETHEUS_URL: `PROMETHEUS_URL` holds a user name or password, which would be shown
      Write the address without it; PROMETHEUS_TOKEN can be “Basic …”.
    "#);
    assert_snapshot!(read(&[("LISTEN_ADDR", "localhost")]).unwrap_err(), @r#"
    LISTEN_ADDR: "localhost" is not an address to listen on
      Write an IP address and a port: 127.0.0.1:8080
    "#);
}

#[test]
fn a_target_on_fly_needs_a_token() {
    let none = read(&[]).unwrap();
    assert_snapshot!(told(&good(HEAD).missing(&none)), @"
    shipgate.toml:13:1: an app runs on fly.io, and FLY_API_TOKEN is not set
      Make a token with `fly tokens create deploy -a hello-staging` and put it into FLY_API_TOKEN.
    ");
    assert_snapshot!(told(&good(&format!("{HEAD}{PRODUCTION}")).missing(&none)), @"
    shipgate.toml:13:1: apps run on fly.io, and FLY_API_TOKEN is not set
      Make tokens with `fly tokens create deploy -a hello-staging`, `fly tokens create deploy -a hello` and put them into FLY_API_TOKEN, with a comma between them.
    ");
    let some = read(&[("FLY_API_TOKEN", "FlyV1 fm2_a")]).unwrap();
    assert_eq!(good(HEAD).missing(&some), []);
}

const SLACK: &str = "[slack]\nmode = \"{mode}\"\nchannels = { deployments = \"C0DEPLOY\" }\n";

#[test]
fn slack_needs_its_tokens_each_of_its_kind() {
    let none = read(&[]).unwrap();
    let missing = |mode: &str| {
        let config = good(&format!("{}{HEAD}", SLACK.replace("{mode}", mode)));
        told(&config.missing(&none))
    };
    assert_snapshot!(missing("socket"), @r#"
    SLACK_BOT_TOKEN: [slack] is in the config, and SLACK_BOT_TOKEN is not set
      On https://api.slack.com/apps open your app, page "OAuth & Permissions", and copy "Bot User OAuth Token" into SLACK_BOT_TOKEN.
    SLACK_APP_TOKEN: [slack] has mode = "socket", and SLACK_APP_TOKEN is not set
      On your app's page "Basic Information", "App-Level Tokens", generate one with the scope connections:write, and put it into SLACK_APP_TOKEN.
    shipgate.toml:16:1: an app runs on fly.io, and FLY_API_TOKEN is not set
      Make a token with `fly tokens create deploy -a hello-staging` and put it into FLY_API_TOKEN.
    "#);
    assert_snapshot!(missing("http"), @r#"
    SLACK_BOT_TOKEN: [slack] is in the config, and SLACK_BOT_TOKEN is not set
      On https://api.slack.com/apps open your app, page "OAuth & Permissions", and copy "Bot User OAuth Token" into SLACK_BOT_TOKEN.
    SLACK_SIGNING_SECRET: [slack] has mode = "http", and SLACK_SIGNING_SECRET is not set
      Copy "Signing Secret" from your app's page "Basic Information" into SLACK_SIGNING_SECRET.
    shipgate.toml:16:1: an app runs on fly.io, and FLY_API_TOKEN is not set
      Make a token with `fly tokens create deploy -a hello-staging` and put it into FLY_API_TOKEN.
    "#);
    let swapped = read(&[("SLACK_BOT_TOKEN", "xapp-hush"), ("SLACK_APP_TOKEN", "xoxb-hush")]);
    assert_snapshot!(swapped.unwrap_err(), @"
    SLACK_BOT_TOKEN: this is a token of another kind
      The one that belongs here begins with xoxb-.
    SLACK_APP_TOKEN: this is a token of another kind
      The one that belongs here begins with xapp-.
    ");
    let right = [("SLACK_BOT_TOKEN", "xoxb-hush"), ("SLACK_APP_TOKEN", "xapp-hush"), ("SLACK_SIGNING_SECRET", "hush")];
    let right = read(&right).unwrap();
    assert_eq!(right.slack.api_url, "https://slack.com/api");
    assert!(!format!("{right:?}").contains("hush"), "{right:?}");
}
