//! What serenity's builders really send is let pass, padding and all: the rules are strict, not pedantic.

use serenity::all::{
    AutoArchiveDuration, ButtonStyle, Colour, CommandOptionType, CreateActionRow, CreateAllowedMentions,
    CreateAttachment, CreateAutocompleteResponse, CreateButton, CreateCommand, CreateCommandOption, CreateEmbed,
    CreateInputText, CreateInteractionResponse, CreateInteractionResponseFollowup, CreateInteractionResponseMessage,
    CreateMessage, CreateModal, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption, CreateThread,
    EditInteractionResponse, EditMessage, EditThread, Http, HttpBuilder, InputTextStyle, InteractionId,
};
use serenity::model::id::{ApplicationId, ChannelId, GuildId};

use super::bots::fake;
use crate::world::discord::{ADA, Asked, BOT, DEPLOYMENTS, FakeDiscord, GUILD, Kind};

fn http(fake: &FakeDiscord) -> Http {
    let http = HttpBuilder::new(fake.token()).proxy(fake.url()).ratelimiter_disabled(true).build();
    http.set_application_id(ApplicationId::new(BOT));
    http
}

fn commands() -> Vec<CreateCommand> {
    let option = |kind, name: &str, local: &str| {
        CreateCommandOption::new(kind, name, "What it is")
            .name_localized("ja", local)
            .description_localized("ja", "説明")
    };
    let environment = option(CommandOptionType::String, "environment", "環境")
        .required(true)
        .add_string_choice_localized("staging", "staging", [("ja", "ステージング")])
        .add_string_choice("production", "production");
    let version = option(CommandOptionType::String, "version", "版").set_autocomplete(true).max_length(100);
    let again = option(CommandOptionType::Boolean, "again", "もう一度");
    let list = CreateCommandOption::new(CommandOptionType::SubCommand, "list", "All of them");
    vec![
        CreateCommand::new("deploy")
            .name_localized("ja", "デプロイ")
            .description("Deploys")
            .description_localized("ja", "デプロイします")
            .add_option(environment)
            .add_option(version)
            .add_option(again),
        CreateCommand::new("lock").description("Locks").add_option(list),
    ]
}

fn embed() -> CreateEmbed {
    CreateEmbed::new()
        .title("v2 → staging")
        .description("Under way")
        .colour(Colour::BLURPLE)
        .field("Gate", "waits", true)
        .url("https://example.com/commit")
        .footer(serenity::all::CreateEmbedFooter::new("0123abcd"))
}

fn rows() -> Vec<CreateActionRow> {
    let options = vec![CreateSelectMenuOption::new("Backup", "b"), CreateSelectMenuOption::new("Notice", "n")];
    let menu = CreateSelectMenu::new("items", CreateSelectMenuKind::String { options }).placeholder("What is done?");
    vec![
        CreateActionRow::Buttons(vec![
            CreateButton::new("approve").label("Approve").style(ButtonStyle::Success).emoji('✅'),
            CreateButton::new_link("https://example.com").label("Commit"),
        ]),
        CreateActionRow::SelectMenu(menu),
    ]
}

async fn answers(http: &Http, asked: &Asked, response: CreateInteractionResponse) {
    let id = InteractionId::new(asked.id());
    http.create_interaction_response(id, &asked.token(), &response, Vec::new()).await.expect("a yes");
}

