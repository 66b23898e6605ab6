//! What a good file gives.

use serde_json::json;
use shipgate::config;
use shipgate::domain::{GateRule, Moment, Span, TargetSpec};

use super::{HEAD, PRODUCTION, good, staging};

#[test]
fn the_example_for_newcomers_is_a_good_config() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/minimal.toml");
    let config = config::load(path.as_ref()).map_err(|problems| super::told(&problems)).unwrap();
    assert_eq!(config.apps[0].environments.len(), 2);
    assert_eq!(config::explain(&config, Moment(0)).warnings, []);
}

#[test]
fn what_is_not_said_has_a_default() {
    let config = good(HEAD);
    assert_eq!((config.time_zone.as_str(), config.locale.as_str()), ("UTC", "en"));
    assert_eq!(config.database, "sqlite://shipgate.db");
    let policy = &config.apps[0].environments[0].policy;
    assert_eq!((policy.give_up, policy.rollout_within), (Span::hours(24), Span::minutes(15)));
    assert_eq!((policy.before.len(), policy.after.len(), &policy.watch), (0, 0, &None));
    assert_eq!(
        policy.target,
        TargetSpec {
            kind: "fly".into(),
            settings: json!({ "app": "hello-staging", "strategy": "rolling" }),
            fenced: true
        }
    );
}

#[test]
fn an_environment_may_have_a_time_zone_of_its_own() {
    let text = format!("time_zone = \"Asia/Tokyo\"\n{HEAD}{PRODUCTION}time_zone = \"Asia/Kolkata\"");
    let zones = good(&text).apps[0].environments.iter().map(|e| e.policy.time_zone.clone()).collect::<Vec<_>>();
    assert_eq!(zones, ["Asia/Tokyo", "Asia/Kolkata"]);
}

#[test]
fn environments_know_their_neighbours() {
    let config = good(&format!("{HEAD}{PRODUCTION}"));
    let app = config.app("hello").unwrap();
    assert_eq!(app.before("staging"), None);
    assert_eq!(app.before("production").unwrap().name, "staging");
    assert_eq!(app.after("staging").unwrap().name, "production");
    assert_eq!(app.after("production"), None);
    assert!(config.environment("hello", "productoin").is_none());
}

#[test]
fn the_environments_address_stands_for_url_in_checks() {
    let environment = staging(
        r#"
        [[apps.environments.after]]
        name = "health"
        check = { kind = "http", url = "{url}/health", latency_below = "1m500ms", json = { field = "/ok", is = true } }
        [[apps.environments.after]]
        name = "elsewhere"
        check = { kind = "http", url = "http://127.0.0.1:1/", method = "HEAD", status = 204, timeout = "3s" }
        "#
        .replace("1m500ms", "1s500ms")
        .as_str(),
    );
    let settings = environment.policy.after.iter().filter_map(|gate| match &gate.rule {
        GateRule::Check(check) => Some(check.check.settings.clone()),
        _ => None,
    });
    let settings = settings.collect::<Vec<_>>();
    assert_eq!(environment.policy.url.as_deref(), Some("https://hello-staging.example.org"));
    assert_eq!(
        settings,
        [
            json!({
                "url": "https://hello-staging.example.org/health", "method": "GET", "status": 200,
                "latency_below": 1_500, "json": { "field": "/ok", "is": true }, "timeout": 10_000,
            }),
            json!({ "url": "http://127.0.0.1:1/", "method": "HEAD", "status": 204, "timeout": 3_000 }),
        ]
    );
}

#[test]
fn a_file_that_cannot_be_opened_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shipgate.toml");
    let told = |path: &std::path::Path| super::told(&config::load(path).unwrap_err());
    assert!(told(&path).contains("there is no such file\n  Copy `examples/minimal.toml` there"));
    std::fs::write(&path, [b'#', 0xff, 0xfe]).unwrap();
    assert!(told(&path).contains("the file is not UTF-8 text"));
    std::fs::write(&path, "#".repeat(3 << 20)).unwrap();
    assert!(told(&path).contains("the file is longer than 1 MiB"));
    assert!(told(&path.join("x")).contains("the file cannot be read"));
    assert!(told(folder.path()).contains("this is a folder\n  Name the file in it"));
}
