//! A bot on poise, whose requests have habits of their own: a deferral is followed by a followup, not by an edit.

use poise::{CreateReply, FrameworkOptions};
use serenity::all::{
    AutocompleteChoice, ButtonStyle, ClientBuilder, CreateActionRow, CreateAutocompleteResponse, CreateButton,
    CreateEmbed, GatewayIntents, GuildId, HttpBuilder,
};

use super::bots::fake;
use crate::world::discord::{GUILD, Kind};

type Context<'a> = poise::Context<'a, (), serenity::Error>;

async fn versions(_: Context<'_>, partial: &str) -> CreateAutocompleteResponse {
    let choice = AutocompleteChoice::new(format!("{partial}2 (newest)"), "v2");
    CreateAutocompleteResponse::new().set_choices(vec![choice])
}

/// Deploys
#[poise::command(slash_command, name_localized("ja", "デプロイ"), guild_only)]
async fn deploy(
    context: Context<'_>,
    #[description = "Where to"] environment: String,
    #[description = "What"]
    #[autocomplete = "versions"]
    version: Option<String>,
) -> Result<(), serenity::Error> {
    context.defer_ephemeral().await?;
    let button = CreateButton::new("go").label("Go").style(ButtonStyle::Danger);
    let reply = CreateReply::default()
        .content(format!("{environment} gets {}", version.unwrap_or_default()))
        .embed(CreateEmbed::new().title("Plan").field("Gate", "one", false))
        .components(vec![CreateActionRow::Buttons(vec![button])])
        .ephemeral(true);
    let sent = context.send(reply).await?;
    sent.edit(context, CreateReply::default().content("Done").components(Vec::new())).await
}

#[tokio::test]
async fn a_bot_on_poise_breaks_no_rule() {
    let (fake, _) = fake().await;
    let options = FrameworkOptions { commands: vec![deploy()], initialize_owners: false, ..Default::default() };
    let framework = poise::Framework::builder()
        .options(options)
        .setup(|context, _, framework| {
            Box::pin(async move {
                let commands = poise::builtins::create_application_commands(&framework.options().commands);
                GuildId::new(GUILD).set_commands(context, commands).await?;
                Ok(())
            })
        })
        .build();
    let http = HttpBuilder::new(fake.token()).proxy(fake.url()).ratelimiter_disabled(true).build();
    let mut client =
        ClientBuilder::new_with_http(http, GatewayIntents::GUILDS).framework(framework).await.expect("a client");
    let running = tokio::spawn(async move { client.start().await });
    fake.until("the commands", |fake| fake.commands().len() == 1).await;
    let ada = fake.person("ada").locale("ja");
    let offered = ada.completes("/deploy environment:staging version:v", "version").answered().await;
    assert_eq!(offered.expect("choices").offered(), ["v2 (newest)"]);
    let asked = ada.types("/deploy environment:staging version:v2");
    fake.until("the edit", |_| asked.answer().is_some_and(|answer| answer.content == "Done")).await;
    let answer = asked.answer().expect("an answer");
    assert_eq!((answer.kind, answer.ephemeral), (Kind::Message, true));
    assert!(asked.followups().is_empty(), "the followup was the deferred answer");
    assert_eq!(fake.violations(), [""; 0]);
    running.abort();
}