#[tokio::test]
async fn messages_threads_and_files_pass() {
    let (fake, _) = fake().await;
    let (http, channel) = (http(&fake), ChannelId::new(DEPLOYMENTS));
    let nobody = || CreateAllowedMentions::new().users([ADA]);
    let message = CreateMessage::new()
        .content("<@100000000000000020>")
        .embed(embed())
        .components(rows())
        .allowed_mentions(nobody())
        .nonce(serenity::all::Nonce::String("card-1".to_owned()))
        .enforce_nonce(true);
    let card = channel.send_message(&http, message.clone()).await.expect("a message");
    assert_eq!(channel.send_message(&http, message).await.expect("the same").id, card.id);
    let edit = EditMessage::new().content("").embed(embed()).components(Vec::new()).allowed_mentions(nobody());
    channel.edit_message(&http, card.id, edit).await.expect("an edit");
    let thread = CreateThread::new("v2 → staging").auto_archive_duration(AutoArchiveDuration::OneDay);
    let thread = channel.create_thread_from_message(&http, card.id, thread).await.expect("a thread");
    let reply = CreateMessage::new().content("detail").reference_message((thread.id, card.id));
    assert!(thread.id.send_message(&http, reply).await.is_err(), "what it replies to is elsewhere");
    let file = CreateMessage::new().content("log").add_file(CreateAttachment::bytes("lines", "log.txt"));
    let sent = thread.id.send_message(&http, file).await.expect("a file");
    assert_eq!(sent.attachments[0].filename, "log.txt");
    let reply = CreateMessage::new().content("see above").reference_message((thread.id, sent.id));
    assert!(thread.id.send_message(&http, reply).await.expect("a reply").referenced_message.is_some());
    thread.id.edit_thread(&http, EditThread::new().archived(true)).await.expect("an archive");
    channel.message(&http, card.id).await.expect("a message with a thread");
    GuildId::new(GUILD).channels(&http).await.expect("channels");
    GuildId::new(GUILD).member(&http, ADA).await.expect("a member");
    http.get_guild(GuildId::new(GUILD)).await.expect("a guild");
    http.get_current_application_info().await.expect("an application");
    http.get_current_user().await.expect("a user");
    assert_eq!(fake.violations(), [""; 0]);
}

#[tokio::test]
async fn commands_and_answers_of_every_kind_pass() {
    let (fake, _) = fake().await;
    let http = http(&fake);
    let known = GuildId::new(GUILD).set_commands(&http, commands()).await.expect("commands");
    assert_eq!(known.len(), 2);
    assert_eq!(GuildId::new(GUILD).get_commands_with_localizations(&http).await.expect("commands").len(), 2);
    let ada = fake.person("ada");
    let deferred = ada.types("/deploy environment:ステージング version:v2");
    let private = CreateInteractionResponseMessage::new().ephemeral(true);
    answers(&http, &deferred, CreateInteractionResponse::Defer(private.clone())).await;
    let token = deferred.token();
    let followup = CreateInteractionResponseFollowup::new().content("Started").ephemeral(true);
    http.create_followup_message(&token, &followup, Vec::new()).await.expect("a followup");
    let edit = EditInteractionResponse::new().content("Started, really").embed(embed()).components(rows());
    http.edit_original_interaction_response(&token, &edit, Vec::new()).await.expect("an edit");
    http.get_original_interaction_response(&token).await.expect("the answer");
    let answer = deferred.answered().await.expect("an answer");
    assert_eq!((answer.content.as_str(), answer.ephemeral), ("Started, really", true));
    let completed = ada.completes("/deploy environment:staging version:v", "version");
    let choices = CreateAutocompleteResponse::new().add_string_choice("v2 (newest)", "v2");
    answers(&http, &completed, CreateInteractionResponse::Autocomplete(choices)).await;
    assert_eq!(completed.answer().expect("choices").offered(), ["v2 (newest)"]);
    let clicked = ada.clicks(answer.message.expect("a message"), "Approve");
    let input = CreateInputText::new(InputTextStyle::Paragraph, "Reason", "reason").max_length(200);
    let modal = CreateModal::new("why", "Why?").components(vec![CreateActionRow::InputText(input)]);
    answers(&http, &clicked, CreateInteractionResponse::Modal(modal)).await;
    let submitted = ada.submit(&clicked, &[("reason", "because")]);
    answers(&http, &submitted, CreateInteractionResponse::Acknowledge).await;
    assert_eq!(submitted.answer().expect("an answer").kind, Kind::DeferredUpdate);
    let selected = ada.selects(answer.message.expect("a message"), "items", &["Notice"]);
    let update = CreateInteractionResponseMessage::new().content("Done").embeds(Vec::new()).components(Vec::new());
    answers(&http, &selected, CreateInteractionResponse::UpdateMessage(update)).await;
    let listed = ada.types("/lock list");
    answers(&http, &listed, CreateInteractionResponse::Message(private.content("None").embed(embed()))).await;
    http.delete_original_interaction_response(&listed.token()).await.expect("a deletion");
    assert_eq!(fake.violations(), [""; 0]);
}
