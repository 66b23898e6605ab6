//! What commands are called: a Japanese client shows Japanese names and finds both, and Shipgate hears the same.

use std::collections::BTreeSet;

use shipgate::command::TABLE;
use shipgate::words::Words;

use crate::world::World;
use crate::world::setup::Setup;

/// What a command is called in a language.
fn called(language: &str, name: &str) -> String {
    Words::new(language).get(&format!("command-{name}-name"))
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming>
#[test]
fn every_name_is_one_that_discord_takes_and_no_other_commands() {
    let mut taken: BTreeSet<String> = TABLE.iter().map(|spec| spec.name.to_owned()).collect();
    for spec in &TABLE {
        assert_eq!(called("en", spec.name), spec.name, "English names are those that everybody types");
        let name = called("ja", spec.name);
        let is_allowed = |c: char| (c.is_alphanumeric() || matches!(c, '-' | '_' | '\'')) && !c.is_uppercase();
        assert!((1..=32).contains(&name.chars().count()) && name.chars().all(is_allowed), "/{name}");
        assert!(taken.insert(name.clone()), "/{name} is there twice");
    }
}

#[tokio::test]
async fn a_japanese_client_finds_a_command_by_either_name() {
    let mut w = World::of(Setup::production("").machines(1, 1).instantly().on_discord("gateway")).await;
    let known: Vec<(String, String)> = w
        .discord()
        .commands()
        .iter()
        .map(|command| {
            let text = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
            (text(&command["name"]), text(&command["name_localizations"]["ja"]))
        })
        .collect();
    assert_eq!(known, TABLE.each_ref().map(|spec| (spec.name.to_owned(), called("ja", spec.name))));
    for (either, or) in [("/状況", "/status"), ("/待ち理由 環境:staging", "/why environment:staging")] {
        assert_eq!(w.types_in("ja", "ada", either).await, w.types_in("ja", "ada", or).await);
    }
    let offered = w.discord().person("ada").locale("ja").completes("/デプロイ 環境:staging バージョン:v4", "version");
    assert!(w.hears(&offered).await.starts_with("v4-late · "));
    assert!(w.types_in("ja", "ada", "/デプロイ 環境:staging").await.contains("受け付けました：v2 を staging へ"));
    w.until("v2 → staging · Succeeded").await;
}

#[tokio::test]
async fn they_are_registered_anew_when_a_name_alone_has_changed() {
    for ja in [None, Some("配備")] {
        let mut w = World::of(Setup::production("").on_discord("gateway")).await;
        w.stops().await;
        w.discord().are_registered_otherwise(|commands| match ja {
            Some(name) => commands[0]["name_localizations"]["ja"] = name.into(),
            None => drop(commands[0].as_object_mut().expect("a command").remove("name_localizations")),
        });
        w.starts_again().await;
        let discord = w.discord().clone();
        discord.until("the name", |fake| fake.commands()[0]["name_localizations"]["ja"] == "デプロイ").await;
        w.discord_is_ready().await;
        assert_eq!((w.heard_by_discord("GET", "/commands"), w.heard_by_discord("PUT", "/commands")), (2, 2), "{ja:?}");
    }
}
