//! `shipgate manifest slack`: what an app is made from passes Slack's own schemas, in both modes and both languages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shipgate::chat::slack::manifest;
use shipgate::command::TABLE;
use shipgate::words::Words;

use crate::world::process::{Ended, shipgate};
use crate::world::slack::SCOPES;
use crate::world::specs::Document;

const URL: &str = "https://shipgate.example.com";

/// Every way in which Slack would refuse a manifest.
fn wrong(manifest: &Value) -> Vec<String> {
    let schemas = ["v1", "v2"].map(|version| Document::slack(&format!("slack/app-manifest.{version}.schema.json")));
    let validators = schemas.into_iter().flatten().map(|schema| jsonschema::draft7::new(schema).expect("a schema"));
    validators
        .flat_map(|one| one.iter_errors(manifest).map(|e| format!("{}: {e}", e.instance_path())).collect::<Vec<_>>())
        .collect()
}

fn commands(manifest: &Value) -> BTreeSet<String> {
    let commands = manifest["features"]["slash_commands"].as_array().expect("commands");
    let names: BTreeSet<_> = commands.iter().map(|one| one["command"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(names.len(), commands.len(), "no name comes twice");
    names
}

#[test]
fn it_passes_slacks_own_schemas() {
    for locale in ["en", "ja"] {
        for url in [None, Some(URL)] {
            let manifest = manifest(url, &Words::new(locale));
            assert_eq!(wrong(&manifest), [""; 0], "{locale} {url:?}");
        }
    }
    let mut broken = manifest(None, &Words::new("en"));
    broken["features"]["slash_commands"][0]["description"] = json!("x".repeat(2_001));
    broken["settings"]["socket_mode"] = json!(true);
    assert!(Document::slack("slack/app-manifest.v1.schema.json").is_none() || wrong(&broken).len() >= 2, "it judges");
}

#[test]
fn it_has_every_command_whose_name_is_not_slacks_own_and_one_for_all() {
    let told = commands(&manifest(None, &Words::new("en")));
    let own = TABLE.iter().map(|spec| format!("/{}", spec.name)).filter(|name| name != "/status");
    assert_eq!(told, own.chain(["/shipgate".to_owned()]).collect());
}

/// The stand-in grants these, and refuses what takes another.
#[test]
fn it_asks_for_the_scopes_that_are_used() {
    let manifest = manifest(None, &Words::new("en"));
    let asked = manifest["oauth_config"]["scopes"]["bot"].as_array().expect("scopes");
    let asked: BTreeSet<_> = asked.iter().filter_map(Value::as_str).collect();
    assert_eq!(asked, SCOPES.into());
}

fn printed(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
fn the_way_in_is_that_of_the_config() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| shipgate(&[&["manifest", "slack"], args].concat()).inside(folder.path()).ended();
    // Without a config, the address says it.
    let socket = printed(&run(&[]).with(0));
    assert_eq!(socket["settings"]["socket_mode_enabled"], true);
    assert_eq!(socket["settings"]["event_subscriptions"]["request_url"], Value::Null);
    let http = printed(&run(&["--url", "https://shipgate.example.com/"]).with(0));
    assert_eq!(http["settings"]["socket_mode_enabled"], false);
    assert_eq!(http["settings"]["event_subscriptions"]["request_url"], format!("{URL}/slack/events"));
    assert_eq!(http["settings"]["interactivity"]["request_url"], format!("{URL}/slack/interactions"));
    let commands = http["features"]["slash_commands"].as_array().expect("commands");
    assert!(commands.iter().all(|one| one["url"] == format!("{URL}/slack/commands")));
    run(&["--url", "http://shipgate.example.com"]).with(2);
    assert!(run(&["--config", "nowhere.toml"]).with(1).err.contains("nowhere.toml"));

    let config = |mode: &str| {
        let slack = format!("[slack]\nmode = \"{mode}\"\nchannels = {{ deployments = \"C0DEPLOY\" }}\n");
        let rest = "[[apps]]\nname = \"hello\"\n[[apps.environments]]\nname = \"staging\"\n\
                    target = { kind = \"fly\", app = \"hello-staging\" }\n";
        let text = format!("locale = \"ja\"\n{slack}{rest}");
        std::fs::write(folder.path().join("shipgate.toml"), text).expect("a config");
    };
    config("socket");
    let japanese = printed(&run(&[]).with(0));
    assert!(japanese["display_information"]["description"].as_str().expect("words").contains("ゲート"));
    assert!(run(&["--url", URL]).with(1).err.contains("--url"), "two ways in exclude each other");
    config("http");
    assert!(run(&[]).with(1).err.contains("--url https://"));
    assert_eq!(printed(&run(&["--url", URL]).with(0))["settings"]["socket_mode_enabled"], false);
}
